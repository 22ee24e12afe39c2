package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	shownWords = 1000            // bytes of what a command complains of that an error repeats
	grace      = 2 * time.Second // for a command that was told to end
)

// ask runs the command for a name, and returns what it prints.
func (v *Vault) ask(ctx context.Context, name string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, v.o.Timeout)
	defer cancel()
	out, complaint := &head{left: maxValue + 1}, &head{left: maxValue}
	cmd := exec.CommandContext(limited, "sh", "-c", v.o.Command)
	cmd.Env = append(slices.Clip(v.o.Environ), Variable+"="+name)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, complaint, grace
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case limited.Err() != nil:
		err = fmt.Errorf("no end after %v", v.o.Timeout)
	case err == nil:
		value, err := check(out.Bytes())
		if err != nil {
			return "", fmt.Errorf("look at what it says: %w", err)
		}
		return value, nil
	}
	return "", errors.New(complain(err, complaint.String(), out.String(), v.values()))
}

// values returns what is known so far. The caller holds the lock.
func (v *Vault) values() []string {
	var all []string
	for _, f := range v.known {
		all = append(all, f.value)
	}
	return all
}

// complain says why a command failed, without values.
func complain(err error, complaint, out string, values []string) string {
	text := strings.TrimSpace(strings.ToValidUTF8(complaint, "?"))
	for _, value := range append(values, out) {
		text = hide(text, value)
	}
	if cut := len(text) - shownWords; cut > 0 {
		text = "…" + strings.ToValidUTF8(text[cut:], "")
	}
	if text == "" {
		return err.Error()
	}
	return err.Error() + ": " + text
}

// A head keeps the beginning of what is written to it.
type head struct {
	bytes.Buffer
	left int
}

// Write implements io.Writer. It never fails.
func (h *head) Write(p []byte) (int, error) {
	keep := p[:min(len(p), h.left)]
	h.left -= len(keep)
	_, err := h.Buffer.Write(keep)
	return len(p), err
}

var _ io.Writer = (*head)(nil)
