package loop

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A tree is files in memory, and the sink of an extraction.
type tree map[string]string

func (t tree) Put(path string, content []byte) error { t[path] = string(content); return nil }
func (t tree) Remove(path string) error              { delete(t, path); return nil }

func (t tree) fs() fs.FS {
	m := fstest.MapFS{}
	for name, text := range t {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// numbers returns the random numbers of a seed.
func numbers(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// newSandbox starts a sandbox without a network.
func newSandbox(t testing.TB, o sandbox.Options) *sandbox.Server {
	t.Helper()
	if o.OperationTime == 0 {
		o.OperationTime = 1
	}
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// extract brings a copy of base in line with a gateway.
func extract(t testing.TB, g gateway.Gateway, base tree) (tree, extractor.Result) {
	t.Helper()
	out := maps.Clone(base)
	if out == nil {
		out = tree{}
	}
	result, err := extractor.Run(t.Context(), extractor.Options{Gateway: g, Base: base.fs(), Sink: out, Workers: 8})
	if err != nil {
		t.Fatalf("extract: %v", err)
	}
	return out, result
}

// folder is a tree as the publisher reads it, with the secrets that git does
// not hold taken from known, as a configuration would give them.
func folder(t testing.TB, g gateway.Gateway, files tree, known []*gateway.Resource) publisher.Source {
	t.Helper()
	kinds := g.Describe().Kinds
	rs, _, err := artifacts.Decode(kinds, files.fs())
	if err != nil {
		t.Fatalf("read tree: %v", err)
	}
	all := map[gateway.Key]*gateway.Resource{}
	for _, r := range known {
		all[kinds.Fold(r.Key)] = r
	}
	for _, r := range rs {
		if k := all[kinds.Fold(r.Key)]; k != nil && len(kinds.Get(r.Key.Kind).Secret) > 0 {
			r.Spec = over(r.Spec, k.Spec)
		}
	}
	return list(rs)
}

// over returns top with the fields that only bottom has.
func over(top, bottom map[string]any) map[string]any {
	out := maps.Clone(bottom)
	for name, v := range top {
		a, aok := v.(map[string]any)
		b, bok := bottom[name].(map[string]any)
		if aok && bok {
			v = over(a, b)
		}
		out[name] = v
	}
	return out
}

var _ publisher.Source = list(nil)

// A list is a source that holds these resources.
type list []*gateway.Resource

func (l list) Describe() plan.Source { return plan.Source{Digest: "test"} }

func (l list) All(context.Context) ([]*gateway.Resource, error) { return slices.Clone(l), nil }

func (l list) Touched(context.Context, string) ([]publisher.Touched, error) {
	return nil, errors.ErrUnsupported
}

// publish publishes a source and fails the test if any action does.
func publish(t testing.TB, g gateway.Gateway, s publisher.Source, del bool) *plan.Result {
	t.Helper()
	result, err := publisher.Run(t.Context(), publisher.Options{Gateway: g, Source: s, Delete: del})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	if err := result.Err(); err != nil {
		for _, o := range result.Outcomes {
			if o.Status != plan.Done {
				t.Logf("%s %s %v: %v", o.Status, o.Action.Op, o.Action.Key, o.Err)
			}
		}
		t.Fatalf("publish: %v", err)
	}
	return result
}

// wantInSync fails the test unless a gateway holds what a source says, and
// nothing else.
func wantInSync(t testing.TB, g gateway.Gateway, s publisher.Source, when string) {
	t.Helper()
	p, err := publisher.MakePlan(t.Context(), publisher.Options{Gateway: g, Source: s, Delete: true})
	if err != nil {
		t.Fatalf("plan %s: %v", when, err)
	}
	for _, a := range p.Actions {
		t.Errorf("%s: the plan has %s %v, want nothing", when, a.Op, a.Key)
		for _, c := range a.Changes {
			t.Logf("  %s: have %.400v want %.400v %v", c.Field, c.Have, c.Want, c.Lines)
		}
	}
	for _, problem := range p.Problems {
		t.Errorf("%s: the plan says of %v: %s", when, problem.Key, problem.Text)
	}
}

// plain is a tree as the publisher's command reads it, in which everything
// has to be of use.
func plain(t testing.TB, g gateway.Gateway, files tree) publisher.Source {
	t.Helper()
	s, err := source.NewFolder(g.Describe().Kinds, files.fs(), func(p artifacts.Problem) {
		t.Errorf("tree: %s: %s", p.Path, p.Text)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
