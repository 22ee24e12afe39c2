package apim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
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
	r := httptest.NewRequest(method, testService+"/"+path+"?api-version="+testVersion, strings.NewReader(body)) //nolint:usetesting // no test at hand
	w := httptest.NewRecorder()
	c.srv.ServeHTTP(w, r)
	return w
}

// TestLargeServiceStaysFast fills a service with 1,000 APIs of 10 operations. Late
// requests may not take much longer than early ones did.
func TestLargeServiceStaysFast(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 11,000 resources: not in short mode")
	}
	srv, err := New(Options{Bare: true, PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	c := &inProcess{srv}
	batch := func(from int) time.Duration {
		start := time.Now()
		for i := from; i < from+100; i++ {
			api := fmt.Sprintf("apis/api-%04d", i)
			if code := c.do(http.MethodPut, api); code != http.StatusCreated {
				t.Fatalf("%s: got %d", api, code)
			}
			for j := range 10 {
				if code := c.do(http.MethodPut, fmt.Sprintf("%s/operations/op-%d", api, j)); code != http.StatusCreated {
					t.Fatalf("%s operation %d: got %d", api, j, code)
				}
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
		t.Errorf("the last 1,100 writes took %v, the first %v", last, first)
	}
	if got := strings.Count(c.send(http.MethodGet, "apis", "").Body.String(), `"name":"api-`); got != 1000 {
		t.Errorf("list: got %d APIs, want 1000", got)
	}
	t.Logf("first 1,100 writes %v, last %v", first, last)
}
