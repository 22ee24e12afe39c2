package forge

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/xanzy/go-gitlab"
)

// gitlabStates are GitLab's words for the states of a status. It has none for
// work that could not be done.
var gitlabStates = map[State]gitlab.BuildStateValue{
	Pending: gitlab.Pending, Success: gitlab.Success, Failure: gitlab.Failed, Broken: gitlab.Failed,
}

// noTransition matches how GitLab refuses a state, and finds the one that the
// status is in.
var noTransition = regexp.MustCompile(`Cannot transition status via :\w+ from :(\w+)`)

// SetStatus implements [StatusSetter].
func (g *gitLab) SetStatus(ctx context.Context, commit string, s Status) error {
	if err := s.check(commit); err != nil {
		return fmt.Errorf("set status of commit %q: %w", commit, err)
	}
	o := gitlab.SetCommitStatusOptions{
		State: gitlabStates[s.State], Name: &s.Context, TargetURL: &s.URL,
		Description: gitlab.Ptr(cutLine(cleanLine(s.Description), gitlabStatus)),
	}
	_, _, err := g.api.Commits.SetCommitStatus(g.repo, commit, &o, gitlab.WithContext(ctx))
	err = heard(err)
	if a := answerOf(err); a.status == http.StatusBadRequest && stands(a.says(), o.State) {
		return nil
	}
	return wrap(g.explain(ctx, err), "set status of commit %.12s", commit)
}

// stands reports whether a refusal says that a status is what it was to be made.
// Work that runs is pending, too.
func stands(refusal string, state gitlab.BuildStateValue) bool {
	m := noTransition.FindStringSubmatch(refusal)
	return m != nil && (m[1] == string(state) || state == gitlab.Pending && m[1] == string(gitlab.Running))
}

// Inspect implements [Inspector].
func (g *gitLab) Inspect(ctx context.Context, commit, branch string) (Inspection, error) {
	return inspect[gitlab.MergeRequest](ctx, g, commit, branch)
}

func (*gitLab) pullRequest(mr *gitlab.MergeRequest) PullRequest { return fromGitLab(mr) }

// inspectCommit asks for the commit, too: GitLab has no signature for an
// unsigned one, as for one that is not there.
func (g *gitLab) inspectCommit(ctx context.Context, in *Inspection, commit string) error {
	var signature struct {
		Verdict string `json:"verification_status"`
	}
	path := "repository/commits/" + commit
	_, err := g.call(ctx, http.MethodGet, path+"/signature", nil, &signature)
	if answerOf(err).status == http.StatusNotFound {
		_, err = g.call(ctx, http.MethodGet, path, nil, nil)
		if err == nil {
			in.Verified, in.Reason = No, "unsigned"
		}
	}
	if err != nil {
		return g.unlessUnseen(ctx, err)
	}
	switch verdict := signature.Verdict; {
	case verdict == "":
	case slices.Contains([]string{"verified", "verified_system", "verified_ca"}, verdict):
		in.Verified, in.Reason = Yes, verdict
	default:
		in.Verified, in.Reason = No, verdict
	}
	return nil
}

// unlessUnseen explains an error, but for what the token may not see.
func (g *gitLab) unlessUnseen(ctx context.Context, err error) error {
	if answerOf(err).unseen() {
		return nil
	}
	return g.explain(ctx, err)
}

// inspectBranch takes a branch that all developers may push to for open.
func (g *gitLab) inspectBranch(ctx context.Context, in *Inspection, branch string) error {
	b, _, err := g.api.Branches.GetBranch(g.repo, branch, gitlab.WithContext(ctx))
	if err != nil {
		return g.unlessUnseen(ctx, heard(err))
	}
	in.Protected = No
	if b.Protected && !b.DevelopersCanPush {
		in.Protected = Yes
	}
	return nil
}

