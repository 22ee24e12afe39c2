package forgetest

import (
	"cmp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lockstep-apiops/lockstep/forge"
)

// need skips a test of what a forge can not do, and fails if the fixture does
// not show what a forge can do.
func need(t *testing.T, able bool, what string, shown bool) {
	t.Helper()
	if !able {
		t.Skipf("not tested: this forge has no %s", what)
	}
	if !shown {
		t.Fatalf("the fixture of a forge that has %s lacks what shows them", what)
	}
}

func testMark(t *testing.T, f Fixture) {
	f.Push(t, "x")
	p := proposal()
	for _, mark := range []forge.Mark{
		{ID: "apim/contoso", Run: "https://ci.example.com/1?a=b&c=d", Tree: strings.Repeat("a1", 20)},
		{ID: "--> <!-- \n", Run: "ü 名 %zz", Tree: "-"},
		{},
	} {
		p.Mark = mark
		got := propose(t, f, p)
		same(t, "proposed mark", mark, got.Mark)
		same(t, "proposed body", p.Body, got.Body)
		found, ok, err := f.Forge.Find(t.Context(), p.Head, p.Base)
		if err != nil || !ok {
			t.Fatalf("find: got %t, %v", ok, err)
		}
		same(t, "found", mark, found.Mark)
	}
	p.Mark = forge.Mark{ID: strings.Repeat("x", 5000)}
	if _, err := f.Forge.Propose(t.Context(), p); err == nil {
		t.Error("mark of 5,000 bytes: got no error")
	}
}

func testLongText(t *testing.T, f Fixture) {
	limit := f.Forge.Abilities().BodyLimit
	if limit == 0 {
		limit = 1 << 17
	}
	f.Push(t, "x")
	f.Push(t, "y")
	long := proposal()
	long.Mark = forge.Mark{ID: "long"}
	long.Body = "<details><summary>é</summary>\n\n```yaml\n" + strings.Repeat("名前: 🚀🚀🚀\n", limit/20) + "\n```\n\n</details>\n"
	created := propose(t, f, long)
	short := proposal()
	short.Head = "y"
	propose(t, f, short)
	long.Head = "y"
	updated := propose(t, f, long)
	same(t, "body after an update and as created", created.Body, updated.Body)
	same(t, "mark", long.Mark, updated.Mark)
	if f.Forge.Abilities().BodyLimit == 0 {
		same(t, "body without a limit", long.Body, created.Body)
		return
	}
	got := created.Body
	if len(got) > limit || len(got) < limit*9/10 || !utf8.ValidString(got) {
		t.Errorf("body: got %d bytes, valid = %t; want most of %d", len(got), utf8.ValidString(got), limit)
	}
	if strings.Count(got, "```") != 2 || strings.Count(got, "</details>") != 1 {
		t.Errorf("body: got %q at its end, want what was open closed", got[len(got)-200:])
	}
	fits := proposal()
	fits.Body = strings.Repeat("x", limit)
	same(t, "body of just the limit", fits.Body, propose(t, f, fits).Body)
	testLongComment(t, f, created.Number, cmp.Or(f.Forge.Abilities().CommentLimit, limit))
}

// testLongComment writes a comment that is too long. A forge may have put the
// whole of a body that it cut into comments.
func testLongComment(t *testing.T, f Fixture, number, limit int) {
	t.Helper()
	before := len(f.Comments(t, number))
	if err := f.Forge.Comment(t.Context(), number, "m", strings.Repeat("名前: 🚀🚀🚀\n", limit/20)); err != nil {
		t.Fatal(err)
	}
	got := f.Comments(t, number)
	if len(got) != before+1 {
		t.Fatalf("long comment: got %d comments, want %d", len(got), before+1)
	}
	if last := got[before]; len(last) > limit || len(last) < limit*9/10 || !utf8.ValidString(last) {
		t.Errorf("long comment: got %d bytes, valid = %t; want most of %d", len(last), utf8.ValidString(last), limit)
	}
}

