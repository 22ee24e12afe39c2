package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

func key(kind string, names ...string) gateway.Key { return gateway.NewKey(kind, names...) }

// full is a plan that has some of everything, hostile names included.
func full() *plan.Plan {
	return &plan.Plan{
		Source:   plan.Source{Repo: "https://git.example/team/apis", Commit: "c0ffee0123456789", Digest: "sha256:1"},
		Target:   plan.Target{Product: "apim", Instance: "contoso"},
		Settings: plan.Settings{Delete: true},
		Compared: 40,
		Actions: []plan.Action{
			{
				Op: plan.Delete, Stage: plan.Creator, Key: key("api", "old"), HaveDigest: "sha256:a",
				Cascades: []gateway.Key{key("api release", "old", "1"), key("api tag", "old", "internal")},
			},
			{Op: plan.Create, Stage: plan.Creator, Key: key("backend", "b"), WantDigest: "sha256:b", Note: "published before and gone from the gateway since"},
			{Op: plan.Create, Stage: plan.Creator, Key: key("api", "new"), WantDigest: "sha256:c", Depends: []int{0, 1}},
			{
				Op: plan.Update, Stage: plan.Publish, Key: key("named value", "n"), HaveDigest: "sha256:d", WantDigest: "sha256:e", ETag: "7",
				Changes: []gateway.Change{
					{Field: "properties.displayName", Have: "a", Want: "b <c>\n```"},
					{Field: "properties.secret", Have: false, Want: true},
					{Field: "properties.tags", Want: []any{strings.Repeat("long", 50)}},
				},
			},
			{
				Op: plan.Update, Stage: plan.Publish, Key: key("api operation policy", "a", "get", "policy"), HaveDigest: "sha256:d", WantDigest: "sha256:e",
				Changes: []gateway.Change{{Field: "properties.value", Lines: []string{
					"@@ -1,3 +1,3 @@", " <inbound>", "-  <base />", "+  <set-header name=\"x\" /> ```` \x1b[31m", " </inbound>",
				}}},
			},
			{Op: plan.Delete, Stage: plan.Terminator, Key: key("tag", "*bold* @all <img src=x> | `c`\x1b[2J\u202e"), HaveDigest: "sha256:f"},
		},
		Conflicts: []plan.Conflict{{
			Action:  plan.Action{Op: plan.Update, Stage: plan.Publish, Key: key("tag", "changed"), Note: "owns something"},
			Gateway: []gateway.Change{{Field: "x", Have: 1, Want: 2}},
			Git:     []gateway.Change{{Field: "x", Have: 1, Want: 5}},
		}},
		Problems: []plan.Problem{
			{Severity: plan.Error, Key: key("backend", "p"), Text: "refers to backend gone, which is neither in git nor on the gateway"},
			{Severity: plan.Warning, Text: "the gateway's index left something out"},
		},
		Extra: []gateway.Key{key("tag", "theirs")},
	}
}

func quiet() *plan.Plan {
	return &plan.Plan{
		Source: plan.Source{Commit: "c0ffee", Since: "beef"}, Target: plan.Target{Product: "apim", Instance: "contoso"},
		Settings: plan.Settings{Incremental: true},
	}
}

