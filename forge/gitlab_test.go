package forge_test

import (
	"context"
	"net/http"
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
		People: forgetest.People{Member: "rita", OtherMember: "rolf", Stranger: "robbie"},
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
