package extractor

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestGraph(t *testing.T) {
	value, old, api := gateway.NewKey("named value", "limit"), gateway.NewKey("backend", "old"), gateway.NewKey("api", "orders")
	policy, logger := api.Child("api policy", "policy"), gateway.NewKey("logger", "l;rev=1")
	r := Result{
		Changes: []ResourceChange{{Key: old, Op: Removed}, {Key: value, Op: Changed}},
		Dependents: []Dependent{
			{Key: api.Child("diagnostic", "d"), On: logger}, {Key: policy, On: value}, {Key: policy, On: old}, {Key: logger, On: value},
		},
	}
	got, graph := cutGraph(Describe(r, Meta{Mermaid: true}).Body)
	want := `flowchart LR
  classDef gone stroke:red
  classDef changed stroke:orange
  classDef fresh stroke:green
  n0["backend old"]:::gone
  n1["api policy orders/policy"]
  n0 --> n1
  n2["named value limit"]:::changed
  n3["logger l#59;rev#61;1"]
  n2 --> n3
  n2 --> n1
  n4["diagnostic orders/d"]
  n3 --> n4
`
	if d := cmp.Diff(graph, want); d != "" {
		t.Errorf("graph, got -, want +:\n%s", d)
	}
	if !strings.Contains(got, "\n3 resources that did not change depend on what changed.") || strings.Contains(got, "not drawn") {
		t.Errorf("got %s", got)
	}
	if _, graph := cutGraph(Describe(r, Meta{}).Body); graph != "" {
		t.Errorf("where it is not drawn: got %s", graph)
	}
	if b := Describe(Result{Changes: r.Changes}, Meta{Mermaid: true}).Body; strings.Contains(b, "mermaid") {
		t.Errorf("a graph of nothing: %s", b)
	}
}

func TestGraphIsBounded(t *testing.T) {
	drawn := regexp.MustCompile(`^(flowchart LR|  classDef \w+ stroke:\w+|  n\d+\["[^"\]]*"\](:::\w+)?|  n\d+ --> n\d+)\n$`)
	for _, name := range []string{"x", strings.Repeat("x\"]\n", 100), strings.Repeat("名", 300)} {
		value := gateway.NewKey("named value", name)
		r := Result{Changes: []ResourceChange{{Key: value, Op: Changed}}}
		for i := range 300 {
			r.Dependents = append(r.Dependents, Dependent{Key: gateway.NewKey("api", fmt.Sprint(i, name)), On: value})
		}
		body, graph := cutGraph(Describe(r, Meta{Mermaid: true}).Body)
		nodes := strings.Count(graph, `["`)
		if n := utf8.RuneCountInString(graph); n > 2000 || nodes > 50 || nodes < 4 {
			t.Errorf("got %d characters, %d nodes:\n%s", n, nodes, graph)
		}
		if want := fmt.Sprintf("\n_%d of 300 arrows are not drawn._\n", 301-nodes); !strings.Contains(body, want) || !strings.Contains(body, "\n300 resources that") {
			t.Errorf("got %s, want %s in it", body, want)
		}
		for line := range strings.Lines(graph) {
			if !drawn.MatchString(line) {
				t.Errorf("a line of the graph is neither a node nor an arrow: %q", line)
			}
		}
	}
}
