// Sandbox runs emulators of the management planes of API gateways: real HTTP
// servers that check what the real ones check, for demos, tests and rehearsals. It
// knows flags, sockets and signals; what is emulated is in internal/sandbox.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(withSignals())
}

// withSignals runs the command until it ends or the process is told to stop.
func withSignals() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
}
