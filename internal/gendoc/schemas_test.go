package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/extractor/filterfile"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/settings"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
)

// compiled returns a schema as it is published.
func compiled(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "schemas", name))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON returns what a file in YAML holds, as editors hand it to a schema.
func asJSON(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return plain(v)
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = plain(e)
		}
	case map[any]any:
		m := map[string]any{}
		for k, e := range v {
			m[fmt.Sprint(k)] = plain(e)
		}
		return m
	case []any:
		for i, e := range v {
			v[i] = plain(e)
		}
	case int:
		return json.Number(fmt.Sprint(v))
	case time.Time:
		return v.Format(time.DateOnly)
	}
	return v
}

// read says what the program makes of a file: its settings and its sections.
func read(t *testing.T, program string, text []byte) error {
	t.Helper()
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "configuration.yaml")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	rows, sections := settings.Extractor(), append(kinds.ConfigKeys(""), filterfile.ModeKey)
	if program == "publisher" {
		rows, sections = settings.Publisher(), kinds.ConfigKeys("")
	}
	set, err := config.NewSet(rows, sections...)
	if err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	if err := flags.Parse([]string{"--config=" + name}); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Resolve(flags, nil); err != nil {
		return err
	}
	if program == "publisher" {
		_, _, err = overlay.Parse(kinds, "f", text, overlay.Options{Settings: set.Keys(), Open: true})
		return err
	}
	_, _, err = filterfile.Parse(kinds, "f", text, filterfile.Options{Settings: set.Keys()})
	return err
}

// agree fails unless schema and program both take, or both refuse, a file.
func agree(t *testing.T, s *jsonschema.Schema, program string, text []byte, good bool) {
	t.Helper()
	if err := s.Validate(asJSON(t, text)); (err == nil) != good {
		t.Errorf("the schema takes it: %t, want %t: %v", err == nil, good, err)
	}
	if err := read(t, program, text); (err == nil) != good {
		t.Errorf("the program takes it: %t, want %t: %v", err == nil, good, err)
	}
}

