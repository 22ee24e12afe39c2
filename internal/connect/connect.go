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
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
	Repo      string              // path or URL of the repository; "" is the setting's
	Borrow    string              // local repository whose objects need not be fetched; "" is none
}

// A Host is where a repository is, and what is needed to get there.
type Host struct {
	v      *config.Values
	o      Options
	conf   forge.Config
	tokens []forge.Token // for the forge, the one to prefer first
	wrong  error         // with the settings
}

// New reads the settings. The set must have those of forges and of git, and
// repo. It makes no call. Settings that contradict each other are told by the
// methods that open something.
func New(v *config.Values, o Options) *Host {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Repo = cmp.Or(o.Repo, v.String("repo"))
	h := &Host{v: v, o: o, conf: forgeConfig(o, v)}
	client := httpx.New(httpx.Options{Logger: o.Log, UserAgent: o.UserAgent})
	h.conf.HTTP = client.With(httpx.Policy{Decide: decide}).StandardClient()
	h.wrong = h.signIn()
	return h
}

// Repository opens the repository.
func (h *Host) Repository(ctx context.Context) (*git.Repo, error) {
	if h.wrong != nil {
		return nil, h.wrong
	}
	return git.Open(ctx, h.o.Repo, git.Options{Auth: h.gitAuth(), Borrow: h.o.Borrow, TempDir: h.o.Env("TMPDIR"), Log: h.o.Log})
}

// gitAuth says how git signs in. The forge's token does for the repository on
// it, unless there is another or the address holds one.
func (h *Host) gitAuth() git.Auth {
	a := git.Auth{
		User: h.v.String("git-user"), Password: h.v.Secret("git-token").Reveal(),
		KeyFile: h.v.String("ssh-key"), KnownHosts: h.v.List("known-hosts"),
	}
	if a.Password != "" || hasPassword(h.o.Repo) {
		return a
	}
	var token forge.Token
	if len(h.tokens) > 0 {
		token = h.tokens[0]
	}
	login, ok := h.conf.GitLogin(token, h.o.Repo)
	switch {
	case !ok:
	case h.conf.Tokens != nil:
		a.User, a.Renew = cmp.Or(a.User, login.User), h.conf.Tokens
	case token.Value == "":
	case login.Bearer:
		a.Bearer = token.Value
	default:
		a.User, a.Password = cmp.Or(a.User, login.User), token.Value
	}
	if ok && token.Value != "" {
		h.o.Log.Debug("git takes the token of the forge", "from", token.From)
	}
	return a
}

// hasPassword reports whether credentials are in an address.
func hasPassword(location string) bool {
	u, err := url.Parse(location)
	if err != nil || u.User == nil {
		return false
	}
	_, there := u.User.Password()
	return there
}

// Kind names the kind of the forge.
func (h *Host) Kind() string { return h.conf.Kind }

// Forge opens the forge that keeps the pull requests of the repository, which is
// given for those that are kept in it. It makes no call.
func (h *Host) Forge(repo *git.Repo) (forge.Forge, error) {
	if h.wrong != nil {
		return nil, h.wrong
	}
	c := h.conf
	c.Store = repo
	if c.Kind == local {
		return forge.Open(c)
	}
	if c.Repo == "" {
		return nil, cli.Usagef("--forge %s needs --forge-repo OWNER/NAME: the address of --repo does not tell it", c.Kind)
	}
	for _, t := range h.tokens {
		if c.Token == "" && !t.GitOnly {
			c.Token = t.Value
			h.o.Log.Debug("calling the forge", "forge", c.String(), "token from", t.From)
		}
	}
	if c.Token == "" && c.Tokens == nil {
		return nil, h.noToken()
	}
	return forge.Open(c)
}

// noToken says which token the forge would take.
func (h *Host) noToken() error {
	where := append([]string{"LOCKSTEP_FORGE_TOKEN"}, forge.TokenVariables(h.conf.Kind)...)
	hint := fmt.Sprintf("put it into LOCKSTEP_FORGE_TOKEN, or keep pull requests in the repository with --forge local (looked for in %s)", strings.Join(where, ", "))
	if len(h.tokens) > 0 {
		return cli.Usagef("the forge %s needs a token for its API, and %s serves git alone: %s", h.conf.Kind, h.tokens[0].From, hint)
	}
	for _, name := range where {
		if h.o.Env(name) != "" {
			return cli.Usagef("the forge %v needs a token, and that in %s was made for another server: %s", h.conf, name, hint)
		}
	}
	return cli.Usagef("the forge %s needs a token: %s", h.conf.Kind, hint)
}

// forgeConfig says which forge the settings mean. What they leave open is found
// out from the address of the repository and the variables of CI systems.
func forgeConfig(o Options, v *config.Values) forge.Config {
	found, ok := forge.Detect(o.Env, o.Repo)
	c := forge.Config{Kind: cmp.Or(v.String("forge"), found.Kind, local)}
	if ok && c.Kind == found.Kind {
		c = found
	}
	c.URL = cmp.Or(v.String("forge-url"), c.URL)
	c.Repo = cmp.Or(v.String("forge-repo"), c.Repo)
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
