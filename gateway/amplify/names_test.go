package amplify_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

func TestLanguages(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	key := gateway.NewKey("Product", "p")
	text := func(path, value string) obj { return obj{"path": path, "value": value} }
	spec := func(code string, more obj) obj {
		out := obj{"title": "Product", "spec": obj{"description": "d"}, "languages": obj{"resource": obj{"code": code}}}
		maps.Copy(out, more)
		return out
	}
	both := obj{
		"languages-fr-fr": obj{"values": []any{text("/title", "Produit"), text("/spec/description", "e")}},
		"languages-de-de": obj{"values": []any{text("/title", "Produkt")}},
	}
	b.put(key, spec("en-us", both), nil)
	got := b.public(key)
	for _, name := range []string{"languages", "languages-fr-fr", "languages-de-de"} {
		if diff := cmp.Diff(spec("en-us", both)[name], got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// German becomes the default, for which its translation has to go; one text is French no more.
	less := obj{"languages-fr-fr": obj{"values": []any{text("/title", "Produit")}}}
	b.put(key, spec("de-de", less), b.get(key))
	got = b.public(key)
	if diff := cmp.Diff(obj{"resource": obj{"code": "de-de"}}, got["languages"]); diff != "" {
		t.Errorf("default (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(less["languages-fr-fr"], got["languages-fr-fr"]); diff != "" {
		t.Errorf("French (-want +got):\n%s", diff)
	}
	if got["languages-de-de"] != nil {
		t.Errorf("German is still there: %v", got["languages-de-de"])
	}
	plain := gateway.NewKey("Product", "plain") // has no default to lose
	b.put(plain, obj{"title": "Product", "spec": obj{}}, nil)
	b.put(plain, obj{"title": "Other", "spec": obj{}}, b.get(plain))
	have := b.get(key)
	b.since()
	if err := b.Put(t.Context(), &gateway.Resource{Key: key, Spec: obj{"title": "Other", "spec": obj{}}}, have); !errors.Is(err, gateway.ErrInvalid) {
		t.Errorf("put without a default: %v, want %v", err, gateway.ErrInvalid)
	}
	if w := writes(b.since()); len(w) > 0 {
		t.Errorf("wrote %q without a default, want nothing", w)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{Teams: []string{"Blue"}}, amplify.Options{})
	b.walk() // reads the teams
	product, service := gateway.NewKey("Product", "p"), env("dev").Child("Environment APIService", "a")
	for _, tt := range []struct {
		name string
		key  gateway.Key
		spec obj
		want string // place and part of the text
	}{
		{"nothing", product, obj{"name": "p", "languages-fr-fr": obj{}, "owner": obj{"type": "team", "name": "Blue"}}, ""},
		{"a language that is none", product, obj{"languages-it-it": obj{}}, `/languages-it-it language "it-it"`},
		{"a default that is none", product, obj{"languages": obj{"resource": obj{"code": "xx"}}}, `/languages/resource/code language "xx"`},
		{"a team that is none", product, obj{"owner": obj{"type": "team", "name": "Red"}}, `/owner/name there is no team "Red"`},
		{"a subject that is none", product, obj{"spec": obj{"subjects": []any{obj{"type": "team", "id": "*"}, obj{"type": "team", "name": "Green"}}}}, `/spec/subjects/1/name there is no team "Green"`},
		{"the name of another", product, obj{"name": "q"}, `/name its file says that its name is "q"`},
		{"a form of the word that is no team", product, obj{"owner": obj{"type": "team", "name": "blue"}}, `/owner/name there is no team "blue"`},
		{"a name that can be none", gateway.NewKey("Product", "Orders"), obj{}, `"Orders" can be no name`},
		{"another kind", product, obj{"kind": "APIService"}, `/kind its file says that its kind is "APIService", and lies in a folder of Product resources`},
		{"a version that is none", product, obj{"apiVersion": "v9"}, `/apiVersion apiVersion "v9" is none that Amplify serves Product in: want v1`},
		{"a version from before", product, obj{"apiVersion": "v1alpha1"}, ""},
		{"a state that is none", product, obj{"state": "live"}, `/state state "live" is none that Amplify has: want one of draft, active, deprecated, archived`},
		{"a state of its own", gateway.NewKey("DocumentResource", "d"), obj{"state": "live"}, ""},
		{"another group", product, obj{"group": "management"}, `/group its file says that its group is "management", and lies in the folder of "catalog"`},
		{"its own scope", service, obj{"kind": "APIService", "metadata": obj{"scope": obj{"kind": "Environment", "name": "dev"}}}, ""},
		{"another scope", service, obj{"metadata": obj{"scope": obj{"name": "prod"}}}, `/metadata/scope/name its file says that it belongs to "prod"`},
		{"another kind of scope", service, obj{"metadata": obj{"scope": obj{"kind": "Integration"}}}, `/metadata/scope/kind its file says that it belongs to a resource of the kind "Integration"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &gateway.Resource{Key: tt.key, Spec: tt.spec}
			got := ""
			for _, f := range b.Describe().Kinds.Get(tt.key.Kind).Faults(r) {
				got = strings.TrimSpace(f.Pointer + " " + f.Text)
			}
			if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
			if tt.want == "" {
				return
			}
			b.since()
			if err := b.Put(t.Context(), r, nil); !errors.Is(err, gateway.ErrInvalid) {
				t.Errorf("put: %v, want %v", err, gateway.ErrInvalid)
			}
			if w := writes(b.since()); len(w) > 0 {
				t.Errorf("wrote %q, want nothing", w)
			}
		})
	}
}

func TestTeamsAndListsGoByName(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{Teams: []string{"id-blue=Blue", "id-red=Red"}}, amplify.Options{})
	attached := obj{"acl": []any{obj{"subjectType": "team", "subjectName": "Red", "aclName": "share"}}}
	dev := obj{"owner": obj{"type": "team", "name": "Blue"}, "spec": obj{}, "metadata": attached}
	b.put(env("dev"), dev, nil)
	list := env("dev").Child("Environment AccessControlList", "share")
	b.put(list, obj{"spec": obj{
		"rules":    []any{obj{"access": []any{obj{"level": "scope", "allowWrite": true}}}},
		"subjects": []any{obj{"type": "team", "name": "Red"}, obj{"type": "team", "id": "*"}},
	}}, nil)

	raw := b.request("GET", "/management/v1/environments/dev", nil)
	id := gateway.Field(b.request("GET", "/management/v1/environments/dev/accesscontrollists/share", nil), "metadata.id")
	if diff := cmp.Diff(obj{"type": "team", "id": "id-blue"}, raw["owner"]); diff != "" {
		t.Errorf("owner (-want +got):\n%s", diff)
	}
	entries := gateway.Values(raw, "metadata.acl[]")
	if len(entries) != 1 || entries[0].(obj)["aclId"] != id || entries[0].(obj)["subjectId"] != "id-red" {
		t.Errorf("attached is %v, want the list %v for id-red", entries, id)
	}
	got := b.public(env("dev"))
	if diff := cmp.Diff(dev["owner"], got["owner"]); diff != "" {
		t.Errorf("owner in the tree (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(attached, got["metadata"]); diff != "" {
		t.Errorf("attached in the tree (-want +got):\n%s", diff)
	}
	subjects := gateway.Field(b.public(list), "spec.subjects")
	if diff := cmp.Diff([]any{obj{"type": "team", "name": "Red"}, obj{"type": "team", "id": "*"}}, subjects); diff != "" {
		t.Errorf("subjects in the tree (-want +got):\n%s", diff)
	}
	// Without a team it is the administrators'.
	delete(dev, "owner")
	b.put(env("dev"), dev, b.get(env("dev")))
	if got := b.request("GET", "/management/v1/environments/dev", nil)["owner"]; got != nil {
		t.Errorf("owner is %v, want none", got)
	}
	// Another run finds the list in place, and takes it off again.
	b.put(env("dev"), dev, nil)
	delete(dev, "metadata")
	b.put(env("dev"), dev, b.get(env("dev")))
	if got := gateway.Values(b.request("GET", "/management/v1/environments/dev", nil), "metadata.acl[]"); len(got) != 0 {
		t.Errorf("attached is %v, want nothing", got)
	}
}

// TestListsInDoubt: what is attached is not taken for gone because a list of lists is empty.
func TestListsInDoubt(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	list := env("dev").Child("Environment AccessControlList", "share")
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	b.put(list, obj{"spec": obj{}}, nil)
	b.put(env("dev"), obj{"spec": obj{}, "metadata": obj{"acl": []any{obj{"subjectType": "team", "subjectId": "*", "aclName": "share"}}}}, b.get(env("dev")))

	fresh, err := amplify.New(amplify.Options{Client: b.client, Instance: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	b.bare = []string{"/apis/management/v1/environments/dev/accesscontrollists"}
	if r, err := fresh.Get(t.Context(), env("dev")); err == nil || !strings.Contains(err.Error(), "does not say that there is nothing") {
		t.Errorf("read %v, %v, want an error", r, err)
	}
	b.bare = nil
	r, err := fresh.Get(t.Context(), env("dev"))
	if err != nil || gateway.Values(r.Spec, "metadata.acl[].aclName") == nil {
		t.Errorf("read %v, %v, want the list that is attached", r, err)
	}
}
