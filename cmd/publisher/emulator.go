package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// A maker makes the emulator of a product that has what is given besides
// resources: teams.
type maker func(given []string) (http.Handler, error)

// emulators make emulators of products, by their names; nil is for a product
// that is a file, so that an empty folder will do.
func emulators() map[string]maker {
	return map[string]maker{
		"amplify":        amplifyEmulator,
		"amplifyproxies": amplifyEmulator,
		"apim": func([]string) (http.Handler, error) {
			return apim.New(apim.Options{Bare: true, Groups: true, OperationTime: time.Millisecond})
		},
		"autoflow": nil,
	}
}

func amplifyEmulator(teams []string) (http.Handler, error) {
	o := amplify.Options{Accounts: []amplify.Account{{ClientID: all.RehearsalAccount, Secret: all.RehearsalAccount}}}
	for i, name := range teams {
		o.Teams = append(o.Teams, fmt.Sprintf("team-%d=%s", i+1, name))
	}
	return amplify.New(o)
}

// An emulator is a gateway that runs in this process and forgets all.
type emulator struct {
	make     maker
	listener net.Listener
	server   *http.Server
	folder   string
}

// open opens a gateway on the emulator of the product that the settings name.
// It answers as soon as it is started.
func (e *emulator) open(ctx context.Context, r *run) (*all.Opened, error) {
	product := r.v.String("gateway")
	maker, ok := emulators()[product]
	at, err := "", error(nil)
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no emulator of %s to rehearse on", product)
	case maker == nil:
		e.folder, err = os.MkdirTemp("", "lockstep-rehearsal-")
		at = e.folder
	default:
		var listening net.ListenConfig
		e.make = maker
		if e.listener, err = listening.Listen(ctx, "tcp", "127.0.0.1:0"); err == nil {
			at = "http://" + e.listener.Addr().String()
		}
	}
	if err != nil {
		return nil, err
	}
	return all.Emulated(r.v, at, all.Options{Logger: r.log, UserAgent: userAgent(), Poll: time.Millisecond})
}

// start has the emulator answer.
func (e *emulator) start(given []string, log *slog.Logger) error {
	if e.make == nil {
		return nil
	}
	handler, err := e.make(given)
	if err != nil {
		return err
	}
	e.server = &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() {
		if err := e.server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the emulator stopped", "err", err)
		}
	}()
	return nil
}

// Close stops the emulator.
func (e *emulator) Close() error {
	switch {
	case e.folder != "":
		return os.RemoveAll(e.folder)
	case e.server != nil:
		return e.server.Close()
	case e.listener != nil:
		return e.listener.Close()
	}
	return nil
}
