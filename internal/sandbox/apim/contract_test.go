package apim

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contractFile finds a file of the published contract beside the checkout, or skips.
func contractFile(t *testing.T, name string) string {
	t.Helper()
	at := filepath.Join("..", "..", "..", "..", "shared", "reference", "apim", name)
	if _, err := os.Stat(at); err != nil {
		t.Skipf("no %s: this test compares with the published contract, which is not part of the repository", at)
	}
	return at
}

type contractOperation struct {
	Method  string
	Path    string
	Headers [][]string
	Codes   []int
	LRO     *string
}

// outOfScope are parts of the contract that no deployment tool needs of a sandbox.
func outOfScope(path string) bool {
	return slices.ContainsFunc([]string{"/reports/", "/quotas/", "/tenant/{configurationName}", "/tenant/{accessName}/git", "/connectivityCheck",
		"/backup", "/restore", "/migrateToStv2", "/getssotoken", "/applynetworkconfigurationupdates", "/validatePolicies", "/confirmations/",
		"/contentTypes/{contentTypeId}/contentItems", "/locations/", "/users/{userId}/identities", "/operationResults/", "/issues"}, func(part string) bool {
		return strings.Contains(path, part)
	})
}

func contractOperations(t *testing.T) []contractOperation {
	t.Helper()
	raw, err := os.ReadFile(contractFile(t, "ops-2024-05-01.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []contractOperation
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(op contractOperation) bool {
		return !strings.Contains(op.Path, "/service/{serviceName}/") || outOfScope(op.Path)
	})
}

// kindOf finds the row behind a path of the contract: it, whether the path is in a
// workspace, whether it names an item, and what is behind that.
func kindOf(tab *table, path string) (k *kind, workspace, isItem bool, tail string) {
	_, below, _ := strings.Cut(path, "/service/{serviceName}/")
	segs := strings.Split(below, "/")
	if len(segs) > 2 && segs[0] == "workspaces" {
		workspace, segs = true, segs[2:]
	}
	at := ""
	for i := 0; i < len(segs); i += 2 {
		next := tab.get(strings.TrimPrefix(at+"/"+segs[i], "/"))
		if next == nil {
			return k, workspace, isItem, strings.Join(segs[i:], "/")
		}
		k, at, isItem = next, next.path, i+1 < len(segs)
	}
	return k, workspace, isItem, ""
}

// TestTableMatchesTheContract: every operation published for deployment tools has a
// row, verb, scope and If-Match demand in the table.
func TestTableMatchesTheContract(t *testing.T) {
	tab, err := sharedTable()
	if err != nil {
		t.Fatal(err)
	}
	verbs := map[string]string{"GET": "G", "HEAD": "H", "PUT": "P", "PATCH": "U", "DELETE": "D"}
	seen := map[string]bool{}
	for _, op := range contractOperations(t) {
		k, workspace, isItem, tail := kindOf(tab, op.Path)
		name := op.Method + " " + op.Path[strings.Index(op.Path, "{serviceName}")+len("{serviceName}"):]
		switch {
		case tail != "" && op.Method == "POST":
			if k == nil || k.posts[strings.ToLower(tail)] == nil {
				t.Errorf("%s: no such action", name)
			}
		case tail != "":
			on := strings.ToLower(tail)
			if k != nil && isItem {
				on = strings.ToLower(k.path) + "/" + on
			}
			on, _, _ = strings.Cut(on, "/{")
			if aggregates()[on] == nil {
				t.Errorf("%s: no such list", name)
			}
		case k == nil:
			t.Errorf("%s: no such kind", name)
		case !isItem && !k.can("L"):
			t.Errorf("%s: no list", name)
		case isItem && !k.can(verbs[op.Method]):
			t.Errorf("%s: no verb %s", name, verbs[op.Method])
		case workspace && !k.ws:
			t.Errorf("%s: not in workspaces", name)
		case isItem:
			seen[k.path] = true
			wantMatch := slices.ContainsFunc(op.Headers, func(h []string) bool { return h[0] == "If-Match" && h[1] == "req" })
			if got := strings.Contains(k.demand, verbs[op.Method]); got != wantMatch {
				t.Errorf("%s: demands If-Match %v, want %v", name, got, wantMatch)
			}
			if op.Method == "PUT" && (op.LRO != nil) != (k.long != longNever) && k.path != "privateEndpointConnections" {
				t.Errorf("%s: long-running %v, want %v", name, k.long != longNever, op.LRO != nil)
			}
			if op.Method == "HEAD" && k.linkHead != slices.Contains(op.Codes, 204) {
				t.Errorf("%s: HEAD 204 %v, codes %v", name, k.linkHead, op.Codes)
			}
			if op.Method == "PUT" && k.noCreate != !slices.Contains(op.Codes, 201) {
				t.Errorf("%s: noCreate %v, codes %v", name, k.noCreate, op.Codes)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d kinds were compared", len(seen))
	}
}

// TestFactsAreFresh: facts.json is what the generator makes of the contract.
func TestFactsAreFresh(t *testing.T) {
	schema := contractFile(t, "schema-2024-05-01.json")
	got, err := exec.CommandContext(t.Context(), "go", "run", "./genfacts", schema).Output()
	if err != nil {
		t.Fatalf("run genfacts: %v", err)
	}
	if !bytes.Equal(got, factsJSON) {
		t.Error("facts.json is stale; run go generate in this folder")
	}
}

// TestExampleBodiesPass: the request bodies published as examples break no rule of
// the facts, so the emulator refuses nothing the service documents as valid.
func TestExampleBodiesPass(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(contractFile(t, "ops-2024-05-01.json")), "examples-2024-05-01", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	tab, err := sharedTable()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var example struct {
			Request struct {
				Method, URL string
				Body        map[string]any
			}
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&example); err != nil {
			continue // A few requests carry no JSON object.
		}
		m := servicePath.FindStringSubmatch(strings.TrimPrefix(strings.SplitN(example.Request.URL, "?", 2)[0], "https://management.azure.com"))
		if example.Request.Method != "PUT" || m == nil || m[2] == "" {
			continue
		}
		segs, err := splitPath(m[2])
		if err != nil {
			t.Fatal(err)
		}
		k, _, _, tail := kindOf(tab, "/service/{serviceName}/"+strings.Join(segs, "/"))
		if k == nil || tail != "" || k.assoc != nil {
			continue
		}
		checked++
		if err := checkSent(k, segs[len(segs)-1], object(example.Request.Body, "properties"), false); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	if checked < 100 {
		t.Errorf("only %d examples were checked", checked)
	}
}

func TestThrottledAnswer(t *testing.T) {
	c := newClient(t, Options{Bare: true, ReadRate: 0.01, ReadBurst: 2})
	left := []string{}
	for range 2 {
		left = append(left, c.want(200, "GET", "tags", nil).header.Get("x-ms-ratelimit-remaining-subscription-reads"))
	}
	if diff := cmp.Diff(left, []string{"1", "0"}); diff != "" {
		t.Errorf("remaining reads (-got +want):\n%s", diff)
	}
	r := c.want(429, "GET", "tags", nil)
	if !strings.HasPrefix(r.errorText(), "TooManyRequests") || r.header.Get("Retry-After") == "" {
		t.Errorf("got %s, Retry-After %q", r.errorText(), r.header.Get("Retry-After"))
	}
	if got := c.want(201, "PUT", "tags/a", wrap(obj{"displayName": "a"})).header; got.Get("x-ms-ratelimit-remaining-subscription-reads") != "" {
		t.Error("a write tells of reads")
	}
}

func TestLostAnswerTookEffect(t *testing.T) {
	c := newClient(t, Options{Bare: true, Faults: []string{"status=504,method=PUT,path=*/tags/*,nth=1,when=after"}})
	if r := c.want(504, "PUT", "tags/a", wrap(obj{"displayName": "a"})); !strings.HasPrefix(r.errorText(), "GatewayTimeout") {
		t.Errorf("got %s, want an error in the shape of Azure", r.errorText())
	}
	c.want(200, "PUT", "tags/a", wrap(obj{"displayName": "a"}))
}
