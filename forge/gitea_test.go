package forge_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/forgetest"
	"github.com/lockstep-apiops/lockstep/forge/giteatest"
)

// TestGitea runs the contract on a Gitea at the root of its site, and on a
// Forgejo below a path that hands out little at once.
func TestGitea(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config forge.Config
		set    func(*giteatest.Repository)
	}{
		"Gitea":   {forge.Config{Token: "minimal"}, func(*giteatest.Repository) {}},
		"Forgejo": {forge.Config{Token: "minimal", URL: "https://acme.example/git/"}, func(r *giteatest.Repository) { r.Forgejo, r.PageLimit = true, 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forgetest.Run(t, func(t *testing.T) forgetest.Fixture {
				s := newGitea()
				s.Set(c.set)
				config := c.config
				config.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
				return giteaFixture(openGitea(t, s, config), s)
			})
		})
	}
}

func newGitea() *giteatest.Server {
	return giteatest.New(
		giteatest.Repository{Owner: "acme", Name: "apis", Private: true, OrgLabels: []string{"area/apis"}},
		map[string]giteatest.User{
			"lock": {Admin: true}, "lena": {Write: true}, "rita": {Write: true, ByTeam: true}, "rolf": {Write: true}, "rosa": {Read: true}, "stella": {},
		},
		map[string]giteatest.Token{
			"person":  {Login: "lock"},
			"minimal": {Login: "lock", Scopes: []string{"write:repository", "write:issue", "read:user"}},
			"writer":  {Login: "lena", Scopes: []string{"write:repository", "write:issue", "read:user"}},
			"reader":  {Login: "lock", Scopes: []string{"read:repository", "read:issue"}},
			"rosa":    {Login: "rosa"},
			"stella":  {Login: "stella"},
		},
	)
}

