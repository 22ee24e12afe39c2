package forgetest

import (
	"cmp"
	"net/url"
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
		{ID: "apim/contoso", Run: "https://ci.example.com/1?a=b&c=d", Tree: strings.Repeat("a1", 20), Parts: 12},
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

// testLongComment writes a comment that is too long.
func testLongComment(t *testing.T, f Fixture, number, limit int) {
	t.Helper()
	if err := f.Forge.Comment(t.Context(), number, "m", strings.Repeat("名前: 🚀🚀🚀\n", limit/20)); err != nil {
		t.Fatal(err)
	}
	got := f.Comments(t, number)
	if len(got) != 1 {
		t.Fatalf("long comment: got %d comments, want one", len(got))
	}
	if text := got[0]; len(text) > limit || len(text) < limit*9/10 || !utf8.ValidString(text) {
		t.Errorf("long comment: got %d bytes, valid = %t; want most of %d", len(text), utf8.ValidString(text), limit)
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

func testReviewers(t *testing.T, f Fixture) {
	need(t, f.Forge.Abilities().Reviewers, "reviewers", f.Extras != nil && f.Approve != nil)
	f.Push(t, "x")
	p := proposal()
	p.Reviewers = []string{f.People.Member}
	pr := propose(t, f, p)
	same(t, "notes", []string{}, pr.Notes)
	same(t, "people", Extras{Reviewers: p.Reviewers}, f.Extras(t, pr.Number))

	outsider := cmp.Or(f.People.Outsider, f.People.Stranger)
	p.Reviewers = []string{outsider, pr.Author, f.People.OtherMember}
	notes := propose(t, f, p).Notes
	both := []string{f.People.Member, f.People.OtherMember}
	same(t, "reviewers after another", both, f.Extras(t, pr.Number).Reviewers)
	noted(t, notes, outsider+" is not asked", pr.Author+" is not asked")

	f.Approve(t, pr.Number, f.People.Member)
	want := []string{f.People.OtherMember}
	if f.KeepsReviewers {
		want = both
	}
	p.Reviewers = both
	propose(t, f, p)
	same(t, "reviewers after a review", want, f.Extras(t, pr.Number).Reviewers)
}

func testTeams(t *testing.T, f Fixture) {
	need(t, f.Forge.Abilities().TeamReviewers, "reviews by teams", f.Extras != nil)
	f.Push(t, "x")
	p := proposal()
	for range 2 {
		p.TeamReviewers = []string{f.People.Team}
		pr := propose(t, f, p)
		same(t, "notes", []string{}, pr.Notes)
		same(t, "people", Extras{TeamReviewers: p.TeamReviewers}, f.Extras(t, pr.Number))
		p.TeamReviewers = []string{"no-such-team"}
		noted(t, propose(t, f, p).Notes, "no-such-team")
	}
}

func testAssignees(t *testing.T, f Fixture) {
	need(t, f.Forge.Abilities().Assignees, "assignees", f.Extras != nil)
	f.Push(t, "x")
	p := proposal()
	p.Assignees = []string{f.People.Member}
	pr := propose(t, f, p)
	same(t, "notes", []string{}, pr.Notes)
	same(t, "people", Extras{Assignees: p.Assignees}, f.Extras(t, pr.Number))
	outsider := cmp.Or(f.People.Outsider, f.People.Stranger)
	p.Assignees = []string{outsider, f.People.OtherMember}
	notes := propose(t, f, p).Notes
	same(t, "assignees after another", []string{f.People.Member, f.People.OtherMember}, f.Extras(t, pr.Number).Assignees)
	noted(t, notes, outsider+" is not assigned")
}

// noted checks that there is a note for each of the pieces, and no other.
func noted(t *testing.T, notes []string, pieces ...string) {
	t.Helper()
	for _, piece := range pieces {
		if !strings.Contains(strings.Join(notes, "\n"), piece) {
			t.Errorf("notes: got %q, want one about %q", notes, piece)
		}
	}
	if len(notes) != len(pieces) {
		t.Errorf("notes: got %q, want %d", notes, len(pieces))
	}
}

// testFilePages checks the address of the page of a file: no name changes more of
// it than it names.
func testFilePages(t *testing.T, f Fixture) {
	a := f.Forge.Abilities()
	need(t, a.FilePage != "", "pages of files", true)
	plain, err := url.Parse(a.FileURL("x", "a"))
	if err != nil || plain.Scheme == "" || plain.Host == "" {
		t.Fatalf("address: got %v, %v", plain, err)
	}
	for _, name := range []string{"a b", "a;rev=2", "a#b", "a%2Fb", "a?b&c=d", "ü/名前", "a)[x](y", "<b>", "`|`", "a\\b", "{path}"} {
		got, err := url.Parse(a.FileURL("lock/"+name, "dir/"+name+"/f.json"))
		if err != nil || got.Host != plain.Host || got.Fragment != "" || len(got.Query()) != len(plain.Query()) {
			t.Errorf("%q: got %v, %v", name, got, err)
			continue
		}
		shown := got.Path + " " + got.Query().Get("path") + " " + got.Query().Get("version")
		for _, want := range []string{"lock/" + name, "dir/" + name + "/f.json"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q: got %v, want %q in it", name, got, want)
			}
		}
		if strings.ContainsAny(a.FileURL("x", name), " ()<>[]`|\\\"'!*;#{}") {
			t.Errorf("%q: got %q, which is more than an address in Markdown", name, a.FileURL("x", name))
		}
	}
	for _, path := range []string{"", ".", "..", "/a", "a/../b", "a//b", "a/"} {
		if got := a.FileURL("x", path); got != "" {
			t.Errorf("path %q: got %q, want nothing", path, got)
		}
	}
	if got := a.FileURL("", "a"); got != "" {
		t.Errorf("no branch: got %q, want nothing", got)
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
