package autoflow

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// Options say how a Server behaves. The zero value boots from the folder data, on
// this machine's loopback, and is neither slow nor limited.
type Options struct {
	Data    string   // the data directory; "" is what AUTOFLOW_DATA_DIRECTORY says, or "data"
	State   string   // file that keeps the configuration; "" is autoflow.state.json in the data directory
	Environ []string // NAME=VALUE; those that begin with AUTOFLOW_ count
	Host    string   // address to listen on; 127.0.0.1 when empty
	UIPort  *int     // port that no server may have; nil: UI_PORT
	Off     bool     // servers are off after a boot, as without the license to start them

	Latency    time.Duration // added to each request to a server
	ReadRate   float64       // reads a second; 0: unlimited
	ReadBurst  int
	WriteRate  float64 // writes a second; 0: unlimited
	WriteBurst int
	Faults     []string // see sandbox.ParseFault

	Logger *slog.Logger   // nil: silent
	Level  *slog.LevelVar // set as LOG_LEVEL says; nil: that does not count

	// Listen opens a port; nil: that of this machine.
	Listen func(ctx context.Context, address string) (net.Listener, error)
}

func withDefaults(o Options) Options {
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Level == nil {
		o.Level = new(slog.LevelVar)
	}
	if o.Listen == nil {
		o.Listen = func(ctx context.Context, address string) (net.Listener, error) {
			var config net.ListenConfig
			return config.Listen(ctx, "tcp", address)
		}
	}
	return o
}
