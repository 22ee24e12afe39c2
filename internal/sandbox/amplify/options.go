package amplify

import (
	"log/slog"
	"time"
)

// Options say how a Server behaves. The zero value is a server that knows one
// account, "sandbox" with the secret "sandbox", a Central Admin; it keeps nothing,
// and is neither slow nor limited.
type Options struct {
	OrgID         string    // 300000000000001 when empty
	Accounts      []Account // who can log in; empty: the one account above
	Teams         []string  // "NAME" or "ID=NAME"; "Default Team" is always there
	RuntimeGroups []string  // names; "Test Runtime" and "Prod Runtime" when empty
	Anonymous     bool      // requests without a token are a Central Admin's
	TokenLife     time.Duration

	ExtraKinds []string // kinds the table lacks: "group/Kind/plural[@Scope,...][:sub,...]"
	ExtraLinks []string // what fields of kinds refer to besides: "group/Kind:field=group/Kind[,hard]"
	PageSize   int      // items on a page when the request does not say; 20 when 0

	// Seed are folders of YAML and JSON files as Axway's own tool takes them, that an
	// organization without resources starts with. Whom lists are attached to, and
	// what belongs to resources in files of its own, is not taken along.
	Seed []string

	StateFile  string        // where the state is kept; empty: in memory only
	Latency    time.Duration // added to each request
	ReadRate   float64       // reads a second; 0: unlimited
	ReadBurst  int
	WriteRate  float64 // writes a second; 0: unlimited
	WriteBurst int
	Faults     []string     // see sandbox.ParseFault
	Logger     *slog.Logger // nil: silent
}

func withDefaults(o Options) Options {
	if o.OrgID == "" {
		o.OrgID = "300000000000001"
	}
	if len(o.Accounts) == 0 {
		o.Accounts = []Account{{ClientID: "sandbox", Secret: "sandbox"}}
	}
	if len(o.RuntimeGroups) == 0 {
		o.RuntimeGroups = []string{"Test Runtime", "Prod Runtime"}
	}
	if o.TokenLife <= 0 {
		o.TokenLife = 30 * time.Minute
	}
	if o.PageSize <= 0 {
		o.PageSize = 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
