package amplifyproxies

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

const musicV0 = `apiVersion: v1
proxy:
  name: Music
  basePath: /api/v0
  swagger: https://example.com/music.json
  policy: {type: api-key, app: Player}
  tags: [a, b]
  team: {name: Default Team}
`

const musicV1 = `apiVersion: v1
version: v1
proxy:
  name: Music
  basePath: /api/v1
  policies:
    clientAuth:
      type: oauth
      flows: [accessCode]
      authorizationUrl: https://login.example.com/authorize
      tokenUrl: https://login.example.com/token
      scopes:
        - {scope: read, description: to read}
    backendAuth: {type: auth-http-basic, username: u, password: "${env:MUSIC}"}
    rateLimit:
      perProxy: 5
      perProxyAndApp: {limit: 3, interval: PT1M30S}
      overrides:
        - {appName: Player, perProxyAndApp: 1}
        - {appName: Other, disablePerProxyAndApp: true}
  apps:
    - name: Player
      profiles:
        - {name: p, type: oauth, clientId: c, issuer: "https://login.example.com", metadataPath: /.well-known/x}
    - name: Other
`

func TestParse(t *testing.T) {
	for name, text := range map[string]string{
		"v0": musicV0, "v1": musicV1,
		"empty password": strings.Replace(musicV1, "${env:MUSIC}", "", 1),
		"anchors":        strings.Replace(strings.Replace(musicV1, "- {appName: Player", "- &o {appName: Player", 1), "{appName: Other,", "{<<: {appName: Other},", 1),
		"pass-through":   strings.Replace(musicV0, "{type: api-key, app: Player}", "{type: pass-through}", 1),
		"hexadecimal":    strings.Replace(musicV1, "perProxy: 5", "perProxy: 0x10", 1),
		"root":           strings.Replace(musicV0, "/api/v0", "/", 1),
		"escaped path":   strings.Replace(musicV0, "/api/v0", "/caf%C3%A9/v0/", 1),
		"apps for app":   strings.Replace(musicV0, ", app: Player}", "}\n  apps: [{name: Player}]", 1),
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := Parse("music.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse("", encode(spec))
			if err != nil {
				t.Fatalf("parse what was encoded: %v", err)
			}
			if diff := cmp.Diff(again, spec); diff != "" {
				t.Errorf("encoded and parsed again (-got +want):\n%s", diff)
			}
		})
	}
}

