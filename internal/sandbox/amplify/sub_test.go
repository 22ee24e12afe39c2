package amplify

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSubresources(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.post(envs, obj{"name": "e", "policies": obj{"ignored": true}, "x-agent": obj{"ignored": true}})
	if r := c.get(envs + "/e"); r.body["policies"] != nil || r.body["x-agent"] != nil {
		t.Errorf("subresources in a POST: got %s", r.raw)
	}
	c.put(envs+"/e/x-agent?fields=x-agent", obj{"x-agent": obj{"a": "b"}, "title": "ignored"})
	c.put(envs+"/e", obj{"title": "T", "x-agent": obj{"ignored": true}})
	r := c.get(envs + "/e")
	if got := []any{r.body["title"], at(r.body, "x-agent.a"), at(r.body, "metadata.resourceVersion")}; !cmp.Equal(got, []any{"T", "b", "2"}) {
		t.Errorf("after a PUT of the rest: got %v", got)
	}
	if diff := cmp.Diff(obj{"x-agent": obj{"a": "b"}}, c.get(envs+"/e/x-agent").body); diff != "" {
		t.Errorf("GET (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(obj{"name": "e", "x-agent": obj{"a": "b"}, "metadata": obj{"selfLink": "/management/v1/environments/e"}},
		c.get(envs+"/e?fields=name,x-agent,nothing,metadata.selfLink").body); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if got := c.get(envs + "?fields=name").list; !cmp.Equal(got, []any{obj{"name": "e"}}) {
		t.Errorf("fields of a list: got %v", got)
	}
	c.put(envs+"/e/x-agent", obj{"x-agent": nil})
	c.want(http.StatusNotFound, http.MethodGet, envs+"/e/x-agent", nil)
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	product := "catalog/v1/products/p"
	c.post("catalog/v1/products", obj{"name": "p", "title": "Orders", "spec": obj{"description": "All orders"}})
	c.put(product+"/languages", obj{"languages": obj{"resource": obj{"code": "en-us"}}})
	french := obj{"languages-fr-fr": obj{"values": []any{obj{"path": "/title", "value": "Achats"}, obj{"path": "/spec/description", "value": ""}}}}
	r := c.put(product+"/languages-fr-fr", french)
	if got := at(r.body, "languages-fr-fr.metadata"); !cmp.Equal(got, obj{"code": "fr-fr", "status": "incomplete"}) {
		t.Errorf("status: got %v", got)
	}
	if r := c.get(product); r.body["languages"] != nil || r.body["languages-fr-fr"] != nil {
		t.Errorf("languages are hidden: got %s", r.raw)
	}
	r = c.get(product + "?expand=languages")
	want := obj{"resource": obj{"code": "en-us"}, "metadata": obj{"additional": []any{obj{"code": "fr-fr", "status": "incomplete"}}}}
	if diff := cmp.Diff(want, r.body["languages"]); diff != "" || r.body["languages-fr-fr"] != nil {
		t.Errorf("expand=languages (-want +got):\n%s%s", diff, r.raw)
	}
	r = c.get(product + "?expand=languages-*&embed=languages-fr-fr.resource")
	if got := []any{at(r.body, "languages-fr-fr.resource.title"), at(r.body, "languages-fr-fr.resource.spec.description")}; r.body["languages"] != nil || !cmp.Equal(got, []any{"Achats", "All orders"}) {
		t.Errorf("expand=languages-*: got %v in %s", got, r.raw)
	}
	if got := c.get(product + "?resource.language.code=fr-fr").body["title"]; got != "Achats" {
		t.Errorf("title in French: got %v", got)
	}
	for _, test := range []struct {
		name, sub string
		value     any
	}{
		{"unknown code", "languages-ja-jp", obj{"values": []any{obj{"path": "/title", "value": "x"}}}},
		{"unknown default", "languages", obj{"resource": obj{"code": "ja-jp"}}},
		{"default that is additional", "languages", obj{"resource": obj{"code": "fr-fr"}}},
		{"additional that is default", "languages-en-us", obj{"values": []any{obj{"path": "/title", "value": "x"}}}},
		{"value without path", "languages-de-de", obj{"values": []any{obj{"value": "x"}}}},
		{"no object", "languages-de-de", "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.in(t).want(http.StatusBadRequest, http.MethodPut, product+"/"+test.sub, obj{test.sub: test.value})
		})
	}
	c.put(product+"/languages-fr-fr", obj{"languages-fr-fr": obj{"values": []any{obj{"path": "/title", "value": "Achats", "status": "undefined"}}}})
	c.want(http.StatusNotFound, http.MethodGet, product+"/languages-fr-fr", nil)
	c.put(product+"/languages", obj{"languages": obj{"resource": obj{"code": "fr-fr"}}})
}

func TestSecretsAreSealed(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.post(envs, obj{"name": "e"})
	secret := envs + "/e/secrets/s"
	r := c.post(envs+"/e/secrets", obj{"name": "s", "spec": obj{"data": obj{"token": "hunter2"}}})
	sealed, _ := at(r.body, "spec.data.token").(string)
	if sealed == "" || sealed == "hunter2" {
		t.Fatalf("sealed: got %q", sealed)
	}
	if got := at(c.put(secret, obj{"spec": obj{"data": obj{"token": sealed, "more": "x"}}}).body, "spec.data.token"); got != sealed {
		t.Errorf("sealed value sent back: got %v, want it unchanged", got)
	}
	if got := at(c.put(secret, obj{"spec": obj{"data": obj{"token": "hunter2"}}}).body, "spec.data.token"); got == sealed || got == "hunter2" {
		t.Errorf("new value: got %v", got)
	}
	c.want(http.StatusBadRequest, http.MethodPut, secret, obj{"spec": obj{"data": obj{"token": 1}}})
	c.want(http.StatusBadRequest, http.MethodPut, secret, obj{"spec": obj{"data": "x"}})
}

