package validate_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/validate"
)

// pairs is a table of which things name others, at an element of a list, and
// say how large they are; of two of one size the table says that they clash.
func pairs(t *testing.T, file string, format gateway.Format) *gateway.Kinds {
	t.Helper()
	kinds, err := gateway.NewKinds(gateway.Table{
		Rows: []gateway.Kind{{Name: "thing", Segment: "things", Dir: "things", File: file, Format: format}},
		Review: func(_, after []*gateway.Resource) []gateway.Finding {
			var fs []gateway.Finding
			bySize := map[any]gateway.Key{}
			for _, r := range after {
				to, _ := gateway.Field(r.Spec, "1.to").(string)
				if lacks := gateway.NewKey("thing", to); !slices.ContainsFunc(after, func(o *gateway.Resource) bool { return o.Key == lacks }) {
					fs = append(fs, gateway.Finding{Key: r.Key, Pointer: "/1/to", Text: "lacks " + to, Lacks: lacks})
				}
				if first, ok := bySize[r.Spec["size"]]; ok {
					fs = append(fs, gateway.Finding{Key: r.Key, Pointer: "/size", Text: "is as large as " + first.String()})
				}
				bySize[r.Spec["size"]] = r.Key
				fs = append(fs, gateway.Finding{Key: r.Key, Pointer: "/size", Text: "has no secret", Alone: true})
			}
			return fs
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func TestReview(t *testing.T) {
	files := map[string]string{
		"things/a/thing.yaml": "# the first\nsize: one\n'1':\n  to: b\n",
		"things/b/thing.yaml": "size: two\n'1': {to: a}\n",
	}
	tests := []struct {
		name  string
		files map[string]string // besides
		set   func(*validate.Options)
		over  string // overrides of an environment
		want  []string
	}{
		{name: "whole"},
		{
			name:  "what is not there, and what does not fit",
			files: map[string]string{"things/c/thing.yaml": "'1':\n\n  to: d\nsize: one\n"},
			want: []string{
				"things/c/thing.yaml:3: error reference: lacks d (thing c)",
				"things/c/thing.yaml:4: error mismatch: is as large as thing a (thing c)",
			},
		},
		{
			name:  "it may be on the gateway",
			files: map[string]string{"things/c/thing.yaml": "'1':\n  to: d\nsize: one\n"},
			set:   func(o *validate.Options) { o.Lenient = true },
			want: []string{
				"things/c/thing.yaml:2: warning reference: lacks d (thing c)",
				"things/c/thing.yaml:3: error mismatch: is as large as thing a (thing c)",
			},
		},
		{
			name: "one that is left out may be referred to, and is not judged",
			set:  func(o *validate.Options) { o.Skip = func(k gateway.Key) bool { return k.Name() == "b" } },
		},
		{
			name:  "one that is left out hides what it lacks",
			files: map[string]string{"things/b/thing.yaml": "size: two\n'1': {to: d}\n"},
			set:   func(o *validate.Options) { o.Skip = func(k gateway.Key) bool { return k.Name() == "b" } },
		},
		{
			name:  "an environment mends it",
			files: map[string]string{"things/c/thing.yaml": "'1': {to: d}\nsize: one\n"},
			over:  "things:\n  - name: c\n    '1': {to: a}\n    size: three\n",
		},
		{
			name: "an environment breaks it",
			over: "things:\n  - name: a\n    '1': {to: d}\n",
			want: []string{"things/a/thing.yaml:4: error reference: lacks d (thing a)"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all := maps.Clone(files)
			maps.Copy(all, tt.files)
			o := validate.Options{Kinds: pairs(t, "thing.yaml", gateway.YAML), Tree: tree(all)}
			if tt.set != nil {
				tt.set(&o)
			}
			if tt.over != "" {
				o.Overrides = overrides(t, o.Kinds, tt.over)
			}
			r, err := validate.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(found(r), tt.want); diff != "" {
				t.Errorf("findings (-got +want):\n%s", diff)
			}
		})
	}
}

// TestReviewOfJSON looks at the lines of files that are not YAML.
func TestReviewOfJSON(t *testing.T) {
	o := validate.Options{Kinds: pairs(t, "thing.json", gateway.JSON), Tree: tree(map[string]string{
		"things/a/thing.json": "{\n  \"1\": {\n\"to\": \"a\"},\n  \"size\": \"one\"\n}\n",
		"things/b/thing.json": "{\n  \"1\": {\n\"to\": \"a\"},\n  \"size\": \"one\"\n}\n",
	})}
	r, err := validate.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"things/b/thing.json:4: error mismatch: is as large as thing a (thing b)"}
	if diff := cmp.Diff(found(r), want); diff != "" {
		t.Errorf("findings (-got +want):\n%s", diff)
	}
}
