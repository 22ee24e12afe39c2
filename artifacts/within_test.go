package artifacts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// TestTextStaysWithin changes text that lies in the payload's file, and text
// that has a file of its own.
func TestTextStaysWithin(t *testing.T) {
	for _, tc := range []struct {
		name        string
		files, want map[string]string
	}{
		{"within", map[string]string{"apis/a/note.json": `{ "text": "old", "x": 1 }`}, map[string]string{"apis/a/note.json": `{ "text": "new", "x": 1 }`}},
		{"within, under another name", map[string]string{"apis/a/note.md": `{"text":"old","x":1}`}, map[string]string{"apis/a/note.md": `{"text":"new","x":1}`}},
		{"beside", map[string]string{"apis/a/note.json": `{"x":1}`, "apis/a/note.txt": "old"}, map[string]string{"apis/a/note.txt": "new"}},
		{"nowhere", map[string]string{"apis/a/note.json": `{"x":1}`}, map[string]string{"apis/a/note.txt": "new"}},
		{"new", nil, map[string]string{"apis/a/note.json": "{\n  \"x\": 1\n}\n", "apis/a/note.txt": "new"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ks := spelledKinds(t)
			r := &gateway.Resource{Key: gateway.NewKey("api", "a").Child("api note", "default"), Spec: map[string]any{"text": "new", "x": jsonNumber("1")}}
			got := map[string]string{}
			for p, text := range mustEncode(t, ks, []*gateway.Resource{r}, mapFS(tc.files)).Write {
				got[p] = string(text)
			}
			if d := cmp.Diff(got, tc.want); d != "" {
				t.Errorf("files (-got +want):\n%s", d)
			}
		})
	}
}
