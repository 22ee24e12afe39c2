package source_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
)

// overrides reads a file of overrides. A token stands for its own name in upper
// case, but for that named open, which has no value.
func overrides(t *testing.T, text, path string, notes *[]string) source.Overrides {
	t.Helper()
	parse := func(text []byte, open bool) (*overlay.Overlay, error) {
		o, _, err := overlay.Parse(testKinds(t), "prod.yaml", text, overlay.Options{
			Open: open, Env: func(name string) (string, bool) { return strings.ToUpper(name), name != "open" },
		})
		return o, err
	}
	now, err := parse([]byte(text), false)
	if err != nil {
		t.Fatal(err)
	}
	return source.Overrides{
		Overlay: now, Path: path, Parse: func(text []byte) (*overlay.Overlay, error) { return parse(text, true) },
		Note: func(p *overlay.Problem) {
			if notes != nil {
				*notes = append(*notes, p.Error())
			}
		},
	}
}

// sides are what a touched resource has as "n" before and now, and whether the
// first is known.
func sides(touched []publisher.Touched) map[string]string {
	n := func(r *gateway.Resource) string {
		if r == nil {
			return "none"
		}
		s, ok := r.Spec["n"].(string)
		if !ok {
			return "?"
		}
		return s
	}
	out := map[string]string{}
	for _, t := range touched {
		key := t.Want
		if key == nil {
			key = t.Base
		}
		text := n(t.Base) + " to " + n(t.Want)
		if t.Blind {
			text = "to " + n(t.Want)
		}
		out[key.Key.String()] = text
	}
	return out
}

// commits writes commits of just these files into a repository.
type commits struct {
	*testing.T
	repo *git.Repo
}

func (c commits) add(files map[string]string) string {
	c.Helper()
	stage, err := c.repo.Stage(c.Context(), git.Hash{})
	if err != nil {
		c.Fatal(err)
	}
	for name, text := range files {
		if err := stage.Add(name, []byte(text)); err != nil {
			c.Fatal(err)
		}
	}
	hash, err := stage.Commit(c.Context(), git.Meta{Author: git.Person{Name: "a", Email: "a@example.com"}, When: time.Unix(0, 0), Message: "a commit"})
	if err != nil {
		c.Fatal(err)
	}
	return hash.String()
}

