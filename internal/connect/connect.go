// Package connect reaches git repositories and forges: it turns settings and
// the environment of a job into an open repository and an open forge.
//
// It knows what the settings are called and how they go together. How git and
// forges work is the business of those packages, and what is done there that of
// the programs. Every program that has these settings opens by this package, so
// that the same words mean the same everywhere.
package connect

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// local is the forge where pull requests are kept if nothing tells otherwise.
const local = "local"

// Options are what a program brings along.
type Options struct {
	Env       func(string) string // looks up a variable of the environment
	Log       *slog.Logger        // nil: silent
	UserAgent string              // that forges are called with

	// Repo is where the repository is, if not where the setting says.
	Repo string
	// Borrow is a local repository whose objects need not be fetched.
	Borrow string
}

// A Host is where a repository is, by the setting repo if nobody says otherwise.
type Host struct {
	v    *config.Values
	o    Options
	conf forge.Config
}

// New reads the settings. The set must have those of forges and of git, and
// repo. It makes no call.
func New(v *config.Values, o Options) *Host {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Repo = cmp.Or(o.Repo, v.String("repo"))
	return &Host{v: v, o: o, conf: forgeConfig(o.Env, v, o.Repo)}
}

// Repository opens the repository.
func (h *Host) Repository(ctx context.Context) (*git.Repo, error) {
	return git.Open(ctx, h.o.Repo, git.Options{
		Auth: git.Auth{
			User: h.v.String("git-user"), Password: h.v.Secret("git-token").Reveal(),
			KeyFile: h.v.String("ssh-key"), KnownHosts: h.v.List("known-hosts"),
		},
		Borrow: h.o.Borrow, TempDir: h.o.Env("TMPDIR"), Log: h.o.Log,
	})
}

// Forge opens the forge that keeps the pull requests of the repository, which is
// given for those that are kept in it. It makes no call.
func (h *Host) Forge(repo *git.Repo) (forge.Forge, error) {
	c := h.conf
	c.Store = repo
	if c.Kind != local {
		switch {
		case c.Repo == "":
			return nil, cli.Usagef("--forge %s needs --forge-repo OWNER/NAME: the address of --repo does not tell it", c.Kind)
		case c.Token == "":
			return nil, cli.Usagef("the forge %s needs a token: put it into LOCKSTEP_FORGE_TOKEN or GITHUB_TOKEN, or keep pull requests in the repository with --forge local", c.Kind)
		}
	}
	client := httpx.New(httpx.Options{Logger: h.o.Log, UserAgent: h.o.UserAgent})
	c.HTTP = client.With(httpx.Policy{Decide: decide}).StandardClient()
	return forge.Open(c)
}

// forgeConfig says which forge the settings mean. What they leave open is found
// out from the address of the repository and the variables of CI systems.
func forgeConfig(env func(string) string, v *config.Values, repo string) forge.Config {
	found, ok := forge.Detect(env, repo)
	c := forge.Config{Kind: cmp.Or(v.String("forge"), found.Kind, local)}
	if ok && c.Kind == found.Kind {
		c = found
	}
	c.URL = cmp.Or(v.String("forge-url"), c.URL)
	c.Repo = cmp.Or(v.String("forge-repo"), c.Repo)
	c.Token = v.Secret("forge-token").Reveal()
	return c
}

// decide tells answers worth another attempt. A forge's budget for the hour is
// not waited for.
func decide(a httpx.Answer) httpx.Verdict {
	switch {
	case forge.Throttled(a.Status, a.Header, a.Body):
		return httpx.Throttled
	case a.Status == http.StatusTooManyRequests:
		return httpx.Stop
	}
	return httpx.Transient(a)
}

// Folder returns what a setting names as a folder inside the repository, with
// slashes and without a slash at either end.
func Folder(v *config.Values, setting string) (string, error) {
	dir := filepath.ToSlash(filepath.Clean(cmp.Or(v.String(setting), ".")))
	if strings.HasPrefix(dir, "/") || dir == ".." || strings.HasPrefix(dir, "../") {
		return "", cli.Usagef("--%s %s: with --repo it is a folder inside the repository", setting, v.String(setting))
	}
	return dir, nil
}
