package apim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// A tape is a sandbox that remembers what was written to it.
type tape struct {
	*sandbox.Server
	mu     sync.Mutex
	writes []write
}

// A write is one request that changed something.
type write struct {
	method, path string // from the service on
	query        string
	body         map[string]any
}

// ServeHTTP implements http.Handler.
func (p *tape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, below, _ := strings.Cut(r.URL.Path, "/service/service/")
		one := write{method: r.Method, path: below, query: r.URL.RawQuery}
		_ = json.Unmarshal(text, &one.body) // what is no JSON has no fields
		p.mu.Lock()
		p.writes = append(p.writes, one)
		p.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(text)))
	}
	p.Server.ServeHTTP(w, r)
}

// taped opens a service of which all writes are remembered.
func taped(t *testing.T, o sandbox.Options) (*apimtest.Service, *tape) {
	t.Helper()
	if o.OperationTime == 0 {
		o.OperationTime = 1
	}
	o.Bare = true
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &tape{Server: s}
	return apimtest.Behind(t, p, "service"), p
}

const (
	openAPIJSON = `{"openapi": "3.0.1", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "fine"}}}}}}`
	openAPI31   = `{"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "fine"}}}}}}`
	swaggerJSON = `{"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "fine"}}}}}}`
	swaggerYAML = "swagger: '2.0'\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {operationId: a, responses: {'200': {description: fine}}}}}\n"
	wadl        = `<application xmlns="http://wadl.dev.java.net/2009/02"><resources base="https://example.com"><resource path="/a"><method name="GET" id="a"/></resource></resources></application>`
	wsdl        = `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="urn:t" targetNamespace="urn:t">
<wsdl:message name="In"/><wsdl:portType name="P"><wsdl:operation name="A"><wsdl:input message="tns:In"/></wsdl:operation></wsdl:portType>
<wsdl:binding name="B" type="tns:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="A"><soap:operation soapAction="urn:a"/></wsdl:operation></wsdl:binding>
<wsdl:service name="S"><wsdl:port name="Port" binding="tns:B"><soap:address location="https://soap.example.com"/></wsdl:port></wsdl:service></wsdl:definitions>`
)

// TestDefinitionsAreToldByTheirContent imports definitions under names that
// tell little or lie.
func TestDefinitionsAreToldByTheirContent(t *testing.T) {
	for name, test := range map[string]struct{ file, text, format, apiType, query string }{
		"OpenAPI 3 in YAML":               {"specification.yaml", orders, "openapi", "", ""},
		"OpenAPI 3 in JSON":               {"specification.json", openAPIJSON, "openapi+json", "", ""},
		"OpenAPI 3 in YAML called JSON":   {"specification.json", orders, "openapi", "", ""},
		"OpenAPI 3 in JSON called YAML":   {"specification.yaml", openAPIJSON, "openapi+json", "", ""},
		"OpenAPI 3.1":                     {"specification.json", openAPI31, "openapi+json", "", ""},
		"Swagger in JSON":                 {"specification.json", swaggerJSON, "swagger-json", "", ""},
		"Swagger in YAML":                 {"specification.yaml", swaggerYAML, "openapi", "", ""},
		"WADL":                            {"specification.wadl", wadl, "wadl-xml", "", "import=true"},
		"WSDL":                            {"specification.wsdl", wsdl, "wsdl", "soap", "import=true"},
		"GraphQL":                         {"specification.graphql", "type Query { a: String }", "", "graphql", ""},
		"OpenAPI 3 after a mark of order": {"specification.json", "\ufeff" + openAPIJSON, "openapi+json", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc, p := taped(t, sandbox.Options{})
			properties := map[string]any{}
			if test.apiType != "" {
				properties["type"] = test.apiType
			}
			want := api("a", "a", "", properties)
			want.Files = map[string][]byte{test.file: []byte(test.text)}
			put(t, svc, want, nil)
			first := p.writes[0]
			got := struct{ format, apiType any }{gateway.Field(first.body, "properties.format"), gateway.Field(first.body, "properties.apiType")}
			if (got.format == nil) != (test.format == "") || got.format != nil && got.format != test.format {
				t.Errorf("format is %v, want %q", got.format, test.format)
			}
			if test.apiType != "" && got.apiType != test.apiType {
				t.Errorf("type is %v, want %q", got.apiType, test.apiType)
			}
			if !strings.Contains(first.query, test.query) {
				t.Errorf("query is %q, want %q in it", first.query, test.query)
			}
			if test.apiType == "graphql" {
				if last := p.writes[len(p.writes)-1]; last.path != "apis/a/schemas/graphql" {
					t.Errorf("the schema went to %q", last.path)
				}
				return
			}
			count := 0
			for _, err := range svc.List(t.Context(), "api operation", want.Key) {
				if err != nil {
					t.Fatal(err)
				}
				count++
			}
			if count != 1 {
				t.Errorf("the API has %d operations, want 1", count)
			}
		})
	}
}