func TestOverlaidTouched(t *testing.T) {
	repo, err := git.Open(t.Context(), newHistory(t).dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	}()
	api := func(n string) string { return `{"n":"` + n + `"}` }
	entry := func(name, n string) string { return "- {name: " + name + ", n: '" + n + "'}\n" }
	for _, test := range []struct {
		name          string
		base, head    string // the file in both commits
		disk          string // "": as in the second
		path          string // "": that of the file
		changeA, drop bool   // the second commit changes a, or drops b
		want          map[string]string
	}{
		{name: "nothing", base: "apis:\n" + entry("a", "1"), head: "apis:\n" + entry("a", "1"), want: map[string]string{}},
		{name: "the file alone", base: "apis:\n" + entry("a", "1") + entry("b", "1"), head: "apis:\n" + entry("a", "2") + entry("b", "1"), want: map[string]string{"api a": "1 to 2"}},
		{name: "an entry that is new", base: "apis:\n", head: "apis:\n" + entry("a", "1"), want: map[string]string{"api a": "a to 1"}},
		{name: "the whole file is new", head: "apis:\n" + entry("a", "1"), want: map[string]string{"api a": "a to 1"}},
		{name: "an entry that is gone", base: "apis:\n" + entry("a", "1"), head: "apis: []\n", want: map[string]string{"api a": "1 to a"}},
		{name: "an entry that says what the tree does", head: "apis:\n" + entry("a", "a"), want: map[string]string{}},
		{name: "the tree below an override that did not change", base: "apis:\n" + entry("a", "1"), head: "apis:\n" + entry("a", "1"), changeA: true, want: map[string]string{}},
		{name: "the tree and the file", base: "apis:\n" + entry("a", "1"), head: "apis:\n" + entry("b", "1"), changeA: true, want: map[string]string{"api a": "1 to new", "api b": "b to 1"}},
		{name: "a deleted resource", base: "apis:\n" + entry("b", "1"), head: "apis:\n" + entry("b", "1"), drop: true, want: map[string]string{"api b": "1 to none"}},
		{name: "a deleted resource, of a file outside", base: "apis:\n" + entry("b", "1"), head: "apis:\n" + entry("b", "1"), path: "none", drop: true, want: map[string]string{"api b": "1 to none"}},
		{name: "a token", base: "apis:\n" + entry("a", "{#x#}"), head: "apis:\n" + entry("a", "{#y#}"), want: map[string]string{"api a": "X to Y"}},
		{name: "a token that a pipeline replaced in the file", base: "apis:\n" + entry("a", "{#open#}"), head: "apis:\n" + entry("a", "{#open#}"), disk: "apis:\n" + entry("a", "filled"), want: map[string]string{}},
		{name: "another token that a pipeline replaced in the file", base: "apis:\n" + entry("a", "{#open#}"), head: "apis:\n" + entry("a", "x{#open#}"), disk: "apis:\n" + entry("a", "xfilled"), want: map[string]string{"api a": "to xfilled"}},
		{name: "a file that somebody edited since", base: "apis:\n" + entry("a", "1"), head: "apis:\n" + entry("a", "1"), disk: "apis:\n" + entry("a", "2"), want: map[string]string{"api a": "to 2"}},
		{name: "an earlier file that cannot be read", base: "apis: nonsense\n", head: "apis:\n" + entry("a", "1"), want: map[string]string{"api a": "to 1"}},
		{name: "a file outside", base: "apis:\n" + entry("a", "1"), head: "apis:\n" + entry("a", "1"), path: "none", want: map[string]string{"api a": "to 1"}},
		{name: "a file that is not committed", disk: "apis:\n" + entry("a", "1"), want: map[string]string{"api a": "to 1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := commits{t, repo}
			files := map[string]string{"tree/apis/a/api.json": api("a"), "tree/apis/b/api.json": api("b")}
			if test.base != "" {
				files["env/prod.yaml"] = test.base
			}
			first := h.add(files)
			delete(files, "env/prod.yaml")
			if test.head != "" {
				files["env/prod.yaml"] = test.head
			}
			if test.changeA {
				files["tree/apis/a/api.json"] = api("new")
			}
			if test.drop {
				delete(files, "tree/apis/b/api.json")
			}
			c, err := source.NewCommit(t.Context(), testKinds(t), repo, "repo", h.add(files), "tree", nil)
			if err != nil {
				t.Fatal(err)
			}
			path := "env/prod.yaml"
			if test.path != "" {
				path = ""
			}
			disk := test.disk
			if disk == "" {
				disk = test.head
			}
			touched, err := source.NewOverlaid(c, overrides(t, disk, path, nil)).Touched(t.Context(), first)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, sides(touched)); d != "" {
				t.Errorf("touched (-want +got):\n%s", d)
			}
		})
	}
}

func TestOverlaidAll(t *testing.T) {
	tree := fstest.MapFS{"apis/a/api.json": {Data: []byte(`{"n":"a"}`)}, "apis/b/api.json": {Data: []byte(`{"n":"b"}`)}}
	f, err := source.NewFolder(testKinds(t), tree, nil)
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	o := source.NewOverlaid(f, overrides(t, "apis:\n- {name: a, n: prod}\n- {name: aa, n: x}\n", "", &notes))
	for range 2 {
		all, err := o.All(t.Context())
		if err != nil || len(all) != 2 || all[0].Spec["n"] != "prod" || all[1].Spec["n"] != "b" {
			t.Fatalf("read %v, %v, want the override in a", all, err)
		}
	}
	want := []string{"prod.yaml:3: there is no api aa to override: nothing is made of it; did you mean a?"}
	if d := cmp.Diff(want, notes); d != "" {
		t.Errorf("noted (-want +got):\n%s", d)
	}
	if got := o.Describe().Digest; got == "" || got == f.Describe().Digest {
		t.Errorf("digest %q, want one that covers the overrides", got)
	}
	if _, err := o.Touched(t.Context(), "HEAD"); err == nil || !strings.Contains(err.Error(), "--repo") {
		t.Errorf("error %v, want that of the folder", err)
	}
}
