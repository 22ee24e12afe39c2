package propose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// TestScopes has two runs with other filters look after one gateway. Neither
// touches what the other proposes.
func TestScopes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two := b.scope("apis", "tag=*"), b.scope("tags", "api=*")
	b.put("api", "a", "one")
	b.put("tag", "t", "two")
	for range 2 {
		for _, o := range []propose.Options{one, two} {
			b.o = o
			b.run()
		}
	}
	want := map[string]map[string]string{"lockstep/test.apis": {fileA: "one"}, "lockstep/test.tags": {fileT: "two"}}
	for branch, files := range want {
		if d := cmp.Diff(b.differs(branch), files); d != "" {
			t.Errorf("%s changes, got -, want +:\n%s", branch, d)
		}
	}
	pulls, err := b.o.Forge.List(t.Context())
	if err != nil || len(pulls) != 2 || pulls[0].State != forge.StateOpen || pulls[1].State != forge.StateOpen {
		t.Fatalf("pull requests: got %+v, %v; want two", pulls, err)
	}
	if p := pulls[1]; p.Mark.ID != "memory/test#apis" || !strings.HasPrefix(p.Title, "Bring artifacts in line with memory test, apis: ") {
		t.Errorf("got %+v", p)
	}

	// The drift of one is over.
	b.delete("tag", "t")
	if out := b.run(); len(out.Closed) != 1 || out.Closed[0].Head != "lockstep/test.tags" {
		t.Errorf("closed: got %+v, want the one of the tags", out.Closed)
	}
	b.o = one
	b.steady()
}

// scope returns options for the part of the gateway that is not excluded.
func (b *bench) scope(name, exclude string) propose.Options {
	b.Helper()
	o := b.o
	f, err := extractor.ParseFilter(b.g.Describe().Kinds, nil, []string{exclude})
	if err != nil {
		b.Fatal(err)
	}
	o.Extract.Filter, o.Meta.Scope, o.Branch = f, name, "lockstep/test."+name
	return o
}

// TestBranchOfAnother has the branch of one gateway be asked for by others. They
// take it once it is free.
func TestBranchOfAnother(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		other extractor.Meta
	}{
		{"instance", extractor.Meta{Product: "memory", Instance: "other"}},
		{"product", extractor.Meta{Product: "another", Instance: "test"}},
		{"scope", extractor.Meta{Product: "memory", Instance: "test", Scope: "apis"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.put("api", "a", "one")
			b.run()
			b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
			before := b.refs()
			b.o.Meta = tt.other
			_, err := propose.Run(t.Context(), b.o)
			if err == nil || !strings.Contains(err.Error(), "read branch lockstep/test: it is that of memory/test: ") || !strings.Contains(err.Error(), "--scope") {
				t.Errorf("got %v, want an error that names both", err)
			}
			if d := cmp.Diff(b.refs(), before); d != "" {
				t.Errorf("refs moved, got -, want +:\n%s", d)
			}
			b.move("main", b.at(line))
			b.put("api", "b", "two")
			if out := b.run(); !out.Pushed || out.Branch != line {
				t.Errorf("once it is merged: got %+v", out)
			}
		})
	}
}
