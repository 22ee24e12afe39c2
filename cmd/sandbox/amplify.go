package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

// amplifyFlags are the flags of the amplify command.
type amplifyFlags struct {
	options     amplify.Options
	listen      string
	allowRemote bool
	accounts    []string
	verbose     bool
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
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.NoArgs(cmd, args); err != nil {
				return &usageError{err}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.define(cmd)
	return cmd
}

func (f *amplifyFlags) define(cmd *cobra.Command) {
	flags, o := cmd.Flags(), &f.options
	flags.SortFlags = false
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8751", "address to listen on; port 0 takes a free one")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "allow --listen on an address others can reach")
	flags.StringArrayVar(&f.accounts, "account", nil, "account that can log in, see above; may be repeated (default: sandbox, a Central Admin)")
	flags.StringArrayVar(&o.Teams, "team", nil, "team, NAME or ID=NAME; may be repeated")
	flags.StringVar(&o.OrgID, "org", "300000000000001", "id of the organization")
	flags.BoolVar(&o.Anonymous, "anonymous", false, "take requests without a token for a Central Admin's")
	flags.DurationVar(&o.TokenLife, "token-life", 30*time.Minute, "time after which a token expires")
	flags.StringArrayVar(&o.RuntimeGroups, "runtime-group", nil, "runtime group of the DevOps API; may be repeated (default: Test Runtime and Prod Runtime)")
	flags.StringArrayVar(&o.ExtraKinds, "extra-kind", nil, "kind the table lacks, GROUP/KIND/PLURAL[@SCOPE,...][:SUBRESOURCE,...]; may be repeated")
	flags.StringArrayVar(&o.ExtraLinks, "extra-link", nil, "field that names resources of a kind, GROUP/KIND:FIELD=GROUP/KIND[,hard]; may be repeated")
	flags.StringVar(&o.StateFile, "state", "", "file to keep the state in (default: memory only)")
	flags.DurationVar(&o.Latency, "latency", 0, "time each request takes at least")
	flags.Float64Var(&o.ReadRate, "read-rate", 0, "reads a second; 0 is unlimited")
	flags.IntVar(&o.ReadBurst, "read-burst", 0, "reads at once before --read-rate holds")
	flags.Float64Var(&o.WriteRate, "write-rate", 0, "writes a second, deletes counted apart; 0 is unlimited")
	flags.IntVar(&o.WriteBurst, "write-burst", 0, "writes at once before --write-rate holds")
	flags.IntVar(&o.PageSize, "page-size", 20, "items on a page of a list, when the request does not say")
	flags.StringArrayVar(&o.Faults, "fault", nil, "make requests fail, see above; may be repeated")
	flags.BoolVar(&f.verbose, "verbose", false, "log each request to standard error")
}

// check finds mistakes in flags before anything is started.
func (f *amplifyFlags) check() error {
	switch {
	case f.options.PageSize < 1:
		return usagef("--page-size %d: a page has at least one item", f.options.PageSize)
	case f.options.ReadRate < 0 || f.options.WriteRate < 0:
		return usagef("--read-rate and --write-rate must not be negative; 0 is unlimited")
	case f.options.Latency < 0:
		return usagef("--latency must not be negative")
	case f.options.TokenLife <= 0:
		return usagef("--token-life %s: a token lives longer than no time", f.options.TokenLife)
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
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelDebug
	}
	f.options.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
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
