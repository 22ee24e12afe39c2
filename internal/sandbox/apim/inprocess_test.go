package apim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

// inProcess sends requests without a network.
type inProcess struct{ srv *Server }

// do writes or deletes with a body that fits the path.
func (c *inProcess) do(method, path string) int {
	name := path[strings.LastIndexByte(path, '/')+1:]
	body := fmt.Sprintf(`{"properties":{"displayName":%q}}`, name)
	switch {
	case strings.Contains(path, "/operations/"):
		body = fmt.Sprintf(`{"properties":{"displayName":"o","method":"GET","urlTemplate":"/%s"}}`, name)
	case strings.Contains(path, "/releases/"):
		body = fmt.Sprintf(`{"properties":{"apiId":"/apis/x;rev=%s"}}`, strings.TrimPrefix(name, "r"))
	case strings.HasPrefix(path, "apiVersionSets/"):
		body = `{"properties":{"displayName":"vs","versioningScheme":"Segment"}}`
	case path == "apis/z":
		body = `{"properties":{"displayName":"z","path":"z","apiVersion":"v1","apiVersionSetId":"/apiVersionSets/vs"}}`
	case strings.HasPrefix(path, "apis/") && strings.Contains(path, ";rev="):
		body = `{"properties":{"displayName":"x","path":"x","sourceApiId":"/apis/x"}}`
	case strings.HasPrefix(path, "apis/") && strings.Count(path, "/") == 1:
		body = fmt.Sprintf(`{"properties":{"displayName":%q,"path":%q}}`, name, name)
	case strings.Count(path, "/") > 1:
		body = ""
	}
	return c.send(method, path, body).Code
}

func (c *inProcess) send(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, testService+"/"+path+"?api-version="+testVersion, strings.NewReader(body))
	w := httptest.NewRecorder()
	c.srv.ServeHTTP(w, r)
	return w
}

// tenOperations plays an importer whose every document has ten operations.
type tenOperations struct{ specDefinitions }

func (tenOperations) Import(string, string, apispec.ImportOptions) (*apispec.Definition, error) {
	d := &apispec.Definition{Title: "Ten"}
	for i := range 10 {
		d.Operations = append(d.Operations, apispec.Operation{Name: fmt.Sprintf("op-%d", i),
			Properties: map[string]any{"displayName": "op", "method": "GET", "urlTemplate": fmt.Sprintf("/%d", i)}})
	}
	return d, nil
}

// TestLargeServiceStaysFast fills a service with 1,000 APIs of 10 operations. Late
// requests may not take much longer than early ones did.
func TestLargeServiceStaysFast(t *testing.T) {
	srv, err := New(Options{Bare: true, PageSize: 1000, Definitions: tenOperations{}})
	if err != nil {
		t.Fatal(err)
	}
	c := &inProcess{srv}
	batch := func(from int) time.Duration {
		start := time.Now()
		for i := from; i < from+100; i++ {
			api := fmt.Sprintf("apis/api-%04d", i)
			body := fmt.Sprintf(`{"properties":{"path":"p%d","format":"openapi","value":"x"}}`, i)
			if w := c.send(http.MethodPut, api, body); w.Code != http.StatusCreated {
				t.Fatalf("%s: got %d %s", api, w.Code, w.Body)
			}
		}
		return time.Since(start)
	}
	first := batch(0)
	var last time.Duration
	for from := 100; from < 1000; from += 100 {
		last = batch(from)
	}
	if last > 5*first+time.Second {
		t.Errorf("the last 100 imports took %v, the first %v", last, first)
	}
	if got := strings.Count(c.send(http.MethodGet, "apis", "").Body.String(), `"name":"api-`); got != 1000 {
		t.Errorf("list: got %d APIs, want 1000", got)
	}
	if got := strings.Count(c.send(http.MethodGet, "apis/api-0999/operations", "").Body.String(), `"name":"op-`); got != 10 {
		t.Errorf("operations: got %d, want 10", got)
	}
}
