package forge_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/forgetest"
	"github.com/lockstep-apiops/lockstep/forge/gitlabtest"
)

// TestGitLab runs the contract with the token of a person on gitlab.com, and
// with that of a project on a server of one's own, below a path.
func TestGitLab(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]forge.Config{
		"person":  {Token: "glpat-lock"},
		"project": {Token: "glpat-bot", URL: "https://git.acme.example/gitlab"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forgetest.Run(t, func(t *testing.T) forgetest.Fixture {
				s := newGitLab()
				c := c
				c.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
				return gitLabFixture(openGitLab(t, s, c), s)
			})
		})
	}
}

func newGitLab() *gitlabtest.Server {
	return gitlabtest.New(
		gitlabtest.Project{Path: "acme/platform/apis", Private: true, CI: true},
		map[string]gitlabtest.User{
			"lock": {Level: gitlabtest.Maintainer}, "project_7_bot_a1b2": {Level: gitlabtest.Maintainer, Bot: true},
			"dora": {Level: gitlabtest.Developer}, "robbie": {Level: gitlabtest.Reporter}, "root": {Admin: true}, "ci": {Level: gitlabtest.Developer, Bot: true},
			"rita": {Level: gitlabtest.Developer}, "rolf": {Level: gitlabtest.Developer}, "stella": {},
		},
		map[string]gitlabtest.Token{
			"glpat-lock":   {Username: "lock", Scopes: []string{"api"}},
			"glpat-bot":    {Username: "project_7_bot_a1b2", Scopes: []string{"api", "write_repository"}},
			"glpat-dora":   {Username: "dora", Scopes: []string{"api"}},
			"glpat-robbie": {Username: "robbie", Scopes: []string{"api"}},
			"glpat-reader": {Username: "dora", Scopes: []string{"read_api"}},
			"glpat-both":   {Username: "robbie", Scopes: []string{"read_api"}},
			"glpat-git":    {Username: "dora", Scopes: []string{"write_repository"}},
			"glpat-root":   {Username: "root", Scopes: []string{"api"}},
			"glpat-stella": {Username: "stella", Scopes: []string{"api"}},
			"glcbt-64-x":   {Username: "dora", Job: true},
		},
	)
}

func openGitLab(t *testing.T, s *gitlabtest.Server, c forge.Config) forge.Forge {
	t.Helper()
	c.Kind, c.Repo, c.HTTP = "gitlab", "acme/platform/apis", &http.Client{Transport: s}
	f, err := forge.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func gitLabFixture(f forge.Forge, s *gitlabtest.Server) forgetest.Fixture {
	states := map[string]forge.State{"pending": forge.Pending, "success": forge.Success, "failed": forge.Failure}
	return forgetest.Fixture{
		Forge: f,
		Push:  func(_ *testing.T, branch string) { s.Push(branch) },
		Merge: func(_ *testing.T, pr forge.PullRequest) { s.Merge(pr.Number) },
		Comments: func(_ *testing.T, number int) []string {
			bodies := s.Comments(number)
			for i, b := range bodies {
				if strings.HasPrefix(b, "<!-- lockstep:") {
					_, bodies[i], _ = strings.Cut(b, "\n")
				}
			}
			return bodies
		},
		People: forgetest.People{Member: "rita", OtherMember: "rolf", Stranger: "robbie", Outsider: "stella"},

		KeepsReviewers: true,
		Extras: func(_ *testing.T, number int) forgetest.Extras {
			m := s.Request(number)
			return forgetest.Extras{Reviewers: m.Reviewers, Assignees: m.Assignees, AutoMerge: m.AutoMerge}
		},
		Head: func(_ *testing.T, branch string) string { return s.Head(branch) },
		Statuses: func(_ *testing.T, commit string) []forge.Status {
			var all []forge.Status
			for _, st := range s.Statuses(commit) {
				all = append(all, forge.Status{Context: st.Name, State: states[st.State], Description: st.Description, URL: st.URL})
			}
			return all
		},
		Approve: func(_ *testing.T, number int, user string) { s.Approve(number, user) },
		Protect: func(_ *testing.T, branch string) {
			s.Protect(branch, false)
			s.Set(func(p *gitlabtest.Project) { p.PipelineMustSucceed = true })
		},
	}
}

// TestGitLabWritesLittle checks that a run which changes nothing writes nothing,
// also where GitLab stores less than it was given.
func TestGitLabWritesLittle(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	s.Set(func(p *gitlabtest.Project) { p.Lossy, p.PipelineMustSucceed = true, true })
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
	s.Push("x")
	p := simple
	p.Body = "/api is new:\n\n- one\n\n"
	p.Labels, p.Reviewers, p.Assignees = []string{"drift"}, []string{"rita"}, []string{"rolf"}
	p.AutoMerge = forge.MergeCommit
	p.Mark = forge.Mark{ID: "apim/contoso", Tree: "t1"}
	pr := mustPropose(t, f, p)
	comment := func() {
		t.Helper()
		if err := f.Comment(t.Context(), pr.Number, "plan", "same\n/api\n\n"); err != nil {
			t.Fatal(err)
		}
	}
	comment()
	s.Calls()
	mustPropose(t, f, p)
	comment()
	if got := gitlabtest.Writes(s.Calls()); len(got) != 0 {
		t.Errorf("the same again: got %q, want no writes", got)
	}
	s.Push("x") // which switches auto-merge off
	p.Mark.Tree = "t2"
	mustPropose(t, f, p)
	want := []string{"PUT /merge_requests/1", "PUT /merge_requests/1/merge"}
	if got := gitlabtest.Writes(s.Calls()); !slices.Equal(got, want) {
		t.Errorf("another tree: got %q, want %q", got, want)
	}
	if !s.Request(pr.Number).AutoMerge {
		t.Error("auto-merge: got it off, want it on again")
	}
}

func TestGitLabForks(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
	s.FromFork("stella", "x", "main")
	if pr, ok, err := f.Find(t.Context(), "x", "main"); ok || err != nil {
		t.Errorf("find: got %+v, %v; want none", pr, err)
	}
	s.Push("x")
	if pr := mustPropose(t, f, simple); !pr.New || pr.Number != 2 {
		t.Errorf("propose: got number %d, new = %t; want one of our own", pr.Number, pr.New)
	}
	all, err := f.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("list: got %v, %v; want ours alone", all, err)
	}
}

