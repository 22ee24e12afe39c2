package git_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// TestOpenPlaces opens each kind of checkout there is, commits over HEAD and
// checks that the checkout is as it was, but for objects.
func TestOpenPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		place func(t *testing.T, origin string) string
	}{
		{"bare", func(_ *testing.T, origin string) string { return origin }},
		{"work tree", func(t *testing.T, origin string) string { return clone(t, origin) }},
		{"folder in a work tree", func(t *testing.T, origin string) string { return filepath.Join(clone(t, origin), "d") }},
		{"detached and shallow", func(t *testing.T, origin string) string {
			dir := clone(t, "file://"+origin, "--depth=1")
			run(t, dir, "checkout", "--quiet", "--detach")
			return dir
		}},
		{"linked work tree", func(t *testing.T, origin string) string {
			dir := filepath.Join(t.TempDir(), "linked")
			run(t, clone(t, origin), "worktree", "add", "--quiet", "-b", "other", dir)
			return dir
		}},
		{"submodule", func(t *testing.T, origin string) string {
			dir := checkout(t)
			run(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin, "sub")
			return filepath.Join(dir, "sub")
		}},
		{"objects borrowed", func(t *testing.T, origin string) string { return clone(t, origin, "--shared") }},
		{"without blobs at first", func(t *testing.T, origin string) string {
			run(t, origin, "config", "uploadpack.allowfilter", "true")
			return clone(t, "file://"+origin, "--filter=blob:none")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			origin, h := bare(t, map[string]string{"d/f": "1", "g": "2"})
			run(t, origin, "repack", "-adq")
			dir := tt.place(t, origin)
			before := state(t, dir)
			r := open(t, dir, git.Options{})
			got, err := r.Resolve(t.Context(), "HEAD")
			if err != nil || got != h {
				t.Fatalf("resolve HEAD: got %s, %v; want %s", got, err, h)
			}
			if data, err := tree(t, r, h).ReadFile("d/f"); err != nil || string(data) != "1" {
				t.Errorf("read: got %q, %v; want %q", data, err, "1")
			}
			next := commit(t, r, h, map[string]*string{"d/f": text("changed")})
			if got := run(t, dir, "show", next.String()+":d/f"); got != "changed" {
				t.Errorf("commit: got %q, want %q", got, "changed")
			}
			if diff := cmp.Diff(before, state(t, dir)); diff != "" {
				t.Errorf("the checkout changed (-before +after):\n%s", diff)
			}
		})
	}
}

func clone(t testing.TB, from string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, append(append([]string{"clone", "--quiet"}, args...), from, ".")...)
	return dir
}

