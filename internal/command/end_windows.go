package command

import "os/exec"

// endWhole returns how to end what a command started. There is no such way here: the
// command ends alone.
func endWhole(*exec.Cmd) (leftover func() error) { return func() error { return nil } }
