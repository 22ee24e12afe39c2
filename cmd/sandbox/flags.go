package main

import (
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A front is where an emulator is reached, by whom, and what it tells of that.
type front struct {
	listen      string
	allowRemote bool
	verbose     bool
}

// defineListen adds the flags that say where the emulator is reached.
func (f *front) defineListen(flags *pflag.FlagSet, preset, usage string) {
	flags.StringVar(&f.listen, "listen", preset, usage)
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "allow --listen on an address others can reach")
}

// logger returns a log of requests if they are wanted, else of what goes wrong.
func (f *front) logger(w io.Writer) *slog.Logger {
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// A strain is how slow, limited and faulty an emulator is: the places of that in its
// options.
type strain struct {
	latency               *time.Duration
	readRate, writeRate   *float64
	readBurst, writeBurst *int
	faults                *[]string
}

// define adds the flags for it.
func (s strain) define(flags *pflag.FlagSet) {
	flags.DurationVar(s.latency, "latency", 0, "time each request takes at least")
	flags.Float64Var(s.readRate, "read-rate", 0, "reads a second; 0 is unlimited")
	flags.IntVar(s.readBurst, "read-burst", 0, "reads at once before --read-rate holds")
	flags.Float64Var(s.writeRate, "write-rate", 0, "writes a second, deletes counted apart; 0 is unlimited")
	flags.IntVar(s.writeBurst, "write-burst", 0, "writes at once before --write-rate holds")
	flags.StringArrayVar(s.faults, "fault", nil, "make requests fail, see above; may be repeated")
}

// check finds mistakes in them.
func (s strain) check() error {
	switch {
	case *s.readRate < 0 || *s.writeRate < 0:
		return usagef("--read-rate and --write-rate must not be negative; 0 is unlimited")
	case *s.latency < 0:
		return usagef("--latency must not be negative")
	}
	return nil
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		return &usageError{err}
	}
	return nil
}
