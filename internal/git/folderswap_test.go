package git_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

func TestPushRefused(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	run(t, dir, "branch", "x/y")
	r := open(t, dir, git.Options{})
	next := commit(t, r, base, map[string]*string{"f": text("2")})
	for _, ref := range []string{"refs/heads/x", "refs/heads/main/y", "refs/heads/x/y/z"} {
		if err := r.Push(t.Context(), ref, next, git.Hash{}); !errors.Is(err, git.ErrRefused) {
			t.Errorf("push %s: got %v, want %v", ref, err, git.ErrRefused)
		}
	}
	for _, ref := range []string{"main", "HEAD", "refs/heads/../../config", "refs/heads/a.lock", ""} {
		if err := r.Push(t.Context(), ref, next, git.Hash{}); err == nil {
			t.Errorf("push %q: got no error", ref)
		}
	}
	if err := r.Push(t.Context(), "refs/heads/new", hash(t, strings.Repeat("12", 20)), git.Hash{}); !errors.Is(err, git.ErrNotFound) {
		t.Errorf("push of an absent commit: got %v, want %v", err, git.ErrNotFound)
	}
	run(t, dir, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
	if err := r.Push(t.Context(), "refs/heads/alias", next, base); err == nil {
		t.Error("push to a symbolic ref: got no error")
	}
	// A folder that deleted branches leave behind is not in the way.
	run(t, dir, "branch", "-D", "x/y")
	if err := os.MkdirAll(filepath.Join(dir, "refs/heads/x/empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), "refs/heads/x", next, git.Hash{}); err != nil {
		t.Errorf("push where a folder was: %v", err)
	}
}

// TestPushCheckedOut checks that no branch moves under a work tree.
func TestPushCheckedOut(t *testing.T) {
	t.Parallel()
	work := checkout(t)
	write(t, work, map[string]string{"f": "1"})
	base := commitAll(t, work, "base")
	linked := filepath.Join(t.TempDir(), "linked")
	run(t, work, "worktree", "add", "--quiet", "-b", "other", linked)
	for _, dir := range []string{work, linked} {
		r := open(t, dir, git.Options{})
		next := commit(t, r, base, map[string]*string{"f": text("2")})
		for branch, where := range map[string]string{"main": work, "other": linked} {
			err := r.Push(t.Context(), "refs/heads/"+branch, next, base)
			if !errors.Is(err, git.ErrRefused) || !strings.Contains(err.Error(), where) {
				t.Errorf("push %s: got %v, want %v that names %s", branch, err, git.ErrRefused, where)
			}
		}
		before := state(t, dir)
		if err := r.Push(t.Context(), "refs/heads/free", next, git.Hash{}); err != nil {
			t.Errorf("push free: %v", err)
		}
		if err := r.Push(t.Context(), "refs/heads/free", git.Hash{}, next); err != nil {
			t.Errorf("delete free: %v", err)
		}
		if after := state(t, dir); strings.Join(after, "\n") != strings.Join(before, "\n") {
			t.Errorf("state: got %q, want %q", after, before)
		}
	}
}

// TestPushWhileLocked checks that somebody else's lock is waited for, reported
// and left alone.
func TestPushWhileLocked(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	next := commit(t, r, base, map[string]*string{"f": text("2")})
	lock := filepath.Join(dir, "refs/heads/main.lock")
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := r.Push(t.Context(), "refs/heads/main", next, base)
	if err == nil || !strings.Contains(err.Error(), "main.lock") {
		t.Errorf("push while locked: got %v, want an error that names the lock", err)
	}
	if _, err := os.Stat(lock); err != nil {
		t.Errorf("somebody else's lock: %v", err)
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), "refs/heads/main", next, base); err != nil {
		t.Error(err)
	}
}

// TestPushBesideGit lets the git program and this package add commits to one
// branch at the same time. None may be lost.
func TestPushBesideGit(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	const each = 5
	var wg sync.WaitGroup
	wg.Go(func() {
		for done := 0; done < each; {
			out, err := try(dir, "rev-parse", "main")
			tip := strings.TrimSpace(out)
			if err == nil {
				out, err = try(dir, "commit-tree", "-p", tip, "-m", fmt.Sprint("theirs ", done), tip+"^{tree}")
			}
			if err != nil {
				t.Error(err, out)
				return
			}
			if _, err := try(dir, "update-ref", "refs/heads/main", strings.TrimSpace(out), tip); err == nil {
				done++
			}
		}
	})
	for done := 0; done < each; {
		tip, err := r.Resolve(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		next := commit(t, r, tip, map[string]*string{fmt.Sprintf("ours/%d", done): text("x")})
		err = r.Push(t.Context(), "refs/heads/main", next, tip)
		if err != nil && !errors.Is(err, git.ErrStale) {
			t.Fatal(err)
		}
		if err == nil {
			done++
		}
	}
	wg.Wait()
	if got, want := run(t, dir, "rev-list", "--count", base.String()+"..main"), fmt.Sprint(2*each); got != want {
		t.Errorf("commits: got %s, want %s", got, want)
	}
	fsck(t, dir)
}

// TestPushDeletePacked deletes a packed tag, whose line another belongs to.
func TestPushDeletePacked(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	for _, name := range []string{"v1", "v2", "v3"} {
		run(t, dir, "tag", "--annotate", "--message", name, name)
	}
	run(t, dir, "pack-refs", "--all")
	before := run(t, dir, "show-ref", "--dereference")
	r := open(t, dir, git.Options{})
	if err := r.Push(t.Context(), "refs/tags/v2", git.Hash{}, hash(t, run(t, dir, "rev-parse", "v2"))); err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(before) {
		if !strings.Contains(line, "v2") {
			want = append(want, strings.TrimSpace(line))
		}
	}
	if got, want := run(t, dir, "show-ref", "--dereference"), strings.Join(want, "\n"); got != want {
		t.Errorf("refs: got %q, want %q", got, want)
	}
	if err := r.Push(t.Context(), "refs/tags/v2", base, git.Hash{}); err != nil {
		t.Errorf("create again: %v", err)
	}
	fsck(t, dir)
}
