package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
)

// spied is a gateway that counts calls and may have an index and faults.
type spied struct {
	gateway.Gateway
	index func() (*gateway.Index, error)
	fail  func(op, kind string) error

	mu      sync.Mutex
	calls   []string
	running int
	peak    int
}

func (s *spied) Index(_ context.Context, wanted func(string) bool) (*gateway.Index, error) {
	if s.index == nil || !wanted("policy") {
		return nil, nil
	}
	return s.index()
}

func (s *spied) enter(op string, key gateway.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, op+" "+key.String())
	s.running++
	s.peak = max(s.peak, s.running)
	if s.fail != nil {
		return s.fail(op, key.Kind)
	}
	return nil
}

func (s *spied) leave() { s.mu.Lock(); s.running--; s.mu.Unlock() }

func (s *spied) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	err := s.enter("list", parent.Child(kind, "*"))
	defer s.leave()
	if err != nil {
		return func(yield func(*gateway.Resource, error) bool) { yield(nil, err) }
	}
	return s.Gateway.List(ctx, kind, parent)
}

func (s *spied) Get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	defer s.leave()
	if err := s.enter("get", key); err != nil {
		return nil, err
	}
	return s.Gateway.Get(ctx, key)
}

func (s *spied) count(prefix string) (n int) {
	for _, c := range s.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func walkKinds(t *testing.T) *gateway.Kinds {
	t.Helper()
	ks, err := gateway.NewKinds(gateway.Table{FoldCase: true, Rows: []gateway.Kind{
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.json", Attach: []gateway.Attachment{{Pattern: "spec.*"}}, Builtin: []string{"echo"}},
		{Name: "operation", Parent: "api", Segment: "operations", Dir: "operations", File: "op.json", Inside: "spec.*"},
		{Name: "policy", Parent: "operation", Segment: "policies", Only: "policy", Split: []gateway.Split{{Field: "text", File: "policy.xml"}}},
		{Name: "schema", Parent: "api", Segment: "schemas", Dir: "schemas", File: "schema.json", Inside: "spec.*"},
		{Name: "tag", Segment: "tags", Dir: "tags", File: "tag.json"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// full returns a gateway with 20 APIs of 3 operations, one in three with a
// policy; every second API has a specification.
func full(t *testing.T, ks *gateway.Kinds) *memory.Gateway {
	t.Helper()
	g := memory.New(ks)
	put := func(key gateway.Key, files map[string][]byte) {
		if err := g.Put(t.Context(), &gateway.Resource{Key: key, Spec: map[string]any{"text": key.Name()}, Files: files}, nil); err != nil {
			t.Fatal(err)
		}
	}
	put(gateway.NewKey("api", "Echo"), nil)
	put(gateway.NewKey("tag", "t"), nil)
	for i := range 20 {
		api := gateway.NewKey("api", fmt.Sprintf("a%02d", i))
		var files map[string][]byte
		if i%2 == 0 {
			files = map[string][]byte{"spec.yaml": []byte("x")}
		}
		put(api, files)
		put(api.Child("schema", "s"), nil)
		for o := range 3 {
			op := api.Child("operation", fmt.Sprint("o", o))
			put(op, nil)
			if o == 0 {
				put(op.Child("policy", "policy"), nil)
			}
		}
	}
	return g
}

func walk(t *testing.T, g gateway.Gateway, o gateway.WalkOptions) ([]string, error) {
	t.Helper()
	var got []string
	for r, err := range gateway.Walk(t.Context(), g, o) {
		if err != nil {
			return got, err
		}
		got = append(got, r.Key.String())
	}
	slices.Sort(got)
	return got, nil
}

// wantWalked is what a walk of full must yield: no built-in API, and no
// operation or schema that a specification tells.
func wantWalked() []string {
	want := []string{"tag t"}
	for i := range 20 {
		a := fmt.Sprintf("a%02d", i)
		want = append(want, "api "+a, "policy "+a+"/o0/policy")
		if i%2 == 1 {
			want = append(want, "schema "+a+"/s", "operation "+a+"/o0", "operation "+a+"/o1", "operation "+a+"/o2")
		}
	}
	slices.Sort(want)
	return want
}

// indexOf returns an index of the policies, without those of the APIs named.
func indexOf(ks *gateway.Kinds, but ...string) func() (*gateway.Index, error) {
	var rs []*gateway.Resource
	for i := range 20 {
		if a := fmt.Sprintf("a%02d", i); !slices.Contains(but, a) {
			rs = append(rs, &gateway.Resource{Key: gateway.NewKey("policy", strings.ToUpper(a), "o0", "policy"), Partial: true})
		}
	}
	return func() (*gateway.Index, error) { return ks.NewIndex([]string{"policy"}, rs), nil }
}

func TestWalk(t *testing.T) {
	ks := walkKinds(t)
	known := func(kind string, owner gateway.Key) []gateway.Key {
		if kind == "policy" && ks.Owns(owner, gateway.NewKey("policy", "a04", "o0", "policy")) {
			return []gateway.Key{gateway.NewKey("policy", "a04", "o0", "policy")}
		}
		return nil
	}
	for name, tc := range map[string]struct {
		index func() (*gateway.Index, error)
		known func(string, gateway.Key) []gateway.Key
		lists int // of policies, by owner
		notes int
	}{
		"without an index":           {lists: 60},
		"with an index":              {index: indexOf(ks), lists: 0},
		"with an index and a memory": {index: indexOf(ks), known: known, lists: 0},
		"index caught lying":         {index: indexOf(ks, "a04", "a06"), known: known, lists: 60, notes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &spied{Gateway: full(t, ks), index: tc.index}
			notes := 0
			got, err := walk(t, s, gateway.WalkOptions{Workers: 4, Known: tc.known, Note: func(gateway.Note) { notes++ }})
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				got[i] = strings.Replace(got[i], "A", "a", 1)
			}
			if d := cmp.Diff(wantWalked(), got); d != "" {
				t.Errorf("walked (-want +got):\n%s", d)
			}
			if n := s.count("list policy"); n != tc.lists {
				t.Errorf("%d lists of policies, want %d", n, tc.lists)
			}
			if notes != tc.notes {
				t.Errorf("%d notes, want %d", notes, tc.notes)
			}
		})
	}
}

func TestWalkSkips(t *testing.T) {
	ks := walkKinds(t)
	s := &spied{Gateway: full(t, ks)}
	got, err := walk(t, s, gateway.WalkOptions{Skip: func(k gateway.Key) bool { return k.Kind == "api" }})
	if err != nil || len(got) != 1 || got[0] != "tag t" {
		t.Errorf("walked %v, %v, want the tag alone", got, err)
	}
	if n := s.count("list policy"); n != 0 {
		t.Errorf("%d lists below what is skipped", n)
	}
}

// TestWalkDoesNotProbeWhatIsSkipped holds a policy that the index leaves out:
// it would be asked for, if it were not skipped.
func TestWalkDoesNotProbeWhatIsSkipped(t *testing.T) {
	ks := walkKinds(t)
	held := gateway.NewKey("policy", "a04", "o0", "policy")
	for name, tc := range map[string]struct {
		skip func(gateway.Key) bool
		gets int
	}{
		"skipped":     {func(k gateway.Key) bool { return k == held }, 0},
		"not skipped": {nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &spied{Gateway: full(t, ks), index: indexOf(ks, "a04")}
			known := func(kind string, owner gateway.Key) []gateway.Key {
				if kind == held.Kind && ks.Owns(owner, held) {
					return []gateway.Key{held}
				}
				return nil
			}
			if _, err := walk(t, s, gateway.WalkOptions{Known: known, Skip: tc.skip}); err != nil {
				t.Fatal(err)
			}
			if n := s.count("get " + held.String()); n != tc.gets {
				t.Errorf("%d calls for what the index leaves out, want %d", n, tc.gets)
			}
		})
	}
}

func TestWalkFailsWhole(t *testing.T) {
	ks := walkKinds(t)
	boom := errors.New("boom")
	for name, tc := range map[string]struct {
		fail  error
		want  error
		notes int
	}{
		"a failed read":       {boom, boom, 0},
		"an unsupported kind": {gateway.ErrUnsupported, nil, 1},
		"an owner gone":       {gateway.ErrNotFound, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &spied{Gateway: full(t, ks), fail: func(op, kind string) error {
				if op == "list" && kind == "tag" {
					return tc.fail
				}
				return nil
			}}
			notes := 0
			_, err := walk(t, s, gateway.WalkOptions{Workers: 8, Note: func(gateway.Note) { notes++ }})
			if !errors.Is(err, tc.want) || notes != tc.notes {
				t.Errorf("error %v and %d notes, want %v and %d", err, notes, tc.want, tc.notes)
			}
		})
	}
}

func TestWalkCancelled(t *testing.T) {
	ks := walkKinds(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range gateway.Walk(ctx, full(t, ks), gateway.WalkOptions{Workers: 4}) {
		if n++; n == 5 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the last error is %v: a walk cut short looks complete", last)
	}
	for _, err := range gateway.Walk(t.Context(), full(t, ks), gateway.WalkOptions{Workers: 4}) {
		if err != nil {
			t.Error(err)
		}
		break // must not hang or panic
	}
}

func TestWalkSkipsKinds(t *testing.T) {
	ks := walkKinds(t)
	for _, tc := range []struct {
		name  string
		skip  func(kind string, owner gateway.Key) bool
		calls []string
		want  []string
	}{
		{"at the gateway, with what they own and the index of it",
			func(kind string, _ gateway.Key) bool { return kind == "api" },
			[]string{"list tag *"}, []string{"tag t"}},
		{"below one owner",
			func(kind string, owner gateway.Key) bool {
				return kind == "tag" || owner.Name() != "a01" && !owner.IsZero()
			},
			[]string{"list api *", "list operation a01/*", "list schema a01/*"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := &spied{Gateway: full(t, ks), index: indexOf(ks)}
			got, err := walk(t, g, gateway.WalkOptions{SkipKind: tc.skip, Skip: func(k gateway.Key) bool { return k.Kind == "operation" }})
			if err != nil {
				t.Fatal(err)
			}
			lists := slices.DeleteFunc(g.calls, func(c string) bool { return !strings.HasPrefix(c, "list") })
			slices.Sort(lists)
			if d := cmp.Diff(tc.calls, lists); d != "" {
				t.Errorf("lists (-want +got):\n%s", d)
			}
			if tc.want != nil && !slices.Equal(got, tc.want) {
				t.Errorf("walked %v, want %v", got, tc.want)
			}
		})
	}
}

func TestWalkFrom(t *testing.T) {
	ks := walkKinds(t)
	g := &spied{Gateway: full(t, ks), index: indexOf(ks)}
	from := []*gateway.Resource{
		{Key: gateway.NewKey("api", "a01"), Partial: true}, {Key: gateway.NewKey("api", "none"), Partial: true},
		{Key: gateway.NewKey("tag", "t"), Spec: map[string]any{}},
	}
	got, err := walk(t, g, gateway.WalkOptions{From: from, Skip: func(k gateway.Key) bool { return k.Name() == "o2" }})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"api a01", "operation a01/o0", "operation a01/o1", "policy a01/o0/policy", "schema a01/s", "tag t"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("walked (-want +got):\n%s", d)
	}
	if slices.Contains(g.calls, "list api *") {
		t.Error("asked for what was not to be read")
	}
}
