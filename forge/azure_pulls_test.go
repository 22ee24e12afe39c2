package forge_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/azuretest"
)

// TestAzureWritesLittle checks that a run which changes nothing writes nothing.
func TestAzureWritesLittle(t *testing.T) {
	t.Parallel()
	s := newAzure()
	f := openAzure(t, s, forge.Config{Token: personal})
	s.Push("x")
	s.Protect("main", azuretest.MinimumReviewers)
	p := simple
	p.Labels, p.Reviewers, p.TeamReviewers, p.AutoMerge = []string{"drift"}, []string{rita}, []string{"core"}, forge.MergeCommit
	p.Mark = forge.Mark{ID: "apim/contoso", Tree: "t1"}
	p.Body = strings.Repeat("A line of the body.\n", 500)
	pr := mustPropose(t, f, p)
	if err := f.Comment(t.Context(), pr.Number, "plan", "same"); err != nil {
		t.Fatal(err)
	}
	s.Calls()
	mustPropose(t, f, p)
	if err := f.Comment(t.Context(), pr.Number, "plan", "same"); err != nil {
		t.Fatal(err)
	}
	if got := azuretest.Writes(s.Calls()); len(got) != 0 {
		t.Errorf("the same again: got %q, want no writes", got)
	}
	s.StopAutoComplete(pr.Number)
	p.Mark.Tree = "t2"
	mustPropose(t, f, p)
	path := "PATCH /acme/Api%20Platform/_apis/git/repositories/apis/pullRequests/1"
	if got := azuretest.Writes(s.Calls()); !slices.Equal(got, []string{path, path}) {
		t.Errorf("another tree, and auto-complete switched off: got %q, want %q twice", got, path)
	}
	if got := s.Pull(pr.Number).AutoComplete; got != "noFastForward" {
		t.Errorf("auto-complete: got %q, want it on again", got)
	}
}

// TestAzureLongBodies creates and updates with bodies about the limit.
func TestAzureLongBodies(t *testing.T) {
	t.Parallel()
	limit := openAzure(t, newAzure(), forge.Config{Token: personal}).Abilities().BodyLimit
	tests := []struct {
		name, body string
		fits       bool
	}{
		{"just fits", strings.Repeat("x", limit), true},
		{"one more", strings.Repeat("x", limit+1), false},
		{"as characters it would fit", strings.Repeat("名", 3900), false},
		{"pairs of units", strings.Repeat("🚀", 3999), false},
		{"many lines", strings.Repeat("| 1 | 名前 🚀 |\n", 10000), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, step := range []string{"create", "update"} {
				s := newAzure()
				f := openAzure(t, s, forge.Config{Token: personal})
				s.Push("x")
				if step == "update" {
					mustPropose(t, f, simple)
				}
				long := simple
				long.Body, long.Mark = tt.body, forge.Mark{ID: strings.Repeat("m", 990)}
				pr := mustPropose(t, f, long)
				stored := s.Pull(pr.Number).Description
				if n := len(utf16.Encode([]rune(stored))); n > 4000 {
					t.Fatalf("%s: got %d units, want 4,000 at most", step, n)
				}
				if whole := strings.HasSuffix(stored, "\n"+tt.body); whole != tt.fits || strings.Contains(stored, "The rest is left out") == tt.fits {
					t.Errorf("%s: got %q at the end; want all of it: %t", step, stored[len(stored)-100:], tt.fits)
				}
			}
		})
	}
}

// TestAzureListsWhole reads on where lists show the start of bodies.
func TestAzureListsWhole(t *testing.T) {
	t.Parallel()
	s := newAzure()
	f := openAzure(t, s, forge.Config{Token: personal})
	s.Push("x")
	p := simple
	p.Body, p.Mark = strings.Repeat("A line.\n", 200), forge.Mark{ID: "apim/contoso", Run: strings.Repeat("r", 500), Tree: "t"}
	pr := mustPropose(t, f, p)
	pr.New = false
	found, ok, err := f.Find(t.Context(), "x", "main")
	if err != nil || !ok {
		t.Fatalf("find: got %t, %v", ok, err)
	}
	all, err := f.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]forge.PullRequest{pr, pr}, append(all, found)); diff != "" {
		t.Errorf("listed and found (-want +got):\n%s", diff)
	}
	if want := s.URL() + "/Api%20Platform/_git/apis/pullrequest/1"; pr.URL != want || pr.Author != "lock@acme.example" {
		t.Errorf("got URL %s and author %s, want %s", pr.URL, pr.Author, want)
	}
}

