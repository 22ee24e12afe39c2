package amplify_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

// A bench is an emulated organization with a gateway to it.
type bench struct {
	*testing.T
	*amplify.Gateway
	server *sandbox.Server
	client *central.Client

	mu    sync.Mutex
	asked []string // "METHOD /path?query"
	// refuse returns the status of an answer that is not the server's; 0: none.
	refuse func(method, path string) int
	// bare are the paths of lists that come without anything, even a count.
	bare []string
	// repeats refuses writes with an answer that repeats what was sent.
	repeats bool
}

// RoundTrip implements http.RoundTripper without a network.
func (b *bench) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.asked = append(b.asked, req.Method+" "+req.URL.RequestURI())
	b.mu.Unlock()
	rec := httptest.NewRecorder()
	if slices.Contains(b.bare, req.URL.Path) {
		_, err := rec.WriteString(`[]`)
		return rec.Result(), err
	}
	if b.repeats && req.Method == http.MethodPut {
		sent, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		rec.WriteHeader(http.StatusBadRequest)
		_, err = fmt.Fprintf(rec, `{"errors":[{"title":"Validation error","detail":%q}]}`, sent)
		return rec.Result(), err
	}
	if b.refuse != nil {
		if status := b.refuse(req.Method, req.URL.Path); status != 0 {
			rec.WriteHeader(status)
			_, err := rec.WriteString(`{"errors":[{"title":"Not found error","detail":"No such thing."}]}`)
			return rec.Result(), err
		}
	}
	b.server.ServeHTTP(rec, req)
	return rec.Result(), nil
}

// since returns what was asked since it was called last.
func (b *bench) since() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return asked
}

// newBench opens a gateway to an organization without anything in it.
func newBench(t *testing.T, so sandbox.Options, o amplify.Options) *bench {
	t.Helper()
	b := &bench{T: t}
	so.Anonymous = true
	var err error
	if b.server, err = sandbox.New(so); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.server.Close(); err != nil {
			t.Error(err)
		}
	})
	address := &url.URL{Scheme: "http", Host: "central.test"}
	b.client, err = central.New(central.Options{HTTP: httpx.New(httpx.Options{Transport: b}), Base: address, Platform: address, PageSize: 20})
	if err != nil {
		t.Fatal(err)
	}
	o.Client, o.Instance = b.client, "acme"
	if b.Gateway, err = amplify.New(o); err != nil {
		t.Fatal(err)
	}
	return b
}

// sample returns a resource of a kind of which all references are in place.
func sample(ks *gateway.Kinds, key gateway.Key, variant int) *gateway.Resource {
	k := ks.Get(key.Kind)
	spec := map[string]any{
		"title": fmt.Sprintf("Sample %d", variant), "tags": []any{"b", "a"}, "attributes": map[string]any{"n": fmt.Sprint(variant)},
		"spec": map[string]any{"description": fmt.Sprint("variant ", variant)}, "x-notes": map[string]any{"n": fmt.Sprint(variant)},
		"languages": map[string]any{"resource": map[string]any{"code": "en-us"}},
	}
	if variant == 1 {
		spec["languages-fr-fr"] = map[string]any{"values": []any{map[string]any{"path": "/title", "value": "Un cas"}}}
	}
	for _, ref := range k.Refs {
		place(spec, strings.Split(ref.Field, "."), "x1")
	}
	return &gateway.Resource{Key: key, Spec: spec}
}

// place sets a field, in the first element where there is a list.
func place(at map[string]any, path []string, v any) {
	name, list := strings.CutSuffix(path[0], "[]")
	if len(path) > 1 {
		below, _ := at[name].(map[string]any)
		if below == nil {
			below = map[string]any{}
		}
		place(below, path[1:], v)
		v = below
	}
	if list {
		v = []any{v}
	}
	at[name] = v
}

func TestContract(t *testing.T) {
	t.Parallel()
	ks, err := amplify.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	gatewaytest.Run(t, gatewaytest.Harness{
		Open:    func(t *testing.T) gateway.Gateway { return newBench(t, sandbox.Options{}, amplify.Options{}) },
		Sample:  func(key gateway.Key, variant int) *gateway.Resource { return sample(ks, key, variant) },
		OddKind: "Environment", OddNames: []string{"a", "a.b", "a-b.c-d", "0"}, OneCase: true, Crowd: 45,
	})
}
