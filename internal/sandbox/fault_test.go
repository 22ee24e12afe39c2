package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFaultStrikes(t *testing.T) {
	for _, test := range []struct {
		spec string
		want []int // of six matching requests
	}{
		{"status=503", []int{1, 2, 3, 4, 5, 6}},
		{"status=503,nth=3", []int{3}},
		{"status=503,nth=2,count=2", []int{2, 3}},
		{"status=503,count=2,nth=2", []int{2, 3}},
		{"status=503,count=2", []int{1, 2}},
		{"kind=reset,every=3", []int{3, 6}},
		{"html,method=PUT,path=*/APIS/*", []int{1, 2, 3, 4, 5, 6}},
		{"html,method=GET", nil},
		{"html,path=/apis", nil},
	} {
		t.Run(test.spec, func(t *testing.T) {
			f, err := ParseFault(test.spec)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for i := range 6 {
				if f.Strikes(httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/x/apis/a", nil)) {
					got = append(got, i+1)
				}
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("struck (-got +want):\n%s", diff)
			}
		})
	}
}

func TestParseFaultRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"":                    "unknown key",
		"status=7":            "not a number from 100 to 599",
		"kind=flood":          "unknown kind",
		"kind=status":         "needs status=N",
		"method=PUT":          "say what shall happen",
		"status=500,when=now": "before or after",
		"status=500,nth=0":    "not a number",
		"status=500,colour=1": `unknown key "colour"`,
	} {
		if _, err := ParseFault(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q", spec, err, want)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("status=503,method=PUT,path=*/apis/*,nth=3,count=2,retry-after=1,when=after")
	f.Fuzz(func(t *testing.T, spec string) {
		if fault, err := ParseFault(spec); err == nil && fault.Kind == "" {
			t.Errorf("%q: a fault of no kind", spec)
		}
	})
}
