//go:build !windows

package command

import (
	"errors"
	"os/exec"
	"syscall"
)

// endWhole has a command end with all that it started, and not alone, once its context
// does. The function that it returns ends what stayed in spite of that.
func endWhole(cmd *exec.Cmd) (leftover func() error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	signal := func(s syscall.Signal) error {
		if err := syscall.Kill(-cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		return nil
	}
	cmd.Cancel = func() error { return signal(syscall.SIGTERM) }
	return func() error {
		if cmd.Process == nil {
			return nil
		}
		return signal(syscall.SIGKILL)
	}
}
