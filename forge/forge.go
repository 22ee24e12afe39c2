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
	"strings"
	"unicode"
)

// A Forge keeps the pull requests of one repository. Its methods may be called
// from several goroutines at once, and from several processes.
type Forge interface {
	// Propose opens a pull request, or brings the open one for the same
	// head and base up to date. It never opens a second. It replaces title
	// and body and adds labels; whether it is a draft is up to people once
	// it is open. A pull request that is merged or closed stays as it is.
	Propose(ctx context.Context, p Proposal) (PullRequest, error)

	// Find returns the open pull request for head and base, if there is one.
	Find(ctx context.Context, head, base string) (PullRequest, bool, error)

	// Close closes a pull request unmerged and says why in a comment, unless
	// that is "". One that is closed already stays as it is.
	Close(ctx context.Context, number int, comment string) error

	// Comment writes body on a pull request, in place of the comment it
	// wrote before under the same mark. A mark does not show. It is made of
	// letters, digits, ".", "-", "_" and "/".
	Comment(ctx context.Context, number int, mark, body string) error

	// List returns all pull requests, open or not, the newest first.
	List(ctx context.Context) ([]PullRequest, error)
}

// A Proposal is a pushed branch and why it should be merged.
type Proposal struct {
	Head, Base string // branches, by their short names
	// Title is one line: white space and control characters become single
	// blanks.
	Title string
	// Body is Markdown. A forge that limits its length cuts it and says so.
	Body   string
	Labels []string
	Draft  bool
}

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
	Labels      []string // sorted
	Draft       bool
	State       string // StateOpen, StateMerged or StateClosed
	New         bool   // opened by this call
}

// ErrNotFound means that there is no pull request of that number.
var ErrNotFound = errors.New("no such pull request")

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
	p.Body = cleanText(p.Body)
	labels := make([]string, 0, len(p.Labels))
	for _, l := range p.Labels {
		if l = cleanLine(l); l != "" {
			labels = append(labels, l)
		}
	}
	p.Labels = labels
	return p, nil
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
	if mark == "" || strings.Contains(mark, "--") || strings.ContainsFunc(mark, func(r rune) bool { return !ok(r) }) {
		return fmt.Errorf("mark %q: use letters, digits, \".\", \"-\", \"_\" and \"/\", and no \"--\"", mark)
	}
	return nil
}
