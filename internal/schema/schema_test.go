package schema_test

import (
	"regexp"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/schema"
)

func TestAnyCase(t *testing.T) {
	for _, test := range []struct {
		name, pattern, text string
		want                bool
	}{
		{"as it is", schema.AnyCase("apiNames"), "apiNames", true},
		{"another case", schema.AnyCase("apiNames"), "APINAMES", true},
		{"another word", schema.AnyCase("apis"), "apisX", false},
		{"a word with a dot", schema.AnyCase("a.b"), "aXb", false},
		{"one of two", schema.AnyOfCase("a", "bc"), "BC", true},
		{"neither", schema.AnyOfCase("a", "bc"), "abc", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := regexp.MustCompile(test.pattern).MatchString(test.text); got != test.want {
				t.Errorf("%s matches %q: %t, want %t", test.pattern, test.text, got, test.want)
			}
		})
	}
}

func TestKeyOfReference(t *testing.T) {
	o := schema.NewObject().Key("a", "what it is for", schema.Ref("x")).Schema()
	shown, _ := o["properties"].(schema.Schema)["a"].(schema.Schema)
	if shown["$ref"] != nil || shown["description"] != "what it is for" || shown["allOf"] == nil {
		t.Errorf("a key that refers is %v, want the reference in an allOf, with a description beside", shown)
	}
}
