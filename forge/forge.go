// Package forge proposes changes on the sites that host git repositories.
//
// A forge keeps pull requests; it knows nothing of what is in the branches, and
// pushing them is not its business. Each forge is one file here, and open.go
// lists them. What they promise is written at [Forge] and checked for each by
// package forgetest.
package forge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A Forge keeps the pull requests of one repository. Its methods may be called
// from several goroutines at once, and from several processes. What only some
// forges can do is in [Abilities], and in the interfaces [Checker],
// [StatusSetter] and [Inspector].
type Forge interface {
	// Abilities tells what this forge can do. It makes no call.
	Abilities() Abilities

	// Propose opens a pull request, or brings the open one for the same
	// head and base up to date. It never opens a second: one that a failed
	// call has opened after all is found. It replaces title, body and mark,
	// and adds labels and people; whether it is a draft is up to people once
	// it is open. A pull request that is merged or closed stays as it is.
	//
	// It fails if the pull request does not say what was proposed. Labels,
	// people, draft and auto-merge are extras: if the forge lacks or refuses
	// one, the rest is done and the Notes say what is missing.
	Propose(ctx context.Context, p Proposal) (PullRequest, error)

	// Find returns the open pull request for head and base, if there is one.
	Find(ctx context.Context, head, base string) (PullRequest, bool, error)

	// Close closes a pull request unmerged and says why in a comment, unless
	// that is "". One that is closed already stays as it is.
	Close(ctx context.Context, number int, comment string) error

	// Comment writes body on a pull request, in place of the comment it
	// wrote before under the same mark; the same body again writes nothing.
	// A mark does not show. It is made of letters, digits, ".", "-", "_" and
	// "/".
	Comment(ctx context.Context, number int, mark, body string) error

	// List returns the pull requests from branches of the repository itself,
	// open or not, the newest first. Those from forks are somebody else's.
	List(ctx context.Context) ([]PullRequest, error)
}

// Abilities is what a forge can do of a [Proposal], as data.
type Abilities struct {
	// BodyLimit is how many bytes a body or comment may have; 0: any number.
	// A forge cuts what is longer. What forges count as characters is never
	// more than bytes.
	BodyLimit int
	// CommentLimit is the same for comments; 0: they may have as many as
	// bodies.
	CommentLimit int
	// Mermaid says that it draws graphs in that language where they stand in
	// bodies and comments.
	Mermaid bool
	// FilePage is the address of the page that shows a file of a branch, with
	// {branch} and {path} in place of those; "" if there is none. See
	// [Abilities.FileURL].
	FilePage string

	Draft         bool
	Reviewers     bool
	TeamReviewers bool
	Assignees     bool
	AutoMerge     bool
}

// A Proposal is a pushed branch and why it should be merged.
type Proposal struct {
	Head, Base string // branches, by their short names
	// Title is one line: white space and control characters become single
	// blanks.
	Title string
	// Body is Markdown. A forge that limits its length cuts it and says so.
	Body string
	Mark Mark

	Labels        []string
	Reviewers     []string // user names; who wrote the pull request is left out
	TeamReviewers []string // names of teams, without the organisation
	Assignees     []string
	Draft         bool
	// AutoMerge has the forge merge once all that it requires is there; ""
	// leaves that to people. It is switched on again by every Propose. A
	// forge that requires nothing does not merge: somebody should look.
	AutoMerge MergeMethod
}

// A MergeMethod is how a forge merges.
type MergeMethod string

// The ways to merge.
const (
	MergeCommit MergeMethod = "merge"
	Squash      MergeMethod = "squash"
	Rebase      MergeMethod = "rebase"
)

// The states of a pull request.
const (
	StateOpen   = "open"
	StateMerged = "merged"
	StateClosed = "closed"
)

// A PullRequest is what forges call pull or merge requests.
type PullRequest struct {
	Number      int
	URL         string // where people see it
	Head, Base  string
	Title, Body string
	Mark        Mark
	Author      string   // user name; "" if the forge knows none
	Labels      []string // sorted
	Draft       bool
	State       string   // StateOpen, StateMerged or StateClosed
	New         bool     // opened by this call
	Notes       []string // by Propose: what was asked for and is not so, a sentence each
}

// ErrNotFound means that there is no pull request of that number.
var ErrNotFound = errors.New("no such pull request")

// ErrDenied means that the forge refuses because of who asks: the token is not
// valid, or lacks a permission that the error names.
var ErrDenied = errors.New("not permitted")

// clean returns the proposal as every forge can hold it, or says what is wrong.
func (p Proposal) clean() (Proposal, error) {
	switch {
	case p.Head == "" || p.Base == "":
		return p, errors.New("a pull request needs a head and a base branch")
	case p.Head == p.Base:
		return p, fmt.Errorf("the head and the base are both %q: push to a branch of its own", p.Head)
	}
	if p.Title = cleanLine(p.Title); p.Title == "" {
		return p, errors.New("a pull request needs a title")
	}
	switch p.AutoMerge {
	case "", MergeCommit, Squash, Rebase:
	default:
		return p, fmt.Errorf("auto-merge %q: use %q, %q or %q", p.AutoMerge, MergeCommit, Squash, Rebase)
	}
	if err := p.Mark.check(); err != nil {
		return p, err
	}
	p.Body = cleanText(p.Body)
	p.Labels = cleanNames(p.Labels)
	p.Reviewers = cleanNames(p.Reviewers)
	p.TeamReviewers = cleanNames(p.TeamReviewers)
	p.Assignees = cleanNames(p.Assignees)
	return p, nil
}

// lacking says which extras of the proposal a forge of these abilities leaves
// out.
func (a Abilities) lacking(p Proposal) []string {
	var notes []string
	for _, x := range []struct {
		asked, able bool
		what        string
	}{
		{p.Draft, a.Draft, "drafts"},
		{len(p.Reviewers) > 0, a.Reviewers, "reviewers"},
		{len(p.TeamReviewers) > 0, a.TeamReviewers, "reviews by teams"},
		{len(p.Assignees) > 0, a.Assignees, "assignees"},
		{p.AutoMerge != "", a.AutoMerge, "auto-merge"},
	} {
		if x.asked && !x.able {
			notes = append(notes, "this forge has no "+x.what)
		}
	}
	return notes
}

// cleanNames returns names as one line each, once each, sorted.
func cleanNames(names []string) []string {
	clean := make([]string, 0, len(names))
	for _, n := range names {
		if n = cleanLine(n); n != "" {
			clean = append(clean, n)
		}
	}
	slices.Sort(clean)
	return slices.Compact(clean)
}

// cleanLine makes text one line of printable characters.
func cleanLine(s string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), blank), " ")
}

// cleanText takes out what no forge stores: broken UTF-8, and control characters
// other than tab and line feed.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// checkMark refuses a mark that could end the comment it is hidden in.
func checkMark(mark string) error {
	ok := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-_/", r)
	}
	const longest = 200
	if mark == "" || len(mark) > longest || strings.Contains(mark, "--") || strings.ContainsFunc(mark, func(r rune) bool { return !ok(r) }) {
		return fmt.Errorf("mark %q: use letters, digits, \".\", \"-\", \"_\" and \"/\", and no \"--\"", mark)
	}
	return nil
}
