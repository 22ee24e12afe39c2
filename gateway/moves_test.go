package gateway_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// editions is a table of books, of which a name stands for one of the editions.
// Reviews are of the book, whichever edition that is.
func editions(t *testing.T) *gateway.Kinds {
	t.Helper()
	kinds, err := gateway.NewKinds(gateway.Table{FoldCase: true, Rows: []gateway.Kind{
		{Name: "book", Segment: "books", Dir: "books", File: "book.json", Stands: func(r *gateway.Resource) string {
			if strings.Contains(r.Key.Name(), "@") {
				return r.Key.Name()
			}
			n, _ := r.Spec["edition"].(string)
			return r.Key.Name() + "@" + n
		}},
		{Name: "page", Parent: "book", Segment: "pages", Dir: "pages", File: "page.json"},
		{Name: "note", Parent: "page", Segment: "notes", Dir: "notes", File: "note.json"},
		{Name: "review", Parent: "book", Segment: "reviews", Dir: "reviews", File: "review.json",
			Applies: func(owner *gateway.Resource) bool { return !strings.Contains(owner.Key.Name(), "@") }},
		{Name: "shelf", Segment: "shelves", Dir: "shelves", File: "shelf.json"},
		{Name: "shelved", Parent: "shelf", Segment: "books", Dir: "books", File: "book.json", Joins: "book"},
		{Name: "marked", Parent: "shelf", Segment: "pages", Dir: "marks", File: "mark.json", Joins: "page", Refs: []gateway.Ref{{Field: "id", Kind: "page"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func book(name, edition string) *gateway.Resource {
	return &gateway.Resource{Key: gateway.NewKey("book", name), Spec: map[string]any{"edition": edition}}
}

func TestMoves(t *testing.T) {
	kinds := editions(t)
	was := []*gateway.Resource{book("A", "1"), book("b", "1"), book("c", "1"), nil}
	is := []*gateway.Resource{book("a", "2"), book("b", "2"), book("c", "1"), book("d", "1"), nil}
	moves := kinds.Moves(was, is, func(k gateway.Key) bool { return kinds.Fold(k).Name() == "a@2" })
	if moves.None() || !kinds.Moves(was[2:], is[2:], nil).None() {
		t.Fatal("names that move were not told from others")
	}
	if got, want := moves.Next(gateway.NewKey("book", "A")), gateway.NewKey("book", "a@2"); got != want {
		t.Errorf("next of A: got %v, want %v", got, want)
	}
	tests := []struct {
		name, key, before string
		after             []string
	}{
		{"the name", "a", "a", []string{"a", "a@1"}},
		{"below the name", "a/1", "a@2/1", []string{"a@1/1"}},
		{"far below the name", "a/1/x", "a@2/1/x", []string{"a@1/1/x"}},
		{"another spelling", "A/1", "a@2/1", []string{"a@1/1"}},
		{"what it stood for", "a@1", "a", []string{"a@1"}},
		{"below what it stood for", "a@1/1", "a/1", []string{"a@1/1"}},
		{"what it is to stand for", "a@2", "", nil},
		{"below what it is to stand for", "a@2/1", "", []string{"a/1"}},
		{"one that has no part in it", "a@3/1", "a@3/1", []string{"a@3/1"}},
		{"below a name that a copy is made for", "b/1", "b/1", []string{"b/1", "b@1/1"}},
		{"a name that stays", "c/1", "c/1", []string{"c/1"}},
		{"a name that is new", "d/1", "d/1", []string{"d/1"}},
	}
	depth := []string{"book", "page", "note"}
	key := func(names string) gateway.Key {
		if names == "" {
			return gateway.Key{}
		}
		return gateway.NewKey(depth[strings.Count(names, "/")], strings.Split(names, "/")...)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := moves.Before(key(tt.key)); kinds.Fold(got) != key(tt.before) {
				t.Errorf("before: got %v, want %v", got, key(tt.before))
			}
			var after []string
			for _, k := range moves.After(key(tt.key)) {
				after = append(after, strings.ToLower(strings.Join(k.Names(), "/")))
			}
			if diff := cmp.Diff(after, tt.after); diff != "" {
				t.Errorf("after (-got +want):\n%s", diff)
			}
		})
	}
	review := gateway.NewKey("book", "a").Child("review", "r")
	if got := moves.Before(review); got != review {
		t.Errorf("a review before: got %v, want it to stay", got)
	}
	if got := moves.After(review); len(got) != 1 || got[0] != review {
		t.Errorf("a review after: got %v, want it to stay", got)
	}
}

// TestMovesOfLinks looks at links to what lies below a name, which move, and to
// the name itself, which do not.
func TestMovesOfLinks(t *testing.T) {
	kinds := editions(t)
	moves := kinds.Moves([]*gateway.Resource{book("a", "1"), book("b", "1")}, []*gateway.Resource{book("a", "2"), book("b", "2")},
		func(k gateway.Key) bool { return k.Name() == "a@2" })
	shelf := gateway.NewKey("shelf", "s")
	tests := []struct {
		name, kind, to, before, after string
	}{
		{"to a page", "marked", "a/1", "a@2/1", "a@1/1"},
		{"to a page of what it stood for", "marked", "a@1/1", "a/1", "a@1/1"},
		{"to a page of what it is to stand for", "marked", "a@2/1", "", "a/1"},
		{"to a page of which a copy is made", "marked", "b/1", "", "b@1/1"},
		{"to the book", "shelved", "a", "a", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			link := &gateway.Resource{Key: shelf.Child(tt.kind, tt.to), Spec: map[string]any{"id": "/books/" + strings.Replace(tt.to, "/", "/pages/", 1)}}
			if got := moves.Before(link.Key); !got.IsZero() && got != shelf.Child(tt.kind, tt.before) || got.IsZero() != (tt.before == "") {
				t.Errorf("before: got %v, want %s", got, tt.before)
			}
			after := moves.Resources([]*gateway.Resource{link})
			if len(after) != 1 || after[0].Key != shelf.Child(tt.kind, tt.after) || after[0].Spec["id"] != "/books/"+strings.Replace(tt.after, "/", "/pages/", 1) {
				t.Errorf("after: got %v, want one, %s", after[0], tt.after)
			}
		})
	}
}

func TestMovesOfResources(t *testing.T) {
	kinds := editions(t)
	page := func(in, text string) *gateway.Resource {
		return &gateway.Resource{Key: gateway.NewKey("book", in).Child("page", "1"), Spec: map[string]any{"text": text}}
	}
	have := []*gateway.Resource{book("a", "1"), page("a", "one"), book("a@2", "2"), page("a@2", "two")}
	moves := kinds.Moves(have, []*gateway.Resource{book("a", "2")}, func(gateway.Key) bool { return true })
	var got []string
	for _, r := range moves.Resources(have) {
		text, _ := r.Spec["text"].(string)
		got = append(got, r.Key.String()+" "+text)
	}
	want := []string{"book a ", "book a@1 ", "page a@1/1 one", "page a/1 two"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("resources (-got +want):\n%s", diff)
	}
	if have[1].Key.Names()[0] != "a" {
		t.Error("what was given was changed")
	}
}
