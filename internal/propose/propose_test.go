package propose_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

var robot = git.Person{Name: "lockstep", Email: "lockstep@example.com"}

// A bench is a gateway, a repository with a first commit, and a forge.
type bench struct {
	*testing.T
	path string
	repo *git.Repo
	o    propose.Options
	g    *memory.Gateway
}

func newBench(t *testing.T) *bench { return newBenchAt(t, "") }

// newBenchAt makes a bench whose repository is opened by its path behind a
// prefix such as "file://".
func newBenchAt(t *testing.T, prefix string) *bench {
	t.Helper()
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.json"},
		{Name: "tag", Segment: "tags", Dir: "tags", File: "tag.json"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, path: filepath.Join(t.TempDir(), "repo.git"), g: memory.New(kinds)}
	b.init()
	if b.repo, err = git.Open(t.Context(), prefix+b.path, git.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.repo.Close(); err != nil {
			t.Error(err)
		}
	})
	f, err := forge.Open(forge.Config{Kind: "local", Store: b.repo})
	if err != nil {
		t.Fatal(err)
	}
	b.o = propose.Options{
		Repo: b.repo, Forge: f, Branch: "lockstep/test", Dir: "tree", Author: robot,
		Now:     func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Extract: extractor.Options{Gateway: b.g}, Meta: extractor.Meta{Product: "memory", Instance: "test"},
	}
	return b
}

