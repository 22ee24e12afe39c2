package policy

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// samples returns real policies by file name. They are third-party data that is
// kept beside the checkout.
func samples(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.FromSlash("../../../../shared/samples/policies/*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("SKIPPED: there are no sample policies in ../shared beside the checkout, so real policies are not tested")
	}
	texts := map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(p)] = string(text)
	}
	return texts
}

// gap is white space between two tags, found without the scanner.
var gap = regexp.MustCompile(`>[ \t\r\n]*\n[ \t]*</?[a-z!]`)

// outside applies change to what is not in a comment.
func outside(text string, change func(string) string) string {
	var b strings.Builder
	for {
		from := strings.Index(text, "<!--")
		if from < 0 {
			break
		}
		to := from + strings.Index(text[from:], "-->")
		b.WriteString(change(text[:from]))
		b.WriteString(text[from:to])
		text = text[to:]
	}
	b.WriteString(change(text))
	return b.String()
}

// filled returns a change that puts space into all gaps.
func filled(space string) func(string) string {
	return func(s string) string {
		return gap.ReplaceAllStringFunc(s, func(g string) string {
			return ">" + space + g[strings.LastIndexByte(g, '<'):]
		})
	}
}

// tabbed indents with tabs.
func tabbed(s string) string {
	return gap.ReplaceAllStringFunc(s, strings.NewReplacer("    ", "\t", "  ", "\t").Replace)
}

// layouts are ways to write a policy in another way that mean the same.
var layouts = map[string]func(string) string{
	"CRLF":            func(s string) string { return strings.ReplaceAll(plain(s), "\n", "\r\n") },
	"CR":              func(s string) string { return strings.ReplaceAll(plain(s), "\n", "\r") },
	"byte-order mark": func(s string) string { return "\ufeff" + s },
	"declaration":     func(s string) string { return `<?xml version="1.0" encoding="utf-8"?>` + "\r\n" + plain(s) },
	"blank ends":      func(s string) string { return "\n\n \t" + plain(s) + " \r\n\n" },
	"one line":        func(s string) string { return outside(plain(s), filled("")) },
	"blank lines":     func(s string) string { return outside(plain(s), filled("\n\n   \n")) },
	"line-end space":  func(s string) string { return outside(plain(s), filled("  \t\n")) },
	"tabs and CRLF":   func(s string) string { return strings.ReplaceAll(outside(plain(s), tabbed), "\n", "\r\n") },
	"closer slashes":  func(s string) string { return outside(s, strings.NewReplacer(`" />`, `"/>`).Replace) },
	"farther slashes": func(s string) string {
		return outside(s, strings.NewReplacer("<base/>", "<base\n\t/>", "<base />", "<base\t/>").Replace)
	},
}

func TestEqualReal(t *testing.T) {
	texts := samples(t)
	for _, layout := range slices.Sorted(maps.Keys(layouts)) {
		t.Run(layout, func(t *testing.T) {
			changed := 0
			for name, text := range texts {
				other := layouts[layout](text)
				if other != text {
					changed++
				}
				if !Equal(text, other) {
					t.Errorf("%s: not equal to its other layout", name)
				}
			}
			if changed == 0 {
				t.Error("the layout changed no sample")
			}
		})
	}
}

func TestStructureReal(t *testing.T) {
	for name, text := range samples(t) {
		if _, err := structure(plain(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNotEqualReal(t *testing.T) {
	const step = 97 // a prime, so no indentation hides a place
	mutate := []func(s string, i int) string{
		func(s string, i int) string { return s[:i] + other(s[i]) + s[i+1:] },
		func(s string, i int) string { return s[:i] + s[i+1:] },
		func(s string, i int) string { return s[:i+1] + s[i:] },
		func(s string, i int) string { return s[:i] + " " + s[i+1:] },
		func(s string, i int) string { return s[:i] },
		func(s string, i int) string {
			if isWord(s[i]) && isWord(s[i+1]) {
				return s[:i+1] + " " + s[i+1:]
			}
			return s[:i] + other(s[i]) + s[i:]
		},
	}
	tried := 0
	for name, text := range samples(t) {
		text = plain(text)
		for i := len(name) % step; i < len(text)-1; i += step {
			if isSpace(text[i]) || text[i] >= 0x80 {
				continue
			}
			how := tried % len(mutate)
			if tried++; Equal(text, mutate[how](text, i)) {
				t.Errorf("%s: equal to itself after mutation %d of character %d", name, how, i)
			}
		}
	}
	t.Logf("%d changed texts, none equal to its original", tried)
}

// other returns a character that is not c.
func other(c byte) string {
	if c == 'q' {
		return "z"
	}
	return "q"
}

func isWord(c byte) bool { return isNameByte(c, true) && c < 0x80 && c != ':' }

func TestReferencesReal(t *testing.T) {
	texts := samples(t)
	named := regexp.MustCompile(`(?:^|[^{])\{\{([A-Za-z0-9._-]+)\}\}`)
	for name, text := range texts {
		bare := withoutComments(plain(text))
		if strings.Contains(bare, "liquid") {
			continue
		}
		want := map[string]bool{}
		for _, m := range named.FindAllStringSubmatch(bare, -1) {
			want[m[1]] = true
		}
		for _, r := range References(text) {
			if r.Kind == "named value" && !want[r.Name] {
				t.Errorf("%s: reference to named value %q, which the text does not have", name, r.Name)
			}
			delete(want, r.Name)
		}
		for n := range want {
			t.Errorf("%s: no reference to named value %q", name, n)
		}
	}
	got := References(texts["oauth-proxy-sign-in.xml"])
	want := Reference{"policy fragment", "oauth-proxy-construct-authorization-redirect-fragment"}
	if !slices.Contains(got, want) {
		t.Errorf("References of the sign-in policy = %v, want %v among them", got, want)
	}
}