func openGitea(t *testing.T, s *giteatest.Server, c forge.Config) forge.Forge {
	t.Helper()
	c.Kind, c.Repo, c.HTTP = "gitea", "acme/apis", &http.Client{Transport: s}
	if c.URL == "" {
		c.URL = "https://git.example.com"
	}
	f, err := forge.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func giteaFixture(f forge.Forge, s *giteatest.Server) forgetest.Fixture {
	return forgetest.Fixture{
		Forge: f,
		Push:  func(_ *testing.T, branch string) { s.Push(branch) },
		Merge: func(_ *testing.T, pr forge.PullRequest) { s.Merge(pr.Number) },
		Comments: func(_ *testing.T, number int) (bodies []string) {
			for _, b := range s.Comments(number) {
				bodies = append(bodies, withoutMark(b))
			}
			return bodies
		},
		People: forgetest.People{Member: "rita", OtherMember: "rolf", Team: giteatest.Team, Stranger: "stella"},
		Extras: func(_ *testing.T, number int) forgetest.Extras {
			p := s.Pull(number)
			return forgetest.Extras{Reviewers: p.Reviewers, TeamReviewers: p.Teams, Assignees: p.Assignees, AutoMerge: p.AutoMerge != ""}
		},
		Head: func(_ *testing.T, branch string) string { return s.Head(branch) },
		Statuses: func(_ *testing.T, commit string) (all []forge.Status) {
			for _, st := range s.Statuses(commit) {
				all = append(all, forge.Status{Context: st.Context, State: forge.State(st.State), Description: st.Description, URL: st.URL})
			}
			return all
		},
		Approve: func(_ *testing.T, number int, user string) { s.Review(number, user, "APPROVED") },
		Protect: func(_ *testing.T, branch string) { s.Protect(branch, giteatest.Rule{Approvals: 1}) },
	}
}

// giteaWrites returns the requests since the last time that change something.
func giteaWrites(s *giteatest.Server) []string { return giteatest.Writes(s.Calls()) }

// TestGiteaWritesLittle checks that a run which changes nothing writes nothing.
// Whether auto-merge is on only an attempt to switch it on tells.
func TestGiteaWritesLittle(t *testing.T) {
	t.Parallel()
	s := newGitea()
	f := openGitea(t, s, forge.Config{Token: "person"})
	s.Push("x")
	s.Protect("main", giteatest.Rule{Checks: []string{"lockstep/plan"}})
	p := simple
	p.Labels, p.Reviewers, p.TeamReviewers, p.Assignees = []string{"drift"}, []string{"rita"}, []string{"core"}, []string{"rolf"}
	p.AutoMerge = forge.MergeCommit
	p.Mark = forge.Mark{ID: "apim/contoso", Tree: "t1"}
	run := func(p forge.Proposal) []string {
		t.Helper()
		pr := mustPropose(t, f, p)
		if len(pr.Notes) != 0 {
			t.Errorf("notes: got %q, want none", pr.Notes)
		}
		if err := f.Comment(t.Context(), pr.Number, "plan", "same"); err != nil {
			t.Fatal(err)
		}
		return giteaWrites(s)
	}
	run(p)
	const pulls = "/api/v1/repos/acme/apis/pulls/1"
	if got, want := run(p), []string{"POST " + pulls + "/merge"}; !slices.Equal(got, want) {
		t.Errorf("the same again: got %q, want %q", got, want)
	}
	p.Mark.Tree = "t2"
	if got, want := run(p), []string{"PATCH " + pulls, "POST " + pulls + "/merge"}; !slices.Equal(got, want) {
		t.Errorf("another tree: got %q, want %q", got, want)
	}
}

func TestGiteaForks(t *testing.T) {
	t.Parallel()
	s := newGitea()
	f := openGitea(t, s, forge.Config{Token: "person"})
	s.FromFork("mallory", "x", "main")
	if pr, ok, err := f.Find(t.Context(), "x", "main"); ok || err != nil {
		t.Errorf("find: got %+v, %v; want none", pr, err)
	}
	s.Push("x")
	if pr := mustPropose(t, f, simple); !pr.New || pr.Number != 2 {
		t.Errorf("propose: got number %d, new = %t; want one of our own", pr.Number, pr.New)
	}
	s.DeleteBranch("x")
	all, err := f.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Head != "x" || all[0].State != forge.StateClosed {
		t.Errorf("list, the branch gone: got %+v, %v; want ours alone, closed, from x", all, err)
	}
}

// TestGiteaPages reads past what is handed out at once.
func TestGiteaPages(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 7} {
		s := newGitea()
		s.Set(func(r *giteatest.Repository) { r.PageLimit, r.Forgejo = limit, limit > 0 })
		f := openGitea(t, s, forge.Config{Token: "person"})
		s.Push("x")
		p := simple
		for i := range 60 {
			p.Labels = append(p.Labels, fmt.Sprintf("label %02d", i))
		}
		n := mustPropose(t, f, p).Number
		for range 120 {
			s.FromFork("mallory", "y", "main")
			s.Say(n, "rita", "I think so, too.")
		}
		for range 2 {
			if err := f.Comment(t.Context(), n, "plan", "mine"); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.Comments(n); len(got) != 121 {
			t.Errorf("comments: got %d, want 121", len(got))
		}
		if all, err := f.List(t.Context()); err != nil || len(all) != 1 || len(all[0].Labels) != 60 {
			t.Errorf("list: got %+v, %v; want 1 from behind the others, with 60 labels", all, err)
		}
		s.Push("z")
		p.Head = "z"
		s.Calls()
		mustPropose(t, f, p)
		if got := giteaWrites(s); slices.ContainsFunc(got, func(c string) bool { return strings.HasSuffix(c, "apis/labels") }) {
			t.Errorf("labels that are there: got %q, want none made", got)
		}
	}
}

func TestGiteaComments(t *testing.T) {
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
		{"edited on the web", [][2]string{{"lock", "<!-- lockstep:plan -->\r\nold"}}, []string{mark + "new"}},
		{"equal", [][2]string{{"lock", "<!-- lockstep:plan -->\r\nnew\r\n"}}, []string{"<!-- lockstep:plan -->\r\nnew\r\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitea()
			f := openGitea(t, s, forge.Config{Token: "minimal"})
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

func TestGiteaDrafts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, title string
		draft       bool
		words       []string // of the site
		retitle     string   // by people, after which the proposal is made again
		stored      string
		want        forge.PullRequest // title and draft
		notes       int               // of the first time
	}{
		{"draft", "Change things", true, nil, "", "WIP: Change things", forge.PullRequest{Title: "Change things", Draft: true}, 0},
		{"made ready by people", "Change things", true, nil, "Change things", "Change things", forge.PullRequest{Title: "Change things"}, 0},
		{"made a draft by people", "Change things", false, nil, "[wip] Change", "[wip] Change things", forge.PullRequest{Title: "Change things", Draft: true}, 0},
		{"title of a draft", "wip: [WIP] Change things", false, nil, "", "Change things", forge.PullRequest{Title: "Change things"}, 1},
		{"title of a draft, for one", "WIP: Change things", true, nil, "", "WIP: Change things", forge.PullRequest{Title: "Change things", Draft: true}, 1},
		{"site with other words", "Change things", true, []string{"Draft:"}, "", "Change things", forge.PullRequest{Title: "Change things"}, 1},
		{"their word", "Change things", false, []string{"Draft:"}, "Draft: Change", "Draft: Change things", forge.PullRequest{Title: "Change things", Draft: true}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitea()
			s.Set(func(r *giteatest.Repository) { r.DraftWords = tt.words })
			f := openGitea(t, s, forge.Config{Token: "person"})
			s.Push("x")
			p := simple
			p.Title, p.Draft = tt.title, tt.draft
			pr := mustPropose(t, f, p)
			if len(pr.Notes) != tt.notes {
				t.Errorf("notes: got %q, want %d", pr.Notes, tt.notes)
			}
			if tt.retitle != "" {
				s.Retitle(pr.Number, tt.retitle)
				pr = mustPropose(t, f, p)
			}
			got := forge.PullRequest{Title: pr.Title, Draft: pr.Draft}
			if stored := s.Pull(pr.Number).Title; stored != tt.stored || !cmp.Equal(got, tt.want) {
				t.Errorf("got %q, draft = %t, stored as %q; want %q, %t, %q", got.Title, got.Draft, stored, tt.want.Title, tt.want.Draft, tt.stored)
			}
		})
	}
	f := openGitea(t, newGitea(), forge.Config{Token: "person"})
	p := simple
	p.Title = "WIP:"
	if _, err := f.Propose(t.Context(), p); err == nil {
		t.Error("title of nothing but a draft: got no error")
	}
}

func TestGiteaLabelsOfOrganisation(t *testing.T) {
	t.Parallel()
	for token, made := range map[string]bool{"person": false, "minimal": true} { // who may not look makes another
		s := newGitea()
		f := openGitea(t, s, forge.Config{Token: token})
		s.Push("x")
		p := simple
		p.Labels = []string{"area/apis"}
		if pr := mustPropose(t, f, p); !slices.Equal(pr.Labels, p.Labels) || len(pr.Notes) != 0 {
			t.Errorf("%s: got labels %q, notes %q; want the one", token, pr.Labels, pr.Notes)
		}
		if got := slices.Contains(giteaWrites(s), "POST /api/v1/repos/acme/apis/labels"); got != made {
			t.Errorf("%s: made a label = %t, want %t", token, got, made)
		}
	}
}
