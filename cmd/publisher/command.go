package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/settings"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

const long = `Bring an API gateway up to date with a tree of files.

The tree is a plain folder (--input), or a folder of a commit (--repo, --commit,
where --input names the folder inside it). By default all of it is compared with
the gateway; --since COMMIT looks only at what changed after that commit, and at
what the gateway has of it. --record notes in the repository what was published,
for --since last. With COMMIT_ID in the environment it is what that one commit
changed, deletes included.

What the plan holds is done in three stages: creator makes what the gateway does
not have, publish updates and makes live, terminator deletes. Each can run alone,
from a saved plan. Without a verb, publisher plans and does all three.

Nothing is deleted without --delete, and never more than --max-deletes. What
changed on the gateway in the meantime is a conflict: it is shown, and not
overwritten without --overwrite. An action that fails stops what depends on it;
the rest is done, and running again does what is left.`

const example = `  # what would change
  publisher plan --service-name contoso --input apimartifacts

  # publish a folder, deletes included
  publisher --service-name contoso --input apimartifacts --delete

  # publish what came with the last merge
  publisher --service-name contoso --repo . --input apimartifacts --commit HEAD --since HEAD~1

  # publish what came since the last time
  publisher --service-name contoso --repo . --input apimartifacts --since last --delete --record

  # show a pull request what it would do
  publisher plan --service-name contoso --repo . --input apimartifacts --comment --status

  # plan in one job, apply in others
  publisher plan --service-name contoso --repo . --input apimartifacts --out plan.json
  publisher creator plan.json --service-name contoso --repo . --input apimartifacts
  publisher publish plan.json --service-name contoso --repo . --input apimartifacts
  publisher terminator plan.json --service-name contoso --repo . --input apimartifacts`

func newRoot(sys cli.System) *cobra.Command {
	common := with(nil) // most verbs have these alone: they share them
	root := verb(sys, "publisher", "bring an API gateway up to date with git", common, planAndApply)
	root.Long, root.Example = long, example
	root.AddCommand(
		verb(sys, planCommand, "show what would change on the gateway", with(settings.Plan()), planOnly),
		stageVerb(sys, "apply [PLAN]", "do what a plan says, all stages", common, nil),
		stageVerb(sys, "creator [PLAN]", "do the first stage: make what the gateway does not have", common, []plan.Stage{plan.Creator}),
		stageVerb(sys, "publish [PLAN]", "do the second stage: update, and make live", common, []plan.Stage{plan.Publish}),
		stageVerb(sys, "terminator [PLAN]", "do the last stage: delete what git does not hold", common, []plan.Stage{plan.Terminator}),
		newValidate(sys),
		newRehearse(sys),
		newPromote(sys),
	)
	return root
}

// planCommand is the command that only plans.
const planCommand = "plan"

// with returns the settings that all commands have, after some more.
func with(more []config.Setting) *config.Set {
	return config.MustSet(slices.Concat(more, settings.Publisher()), sections()...)
}

// verb makes a command that runs on the settings of a plan.
func verb(sys cli.System, use, short string, set *config.Set, do func(context.Context, *run, []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r, err := newRun(sys, cmd, set)
		if err != nil {
			return err
		}
		r.dry = cmd.Name() == planCommand
		err = r.announce(cmd.Context(), cmd.Name())
		if err == nil {
			err = do(cmd.Context(), r, args)
		}
		return r.close(r.conclude(cmd.Context(), r.report(err)))
	}
	if err := cli.AddSettings(cmd, set); err != nil {
		panic(err) // a fault in the table above
	}
	return cmd
}

func stageVerb(sys cli.System, use, short string, set *config.Set, stages []plan.Stage) *cobra.Command {
	cmd := verb(sys, use, short, set, func(ctx context.Context, r *run, args []string) error {
		r.opts.Stages = stages
		if len(args) == 0 {
			return planAndApply(ctx, r, nil)
		}
		return applyFile(ctx, r, args[0])
	})
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.Long = fmt.Sprintf(`%s.

PLAN is a file that plan --out wrote. It holds no payloads: they are read again
from the same --input, and with --repo from the commit of the plan. What changed
on the gateway since then is refused, resource by resource. Without PLAN, a plan
is made first.`, capital(short))
	return cmd
}

func capital(s string) string { return string(s[0]-'a'+'A') + s[1:] }
