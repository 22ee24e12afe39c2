package gateway

import (
	"slices"
	"strings"
	"testing"
)

func configKinds(t *testing.T) *Kinds {
	t.Helper()
	ks, err := NewKinds(Table{Body: "properties", Rows: []Kind{
		{Name: "space", Segment: "spaces"},
		{Name: "set", Segment: "apiSets", ConfigKey: "sets", ConfigAliases: []string{"setNames"}, Under: []string{"", "space"}},
		{Name: "api", Segment: "apis"},
		{Name: "step"},
		{Name: "api set", Parent: "api", Segment: "setLinks", ConfigKey: "sets"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

func TestConfigKind(t *testing.T) {
	ks := configKinds(t)
	for _, test := range []struct{ name, parent, key, want string }{
		{"its own key", "", "sets", "set"},
		{"an alias", "", "setNames", "set"},
		{"upper and lower case", "", "SETNAMES", "set"},
		{"the segment", "", "apis", "api"},
		{"no segment where there is a key", "", "apiSets", ""},
		{"below a scope", "space", "sets", "space set"},
		{"below an owner", "api", "sets", "api set"},
		{"elsewhere", "set", "sets", ""},
		{"nothing", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if k := ks.ConfigKind(test.parent, test.key); k != nil {
				got = k.Name
			}
			if got != test.want {
				t.Errorf("ConfigKind(%q, %q) = %q, want %q", test.parent, test.key, got, test.want)
			}
		})
	}
	if got, want := ks.ConfigKeys(""), []string{"apis", "setNames", "sets", "spaces"}; !slices.Equal(got, want) {
		t.Errorf("ConfigKeys() = %q, want %q", got, want)
	}
	if got := ks.ConfigBody(); got != "properties" {
		t.Errorf("ConfigBody() = %q, want properties", got)
	}
}

func TestConfigKeysAreUnique(t *testing.T) {
	_, err := NewKinds(Table{Rows: []Kind{{Name: "a", Segment: "as"}, {Name: "b", Segment: "bs", ConfigAliases: []string{"As"}}}})
	if err == nil || !strings.Contains(err.Error(), `configuration key "as"`) {
		t.Errorf("NewKinds() error = %v, want one about the key", err)
	}
}
