//go:build pipelines

package pipelines

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A fake is a forge in memory, which has branches and commits of its own.
type fake interface {
	http.Handler
	Push(branch string) string
	Merge(number int) string
	Calls() []string
	Comments(number int) []string
}

// A hub is the forge on which the repository of a world is: it serves git out of that repository, to those who sign in,
// and its API out of a fake that is told of each push. A commit has another name on the fake; it is replaced on the way.
type hub struct {
	*world
	fake
	url    string
	root   string          // below which its API and its repositories are, on the fake's host
	pushes map[string]bool // tokens, and whether they may push

	mu     sync.Mutex
	at     map[string]string // commits of branches, as the fake was last told
	theirs map[string]string // the fake's names of commits
	ours   map[string]string
}

// newHub serves the world's repository on a forge.
func newHub(w *world, f fake, pushes map[string]bool) {
	w.t.Helper()
	h := &hub{world: w, fake: f, pushes: pushes, at: map[string]string{}, theirs: map[string]string{}, ours: map[string]string{}}
	w.must(w.bare, "git", "config", "http.receivepack", "true")
	path := strings.TrimSpace(w.must(w.dir, "git", "--exec-path"))
	git := &cgi.Handler{
		Path: filepath.Join(path, "git-http-backend"), Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + w.bare, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "HOME=" + w.dir},
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, end := range []string{"/info/refs", "/git-upload-pack", "/git-receive-pack"} {
			if strings.HasSuffix(r.URL.Path, end) {
				h.serveGit(git, end, rw, r)
				return
			}
		}
		h.serveAPI(rw, r)
	}))
	w.t.Cleanup(server.Close)
	h.url = server.URL
	w.hub = h
}

// serveGit lets those who signed in read, and push if their token may.
func (h *hub) serveGit(git http.Handler, end string, rw http.ResponseWriter, r *http.Request) {
	_, token, _ := r.BasicAuth()
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	mayPush, known := h.pushes[token]
	push := end == "/git-receive-pack" || r.URL.Query().Get("service") == "git-receive-pack"
	switch {
	case !known:
		rw.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		http.Error(rw, "who are you?", http.StatusUnauthorized)
		return
	case push && !mayPush:
		http.Error(rw, "this token may not push", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	inner := r.Clone(r.Context())
	inner.URL.Path = end
	inner.Body, inner.ContentLength, inner.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	git.ServeHTTP(rw, inner)
}

// serveAPI has the fake answer, once it knows of all pushes.
func (h *hub) serveAPI(rw http.ResponseWriter, r *http.Request) {
	h.follow()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	toTheirs, toOurs := replacer(h.theirs), replacer(h.ours)
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath, inner.URL.Host = toTheirs.Replace(r.URL.Path), toTheirs.Replace(r.URL.RawPath), strings.TrimPrefix(h.root, "https://")
	text := toTheirs.Replace(string(body))
	inner.Body, inner.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	answer := httptest.NewRecorder()
	h.fake.ServeHTTP(answer, inner)
	for name, values := range answer.Header() {
		rw.Header()[name] = values
	}
	rw.WriteHeader(answer.Code)
	said := toOurs.Replace(answer.Body.String())
	if h.root != "" {
		said = strings.ReplaceAll(said, h.root, h.url)
	}
	if _, err := io.WriteString(rw, said); err != nil {
		h.t.Error(err)
	}
}

func replacer(names map[string]string) *strings.Replacer {
	var pairs []string
	for _, from := range slices.Sorted(maps.Keys(names)) {
		pairs = append(pairs, from, names[from])
	}
	return strings.NewReplacer(pairs...)
}

// follow tells the fake of what was pushed since it was last told. Of a commit that is on main and on the branch of a pull
// request, the name there counts: branches are told of from the last to the first.
func (h *hub) follow() {
	list := exec.Command("git", "-C", h.bare, "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "--sort=-refname", "refs/heads")
	out, err := list.Output()
	if err != nil {
		h.t.Errorf("list branches: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		commit, branch, _ := strings.Cut(strings.TrimSpace(line), " ")
		if h.at[branch] != commit {
			h.know(branch, commit, h.Push(branch))
		}
	}
}

// know notes that a branch is at a commit, and what the fake calls it.
func (h *hub) know(branch, commit, name string) {
	h.at[branch], h.theirs[commit], h.ours[name] = commit, name, commit
}

// mergePull merges what was extracted from contoso-dev, and has the fake know that the first pull request is merged.
func (h *hub) mergePull() {
	h.t.Helper()
	h.merge()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.know("main", h.head("main"), h.Merge(1))
}

// open opens a pull request of main's last commit, as a person would, from the branch change.
func (h *hub) open(path, body string, header http.Header) {
	h.t.Helper()
	h.must(h.work, "git", "push", "--quiet", "origin", "HEAD:refs/heads/change")
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json")
	answer, err := httpx.New(httpx.Options{}).Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode >= http.StatusBadRequest {
		h.t.Fatalf("%s: %s: %s, %v", path, answer.Status, text, err)
	}
}

// pulls lists the pull requests, with what they say.
func (h *hub) pulls(env map[string]string) string {
	h.t.Helper()
	r := h.run(h.dir, env, programs+"/bin/extractor", "pulls", "--all", "--body")
	if r.code != 0 {
		h.t.Fatalf("pulls: exit code %d\n%s", r.code, r.stderr)
	}
	return r.stdout
}

// said returns the comment on the first pull request about a gateway, of which there may be one.
func (h *hub) said(t *testing.T, gateway string) string {
	t.Helper()
	var found []string
	for _, c := range h.Comments(1) {
		if strings.Contains(c, gateway) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		t.Fatalf("got %d comments about %s, want one:\n%s", len(found), gateway, strings.Join(found, "\n---\n"))
	}
	return found[0]
}
