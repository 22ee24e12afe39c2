package forge

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCut(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("line of text\n", 100)
	tests := []struct{ name, text, wantEnd string }{
		{"plain", filler, "line of text"},
		{"fence", "```\n" + filler, "line of text\n```"},
		{"fence of another kind", "~~~~go\n```\n" + filler, "line of text\n~~~~"},
		{"fence in a list", "- a\n\n  ```\n" + filler, "line of text\n  ```"},
		{"fence that is closed", "```\na\n`````\n" + filler, "line of text"},
		{"fence in a quote", "> ```\n> a\n\n" + filler, "line of text"},
		{"details", "<details><summary>a</summary>\n\n" + filler, "line of text\n\n</details>"},
		{"details twice, one closed", "<details>\n<DETAILS>\n</details>\n" + filler, "line of text\n\n</details>"},
		{"fence in details", "<details>\n\n```yaml\n<details>\n" + filler, "line of text\n```\n\n</details>"},
		{"comment", "<!-- a --> <!-- b\n```\n" + filler, "line of text\n-->"},
		{"one long line", strings.Repeat("名", 3000), "名"},
		{"emoji", strings.Repeat("🚀", 3000), "🚀"},
	}
	for _, tt := range tests {
		for limit := 300; limit < 310; limit++ {
			got := cut(tt.text, limit)
			if len(got) > limit || !utf8.ValidString(got) {
				t.Errorf("%s: got %d bytes of %d, valid = %t", tt.name, len(got), limit, utf8.ValidString(got))
			}
			kept, ok := strings.CutSuffix(got, cutNotice)
			if !ok || !strings.HasSuffix(kept, tt.wantEnd) {
				t.Errorf("%s: got an end of %q, want %q and the notice", tt.name, got[max(0, len(got)-120):], tt.wantEnd)
			}
			if len(kept) < limit/2 {
				t.Errorf("%s: got %d bytes of %d, want most of them", tt.name, len(kept), limit)
			}
		}
	}
	if got := cut(filler, len(filler)); got != filler {
		t.Errorf("text that fits: got %d bytes, want it whole", len(got))
	}
}

// FuzzCut checks that what is cut fits, is text, and leaves nothing open.
func FuzzCut(f *testing.F) {
	f.Add("```\n<details>\n<!-- a", 10)
	f.Add("- ~~~~\n  ```\n\n名前", 200)
	f.Add(strings.Repeat("<details>", 50), 300)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = max(0, min(limit, 1<<12))
		text = strings.ToValidUTF8(text, "?")
		got := cut(text, limit)
		if len(got) > limit && got != text {
			t.Errorf("cut to %d: got %d bytes", limit, len(got))
		}
		if !utf8.ValidString(got) {
			t.Errorf("cut to %d: got broken UTF-8", limit)
		}
		if open := closers(got); len(text) > limit && len(got) > len(cutNotice) && open != "" {
			t.Errorf("cut to %d: got %q, which leaves %q", limit, got, open)
		}
	})
}

func TestMark(t *testing.T) {
	t.Parallel()
	tests := []Mark{
		{},
		{ID: "apim/contoso", Run: "https://ci.example.com/runs/1?a=b&c", Tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
		{ID: "--> <script>", Run: "a\nb", Tree: "100% ü --"},
	}
	for _, want := range tests {
		line := want.String()
		if strings.Contains(strings.TrimSuffix(strings.TrimPrefix(line, "<!--"), "-->"), "--") || strings.Contains(line, "\n") {
			t.Errorf("mark %+v: got %q, which is not one comment", want, line)
		}
		got, rest, ok := ParseMark(line + "\nbody\n")
		if !ok || got != want || rest != "body\n" {
			t.Errorf("parse %q: got %+v, %q, %t; want %+v", line, got, rest, ok, want)
		}
	}
	for _, body := range []string{"", "text", "<!-- lockstep id=a", "<!-- lockstep id=%zz -->\nx", "text\n<!-- lockstep id=a -->\n"} {
		if m, rest, ok := ParseMark(body); ok || rest != body {
			t.Errorf("parse %q: got %+v, %q, %t; want none", body, m, rest, ok)
		}
	}
}
