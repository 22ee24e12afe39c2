package amplify_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

type obj = map[string]any

// request changes or reads the organization as somebody else does.
func (b *bench) request(method, path string, body any) obj {
	b.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	req := httptest.NewRequest(method, "/apis"+path, strings.NewReader(string(text)))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	b.server.ServeHTTP(rec, req)
	if rec.Code >= http.StatusBadRequest {
		b.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	var answer obj
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil && rec.Body.Len() > 0 && !strings.HasPrefix(rec.Body.String(), "[") {
		b.Fatal(err)
	}
	return answer
}

func (b *bench) put(key gateway.Key, spec obj, have *gateway.Resource) {
	b.Helper()
	if err := b.Put(b.Context(), &gateway.Resource{Key: key, Spec: spec}, have); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) get(key gateway.Key) *gateway.Resource {
	b.Helper()
	r, err := b.Get(b.Context(), key)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// public returns what a tree would hold of a resource.
func (b *bench) public(key gateway.Key) obj {
	b.Helper()
	ks := b.Describe().Kinds
	return ks.Public(ks.Get(key.Kind), b.get(key).Spec)
}

// walk returns all that a walk reads, by key.
func (b *bench) walk() map[string]*gateway.Resource {
	b.Helper()
	all := map[string]*gateway.Resource{}
	for r, err := range gateway.Walk(b.Context(), b, gateway.WalkOptions{Workers: 4}) {
		if err != nil {
			b.Fatal(err)
		}
		all[r.Key.String()] = r
	}
	return all
}

func env(name string) gateway.Key { return gateway.NewKey("Environment", name) }

func TestEnvelope(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	b.put(env("dev"), obj{"spec": obj{"description": "d"}, "tags": []any{"b", "a"}}, nil)
	key := env("dev").Child("Environment APIService", "orders")
	b.put(key, obj{"title": "Orders", "spec": obj{}, "details": obj{"n": 1}, "x-team": obj{"a": "b"}}, nil)
	b.request("PUT", "/management/v1/environments/dev/apiservices/orders/status", obj{"status": obj{"level": "Success"}})
	want := obj{
		"group": "management", "apiVersion": "v1", "kind": "APIService", "name": "orders", "title": "Orders",
		"metadata": obj{"scope": obj{"kind": "Environment", "name": "dev"}}, "details": obj{"n": json.Number("1")}, "x-team": obj{"a": "b"},
	}
	if diff := cmp.Diff(want, b.public(key)); diff != "" {
		t.Errorf("what a tree holds (-want +got):\n%s", diff)
	}
}

// TestServersThatLackAKind walks older servers, and one without lists over all
// scopes.
func TestStatesGoStepByStep(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	key := gateway.NewKey("Asset", "a")
	b.put(key, obj{"spec": obj{}}, nil)
	b.since()
	b.put(key, obj{"spec": obj{}, "state": "deprecated"}, b.get(key))
	if got, want := writes(b.since()), []string{"PUT /apis/catalog/v1/assets/a/state", "PUT /apis/catalog/v1/assets/a/state"}; !slices.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
	if got := b.public(key)["state"]; got != "deprecated" {
		t.Errorf("state is %v", got)
	}
	if err := b.Delete(t.Context(), b.get(key)); err != nil {
		t.Fatal(err)
	}
	if got, want := writes(b.since()), []string{"PUT /apis/catalog/v1/assets/a/state", "DELETE /apis/catalog/v1/assets/a"}; !slices.Equal(got, want) {
		t.Errorf("deleting wrote %q, want %q", got, want)
	}
}

// writes returns what of the requests changes something.
func writes(asked []string) []string {
	return slices.DeleteFunc(asked, func(s string) bool { return strings.HasPrefix(s, "GET ") })
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	b.put(env("dev"), obj{"title": "One", "spec": obj{}}, nil)
	old := b.get(env("dev"))
	b.request("PUT", "/management/v1/environments/dev", obj{"title": "Other", "spec": obj{}})
	want := &gateway.Resource{Key: env("dev"), Spec: obj{"title": "Two", "spec": obj{}}}
	if err := b.Put(t.Context(), want, old); !errors.Is(err, gateway.ErrStale) {
		t.Errorf("put: %v, want %v", err, gateway.ErrStale)
	}
	if err := b.Delete(t.Context(), old); !errors.Is(err, gateway.ErrStale) {
		t.Errorf("delete: %v, want %v", err, gateway.ErrStale)
	}
	// Told to, it overwrites.
	b.put(env("dev"), want.Spec, b.get(env("dev")))
	if got := b.public(env("dev"))["title"]; got != "Two" {
		t.Errorf("title is %v", got)
	}
}

func TestOnlyASubresourceChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	b.put(env("dev"), obj{"spec": obj{}, "x-a": obj{"n": "1"}, "policies": obj{"p": "q"}}, nil)
	have := b.get(env("dev"))
	b.since()
	b.put(env("dev"), obj{"spec": obj{}, "x-a": obj{"n": "2"}}, have)
	want := []string{"PUT /apis/management/v1/environments/dev/policies", "PUT /apis/management/v1/environments/dev/x-a"}
	if got := writes(b.since()); !slices.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
	if got := b.public(env("dev")); got["policies"] != nil || gateway.Field(got, "x-a.n") != "2" {
		t.Errorf("the server has %v", got)
	}
}

func TestFinalizersHoldADelete(t *testing.T) {
	t.Parallel()
	for _, force := range []bool{false, true} {
		b := newBench(t, sandbox.Options{}, amplify.Options{Force: force})
		b.request("POST", "/management/v1/environments", obj{"name": "dev", "spec": obj{}, "finalizers": []any{obj{"name": "agent"}}})
		err := b.Delete(t.Context(), b.get(env("dev")))
		if force && err != nil || !force && !errors.Is(err, gateway.ErrConflict) {
			t.Errorf("delete with force %t: %v", force, err)
		}
	}
}