// testLacking asks for everything. What a forge lacks must be in the notes.
func testLacking(t *testing.T, f Fixture) {
	f.Push(t, "x")
	p := proposal()
	p.Draft, p.AutoMerge = true, forge.Squash
	p.Reviewers, p.TeamReviewers, p.Assignees = []string{"a"}, []string{"b"}, []string{"c"}
	notes := strings.Join(propose(t, f, p).Notes, "\n")
	a := f.Forge.Abilities()
	for _, x := range []struct {
		what string
		able bool
	}{
		{"draft", a.Draft}, {"reviewers", a.Reviewers}, {"teams", a.TeamReviewers}, {"assignees", a.Assignees}, {"auto-merge", a.AutoMerge},
	} {
		if noted := strings.Contains(notes, "no "+x.what) || strings.Contains(notes, "no reviews by "+x.what); noted == x.able {
			t.Errorf("%s: able = %t, noted = %t in %q", x.what, x.able, noted, notes)
		}
	}
	p.AutoMerge = "octopus"
	if _, err := f.Forge.Propose(t.Context(), p); err == nil {
		t.Error("unknown way to merge: got no error")
	}
}

func testPeople(t *testing.T, f Fixture) {
	a := f.Forge.Abilities()
	need(t, a.Reviewers && a.TeamReviewers, "people", f.Extras != nil)
	f.Push(t, "x")
	p := proposal()
	p.Reviewers, p.TeamReviewers = []string{f.People.Member}, []string{f.People.Team}
	if a.Assignees {
		p.Assignees = []string{f.People.Member}
	}
	pr := propose(t, f, p)
	same(t, "notes", []string{}, pr.Notes)
	want := Extras{Reviewers: p.Reviewers, TeamReviewers: p.TeamReviewers, Assignees: p.Assignees}
	same(t, "people", want, f.Extras(t, pr.Number))

	p.Reviewers = []string{f.People.OtherMember}
	propose(t, f, p)
	if got := f.Extras(t, pr.Number).Reviewers; len(got) != 2 {
		t.Errorf("reviewers after another: got %q, want both", got)
	}
	f.Approve(t, pr.Number, f.People.Member)
	p.Reviewers = []string{f.People.Member, f.People.OtherMember}
	propose(t, f, p)
	same(t, "reviewers after a review", []string{f.People.OtherMember}, f.Extras(t, pr.Number).Reviewers)
}

func testStrangers(t *testing.T, f Fixture) {
	a := f.Forge.Abilities()
	need(t, a.Reviewers && a.TeamReviewers, "people", f.Extras != nil)
	f.Push(t, "x")
	p := proposal()
	author := propose(t, f, p).Author
	p.Reviewers = []string{f.People.Stranger, author, f.People.Member}
	p.TeamReviewers = []string{"no-such-team"}
	want := Extras{Reviewers: []string{f.People.Member}}
	noted := []string{f.People.Stranger + " is not asked", author + " is not asked", "no-such-team"}
	if a.Assignees {
		p.Assignees = []string{f.People.Stranger, f.People.Member}
		want.Assignees = []string{f.People.Member}
		noted = append(noted, f.People.Stranger+" is not assigned")
	}
	pr := propose(t, f, p)
	same(t, "people", want, f.Extras(t, pr.Number))
	notes := strings.Join(pr.Notes, "\n")
	for _, name := range noted {
		if !strings.Contains(notes, name) {
			t.Errorf("notes: got %q, want one about %q", notes, name)
		}
	}
}

func testAutoMerge(t *testing.T, f Fixture) {
	need(t, f.Forge.Abilities().AutoMerge, "auto-merge", f.Extras != nil && f.Protect != nil)
	f.Push(t, "x")
	p := proposal()
	p.AutoMerge = forge.Squash
	pr := propose(t, f, p)
	if got := f.Extras(t, pr.Number); got.AutoMerge || len(pr.Notes) != 1 || list(t, f)[0].State != forge.StateOpen {
		t.Errorf("into a branch that requires nothing: got %+v and notes %q, want an open one and a note", got, pr.Notes)
	}
	f.Protect(t, p.Base)
	for range 2 {
		pr = propose(t, f, p)
		if got := f.Extras(t, pr.Number); !got.AutoMerge || len(pr.Notes) != 0 {
			t.Errorf("into a protected branch: got %+v and notes %q, want auto-merge", got, pr.Notes)
		}
	}
}

