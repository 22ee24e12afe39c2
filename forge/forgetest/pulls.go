package forgetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
)

func testPropose(t *testing.T, f Fixture) {
	f.Push(t, "x")
	p := proposal()
	p.Draft = f.Forge.Abilities().Draft
	got := propose(t, f, p)
	if got.Number <= 0 || got.URL == "" {
		t.Errorf("number and URL: got %d and %q", got.Number, got.URL)
	}
	want := forge.PullRequest{
		Number: got.Number, Head: p.Head, Base: p.Base, Title: p.Title, Body: p.Body,
		Draft: p.Draft, State: forge.StateOpen, New: true,
	}
	same(t, "proposed", want, got)
	want.New = false
	same(t, "listed", []forge.PullRequest{want}, list(t, f))
}

func testProposeTwice(t *testing.T, f Fixture) {
	f.Push(t, "x")
	first := propose(t, f, proposal())
	f.Push(t, "x")
	second := propose(t, f, proposal())
	if second.New || second.Number != first.Number {
		t.Errorf("second time: got number %d, new = %t; want %d again", second.Number, second.New, first.Number)
	}
	if got := list(t, f); len(got) != 1 {
		t.Errorf("list: got %d pull requests, want 1", len(got))
	}
}

func testUpdate(t *testing.T, f Fixture) {
	f.Push(t, "x")
	first := propose(t, f, proposal())
	p := proposal()
	p.Title, p.Body, p.Draft = "Change more", "Because of that.", true
	want := first
	want.Title, want.Body, want.New = p.Title, p.Body, false
	same(t, "updated", want, propose(t, f, p))
	same(t, "listed", []forge.PullRequest{want}, list(t, f))
	p.Body = ""
	want.Body = ""
	same(t, "body emptied", want, propose(t, f, p))
}

func testOthers(t *testing.T, f Fixture) {
	f.Push(t, "x")
	f.Push(t, "y")
	first := propose(t, f, proposal())
	p := proposal()
	p.Head = "y"
	second := propose(t, f, p)
	p = proposal()
	p.Base = "release"
	third := propose(t, f, p)
	if !second.New || !third.New {
		t.Errorf("another head, another base: got new = %t, %t; want both", second.New, third.New)
	}
	var got []int
	for _, pr := range list(t, f) {
		got = append(got, pr.Number)
	}
	if diff := cmp.Diff([]int{third.Number, second.Number, first.Number}, got); diff != "" {
		t.Errorf("list, newest first (-want +got):\n%s", diff)
	}
}

func testLabels(t *testing.T, f Fixture) {
	f.Push(t, "x")
	p := proposal()
	p.Labels = []string{"drift", "apim", "drift"}
	same(t, "labels", []string{"apim", "drift"}, propose(t, f, p).Labels)
	p.Labels = []string{"needs review"}
	same(t, "labels after another", []string{"apim", "drift", "needs review"}, propose(t, f, p).Labels)
	p.Labels = nil
	same(t, "labels after none", []string{"apim", "drift", "needs review"}, propose(t, f, p).Labels)
}

func testBadProposals(t *testing.T, f Fixture) {
	f.Push(t, "x")
	tests := []struct {
		name string
		edit func(*forge.Proposal)
	}{
		{"no head", func(p *forge.Proposal) { p.Head = "" }},
		{"no base", func(p *forge.Proposal) { p.Base = "" }},
		{"head is base", func(p *forge.Proposal) { p.Head = p.Base }},
		{"no title", func(p *forge.Proposal) { p.Title = " \n\t" }},
		{"absent head", func(p *forge.Proposal) { p.Head = "nope" }},
		{"absent base", func(p *forge.Proposal) { p.Base = "nope" }},
	}
	for _, tt := range tests {
		p := proposal()
		tt.edit(&p)
		if pr, err := f.Forge.Propose(t.Context(), p); err == nil {
			t.Errorf("%s: got %+v, want an error", tt.name, pr)
		}
	}
	if got := list(t, f); len(got) != 0 {
		t.Errorf("list: got %v, want none", got)
	}
}

