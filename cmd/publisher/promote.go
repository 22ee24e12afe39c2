package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

const promoteLong = `Publish, bring what was published to a runtime, test it there, and bring it to
the next one. It is for gateways that have such runtimes: amplifyproxies.

The steps are those that the settings name: the tree is published, as without a
verb; all resources of it that the filters name are brought to --test-runtime;
--test is run for each; and if all tests end with 0, what was tested is brought
to --to-runtime. Without --test-runtime what was published goes to --to-runtime at once.
With --from-runtime nothing is published: what is on that runtime goes to --to-runtime.

The command of --test is given to the shell. In its environment it has
PROMOTED_NAME, PROMOTED_RUNTIME, PROMOTED_REVISION, PROMOTED_URL and, where
clients need keys, PROMOTED_KEYS, a JSON object of them by client, and
PROMOTED_KEY if there is one. Secrets of this program it does not have. Keys are
not printed, not even by the command.`

const promoteExample = `  # create, deploy to test, run tests, promote to production
  publisher promote --input central --test-runtime 'Test Runtime' --test ./tests.sh --to-runtime 'Prod Runtime'

  # promote one proxy that was tested elsewhere
  publisher promote --input central --include proxy=Music --from-runtime 'Test Runtime' --to-runtime 'Prod Runtime'`

// newPromote makes the command that brings resources from runtime to runtime.
func newPromote(sys cli.System) *cobra.Command {
	cmd := verb(sys, "promote", "publish, test on one runtime, and promote to the next", with(settings.Promote()), promote)
	cmd.Long, cmd.Example = promoteLong, promoteExample
	return cmd
}

// A promotion is the way of resources through runtimes.
type promotion struct {
	*run
	to   gateway.Promoter
	what []*gateway.Resource
}

func promote(ctx context.Context, r *run, _ []string) error {
	to, err := r.promoter()
	if err != nil {
		return err
	}
	p := promotion{run: r, to: to}
	if err := p.publish(ctx); err != nil {
		return err
	}
	if err := p.choose(ctx); err != nil {
		return err
	}
	if r.v.Bool("dry-run") {
		return p.sayWay()
	}
	from := r.v.String("from-runtime")
	if runtime := r.v.String("test-runtime"); runtime != "" {
		if err := p.test(ctx, runtime); err != nil {
			return err
		}
		from = runtime
	}
	if target := r.v.String("to-runtime"); target != "" {
		_, err = p.bring(ctx, from, target)
	}
	return err
}

// promoter returns the gateway, if it has runtimes and the settings say which.
func (r *run) promoter() (gateway.Promoter, error) {
	v := r.v
	to, ok := r.opened.Gateway.(gateway.Promoter)
	switch {
	case !ok:
		return nil, cli.Usagef("promote: a gateway of %s has no runtimes to bring anything to", r.target().Product)
	case v.IsSet("test-runtime") != v.IsSet("test"):
		return nil, cli.Usagef("--test-runtime and --test belong together")
	case v.IsSet("from-runtime") && (v.IsSet("test-runtime") || !v.IsSet("to-runtime")):
		return nil, cli.Usagef("--from-runtime needs --to-runtime and no --test-runtime: what is there already was tested there")
	case !v.IsSet("test-runtime") && !v.IsSet("to-runtime"):
		return nil, cli.Usagef("say where to: --to-runtime RUNTIME, and --test-runtime RUNTIME with --test COMMAND before it")
	case v.IsSet("to-runtime") && (v.String("to-runtime") == v.String("test-runtime") || v.String("to-runtime") == v.String("from-runtime")):
		return nil, cli.Usagef("--to-runtime %q is the runtime that it comes from: name another one", v.String("to-runtime"))
	case v.IsSet("test") && v.Duration("test-timeout") <= 0:
		return nil, cli.Usagef("--test-timeout %v: a test takes longer than that", v.Duration("test-timeout"))
	}
	return to, nil
}

// publish makes the gateway hold what git says. Of what is taken from another
// runtime it only finds out whether it may be.
func (p *promotion) publish(ctx context.Context) error {
	made, err := p.plan(ctx)
	if err != nil {
		return err
	}
	if !p.v.IsSet("from-runtime") {
		return p.apply(ctx, made)
	}
	if err := made.Err(); err != nil {
		return errors.Join(p.showPlan(made), err)
	}
	p.made = nil // nobody is going to carry it out
	return nil
}

// choose finds out what is promoted.
func (p *promotion) choose(ctx context.Context) error {
	all, err := p.opts.Source.All(ctx)
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	p.what = slices.DeleteFunc(slices.Clone(all), func(r *gateway.Resource) bool { return p.skip(r.Key) })
	slices.SortFunc(p.what, func(a, b *gateway.Resource) int { return a.Key.Compare(b.Key) })
	if len(p.what) == 0 {
		return errors.New("promote: the filters leave nothing of the tree")
	}
	return nil
}

// sayWay says what would be done.
func (p *promotion) sayWay() error {
	for _, r := range p.what {
		way := ""
		if runtime := p.v.String("test-runtime"); runtime != "" {
			way = fmt.Sprintf(", test on %q", runtime)
		}
		if target := p.v.String("to-runtime"); target != "" {
			way += fmt.Sprintf(", promote to %q", target)
		}
		if err := p.say("would take %v%s\n", r.Key, way); err != nil {
			return err
		}
	}
	return nil
}

// bring brings all to a runtime. Of those that fail it goes on with the others.
func (p *promotion) bring(ctx context.Context, from, to string) ([]*gateway.Promoted, error) {
	done := make([]*gateway.Promoted, len(p.what))
	var errs []error
	for i, r := range p.what {
		if err := ctx.Err(); err != nil {
			return done, errors.Join(append(errs, err)...)
		}
		var err error
		if done[i], err = p.to.Promote(ctx, r, from, to); err != nil {
			errs = append(errs, fmt.Errorf("bring to %q: %w", to, err))
			continue
		}
		if err := p.say("promoted: %s\n", told(r.Key, to, done[i])); err != nil {
			return done, err
		}
	}
	return done, errors.Join(errs...)
}

// told says what is where.
func told(key gateway.Key, runtime string, at *gateway.Promoted) string {
	text := key.String()
	if at.Revision != "" {
		text += ", revision " + at.Revision + ","
	}
	text += fmt.Sprintf(" is on %q", runtime)
	if at.URL != "" {
		text += ": " + at.URL
	}
	if len(at.Keys) > 0 {
		text += " (keys of its clients are not shown)"
	}
	return text
}

// test brings all to a runtime and runs the tests of each.
func (p *promotion) test(ctx context.Context, runtime string) error {
	done, err := p.bring(ctx, "", runtime)
	if err != nil {
		return p.stayed(err)
	}
	var errs []error
	for i, r := range p.what {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(errs, err)...)
		}
		h := hook{command: p.v.String("test"), timeout: p.v.Duration("test-timeout"), key: r.Key, runtime: runtime, at: done[i]}
		if err := h.run(ctx, p.run); err != nil {
			errs = append(errs, fmt.Errorf("test %v on %q: %w", r.Key, runtime, err))
			continue
		}
		if err := p.say("tested: %v on %q\n", r.Key, runtime); err != nil {
			return err
		}
	}
	return p.stayed(errors.Join(errs...))
}

// stayed adds to an error what was not done because of it.
func (p *promotion) stayed(err error) error {
	if target := p.v.String("to-runtime"); err != nil && target != "" {
		return fmt.Errorf("%w\nnothing was promoted to %q", err, target)
	}
	return err
}
