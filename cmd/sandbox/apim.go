package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// apimFlags are the flags of the apim command.
type apimFlags struct {
	front
	options apim.Options
	compat  string
}

func newAPIM() *cobra.Command {
	var f apimFlags
	cmd := &cobra.Command{
		Use:   "apim",
		Short: "Emulate Azure API Management",
		Long: `Apim serves the part of Azure Resource Manager that manages API Management services:
every resource type of api-version 2024-05-01, with ETags, paging, long-running
imports, revisions, references that are checked, and the service's known quirks.

When it is ready it prints "listening on http://HOST:PORT". Point a client's ARM
endpoint there; any subscription and resource group will do. Interrupt it to stop:
with --state the next start goes on where this one ended, even after a kill.

GET /_sandbox/stats counts requests, POST /_sandbox/reset-stats starts anew.

Faults (--fault, may be repeated) are lists of key=value:
  kind=status|reset|timeout|truncate|html   what happens
  status=N code=TEXT retry-after=V          for kind status, which status=N implies
  method=PUT path=*/apis/*                  which requests
  nth=N count=N every=N                     which of them
  when=before|after                         after: it took effect, its answer is lost`,
		Example: `  sandbox apim
  sandbox apim --listen 127.0.0.1:0 --service dev --service prod --seed dev=./artifacts
  sandbox apim --latency 50ms --read-rate 25 --read-burst 250 --write-rate 10 --write-burst 200
  sandbox apim --fault status=503,method=PUT,path=*/apis/*,nth=3,retry-after=1
  sandbox apim --fault reset,method=PUT,every=10,when=after`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.define(cmd)
	return cmd
}

func (f *apimFlags) define(cmd *cobra.Command) {
	flags, o := cmd.Flags(), &f.options
	flags.SortFlags = false
	f.defineListen(flags, "127.0.0.1:8750", "address to listen on; port 0 takes a free one")
	flags.StringArrayVar(&o.Services, "service", nil, "name of a service to serve; may be repeated (default: any, made on first use)")
	flags.StringVar(&o.SKU, "sku", "Developer", "pricing tier; Consumption and the v2 tiers lack some resource types")
	flags.BoolVar(&o.Bare, "bare", false, "start services empty, without the echo API, products and the like")
	flags.StringArrayVar(&o.Seed, "seed", nil, "artifact folder new services start with, DIR or NAME=DIR; may be repeated")
	flags.StringVar(&o.StateFile, "state", "", "file to keep the state in (default: memory only)")
	f.strain().define(flags)
	flags.DurationVar(&o.OperationTime, "operation-time", 20*time.Millisecond, "time an import takes")
	flags.IntVar(&o.PageSize, "page-size", 100, "items on a page of a list")
	flags.BoolVar(&o.CheckToken, "check-token", false, "demand a bearer token (any)")
	flags.BoolVar(&o.StrictIfMatch, "strict-if-match", false, "demand If-Match where the contract documents it as required")
	flags.StringVar(&f.compat, "compat", "", "202: answer long-running writes as older API versions did")
	flags.BoolVar(&o.NoMixup, "no-mixup", false, "do without the service's race between exports of related APIs")
	flags.StringSliceVar(&o.Incomplete, "incomplete", nil, "aggregates that silently leave items out, such as allPolicies,tagResources")
	flags.StringSliceVar(&o.Missing, "missing", nil, "aggregates and collections that answer 404")
	flags.BoolVar(&f.verbose, "verbose", false, "log each request to standard error")
}

// strain returns where the options say how slow, limited and faulty the emulator is.
func (f *apimFlags) strain() strain {
	o := &f.options
	return strain{&o.Latency, &o.ReadRate, &o.WriteRate, &o.ReadBurst, &o.WriteBurst, &o.Faults}
}

// check finds mistakes in flags before anything is started.
func (f *apimFlags) check() error {
	switch {
	case f.compat != "" && f.compat != "202":
		return usagef("--compat %q: the only value is 202", f.compat)
	case f.options.PageSize < 1:
		return usagef("--page-size %d: a page has at least one item", f.options.PageSize)
	case f.options.OperationTime < 0:
		return usagef("--operation-time must not be negative")
	}
	if err := f.strain().check(); err != nil {
		return err
	}
	return checkAddress(f.listen, f.allowRemote)
}

func (f *apimFlags) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	f.options.Compat202 = f.compat == "202"
	f.options.Logger = f.logger(cmd.ErrOrStderr())
	server, err := apim.New(f.options)
	if err != nil {
		return &usageError{err} // Options are all it can stumble over.
	}
	return serve(cmd.Context(), f.listen, server, "", cmd.OutOrStdout())
}
