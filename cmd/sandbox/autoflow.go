package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/autoflow"
)

// notAutoflow follows the address in the first line that the command prints.
const notAutoflow = " (an emulator of API AutoFlow, not the product)"

// autoflowFlags are the flags of the autoflow command.
type autoflowFlags struct {
	front
	options autoflow.Options
}

func newAutoflow(environ func() []string) *cobra.Command {
	var f autoflowFlags
	cmd := &cobra.Command{
		Use:   "autoflow",
		Short: "Emulate API AutoFlow",
		Long: `Autoflow is an emulator of API AutoFlow, not the product: it boots from a data
directory as API AutoFlow does, listens on the ports of the servers that run, and
answers what it can answer without running a flow: mappings of constants, of the
request and of mocks, else an example of the OpenAPI document, else 501.

It boots config.json, or what BOOT_FILE names, unless a configuration is kept from
before; BOOT_FILE_REPLACES_CONFIG=true has it loaded all the same. System variables
are read from autoflow.conf in the data directory; AUTOFLOW_NAME in the environment
counts before NAME there.

When all servers answer it prints "listening on http://HOST:PORT", which is the
address of what stands in for the product's pages. That is the emulator's own:
  GET  /_sandbox/status                 what is loaded, and what is on
  POST /_sandbox/boot                   boot again; so do SIGHUP, and "restart"
  GET  /_sandbox/configuration          download it; ?zip has it zipped
  PUT  /_sandbox/configuration          upload one, also zipped: servers are off then
  POST /_sandbox/servers/start          and stop; /_sandbox/servers/ID/start for one
  GET  /_sandbox/stats                  count requests; POST /_sandbox/reset-stats

Faults (--fault) are those of "sandbox apim", and strike requests to the servers.`,
		Example: `  sandbox autoflow --data data
  sandbox autoflow --data data --listen 127.0.0.1:0 --off
  sandbox autoflow --data data --fault status=503,path=/orders,nth=3
  sandbox autoflow restart`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, environ()) },
	}
	f.define(cmd)
	cmd.AddCommand(newRestart())
	return cmd
}

func (f *autoflowFlags) define(cmd *cobra.Command) {
	flags, o := cmd.Flags(), &f.options
	flags.SortFlags = false
	flags.StringVar(&o.Data, "data", "", "data directory (default: AUTOFLOW_DATA_DIRECTORY, or data)")
	flags.StringVar(&o.State, "state", "", "file that keeps the configuration (default: autoflow.state.json in the data directory)")
	flags.BoolVar(&o.Off, "off", false, "leave servers off after a boot, as without the license to start them")
	f.defineListen(flags, "", "address of what stands in for the pages; port 0 takes a free one, and servers have the same host (default: 127.0.0.1 and UI_PORT, which is 4000)")
	f.strain().define(flags)
	flags.BoolVar(&f.verbose, "verbose", false, "log each request to standard error, whatever LOG_LEVEL says")
}

// strain returns where the options say how slow, limited and faulty the emulator is.
func (f *autoflowFlags) strain() strain {
	o := &f.options
	return strain{&o.Latency, &o.ReadRate, &o.WriteRate, &o.ReadBurst, &o.WriteBurst, &o.Faults}
}

// check finds mistakes in flags before anything is started.
func (f *autoflowFlags) check() error {
	if err := f.strain().check(); err != nil || f.listen == "" {
		return err
	}
	if err := checkAddress(f.listen, f.allowRemote); err != nil {
		return err
	}
	host, text, err := net.SplitHostPort(f.listen)
	if err != nil {
		return usagef("--listen %q: %w", f.listen, err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return usagef("--listen %q: the port is no number", f.listen)
	}
	f.options.Host, f.options.UIPort = host, &port
	return nil
}

func (f *autoflowFlags) run(cmd *cobra.Command, environ []string) error {
	if err := f.check(); err != nil {
		return err
	}
	// Values of secrets, for a publisher in the same environment.
	f.options.Environ = slices.DeleteFunc(slices.Clone(environ), func(v string) bool { return strings.HasPrefix(v, "AUTOFLOW_SECRET_") })
	level := new(slog.LevelVar)
	level.Set(slog.LevelDebug)
	if !f.verbose {
		level.Set(slog.LevelWarn)
		f.options.Level = level
	}
	f.options.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
	server, err := autoflow.New(f.options)
	if err != nil {
		return &usageError{err} // The data directory and what is said about it are all it can stumble over.
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	if err := server.Boot(ctx); err != nil {
		return err
	}
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() { bootOnHangup(ctx, server, f.options.Logger) })
	return serve(ctx, server.UIAddress(), server, notAutoflow, cmd.OutOrStdout())
}

// bootOnHangup boots again whenever the process is told to read its files anew.
func bootOnHangup(ctx context.Context, server *autoflow.Server, log *slog.Logger) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := server.Boot(ctx); err != nil {
				log.ErrorContext(ctx, "all servers are off", "error", err)
			}
		}
	}
}

const (
	restartTime  = 30 * time.Second
	restartLimit = 1 << 20
)

func newRestart() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "restart",
		Short: "Have a running emulator of API AutoFlow boot again",
		Long: `Restart has "sandbox autoflow" boot again, and waits until its servers answer. It is
what "docker restart" is to the product: a publisher can activate a configuration
with it. If the configuration does not boot, it says why and fails.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return restart(cmd.Context(), at) },
	}
	cmd.Flags().StringVar(&at, "at", "http://127.0.0.1:4000", "address that the emulator printed")
	return cmd
}

func restart(ctx context.Context, at string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(at, "/")+"/_sandbox/boot", nil)
	if err != nil {
		return usagef("--at %q: %w", at, err)
	}
	once := httpx.Policy{Attempts: 1} // it is on this machine: who is not there will not come
	res, err := httpx.New(httpx.Options{Timeout: restartTime, Policy: once}).Read(req, restartLimit)
	if err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	if res.Status == http.StatusOK {
		return nil
	}
	var answer struct{ Error string }
	if err := json.Unmarshal(res.Body, &answer); err != nil || answer.Error == "" {
		return fmt.Errorf("restart: %s answers with status %d: it is no emulator of API AutoFlow", at, res.Status)
	}
	return fmt.Errorf("restart: %s", answer.Error)
}
