package forge

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/google/go-github/v62/github"
)

var _ Committer = (*gitHub)(nil)

const (
	// treeEntries and treeBytes are how much goes into one call that makes a
	// tree. What is more goes into the next, on top of it.
	treeEntries = 500
	treeBytes   = 4 << 20
	// inlineBytes is how long a file may be to go along with its tree.
	inlineBytes = 1 << 20
)

// Commit implements [Committer]. Trees and commits are made by REST: unlike the
// mutation that commits to a branch it knows executable files, several parents,
// and commits that take the place of others. The branch is moved by the mutation
// that compares.
func (g *gitHub) Commit(ctx context.Context, c Commit) (Committed, error) {
	tree, err := g.makeTree(ctx, c)
	if err != nil {
		return Committed{}, wrap(explain(err), "make tree")
	}
	if tree != c.Tree {
		return Committed{}, fmt.Errorf("make tree: GitHub made %s of it, and it must be %s", tree, c.Tree)
	}
	parents := make([]*github.Commit, 0, len(c.Parents))
	for _, p := range c.Parents {
		parents = append(parents, &github.Commit{SHA: &p})
	}
	// Without an author GitHub names the token's own, and signs for apps.
	ask := github.Commit{Message: &c.Message, Tree: &github.Tree{SHA: &tree}, Parents: parents}
	made, _, err := g.api.Git.CreateCommit(ctx, g.owner, g.name, &ask, nil)
	if err != nil {
		return Committed{}, wrap(explain(err), "make commit")
	}
	done := Committed{Hash: made.GetSHA(), Verified: made.GetVerification().GetVerified()}
	if err := g.moveBranch(ctx, c, done.Hash); err != nil {
		return Committed{}, wrap(err, "move branch %q", c.Branch)
	}
	return done, nil
}

// makeTree returns the tree that the files come to.
func (g *gitHub) makeTree(ctx context.Context, c Commit) (string, error) {
	tree := c.BaseTree
	var entries []*github.TreeEntry
	size := 0
	flush := func() error {
		made, _, err := g.api.Git.CreateTree(ctx, g.owner, g.name, tree, entries)
		if err != nil {
			return err
		}
		tree, entries, size = made.GetSHA(), nil, 0
		return nil
	}
	for _, f := range c.Files {
		e, err := g.treeEntry(ctx, f)
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.Path, err)
		}
		if len(entries) == treeEntries || len(entries) > 0 && size+len(e.GetContent()) > treeBytes {
			if err := flush(); err != nil {
				return "", err
			}
		}
		entries, size = append(entries, e), size+len(e.GetContent())
	}
	if len(entries) > 0 {
		if err := flush(); err != nil {
			return "", err
		}
	}
	return tree, nil
}

// treeEntry returns a file as one of a tree. One that is no text, or is long, is
// stored first.
func (g *gitHub) treeEntry(ctx context.Context, f File) (*github.TreeEntry, error) {
	mode := "100644"
	switch {
	case f.Executable:
		mode = "100755"
	case f.Link:
		mode = "120000"
	}
	e := &github.TreeEntry{Path: &f.Path, Mode: &mode, Type: github.String("blob")}
	switch {
	case f.Gone: // neither content nor hash
	case len(f.Content) <= inlineBytes && utf8.Valid(f.Content):
		e.Content = github.String(string(f.Content))
	default:
		text := base64.StdEncoding.EncodeToString(f.Content)
		blob, _, err := g.api.Git.CreateBlob(ctx, g.owner, g.name, &github.Blob{Content: &text, Encoding: github.String("base64")})
		if err != nil {
			return nil, err
		}
		e.SHA = blob.SHA
	}
	return e, nil
}

// updateRefs is the only call that moves a branch from where it must be.
const updateRefs = `mutation($repository: ID!, $name: GitRefname!, $before: GitObjectID!, $after: GitObjectID!) {
  updateRefs(input: {repositoryId: $repository, refUpdates: [{name: $name, beforeOid: $before, afterOid: $after, force: true}]}) { clientMutationId }
}`

// moveBranch moves the branch to a commit. If GitHub does not say that it did,
// it looks where the branch is: the words of refusals are not documented, and
// an answer may get lost.
func (g *gitHub) moveBranch(ctx context.Context, c Commit, to string) error {
	repo, _, err := g.api.Repositories.Get(ctx, g.owner, g.name)
	if err != nil {
		return explain(err)
	}
	before := c.From
	if before == "" {
		before = strings.Repeat("0", len(to))
	}
	said, err := g.mutate(ctx, updateRefs, map[string]string{
		"repository": repo.GetNodeID(), "name": "refs/heads/" + c.Branch, "before": before, "after": to,
	})
	if err == nil && said == "" {
		return nil
	}
	if err != nil && !isUnsure(ctx, err) {
		return explain(err)
	}
	failure := err
	if said != "" {
		failure = &apiError{"GitHub refuses: " + said, nil}
	}
	at, err := g.branchAt(ctx, c.Branch)
	switch {
	case err != nil:
		return errors.Join(explain(failure), err)
	case at == to:
		return nil
	case at != c.From:
		return fmt.Errorf("%w: it was expected at %.10q and is at %.10q (%w)", ErrMoved, c.From, at, explain(failure))
	}
	return explain(failure)
}

// branchAt returns the commit that a branch is at, "" if there is none.
func (g *gitHub) branchAt(ctx context.Context, name string) (string, error) {
	ref, _, err := g.api.Git.GetRef(ctx, g.owner, g.name, "heads/"+name)
	if statusOf(err) == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", explain(err)
	}
	return ref.GetObject().GetSHA(), nil
}

// mutate calls the GraphQL API, and returns what it says is wrong.
func (g *gitHub) mutate(ctx context.Context, mutation string, variables map[string]string) (wrong string, err error) {
	var answer struct {
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	path := "graphql"
	if strings.HasSuffix(g.api.BaseURL.Path, "/v3/") {
		path = "../graphql" // Enterprise Server has it beside the REST API
	}
	req, err := g.api.NewRequest(http.MethodPost, path, map[string]any{"query": mutation, "variables": variables})
	if err != nil {
		return "", err
	}
	if _, err := g.api.Do(ctx, req, &answer); err != nil || len(answer.Errors) == 0 {
		return "", err
	}
	var all []string
	for _, e := range answer.Errors {
		all = append(all, e.Message)
	}
	return cutLine(cleanLine(strings.Join(all, "; ")+" "), 1000), nil
}
