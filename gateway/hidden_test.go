package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestHiddenTextsAreNotShown(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{Name: "thing", Segment: "things", Dir: "things", File: "thing.json"}}})
	if err != nil {
		t.Fatal(err)
	}
	type obj = map[string]any
	for _, tt := range []struct {
		name       string
		have, want obj
		hidden     []string
		changes    []gateway.Change
	}{
		{"nothing hidden", obj{"a": "x"}, obj{"a": "hush"}, nil, []gateway.Change{{Field: "a", Have: "x", Want: "hush"}}},
		{"the new value", obj{"a": "x", "b": "y"}, obj{"a": "Bearer hush", "b": "z"}, []string{"hush"}, []gateway.Change{{Field: "a", Have: "***", Want: "***"}, {Field: "b", Have: "y", Want: "z"}}},
		{"the old value", obj{"a": "hush"}, obj{"a": "x"}, []string{"hush"}, []gateway.Change{{Field: "a", Have: "***", Want: "***"}}},
		{"added", obj{}, obj{"a": "hush"}, []string{"hush"}, []gateway.Change{{Field: "a", Want: "***"}}},
		{"deep in a list", obj{"a": []any{}}, obj{"a": []any{"x", obj{"b": "hush"}}}, []string{"hush"}, []gateway.Change{{Field: "a", Want: "***"}}},
		{"a short one in another", obj{"a": "x"}, obj{"a": "hush"}, []string{"us"}, []gateway.Change{{Field: "a", Have: "x", Want: "hush"}}},
		{"a short one alone", obj{"a": "x"}, obj{"a": "us"}, []string{"us"}, []gateway.Change{{Field: "a", Have: "***", Want: "***"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := gateway.NewKey("thing", "t")
			got := ks.Diff(&gateway.Resource{Key: key, Spec: tt.have}, &gateway.Resource{Key: key, Spec: tt.want, Hidden: tt.hidden})
			if diff := cmp.Diff(tt.changes, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVeiled(t *testing.T) {
	ks, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{Name: "thing", Segment: "things", Dir: "things", File: "thing.json", Secret: []gateway.Secret{
		{Field: "key"}, {Field: "value", If: "secret"}, {Field: "parts.*"}, {Field: "named", Plain: func(v any) bool { return v == "${env:A}" }},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	type obj = map[string]any
	for _, tt := range []struct {
		name   string
		spec   obj
		hidden []string
		want   []string
	}{
		{"no secret", obj{"title": "t", "value": "v", "secret": false, "named": "${env:A}"}, nil, nil},
		{"secrets", obj{"key": "k", "value": "v", "secret": true, "named": "n"}, nil, []string{"k", "n", "v"}},
		{"parts of any shape", obj{"parts": obj{"a": []any{"x", obj{"b": "y"}}, "c": json.Number("12"), "d": true, "e": "", "f": "x"}}, nil, []string{"12", "x", "y"}},
		{"from where secrets are kept", obj{"title": "hush"}, []string{"hush"}, []string{"hush"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ks.Veiled(&gateway.Resource{Key: gateway.NewKey("thing", "t"), Spec: tt.spec, Hidden: tt.hidden})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVeil(t *testing.T) {
	const pem = "-----BEGIN\nMIIEvQIBADANBg\nkqhkiG9w0B\n-----END\n"
	for _, tt := range []struct{ name, text, hidden, want string }{
		{"nothing", "bad value", "", "bad value"},
		{"a text", "value hush-hush is bad: hush-hush", "hush-hush", "value *** is bad: ***"},
		{"in a word", "Xhush1", "hush", "X***1"},
		{"a short one alone", "value 'ab' of cab abc abab", "ab", "value '***' of cab abc abab"},
		{"quoted", `bad {"value":"a\"b\\c"}`, `a"b\c`, `bad {"value":"***"}`},
		{"in an address", "GET /x?key=a%2Fb+c", "a/b c", "GET /x?key=***"},
		{"lines", "bad: -----BEGIN MIIEvQIBADANBg kqhkiG9w0B -----END", pem, "bad: *** *** *** ***"},
		{"lines that are quoted", `bad: -----BEGIN\nMIIEvQIBADANBg\nkqhkiG9w0B\n-----END\n.`, pem, `bad: ***\n***\n***\n***\n.`},
		{"cut off", "value 0123456789ab... is bad", "0123456789abcdef", "value ***... is bad"},
		{"another that begins alike", "value 01234-6789 is good", "0123456789abcdef", "value 01234-6789 is good"},
		{"no letters of ours", "Wert größer-als-groß ist falsch", "größer-als-groß", "Wert *** ist falsch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := gateway.Veil(tt.text, []string{"", tt.hidden}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got, want := gateway.Veil("hush and hush-hush", []string{"hush", "hush-hush"}), "*** and ***"; got != want {
		t.Errorf("one in another: got %q, want %q", got, want)
	}
}

// FuzzVeil wants no hidden text to be left.
func FuzzVeil(f *testing.F) {
	f.Add("value hush-hush is bad", "hush-hush", "hush")
	f.Add("ababcdcd \"a\\\"b\"", "abcd", "a\"b")
	f.Fuzz(func(t *testing.T, text, one, two string) {
		got := gateway.Veil(text, []string{one, two})
		for _, hidden := range []string{one, two} {
			if len(hidden) > 3 && !strings.Contains(hidden, "*") && strings.Contains(got, hidden) {
				t.Errorf("Veil(%q) without %q is %q", text, hidden, got)
			}
		}
	})
}
