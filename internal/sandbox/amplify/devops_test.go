package amplify

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const proxyV1 = `apiVersion: v1
version: v1
proxy:
  name: Music
  basePath: /api/v1
  swagger: https://example.com/music.json
  policies:
    clientAuth: {type: api-key, app: Player}
    backendAuth: {type: auth-http-basic, username: u, password: p}
    rateLimit:
      perProxy: 5
      perProxyAndApp: {limit: 3, interval: PT10S}
      overrides:
        - {appName: Player, perProxyAndApp: 1}
        - {appName: Other, disablePerProxyAndApp: true}
  apps:
    - name: Other
  tags: [a, b]
  team: {name: Default Team}
`

func TestProxies(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	media := []string{"Content-Type", "application/x-yaml"}
	first := c.want(http.StatusCreated, http.MethodPost, "/proxies", proxyV1, media...)
	if strings.Contains(first.raw, "password") || first.body["revision"] != 1.0 || first.body["name"] != "Music" {
		t.Errorf("first: got %s", first.raw)
	}
	c.want(http.StatusNotFound, http.MethodPost, "/promote?target=Test+Runtime", strings.ReplaceAll(proxyV1, "Music", "Unknown"))
	r := c.want(http.StatusOK, http.MethodPost, "/promote?target=Test+Runtime", proxyV1)
	keys, _ := r.body["apiKeys"].([]any)
	if r.body["url"] != "https://test-runtime.example.com/api/v1" || len(keys) != 2 || at(keys, "1.app") != "Player" || at(keys, "1.apiKey") == "" {
		t.Errorf("promoted: got %s", r.raw)
	}
	second := c.want(http.StatusOK, http.MethodPost, "/api/v1/proxies", strings.ReplaceAll(proxyV1, "/api/v1", "/api/v2"), media...)
	if second.body["revision"] != 2.0 || second.body["id"] != first.body["id"] {
		t.Errorf("second: got %s", second.raw)
	}
	again := c.want(http.StatusOK, http.MethodPost, "/promote?source=Test+Runtime&target=Prod+Runtime", proxyV1)
	if again.body["revision"] != 1.0 || again.body["url"] != "https://prod-runtime.example.com/api/v1" || !cmp.Equal(again.body["apiKeys"], r.body["apiKeys"]) {
		t.Errorf("promoted from a runtime group: got %s", again.raw)
	}
	if r := c.want(http.StatusOK, http.MethodPost, "/promote?target=Prod+Runtime", proxyV1); r.body["revision"] != 2.0 {
		t.Errorf("promoted latest: got %s", r.raw)
	}
	forced := c.want(http.StatusCreated, http.MethodPost, "/proxies?force=true", proxyV1)
	if forced.body["id"] == first.body["id"] || forced.body["revision"] != 1.0 {
		t.Errorf("forced: got %s", forced.raw)
	}
	c.want(http.StatusBadRequest, http.MethodPost, "/promote?source=Test+Runtime&target=Prod+Runtime", proxyV1)
	c.want(http.StatusBadRequest, http.MethodPost, "/promote?target=Moon", proxyV1)
	c.want(http.StatusBadRequest, http.MethodPost, "/promote", proxyV1)
	c.want(http.StatusMethodNotAllowed, http.MethodGet, "/proxies", nil)
}

func TestProxiesOfTeams(t *testing.T) {
	t.Parallel()
	c := newClient(t, twoTeams())
	blue := c.as("blue", "b")
	blue.want(http.StatusForbidden, http.MethodPost, "/proxies", proxyV1)
	of := func(name string) string { return strings.ReplaceAll(proxyV1, "Default Team", name) }
	r := blue.want(http.StatusCreated, http.MethodPost, "/proxies", of("blue"))
	if at(r.body, "team.name") != "blue" {
		t.Errorf("team: got %s", r.raw)
	}
	blue.want(http.StatusOK, http.MethodPost, "/proxies", strings.ReplaceAll(proxyV1, "  team: {name: Default Team}\n", ""))
	c.want(http.StatusCreated, http.MethodPost, "/proxies", of("red"))
	c.want(http.StatusBadRequest, http.MethodPost, "/proxies", of("green"))
}

func TestProxyFiles(t *testing.T) {
	t.Parallel()
	const v0 = "apiVersion: v1\nproxy:\n  name: P\n  basePath: /p\n  swagger: https://example.com/p.json\n  policy: {type: pass-through}\n"
	const oauth = "{type: oauth, app: A, flows: [accessCode], authorizationUrl: https://a, tokenUrl: https://t, scopes: [{scope: read, description: d}]}"
	const profile = "  apps: [{name: A, profiles: [{name: p, type: oauth, clientId: c, issuer: https://i, metadataPath: /m}]}]\n"
	v1 := func(auth string) string {
		return "apiVersion: v1\nversion: v1\nproxy:\n  name: P\n  basePath: /p\n  policies: {clientAuth: " + auth + "}\n"
	}
	for _, test := range []struct{ name, text, want string }{
		{"v0", v0, ""},
		{"v1", proxyV1, ""},
		{"jwt", v1("{type: jwt-token, app: A}"), ""},
		{"oauth", v1(oauth) + profile, ""},
		{"no YAML", "a: b: c", "could not be read"},
		{"unknown key", v0 + "colour: red\n", "colour"},
		{"apiVersion", strings.Replace(v0, "v1", "v2", 1), "apiVersion"},
		{"version", "version: v7\n" + v0, "version is"},
		{"no name", strings.Replace(v0, "name: P", "name: ''", 1), "no name"},
		{"base path", strings.Replace(v0, "/p\n", "p\n", 1), "slash"},
		{"policy in v1", "version: v1\n" + v0, "policy belongs"},
		{"policies in v0", strings.Replace(v1("{type: pass-through}"), "\nversion: v1", "", 1), "policies belong"},
		{"no authentication", v1("null"), "no client authentication"},
		{"type", strings.Replace(v0, "pass-through", "jwt-token", 1), "not known"},
		{"no app", strings.Replace(v0, "pass-through", "api-key", 1), "needs an app"},
		{"oauth without flows", v1("{type: oauth, app: A}"), "needs flows"},
		{"profile of another type", v1("{type: api-key}") + profile, "has the type"},
		{"profile without issuer", v1(oauth) + strings.Replace(profile, "issuer: https://i, ", "", 1), "needs clientId"},
		{"interval", strings.Replace(proxyV1, "PT10S", "10s", 1), "not a time"},
		{"override", strings.Replace(proxyV1, "disablePerProxyAndApp: true", "perProxyAndApp: 1, disablePerProxyAndApp: true", 1), "An override"},
		{"backend", strings.Replace(proxyV1, "auth-http-basic", "digest", 1), "backendAuth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseProxyFile([]byte(test.text))
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
