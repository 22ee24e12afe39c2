package autoflow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// server is a configuration with one server and one API, of which parts are given.
func server(setting, events, paths string) string {
	return `{"API":[{"id":"a","version":{"1":{"paths":` + paths + `}}}],
"Server":[{"id":"s","type":"http","currentVersion":"2","version":{"2":{"setting":` + setting + `,"events":` + events + `},"3":{"setting":"another form"}}}]}`
}

func TestBrokenConfigurations(t *testing.T) {
	t.Parallel()
	const event = `[{"event":{"apiReference":{"id":"a","version":"1"},"operationReference":{"method":"get","path":"/x"}}}]`
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "it is empty"},
		{"null", "null", "it is null"},
		{"no object", "[]", "cannot unmarshal array"},
		{"two texts", "{}{}", "something follows"},
		{"section", `{"API":{}}`, "API: json: cannot unmarshal object"},
		{"product", `{"$product":"x"}`, "$product: json"},
		{"no id", `{"API":[{"version":{}}]}`, "API[0]: it has no id"},
		{"an id twice", `{"Client":[{"id":"a"},{"id":"a"}]}`, `Client[1]: the id "a" is taken`},
		{"no such version", `{"Service":[{"id":"a","currentVersion":"1","version":{}}]}`, `Service "a": its currentVersion "1" does not exist`},
		{"no port", server(`{}`, `[]`, `{}`), `server "s": version 2: setting.port is no port`},
		{"port 0", server(`{"port":0}`, `[]`, `{}`), "setting.port is no port"},
		{"port too large", server(`{"port":65536}`, `[]`, `{}`), "setting.port is no port"},
		{"half a port", server(`{"port":1.5}`, `[]`, `{}`), "setting.port is no port"},
		{"version of another form", server(`"x"`, `[]`, `{}`), "version 2: json"},
		{"no such API", server(`{"port":1,"apis":[{"id":"b","version":"1"}]}`, `[]`, `{}`), `there is no API "b"`},
		{"no such version of an API", server(`{"port":1,"apis":[{"id":"a","version":"9"}]}`, `[]`, `{}`), `API "a" has no version "9"`},
		{"no such operation", server(`{"port":1}`, event, `{"/x":{"post":{}},"/y":{"get":{}}}`), `events[0]: API "a" version "1" has no operation GET /x`},
		{"paths of another form", server(`{"port":1}`, event, `[]`), `API "a" version "1": paths: want an object`},
		{"API of another form", strings.Replace(server(`{"port":1}`, event, `{}`), `{"paths":{}}`, `[]`, 1), `API "a" version "1": json`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseConfiguration([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "read configuration: ") {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestWhatRuns(t *testing.T) {
	t.Parallel()
	const text = `{"$product":{"name":"API Interactor","version":"3.0.3"},"other":7,
"Process":[{"id":"old","type":"http","currentVersion":"1","version":{"1":{"setting":{"port":"81"}}}},{"id":"db","type":"mariadb","currentVersion":"1","version":{"1":{}}}],
"Server":[{"id":"tls","type":"http","currentVersion":"2","version":{"1":null,"2":{"setting":{"port":80,"tls":{"key":"k"},"cors":true,"securities":[{}],"apis":null}}}},
 {"id":"idle","type":"http","version":{"1":{}}},{"id":"plain","type":"http","currentVersion":"1","version":{"1":{"setting":{"port":82,"tls":false,"securities":[]}}}}]}`
	c, err := parseConfiguration([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.servers {
		got = append(got, s.id+" "+s.version)
	}
	if diff := cmp.Diff([]string{"old 1", "plain 1", "tls 2"}, got); diff != "" {
		t.Errorf("servers: want - got +:\n%s", diff)
	}
	want := []string{
		`server "tls" has cors, which is not emulated`, `server "tls" has securities, which is not emulated`, `server "tls" has tls, which is not emulated`,
		`server "idle" has no currentVersion: it does not run`, `server "db" is of type "mariadb", which is not emulated`,
	}
	if diff := cmp.Diff(want, c.warnings); diff != "" {
		t.Errorf("warnings: want - got +:\n%s", diff)
	}
	if c.product != "API Interactor 3.0.3" {
		t.Errorf("product: got %q", c.product)
	}
}
