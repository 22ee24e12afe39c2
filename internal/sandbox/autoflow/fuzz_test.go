package autoflow

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzConfiguration reads any text as a configuration. What is accepted answers any
// request to what runs, and is read the same way again.
func FuzzConfiguration(f *testing.F) {
	f.Add([]byte(ordersConfig("1.0.0", "one", "8080")))
	f.Add([]byte(server(`{"port":1,"tls":true}`, `[{"event":{"apiReference":{"id":"a","version":"1"},"operationReference":{"method":"get","path":"/x"}},"matches":`+
		flowOf(mocked+","+unmocked, `{"body":`+output+`,"header":{"a":[]},"status_code":299}`)+`}]`, `{"/x":{"get":{"responses":{"200":{"$ref":"#/paths"}}}}}`)))
	f.Add([]byte(`{"Server":[{"id":"s","type":"http","currentVersion":"","version":{"":{"setting":{"port":"7"}}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConfiguration(text)
		if err != nil {
			return
		}
		again, err := parseConfiguration(text)
		if err != nil || len(again.servers) != len(c.servers) || strings.Join(again.warnings, "\n") != strings.Join(c.warnings, "\n") {
			t.Fatalf("read again: %v", err)
		}
		for _, s := range c.servers {
			for _, route := range s.router.routes {
				for method := range route.methods {
					u := &url.URL{Path: "/" + strings.TrimPrefix(route.text, "/")}
					r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(`{"a":[1]}`))
					r.URL, r.Method = u, method
					c.servers[0] = s
					ask(t, c, r)
				}
			}
		}
	})
}

// FuzzRoute matches any path against any template. A path that is written as the
// template is matches it, unless a parameter would have to be empty.
func FuzzRoute(f *testing.F) {
	f.Add("/orders/{id}", "/orders/7")
	f.Add("/todo/:id/{a}.{b}", "/todo/%2F/x.y")
	f.Add("{a}{b}", "//")
	f.Add("/{{a}}/:", "/{x}/:")
	f.Add("/\x80{a}", "/\x80b")
	f.Fuzz(func(t *testing.T, template, path string) {
		r := &route{text: template, segments: segments(template), methods: map[string]*operation{http.MethodGet: {path: template}}}
		router := &router{routes: []*route{r}}
		op, values, methods := router.find(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
		if methods != nil {
			t.Errorf("methods: got %v beside the only one", methods)
		}
		if op == nil && utf8.ValidString(template) && strings.TrimPrefix(path, "/") == strings.TrimPrefix(template, "/") {
			t.Errorf("template %q does not match itself", template)
		}
		for name, value := range values {
			if value == "" {
				t.Errorf("parameter %q of %q is empty for %q", name, template, path)
			}
		}
		compareRoutes(r, r)
	})
}