// init makes a bare repository as git does, if in fewer steps: to start the
// program is what takes these tests their time.
func (b *bench) init() {
	b.Helper()
	for _, name := range []string{"objects/info", "refs/heads"} {
		if err := os.MkdirAll(filepath.Join(b.path, name), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"HEAD": "ref: refs/heads/main\n", "config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
	} {
		if err := os.WriteFile(filepath.Join(b.path, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	repo, err := git.Open(b.Context(), b.path, git.Options{})
	if err != nil {
		b.Fatal(err)
	}
	somebody := git.Person{Name: "somebody", Email: "somebody@example.com"}
	s, err := repo.Stage(b.Context(), git.Hash{})
	if err != nil {
		b.Fatal(err)
	}
	tree, err := s.Write(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	h, err := repo.CommitTree(tree, git.Meta{Author: somebody, When: time.Unix(1700000000, 0), Message: "begin"})
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(repo.Push(b.Context(), "refs/heads/main", h, git.Hash{}), repo.Close()); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) git(args ...string) string {
	b.Helper()
	out, err := b.tryGit(args...)
	if err != nil {
		b.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return out
}

func (b *bench) tryGit(args ...string) (string, error) {
	out, err := exec.CommandContext(b.Context(), "git", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (b *bench) commit(tree, who string, parents ...string) string {
	b.Helper()
	args := []string{"-C", b.path, "-c", "user.name=" + who, "-c", "user.email=" + who + "@example.com", "commit-tree", tree, "-m", "a commit"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	return b.git(args...)
}

func (b *bench) move(branch, commit string) {
	b.git("-C", b.path, "update-ref", "refs/heads/"+branch, commit)
}

func (b *bench) put(kind, name, text string) {
	b.Helper()
	r := &gateway.Resource{Key: gateway.NewKey(kind, name), Spec: map[string]any{"text": text}}
	if err := b.g.Put(b.Context(), r, nil); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) run() propose.Outcome {
	b.Helper()
	out, err := propose.Run(b.Context(), b.o)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func (b *bench) at(branch string) string {
	b.Helper()
	branches, err := b.repo.Branches(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return branches[branch]
}

func TestOnePullRequestFollowsTheDrift(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	first := b.run()
	if !first.Pushed || first.Pull == nil || !first.Pull.New || first.Base != "main" {
		t.Fatalf("first run: %+v", first)
	}
	if text := b.git("-C", b.path, "show", "lockstep/test:tree/apis/a/api.json"); !strings.Contains(text, `"one"`) {
		t.Errorf("the branch holds %s", text)
	}
	if again := b.run(); again.Pushed || again.Commit != first.Commit || again.Pull.Number != first.Pull.Number || again.Pull.New {
		t.Errorf("second run: %+v", again)
	}
	b.put("api", "a", "two")
	changed := b.run()
	if !changed.Pushed || changed.Pull.Number != first.Pull.Number {
		t.Errorf("after another change: %+v", changed)
	}
	parent := b.git("-C", b.path, "rev-parse", "lockstep/test^")
	if parent != b.at("main") {
		t.Errorf("the branch stands on %s, want the base: its history grows", parent)
	}
	b.move("main", b.at("lockstep/test"))
	if merged := b.run(); !merged.Empty() || merged.Pushed {
		t.Errorf("after the merge: %+v", merged)
	}
}

func TestBaseMoves(t *testing.T) {
	b := newBench(t)
	b.put("tag", "t", "one")
	b.run()
	tree := b.git("-C", b.path, "rev-parse", "main^{tree}")
	b.move("main", b.commit(tree, "somebody", b.at("main")))
	if out := b.run(); !out.Pushed || b.git("-C", b.path, "rev-parse", "lockstep/test^") != b.at("main") {
		t.Errorf("the branch was not rebuilt on the new base: %+v", out)
	}
}

func TestDriftVanishes(t *testing.T) {
	b := newBench(t)
	b.put("tag", "t", "one")
	opened := b.run()
	if err := b.g.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey("tag", "t")}); err != nil {
		t.Fatal(err)
	}
	out := b.run()
	if !out.Empty() || len(out.Closed) != 1 || out.Closed[0].Number != opened.Pull.Number {
		t.Errorf("outcome %+v, want pull request %d closed", out, opened.Pull.Number)
	}
	if _, found, err := b.o.Forge.Find(t.Context(), "lockstep/test", "main"); found || err != nil {
		t.Errorf("an open pull request is found: %v, %v", found, err)
	}
	if at := b.at("lockstep/test"); at != "" || !slices.Equal(out.Deleted, []string{"lockstep/test"}) {
		t.Errorf("the branch is at %q, deleted %q", at, out.Deleted)
	}
	if out := b.run(); len(out.Closed)+len(out.Deleted)+len(out.Left) > 0 {
		t.Errorf("again: %+v", out)
	}
}

// failing is a gateway of which one kind cannot be read.
type failing struct{ *memory.Gateway }

var errDown = errors.New("the gateway is down")

func (f failing) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	if kind == "tag" {
		return func(yield func(*gateway.Resource, error) bool) { yield(nil, errDown) }
	}
	return f.Gateway.List(ctx, kind, parent)
}

func TestAFailedReadProposesNothing(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.put("tag", "t", "one")
	b.move("main", b.run().Commit.String())
	b.put("api", "a", "two")
	b.o.Extract.Gateway = failing{b.g}
	before := b.at("lockstep/test")
	if _, err := propose.Run(t.Context(), b.o); !errors.Is(err, errDown) {
		t.Errorf("error %v, want %v", err, errDown)
	}
	if got := b.at("lockstep/test"); got != before {
		t.Errorf("the branch moved to %s on a read that failed", got)
	}
	if pulls, err := b.o.Forge.List(t.Context()); err != nil || len(pulls) != 1 || pulls[0].State != forge.StateMerged {
		t.Errorf("pull requests %v, %v, want the merged one alone", pulls, err)
	}
}

func TestRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*propose.Options)
		want   string
	}{
		"base as branch": {func(o *propose.Options) { o.Branch = "main" }, "base and branch are the same"},
		"no such base":   {func(o *propose.Options) { o.Base = "trunk" }, "trunk"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			tc.change(&b.o)
			if _, err := propose.Run(t.Context(), b.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	b := newBench(t)
	b.put("tag", "t", "one")
	b.o.DryRun = true
	if out := b.run(); out.Empty() || out.Pushed || out.Pull != nil {
		t.Errorf("dry run: %+v", out)
	}
	if at := b.at("lockstep/test"); at != "" {
		t.Errorf("the dry run made a branch at %s", at)
	}
}
