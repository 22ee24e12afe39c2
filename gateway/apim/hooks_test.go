package apim_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

const orders = `openapi: 3.0.1
info:
  title: Orders
  version: '1.0'
servers:
  - url: https://elsewhere.example.com
paths:
  /orders:
    get:
      operationId: list-orders
      responses:
        '200':
          description: The orders.
`

func api(name, path, spec string, properties map[string]any) *gateway.Resource {
	p := map[string]any{"displayName": name, "path": path}
	maps.Copy(p, properties)
	r := &gateway.Resource{Key: gateway.NewKey("api", name), Spec: map[string]any{"properties": p}}
	if spec != "" {
		r.Files = map[string][]byte{"specification.yaml": []byte(spec)}
	}
	return r
}

func get(t *testing.T, g gateway.Gateway, key gateway.Key) *gateway.Resource {
	t.Helper()
	r, err := g.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func put(t *testing.T, g gateway.Gateway, want, have *gateway.Resource) {
	t.Helper()
	if err := g.Put(t.Context(), want, have); err != nil {
		t.Fatal(err)
	}
}

// property returns a field of the payload below properties.
func property(r *gateway.Resource, name string) any { return gateway.Field(r.Spec, "properties."+name) }

func TestImportKeepsTheSettings(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	want := api("orders", "orders", orders, map[string]any{"serviceUrl": "https://orders.example.com", "description": "Take orders."})
	put(t, svc, want, nil)
	got := get(t, svc, want.Key)
	for _, c := range svc.Describe().Kinds.Diff(got, want) {
		t.Errorf("%s is %v, want %v", c.Field, c.Have, c.Want)
	}
	if got := property(got, "serviceUrl"); got != "https://orders.example.com" {
		t.Errorf("service URL is %v: the definition's servers took its place", got)
	}
}

// TestOnlyAChangedDefinitionIsImported counts what a change of settings costs.
func TestOnlyAChangedDefinitionIsImported(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	put(t, svc, api("orders", "orders", orders, nil), nil)
	have := get(t, svc, gateway.NewKey("api", "orders"))
	svc.Sandbox.ResetStats()
	put(t, svc, api("orders", "orders", orders, map[string]any{"description": "new"}), have)
	if d := cmp.Diff(map[string]int{http.MethodPut: 1}, svc.Sandbox.Stats().Requests); d != "" {
		t.Errorf("requests for a new description (-want +got):\n%s", d)
	}
}

func TestRevisions(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	root, second := gateway.NewKey("api", "orders"), gateway.NewKey("api", "orders;rev=2")
	put(t, svc, api("orders", "orders", orders, nil), nil)
	rev2 := api("orders", "orders", strings.ReplaceAll(orders, "list-orders", "list-all-orders"), map[string]any{"apiRevision": "2"})
	rev2.Key = second
	put(t, svc, rev2, nil)
	if got := property(get(t, svc, root), "apiRevision"); got != "1" {
		t.Fatalf("revision %v is current after a second was made, want 1", got)
	}

	current := api("orders", "orders", string(rev2.Files["specification.yaml"]), map[string]any{"apiRevision": "2"})
	put(t, svc, current, get(t, svc, root))
	now := get(t, svc, root)
	if got := property(now, "apiRevision"); got != "2" {
		t.Errorf("revision %v is current, want 2", got)
	}
	if !strings.Contains(string(now.Files["specification.yaml"]), "list-all-orders") {
		t.Error("the current revision has not the definition of the second")
	}
	for r, err := range svc.List(t.Context(), "api release", root) {
		t.Errorf("a release was left behind: %v, %v", r, err)
	}

	if err := svc.Delete(t.Context(), &gateway.Resource{Key: second}); err != nil {
		t.Errorf("delete of a revision that has become current: %v", err)
	}
	if got := property(get(t, svc, root), "apiRevision"); got != "2" {
		t.Errorf("the API was lost with the revision: revision %v is current", got)
	}
	if err := svc.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey("api", "orders;rev=1")}); err != nil {
		t.Error(err)
	}
	if _, err := svc.Get(t.Context(), gateway.NewKey("api", "orders;rev=1")); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("get of a deleted revision: %v, want %v", err, gateway.ErrNotFound)
	}
}

