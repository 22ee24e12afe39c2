package propose_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

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

// update merges the base into a branch, as the button of a forge does.
func (b *bench) update(branch, who string) {
	b.Helper()
	tree := b.git("-C", b.path, "merge-tree", "--write-tree", branch, "main")
	b.move(branch, b.commit(tree, who, b.at(branch), b.at("main")))
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

const (
	fileA = "tree/apis/a/api.json"
	fileB = "tree/apis/b/api.json"
	fileT = "tree/tags/t/tag.json"
)

// TestWorkOfOthersIsKept lets somebody commit to the branch, the gateway and
// the base go on, and looks what became of it.
func TestWorkOfOthersIsKept(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(b *bench) // after a run with api a "one"
		want   map[string]string
		kept   []string
		same   bool // nothing is to be pushed
		merge  bool // the base was merged in
		url    bool // try it on a server, too
	}{
		{
			name: "another file", url: true,
			change: func(b *bench) {
				b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name:   "no drift since",
			change: func(b *bench) { b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"}) },
			want:   map[string]string{fileA: "one", "docs/a.md": "theirs"}, kept: []string{"ann"}, same: true,
		},
		{
			name: "a file that was proposed",
			change: func(b *bench) {
				b.edit(line, "ann", map[string]string{fileA: "theirs"})
				b.put("tag", "t", "two")
			},
			want: map[string]string{fileA: "theirs", fileT: "two"}, kept: []string{"ann"},
		},
		{
			name: "a proposed file taken back",
			change: func(b *bench) {
				b.edit(line, "ann", map[string]string{fileA: ""})
				b.put("tag", "t", "two")
			},
			want: map[string]string{fileT: "two"}, kept: []string{"ann"},
		},
		{
			name: "drift that goes away again",
			change: func(b *bench) {
				b.put("tag", "t", "two")
				b.run()
				b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.delete("tag", "t")
			},
			want: map[string]string{fileA: "one", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name: "several people, several runs", url: true,
			change: func(b *bench) {
				b.edit(line, "zoe", map[string]string{"docs/z.md": "yours"})
				b.put("api", "a", "two")
				b.run()
				b.edit(line, "ann", map[string]string{"docs/z.md": "theirs", fileA: "theirs"})
				b.put("api", "b", "three")
			},
			want: map[string]string{fileA: "theirs", fileB: "three", "docs/z.md": "theirs"}, kept: []string{"ann", "zoe"},
		},
		{
			name: "the gateway says what they said",
			change: func(b *bench) {
				b.put("api", "a", "two")
				b.run()
				two := b.git("-C", b.path, "show", line+":"+fileA) + "\n"
				b.put("api", "a", "one")
				b.run()
				b.edit(line, "ann", map[string]string{fileA: two})
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two"}, kept: []string{"ann"}, same: true,
		},
		{
			name: "the base moves",
			change: func(b *bench) {
				b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.edit("main", "max", map[string]string{"README": "one"})
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two", "docs/a.md": "theirs"}, kept: []string{"ann"}, merge: true,
		},
		{
			name: "the base moves, twice", url: true,
			change: func(b *bench) {
				b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.edit("main", "max", map[string]string{"README": "one", "docs/b.md": "one"})
				b.put("api", "a", "two")
				b.run()
				b.edit("main", "max", map[string]string{"README": "two"})
				b.put("api", "a", "three")
			},
			want: map[string]string{fileA: "three", "docs/a.md": "theirs"}, kept: []string{"ann"}, merge: true,
		},
		{
			name: "the base takes over what was proposed",
			change: func(b *bench) {
				b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.put("api", "a", "two")
				b.run()
				two := b.git("-C", b.path, "show", line+":"+fileA) + "\n"
				b.edit("main", "max", map[string]string{fileA: strings.ReplaceAll(two, "two", "three")})
				b.put("api", "a", "three")
				b.put("tag", "t", "two")
				b.run()
				b.put("api", "a", "one")
			},
			want: map[string]string{fileA: "one", fileT: "two", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name: "they merge the base", url: true,
			change: func(b *bench) {
				b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.edit("main", "max", map[string]string{"README": "one"})
				b.update(line, "ann")
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name: "they merge the base and no more", url: true,
			change: func(b *bench) {
				b.edit("main", "max", map[string]string{"README": "one"})
				b.update(line, "ann")
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two"},
		},
		{
			name: "they merge the base, with a change of their own",
			change: func(b *bench) {
				b.edit("main", "max", map[string]string{"README": "one"})
				b.update(line, "ann")
				b.amend(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name: "they merge the base, and no drift since",
			change: func(b *bench) {
				b.edit("main", "max", map[string]string{"README": "one"})
				b.update(line, "ann")
			},
			want: map[string]string{fileA: "one"}, same: true,
		},
		{
			name: "another name for us",
			change: func(b *bench) {
				b.o.Author = git.Person{Name: "somebody else", Email: "else@example.com"}
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two"},
		},
		{
			name: "our commit, amended",
			change: func(b *bench) {
				b.amend(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.put("tag", "t", "two")
			},
			want: map[string]string{fileA: "one", fileT: "two", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name: "our commit in other words",
			change: func(b *bench) {
				b.amend(line, "ann", nil)
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two"},
		},
		{
			name: "another gateway's commit",
			change: func(b *bench) {
				b.o.Meta.Instance = "other"
				b.put("api", "b", "two")
			},
			want: map[string]string{fileA: "one", fileB: "two"}, kept: []string{"lockstep"},
		},
	} {
		for _, prefix := range []string{"", "file://"} {
			if prefix != "" && !tc.url {
				continue
			}
			t.Run(tc.name+" "+prefix, func(t *testing.T) {
				t.Parallel()
				b := newBenchAt(t, prefix)
				b.put("api", "a", "one")
				opened := b.run()
				tc.change(b)
				before := b.at(line)
				out := b.run()
				if out.Pushed == tc.same || out.Branch != line || len(out.Conflicts) > 0 || out.Pull.Number != opened.Pull.Number {
					t.Errorf("outcome %+v", out)
				}
				if d := cmp.Diff(b.differs(line), tc.want); d != "" {
					t.Errorf("the branch changes, got -, want +:\n%s", d)
				}
				if d := cmp.Diff(out.Kept, tc.kept); d != "" {
					t.Errorf("kept the work of, got -, want +:\n%s", d)
				}
				if _, err := b.tryGit("-C", b.path, "merge-base", "--is-ancestor", before, line); (err == nil) != (tc.same || tc.kept != nil) {
					t.Errorf("the branch had %s; that it still does is %v", before, err == nil)
				}
				if parents := strings.Fields(b.git("-C", b.path, "log", "-1", "--format=%P", line)); !tc.same && (len(parents) == 2) != tc.merge {
					t.Errorf("parents %q", parents)
				}
				if _, err := b.tryGit("-C", b.path, "merge-base", "--is-ancestor", "main", line); err != nil {
					t.Errorf("the branch lacks the base's commits: %v", err)
				}
				b.steady()
			})
		}
	}
}

// TestConflict has people and the gateway contradict each other until two
// branches stand aside, and come to terms at last.
func TestConflict(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.put("tag", "t", "one")
	first := b.run().Pull.Number
	theirs := b.edit(line, "ann", map[string]string{fileA: "theirs", "docs/a.md": "theirs"})
	b.put("api", "a", "two")

	out := b.run()
	want := []propose.Conflict{{Branch: line, Files: []string{fileA}, People: []string{"ann"}}}
	if d := cmp.Diff(out.Conflicts, want, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Pull" }, cmp.Ignore())); d != "" {
		t.Errorf("conflicts, got -, want +:\n%s", d)
	}
	if out.Branch != line+"-2" || !out.Pushed || !out.Pull.New || out.Conflicts[0].Pull.Number != first {
		t.Errorf("outcome %+v", out)
	}
	if at := b.at(line); at != theirs {
		t.Errorf("the branch is at %s, want ann's commit %s", at, theirs)
	}
	if d := cmp.Diff(b.differs(line+"-2"), map[string]string{fileA: "two", fileT: "one"}); d != "" {
		t.Errorf("the second branch changes, got -, want +:\n%s", d)
	}
	if got := b.comments(first); !strings.Contains(got, "lockstep/conflict: ") || !strings.Contains(got, fileA) || !strings.Contains(got, "`"+line+"-2`") || !strings.Contains(got, "`ann`") {
		t.Errorf("comments: %s", got)
	}
	if !strings.Contains(out.Pull.Body, line) || !strings.Contains(out.Pull.Body, fileA) {
		t.Errorf("the second pull request does not tell of the first: %s", out.Pull.Body)
	}
	b.steady()

	b.put("api", "a", "three")
	if again := b.run(); again.Branch != line+"-2" || again.Pull.Number != out.Pull.Number {
		t.Errorf("more drift went to %s, %+v", again.Branch, again.Pull)
	}
	b.edit(line+"-2", "zoe", map[string]string{fileA: "yours"})
	b.put("api", "a", "two")
	if third := b.run(); third.Branch != line+"-3" || len(third.Conflicts) != 2 {
		t.Errorf("after another conflict: %+v", third)
	}
	b.steady()

	// Ann sees reason; so does zoe, but her commits stay where they are.
	two := b.git("-C", b.path, "show", line+"-3:"+fileA) + "\n"
	b.edit(line, "ann", map[string]string{fileA: two})
	healed := b.run()
	if healed.Branch != line || len(healed.Conflicts) > 0 || !slices.Equal(healed.Deleted, []string{line + "-3"}) || len(healed.Closed) != 1 {
		t.Errorf("after ann gave in: %+v", healed)
	}
	if d := cmp.Diff(healed.Left, []propose.Left{{Branch: line + "-2", Reason: "it holds commits of zoe"}}); d != "" {
		t.Errorf("left, got -, want +:\n%s", d)
	}
	if got := b.comments(first); strings.Count(got, "lockstep/conflict: ") != 1 || !strings.Contains(got, "again") {
		t.Errorf("comments: %s", got)
	}
	b.steady()
}

// TestDriftVanishesFromPeople leaves a branch that people committed to.
func TestDriftVanishesFromPeople(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	opened := b.run()
	b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
	b.delete("api", "a")
	out := b.run()
	if len(out.Closed)+len(out.Deleted) > 0 {
		t.Errorf("closed %v, deleted %v", out.Closed, out.Deleted)
	}
	if d := cmp.Diff(out.Left, []propose.Left{{Branch: line, Reason: "it holds commits of ann"}}); d != "" {
		t.Errorf("left, got -, want +:\n%s", d)
	}
	if got := b.comments(opened.Pull.Number); !strings.Contains(got, "lockstep/settled: ") || !strings.Contains(got, "`ann`") {
		t.Errorf("comments: %s", got)
	}
	b.steady()
	b.put("api", "a", "two")
	if back := b.run(); back.Pull.Number != opened.Pull.Number || !slices.Equal(back.Kept, []string{"ann"}) {
		t.Errorf("when drift is back: %+v", back)
	}
}

// TestDriftVanishesWhileCheckedOut does not take a branch from under a work tree.
func TestDriftVanishesWhileCheckedOut(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.run()
	b.git("-C", b.path, "worktree", "add", "--quiet", filepath.Join(t.TempDir(), "work"), line)
	b.delete("api", "a")
	out := b.run()
	if len(out.Closed) != 1 || len(out.Left) != 1 || !strings.Contains(out.Left[0].Reason, "checked out") {
		t.Errorf("outcome %+v", out)
	}
}

// TestMergedBranchGoes deletes a branch whose commits are all in the base, and
// people's with them.
func TestMergedBranchGoes(t *testing.T) {
	b := newBench(t)
	b.put("api", "a", "one")
	b.run()
	b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
	b.put("api", "a", "two")
	b.run()
	b.move("main", b.at(line))
	if out := b.run(); !out.Empty() || !slices.Equal(out.Deleted, []string{line}) {
		t.Errorf("outcome %+v", out)
	}
}

// TestNamesakes leaves branches alone that have such a name by chance.
func TestNamesakes(t *testing.T) {
	b := newBench(t)
	other := *b
	other.o.Branch, other.o.Meta.Instance = line+"-2", "test-2"
	b.put("api", "a", "one")
	b.run()
	other.run()
	b.edit(line+"-3", "max", map[string]string{"x": "theirs"})
	b.edit(line, "ann", map[string]string{fileA: "theirs"})
	b.put("api", "a", "two")
	if out := b.run(); out.Branch != line+"-4" {
		t.Errorf("the change went to %s", out.Branch)
	}
	b.delete("api", "a")
	if out := b.run(); !slices.Equal(out.Deleted, []string{line + "-4"}) || b.at(line+"-2") == "" || b.at(line+"-3") == "" {
		t.Errorf("outcome %+v", out)
	}
}
