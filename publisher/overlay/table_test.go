package overlay_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApply(t *testing.T) {
	const orders = `"displayName":"Orders","path":"orders"`
	for _, test := range []struct {
		name, file string
		want       map[string]string
	}{
		{"nothing", "", map[string]string{}},
		{"keys without values", "apis:\nbackends: []\n", map[string]string{}},
		{"settings", "apimServiceName: prod\nx: y\n", map[string]string{}},
		{"a scalar", "backends:\n- name: orders\n  properties: {url: 'https://prod.example.com', credentials: ~}\n",
			map[string]string{"backend orders": `{"protocol":"http","url":"https://prod.example.com"}`}},
		{"an object is merged, a list replaced", "backends:\n- name: orders\n  properties:\n    credentials:\n      header:\n        y: ['2', '3']\n",
			map[string]string{"backend orders": `{"credentials":{"header":{"x-key":["{{password}}"],"y":["2","3"]}},"protocol":"http","url":"https://dev.example.com"}`}},
		{"names of properties in another case", "backends:\n- name: orders\n  Properties: {URL: x, CREDENTIALS: ~, TLS: {validatecertificatechain: false}}\n",
			map[string]string{"backend orders": `{"protocol":"http","tls":{"validateCertificateChain":false},"url":"x"}`}},
		{"the name of a resource in another case", "namedvalues:\n- name: LIMIT\n  properties: {value: '90'}\n",
			map[string]string{"named value limit": `{"displayName":"limit","tags":["a","b"],"value":"90"}`}},
		{"types stay", "diagnostics:\n- name: applicationinsights\n  properties: {loggerId: ~, sampling: {percentage: 12.5}, logClientIp: true, since: 2024-05-01}\n",
			map[string]string{"diagnostic applicationinsights": `{"logClientIp":true,"sampling":{"percentage":12.5,"samplingType":"fixed"},"since":"2024-05-01","verbosity":"verbose"}`}},
		{"an id of the service itself", "diagnostics:\n- name: applicationinsights\n  properties:\n    loggerId: /subscriptions/0/resourceGroups/rg/providers/Microsoft.ApiManagement/service/prod/loggers/prod\n    sampling: ~\n",
			map[string]string{"diagnostic applicationinsights": `{"loggerId":"/loggers/prod","verbosity":"verbose"}`}},
		{"tokens", "namedValues:\n- name: password\n  properties: {value: '{#secret#}'}\n- name: limit\n  properties: {value: 'a {#[limit]#} b {# stage #} c ${env:stage}', tags: ['{#limit#}']}\n",
			map[string]string{
				"named value password": `{"displayName":"password","secret":true,"value":"hunter\"2{#limit#}"}`,
				"named value limit":    `{"displayName":"limit","tags":["90"],"value":"a 90 b prod c prod"}`}},
		{"a named value reference is no token", "namedValues:\n- name: limit\n  properties: {value: '{{secret}} {#} #}', tags: ~}\n",
			map[string]string{"named value limit": `{"displayName":"limit","value":"{{secret}} {#} #}"}`}},
		{"an API, and its revisions by its name", "apis:\n- name: orders\n  properties: {serviceUrl: https://prod.example.com, apiRevision: '7', ISCURRENT: true}\n",
			map[string]string{
				"api orders":       `{` + orders + `,"serviceUrl":"https://prod.example.com"}`,
				"api orders;rev=2": `{"apiRevision":"2",` + orders + `,"serviceUrl":"https://prod.example.com"}`}},
		{"a revision by its own name", "apis:\n- name: orders\n  properties: {serviceUrl: a}\n- name: Orders;rev=2\n  properties: {serviceUrl: b}\n",
			map[string]string{
				"api orders":       `{` + orders + `,"serviceUrl":"a"}`,
				"api orders;rev=2": `{"apiRevision":"2",` + orders + `,"serviceUrl":"b"}`}},
		{"what an API owns", "apis:\n- name: orders\n  diagnostics:\n  - name: applicationinsights\n    properties: {loggerId: /loggers/prod}\n  operations:\n  - name: place\n    policies:\n    - name: policy\n      properties: {format: rawxml, value: <prod/>}\n",
			map[string]string{
				"api diagnostic orders/applicationinsights": `{"loggerId":"/loggers/prod"}`,
				"api operation policy orders/place/policy":  `{"format":"rawxml","value":"\u003cprod/\u003e"}`}},
		{"the policy of the service, in the older dialect", "servicePolicies:\n- name: policy\n  properties: {Value: <prod/>}\n",
			map[string]string{"policy policy": `{"format":"rawxml","value":"\u003cprod/\u003e"}`}},
		{"below a workspace", "workspaces:\n- name: team\n  namedValues:\n  - name: crm\n    properties: {value: '2'}\n  apis:\n  - name: crm\n    policies:\n    - name: policy\n      properties: {value: <prod/>}\n",
			map[string]string{
				"workspace named value team/crm":       `{"displayName":"crm","value":"2"}`,
				"workspace api policy team/crm/policy": `{"format":"rawxml","value":"\u003cprod/\u003e"}`}},
		{"a format alone", "policies:\n- name: policy\n  properties:\n    format: rawxml\n", map[string]string{}},
		{"patches", "namedValues:\n- name: limit\n  patch:\n  - {op: replace, path: /properties/value, value: '{#limit#}'}\n  - {op: add, path: /properties/tags/0, value: z}\n  - {op: remove, path: /properties/tags/1}\n  - {op: add, path: /properties/tags/-, value: y}\n",
			map[string]string{"named value limit": `{"displayName":"limit","tags":["b","y","z"],"value":"90"}`}},
		{"a patch of what is a default", "apis:\n- name: orders\n  patch:\n  - {op: replace, path: /properties/subscriptionRequired, value: false}\n- name: orders;rev=2\n",
			map[string]string{"api orders": `{` + orders + `,"serviceUrl":"https://dev.example.com","subscriptionRequired":false}`}},
		{"a patch after the merge, with a slash in its path", "backends:\n- name: orders\n  properties: {credentials: {header: {a/b: [x]}, query: ~}}\n  patch:\n  - {op: remove, path: /properties/credentials/header/a~1b}\n  - {op: remove, path: /properties/credentials/header/y}\n",
			map[string]string{"backend orders": `{"credentials":{"header":{"x-key":["{{password}}"]}},"protocol":"http","url":"https://dev.example.com"}`}},
		{"anchors and merges", "x: &x {url: u, credentials: ~}\nbackends:\n- name: orders\n  properties: {<<: *x, protocol: soap}\n",
			map[string]string{"backend orders": `{"protocol":"soap","url":"u"}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := changed(t, test.file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("changed (-want +got):\n%s", d)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"an unknown key", "api: []\n", `f.yaml:1: unknown key "api"; did you mean apis?`},
		{"an unknown key of an entry", "apis:\n- name: orders\n  propertes: {}\n", `f.yaml:3: unknown key "propertes" of api; did you mean properties?`},
		{"a field in the wrong place", "apis:\n- name: orders\n  serviceUrl: x\n", `f.yaml:3: unknown key "serviceUrl" of api; a field of the payload belongs below properties`},
		{"a filter", "apis:\n- orders\n", "f.yaml:2: want a mapping with a name and what to change; a list of names is a filter, which is for the extractor"},
		{"no name", "apis:\n- properties: {}\n", "f.yaml:2: the entry has no name"},
		{"a mapping as name", "apis:\n- name: {a: b}\n", "f.yaml:2: a name must be a text"},
		{"a name twice", "apis:\n- name: orders\n- name: ORDERS\n", `f.yaml:3: "ORDERS" is also in line 2`},
		{"a kind twice", "policies: []\nservicePolicies: []\n", `f.yaml:2: key "servicePolicies" means the same as "policies" in line 1`},
		{"no list", "apis: {name: orders}\n", "f.yaml:1: apis needs a list, each with a name"},
		{"properties that are none", "apis:\n- name: orders\n  properties: [a]\n", "f.yaml:3: properties must hold keys and values"},
		{"another format", "policies:\n- name: policy\n  properties:\n    format: xml-link\n    value: https://example.com\n", "f.yaml:2: properties.format must be rawxml: the value is sent as that"},
		{"a policy that is no text", "policies:\n- name: policy\n  properties: {value: [a]}\n", "f.yaml:2: properties.value must be a text"},
		{"a token without a value", "namedValues:\n- name: limit\n  properties:\n    value: x{#nobody#}\n", "f.yaml:4: token {#nobody#} has no value: set nobody in the environment"},
		{"an unknown operation", "apis:\n- name: orders\n  patch: [{op: move, path: /a}]\n", "f.yaml:3: op of a patch must be one of add, remove, replace"},
		{"a patch without a path", "apis:\n- name: orders\n  patch: [{op: remove}]\n", "f.yaml:3: the patch has no path"},
		{"a path without a slash", "apis:\n- name: orders\n  patch: [{op: remove, path: a}]\n", "f.yaml:3: a path starts with a slash: /properties/url"},
		{"a patch without a value", "apis:\n- name: orders\n  patch: [{op: add, path: /a}]\n", "f.yaml:3: the patch has no value"},
		{"an unknown key of a patch", "apis:\n- name: orders\n  patch: [{op: add, path: /a, valeu: 1, value: 2}]\n", `f.yaml:3: unknown key "valeu" of a patch; did you mean value?`},
		{"a patch of what is not there", "namedValues:\n- name: limit\n  patch:\n  - {op: remove, path: /properties/nothing}\n", "f.yaml:4: patch named value limit: remove /properties/nothing: there is nothing at this path"},
		{"a patch below a text", "namedValues:\n- name: limit\n  patch:\n  - {op: add, path: /properties/value/x, value: 1}\n", "f.yaml:4: patch named value limit: add /properties/value/x: there is nothing at this path"},
		{"a patch past the end of a list", "namedValues:\n- name: limit\n  patch:\n  - {op: add, path: /properties/tags/3, value: 1}\n", "f.yaml:4: patch named value limit: add /properties/tags/3: there is nothing at this path"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := changed(t, test.file)
			if err == nil || err.Error() != test.want {
				t.Errorf("error = %v, want %s", err, test.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	_, warnings, err := changed(t, `namedValues:
- name: limits
  properties: {value: '1'}
apis:
- name: orders
  properties: {apiRevision: '3', path: x}
  operations:
  - name: plac
    policies:
    - name: policy
      properties: {value: x}
  - name: place
- name: nothing is changed of it
workspaces:
- name: teem
  properties: {description: x}
loggers:
- name: [the name goes here]
  properties: {description: x}
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.Error())
	}
	want := []string{
		"f.yaml:5: properties.apiRevision is not overridden: which one it is says the tree alone",
		"f.yaml:18: a name must be a text: a list names nothing, and the entry has no effect",
		"f.yaml:2: there is no named value limits to override: nothing is made of it; did you mean limit?",
		"f.yaml:10: there is no api operation policy orders/plac/policy to override: nothing is made of it",
		"f.yaml:15: there is no workspace teem to override: nothing is made of it",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("warnings (-want +got):\n%s", d)
	}
}
