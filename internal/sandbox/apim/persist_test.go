package apim

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// dump reads everything a client can see of a service.
func (v *service) dump() map[string]any {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := map[string]any{}
	for key, it := range v.items {
		text, err := json.Marshal([]any{v.show(it, inGet), it.etag(), it.props["value"]})
		if err != nil {
			panic(err)
		}
		out[key] = string(text)
	}
	for key, r := range v.roots {
		out[rootMark+key] = fmt.Sprint(r.name, r.current, len(r.revs))
	}
	out["indexes"] = fmt.Sprint(len(v.paths), len(v.display), len(v.pairs), len(v.referrers), len(v.children))
	return out
}

func TestStateSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	c := newClient(t, Options{StateFile: path})
	stock(c)
	c.importAPI("apis/pets", nil)
	c.put("apis/pets;rev=2", obj{"path": "pets", "sourceApiId": "/apis/pets"})
	c.put("apis/pets/releases/r", obj{"apiId": "/apis/pets;rev=2"})
	c.put("workspaces/w", obj{"displayName": "W"})
	c.put("workspaces/w/tags/t", obj{"displayName": "T"})
	c.want(200, "DELETE", "tags/t", nil)
	c.want(202, "DELETE", "apis/echo-api", nil)
	if err := c.srv.compact(); err != nil {
		t.Fatal(err)
	}
	c.put("tags/after", obj{"displayName": "after the compaction"})
	want := c.srv.services[strings.ToLower(testService)].dump()

	again, err := New(Options{StateFile: path}) // the first one still runs: as if it had been killed
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(again.services[strings.ToLower(testService)].dump(), want); diff != "" {
		t.Errorf("from the journal (-got +want):\n%s", diff)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	third, err := New(Options{StateFile: path})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(third.services[strings.ToLower(testService)].dump(), want); diff != "" {
		t.Errorf("from the snapshot (-got +want):\n%s", diff)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("state file: got %v, %v; secrets want mode 0600", info.Mode(), err)
	}
}

// TestAnyHistoryReloads: whatever was written and deleted, a reload gives the same.
func TestAnyHistoryReloads(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		path := filepath.Join(dir, fmt.Sprintf("state%d.json", runs))
		srv, err := New(Options{StateFile: path, Bare: true, OperationTime: time.Nanosecond})
		if err != nil {
			rt.Fatal(err)
		}
		c := &inProcess{srv}
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{
			"PUT tags/a", "PUT tags/b", "DELETE tags/a", "PUT apis/x", "PUT apis/x;rev=2", "PUT apis/x;rev=3", "PUT apis/y",
			"PUT apis/x/releases/r2", "PUT apis/x/releases/r3", "DELETE apis/x", "DELETE apis/x;rev=1", "DELETE apis/x;rev=2",
			"PUT apis/x/tags/a", "PUT apis/y/tags/b", "PUT products/p", "PUT products/p/apis/x", "DELETE products/p", "PUT apis/x/operations/o",
			"DELETE apis/y", "PUT apiVersionSets/vs", "PUT apis/z", "DELETE apis/z",
		}), 1, 15).Draw(rt, "steps")
		for _, s := range steps {
			method, target, _ := strings.Cut(s, " ")
			c.do(method, target)
		}
		var want map[string]any
		if v := srv.services[strings.ToLower(testService)]; v != nil {
			want = v.dump()
		}
		again, err := New(Options{StateFile: path, Bare: true})
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(again.services[strings.ToLower(testService)].dump(), want); diff != "" {
			rt.Errorf("reloaded (-got +want):\n%s", diff)
		}
		for _, s := range []*Server{again, srv} {
			if err := s.journal.Close(); err != nil {
				rt.Error(err)
			}
		}
	})
}
