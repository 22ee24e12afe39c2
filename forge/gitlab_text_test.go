package forge

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzQuickActions checks that no text is left that GitLab carries out, and that
// each comes back as it was.
func FuzzQuickActions(f *testing.F) {
	for _, s := range []string{"", "/merge", "a\n/merge now\n", "```\n/merge\n```", `\/merge`, "\\\\/merge\n//merge", " /merge", "/1", "/", "\n\n/É"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := withoutQuickActions(s)
		for line := range strings.SplitSeq(safe, "\n") {
			if len(line) > 1 && line[0] == '/' && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz", rune(line[1]|0x20)) {
				t.Errorf("of %q: got the line %q, want none that GitLab acts on", s, line)
			}
		}
		if got := withQuickActions(safe); got != s {
			t.Errorf("there and back: got %q, want %q", got, s)
		}
	})
}

// FuzzGitLabSays reads answers that servers, and proxies before them, may give.
func FuzzGitLabSays(f *testing.F) {
	for _, s := range []string{
		"", "Retry later\n", `{"message":"403 Forbidden"}`, `{"message":["a","b"]}`, `{"message":{"title":["is too long"],"base":["no"]}}`,
		`{"error":"insufficient_scope","error_description":"More.","scope":"api"}`, "<html>", `[[[1]]]`, `"\u0000"`, `{"message":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := gitlabAnswer{status: http.StatusForbidden, header: http.Header{}, body: body}
		if got := a.says(); got == "" || len(got) > 1000 || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00") {
			t.Errorf("answer %q: got %q, want a line", body, got)
		}
	})
}

// TestGitLabAnswers checks in which words what GitLab says arrives.
func TestGitLabAnswers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"message":"403 Forbidden"}`:                                   "403 Forbidden",
		`{"message":["Another open merge request already exists: !5"]}`: "Another open merge request already exists: !5",
		`{"message":{"title":["can't be blank"],"base":["No."]}}`:       "No.: title can't be blank",
		`{"error":"title is missing"}`:                                  "title is missing",
		"Retry later\n":                                                 "Retry later",
		"<html><body>Oh</body></html>":                                  "Bad Request",
		"":                                                              "Bad Request",
	} {
		a := gitlabAnswer{status: http.StatusBadRequest, header: http.Header{}, body: []byte(body)}
		if got := a.says(); got != want {
			t.Errorf("answer %s: got %q, want %q", body, got, want)
		}
	}
}
