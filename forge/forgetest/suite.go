// Package forgetest holds the tests that every forge must pass.
//
// It drives a forge through its contract alone. What it cannot do that way, to
// push and to merge as people do and to read comments as they see them, the
// caller supplies for each forge as a [Fixture].
package forgetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lockstep-apiops/lockstep/forge"
)

// A Fixture is a forge with a repository of its own that holds one commit, on
// the branches "main" and "release", and no pull request.
type Fixture struct {
	Forge forge.Forge
	// Push adds a commit to a branch, which it creates from main if need be.
	Push func(t *testing.T, branch string)
	// Merge merges a pull request as a person would.
	Merge func(t *testing.T, pr forge.PullRequest)
	// Comments returns the comments of a pull request as people see them,
	// the oldest first.
	Comments func(t *testing.T, number int) []string

	// The rest is for forges that have more than pull requests; nil if not.

	// People is who may and who may not work on the repository.
	People People
	// Extras returns what else is kept of a pull request.
	Extras func(t *testing.T, number int) Extras
	// Head returns the commit that a branch is at.
	Head func(t *testing.T, branch string) string
	// Statuses returns the statuses of a commit.
	Statuses func(t *testing.T, commit string) []forge.Status
	// Approve has somebody approve a pull request as it is.
	Approve func(t *testing.T, number int, user string)
	// Protect protects a branch.
	Protect func(t *testing.T, branch string)

	// KeepsReviewers says that Extras lists who has reviewed, too.
	KeepsReviewers bool

	// What a forge that tells of commits does not tell.
	NoVerdicts bool // whether signatures are good
	NoRights   bool // what others may do
}

// unless returns an answer, or that the forge does not tell.
func (f Fixture) unless(untold bool, a forge.Answer) forge.Answer {
	if untold {
		return forge.Unknown
	}
	return a
}

// People are the names of some that work on the repository of a [Fixture], and
// of one that does not. An Outsider can not be asked for anything; "" is the
// Stranger.
type People struct{ Member, OtherMember, Team, Stranger, Outsider string }

// Extras is what a forge keeps of a pull request besides its text.
type Extras struct {
	Reviewers, TeamReviewers, Assignees []string // sorted
	AutoMerge                           bool
}

// Run tests a forge that open returns fresh, once for each subtest.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	tests := []struct {
		name string
		run  func(t *testing.T, f Fixture)
	}{
		{"propose opens", testPropose},
		{"propose twice is one pull request", testProposeTwice},
		{"propose updates in place", testUpdate},
		{"another branch is another pull request", testOthers},
		{"the mark comes back", testMark},
		{"labels are added", testLabels},
		{"long text is cut", testLongText},
		{"what the forge lacks is noted", testLacking},
		{"reviewers are asked", testReviewers},
		{"teams are asked", testTeams},
		{"people are assigned", testAssignees},
		{"auto-merge", testAutoMerge},
		{"pages of files", testFilePages},
		{"proposals that make no sense", testBadProposals},
		{"hostile text", testHostileText},
		{"find", testFind},
		{"comment twice is one comment", testComment},
		{"marks", testMarks},
		{"close", testClose},
		{"merge", testMerge},
		{"unknown number", testUnknown},
		{"cancelled", testCancelled},
		{"propose at the same time", testConcurrently},
		{"check permissions", testCheck},
		{"status of a commit", testStatus},
		{"inspect commits", testInspect},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

// proposal is one to merge branch x into main.
func proposal() forge.Proposal {
	return forge.Proposal{Head: "x", Base: "main", Title: "Change things", Body: "Because.\n\n- one\n- two\n"}
}

func propose(t *testing.T, f Fixture, p forge.Proposal) forge.PullRequest {
	t.Helper()
	pr, err := f.Forge.Propose(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return pr
}

func list(t *testing.T, f Fixture) []forge.PullRequest {
	t.Helper()
	prs, err := f.Forge.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return prs
}

// same compares pull requests but for what forges choose.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(forge.PullRequest{}, "URL", "Author", "Notes"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
