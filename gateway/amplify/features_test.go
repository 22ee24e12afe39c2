package amplify_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

func TestRequestsOfAWalk(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	for i := range 12 {
		e := env(fmt.Sprint("env-", i))
		b.put(e, obj{"spec": obj{}}, nil)
		b.put(e.Child("Environment APIService", "orders"), obj{"spec": obj{}}, nil)
		b.put(e.Child("Environment Secret", "s"), obj{"spec": obj{"data": obj{"k": "v"}}}, nil)
	}
	b.put(gateway.NewKey("Integration", "i"), obj{"spec": obj{}}, nil)
	b.put(gateway.NewKey("Integration", "i").Child("Integration Secret", "s"), obj{"spec": obj{"data": obj{"k": "v"}}}, nil)
	b.since()
	got := b.walk()
	if len(got) != 12*3+2 {
		t.Errorf("read %d resources, want 38", len(got))
	}
	asked := b.since()
	// One for the teams, and one for each of the 80 kinds, however many scopes there are.
	if len(asked) != 81 {
		t.Errorf("made %d requests, want 81:\n%s", len(asked), strings.Join(asked, "\n"))
	}
}

func TestQueriesGoToTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{Queries: map[string]string{"APIService": `tags==public,title=="Two, three"`}})
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	for name, spec := range map[string]obj{"one": {"tags": []any{"public"}}, "two": {"title": "Two, three"}, "other": {}} {
		spec["spec"] = obj{}
		b.put(env("dev").Child("Environment APIService", name), spec, nil)
	}
	got := slices.Sorted(maps.Keys(b.walk()))
	want := []string{"Environment APIService dev/one", "Environment APIService dev/two", "Environment dev"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

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

func TestLanguages(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	key := gateway.NewKey("Product", "p")
	text := func(path, value string) obj { return obj{"path": path, "value": value} }
	spec := func(code string, more obj) obj {
		out := obj{"title": "Product", "spec": obj{"description": "d"}, "languages": obj{"resource": obj{"code": code}}}
		maps.Copy(out, more)
		return out
	}
	both := obj{
		"languages-fr-fr": obj{"values": []any{text("/title", "Produit"), text("/spec/description", "e")}},
		"languages-de-de": obj{"values": []any{text("/title", "Produkt")}},
	}
	b.put(key, spec("en-us", both), nil)
	got := b.public(key)
	for _, name := range []string{"languages", "languages-fr-fr", "languages-de-de"} {
		if diff := cmp.Diff(spec("en-us", both)[name], got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// German becomes the default, for which its translation has to go; one text is French no more.
	less := obj{"languages-fr-fr": obj{"values": []any{text("/title", "Produit")}}}
	b.put(key, spec("de-de", less), b.get(key))
	got = b.public(key)
	if diff := cmp.Diff(obj{"resource": obj{"code": "de-de"}}, got["languages"]); diff != "" {
		t.Errorf("default (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(less["languages-fr-fr"], got["languages-fr-fr"]); diff != "" {
		t.Errorf("French (-want +got):\n%s", diff)
	}
	if got["languages-de-de"] != nil {
		t.Errorf("German is still there: %v", got["languages-de-de"])
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{Teams: []string{"Blue"}}, amplify.Options{})
	b.walk() // reads the teams
	key := gateway.NewKey("Product", "p")
	faults := b.Describe().Kinds.Get("Product").Faults
	for _, tt := range []struct {
		name string
		spec obj
		want string
	}{
		{"nothing", obj{"name": "p", "languages-fr-fr": obj{}, "owner": obj{"type": "team", "name": "Blue"}}, ""},
		{"a language that is none", obj{"languages-it-it": obj{}}, `language "it-it"`},
		{"a default that is none", obj{"languages": obj{"resource": obj{"code": "xx"}}}, `language "xx"`},
		{"a team that is none", obj{"owner": obj{"type": "team", "name": "Red"}}, `no team "Red"`},
		{"a subject that is none", obj{"spec": obj{"subjects": []any{obj{"type": "team", "id": "*"}, obj{"type": "team", "name": "Green"}}}}, `no team "Green"`},
		{"the name of another", obj{"name": "q"}, `its name is "q"`},
		{"a form of the word that is no team", obj{"owner": obj{"type": "team", "name": "blue"}}, `no team "blue"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &gateway.Resource{Key: key, Spec: tt.spec}
			got := strings.Join(faults(r), "; ")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
			if tt.want == "" {
				return
			}
			b.since()
			if err := b.Put(t.Context(), r, nil); !errors.Is(err, gateway.ErrInvalid) {
				t.Errorf("put: %v, want %v", err, gateway.ErrInvalid)
			}
			if w := writes(b.since()); len(w) > 0 {
				t.Errorf("wrote %q, want nothing", w)
			}
		})
	}
}

func TestTeamsAndListsGoByName(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{Teams: []string{"id-blue=Blue", "id-red=Red"}}, amplify.Options{})
	attached := obj{"acl": []any{obj{"subjectType": "team", "subjectName": "Red", "aclName": "share"}}}
	dev := obj{"owner": obj{"type": "team", "name": "Blue"}, "spec": obj{}, "metadata": attached}
	b.put(env("dev"), dev, nil)
	list := env("dev").Child("Environment AccessControlList", "share")
	b.put(list, obj{"spec": obj{
		"rules":    []any{obj{"access": []any{obj{"level": "scope", "allowWrite": true}}}},
		"subjects": []any{obj{"type": "team", "name": "Red"}, obj{"type": "team", "id": "*"}},
	}}, nil)

	raw := b.request("GET", "/management/v1/environments/dev", nil)
	id := gateway.Field(b.request("GET", "/management/v1/environments/dev/accesscontrollists/share", nil), "metadata.id")
	if diff := cmp.Diff(obj{"type": "team", "id": "id-blue"}, raw["owner"]); diff != "" {
		t.Errorf("owner (-want +got):\n%s", diff)
	}
	entries := gateway.Values(raw, "metadata.acl[]")
	if len(entries) != 1 || entries[0].(obj)["aclId"] != id || entries[0].(obj)["subjectId"] != "id-red" {
		t.Errorf("attached is %v, want the list %v for id-red", entries, id)
	}
	got := b.public(env("dev"))
	if diff := cmp.Diff(dev["owner"], got["owner"]); diff != "" {
		t.Errorf("owner in the tree (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(attached, got["metadata"]); diff != "" {
		t.Errorf("attached in the tree (-want +got):\n%s", diff)
	}
	subjects := gateway.Field(b.public(list), "spec.subjects")
	if diff := cmp.Diff([]any{obj{"type": "team", "name": "Red"}, obj{"type": "team", "id": "*"}}, subjects); diff != "" {
		t.Errorf("subjects in the tree (-want +got):\n%s", diff)
	}
	// Without a team it is the administrators'.
	delete(dev, "owner")
	b.put(env("dev"), dev, b.get(env("dev")))
	if got := b.request("GET", "/management/v1/environments/dev", nil)["owner"]; got != nil {
		t.Errorf("owner is %v, want none", got)
	}
	// Another run finds the list in place, and takes it off again.
	b.put(env("dev"), dev, nil)
	delete(dev, "metadata")
	b.put(env("dev"), dev, b.get(env("dev")))
	if got := gateway.Values(b.request("GET", "/management/v1/environments/dev", nil), "metadata.acl[]"); len(got) != 0 {
		t.Errorf("attached is %v, want nothing", got)
	}
}

func TestSecretsAreWriteOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	ks := b.Describe().Kinds
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	key := env("dev").Child("Environment Secret", "s")
	b.put(key, obj{"spec": obj{"data": obj{"user": "u-plain", "password": "p-plain"}}}, nil)
	stored := func() obj {
		return b.request("GET", "/management/v1/environments/dev/secrets/s", nil)["spec"].(obj)["data"].(obj)
	}
	before := stored()
	tree := b.public(key)
	if diff := cmp.Diff(obj{"user": "(secret)", "password": "(secret)"}, gateway.Field(tree, "spec.data")); diff != "" {
		t.Errorf("what a tree holds (-want +got):\n%s", diff)
	}
	if ks.HoldsSecrets(&gateway.Resource{Key: key, Spec: tree}) {
		t.Error("what a tree holds is taken for secrets")
	}
	// Without values all but the values is written, with one that one.
	tree["title"] = "Other"
	gateway.SetField(tree, "spec.data.password", "new-plain")
	if !ks.HoldsSecrets(&gateway.Resource{Key: key, Spec: tree}) {
		t.Error("a value is not taken for a secret")
	}
	b.put(key, tree, b.get(key))
	after := stored()
	if before["user"] != after["user"] {
		t.Error("a value that git does not hold was overwritten")
	}
	if before["password"] == after["password"] {
		t.Error("a value from the configuration was not written")
	}
	if got := b.public(key)["title"]; got != "Other" {
		t.Errorf("title is %v", got)
	}
	lacking := obj{"spec": obj{"data": obj{"k": "(secret)"}}}
	err := b.Put(t.Context(), &gateway.Resource{Key: env("dev").Child("Environment Secret", "t"), Spec: lacking}, nil)
	if !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "${env:NAME}") {
		t.Errorf("put of a new secret without values: %v", err)
	}
	if got := ks.Get(key.Kind).Lacks(lacking); got == "" {
		t.Error("a plan does not tell that values are missing")
	}
}

func TestContents(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	b.put(env("dev").Child("Environment APIService", "orders"), obj{"spec": obj{}}, nil)
	for _, tt := range []struct{ name, kind, text, file string }{
		{"yaml", "oas3", "openapi: 3.0.3\ninfo: {}\n", "definition.yaml"},
		{"json", "oas3", `{"openapi":"3.0.3"}`, "definition.json"},
		{"wsdl", "wsdl", "<definitions/>", "definition.wsdl"},
		{"proto", "protobuf", "syntax = \"proto3\";", "definition.proto"},
		{"bytes", "unstructured", "\x00\xff", "definition.bin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := env("dev").Child("Environment APIServiceRevision", tt.name)
			r := &gateway.Resource{
				Key: key, Spec: obj{"spec": obj{"apiService": "orders", "definition": obj{"type": tt.kind}}}, Files: map[string][]byte{tt.file: []byte(tt.text)},
			}
			if err := b.Put(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
			raw := b.request("GET", "/management/v1/environments/dev/apiservicerevisions/"+tt.name, nil)
			if got, want := gateway.Field(raw, "spec.definition.value"), base64.StdEncoding.EncodeToString([]byte(tt.text)); got != want {
				t.Errorf("the server has %v, want %v", got, want)
			}
			got := b.get(key)
			if string(got.Files[tt.file]) != tt.text || gateway.Field(got.Spec, "spec.definition.value") != nil {
				t.Errorf("read %q and %v", got.Files, got.Spec["spec"])
			}
			b.since()
			if err := b.Put(t.Context(), r, got); err != nil {
				t.Fatal(err)
			}
			if w := writes(b.since()); len(w) > 0 {
				t.Errorf("the same again wrote %q", w)
			}
		})
	}
	asset := gateway.NewKey("Asset", "a")
	icon := &gateway.Resource{Key: asset, Spec: obj{"spec": obj{}, "icon": obj{"contentType": "image/png"}}, Files: map[string][]byte{"icon.png": []byte("PNG\x00")}}
	if err := b.Put(t.Context(), icon, nil); err != nil {
		t.Fatal(err)
	}
	if got := b.get(asset); string(got.Files["icon.png"]) != "PNG\x00" {
		t.Errorf("icon read as %q", got.Files)
	}
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

func TestCopiesFromOtherScopesAreTold(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	r := &gateway.Resource{Key: env("test").Child("Environment APIService", "a"), Spec: obj{"metadata": obj{"scope": obj{"kind": "Environment", "name": "dev"}}}}
	if got := b.Describe().Kinds.Get(r.Key.Kind).Faults(r); len(got) != 1 || !strings.Contains(got[0], `belongs to "dev"`) {
		t.Errorf("faults %q, want that it belongs to another environment", got)
	}
}

func TestSecretsInLists(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	idp := gateway.NewKey("IdentityProvider", "i")
	b.put(idp, obj{"spec": obj{}}, nil)
	key := idp.Child("IdentityProvider IdentityProviderSecret", "s")
	b.put(key, obj{"spec": obj{
		"type": "client-secret", "config": obj{"clientId": "c", "clientSecret": "plain-1"}, "requestHeaders": []any{obj{"name": "x-key", "value": "plain-2"}},
	}}, nil)
	tree := b.public(key)
	if text := fmt.Sprint(tree); strings.Contains(text, "plain") {
		t.Fatalf("a tree would hold %s", text)
	}
	gateway.SetField(tree, "spec.type", "access-token")
	b.put(key, tree, b.get(key))
	raw := b.request("GET", "/management/v1/identityproviders/i/idpsecrets/s", nil)
	if text := fmt.Sprint(raw["spec"]); !strings.Contains(text, "plain-1") || !strings.Contains(text, "plain-2") || !strings.Contains(text, "access-token") {
		t.Errorf("the server has %s", text)
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
