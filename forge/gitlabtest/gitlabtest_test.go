package gitlabtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/gitlabtest"
)

// TestRefuses checks that the server takes nothing that GitLab's API does not
// have, and none of the wrong type: else a mistake in the driver would not show.
func TestRefuses(t *testing.T) {
	t.Parallel()
	const good = `"title": "t", "source_branch": "x", "target_branch": "main"`
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string // in the body
	}{
		{"good", "POST", "merge_requests", `{` + good + `, "reviewer_ids": [1], "squash": false}`, 201, `"iid":1`},
		{"misspelt", "POST", "merge_requests", `{` + good + `, "titel": "d"}`, 400, "titel is no parameter"},
		{"missing", "POST", "merge_requests", `{"title": "t", "source_branch": "x"}`, 400, "target_branch is missing"},
		{"number as text", "POST", "merge_requests", `{` + good + `, "reviewer_ids": ["rita"]}`, 400, "reviewer_ids is invalid"},
		{"text as list", "POST", "merge_requests", `{` + good + `, "labels": ["a"]}`, 400, "labels is invalid"},
		{"truth as text", "POST", "merge_requests", `{` + good + `, "squash": "yes"}`, 400, "squash is invalid"},
		{"no document", "POST", "merge_requests", `[]`, 400, "not a JSON object"},
		{"value", "GET", "merge_requests?state=open", "", 400, "state is invalid"},
		{"query misspelt", "GET", "merge_requests?source=x", "", 400, "source is no parameter"},
		{"page", "GET", "merge_requests?page=two", "", 400, "page is invalid"},
		{"status", "POST", "statuses/0", `{"state": "error"}`, 400, "state is invalid"},
		{"no such call", "PATCH", "merge_requests/1", `{}`, 404, "404"},
		{"of another project", "GET", "../acme%2Fother/merge_requests", "", 404, "404 Project Not Found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := gitlabtest.New(gitlabtest.Project{Path: "acme/apis", Private: true}, map[string]gitlabtest.User{"lock": {Level: gitlabtest.Developer}},
				map[string]gitlabtest.Token{"t": {Username: "lock", Scopes: []string{"api"}}})
			url := "https://gitlab.com/api/v4/projects/acme%2Fapis/" + tt.path
			url = strings.ReplaceAll(url, "acme%2Fapis/../", "")
			r, err := http.NewRequestWithContext(t.Context(), tt.method, url, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("PRIVATE-TOKEN", "t")
			resp, err := s.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("got %d %s, %v; want %d %s", resp.StatusCode, body, err, tt.status, tt.want)
			}
		})
	}
}
