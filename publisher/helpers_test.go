package publisher_test

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

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

var named = regexp.MustCompile(`\{\{(\w+)\}\}`)

func inText(r *gateway.Resource) []gateway.Mention {
	text, _ := gateway.Field(r.Spec, "value").(string)
	var ms []gateway.Mention
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		ms = append(ms, gateway.Mention{Kind: "named value", Field: "displayName", Value: m[1]})
	}
	return ms
}

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
		{Name: "operation", Parent: "api", Segment: "operations", Dir: "operations"},
		{Name: "operation policy", Parent: "operation", Segment: "policies", Only: "policy",
			Split: []gateway.Split{{Field: "value", File: "policy.xml"}}, Mentions: inText, After: []string{"named value"}},
		{Name: "api tag", Parent: "api", Segment: "tags", Dir: "tags", File: "l.json", Joins: "tag", Live: true},
		{Name: "release", Parent: "api", Segment: "releases", Dir: "releases", File: "r.json", Live: true},
		{Name: "space", Segment: "spaces", Dir: "spaces", File: "s.json", Implied: true},
		{Name: "room", Parent: "space", Segment: "rooms", Dir: "rooms", File: "r.json"},
		{Name: "settings", Segment: "settings", Dir: "settings", File: "s.json", Permanent: true},
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

func policy(api, op, text string) *gateway.Resource {
	return res("operation policy", api+"/"+op+"/policy", "value", text)
}

type list = []*gateway.Resource

// A fake is a gateway that counts calls, lists mere steps as real gateways
// do, and can be made to fail.
type fake struct {
	*memory.Gateway
	kinds *gateway.Kinds
	etags bool

	mu                       sync.Mutex
	all                      map[gateway.Key]bool // every key that was ever written
	gets, lists, puts, drops int
	calls                    []string
	after                    func(call string) error // told of each write that was made; an error is an answer lost
	fail                     func(call string) error // asked before each call
}

func newFake(t testing.TB, rs ...*gateway.Resource) *fake {
	t.Helper()
	ks := testKinds(t)
	f := &fake{Gateway: memory.New(ks), kinds: ks, etags: true, all: map[gateway.Key]bool{}}
	p, err := plan.New(ks, nil, rs, plan.Options{}) // for the order
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Actions {
		f.edit(t, a.Want)
	}
	return f
}

func (f *fake) reset() { f.gets, f.lists, f.puts, f.drops, f.calls = 0, 0, 0, 0, nil }

func (f *fake) requests() int { return f.gets + f.lists + f.puts + f.drops }

func (f *fake) call(op string, k gateway.Key, count *int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	*count++
	f.calls = append(f.calls, op+" "+k.String())
	if f.fail != nil {
		return f.fail(op + " " + k.String())
	}
	return nil
}

func (f *fake) Describe() gateway.Description {
	d := f.Gateway.Describe()
	d.ETags = f.etags
	return d
}

// bare drops the version from what is read, as from a gateway that has none.
func (f *fake) bare(r *gateway.Resource) *gateway.Resource {
	if r != nil && !f.etags {
		r.ETag = ""
	}
	return r
}

func (f *fake) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		if err := f.call("list", parent.Child(kind, "*"), &f.lists); err != nil {
			yield(nil, err)
			return
		}
		if f.kinds.Get(kind).Stored() {
			for r, err := range f.Gateway.List(ctx, kind, parent) {
				if !yield(f.bare(r), err) {
					return
				}
			}
			return
		}
		for _, k := range f.steps(kind, parent) {
			if !yield(&gateway.Resource{Key: k}, nil) {
				return
			}
		}
	}
}

// steps returns the keys of a kind that lead to something.
func (f *fake) steps(kind string, parent gateway.Key) []gateway.Key {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := map[gateway.Key]bool{}
	for k := range f.all {
		if p := f.kinds.Parent(k); p.Kind == kind && f.kinds.Parent(p) == f.kinds.Fold(parent) {
			seen[p] = true
		}
	}
	var keys []gateway.Key
	for k := range seen {
		keys = append(keys, k)
	}
	return keys
}

