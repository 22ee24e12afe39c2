package validate_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/internal/validate"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
)

func options(t testing.TB) validate.Options {
	t.Helper()
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	checks, err := apim.Checks()
	if err != nil {
		t.Fatal(err)
	}
	return validate.Options{Kinds: kinds, Checks: checks}
}

// tree returns a tree of these files.
func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// found returns findings in one line each.
func found(r *validate.Report) []string {
	var lines []string
	for _, f := range r.Findings {
		key := ""
		if !f.Key.IsZero() {
			key = " (" + f.Key.String() + ")"
		}
		lines = append(lines, fmt.Sprintf("%s:%d: %s %s: %s%s", f.File, f.Line, f.Severity, f.Rule, f.Text, key))
	}
	return lines
}

const orders = `{
  "properties": {
    "displayName": "Orders",
    "path": "orders"
  }
}
`

func TestRun(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		set   func(*validate.Options)
		want  []string
	}{
		{name: "nothing wrong", files: map[string]string{"apis/orders/apiInformation.json": orders}},
		{
			name: "files that cannot be read, all of them",
			files: map[string]string{
				"apis/orders/apiInformation.json":           "{\n  \"properties\": {,\n}\n",
				"tags/a/tagInformation.json":                "[]",
				"backends/b/backendInformation.json":        "{\"properties\": {\"url\": \"https://a.example.com\", \"protocol\": \"\xff\"}}",
				"version sets/v/versionSetInformation.json": `{"properties": {"displayName": "V", "versioningScheme": "Segment"}}`,
				"versionSets/v/versionSetInformation.json":  `{"properties": {"displayName": "W", "versioningScheme": "Segment"}}`,
				"products/p/productinformation.json":        "{}",
				"named values/n/namedValueInformation.":     "{}",
			},
			want: []string{
				"apis/orders/apiInformation.json:2: error unreadable: invalid character ',' looking for beginning of object key string (api orders)",
				"backends/b/backendInformation.json:1: error unreadable: not valid UTF-8 (backend b)",
				"products/p/productinformation.json:0: warning unused-file: not used: to be a product's it must be spelt productInformation.json",
				"tags/a/tagInformation.json:1: error unreadable: want a JSON object (tag a)",
				"version sets/v/versionSetInformation.json:0: error kept-twice: decode version set v: version sets/v/versionSetInformation.json and versionSets/v/versionSetInformation.json say different things: keep one of them (version set v)",
			},
		},
		{
			name:  "two folders that are one",
			files: map[string]string{"tags/a/tagInformation.json": "{}", "tags/A/tagInformation.json": "{}"},
			want:  []string{"tags/a:0: error kept-twice: tags/A and tags/a: the same folder on a disk that ignores case: rename one or exclude it"},
		},
		{
			name: "schema",
			files: map[string]string{
				"apis/orders/apiInformation.json": "{\n  \"properties\": {\n    \"displayname\": \"Orders\",\n    \"type\": \"htp\",\n    \"subscriptionRequired\": \"yes\",\n" +
					"    \"protocols\": [\n      \"https\",\n      \"gopher\"\n    ],\n    \"apiVersion\": \"" + strings.Repeat("1", 101) + "\"\n  }\n}\n",
				"subscriptions/s/subscriptionInformation.json":        "{\"properties\": {\"displayName\": \"S\", \"scope\": \"/apis/orders\", \"state\": \"actve\"}}",
				"policy fragments/a b/policyFragmentInformation.json": "{\"properties\": {}}",
				"policy fragments/a b/policy.xml":                     "<fragment/>",
				"backends/b/backendInformation.json":                  "{\n\"properties\": {\n\"pool\": {\"services\": [\n{\"id\": \"/backends/b\",\n\"weight\": 101},\n{}]},\n\"credentials\": {\"header\": {\"x\": [\"{{y}}\"]}}}}",
				"named values/y/namedValueInformation.json":           "{\"properties\": {\"displayName\": \"y\", \"value\": \"{{\"}}",
				"version sets/v/versionSetInformation.json":           "{}",
			},
			want: []string{
				`apis/orders/apiInformation.json:2: error schema-required: properties.path is required (api orders)`,
				`apis/orders/apiInformation.json:3: warning schema-unknown-field: properties.displayname is not a field that the api is known to have; did you mean displayName? (api orders)`,
				`apis/orders/apiInformation.json:4: warning schema-known-value: properties.type must be one of http, soap, websocket, graphql, odata, grpc, mcp; did you mean http? (api orders)`,
				`apis/orders/apiInformation.json:5: error schema-type: properties.subscriptionRequired must be true or false (api orders)`,
				`apis/orders/apiInformation.json:6: warning schema-known-value: properties.protocols[0] must be one of http, https, ws, wss (api orders)`,
				`apis/orders/apiInformation.json:10: error schema-value: properties.apiVersion has 101 characters and must have at most 100 (api orders)`,
				`backends/b/backendInformation.json:5: error schema-value: properties.pool.services[0].weight must be from 0 to 100 (backend b)`,
				`backends/b/backendInformation.json:6: error schema-required: properties.pool.services[1].id is required (backend b)`,
				`policy fragments/a b/policyFragmentInformation.json:0: error name: the name of the policy fragment does not match (^[\w]+$)|(^[\w][\w\-]+[\w]$) (policy fragment a b)`,
				`subscriptions/s/subscriptionInformation.json:1: error schema-value: properties.state must be one of suspended, active, expired, submitted, rejected, cancelled; did you mean active? (subscription s)`,
				`version sets/v/versionSetInformation.json:1: error schema-required: properties.displayName is required (version set v)`,
				`version sets/v/versionSetInformation.json:1: error schema-required: properties.versioningScheme is required (version set v)`,
			},
		},
		{
			name: "references",
			files: map[string]string{
				"apis/orders/apiInformation.json":                       "{\n\"properties\": {\"displayName\": \"Orders\", \"path\": \"orders\",\n\"apiVersionSetId\": \"/apiVersionSets/gone\"}}",
				"apis/orders/specification.yaml":                        "openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get: {operationId: get-A, responses: {'200': {description: ok}}}\n",
				"apis/orders/operations/geta/policy.xml":                "<policies><inbound><base/></inbound></policies>",
				"apis/orders/operations/nope/policy.xml":                "<policies>\n<inbound>\n<include-fragment fragment-id='gone'/>{{gone}}</inbound></policies>",
				"apis/orders/policy.xml":                                "<policies><inbound><set-body template=\"liquid\">{{body.gone}}</set-body></inbound></policies>",
				"products/none/apis/orders/productApiInformation.json":  "{}",
				"products/p/productInformation.json":                    `{"properties": {"displayName": "P"}}`,
				"products/p/apis/lost/productApiInformation.json":       "{}",
				"products/p/groups/guests/productGroupInformation.json": "{}",
				"apis/lone;rev=2/apiInformation.json":                   `{"properties": {"displayName": "Lone", "path": "lone", "apiRevision": "2"}}`,
				"workspaces/w/apis/inner/apiInformation.json":           `{"properties": {"displayName": "Inner", "path": "inner"}}`,
				"workspaces/w/tags/t/apis/inner/tagApiInformation.json": "{}",
				"workspaces/w/tags/t/tagInformation.json":               `{"properties": {"displayName": "t"}}`,
				"diagnostics/azuremonitor/diagnosticInformation.json":   "{\"properties\": {\n\"loggerId\": \"/loggers/far\"}}",
			},
			want: []string{
				`apis/lone;rev=2/apiInformation.json:1: error reference: mentions the api "lone", which the tree does not hold (api lone;rev=2)`,
				`apis/orders/apiInformation.json:3: error reference: refers to the version set gone, which the tree does not hold (api orders)`,
				`apis/orders/operations/nope/policy.xml:0: error reference: refers to the api operation orders/nope, which the tree does not hold (api operation policy orders/nope/policy)`,
				`apis/orders/operations/nope/policy.xml:3: error reference: mentions the named value "gone", which the tree does not hold (api operation policy orders/nope/policy)`,
				`apis/orders/operations/nope/policy.xml:3: error reference: mentions the policy fragment "gone", which the tree does not hold (api operation policy orders/nope/policy)`,
				`diagnostics/azuremonitor/diagnosticInformation.json:2: error reference: refers to the logger far, which the tree does not hold (diagnostic azuremonitor)`,
				`products/none/apis/orders/productApiInformation.json:0: error reference: refers to the product none, which the tree does not hold (product api none/orders)`,
				`products/p/apis/lost/productApiInformation.json:0: error reference: refers to the api lost, which the tree does not hold (product api p/lost)`,
			},
		},
		{
			name: "references to what is left out, and elsewhere",
			files: map[string]string{
				"apis/orders/apiInformation.json":                     orders,
				"apis/orders/policy.xml":                              "<policies><inbound><set-backend-service backend-id='b'/>{{gone}}</inbound></policies>",
				"diagnostics/azuremonitor/diagnosticInformation.json": `{"properties": {"loggerId": "/loggers/far"}}`,
			},
			set: func(o *validate.Options) {
				o.Lenient = true
				o.Skip = func(k gateway.Key) bool { return k.Kind == "backend" || k.Kind == "logger" }
			},
			want: []string{`apis/orders/policy.xml:1: warning reference: mentions the named value "gone", which the tree does not hold (api policy orders/policy)`},
		},
		{
			name: "what is claimed twice",
			files: map[string]string{
				"apis/a/apiInformation.json":                             orders,
				"apis/b/apiInformation.json":                             strings.Replace(orders, `"orders"`, `"Orders"`, 1),
				"apis/b;rev=2/apiInformation.json":                       strings.Replace(orders, `"path"`, `"apiRevision": "2", "path"`, 1),
				"apis/c/apiInformation.json":                             strings.Replace(orders, `"path"`, `"apiVersion": "v1", "path"`, 1),
				"apis/a/operations/x/operationInformation.json":          "{\"properties\": {\"displayName\": \"x\",\n\"method\": \"GET\", \"urlTemplate\": \"/a/{b}\", \"templateParameters\": [{\"name\": \"b\", \"type\": \"string\", \"required\": true}]}}",
				"apis/a/operations/y/operationInformation.json":          "{\"properties\": {\"displayName\": \"y\",\n\"method\": \"get\", \"urlTemplate\": \"/a/{c}\", \"templateParameters\": [{\"name\": \"c\", \"type\": \"string\", \"required\": true}]}}",
				"apis/d/apiInformation.json":                             strings.Replace(orders, `"orders"`, `"d"`, 1),
				"apis/d/specification.json":                              `{"openapi": "3.0.1", "info": {"title": "a", "version": "1"}, "paths": {"/a/{b}": {"get": {"operationId": "a-b", "responses": {}}}, "/a/{c}": {"get": {"operationId": "A_B", "responses": {}}}}}`,
				"named values/one/namedValueInformation.json":            `{"properties": {"displayName": "same", "value": "a"}}`,
				"named values/two/namedValueInformation.json":            "{\"properties\": {\n\"displayName\": \"same\", \"value\": \"b\"}}",
				"workspaces/w/named values/o/namedValueInformation.json": `{"properties": {"displayName": "same", "value": "a"}}`,
			},
			want: []string{
				`apis/a/operations/y/operationInformation.json:0: error duplicate: GET /a/{} belongs to the api operation a/x as well (api operation a/y)`,
				`apis/b/apiInformation.json:4: error duplicate: path "orders" belongs to the api a as well (api b)`,
				`apis/d/specification.json:0: error duplicate: GET /a/{b} and GET /a/{c} answer to the same requests (api d)`,
				`apis/d/specification.json:0: error duplicate: GET /a/{b} and GET /a/{c} have the operation id "A_B" (api d)`,
				`named values/two/namedValueInformation.json:2: error duplicate: properties.displayName "same" belongs to the named value one as well (named value two)`,
			},
		},
		{
			name: "policies and definitions",
			files: map[string]string{
				"policy.xml": "<policies>\n  <inbound>\n    <base />\n</policies>\n",
				"policy fragments/f/policyFragmentInformation.json": "{}",
				"policy fragments/f/policy.xml":                     "\n<policies/>",
				"apis/orders/apiInformation.json":                   orders,
				"apis/orders/specification.yaml":                    "openapi: 3.0.1\ninfo:\n  title: [\n",
				"apis/good/apiInformation.json":                     strings.Replace(orders, `"orders"`, `"good"`, 1),
				"apis/good/policy.xml":                              "<policies><inbound><choose><when condition=\"@(1 < 2 && \"a\" != \"b\")\"/></choose></inbound></policies>",
			},
			want: []string{
				`apis/orders/specification.yaml:3: error definition: did not find expected node content (api orders)`,
				`policy fragments/f/policy.xml:2: error policy-xml: the root element is <policies> and must be <fragment> (policy fragment f)`,
				`policy.xml:4: error policy-xml: </policies> stands where <inbound> of line 2 is open (policy policy)`,
			},
		},
		{
			name: "tokens and placeholders",
			files: map[string]string{
				"apis/orders/apiInformation.json": strings.Replace(orders, `"Orders"`, `"Orders", "serviceUrl": "https://{#[HOST]#}/REPLACE_ME"`, 1),
				"apis/orders/policy.xml":          "<policies>\n<inbound>{#TOKEN#}\n&lt;your-key&gt;</inbound></policies>",
				"apis/orders/specification.yaml":  "openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths: {}\nx: '${env:HOST}'\n",
			},
			want: []string{
				`apis/orders/apiInformation.json:3: warning placeholder: properties.serviceUrl holds a placeholder (api orders)`,
				`apis/orders/apiInformation.json:3: error token: properties.serviceUrl holds the token {#[HOST]#} (api orders)`,
				`apis/orders/policy.xml:2: error token: holds the token {#TOKEN#} (api policy orders/policy)`,
				`apis/orders/policy.xml:3: warning placeholder: holds a placeholder (api policy orders/policy)`,
				`apis/orders/specification.yaml:4: error token: holds the token ${env:HOST} (api orders)`,
			},
		},
		{
			name: "secrets",
			files: map[string]string{
				"named values/s/namedValueInformation.json": "{\"properties\": {\"displayName\": \"s\",\n\"secret\": true,\n\"value\": \"hush-hush\"}}",
				"named values/t/namedValueInformation.json": `{"properties": {"displayName": "t", "value": "DefaultEndpointsProtocol=https;AccountKey=hush-hush;"}}`,
				"named values/v/namedValueInformation.json": `{"properties": {"displayName": "v", "secret": true, "keyVault": {"secretIdentifier": "https://v.example.com/secrets/a"}}}`,
				"backends/b/backendInformation.json":        "{\"properties\": {\"url\": \"https://someone:hush-hush@a.example.com\", \"protocol\": \"http\", \"credentials\": {\n\"header\": {\n\"x-key\": [\"{{v}}\",\n\"hush-hush\"]}}}}",
				"policy.xml": "<policies>\n<inbound>\n<set-header name=\"Authorization\"><value>Basic aHVzaDpodXNoaHVzaA==</value></set-header>\n<set-header name=\"Authorization\"><value>Bearer {{v}}</value></set-header>\n" +
					"<set-query-parameter name=\"code\">\n<value>hush-hush-hush</value></set-query-parameter>\n<authentication-basic username=\"a\" password=\"hush-hush\"/>\n<authentication-basic username=\"a\" password=\"{{v}}\"/></inbound></policies>",
			},
			want: []string{
				`backends/b/backendInformation.json:1: warning secret-like: properties.url holds what looks like a password in an address: *** (backend b)`,
				`backends/b/backendInformation.json:4: error secret: properties.credentials.header.x-key[1] holds a secret in clear text: *** (backend b)`,
				`named values/s/namedValueInformation.json:3: error secret: properties.value holds a secret in clear text: *** (named value s)`,
				`named values/t/namedValueInformation.json:1: warning secret-like: properties.value holds what looks like a connection string with its key: *** (named value t)`,
				`policy.xml:3: warning secret-like: holds what looks like a key in a header or a query parameter: *** (policy policy)`,
				`policy.xml:3: warning secret-like: holds what looks like an authorization header: *** (policy policy)`,
				`policy.xml:7: warning secret-like: holds what looks like a password: *** (policy policy)`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t)
			o.Tree = tree(tt.files)
			if tt.set != nil {
				tt.set(&o)
			}
			r, err := validate.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			got := found(r)
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("findings (-got +want):\n%s", diff)
			}
			if text := strings.Join(got, "\n"); strings.Contains(text, "hush") {
				t.Errorf("findings show a secret:\n%s", text)
			}
		})
	}
}

