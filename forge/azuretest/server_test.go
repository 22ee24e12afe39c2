package azuretest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/azuretest"
)

// TestRefuses checks what the driver never sends, so that it is noticed when it
// does.
func TestRefuses(t *testing.T) {
	t.Parallel()
	const pulls = "/acme/P/_apis/git/repositories/r/pullRequests"
	const good = `{"sourceRefName":"refs/heads/x","targetRefName":"refs/heads/main","title":"T"}`
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string // in the answer
	}{
		{"in order", "POST", pulls, good, 201, `"pullRequestId":2`},
		{"other letters", "GET", strings.ToUpper(pulls), "", 200, `"count":1`},
		{"twice", "POST", pulls, strings.Replace(good, "/x", "/y", 1), 409, "TF401179"},
		{"misspelt attribute", "POST", pulls, `{"sourceRef":"refs/heads/x"}`, 400, "GitPullRequest has no attribute sourceRef"},
		{"misspelt, further in", "PATCH", pulls + "/1", `{"completionOptions":{"strategy":"squash"}}`, 400, "has no attribute strategy"},
		{"wrong type", "POST", pulls, `{"isDraft":"yes"}`, 400, "isDraft: yes is not of type bool"},
		{"wrong number", "PUT", pulls + "/1/reviewers/1", `{"vote":1.5}`, 400, "vote: 1.5 is not of type int"},
		{"no list", "POST", pulls + "/1/threads", `{"comments":{}}`, 400, "comments is not a list"},
		{"no object", "POST", pulls + "/1/threads", `{"comments":["x"]}`, 400, "comments[0] is not an object"},
		{"unknown value", "POST", pulls + "/1/threads", `{"status":"resolved"}`, 400, "resolved is not of type CommentThreadStatus"},
		{"unknown strategy", "PATCH", pulls + "/1", `{"completionOptions":{"mergeStrategy":"merge"}}`, 400, "merge is not of type GitPullRequestMergeStrategy"},
		{"no change", "PATCH", pulls + "/1", `{"sourceRefName":"refs/heads/z"}`, 400, "sourceRefName can not be changed"},
		{"unknown parameter", "GET", pulls + "?state=open", "", 400, "no parameter state"},
		{"short branch", "POST", pulls, `{"sourceRefName":"x","targetRefName":"main","title":"T"}`, 400, "full names"},
		{"long description", "PATCH", pulls + "/1", `{"description":"` + strings.Repeat("x", 4001) + `"}`, 400, "longer than 4000"},
		{"long in units", "PATCH", pulls + "/1", `{"description":"` + strings.Repeat("🚀", 2001) + `"}`, 400, "longer than 4000"},
		{"long title", "PATCH", pulls + "/1", `{"title":"` + strings.Repeat("x", 401) + `"}`, 400, "longer than 400"},
		{"long comment", "POST", pulls + "/1/threads", `{"comments":[{"content":"` + strings.Repeat("x", 150001) + `"}]}`, 400, "150000"},
		{"somebody else's vote", "PUT", pulls + "/1/reviewers/me", `{"id":"you"}`, 400, "InvalidArgument"},
		{"no pull request", "GET", pulls + "/9", "", 404, "TF401180"},
		{"no repository", "GET", "/acme/P/_apis/git/repositories/other", "", 404, "TF401019"},
		{"no project", "GET", "/acme/Q/_apis/git/repositories/r", "", 404, "TF200016"},
		{"no organisation", "GET", "/other/_apis/connectionData", "", 404, ""},
		{"no such place", "GET", "/acme/_apis/nothing", "", 404, "controller"},
		{"no such call", "DELETE", pulls + "/1", "", 405, "http method"},
		{"no JSON", "POST", pulls, "{", 400, "not valid JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := azuretest.New(azuretest.Repository{Project: "P", Name: "r"}, map[string]azuretest.User{"me": {}}, map[string]azuretest.Token{"t": {User: "me"}})
			s.Push("x")
			s.Push("y")
			ask := func(method, path, body string) (int, string) {
				t.Helper()
				host, _, _ := strings.Cut(strings.TrimPrefix(s.URL(), "https://"), "/")
				r, err := http.NewRequestWithContext(t.Context(), method, "https://"+host+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.SetBasicAuth("", "t")
				r.Header.Set("Accept", "application/json;api-version=7.1")
				resp, err := s.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				return resp.StatusCode, string(text)
			}
			if status, text := ask("POST", pulls, strings.Replace(good, "/x", "/y", 1)); status != 201 {
				t.Fatalf("first: got %d %s", status, text)
			}
			if status, text := ask(tt.method, tt.path, tt.body); status != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("got %d %.300s, want %d %q", status, text, tt.status, tt.want)
			}
		})
	}
}