// TestSchemasOfSamples takes each configuration that is in the repository.
func TestSchemasOfSamples(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, test := range []struct{ program, path string }{
		{"extractor", filepath.Join(root, "pipelines", "lockstep", "extractor.yaml")},
		{"publisher", filepath.Join(root, "pipelines", "lockstep", "publisher.yaml")},
		{"extractor", filepath.Join(root, "pipelines", "lockstep", "gateways", "contoso.yaml")},
		{"extractor", filepath.Join(root, "..", "shared", "samples", "configuration.extractor.yaml")},
		{"publisher", filepath.Join(root, "..", "shared", "samples", "configuration.prod.yaml")},
	} {
		t.Run(filepath.Base(test.path), func(t *testing.T) {
			text, err := os.ReadFile(test.path)
			if err != nil && strings.Contains(test.path, "shared") {
				t.Skip("the toolkit's sample is not beside the checkout, so the schema is not tried on it: ", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if test.program == "publisher" { // its placeholders look like lists to YAML
				text = bytes.ReplaceAll(text, []byte("apimServiceName: ["), []byte("apimServiceName: x # ["))
				text = bytes.ReplaceAll(text, []byte("- name: ["), []byte("- name: x # ["))
			}
			agree(t, compiled(t, test.program+".schema.json"), test.program, text, true)
		})
	}
}

// otherGateway finds stories of other products than Azure API Management.
var otherGateway = regexp.MustCompile(`(?m)^(amplify|autoflow) |(--gateway |LOCKSTEP_GATEWAY=)(amplify|autoflow)`)

// TestSchemasOfStories takes the files that stories run the programs with, and
// refuses those that stories have refused.
func TestSchemasOfStories(t *testing.T) {
	refused := []string{"filterfile.txtar/wrong.yaml", "filterfile.txtar/unknown.yaml", "filter_doubts.txtar/unknown.yaml", "overrides.txtar/wrong.yaml",
		"secret_sources.txtar/command.yaml", "secrets.txtar/lockstep.yaml", "toolkit_leftovers.txtar/configuration.prod.yaml", "usage.txtar/lockstep.yaml"}
	n := 0
	for _, program := range []string{"extractor", "publisher"} {
		s := compiled(t, program+".schema.json")
		stories, err := filepath.Glob(filepath.Join("..", "..", "cmd", program, "testdata", "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, story := range stories {
			text, err := os.ReadFile(story)
			if err != nil {
				t.Fatal(err)
			}
			if otherGateway.Match(text) { // whose kinds are not in these schemas
				continue
			}
			for _, part := range strings.Split("\n"+string(text), "\n-- ")[1:] {
				name, content, _ := strings.Cut(part, " --\n")
				if !strings.HasSuffix(name, ".yaml") || !strings.Contains(string(text), "--config "+name) && !strings.Contains(string(text), "CONFIGURATION_YAML_PATH="+name) {
					continue
				}
				n++
				full := filepath.Base(story) + "/" + name
				t.Run(full, func(t *testing.T) { agree(t, s, program, []byte(content), !slices.Contains(refused, full)) })
			}
		}
	}
	if n < 8 {
		t.Errorf("found %d files, want some more: the test does not see them", n)
	}
}

func TestSchemaOfExtractor(t *testing.T) {
	s := compiled(t, "extractor.schema.json")
	for _, test := range []struct {
		name, file string
		good       bool
	}{
		{"nothing", "", true},
		{"names", "apis: [a, 12, 'b*']\ntags:\ngroups: []\n", true},
		{"keys in another case, and of older files", "APIS: [a]\nnamedvaluenames: []\n", true},
		{"settings", "closure: true\nmode: only-listed\nworkers: 3\nlogLevel: DEBUG\ninclude: [api=a]\nlabel: a\ntimeout: 5m\nserviceName:\n", true},
		{"settings of other tools", "apimServiceName: a\nAPI_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH: b\nLogging: {LogLevel: {Default: Debug}}\ndry-run: true\n", true},
		{"below a name", "apis:\n- a: {operations: [], diagnostics: [b]}\n- b: []\n- c:\n- d: {}\n", true},
		{"several names in one entry", "apis:\n- a: []\n  b:\n", true},
		{"an object", "apis:\n- {name: a, operations: []}\n- Name: b\n- name:\n", true},
		{"include and exclude", "apis: {include: ['*'], Exclude: [a]}\n", true},
		{"a workspace", "workspaces:\n- w: {apis: [{a: {releases: []}}], namedValues: [v]}\n", true},
		{"the name of a schema", "$schema: https://example.com/schema.json\napis: [a]\n", true},
		{"a number as key", "apis:\n- 12: []\n", true},

		{"an unknown key", "api: [a]\n", false},
		{"a key of older files below a workspace that has none", "workspaces:\n- w: {apisNames: []}\n", false},
		{"an unknown key below a name", "apis:\n- a: {operation: []}\n", false},
		{"an unknown key of an object", "apis:\n- {name: a, operation: []}\n", false},
		{"a key that is not indented", "apis:\n- a:\n  operations: []\n", false},
		{"no list", "apis: a\n", false},
		{"no name", "apis: [~]\n", false},
		{"an empty name", "apis: ['']\n", false},
		{"a list as name", "apis: [[a]]\n", false},
		{"a list below a name", "apis:\n- a: [b]\n", false},
		{"an unknown key of a list", "apis: {exclud: [a]}\n", false},
		{"below an excluded name", "apis: {exclude: [{a: []}]}\n", false},
		{"below what owns nothing", "namedValues:\n- a: {b: []}\n", false},
		{"an unknown mode", "mode: listed\n", false},
		{"a setting of the wrong type", "workers: many\n", false},
		{"a list for one value", "serviceName: [a]\n", false},
		{"no choice", "logFormat: loud\n", false},
		{"a secret", "bearerToken: a\n", false},
		{"a key of the publisher", "maxDeletes: 3\n", false},
		{"a list", "[a]\n", false},
	} {
		t.Run(test.name, func(t *testing.T) { agree(t, s, "extractor", []byte(test.file), test.good) })
	}
}

func TestSchemaOfPublisher(t *testing.T) {
	s := compiled(t, "publisher.schema.json")
	for _, test := range []struct {
		name, file string
		good       bool
	}{
		{"nothing", "apis:\nbackends: []\n", true},
		{"an entry", "backends:\n- name: a\n  properties: {url: x, credentials: ~}\n", true},
		{"in another case", "Backends:\n- NAME: a\n  Properties: {URL: x}\n", true},
		{"below another", "apis:\n- name: a\n  operations:\n  - name: b\n    policies:\n    - name: policy\n      properties: {format: RawXml, value: <policies/>}\n", true},
		{"of older files", "servicePolicies:\n- name: policy\n", true},
		{"patches", "backends:\n- name: a\n  patch:\n  - {op: remove, path: /properties/url}\n  - {op: add, path: /a, value: ~}\n", true},
		{"tokens", "namedValues:\n- name: a\n  properties: {value: '{#X#}'}\n", true},
		{"settings", "maxDeletes: 3\ndelete: yes\nSTRICT_VALIDATION: false\n", true},

		{"an unknown key", "api: []\n", false},
		{"an unknown key of an entry", "apis:\n- name: a\n  propertes: {}\n", false},
		{"a field of the payload", "apis:\n- name: a\n  serviceUrl: x\n", false},
		{"a filter", "apis: [a]\n", false},
		{"no name", "apis:\n- properties: {}\n", false},
		{"no list", "apis: {name: a}\n", false},
		{"properties that are none", "apis:\n- name: a\n  properties: [a]\n", false},
		{"another format of a policy", "policies:\n- name: policy\n  properties: {format: xml-link}\n", false},
		{"a policy that is no text", "policies:\n- name: policy\n  properties: {value: [a]}\n", false},
		{"a patch without a path", "apis:\n- name: a\n  patch: [{op: remove}]\n", false},
		{"a patch without a value", "apis:\n- name: a\n  patch: [{op: add, path: /a}]\n", false},
		{"a path without a slash", "apis:\n- name: a\n  patch: [{op: remove, path: a}]\n", false},
		{"an unknown operation", "apis:\n- name: a\n  patch: [{op: move, path: /a}]\n", false},
		{"an unknown key of a patch", "apis:\n- name: a\n  patch: [{op: remove, path: /a, form: b}]\n", false},
	} {
		t.Run(test.name, func(t *testing.T) { agree(t, s, "publisher", []byte(test.file), test.good) })
	}
}

// TestSchemaMarksWhatIsTolerated holds that an editor marks what the publisher only warns of.
func TestSchemaMarksWhatIsTolerated(t *testing.T) {
	text := []byte("apis:\n- name: [a]\n") // a placeholder of Azure/apiops, which YAML takes for a list
	if err := compiled(t, "publisher.schema.json").Validate(asJSON(t, text)); err == nil {
		t.Error("the schema takes a list for a name")
	}
	if err := read(t, "publisher", text); err != nil {
		t.Errorf("the program refuses it: %v", err)
	}
}

// TestSamplesNameTheirSchema looks for the line by which editors find a schema.
func TestSamplesNameTheirSchema(t *testing.T) {
	for name, want := range map[string]string{
		"extractor.yaml": "extractor.schema.json", "publisher.yaml": "publisher.schema.json", filepath.Join("gateways", "contoso.yaml"): "extractor.schema.json",
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", "pipelines", "lockstep", name))
		if err != nil {
			t.Fatal(err)
		}
		if line := "# yaml-language-server: $schema=" + schemaURL + want + "\n"; !strings.HasPrefix(string(text), line) {
			t.Errorf("%s does not begin with %q", name, line)
		}
	}
}
