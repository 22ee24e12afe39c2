package amplify

import (
	"encoding/json"
	"testing"
)

// FuzzPatch applies steps to a document, which may fail and leaves JSON behind.
func FuzzPatch(f *testing.F) {
	for _, op := range []string{"add", "replace", "remove", "x-build-object-tree", "move"} {
		for _, path := range []string{"/title", "/tags/0", "/tags/-", "/tags/9", "/spec/a/b", "/spec/a~1b", "/", "//", "title", ""} {
			f.Add(op, path)
		}
	}
	f.Fuzz(func(t *testing.T, op, path string) {
		doc := obj{"title": "t", "tags": []any{"a", "b"}, "spec": obj{"a": obj{"b": "c"}, "l": []any{obj{"n": "x"}}}}
		if err := (step{Op: op, Path: path, Value: "v"}).apply(doc); err != nil {
			return
		}
		if _, err := json.Marshal(doc); err != nil {
			t.Errorf("%s %q: %v", op, path, err)
		}
	})
}

func FuzzParseProxyFile(f *testing.F) {
	f.Add(proxyV1)
	f.Add("apiVersion: v1\nproxy: {name: P, basePath: /p, policy: {type: pass-through}}\n")
	f.Add("proxy: {policies: {rateLimit: {perProxy: [1]}}}")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parseProxyFile([]byte(text))
		if err == nil && (file.Proxy.Name == "" || file.Proxy.auth() == nil) {
			t.Errorf("parseProxyFile(%q) accepts a proxy without name or authentication", text)
		}
	})
}

func FuzzParseToken(f *testing.F) {
	f.Add("e30.e30.e30")
	f.Add("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYSIsImIiXX0.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if parsed, err := parseToken(text); err == nil && parsed.signed == "" {
			t.Errorf("parseToken(%q) has nothing that is signed", text)
		}
	})
}
