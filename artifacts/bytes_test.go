package artifacts

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A scribe writes JSON as some tool might: with blanks wherever it likes, and
// with more escapes than anybody needs. One value, of those it writes as
// strings, is the target.
type scribe struct {
	r      *rand.Rand
	eol    string
	blanks []string
	text   strings.Builder
	spots  [][2]int         // where the strings are
	set    []func(v string) // change the payload accordingly
}

// dotNet writes a string as System.Text.Json does: all but the plainest
// characters as escapes.
func dotNet(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c > 0xffff:
			fmt.Fprintf(&b, `\u%04X\u%04X`, 0xd800+(c-0x10000)>>10, 0xdc00+(c-0x10000)&0x3ff)
		case c < ' ' || c > '~' || strings.ContainsRune("\"&'<>+`\\", c):
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

var phrases = []string{"it's", "a+b", "<&>", "über", "line\nbreak", "\"quoted\"", "`tick`", "back\\slash", "😀", "plain"}

func (s *scribe) pick(of []string) string { return of[s.r.IntN(len(of))] }

func (s *scribe) blank() { s.text.WriteString(strings.ReplaceAll(s.pick(s.blanks), "\n", s.eol)) }

// value writes a value and returns it. set makes the payload say another one.
func (s *scribe) value(depth int, set func(any)) any {
	switch n := s.r.IntN(10); {
	case depth < 3 && n < 3:
		return s.object(depth)
	case depth < 3 && n < 4:
		return s.array(depth)
	case n < 5:
		s.text.WriteString("1.50")
		return json.Number("1.50")
	case n < 6:
		s.text.WriteString("true")
		return true
	}
	v := s.pick(phrases)
	start := s.text.Len()
	s.text.WriteString(`"` + dotNet(v) + `"`)
	s.spots = append(s.spots, [2]int{start, s.text.Len()})
	s.set = append(s.set, func(v string) { set(v) })
	return v
}

func (s *scribe) object(depth int) map[string]any {
	m := map[string]any{}
	s.text.WriteByte('{')
	for i := range 1 + s.r.IntN(4) {
		if i > 0 {
			s.blank()
			s.text.WriteByte(',')
		}
		name := fmt.Sprintf("%s %d", s.pick(phrases), i)
		s.blank()
		s.text.WriteString(`"` + dotNet(name) + `"`)
		s.blank()
		s.text.WriteByte(':')
		s.blank()
		m[name] = s.value(depth+1, func(v any) { m[name] = v })
	}
	s.blank()
	s.text.WriteByte('}')
	return m
}

func (s *scribe) array(depth int) []any {
	l := make([]any, 1+s.r.IntN(3))
	s.text.WriteByte('[')
	for i := range l {
		if i > 0 {
			s.blank()
			s.text.WriteByte(',')
		}
		s.blank()
		l[i] = s.value(depth+1, func(v any) { l[i] = v })
	}
	s.blank()
	s.text.WriteByte(']')
	return l
}

// TestTheRestStays changes one value of a payload: every other byte of the file
// stays, whoever wrote it.
func TestTheRestStays(t *testing.T) {
	ks := testKinds(t, true)
	const file = "named values/v/valueInformation.json"
	for seed := range uint64(300) {
		s := &scribe{r: rand.New(rand.NewPCG(seed, 3))}
		s.eol = s.pick([]string{"\n", "\r\n"})
		s.blanks = [][]string{{""}, {"\n  "}, {"", " ", "\n", "\n\t", "  \n"}}[s.r.IntN(3)]
		s.text.WriteString(s.pick([]string{"", "\ufeff"}) + `{ "properties":`)
		spec := map[string]any{"properties": s.object(0)}
		s.text.WriteString("}" + s.pick([]string{"", s.eol}))
		if len(s.spots) == 0 {
			continue
		}
		i, text := s.r.IntN(len(s.spots)), s.text.String()
		s.set[i]("it's <new> & ünlike")
		want := text[:s.spots[i][0]] + `"it's <new> & ünlike"` + text[s.spots[i][1]:]
		f := mustEncode(t, ks, []*gateway.Resource{{Key: gateway.NewKey("value", "v"), Spec: spec}}, mapFS(map[string]string{file: text}))
		if d := cmp.Diff(string(f.Write[file]), want); d != "" {
			t.Fatalf("seed %d: file (-got +want):\n%s", seed, d)
		}
	}
}

// TestTheRestOfAListStays adds to lists, and takes from them.
func TestTheRestOfAListStays(t *testing.T) {
	const list = "products/p/apis.json"
	old := "\ufeff[\r\n  { \"name\" : \"a\\u002Bb\" },\r\n  { \"name\" : \"c\" }\r\n]"
	for _, tc := range []struct {
		name        string
		add, remove string
		want        string
	}{
		{"add", "d", "", "\ufeff[\r\n  { \"name\" : \"a\\u002Bb\" },\r\n  { \"name\" : \"c\" },\r\n  {\"name\": \"d\"}\r\n]"},
		{"remove the first", "", "a+b", "\ufeff[\r\n  { \"name\" : \"c\" }\r\n]"},
		{"remove the last", "", "c", "\ufeff[\r\n  { \"name\" : \"a\\u002Bb\" }\r\n]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ks := spelledKinds(t)
			e := NewEncoder(ks, mustTree(t, ks, mapFS(map[string]string{list: old})))
			product := gateway.NewKey("product", "p")
			f, err := e.Remove(product.Child("product api", tc.remove))
			if tc.add != "" {
				f, err = e.Encode(&gateway.Resource{Key: product.Child("product api", tc.add)})
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(f.Write[list]), tc.want); d != "" {
				t.Errorf("list (-got +want):\n%s", d)
			}
		})
	}
}

// TestTheFormOfTextStays changes text: byte-order mark and line ends stay as
// they were, and there is a final newline if there was one.
func TestTheFormOfTextStays(t *testing.T) {
	ks := testKinds(t, true)
	for _, mark := range []string{"", "\ufeff"} {
		for _, eol := range []string{"\n", "\r\n"} {
			for _, end := range []string{"", eol} {
				old := mark + strings.ReplaceAll("<a>\n\t<b/>\n</a>", "\n", eol) + end
				want := strings.Replace(old, "<b/>", "<c/>", 1)
				for _, theirs := range []string{"\n", "\r\n"} { // whatever the gateway's are
					given := strings.ReplaceAll(strings.TrimPrefix(want, mark), eol, theirs)
					r := &gateway.Resource{Key: gateway.NewKey("policy", "policy"), Spec: props(map[string]any{"value": given, "format": "rawxml"})}
					f := mustEncode(t, ks, []*gateway.Resource{r}, mapFS(map[string]string{"policy.xml": old}))
					if got := string(f.Write["policy.xml"]); got != want {
						t.Errorf("%q over %q becomes %q, want %q", given, old, got, want)
					}
				}
			}
		}
	}
}