func testCheck(t *testing.T, f Fixture) {
	c, ok := f.Forge.(forge.Checker)
	need(t, ok, "permissions", true)
	before := len(list(t, f))
	for _, n := range []forge.Needs{{}, {PullRequests: true}, {Statuses: true}, {PullRequests: true, Statuses: true}} {
		if err := c.Check(t.Context(), n); err != nil {
			t.Errorf("check %+v: %v", n, err)
		}
	}
	if got := len(list(t, f)); got != before {
		t.Errorf("pull requests: got %d, want %d as before", got, before)
	}
}

func testStatus(t *testing.T, f Fixture) {
	s, ok := f.Forge.(forge.StatusSetter)
	need(t, ok, "statuses", f.Statuses != nil && f.Head != nil)
	f.Push(t, "x")
	commit := f.Head(t, "x")
	plan := forge.Status{Context: "lockstep/plan", State: forge.Pending, Description: "Planning", URL: "https://ci.example.com/1"}
	other := forge.Status{Context: "lockstep/publish", State: forge.Failure, Description: strings.Repeat("名", 500)}
	for _, st := range []forge.Status{plan, other, {Context: "lockstep/plan", State: forge.Success, Description: "no\nchanges"}} {
		if err := s.SetStatus(t.Context(), commit, st); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]forge.Status{}
	for _, st := range f.Statuses(t, commit) {
		got[st.Context] = st
	}
	same(t, "status set twice", forge.Status{Context: plan.Context, State: forge.Success, Description: "no changes"}, got[plan.Context])
	if o := got[other.Context]; o.State != forge.Failure || !utf8.ValidString(o.Description) || !strings.HasPrefix(o.Description, "名") {
		t.Errorf("other status: got %+v", o)
	}
	for name, err := range map[string]error{
		"short hash":     s.SetStatus(t.Context(), commit[:12], plan),
		"unknown commit": s.SetStatus(t.Context(), strings.Repeat("e", 40), plan),
		"no context":     s.SetStatus(t.Context(), commit, forge.Status{State: forge.Success}),
		"no state":       s.SetStatus(t.Context(), commit, forge.Status{Context: "x"}),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func testInspect(t *testing.T, f Fixture) {
	i, ok := f.Forge.(forge.Inspector)
	need(t, ok, "history of commits", f.Head != nil && f.Approve != nil && f.Protect != nil)
	inspect := func() forge.Inspection {
		t.Helper()
		in, err := i.Inspect(t.Context(), f.Head(t, "main"), "main")
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	check := func(what string, got, want forge.Answer) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	f.Push(t, "main")
	in := inspect()
	check("merged, of a push", in.Merged, forge.No)
	check("protected, of an open branch", in.Protected, forge.No)
	check("verified, of an unsigned commit", in.Verified, f.unless(f.NoVerdicts, forge.No))

	f.Push(t, "x")
	pr := propose(t, f, proposal())
	f.Approve(t, pr.Number, f.People.OtherMember)
	f.Push(t, "x") // what was approved is no more
	f.Approve(t, pr.Number, f.People.Member)
	f.Approve(t, pr.Number, f.People.Stranger)
	f.Approve(t, pr.Number, pr.Author)
	f.Protect(t, "main")
	f.Merge(t, pr)
	in = inspect()
	check("merged", in.Merged, forge.Yes)
	check("protected", in.Protected, forge.Yes)
	if in.Pull == nil || in.Pull.Number != pr.Number || in.Pull.State != forge.StateMerged {
		t.Fatalf("pull request: got %+v, want %d, merged", in.Pull, pr.Number)
	}
	want := []forge.Approval{
		{User: f.People.Member, MayWrite: f.unless(f.NoRights, forge.Yes)},
		{User: f.People.Stranger, MayWrite: f.unless(f.NoRights, forge.No)},
	}
	same(t, "approvals", want, in.Approvals)

	elsewhere, err := i.Inspect(t.Context(), f.Head(t, "main"), "release")
	if err != nil {
		t.Fatal(err)
	}
	check("merged into another branch", elsewhere.Merged, forge.No)
	for _, commit := range []string{"", "main", "../x", strings.Repeat("A", 40)} {
		if _, err := i.Inspect(t.Context(), commit, "main"); err == nil {
			t.Errorf("commit %q: got no error", commit)
		}
	}
}
