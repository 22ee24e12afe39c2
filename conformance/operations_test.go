package conformance

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// minRouted keeps the coverage from shrinking unseen.
const minRouted = 569

// TestOperations sends every published operation once. Those in scope have to be
// there; those left out have to be as their row says.
func TestOperations(t *testing.T) {
	c := loadContract(t)
	address := start(t, apim.Options{OperationTime: time.Nanosecond})
	used, served := map[scope]bool{}, 0
	for i, o := range c.operations {
		t.Run(strings.ReplaceAll(o.Client+"."+o.Op, " ", "_"), func(t *testing.T) {
			e := c.exampleOf(o)
			s := &seeder{t: t, c: c, address: address, service: serviceOf(e.path, i), done: map[string]bool{}}
			row, out := outOfScope(o)
			used[row] = true
			got, err := s.sendExample(o, e, !out)
			if err != nil {
				t.Fatal(err)
			}
			routed := isRouted(got)
			switch {
			case out && !row.routed:
				if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
					t.Errorf("%s: got status %d: its row in the list of what is left out says that it is not there", o.title(), got.status)
				}
			case !routed || got.status/100 == 5 || (!out && got.status == http.StatusNotFound):
				t.Errorf("%s: got status %d: %v", o.title(), got.status, got.body)
			default:
				served++
			}
		})
	}
	for _, row := range leftOut() {
		if !used[row] {
			t.Errorf("no operation has the title %q: take it off the list of what is left out", row.title)
		}
	}
	t.Logf("%d of %d published operations are served", served, len(c.operations))
	if served < minRouted {
		t.Errorf("%d operations are served, want at least %d", served, minRouted)
	}
}

// isRouted reports whether somebody feels responsible for the path and the method.
func isRouted(got answer) bool {
	body, _ := got.body.(map[string]any)
	e, _ := body["error"].(map[string]any)
	switch got.status {
	case http.StatusMethodNotAllowed:
		return false
	case http.StatusNotFound:
		return text(e, "code") != "InvalidResourceType" && text(e, "message") != "Resource not found."
	}
	return true
}

// parameter is a place for a name in a path.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

// exampleOf is the first example of an operation, or a request with names made up.
func (c *contract) exampleOf(o *operation) *example {
	for _, e := range c.examples {
		if c.find(e.method, e.path) == o {
			return e
		}
	}
	path := strings.ReplaceAll(o.Path, "{accessName}", "access")
	return &example{name: o.title(), method: o.Method, path: parameter.ReplaceAllLiteralString(path, "x"), query: version}
}
