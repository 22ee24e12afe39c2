package loop

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/internal/git"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
)

// payload is an information file with these properties, as JSON members.
func payload(properties string) string { return `{"properties": {` + properties + `}}` }

// openAPI returns a definition with one operation for each id.
func openAPI(ids ...string) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo:\n  title: Orders\n  version: '1'\npaths:\n")
	for _, id := range ids {
		fmt.Fprintf(&b, "  /%s:\n    get:\n      operationId: %s\n      responses:\n        '200':\n          description: fine\n", id, id)
	}
	return b.String()
}

const nothingPolicy = "<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"

// revisions is a tree of one API whose current revision is the given one of
// the first three.
func revisions(current int) tree {
	files := tree{}
	for n := 1; n <= 3; n++ {
		dir := fmt.Sprintf("apis/orders;rev=%d/", n)
		if n == current {
			dir = "apis/orders/"
		}
		files[dir+"apiInformation.json"] = payload(fmt.Sprintf(`"displayName": "Orders", "path": "orders", "protocols": ["https"],
			"apiRevision": "%d", "apiRevisionDescription": "Number %d", "serviceUrl": "https://v%d.example.com"`, n, n, n))
		files[dir+"specification.yaml"] = openAPI("list", fmt.Sprintf("get-%d", n))
		files[dir+fmt.Sprintf("operations/get-%d/policy.xml", n)] = nothingPolicy
	}
	return files
}

// bare returns a new service without any contents.
func bare(t testing.TB) *apimtest.Service {
	t.Helper()
	return apimtest.Direct(t, newSandbox(t, sandbox.Options{Bare: true}), "service")
}

