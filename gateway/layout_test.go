package gateway

import (
	"slices"
	"strings"
	"testing"
)

// layoutKinds is a table with links below either end.
func layoutKinds(spellings ...Spelling) (*Kinds, error) {
	return NewKinds(Table{FoldCase: true, Layouts: []string{"new", "old", "lists"}, Rows: []Kind{
		{Name: "space", Segment: "spaces", Dir: "spaces", File: "space.json"},
		{Name: "api", Segment: "apis", Under: []string{"", "space"}, Dir: "apis", File: "api.json"},
		{Name: "tag", Segment: "tags", Under: []string{"", "space"}, Dir: "tags", File: "tag.json"},
		{Name: "part", Parent: "api", Segment: "parts", Under: []string{"", "space"}, Dir: "parts", File: "part.json"},
		{Name: "link", Parent: "tag", Joins: "api", Segment: "links", Under: []string{"", "space"}, Dir: "apis", File: "link.json", Spellings: spellings},
	}})
}

func TestForms(t *testing.T) {
	ks, err := layoutKinds(
		Spelling{Layouts: []string{"old"}, Beside: "api", Dir: "tags", File: "apiLink.json"},
		Spelling{Layouts: []string{"lists"}, Beside: "api", File: "tags.json", List: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"link", "space link"} {
		forms := ks.Forms(kind)
		for layout, rank := range map[string]int{"new": 0, "old": 1, "lists": 2, "other": 0} {
			if f := ks.FormIn(kind, layout); f != forms[rank] || f.Rank != rank {
				t.Errorf("FormIn(%q, %q) has rank %d, want %d", kind, layout, f.Rank, rank)
			}
		}
		if !slices.Equal(forms[0].Layouts, []string{"new"}) || forms[0].Kind != ks.Get(kind) {
			t.Errorf("the first form of %s is of %v", kind, forms[0].Layouts)
		}
		if got := forms[1].Kind; got.File != "apiLink.json" || got.Dir != "tags" || got.Name != kind {
			t.Errorf("the second form of %s is %s/%s of %s", kind, got.Dir, got.File, got.Name)
		}
	}
	if got := ks.Beside("space api"); len(got) != 2 || got[0].Kind.Name != "space link" {
		t.Errorf("Beside(space api) has %d forms", len(got))
	}
	if !ks.Elsewhere("link") || ks.Elsewhere("api") {
		t.Error("the wrong kinds lie elsewhere")
	}
	key := NewKey("space", "s").Child("space tag", "T").Child("space link", "a")
	for _, f := range ks.Forms("space link") {
		anchor, name := f.Anchor(ks, key)
		if back := f.Anchored(ks, anchor, name); back != key {
			t.Errorf("form %d: %v is %q in the folder of %v, and that is %v", f.Rank, key, name, anchor, back)
		}
		if want := "space tag s/T"; f.Rank == 0 && anchor.String() != want {
			t.Errorf("form %d: lies in the folder of %v, want %s", f.Rank, anchor, want)
		}
		if want := "space api s/a"; f.Rank > 0 && (anchor.String() != want || name != "T") {
			t.Errorf("form %d: is %q in the folder of %v, want T in that of %s", f.Rank, name, anchor, want)
		}
	}
}

func TestTwin(t *testing.T) {
	ks, err := layoutKinds(Spelling{Layouts: []string{"old"}, Dir: "apis", Bare: true}, Spelling{Layouts: []string{"lists"}, Dir: "apis", File: "l.json"})
	if err != nil {
		t.Fatal(err)
	}
	forms := ks.Forms("link")
	for i, want := range []bool{false, true, false} {
		if got := forms[i].Twin(forms[0]); got != want {
			t.Errorf("form %d is a twin: %t, want %t", i, got, want)
		}
	}
}

func TestSpellingsAreChecked(t *testing.T) {
	for _, test := range []struct {
		name string
		s    Spelling
		want string
	}{
		{"an unknown layout", Spelling{Layouts: []string{"older"}, Dir: "x"}, `layout "older" is not in the table`},
		{"beside what it does not join", Spelling{Beside: "space", Dir: "x"}, "it lies beside a space, which the kind does not join"},
		{"what may be something else, in a list", Spelling{Maybe: true, List: true, File: "l.json"}, "needs a file of its own"},
		{"a list without a file", Spelling{List: true}, "a list needs a file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := layoutKinds(test.s); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("NewKinds() error = %v, want one that tells %q", err, test.want)
			}
		})
	}
}

func TestLenders(t *testing.T) {
	w := &Within{Row: "part", Name: "main"}
	ks, err := NewKinds(Table{FoldCase: true, Rows: []Kind{
		{Name: "space", Segment: "spaces", Dir: "spaces", File: "space.json"},
		{Name: "api", Segment: "apis", Under: []string{"", "space"}, Dir: "apis", File: "api.json", Attach: []Attachment{{Pattern: "x"}, {Pattern: "y", Within: w}}},
		{Name: "part", Parent: "api", Segment: "parts", Under: []string{"", "space"}, Dir: "parts", File: "part.json"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range ks.Lenders() {
		names = append(names, k.Name)
	}
	if !slices.Equal(names, []string{"part", "space part"}) {
		t.Errorf("lenders are %q", names)
	}
	for _, key := range []Key{NewKey("part", "a", "Main"), NewKey("space part", "s", "a", "main")} {
		if owner, got := ks.Lends(key); got != w || owner != ks.Parent(key) {
			t.Errorf("%v lends to %v", key, owner)
		}
	}
	for _, key := range []Key{NewKey("part", "a", "other"), NewKey("api", "main"), NewKey("none", "main")} {
		if owner, got := ks.Lends(key); got != nil {
			t.Errorf("%v lends to %v", key, owner)
		}
	}
}
