package main

import (
	"cmp"
	"log/slog"
	"net/http"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// openForge opens the forge that keeps the pull requests of a repository.
func openForge(sys cli.System, v *config.Values, repo *git.Repo, log *slog.Logger) (forge.Forge, error) {
	c := forgeConfig(sys.Getenv, v)
	c.Store = repo
	if c.Kind != localForge {
		switch {
		case c.Repo == "":
			return nil, cli.Usagef("--forge %s needs --forge-repo OWNER/NAME: the address of --repo does not tell it", c.Kind)
		case c.Token == "":
			return nil, cli.Usagef("the forge %s needs a token: put it into LOCKSTEP_FORGE_TOKEN or GITHUB_TOKEN, or keep pull requests in the repository with --forge local", c.Kind)
		}
	}
	h := httpx.New(httpx.Options{Logger: log, UserAgent: "lockstep-extractor/" + cli.ThisBuild().Version})
	c.HTTP = h.With(httpx.Policy{Decide: decide}).StandardClient()
	return forge.Open(c)
}

// localForge is where pull requests are kept if nothing tells otherwise.
const localForge = "local"

// forgeConfig says which forge the settings mean. What they leave open is found
// out from the address of the repository and the variables of CI systems.
func forgeConfig(env func(string) string, v *config.Values) forge.Config {
	found, ok := forge.Detect(env, v.String("repo"))
	c := forge.Config{Kind: cmp.Or(v.String("forge"), found.Kind, localForge)}
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
