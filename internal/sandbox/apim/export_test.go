package apim

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExport(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.importAPI("apis/pets", nil)
	r := c.get("apis/pets?export=true&format=openapi-link")
	link, _ := object(r.body, "value")["link"].(string)
	if r.body["format"] != "openapi-link" || !strings.Contains(link, "/_blob/") {
		t.Fatalf("export: got %s", r.raw)
	}
	c.want(400, "GET", link, nil, "Authorization", "Bearer x")
	if doc := c.want(200, "GET", link, nil); !strings.Contains(doc.raw, "listPets") || !strings.Contains(doc.raw, "https://dev.azure-api.net/pets") {
		t.Errorf("document: got %s", doc.raw)
	}
	past := c.srv.now
	c.srv.now = func() time.Time { return past().Add(time.Hour) }
	c.want(403, "GET", link, nil)
	c.srv.now = past
	if got := c.get("apis/pets?export=true&format=swagger-link").body["format"]; got != "swagger-link-json" {
		t.Errorf("format of swagger-link: got %v", got)
	}
	if got := object(c.get("apis/pets?export=true&format=openapi%2Bjson").body, "value")["openapi"]; got == nil {
		t.Error("inline export has no document")
	}
	c.want(400, "GET", "apis/pets?export=true&format=raml", nil)
}

func TestExportRace(t *testing.T) {
	produce := func(s string) func() (document, error) {
		return func() (document, error) { return document{text: s}, nil }
	}
	var m mixer
	first, done, _ := m.begin("set", produce("first"))
	second, alsoDone, _ := m.begin("set", produce("second"))
	other, otherDone, _ := m.begin("other", produce("other"))
	done()
	alsoDone()
	otherDone()
	third, done, _ := m.begin("set", produce("third"))
	done()
	got := []string{first.text, second.text, other.text, third.text}
	if diff := cmp.Diff(got, []string{"first", "first", "other", "third"}); diff != "" {
		t.Errorf("documents (-got +want):\n%s", diff)
	}
}

func TestParallelExportsOfOneAPIAreSafe(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.importAPI("apis/pets", nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if r, err := c.try(http.MethodGet, "apis/pets?export=true&format=openapi-link", nil); err != nil || r.status != 200 {
				t.Errorf("export: got %d, %v", r.status, err)
			}
		})
	}
	wg.Wait()
}
