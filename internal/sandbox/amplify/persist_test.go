package amplify

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStateSurvives(t *testing.T) {
	t.Parallel()
	for _, clean := range []bool{true, false} {
		t.Run(map[bool]string{true: "a clean stop", false: "a kill"}[clean], func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "state.json")
			o := Options{StateFile: file}
			srv, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			c := (&client{t: t, srv: srv}).as("sandbox", "sandbox")
			c.service()
			c.post(envs+"/e/secrets", obj{"name": "s", "spec": obj{"data": obj{"token": "hunter2"}, "n": 12345678901234567}})
			c.put(envs+"/e/x-mine", obj{"x-mine": obj{"a": "b"}})
			c.post(envs, obj{"name": "gone"})
			c.want(http.StatusNoContent, http.MethodDelete, envs+"/gone", nil)
			c.want(http.StatusCreated, http.MethodPost, "/proxies", proxyV1)
			c.want(http.StatusCreated, http.MethodPost, "/proxies?force=true", proxyV1)
			c.want(http.StatusOK, http.MethodPost, "/promote?target=Test+Runtime", proxyV1)
			before := c.get("management/v1/apiserviceinstances").raw + c.get(envs).raw + c.get("management/v1/secrets").raw
			if clean {
				if err := srv.Close(); err != nil {
					t.Fatal(err)
				}
			} else if err := srv.journal.Close(); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if journal, journalErr := os.ReadFile(file + ".journal"); journalErr == nil {
				text, err = append(text, journal...), nil
			}
			if err != nil || strings.Contains(string(text), "hunter2") {
				t.Fatalf("state: %v, with the secret in it: %t", err, strings.Contains(string(text), "hunter2"))
			}
			next := (&client{t: t, srv: newServer(t, o)}).as("sandbox", "sandbox")
			after := next.get("management/v1/apiserviceinstances").raw + next.get(envs).raw + next.get("management/v1/secrets").raw
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
			if r := next.want(http.StatusOK, http.MethodPost, "/promote?source=Test+Runtime&target=Prod+Runtime", proxyV1); r.body["revision"] != 1.0 {
				t.Errorf("promoted: got %s", r.raw)
			}
			next.want(http.StatusNoContent, http.MethodDelete, envs+"/e", nil)
		})
	}
}

func TestUnknownKindInState(t *testing.T) {
	t.Parallel()
	o := Options{StateFile: filepath.Join(t.TempDir(), "state.json"), ExtraKinds: []string{"management/Mesh/meshes"}, Anonymous: true}
	srv, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	(&client{t: t, srv: srv}).post("management/v1/meshes", obj{"name": "m"})
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	o.ExtraKinds = nil
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), `unknown kind "management/meshes"`) {
		t.Errorf("got %v", err)
	}
}

func TestStatsFaultsAndThrottling(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{Faults: []string{"status=503,method=PUT,nth=1"}, WriteRate: 0.001, WriteBurst: 2})
	c.post(envs, obj{"name": "e"})
	c.want(http.StatusServiceUnavailable, http.MethodPut, envs+"/e", obj{})
	r := c.want(http.StatusTooManyRequests, http.MethodPut, envs+"/e", obj{})
	if r.header.Get("Retry-After") == "" || r.detail() == "" {
		t.Errorf("throttled: got %v %s", r.header, r.raw)
	}
	if s := c.srv.Stats(); s.Requests["PUT"] != 2 || s.Throttled != 1 {
		t.Errorf("stats: got %+v", s)
	}
	c.srv.ResetStats()
	if s := c.srv.Stats(); s.Requests["PUT"] != 0 {
		t.Errorf("stats after a reset: got %+v", s)
	}
}

// TestManyAtOnce is for the race detector: readers render what writers replace.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.service()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				c.do(http.MethodGet, "management/v1/apiserviceinstances?embed=metadata.references", nil)
				c.do(http.MethodPut, envs+"/e/apiserviceinstances/orders-live", obj{"spec": obj{"apiServiceRevision": "orders-1", "accessRequestDefinition": "key"}})
				c.do(http.MethodPut, envs+"/e/apiserviceinstances/orders-live/x-mine", obj{"x-mine": obj{}})
				c.do(http.MethodDelete, envs+"/e/accessrequestdefinitions/key", nil)
				c.do(http.MethodPost, envs+"/e/accessrequestdefinitions", obj{"name": "key"})
			}
		})
	}
	all.Wait()
	c.get(envs + "/e/apiserviceinstances/orders-live")
}