// overrides reads a file of overrides in which the token HOST has a value.
func overrides(t *testing.T, kinds *gateway.Kinds, text string) *overlay.Overlay {
	t.Helper()
	o, _, err := overlay.Parse(kinds, "prod.yaml", []byte(text), overlay.Options{
		Open: true, Env: func(name string) (string, bool) { return "a.example.com", name == "HOST" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOverrides(t *testing.T) {
	o := options(t)
	o.Tree = tree(map[string]string{
		"backends/b/backendInformation.json":        `{"properties": {"url": "https://{#HOST#}", "protocol": "http"}}`,
		"backends/c/backendInformation.json":        `{"properties": {"url": "https://c.example.com", "protocol": "http"}}`,
		"backends/d/backendInformation.json":        `{"properties": {"url": "https://d.example.com", "protocol": "http"}}`,
		"named values/s/namedValueInformation.json": `{"properties": {"displayName": "s", "secret": true}}`,
	})
	o.Overrides = overrides(t, o.Kinds, `
backends:
  - {name: b, properties: {url: 'https://{#HOST#}'}}
  - {name: c, properties: {url: 'https://{#PORT#}', protocol: 7}}
  - {name: d, patch: [{op: replace, path: /properties/none, value: x}]}
namedValues:
  - {name: s, properties: {value: hush-hush}}
`)
	r, err := validate.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"backends/c/backendInformation.json:0: warning token-without-value: properties.url is overridden with the token {#PORT#}, which has no value here (backend c)",
		"backends/c/backendInformation.json:1: error schema-type: properties.protocol must be a text (backend c)",
		"backends/d/backendInformation.json:0: error override: prod.yaml:5: patch backend d: replace /properties/none: there is nothing at this path (backend d)",
	}
	if diff := cmp.Diff(found(r), want); diff != "" {
		t.Errorf("findings (-got +want):\n%s", diff)
	}
}

// TestNothingWrong makes services by chance that a gateway takes, and looks for
// what is said against them.
func TestNothingWrong(t *testing.T) {
	o := options(t)
	resources := 0
	for seed := range uint64(25) {
		rs := apimtest.Random(rand.New(rand.NewPCG(7, seed)), o.Kinds)
		for _, r := range rs {
			r.Spec = o.Kinds.Public(o.Kinds.Get(r.Key.Kind), r.Spec)
		}
		files, err := artifacts.EncodeAll(o.Kinds, rs, nil)
		if err != nil {
			continue // names that share a folder
		}
		m := fstest.MapFS{}
		for name, text := range files.Write {
			m[name] = &fstest.MapFile{Data: text}
		}
		o.Tree = m
		r, err := validate.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		resources += r.Resources
		for _, line := range found(r) {
			if !strings.Contains(line, " warning schema-") { // fields and values of newer versions
				t.Errorf("seed %d: %s", seed, line)
			}
		}
	}
	if resources < 300 {
		t.Errorf("judged %d resources, want some hundreds", resources)
	}
}

// large writes a tree of that many files.
func large(b *testing.B, files int) fs.FS {
	dir := b.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			b.Fatal(err)
		}
	}
	for i := range files / 4 {
		api := fmt.Sprintf("apis/api%d/", i)
		write(api+"apiInformation.json", strings.Replace(orders, `"orders"`, fmt.Sprintf(`"path%d"`, i), 1))
		write(api+"policy.xml", "<policies><inbound><set-header name=\"a\"><value>@(1 < 2 ? \"x\" : \"y\")</value></set-header></inbound></policies>")
		write(api+"specification.yaml", "openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get: {operationId: get-a, responses: {'200': {description: ok}}}\n")
		write(fmt.Sprintf("named values/v%d/namedValueInformation.json", i), fmt.Sprintf(`{"properties": {"displayName": "v%d", "value": "x"}}`, i))
	}
	return os.DirFS(dir)
}

func BenchmarkRun(b *testing.B) {
	o := options(b)
	o.Tree = large(b, 20_000)
	for b.Loop() {
		r, err := validate.Run(b.Context(), o)
		if err != nil || len(r.Findings) > 0 {
			b.Fatalf("%v, %d findings, want none", err, len(r.Findings))
		}
	}
}

// TestRulesAreDocumented compares the rules with the page that lists them.
func TestRulesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "validating.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range validate.Rules() {
		if row := fmt.Sprintf("| `%s` | %s | %s | %s |\n", r.ID, r.Severity, r.Title, r.Help); !strings.Contains(string(page), row) {
			t.Errorf("docs/validating.md lacks the row\n%s", row)
		}
	}
}