// decoded reads a tree that may have what is of no use.
func decoded(t testing.TB, g gateway.Gateway, files tree) []*gateway.Resource {
	t.Helper()
	rs, _, err := artifacts.Decode(g.Describe().Kinds, files.fs())
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func field(t testing.TB, g gateway.Gateway, key gateway.Key, name string) any {
	t.Helper()
	r, err := g.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.Field(r.Spec, "properties."+name)
}

// TestToolkitRevisions publishes an API with revisions to an empty service,
// the first of which is not the current one, and then makes others current.
func TestToolkitRevisions(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	root := gateway.NewKey("api", "orders")
	for _, current := range []int{3, 1, 2} {
		files := revisions(current)
		publish(t, svc, plain(t, svc, files), true)
		if got := field(t, svc, root, "apiRevision"); got != fmt.Sprint(current) {
			t.Errorf("revision %v is current, want %d", got, current)
		}
		wantInSync(t, svc, plain(t, svc, files), fmt.Sprintf("with revision %d current", current))
		for r, err := range svc.List(t.Context(), "api release", root) {
			t.Errorf("a release was left behind: %v, %v", r, err)
		}
	}

	files := revisions(2)
	maps.DeleteFunc(files, func(p, _ string) bool { return strings.HasPrefix(p, "apis/orders;rev=3/") })
	publish(t, svc, plain(t, svc, files), true)
	wantInSync(t, svc, plain(t, svc, files), "without revision 3")
	if got := field(t, svc, root, "apiRevision"); got != "2" {
		t.Errorf("revision %v is current after another was deleted, want 2", got)
	}
}

// TestToolkitDeletedRevisionLeavesTheAPI deletes revisions from a tree that
// has never held the API itself.
func TestToolkitDeletedRevisionLeavesTheAPI(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	publish(t, svc, plain(t, svc, revisions(1)), false)
	for _, number := range []string{"1", "2", "3"} {
		revision := &gateway.Resource{Key: gateway.NewKey("api", "orders;rev="+number)}
		if err := svc.Delete(t.Context(), revision); err != nil {
			t.Errorf("delete of revision %s: %v", number, err)
		}
	}
	if got := field(t, svc, gateway.NewKey("api", "orders"), "apiRevision"); got != "1" {
		t.Errorf("revision %v is left, want 1, the current one", got)
	}
}

// A generous service adds another group to a new product, too.
type generous struct{ *sandbox.Server }

// ServeHTTP implements http.Handler.
func (g generous) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	g.Server.ServeHTTP(answer, r)
	if dir, name := path.Split(r.URL.Path); r.Method == http.MethodPut && strings.HasSuffix(dir, "/products/") && answer.Code == http.StatusCreated {
		more := httptest.NewRequest(http.MethodPut, dir+name+"/groups/developers?api-version=2024-05-01", nil)
		g.Server.ServeHTTP(httptest.NewRecorder(), more)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a recorder takes all
}

// TestToolkitProducts creates products beside some that are there.
func TestToolkitProducts(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	svc := apimtest.Behind(t, generous{s}, "service")
	files := tree{
		"products/gold/productInformation.json":                    payload(`"displayName": "Gold", "state": "published"`),
		"products/old-gold/productInformation.json":                payload(`"displayName": "Old gold"`),
		"products/gold/groups/guests/productGroupInformation.json": `{"name": "to-guests", "properties": {"groupId": "/groups/guests"}}`,
		"products/old-gold/groups/g/productGroupInformation.json":  "{}",
		"groups/g/groupInformation.json":                           payload(`"displayName": "G"`),
		"subscriptions/dana/subscriptionInformation.json":          payload(`"displayName": "Dana", "scope": "/products/gold", "state": "active"`),
		"subscriptions/master/subscriptionInformation.json":        payload(`"displayName": "Built-in all-access subscription", "scope": "/"`),
		"groups/administrators/groupInformation.json":              payload(`"displayName": "Nobody", "type": "system"`),
	}
	before := apimtest.Direct(t, s, "service")
	store(t, before, gateway.NewKey("product", "old-gold"), map[string]any{"displayName": "Old gold"})
	store(t, before, gateway.NewKey("product", "old-gold").Child("product group", "developers"), nil)
	store(t, svc, gateway.NewKey("subscription", "kept"), map[string]any{"displayName": "Kept", "scope": "/products/old-gold"})

	publish(t, svc, list(decoded(t, svc, files)), false)
	got := map[string]string{}
	for item, err := range svc.Caller().Pages(t.Context(), "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/test/providers/Microsoft.ApiManagement/service/service/subscriptions", nil) {
		if err != nil {
			t.Fatal(err)
		}
		name, _ := item["name"].(string)
		scope, _ := gateway.Field(item, "properties.scope").(string)
		if end := scope[strings.LastIndex(scope, "/"):]; end != "/starter" && end != "/unlimited" { // those of a new service
			got[name] = end
		}
	}
	if d := cmp.Diff(map[string]string{"master": "/", "kept": "/old-gold", "dana": "/gold"}, got); d != "" {
		t.Errorf("subscriptions (-want +got):\n%s", d)
	}
	groups := func(product string) []string {
		var names []string
		for r, err := range svc.List(t.Context(), "product group", gateway.NewKey("product", product)) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, r.Key.Name())
		}
		slices.Sort(names)
		return names
	}
	if d := cmp.Diff([]string{"administrators", "guests"}, groups("gold")); d != "" {
		t.Errorf("groups of the new product (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"administrators", "developers", "g"}, groups("old-gold")); d != "" {
		t.Errorf("groups of the product that was there (-want +got):\n%s", d)
	}
	if got := field(t, svc, gateway.NewKey("group", "administrators"), "displayName"); got == "Nobody" {
		t.Error("a group of the service was written to")
	}
}

// TestToolkitLinksOfOnePair publishes links under other names than those that
// the service has for the same pairs.
func TestToolkitLinksOfOnePair(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	store(t, svc, gateway.NewKey("group", "administrators"), map[string]any{"displayName": "Administrators"})
	files := func(name string) tree {
		return tree{
			"products/gold/productInformation.json":               payload(`"displayName": "Gold"`),
			"groups/g/groupInformation.json":                      payload(`"displayName": "G"`),
			"products/gold/groups/g/productGroupInformation.json": fmt.Sprintf(`{"name": %q, "properties": {"groupId": "/groups/g"}}`, name),
		}
	}
	publish(t, svc, plain(t, svc, files("one")), false)
	wantInSync(t, svc, plain(t, svc, files("another")), "with another name of the link")
	link := &gateway.Resource{Key: gateway.NewKey("product", "gold").Child("product group", "g"), Spec: map[string]any{"name": "third"}}
	if err := svc.Put(t.Context(), link, nil); err != nil {
		t.Errorf("put of a third name: %v", err)
	}
	if err := svc.Delete(t.Context(), link); err != nil {
		t.Error(err)
	}
	if err := svc.Delete(t.Context(), link); err != nil {
		t.Errorf("delete of what is gone: %v", err)
	}
	if _, err := svc.Get(t.Context(), link.Key); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("get of a deleted link: %v", err)
	}
}

