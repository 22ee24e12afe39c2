package guard_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/guard"
)

func mustHash(t *testing.T, digit string) git.Hash {
	t.Helper()
	h, ok := git.ParseHash(strings.Repeat(digit, 40))
	if !ok {
		t.Fatalf("%q makes no hash", digit)
	}
	return h
}

func TestRecord(t *testing.T) {
	a, b, before := mustHash(t, "a"), mustHash(t, "b"), mustHash(t, "c")
	tests := []struct {
		name    string
		record  guard.Record
		before  git.Hash
		parents []git.Hash
		message string
	}{
		{"the first", guard.Record{Commit: a}, git.Hash{}, []git.Hash{a}, "Publish aaaaaaaaaaaa to apim contoso"},
		{"a later one", guard.Record{Commit: b, Previous: a, By: "ann", Run: "https://ci.example/1"}, before, []git.Hash{before, b}, "Publish bbbbbbbbbbbb to apim contoso"},
		{"one that was allowed", guard.Record{Commit: a, Previous: b, Rewrite: true}, before, []git.Hash{before, a},
			"Publish aaaaaaaaaaaa to apim contoso\n\nThe commit published before, bbbbbbbbbbbb, is not in its history: this was allowed."},
		{"one by somebody who tries", guard.Record{Commit: a, By: "eve\nLockstep-Published: " + b.String()}, git.Hash{}, []git.Hash{a}, "Publish aaaaaaaaaaaa to apim contoso"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			written := tt.record
			written.Target = "apim contoso"
			m := written.Meta(tt.before, time.Unix(1700000000, 0))
			if m.Message != tt.message {
				t.Errorf("message: got %q, want %q", m.Message, tt.message)
			}
			if d := cmp.Diff(m.Parents, tt.parents); d != "" {
				t.Errorf("parents (-got +want):\n%s", d)
			}
			got, err := guard.ParseRecord(stored(t, m))
			if err != nil {
				t.Fatal(err)
			}
			want := written
			want.By = strings.ReplaceAll(want.By, "\n", " ")
			if d := cmp.Diff(got, want); d != "" {
				t.Errorf("read back (-got +want):\n%s", d)
			}
		})
	}
}

// stored returns the message as git has it, which may hold no more than it should.
func stored(t *testing.T, m git.Meta) string {
	t.Helper()
	repo, err := git.Open(t.Context(), newRepository(t), git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	})
	stage, err := repo.Stage(t.Context(), git.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	if err := stage.Add("f", []byte("x")); err != nil {
		t.Fatal(err)
	}
	tree, err := stage.Write(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := repo.CommitTree(tree, m)
	if err != nil {
		t.Fatal(err)
	}
	c, err := repo.Commit(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return c.Message
}

func TestParseRecordOfSomethingElse(t *testing.T) {
	for name, message := range map[string]string{
		"a plain commit": "Fix it\n", "no hash": "Publish\n\nLockstep-Published: main\n",
		"no earlier hash": "Publish\n\nLockstep-Published: " + hash + "\nLockstep-Previous: x\n", "nothing": "",
	} {
		if r, err := guard.ParseRecord(message); err == nil {
			t.Errorf("%s: got %+v, want an error", name, r)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add("Publish\n\nLockstep-Published: " + hash + "\nLockstep-By: ann\n")
	f.Add("\n\n\n")
	f.Fuzz(func(t *testing.T, message string) {
		r, err := guard.ParseRecord(message)
		if err == nil && r.Commit.IsZero() && !strings.Contains(message, strings.Repeat("0", 40)) {
			t.Errorf("%q is a record of nothing", message)
		}
	})
}

func TestRecordRef(t *testing.T) {
	tests := []struct{ name, location, scope, want string }{
		{"plain", "https://github.com/acme/apis", "contoso", "refs/lockstep/published/contoso"},
		{"a path", "../apis.git", "contoso", "refs/lockstep/published/contoso"},
		{"a part", "", "contoso.prod", "refs/lockstep/published/contoso.prod"},
		{"Azure", "https://dev.azure.com/acme/p/_git/apis", "contoso", "refs/heads/lockstep/published/contoso"},
		{"Azure by SSH", "git@ssh.dev.azure.com:v3/acme/p/apis", "contoso", "refs/heads/lockstep/published/contoso"},
		{"Azure as it was called", "https://acme.visualstudio.com/p/_git/apis", "contoso", "refs/heads/lockstep/published/contoso"},
		{"slashes", "", "a/b c//d", "refs/lockstep/published/a-b-c-d"},
		{"what git refuses", "", "..a..b.lock", "refs/lockstep/published/a.b.lock_"},
		{"nothing", "", "//", "refs/lockstep/published/_"},
	}
	for _, tt := range tests {
		if got := guard.RecordRef(tt.location, tt.scope); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestLast(t *testing.T) {
	a, b := mustHash(t, "a"), mustHash(t, "b")
	tests := []struct {
		name      string
		last      guard.Last
		want      guard.Verdict
		rewritten bool
		text      string
	}{
		{"nothing yet", guard.Last{Commit: b}, guard.Held, false, "nothing was recorded"},
		{"it follows", guard.Last{Commit: b, Previous: a, Contains: git.Yes}, guard.Held, false, "bbbbbbbbbbbb follows aaaaaaaaaaaa"},
		{"it does not", guard.Last{Commit: b, Previous: a, Contains: git.No}, guard.Refused, true, "--allow-rewrite"},
		{"it need not", guard.Last{Commit: b, Previous: a, Contains: git.No, Allowed: true}, guard.Held, true, "lets that pass"},
		{"too shallow", guard.Last{Commit: b, Previous: a}, guard.Refused, false, "fetch-depth: 0"},
		{"too shallow to allow it", guard.Last{Commit: b, Previous: a, Allowed: true}, guard.Refused, false, "fetch-depth: 0"},
		{"before the merge", guard.Last{Commit: b, Previous: a, Contains: git.No, Trial: true}, guard.Later, true, "its merge will have it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.last.Judge()
			if f.Verdict != tt.want || !strings.Contains(f.Text, tt.text) || f.Rule != guard.History {
				t.Errorf("got %v %q, want %s with %q", f.Verdict, f, tt.want, tt.text)
			}
			if got := tt.last.Rewritten(); got != tt.rewritten {
				t.Errorf("rewritten: got %t, want %t", got, tt.rewritten)
			}
		})
	}
}
