package cli

import (
	"io"
	"os"
	"strings"
)

// System is what a program has of the process it runs in.
type System struct {
	Args    []string // the arguments, without the program's name
	Environ []string // NAME=value
	Stdin   io.Reader
	Stdout  io.Writer // results, progress and log
	Stderr  io.Writer // why a run failed, and nothing else: some pipelines fail a step that writes here
}

// Process returns the System of this process.
func Process() System {
	return System{Args: os.Args[1:], Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
}

// Getenv returns a variable of the environment, or nothing when it is not set. What a user sets is a config.Setting;
// this is for what systems and terminals say about themselves.
func (s System) Getenv(name string) string {
	for i := len(s.Environ) - 1; i >= 0; i-- {
		if text, ok := strings.CutPrefix(s.Environ[i], name+"="); ok {
			return text
		}
	}
	return ""
}

// CI reports whether a pipeline runs the program.
func (s System) CI() bool {
	switch strings.ToLower(s.Getenv("CI")) {
	case "", "0", "false":
		return s.Getenv("TF_BUILD") != "" || s.Getenv("JENKINS_URL") != ""
	}
	return true
}

// Terminal reports whether standard output is a terminal that somebody watches, so that progress may be redrawn.
func (s System) Terminal() bool {
	return isTerminal(s.Stdout) && !s.CI() && s.Getenv("TERM") != "dumb"
}

// Color reports whether standard output may hold colours: a terminal that somebody watches, unless NO_COLOR or
// CLICOLOR=0 forbids or CLICOLOR_FORCE commands it.
func (s System) Color() bool {
	force := s.Getenv("CLICOLOR_FORCE")
	switch {
	case s.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return s.Terminal() && s.Getenv("CLICOLOR") != "0"
}

// isTerminal reports whether w is a character device other than the null device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
