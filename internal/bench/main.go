// Command bench measures whole runs of the programs against the sandbox: how
// many requests they make, how long they take, and how much memory. Each
// program runs as a process of its own, so that a figure is that of the
// program alone.
//
// It ends with 1 if a run does not keep what the project promises.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	apis := flag.Int("apis", 1000, "APIs of the large service")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *apis); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A bench is a folder with the programs and what they work on.
type bench struct {
	dir   string
	out   io.Writer
	apis  int
	broke []error
}

func run(ctx context.Context, out io.Writer, apis int) (err error) {
	dir, err := os.MkdirTemp("", "lockstep-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{dir: dir, out: out, apis: apis}
	if err := b.build(ctx); err != nil {
		return err
	}
	if err := b.line("scenario", "GET", "other", "throttled", "at once", "seconds", "peak MB"); err != nil {
		return err
	}
	for _, scenario := range []func(context.Context) error{b.large, b.slow, b.rationed, b.unchanged, b.oneChange} {
		if err := scenario(ctx); err != nil {
			return err
		}
	}
	return errors.Join(b.broke...)
}

// build builds the programs.
func (b *bench) build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", b.path("bin")+string(filepath.Separator), "./cmd/...")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build programs: %w\n%s", err, out)
	}
	return nil
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// line prints a row of the table.
func (b *bench) line(what string, cells ...any) error {
	row := fmt.Sprintf("%-52s", what)
	for _, c := range cells {
		row += fmt.Sprintf("%10v", c)
	}
	_, err := fmt.Fprintln(b.out, row)
	return err
}

// promise notes that a run does not keep what was promised.
func (b *bench) promise(kept bool, format string, args ...any) {
	if !kept {
		b.broke = append(b.broke, fmt.Errorf(format, args...))
	}
}