// TestSwitchToANewRevision switches an API to a revision that the service does
// not have, as when one is promoted to the next environment. The one that was
// current stays, as it was.
func TestSwitchToANewRevision(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	put(t, svc, api("orders", "orders", orders, nil), nil)
	root := gateway.NewKey("api", "orders")
	want := api("orders", "orders", strings.ReplaceAll(orders, "list-orders", "list-all-orders"), map[string]any{"apiRevision": "4"})
	put(t, svc, want, get(t, svc, root))
	got := get(t, svc, root)
	for _, c := range svc.Describe().Kinds.Diff(got, want) {
		t.Errorf("%s is %v, want %v", c.Field, c.Have, c.Want)
	}
	first := get(t, svc, gateway.NewKey("api", "orders;rev=1"))
	if text := string(first.Files["specification.yaml"]); strings.Contains(text, "list-all-orders") || !strings.Contains(text, "list-orders") {
		t.Errorf("the revision that was current defines\n%s", text)
	}
}

func TestFirstPublishOfALaterRevision(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	want := api("orders", "orders", orders, map[string]any{"apiRevision": "3"})
	put(t, svc, want, nil)
	got := get(t, svc, want.Key)
	for _, c := range svc.Describe().Kinds.Diff(got, want) {
		t.Errorf("%s is %v, want %v", c.Field, c.Have, c.Want)
	}
}

func TestSecretNamedValue(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	key := gateway.NewKey("named value", "key")
	secret := func(properties map[string]any) *gateway.Resource {
		p := map[string]any{"displayName": "key", "secret": true}
		maps.Copy(p, properties)
		return &gateway.Resource{Key: key, Spec: map[string]any{"properties": p}}
	}
	err := svc.Put(t.Context(), secret(nil), nil)
	if !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "needs a value") {
		t.Errorf("a new secret without value: %v, want an error that says what it needs", err)
	}
	put(t, svc, secret(map[string]any{"value": "hush"}), nil)
	if v := property(get(t, svc, key), "value"); v != nil {
		t.Fatalf("the service hands out the secret: %v", v)
	}
	put(t, svc, secret(map[string]any{"tags": []any{"a"}}), get(t, svc, key))
	if got := property(get(t, svc, key), "tags"); !cmp.Equal(got, []any{"a"}) {
		t.Errorf("tags are %v, want [a]", got)
	}
	body, err := svc.Caller().Client.(interface {
		Query(ctx context.Context, path string, q url.Values, body any) (map[string]any, error)
	}).Query(t.Context(), svc.Caller().Path(key)+"/listValue", nil, nil)
	if err != nil || body["value"] != "hush" {
		t.Errorf("the value is %v, %v: an update without it lost it", body["value"], err)
	}
}

func TestBackendKeepsItsCredentials(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	key := gateway.NewKey("backend", "b")
	backend := func(description string, header map[string]any) *gateway.Resource {
		p := map[string]any{"url": "https://example.com", "protocol": "http", "description": description}
		if header != nil {
			p["credentials"] = map[string]any{"header": header}
		}
		return &gateway.Resource{Key: key, Spec: map[string]any{"properties": p}}
	}
	put(t, svc, backend("one", map[string]any{"x-key": []any{"hush"}}), nil)
	read := get(t, svc, key)
	kinds := svc.Describe().Kinds
	if v := gateway.Field(kinds.Public(kinds.Get("backend"), read.Spec), "properties.credentials"); v != nil {
		t.Errorf("credentials would reach git: %v", v)
	}
	put(t, svc, backend("two", nil), read)
	now := get(t, svc, key)
	if got := gateway.Field(now.Spec, "properties.credentials.header"); !cmp.Equal(got, map[string]any{"x-key": []any{"hush"}}) {
		t.Errorf("credentials are %v: an update without them lost them", got)
	}
	if got := property(now, "description"); got != "two" {
		t.Errorf("description is %v, want two", got)
	}
}

