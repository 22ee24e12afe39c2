package extractor

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
)

// namingKinds are kinds that name each other in each way there is.
func namingKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	words := func(r *gateway.Resource) (ms []gateway.Mention) {
		text, _ := gateway.Field(r.Spec, "properties.value").(string)
		for i, piece := range strings.Split(text, "{{") {
			name, _, found := strings.Cut(piece, "}}")
			if i == 0 || !found {
				continue
			}
			m := gateway.Mention{Kind: "value", Field: "properties.displayName", Value: name}
			if id, ok := strings.CutPrefix(name, "@"); ok {
				m.Field, m.Value = "", id
			}
			ms = append(ms, m)
		}
		return ms
	}
	both := []string{"", "workspace"}
	ks, err := gateway.NewKinds(gateway.Table{FoldCase: true, Rows: []gateway.Kind{
		{Name: "workspace", Segment: "workspaces", Dir: "workspaces", File: "workspace.json"},
		{Name: "value", Segment: "namedValues", Dir: "values", File: "value.json", Under: both, Unique: []string{"properties.displayName"}},
		{Name: "logger", Segment: "loggers", Dir: "loggers", File: "logger.json", Mentions: words},
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.json"},
		{Name: "diagnostic", Parent: "api", Segment: "diagnostics", Dir: "diagnostics", File: "diagnostic.json",
			Refs: []gateway.Ref{{Field: "properties.loggerId", Kind: "logger", ByName: true}}},
		{Name: "policy", Segment: "policies", Dir: "policies", File: "policy.json", Mentions: words, Under: both},
		{Name: "tag", Segment: "tags", Dir: "tags", File: "tag.json"},
		{Name: "tag api", Parent: "tag", Segment: "apiLinks", Dir: "apis", File: "link.json", Joins: "api"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

func named(display, kind string, names ...string) *gateway.Resource {
	return &gateway.Resource{Key: gateway.NewKey(kind, names...), Spec: props(map[string]any{"displayName": display})}
}

// naming is a gateway where a value is used by a logger that a diagnostic uses.
func naming(t testing.TB) *memory.Gateway {
	t.Helper()
	return fill(t, namingKinds(t),
		named("Limit", "value", "v1"), named("Other", "value", "v2"),
		text("key {{Limit}} {{Limit}} {{nobody}}", "logger", "l"), text("{{Other}}", "logger", "o"),
		resource("api", "orders"), resource("api", "plain"),
		&gateway.Resource{Key: gateway.NewKey("diagnostic", "orders", "d"), Spec: props(map[string]any{"loggerId": "L"})},
		text("{{Limit}} {{Other}}", "policy", "p"),
		resource("workspace", "w"), named("Limit of w", "workspace value", "w", "v1"), text("{{@v1}} {{Other}}", "workspace policy", "w", "p"),
		resource("tag", "t"), &gateway.Resource{Key: gateway.NewKey("tag api", "t", "orders"), Spec: props(map[string]any{})},
	)
}

func TestDependents(t *testing.T) {
	change := func(r *gateway.Resource) func(*testing.T, *memory.Gateway) {
		return func(t *testing.T, g *memory.Gateway) {
			if err := g.Put(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(kind string, names ...string) func(*testing.T, *memory.Gateway) {
		return func(t *testing.T, g *memory.Gateway) {
			if err := g.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey(kind, names...)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	limit := &gateway.Resource{Key: gateway.NewKey("value", "v1"), Spec: props(map[string]any{"displayName": "Limit", "value": "2"})}
	lists := []string{"logger l on value v1", "diagnostic orders/d on logger l", "policy p on value v1"}
	tests := []struct {
		name string
		do   []func(*testing.T, *memory.Gateway)
		only Filter
		want []string // in the order of keys
	}{
		{"nothing", nil, Filter{}, nil},
		{"text and a field, over one step", []func(*testing.T, *memory.Gateway){change(limit)}, Filter{}, lists},
		{"what is gone", []func(*testing.T, *memory.Gateway){remove("value", "v1")}, Filter{}, lists},
		{"the nearest of a name", []func(*testing.T, *memory.Gateway){change(limit), remove("workspace value", "w", "v1")}, Filter{}, append(lists, "workspace policy w/p on workspace value w/v1")},
		{"from a workspace to the gateway", []func(*testing.T, *memory.Gateway){remove("value", "v2")}, Filter{}, []string{"logger o on value v2", "policy p on value v2", "workspace policy w/p on value v2"}},
		{"links, and not what is owned", []func(*testing.T, *memory.Gateway){change(text("x", "api", "orders"))}, Filter{}, []string{"tag api t/orders on api orders"}},
		{"not what changed itself", []func(*testing.T, *memory.Gateway){change(limit), change(text("{{Limit}}", "logger", "l"))}, Filter{}, []string{"diagnostic orders/d on logger l", "policy p on value v1"}},
		{"new", []func(*testing.T, *memory.Gateway){change(named("nobody", "value", "v3"))}, Filter{}, []string{"logger l on value v3", "diagnostic orders/d on logger l"}},
		{"what is left out is in the tree", []func(*testing.T, *memory.Gateway){change(limit)}, Filter{Exclude: []Pattern{{"logger", "*"}, {"policy", "*"}, {"api", "*"}}}, lists},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, base := naming(t), newTree(nil)
			run(t, g, base, Filter{})
			for _, do := range tt.do {
				do(t, g)
			}
			o := Options{Gateway: g, Base: base.snapshot(), Sink: base, Filter: tt.only}
			for _, ask := range []bool{false, true} {
				o.Dependents, o.Sink = ask, newTree(nil)
				res, err := Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, d := range res.Dependents {
					got = append(got, fmt.Sprintf("%v on %v", d.Key, d.On))
				}
				want := tt.want
				if !ask {
					want = nil
				}
				if d := cmp.Diff(got, want); d != "" {
					t.Errorf("asked %t: got -, want +:\n%s", ask, d)
				}
			}
		})
	}
}

// A tree that can not be read in what was left out is no reason to fail.
func TestDependentsOfABrokenTree(t *testing.T) {
	g, base := naming(t), newTree(nil)
	run(t, g, base, Filter{})
	base.MapFS["loggers/l/logger.json"].Data = []byte("{")
	if err := g.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey("value", "v1")}); err != nil {
		t.Fatal(err)
	}
	o := Options{Gateway: g, Base: base.snapshot(), Sink: base, Dependents: true, Filter: Filter{Exclude: []Pattern{{"logger", "*"}}}}
	res, err := Run(t.Context(), o)
	if err != nil || len(res.Dependents) != 1 {
		t.Errorf("got %v, %v; want the policy", res.Dependents, err)
	}
}

// What a run removes from one place is not gone if another has it.
func TestGoneFiles(t *testing.T) {
	g, base := naming(t), newTree(nil)
	run(t, g, base, Filter{})
	if err := g.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey("logger", "o")}); err != nil {
		t.Fatal(err)
	}
	if err := g.Put(t.Context(), text("x", "api", "orders"), nil); err != nil {
		t.Fatal(err)
	}
	res := run(t, g, base, Filter{})
	want := []ResourceChange{
		{Key: gateway.NewKey("api", "orders"), Op: Changed, Files: []string{"apis/orders/api.json"}, Fields: []string{"properties.displayName", "properties.value"}},
		{Key: gateway.NewKey("logger", "o"), Op: Removed, Files: []string{"loggers/o/logger.json"}, Gone: []string{"loggers/o/logger.json"}},
	}
	if d := cmp.Diff(res.Changes, want, cmp.AllowUnexported(gateway.Key{})); d != "" {
		t.Errorf("changes, got -, want +:\n%s", d)
	}
}

// wordy is a gateway that makes up long texts and keeps none of them.
type wordy struct {
	gateway.Gateway
	n     int
	texts []weak.Pointer[byte]
	most  int // texts that were alive at once
}

func (w *wordy) List(_ context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		for i := range w.n {
			if kind != "policy" || !parent.IsZero() {
				return
			}
			value := strings.Repeat("x", 1<<12) + "{{Limit}}"
			w.texts = append(w.texts, weak.Make(unsafe.StringData(value)))
			if !yield(text(value, kind, fmt.Sprint(i)), nil) {
				return
			}
		}
		runtime.GC()
		alive := 0
		for _, p := range w.texts {
			if p.Value() != nil {
				alive++
			}
		}
		w.most = max(w.most, alive)
	}
}

// discard is a sink that keeps nothing.
type discard struct{}

func (discard) Put(string, []byte) error { return nil }
func (discard) Remove(string) error      { return nil }

// A run that tells dependents holds names, and no text that they are in.
func TestDependentsForget(t *testing.T) {
	w := &wordy{Gateway: memory.New(namingKinds(t)), n: 200}
	res, err := Run(t.Context(), Options{Gateway: w, Sink: discard{}, Dependents: true})
	if err != nil || res.Read != w.n || len(w.texts) != w.n {
		t.Fatalf("read %d of %d, %v", res.Read, w.n, err)
	}
	if w.most > 20 {
		t.Errorf("%d of %d texts were alive at the end", w.most, w.n)
	}
}
