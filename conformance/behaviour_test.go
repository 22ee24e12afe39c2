package conformance

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	sdk "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/apimanagement/armapimanagement/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// pets is a definition to import.
const pets = `{"openapi":"3.0.1","info":{"title":"Pets","version":"1"},"paths":{
	"/pets":{"get":{"operationId":"list-pets","responses":{"200":{"description":"all"}}}},
	"/pets/{id}":{"get":{"operationId":"get-pet","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"one"}}}}}}`

// often makes the SDK ask a running operation again at once.
func often() *runtime.PollUntilDoneOptions {
	return &runtime.PollUntilDoneOptions{Frequency: time.Millisecond}
}

func imported(document string) sdk.APICreateOrUpdateParameter {
	return sdk.APICreateOrUpdateParameter{Properties: &sdk.APICreateOrUpdateProperties{
		Path: to.Ptr("pets"), DisplayName: to.Ptr("Pets"), Format: to.Ptr(sdk.ContentFormatOpenapiJSON), Value: &document}}
}

// importPets imports the API of that name, and waits until it is there.
func importPets(t *testing.T, f *factory) sdk.APIClientCreateOrUpdateResponse {
	t.Helper()
	poller, err := f.NewAPIClient().BeginCreateOrUpdate(t.Context(), group, service, "pets", imported(pets), nil)
	if err != nil {
		t.Fatal(err)
	}
	if poller.Done() {
		t.Error("the import is done at once, want an operation that runs")
	}
	got, err := poller.PollUntilDone(t.Context(), often())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// operations lists the ids of an API's operations.
func operations(t *testing.T, f *factory, api string) []string {
	t.Helper()
	pages, err := newClient(f, (*factory).NewAPIOperationClient, "").pages(t.Context(), []string{api})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range pages {
		names = append(names, p.names...)
	}
	slices.Sort(names)
	return names
}

func TestImport(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true}))
	got := importPets(t, f)
	if got.Name == nil || *got.Name != "pets" || got.Properties == nil || *got.Properties.Path != "pets" {
		t.Errorf("got API %+v, want pets", got.APIContract)
	}
	if diff := cmp.Diff([]string{"get-pet", "list-pets"}, operations(t, f, "pets")); diff != "" {
		t.Errorf("operations, want -, got +:\n%s", diff)
	}
}

func TestImportIntoWorkspace(t *testing.T) {
	t.Parallel()
	p := newPlace(t, true)
	c := p.f.NewWorkspaceAPIClient()
	poller, err := c.BeginCreateOrUpdate(t.Context(), group, service, workspace, "pets", imported(pets), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.PollUntilDone(t.Context(), often()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), group, service, workspace, "pets", nil); err != nil {
		t.Error(err)
	}
}

func TestImportFails(t *testing.T) {
	t.Parallel()
	c := connect(t, start(t, apim.Options{Bare: true})).NewAPIClient()
	poller, err := c.BeginCreateOrUpdate(t.Context(), group, service, "pets", imported(`{"openapi":"3.0.1","paths":`), nil)
	if err == nil {
		_, err = poller.PollUntilDone(t.Context(), often())
	}
	var e *azcore.ResponseError
	if !errors.As(err, &e) || e.ErrorCode != "ValidationError" {
		t.Fatalf("got error %v, want one with code ValidationError", err)
	}
	_, err = c.Get(t.Context(), group, service, "pets", nil)
	if !errors.As(err, &e) || e.StatusCode != http.StatusNotFound {
		t.Errorf("GET after the failure: got error %v, want status 404", err)
	}
}

