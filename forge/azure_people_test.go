package forge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/azuretest"
)

func TestAzureApprovals(t *testing.T) {
	t.Parallel()
	set := func(change func(*azuretest.Repository)) func(*azuretest.Server) {
		return func(s *azuretest.Server) { s.Set(change) }
	}
	vote := func(user string, n int) func(*azuretest.Server) {
		return func(s *azuretest.Server) { s.Vote(1, user, n) }
	}
	push := func(s *azuretest.Server) { s.Push("x") }
	quiet := set(func(r *azuretest.Repository) { r.NoVotes = true })
	tests := []struct {
		name string
		do   []func(*azuretest.Server)
		want string
	}{
		{"none", nil, ""},
		{"approved", []func(*azuretest.Server){vote(rita, 10)}, rita},
		{"with suggestions", []func(*azuretest.Server){vote(rita, 5)}, rita},
		{"waiting", []func(*azuretest.Server){vote(rita, -5)}, ""},
		{"taken back", []func(*azuretest.Server){vote(rita, 10), vote(rita, 0)}, ""},
		{"rejected after", []func(*azuretest.Server){vote(rita, 10), vote(rita, -10)}, ""},
		{"stale", []func(*azuretest.Server){vote(rita, 10), push}, ""},
		{"again after a push", []func(*azuretest.Server){vote(rita, 10), push, vote(rita, 10)}, rita},
		{"only the last", []func(*azuretest.Server){vote(rita, 10), push, vote(rolf, 5)}, rolf},
		{"no date, no push", []func(*azuretest.Server){quiet, vote(rita, 10)}, rita},
		{"no date after a push", []func(*azuretest.Server){quiet, push, vote(rita, 10)}, ""},
		{"the author", []func(*azuretest.Server){vote("lock@acme.example", 10)}, ""},
		{"a program", []func(*azuretest.Server){vote(service, 10)}, ""},
		{"a team", []func(*azuretest.Server){func(s *azuretest.Server) { s.VoteAsTeam(1, 10) }}, ""},
		{"declined", []func(*azuretest.Server){vote(rita, 10), func(s *azuretest.Server) { s.Decline(1, rita) }}, ""},
		{"two", []func(*azuretest.Server){vote(rolf, 10), vote(rita, 10)}, rita + " " + rolf},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newAzure()
			f := openAzure(t, s, forge.Config{Token: personal})
			s.Push("x")
			n := mustPropose(t, f, simple).Number
			for _, do := range tt.do {
				do(s)
			}
			in, err := f.(forge.Inspector).Inspect(t.Context(), s.Merge(n), "main")
			if err != nil {
				t.Fatal(err)
			}
			var users []string
			for _, a := range in.Approvals {
				users = append(users, a.User)
			}
			if got := strings.Join(users, " "); got != tt.want {
				t.Errorf("approvals: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAzureInspects(t *testing.T) {
	t.Parallel()
	s := newAzure()
	f := openAzure(t, s, forge.Config{Token: personal})
	inspect := func(f forge.Forge, commit, branch string) forge.Inspection {
		t.Helper()
		in, err := f.(forge.Inspector).Inspect(t.Context(), commit, branch)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	s.Push("x")
	mustPropose(t, f, simple)
	if got := inspect(f, s.Head("x"), "main"); got.Merged != forge.No || got.Pull != nil {
		t.Errorf("head of an open pull request: got merged = %s, want no", got.Merged)
	}
	if got := inspect(f, "7e57"+s.Head("x")[4:], "main"); got.Merged != forge.No || got.Pull != nil {
		t.Errorf("merge on trial: got merged = %s, want no", got.Merged)
	}
	s.Protect("main", azuretest.CommentResolution)
	s.Protect("release", "00000000-0000-0000-0000-00000000f11e")
	if got := inspect(f, s.Head("main"), "main"); got.Protected != forge.Yes {
		t.Errorf("branch whose comments must be resolved: got protected = %s, want yes", got.Protected)
	}
	if got := inspect(f, s.Head("main"), "release"); got.Protected != forge.No {
		t.Errorf("branch with a policy on pushes: got protected = %s, want no", got.Protected)
	}
	if got := inspect(openAzure(t, s, forge.Config{Token: "blind"}), s.Head("main"), "main"); !cmp.Equal(got, forge.Inspection{}) {
		t.Errorf("token that may see nothing: got %+v, want unknown throughout", got)
	}
	if got, err := openAzure(t, s, forge.Config{Token: "S3CRET"}).(forge.Inspector).Inspect(t.Context(), s.Head("main"), "main"); err == nil {
		t.Errorf("unknown token: got %+v, want an error", got)
	}
}

// TestAzureAutoComplete checks that nothing is merged that nobody looked at.
func TestAzureAutoComplete(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		policies []string
		fault    azuretest.Fault
		want     string // how it is merged, or in the note
		on       bool
	}{
		{"nothing required", nil, azuretest.Fault{}, "nothing is required", false},
		{"comments resolved", []string{azuretest.CommentResolution}, azuretest.Fault{}, "nothing is required", false},
		{"reviewers", []string{azuretest.CommentResolution, azuretest.MinimumReviewers}, azuretest.Fault{}, "rebase", true},
		{"policies not shown", []string{azuretest.MinimumReviewers}, azuretest.Fault{Path: "/configurations", Status: 403}, "may not see", false},
		{"refused", []string{azuretest.MinimumReviewers}, azuretest.Fault{Method: "PATCH", Path: "/1", Status: 400, Body: `{"message":"not so"}`}, "not so", false},
		{"not told who we are", []string{azuretest.MinimumReviewers}, azuretest.Fault{Path: "/connectiondata", Status: 403}, "rebase", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newAzure()
			f := openAzure(t, s, forge.Config{Token: personal})
			s.Push("x")
			for _, k := range tt.policies {
				s.Protect("main", k)
			}
			if tt.fault.Status != 0 {
				s.Fail(tt.fault)
			}
			p := simple
			p.AutoMerge = forge.Rebase
			pr := mustPropose(t, f, p)
			got, notes := s.Pull(1).AutoComplete, strings.Join(pr.Notes, "\n")
			if tt.on && (got != tt.want || notes != "") || !tt.on && (got != "" || !strings.Contains(notes, tt.want)) || pr.State != forge.StateOpen {
				t.Errorf("got %q, notes %q, %s; want %q", got, notes, pr.State, tt.want)
			}
		})
	}
}

// TestAzurePeople looks for people by what the service calls them.
func TestAzurePeople(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, token string
		user, team  string
		set         func(*azuretest.Repository)
		note        string // in the notes; "" for none
	}{
		{"by sign-in", personal, "RITA@acme.example", "", nil, ""},
		{"by display name", personal, "rita r.", "", nil, ""},
		{"two of a name", personal, "Rolf R.", "", nil, "knows no such one, or several"},
		{"part of a name", personal, "rit", "", nil, "knows no such one"},
		{"author by sign-in", personal, "LOCK@acme.example", "", nil, "it is the author"},
		{"team in other letters", personal, "", "Core", nil, ""},
		{"scope missing", "minimal", rita, "", nil, "may not look it up"},
		{"scope missing for teams", "minimal", "", "core", nil, "may not look it up"},
		{"people elsewhere", personal, rita, "", func(r *azuretest.Repository) { r.Elsewhere = true }, "somebody else"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newAzure()
			f := openAzure(t, s, forge.Config{Token: tt.token})
			if tt.set != nil {
				s.Set(tt.set)
			}
			s.Push("x")
			p := simple
			p.Reviewers, p.TeamReviewers = []string{tt.user}, []string{tt.team}
			for range 2 {
				pr := mustPropose(t, f, p)
				asked := s.Pull(1)
				if notes := strings.Join(pr.Notes, "\n"); (notes == "") != (tt.note == "") || !strings.Contains(notes, tt.note) {
					t.Errorf("notes: got %q, want %q", notes, tt.note)
				}
				if n := len(asked.Reviewers) + len(asked.Teams); n == 1 != (tt.note == "") {
					t.Errorf("asked: got %+v", asked)
				}
			}
		})
	}
}
