package forge_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/forgetest"
	"github.com/lockstep-apiops/lockstep/forge/githubtest"
)

// TestGitHub runs the contract as a person on github.com, and as an app that is
// not told who it is on a server of one's own.
func TestGitHub(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]forge.Config{
		"person": {Token: "person"},
		"app":    {Token: "app", URL: "https://github.acme.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forgetest.Run(t, func(t *testing.T) forgetest.Fixture {
				s := newGitHub()
				c := c
				c.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
				return gitHubFixture(openGitHub(t, s, c), s)
			})
		})
	}
}

// minimal is what the documentation says that a token needs.
var minimal = map[string]string{"contents": "write", "pull_requests": "write", "statuses": "write"}

func newGitHub() *githubtest.Server {
	return githubtest.New(
		githubtest.Repository{Owner: "acme", Name: "apis", Private: true, AutoMerge: true},
		map[string]githubtest.User{
			"lock": {Write: true}, "lock[bot]": {Bot: true, Write: true}, "other[bot]": {Bot: true},
			"rita": {Write: true}, "rolf": {Write: true}, "stella": {},
		},
		map[string]githubtest.Token{
			"person":   {Login: "lock"},
			"app":      {Login: "lock[bot]", Permissions: minimal},
			"actions":  {Login: "lock[bot]", Permissions: minimal, Installation: true},
			"reader":   {Login: "lock", Permissions: map[string]string{"contents": "read", "pull_requests": "read"}},
			"nothing":  {Login: "lock", Permissions: map[string]string{}},
			"no-scope": {Login: "stella"},
		},
	)
}

func openGitHub(t *testing.T, s *githubtest.Server, c forge.Config) forge.Forge {
	t.Helper()
	c.Kind, c.Repo, c.HTTP = "github", "acme/apis", &http.Client{Transport: asDescribed(t, s)}
	f, err := forge.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func gitHubFixture(f forge.Forge, s *githubtest.Server) forgetest.Fixture {
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
		People: forgetest.People{Member: "rita", OtherMember: "rolf", Team: githubtest.Team, Stranger: "stella"},
		Extras: func(_ *testing.T, number int) forgetest.Extras {
			p := s.Pull(number)
			return forgetest.Extras{Reviewers: p.Reviewers, TeamReviewers: p.Teams, Assignees: p.Assignees, AutoMerge: p.AutoMerge != ""}
		},
		Head: func(_ *testing.T, branch string) string { return s.Head(branch) },
		Statuses: func(_ *testing.T, commit string) []forge.Status {
			var all []forge.Status
			for _, st := range s.Statuses(commit) {
				all = append(all, forge.Status{Context: st.Context, State: forge.State(st.State), Description: st.Description, URL: st.URL})
			}
			return all
		},
		Approve: func(_ *testing.T, number int, user string) { s.Review(number, user, "APPROVED") },
		Protect: func(_ *testing.T, branch string) { s.Protect(branch, false) },
	}
}

// onlyWrites returns the requests since the last time that change something.
func onlyWrites(s *githubtest.Server) []string { return githubtest.Writes(s.Calls()) }

var simple = forge.Proposal{Head: "x", Base: "main", Title: "Change things", Body: "Because."}

func mustPropose(t *testing.T, f forge.Forge, p forge.Proposal) forge.PullRequest {
	t.Helper()
	pr, err := f.Propose(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return pr
}

// TestGitHubWritesLittle checks that a run which changes nothing writes nothing.
func TestGitHubWritesLittle(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	f := openGitHub(t, s, forge.Config{Token: "person"})
	s.Push("x")
	s.Protect("main", false)
	p := simple
	p.Labels, p.Reviewers, p.TeamReviewers, p.Assignees = []string{"drift"}, []string{"rita"}, []string{"core"}, []string{"rolf"}
	p.AutoMerge = forge.MergeCommit
	p.Mark = forge.Mark{ID: "apim/contoso", Tree: "t1"}
	pr := mustPropose(t, f, p)
	if err := f.Comment(t.Context(), pr.Number, "plan", "same"); err != nil {
		t.Fatal(err)
	}
	s.Calls()
	mustPropose(t, f, p)
	if err := f.Comment(t.Context(), pr.Number, "plan", "same"); err != nil {
		t.Fatal(err)
	}
	if got := onlyWrites(s); len(got) != 0 {
		t.Errorf("the same again: got %q, want no writes", got)
	}
	s.StopAutoMerge(pr.Number)
	p.Mark.Tree = "t2"
	mustPropose(t, f, p)
	want := []string{"PATCH /repos/acme/apis/pulls/1", "POST /graphql"}
	if got := onlyWrites(s); !slices.Equal(got, want) {
		t.Errorf("another tree, and auto-merge switched off: got %q, want %q", got, want)
	}
	if got := s.Pull(pr.Number).AutoMerge; got != "merge" {
		t.Errorf("auto-merge: got %q, want it on again", got)
	}
}

func TestGitHubForks(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	f := openGitHub(t, s, forge.Config{Token: "person"})
	s.FromFork("mallory/apis", "x", "main")
	s.FromFork("acme/apis-fork", "x", "main") // matches the filter by owner
	if pr, ok, err := f.Find(t.Context(), "x", "main"); ok || err != nil {
		t.Errorf("find: got %+v, %v; want none", pr, err)
	}
	s.Push("x")
	if pr := mustPropose(t, f, simple); !pr.New || pr.Number != 3 {
		t.Errorf("propose: got number %d, new = %t; want one of our own", pr.Number, pr.New)
	}
	all, err := f.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("list: got %v, %v; want ours alone", all, err)
	}
}

