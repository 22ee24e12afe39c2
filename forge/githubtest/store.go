package githubtest

import (
	"fmt"
	"slices"
	"strings"
)

type branch struct {
	name, at  string
	protected bool
	rules     bool // of a ruleset
}

type commit struct {
	sha      string
	parents  []string
	verified bool
	reason   string
	statuses []Status
}

// A Status is one of a commit.
type Status struct{ Context, State, Description, URL string }

type pull struct {
	number                      int
	title, body                 string
	author                      string
	fork                        string // full name of the repository of the head, if it is another
	head, base                  string
	headAt                      string
	draft, closed, merged       bool
	merge                       string // commit
	labels                      []string
	reviewers, teams, assignees []string
	auto                        string // method of auto-merge
	reviews                     []review
}

type review struct {
	user, state, commit string
}

type comment struct {
	id     int64
	number int
	user   string
	body   string
}

// commit stores a new commit. Its name is as long as a real one.
func (s *Server) commit(parents ...string) string {
	sha := fmt.Sprintf("%040x", 0xc0ffee00000+len(s.commits))
	s.commits[sha] = &commit{sha: sha, parents: parents, reason: "unsigned"}
	return sha
}

// contains reports whether a commit is in the history of another.
func (s *Server) contains(tip, sha string) bool {
	if tip == sha {
		return true
	}
	if s.git != nil {
		return s.git.isIn(tip, sha)
	}
	c := s.commits[tip]
	return c != nil && slices.ContainsFunc(c.parents, func(p string) bool { return s.contains(p, sha) })
}

// Push adds a commit to a branch, which it creates from main if need be, and
// returns it.
func (s *Server) Push(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.branches[name]
	if b == nil {
		b = &branch{name: name, at: s.branches["main"].at}
		s.branches[name] = b
	}
	b.at = s.commit(b.at)
	for _, p := range s.pulls {
		if p.head == name && p.fork == "" && !p.closed {
			p.headAt = b.at
		}
	}
	return b.at
}

// Head returns the commit that a branch is at.
func (s *Server) Head(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.branches[name].at
}

// DeleteBranch deletes a branch, which closes what is open from it.
func (s *Server) DeleteBranch(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.branches, name)
	for _, p := range s.pulls {
		p.closed = p.closed || p.head == name && p.fork == ""
	}
}

// Protect protects a branch, by a classic rule or by a ruleset.
func (s *Server) Protect(name string, ruleset bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.branches[name].protected = !ruleset
	s.branches[name].rules = ruleset
}

// Sign makes a commit verified, or not for a reason.
func (s *Server) Sign(sha, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits[sha].verified, s.commits[sha].reason = reason == "valid", reason
}

// Merge merges a pull request with a merge commit, and returns that.
func (s *Server) Merge(number int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	base := s.branches[p.base]
	base.at = s.commit(base.at, p.headAt)
	p.merge, p.merged, p.closed = base.at, true, true
	return base.at
}

// FromFork opens a pull request from a branch of the same name in a fork, which
// may belong to the same owner under another name. It returns its number.
func (s *Server) FromFork(fork, head, base string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &pull{
		number: len(s.pulls) + 1, title: "from a fork", author: strings.Split(fork, "/")[0],
		fork: fork, head: head, base: base, headAt: s.commit(s.branches[base].at),
	}
	s.pulls = append(s.pulls, p)
	return p.number
}

// Review adds a review of the head as it is: APPROVED, CHANGES_REQUESTED,
// COMMENTED, DISMISSED or PENDING.
func (s *Server) Review(number int, user, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	p.reviews = append(p.reviews, review{user, state, p.headAt})
	p.reviewers = slices.DeleteFunc(p.reviewers, func(r string) bool { return r == user })
}

// StopAutoMerge switches auto-merge off, as GitHub does when somebody without
// the right to write pushes.
func (s *Server) StopAutoMerge(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulls[number-1].auto = ""
}

// Say adds a comment of a user.
func (s *Server) Say(number int, user, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(number, user, body)
}

func (s *Server) say(number int, user, body string) *comment {
	s.nextID++
	c := &comment{id: s.nextID, number: number, user: user, body: body}
	s.comments = append(s.comments, c)
	return c
}

// Comments returns the bodies of the comments on a pull request, as they are
// stored, the oldest first.
func (s *Server) Comments(number int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var bodies []string
	for _, c := range s.comments {
		if c.number == number {
			bodies = append(bodies, c.body)
		}
	}
	return bodies
}

// A Pull is what is stored of a pull request.
type Pull struct {
	Body                        string
	Reviewers, Teams, Assignees []string
	AutoMerge                   string
}

// Pull returns what is stored of a pull request.
func (s *Server) Pull(number int) Pull {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	return Pull{
		Body: p.body, Reviewers: slices.Clone(p.reviewers), Teams: slices.Clone(p.teams),
		Assignees: slices.Clone(p.assignees), AutoMerge: p.auto,
	}
}

// Statuses returns the statuses of a commit, the newest of each context.
func (s *Server) Statuses(sha string) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var latest []Status
	for _, st := range slices.Backward(s.commits[sha].statuses) {
		if !slices.ContainsFunc(latest, func(l Status) bool { return l.Context == st.Context }) {
			latest = append(latest, st)
		}
	}
	slices.Reverse(latest)
	return latest
}
