package apim

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestStandIn(t *testing.T) {
	checks, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, kind string
		have, want map[string]any // below properties
	}{
		{"secret named value", "named value", map[string]any{"secret": true}, map[string]any{"secret": true, "value": standInValue}},
		{"one with a value", "named value", map[string]any{"secret": true, "value": "x"}, map[string]any{"secret": true, "value": "x"}},
		{"one in a key vault", "named value", map[string]any{"secret": true, "keyVault": map[string]any{}}, map[string]any{"secret": true, "keyVault": map[string]any{}}},
		{"plain named value", "workspace named value", map[string]any{}, map[string]any{}},
		{"in a workspace", "workspace named value", map[string]any{"secret": true}, map[string]any{"secret": true, "value": standInValue}},
		{"identity provider", "identity provider", map[string]any{"clientId": "a"}, map[string]any{"clientId": "a", "clientSecret": standInValue}},
		{"certificate", "certificate", map[string]any{}, map[string]any{"data": standInValue}},
		{"certificate in a key vault", "certificate", map[string]any{"keyVault": map[string]any{}}, map[string]any{"keyVault": map[string]any{}}},
		{"backend without credentials", "backend", map[string]any{}, map[string]any{}},
		{
			"backend with a scheme", "backend", map[string]any{"credentials": map[string]any{"authorization": map[string]any{"scheme": "Basic"}}},
			map[string]any{"credentials": map[string]any{"authorization": map[string]any{"scheme": "Basic", "parameter": standInValue}}},
		},
		{
			"logger of another service", "logger", map[string]any{"credentials": map[string]any{"instrumentationKey": "{{" + generated + "1}}"}},
			map[string]any{"credentials": map[string]any{"instrumentationKey": standInValue}},
		},
		{
			"logger with a reference", "logger", map[string]any{"credentials": map[string]any{"instrumentationKey": "{{key}}"}},
			map[string]any{"credentials": map[string]any{"instrumentationKey": "{{key}}"}},
		},
		{"workspace that git implies", "workspace", map[string]any{}, map[string]any{"displayName": standInValue}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &gateway.Resource{Key: gateway.NewKey(tt.kind, "w", "x"), Spec: map[string]any{"properties": tt.have}}
			checks.StandIn(r)
			if diff := cmp.Diff(r.Spec["properties"], any(tt.want)); diff != "" {
				t.Errorf("payload (-got +want):\n%s", diff)
			}
		})
	}
}

func TestNameless(t *testing.T) {
	for template, want := range map[string]string{
		"/a/{b}/c/{d}": "/a/{}/c/{}", "/a": "/a", "/{*rest}": "/{}", "/a?b={c}": "/a?b={}", "/open{": "/open{}", "": "",
	} {
		if got := nameless(template); got != want {
			t.Errorf("nameless(%q) = %q, want %q", template, got, want)
		}
	}
}

func TestDefinesOperation(t *testing.T) {
	tests := []struct {
		name, spec, operation string
		want                  bool
	}{
		{"no definition", "", "get-a", false},
		{"by id", "get: {operationId: get-A,", "geta", true},
		{"another", "get: {operationId: get-b,", "get-a", false},
		{"without an id", "get: {", "get-a", true},
		{"not readable", "not: [", "get-a", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := &gateway.Resource{Key: gateway.NewKey("api", "a")}
			switch tt.spec {
			case "":
			case "not: [":
				api.Files = map[string][]byte{"specification.yaml": []byte(tt.spec)}
			default:
				text := "openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    " + tt.spec + " responses: {'200': {description: ok}}}\n"
				api.Files = map[string][]byte{"specification.yaml": []byte(text)}
			}
			if got := definesOperation(api, tt.operation); got != tt.want {
				t.Errorf("definesOperation(%s) = %t, want %t", tt.operation, got, tt.want)
			}
		})
	}
}
