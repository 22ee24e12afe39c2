package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A stage is where the story is told: it says things, and runs commands in one
// folder and shows them.
type stage struct {
	out      io.Writer
	dir      string   // where commands run
	bin      string   // folder of our programs
	env      []string // of the commands
	chapters int
	err      error // the first in writing to out
}

func (s *stage) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(s.out, format, args...); err != nil && s.err == nil {
		s.err = err
	}
}

// chapter begins a part of the story.
func (s *stage) chapter(title string) {
	s.chapters++
	s.printf("\n%d. %s\n%s\n", s.chapters, title, strings.Repeat("-", len(title)+3))
}

// say tells something, as a paragraph of its own.
func (s *stage) say(format string, args ...any) { s.printf("\n"+format+"\n", args...) }

// What a command must come to.
type ending struct {
	code int
	says []string // what its output must hold
}

// done is success with an output that holds texts.
func done(says ...string) ending { return ending{says: says} }

var words = regexp.MustCompile(`"[^"]*"|\S+`)

// run shows a command line, runs it, shows its output, and checks how it ended.
func (s *stage) run(ctx context.Context, line string, want ending) error {
	s.printf("\n$ %s\n", line)
	cmd := s.command(ctx, line)
	var said bytes.Buffer
	cmd.Stdout = io.MultiWriter(s.out, &said)
	cmd.Stderr = cmd.Stdout
	code := 0
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || ctx.Err() != nil {
			return errors.Join(fmt.Errorf("run %s: %w", line, err), ctx.Err())
		}
		code = exit.ExitCode()
	}
	if code != want.code {
		return fmt.Errorf("run %s: exit code %d, want %d", line, code, want.code)
	}
	for _, text := range want.says {
		if !strings.Contains(said.String(), text) {
			return fmt.Errorf("run %s: the output lacks %q", line, text)
		}
	}
	return nil
}

// quiet runs commands that are of no interest to the audience.
func (s *stage) quiet(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		if out, err := s.command(ctx, line).CombinedOutput(); err != nil {
			return fmt.Errorf("run %s: %w\n%s", line, err, out)
		}
	}
	return nil
}

func (s *stage) command(ctx context.Context, line string) *exec.Cmd {
	args := words.FindAllString(line, -1)
	for i := range args {
		args[i] = strings.Trim(args[i], `"`)
	}
	name := args[0]
	if ours(name) {
		name = filepath.Join(s.bin, name)
	}
	cmd := exec.CommandContext(ctx, name, args[1:]...)
	cmd.Dir, cmd.Env = s.dir, s.env
	return cmd
}

// programs are the commands that are built here.
func programs() []string { return []string{"extractor", "publisher", "sandbox"} }

func ours(name string) bool {
	return strings.Contains(" "+strings.Join(programs(), " ")+" ", " "+name+" ")
}

// export sets a variable for the commands that follow, and shows it.
func (s *stage) export(name, value string) {
	s.printf("$ export %s=%s\n", name, value)
	s.env = append(s.env, name+"="+value)
}

// serve starts a server and returns its first line and how to stop it.
func (s *stage) serve(ctx context.Context, line string) (first string, stop func() error, err error) {
	s.printf("\n$ %s &\n", line)
	cmd := s.command(ctx, line)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("run %s: %w", line, err)
	}
	stop = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil { // a system without signals
			err = cmd.Process.Kill()
			return errors.Join(err, ignoreExit(cmd.Wait()))
		}
		return cmd.Wait()
	}
	first, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("run %s: %w: %s", line, err, trouble.String()), ignoreExit(stop()))
	}
	s.printf("%s", first)
	return strings.TrimSpace(first), stop, nil
}

// ignoreExit drops the error of a process that was told to end.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}
