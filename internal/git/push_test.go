package git_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// places are the ways to reach one bare repository that all keep the promise.
func places(t *testing.T, dir string) map[string]string {
	t.Helper()
	_, url := serve(t, dir)
	return map[string]string{"path": dir, "http": url, "file URL": "file://" + dir}
}

// TestPush walks a branch through its life, each step with a wrong expectation
// first.
func TestPush(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"a/f": "1", "b/g": "2"})
	run(t, dir, "branch", "packed")
	run(t, dir, "pack-refs", "--all")
	for place, location := range places(t, dir) {
		r := open(t, location, git.Options{})
		ctx := t.Context()
		one := commit(t, r, base, map[string]*string{"a/f": text("one " + place)})
		two := commit(t, r, base, map[string]*string{"a/f": text("two " + place)})
		ref := "refs/heads/life/" + strings.ReplaceAll(place, " ", "-")
		steps := []struct {
			name     string
			to, from git.Hash
			stale    bool
		}{
			{name: "update what is absent", to: one, from: base, stale: true},
			{name: "delete what is absent", from: base, stale: true},
			{name: "create", to: one},
			{name: "create again", to: two, stale: true},
			{name: "update from elsewhere", to: two, from: base, stale: true},
			{name: "update, not a fast-forward", to: two, from: one},
			{name: "same again", to: two, from: two},
			{name: "same, but it is elsewhere", to: one, from: one, stale: true},
			{name: "delete from elsewhere", from: one, stale: true},
			{name: "delete", from: two},
			{name: "create after delete", to: one},
		}
		for _, step := range steps {
			err := r.Push(ctx, ref, step.to, step.from)
			if step.stale {
				var stale *git.StaleError
				if !errors.Is(err, git.ErrStale) || !errors.As(err, &stale) || stale.Ref != ref || stale.Want != step.from {
					t.Errorf("%s: %s: got %v, want a StaleError", place, step.name, err)
				}
			} else if err != nil {
				t.Errorf("%s: %s: %v", place, step.name, err)
			}
		}
		if got := run(t, dir, "rev-parse", ref); got != one.String() {
			t.Errorf("%s: at the end: got %s, want %s", place, got, one)
		}
		if got := run(t, dir, "show", ref+":a/f"); got != "one "+place {
			t.Errorf("%s: content: got %q", place, got)
		}
	}
	r := open(t, dir, git.Options{})
	if err := r.Push(t.Context(), "refs/heads/packed", git.Hash{}, base); err != nil {
		t.Errorf("delete packed ref: %v", err)
	}
	if got := run(t, dir, "for-each-ref", "--format=%(refname)", "refs/heads/packed", "refs/heads/main"); got != "refs/heads/main" {
		t.Errorf("refs: got %q, want main alone", got)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.lock")); err != nil || len(left) > 0 {
		t.Errorf("locks left: %v, %v", left, err)
	}
	fsck(t, dir)
}

// TestPushRace lets several processes' worth of pushes start from one commit.
func TestPushRace(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	for place, location := range places(t, dir) {
		const runners = 4
		errs := make([]error, runners)
		tips := make([]git.Hash, runners)
		repos := make([]*git.Repo, runners)
		ref := "refs/heads/race-" + strings.ReplaceAll(place, " ", "-")
		run(t, dir, "update-ref", ref, base.String())
		for i := range runners {
			repos[i] = open(t, location, git.Options{})
			tips[i] = commit(t, repos[i], base, map[string]*string{"f": text(place + strings.Repeat("!", i))})
		}
		var wg sync.WaitGroup
		for i := range runners {
			wg.Go(func() { errs[i] = repos[i].Push(t.Context(), ref, tips[i], base) })
		}
		wg.Wait()
		won := -1
		for i, err := range errs {
			switch {
			case err == nil && won >= 0:
				t.Errorf("%s: %d and %d both won", place, won, i)
			case err == nil:
				won = i
			case !errors.Is(err, git.ErrStale):
				t.Errorf("%s: %d: got %v, want %v", place, i, err, git.ErrStale)
			}
		}
		if won < 0 {
			t.Errorf("%s: nobody won", place)
		} else if got := run(t, dir, "rev-parse", ref); got != tips[won].String() {
			t.Errorf("%s: got %s, want the winner's %s", place, got, tips[won])
		}
	}
	fsck(t, dir)
}

// TestPushRaceAtServer moves the branch between what the client reads and what
// the server does, so that only the server can notice.
func TestPushRaceAtServer(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	s, url := serve(t, dir)
	r := open(t, url, git.Options{})
	mine := commit(t, r, base, map[string]*string{"f": text("mine")})
	theirs := hash(t, run(t, dir, "commit-tree", "-p", "main", "-m", "theirs", "main^{tree}"))
	s.after = func(_ http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) bool {
		if strings.Contains(r.URL.RawQuery, "git-receive-pack") {
			run(t, dir, "update-ref", "refs/heads/main", theirs.String())
		}
		return false
	}
	err := r.Push(t.Context(), "refs/heads/main", mine, base)
	var stale *git.StaleError
	if !errors.As(err, &stale) || stale.Have != theirs || stale.Server == "" {
		t.Errorf("push: got %v, want a StaleError with %s and the server's words", err, theirs)
	}
}

