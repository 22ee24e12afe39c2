package forge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/giteatest"
)

func TestGiteaApprovals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, token string
		reviews     []string // "user STATE", and "push", "hide", "dismiss USER" and "go on"
		want        string
	}{
		{"none", "person", nil, ""},
		{"comment after", "person", []string{"rita APPROVED", "rita COMMENT"}, "rita yes"},
		{"taken back", "person", []string{"rita APPROVED", "rita REQUEST_CHANGES"}, ""},
		{"dismissed", "person", []string{"rita APPROVED", "dismiss rita"}, ""},
		{"again", "person", []string{"rita REQUEST_CHANGES", "rita APPROVED"}, "rita yes"},
		{"stale", "person", []string{"rita APPROVED", "push"}, ""},
		{"stale, and the last commit is not told", "person", []string{"rita APPROVED", "push", "hide"}, ""},
		{"the branch goes on after the merge", "person", []string{"rita APPROVED", "go on"}, "rita yes"},
		{"program", "person", []string{"gitea-actions APPROVED"}, ""},
		{"author", "person", []string{"lock APPROVED"}, ""},
		{"two, for who administers", "person", []string{"rosa APPROVED", "rita APPROVED"}, "rita yes rosa no"},
		{"two, for who does not", "writer", []string{"rosa APPROVED", "rita APPROVED"}, "rita yes rosa unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitea()
			f := openGitea(t, s, forge.Config{Token: tt.token})
			s.Push("x")
			n := mustPropose(t, f, simple).Number
			goOn := false
			for _, r := range tt.reviews {
				switch user, state, _ := strings.Cut(r, " "); user {
				case "push":
					s.Push("x")
				case "hide":
					s.Fail(giteatest.Fault{Path: "/head", Status: 404, Body: `{"message":"not found"}`})
				case "dismiss":
					s.Dismiss(n, state)
				case "go":
					goOn = true
				default:
					s.Review(n, user, state)
				}
			}
			merge := s.Merge(n)
			if goOn {
				s.Push("x")
			}
			in, err := f.(forge.Inspector).Inspect(t.Context(), merge, "main")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range in.Approvals {
				got = append(got, a.User, a.MayWrite.String())
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("approvals: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGiteaProtection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, token string
		rule        giteatest.Rule
		want        forge.Answer
	}{
		{"nobody may push", "writer", giteatest.Rule{}, forge.Yes},
		{"others may push", "writer", giteatest.Rule{Push: true, PushWhitelist: []string{"rolf"}}, forge.Yes},
		{"I alone may push, and may not see who else", "writer", giteatest.Rule{Push: true, PushWhitelist: []string{"lena"}}, forge.Unknown},
		{"I alone may push", "person", giteatest.Rule{Push: true, PushWhitelist: []string{"lock"}}, forge.Yes},
		{"all may push", "person", giteatest.Rule{Push: true}, forge.No},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newGitea()
			s.Protect("main", tt.rule)
			in, err := openGitea(t, s, forge.Config{Token: tt.token}).(forge.Inspector).Inspect(t.Context(), s.Head("main"), "main")
			if err != nil || in.Protected != tt.want {
				t.Errorf("protected: got %s, %v; want %s", in.Protected, err, tt.want)
			}
		})
	}
}

func TestGiteaInspects(t *testing.T) {
	t.Parallel()
	s := newGitea()
	f := openGitea(t, s, forge.Config{Token: "person"})
	inspect := func(f forge.Forge, commit, branch string) forge.Inspection {
		t.Helper()
		in, err := f.(forge.Inspector).Inspect(t.Context(), commit, branch)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	s.Push("x")
	n := mustPropose(t, f, simple).Number
	if got := inspect(f, s.Head("x"), "main"); got.Merged != forge.No {
		t.Errorf("head of an open pull request: got merged = %s, want no", got.Merged)
	}
	for reason, want := range map[string]forge.Answer{"": forge.Yes, "gpg.error.no_gpg_keys_found": forge.No, "gpg.error.failed_retrieval_gpg_keys": forge.Unknown} {
		s.Sign(s.Head("main"), reason)
		if got := inspect(f, s.Head("main"), "main"); got.Verified != want || got.Reason != reason {
			t.Errorf("signature %s: got %s, %s; want %s", reason, got.Verified, got.Reason, want)
		}
	}
	merge := s.Merge(n)
	s.Set(func(r *giteatest.Repository) { r.Old = true })
	if got := inspect(f, merge, "main"); got.Merged != forge.Unknown {
		t.Errorf("on a site that has no such call: got merged = %s, want unknown", got.Merged)
	}
	s.Set(func(r *giteatest.Repository) { r.Old = false })
	if got := inspect(openGitea(t, s, forge.Config{Token: "stella"}), merge, "main"); !cmp.Equal(got, forge.Inspection{}) {
		t.Errorf("token that may see nothing: got %+v, want unknown throughout", got)
	}
	if got, err := openGitea(t, s, forge.Config{Token: "blind"}).(forge.Inspector).Inspect(t.Context(), merge, "main"); err == nil {
		t.Errorf("unknown token: got %+v, want an error", got)
	}
}