func (f *fake) Get(ctx context.Context, k gateway.Key) (*gateway.Resource, error) {
	if err := f.call("get", k, &f.gets); err != nil {
		return nil, err
	}
	r, err := f.Gateway.Get(ctx, k)
	return f.bare(r), err
}

func (f *fake) Put(ctx context.Context, want, have *gateway.Resource) error {
	if err := f.call("put", want.Key, &f.puts); err != nil {
		return err
	}
	if ms := f.unmet(ctx, want); len(ms) > 0 {
		return &gateway.Error{Op: "put", Key: want.Key, Err: fmt.Errorf("%w: %v is not there", gateway.ErrInvalid, ms)}
	}
	if err := f.Gateway.Put(ctx, want, have); err != nil {
		return err
	}
	return f.wrote("put", want.Key)
}

// unmet returns what text mentions and is not there.
func (f *fake) unmet(ctx context.Context, r *gateway.Resource) []gateway.Mention {
	var all list
	for v, err := range f.Gateway.List(context.WithoutCancel(ctx), "named value", gateway.Key{}) {
		if err == nil {
			all = append(all, v)
		}
	}
	return f.kinds.NewSet(all...).Unmet(r)
}

func (f *fake) Delete(ctx context.Context, have *gateway.Resource) error {
	if err := f.call("delete", have.Key, &f.drops); err != nil {
		return err
	}
	if err := f.Gateway.Delete(ctx, have); err != nil {
		return err
	}
	return f.wrote("delete", have.Key)
}

func (f *fake) wrote(op string, k gateway.Key) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all[f.kinds.Fold(k)] = true
	if f.after != nil {
		return f.after(op + " " + k.String())
	}
	return nil
}

// edit changes a resource behind the publisher's back.
func (f *fake) edit(t testing.TB, r *gateway.Resource) {
	t.Helper()
	if err := f.Gateway.Put(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	f.all[f.kinds.Fold(r.Key)] = true
}

// A source is what git wants, from memory.
type source struct {
	all, base list
	err       error
}

func (s source) Describe() plan.Source { return plan.Source{Repo: "repo", Commit: "c1"} }

func (s source) All(context.Context) (list, error) { return s.all, s.err }

func (s source) Touched(_ context.Context, since string) ([]publisher.Touched, error) {
	if since != "c0" {
		return nil, errors.New("no such commit")
	}
	var ts []publisher.Touched
	find := func(in list, k gateway.Key) *gateway.Resource {
		i := slices.IndexFunc(in, func(r *gateway.Resource) bool { return r.Key == k })
		if i < 0 {
			return nil
		}
		return in[i]
	}
	for _, w := range s.all {
		if b := find(s.base, w.Key); b == nil || fmt.Sprint(b.Spec, b.Files) != fmt.Sprint(w.Spec, w.Files) {
			ts = append(ts, publisher.Touched{Base: b, Want: w})
		}
	}
	for _, b := range s.base {
		if find(s.all, b.Key) == nil {
			ts = append(ts, publisher.Touched{Base: b})
		}
	}
	return ts, s.err
}

func mustRun(t testing.TB, o publisher.Options) *plan.Result {
	t.Helper()
	r, err := publisher.Run(t.Context(), o)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustPlan(t testing.TB, o publisher.Options) *plan.Plan {
	t.Helper()
	p, err := publisher.MakePlan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// saved returns a plan as it comes back from its file.
func saved(t testing.TB, p *plan.Plan) *plan.Plan {
	t.Helper()
	text, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	q, err := plan.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// brief returns a result in words, one line an action.
func brief(r *plan.Result) []string {
	out := []string{}
	for _, o := range r.Outcomes {
		s := string(o.Action.Op) + " " + o.Action.Key.String() + ": " + string(o.Status)
		if o.By != nil {
			s += " by " + o.By.Key.String()
		}
		if o.Note != "" {
			s += " (" + o.Note + ")"
		}
		out = append(out, s)
	}
	return out
}
