package all

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAmplifyQueries(t *testing.T) {
	for _, tt := range []struct {
		name string
		list []string
		want map[string]string // nil: refused
	}{
		{"none", nil, map[string]string{}},
		{"some", []string{"APIService=tags==public", "Product=state==active"}, map[string]string{"APIService": "tags==public", "Product": "state==active"}},
		{"with commas", []string{"APIService=name=in=(a", "b)", "title==x", "Product=name==p"}, map[string]string{"APIService": "name=in=(a,b),title==x", "Product": "name==p"}},
		{"without a kind", []string{"tags==public"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := amplifyQueries(tt.list)
			if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != (tt.want == nil) {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestWebAddress(t *testing.T) {
	for text, want := range map[string]bool{
		"https://apicentral.axway.com": true, "http://127.0.0.1:8751": true, "http://localhost:1": true, "https://central.example.com/base": true,
		"http://central.example.com": false, "ftp://localhost": false, "https://": false, "": false, "https://user:hush@central.example.com": false, "http://127.0.0.1.example.com": false,
	} {
		if _, err := webAddress("amplify-url", text); (err == nil) != want {
			t.Errorf("webAddress(%q) error = %v", text, err)
		}
	}
}