func testHostileText(t *testing.T, f Fixture) {
	f.Push(t, "x")
	tests := []struct{ name, title, body, wantTitle, wantBody string }{
		{"markup", `<b>"q" 'a' & \ %s {{.}} $(x)</b>`, "```\n<!-- lockstep:x --> --> ]]> </details>\n```", "", ""},
		{"languages", "名前 ü 🚀", "ü\n\n| a | b |\n|---|---|\n| 名 | 🚀 |", "", ""},
		{"lines in the title", "one\r\ntwo\tthree\u2028four  five ", "a\r\nb\tc\n", "one two three four five", "a\nb\tc\n"},
		{"control characters", "a\x00b\x1b[31m", "a\x00b\x1b[31mc\x7f", "a b [31m", "ab[31mc"},
		{"broken UTF-8", "a\xffb", "a\xffb", "a\uFFFDb", "a\uFFFDb"},
		{"JSON and YAML", `{"state":"closed"}`, "---\nstate: closed\n...\n", "", ""},
	}
	for _, tt := range tests {
		p := proposal()
		p.Title, p.Body = tt.title, tt.body
		if tt.wantTitle == "" {
			tt.wantTitle, tt.wantBody = tt.title, tt.body
		}
		propose(t, f, p)
		got := list(t, f)[0]
		if got.Title != tt.wantTitle || got.Body != tt.wantBody || got.State != forge.StateOpen {
			t.Errorf("%s: got %q, %q, %s; want %q, %q, open", tt.name, got.Title, got.Body, got.State, tt.wantTitle, tt.wantBody)
		}
		if err := f.Forge.Comment(t.Context(), got.Number, "m", tt.body); err != nil {
			t.Fatal(err)
		}
		same(t, tt.name+": comments", []string{tt.wantBody}, f.Comments(t, got.Number))
	}
}

func testFind(t *testing.T, f Fixture) {
	f.Push(t, "x")
	f.Push(t, "y")
	if got, ok, err := f.Forge.Find(t.Context(), "x", "main"); err != nil || ok {
		t.Errorf("find before: got %+v, %t, %v; want none", got, ok, err)
	}
	want := propose(t, f, proposal())
	want.New = false
	got, ok, err := f.Forge.Find(t.Context(), "x", "main")
	if err != nil || !ok {
		t.Fatalf("find: got %t, %v", ok, err)
	}
	same(t, "found", want, got)
	for _, pair := range [][2]string{{"y", "main"}, {"x", "release"}, {"main", "x"}, {"X", "main"}, {"", ""}} {
		if got, ok, err := f.Forge.Find(t.Context(), pair[0], pair[1]); err != nil || ok {
			t.Errorf("find %v: got %+v, %t, %v; want none", pair, got, ok, err)
		}
	}
}

func testComment(t *testing.T, f Fixture) {
	f.Push(t, "x")
	n := propose(t, f, proposal()).Number
	for _, c := range [][2]string{{"plan", "first"}, {"status", "other"}, {"plan", "second"}, {"plan", "second"}} {
		if err := f.Forge.Comment(t.Context(), n, c[0], c[1]); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "comments", []string{"second", "other"}, f.Comments(t, n))
}

func testMarks(t *testing.T, f Fixture) {
	f.Push(t, "x")
	n := propose(t, f, proposal()).Number
	good := []string{"plan", "plan/prod", "a.b-c_D9"}
	for _, mark := range good {
		if err := f.Forge.Comment(t.Context(), n, mark, mark); err != nil {
			t.Errorf("mark %q: %v", mark, err)
		}
	}
	for _, mark := range []string{"", "a b", "-->", "a--b", "<x", "ü", "a\nb", `"`} {
		if err := f.Forge.Comment(t.Context(), n, mark, "x"); err == nil {
			t.Errorf("mark %q: got no error", mark)
		}
	}
	same(t, "comments", good, f.Comments(t, n))
}

