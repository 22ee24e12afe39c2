package amplify_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

func TestSecretsAreWriteOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	ks := b.Describe().Kinds
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	key := env("dev").Child("Environment Secret", "s")
	b.put(key, obj{"spec": obj{"data": obj{"user": "u-plain", "password": "p-plain"}}}, nil)
	stored := func() obj {
		return b.request("GET", "/management/v1/environments/dev/secrets/s", nil)["spec"].(obj)["data"].(obj)
	}
	before := stored()
	tree := b.public(key)
	if diff := cmp.Diff(obj{"user": "(secret)", "password": "(secret)"}, gateway.Field(tree, "spec.data")); diff != "" {
		t.Errorf("what a tree holds (-want +got):\n%s", diff)
	}
	if ks.HoldsSecrets(&gateway.Resource{Key: key, Spec: tree}) {
		t.Error("what a tree holds is taken for secrets")
	}
	// Without values all but the values is written, with one that one.
	tree["title"] = "Other"
	gateway.SetField(tree, "spec.data.password", "new-plain")
	if !ks.HoldsSecrets(&gateway.Resource{Key: key, Spec: tree}) {
		t.Error("a value is not taken for a secret")
	}
	b.put(key, tree, b.get(key))
	after := stored()
	if before["user"] != after["user"] {
		t.Error("a value that git does not hold was overwritten")
	}
	if before["password"] == after["password"] {
		t.Error("a value from the configuration was not written")
	}
	if got := b.public(key)["title"]; got != "Other" {
		t.Errorf("title is %v", got)
	}
	lacking := obj{"spec": obj{"data": obj{"k": "(secret)"}}}
	err := b.Put(t.Context(), &gateway.Resource{Key: env("dev").Child("Environment Secret", "t"), Spec: lacking}, nil)
	if !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "${env:NAME}") {
		t.Errorf("put of a new secret without values: %v", err)
	}
	if got := ks.Get(key.Kind).Lacks(lacking); got == "" {
		t.Error("a plan does not tell that values are missing")
	}
}

func TestContents(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	b.put(env("dev").Child("Environment APIService", "orders"), obj{"spec": obj{}}, nil)
	for _, tt := range []struct{ name, kind, text, file string }{
		{"yaml", "oas3", "openapi: 3.0.3\ninfo: {}\n", "definition.yaml"},
		{"json", "oas3", `{"openapi":"3.0.3"}`, "definition.json"},
		{"wsdl", "wsdl", "<definitions/>", "definition.wsdl"},
		{"proto", "protobuf", "syntax = \"proto3\";", "definition.proto"},
		{"bytes", "unstructured", "\x00\xff", "definition.bin"},
		{"picture", "unstructured", "\x89PNG\x0d\x0a\x1a\x0a\x00", "definition.png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := env("dev").Child("Environment APIServiceRevision", tt.name)
			r := &gateway.Resource{
				Key: key, Spec: obj{"spec": obj{"apiService": "orders", "definition": obj{"type": tt.kind}}}, Files: map[string][]byte{tt.file: []byte(tt.text)},
			}
			if err := b.Put(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
			raw := b.request("GET", "/management/v1/environments/dev/apiservicerevisions/"+tt.name, nil)
			if got, want := gateway.Field(raw, "spec.definition.value"), base64.StdEncoding.EncodeToString([]byte(tt.text)); got != want {
				t.Errorf("the server has %v, want %v", got, want)
			}
			got := b.get(key)
			if string(got.Files[tt.file]) != tt.text || gateway.Field(got.Spec, "spec.definition.value") != nil {
				t.Errorf("read %q and %v", got.Files, got.Spec["spec"])
			}
			b.since()
			if err := b.Put(t.Context(), r, got); err != nil {
				t.Fatal(err)
			}
			if w := writes(b.since()); len(w) > 0 {
				t.Errorf("the same again wrote %q", w)
			}
		})
	}
	asset := gateway.NewKey("Asset", "a")
	icon := &gateway.Resource{Key: asset, Spec: obj{"spec": obj{}, "icon": obj{"contentType": "image/png"}}, Files: map[string][]byte{"icon.png": []byte("PNG\x00")}}
	if err := b.Put(t.Context(), icon, nil); err != nil {
		t.Fatal(err)
	}
	if got := b.get(asset); string(got.Files["icon.png"]) != "PNG\x00" {
		t.Errorf("icon read as %q", got.Files)
	}
}

func TestSecretsInLists(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	idp := gateway.NewKey("IdentityProvider", "i")
	b.put(idp, obj{"spec": obj{}}, nil)
	key := idp.Child("IdentityProvider IdentityProviderSecret", "s")
	b.put(key, obj{"spec": obj{
		"type": "client-secret", "config": obj{"clientId": "c", "clientSecret": "plain-1"}, "requestHeaders": []any{obj{"name": "x-key", "value": "plain-2"}},
	}}, nil)
	tree := b.public(key)
	if text := fmt.Sprint(tree); strings.Contains(text, "plain") {
		t.Fatalf("a tree would hold %s", text)
	}
	gateway.SetField(tree, "spec.type", "access-token")
	b.put(key, tree, b.get(key))
	raw := b.request("GET", "/management/v1/identityproviders/i/idpsecrets/s", nil)
	if text := fmt.Sprint(raw["spec"]); !strings.Contains(text, "plain-1") || !strings.Contains(text, "plain-2") || !strings.Contains(text, "access-token") {
		t.Errorf("the server has %s", text)
	}
	// A list cannot be written in part.
	tree = b.public(key)
	gateway.SetField(tree, "spec.requestHeaders", []any{obj{"name": "x-other", "value": "(secret)"}})
	if err := b.Put(t.Context(), &gateway.Resource{Key: key, Spec: tree}, b.get(key)); !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "spec.requestHeaders can only be written as a whole") {
		t.Errorf("put of a list without its secrets: %v", err)
	}
}
