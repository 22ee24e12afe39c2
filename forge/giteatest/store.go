package giteatest

import (
	"fmt"
	"slices"
	"strings"
)

type branch struct {
	name, at string
	rule     *Rule
}

// A Rule protects a branch.
type Rule struct {
	Approvals     int      // so many are required
	Checks        []string // statuses that are required
	Push          bool     // may be pushed to
	PushWhitelist []string // by these alone; nil is by all who may write
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

type label struct {
	id    int64
	name  string
	ofOrg bool
}

type pull struct {
	number         int
	title, body    string
	author         string
	fork           bool // the head is in another repository
	head, base     string
	headAt         string
	closed, merged bool
	merge          string // commit
	labels         []int64
	assignees      []string
	auto           string // method of auto-merge
	reviews        []*review
}

type review struct {
	id                         int64
	user, team, state, commit  string
	stale, dismissed, official bool
}

type comment struct {
	id     int64
	number int
	user   string
	body   string
}

func (s *Server) fullName() string { return s.repo.Owner + "/" + s.repo.Name }

// commit stores a new commit. Its name is as long as a real one.
func (s *Server) commit(parents ...string) string {
	sha := fmt.Sprintf("%040x", 0x61174ea00000+len(s.commits))
	s.commits[sha] = &commit{sha: sha, parents: parents, reason: "gpg.error.not_signed_commit"}
	return sha
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
		if p.head == name && !p.fork && !p.closed {
			p.headAt = b.at
			for _, r := range p.reviews {
				r.stale = true
			}
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
		p.closed = p.closed || p.head == name && !p.fork
	}
}

// Protect protects a branch.
func (s *Server) Protect(name string, r Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.branches[name].rule = &r
}

// Sign makes a commit verified, for "", or not for a reason.
func (s *Server) Sign(sha, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits[sha].verified, s.commits[sha].reason = reason == "", reason
}

// Merge merges a pull request with a merge commit, and returns that.
func (s *Server) Merge(number int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.merge(s.pulls[number-1])
}

func (s *Server) merge(p *pull) string {
	base := s.branches[p.base]
	base.at = s.commit(base.at, p.headAt)
	p.merge, p.merged, p.closed = base.at, true, true
	return base.at
}

// FromFork opens a pull request from a branch of the same name in a fork. It
// returns its number.
func (s *Server) FromFork(author, head, base string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &pull{
		number: len(s.pulls) + 1, title: "from a fork", author: author,
		fork: true, head: head, base: base, headAt: s.commit(s.branches[base].at),
	}
	s.pulls = append(s.pulls, p)
	return p.number
}

// Rival has another run open a pull request for the same branches just before
// the next one is opened, and has neither refused: Gitea looks for one, and
// stores one, without a lock between.
func (s *Server) Rival() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rival = true
}

// Checking has so many attempts to merge refused because conflicts are still
// looked for.
func (s *Server) Checking(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checkings = times
}

// Review adds a review of the head as it is: APPROVED, REQUEST_CHANGES or
// COMMENT.
func (s *Server) Review(number int, user, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	p.reviews = slices.DeleteFunc(p.reviews, func(r *review) bool { return r.user == user && r.state == "REQUEST_REVIEW" })
	for _, r := range p.reviews {
		if r.user == user && state != "COMMENT" && r.state != "COMMENT" {
			r.dismissed = true
		}
	}
	s.nextID++
	u := s.users[user]
	p.reviews = append(p.reviews, &review{id: s.nextID, user: user, state: state, commit: p.headAt, official: u.Write || u.Admin})
}

// Dismiss dismisses the reviews of a user.
func (s *Server) Dismiss(number int, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.pulls[number-1].reviews {
		r.dismissed = r.dismissed || r.user == user
	}
}

// Retitle changes a title, as people do.
func (s *Server) Retitle(number int, title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulls[number-1].title = title
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
	Title, Body                 string
	Reviewers, Teams, Assignees []string
	AutoMerge                   string
	Closed                      bool
}

// Pull returns what is stored of a pull request.
func (s *Server) Pull(number int) Pull {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	out := Pull{Title: p.title, Body: p.body, Assignees: slices.Clone(p.assignees), AutoMerge: p.auto, Closed: p.closed}
	for _, r := range p.reviews {
		switch {
		case r.state != "REQUEST_REVIEW":
		case r.team != "":
			out.Teams = append(out.Teams, r.team)
		default:
			out.Reviewers = append(out.Reviewers, r.user)
		}
	}
	slices.Sort(out.Reviewers)
	return out
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

// isDraft reports whether a title is that of a draft.
func (s *Server) isDraft(title string) bool {
	words := s.repo.DraftWords
	if words == nil {
		words = []string{"WIP:", "[WIP]"}
	}
	return slices.ContainsFunc(words, func(w string) bool {
		return len(title) >= len(w) && strings.EqualFold(title[:len(w)], w)
	})
}