func testClose(t *testing.T, f Fixture) {
	f.Push(t, "x")
	first := propose(t, f, proposal())
	for range 2 {
		if err := f.Forge.Close(t.Context(), first.Number, "No longer needed."); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "comments", []string{"No longer needed."}, f.Comments(t, first.Number))
	want := first
	want.New, want.State = false, forge.StateClosed
	same(t, "closed", []forge.PullRequest{want}, list(t, f))
	if _, ok, err := f.Forge.Find(t.Context(), "x", "main"); err != nil || ok {
		t.Errorf("find: got %t, %v; want none", ok, err)
	}
	f.Push(t, "x")
	second := propose(t, f, proposal())
	if !second.New || second.Number == first.Number {
		t.Errorf("propose after close: got number %d, new = %t; want another", second.Number, second.New)
	}
	if err := f.Forge.Close(t.Context(), second.Number, ""); err != nil {
		t.Fatal(err)
	}
	same(t, "comments when closed without", []string{}, f.Comments(t, second.Number))
}

func testMerge(t *testing.T, f Fixture) {
	f.Push(t, "x")
	first := propose(t, f, proposal())
	f.Merge(t, first)
	want := first
	want.New, want.State = false, forge.StateMerged
	same(t, "merged", []forge.PullRequest{want}, list(t, f))
	if _, ok, err := f.Forge.Find(t.Context(), "x", "main"); err != nil || ok {
		t.Errorf("find: got %t, %v; want none", ok, err)
	}
	if err := f.Forge.Close(t.Context(), first.Number, "Too late."); err != nil {
		t.Errorf("close after merge: %v", err)
	}
	f.Push(t, "x")
	second := propose(t, f, proposal())
	if !second.New || second.Number == first.Number {
		t.Errorf("propose after merge: got number %d, new = %t; want another", second.Number, second.New)
	}
	states := []string{}
	for _, pr := range list(t, f) {
		states = append(states, pr.State)
	}
	same(t, "states", []string{forge.StateOpen, forge.StateMerged}, states)
}

func testUnknown(t *testing.T, f Fixture) {
	f.Push(t, "x")
	n := propose(t, f, proposal()).Number
	for _, number := range []int{n + 1000, 0, -1} {
		if err := f.Forge.Comment(t.Context(), number, "m", "x"); !errors.Is(err, forge.ErrNotFound) {
			t.Errorf("comment on %d: got %v, want %v", number, err, forge.ErrNotFound)
		}
		if err := f.Forge.Close(t.Context(), number, "x"); !errors.Is(err, forge.ErrNotFound) {
			t.Errorf("close %d: got %v, want %v", number, err, forge.ErrNotFound)
		}
	}
}

func testCancelled(t *testing.T, f Fixture) {
	f.Push(t, "x")
	before := propose(t, f, proposal())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := proposal()
	p.Title = "Never seen"
	calls := map[string]func() error{
		"propose": func() error { _, err := f.Forge.Propose(ctx, p); return err },
		"find":    func() error { _, _, err := f.Forge.Find(ctx, "x", "main"); return err },
		"close":   func() error { return f.Forge.Close(ctx, before.Number, "x") },
		"comment": func() error { return f.Forge.Comment(ctx, before.Number, "m", "x") },
		"list":    func() error { _, err := f.Forge.List(ctx); return err },
	}
	if c, ok := f.Forge.(forge.Checker); ok {
		calls["check"] = func() error { return c.Check(ctx, forge.Needs{PullRequests: true}) }
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want %v", name, err, context.Canceled)
		}
	}
	before.New = false
	same(t, "afterwards", []forge.PullRequest{before}, list(t, f))
	same(t, "comments afterwards", []string{}, f.Comments(t, before.Number))
}

func testConcurrently(t *testing.T, f Fixture) {
	f.Push(t, "x")
	f.Push(t, "y")
	heads := []string{"x", "y", "x", "y", "x"}
	got := make([]forge.PullRequest, len(heads))
	errs := make([]error, len(heads))
	var wg sync.WaitGroup
	for i, head := range heads {
		wg.Go(func() {
			p := proposal()
			p.Head = head
			got[i], errs[i] = f.Forge.Propose(t.Context(), p)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	opened := 0
	for i, pr := range got {
		if pr.New {
			opened++
		}
		if j := slices.Index(heads, heads[i]); got[j].Number != pr.Number {
			t.Errorf("branch %s: got numbers %d and %d", heads[i], got[j].Number, pr.Number)
		}
	}
	if n := len(list(t, f)); n != 2 || opened != 2 {
		t.Errorf("two branches: got %d pull requests and %d opened, want 2 and 2", n, opened)
	}
}