func TestIdentityProviderKeepsItsSecret(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	key := gateway.NewKey("identity provider", "aad")
	provider := func(more map[string]any) *gateway.Resource {
		p := map[string]any{"type": "aad", "clientId": "one"}
		maps.Copy(p, more)
		return &gateway.Resource{Key: key, Spec: map[string]any{"properties": p}}
	}
	err := svc.Put(t.Context(), provider(nil), nil)
	if !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "needs its secret") {
		t.Errorf("a new provider without secret: %v, want an error that says what it needs", err)
	}
	put(t, svc, provider(map[string]any{"clientSecret": "hush", "allowedTenants": []any{"a.example.com"}, "signinPolicyName": "old"}), nil)
	want := provider(map[string]any{"clientId": "two"})
	put(t, svc, want, get(t, svc, key))
	for _, c := range svc.Describe().Kinds.Diff(get(t, svc, key), want) {
		t.Errorf("%s is %v, want %v", c.Field, c.Have, c.Want)
	}
	body, err := svc.Caller().Client.(interface {
		Query(ctx context.Context, path string, q url.Values, body any) (map[string]any, error)
	}).Query(t.Context(), svc.Caller().Path(key)+"/listSecrets", nil, nil)
	if err != nil || body["clientSecret"] != "hush" {
		t.Errorf("the secret is %v, %v: an update without it lost it", body["clientSecret"], err)
	}
}

func TestReferencesAreTakenAway(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	value := gateway.NewKey("named value", "v")
	put(t, svc, &gateway.Resource{Key: value, Spec: map[string]any{"properties": map[string]any{"displayName": "v", "value": "x"}}}, nil)
	key := gateway.NewKey("backend", "b")
	backend := func(credentials map[string]any) *gateway.Resource {
		return &gateway.Resource{Key: key, Spec: map[string]any{"properties": map[string]any{
			"url": "https://example.com", "protocol": "http", "credentials": credentials}}}
	}
	put(t, svc, backend(map[string]any{
		"header":        map[string]any{"x-key": []any{"hush"}, "x-ref": []any{"{{v}}"}},
		"query":         map[string]any{"q": []any{"{{v}}"}},
		"authorization": map[string]any{"scheme": "Basic", "parameter": "{{v}}"},
	}), nil)
	put(t, svc, backend(nil), get(t, svc, key))
	want := map[string]any{"header": map[string]any{"x-key": []any{"hush"}}}
	if d := cmp.Diff(want, property(get(t, svc, key), "credentials")); d != "" {
		t.Errorf("credentials after what git holds of them was taken away (-want +got):\n%s", d)
	}
}

func TestReleasesDoNotSwitch(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	root := gateway.NewKey("api", "orders")
	put(t, svc, api("orders", "orders", orders, nil), nil)
	second := api("orders", "orders", orders, map[string]any{"apiRevision": "2"})
	second.Key = gateway.NewKey("api", "orders;rev=2")
	put(t, svc, second, nil)
	release := &gateway.Resource{Key: root.Child("api release", "old"), Spec: map[string]any{"properties": map[string]any{
		"apiId": "/apis/orders;rev=2", "notes": "was current once"}}}
	put(t, svc, release, nil)
	if got := property(get(t, svc, root), "apiRevision"); got != "1" {
		t.Errorf("a release of the past made revision %v current, want 1", got)
	}
	kinds := svc.Describe().Kinds
	if got := kinds.References(get(t, svc, release.Key)); len(got) != 1 || got[0] != root {
		t.Errorf("a release refers to %v, want only the API, for another service need not have more", got)
	}
	found := 0
	for r, err := range gateway.Walk(t.Context(), svc, gateway.WalkOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Key.Kind == "api release" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the release is read %d times, want 1", found)
	}
}

