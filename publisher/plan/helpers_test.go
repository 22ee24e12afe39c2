package plan_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// named finds what a policy of the test table names: {{a value}} by the
// display name of a named value.
var named = regexp.MustCompile(`\{\{(\w+)\}\}`)

func inText(r *gateway.Resource) []gateway.Mention {
	text, _ := gateway.Field(r.Spec, "value").(string)
	var ms []gateway.Mention
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		ms = append(ms, gateway.Mention{Kind: "named value", Field: "displayName", Value: m[1]})
	}
	return ms
}

// testKinds has one row for each thing that a plan must get right.
func testKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	ks, err := gateway.NewKinds(gateway.Table{FoldCase: true, Rows: []gateway.Kind{
		{Name: "named value", Segment: "namedValues", Dir: "named values", File: "v.json",
			Unique: []string{"displayName"}, Secret: []gateway.Secret{{Field: "value", If: "secret"}}},
		{Name: "backend", Segment: "backends", Dir: "backends", File: "b.json",
			Refs: []gateway.Ref{{Field: "pool[].id", Kind: "backend"}}},
		{Name: "tag", Segment: "tags", Dir: "tags", File: "t.json", Builtin: []string{"system"}},
		{Name: "api", Segment: "apis", Dir: "apis", File: "a.json", Unique: []string{"path"},
			Refs:   []gateway.Ref{{Field: "backendId", Kind: "backend"}},
			Attach: []gateway.Attachment{{Pattern: "specification.*"}}},
		{Name: "operation", Parent: "api", Segment: "operations", Dir: "operations", File: "o.json", Inside: "specification.*"},
		{Name: "operation policy", Parent: "operation", Segment: "policies", Only: "policy",
			Split: []gateway.Split{{Field: "value", File: "policy.xml"}}, Mentions: inText, After: []string{"named value"}},
		{Name: "section", Parent: "api", Segment: "sections", Dir: "sections"},
		{Name: "page", Parent: "section", Segment: "pages", Dir: "pages", File: "p.json"},
		{Name: "api tag", Parent: "api", Segment: "tags", Dir: "tags", File: "l.json", Joins: "tag", Live: true},
		{Name: "release", Parent: "api", Segment: "releases", Dir: "releases", File: "r.json", Live: true},
		{Name: "space", Segment: "spaces", Dir: "spaces", File: "s.json", Implied: true},
		{Name: "room", Parent: "space", Segment: "rooms", Dir: "rooms", File: "r.json"},
		{Name: "settings", Segment: "settings", Dir: "settings", File: "s.json", Permanent: true, Loose: []string{"note"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// res makes a resource: kind, names joined by slashes, then fields and values.
func res(kind, names string, fields ...any) *gateway.Resource {
	r := &gateway.Resource{Key: gateway.NewKey(kind, strings.Split(names, "/")...), Spec: map[string]any{}}
	for i := 0; i < len(fields); i += 2 {
		r.Spec[fields[i].(string)] = fields[i+1]
	}
	return r
}

func pool(ids ...string) []any {
	var l []any
	for _, id := range ids {
		l = append(l, map[string]any{"id": "/backends/" + id})
	}
	return l
}

func withSpec(r *gateway.Resource, text string) *gateway.Resource {
	r.Files = map[string][]byte{"specification.yaml": []byte(text)}
	return r
}

type list = []*gateway.Resource

// brief returns a plan in words, one line an action.
func brief(p *plan.Plan) []string {
	out := []string{}
	for _, a := range p.Actions {
		s := string(a.Stage) + ": " + string(a.Op) + " " + a.Key.String()
		for _, c := range a.Cascades {
			s += " +" + c.String()
		}
		out = append(out, s)
	}
	return out
}

func problems(p *plan.Plan) []string {
	out := []string{}
	for _, pr := range p.Problems {
		out = append(out, string(pr.Severity)+": "+pr.String())
	}
	return out
}

func mustPlan(t testing.TB, have, want list, o plan.Options) *plan.Plan {
	t.Helper()
	p, err := plan.New(testKinds(t), have, want, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// conflicts returns the conflicts of a plan in words.
func conflicts(p *plan.Plan) []string {
	out := []string{}
	for _, c := range p.Conflicts {
		s := string(c.Action.Op) + " " + c.Action.Key.String() + ": "
		if c.Action.Note != "" {
			out = append(out, s+c.Action.Note)
			continue
		}
		g, w := c.Gateway[0], c.Git[0]
		out = append(out, s+fmt.Sprintf("gateway %v→%v, git %v→%v", g.Have, g.Want, w.Have, w.Want))
	}
	return out
}