// state is all that a user would notice of a repository.
func state(t *testing.T, dir string) []string {
	t.Helper()
	gitDir := run(t, dir, "rev-parse", "--absolute-git-dir")
	out := []string{run(t, dir, "for-each-ref"), run(t, dir, "config", "--local", "--list")}
	for _, name := range []string{"HEAD", "index"} {
		data, err := os.ReadFile(filepath.Join(gitDir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	if bare := run(t, dir, "rev-parse", "--is-bare-repository"); bare == "false" {
		out = append(out, run(t, dir, "status", "--porcelain"))
	}
	return out
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	format := checkout(t)
	run(t, format, "config", "core.repositoryformatversion", "1")
	run(t, format, "config", "extensions.refStorage", "reftable")
	broken := t.TempDir()
	write(t, broken, map[string]string{".git": "no git folder\n"})
	tests := []struct {
		name, location string
		is             error
		text           string
	}{
		{"no such folder", filepath.Join(empty, "nope"), git.ErrNotFound, "nope"},
		{"no repository", "/", git.ErrNotFound, "neither"},
		{"unknown format", format, nil, "refStorage"},
		{"broken .git file", broken, nil, "names no git folder"},
		{"unknown protocol", "gopher://user:s3cret@example.com/x", nil, "gopher"},
		{"no URL", "https://user:s3cret@exa mple.com:x/", nil, "no URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := git.Open(t.Context(), tt.location, git.Options{})
			if err == nil {
				t.Fatalf("open %s: got no error, closed: %v", tt.location, r.Close())
			}
			if tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("open %s: got %v, want %v with %q", tt.location, err, tt.is, tt.text)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := git.Open(ctx, format, git.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("open when cancelled: got %v, want %v", err, context.Canceled)
	}
}

// TestOpenWhilePacked checks that objects are found that another process moves
// into a pack after the repository was opened and read.
func TestOpenWhilePacked(t *testing.T) {
	t.Parallel()
	dir, h := bare(t, map[string]string{"f": "1", "g": "2"})
	r := open(t, dir, git.Options{})
	root := tree(t, r, h)
	if _, err := root.ReadFile("f"); err != nil {
		t.Fatal(err)
	}
	work := clone(t, dir)
	write(t, work, map[string]string{"f": "new"})
	next := commitAll(t, work, "next")
	run(t, work, "push", "--quiet", "origin", "HEAD:main")
	run(t, dir, "gc", "--quiet", "--prune=now")
	if _, err := root.ReadFile("g"); err != nil {
		t.Errorf("read after gc: %v", err)
	}
	if data, err := tree(t, r, next).ReadFile("f"); err != nil || string(data) != "new" {
		t.Errorf("read what came later: got %q, %v", data, err)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	dir, first := bare(t, map[string]string{"f": "1"})
	work := clone(t, dir)
	write(t, work, map[string]string{"f": "2"})
	second := commitAll(t, work, "second")
	run(t, work, "tag", "--annotate", "--message", "v1", "v1")
	run(t, work, "tag", "--annotate", "--message", "tag of tag", "v1-signed", "v1")
	run(t, work, "tag", "light", first.String())
	run(t, work, "tag", "both", first.String())
	run(t, work, "branch", "both")
	run(t, work, "tag", "same")
	run(t, work, "branch", "same")
	run(t, work, "branch", "feature/x", first.String())
	run(t, work, "push", "--quiet", "--all", "origin")
	run(t, work, "push", "--quiet", "--tags", "origin")
	run(t, dir, "pack-refs", "--all")
	run(t, work, "checkout", "--quiet", "--detach")
	run(t, work, "branch", "--quiet", "-D", "main", "feature/x")
	_, url := serve(t, dir)

	tests := []struct {
		name  string
		want  git.Hash // zero for an error
		local bool     // not over a URL
	}{
		{name: "main", want: second}, // in the checkout only as origin/main
		{name: "refs/heads/same", want: second},
		{name: "v1", want: second},
		{name: "v1-signed", want: second},
		{name: "light", want: first},
		{name: "feature/x", want: first},
		{name: "HEAD", want: second},
		{name: "same", want: second},
		{name: "both"},
		{name: "tags/both", want: first},
		{name: second.String(), want: second},
		{name: second.String()[:10], want: second, local: true},
		{name: "HEAD~1", want: first, local: true},
		{name: "v1^", want: first, local: true},
		{name: "HEAD~", want: first, local: true},
		{name: "HEAD~0", want: second},
		{name: "HEAD~2"},
		{name: "HEAD^2"},
		{name: "HEAD~99999999999999999999"},
		{name: "nope"},
		{name: ""},
		{name: "~1"},
		{name: "../../etc/passwd"},
		{name: strings.Repeat("0", 39) + "1"},
		{name: first.String()[:3]},
	}
	for place, location := range map[string]string{"bare": dir, "detached checkout": work, "URL": url} {
		r := open(t, location, git.Options{})
		for _, tt := range tests {
			if place == "URL" && tt.local {
				continue
			}
			got, err := r.Resolve(t.Context(), tt.name)
			if (err == nil) != !tt.want.IsZero() || got != tt.want {
				t.Errorf("%s: resolve %q: got %s, %v; want %s", place, tt.name, got, err, tt.want)
			}
			if err == nil && len(tree(t, r, got).Hash()) == 0 {
				t.Errorf("%s: %q has no tree", place, tt.name)
			}
		}
		if got, err := r.DefaultBranch(t.Context()); err != nil || got != "main" {
			t.Errorf("%s: default branch: got %q, %v; want main", place, got, err)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	dir, h := bare(t, map[string]string{"f": "1"})
	run(t, dir, "branch", "b/c")
	run(t, dir, "pack-refs", "--all")
	run(t, dir, "branch", "a")
	run(t, dir, "symbolic-ref", "refs/heads/alias", "refs/heads/b/c")
	want := []git.Ref{{"refs/heads/a", h}, {"refs/heads/alias", h}, {"refs/heads/b/c", h}, {"refs/heads/main", h}}
	_, url := serve(t, dir)
	for _, location := range []string{dir, url, "file://" + dir} {
		got, err := open(t, location, git.Options{}).Refs(t.Context(), "refs/heads/")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", location, diff)
		}
	}
}

func TestIsAncestor(t *testing.T) {
	t.Parallel()
	work := checkout(t)
	write(t, work, map[string]string{"f": "1"})
	first := commitAll(t, work, "first")
	second := commitAll(t, work, "second")
	run(t, work, "checkout", "--quiet", "-b", "side", first.String())
	side := commitAll(t, work, "side")
	run(t, work, "checkout", "--quiet", "main")
	run(t, work, "merge", "--quiet", "--no-edit", "side")
	merge := hash(t, run(t, work, "rev-parse", "HEAD"))
	origin := filepath.Join(t.TempDir(), "repo.git")
	run(t, work, "clone", "--quiet", "--bare", ".", origin)
	_, url := serve(t, origin)
	shallow := clone(t, "file://"+origin, "--depth=2")

	tests := []struct {
		name          string
		a, b          git.Hash
		want, shallow git.Answer
	}{
		{"itself", merge, merge, git.Yes, git.Yes},
		{"parent", second, merge, git.Yes, git.Yes},
		{"second parent", side, merge, git.Yes, git.Yes},
		{"far", first, merge, git.Yes, git.Yes}, // named by the boundary, though not there
		{"after", merge, second, git.No, git.Unknown},
		{"beside", side, second, git.No, git.Unknown},
	}
	for place, location := range map[string]string{"local": origin, "shallow": shallow, "URL": url, "file URL": "file://" + origin} {
		r := open(t, location, git.Options{})
		for _, tt := range tests {
			want := tt.want
			if place == "shallow" {
				want = tt.shallow
			}
			got, err := r.IsAncestor(t.Context(), tt.a, tt.b)
			if err != nil || got != want {
				t.Errorf("%s: %s: got %v, %v; want %v", place, tt.name, got, err, want)
			}
		}
	}
}

func TestRemoteURL(t *testing.T) {
	t.Parallel()
	dir := checkout(t)
	run(t, dir, "remote", "add", "origin", "https://git:s3cret@example.com/o/r.git")
	got, err := git.RemoteURL(dir, "origin")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := git.StripUserinfo(got), "https://example.com/o/r.git"; got != want {
		t.Errorf("remote: got %q, want %q", got, want)
	}
	if _, err := git.RemoteURL(dir, "upstream"); !errors.Is(err, git.ErrNotFound) {
		t.Errorf("absent remote: got %v, want %v", err, git.ErrNotFound)
	}
}
