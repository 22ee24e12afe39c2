package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheck(t *testing.T) {
	const tag = "the tag <%s> is not well formed: look for quotes that are missing or not closed, and brackets of an expression that do not match"
	tests := []struct {
		name, text string
		roots      []string
		want       []Fault
	}{
		{"well formed", wellFormed, []string{"policies"}, nil},
		{"expressions", "<policies><inbound><set-variable name=\"a\" value=\"@(1 < 2 ? \"x\" : \"</inbound>\")\" /></inbound></policies>", nil, nil},
		{"declaration and comment", "<?xml version=\"1.0\"?>\n<!-- hello -->\n<fragment/>", []string{"fragment"}, nil},
		{"empty", " \n", nil, []Fault{{1, "there is no element"}}},
		{"element not closed", "\n<policies>\n  <inbound>\n</policies>", nil, []Fault{{4, "</policies> stands where <inbound> of line 3 is open"}}},
		{"text ends early", "<policies>\r\n  <inbound>\r\n", nil, []Fault{{2, "the element <inbound> is not closed"}}},
		{"closes nothing", "<a/>\n</b>", nil, []Fault{{2, "</b> closes no element"}}},
		{"quote missing", "<policies>\n<inbound x=1/></policies>", nil, []Fault{{2, strings.Replace(tag, "%s", "inbound", 1)}}},
		{"expression in an attribute", "<policies>\n<inbound x=\"@(1\"/></policies>", nil, []Fault{{2, strings.Replace(tag, "%s", "inbound", 1)}}},
		{"expression in text", "<policies><inbound>\n\n@(1\n</inbound></policies>", nil, []Fault{{3, "the brackets or quotes of the expression do not match"}}},
		{"comment", "<a>\n<!-- x</a>", nil, []Fault{{2, "the comment has no end"}}},
		{"markup", "<a>\n<!DOCTYPE x></a>", nil, []Fault{{2, "the markup has no end, or is none that a policy may have"}}},
		{"wrong root", "<policy/>", []string{"policies"}, []Fault{{1, "the root element is <policy> and must be <policies>"}}},
		{"two roots", "<a/>\n<b/>", nil, []Fault{{2, "there is a second root element <b>"}}},
		{"text outside", "x<a/>", nil, []Fault{{1, "there is text outside of the root element"}}},
		{"unknown section", "<policies>\n<inbond/></policies>", nil, []Fault{{2, "<inbond> is no section of a policy: inbound, backend, outbound, on-error are"}}},
		{"section twice", "<policies><inbound/>\n<inbound/></policies>", nil, []Fault{{2, "there is a second section <inbound>"}}},
		{"attribute twice", "<a b=\"1\"\n b=\"2\"/>", nil, []Fault{{2, "<a> has the attribute b twice"}}},
		{"all of several", "<policies>\n<a/>\n<b/>\n<c", nil, []Fault{
			{2, "<a> is no section of a policy: inbound, backend, outbound, on-error are"},
			{3, "<b> is no section of a policy: inbound, backend, outbound, on-error are"},
			{4, strings.Replace(tag, "%s", "c", 1)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(Check(tt.text, tt.roots...), tt.want); diff != "" {
				t.Errorf("Check(%q) (-got +want):\n%s", tt.text, diff)
			}
		})
	}
}

func TestCheckReal(t *testing.T) {
	for name, text := range samples(t) {
		if got := Check(text, "policies", "fragment"); len(got) > 0 {
			t.Errorf("%s: %v, want nothing wrong", name, got)
		}
	}
}

func TestLine(t *testing.T) {
	const text = "<?xml version=\"1.0\"?>\n<policies>\n<inbound>\n<include-fragment\n fragment-id=\"auth\"/>{{key}}\n" +
		"<set-body template=\"liquid\">{{body}}</set-body>\n{{monkey}} {{body}}</inbound></policies>"
	tests := []struct {
		name, text string
		ref        Reference
		want       int
	}{
		{"attribute", text, Reference{"policy fragment", "auth"}, 5},
		{"named value", text, Reference{"named value", "key"}, 5},
		{"after one that ends alike", text, Reference{"named value", "monkey"}, 7},
		{"not in Liquid", text, Reference{"named value", "body"}, 7},
		{"not there", text, Reference{"backend", "auth"}, 0},
		{"no structure", "<a>\n<b>\n{{key}}</a>", Reference{"named value", "key"}, 3},
		{"carriage returns", "<a>\r\n{{key}}</a>", Reference{"named value", "key"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Line(tt.text, tt.ref); got != tt.want {
				t.Errorf("Line(%v) = %d, want %d", tt.ref, got, tt.want)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("<policies>\n<inbound x=1/></policies>")
	f.Add("\ufeff<?xml version='1.0'?>\r\n<a></b>")
	f.Fuzz(func(t *testing.T, text string) {
		last := 1 + strings.Count(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
		for _, fault := range Check(text) {
			if fault.Line < 1 || fault.Line > last {
				t.Fatalf("Check(%q): line %d of %d", text, fault.Line, last)
			}
		}
		for _, ref := range References(text) {
			if line := Line(text, ref); line < 1 || line > last {
				t.Fatalf("Line(%q, %v) = %d of %d", text, ref, line, last)
			}
		}
	})
}