func TestFilesAreReadAsTheyAre(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.post("catalog/v1/documentresources", obj{"name": "guide", "spec": obj{"data": obj{"type": "file", "content": "IyBHdWlkZQo=",
		"fileName": "guide one.md", "fileType": "markdown", "contentType": "text/markdown"}}})
	c.post("catalog/v1/documentresources", obj{"name": "link", "spec": obj{"data": obj{"type": "url", "value": "https://example.com"}}})
	c.post("catalog/v1/documentresources", obj{"name": "broken", "spec": obj{"data": obj{"content": "#"}}})
	c.post("catalog/v1/products", obj{"name": "p"})
	c.post("catalog/v1/products/p/resources", obj{"name": "pdf", "spec": obj{"contentType": "application/pdf", "data": obj{"content": "JVBERg=="}}})
	c.post("catalog/v1/products/p/resources", obj{"name": "plain", "spec": obj{"data": obj{"content": "JVBERg=="}}})
	for _, test := range []struct {
		method, path string
		want         []string // status, media type, name, body
	}{
		{"GET", "catalog/v1/documentresources/guide/raw", []string{"200", "text/markdown", `attachment; filename="guide one.md"`, "# Guide\n"}},
		{"GET", "catalog/v1alpha1/products/p/resources/pdf/raw", []string{"200", "application/pdf", "", "%PDF"}},
		{"GET", "catalog/v1/products/p/resources/plain/raw", []string{"200", "application/octet-stream", "", "%PDF"}},
		{"GET", "catalog/v1/documentresources/link/raw", []string{"404", "application/json", "", ""}},
		{"GET", "catalog/v1/documentresources/broken/raw", []string{"404", "application/json", "", ""}},
		{"PUT", "catalog/v1/documentresources/guide/raw", []string{"405", "application/json", "", ""}},
		{"GET", "catalog/v1/products/p/raw", []string{"404", "application/json", "", ""}},
		{"PUT", "catalog/v1/products/p/raw", []string{"404", "application/json", "", ""}},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			r := c.in(t).do(test.method, test.path, obj{"raw": "x"})
			got := []string{fmt.Sprint(r.status), r.header.Get("Content-Type"), r.header.Get("Content-Disposition"), r.raw}
			if r.status != http.StatusOK {
				got[3] = ""
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatch(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	c.post(envs, obj{"name": "e", "title": "E", "tags": []string{"a", "b"}})
	const media = "application/json-patch+json"
	patch := func(status int, steps ...obj) reply {
		t.Helper()
		return c.want(status, http.MethodPatch, envs+"/e", steps, "Content-Type", media)
	}
	r := patch(200, obj{"op": "replace", "path": "/title", "value": "F"}, obj{"op": "add", "path": "/tags/-", "value": "c"},
		obj{"op": "remove", "path": "/tags/0"}, obj{"op": "add", "path": "/tags/0", "value": "z"}, obj{"op": "replace", "path": "/tags/1", "value": "y"},
		obj{"op": "x-build-object-tree", "path": "/spec/a/b"}, obj{"op": "add", "path": "/spec/a/b/c~1d", "value": 12345678901234567},
		obj{"op": "add", "path": "/x-mine", "value": obj{"k": "v"}})
	got := []any{r.body["title"], r.body["tags"], at(r.body, "spec.a.b.c/d"), at(r.body, "x-mine.k"), at(r.body, "metadata.resourceVersion")}
	if diff := cmp.Diff([]any{"F", []any{"z", "y", "c"}, 12345678901234567.0, "v", "1"}, got); diff != "" {
		t.Errorf("patched (-want +got):\n%s", diff)
	}
	patch(200, obj{"op": "remove", "path": "/x-mine"})
	c.want(http.StatusNotFound, http.MethodGet, envs+"/e/x-mine", nil)
	patch(428, obj{"op": "replace", "path": "/metadata/resourceVersion", "value": "0"})
	for name, step := range map[string]obj{
		"operation": {"op": "test", "path": "/title", "value": "F"}, "path": {"op": "add", "path": "title"}, "nothing to replace": {"op": "replace", "path": "/spec/none"},
		"nothing to remove": {"op": "remove", "path": "/tags/9"}, "no number": {"op": "add", "path": "/tags/x"}, "below a string": {"op": "add", "path": "/title/x"},
		"name": {"op": "replace", "path": "/name", "value": "f"}, "tree over a list": {"op": "x-build-object-tree", "path": "/tags/x"},
		"title": {"op": "replace", "path": "/title", "value": 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.in(t).want(http.StatusBadRequest, http.MethodPatch, envs+"/e", []obj{step}, "Content-Type", media)
		})
	}
	c.want(http.StatusUnsupportedMediaType, http.MethodPatch, envs+"/e", []obj{}, "Content-Type", "application/json")
	if got := c.get(envs + "/e").body["title"]; got != "F" {
		t.Errorf("after patches that failed: got title %v", got)
	}
}