func result(p *plan.Plan) *plan.Result {
	as := p.Actions
	down := &gateway.Error{Op: "put", Key: as[1].Key, Err: fmt.Errorf("%w: no <url>", gateway.ErrInvalid)}
	return &plan.Result{Outcomes: []plan.Outcome{
		{Action: &as[0], Status: plan.Done},
		{Action: &as[1], Status: plan.Failed, Err: down},
		{Action: &as[2], Status: plan.Blocked, By: &as[1]},
		{Action: &as[3], Status: plan.Done, Note: "was so already"},
		{Action: &as[4], Status: plan.NotStarted},
		{Action: &as[5], Status: plan.Skipped},
		{Action: &p.Conflicts[0].Action, Status: plan.Conflicted, Err: errors.New("changed on the gateway: plan again")},
	}}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func showPlan(t *testing.T, format string, p *plan.Plan, o report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Plan(&b, format, p, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func showResult(t *testing.T, format string, r *plan.Result, o report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Result(&b, format, r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var extensions = map[string]string{
	"text": "txt", "markdown": "md", "json": "json",
	"github": "github", "azure": "azure", "codequality": "quality.json", "junit": "xml", "sarif": "sarif",
}

// file is where the tests keep resources.
func file(k gateway.Key) string {
	if k.IsZero() {
		return "apis"
	}
	return path.Join("apis", k.Kind, strings.Join(k.Names(), "/"), "info.json")
}

func options() report.Options {
	return report.Options{Requests: 14, Target: plan.Target{Product: "apim", Instance: "contoso"}, Path: file}
}

func TestGolden(t *testing.T) {
	for _, format := range report.Formats() {
		ext := extensions[format]
		t.Run(format, func(t *testing.T) {
			golden(t, "plan."+ext, showPlan(t, format, full(), options()))
			golden(t, "quiet."+ext, showPlan(t, format, quiet(), options()))
			golden(t, "result."+ext, showResult(t, format, result(full()), options()))
			golden(t, "nothing."+ext, showResult(t, format, &plan.Result{}, report.Options{}))
		})
	}
	golden(t, "plan.color.txt", showPlan(t, "text", full(), report.Options{Color: true}))
	golden(t, "plan.linked.md", showPlan(t, "markdown", full(), linked()))
	golden(t, "result.linked.md", showResult(t, "markdown", result(full()), linked()))
}

// linked are options with all that Markdown can have.
func linked() report.Options {
	o := options()
	o.Mermaid = true
	o.Links = func(k gateway.Key) string {
		return (&url.URL{Scheme: "https", Host: "git.example", Path: file(k)}).String()
	}
	return o
}

// A plan looks the same whether it was just made or read from its file.
func TestSavedPlanLooksTheSame(t *testing.T) {
	text, err := full().JSON()
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range report.Formats() {
		if diff := cmp.Diff(string(showPlan(t, format, full(), report.Options{})), string(showPlan(t, format, p, report.Options{}))); diff != "" {
			t.Errorf("%s (-made +loaded):\n%s", format, diff)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	const want = `show: unknown format "html": want one of azure, codequality, github, json, junit, markdown, sarif, text`
	if err := report.Plan(&bytes.Buffer{}, "html", full(), report.Options{}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := report.Result(&bytes.Buffer{}, "html", &plan.Result{}, report.Options{}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMarkdownKeepsItsLimit(t *testing.T) {
	p := full()
	for i := range 3000 {
		p.Actions = append(p.Actions, plan.Action{Op: plan.Create, Stage: plan.Creator, Key: key("api", fmt.Sprint("more", i))})
	}
	all := len(showPlan(t, "markdown", p, report.Options{}))
	for _, limit := range []int{1000, 4000, 65536} {
		got := string(showPlan(t, "markdown", p, report.Options{Limit: limit}))
		if len(got) > limit || len(got) < limit-1000 && len(got) < all {
			t.Errorf("limit %d: got %d bytes", limit, len(got))
		}
		if !strings.Contains(got, "not shown here for want of room") || !strings.HasPrefix(got, "### Plan: 2 to delete") {
			t.Errorf("limit %d: the summary or what was left out is missing:\n%s", limit, got)
		}
		if strings.Count(got, "<details>") != strings.Count(got, "</details>") || strings.Count(got, "```")%2 != 0 {
			t.Errorf("limit %d: a block was cut in two", limit)
		}
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	text := string(showPlan(t, "text", full(), report.Options{}))
	if i := strings.IndexAny(text, "\x1b\u202e\r"); i >= 0 {
		t.Errorf("text holds a command to the terminal at %d", i)
	}
	md := string(showPlan(t, "markdown", full(), report.Options{}))
	for _, bad := range []string{"<img", "@all", "*bold*", "\x1b", "`c`"} {
		if strings.Contains(md, bad) {
			t.Errorf("markdown holds %q as it is", bad)
		}
	}
	if !strings.Contains(md, "`````diff") {
		t.Error("the fence is not longer than the one in the text")
	}
}

// Whatever a secret's path, however it changes: no view of a plan shows it.
func TestNoViewShowsASecret(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "vault", Segment: "vaults", Dir: "vaults", File: "v.json",
		Secret: []gateway.Secret{{Field: "value", If: "secret"}, {Field: "keys.*.token"}, {Field: "list[].password"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	vault := func(name, secret string, x int) *gateway.Resource {
		return &gateway.Resource{Key: key("vault", name), Spec: map[string]any{
			"x": x, "secret": true, "value": secret, "keys": map[string]any{"a": map[string]any{"token": secret, "x": x}},
			"list": []any{map[string]any{"password": secret, "x": x}},
		}}
	}
	p, err := plan.New(ks,
		[]*gateway.Resource{vault("upd", "hunter2", 1), vault("del", "hunter2", 1), vault("con", "hunter2", 1), vault("odd", "hunter2", 1)},
		[]*gateway.Resource{vault("upd", "hunter3", 2), vault("new", "hunter3", 2), vault("con", "hunter3", 2), vault("odd", "hunter3", 1)},
		plan.Options{Delete: true, Incremental: &plan.Incremental{Base: []*gateway.Resource{
			vault("upd", "hunter1", 1), vault("del", "hunter1", 1), vault("con", "hunter1", 7), vault("odd", "hunter1", 1),
		}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Actions) != 3 || len(p.Conflicts) != 1 || len(p.Actions[1].Changes) < 3 {
		t.Fatalf("got %d actions and %d conflicts, want 3 and 1: %+v", len(p.Actions), len(p.Conflicts), p.Actions)
	}
	r := &plan.Result{}
	for i := range p.Actions {
		r.Outcomes = append(r.Outcomes, plan.Outcome{Action: &p.Actions[i], Status: plan.NotStarted})
	}
	for _, format := range report.Formats() {
		shown := string(showPlan(t, format, p, report.Options{Color: true})) + string(showResult(t, format, r, report.Options{}))
		if strings.Contains(shown, "hunter") {
			t.Errorf("%s shows a secret:\n%s", format, shown)
		}
		if !strings.Contains(shown, "upd") {
			t.Errorf("%s does not show the update", format)
		}
	}
}

// TestNothingIsClaimedOfWhatCannotBeRead: a gateway that only takes may have been
// changed by others, whatever the plan says.
func TestNothingIsClaimedOfWhatCannotBeRead(t *testing.T) {
	for _, format := range []string{"text", "markdown", "github", "azure"} {
		got := string(showPlan(t, format, &plan.Plan{Unread: true}, options()))
		if !strings.Contains(got, "nothing to do, what was put last is as git says") {
			t.Errorf("%s:\n%s", format, got)
		}
	}
}
