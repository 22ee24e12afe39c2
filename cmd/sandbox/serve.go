package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// stopTime is how long running requests may take once the sandbox is told to stop.
const stopTime = 5 * time.Second

// emulator is a server with a state to save.
type emulator interface {
	http.Handler
	Close() error
}

// checkAddress refuses addresses that other machines can reach, unless allowed: a
// sandbox asks nobody who they are.
func checkAddress(address string, allowRemote bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("--listen %q: %w", address, err)
	}
	ip := net.ParseIP(host)
	if allowRemote || host == "localhost" || (ip != nil && ip.IsLoopback()) {
		return nil
	}
	return usagef("--listen %q: others could reach it and nobody is asked for a password; use 127.0.0.1, or --allow-remote if that is what you want", address)
}

// serve answers requests until the context ends, then saves the state. What it is may follow the address in the
// line that it prints.
func serve(ctx context.Context, address string, e emulator, what string, stdout io.Writer) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), e.Close())
	}
	if _, err := fmt.Fprintf(stdout, "listening on http://%s%s\n", listener.Addr(), what); err != nil {
		return errors.Join(fmt.Errorf("write address: %w", err), listener.Close(), e.Close())
	}
	server := &http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = stop(server)
		if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
	}
	return errors.Join(err, e.Close())
}

// stop lets running requests end, and cuts off those that do not.
func stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}
