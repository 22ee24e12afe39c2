package apim

import (
	"log/slog"
	"time"
)

// Options say how a Server behaves. The zero value is a server that makes any
// service on first use, keeps nothing, and is neither slow nor limited.
type Options struct {
	Services []string // names served; empty: every name is made on first use
	Bare     bool     // new services are empty, without the service's usual contents
	Groups   bool     // with Bare: but for the groups that every service has
	Seed     []string // artifact folders new services start with: "DIR", or "NAME=DIR" for one service
	SKU      string   // "Developer" when empty

	StateFile string        // where the state is kept; empty: in memory only
	Latency   time.Duration // added to each request
	ReadRate  float64       // reads a second; 0: unlimited
	ReadBurst int
	WriteRate float64 // writes a second; 0: unlimited
	// WriteBurst is also the budget of deletes, which are counted apart.
	WriteBurst int
	Faults     []string // see sandbox.ParseFault

	PageSize      int           // items a list page has; 100 when 0
	OperationTime time.Duration // how long an import runs; 20 ms when 0
	CheckToken    bool          // demand a bearer token
	StrictIfMatch bool          // demand If-Match where the contract documents it as required
	Compat202     bool          // answer long-running writes as older API versions did
	NoMixup       bool          // do without the service's export race
	Incomplete    []string      // aggregates that silently leave items out
	Missing       []string      // aggregates that answer 404

	Definitions Definitions  // reads and writes API definitions; nil: the built-in one
	Logger      *slog.Logger // nil: silent
}

func withDefaults(o Options) Options {
	if o.PageSize <= 0 {
		o.PageSize = 100
	}
	if o.OperationTime == 0 {
		o.OperationTime = 20 * time.Millisecond
	}
	if o.SKU == "" {
		o.SKU = "Developer"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Definitions == nil {
		o.Definitions = specDefinitions{}
	}
	return o
}