func TestParseTellsWhatIsWrong(t *testing.T) {
	in := func(text, was, is string) string {
		if !strings.Contains(text, was) {
			t.Fatalf("the sample lacks %q", was)
		}
		return strings.Replace(text, was, is, 1)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "f.yaml: is empty"},
		{"no YAML", "a: b: c", "f.yaml: mapping values"},
		{"a list", "- a", "f.yaml:1: the file must hold keys and values"},
		{"unknown key", in(musicV0, "basePath", "basepath"), "f.yaml:4: proxy.basepath is not known; did you mean basePath?"},
		{"unknown key at the top", musicV0 + "colour: red\n", "f.yaml:9: colour is not known"},
		{"unknown key of a policy", in(musicV1, "perProxy:", "perProxi:"), "f.yaml:16: proxy.policies.rateLimit.perProxi is not known; did you mean perProxy?"},
		{"unknown key of an override", in(musicV1, "appName: Player", "app: P, appName: Player"), "f.yaml:19: proxy.policies.rateLimit.overrides[0].app is not known"},
		{"missing", in(musicV0, "  name: Music\n", ""), "f.yaml:3: proxy.name is missing"},
		{"null", in(musicV0, "name: Music", "name:"), "f.yaml:3: proxy.name says nothing"},
		{"blank", in(musicV0, "name: Music", "name: ' '"), "f.yaml:3: proxy.name is empty"},
		{"twice", in(musicV0, "  name: Music", "  name: Music\n  name: M"), `f.yaml:4: key "name" is also in line 3`},
		{"apiVersion", in(musicV0, "apiVersion: v1", "apiVersion: v2"), `f.yaml:1: apiVersion is "v2", not one of v1`},
		{"version that is not written", "version: v0\n" + musicV0, `f.yaml:1: version is "v0": a file of that version leaves the key out`},
		{"version", in(musicV1, "\nversion: v1", "\nversion: v2"), `f.yaml:2: version is "v2"`},
		{"policies in v0", in(musicV1, "version: v1\nproxy", "proxy"), "f.yaml:5: proxy.policies belongs to version v1"},
		{"policy in v1", "version: v1\n" + musicV0, "f.yaml:7: proxy.policy belongs to files without a version"},
		{"type of v1 in v0", in(musicV0, "api-key", "oauth"), "f.yaml:6: proxy.policy.type is"},
		{"misspelt type", in(musicV0, "api-key", "apikey"), "did you mean api-key?"},
		{"base path", in(musicV0, "/api/v0", "api"), "f.yaml:4: proxy.basePath is \"api\", which does not start with a slash"},
		{"two slashes", in(musicV0, "/api/v0", "//api"), `proxy.basePath is "//api", which is no path of an address`},
		{"another path", in(musicV0, "/api/v0", "/api/../admin"), `is "/api/../admin", which leads to another path`},
		{"template of a path", in(musicV0, "/api/v0", "/api/{id}"), "is no path of an address"},
		{"escape of a path", in(musicV0, "/api/v0", "/api/%zz"), "is no path of an address"},
		{"backslash", in(musicV0, "/api/v0", `/api\v0`), "is no path of an address"},
		{"letters of a path", in(musicV0, "/api/v0", "/café"), "is no path of an address"},
		{"swagger", in(musicV0, "https://example.com", "ftp://example.com"), "f.yaml:5: proxy.swagger is no address"},
		{"credentials", in(musicV0, "https://example.com", "https://u:hush@example.com"), "f.yaml:5: proxy.swagger holds credentials"},
		{"tags", in(musicV0, "[a, b]", "a"), "f.yaml:7: proxy.tags must be a list"},
		{"a tag", in(musicV0, "[a, b]", "[a, [b]]"), "f.yaml:7: proxy.tags[1] must be a text"},
		{"team", in(musicV0, "{name: Default Team}", "Blue"), "f.yaml:8: proxy.team must hold keys and values"},
		{"variable", in(musicV0, "Default Team", "'${env:TEAM}'"), "only backendAuth.password is taken from the environment"},
		{"no app", in(musicV0, ", app: Player", ""), "f.yaml:6: api-key needs an app"},
		{"no flows", in(musicV1, "      flows: [accessCode]\n", ""), "f.yaml:8: oauth needs flows"},
		{"no tokenUrl", in(musicV1, "      tokenUrl: https://login.example.com/token\n", ""), "oauth needs tokenUrl"},
		{"flow", in(musicV1, "accessCode", "accesscode"), "did you mean accessCode?"},
		{"oauth's own", in(in(musicV1, "type: oauth", "type: api-key"), "type: oauth", "type: api-key"), "f.yaml:9: flows belongs to the type oauth, and this is api-key"},
		{"scope", in(musicV1, ", description: to read", ""), "f.yaml:13: proxy.policies.clientAuth.scopes[0].description is missing"},
		{"password", in(musicV1, "${env:MUSIC}", "hush"), "f.yaml:14: proxy.policies.backendAuth.password must be empty or name a variable"},
		{"backend", in(musicV1, "auth-http-basic", "digest"), "f.yaml:14: proxy.policies.backendAuth.type is"},
		{"no calls", in(musicV1, "perProxy: 5", "perProxy: 0"), "f.yaml:16: proxy.policies.rateLimit.perProxy must be a number of calls"},
		{"octal or not", in(musicV1, "perProxy: 5", "perProxy: 010"), "f.yaml:16: proxy.policies.rateLimit.perProxy must be a number of calls"},
		{"fraction", in(musicV1, "perProxy: 5", "perProxy: 1.5"), "must be a number of calls"},
		{"many calls", in(musicV1, "perProxy: 5", "perProxy: 99999999999999999999"), "must be a number of calls"},
		{"scope twice", in(musicV1, "        - {scope: read, description: to read}", "        - {scope: read, description: to read}\n        - {scope: read, description: again}"), `f.yaml:14: the scope "read" is there twice`},
		{"limit as text", in(musicV1, "limit: 3", "limit: '3'"), "f.yaml:17: proxy.policies.rateLimit.perProxyAndApp.limit must be"},
		{"interval", in(musicV1, "PT1M30S", "10s"), `f.yaml:17: proxy.policies.rateLimit.perProxyAndApp.interval is "10s", not a time such as`},
		{"empty interval", in(musicV1, "PT1M30S", "PT"), `is "PT", not a time`},
		{"no time", in(musicV1, "PT1M30S", "PT0S"), `is "PT0S", not a time`},
		{"days", in(musicV1, "PT1M30S", "P1D"), `is "P1D", not a time`},
		{"no interval", in(musicV1, ", interval: PT1M30S", ""), "f.yaml:17: proxy.policies.rateLimit.perProxyAndApp.interval is missing"},
		{"override of nothing", in(musicV1, ", perProxyAndApp: 1", ""), `f.yaml:19: the override of the app "Player" needs either`},
		{"override of both", in(musicV1, "perProxyAndApp: 1", "perProxyAndApp: 1, disablePerProxyAndApp: true"), "needs either"},
		{"two overrides", in(musicV1, "appName: Other", "appName: Player"), `f.yaml:20: the app "Player" has two overrides`},
		{"flag", in(musicV1, "disablePerProxyAndApp: true", "disablePerProxyAndApp: 1"), "f.yaml:20: proxy.policies.rateLimit.overrides[1].disablePerProxyAndApp must be true or false"},
		{"profile", in(musicV1, "name: p, type: oauth", "name: p, type: api-key"), `f.yaml:24: the profile "p" is for api-key, and clients of the proxy use oauth`},
		{"issuer", in(musicV1, `issuer: "https://login.example.com", `, ""), `f.yaml:24: the profile "p" needs issuer`},
		{"two apps", in(musicV1, "- name: Other", "- name: Player"), `f.yaml:25: the app "Player" is there twice`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error holds a secret: %v", err)
			}
		})
	}
}

