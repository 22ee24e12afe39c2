package propose_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/githubtest"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// A hub is a bench whose repository and pull requests are on a GitHub, which
// serves git and its API out of the same refs.
type hub struct {
	*bench
	hub *githubtest.Server
	url string
}

const robotToken = "r0bot"

// newHub makes a hub. Commits are made by its API, or else by git.
func newHub(t *testing.T, api bool) *hub {
	t.Helper()
	b := newBench(t)
	rights := map[string]string{"contents": "write", "pull_requests": "write", "statuses": "write"}
	h := &hub{bench: b, hub: githubtest.New(
		githubtest.Repository{Owner: "acme", Name: "apis", Private: true, AutoMerge: true},
		map[string]githubtest.User{"robot[bot]": {Bot: true, Write: true}, "rita": {Write: true}},
		map[string]githubtest.Token{robotToken: {Login: "robot[bot]", Permissions: rights, Installation: true}},
	)}
	if err := h.hub.UseGit(b.path); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.hub)
	t.Cleanup(server.Close)
	h.url = server.URL
	h.signIn(git.Auth{User: "x-access-token", Password: robotToken}, forge.Config{Token: robotToken}, api)
	return h
}

// signIn opens the repository and the forge.
func (h *hub) signIn(a git.Auth, c forge.Config, api bool) {
	h.Helper()
	repo, err := git.Open(h.Context(), h.url+"/acme/apis.git", git.Options{Auth: a})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if err := repo.Close(); err != nil {
			h.Error(err)
		}
	})
	c.Kind, c.URL, c.Repo, c.HTTP = "github", h.url, "acme/apis", &http.Client{Transport: &http.Transport{}}
	c.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	h.o.Repo = repo
	if h.o.Forge, err = forge.Open(c); err != nil {
		h.Fatal(err)
	}
	if api {
		if h.o.Writer, err = propose.NewForgeWriter(repo, h.o.Forge, nil); err != nil {
			h.Fatal(err)
		}
	}
}

// fails runs and returns the error that must come.
func (h *hub) fails(what string) error {
	h.Helper()
	out, err := propose.Run(h.Context(), h.o)
	if err == nil {
		h.Fatalf("%s: got no error but %+v", what, out)
	}
	if strings.Contains(err.Error(), robotToken) {
		h.Errorf("the error shows the token: %v", err)
	}
	return err
}

// one fails the test unless there is one pull request, open, for a branch of one
// commit.
func (h *hub) one() {
	h.Helper()
	pulls, err := h.o.Forge.List(h.Context())
	if err != nil || len(pulls) != 1 || pulls[0].State != forge.StateOpen || pulls[0].Head != line {
		h.Errorf("pull requests: got %+v, %v; want one", pulls, err)
	}
	if n := h.git("-C", h.path, "rev-list", "--count", "main.."+line); n != "1" {
		h.Errorf("the branch has %s commits, want 1", n)
	}
}

// after runs something once, between the look at the branch and its move.
func (h *hub) after(do func()) {
	now, done := h.o.Now, false
	h.o.Now = func() time.Time {
		if !done {
			done = true
			do()
		}
		return now()
	}
}