// large returns a definition of at least so many bytes, most of them blanks or
// most of them text.
func large(size int, blanks bool) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo:\n  title: Orders\n  version: '1.0'\npaths:\n")
	fill := strings.Repeat("x", 1000)
	if blanks {
		fill = "fine\n" + strings.Repeat(" ", 1000)
	}
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "  /orders/%d:\n    get:\n      operationId: get-%d\n      responses:\n        '200':\n          description: %s\n", i, i, fill)
	}
	return b.String()
}

// TestLargeDefinitions imports definitions about the size that the service
// takes in a request, and reads them again.
func TestLargeDefinitions(t *testing.T) {
	svc, p := taped(t, sandbox.Options{})
	want := api("orders", "orders", large(5<<20, true), nil)
	put(t, svc, want, nil)
	got := get(t, svc, want.Key)
	for _, c := range svc.Describe().Kinds.Diff(got, want) {
		t.Errorf("%s differs: %.300v", c.Field, c.Lines)
	}
	sent, _ := gateway.Field(p.writes[0].body, "properties.value").(string)
	if format := gateway.Field(p.writes[0].body, "properties.format"); len(sent) > 4<<20 || format != "openapi+json" {
		t.Errorf("sent %d bytes as %v", len(sent), format)
	}

	p.writes = nil
	want = api("more", "more", large(5<<20, false), nil)
	err := svc.Put(t.Context(), want, nil)
	if !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "the service takes 4 MB") {
		t.Errorf("import of too much: %v", err)
	}
	if len(p.writes) > 0 {
		t.Errorf("%d requests were made for what cannot be", len(p.writes))
	}
}

// TestSlowImport waits for an import that takes minutes, and only then writes
// what needs its operations.
func TestSlowImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, _ := taped(t, sandbox.Options{OperationTime: 12 * time.Minute})
		start := time.Now()
		put(t, svc.Unhurried(t), api("orders", "orders", orders, nil), nil)
		if took := time.Since(start); took < 12*time.Minute {
			t.Errorf("the import ended after %v, before the service was done", took)
		}
		policy := &gateway.Resource{Key: gateway.NewKey("api", "orders").Child("api operation", "list-orders").Child("api operation policy", "policy"),
			Spec: map[string]any{"properties": map[string]any{"format": "rawxml", "value": "<policies><inbound /><backend /><outbound /><on-error /></policies>"}}}
		put(t, svc, policy, nil)
	})
}

// TestOperationsAreVerified imports a definition into a service that says it
// is done, and lists no operation.
func TestOperationsAreVerified(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Bare: true, OperationTime: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	svc := apimtest.Behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/operations") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"value": [], "count": 0}`)
			return
		}
		s.ServeHTTP(w, r)
	}), "service")
	err = svc.Put(t.Context(), api("orders", "orders", orders, nil), nil)
	if err == nil || !strings.Contains(err.Error(), "the service has 0 of 1 operations, without GET /orders") {
		t.Errorf("an import that left nothing: %v", err)
	}
}

