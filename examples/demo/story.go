package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A demo is one telling of the story.
type demo struct {
	stage
	root   string // folder of the module
	portal portal
	server string // address of the server of an API AutoFlow
	story
}

// A story is what differs from gateway to gateway.
type story struct {
	gateway  func(context.Context) (stop func() error, err error) // starts it
	instance string
	size     string                        // what the first extract says of it
	parts    []func(context.Context) error // what happens, in order
}

// choose sets the story of that gateway.
func (d *demo) choose(gateway string) error {
	switch gateway {
	case "apim":
		d.story = d.apim()
	case "amplify":
		d.story = d.amplify()
	case "autoflow":
		d.story = d.autoflow()
	default:
		return fmt.Errorf("there is no story of a gateway %q: choose apim, amplify or autoflow", gateway)
	}
	return nil
}

// apim returns the parts of the story for Azure API Management.
func (d *demo) apim() story {
	return story{
		gateway: d.service, instance: "contoso", size: "20 added",
		parts: []func(context.Context) error{d.adopt, d.drift, d.develop, d.publish, d.lockstep},
	}
}

// prepare has the programs at hand, and an environment in which nothing that
// this machine sets can change what they do.
func (d *demo) prepare(ctx context.Context, bin string) error {
	d.bin = filepath.Join(d.dir, "bin")
	if bin != "" {
		var err error
		if d.bin, err = filepath.Abs(bin); err != nil {
			return err
		}
	} else if err := d.build(ctx); err != nil {
		return err
	}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(v), "=")
		if !foreign(name) {
			d.env = append(d.env, v)
		}
	}
	d.env = append(d.env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_PAGER=cat", "LC_ALL=C", "NO_COLOR=1",
		"GIT_AUTHOR_NAME=Dana", "GIT_AUTHOR_EMAIL=dana@example.com", "GIT_COMMITTER_NAME=Dana", "GIT_COMMITTER_EMAIL=dana@example.com")
	return nil
}

