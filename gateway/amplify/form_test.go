package amplify_test

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

func TestFromTree(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{Teams: []string{"77=Blue", "88=Red"}}, amplify.Options{})
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	b.put(env("dev").Child("Environment AccessControlList", "share"), obj{"spec": obj{"subjects": []any{obj{"type": "team", "id": "*"}}}}, nil)
	list := gateway.Field(b.request("GET", "/management/v1/environments/dev/accesscontrollists/share", nil), "metadata.id")
	const text = "openapi: 3.0.3\n"
	inline := base64.StdEncoding.EncodeToString([]byte(text))
	named := obj{"subjectType": "team", "subjectName": "Red", "aclName": "share"}
	revision := func(value any) obj {
		return obj{"spec": obj{"definition": obj{"type": "oas3", "value": value}}}
	}
	for _, tt := range []struct {
		name  string
		key   gateway.Key
		spec  obj
		files map[string][]byte
		want  obj
		kept  map[string][]byte
	}{
		{"an owner's id", env("dev"), obj{"owner": obj{"type": "team", "id": "77"}}, nil, obj{"owner": obj{"type": "team", "name": "Blue"}}, nil},
		{"a name beside the id", env("dev"), obj{"owner": obj{"type": "team", "id": "77", "name": "Red"}}, nil, obj{"owner": obj{"type": "team", "name": "Red"}}, nil},
		{"an id that no team has", env("dev"), obj{"owner": obj{"type": "team", "id": "99"}}, nil, obj{"owner": obj{"type": "team", "id": "99"}}, nil},
		{"the id of a list", env("dev"), obj{"metadata": obj{"acl": []any{obj{"subjectType": "team", "subjectId": "88", "aclId": list}}}}, nil, obj{"metadata": obj{"acl": []any{named}}}, nil},
		{"a list's name beside the id", env("dev"), obj{"metadata": obj{"acl": []any{obj{"subjectType": "team", "subjectId": "1", "subjectName": "Red", "aclId": "2", "aclName": "share"}}}}, nil, obj{"metadata": obj{"acl": []any{named}}}, nil},
		{"the id of no list", env("new"), obj{"metadata": obj{"acl": []any{obj{"aclId": "2"}}}}, nil, obj{"metadata": obj{"acl": []any{obj{"aclId": "2"}}}}, nil},
		{"content", env("dev").Child("Environment APIServiceRevision", "v1"), revision(inline), nil, obj{"spec": obj{"definition": obj{"type": "oas3"}}}, map[string][]byte{"definition.yaml": []byte(text)}},
		{"folded content", env("dev").Child("Environment APIServiceRevision", "v1"), revision(inline[:8] + "\n  " + inline[8:] + "\n"), nil, obj{"spec": obj{"definition": obj{"type": "oas3"}}}, map[string][]byte{"definition.yaml": []byte(text)}},
		{"content and a file", env("dev").Child("Environment APIServiceRevision", "v1"), revision(inline), map[string][]byte{"definition.json": []byte("{}")}, obj{"spec": obj{"definition": obj{"type": "oas3"}}}, map[string][]byte{"definition.json": []byte("{}")}},
		{"a title that is the name", env("dev"), obj{"title": "dev"}, nil, obj{}, nil},
		{"a title", env("dev"), obj{"title": "Dev"}, nil, obj{"title": "Dev"}, nil},
		{"what is no base64", env("dev").Child("Environment APIServiceRevision", "v1"), revision("words alone"), nil, revision("words alone"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, _ := gateway.Clone(tt.spec).(map[string]any)
			got, err := b.FromTree(t.Context(), &gateway.Resource{Key: tt.key, Spec: tt.spec, Files: tt.files})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got.Spec) + cmp.Diff(tt.kept, got.Files); d != "" {
				t.Errorf("read from a tree (-want +got):\n%s", d)
			}
			if d := cmp.Diff(before, tt.spec); d != "" {
				t.Errorf("what the tree holds was changed (-before +after):\n%s", d)
			}
			again, err := b.FromTree(t.Context(), got)
			if d := cmp.Diff(got, again, cmpopts.EquateComparable(gateway.Key{})); d != "" || err != nil {
				t.Errorf("read once more: error %v (-first +second):\n%s", err, d)
			}
		})
	}
	faults := b.Describe().Kinds.Get("Environment").Faults(&gateway.Resource{Key: env("new"), Spec: obj{"metadata": obj{"acl": []any{obj{"aclId": "2"}}}}})
	if want := []gateway.Fault{{Pointer: "/metadata/acl", Text: `there is no access control list with the id "2" in this resource: name one of its lists as aclName`}}; cmp.Diff(want, faults) != "" {
		t.Errorf("faults of an id that no list has: got %q, want %q", faults, want)
	}
}

// TestForTreeKeepsTheForm has what is in the tree say in which form it stays.
func TestForTreeKeepsTheForm(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{Teams: []string{"77=Blue", "88=Red"}}, amplify.Options{})
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	key := env("dev").Child("Environment APIService", "orders")
	icon := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n"))
	folded := icon[:4] + "\n" + icon[4:]
	r := &gateway.Resource{
		Key: key, Spec: obj{"owner": obj{"type": "team", "name": "Red"}, "spec": obj{"icon": obj{"contentType": "image/png"}}},
		Files: map[string][]byte{"icon.png": []byte("\x89PNG\r\n\x1a\n")},
	}
	inline := func(owner obj, data string) obj {
		return obj{"owner": owner, "spec": obj{"icon": obj{"contentType": "image/png", "data": data}}}
	}
	red, redID := obj{"type": "team", "name": "Red"}, obj{"type": "team", "id": "88"}
	for _, tt := range []struct {
		name string
		old  *gateway.Resource
		want *gateway.Resource
	}{
		{"new", nil, r},
		{"names and a file", &gateway.Resource{Key: key, Spec: r.Spec, Files: r.Files}, r},
		{"an id that no team has", &gateway.Resource{Key: key, Spec: obj{"owner": obj{"type": "team", "id": "99"}}}, r},
		{"another's id", &gateway.Resource{Key: key, Spec: obj{"owner": obj{"type": "team", "id": "77"}}}, &gateway.Resource{Key: key, Spec: obj{"owner": redID, "spec": r.Spec["spec"]}, Files: r.Files}},
		{"content", &gateway.Resource{Key: key, Spec: inline(red, "AAAA")}, &gateway.Resource{Key: key, Spec: inline(red, icon)}},
		{"the same content, folded", &gateway.Resource{Key: key, Spec: inline(red, folded)}, &gateway.Resource{Key: key, Spec: inline(red, folded)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := b.ForTree(t.Context(), r, tt.old)
			if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(gateway.Key{})); d != "" || err != nil {
				t.Errorf("for the tree: error %v (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestUnknownForm(t *testing.T) {
	t.Parallel()
	if _, err := amplify.New(amplify.Options{Form: "json"}); err == nil {
		t.Error("a form that nobody knows is taken")
	}
}
