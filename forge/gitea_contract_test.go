package forge_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/apitest"
	"github.com/lockstep-apiops/lockstep/forge/forgetest"
)

// TestRealGitea runs the contract against Gitea itself, below a path, and holds
// the requests against the description that it hands out.
func TestRealGitea(t *testing.T) {
	g := startGitea(t)
	g.populate(t)
	var repositories atomic.Int64
	forgetest.Run(t, func(t *testing.T) forgetest.Fixture {
		name := fmt.Sprintf("apis-%d", repositories.Add(1))
		return g.repository(t, name).fixture(g.open(t, "lock", name))
	})
}

// open opens a repository of the organisation with a user's token.
func (g *realGitea) open(t *testing.T, user, name string) forge.Forge {
	t.Helper()
	transport := &apitest.Transport{
		T: t, Description: g.api, Next: http.DefaultTransport, Prefixes: []string{"/git/api/v1"},
		Other:  func(path string) bool { return strings.Contains(path, "/git/refs/") }, // with slashes that it does not mention
		Broken: func(*http.Response) bool { return true },                              // it does not mention null in answers, either
	}
	f, err := forge.Open(forge.Config{
		Kind: "gitea", URL: g.Site + "/", Repo: "acme/" + name, Token: g.tokens[user], HTTP: &http.Client{Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A realRepository is one on a real Gitea.
type realRepository struct {
	*realGitea
	path     string // of the API
	branches map[string]bool
	pushes   int
}

func (g *realGitea) repository(t *testing.T, name string) *realRepository {
	t.Helper()
	g.Do(t, "root", "POST", "/orgs/acme/repos", object{"name": name, "private": true, "auto_init": true, "default_branch": "main"}, nil)
	r := &realRepository{realGitea: g, path: "/repos/acme/" + name, branches: map[string]bool{"main": true, "release": true}}
	g.Do(t, "root", "POST", r.path+"/branches", object{"new_branch_name": "release", "old_branch_name": "main"}, nil)
	g.Do(t, "root", "PUT", r.path+"/collaborators/lock", object{"permission": "admin"}, nil)
	return r
}

func (r *realRepository) fixture(f forge.Forge) forgetest.Fixture {
	return forgetest.Fixture{
		Forge: f, Push: r.push, Merge: r.merge, Comments: r.comments, Extras: r.extras,
		Head: r.head, Statuses: r.statuses, Approve: r.approve, Protect: r.protect,
		People: forgetest.People{Member: "rita", OtherMember: "rolf", Team: "core", Stranger: "stella"},
	}
}

// push adds a file to a branch, and waits until Gitea has seen that pull
// requests from the branch moved.
func (r *realRepository) push(t *testing.T, branch string) {
	t.Helper()
	r.pushes++
	file := object{"message": "change", "content": base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d", r.pushes)), "branch": branch}
	if !r.branches[branch] {
		file["branch"], file["new_branch"] = "main", branch
		r.branches[branch] = true
	}
	r.Do(t, "root", "POST", fmt.Sprintf("%s/contents/%s-%d", r.path, branch, r.pushes), file, nil)
	head := r.head(t, branch)
	for _, p := range r.pulls(t, branch) {
		r.Await(t, "head of pull request", func() bool {
			var refs []struct{ Object struct{ SHA string } }
			r.Do(t, "root", "GET", fmt.Sprintf("%s/git/refs/pull/%d/head", r.path, p), nil, &refs)
			return len(refs) == 1 && refs[0].Object.SHA == head
		})
	}
}

// pulls returns the numbers of the open pull requests from a branch.
func (r *realRepository) pulls(t *testing.T, branch string) (numbers []int) {
	t.Helper()
	var open []struct {
		Number int
		Head   struct{ Ref string }
	}
	r.Do(t, "root", "GET", r.path+"/pulls?state=open", nil, &open)
	for _, p := range open {
		if p.Head.Ref == branch {
			numbers = append(numbers, p.Number)
		}
	}
	return numbers
}

func (r *realRepository) merge(t *testing.T, pr forge.PullRequest) {
	t.Helper()
	path := fmt.Sprintf("%s/pulls/%d/merge", r.path, pr.Number)
	r.Await(t, "merge", func() bool {
		status, text := r.Try(t, "root", "POST", path, object{"Do": "merge", "force_merge": true}, nil)
		if status != http.StatusOK && !strings.Contains(text, "try again later") {
			t.Fatalf("merge: %d %s", status, text)
		}
		return status == http.StatusOK
	})
}

func (r *realRepository) comments(t *testing.T, number int) (bodies []string) {
	t.Helper()
	var all []struct{ Body string }
	r.Do(t, "root", "GET", fmt.Sprintf("%s/issues/%d/comments", r.path, number), nil, &all)
	for _, c := range all {
		bodies = append(bodies, withoutMark(c.Body))
	}
	return bodies
}

// extras counts as asked for a review who has not given one: a pull request
// itself goes on listing who has.
func (r *realRepository) extras(t *testing.T, number int) (x forgetest.Extras) {
	t.Helper()
	var p struct{ Assignees []struct{ Login string } }
	r.Do(t, "root", "GET", fmt.Sprintf("%s/pulls/%d", r.path, number), nil, &p)
	for _, a := range p.Assignees {
		x.Assignees = append(x.Assignees, a.Login)
	}
	var reviews []struct {
		State string
		User  *struct{ Login string }
		Team  *struct{ Name string }
	}
	r.Do(t, "root", "GET", fmt.Sprintf("%s/pulls/%d/reviews", r.path, number), nil, &reviews)
	for _, v := range reviews {
		switch {
		case v.State != "REQUEST_REVIEW":
		case v.Team != nil:
			x.TeamReviewers = append(x.TeamReviewers, v.Team.Name)
		default:
			x.Reviewers = append(x.Reviewers, v.User.Login)
		}
	}
	slices.Sort(x.Assignees)
	slices.Sort(x.Reviewers)
	var events []struct{ Type string }
	r.Do(t, "root", "GET", fmt.Sprintf("%s/issues/%d/timeline", r.path, number), nil, &events)
	x.AutoMerge = slices.ContainsFunc(events, func(e struct{ Type string }) bool { return e.Type == "pull_scheduled_merge" })
	return x
}

func (r *realRepository) head(t *testing.T, branch string) string {
	t.Helper()
	var b struct{ Commit struct{ ID string } }
	r.Do(t, "root", "GET", r.path+"/branches/"+branch, nil, &b)
	return b.Commit.ID
}

func (r *realRepository) statuses(t *testing.T, commit string) (all []forge.Status) {
	t.Helper()
	var combined struct {
		Statuses []struct {
			Context, Status, Description string
			URL                          string `json:"target_url"`
		}
	}
	r.Do(t, "root", "GET", r.path+"/commits/"+commit+"/status", nil, &combined)
	for _, s := range combined.Statuses {
		all = append(all, forge.Status{Context: s.Context, State: forge.State(s.Status), Description: s.Description, URL: s.URL})
	}
	return all
}

// approve lets who does not know the repository read it first. Nobody can
// approve what is their own.
func (r *realRepository) approve(t *testing.T, number int, user string) {
	t.Helper()
	if user == "stella" {
		r.Do(t, "root", "PUT", r.path+"/collaborators/stella", object{"permission": "read"}, nil)
	}
	status, text := r.Try(t, user, "POST", fmt.Sprintf("%s/pulls/%d/reviews", r.path, number), object{"event": "APPROVED", "body": "fine"}, nil)
	if status != http.StatusOK && user != "lock" {
		t.Fatalf("approve as %s: %d %s", user, status, text)
	}
}

func (r *realRepository) protect(t *testing.T, branch string) {
	t.Helper()
	r.Do(t, "root", "POST", r.path+"/branch_protections", object{"rule_name": branch, "required_approvals": 1, "enable_push": false}, nil)
}

// withoutMark returns a comment as people see it.
func withoutMark(body string) string {
	if strings.HasPrefix(body, "<!-- lockstep:") {
		_, body, _ = strings.Cut(body, "\n")
	}
	return body
}