func TestAzureForks(t *testing.T) {
	t.Parallel()
	s := newAzure()
	f := openAzure(t, s, forge.Config{Token: personal})
	for range 150 {
		s.FromFork("x", "main")
	}
	if pr, ok, err := f.Find(t.Context(), "x", "main"); ok || err != nil {
		t.Errorf("find: got %+v, %v; want none", pr, err)
	}
	s.Push("x")
	if pr := mustPropose(t, f, simple); !pr.New || pr.Number != 151 {
		t.Errorf("propose: got number %d, new = %t; want one of our own", pr.Number, pr.New)
	}
	for range 150 {
		s.FromFork("x", "main")
	}
	if pr := mustPropose(t, f, simple); pr.New || pr.Number != 151 {
		t.Errorf("propose again: got number %d, new = %t; want ours, from behind the others", pr.Number, pr.New)
	}
	if all, err := f.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("list: got %v, %v; want ours alone", all, err)
	}
}

// closing counts the bodies of answers that are not closed.
type closing struct {
	next http.RoundTripper
	open atomic.Int64
}

func (c *closing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err == nil {
		c.open.Add(1)
		resp.Body = &counted{resp.Body, sync.OnceFunc(func() { c.open.Add(-1) })}
	}
	return resp, err
}

type counted struct {
	io.ReadCloser
	done func()
}

func (c *counted) Close() error {
	c.done()
	return c.ReadCloser.Close()
}

// TestAzureClosesBodies checks that no answer keeps its connection, and its place
// among those that a client has at once: the SDK forgets some.
func TestAzureClosesBodies(t *testing.T) {
	t.Parallel()
	s := newAzure()
	c := &closing{next: s}
	f, err := forge.Open(forge.Config{Kind: "azure", URL: s.URL(), Repo: "Api Platform/apis", Token: personal, HTTP: &http.Client{Transport: c}})
	if err != nil {
		t.Fatal(err)
	}
	s.Push("x")
	p := simple
	p.Reviewers, p.TeamReviewers, p.Labels, p.AutoMerge = []string{rita, stella}, []string{"core"}, []string{"a", "a,b"}, forge.Squash
	n := mustPropose(t, f, p).Number
	for range 2 {
		s.Say(n, "lock@acme.example", "<!-- lockstep:plan -->\nold")
	}
	for _, status := range []int{404, 302, 203, 500, 401} {
		s.Fail(azuretest.Fault{Path: "/threads", Status: status, Header: http.Header{"Location": {"/_signin"}}})
		if err := f.Comment(t.Context(), n, "plan", "new"); err == nil {
			t.Errorf("answer %d: got no error", status)
		}
	}
	s.Fail(azuretest.Fault{Method: "DELETE", Path: "/comments/1", Status: 404})
	for range 2 {
		if err := f.Comment(t.Context(), n, "plan", "new"); err != nil {
			t.Error(err)
		}
	}
	if got := s.Comments(n); len(got) != 1 {
		t.Errorf("comments: got %q, want one", got)
	}
	if got := c.open.Load(); got != 0 {
		t.Errorf("bodies: got %d that are open, want none", got)
	}
}

