package apim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRevisions(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.importAPI("apis/Pets", nil)
	c.put("apis/pets/policies/policy", obj{"value": "<policies><inbound /></policies>"})
	r := c.put("apis/pets;rev=2", obj{"path": "elsewhere", "sourceApiId": "/apis/pets", "apiRevisionDescription": "second"})
	if r.status != 201 || r.body["name"] != "Pets;rev=2" || r.props()["path"] != "pets" {
		t.Errorf("new revision: got %d %s", r.status, r.raw)
	}
	if _, there := r.props()["isCurrent"]; there {
		t.Error("isCurrent is there on a revision that is not current")
	}
	if diff := cmp.Diff(c.get("apis").list(), []string{"Pets", "Pets;rev=2"}); diff != "" {
		t.Errorf("apis (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(c.get("apis?$filter=isCurrent%20eq%20true").list(), []string{"Pets"}); diff != "" {
		t.Errorf("current apis (-got +want):\n%s", diff)
	}
	if got := c.get("apis/pets%3Brev=2/operations").list(); len(got) != 2 {
		t.Errorf("operations of the new revision: got %v, want two", got)
	}
	c.get("apis/pets;rev=2/policies/policy")
	if got := c.get("apis/pets;rev=1").body["name"]; got != "Pets" {
		t.Errorf("current revision by number: got name %v, want Pets", got)
	}
	c.put("apis/pets/releases/r1", obj{"apiId": "/apis/pets;rev=2", "notes": "go"})
	if got := c.get("apis/pets").props()["apiRevision"]; got != "2" {
		t.Errorf("after release: current revision %v, want 2", got)
	}
	if diff := cmp.Diff(c.get("apis").list(), []string{"Pets;rev=1", "Pets"}); diff != "" {
		t.Errorf("apis after release (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(c.get("apis/pets/releases").list(), []string{"r1"}); diff != "" {
		t.Errorf("releases (-got +want):\n%s", diff)
	}
	want := testService + "/apis/Pets;rev=2"
	if got := c.get("apis/pets/releases/r1").props()["apiId"]; got != want {
		t.Errorf("apiId of release: got %v, want %s", got, want)
	}
	c.want(200, "DELETE", "apis/pets/releases/r1", nil)
	if got := c.get("apis/pets").props()["apiRevision"]; got != "2" {
		t.Errorf("deleting the release reverted: current revision %v", got)
	}
	revisions := c.get("apis/pets/revisions")
	values, _ := revisions.body["value"].([]any)
	var got []string
	for _, v := range values {
		m, _ := v.(map[string]any)
		got = append(got, text(m, "apiRevision"))
		if m["isCurrent"] != (m["apiRevision"] == "2") {
			t.Errorf("revision %v: isCurrent %v", m["apiRevision"], m["isCurrent"])
		}
	}
	if diff := cmp.Diff(got, []string{"2", "1"}); diff != "" {
		t.Errorf("revisions (-got +want):\n%s", diff)
	}
	if next, there := revisions.body["nextLink"]; !there || next != nil {
		t.Errorf("revisions: nextLink %v, want null", next)
	}
	c.put("apis/pets", obj{"displayName": "New", "path": "new"})
	if got := c.get("apis/pets;rev=1").props()["path"]; got != "new" {
		t.Errorf("path of the other revision: got %v, want new", got)
	}
}

func TestDeleteAPI(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apis/a", obj{"displayName": "a", "path": "a"})
	c.put("apis/a;rev=2", obj{"path": "a", "sourceApiId": "/apis/a"})
	c.want(400, "DELETE", "apis/a;rev=1", nil)
	c.want(400, "DELETE", "apis/a", nil)
	c.want(202, "DELETE", "apis/a;rev=2", nil)
	c.put("apis/a;rev=3", obj{"path": "a", "sourceApiId": "/apis/a"})
	r := c.want(202, "DELETE", "apis/a?deleteRevisions=true", nil)
	if r.header.Get("Azure-AsyncOperation") == "" {
		t.Error("DELETE gave no Azure-AsyncOperation")
	}
	if done := c.settle(r); done.status != 204 {
		t.Errorf("finished: got %d, want 204", done.status)
	}
	if got := c.get("apis").list(); len(got) != 0 {
		t.Errorf("apis: got %v, want none", got)
	}
	c.want(204, "DELETE", "apis/a", nil)
	c.put("apis/b", obj{"displayName": "b", "path": "a"})
}

func TestVersionSetGoesWithItsLastAPI(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apiVersionSets/vs", obj{"displayName": "vs", "versioningScheme": "Segment"})
	for _, v := range []string{"v1", "v2"} {
		c.put("apis/"+v, obj{"displayName": "a", "path": "a", "apiVersion": v, "apiVersionSetId": "/apiVersionSets/vs"})
	}
	if got := c.get("apis/v1").props()["apiVersionSetId"]; got != testService+"/apiVersionSets/vs" {
		t.Errorf("apiVersionSetId: got %v", got)
	}
	for name, props := range map[string]obj{
		"same version":      {"displayName": "a", "path": "a", "apiVersion": "V1", "apiVersionSetId": "/apiVersionSets/vs"},
		"same path, no set": {"displayName": "a", "path": "/A/"},
	} {
		if r := c.do("PUT", "apis/third", wrap(props)); r.status != 400 {
			t.Errorf("%s: got %d, want 400", name, r.status)
		}
	}
	c.want(400, "DELETE", "apiVersionSets/vs", nil)
	c.want(202, "DELETE", "apis/v1", nil)
	c.get("apiVersionSets/vs")
	c.want(202, "DELETE", "apis/v2", nil)
	c.want(404, "GET", "apiVersionSets/vs", nil)
}

func TestWritesToOneRevisionLeaveTheOthersAlone(t *testing.T) {
	c := newClient(t, Options{Bare: true})
	c.put("apis/a", obj{"displayName": "a", "path": "a"})
	before := c.put("apis/a;rev=2", obj{"path": "a", "sourceApiId": "/apis/a"}).header.Get("ETag")
	answered := c.put("apis/a", obj{"displayName": "a", "path": "a", "description": "new"}).header.Get("ETag")
	if got := c.want(200, "HEAD", "apis/a", nil).header.Get("ETag"); got != answered {
		t.Errorf("ETag of what was written: HEAD %s, PUT %s", got, answered)
	}
	if got := c.want(200, "HEAD", "apis/a;rev=2", nil).header.Get("ETag"); got != before {
		t.Errorf("ETag of the other revision: got %s, want %s", got, before)
	}
	c.put("apis/a", obj{"displayName": "b", "path": "a"})
	if got := c.want(200, "HEAD", "apis/a;rev=2", nil).header.Get("ETag"); got == before {
		t.Error("the other revision took a new display name and kept its ETag")
	}
	r := c.importAPI("apis/a;rev=2", obj{"path": "x"})
	if got := c.get("apis/a;rev=2"); got.header.Get("ETag") != r.header.Get("ETag") || got.props()["displayName"] != "b" || r.props()["displayName"] != "b" {
		t.Errorf("import into a revision: answered %v, stored %v", r.props(), got.props())
	}
}
