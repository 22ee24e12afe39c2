package amplify_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

// webhook makes one whose token only the server has, and returns its key.
func (b *bench) webhook(headers obj) gateway.Key {
	b.Helper()
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	b.request("POST", "/management/v1/environments/dev/webhooks", obj{"name": "chat", "spec": obj{"url": "https://chat.test/in", "headers": headers}})
	return env("dev").Child("Environment Webhook", "chat")
}

func (b *bench) headers() any {
	b.Helper()
	return gateway.Field(b.request("GET", "/management/v1/environments/dev/webhooks/chat", nil), "spec.headers")
}

func TestCredentialsInHeaders(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	key := b.webhook(obj{"Authorization": "hush", "X-Own": "Bearer hush-2", "X-Plain": "a"})
	tree := b.public(key)
	if diff := cmp.Diff(obj{"Authorization": "(secret)", "X-Own": "(secret)", "X-Plain": "a"}, gateway.Field(tree, "spec.headers")); diff != "" {
		t.Errorf("what a tree holds (-want +got):\n%s", diff)
	}
	if text := fmt.Sprint(b.get(key)); strings.Contains(text, "hush") {
		t.Errorf("what is read holds %s", text)
	}
	if got := b.Describe().Kinds.Diff(b.get(key), &gateway.Resource{Key: key, Spec: tree}); len(got) > 0 {
		t.Errorf("a tree differs: %v", got)
	}

	gateway.SetField(tree, "spec.headers.X-Plain", "b")
	b.since()
	b.put(key, tree, b.get(key))
	if asked := b.since(); !slices.Contains(asked, "PUT /apis/management/v1/environments/dev/webhooks/chat") {
		t.Errorf("the write asked %q", asked)
	}
	if diff := cmp.Diff(any(obj{"Authorization": "hush", "X-Own": "Bearer hush-2", "X-Plain": "b"}), b.headers()); diff != "" {
		t.Errorf("what the server has without values (-want +got):\n%s", diff)
	}

	gateway.SetField(tree, "spec.headers.Authorization", "new-hush")
	want := &gateway.Resource{Key: key, Spec: tree}
	if !b.Describe().Kinds.HoldsSecrets(want) || len(b.Describe().Kinds.Diff(b.get(key), want)) > 0 {
		t.Error("a value from the configuration is none, or is shown")
	}
	b.put(key, tree, b.get(key))
	if got := b.headers().(obj)["Authorization"]; got != "new-hush" {
		t.Errorf("a value from the configuration was not written: %v", got)
	}
}

func TestCredentialsInPairs(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	key := gateway.NewKey("IdentityProvider", "i")
	pair := func(name, value string) any { return obj{"name": name, "value": value} }
	b.request("POST", "/management/v1/identityproviders", obj{"name": "i", "spec": obj{
		"requestHeaders": []any{pair("X-Api-Key", "hush"), pair("X-Plain", "a")}, "additionalClientProperties": []any{pair("token_endpoint_auth_method", "none")},
	}})
	tree := b.public(key)
	want := obj{
		"requestHeaders": []any{pair("X-Api-Key", "(secret)"), pair("X-Plain", "a")}, "additionalClientProperties": []any{pair("token_endpoint_auth_method", "none")},
	}
	if diff := cmp.Diff(any(want), tree["spec"]); diff != "" {
		t.Fatalf("what a tree holds (-want +got):\n%s", diff)
	}
	gateway.SetField(tree, "spec.requestHeaders", []any{pair("X-Plain", "b"), pair("x-api-key", "(secret)")})
	b.put(key, tree, b.get(key))
	got := gateway.Field(b.request("GET", "/management/v1/identityproviders/i", nil), "spec.requestHeaders")
	if diff := cmp.Diff(any([]any{pair("X-Plain", "b"), pair("x-api-key", "hush")}), got); diff != "" {
		t.Errorf("what the server has (-want +got):\n%s", diff)
	}
}

func TestErrorsTellNoCredential(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	key := b.webhook(obj{"Authorization": "hush-hush", "X-Plain": "a"})
	tree, have := b.public(key), b.get(key)
	gateway.SetField(tree, "spec.headers.X-Plain", "b")
	b.repeats = true
	err := b.Put(t.Context(), &gateway.Resource{Key: key, Spec: tree}, have)
	if !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), `"X-Plain":"b"`) || !strings.Contains(err.Error(), `"Authorization":"***"`) {
		t.Errorf("a write that the server refuses: %v", err)
	}
}