// foreign reports whether a variable would tell the programs or git something
// that is no part of the story.
func foreign(name string) bool {
	for _, prefix := range []string{"LOCKSTEP_", "SANDBOX_", "AZURE_", "AXWAY_", "AUTOFLOW_", "API_", "ARM_", "GIT_", "LOGGING__", "DRY_RUN", "CLICOLOR"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (d *demo) build(ctx context.Context) error {
	d.printf("\n$ go build -o %s ./cmd/...\n", d.bin)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", d.bin+string(filepath.Separator), "./cmd/...")
	cmd.Dir, cmd.Stdout, cmd.Stderr = d.root, d.out, d.out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the programs: %w", err)
	}
	return nil
}

// tell tells the story.
func (d *demo) tell(ctx context.Context) (err error) {
	stop, err := d.gateway(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for _, part := range d.parts {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// service starts a gateway and fills it, so that there is something to adopt.
func (d *demo) service(ctx context.Context) (stop func() error, err error) {
	d.chapter("A gateway")
	d.say("The sandbox stands in for Azure API Management: a server that keeps state and checks what the\n" +
		"service checks. The tools are told its address; all else is as it is with the real one.")
	first, stop, err := d.serve(ctx, "sandbox apim --bare --listen 127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	endpoint, found := strings.CutPrefix(first, "listening on ")
	if !found {
		return nil, errors.Join(fmt.Errorf("start sandbox: it says %q", first), stop())
	}
	d.export("AZURE_RESOURCE_MANAGER_ENDPOINT", endpoint)
	d.export("AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000")
	d.export("AZURE_RESOURCE_GROUP_NAME", "demo")
	d.export("API_MANAGEMENT_SERVICE_NAME", "contoso")
	d.portal = portal{httpx.New(httpx.Options{Timeout: 30 * time.Second}),
		endpoint + "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.ApiManagement/service/contoso"}
	if err := os.CopyFS(filepath.Join(d.dir, "example"), os.DirFS(filepath.Join(d.root, "examples", "apim"))); err != nil {
		return nil, errors.Join(err, stop())
	}
	d.say("It is empty. Publishing a folder fills it; from here on it is the service that a team runs.")
	if err := d.run(ctx, "publisher --input example", done("20 created")); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// adopt brings what the gateway has into git.
func (d *demo) adopt(ctx context.Context) error {
	d.chapter("Into git, as a pull request")
	d.say("A bare repository on this disk takes the place of a forge, and keeps the pull requests, too.")
	if err := d.run(ctx, "git init --quiet --bare --initial-branch main apis.git", done()); err != nil {
		return err
	}
	err := d.quiet(ctx,
		"git clone --quiet apis.git team", `git -C team commit --quiet --allow-empty --message "Begin"`, "git -C team push --quiet origin HEAD:main")
	if err != nil {
		return err
	}
	if err := d.run(ctx, "extractor --repo apis.git --output artifacts --pull-request", done(d.size, "pull request 1 opened")); err != nil {
		return err
	}
	d.say("Nothing was checked out to do that, and main is what it was. Somebody looks at it, and merges.")
	return d.merge(ctx, d.branch())
}

// branch is that of the pull requests.
func (d *demo) branch() string { return "origin/lockstep/" + d.instance }

// drift changes the gateway behind git's back, and has it found.
func (d *demo) drift(ctx context.Context) error {
	d.chapter("Drift")
	d.say("At night, somebody raises a limit and mends a text in the portal.")
	for _, c := range []struct{ resource, property, value string }{
		{"/namedValues/rate-per-minute", "value", "120"},
		{"/products/partner", "description", "For companies that sell for us, and their partners."},
	} {
		was, err := d.portal.set(ctx, c.resource, c.property, c.value)
		if err != nil {
			return fmt.Errorf("change the gateway: %w", err)
		}
		d.printf("\n  PUT %s\n      %s: %q, was %q\n", c.resource, c.property, c.value, was)
	}
	return d.findDrift(ctx, []string{"2 changed", "pull request 2 opened"}, []string{"2\topen", "rate-per-minute", "partner"}, `+    "value": "120"`)
}

// findDrift has the extractor find what was changed, and merges it. It is told
// what the run, the pull request and the difference say.
func (d *demo) findDrift(ctx context.Context, found, pull []string, line string) error {
	d.say("In the morning the extractor runs again. With --exit-code it ends with 3, for pipelines that ask.")
	const again = "extractor --repo apis.git --output artifacts --pull-request --exit-code"
	if err := d.run(ctx, again, ending{code: 3, says: found}); err != nil {
		return err
	}
	d.say("One pull request with that drift. However often it runs, there is one.")
	if err := d.run(ctx, "extractor pulls --repo apis.git --body", done(pull...)); err != nil {
		return err
	}
	d.say("What changed, line by line, is for git to show.")
	if err := d.quiet(ctx, "git -C team fetch --quiet"); err != nil {
		return err
	}
	if err := d.run(ctx, "git -C team diff --unified=1 HEAD "+d.branch(), done(line)); err != nil {
		return err
	}
	d.say("The team agrees with the change, and merges it.")
	if err := d.merge(ctx, d.branch()); err != nil {
		return err
	}
	return d.run(ctx, "extractor pulls --repo apis.git --all", done("2\tmerged", "1\tmerged"))
}

// merge merges a branch into main, as a button in a forge does.
func (d *demo) merge(ctx context.Context, branch string) error {
	if err := d.quiet(ctx, "git -C team fetch --quiet"); err != nil {
		return err
	}
	if err := d.run(ctx, fmt.Sprintf(`git -C team merge --quiet --no-ff --message "Merge %s" %s`, branch, branch), done()); err != nil {
		return err
	}
	return d.run(ctx, "git -C team push --quiet origin HEAD:main", done())
}

// publish brings what was merged to the gateway.
func (d *demo) publish(ctx context.Context) error {
	return d.carryOut(ctx, []string{
		"create api returns", "delete product api partner/catalog", "add operation DELETE /orders/{id}", `counter-key="@(context.Subscription.Id)"`,
	})
}

// carryOut plans what was merged, and does it in stages. It is told what the
// plan says.
func (d *demo) carryOut(ctx context.Context, says []string) error {
	d.chapter("Publish what was merged")
	d.say("The plan covers what came with the merge, and reads just that from the gateway. What a plan says is\n" +
		"all that will be done; deletes are in it because --delete asks for them.")
	err := d.run(ctx, "publisher plan --repo apis.git --input artifacts --since main~1 --delete --out plan.json",
		done(says...))
	if err != nil {
		return err
	}
	d.say("The saved plan is carried out in three stages, which may be three jobs with an approval between them:\n" +
		"first what is new and harms nobody, then what changes what is live, and deletes last.")
	for _, job := range []struct{ stage, says string }{{"creator", "created"}, {"publish", "2 updated"}, {"terminator", "1 deleted"}} {
		if err := d.run(ctx, "publisher "+job.stage+" plan.json --repo apis.git --input artifacts", done(job.says)); err != nil {
			return err
		}
	}
	return nil
}

// lockstep shows that both sides say the same.
func (d *demo) lockstep(ctx context.Context) error {
	d.chapter("In lockstep")
	d.say("Does the gateway now say what git says? The extractor reads all of it and compares.")
	if err := d.run(ctx, "extractor --repo apis.git --output artifacts --pull-request --exit-code", done("no drift")); err != nil {
		return err
	}
	return d.run(ctx, "publisher plan --repo apis.git --input artifacts --delete --exit-code", done("nothing to do"))
}
