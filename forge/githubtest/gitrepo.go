package githubtest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A gitRepo is a bare repository that holds the branches.
type gitRepo struct{ dir string }

// run runs git on the repository.
func (g *gitRepo) run(stdin string, env []string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-C", g.dir}, args...)...)
	cmd.Env = append(append(cmd.Environ(), gitEnv()...), env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %v: %w: %s", args, err, said.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// gitEnv keeps out what is configured on this machine.
func gitEnv() []string {
	return []string{"HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "LC_ALL=C"}
}

// UseGit has the server take its branches from a bare repository, in place of
// those in memory. It then serves git as well, under /OWNER/NAME.git, out of
// the same refs: a push moves the heads of pull requests, and a branch that is
// deleted closes them. Tokens sign in as passwords.
func (s *Server) UseGit(dir string) error {
	path, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return fmt.Errorf("find git: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.git = &gitRepo{dir}
	if _, err := s.git.run("", nil, "config", "http.receivepack", "true"); err != nil {
		return err
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"), Stderr: io.Discard,
		Env: append(gitEnv(), "GIT_PROJECT_ROOT="+dir, "GIT_HTTP_EXPORT_ALL=1"),
	}
	prefix := "/" + s.fullName() + ".git/"
	s.mux.HandleFunc(prefix, func(w http.ResponseWriter, r *http.Request) {
		if a := s.admit(r); a.status != 0 {
			w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
			http.Error(w, fmt.Sprint(a.body), a.status)
			return
		}
		r2 := r.Clone(r.Context())
		r2.URL.Path = "/" + strings.TrimPrefix(r.URL.Path, prefix)
		if r.ContentLength < 0 { // the program reads no chunks
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // the client went away
			}
			r2.Body, r2.ContentLength, r2.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		}
		backend.ServeHTTP(w, r2)
	})
	return s.follow()
}

// admit lets git requests through that the token may make. The zero answer lets
// them.
func (s *Server) admit(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.Note(r, r.URL.EscapedPath()); f != nil && !f.After {
		return answer{status: f.Status, body: f.Body}
	}
	_, password, _ := r.BasicAuth()
	token, known := s.tokens[password]
	if !known || s.expired(token) {
		return answer{status: http.StatusUnauthorized, body: "Invalid username or token."}
	}
	needs := "contents=read"
	if strings.HasSuffix(r.URL.Path, "git-receive-pack") || r.URL.Query().Get("service") == "git-receive-pack" {
		needs = "contents=write"
	}
	if token.Permissions != nil && !grants(token.Permissions, needs) {
		return answer{status: http.StatusForbidden, body: "Permission to " + s.fullName() + ".git denied to " + token.Login + "."}
	}
	return answer{}
}

// follow takes over where the branches are in git.
func (s *Server) follow() error {
	if s.git == nil {
		return nil
	}
	list, err := s.git.run("", nil, "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads")
	if err != nil {
		return err
	}
	now := map[string]*branch{}
	for line := range strings.Lines(list) {
		at, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		b := s.branches[name]
		if b == nil {
			b = &branch{name: name}
		}
		b.at = at
		now[name] = b
		if s.commits[at] == nil {
			s.commits[at] = &commit{sha: at, reason: "unsigned"}
		}
	}
	s.branches = now
	for _, p := range s.pulls {
		switch b := now[p.head]; {
		case p.fork != "" || p.closed:
		case b == nil:
			p.closed = true
		default:
			p.headAt = b.at
		}
	}
	return nil
}

// isIn reports whether a commit is in the history of another.
func (g *gitRepo) isIn(tip, sha string) bool {
	_, err := g.run("", nil, "merge-base", "--is-ancestor", sha, tip)
	return err == nil
}

// gitRoutes are the calls that need objects, which are there with git alone.
var gitRoutes = []route{
	{pattern: "POST /repos/{owner}/{repo}/git/blobs", needs: "contents=write", handle: (*Server).createBlob},
	{pattern: "POST /repos/{owner}/{repo}/git/trees", needs: "contents=write", handle: (*Server).createTree},
	{pattern: "POST /repos/{owner}/{repo}/git/commits", needs: "contents=write", handle: (*Server).createCommit},
	{pattern: "GET /repos/{owner}/{repo}/git/ref/heads/{branch...}", needs: "contents=read", handle: (*Server).getRef},
}

// broken is the answer to what git refuses.
func broken(err error) answer { return refused(http.StatusUnprocessableEntity, err.Error()) }

var errNoGit = errors.New("git repository is empty")

func (s *Server) createBlob(r *request) answer {
	text, _ := field[string](r, "content")
	if encoding, _ := field[string](r, "encoding"); encoding == "base64" {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return broken(err)
		}
		text = string(raw)
	}
	if s.git == nil {
		return broken(errNoGit)
	}
	sha, err := s.git.run(text, nil, "hash-object", "-w", "--stdin")
	if err != nil {
		return broken(err)
	}
	return created(map[string]any{"sha": sha})
}

// treeEntry is one of a request. A sha of null takes the file away.
type treeEntry struct {
	Path, Mode, Type string
	Sha, Content     *string
}

func (s *Server) createTree(r *request) answer {
	entries, given := field[[]treeEntry](r, "tree")
	if !given || s.git == nil {
		return refused(http.StatusUnprocessableEntity, "Invalid tree info")
	}
	index, err := os.CreateTemp("", "githubtest-index-")
	if err != nil {
		return broken(err)
	}
	defer func() { _ = os.Remove(index.Name()) }()
	if err := errors.Join(index.Close(), os.Remove(index.Name())); err != nil {
		return broken(err)
	}
	env := []string{"GIT_INDEX_FILE=" + index.Name()}
	if base, ok := field[string](r, "base_tree"); ok {
		if _, err := s.git.run("", env, "read-tree", base); err != nil {
			return broken(err)
		}
	}
	var lines strings.Builder
	for _, e := range entries {
		switch {
		case e.Content != nil:
			sha, err := s.git.run(*e.Content, nil, "hash-object", "-w", "--stdin")
			if err != nil {
				return broken(err)
			}
			fmt.Fprintf(&lines, "%s %s\t%s\n", e.Mode, sha, e.Path)
		case e.Sha != nil:
			fmt.Fprintf(&lines, "%s %s\t%s\n", e.Mode, *e.Sha, e.Path)
		default:
			fmt.Fprintf(&lines, "0 %040d\t%s\n", 0, e.Path)
		}
	}
	if _, err := s.git.run(lines.String(), env, "update-index", "--index-info"); err != nil {
		return broken(err)
	}
	sha, err := s.git.run("", env, "write-tree")
	if err != nil {
		return broken(err)
	}
	return created(map[string]any{"sha": sha})
}

// createCommit signs for installations that name no author.
func (s *Server) createCommit(r *request) answer {
	message, hasMessage := field[string](r, "message")
	tree, hasTree := field[string](r, "tree")
	if !hasMessage || !hasTree || s.git == nil {
		return refused(http.StatusUnprocessableEntity, "Invalid request.\n\n\"message\", \"tree\" weren't supplied.")
	}
	args := []string{"commit-tree", tree}
	parents, _ := field[[]string](r, "parents")
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	who := r.token.Login
	env := []string{"GIT_AUTHOR_NAME=" + who, "GIT_AUTHOR_EMAIL=" + who + "@users.noreply.example", "GIT_COMMITTER_NAME=GitHub", "GIT_COMMITTER_EMAIL=noreply@example.com"}
	sha, err := s.git.run(message, env, args...)
	if err != nil {
		return broken(err)
	}
	_, named := r.body["author"]
	c := &commit{sha: sha, parents: parents, verified: r.token.Installation && !named, reason: "unsigned"}
	if c.verified {
		c.reason = "valid"
	}
	s.commits[sha] = c
	return created(map[string]any{"sha": sha, "verification": map[string]any{"verified": c.verified, "reason": c.reason}})
}

func (s *Server) getRef(r *request) answer {
	b := s.branches[r.PathValue("branch")]
	if b == nil {
		return notFound
	}
	return ok(map[string]any{"ref": "refs/heads/" + b.name, "object": map[string]any{"type": "commit", "sha": b.at}})
}

// updateRefs moves one branch, if it is where it is expected and not protected.
func (s *Server) updateRefs(vars map[string]string) string {
	name := strings.TrimPrefix(vars["name"], "refs/heads/")
	switch b := s.branches[name]; {
	case vars["repository"] != repositoryNode || s.git == nil:
		return "Could not resolve to a node with the global id of '" + vars["repository"] + "'"
	case b != nil && (b.protected || b.rules):
		return "Cannot update this protected ref."
	}
	if _, err := s.git.run("", nil, "update-ref", vars["name"], vars["after"], vars["before"]); err != nil {
		return "Reference update failed"
	}
	if err := s.follow(); err != nil {
		return err.Error()
	}
	return ""
}

// repositoryNode is the repository's id in GraphQL.
const repositoryNode = "R_1"
