package propose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

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
				b.update()
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name: "they merge the base and no more", url: true,
			change: func(b *bench) {
				b.edit("main", "max", map[string]string{"README": "one"})
				b.update()
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two"},
		},
		{
			name: "they merge the base, with a change of their own",
			change: func(b *bench) {
				b.edit("main", "max", map[string]string{"README": "one"})
				b.update()
				b.amend(line, "ann", map[string]string{"docs/a.md": "theirs"})
				b.put("api", "a", "two")
			},
			want: map[string]string{fileA: "two", "docs/a.md": "theirs"}, kept: []string{"ann"},
		},
		{
			name: "they merge the base, and no drift since",
			change: func(b *bench) {
				b.edit("main", "max", map[string]string{"README": "one"})
				b.update()
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
