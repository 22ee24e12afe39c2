package git_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

func TestRecords(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	for place, location := range places(t, dir) {
		ctx := t.Context()
		r, other := open(t, location, git.Options{}), open(t, location, git.Options{})
		prefix := "refs/test/" + strings.ReplaceAll(place, " ", "-") + "/"
		steps := []struct {
			name     string
			by       *git.Repo
			ref      string
			old, new string // "" for none
			want     bool
		}{
			{"replace what is not there", r, "1", "x", "y", false},
			{"create", r, "1", "", "one", true},
			{"create again", other, "1", "", "uno", false},
			{"replace", other, "1", "one", "two", true},
			{"replace what is gone", r, "1", "one", "three", false},
			{"replace what another wrote", r, "1", "two", "three", true},
			{"replace by the same", r, "1", "three", "three", true},
			{"create another", other, "deep/2", "", "{}", true},
		}
		for _, step := range steps {
			var old []byte
			if step.old != "" {
				old = []byte(step.old)
			}
			got, err := step.by.SwapRecord(ctx, prefix+step.ref, old, []byte(step.new))
			if err != nil || got != step.want {
				t.Errorf("%s: %s: got %t, %v; want %t", place, step.name, got, err, step.want)
			}
		}
		want := map[string][]byte{prefix + "1": []byte("three"), prefix + "deep/2": []byte("{}")}
		for _, repo := range []*git.Repo{r, open(t, location, git.Options{})} {
			got, err := repo.Records(ctx, prefix)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: records (-want +got):\n%s", place, diff)
			}
		}
		if got := run(t, dir, "log", "--format=%s", prefix+"1"); strings.Count(got, "Update "+prefix+"1") != 3 {
			t.Errorf("%s: history: got %q, want three commits", place, got)
		}
		if _, err := r.SwapRecord(ctx, "refs/../x", nil, []byte("y")); err == nil {
			t.Errorf("%s: bad ref: got no error", place)
		}
		if got, err := r.BranchCommit(ctx, "main"); err != nil || got != base.String() {
			t.Errorf("%s: branch: got %q, %v; want %s", place, got, err, base)
		}
		if got, err := r.BranchCommit(ctx, "nope"); err != nil || got != "" {
			t.Errorf("%s: absent branch: got %q, %v", place, got, err)
		}
		for branch, want := range map[string]bool{"main": true, "nope": false} {
			if got, err := r.BranchContains(ctx, branch, base.String()); err != nil || got != want {
				t.Errorf("%s: %s contains: got %t, %v; want %t", place, branch, got, err, want)
			}
		}
	}
	fsck(t, dir)
}
