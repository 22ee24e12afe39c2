package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

const long = `Bring an API gateway up to date with a tree of files.

The tree is a plain folder (--input), or a folder of a commit (--repo, --commit,
where --input names the folder inside it). By default all of it is compared with
the gateway; --since COMMIT looks only at what changed after that commit, and at
what the gateway has of it.

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

  # plan in one job, apply in others
  publisher plan --service-name contoso --repo . --input apimartifacts --out plan.json
  publisher creator plan.json --service-name contoso --repo . --input apimartifacts
  publisher publish plan.json --service-name contoso --repo . --input apimartifacts
  publisher terminator plan.json --service-name contoso --repo . --input apimartifacts`

func newRoot(sys cli.System) *cobra.Command {
	root := verb(sys, "publisher", "bring an API gateway up to date with git", nil, planAndApply)
	root.Long, root.Example = long, example
	root.AddCommand(
		verb(sys, "plan", "show what would change on the gateway", []config.Setting{
			{Name: "out", Usage: "file to save the plan to, for apply and the stages"},
			{Name: "exit-code", Type: config.Bool, Usage: "end with 3 if changes are pending"},
		}, planOnly),
		stageVerb(sys, "apply [PLAN]", "do what a plan says, all stages", nil),
		stageVerb(sys, "creator [PLAN]", "do the first stage: make what the gateway does not have", []plan.Stage{plan.Creator}),
		stageVerb(sys, "publish [PLAN]", "do the second stage: update, and make live", []plan.Stage{plan.Publish}),
		stageVerb(sys, "terminator [PLAN]", "do the last stage: delete what git does not hold", []plan.Stage{plan.Terminator}),
	)
	return root
}

// verb makes a command that runs on the settings of a plan and some more.
func verb(sys cli.System, use, short string, more []config.Setting, do func(context.Context, *run, []string) error) *cobra.Command {
	set := config.MustSet(slices.Concat(more, settings()))
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r, err := newRun(sys, cmd, set)
		if err != nil {
			return err
		}
		return r.close(do(cmd.Context(), r, args))
	}
	if err := cli.AddSettings(cmd, set); err != nil {
		panic(err) // a fault in the table above
	}
	return cmd
}

func stageVerb(sys cli.System, use, short string, stages []plan.Stage) *cobra.Command {
	cmd := verb(sys, use, short, nil, func(ctx context.Context, r *run, args []string) error {
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

func settings() []config.Setting {
	rows := []config.Setting{
		{Name: "input", Short: "i", Env: []string{"API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH"}, Usage: "folder that holds the tree; with --repo, inside the repository"},
		{Name: "repo", Usage: "git repository, a path or a URL, to read the tree from"},
		{Name: "commit", Usage: "commit, branch or tag to publish; empty is HEAD"},
		{Name: "since", Usage: "commit that was published last: look only at what changed after it"},
		{Name: "delete", Type: config.Bool, Usage: "delete what the gateway has and the tree does not"},
		{Name: "max-deletes", Type: config.Int, Default: "20", Usage: "refuse a plan that deletes more resources than this; 0 is no limit"},
		{Name: "overwrite", Type: config.Bool, Usage: "take git's side where the gateway was changed as well"},
		{Name: "lenient", Type: config.Bool, Usage: "go on though something refers to what is neither in the tree nor on the gateway"},
		{Name: "dry-run", Type: config.Bool, Env: []string{"DRY_RUN"}, Usage: "show the plan and do nothing"},
		{Name: "include", Type: config.List, Usage: "only resources that match KIND=GLOB, of the kinds named: api=orders*"},
		{Name: "exclude", Type: config.List, Usage: "leave resources alone that match KIND=GLOB"},
		{Name: "format", Default: "text", Choices: report.Formats(), Usage: "how to print plan and result"},
		{Name: "git-user", Usage: "user for git over https; most forges take any"},
		{Name: "git-token", Secret: true, Usage: "token for git over https"},
		{Name: "ssh-key", Usage: "private key file for git over ssh; empty asks the agent"},
		{Name: "known-hosts", Type: config.List, Usage: "files with the host keys to accept over ssh"},
		{Name: "config", File: true, Usage: "file with settings"},
	}
	rows = append(rows, all.Settings()...)
	return append(rows, cli.LogSettings()...)
}