func TestNewProductHasNoSubscription(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	put(t, svc, &gateway.Resource{Key: gateway.NewKey("product", "p"), Spec: map[string]any{"properties": map[string]any{"displayName": "P"}}}, nil)
	var left []string
	for r, err := range gateway.Walk(t.Context(), svc, gateway.WalkOptions{Workers: 4}) {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, r.Key.String())
	}
	if d := cmp.Diff([]string{"product p"}, left); d != "" {
		t.Errorf("the service holds (-want +got):\n%s", d)
	}
}

func TestSOAPWithoutDefinitionIsUnread(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	want := api("soap", "soap", "", map[string]any{"type": "soap"})
	put(t, svc, want, nil)
	got := get(t, svc, want.Key)
	if len(got.Files) > 0 || !slices.Equal(got.Unread, []string{"specification.*"}) {
		t.Errorf("files %v, unread %v: a definition that was not handed out looks deleted", got.Files, got.Unread)
	}
}

func TestSurvey(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{})
	us, err := svc.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, u := range us {
		if counts[u.Name] = u.Count; u.Why == "" {
			t.Errorf("%s are left alone for no reason", u.Name)
		}
	}
	if counts["users"] != 1 {
		t.Errorf("%d users are counted, want the administrator: %v", counts["users"], counts)
	}
}

// TestDeniedIsNotEmpty makes the service refuse a list: nothing may look gone.
func TestDeniedIsNotEmpty(t *testing.T) {
	for _, fault := range []string{
		"status=403,method=GET,path=*/tags,every=1", "status=500,method=GET,path=*/apis,every=1", "status=401,method=GET,path=*/allPolicies,every=1",
	} {
		svc := apimtest.Open(t, sandbox.Options{Bare: true, Faults: []string{fault}})
		var last error
		for _, err := range gateway.Walk(t.Context(), svc, gateway.WalkOptions{Workers: 4}) {
			last = err
		}
		if last == nil {
			t.Errorf("with %s the walk looks complete", fault)
		}
	}
}

// TestAListThatIsNotFoundIsNotEmpty makes every list answer 404, in words that
// say nothing of the service: what was not read must not look deleted.
func TestAListThatIsNotFoundIsNotEmpty(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true, Faults: []string{"status=404,code=ResourceNotFound,method=GET,path=*,every=1"}})
	unread := map[string]bool{}
	for r, err := range gateway.Walk(t.Context(), svc, gateway.WalkOptions{Workers: 4, Note: func(n gateway.Note) {
		if errors.Is(n.Err, gateway.ErrUnsupported) {
			unread[n.Kind] = true
		}
	}}) {
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("read %v", r.Key)
	}
	for _, k := range svc.Describe().Kinds.Children("") {
		if k.Only == "" && !unread[k.Name] {
			t.Errorf("%s look deleted", k.Name)
		}
	}
}

// TestUnknownKindsAreSeen shows an aggregate with a policy of something that
// the table does not have.
func TestUnknownKindsAreSeen(t *testing.T) {
	server, err := sandbox.New(sandbox.Options{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	svc := apimtest.Behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/allPolicies") {
			server.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"value":[{"properties":{"referencePolicyId":"/modelProviders/m/policies/policy"}}]}`)
	}), "service")
	put(t, svc, &gateway.Resource{Key: gateway.NewKey("tag", "t"), Spec: map[string]any{"properties": map[string]any{"displayName": "T"}}}, nil)
	if x, err := svc.Index(t.Context(), func(kind string) bool { return kind == "api" }); x != nil || err != nil {
		t.Errorf("index of what no list covers: %v, %v; want none", x, err)
	}
	x, err := svc.Index(t.Context(), func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	if x.Covers("api policy") {
		t.Error("a list with what nobody understands is believed")
	}
	us, err := svc.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(us, func(u gateway.Unmanaged) bool { return u.Name == "items of allPolicies" && u.Count == 1 }) {
		t.Errorf("seen %v, want the policy of an unknown kind among them", us)
	}
}
