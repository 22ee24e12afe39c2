package forge

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"
)

// enableAutoMerge is a mutation: REST has no call for it.
const enableAutoMerge = `mutation($id: ID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method}) { clientMutationId }
}`

// autoMerge switches auto-merge on, if it is not. GitHub switches it off when
// somebody who may not write pushes to the branch.
func (g *gitHub) autoMerge(ctx context.Context, p Proposal, pull *github.PullRequest) ([]string, error) {
	if p.AutoMerge == "" || pull.AutoMerge != nil {
		return nil, nil
	}
	ask := map[string]any{"query": enableAutoMerge, "variables": map[string]string{
		"id": pull.GetNodeID(), "method": strings.ToUpper(string(p.AutoMerge)),
	}}
	var answer struct {
		Errors []struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	path := "graphql"
	if strings.HasSuffix(g.api.BaseURL.Path, "/v3/") {
		path = "../graphql" // Enterprise Server has it beside the REST API
	}
	err := g.settle(ctx, pull.GetNumber(), func() error {
		req, err := g.api.NewRequest(http.MethodPost, path, ask)
		if err != nil {
			return err
		}
		_, err = g.api.Do(ctx, req, &answer)
		return err
	})
	if err != nil || len(answer.Errors) == 0 {
		return note(err, "it is not merged by itself")
	}
	why := answer.Errors[0]
	switch {
	case strings.Contains(why.Message, "clean status"):
		return []string{"it is not merged by itself: nothing is required of it; protect " + p.Base + ", or merge it"}, nil
	case strings.Contains(why.Message, "not allowed for this repository"):
		return []string{"it is not merged by itself: allow auto-merge in the settings of the repository"}, nil
	}
	return []string{"it is not merged by itself: " + cutLine(cleanLine(cmp.Or(why.Message, why.Type)), 300)}, nil
}
