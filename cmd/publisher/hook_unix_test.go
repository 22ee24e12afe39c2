//go:build !windows

package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestACommandEndsWithAllThatItStarted: a pipe has an end when nobody is left who
// could write to it.
func TestACommandEndsWithAllThatItStarted(t *testing.T) {
	for _, test := range []struct{ name, script string }{
		{"in the background", "sleep 60 & echo started; wait"},
		{"by a shell of its own", "sh -c 'sleep 60 & wait' & echo started; wait"},
		{"that does not want to", "trap '' TERM; sleep 60 & echo started; wait"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(ctx, "sh", "-c", test.script)
			cmd.Stdout, cmd.WaitDelay = write, 100*time.Millisecond
			leftover := endWhole(cmd)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			out := bufio.NewReader(read)
			if line, err := out.ReadString('\n'); err != nil || line != "started\n" {
				t.Fatalf("got %q, %v", line, err)
			}
			cancel()
			if err := cmd.Wait(); err == nil {
				t.Error("the command ended well")
			}
			if err := leftover(); err != nil {
				t.Error(err)
			}
			if err := write.Close(); err != nil {
				t.Fatal(err)
			}
			if err := read.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(out); err != nil {
				t.Errorf("something that it started goes on: %q, %v", rest, err)
			}
			if err := read.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
