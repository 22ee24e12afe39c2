package autoflow

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// whole is a configuration without a fault.
const whole = `{"$product":{"version":"3.1.5"},
"API":[{"id":"a","type":"http","version":{"1":{"paths":{"/x/{id}":{"get":{}}},"components":{"securitySchemes":{"key":{"type":"apiKey"}}}}}}],
"Client":[{"id":"db","currentVersion":"1","version":{"1":{"setting":{"password":"hunter22"}}}}],
"Server":[{"id":"s","currentVersion":"1","version":{"1":{"setting":{"port":80,"apis":[{"__struct__":"APIReference","id":"a","version":"1"}],
"securities":[{"event":{"__struct__":"SecurityReference","apiReference":{"__struct__":"APIReference","id":"a","version":"1"},"name":"key"}}]},
"events":[{"event":{"__struct__":"APIOperationReference","apiReference":{"__struct__":"APIReference","id":"a","version":"1"},"operationReference":{"__struct__":"HTTPOperationReference","method":"get","path":"/x/{id}"}},
"do":[{"__struct__":"ServiceOperationReference","id":"op","serviceReference":{"__struct__":"ServiceReference","id":"v","version":"1"}},{"__struct__":"ClientReference","id":"db"}]}]}}},
{"id":"t","currentVersion":"1","version":{"1":{"setting":{"port":81}},"2":{"setting":{"port":80}}}}],
"Service":[{"id":"v","version":{"1":{"operation":{"op":{}}}}}]}`

// all returns the resources of a configuration.
func all(t *testing.T, config string, o Options) (*Gateway, []*gateway.Resource) {
	t.Helper()
	g := open(t, config, o)
	var rs []*gateway.Resource
	for r, err := range gateway.Walk(t.Context(), g, gateway.WalkOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	return g, rs
}

func TestReview(t *testing.T) {
	tests := []struct {
		name, old, new string // what to replace in whole
		want           string // pointer and text; "": no fault
	}{
		{"whole", "", "", ""},
		{"an API that is not there", `[{"__struct__":"APIReference","id":"a"`, `[{"__struct__":"APIReference","id":"b"`,
			`server version s/1 /setting/apis/0/id: refers to the API "b", which is not there`},
		{"a version of an API", `"id":"a","version":"1"}],`, `"id":"a","version":"2"}],`,
			`server version s/1 /setting/apis/0/version: refers to version 2 of the API "a", which is not there`},
		{"an operation of an API", `"method":"get"`, `"method":"post"`,
			`server version s/1 /events/0/event/operationReference: refers to the operation POST /x/{id}, which version 1 of the API "a" does not have`},
		{"a security scheme", `"name":"key"`, `"name":"kez"`,
			`server version s/1 /setting/securities/0/event/name: refers to the security scheme "kez", which version 1 of the API "a" does not have`},
		{"a service", `"ServiceReference","id":"v"`, `"ServiceReference","id":"w"`,
			`server version s/1 /events/0/do/0/serviceReference/id: refers to the service "w", which is not there`},
		{"an operation of a service", `"id":"op"`, `"id":"po"`,
			`server version s/1 /events/0/do/0/id: refers to the operation "po", which version 1 of the service "v" does not have`},
		{"a client", `"ClientReference","id":"db"`, `"ClientReference","id":"bd"`,
			`server version s/1 /events/0/do/1/id: refers to the client "bd", which is not there`},
		{"a version that runs", `"db","currentVersion":"1"`, `"db","currentVersion":"9"`,
			`client db /currentVersion: runs version 9, which the client does not have`},
		{"a port twice", `"t","currentVersion":"1"`, `"t","currentVersion":"2"`,
			`server version t/2 /setting/port: listens on port 80, as the server "s" does`},
		{"another generation", `"version":"3.1.5"`, `"version":"4.0.0"`,
			`product product /version: git has the configuration of version 4.0.0 of the product, and the target is of version 3.1.5`},
		{"a patch of the product", `"version":"3.1.5"`, `"version":"3.2.0"`, ""},
		{"a secret that nobody knows", `"setting":{"port":81}`, `"setting":{"port":81,"token":"${secret:NOBODY}"}`,
			`server version t/1 /setting/token: ` + lacksSecret("NOBODY")},
		{"a secret of the environment", `"setting":{"port":81}`, `"setting":{"port":81,"token":"${secret:GIVEN}"}`, ""},
		{"a secret of the configuration", `"setting":{"port":81}`, `"setting":{"port":81,"token":"${secret:CLIENT_DB_1_SETTING_PASSWORD}"}`, ""},
		{"a secret under another name", `"hunter22"`, `"${secret:OTHER}"`, ""},
		{"an example", `"setting":{"port":81}`, `"setting":{"port":81},"test":{"token":"${secret:NOBODY}"}`, ""},
	}
	given := func(name string) (string, bool) { return "value", name == "GIVEN" }
	_, have := all(t, whole, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := strings.Replace(whole, tt.old, tt.new, 1)
			if tt.old != "" && config == whole {
				t.Fatalf("%s is not in the configuration", tt.old)
			}
			g, after := all(t, config, Options{Secret: given})
			var got []string
			for _, f := range g.kinds.Review(have, after) {
				got = append(got, fmt.Sprintf("%v %s: %s", f.Key, f.Pointer, f.Text))
			}
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReviewOfRealConfigurations finds no fault with what the product exported.
func TestReviewOfRealConfigurations(t *testing.T) {
	for _, path := range samples(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			g, rs := all(t, text(t, path), Options{})
			if got := g.kinds.Review(rs, rs); got != nil {
				t.Errorf("findings = %v, want none", got)
			}
		})
	}
}
