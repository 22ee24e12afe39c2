package artifacts

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A default that other tools need stands in the files that are written, and
// is no reason to write one.
func TestEncodeTellsDefaultsThatOthersNeed(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "api", Segment: "apis", Dir: "apis", File: "apiInformation.json",
		Defaults: map[string]any{"properties.apiRevision": "1", "properties.type": "http"}, Told: []string{"properties.apiRevision"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	const p = "apis/a/apiInformation.json"
	for name, tc := range map[string]struct {
		old  string // "": the tree does not hold it
		want string // "": nothing is written
	}{
		"new":                    {"", "{\n  \"properties\": {\n    \"apiRevision\": \"1\",\n    \"path\": \"new\"\n  }\n}\n"},
		"not there, same":        {`{"properties":{"path":"new"}}`, ""},
		"not there, changed":     {`{"properties":{"path":"old"}}`, `{"properties":{"path":"new"}}`},
		"there, changed":         {`{"properties":{"apiRevision":"1","type":"http","path":"old"}}`, `{"properties":{"apiRevision":"1","type":"http","path":"new"}}`},
		"becomes the default":    {`{"properties":{"apiRevision":"2","path":"new"}}`, `{"properties":{"apiRevision":"1","path":"new"}}`},
		"another one becomes it": {`{"properties":{"apiRevision":"1","type":"soap","path":"new"}}`, `{"properties":{"apiRevision":"1","path":"new"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			if tc.old != "" {
				files[p] = tc.old
			}
			r := &gateway.Resource{Key: gateway.NewKey("api", "a"), Spec: map[string]any{"properties": map[string]any{"path": "new"}}}
			f := mustEncode(t, ks, []*gateway.Resource{r}, mapFS(files))
			if got := string(f.Write[p]); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
