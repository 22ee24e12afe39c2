package extractor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
)

func testKinds(t testing.TB, fold bool) *gateway.Kinds {
	t.Helper()
	xml := []gateway.Split{{Field: "properties.value", File: "policy.xml"}}
	both := []string{"", "workspace"}
	ks, err := gateway.NewKinds(gateway.Table{FoldCase: fold, Rows: []gateway.Kind{
		{Name: "workspace", Segment: "workspaces", Dir: "workspaces", File: "workspaceInformation.json"},
		{Name: "value", Segment: "namedValues", Dir: "named values", File: "valueInformation.json", Under: both,
			Secret: []gateway.Secret{{Field: "properties.value", If: "properties.secret"}}},
		{Name: "api", Segment: "apis", Dir: "apis", File: "apiInformation.json", Under: both,
			Attach: []gateway.Attachment{{Pattern: "specification.*"}}},
		{Name: "api policy", Parent: "api", Only: "policy", Segment: "policies", Split: xml, Under: both},
		{Name: "operation", Parent: "api", Segment: "operations", Dir: "operations", File: "operationInformation.json", Inside: "specification.*", Under: both},
		{Name: "operation policy", Parent: "operation", Only: "policy", Segment: "policies", Split: xml, Under: both},
		{Name: "tag", Segment: "tags", Dir: "tags", File: "tagInformation.json", Builtin: []string{"system"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// tree is a tree in memory that is base and sink at once, and counts calls.
type tree struct {
	fstest.MapFS
	calls []string
}

func newTree(files map[string]string) *tree {
	t := &tree{MapFS: fstest.MapFS{}}
	for p, s := range files {
		t.MapFS[p] = &fstest.MapFile{Data: []byte(s)}
	}
	return t
}

func (t *tree) Put(p string, b []byte) error {
	t.calls = append(t.calls, "put "+p)
	t.MapFS[p] = &fstest.MapFile{Data: b}
	return nil
}

func (t *tree) Remove(p string) error {
	t.calls = append(t.calls, "remove "+p)
	delete(t.MapFS, p)
	return nil
}

func (t *tree) paths() []string { return slices.Sorted(maps.Keys(t.MapFS)) }

func props(p map[string]any) map[string]any { return map[string]any{"properties": p} }

func fill(t testing.TB, ks *gateway.Kinds, rs ...*gateway.Resource) *memory.Gateway {
	t.Helper()
	g := memory.New(ks)
	for _, r := range rs {
		if err := g.Put(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func resource(kind string, names ...string) *gateway.Resource {
	return &gateway.Resource{Key: gateway.NewKey(kind, names...), Spec: props(map[string]any{"displayName": strings.Join(names, " ")})}
}

func text(s, kind string, names ...string) *gateway.Resource {
	return &gateway.Resource{Key: gateway.NewKey(kind, names...), Spec: props(map[string]any{"value": s})}
}

// fixture is a gateway with a little of everything.
func fixture(t testing.TB, ks *gateway.Kinds) *memory.Gateway {
	api := resource("api", "orders")
	api.Files = map[string][]byte{"specification.yaml": []byte("openapi: 3.0.0\n")}
	return fill(t, ks,
		&gateway.Resource{Key: gateway.NewKey("value", "v"), Spec: props(map[string]any{"secret": true, "value": "s3cret"})},
		api, text("<a/>", "api policy", "orders", "policy"),
		resource("operation", "orders", "get"), text("<o/>", "operation policy", "orders", "get", "policy"),
		resource("api", "plain"), resource("operation", "plain", "get"),
		resource("tag", "system"), resource("tag", "t"),
		resource("workspace", "w"), resource("workspace api", "w", "orders"),
	)
}

func run(t testing.TB, g gateway.Gateway, base *tree, f Filter) Result {
	t.Helper()
	base.calls = nil
	res, err := Run(t.Context(), Options{Gateway: g, Base: base.snapshot(), Sink: base, Workers: 3, Filter: f})
	if err != nil || !res.Complete {
		t.Fatalf("got %v, complete %v", err, res.Complete)
	}
	return res
}

func (t *tree) snapshot() fs.FS { return maps.Clone(t.MapFS) }

func TestRunFromNothing(t *testing.T) {
	ks := testKinds(t, true)
	base := newTree(nil)
	res := run(t, fixture(t, ks), base, Filter{})
	want := []string{
		"apis/orders/apiInformation.json", "apis/orders/operations/get/policy.xml", "apis/orders/policy.xml",
		"apis/orders/specification.yaml", "apis/plain/apiInformation.json", "apis/plain/operations/get/operationInformation.json",
		"named values/v/valueInformation.json", "tags/t/tagInformation.json",
		"workspaces/w/apis/orders/apiInformation.json", "workspaces/w/workspaceInformation.json",
	}
	if d := cmp.Diff(base.paths(), want); d != "" {
		t.Error(d)
	}
	if res.Count(Added) != 9 || len(res.Changes) != 9 || res.Read != 9 {
		t.Errorf("got %+v", res.Changes)
	}
	for p, f := range base.MapFS {
		if strings.Contains(string(f.Data), "s3cret") {
			t.Errorf("%s holds a secret", p)
		}
	}
	if res = run(t, fixture(t, ks), base, Filter{}); !res.Empty() || len(base.calls) > 0 {
		t.Errorf("a second run changes %v, calls %v", res.Changes, base.calls)
	}
}

func TestRunChanges(t *testing.T) {
	ks := testKinds(t, true)
	g := fixture(t, ks)
	base := newTree(nil)
	run(t, g, base, Filter{})
	base.MapFS["apis/plain/README.md"] = &fstest.MapFile{Data: []byte("mine")}
	base.MapFS["tags/gone/tagInformation.json"] = &fstest.MapFile{Data: []byte("{}")}
	base.MapFS["tags/system/tagInformation.json"] = &fstest.MapFile{Data: []byte("{}")}
	for _, err := range []error{
		g.Delete(t.Context(), resource("api", "plain")),
		g.Put(t.Context(), text("<b/>", "api policy", "orders", "policy"), nil),
		g.Put(t.Context(), resource("tag", "new"), nil),
		g.Put(t.Context(), resource("api", "orders"), nil), // without its specification
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	res := run(t, g, base, Filter{})
	type change struct {
		Key, Op, Files, Fields string
	}
	var got []change
	for _, c := range res.Changes {
		got = append(got, change{c.Key.String(), string(c.Op), strings.Join(c.Files, " "), strings.Join(c.Fields, " ")})
	}
	want := []change{
		{"api orders", "changed", "apis/orders/specification.yaml", "specification.yaml"},
		{"api plain", "removed", "apis/plain/apiInformation.json", ""},
		{"api policy orders/policy", "changed", "apis/orders/policy.xml", "properties.value"},
		{"operation orders/get", "added", "apis/orders/operations/get/operationInformation.json", ""},
		{"operation plain/get", "removed", "apis/plain/operations/get/operationInformation.json", ""},
		{"tag gone", "removed", "tags/gone/tagInformation.json", ""},
		{"tag new", "added", "tags/new/tagInformation.json", ""},
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Error(d)
	}
	if base.MapFS["apis/plain/README.md"] == nil || base.MapFS["tags/system/tagInformation.json"] == nil {
		t.Error("touches what is not its own")
	}
	if res = run(t, g, base, Filter{}); !res.Empty() {
		t.Errorf("a second run changes %v", res.Changes)
	}
}

// flawed is a gateway of which some calls fail.
type flawed struct {
	gateway.Gateway
	fail   func(op, kind string, key gateway.Key) error
	change func(*gateway.Resource)
	units  []gateway.Unmanaged
	survey error
}

func (f *flawed) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		for r, err := range f.Gateway.List(ctx, kind, parent) {
			if err == nil && f.change != nil {
				f.change(r)
			}
			if !yield(r, err) {
				return
			}
		}
		if err := f.fail("list", kind, parent); err != nil {
			yield(nil, err)
		}
	}
}

func (f *flawed) Survey(context.Context) ([]gateway.Unmanaged, error) { return f.units, f.survey }

func TestRunFailingRead(t *testing.T) {
	ks := testKinds(t, true)
	for _, kind := range []string{"workspace", "value", "api", "api policy", "operation", "operation policy", "tag", "workspace api"} {
		t.Run(kind, func(t *testing.T) {
			base := newTree(map[string]string{"tags/gone/tagInformation.json": "{}", "apis/gone/apiInformation.json": "{}"})
			g := &flawed{Gateway: fixture(t, ks), fail: func(_, k string, _ gateway.Key) error {
				if k == kind {
					return errors.New("connection reset")
				}
				return nil
			}}
			res, err := Run(t.Context(), Options{Gateway: g, Base: base.snapshot(), Sink: base, Workers: 2})
			if err == nil || !strings.Contains(err.Error(), "connection reset") || res.Complete {
				t.Fatalf("got %v, complete %v", err, res.Complete)
			}
			if slices.ContainsFunc(base.calls, func(c string) bool { return strings.HasPrefix(c, "remove") }) || res.Count(Removed) > 0 {
				t.Errorf("removes after an error: %v", base.calls)
			}
		})
	}
}

func TestRunCancelled(t *testing.T) {
	ks := testKinds(t, true)
	ctx, cancel := context.WithCancel(t.Context())
	base := newTree(map[string]string{"tags/gone/tagInformation.json": "{}"})
	res, err := Run(ctx, Options{Gateway: fixture(t, ks), Base: base.snapshot(), Sink: base, Progress: func(gateway.Key) { cancel() }})
	if !errors.Is(err, context.Canceled) || res.Complete || res.Count(Removed) > 0 {
		t.Errorf("got %v, %+v", err, res)
	}
}

func TestRunUnsupported(t *testing.T) {
	ks := testKinds(t, true)
	base := newTree(map[string]string{
		"tags/a/tagInformation.json":                         "{}",
		"workspaces/w/workspaceInformation.json":             "{}",
		"workspaces/w/apis/a/apiInformation.json":            "{}",
		"workspaces/w/apis/a/policy.xml":                     "",
		"apis/orders/apiInformation.json":                    "{}",
		"apis/orders/operations/o/operationInformation.json": "{}",
		"apis/orders/operations/o/policy.xml":                "",
		"apis/other/apiInformation.json":                     "{}",
		"apis/other/operations/o/operationInformation.json":  "{}",
	})
	g := &flawed{Gateway: fill(t, ks, resource("api", "orders"), resource("api", "other")), fail: func(_, kind string, parent gateway.Key) error {
		if kind == "tag" || kind == "workspace" || kind == "operation" && parent.Name() == "orders" {
			return fmt.Errorf("list %s: %w", kind, gateway.ErrUnsupported)
		}
		return nil
	}}
	res := run(t, g, base, Filter{})
	var removed []string
	for _, c := range res.Changes {
		if c.Op == Removed {
			removed = append(removed, c.Key.String())
		}
	}
	if d := cmp.Diff(removed, []string{"operation other/o"}); d != "" {
		t.Error(d)
	}
	if len(res.Notes) != 3 {
		t.Errorf("got notes %v", res.Notes)
	}
}

// What the gateway says it did not hand out is not taken for deleted.
func TestRunUnreadFile(t *testing.T) {
	ks := testKinds(t, true)
	files := map[string]string{
		"apis/a/apiInformation.json":                    "{}",
		"apis/a/specification.wsdl":                     "<x/>",
		"apis/b/apiInformation.json":                    "{}",
		"apis/b/operations/o/operationInformation.json": "{}",
	}
	base := newTree(files)
	g := &flawed{
		Gateway: fill(t, ks, &gateway.Resource{Key: gateway.NewKey("api", "a")}, &gateway.Resource{Key: gateway.NewKey("api", "b")}),
		fail:    func(string, string, gateway.Key) error { return nil },
		change:  func(r *gateway.Resource) { r.Unread = []string{"specification.*"} },
	}
	if res := run(t, g, base, Filter{}); !res.Empty() {
		t.Errorf("changes %+v", res.Changes)
	}
}

// An operation file is of no use once a specification says it all, even if
// the operation still owns something.
func TestRunSpecificationArrives(t *testing.T) {
	ks := testKinds(t, true)
	api := resource("api", "a")
	g := fill(t, ks, api, resource("operation", "a", "o"), text("<p/>", "operation policy", "a", "o", "policy"))
	base := newTree(nil)
	run(t, g, base, Filter{})
	api.Files = map[string][]byte{"specification.json": []byte("{}")}
	if err := g.Put(t.Context(), api, nil); err != nil {
		t.Fatal(err)
	}
	run(t, g, base, Filter{})
	want := []string{"apis/a/apiInformation.json", "apis/a/operations/o/policy.xml", "apis/a/specification.json"}
	if d := cmp.Diff(base.paths(), want); d != "" {
		t.Error(d)
	}
}

func TestRunKeepsOwnersOfWhatIsThere(t *testing.T) {
	ks := testKinds(t, true)
	base := newTree(map[string]string{"workspaces/w/workspaceInformation.json": "{}"})
	g := &flawed{Gateway: fill(t, ks, resource("workspace", "w"), resource("workspace value", "w", "v")), fail: func(string, string, gateway.Key) error { return nil }}
	if res := run(t, g, base, Filter{}); res.Count(Removed) > 0 {
		t.Errorf("changes %+v", res.Changes)
	}
}

func TestRunFilter(t *testing.T) {
	ks := testKinds(t, true)
	for name, tc := range map[string]struct {
		include, exclude []string
		removed          []string
		calls            []string
	}{
		"none":          {nil, nil, []string{"apis/gone/apiInformation.json", "apis/plain/policy.xml", "tags/gone/tagInformation.json", "workspaces/w/apis/gone/apiInformation.json"}, nil},
		"exclude kind":  {nil, []string{"api=*"}, []string{"tags/gone/tagInformation.json"}, nil},
		"exclude dir":   {nil, []string{"APIS=GO?E", "api=plain"}, []string{"tags/gone/tagInformation.json"}, nil},
		"exact kind":    {nil, []string{"workspace api=*", "tag=*"}, []string{"apis/gone/apiInformation.json", "apis/plain/policy.xml"}, nil},
		"exclude owner": {nil, []string{"workspace=w", "tag=*", "api=gone"}, []string{"apis/plain/policy.xml"}, nil},
		"include":       {[]string{"api=gone", "tag=t"}, nil, []string{"apis/gone/apiInformation.json", "workspaces/w/apis/gone/apiInformation.json"}, nil},
		"include any":   {[]string{"*=plain"}, nil, []string{"apis/plain/policy.xml"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := ParseFilter(ks, tc.include, tc.exclude)
			if err != nil {
				t.Fatal(err)
			}
			g := fixture(t, ks)
			base := newTree(nil)
			run(t, g, base, Filter{})
			for _, p := range []string{
				"apis/gone/apiInformation.json", "tags/gone/tagInformation.json", "apis/plain/policy.xml", "workspaces/w/apis/gone/apiInformation.json",
			} {
				base.MapFS[p] = &fstest.MapFile{Data: []byte("{}")}
			}
			var removed []string
			for _, c := range run(t, g, base, f).Changes {
				removed = append(removed, c.Files...)
			}
			slices.Sort(removed)
			if d := cmp.Diff(removed, tc.removed); d != "" {
				t.Error(d)
			}
		})
	}
	f, err := ParseFilter(ks, []string{"api=or*"}, []string{"tag=*", "workspace=*"})
	if err != nil {
		t.Fatal(err)
	}
	base := newTree(nil)
	run(t, fixture(t, ks), base, f)
	for _, p := range base.paths() {
		if !strings.HasPrefix(p, "apis/orders/") && p != "named values/v/valueInformation.json" {
			t.Errorf("%s is outside the filter", p)
		}
	}
}

func TestParsePatternRefuses(t *testing.T) {
	for _, s := range []string{"", "api", "=x", "api=", "nothing=x"} {
		if p, err := ParsePattern(testKinds(t, true), s); err == nil {
			t.Errorf("%q: got %v, want an error", s, p)
		}
	}
}

// notOrders leaves out what is called gone, and orders with what it owns.
type notOrders struct{}

func (notOrders) Skip(k gateway.Key) bool { return k.Names()[0] == "orders" || k.Name() == "gone" }

func (notOrders) SkipKind(string, gateway.Key) bool { return false }

func (s notOrders) Says(k gateway.Key) (named, out bool) { return false, s.Skip(k) }

func (s notOrders) Bars(k gateway.Key) bool { return s.Skip(k) }

func (notOrders) SaysKind(string, gateway.Key) (named, out bool) { return false, false }

// TestRunAlso leaves out what another selector does, besides what the filter does.
func TestRunAlso(t *testing.T) {
	ks := testKinds(t, true)
	f, err := ParseFilter(ks, nil, []string{"tag=*"})
	if err != nil {
		t.Fatal(err)
	}
	base := newTree(map[string]string{"apis/gone/apiInformation.json": "{}", "tags/gone/tagInformation.json": "{}"})
	result, err := Run(t.Context(), Options{
		Gateway: fixture(t, ks), Base: base, Sink: base, Filter: f,
		Also: []Selector{notOrders{}},
	})
	if err != nil || result.Count(Removed) != 0 || result.Count(Added) == 0 {
		t.Fatalf("added %d, removed %d, %v, want some and none", result.Count(Added), result.Count(Removed), err)
	}
	for _, p := range base.paths() {
		if strings.HasPrefix(p, "apis/orders/") || strings.HasPrefix(p, "tags/t/") {
			t.Errorf("%s was to be left out", p)
		}
	}
}

func TestRunCaseOnlyRename(t *testing.T) {
	for _, tc := range []struct {
		fold bool
		want []string
	}{
		{true, nil},
		{false, []string{"remove tags/Orders/tagInformation.json", "put tags/orders/tagInformation.json"}},
	} {
		ks := testKinds(t, tc.fold)
		base := newTree(nil)
		run(t, fill(t, ks, &gateway.Resource{Key: gateway.NewKey("tag", "Orders")}), base, Filter{})
		run(t, fill(t, ks, &gateway.Resource{Key: gateway.NewKey("tag", "orders")}), base, Filter{})
		if d := cmp.Diff(base.calls, tc.want); d != "" {
			t.Errorf("fold %v: %s", tc.fold, d)
		}
	}
}

func TestRunRefusesSharedFolders(t *testing.T) {
	ks := testKinds(t, false)
	g := fill(t, ks, resource("tag", "a"), resource("tag", "A"))
	base := newTree(map[string]string{"apis/gone/apiInformation.json": "{}"})
	res, err := Run(t.Context(), Options{Gateway: g, Base: base.snapshot(), Sink: base})
	var c *artifacts.CollisionError
	if !errors.As(err, &c) || res.Complete || base.MapFS["apis/gone/apiInformation.json"] == nil {
		t.Errorf("got %v, complete %v, %v", err, res.Complete, base.paths())
	}
}

func TestRunSurvey(t *testing.T) {
	ks := testKinds(t, true)
	g := &flawed{Gateway: fixture(t, ks), fail: func(string, string, gateway.Key) error { return nil },
		units: []gateway.Unmanaged{{Name: "users", Count: 12, Why: "runtime state"}, {Name: "issues", Count: 1, Why: "none of ours"}}}
	if res := run(t, g, newTree(nil), Filter{}); len(res.Unmanaged) != 2 || res.Unmanaged[0].Name != "issues" {
		t.Errorf("got %v", res.Unmanaged)
	}
	g.survey = gateway.ErrDenied
	if res := run(t, g, newTree(nil), Filter{}); len(res.Notes) != 1 || !strings.Contains(res.Notes[0].Text, "permission denied") {
		t.Errorf("got %v", res.Notes)
	}
}

// badSink refuses one call.
type badSink struct{ Sink }

func (badSink) Put(string, []byte) error { return errors.New("disk full") }

func TestRunFailingSink(t *testing.T) {
	ks := testKinds(t, true)
	base := newTree(map[string]string{"tags/gone/tagInformation.json": "{}"})
	res, err := Run(t.Context(), Options{Gateway: fixture(t, ks), Base: base.snapshot(), Sink: badSink{base}})
	if err == nil || !strings.Contains(err.Error(), "disk full") || res.Complete || len(base.calls) > 0 {
		t.Errorf("got %v, complete %v, calls %v", err, res.Complete, base.calls)
	}
}

func TestRunBrokenTree(t *testing.T) {
	ks := testKinds(t, true)
	base := newTree(map[string]string{"tags/t/tagInformation.json": "{\n!"})
	res, err := Run(t.Context(), Options{Gateway: fixture(t, ks), Base: base.snapshot(), Sink: base})
	if err == nil || !strings.Contains(err.Error(), "tags/t/tagInformation.json:2:1") || res.Complete {
		t.Errorf("got %v", err)
	}
}

// Whatever happens on the gateway between two runs, the tree then says what
// the gateway does, and says it for good.
func TestRunConverges(t *testing.T) {
	ks := testKinds(t, true)
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := memory.New(ks)
		base := newTree(nil)
		for range 4 {
			for range 1 + r.IntN(12) {
				mutate(t, r, g)
			}
			run(t, g, base, Filter{})
			back, _, err := artifacts.Decode(ks, base.MapFS)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			have := ks.NewSet(back...)
			n := 0
			for w, err := range gateway.Walk(t.Context(), g, gateway.WalkOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				if h := have.Get(w.Key); h == nil || !ks.Equal(h, w) {
					t.Fatalf("seed %d: tree has %+v, gateway %+v", seed, h, w)
				}
			}
			if n != have.Len() {
				t.Fatalf("seed %d: tree has %d resources, gateway %d: %v", seed, have.Len(), n, base.paths())
			}
			if res := run(t, g, base, Filter{}); !res.Empty() || len(base.calls) > 0 {
				t.Fatalf("seed %d: a second run calls %v", seed, base.calls)
			}
		}
	}
}

func mutate(t *testing.T, r *rand.Rand, g *memory.Gateway) {
	t.Helper()
	names := []string{"a", "B", "c;rev=2", "..", "con", "x/y", "per%41cent", "ü |`@x"}
	pick := func() string { return names[r.IntN(len(names))] }
	a := resource([]string{"api", "workspace api"}[r.IntN(2)], pick())
	if a.Key.Kind == "workspace api" {
		a = resource("workspace api", pick(), pick())
	}
	if r.IntN(2) == 0 {
		a.Files = map[string][]byte{[]string{"specification.json", "specification.yaml"}[r.IntN(2)]: []byte(pick())}
	}
	gateway.SetField(a.Spec, "properties.description", pick())
	prefix := strings.TrimSuffix(a.Key.Kind, "api")
	op := a.Key.Child(prefix+"operation", pick())
	all := []*gateway.Resource{
		resource("value", pick()), a, resource("tag", pick()),
		{Key: a.Key.Child(prefix+"api policy", "policy"), Spec: props(map[string]any{"value": pick()})},
		{Key: op, Spec: props(map[string]any{"d": pick()})},
		{Key: op.Child(prefix+"operation policy", "policy"), Spec: props(map[string]any{"value": pick()})},
	}
	if a.Key.Kind == "workspace api" {
		all = append(all, resource("workspace", a.Key.Names()[0]))
	}
	x := all[r.IntN(len(all))]
	var err error
	if r.IntN(4) == 0 {
		err = g.Delete(t.Context(), x)
	} else {
		err = g.Put(t.Context(), x, nil)
	}
	if err != nil && !errors.Is(err, gateway.ErrInvalid) && !errors.Is(err, gateway.ErrConflict) {
		t.Fatal(err)
	}
}

// endless is a gateway of many large APIs that are made up as they are read.
type endless struct {
	gateway.Gateway
	n int
}

func (e endless) List(_ context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		for i := range e.n {
			if kind != "api" {
				return
			}
			r := &gateway.Resource{Key: parent.Child(kind, fmt.Sprint("api-", i)), Spec: props(map[string]any{"displayName": "x"})}
			r.Files = map[string][]byte{"specification.yaml": make([]byte, 1<<20)}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// heapSink throws everything away and notes how large the heap was.
type heapSink struct{ most uint64 }

func (s *heapSink) Put(p string, _ []byte) error {
	if strings.HasSuffix(p, "00/specification.yaml") {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		s.most = max(s.most, m.HeapAlloc)
	}
	return nil
}

func (*heapSink) Remove(string) error { return nil }

func TestRunMemory(t *testing.T) {
	ks := testKinds(t, true)
	var sink heapSink
	res, err := Run(t.Context(), Options{Gateway: endless{memory.New(ks), 300}, Sink: &sink, Workers: 4})
	if err != nil || res.Read != 300 {
		t.Fatalf("got %d resources, %v", res.Read, err)
	}
	if sink.most == 0 || sink.most > 30<<20 {
		t.Errorf("holds %d MB while reading 300 APIs of 1 MB", sink.most>>20)
	}
}

// TestNothingReadIsNoEmptyGateway lists kinds that the gateway does not offer,
// and nothing else: that is no reason to empty the tree.
func TestNothingReadIsNoEmptyGateway(t *testing.T) {
	kinds := testKinds(t, true)
	g := refusing{memory.New(kinds)}
	sink := sinkOf{}
	_, err := Run(t.Context(), Options{Gateway: g, Base: fstest.MapFS{
		"apis/a/apiInformation.json": {Data: []byte(`{}`)},
	}, Sink: sink})
	if err == nil || len(sink) > 0 {
		t.Errorf("error %v and %d changes, want an error and none", err, len(sink))
	}
}

// refusing is a gateway that offers no lists.
type refusing struct{ *memory.Gateway }

func (refusing) List(_ context.Context, _ string, _ gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) { yield(nil, gateway.ErrUnsupported) }
}

type sinkOf map[string]bool

func (s sinkOf) Put(path string, _ []byte) error { s[path] = true; return nil }
func (s sinkOf) Remove(path string) error        { s[path] = true; return nil }
