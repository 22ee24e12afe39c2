package git_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// What a change of 100 files in a repository of 100,000 may take.
const (
	timeBudget   = time.Second
	memoryBudget = 150.0 // MB
)

// BenchmarkCommitPush100of100k changes 100 files in a repository of 100,000,
// from a clone that is there, up to the moved branch on the server: by this
// package, and by the git program in a checkout, as a script would. It prints
// both, and fails if this package exceeds its budget.
func BenchmarkCommitPush100of100k(b *testing.B) {
	const dirs, perDir, changed = 1000, 100, 100
	origin := filepath.Join(b.TempDir(), "repo.git")
	run(b, b.TempDir(), "init", "--quiet", "--bare", "--initial-branch=main", "--template=", origin)
	fastImport(b, origin, dirs, perDir)
	var ours, commits time.Duration // of one change, on average
	path := func(i int) string { return benchPath(i*dirs/changed, i%perDir) }

	b.Run("lockstep", func(b *testing.B) {
		local := clone(b, "file://"+origin, "--depth=1", "--no-checkout")
		n := 0
		var committed time.Duration
		b.ReportAllocs()
		for b.Loop() {
			n++
			committed += benchChange(b, origin, local, n, changed, path)
		}
		ours, commits = b.Elapsed()/time.Duration(n), committed/time.Duration(n)
		b.ReportMetric(float64(commits.Milliseconds()), "commit-ms")
		b.ReportMetric(float64((ours - commits).Milliseconds()), "push-ms")
		if ours > timeBudget {
			b.Errorf("a change took %v, want at most %v", ours, timeBudget)
		}
		if peak, ok := peakMemory(); ok {
			b.ReportMetric(peak, "peak-MB")
			if peak > memoryBudget {
				b.Errorf("the most memory was %.0f MB, want at most %.0f MB", peak, memoryBudget)
			}
		}
	})
	b.Run("git", func(b *testing.B) {
		work := clone(b, "file://"+origin, "--depth=1")
		n := 0
		var added, pushed time.Duration
		for b.Loop() {
			n++
			for i := range changed {
				if err := os.WriteFile(filepath.Join(work, path(i)), fmt.Appendf(nil, "change %d %d\n", n, i), 0o600); err != nil {
					b.Fatal(err)
				}
			}
			start := time.Now()
			run(b, work, "add", "--all")
			run(b, work, "commit", "--quiet", "--message", "change")
			added += time.Since(start)
			start = time.Now()
			run(b, work, "push", "--quiet", "origin", fmt.Sprintf("HEAD:refs/heads/g%d", n))
			pushed += time.Since(start)
		}
		adds, pushes := added/time.Duration(n), pushed/time.Duration(n)
		b.ReportMetric(float64(adds.Milliseconds()), "commit-ms")
		b.ReportMetric(float64(pushes.Milliseconds()), "push-ms")
		b.Logf("100 of 100,000 files: lockstep opens and commits in %v, pushes in %v; git add --all and git commit take %v, git push %v",
			commits.Round(time.Millisecond), (ours - commits).Round(time.Millisecond), adds.Round(time.Millisecond), pushes.Round(time.Millisecond))
	})
}

// benchChange is one change by this package: open, read the base, stage,
// commit, push, close. It returns what all up to the push took.
func benchChange(b *testing.B, origin, local string, n, changed int, path func(int) string) time.Duration {
	b.Helper()
	start := time.Now()
	r, err := git.Open(b.Context(), "file://"+origin, git.Options{Borrow: local})
	if err != nil {
		b.Fatal(err)
	}
	base, err := r.Resolve(b.Context(), "main")
	if err != nil {
		b.Fatal(err)
	}
	s, err := r.Stage(b.Context(), base)
	if err != nil {
		b.Fatal(err)
	}
	for i := range changed {
		if err := s.Add(path(i), fmt.Appendf(nil, "change %d %d\n", n, i)); err != nil {
			b.Fatal(err)
		}
	}
	h, err := s.Commit(b.Context(), meta)
	if err != nil {
		b.Fatal(err)
	}
	committed := time.Since(start)
	if err := r.Push(b.Context(), fmt.Sprintf("refs/heads/l%d", n), h, git.Hash{}); err != nil {
		b.Fatal(err)
	}
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
	return committed
}

// BenchmarkCommitPushAll writes 20,000 files at once, as a first extraction
// does: memory must not grow with them.
func BenchmarkCommitPushAll(b *testing.B) {
	const files = 20_000
	origin := filepath.Join(b.TempDir(), "repo.git")
	run(b, b.TempDir(), "init", "--quiet", "--bare", "--initial-branch=main", "--template=", origin)
	filler := strings.Repeat(`{"property": "value of some length"}`+"\n", 100)
	n := 0
	for b.Loop() {
		n++
		r := open(b, "file://"+origin, git.Options{})
		s, err := r.Stage(b.Context(), git.Hash{})
		if err != nil {
			b.Fatal(err)
		}
		for i := range files {
			if err := s.Add(benchPath(i/100, i%100), fmt.Appendf(nil, "%d %d %s", n, i, filler)); err != nil {
				b.Fatal(err)
			}
		}
		h, err := s.Commit(b.Context(), meta)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Push(b.Context(), fmt.Sprintf("refs/heads/b%d", n), h, git.Hash{}); err != nil {
			b.Fatal(err)
		}
	}
	if peak, ok := peakMemory(); ok {
		b.ReportMetric(peak, "peak-MB")
	}
}

func benchPath(dir, file int) string { return fmt.Sprintf("apis/api-%04d/file-%02d.json", dir, file) }

// fastImport fills main with files of a few hundred bytes.
func fastImport(b *testing.B, dir string, dirs, perDir int) {
	b.Helper()
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Env = dir, gitEnv()
	pipe, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	in := bufio.NewWriter(pipe)
	fmt.Fprint(in, "commit refs/heads/main\ncommitter C <c@example.com> 1700000000 +0000\ndata 4\nbase\n")
	filler := strings.Repeat("some content ", 20)
	for d := range dirs {
		for f := range perDir {
			content := fmt.Sprintf("%d %d %s\n", d, f, filler)
			fmt.Fprintf(in, "M 100644 inline %s\ndata %d\n%s\n", benchPath(d, f), len(content), content)
		}
	}
	if err := errors.Join(in.Flush(), pipe.Close(), cmd.Wait()); err != nil {
		b.Fatalf("git fast-import: %v", err)
	}
}

// peakMemory returns the most memory this process has had, in MB, where the
// system tells.
func peakMemory() (float64, bool) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err == nil
		}
	}
	return 0, false
}