func TestDeleteOfAPI(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true}))
	importPets(t, f)
	c := f.NewAPIClient()
	poller, err := c.BeginDelete(t.Context(), group, service, "pets", "*", &sdk.APIClientBeginDeleteOptions{DeleteRevisions: to.Ptr(true)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.PollUntilDone(t.Context(), often()); err != nil {
		t.Fatal(err)
	}
	var e *azcore.ResponseError
	if _, err := c.Get(t.Context(), group, service, "pets", nil); !errors.As(err, &e) || e.ErrorCode != "ResourceNotFound" {
		t.Errorf("GET after the delete: got error %v, want ResourceNotFound", err)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true}))
	importPets(t, f)
	for format, want := range map[sdk.ExportFormat]string{
		sdk.ExportFormatOpenapi: "/pets/{id}", sdk.ExportFormatOpenapiJSON: `"/pets/{id}"`,
		sdk.ExportFormatSwagger: `"swagger"`, sdk.ExportFormatWadl: "<application",
	} {
		got, err := f.NewAPIExportClient().Get(t.Context(), group, service, "pets", format, sdk.ExportAPITrue, nil)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if got.Value == nil || got.Value.Link == nil {
			t.Errorf("%s: got no link", format)
			continue
		}
		if text := fetch(t, *got.Value.Link); !strings.Contains(text, want) {
			t.Errorf("%s: got %.200s, want %s in it", format, text, want)
		}
	}
}

// fetch reads what a link leads to, without credentials, as the vendor demands.
func fetch(t *testing.T, link string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: got status %d, want 200", link, answer.StatusCode)
	}
	return string(text)
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true}))
	importPets(t, f)
	poller, err := f.NewAPIClient().BeginCreateOrUpdate(t.Context(), group, service, "pets;rev=2", sdk.APICreateOrUpdateParameter{
		Properties: &sdk.APICreateOrUpdateProperties{Path: to.Ptr("pets"), SourceAPIID: to.Ptr(serviceID + "/apis/pets"), APIRevisionDescription: to.Ptr("second")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.PollUntilDone(t.Context(), often()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(operations(t, f, "pets"), operations(t, f, "pets;rev=2")); diff != "" {
		t.Errorf("operations of the copy, want -, got +:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"1": true, "2": false}, revisions(t, f)); diff != "" {
		t.Errorf("revisions and whether they are current, want -, got +:\n%s", diff)
	}
	if _, err := f.NewAPIReleaseClient().CreateOrUpdate(t.Context(), group, service, "pets", "r", sdk.APIReleaseContract{
		Properties: &sdk.APIReleaseContractProperties{APIID: to.Ptr(serviceID + "/apis/pets;rev=2")}}, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"1": false, "2": true}, revisions(t, f)); diff != "" {
		t.Errorf("after the release, want -, got +:\n%s", diff)
	}
}

// revisions tells of each revision whether it is current.
func revisions(t *testing.T, f *factory) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for pager := f.NewAPIRevisionClient().NewListByServicePager(group, service, "pets", nil); pager.More(); {
		p, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Value {
			out[*r.APIRevision] = r.IsCurrent != nil && *r.IsCurrent
		}
	}
	return out
}

// TestThrottling: the SDK waits as long as the sandbox asks it to, and succeeds. Its
// own waits are too short to matter.
func TestThrottling(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true, ReadRate: 20, ReadBurst: 1}))
	began := time.Now()
	for range 2 {
		if _, err := f.NewTenantAccessClient().Get(t.Context(), group, service, sdk.AccessIDNameAccess, nil); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("two reads took %v, want at least the second that Retry-After asks for", took)
	}
}

// TestThrottlingWithoutEnd: a client that is never let through gets the code.
func TestThrottlingWithoutEnd(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true, Faults: []string{"status=429,code=TooManyRequests,every=1"}}))
	_, err := f.NewTenantAccessClient().Get(t.Context(), group, service, sdk.AccessIDNameAccess, nil)
	var e *azcore.ResponseError
	if !errors.As(err, &e) || e.StatusCode != http.StatusTooManyRequests || e.ErrorCode != "TooManyRequests" {
		t.Errorf("got error %v, want status 429 and code TooManyRequests", err)
	}
}