// TestGitLabPages reads past the first hundred.
func TestGitLabPages(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
	s.Push("x")
	n := mustPropose(t, f, simple).Number
	for range 150 {
		s.FromFork("stella", "x", "main")
		s.Say(n, "rita", "I think so, too.")
	}
	for range 2 {
		if err := f.Comment(t.Context(), n, "plan", "mine"); err != nil {
			t.Fatal(err)
		}
		if pr := mustPropose(t, f, simple); pr.Number != n {
			t.Errorf("propose: got number %d, want %d from behind the others", pr.Number, n)
		}
	}
	if got := s.Comments(n); len(got) != 151 {
		t.Errorf("comments: got %d, want 151", len(got))
	}
}

func TestGitLabComments(t *testing.T) {
	t.Parallel()
	const mark = "<!-- lockstep:plan -->\n"
	tests := []struct {
		name   string
		before [][2]string // user and body
		want   []string
	}{
		{"somebody quotes the mark", [][2]string{{"rita", mark + "mine"}}, []string{mark + "mine", mark + "new"}},
		{"twins", [][2]string{{"lock", mark + "one"}, {"rita", "hm"}, {"lock", mark + "two"}}, []string{mark + "new", "hm"}},
		{"other mark", [][2]string{{"lock", "<!-- lockstep:plan/b -->\nb"}}, []string{"<!-- lockstep:plan/b -->\nb", mark + "new"}},
		{"mark further down", [][2]string{{"lock", "see\n" + mark}}, []string{"see\n" + mark, mark + "new"}},
		{"of GitLab itself", [][2]string{{"", mark + "old"}}, []string{mark + "new"}},
		{"edited on the web", [][2]string{{"lock", "<!-- lockstep:plan -->\r\nold"}}, []string{mark + "new"}},
		{"equal", [][2]string{{"lock", "<!-- lockstep:plan -->\r\nnew\r\n"}}, []string{"<!-- lockstep:plan -->\r\nnew\r\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitLab()
			f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
			s.Push("x")
			n := mustPropose(t, f, simple).Number
			for _, c := range tt.before {
				s.Say(n, c[0], c[1])
			}
			if err := f.Comment(t.Context(), n, "plan", "new"); err != nil {
				t.Fatal(err)
			}
			if got := s.Comments(n); !slices.Equal(got, tt.want) {
				t.Errorf("comments: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGitLabPeople(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                 string
		one                  bool
		ask, again           []string
		reviewers, assignees []string
		notes                []string // a piece of each
	}{
		{name: "in other letters", ask: []string{"rita"}, again: []string{"RITA"}, reviewers: []string{"rita"}, assignees: []string{"rita"}},
		{
			name: "unknown", ask: []string{"nobody", "rita"}, reviewers: []string{"rita"}, assignees: []string{"rita"},
			notes: []string{"nobody is not asked for a review: GitLab knows no such user", "nobody is not assigned: GitLab knows no such user"},
		},
		{
			name: "one at a time", one: true, ask: []string{"rita"}, again: []string{"rolf"}, reviewers: []string{"rita"}, assignees: []string{"rita"},
			notes: []string{"rolf is not asked for a review: GitLab takes", "rolf is not assigned: GitLab takes"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitLab()
			s.Set(func(p *gitlabtest.Project) { p.One = tt.one })
			f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
			s.Push("x")
			p := simple
			p.Reviewers, p.Assignees = tt.ask, tt.ask
			pr := mustPropose(t, f, p)
			if tt.again != nil {
				p.Reviewers, p.Assignees = tt.again, tt.again
				pr = mustPropose(t, f, p)
			}
			got := s.Request(pr.Number)
			if !slices.Equal(got.Reviewers, tt.reviewers) || !slices.Equal(got.Assignees, tt.assignees) {
				t.Errorf("reviewers and assignees: got %q and %q, want %q and %q", got.Reviewers, got.Assignees, tt.reviewers, tt.assignees)
			}
			wantNotes(t, pr.Notes, tt.notes)
		})
	}
}

// wantNotes checks that there are so many notes, each with its piece.
func wantNotes(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("notes: got %q, want %q", got, want)
	}
	for i, piece := range want {
		if !strings.Contains(got[i], piece) {
			t.Errorf("note %d: got %q, want %q in it", i, got[i], piece)
		}
	}
}

func TestGitLabTexts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, title string
		draft       bool
		retitled    string // by a person
		want        string // the title that is stored after another run
		isDraft     bool
		notes       []string
		fails       bool
	}{
		{name: "draft", title: "Change things", draft: true, want: "Draft: Change things", isDraft: true},
		{name: "made ready", title: "Change things", draft: true, retitled: "Change things", want: "Change things"},
		{name: "made a draft", title: "Change things", retitled: "[Draft] Old", want: "[Draft] Change things", isDraft: true},
		{name: "twice", title: "Draft: WIP: Change things", draft: true, want: "Draft: Change things", isDraft: true},
		{name: "not asked for", title: "draft: Change things", want: "Change things", notes: []string{`"draft:"`}},
		{name: "nothing but that", title: "Draft:", fails: true},
		{name: "long", title: strings.Repeat("x", 300), draft: true, want: "Draft: " + strings.Repeat("x", 245) + "…", isDraft: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitLab()
			f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
			s.Push("x")
			p := simple
			p.Title, p.Draft = tt.title, tt.draft
			pr, err := f.Propose(t.Context(), p)
			if (err != nil) != tt.fails {
				t.Fatalf("propose: got %v, want an error = %t", err, tt.fails)
			}
			if tt.fails {
				return
			}
			wantNotes(t, pr.Notes, tt.notes)
			if tt.retitled != "" {
				s.Retitle(pr.Number, tt.retitled)
			}
			pr = mustPropose(t, f, p)
			if got := s.Request(pr.Number).Title; got != tt.want || pr.Draft != tt.isDraft || strings.Contains(pr.Title, "raft") {
				t.Errorf("title: got %q stored, %q told, draft = %t; want %q, draft = %t", got, pr.Title, pr.Draft, tt.want, tt.isDraft)
			}
		})
	}
}

