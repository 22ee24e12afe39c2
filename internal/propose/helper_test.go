package propose_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

const line = "lockstep/test"

// edit commits to a branch as somebody; "" as content removes a file.
func (b *bench) edit(branch, who string, files map[string]string) string {
	b.Helper()
	head := b.hash(b.at(branch))
	s, err := b.repo.Stage(b.Context(), head)
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if files[path] == "" {
			err = s.Remove(path)
		} else {
			err = s.Add(path, []byte(files[path]))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	tree, err := s.Write(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	m := git.Meta{Author: git.Person{Name: who, Email: who + "@example.com"}, When: b.o.Now(), Message: "work of " + who}
	if !head.IsZero() {
		m.Parents = []git.Hash{head}
	}
	h, err := b.repo.CommitTree(tree, m)
	if err != nil {
		b.Fatal(err)
	}
	if err := b.repo.Push(b.Context(), "refs/heads/"+branch, h, head); err != nil {
		b.Fatal(err)
	}
	return h.String()
}

// update merges the base into the branch, as ann does with a forge's button.
func (b *bench) update() {
	b.Helper()
	tree := b.git("-C", b.path, "merge-tree", "--write-tree", line, "main")
	b.move(line, b.commit(tree, "ann", b.at(line), b.at("main")))
}

// amend changes the last commit of a branch, whose message stays.
func (b *bench) amend(branch, who string, files map[string]string) {
	b.Helper()
	was, err := b.repo.Commit(b.Context(), b.hash(b.at(branch)))
	if err != nil {
		b.Fatal(err)
	}
	changed := b.hash(b.edit(branch, who, files))
	is, err := b.repo.Commit(b.Context(), changed)
	if err != nil {
		b.Fatal(err)
	}
	m := was.Meta
	m.Committer = is.Author
	h, err := b.repo.CommitTree(is.Tree, m)
	if err != nil {
		b.Fatal(err)
	}
	if err := b.repo.Push(b.Context(), "refs/heads/"+branch, h, changed); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) hash(s string) git.Hash {
	b.Helper()
	h, ok := git.ParseHash(s)
	if !ok && s != "" {
		b.Fatalf("%q is no hash", s)
	}
	return h
}

func (b *bench) delete(kind, name string) {
	b.Helper()
	if err := b.g.Delete(b.Context(), &gateway.Resource{Key: gateway.NewKey(kind, name)}); err != nil {
		b.Fatal(err)
	}
}

// refs lists all refs, those of pull requests included.
func (b *bench) refs() string { return b.git("-C", b.path, "for-each-ref") }

// steady runs again and fails the test if anything moves.
func (b *bench) steady() {
	b.Helper()
	before := b.refs()
	if out := b.run(); out.Pushed || len(out.Deleted)+len(out.Closed) > 0 {
		b.Errorf("run again, it does something: %+v", out)
	}
	if d := cmp.Diff(b.refs(), before); d != "" {
		b.Errorf("refs after the same run again, got -, want +:\n%s", d)
	}
}

// differs lists the files that a branch has otherwise than the base, with the
// text that each says.
func (b *bench) differs(branch string) map[string]string {
	b.Helper()
	list := map[string]string{}
	for name := range strings.Lines(b.git("-C", b.path, "diff", "--name-only", "main..."+branch)) {
		name = strings.TrimSpace(name)
		list[name] = ""
		if out := b.git("-C", b.path, "ls-tree", "--name-only", branch, "--", name); out != "" {
			list[name] = b.git("-C", b.path, "show", branch+":"+name)
		}
		for _, word := range []string{"one", "two", "three", "theirs", "yours"} {
			if strings.Contains(list[name], word) {
				list[name] = word
			}
		}
	}
	return list
}

func (b *bench) comments(number int) string {
	b.Helper()
	list, err := b.o.Forge.(*forge.Local).Comments(b.Context(), number)
	if err != nil {
		b.Fatal(err)
	}
	var all []string
	for _, c := range list {
		all = append(all, c.Mark+": "+c.Body)
	}
	return strings.Join(all, "\n")
}
