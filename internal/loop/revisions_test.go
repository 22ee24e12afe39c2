package loop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A revision is a state of one revision of an API in a tree: two of the same
// number are the same, but for the text.
type revision struct {
	number int
	text   string // is in the payload, the policies and the operations
}

// revised is a tree of two APIs, with a definition and with operations of
// their own, of which the first of the revisions is the current one.
func revised(all ...revision) tree {
	files := tree{"tags/t/tagInformation.json": payload(`"displayName": "T"`)}
	for i, r := range all {
		suffix := fmt.Sprintf(";rev=%d", r.number)
		if i == 0 {
			suffix = ""
			files["tags/t/apis/orders/tagApiInformation.json"] = "{}"
		}
		for _, name := range []string{"orders", "plain"} {
			files["apis/"+name+suffix+"/apiInformation.json"] = payload(fmt.Sprintf(`"displayName": %q, "path": %q, "protocols": ["https"],
				"apiRevision": "%d", "apiRevisionDescription": %q`, name, name, r.number, r.text))
			files["apis/"+name+suffix+"/policy.xml"] = headerPolicy(r, "api")
			files["apis/"+name+suffix+"/operations/list/policy.xml"] = headerPolicy(r, "operation")
		}
		if len(all) > 1 {
			files["tags/t/operations/plain"+suffix+"%2Flist/tagOperationInformation.json"] = payload(fmt.Sprintf(`"operationId": "/apis/plain%s/operations/list"`, suffix))
		}
		own := fmt.Sprintf("only-%d", r.number)
		files["apis/orders"+suffix+"/specification.yaml"] = openAPI("list", own, "in-"+r.text)
		for _, id := range []string{"list", own} {
			files["apis/plain"+suffix+"/operations/"+id+"/operationInformation.json"] = payload(fmt.Sprintf(
				`"displayName": %q, "method": "GET", "urlTemplate": "/%s", "description": %q`, id, id, r.text))
		}
	}
	return files
}

func headerPolicy(r revision, of string) string {
	return strings.Replace(nothingPolicy, "<base />", fmt.Sprintf(`<base /><set-header name="x"><value>%s %d %s</value></set-header>`, of, r.number, r.text), 1)
}

// TestRevisions changes which revision of an API is current, and what the
// revisions say, at once: by what a commit changed, and by a saved plan of all.
func TestRevisions(t *testing.T) {
	t.Parallel()
	a1, a2, a3 := revision{1, "a"}, revision{2, "a"}, revision{3, "a"}
	b1, b2, b3 := revision{1, "b"}, revision{2, "b"}, revision{3, "b"}
	tests := []struct {
		name          string
		before, after []revision
	}{
		{"forward", []revision{a1, a2}, []revision{a2, a1}},
		{"forward, with the one before changed", []revision{a1, a2}, []revision{a2, b1}},
		{"forward, with the new one changed", []revision{a1, a2}, []revision{b2, a1}},
		{"back, with both changed", []revision{a2, a1}, []revision{b1, b2}},
		{"to one that is new, with the one before changed", []revision{a1}, []revision{a2, b1}},
		{"without the one before", []revision{a1, a2}, []revision{b2}},
		{"with a third changed", []revision{a1, a2, a3}, []revision{b2, b3, b1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before, after := revised(tt.before...), revised(tt.after...)
			svc := bare(t)
			publish(t, svc, plain(t, svc, before), true)
			wantDone(t, publisher.Options{Gateway: svc, Source: lastOf(t, svc, before, after), Since: "HEAD~1", Delete: true}, false)
			wantInSync(t, svc, plain(t, svc, after), "after the commit was published")
			wantDone(t, publisher.Options{Gateway: svc, Source: plain(t, svc, before), Delete: true}, true)
			wantInSync(t, svc, plain(t, svc, before), "after all was published as before")
		})
	}
}

// wantDone fails the test unless a plan is carried out as a whole, saved in
// between or not.
func wantDone(t *testing.T, o publisher.Options, saved bool) {
	t.Helper()
	p, err := publisher.MakePlan(t.Context(), o)
	if err == nil && saved {
		var text []byte
		if text, err = p.JSON(); err == nil {
			p, err = plan.Load(text)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	result, err := publisher.Apply(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range result.Outcomes {
		if o.Status != plan.Done {
			t.Errorf("saved %t: %s %s %v: %v", saved, o.Status, o.Action.Op, o.Action.Key, o.Err)
		}
	}
}

// TestRevisionChangedOnTheGateway makes a revision current that somebody has
// changed on the gateway: that is told.
func TestRevisionChangedOnTheGateway(t *testing.T) {
	t.Parallel()
	before := revised(revision{1, "a"}, revision{2, "a"})
	after := revised(revision{2, "b"}, revision{1, "b"})
	second := gateway.NewKey("api", "orders;rev=2")
	svc := bare(t)
	publish(t, svc, plain(t, svc, before), true)
	for _, key := range []gateway.Key{second, second.Child("api policy", "policy")} {
		r, err := svc.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if key == second {
			gateway.SetField(r.Spec, "properties.apiRevisionDescription", "theirs")
		} else {
			gateway.SetField(r.Spec, "properties.value", strings.Replace(nothingPolicy, "<inbound>", "<inbound><!-- theirs -->", 1))
		}
		if err := svc.Put(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	p, err := publisher.MakePlan(t.Context(), publisher.Options{Gateway: svc, Source: lastOf(t, svc, before, after), Since: "HEAD~1", Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range p.Conflicts {
		got = append(got, c.Action.Key.String())
	}
	if d := cmp.Diff(got, []string{"api orders", "api policy orders/policy"}); d != "" {
		t.Errorf("conflicts (-got +want):\n%s", d)
	}
}

// lastOf returns the last of some commits, of these trees.
func lastOf(t *testing.T, svc *apimtest.Service, trees ...tree) publisher.Source {
	t.Helper()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(dir, "objects"), 0o755))
	must(os.MkdirAll(filepath.Join(dir, "refs", "heads"), 0o755))
	must(os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/main\n"), 0o600))
	must(os.WriteFile(filepath.Join(dir, "config"), []byte("[core]\n\tbare = true\n"), 0o600))
	repo, err := git.Open(t.Context(), dir, git.Options{})
	must(err)
	t.Cleanup(func() { must(repo.Close()) })
	var head git.Hash
	for _, files := range trees {
		stage, err := repo.Stage(t.Context(), git.Hash{})
		must(err)
		for name, text := range files {
			must(stage.Add(name, []byte(text)))
		}
		folder, err := stage.Write(t.Context())
		must(err)
		var parents []git.Hash
		if !head.IsZero() {
			parents = append(parents, head)
		}
		next, err := repo.CommitTree(folder, git.Meta{Author: git.Person{Name: "t", Email: "t@example.com"}, When: time.Unix(1700000000, 0), Message: "a tree", Parents: parents})
		must(err)
		must(repo.Push(t.Context(), "refs/heads/main", next, head))
		head = next
	}
	c, err := source.NewCommit(t.Context(), svc.Describe().Kinds, repo, dir, "HEAD", ".", nil)
	must(err)
	return c
}