// TestPushHook checks that a hook's words reach the user, and a secret in them
// does not.
func TestPushHook(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	hook := "#!/bin/sh\necho 'GH006: Protected branch update failed.' >&2\nprintf 'use a \\033[31mpull request\\033[0m, not s3cret\\nerror:\\n' >&2\nexit 1\n"
	write(t, dir, map[string]string{"hooks/pre-receive*": hook})
	for _, location := range []string{"file://" + dir, places(t, dir)["http"]} {
		r := open(t, location, git.Options{Auth: git.Auth{Password: "s3cret"}})
		next := commit(t, r, base, map[string]*string{"f": text("2")})
		err := r.Push(t.Context(), "refs/heads/main", next, base)
		if !errors.Is(err, git.ErrRefused) {
			t.Fatalf("push: got %v, want %v", err, git.ErrRefused)
		}
		for _, want := range []string{"refs/heads/main", "pre-receive hook declined", "GH006: Protected branch", "pull request"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("push: got %q, want %q in it", err, want)
			}
		}
		if strings.ContainsAny(err.Error(), "\x1b\n") || strings.Contains(err.Error(), "s3cret") || strings.HasSuffix(err.Error(), "error:") {
			t.Errorf("push: the error is not fit to print: %q", err)
		}
	}
}

// TestPushAnswerLost breaks the connection after the server has done its work.
func TestPushAnswerLost(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	s, url := serve(t, dir)
	r := open(t, url, git.Options{})
	next := commit(t, r, base, map[string]*string{"f": text("2")})
	s.after = func(w http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "git-receive-pack") {
			http.Error(w, "bad gateway", http.StatusBadGateway)
			return true
		}
		return false
	}
	if err := r.Push(t.Context(), "refs/heads/main", next, base); err != nil {
		t.Errorf("push that took effect: %v", err)
	}
	last := commit(t, r, next, map[string]*string{"f": text("3")})
	write(t, dir, map[string]string{"hooks/pre-receive*": "#!/bin/sh\nexit 1\n"})
	if err := r.Push(t.Context(), "refs/heads/main", last, next); err == nil || errors.Is(err, git.ErrStale) {
		t.Errorf("push that took no effect: got %v, want the server's error", err)
	}
}

// TestPushSendsLittle checks that a push carries what changed and no more.
func TestPushSendsLittle(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, d := range []string{"a", "b", "c"} {
		for _, f := range []string{"1", "2", "3"} {
			files[d+"/"+f] = d + f
		}
	}
	dir, base := bare(t, files)
	run(t, dir, "config", "receive.unpackLimit", "1") // keep packs as they come
	_, url := serve(t, dir)
	shallow := clone(t, "file://"+dir, "--depth=1")
	// The base branch moves on meanwhile, so that no ref names our base.
	r := open(t, url, git.Options{Borrow: shallow})
	first, err := r.Resolve(t.Context(), "main")
	if err != nil || first != base {
		t.Fatalf("resolve: got %s, %v; want %s", first, err, base)
	}
	run(t, dir, "update-ref", "refs/heads/main", run(t, dir, "commit-tree", "-m", "rewritten", "main^{tree}"))
	one := commit(t, r, base, map[string]*string{"a/1": text("new")})
	two := commit(t, r, one, map[string]*string{"b/2": text("newer"), "c/3": nil})
	if err := r.Push(t.Context(), "refs/heads/x", two, git.Hash{}); err != nil {
		t.Fatal(err)
	}
	packs, err := filepath.Glob(filepath.Join(dir, "objects/pack/*.idx"))
	if err != nil || len(packs) != 1 {
		t.Fatalf("packs: got %v, %v; want one", packs, err)
	}
	// Two commits, two roots, a, b, c and two blobs.
	lines := strings.Split(run(t, dir, "verify-pack", "-v", packs[0]), "\n")
	objects := 0
	for _, line := range lines {
		if len(line) > 41 && line[40] == ' ' {
			objects++
		}
	}
	if want := 9; objects != want {
		t.Errorf("pack: got %d objects, want %d\n%s", objects, want, strings.Join(lines, "\n"))
	}
	if got := run(t, shallow, "count-objects"); !strings.HasPrefix(got, "0 objects") {
		t.Errorf("the borrowed repository has new objects: %s", got)
	}
	fsck(t, dir)
}

func TestPushCancelled(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	for place, location := range places(t, dir) {
		r := open(t, location, git.Options{})
		next := commit(t, r, base, map[string]*string{"f": text("2")})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Push(ctx, "refs/heads/main", next, base); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: push: got %v, want %v", place, err, context.Canceled)
		}
		if _, err := r.Resolve(ctx, "main"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: resolve: got %v, want %v", place, err, context.Canceled)
		}
	}
	if got := run(t, dir, "rev-parse", "main"); got != base.String() {
		t.Errorf("main: got %s, want %s", got, base)
	}
}