// TestToolkitSecretsWithoutValue reports secrets that cannot be made, and all
// who need them, before anything is written.
func TestToolkitSecretsWithoutValue(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	svc := apimtest.Direct(t, s, "service")
	files := tree{
		"named values/key/namedValueInformation.json":   payload(`"displayName": "the-key", "secret": true`),
		"named values/plain/namedValueInformation.json": payload(`"displayName": "plain", "value": "x"`),
		"named values/vault/namedValueInformation.json": payload(`"displayName": "vault", "secret": true, "keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/s"}`),
		"policy.xml":                         "<policies><inbound><set-header name=\"k\"><value>{{the-key}}</value></set-header></inbound><backend><forward-request /></backend><outbound /><on-error /></policies>",
		"backends/b/backendInformation.json": payload(`"url": "https://b.example.com", "protocol": "http", "credentials": {"header": {"k": ["{{the-key}}"]}}`),
	}
	s.ResetStats()
	p, err := publisher.MakePlan(t.Context(), publisher.Options{Gateway: svc, Source: plain(t, svc, files)})
	if err != nil {
		t.Fatal(err)
	}
	var text string
	for _, problem := range p.Problems {
		text += fmt.Sprintf("%v %s: %s\n", problem.Severity, problem.Key, problem.Text)
	}
	if _, err := publisher.Run(t.Context(), publisher.Options{Gateway: svc, Source: plain(t, svc, files)}); err == nil {
		t.Error("a plan that cannot be carried out was")
	}
	for _, want := range []string{"named value key", "policy", "backend b"} {
		if !strings.Contains(text, want) {
			t.Errorf("what is said lacks %q:\n%s", want, text)
		}
	}
	if n := s.Stats().Requests["PUT"]; n != 0 {
		t.Errorf("%d writes were made before it was said", n)
	}
}

// TestToolkitOperationsComeAndGo changes a definition together with the
// policies of its operations: new ones need the import first, those of
// operations that go have gone with them.
func TestToolkitOperationsComeAndGo(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	files := revisions(1)
	publish(t, svc, plain(t, svc, files), true)
	files["apis/orders/specification.yaml"] = openAPI("list", "cancel", "return")
	delete(files, "apis/orders/operations/get-1/policy.xml")
	files["apis/orders/operations/cancel/policy.xml"] = nothingPolicy
	files["apis/orders/operations/return/policy.xml"] = nothingPolicy
	publish(t, svc, plain(t, svc, files), true)
	wantInSync(t, svc, plain(t, svc, files), "with other operations")
}

// TestToolkitDeletesWhatIsGone publishes commits that delete what somebody has
// deleted on the gateway already.
func TestToolkitDeletesWhatIsGone(t *testing.T) {
	t.Parallel()
	svc := bare(t)
	files := revisions(1)
	files["tags/t/tagInformation.json"] = payload(`"displayName": "T"`)
	publish(t, svc, plain(t, svc, files), false)
	_, dir := commit(t, files)
	run(t, dir, "rm", "--quiet", "-r", "apis")
	run(t, dir, "commit", "--quiet", "--message", "delete all APIs")
	for _, key := range []gateway.Key{
		gateway.NewKey("api", "orders;rev=2").Child("api operation", "get-2").Child("api operation policy", "policy"), gateway.NewKey("api", "orders"),
	} {
		if err := svc.Delete(t.Context(), &gateway.Resource{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	repo, err := git.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	}()
	head, err := source.NewCommit(t.Context(), svc.Describe().Kinds, repo, dir, "HEAD", ".", nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := publisher.Run(t.Context(), publisher.Options{Gateway: svc, Source: head, Since: "HEAD~1", Delete: true})
	if err != nil || result.Err() != nil {
		t.Errorf("publish: %v, %v", result, err)
	}
}
