package connect

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

func TestForgeConfig(t *testing.T) {
	const (
		onGitHub = "GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://github.com GITHUB_REPOSITORY=acme/apis"
		remote   = " LOCKSTEP_REPO=https://github.com/acme/apis"
	)
	tests := []struct {
		name, env string
		want      string // kind, URL and repository
		token     string
		fails     string // to open it
	}{
		{"a path", "LOCKSTEP_REPO=../apis.git", "local", "", ""},
		{"a path in CI", onGitHub + " LOCKSTEP_REPO=../apis.git", "local", "", ""},
		{"address", "GITHUB_TOKEN=t" + remote, "github https://github.com acme/apis", "t", ""},
		{"its own token first", "GITHUB_TOKEN=t GH_TOKEN=u LOCKSTEP_FORGE_TOKEN=v" + remote, "github https://github.com acme/apis", "v", ""},
		{"told otherwise", "LOCKSTEP_FORGE=local" + remote, "local", "", ""},
		{"told where", "LOCKSTEP_REPO=../x LOCKSTEP_FORGE=github LOCKSTEP_FORGE_URL=https://git.acme.example LOCKSTEP_FORGE_REPO=a/b GH_TOKEN=t", "github https://git.acme.example a/b", "t", ""},
		{"told half", "LOCKSTEP_REPO=../x LOCKSTEP_FORGE=github GH_TOKEN=t", "github", "t", "--forge-repo OWNER/NAME"},
		{"no token", remote, "github https://github.com acme/apis", "", "GITHUB_TOKEN"},
		{"a forge that has no driver", "LOCKSTEP_REPO=https://gitlab.com/a/b GITHUB_TOKEN=t", "gitlab https://gitlab.com a/b", "t", "use one of github, local"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := cli.System{Environ: strings.Fields(tt.env)}
			set, flags := config.MustSet(settings.Pulls()), pflag.NewFlagSet("pulls", pflag.ContinueOnError)
			set.AddFlags(flags)
			v, err := set.Resolve(flags, sys.Environ)
			if err != nil {
				t.Fatal(err)
			}
			c := forgeConfig(sys.Getenv, v, v.String("repo"))
			if c.String() != tt.want || c.Token != tt.token {
				t.Errorf("config: got %q with token %q, want %q with %q", c, c.Token, tt.want, tt.token)
			}
			if c.Kind == local {
				return
			}
			_, err = New(v, Options{Env: sys.Getenv}).Forge(nil)
			if (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("open: got %v, want %q", err, tt.fails)
			}
		})
	}
}

func TestDecide(t *testing.T) {
	used := http.Header{"X-Ratelimit-Remaining": {"0"}}
	tests := []struct {
		name   string
		answer httpx.Answer
		want   httpx.Verdict
	}{
		{"secondary limit", httpx.Answer{Status: 403, Header: http.Header{"Retry-After": {"5"}}}, httpx.Throttled},
		{"too many", httpx.Answer{Status: 429, Header: http.Header{}}, httpx.Throttled},
		{"hour used up", httpx.Answer{Status: 429, Header: used}, httpx.Stop},
		{"not permitted", httpx.Answer{Status: 403, Header: http.Header{}}, httpx.Stop},
		{"bad gateway", httpx.Answer{Status: 502, Header: http.Header{}}, httpx.Broken},
	}
	for _, tt := range tests {
		if got := decide(tt.answer); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
