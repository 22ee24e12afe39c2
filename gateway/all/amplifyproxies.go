package all

import (
	"github.com/lockstep-apiops/lockstep/gateway/amplifyproxies"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// amplifyProxiesSettings come besides those of Amplify that say where it is and
// how to sign in.
func amplifyProxiesSettings() []config.Setting {
	return []config.Setting{
		{Name: "amplify-proxies-record", Usage: "file that notes what was put on Amplify as a proxy, as digests; without it nothing is known from run to run"},
		{Name: "amplify-proxies-force", Type: config.Bool, Usage: "make each proxy of Amplify anew instead of a new revision, whatever was noted"},
		{Name: "amplify-proxies-path", Default: amplifyproxies.DefaultProxies, Usage: "path of POST /proxies of the DevOps API of Amplify, below its address"},
		{Name: "amplify-proxies-promote-path", Default: amplifyproxies.DefaultPromote, Usage: "path of POST /promote of the DevOps API of Amplify, below its address"},
	}
}

func openAmplifyProxies(v *config.Values, o Options) (*Opened, error) {
	if err := v.Require("amplify-client-id"); err != nil {
		return nil, err
	}
	h := httpx.New(httpx.Options{
		Logger: o.Logger, UserAgent: o.UserAgent, Timeout: v.Duration("timeout"),
		Parallel: map[httpx.Class]int{httpx.Reads: v.Int("workers"), httpx.Writes: min(v.Int("workers"), writesAtOnce)},
	})
	client, base, err := amplifyClient(v, h)
	if err != nil {
		return nil, err
	}
	g, err := amplifyproxies.New(amplifyproxies.Options{
		Client: client, Instance: amplifyName(v, base), Record: v.String("amplify-proxies-record"), Env: o.Env, Force: v.Bool("amplify-proxies-force"),
		Proxies: v.String("amplify-proxies-path"), Promote: v.String("amplify-proxies-promote-path"),
	})
	if err != nil {
		return nil, err
	}
	return &Opened{Gateway: g, HTTP: h}, nil
}
