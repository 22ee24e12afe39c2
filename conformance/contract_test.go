package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// published is where the vendor's published contract lies: beside the checkout, as
// it is not ours to commit.
const published = "../../shared/reference/apim"

// operation is one operation of the published contract.
type operation struct {
	Client, Op, Method, Path string
	Body                     *string
	OptBody                  bool
	Codes                    []int

	segments []string
}

// servicePath is the path of a service in the contract.
const servicePath = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/service/{serviceName}"

// title names the operation in tables and messages, with the path below the service.
func (o *operation) title() string {
	return o.Method + " " + strings.Replace(o.Path, servicePath, "", 1)
}

// example is a published request, and the answer that goes with it when it has a body.
type example struct {
	name    string
	method  string
	path    string // from the root, escaped
	query   string
	headers map[string]string
	body    any // nil: none
	want    any // nil: no body is documented
}

// contract is what the vendor published.
type contract struct {
	operations []*operation
	examples   []*example
	payloads   map[*operation]any // of each PUT, the body of its first example
}

// loadContract reads the contract; where it is absent the test is skipped.
func loadContract(t *testing.T) *contract {
	t.Helper()
	if _, err := os.Stat(published); err != nil {
		t.Skipf("NOT TESTED: the vendor's published contract is not at %s, so the sandbox is not compared with it", published)
	}
	c := &contract{payloads: map[*operation]any{}}
	read(t, filepath.Join(published, "ops-2024-05-01.json"), &c.operations)
	for _, o := range c.operations {
		o.segments = strings.Split(o.Path, "/")
	}
	files, err := filepath.Glob(filepath.Join(published, "examples-2024-05-01", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		c.examples = append(c.examples, loadExample(t, name))
	}
	for _, e := range c.examples {
		if o := c.find(e.method, e.path); o != nil && e.method == "PUT" && c.payloads[o] == nil {
			c.payloads[o] = e.body
		}
	}
	return c
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
}

func loadExample(t *testing.T, name string) *example {
	t.Helper()
	var file struct {
		Request struct {
			Method, URL string
			Headers     map[string]string
			Body        any
		}
		Response struct{ Body any }
	}
	read(t, name, &file)
	q := file.Request
	if q.Headers["If-Match"] == "<if-match>" {
		q.Headers["If-Match"] = "*" // a place for the reader's own
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(q.URL, "https://management.azure.com"), "?")
	return &example{name: strings.TrimPrefix(strings.TrimSuffix(filepath.Base(name), ".json"), "ApiManagement"), method: q.Method, path: path, query: query,
		headers: q.Headers, body: q.Body, want: file.Response.Body}
}

// find returns the operation that serves a path; of several, the one with the fewest
// parameters.
func (c *contract) find(method, path string) *operation {
	segments := strings.Split(path, "/")
	var best *operation
	for _, o := range c.operations {
		if o.Method == method && fits(o.segments, segments) && (best == nil || strings.Count(o.Path, "{") < strings.Count(best.Path, "{")) {
			best = o
		}
	}
	return best
}

// fits reports whether a path is one of a template's.
func fits(template, path []string) bool {
	if len(template) != len(path) {
		return false
	}
	for i, s := range template {
		if !strings.HasPrefix(s, "{") && !strings.EqualFold(s, path[i]) {
			return false
		}
	}
	return true
}

// serviceInID is the part of an id that names the service.
var serviceInID = regexp.MustCompile(`(?i)/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ApiManagement/service/[^/"]+`)
