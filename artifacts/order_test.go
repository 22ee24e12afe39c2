package artifacts

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A tree may hold a definition twice, since tools that overlay what they
// extract never remove the one of an older format. The first in the table's
// order counts; the other is told, and left alone as long as it does no harm.
func TestSeveralOfAGroupWithAnOrder(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "api", Segment: "apis", Dir: "apis", File: "apiInformation.json",
		Attach: []gateway.Attachment{{Pattern: "spec.*", Order: []string{"spec.json", "spec.yaml"}, Equal: sameSpec, Reencode: reencode}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"apis/a/apiInformation.json": "{}", "apis/a/spec.bak": "x", "apis/a/spec.json": `{"k":"v"}`, "apis/a/spec.yaml": "k: old\n"}
	rs, problems, err := Decode(ks, mapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(rs[0].Files)), []string{"spec.json"}; !slices.Equal(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
	want := []Problem{
		{Settled, "apis/a/spec.bak", "not used, for spec.json beside it counts: keep one of them"},
		{Settled, "apis/a/spec.yaml", "not used, for spec.json beside it counts: keep one of them"},
	}
	if d := cmp.Diff(problems, want); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	for name, tc := range map[string]struct {
		file, text string
		write      map[string]string
		remove     []string
	}{
		"nothing new":              {"spec.yaml", "k: v\n", nil, nil},
		"what does not count":      {"spec.yaml", "k: old\n", nil, []string{"apis/a/spec.json"}},
		"new, in another format":   {"spec.yml", "k: w\n", map[string]string{"apis/a/spec.json": `{"k":"w"}`}, nil},
		"new, as what counts":      {"spec.json", `{"k":"w"}`, map[string]string{"apis/a/spec.json": `{"k":"w"}`}, nil},
		"new, as what does not":    {"spec.yaml", "k: w\n", map[string]string{"apis/a/spec.yaml": "k: w\n"}, []string{"apis/a/spec.json"}},
		"gone":                     {"", "", nil, []string{"apis/a/spec.bak", "apis/a/spec.json", "apis/a/spec.yaml"}},
		"what cannot be reencoded": {"spec.wsdl", "<x/>", map[string]string{"apis/a/spec.wsdl": "<x/>"}, []string{"apis/a/spec.bak", "apis/a/spec.json", "apis/a/spec.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &gateway.Resource{Key: gateway.NewKey("api", "a")}
			if tc.file != "" {
				r.Files = map[string][]byte{tc.file: []byte(tc.text)}
			}
			f := mustEncode(t, ks, []*gateway.Resource{r}, mapFS(files))
			var write map[string]string
			for p, b := range f.Write {
				if write == nil {
					write = map[string]string{}
				}
				write[p] = string(b)
			}
			if d := cmp.Diff(write, tc.write); d != "" {
				t.Errorf("writes (-got +want):\n%s", d)
			}
			if d := cmp.Diff(f.Remove, tc.remove); d != "" {
				t.Errorf("removes (-got +want):\n%s", d)
			}
		})
	}
}

// A text that has a file of its own may say all that there is of a resource.
func TestTextWithoutPayloadFile(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "fragment", Segment: "fragments", Dir: "policy fragments", File: "fragmentInformation.json", Either: true,
		Split: []gateway.Split{{Field: "properties.value", File: "policy.xml"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"policy fragments/a/policy.xml": "<a/>"}
	rs, problems, err := Decode(ks, mapFS(files))
	if err != nil || len(rs) != 1 || len(problems) > 0 {
		t.Fatalf("got %v, %v, %v, want one fragment", rs, problems, err)
	}
	if f := mustEncode(t, ks, rs, mapFS(files)); !f.Empty() {
		t.Errorf("changes %v, want none", f.Paths())
	}
	gateway.SetField(rs[0].Spec, "properties.description", "first")
	f := mustEncode(t, ks, rs, mapFS(files))
	if got, want := f.Paths(), []string{"policy fragments/a/fragmentInformation.json"}; !slices.Equal(got, want) {
		t.Errorf("a description changes %v, want %v", got, want)
	}
	f = mustEncode(t, ks, rs, nil)
	if got, want := f.Paths(), []string{"policy fragments/a/fragmentInformation.json", "policy fragments/a/policy.xml"}; !slices.Equal(got, want) {
		t.Errorf("a new one writes %v, want %v", got, want)
	}
}
