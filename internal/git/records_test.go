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
		branches, err := r.Branches(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"main": base.String()}, branches); diff != "" {
			t.Errorf("%s: branches (-want +got):\n%s", place, diff)
		}
		for commit, want := range map[string]bool{base.String(): true, strings.Repeat("12", 20): false} {
			if got, err := r.Contains(ctx, base.String(), commit); err != nil || got != want {
				t.Errorf("%s: contains %s: got %t, %v; want %t", place, commit, got, err, want)
			}
		}
		for _, pair := range [][2]string{{"main", base.String()}, {base.String(), "main"}} {
			if _, err := r.Contains(ctx, pair[0], pair[1]); err == nil {
				t.Errorf("%s: contains %v: got no error", place, pair)
			}
		}
	}
	fsck(t, dir)
}