func TestCredentialsWithoutValue(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	ks := b.Describe().Kinds
	key := b.webhook(obj{"Authorization": "hush"})
	have := b.get(key)
	lacking := &gateway.Resource{Key: key, Spec: obj{"spec": obj{"headers": obj{"Authorization": "(secret)", "X-New-Token": "(secret)"}}}}
	const text = "a new secret needs its value, which git does not hold: give it in the configuration, such as ${env:NAME} at spec.headers."
	if got := ks.Get(key.Kind).Lacks(lacking.Spec); got != text+"Authorization" {
		t.Errorf("of a new webhook a plan tells %q", got)
	}
	wantFindings := []gateway.Finding{{Key: key, Text: text + "X-New-Token", Alone: true}}
	if got := ks.Review([]*gateway.Resource{have}, []*gateway.Resource{lacking}); !slices.Equal(got, wantFindings) {
		t.Errorf("of one that is there a plan tells %v, want %v", got, wantFindings)
	}
	for name, put := range map[string]func() error{
		"one that is there": func() error { return b.Put(t.Context(), lacking, have) },
		"a new one": func() error {
			return b.Put(t.Context(), &gateway.Resource{Key: env("dev").Child("Environment Webhook", "other"), Spec: lacking.Spec}, nil)
		},
	} {
		if err := put(); !errors.Is(err, gateway.ErrInvalid) || !strings.Contains(err.Error(), "${env:NAME}") {
			t.Errorf("put of %s: %v", name, err)
		}
	}
	if diff := cmp.Diff(any(obj{"Authorization": "hush"}), b.headers()); diff != "" {
		t.Errorf("what the server has (-want +got):\n%s", diff)
	}
}

func TestWhatIsACredential(t *testing.T) {
	t.Parallel()
	ks, err := amplify.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	masked := func(kind, field string, v any) bool {
		spec := obj{}
		gateway.SetField(spec, field, v)
		return gateway.Field(ks.Public(ks.Get(kind), spec), field) == "(secret)"
	}
	for _, name := range []string{
		"Authorization", "proxy-authorization", "Cookie", "X-Api-Key", "api-key", "Ocp-Apim-Subscription-Key", "X-Auth-Token", "x_client_secret", "Password", "X-Auth",
		"X-Hub-Signature", "key",
	} {
		if !masked("Environment Webhook", "spec.headers."+name, "v") {
			t.Errorf("header %s is taken for no secret", name)
		}
	}
	for _, name := range []string{"Content-Type", "X-Token-Type", "X-Plain", "Accept", "Idempotency-Key", "X-Public-Key", "X-Max-Tokens"} {
		if masked("Environment Webhook", "spec.headers."+name, "v") {
			t.Errorf("header %s is taken for a secret", name)
		}
	}
	for _, v := range []string{"Bearer abcd", "Basic dXNlcjpwYXNz", "https://u:p@host/", "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "https://host/?token=x", "password=hunter2"} {
		if !masked("Environment Webhook", "spec.headers.X-Plain", v) {
			t.Errorf("%q is taken for no secret", v)
		}
	}
	for _, url := range []string{"https://u:p@host/", "https://host/in?code=abc", "https://host/?sig=abc", "https://host/?api-key=abc"} {
		if !masked("Integration Webhook", "spec.url", url) {
			t.Errorf("address %q is taken for no secret", url)
		}
	}
	for _, url := range []string{"https://host/in", "https://u@host/?page=1", "https://host/token"} {
		if masked("Integration Webhook", "spec.url", url) {
			t.Errorf("address %q is taken for a secret", url)
		}
	}
	auth := obj{"secret": obj{"name": "chat", "key": "token"}}
	if diff := cmp.Diff(any(auth), gateway.Field(ks.Public(ks.Get("Environment Webhook"), obj{"spec": obj{"auth": auth}}), "spec.auth")); diff != "" {
		t.Errorf("a reference to a secret (-want +got):\n%s", diff)
	}
}
