package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	s := Setting{Name: "service-name", Env: []string{"API_MANAGEMENT_SERVICE_NAME"}, Keys: []string{"apimServiceName"}}
	if diff := cmp.Diff(s.EnvNames(), []string{"LOCKSTEP_SERVICE_NAME", "API_MANAGEMENT_SERVICE_NAME"}); diff != "" {
		t.Errorf("EnvNames() (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(s.KeyNames(), []string{"serviceName", "apimServiceName"}); diff != "" {
		t.Errorf("KeyNames() (-got +want):\n%s", diff)
	}
	if got := (Setting{Name: "token", Secret: true}).KeyNames(); got != nil {
		t.Errorf("KeyNames() of a secret = %q, want none", got)
	}
}

func TestNewSetRefuses(t *testing.T) {
	tests := []struct {
		name     string
		settings []Setting
		sections []string
		want     string
	}{
		{"no name", []Setting{{}}, nil, "a name is lower case"},
		{"a name in upper case", []Setting{{Name: "DryRun"}}, nil, "a name is lower case"},
		{"a name with an underscore", []Setting{{Name: "dry_run"}}, nil, "a name is lower case"},
		{"one name twice", []Setting{{Name: "a-b"}, {Name: "a-b"}}, nil, `"a-b" belongs to "a-b"`},
		{"one variable twice", []Setting{{Name: "a", Env: []string{"X_Y"}}, {Name: "b", Env: []string{"x-y"}}}, nil, `"x-y" belongs to "a"`},
		{"one key twice", []Setting{{Name: "a-b"}, {Name: "c", Keys: []string{"AB"}}}, nil, `"AB" belongs to "a-b"`},
		{"a default of another type", []Setting{{Name: "a", Type: Int, Default: "x"}}, nil, "not a whole number"},
		{"a default that is no choice", []Setting{{Name: "a", Choices: []string{"x"}, Default: "y"}}, nil, "not one of x"},
		{"a secret with a default", []Setting{{Name: "a", Secret: true, Default: "x"}}, nil, "a secret has"},
		{"a secret with a key", []Setting{{Name: "a", Secret: true, Keys: []string{"b"}}}, nil, "a secret has"},
		{"a file named by a key", []Setting{{Name: "a", File: true, Keys: []string{"b"}}}, nil, "outside the file"},
		{"a section that is a setting", []Setting{{Name: "apis"}}, []string{"APIs"}, "the name is taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewSet(tt.settings, tt.sections...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewSet() = %v, want an error that contains %q", err, tt.want)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	set := MustSet([]Setting{
		{Name: "service-name", Env: []string{"API_MANAGEMENT_SERVICE_NAME"}, Keys: []string{"apimServiceName"}, Usage: "name of the instance"},
		{Name: "log-level", Short: "l", Default: "info", Choices: []string{"info", "debug"}, Usage: "what to log"},
		{Name: "bearer-token", Secret: true, Usage: "a token | of your own"},
	})
	want := "| Flag | Environment | Key | Default | Meaning |\n" +
		"| --- | --- | --- | --- | --- |\n" +
		"| `--service-name` | `LOCKSTEP_SERVICE_NAME` `API_MANAGEMENT_SERVICE_NAME` | `serviceName` `apimServiceName` |  | name of the instance |\n" +
		"| `--log-level` `-l` | `LOCKSTEP_LOG_LEVEL` | `logLevel` | `info` | what to log: info, debug |\n" +
		"|  | `LOCKSTEP_BEARER_TOKEN` |  |  | a token \\| of your own |\n"
	if diff := cmp.Diff(set.Markdown(), want); diff != "" {
		t.Errorf("Markdown() (-got +want):\n%s", diff)
	}
}
