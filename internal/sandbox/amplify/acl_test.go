package amplify

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shared has an environment of the team blue with two webhooks, and one that nobody owns.
func shared(t *testing.T) (admin, blue, red *client) {
	t.Helper()
	admin = newClient(t, twoTeams())
	blue, red = admin.as("blue", "b"), admin.as("red", "r")
	blue.post(envs, obj{"name": "e"})
	blue.post(envs+"/e/webhooks", obj{"name": "one"})
	admin.post(envs+"/e/webhooks", obj{"name": "two"})
	admin.post(envs, obj{"name": "central"})
	return admin, blue, red
}

// share attaches an access list with the rules to the environment "e".
func (c *client) share(name, subject string, access ...any) {
	c.t.Helper()
	r := c.post(envs+"/e/accesscontrollists", obj{"name": name, "spec": obj{
		"subjects": []any{obj{"type": "team", "id": subject}}, "rules": []any{obj{"access": access}}}})
	acl, _ := at(c.get(envs+"/e").body, "metadata.acl").([]any)
	c.put(envs+"/e", obj{"metadata": obj{"acl": append(acl, obj{"aclId": at(r.body, "metadata.id")})}})
}

func TestTeamsSeeTheirOwn(t *testing.T) {
	t.Parallel()
	admin, blue, red := shared(t)
	if got := at(blue.get(envs+"/e").body, "owner.id"); got != stableID("team", "blue") {
		t.Errorf("owner: got %v", got)
	}
	if got := blue.get(envs + "/e/webhooks/two").body["owner"]; got != nil {
		t.Errorf("owner of what the administrator made: got %v", got)
	}
	for name, test := range map[string]struct {
		c    *client
		want []string
	}{"admin": {admin, []string{"central", "e"}}, "blue": {blue, []string{"e"}}, "red": {red, []string{}}} {
		if got := test.c.get(envs).names(); !cmp.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	if got := red.want(200, http.MethodHead, envs+"?count=all", nil).header.Get("X-Axway-Total-Count"); got != "2" {
		t.Errorf("count=all: got %s, want 2", got)
	}
	if got := red.want(200, http.MethodHead, envs+"?count=accessible", nil).header.Get("X-Axway-Total-Count"); got != "0" {
		t.Errorf("count=accessible: got %s, want 0", got)
	}
	blue.put(envs+"/e/webhooks/two", obj{"title": "ours by the scope"})
	red.want(http.StatusNotFound, http.MethodGet, envs+"/e", nil)
	red.want(http.StatusNotFound, http.MethodDelete, envs+"/e", nil)
	red.want(http.StatusNotFound, http.MethodPost, envs+"/e/webhooks", obj{})
	red.want(http.StatusConflict, http.MethodPost, envs, obj{"name": "central"})
}

func TestOwners(t *testing.T) {
	t.Parallel()
	admin, blue, red := shared(t)
	team := func(name string) obj { return obj{"type": "team", "id": stableID("team", name)} }
	blue.want(http.StatusForbidden, http.MethodPost, envs, obj{"owner": team("red")})
	blue.put(envs+"/e", obj{"owner": team("red")})
	blue.want(http.StatusNotFound, http.MethodGet, envs+"/e", nil)
	red.get(envs + "/e")
	blue.get(envs + "/e/webhooks/one")
	red.get(envs + "/e/webhooks/two")
	admin.put(envs+"/e", obj{"title": "without an owner in the body"})
	red.get(envs + "/e")
	admin.put(envs+"/e", obj{"owner": nil})
	red.want(http.StatusNotFound, http.MethodGet, envs+"/e", nil)
}

func TestAccessLists(t *testing.T) {
	t.Parallel()
	admin, blue, red := shared(t)
	blue.share("read", stableID("team", "red"), obj{"level": "scope"})
	r := red.get(envs + "/e")
	want := obj{"canRead": true, "canWrite": false, "canDelete": false, "canChangeOwner": false}
	if diff := cmp.Diff(want, at(r.body, "metadata.accessRights")); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
	if got := red.get(envs + "/e/webhooks").names(); len(got) != 0 {
		t.Errorf("sharing a scope shares what it holds: %v", got)
	}
	red.want(http.StatusForbidden, http.MethodPut, envs+"/e", obj{})
	red.want(http.StatusForbidden, http.MethodDelete, envs+"/e", nil)
	red.want(http.StatusForbidden, http.MethodPost, envs+"/e/webhooks", obj{})

	blue.share("hooks", "*", obj{"level": "scopedKind", "kind": "Webhook", "allowCreate": true, "allowWrite": true},
		obj{"level": "scopedResource", "kind": "Webhook", "name": "two", "allowWrite": false, "allowDelete": true})
	red.put(envs+"/e/webhooks/one", obj{"title": "T"})
	red.want(http.StatusForbidden, http.MethodDelete, envs+"/e/webhooks/one", nil)
	red.want(http.StatusForbidden, http.MethodPut, envs+"/e/webhooks/two", obj{})
	red.post(envs+"/e/webhooks", obj{"name": "three"})
	red.want(http.StatusForbidden, http.MethodPost, envs+"/e/secrets", obj{})
	red.want(http.StatusForbidden, http.MethodPut, envs+"/e/webhooks/one", obj{"owner": obj{"type": "team", "id": stableID("team", "red")}})
	red.want(http.StatusNoContent, http.MethodDelete, envs+"/e/webhooks/two", nil)

	blue.share("never", "*", obj{"level": "scope", "allowWrite": false})
	blue.want(http.StatusForbidden, http.MethodPut, envs+"/e", obj{})
	admin.want(http.StatusNoContent, http.MethodDelete, envs+"/e/accesscontrollists/never", nil)
	if got := len(at(blue.get(envs+"/e").body, "metadata.acl").([]any)); got != 2 {
		t.Errorf("lists attached after the delete of one: got %d, want 2", got)
	}
	blue.put(envs+"/e", obj{})
}
