package extractor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

var mentioned = regexp.MustCompile(`(value|fragment|backend):(\w+)`)

// mentions are resources that a policy names: "value:V fragment:f".
func mentions(r *gateway.Resource) []gateway.Mention {
	text, _ := gateway.Field(r.Spec, "properties.value").(string)
	var ms []gateway.Mention
	for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
		field := ""
		if m[1] == "value" {
			field = "properties.displayName"
		}
		ms = append(ms, gateway.Mention{Kind: m[1], Field: field, Value: m[2]})
	}
	return ms
}

// linkedKinds is a table with all sorts of references.
func linkedKinds(t testing.TB) *gateway.Kinds {
	t.Helper()
	both := []string{"", "workspace"}
	file := func(k gateway.Kind) gateway.Kind {
		k.File, k.Dir = strings.ReplaceAll(k.Name, " ", "")+".json", k.Segment
		return k
	}
	policy := []gateway.Split{{Field: "properties.value", File: "policy.xml"}}
	ks, err := gateway.NewKinds(gateway.Table{FoldCase: true, Rows: []gateway.Kind{
		file(gateway.Kind{Name: "workspace", Segment: "workspaces"}),
		file(gateway.Kind{Name: "value", Segment: "values", Under: both, Unique: []string{"properties.displayName"}}),
		file(gateway.Kind{Name: "version set", Segment: "sets", Under: both}),
		file(gateway.Kind{Name: "group", Segment: "groups", Under: both, Builtin: []string{"everybody"}}),
		file(gateway.Kind{Name: "tag", Segment: "tags", Under: both}),
		file(gateway.Kind{Name: "backend", Segment: "backends", Under: both, Mentions: func(r *gateway.Resource) []gateway.Mention {
			return mentions(&gateway.Resource{Spec: props(map[string]any{"value": gateway.Field(r.Spec, "properties.url")})})
		}, Refs: []gateway.Ref{{Field: "properties.pool[]", Kind: "backend"}}}),
		file(gateway.Kind{Name: "fragment", Segment: "fragments", Under: both, Mentions: mentions}),
		file(gateway.Kind{Name: "product", Segment: "products", Under: both}),
		{Name: "product policy", Parent: "product", Segment: "policies", Only: "policy", Split: policy, Mentions: mentions, Under: both},
		file(gateway.Kind{Name: "product group", Parent: "product", Segment: "groups", Joins: "group", Under: both}),
		file(gateway.Kind{Name: "product api", Parent: "product", Segment: "apis", Joins: "api", Under: both}),
		file(gateway.Kind{Name: "api", Segment: "apis", Under: both, Attach: []gateway.Attachment{{Pattern: "specification.*"}},
			Refs: []gateway.Ref{{Field: "properties.set", Kind: "version set"}}}),
		{Name: "api policy", Parent: "api", Segment: "policies", Only: "policy", Split: policy, Mentions: mentions, Under: both},
		file(gateway.Kind{Name: "operation", Parent: "api", Segment: "operations", Inside: "specification.*", Under: both}),
		{Name: "operation policy", Parent: "operation", Segment: "policies", Only: "policy", Split: policy, Mentions: mentions, Under: both},
		file(gateway.Kind{Name: "tag api", Parent: "tag", Segment: "apis", Joins: "api", Under: both}),
		file(gateway.Kind{Name: "tag operation", Parent: "tag", Segment: "operations", Joins: "operation", Under: both}),
		file(gateway.Kind{Name: "api tag description", Parent: "api", Segment: "descriptions", Joins: "tag", Under: both}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// counted is a gateway that notes what is asked, and may have an index.
type counted struct {
	gateway.Gateway
	index *gateway.Index
	mu    sync.Mutex
	calls []string
}

func (c *counted) Index(context.Context, func(string) bool) (*gateway.Index, error) {
	return c.index, nil
}

func (c *counted) List(ctx context.Context, kind string, owner gateway.Key) iter.Seq2[*gateway.Resource, error] {
	c.mu.Lock()
	c.calls = append(c.calls, strings.TrimSpace(fmt.Sprintf("%s %s", kind, strings.Join(owner.Names(), "/"))))
	c.mu.Unlock()
	return c.Gateway.List(ctx, kind, owner)
}

// office is a gateway on which much hangs together.
func office(t testing.TB, ks *gateway.Kinds) *counted {
	orders := resource("api", "orders")
	gateway.SetField(orders.Spec, "properties.set", "/sets/orders")
	orders.Files = map[string][]byte{"specification.yaml": []byte("x")}
	url := func(s, name string) *gateway.Resource {
		return &gateway.Resource{Key: gateway.NewKey("backend", name), Spec: props(map[string]any{"url": s})}
	}
	pool := &gateway.Resource{Key: gateway.NewKey("backend", "pool"), Spec: props(map[string]any{"pool": []any{"/backends/one"}})}
	return &counted{Gateway: fill(t, ks,
		resource("version set", "orders"), resource("version set", "other"),
		resource("value", "key"), resource("value", "limit"), resource("value", "other"),
		url("value:key", "one"), url("", "two"), pool,
		text("value:limit", "fragment", "inner"), text("fragment:inner", "fragment", "outer"), text("", "fragment", "other"),
		orders, text("fragment:outer backend:pool value:nobody", "api policy", "orders", "policy"),
		resource("operation", "orders", "get"), text("backend:two", "operation policy", "orders", "get", "policy"),
		resource("api", "other"), resource("api", "third"),
		resource("group", "staff"), resource("group", "idle"), resource("group", "everybody"),
		resource("product", "gold"), text("value:other", "product policy", "gold", "policy"),
		resource("product group", "gold", "staff"), resource("product group", "gold", "everybody"),
		resource("product api", "gold", "orders"), resource("product api", "gold", "other"),
		resource("product", "lead"), resource("product api", "lead", "other"),
		resource("tag", "sales"), resource("tag api", "sales", "orders"), resource("tag api", "sales", "third"),
		resource("tag", "slow"), resource("tag operation", "slow", "orders/get"), resource("tag", "idle"),
		resource("workspace", "w"), resource("workspace api", "w", "orders"), &gateway.Resource{Key: gateway.NewKey("workspace value", "w", "key"), Spec: props(map[string]any{"displayName": "key"})},
		text("value:key value:limit", "workspace api policy", "w", "orders", "policy"), resource("workspace backend", "w", "idle"),
	)}
}

// follow extracts what patterns name with what that needs.
func follow(t *testing.T, base *tree, include, exclude []string) (Result, []string, *counted, error) {
	t.Helper()
	ks := linkedKinds(t)
	f, err := ParseFilter(ks, include, exclude)
	if err != nil {
		t.Fatal(err)
	}
	g := office(t, ks)
	var read []string
	res, err := Run(t.Context(), Options{
		Gateway: g, Base: base.snapshot(), Sink: base, Workers: 3, Filter: f, Closure: true,
		Progress: func(key gateway.Key) { read = append(read, key.String()) },
	})
	slices.Sort(read)
	return res, read, g, err
}

func TestClosure(t *testing.T) {
	withOrders := []string{
		"api orders", "api policy orders/policy", "backend one", "backend pool", "backend two", "fragment inner", "fragment outer",
		"operation policy orders/get/policy", "value key", "value limit", "version set orders",
	}
	tags := []string{"tag api sales/orders", "tag operation slow/orders/get", "tag sales", "tag slow"}
	gold := []string{"group staff", "product api gold/orders", "product gold", "product group gold/everybody", "product group gold/staff", "product policy gold/policy", "value other"}
	for _, test := range []struct {
		name             string
		include, exclude []string
		want             []string
		notes            []string
	}{
		{"an API", []string{"api=orders"}, nil, slices.Concat(withOrders, tags, gold), nil},
		{"an API without what is excluded", []string{"api=orders"}, []string{"tag=*", "product=*", "backend=two"}, slices.DeleteFunc(slices.Clone(withOrders),
			func(s string) bool { return s == "backend two" }), []string{"left out by the filter, though something needs it: backend two"}},
		{"a product, with its APIs", []string{"product=lead"}, []string{"tag=*"}, []string{"api other", "product api lead/other", "product lead"}, nil},
		{"a tag, with its APIs but for those that are not listed", []string{"tag=sales", "api=third", "product=x"}, nil, []string{"api third", "tag api sales/third", "tag sales"},
			[]string{}},
		{"what is needed and not listed, and something left out", []string{"fragment=outer"}, []string{"value=limit"}, []string{"fragment inner", "fragment outer"},
			[]string{"left out by the filter, though something needs it: value limit"}},
		{"a workspace", []string{"workspace=w"}, nil, []string{"value limit", "workspace api policy w/orders/policy", "workspace api w/orders", "workspace backend w/idle", "workspace value w/key", "workspace w"}, nil},
		{"a group brings nobody", []string{"group=staff"}, nil, []string{"group staff"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, read, _, err := follow(t, newTree(nil), test.include, test.exclude)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(test.want)
			if d := cmp.Diff(test.want, read); d != "" {
				t.Errorf("read (-want +got):\n%s", d)
			}
			if test.notes != nil && !slices.Equal(res.Remarks(), test.notes) {
				t.Errorf("noted %q, want %q", res.Remarks(), test.notes)
			}
		})
	}
}

func TestClosureOfNothing(t *testing.T) {
	if _, read, _, err := follow(t, newTree(nil), nil, []string{"tag=*"}); !errors.Is(err, errNothingNamed) || read != nil {
		t.Errorf("read %v, %v; want an error", read, err)
	}
}

// TestClosureReadsLittle pins what is listed: the kinds in which something is
// needed, each once, and of links those that may lead to what is kept.
func TestClosureReadsLittle(t *testing.T) {
	for _, test := range []struct {
		name             string
		include, exclude []string
		want             []string
	}{
		{"an API alone", []string{"version set=orders"}, nil, []string{"version set"}},
		{"an API", []string{"api=orders"}, []string{"tag=*"}, []string{
			"api", "api policy orders", "api tag description orders", "backend", "fragment", "group", "operation orders", "operation policy orders/get",
			"product", "product api gold", "product api lead", "product group gold", "product policy gold", "value", "version set",
		}},
		{"an API without products", []string{"api=orders"}, []string{"tag=*", "product=*"}, []string{
			"api", "api policy orders", "api tag description orders", "backend", "fragment", "operation orders", "operation policy orders/get", "value", "version set",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, g, err := follow(t, newTree(nil), test.include, test.exclude)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(g.calls)
			if d := cmp.Diff(test.want, g.calls); d != "" {
				t.Errorf("listed (-want +got):\n%s", d)
			}
		})
	}
}

// TestClosureRemoves takes for gone what was looked for and is not there, and
// leaves alone what nothing needs.
func TestClosureRemoves(t *testing.T) {
	base := newTree(map[string]string{
		"backends/idle/backend.json": "{}", "apis/gone/api.json": "{}", "apis/orders/api.json": "{}",
		"tags/old/tag.json": "{}", "tags/old/apis/orders/tagapi.json": "{}", "tags/old/apis/third/tagapi.json": "{}",
		"products/gold/groups/idle/productgroup.json": "{}", "products/lead/apis/orders/productapi.json": "{}",
	})
	res, _, _, err := follow(t, base, []string{"api=orders"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var removed []string
	for _, c := range res.Changes {
		if c.Op == Removed {
			removed = append(removed, c.Key.String())
		}
	}
	want := []string{"product api lead/orders", "product group gold/idle", "tag api old/orders"}
	if d := cmp.Diff(want, removed); d != "" {
		t.Errorf("removed (-want +got):\n%s", d)
	}
	if again, _, _, err := follow(t, base, []string{"api=orders"}, nil); err != nil || !again.Empty() {
		t.Errorf("again: %v, %v; want no changes", again.Changes, err)
	}
}

// TestClosureWithIndex finds links in an index, and asks for those that the
// tree holds and the index does not name.
func TestClosureWithIndex(t *testing.T) {
	ks := linkedKinds(t)
	g := office(t, ks)
	g.index = ks.NewIndex([]string{"tag api", "tag operation"}, []*gateway.Resource{
		{Key: gateway.NewKey("tag operation", "slow", "orders/get"), Spec: map[string]any{}},
		{Key: gateway.NewKey("tag api", "sales", "third"), Spec: map[string]any{}},
	})
	base := newTree(map[string]string{"tags/sales/apis/orders/tagapi.json": "{}", "tags/idle/apis/orders/tagapi.json": "{}"})
	f, err := ParseFilter(ks, []string{"api=orders"}, []string{"product=*"})
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	_, err = Run(t.Context(), Options{Gateway: g, Base: base.snapshot(), Sink: base, Filter: f, Closure: true, Progress: func(key gateway.Key) {
		if strings.HasPrefix(key.Kind, "tag") {
			read = append(read, key.String())
		}
	}})
	slices.Sort(read)
	if d := cmp.Diff([]string{"tag api sales/orders", "tag operation slow/orders/get", "tag sales", "tag slow"}, read); d != "" || err != nil {
		t.Errorf("read (-want +got):\n%s%v", d, err)
	}
	if base.MapFS["tags/idle/apis/orders/tagapi.json"] != nil {
		t.Error("a link that is not on the gateway is still in the tree")
	}
}
