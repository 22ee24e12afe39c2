package glob

import "testing"

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"orders", "orders", true},
		{"Orders", "oRDERS", true},
		{"orders", "orders2", false},
		{"", "", true},
		{"", "x", false},
		{"*", "", true},
		{"*", "anything at all", true},
		{"or*s", "orders", true},
		{"or*s", "ordered", false},
		{"*ab", "aab", true},
		{"a*b*c", "abbcbc", true},
		{"?", "ü", true},
		{"?", "", false},
		{"v?", "v10", false},
		{"**", "x", true},
		{"Ü*", "über", true},
		{"*b*", "aabaa", true},
		{"[a]", "a", false},
	} {
		if got := Match(test.pattern, test.name); got != test.want {
			t.Errorf("Match(%q, %q) = %t, want %t", test.pattern, test.name, got, test.want)
		}
	}
}

func TestHas(t *testing.T) {
	for text, want := range map[string]bool{"orders": false, "or*": true, "v?": true, "": false} {
		if got := Has(text); got != want {
			t.Errorf("Has(%q) = %t, want %t", text, got, want)
		}
	}
}
