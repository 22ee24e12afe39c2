package autoflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestMask(t *testing.T) {
	tests := []struct {
		name, spec string
		want       []string // names of secrets
	}{
		{"by name", `{"password":"a","clientSecret":"b","x-api-key":"c","n":1}`, []string{"CLIENT_C_CLIENTSECRET", "CLIENT_C_PASSWORD", "CLIENT_C_X_API_KEY"}},
		{"a number", `{"password":12345}`, []string{"CLIENT_C_PASSWORD"}},
		{"in a list", `{"servers":[{"password":"a"},{"password":"b"}]}`, []string{"CLIENT_C_SERVERS_0_PASSWORD", "CLIENT_C_SERVERS_1_PASSWORD"}},
		{"as a pair", `{"values":[{"key":"Authorization","value":"Bearer abc"},{"key":"email","value":"a@b"}]}`, []string{"CLIENT_C_VALUES_0_VALUE"}},
		{"in an address", `{"url":"amqp://u:p@mq/","plain":"https://host:80/a@b"}`, []string{"CLIENT_C_URL"}},
		{"by its looks", `{"note":"Basic dXNlcjpwYXNz","list":["-----BEGIN PRIVATE KEY-----"]}`, []string{"CLIENT_C_LIST_0", "CLIENT_C_NOTE"}},
		{"two of one name", `{"a-b":{"password":"1"},"a_b":{"password":"2"}}`, []string{"CLIENT_C_A_B_PASSWORD", "CLIENT_C_A_B_PASSWORD_2"}},
		{"none", `{"password":"","properties":{"password":{"type":"string"}},"required":["password"],"allowCredentials":"*","postman-token":"929068dc","token":{"__struct__":"ScopeReference"}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var spec, again map[string]any
			for _, to := range []*map[string]any{&spec, &again} {
				d := json.NewDecoder(strings.NewReader(tt.spec))
				d.UseNumber()
				if err := d.Decode(to); err != nil {
					t.Fatal(err)
				}
			}
			values := mask(gateway.NewKey("client", "c"), spec)
			if diff := cmp.Diff(tt.want, names(values)); diff != "" {
				t.Errorf("secrets (-want +got):\n%s", diff)
			}
			kinds, err := Kinds()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(spec, kinds.Public(kinds.Get("client"), spec)); diff != "" {
				t.Errorf("what is masked still has secrets (-want +got):\n%s", diff)
			}
			v := vault{current: func(name string) any { return values[name] }}
			if err := v.fill(spec, again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(again, spec); diff != "" {
				t.Errorf("put back (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSecretNames tells secrets from what only looks like one. A value is given
// by its place in a payload.
func TestSecretNames(t *testing.T) {
	tests := []struct {
		name, value string
		want        bool
	}{
		{"setting.pass", "a", true}, {"setting.bypass", "a", false}, {"setting.pin", "1", true}, {"setting.mapping", "1", false},
		{"setting.secretAccessKey", "a", true}, {"setting.accessKeyId", "a", false}, {"setting.jwtKey", "a", true}, {"setting.signing_key", "a", true},
		{"setting.key", "a", false}, {"setting.keyFile", "/a.pem", false}, {"setting.tokenUrl", "https://idp/token", false}, {"license_key", "a", true},
		{"setting.password", "{a}", true}, {"input.password", "{password}", false}, {"input.password", "${password}", false}, {"input.password", "a", true},
		{"setting.credentials.value", "a", true}, {"setting.credentials.user", "a", false}, {"setting.secrets.0", "a", true}, {"setting.tokens.a", "a", true},
		{"paths./token.summary", "a", false}, {"properties.token.description", "a", false},
		{"setting.securities.0.do.input.authorization.path.0", "header", false},
		{"dsn", "app:hush@tcp(db:3306)/x", true}, {"n", "host=h password=hush dbname=x", true}, {"n", "Server=h;Pwd=$hush;", true}, {"n", "jdbc:mysql://h/db?password=hush", true},
		{"n", "https://h/x?api_key=hush&b=1", true}, {"n", "https://h/x?api_key={key}", false}, {"n", "https://x.example/c?sv=1&sig=hush%3D", true},
		{"n", "grant_type=password&client_secret=hush", true}, {"n", "UPDATE u SET password='${hash}'", false}, {"n", "WHERE password=? AND token=$1", false},
		{"n", "ghp_" + strings.Repeat("a", 36), true}, {"n", "glpat-" + strings.Repeat("a", 20), true}, {"n", "a:b@c", false}, {"n", "Basic authentication is used", false},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			steps := strings.Split(tt.name, ".")
			var v any = tt.value
			for i := len(steps) - 1; i >= 0; i-- {
				if steps[i] == "0" {
					v = []any{v}
					continue
				}
				v = map[string]any{steps[i]: v}
			}
			spec, _ := v.(map[string]any)
			if got := len(mask(gateway.NewKey("client version", "c", "1"), spec)) == 1; got != tt.want {
				t.Errorf("is a secret: %t, want %t", got, tt.want)
			}
		})
	}
}

func names(m map[string]any) []string {
	var all []string
	all = append(all, sortedNames(m)...)
	return all
}

// TestSecretsOnTheirWay writes what a tree has in the place of secrets.
func TestSecretsOnTheirWay(t *testing.T) {
	const had = `{"Client":[{"id":"c","version":{"1":{"setting":{"password":"hunter22"}}}}]}`
	tests := []struct {
		name, password, want string
	}{
		{"kept", "${secret:CLIENT_C_1_SETTING_PASSWORD}", "hunter22"},
		{"kept under another name", "${secret:OTHER}", "hunter22"},
		{"of the environment", "${secret:GIVEN}", "from outside"},
		{"of an override", "in clear text", "in clear text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := open(t, had, Options{Secret: func(name string) (string, bool) { return "from outside", name == "GIVEN" }})
			key := gateway.NewKey("client version", "c", "1")
			r := &gateway.Resource{Key: key, Spec: map[string]any{"setting": map[string]any{"password": tt.password, "user": "new"}}}
			if err := g.Put(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
			if got, want := text(t, g.o.Target), strings.Replace(had, `"hunter22"`, `"`+tt.want+`","user":"new"`, 1); got != want {
				t.Errorf("file = %s, want %s", got, want)
			}
			got, err := g.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if p := gateway.Field(got.Spec, "setting.password"); p != "${secret:CLIENT_C_1_SETTING_PASSWORD}" {
				t.Errorf("read again, the password is %v", p)
			}
		})
	}
}

// TestNoise leaves captured requests and ids of drawings out of the tree, and
// where they are in the configuration.
func TestNoise(t *testing.T) {
	const had = `{"API":[{"id":"a","version":{"1":{"paths":{"/x":{"get":{"x-request-examples":{"LIVE MODE":{"n":1},"mine":{}}}}}}}}],` +
		`"Server":[{"id":"s","version":{"1":{"do":{"actions":[{"category":"c","name":"n","visualId":"1"}]}}}}]}`
	g, rs := all(t, had, Options{NoVisualIDs: true})
	for _, r := range rs {
		text, err := json.Marshal(r.Spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, noise := range []string{"LIVE MODE", "visualId"} {
			if strings.Contains(string(text), noise) {
				t.Errorf("%v has %s: %s", r.Key, noise, text)
			}
		}
		r.Spec["added"] = "here"
		if r.Key.Kind == "order" || r.Key.Kind == "product" {
			continue
		}
		if err := g.Put(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.ReplaceAll(strings.ReplaceAll(text(t, g.o.Target), `"added":"here",`, ""), `,"added":"here"`, "")
	if diff := cmp.Diff(had, got); diff != "" {
		t.Errorf("file without what was added (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "{}", handmade, whole, `{"API":[{"id":""}]}`, `{"a":1,"a":2}`, `[]`, `{"x":"\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parse(text)
		if err != nil {
			return
		}
		if diff := cmp.Diff(string(text), string(c.bytes())); len(text) > 0 && diff != "" {
			t.Errorf("nothing changed (-want +got):\n%s", diff)
		}
		again, err := parse(anew(c))
		if err != nil {
			t.Fatalf("what was written can not be read: %v: %q", err, anew(c))
		}
		if diff := cmp.Diff(c.top, again.top); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no JSON", "{", "line 1: unexpected EOF"},
		{"no object", "[]", "want a JSON object"},
		{"two documents", "{}\n{}", "line 2: more than one document"},
		{"a name twice", "{\"a\":1,\n\"a\":2}", `line 2: the name "a" occurs twice in the configuration`},
		{"an id twice", `{"API":[{"id":"a"},{"id":"a"}]}`, `API[1]: the id "a" belongs to API[0] already`},
		{"no id", `{"Server":[{}]}`, "Server[0]: want an object with an id"},
		{"no list", `{"Server":{}}`, "Server: want a list"},
		{"versions", `{"API":[{"id":"a","version":[]}]}`, `API "a": version: want an object`},
		{"a version", `{"API":[{"id":"a","version":{"1":2}}]}`, `API "a": version "1": want an object with a name`},
		{"operations", `{"Service":[{"id":"a","version":{"1":{"operation":1}}}]}`, `Service "a": version 1: operation: want an object`},
		{"settings", `{"settings":[]}`, "settings: want an object"},
		{"half a character", "{\"a\":\n\"\\ud800x\"}", "line 2: a text has half a character"},
		{"the other half", `{"\udc00":1}`, "half a character"},
		{"two halves, wrong", `{"a":"\ud83d\ud83d"}`, "half a character"},
		{"bytes", "{\"a\":\"\xff\"}", "not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parse([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("parse: %v, want %q", err, tt.want)
			}
		})
	}
}

// TestSecretsThatMove changes the order of what secrets are in, twice: each goes
// along with what is around it, whatever its reference is called.
func TestSecretsThatMove(t *testing.T) {
	const had = `{"Client":[{"id":"c","version":{"1":{"servers":[` +
		`{"address":"a","password":"hunter-a"},{"address":"b","password":"hunter-b"},{"address":"c","password":"hunter-c"}]}}}]}`
	g := open(t, had, Options{})
	key := gateway.NewKey("client version", "c", "1")
	for _, order := range []string{"bc", "cb", "bc"} {
		var servers []any
		for _, address := range order {
			i := strings.IndexRune("abc", address)
			servers = append(servers, map[string]any{
				"address": string(address), "password": fmt.Sprintf("${secret:CLIENT_C_1_SERVERS_%d_PASSWORD}", i),
			})
		}
		if err := g.Put(t.Context(), &gateway.Resource{Key: key, Spec: map[string]any{"servers": servers}}, nil); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, address := range order {
			want = append(want, fmt.Sprintf(`{"address":"%c","password":"hunter-%c"}`, address, address))
		}
		if got := text(t, g.o.Target); !strings.Contains(got, "["+strings.Join(want, ",")+"]") {
			t.Errorf("in the order %s: %s, want %v", order, got, want)
		}
	}
}

// TestAmbiguousSecrets has two secrets of one name: none is taken for the other.
func TestAmbiguousSecrets(t *testing.T) {
	g := open(t, `{"Client":[{"id":"a","version":{"b-1":{"password":"hunter-1"}}},{"id":"a-b","version":{"1":{"password":"hunter-2"}}}]}`, Options{})
	r := &gateway.Resource{Key: gateway.NewKey("client version", "a", "2"), Spec: map[string]any{"password": "${secret:CLIENT_A_B_1_PASSWORD}"}}
	if err := g.Put(t.Context(), r, nil); !errors.Is(err, gateway.ErrInvalid) {
		t.Errorf("put of a reference that could mean two secrets: %v, want %v", err, gateway.ErrInvalid)
	}
	r.Key = gateway.NewKey("client version", "a-b", "1")
	if err := g.Put(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	if got := text(t, g.o.Target); !strings.Contains(got, `{"1":{"password":"hunter-2"}}`) {
		t.Errorf("file = %s, want the secret where it was", got)
	}
}