// TestGitHubPages reads past the first hundred.
func TestGitHubPages(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	f := openGitHub(t, s, forge.Config{Token: "person"})
	s.Push("x")
	n := mustPropose(t, f, simple).Number
	for range 150 {
		s.FromFork("mallory/apis", "y", "main")
		s.Say(n, "rita", "I think so, too.")
	}
	for range 2 {
		if err := f.Comment(t.Context(), n, "plan", "mine"); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Comments(n); len(got) != 151 {
		t.Errorf("comments: got %d, want 151", len(got))
	}
	if all, err := f.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("list: got %d, %v; want 1 from behind the others", len(all), err)
	}
}

func TestGitHubComments(t *testing.T) {
	t.Parallel()
	const mark = "<!-- lockstep:plan -->\n"
	tests := []struct {
		name, token string
		before      [][2]string // user and body
		want        []string
	}{
		{"somebody quotes the mark", "person", [][2]string{{"rita", mark + "mine"}}, []string{mark + "mine", mark + "new"}},
		{"twins", "person", [][2]string{{"lock", mark + "one"}, {"rita", "hm"}, {"lock", mark + "two"}}, []string{mark + "new", "hm"}},
		{"other mark", "person", [][2]string{{"lock", "<!-- lockstep:plan/b -->\nb"}}, []string{"<!-- lockstep:plan/b -->\nb", mark + "new"}},
		{"mark further down", "person", [][2]string{{"lock", "see\n" + mark}}, []string{"see\n" + mark, mark + "new"}},
		{"app, its own", "actions", [][2]string{{"lock[bot]", mark + "old"}}, []string{mark + "new"}},
		{"app, of a person", "actions", [][2]string{{"rita", mark + "old"}}, []string{mark + "old", mark + "new"}},
		{"edited on the web", "person", [][2]string{{"lock", "<!-- lockstep:plan -->\r\nold"}}, []string{mark + "new"}},
		{"equal", "person", [][2]string{{"lock", "<!-- lockstep:plan -->\r\nnew\r\n"}}, []string{"<!-- lockstep:plan -->\r\nnew\r\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitHub()
			f := openGitHub(t, s, forge.Config{Token: tt.token})
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

func TestGitHubApprovals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		reviews []string // "user STATE", and "push"
		want    string
	}{
		{"none", nil, ""},
		{"comment after", []string{"rita APPROVED", "rita COMMENTED"}, "rita"},
		{"taken back", []string{"rita APPROVED", "rita CHANGES_REQUESTED"}, ""},
		{"dismissed", []string{"rita APPROVED", "rita DISMISSED"}, ""},
		{"again", []string{"rita CHANGES_REQUESTED", "rita APPROVED"}, "rita"},
		{"stale", []string{"rita APPROVED", "push"}, ""},
		{"program", []string{"other[bot] APPROVED"}, ""},
		{"two", []string{"rolf APPROVED", "rita APPROVED"}, "rita rolf"},
		{"pending", []string{"rita PENDING"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitHub()
			f := openGitHub(t, s, forge.Config{Token: "actions"})
			s.Push("x")
			n := mustPropose(t, f, simple).Number
			for _, r := range tt.reviews {
				if user, state, ok := strings.Cut(r, " "); ok {
					s.Review(n, user, state)
				} else {
					s.Push("x")
				}
			}
			in, err := f.(forge.Inspector).Inspect(t.Context(), s.Merge(n), "main")
			if err != nil {
				t.Fatal(err)
			}
			var users []string
			for _, a := range in.Approvals {
				users = append(users, a.User)
			}
			if got := strings.Join(users, " "); got != tt.want {
				t.Errorf("approvals: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGitHubInspects(t *testing.T) {
	t.Parallel()
	s := newGitHub()
	f := openGitHub(t, s, forge.Config{Token: "person"}).(forge.Inspector)
	inspect := func(f forge.Inspector, commit, branch string) forge.Inspection {
		t.Helper()
		in, err := f.Inspect(t.Context(), commit, branch)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	s.Push("x")
	mustPropose(t, openGitHub(t, s, forge.Config{Token: "person"}), simple)
	if got := inspect(f, s.Head("x"), "main"); got.Merged != forge.No {
		t.Errorf("head of an open pull request: got merged = %s, want no", got.Merged)
	}
	s.Protect("main", true)
	if got := inspect(f, s.Head("main"), "main"); got.Protected != forge.Yes {
		t.Errorf("branch with a ruleset: got protected = %s, want yes", got.Protected)
	}
	for reason, want := range map[string]forge.Answer{"valid": forge.Yes, "bad_email": forge.No, "gpgverify_unavailable": forge.Unknown} {
		s.Sign(s.Head("main"), reason)
		if got := inspect(f, s.Head("main"), "main"); got.Verified != want || got.Reason != reason {
			t.Errorf("signature %s: got %s, %s; want %s", reason, got.Verified, got.Reason, want)
		}
	}
	blind := openGitHub(t, s, forge.Config{Token: "blind"}).(forge.Inspector)
	if got, err := blind.Inspect(t.Context(), s.Head("main"), "main"); err == nil {
		t.Errorf("unknown token: got %+v, want an error", got)
	}
	s.Set(func(r *githubtest.Repository) { r.Private = false })
	none := openGitHub(t, s, forge.Config{Token: "nothing"}).(forge.Inspector)
	if got := inspect(none, s.Head("main"), "release"); !cmp.Equal(got, forge.Inspection{}) {
		t.Errorf("token that may see nothing: got %+v, want unknown throughout", got)
	}
}
