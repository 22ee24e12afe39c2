package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

// amplifyFlags are the flags of the amplify command.
type amplifyFlags struct {
	front
	options  amplify.Options
	accounts []string
}

func newAmplify() *cobra.Command {
	var f amplifyFlags
	cmd := &cobra.Command{
		Use:   "amplify",
		Short: "Emulate Axway Amplify",
		Long: `Amplify serves what a deployment tool sees of an organization in Axway's Amplify, all
on one port: the login and the platform, the API Server below /apis with its kinds,
scopes, references, access lists and languages, and the DevOps API for proxies.

When it is ready it prints "listening on http://HOST:PORT". That is the address of
the login, of the platform and of Amplify Central. The account "sandbox" with the
secret "sandbox" is a Central Admin; --account makes others in its place. Interrupt
it to stop: with --state the next start goes on where this one ended, even after a
kill.

An account (--account, may be repeated) is a list of key=value:
  id=NAME             the client id
  secret=TEXT         log in with a secret
  key=FILE            log in with a JWT that this public key (PEM) checks
  team=NAME           a team it belongs to, may be repeated; without, a Central Admin

Faults (--fault) are those of "sandbox apim"; GET /_sandbox/stats counts requests,
POST /_sandbox/reset-stats starts anew.`,
		Example: `  sandbox amplify
  sandbox amplify --team Payments --account id=ci,secret=s3cret,team=Payments
  sandbox amplify --account id=bot,key=bot.pem --token-life 10s
  sandbox amplify --extra-kind management/Mesh/meshes --extra-link management/Mesh:spec.policy=management/WatchTopic,hard`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.define(cmd)
	return cmd
}

func (f *amplifyFlags) define(cmd *cobra.Command) {
	flags, o := cmd.Flags(), &f.options
	flags.SortFlags = false
	f.defineListen(flags, "127.0.0.1:8751", "address to listen on; port 0 takes a free one")
	flags.StringArrayVar(&f.accounts, "account", nil, "account that can log in, see above; may be repeated (default: sandbox, a Central Admin)")
	flags.StringArrayVar(&o.Teams, "team", nil, "team, NAME or ID=NAME; may be repeated")
	flags.StringVar(&o.OrgID, "org", "300000000000001", "id of the organization")
	flags.BoolVar(&o.Anonymous, "anonymous", false, "take requests without a token for a Central Admin's")
	flags.DurationVar(&o.TokenLife, "token-life", 30*time.Minute, "time after which a token expires")
	flags.StringArrayVar(&o.RuntimeGroups, "runtime-group", nil, "runtime group of the DevOps API; may be repeated (default: Test Runtime and Prod Runtime)")
	flags.StringArrayVar(&o.ExtraKinds, "extra-kind", nil, "kind the table lacks, GROUP/KIND/PLURAL[@SCOPE,...][:SUBRESOURCE,...]; may be repeated")
	flags.StringArrayVar(&o.ExtraLinks, "extra-link", nil, "field that names resources of a kind, GROUP/KIND:FIELD=GROUP/KIND[,hard]; may be repeated")
	flags.StringArrayVar(&o.Seed, "seed", nil, "folder of files as Axway's tool takes them that a new organization starts with; may be repeated")
	flags.StringVar(&o.StateFile, "state", "", "file to keep the state in (default: memory only)")
	f.strain().define(flags)
	flags.IntVar(&o.PageSize, "page-size", 20, "items on a page of a list, when the request does not say")
	flags.BoolVar(&f.verbose, "verbose", false, "log each request to standard error")
}

// strain returns where the options say how slow, limited and faulty the emulator is.
func (f *amplifyFlags) strain() strain {
	o := &f.options
	return strain{&o.Latency, &o.ReadRate, &o.WriteRate, &o.ReadBurst, &o.WriteBurst, &o.Faults}
}

// check finds mistakes in flags before anything is started.
func (f *amplifyFlags) check() error {
	switch {
	case f.options.PageSize < 1:
		return usagef("--page-size %d: a page has at least one item", f.options.PageSize)
	case f.options.TokenLife <= 0:
		return usagef("--token-life %s: a token lives longer than no time", f.options.TokenLife)
	}
	if err := f.strain().check(); err != nil {
		return err
	}
	return checkAddress(f.listen, f.allowRemote)
}

func (f *amplifyFlags) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	for _, spec := range f.accounts {
		a, err := parseAccount(spec)
		if err != nil {
			return &usageError{err}
		}
		f.options.Accounts = append(f.options.Accounts, a)
	}
	f.options.Logger = f.logger(cmd.ErrOrStderr())
	server, err := amplify.New(f.options)
	if err != nil {
		return &usageError{err} // Options are all it can stumble over.
	}
	return serve(cmd.Context(), f.listen, server, "", cmd.OutOrStdout())
}

// parseAccount reads "id=ci,secret=s3cret,team=Payments". An error never holds the
// account's secret.
func parseAccount(spec string) (amplify.Account, error) {
	var a amplify.Account
	for i, part := range strings.Split(spec, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "id":
			a.ClientID = value
		case "secret":
			a.Secret = value
		case "key":
			text, err := os.ReadFile(value)
			if err != nil {
				return a, fmt.Errorf("--account: read public key: %w", err)
			}
			a.PublicKey = string(text)
		case "team":
			a.Teams = append(a.Teams, value)
		default:
			return a, fmt.Errorf("--account: part %d of the account %q is none of id=, secret=, key= and team=", i+1, a.ClientID)
		}
	}
	return a, nil
}
