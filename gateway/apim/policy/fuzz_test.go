package policy

import (
	"slices"
	"strings"
	"testing"
)

// bare returns a text without white space, line ends folded.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && isSpace(byte(r)) {
			return -1
		}
		return r
	}, plain(text))
}

func FuzzEqual(f *testing.F) {
	for _, v := range values {
		f.Add(`<a b="`+v+`"> x </a>`, "<a\tb='"+v+"' >"+v+"</a>")
	}
	f.Add("<?xml version='1.0'?><a><!-- c --><![CDATA[ ]]></a>", "<a <b")
	f.Fuzz(func(t *testing.T, a, b string) {
		if Equal(a, b) != Equal(b, a) {
			t.Fatalf("Equal(%q, %q) depends on the order", a, b)
		}
		if a != b && Equal(a, b) && bare(a) != bare(b) {
			t.Fatalf("Equal(%q, %q) = true, want false", a, b)
		}
		if crlf := strings.ReplaceAll(plain(a), "\n", "\r\n"); !Equal(a, crlf+"\r\n") && !strings.HasPrefix(plain(a), "<?xml") && !strings.HasPrefix(a, "\ufeff\ufeff") {
			t.Fatalf("Equal(%q, %q) = false for other line ends", a, crlf)
		}
		if s, err := structure(plain(a)); err == nil {
			if again, err := structure(s); err != nil || again != s {
				t.Fatalf("structure(%q) = %q, %v; want no change", s, again, err)
			}
		}
	})
}

func FuzzReferences(f *testing.F) {
	for _, v := range values {
		f.Add(`<set-backend-service backend-id="` + v + `"/><set-body template='liquid'>{{x}}</set-body>` + v)
	}
	f.Add("<a <include-fragment fragment-id='x'/> {{y}} <!-- {{z}}")
	f.Fuzz(func(t *testing.T, text string) {
		got := References(text)
		if want := References(text); !slices.Equal(got, want) {
			t.Fatalf("References(%q) = %v, then %v", text, got, want)
		}
		for i, r := range got {
			if r.Name == "" || r.Kind == "" {
				t.Fatalf("References(%q) = %v: one without kind or name", text, got)
			}
			if i > 0 && (got[i-1].Kind > r.Kind || got[i-1].Kind == r.Kind && got[i-1].Name >= r.Name) {
				t.Fatalf("References(%q) = %v: not sorted, or one twice", text, got)
			}
		}
	})
}