func TestAzureComments(t *testing.T) {
	t.Parallel()
	const mark, me = "<!-- lockstep:plan -->\n", "lock@acme.example"
	tests := []struct {
		name   string
		before [][2]string // user and text
		fault  azuretest.Fault
		want   []string
	}{
		{"somebody quotes the mark", [][2]string{{rita, mark + "mine"}}, azuretest.Fault{}, []string{mark + "mine", mark + "new"}},
		{"twins", [][2]string{{me, mark + "one"}, {rita, "hm"}, {me, mark + "two"}}, azuretest.Fault{}, []string{mark + "new", "hm"}},
		{"other mark", [][2]string{{me, "<!-- lockstep:plan/b -->\nb"}}, azuretest.Fault{}, []string{"<!-- lockstep:plan/b -->\nb", mark + "new"}},
		{"mark further down", [][2]string{{me, "see\n" + mark}}, azuretest.Fault{}, []string{"see\n" + mark, mark + "new"}},
		{"edited on the web", [][2]string{{me, "<!-- lockstep:plan -->\r\nold"}}, azuretest.Fault{}, []string{mark + "new"}},
		{"equal", [][2]string{{me, "<!-- lockstep:plan -->\r\nnew\r\n"}}, azuretest.Fault{}, []string{"<!-- lockstep:plan -->\r\nnew\r\n"}},
		{
			"not told who we are",
			[][2]string{{"lock@acme.example", mark + "old"}},
			azuretest.Fault{Path: "/connectiondata", Status: 403, Body: `{"message":"no"}`},
			[]string{mark + "new"},
		},
		{
			"deleted in between",
			[][2]string{{me, mark + "old"}},
			azuretest.Fault{Method: "PATCH", Path: "/comments/1", Status: 404, Body: `{"message":"gone","typeKey":"DiscussionCommentNotFoundException"}`},
			[]string{mark + "old", mark + "new"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newAzure()
			f := openAzure(t, s, forge.Config{Token: personal})
			s.Push("x")
			n := mustPropose(t, f, simple).Number
			for _, c := range tt.before {
				s.Say(n, c[0], c[1])
			}
			if tt.fault.Status != 0 {
				s.Fail(tt.fault)
			}
			if err := f.Comment(t.Context(), n, "plan", "new"); err != nil {
				t.Fatal(err)
			}
			if got := s.Comments(n); !slices.Equal(got, tt.want) {
				t.Errorf("comments: got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAzureThrottledIdentity checks that a program which may not ask who it is
// just now does not take others' comments for its own.
func TestAzureThrottledIdentity(t *testing.T) {
	t.Parallel()
	s := newAzure()
	f := openAzure(t, s, forge.Config{Token: personal})
	s.Push("x")
	n := mustPropose(t, f, simple).Number
	s.Say(n, rita, "<!-- lockstep:plan -->\nmine")
	s.Fail(azuretest.Fault{Path: "/connectiondata", Status: 429})
	if err := f.Comment(t.Context(), n, "plan", "new"); err == nil {
		t.Error("throttled: got no error")
	}
	if got := s.Comments(n); len(got) != 1 {
		t.Errorf("comments: got %q, want one as before", got)
	}
}

// TestAzureExtrasRefused checks that a label, a person and a draft that are
// refused do not stop a run.
func TestAzureExtrasRefused(t *testing.T) {
	t.Parallel()
	s := newAzure()
	f := openAzure(t, s, forge.Config{Token: personal})
	s.Push("x")
	s.Fail(azuretest.Fault{Method: "PUT", Status: 403, Body: `{"message":"nobody"}`})
	p := simple
	p.Labels, p.Reviewers, p.Draft, p.Title = []string{"a,b", "drift"}, []string{rita}, true, strings.Repeat("名", 500)
	pr := mustPropose(t, f, p)
	notes := strings.Join(pr.Notes, "\n")
	if len(pr.Notes) != 2 || !strings.Contains(notes, "label a,b is not added") || !strings.Contains(notes, rita+" is not asked for a review") {
		t.Errorf("notes: got %q", pr.Notes)
	}
	if !pr.Draft || !slices.Equal(pr.Labels, []string{"drift"}) || !strings.HasSuffix(pr.Title, "名…") {
		t.Errorf("got draft = %t, labels %q, title %q", pr.Draft, pr.Labels, pr.Title)
	}
}

// TestAzureStatusOfPulls checks that policies see the status of what is open.
func TestAzureStatusOfPulls(t *testing.T) {
	t.Parallel()
	s := newAzure()
	f := openAzure(t, s, forge.Config{Token: personal, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	s.Push("x")
	old := s.Head("x")
	n := mustPropose(t, f, simple).Number
	s.Push("x")
	set := f.(forge.StatusSetter)
	for _, commit := range []string{old, s.Head("x")} {
		if err := set.SetStatus(t.Context(), commit, forge.Status{Context: "lockstep/plan", State: forge.Success}); err != nil {
			t.Fatal(err)
		}
	}
	want := []azuretest.Status{{Genre: "lockstep", Name: "plan", State: "succeeded", Iteration: 2}}
	if diff := cmp.Diff(want, s.Pull(n).Statuses); diff != "" {
		t.Errorf("statuses of the pull request (-want +got):\n%s", diff)
	}
	if err := set.SetStatus(t.Context(), old, forge.Status{Context: "/odd/", State: forge.Broken, URL: "https://ci.example.com"}); err != nil {
		t.Error(err)
	}
	s.Fail(azuretest.Fault{Method: "POST", Path: "/pullrequests/1/statuses", Status: 500})
	if err := set.SetStatus(t.Context(), s.Head("x"), forge.Status{Context: "x", State: forge.Failure}); err == nil || !strings.Contains(err.Error(), "pull request 1") {
		t.Errorf("status that is not kept: got %v, want an error", err)
	}
}
