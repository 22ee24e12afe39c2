package autoflow

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	t.Parallel()
	const paths = `{"/orders":{"get":{},"post":{},"summary":"x"},"/orders/{id}":{"get":{},"delete":{}},"/orders/mine":{"get":{}},
"/todo/:collection_id":{"get":{}},"/files/{name}.{kind}":{"get":{}},"/files/a.txt":{"get":{}},"/":{"get":{}},"/a b/%":{"get":{}},"/a/{b}/c":{"get":{}},"/{a}/b/c":{"get":{}}}`
	c, err := parseConfiguration([]byte(server(`{"port":1,"apis":[{"id":"a","version":"1"}]}`, `[]`, paths)))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, request, want string
		values              map[string]any
		methods             []string
	}{
		{"written out", "GET /orders", "/orders", map[string]any{}, nil},
		{"with a query", "GET /orders?id=1", "/orders", map[string]any{}, nil},
		{"parameter", "GET /orders/7", "/orders/{id}", map[string]any{"id": "7"}, nil},
		{"escaped slash", "GET /orders/7%2F8", "/orders/{id}", map[string]any{"id": "7/8"}, nil},
		{"written out before parameter", "GET /orders/mine", "/orders/mine", map[string]any{}, nil},
		{"method that only the template has", "DELETE /orders/mine", "/orders/{id}", map[string]any{"id": "mine"}, nil},
		{"parameter with a colon", "GET /todo/5", "/todo/:collection_id", map[string]any{"collection_id": "5"}, nil},
		{"two parameters in a segment", "GET /files/b.tar.gz", "/files/{name}.{kind}", map[string]any{"name": "b", "kind": "tar.gz"}, nil},
		{"root", "GET /", "/", map[string]any{}, nil},
		{"letters to escape", "GET /a%20b/%25", "/a b/%", map[string]any{}, nil},
		{"earlier segment counts", "GET /a/b/c", "/a/{b}/c", map[string]any{"b": "b"}, nil},
		{"other method", "PUT /orders", "", nil, []string{"GET", "POST"}},
		{"methods of all that match", "PUT /orders/mine", "", nil, []string{"DELETE", "GET"}},
		{"unknown", "GET /returns", "", nil, nil},
		{"slash at the end", "GET /orders/", "", nil, nil},
		{"deeper", "GET /orders/7/items", "", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			method, target, _ := strings.Cut(test.request, " ")
			op, values, methods := c.servers[0].router.find(httptest.NewRequest(method, target, nil))
			got := ""
			if op != nil {
				got = op.path
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if diff := cmp.Diff(test.values, values); diff != "" {
				t.Errorf("values: want - got +:\n%s", diff)
			}
			if diff := cmp.Diff(test.methods, methods); diff != "" {
				t.Errorf("methods: want - got +:\n%s", diff)
			}
		})
	}
}

func TestBasePaths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, servers, good, bad string }{
		{"none", `[]`, "/x", "/v1/x"},
		{"host alone", `[{"url":"https://example.com"}]`, "/x", ""},
		{"path", `[{"url":"https://example.com/v1/"}]`, "/v1/x", "/x"},
		{"relative", `[{"url":"/v2"}]`, "/v2/x", "/x"},
		{"variable", `[{"url":"https://{host}/{base}","variables":{"base":{"default":"v3"},"host":{"default":"h"}}}]`, "/v3/x", "/x"},
		{"several", `[{"url":"/a"},{"url":"/b"},{"url":"/a"}]`, "/b/x", "/c/x"},
		{"no address", `[{"url":"http://[::1"}]`, "/x", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := server(`{"port":1,"apis":[{"id":"a","version":"1"}]}`, `[]`, `{"/x":{"get":{}}},"servers":`+test.servers)
			c, err := parseConfiguration([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			r := c.servers[0].router
			if op, _, _ := r.find(httptest.NewRequest(http.MethodGet, test.good, nil)); op == nil {
				t.Errorf("%s: not found", test.good)
			}
			if test.bad == "" {
				return
			}
			if op, _, _ := r.find(httptest.NewRequest(http.MethodGet, test.bad, nil)); op != nil {
				t.Errorf("%s: found %s", test.bad, op.path)
			}
		})
	}
}