func TestTokenIsAskedFor(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true, CheckToken: true}))
	if _, err := f.NewTenantAccessClient().Get(t.Context(), group, service, sdk.AccessIDNameAccess, nil); err != nil {
		t.Errorf("with a token: %v", err)
	}
}

// TestSecrets: what GET hides, the action that is there for it tells.
func TestSecrets(t *testing.T) {
	t.Parallel()
	p := newPlace(t, false)
	put := map[string]string{"secret named value": "", "subscription": "", "OpenID provider": "", "authorization server": "", "identity provider": "google"}
	for _, k := range kinds() {
		name, wanted := put[k.name]
		if !wanted {
			continue
		}
		if name == "" {
			name = "x"
		}
		if _, err := newClient(p.f, k.top, k.list).do(t.Context(), request{verb: 'P', names: []string{name}, props: p.fill(k.put, name)}); err != nil {
			t.Fatalf("create %s: %v", k.name, err)
		}
	}
	value, err := p.f.NewNamedValueClient().ListValue(t.Context(), group, service, "x", nil)
	tells(t, "named value", value.Value, "v", err)
	keys, err := p.f.NewSubscriptionClient().ListSecrets(t.Context(), group, service, "x", nil)
	tells(t, "subscription", keys.PrimaryKey, "key-x-1", err)
	oidc, err := p.f.NewOpenIDConnectProviderClient().ListSecrets(t.Context(), group, service, "x", nil)
	tells(t, "OpenID provider", oidc.ClientSecret, "s", err)
	server, err := p.f.NewAuthorizationServerClient().ListSecrets(t.Context(), group, service, "x", nil)
	tells(t, "authorization server", server.ClientSecret, "s", err)
	identity, err := p.f.NewIdentityProviderClient().ListSecrets(t.Context(), group, service, sdk.IdentityProviderTypeGoogle, nil)
	tells(t, "identity provider", identity.ClientSecret, "s", err)

	if _, err := p.f.NewSubscriptionClient().RegeneratePrimaryKey(t.Context(), group, service, "x", nil); err != nil {
		t.Fatal(err)
	}
	again, err := p.f.NewSubscriptionClient().ListSecrets(t.Context(), group, service, "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if *again.PrimaryKey == "key-x-1" {
		t.Error("the primary key is still the one before it was made anew")
	}
}

// tells checks a secret.
func tells(t *testing.T, what string, got *string, want string, err error) {
	t.Helper()
	switch {
	case err != nil:
		t.Errorf("%s: %v", what, err)
	case got == nil || *got != want:
		t.Errorf("%s: the secret is not what was stored", what)
	}
}

// TestTags: tags are assigned by methods of their own.
func TestTags(t *testing.T) {
	t.Parallel()
	p := newPlace(t, false)
	c := p.f.NewTagClient()
	if _, err := c.AssignToAPI(t.Context(), group, service, "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AssignToOperation(t.Context(), group, service, "a", "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AssignToProduct(t.Context(), group, service, "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetByAPI(t.Context(), group, service, "a", "b", nil); err != nil || *got.Name != "b" {
		t.Errorf("got %v, %v, want tag b", got.Name, err)
	}
	kinds := map[string]bool{}
	for pager := p.f.NewTagResourceClient().NewListByServicePager(group, service, nil); pager.More(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Value {
			kinds["API"] = kinds["API"] || r.API != nil
			kinds["operation"] = kinds["operation"] || r.Operation != nil
			kinds["product"] = kinds["product"] || r.Product != nil
		}
	}
	if diff := cmp.Diff(map[string]bool{"API": true, "operation": true, "product": true}, kinds); diff != "" {
		t.Errorf("tagged resources, want -, got +:\n%s", diff)
	}
	if _, err := c.DetachFromAPI(t.Context(), group, service, "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	var e *azcore.ResponseError
	if _, err := c.GetByAPI(t.Context(), group, service, "a", "b", nil); !errors.As(err, &e) || e.StatusCode != http.StatusNotFound {
		t.Errorf("after it was taken off: got error %v, want status 404", err)
	}
}