// pullOf returns the merge request that was merged into a branch as a commit.
func (g *gitLab) pullOf(ctx context.Context, commit, branch string) (mr *gitlab.MergeRequest, known bool, err error) {
	o := gitlab.ListOptions{PerPage: 100}
	for {
		var page []*gitlab.MergeRequest
		resp, err := g.call(ctx, http.MethodGet, "repository/commits/"+commit+"/merge_requests", o, &page)
		if err != nil {
			return nil, false, g.unlessUnseen(ctx, err)
		}
		for _, mr := range page {
			// By fast-forward there is no commit but the last of the branch.
			as := cmp.Or(mr.MergeCommitSHA, mr.SquashCommitSHA, mr.SHA)
			if mr.State == "merged" && as == commit && mr.TargetBranch == branch {
				return mr, true, nil
			}
		}
		if resp.NextPage == 0 {
			return nil, true, nil
		}
		o.Page = resp.NextPage
	}
}

// A gitlabApproval is one as GitLab tells it. Older servers do not tell when it
// was given.
type gitlabApproval struct {
	User gitlab.BasicUser `json:"user"`
	At   *time.Time       `json:"approved_at"`
}

// approvals returns who has approved the last state. GitLab does not say which
// state an approval is of: what can not be found out does not count.
func (g *gitLab) approvals(ctx context.Context, mr *gitlab.MergeRequest) ([]Approval, error) {
	var all struct {
		By []gitlabApproval `json:"approved_by"`
	}
	_, err := g.call(ctx, http.MethodGet, fmt.Sprintf("merge_requests/%d/approvals", mr.IID), nil, &all)
	if err != nil || len(all.By) == 0 {
		return nil, g.unlessUnseen(ctx, err)
	}
	fresh, err := g.freshness(ctx, mr)
	if err != nil {
		return nil, err
	}
	var approvals []Approval
	for _, a := range all.By {
		if !fresh(a) || a.User.Username == "" || mr.Author == nil || a.User.ID == mr.Author.ID {
			continue
		}
		bot, err := g.isBot(ctx, a.User)
		if err != nil {
			return nil, err
		}
		if bot {
			continue
		}
		level, known, err := g.level(ctx, a.User.ID)
		if err != nil {
			return nil, err
		}
		may := known
		if known == Yes && level < gitlab.DeveloperPermissions {
			may = No
		}
		approvals = append(approvals, Approval{User: a.User.Username, MayWrite: may})
	}
	slices.SortFunc(approvals, func(a, b Approval) int { return strings.Compare(a.User, b.User) })
	return approvals, nil
}

// freshness returns what tells whether an approval is of the last state: all
// are, if nothing was pushed after the opening, or the project takes approvals
// back at a push. Else it goes by time, if GitLab tells that.
func (g *gitLab) freshness(ctx context.Context, mr *gitlab.MergeRequest) (func(gitlabApproval) bool, error) {
	always := func(gitlabApproval) bool { return true }
	var versions []struct {
		Created time.Time `json:"created_at"`
	}
	path := fmt.Sprintf("merge_requests/%d/versions", mr.IID)
	_, err := g.call(ctx, http.MethodGet, path, gitlab.ListOptions{PerPage: 100}, &versions)
	if err := g.unlessUnseen(ctx, err); err != nil {
		return nil, err
	}
	if len(versions) == 1 {
		return always, nil
	}
	var settings struct {
		Reset bool `json:"reset_approvals_on_push"`
	}
	_, err = g.call(ctx, http.MethodGet, "approvals", nil, &settings)
	if err := g.unlessUnseen(ctx, err); err != nil {
		return nil, err
	}
	if settings.Reset {
		return always, nil
	}
	var last time.Time
	for _, v := range versions {
		if v.Created.After(last) {
			last = v.Created
		}
	}
	return func(a gitlabApproval) bool { return a.At != nil && !last.IsZero() && a.At.After(last) }, nil
}

// botName matches the users that GitLab makes for tokens of projects and groups.
var botName = regexp.MustCompile(`^(project|group)_\d+_bot`)

// isBot reports whether a user is a program.
func (g *gitLab) isBot(ctx context.Context, u gitlab.BasicUser) (bool, error) {
	if botName.MatchString(u.Username) {
		return true, nil
	}
	full, _, err := g.api.Users.GetUser(u.ID, gitlab.GetUsersOptions{}, gitlab.WithContext(ctx))
	if err != nil {
		return false, g.unlessUnseen(ctx, heard(err))
	}
	return full.Bot, nil
}