func TestParseTellsAllAtOnce(t *testing.T) {
	text := strings.NewReplacer("name: Music", "nam: Music", "[a, b]", "a", "v1", "v3").Replace(musicV0)
	_, err := Parse("f.yaml", []byte(text))
	if err == nil || strings.Count(err.Error(), "f.yaml:") != 4 {
		t.Errorf("got %v, want four lines", err)
	}
}

// TestParseTellsOnce: a mistake is one message, without those that follow from it.
func TestParseTellsOnce(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no mapping", strings.Replace(musicV0, "{type: api-key, app: Player}", "[api-key]", 1), "f.yaml:6: proxy.policy must hold keys and values"},
		{"names of apps", strings.Replace(musicV1, "    - name: Other\n", "    - Other\n", 1), "f.yaml:25: proxy.apps[1] must hold keys and values"},
		{"a limit of nothing", strings.Replace(musicV1, "limit: 3", "limit: ~", 1), "f.yaml:17: proxy.policies.rateLimit.perProxyAndApp.limit says nothing: give it a value, or leave the key out"},
		{"version of a file that has none", "version: v0\n" + musicV0, `f.yaml:1: version is "v0": a file of that version leaves the key out`},
		{"a version that is not known", strings.Replace(musicV1, "\nversion: v1", "\nversion: 1", 1), `f.yaml:2: version is "1": it is v1, or the key is left out`},
		{"policy of the other version", "version: v1\n" + musicV0, "f.yaml:7: proxy.policy belongs to files without a version: version v1 has proxy.policies"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse("f.yaml", []byte(tt.text)); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestWarnings: what the service may know better is no error, and keeps no plan from
// being applied.
func TestWarnings(t *testing.T) {
	const open = "apiVersion: v1\nversion: v1\nproxy:\n  name: Music\n  basePath: /m\n  policies:\n    clientAuth: {type: pass-through}\n    rateLimit: {perProxyAndApp: 3}\n"
	for _, tt := range []struct {
		name, text string
		want       []gateway.Flaw
	}{
		{"nothing", musicV1, nil},
		{"an app that is not named", strings.Replace(musicV1, "appName: Other", "appName: Othre", 1), []gateway.Flaw{
			{Rule: flawRule, Warning: true, Line: 20, Text: `the override is for the app "Othre", which this file does not name; did you mean Other?`}}},
		{"a secret in an address", strings.Replace(open, "  policies", "  swagger: https://example.com/s.json?v=1&api_key=hush\n  policies", 1), []gateway.Flaw{
			{Rule: flawRule, Warning: true, Line: 6, Text: "proxy.swagger seems to hold a secret in the parameter api_key, which git must not have"},
			{Rule: flawRule, Warning: true, Line: 9, Text: "perProxyAndApp has no effect: with pass-through nobody tells which app calls"}}},
		{"parameters that are none", strings.Replace(strings.Replace(open, "{perProxyAndApp: 3}", "{perProxy: 3}", 1), "  policies", "  swagger: https://example.com/s.json?keyboard=de&key=\n  policies", 1), nil},
		{"limits of nobody", open, []gateway.Flaw{
			{Rule: flawRule, Warning: true, Line: 8, Text: "perProxyAndApp has no effect: with pass-through nobody tells which app calls"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(flaws([]byte(tt.text)), tt.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			spec, err := Parse("", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := faults(&gateway.Resource{Key: gateway.NewKey("proxy", "Music"), Spec: spec}); len(got) != 0 {
				t.Errorf("faults: got %q, want none", got)
			}
		})
	}
}

func TestFaultsKnowTheName(t *testing.T) {
	spec, err := Parse("", []byte(musicV0))
	if err != nil {
		t.Fatal(err)
	}
	r := &gateway.Resource{Key: gateway.NewKey("proxy", "Music"), Spec: spec}
	if got := faults(r); len(got) != 0 {
		t.Errorf("got %q, want nothing", got)
	}
	r.Key = gateway.NewKey("proxy", "music")
	if got := faults(r); len(got) != 1 || !strings.Contains(got[0], "must be the same") {
		t.Errorf("got %q", got)
	}
	for _, other := range []any{json.Number("12"), true} {
		gateway.SetField(spec, "proxy.name", other)
		if got := faults(r); len(got) != 1 || !strings.Contains(got[0], "must be the same") {
			t.Errorf("name %v: got %q", other, got)
		}
		r := &gateway.Resource{Key: gateway.NewKey("proxy", fmt.Sprint(other)), Spec: spec}
		if got := faults(r); len(got) != 0 {
			t.Errorf("name %v in a file of that name: got %q", other, got)
		}
	}
}

func TestFill(t *testing.T) {
	spec, err := Parse("", []byte(musicV1))
	if err != nil {
		t.Fatal(err)
	}
	before := string(encode(spec))
	filled, err := fill(spec, func(name string) string { return map[string]string{"MUSIC": "a: b #"}[name] })
	if err != nil || gateway.Field(filled, passwordField) != "a: b #" || !strings.Contains(string(encode(filled)), `password: 'a: b #'`) {
		t.Errorf("got %s, %v", encode(filled), err)
	}
	if after := string(encode(spec)); after != before {
		t.Error("the payload was changed")
	}
	if _, err := fill(spec, func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "the variable MUSIC") {
		t.Errorf("got %v", err)
	}
}

// FuzzParse holds that nothing breaks it, that what it takes reads the same
// once encoded, and that an error of a line names one that is there.
func FuzzParse(f *testing.F) {
	for _, text := range []string{musicV0, musicV1, "", "a: [", "proxy: &a\n  <<: *a", "version: v1\nproxy: {policies: {clientAuth: []}}", "? [a]\n: b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		spec, err := Parse("f", text)
		if err != nil {
			for _, flaw := range flaws(text) {
				if flaw.Line < 0 || flaw.Text == "" {
					t.Errorf("flaw %+v", flaw)
				}
			}
			return
		}
		again, err := Parse("f", encode(spec))
		if err != nil {
			t.Fatalf("parse what was encoded: %v\n%s", err, encode(spec))
		}
		if diff := cmp.Diff(again, spec); diff != "" {
			t.Errorf("encoded and parsed again (-got +want):\n%s", diff)
		}
	})
}
