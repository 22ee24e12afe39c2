package guard_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/guard"
)

const hash = "0123456789abcdef0123456789abcdef01234567"

// merged is what a forge says of a merge that people approved.
func merged(approvals ...forge.Approval) *forge.Inspection {
	return &forge.Inspection{Merged: forge.Yes, Pull: &forge.PullRequest{Number: 7}, Approvals: approvals}
}

func by(user string, may forge.Answer) forge.Approval {
	return forge.Approval{User: user, MayWrite: may}
}

func TestJudge(t *testing.T) {
	two, branch, sign := guard.Rules{Approvals: 2}, guard.Rules{Protected: true}, guard.Rules{Signed: true}
	tests := []struct {
		name  string
		rules guard.Rules
		e     guard.Evidence
		want  guard.Verdict
		text  string // part of it
	}{
		{"approved", two, guard.Evidence{Inspection: merged(by("ann", forge.Yes), by("bob", forge.Yes))}, guard.Held, "pull request 7 was approved by ann, bob"},
		{"one is missing", two, guard.Evidence{Inspection: merged(by("ann", forge.Yes))}, guard.Refused, "has 1 of 2 approvals"},
		{"nobody", two, guard.Evidence{Inspection: merged()}, guard.Refused, "has 0 of 2"},
		{"one may not write", two, guard.Evidence{Inspection: merged(by("ann", forge.Yes), by("eve", forge.No))}, guard.Refused, "eve may not"},
		{"one is in doubt", two, guard.Evidence{Forge: "github", Inspection: merged(by("ann", forge.Yes), by("bob", forge.Unknown))}, guard.Refused, "whether bob may could not be learned: the token needs the permission metadata: read"},
		{"doubt that does not matter", two, guard.Evidence{Inspection: merged(by("ann", forge.Yes), by("bob", forge.Yes), by("cat", forge.Unknown))}, guard.Held, "ann, bob"},
		{"one in doubt would not do", two, guard.Evidence{Inspection: merged(by("bob", forge.Unknown))}, guard.Refused, "has 0 of 2 approvals by others than its author who may write"},
		{"pushed", two, guard.Evidence{Branch: "main", Inspection: &forge.Inspection{Merged: forge.No}}, guard.Refused, "commit 0123456789ab was not merged into main"},
		{"nobody knows", two, guard.Evidence{Forge: "github", Inspection: &forge.Inspection{}}, guard.Refused, "pull-requests: read"},
		{"merged as nobody knows what", two, guard.Evidence{Inspection: &forge.Inspection{Merged: forge.Yes}}, guard.Refused, "the token may lack a permission"},
		{"a forge that can not tell", two, guard.Evidence{Forge: "local"}, guard.Refused, `the forge "local" does not know who approved`},
		{"not merged yet", two, guard.Evidence{Trial: true, Forge: "github", Inspection: &forge.Inspection{}}, guard.Later, "not merged yet"},

		{"protected", branch, guard.Evidence{Branch: "main", Inspection: &forge.Inspection{Protected: forge.Yes}}, guard.Held, "main is protected"},
		{"open to all", branch, guard.Evidence{Branch: "main", Inspection: &forge.Inspection{Protected: forge.No}}, guard.Refused, "anybody who may write can push to main"},
		{"open to all, before the merge", branch, guard.Evidence{Trial: true, Inspection: &forge.Inspection{Protected: forge.No}}, guard.Refused, "protect it"},
		{"protection that nobody tells", branch, guard.Evidence{Forge: "gitlab", Inspection: &forge.Inspection{}}, guard.Refused, "role Maintainer"},
		{"no protection there is", branch, guard.Evidence{Forge: "local"}, guard.Refused, "protects no branches"},

		{"signed", sign, guard.Evidence{Keys: true, Commits: []guard.Commit{{hash, forge.Yes, ""}}}, guard.Held, "the commit has a good signature"},
		{"all signed", sign, guard.Evidence{Keys: true, Commits: []guard.Commit{{hash, forge.Yes, ""}, {hash, forge.Yes, ""}}}, guard.Held, "all 2 commits"},
		{"one is not", sign, guard.Evidence{Keys: true, Commits: []guard.Commit{{hash, forge.Yes, ""}, {hash, forge.No, "it is not signed"}}}, guard.Refused, "commit 0123456789ab: it is not signed"},
		{"many are not", sign, guard.Evidence{Keys: true, Commits: make([]guard.Commit, 5)}, guard.Refused, "and 2 more"},
		{"no reason", sign, guard.Evidence{Keys: true, Commits: []guard.Commit{{hash, forge.No, ""}}}, guard.Refused, "it has no good signature"},
		{"by the forge", sign, guard.Evidence{Inspection: merged(), Commits: []guard.Commit{{hash, forge.Yes, ""}}}, guard.Held, "good signature"},
		{"the forge does not say", sign, guard.Evidence{Forge: "azure", Inspection: merged(), Commits: []guard.Commit{{hash, forge.Unknown, ""}}}, guard.Refused, "Azure DevOps checks no signatures: name the keys with --keyring"},
		{"nobody to ask", sign, guard.Evidence{Forge: "local", Commits: []guard.Commit{{hash, forge.Yes, ""}}}, guard.Refused, "name the keys that count with --keyring"},
		{"a merge on trial", sign, guard.Evidence{Keys: true, Trial: true}, guard.Later, "a merge on trial is nobody's"},
		{"nothing was looked at", sign, guard.Evidence{Keys: true}, guard.Refused, "no commit was looked at"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.e.Commit = hash
			list := tt.rules.Judge(tt.e)
			if len(list) != 1 {
				t.Fatalf("got %d findings, want one", len(list))
			}
			if f := list[0]; f.Verdict != tt.want || !strings.Contains(f.Text, tt.text) {
				t.Errorf("got %s, %q, want %s with %q", f.Verdict, f.Text, tt.want, tt.text)
			}
		})
	}
}

func TestAllRules(t *testing.T) {
	if list := (guard.Rules{}).Judge(guard.Evidence{}); len(list) != 0 {
		t.Errorf("no rules have %d findings, want none", len(list))
	}
	var got []string
	for _, f := range (guard.Rules{Approvals: 1, Protected: true, Signed: true}).Judge(guard.Evidence{Forge: "local", Branch: "main", Commit: hash}) {
		if f.Verdict != guard.Refused || !strings.HasPrefix(f.String(), f.Rule+": ") {
			t.Errorf("got %s %q, want a refusal that begins with its rule", f.Verdict, f)
		}
		got = append(got, f.Rule)
	}
	if d := cmp.Diff(got, []string{guard.Approvals, guard.Protected, guard.Signed}); d != "" {
		t.Errorf("rules (-got +want):\n%s", d)
	}
}
