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
