// Command demo shows a round trip between a gateway and git on this machine:
// drift becomes a pull request, a merge becomes a plan, and the plan brings the
// gateway up to date. It needs Go and git, and neither an account nor a network.
//
//	go run ./examples/demo
//	go run ./examples/demo --gateway amplify
//	go run ./examples/demo --gateway autoflow
//
// It runs the real programs against the sandbox and shows what they print. It
// checks what it shows: the exit code is 0 only if each step ended as it should.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run is the whole program: it makes a folder, tells the story in it, and
// removes it again.
func run(ctx context.Context, out io.Writer, args []string) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(out)
	bin := flags.String("bin", "", "folder with the three programs; by default they are built first")
	gateway := flags.String("gateway", "apim", "whose story to tell: apim, amplify or autoflow")
	keep := flags.Bool("keep", false, "leave the folder with all that was made")
	if err := flags.Parse(args); err != nil {
		return err
	}
	d := &demo{stage: stage{out: out}}
	if err := d.choose(*gateway); err != nil {
		return err
	}
	begun := time.Now()
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lockstep-demo-")
	if err != nil {
		return err
	}
	if !*keep {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	d.dir, d.root = dir, root
	d.say("Everything happens in %s", dir)
	if err := d.prepare(ctx, *bin); err != nil {
		return err
	}
	if err := d.tell(ctx); err != nil {
		return err
	}
	d.say("That was the round trip, in %.0f seconds. README.md tells how to point the same commands at a service\n"+
		"of yours.", time.Since(begun).Seconds())
	if *keep {
		d.say("All that was made is in %s", dir)
	}
	return d.err
}

// moduleRoot returns the folder of the module, seen from the folder this
// program was started in.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("find the module: no go.mod here or above; start the demo inside the repository")
			return "", err
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
