package connect

import (
	"fmt"
	"os"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/cli"
)

// signIn finds what to sign in to the forge with: a GitHub App if there is one,
// else the token that was given for the forge, else those of its variables.
func (h *Host) signIn() error {
	given := h.v.Secret("forge-token").Reveal()
	if h.appIsSet() {
		if given != "" {
			return cli.Usagef("LOCKSTEP_FORGE_TOKEN and a GitHub App exclude each other: leave one out")
		}
		return h.signInApp()
	}
	if given != "" {
		h.tokens = []forge.Token{{Value: given, From: h.v.Source("forge-token")}}
		return nil
	}
	h.tokens = forge.FindTokens(h.o.Env, h.conf)
	return nil
}

func (h *Host) appIsSet() bool {
	return h.v.IsSet("github-app-id") || h.v.IsSet("github-app-key") || h.v.IsSet("github-app-key-file") || h.v.IsSet("github-app-installation")
}

// signInApp prepares the tokens of an app, of which none is asked for yet.
func (h *Host) signInApp() error {
	key := []byte(h.v.Secret("github-app-key").Reveal())
	file := h.v.String("github-app-key-file")
	switch {
	case h.conf.Kind != "github":
		return cli.Usagef("a GitHub App needs a repository on GitHub, and --repo is on the forge %s: say --forge github, --forge-url and --forge-repo if it is there", h.conf.Kind)
	case h.conf.Repo == "":
		return cli.Usagef("a GitHub App needs --forge-repo OWNER/NAME: the address of --repo does not tell it")
	case !h.v.IsSet("github-app-id"):
		return cli.Usagef("a GitHub App needs --github-app-id")
	case len(key) > 0 && file != "":
		return cli.Usagef("LOCKSTEP_GITHUB_APP_KEY and --github-app-key-file exclude each other: leave one out")
	case len(key) == 0 && file == "":
		return cli.Usagef("a GitHub App needs its private key: put it into LOCKSTEP_GITHUB_APP_KEY, or name the file with --github-app-key-file")
	}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read private key: %w", err)
		}
		key = text
	}
	app := forge.GitHubApp{ID: h.v.String("github-app-id"), Key: key, Installation: int64(h.v.Int("github-app-installation"))}
	tokens, err := forge.GitHubAppTokens(h.conf, app)
	if err != nil {
		return &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	h.conf.Tokens = tokens
	return nil
}
