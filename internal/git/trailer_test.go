package git

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTrailers(t *testing.T) {
	for _, tc := range []struct {
		name, message string
		want          []Trailer
	}{
		{"none", "title\n\nbody\n", nil},
		{"title alone", "Fix: a thing", nil},
		{"some", "title\n\nbody\n\nA-Key: one\nB: two: three\n", []Trailer{{"A-Key", "one"}, {"B", "two: three"}}},
		{"no value", "title\n\nA:\n", []Trailer{{"A", ""}}},
		{"other lines between", "title\n\nA: 1\nand so on\n(cherry picked from x)\nB: 2", []Trailer{{"A", "1"}, {"B", "2"}}},
		{"not the last paragraph", "title\n\nA: 1\n\nthe end\n", nil},
		{"other ends of lines", "title\r\n\r\nA: 1\r\n", []Trailer{{"A", "1"}}},
		{"empty", "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(Trailers(tc.message), tc.want); d != "" {
				t.Errorf("got -, want +:\n%s", d)
			}
		})
	}
}

func TestTrailersOfMeta(t *testing.T) {
	m := Meta{
		Trailers:  []Trailer{{"Key", "a\nForged: b"}},
		CoAuthors: []Person{{"Ann\nForged: c", "<ann@example.com>"}},
	}
	got, err := m.trailers()
	if want := "\nKey: a Forged: b\nCo-authored-by: AnnForged: c <ann@example.com>\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for name, m := range map[string]Meta{
		"key with a space": {Trailers: []Trailer{{"A key", "x"}}},
		"no key":           {Trailers: []Trailer{{"", "x"}}},
		"no address":       {CoAuthors: []Person{{Name: "Ann"}}},
	} {
		if got, err := m.trailers(); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
}

// FuzzTrailers checks that what is written can be read again.
func FuzzTrailers(f *testing.F) {
	f.Add("title", "value")
	f.Add("", "a\n\nB: c")
	f.Add("title\n\nA: b", "\u2028")
	f.Fuzz(func(t *testing.T, message, value string) {
		Trailers(message)
		m := Meta{Trailers: []Trailer{{"Key", value}}}
		text, err := m.trailers()
		if err != nil {
			t.Fatal(err)
		}
		want := []Trailer{{"Key", cleanValue(value)}}
		if d := cmp.Diff(Trailers("title\n"+cleanMessage(message)+text), want); d != "" {
			t.Errorf("got -, want +:\n%s", d)
		}
	})
}

func TestAllowedSignersRefuses(t *testing.T) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3kGyfYw3pr+S2Ek6hAeKTvBt5J1OwTcgW9wZ5sXbLw"
	for _, tc := range []struct{ name, line, want string }{
		{"no key", "a@example.com", "key cannot be read"},
		{"broken key", "a@example.com ssh-ed25519 AAAA", "key cannot be read"},
		{"other type", "a@example.com ssh-rsa " + strings.Fields(key)[1], "key cannot be read"},
		{"nobody", `"" ` + key, "names nobody"},
		{"open quote", `"a@example.com ` + key, "quote does not end"},
		{"open quote of an option", `a namespaces="git ` + key, "quote does not end"},
		{"unknown option", "a no-such " + key, `option "no-such" is not known`},
		{"no value", "a namespaces " + key, "is not known"},
		{"value without quotes", "a namespaces=git " + key, "must be quoted"},
		{"value of a flag", `a cert-authority="x" ` + key, "is not known"},
		{"no time", `a valid-after="soon" ` + key, "is no time"},
		{"no date", `a valid-after="20241399" ` + key, "is no time"},
		{"comma at the end", `a cert-authority, ` + key, "commas"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseAllowedSigners([]byte("# keys\n" + tc.line + "\n"))
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "line 2") {
				t.Errorf("got %v, %v; want an error with %q", got, err, tc.want)
			}
		})
	}
}

func TestMatchList(t *testing.T) {
	for _, tc := range []struct {
		s, patterns string
		want        bool
	}{
		{"a@example.com", "a@example.com", true},
		{"a@example.com", "A@example.com", false},
		{"a@example.com", "b@example.com, *@example.com", true},
		{"a@example.com", "!a@*,*", false},
		{"b@example.com", "!a@*,*", true},
		{"b@example.com", "!a@*", false},
		{"abcabd", "*ab?", true},
		{"abcabd", "a*c", false},
		{"", "*", true},
		{"", "?", false},
		{"a", "", false},
	} {
		if got := matchList(tc.s, tc.patterns); got != tc.want {
			t.Errorf("%q, %q: got %v, want %v", tc.s, tc.patterns, got, tc.want)
		}
	}
}

func TestParseValidity(t *testing.T) {
	for s, want := range map[string]time.Time{
		"20240102Z":       time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC),
		"202401020304Z":   time.Date(2024, 1, 2, 3, 4, 0, 0, time.UTC),
		"20240102030405Z": time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC),
		"20240102":        time.Date(2024, 1, 2, 0, 0, 0, 0, time.Local),
	} {
		if got, err := parseValidity(s); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %s, %v; want %s", s, got, err, want)
		}
	}
}

// FuzzAllowedSigners checks that a line is understood or refused, and that one
// that is understood names somebody.
func FuzzAllowedSigners(f *testing.F) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3kGyfYw3pr+S2Ek6hAeKTvBt5J1OwTcgW9wZ5sXbLw"
	f.Add([]byte("a@example.com " + key + " comment\n"))
	f.Add([]byte(`"a,!b" namespaces="git,file",valid-after="20240102",valid-before="20250101Z" ` + key))
	f.Add([]byte(`* cert-authority ` + key))
	f.Add([]byte("# x\n\n\t* x=\"" + key))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := parseAllowedSigners(text)
		if err != nil {
			return
		}
		for _, a := range list {
			if a.key == nil || strings.Trim(a.principals, ", ") == "" || a.line == 0 {
				t.Errorf("got %+v", a)
			}
			a.refuses(time.Now())
			matchList("a@example.com", a.principals)
		}
	})
}

// FuzzSSHSig checks that no signature that is read but not made proves anything.
func FuzzSSHSig(f *testing.F) {
	f.Add(sshsigBegin + "\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg\n" + sshsigEnd)
	f.Add(sshsigBegin + sshsigEnd)
	f.Add(sshsigEnd + sshsigBegin)
	f.Fuzz(func(t *testing.T, armored string) {
		s, err := parseSSHSig(armored)
		if err != nil {
			return
		}
		if s.verify([]byte("a message that nobody signed: "+t.Name())) == nil {
			t.Error("it is good")
		}
	})
}

// FuzzSplitSigned checks that nothing gets lost but the signatures.
func FuzzSplitSigned(f *testing.F) {
	f.Add([]byte("tree x\ngpgsig -----BEGIN\n abc\n -----END\nother y\n\nmessage\ngpgsig no\n"))
	f.Add([]byte("gpgsig-sha256 a\n b\ngpgsig c\n"))
	f.Add([]byte(" x"))
	f.Fuzz(func(t *testing.T, commit []byte) {
		payload, armored := splitSigned(commit)
		if armored == "" {
			return
		}
		again, rest := splitSigned(payload)
		if rest != "" || string(again) != string(payload) {
			t.Errorf("of %q: the payload %q still has the signature %q", commit, payload, rest)
		}
	})
}
