package apim

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// TestManyClientsAtOnce is for the race detector, and for locks taken in a wrong order.
func TestManyClientsAtOnce(t *testing.T) {
	c := newClient(t, Options{StateFile: t.TempDir() + "/state.json"})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			mine := fmt.Sprintf("tags/mine%d", i)
			for _, step := range []struct {
				method, path string
				body         any
				want         int
			}{
				{http.MethodPut, mine, wrap(obj{"displayName": "x"}), 201},
				{http.MethodPut, "apis/echo-api/" + mine, nil, 201},
				{http.MethodGet, "apis", nil, 200},
				{http.MethodGet, "tagResources", nil, 200},
				{http.MethodGet, "apis/echo-api?export=true&format=openapi-link", nil, 200},
				{http.MethodPut, fmt.Sprintf("apis/api%d", i), wrap(obj{"displayName": "x", "path": fmt.Sprint(i)}), 201},
				{http.MethodPut, fmt.Sprintf("apis/api%d;rev=2", i), wrap(obj{"path": "x", "sourceApiId": fmt.Sprintf("/apis/api%d", i)}), 201},
				{http.MethodPut, fmt.Sprintf("apis/api%d/releases/r", i), wrap(obj{"apiId": fmt.Sprintf("/apis/api%d;rev=2", i)}), 201},
				{http.MethodDelete, mine, nil, 200},
				{http.MethodGet, "", nil, 200},
			} {
				r, err := c.try(step.method, step.path, step.body)
				if err != nil || r.status != step.want {
					t.Errorf("%s %s: got %d, %v, want %d: %s", step.method, step.path, r.status, err, step.want, r.raw)
				}
			}
		})
	}
	for range 3 {
		c.srv.journal.CompactLater(c.srv.compact, c.srv.log) // as when the journal is full
	}
	wg.Wait()
	if got := c.get("apis?$filter=isCurrent%20eq%20true").list(); len(got) != 9 {
		t.Errorf("current APIs: got %v, want 9", got)
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"name eq 'x'", "not (contains(name,'a') or isCurrent ne true)", "((", "substringof('a',name)", "endswith(scope,'it''s')"} {
		f.Add(seed)
	}
	srv, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	v, err := srv.service(testService, true)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, filter string) {
		keep, err := parseFilter(v, filter)
		if err != nil || keep == nil {
			return
		}
		for _, it := range v.items {
			keep(it)
		}
	})
}
