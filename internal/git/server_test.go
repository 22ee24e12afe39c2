package git_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

func TestServerAuth(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	s, url := serve(t, dir)
	s.user = "git"
	withUser := strings.Replace(url, "://", "://git:s3cret@", 1)
	wrongUser := strings.Replace(url, "://", "://git:wr0ng@", 1)
	tests := []struct {
		name, url string
		auth      git.Auth
		ok        bool
	}{
		{"password", url, git.Auth{Password: "s3cret"}, true},
		{"user and password", url, git.Auth{User: "git", Password: "s3cret"}, true},
		{"in the URL", withUser, git.Auth{}, true},
		{"given beats the URL", wrongUser, git.Auth{User: "git", Password: "s3cret"}, true},
		{"none", url, git.Auth{}, false},
		{"wrong", url, git.Auth{Password: "wr0ng"}, false},
		{"wrong in the URL", wrongUser, git.Auth{}, false},
		{"bearer", url, git.Auth{Bearer: "wr0ng"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			r := open(t, tt.url, git.Options{
				Auth: tt.auth,
				Log:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			_, err := r.Resolve(t.Context(), "main")
			if tt.ok && err != nil || !tt.ok && !errors.Is(err, git.ErrDenied) {
				t.Errorf("resolve: got %v, want ok = %t", err, tt.ok)
			}
			err = r.Push(t.Context(), "refs/heads/new", base, git.Hash{})
			if !tt.ok && !errors.Is(err, git.ErrDenied) {
				t.Errorf("push: got %v, want %v", err, git.ErrDenied)
			}
			for _, secret := range []string{"s3cret", "wr0ng"} {
				if text := fmt.Sprint(err, log.String()); strings.Contains(text, secret) {
					t.Errorf("%q is shown: %s", secret, text)
				}
			}
			if !strings.Contains(log.String(), "listed refs") {
				t.Errorf("log: got %q, want a line for each exchange", log.String())
			}
		})
	}
}

// TestServerRenew has passwords that are good for one exchange each.
func TestServerRenew(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	s, url := serve(t, dir)
	s.user = "git"
	var log bytes.Buffer
	given, fail := 0, error(nil)
	r := open(t, url, git.Options{
		Auth: git.Auth{Password: "wr0ng", Renew: func(context.Context) (string, error) { given++; return "s3cret", fail }},
		Log:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if h, err := r.Resolve(t.Context(), "main"); err != nil || h != base {
		t.Errorf("resolve: got %s, %v", h, err)
	}
	if err := r.Push(t.Context(), "refs/heads/new", base, git.Hash{}); err != nil {
		t.Errorf("push: %v", err)
	}
	if want := strings.Count(log.String(), "\n"); given != want {
		t.Errorf("passwords: got %d, want one for each of %d exchanges", given, want)
	}
	fail = errors.New("no more of them")
	for name, err := range map[string]error{
		"push": r.Push(t.Context(), "refs/heads/more", base, git.Hash{}),
		"list": func() error { _, err := r.Branches(t.Context()); return err }(),
	} {
		if !errors.Is(err, fail) || !strings.Contains(err.Error(), "sign in to "+url) {
			t.Errorf("%s without a password: got %v", name, err)
		}
	}
}

func TestAuthShowsNoSecrets(t *testing.T) {
	t.Parallel()
	o := git.Options{Auth: git.Auth{User: "u", Password: "s3cret", Bearer: "s3cret", Passphrase: "s3cret"}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("options", "auth", o.Auth)
	for _, text := range []string{fmt.Sprint(o.Auth), fmt.Sprintf("%+v", o), fmt.Sprintf("%#v", o), log.String()} {
		if strings.Contains(text, "s3cret") {
			t.Errorf("secret shown: %s", text)
		}
	}
}

func TestStripUserinfo(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://user:pass@example.com/a":      "https://example.com/a",
		"https://token@example.com/a":          "https://example.com/a",
		"https://u:p@ss@example.com:8443/a@b":  "https://example.com:8443/a@b",
		"https://example.com/a@b":              "https://example.com/a@b",
		"https://u:p@example.com":              "https://example.com",
		"ssh://git@example.com/a":              "ssh://git@example.com/a",
		"ssh://git:pw@example.com/a":           "ssh://example.com/a",
		"git@example.com:a/b":                  "git@example.com:a/b",
		"/a/b":                                 "/a/b",
		"https://u:p%40@example.com/x?y=z@w#@": "https://example.com/x?y=z@w#@",
	} {
		if got := git.StripUserinfo(in); got != want {
			t.Errorf("StripUserinfo(%q): got %q, want %q", in, got, want)
		}
	}
}

// TestServerFetch checks what is asked of a server: one commit, no history, and
// nothing at all for what a borrowed checkout has.
func TestServerFetch(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	s, url := serve(t, dir)
	temp := t.TempDir()
	r, err := git.Open(t.Context(), url, git.Options{TempDir: temp})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Resolve(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Tree(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	if len(s.posts) != 1 || !strings.Contains(s.posts[0], "deepen 1") || strings.Contains(s.posts[0], "have") {
		t.Errorf("requests: got %q, want one for one commit", s.posts)
	}
	if strings.Contains(s.posts[0], "multi_ack") {
		t.Errorf("request: got %q, which offers what only Azure needs", s.posts[0])
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	s.posts = nil
	borrowed := open(t, url, git.Options{Borrow: clone(t, dir)})
	h, err := borrowed.Resolve(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree(t, borrowed, h).ReadFile("f"); err != nil {
		t.Error(err)
	}
	if len(s.posts) != 0 {
		t.Errorf("requests with borrowed objects: got %q, want none", s.posts)
	}

	// A partial clone may lack files: it is not relied upon.
	run(t, dir, "config", "uploadpack.allowfilter", "true")
	partial := open(t, url, git.Options{Borrow: clone(t, "file://"+dir, "--filter=blob:none", "--no-checkout")})
	if _, err := partial.Resolve(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	if data, err := tree(t, partial, h).ReadFile("f"); err != nil || string(data) != "1" {
		t.Errorf("read with a partial clone: got %q, %v", data, err)
	}
}

func TestPartialClone(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	run(t, dir, "config", "uploadpack.allowfilter", "true")
	r := open(t, clone(t, "file://"+dir, "--filter=blob:none", "--no-checkout"), git.Options{})
	_, err := tree(t, r, base).ReadFile("f")
	if !errors.Is(err, git.ErrNotFound) || !strings.Contains(err.Error(), "partial") {
		t.Errorf("read a file that was left out: got %v, want %v and why", err, git.ErrNotFound)
	}
	// Trees are there, and no more is needed to commit.
	next := commit(t, r, base, map[string]*string{"f": text("2")})
	if data, err := tree(t, r, next).ReadFile("f"); err != nil || string(data) != "2" {
		t.Errorf("read what was committed: got %q, %v", data, err)
	}
}

// TestServerLikeAzure checks the one capability without which Azure Repos
// turns a client away.
func TestServerLikeAzure(t *testing.T) {
	t.Parallel()
	dir, _ := bare(t, map[string]string{"f": "1"})
	azure := filepath.Join(filepath.Dir(dir), "_git")
	if err := os.Mkdir(azure, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, filepath.Join(azure, "repo.git")); err != nil {
		t.Fatal(err)
	}
	run(t, filepath.Join(azure, "repo.git"), "config", "http.receivepack", "true")
	s, url := serve(t, azure)
	r := open(t, url+"/repo.git", git.Options{})
	if _, err := r.Resolve(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	if len(s.posts) != 1 || !strings.Contains(s.posts[0], " multi_ack\n") {
		t.Errorf("requests: got %q, want multi_ack offered", s.posts)
	}
}

func TestServerEmpty(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "repo.git")
	run(t, t.TempDir(), "init", "--quiet", "--bare", "--initial-branch=main", "--template=", dir)
	run(t, dir, "config", "http.receivepack", "true")
	for place, location := range places(t, dir) {
		r := open(t, location, git.Options{})
		if refs, err := r.Refs(t.Context(), ""); err != nil || len(refs) != 0 {
			t.Errorf("%s: refs: got %v, %v", place, refs, err)
		}
		if _, err := r.Resolve(t.Context(), "HEAD"); !errors.Is(err, git.ErrNotFound) {
			t.Errorf("%s: resolve: got %v, want %v", place, err, git.ErrNotFound)
		}
		h := commit(t, r, git.Hash{}, map[string]*string{"f": text(place)})
		if err := r.Push(t.Context(), "refs/heads/first", h, git.Hash{}); err != nil {
			t.Errorf("%s: push: %v", place, err)
		}
		run(t, dir, "update-ref", "-d", "refs/heads/first")
	}
	fsck(t, dir)
}

func TestServerErrors(t *testing.T) {
	t.Parallel()
	dir, _ := bare(t, map[string]string{"f": "1"})
	s, url := serve(t, dir)
	absent := open(t, strings.Replace(url, "repo.git", "nope.git", 1), git.Options{})
	if _, err := absent.Resolve(t.Context(), "main"); !errors.Is(err, git.ErrNotFound) {
		t.Errorf("absent repository: got %v, want %v", err, git.ErrNotFound)
	}
	r := open(t, url, git.Options{})
	if _, err := r.Resolve(t.Context(), strings.Repeat("12", 20)); !errors.Is(err, git.ErrNotFound) {
		t.Errorf("absent commit: got %v, want %v", err, git.ErrNotFound)
	}
	s.after = func(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder) bool {
		if r.Method != http.MethodPost {
			return false
		}
		body := answer.Body.Bytes() // break off in the middle of the pack
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		_, _ = w.Write(body[:len(body)-30])
		return true
	}
	if h, err := r.Resolve(t.Context(), "main"); err == nil {
		t.Errorf("broken transfer: got %s, want an error", h)
	}
	s.after = nil
	if _, err := r.Resolve(t.Context(), "main"); err != nil {
		t.Errorf("after a broken transfer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	other := open(t, url, git.Options{})
	s.after = func(_ http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) bool {
		cancel()
		return false
	}
	if _, err := other.Resolve(ctx, "main"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled on the way: got %v, want %v", err, context.Canceled)
	}
}

func TestOptionsErrors(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]git.Options{
		"CA bundle":       {CABundle: []byte("no certificate")},
		"proxy":           {Proxy: "://user:s3cret@"},
		"proxy and HTTP":  {Proxy: "http://127.0.0.1:1", HTTP: http.DefaultClient},
		"borrow":          {Borrow: filepath.Join(t.TempDir(), "nope")},
		"temporary place": {TempDir: filepath.Join(t.TempDir(), "nope")},
	} {
		_, err := git.Open(t.Context(), "https://127.0.0.1:1/r", o)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want an error without secrets", name, err)
		}
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	target, url := serve(t, dir)
	asked := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		target.Config.Handler.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	r := open(t, strings.Replace(url, target.Listener.Addr().String(), "git.example.com", 1), git.Options{Proxy: proxy.URL})
	if got, err := r.Resolve(t.Context(), "main"); err != nil || got != base || asked == 0 {
		t.Errorf("resolve: got %s, %v after %d requests; want %s", got, err, asked, base)
	}
}