// TestNamedValuesAreWrittenOneByOne writes several at once: the service checks
// all policies for each, and refuses those that come meanwhile.
func TestNamedValuesAreWrittenOneByOne(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	var now, most atomic.Int32
	synctest.Test(t, func(t *testing.T) {
		svc := apimtest.Behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				defer now.Add(-1)
			}
			s.ServeHTTP(w, r)
		}), "service")
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				name := fmt.Sprintf("v%d", i)
				r := &gateway.Resource{Key: gateway.NewKey("named value", name), Spec: map[string]any{
					"properties": map[string]any{"displayName": name, "value": "x"}}}
				if err := svc.Put(t.Context(), r, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
	if got := most.Load(); got != 1 {
		t.Errorf("%d were written at once, want 1", got)
	}
}

// TestARevisionFollowsTheCurrentOne writes a revision whose file tells of an
// older state of the API.
func TestARevisionFollowsTheCurrentOne(t *testing.T) {
	svc, p := taped(t, sandbox.Options{})
	put(t, svc, api("orders", "orders", orders, map[string]any{"displayName": "Orders", "protocols": []any{"https"}}), nil)
	p.writes = nil
	revision := api("orders;rev=2", "old-path", orders, map[string]any{
		"displayName": "Old name", "apiRevision": "2", "apiRevisionDescription": "Second", "description": "Its own"})
	put(t, svc, revision, nil)
	if len(p.writes) == 0 {
		t.Fatal("nothing was written")
	}
	for _, w := range p.writes {
		properties, _ := w.body["properties"].(map[string]any)
		got := []any{properties["displayName"], properties["path"], properties["apiRevisionDescription"], properties["description"]}
		if d := cmp.Diff([]any{"Orders", "orders", "Second", "Its own"}, got); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", w.method, w.path, d)
		}
	}
	if kinds := svc.Describe().Kinds; !kinds.Equal(get(t, svc, revision.Key), revision) {
		t.Errorf("it would be written again and again: %v", kinds.Diff(get(t, svc, revision.Key), revision))
	}
}

// TestLoggersKeepTheirOwnCredentials publishes a logger as another service
// keeps it.
func TestLoggersKeepTheirOwnCredentials(t *testing.T) {
	svc, p := taped(t, sandbox.Options{})
	key := gateway.NewKey("logger", "insights")
	logger := func(description, credential string) *gateway.Resource {
		return &gateway.Resource{Key: key, Spec: map[string]any{"properties": map[string]any{
			"loggerType": "applicationInsights", "description": description, "credentials": map[string]any{"connectionString": credential}}}}
	}
	const foreign = "{{Logger-Credentials--6581f0aa0102030405060708}}"
	err := svc.Put(t.Context(), logger("one", foreign), nil)
	if !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "credentials.connectionString in the configuration") {
		t.Errorf("a new logger with a foreign reference: %v", err)
	}
	if len(p.writes) > 0 {
		t.Errorf("it was sent: %v", p.writes)
	}
	put(t, svc, logger("one", "InstrumentationKey=hush"), nil)
	have := get(t, svc, key)
	own := gateway.Field(have.Spec, "properties.credentials.connectionString")
	kinds := svc.Describe().Kinds
	if changes := kinds.Diff(have, logger("one", foreign)); len(changes) > 0 {
		t.Errorf("the same logger on another service differs: %v", changes)
	}
	if changes := kinds.Diff(have, logger("one", "{{my-own}}")); len(changes) != 1 {
		t.Errorf("a reference to a named value of people's own: %v, want one change", changes)
	}
	put(t, svc, logger("two", foreign), have)
	now := get(t, svc, key)
	if got := gateway.Field(now.Spec, "properties.credentials.connectionString"); got != own || property(now, "description") != "two" {
		t.Errorf("credentials are %v, want %v as before; description %v", got, own, property(now, "description"))
	}
}