// TestGitLabQuickActions checks that GitLab does not carry out what stands in a
// text, and that the text comes back as it was.
func TestGitLabQuickActions(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
	s.Push("x")
	p := simple
	p.Body = "/close\n```\n/close\n```\n\\/close\n  /close\n/CLOSE now\n/1/2\na /close"
	pr := mustPropose(t, f, p)
	if err := f.Comment(t.Context(), pr.Number, "plan", p.Body); err != nil {
		t.Fatal(err)
	}
	all, err := f.List(t.Context())
	if err != nil || len(all) != 1 || all[0].State != forge.StateOpen || all[0].Body != p.Body || pr.Body != p.Body {
		t.Errorf("list: got %+v, %v; want it open, with the body %q", all, err, p.Body)
	}
	if got := s.Comments(pr.Number); len(got) != 1 || strings.Count(strings.ToLower(got[0]), "/close") != 6 {
		t.Errorf("comment: got %q, want all of it", got)
	}
}

func TestGitLabLabels(t *testing.T) {
	t.Parallel()
	s := newGitLab()
	f := openGitLab(t, s, forge.Config{Token: "glpat-lock"})
	s.Push("x")
	p := simple
	p.Labels = []string{"a,b", "drift"}
	pr := mustPropose(t, f, p)
	if !slices.Equal(pr.Labels, []string{"drift"}) {
		t.Errorf("labels: got %q, want one", pr.Labels)
	}
	wantNotes(t, pr.Notes, []string{`"a,b" is not added`})
	p.Labels = []string{strings.Repeat("x", 300)}
	wantNotes(t, mustPropose(t, f, p).Notes, []string{"are not added: GitLab answered 400: title is too long"})
}
