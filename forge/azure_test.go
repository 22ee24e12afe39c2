package forge_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/azuretest"
	"github.com/lockstep-apiops/lockstep/forge/forgetest"
)

const (
	// personal and job are tokens of the two kinds that there are.
	personal = "abcdefghijklmnop"
	job      = "eyJhbGciOi.JSUzI1NiJ9.c2lnbmVk"

	rita, rolf, stella = "rita@acme.example", "rolf@acme.example", "stella@acme.example"
	service            = `Build\1f2e3d4c`
)

// TestAzure runs the contract as a person in the cloud, and as a job of a server
// of one's own.
func TestAzure(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]string{"person": personal, "job": job} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forgetest.Run(t, func(t *testing.T) forgetest.Fixture {
				s := newAzure()
				s.Set(func(r *azuretest.Repository) { r.OnPremises = token == job })
				return azureFixture(openAzure(t, s, forge.Config{
					Token: token, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
				}), s)
			})
		})
	}
}

func newAzure() *azuretest.Server {
	return azuretest.New(
		azuretest.Repository{Project: "Api Platform", Name: "apis"},
		map[string]azuretest.User{
			"lock@acme.example": {Display: "Lock"}, service: {Display: "Api Platform Build Service (acme)", Program: true},
			rita: {Display: "Rita R."}, rolf: {Display: "Rolf R."}, "rolf.two@acme.example": {Display: "Rolf R."},
			stella: {Display: "Stella S.", Gone: true},
		},
		map[string]azuretest.Token{
			personal:      {User: "lock@acme.example"},
			job:           {User: service},
			"reader":      {User: "lock@acme.example", Rights: []string{"GenericRead"}},
			"blind":       {User: "lock@acme.example", Rights: []string{}},
			"minimal":     {User: "lock@acme.example", Scopes: []string{"code_write", "code_status"}},
			"read-scoped": {User: "lock@acme.example", Scopes: []string{"code"}},
		},
	)
}

func openAzure(t *testing.T, s *azuretest.Server, c forge.Config) forge.Forge {
	t.Helper()
	c.Kind, c.URL, c.Repo, c.HTTP = "azure", s.URL(), "Api Platform/apis", &http.Client{Transport: s}
	f, err := forge.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// unmarked is a comment as people see it.
func unmarked(text string) string {
	if strings.HasPrefix(text, "<!-- lockstep:") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

func azureFixture(f forge.Forge, s *azuretest.Server) forgetest.Fixture {
	return forgetest.Fixture{
		Forge: f,
		Push:  func(_ *testing.T, branch string) { s.Push(branch) },
		Merge: func(_ *testing.T, pr forge.PullRequest) { s.Merge(pr.Number) },
		Comments: func(_ *testing.T, number int) []string {
			texts := s.Comments(number)
			for i := range texts {
				texts[i] = unmarked(texts[i])
			}
			return texts
		},
		People: forgetest.People{Member: rita, OtherMember: rolf, Team: azuretest.Team, Stranger: stella},
		Extras: func(_ *testing.T, number int) forgetest.Extras {
			p := s.Pull(number)
			return forgetest.Extras{Reviewers: p.Reviewers, TeamReviewers: p.Teams, AutoMerge: p.AutoComplete != ""}
		},
		Head: func(_ *testing.T, branch string) string { return s.Head(branch) },
		Statuses: func(_ *testing.T, commit string) []forge.Status {
			var all []forge.Status
			for _, st := range s.Statuses(commit) {
				state := map[string]forge.State{"pending": forge.Pending, "succeeded": forge.Success, "failed": forge.Failure, "error": forge.Broken}[st.State]
				all = append(all, forge.Status{Context: st.Genre + "/" + st.Name, State: state, Description: st.Description, URL: st.URL})
			}
			return all
		},
		Approve:    func(_ *testing.T, number int, user string) { s.Vote(number, user, 10) },
		Protect:    func(_ *testing.T, branch string) { s.Protect(branch, azuretest.MinimumReviewers) },
		NoVerdicts: true, NoRights: true,
	}
}
