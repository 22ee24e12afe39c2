package gitlabtest

import (
	"fmt"
	"slices"
	"time"
)

type branch struct {
	name, at   string
	protected  bool
	developers bool // may push all the same
}

type commit struct {
	sha       string
	parents   []string
	signature string // what GitLab finds of it; "" if it has none
	statuses  []Status
}

// A Status is one of a commit.
type Status struct{ Name, User, State, Description, URL string }

type mergeRequest struct {
	number               int
	title, description   string
	author, state        string
	fork                 bool // the source is in another project
	source, target, sha  string
	mergedAs, squashedAs string
	labels               []string
	reviewers, assignees []string
	auto, squash         bool
	approvals            []approval
	versions             []time.Time // when its commits changed
}

type approval struct {
	user string
	at   time.Time
}

type note struct {
	id, number int
	user, body string
	system     bool
}

// tick returns a time after all before.
func (s *Server) tick() time.Time {
	s.now = s.now.Add(time.Minute)
	return s.now
}

// commit stores a new commit. Its name is as long as a real one.
func (s *Server) commit(parents ...string) string {
	sha := fmt.Sprintf("%040x", 0xc0ffee00000+len(s.commits))
	s.commits[sha] = &commit{sha: sha, parents: parents}
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
	if s.project.CI {
		s.pipelines[b.at] = "running"
	}
	for _, m := range s.requests {
		if m.source == name && !m.fork && m.state == "opened" {
			m.sha, m.auto = b.at, false
			m.versions = append(m.versions, s.tick())
			if s.project.ResetApprovals {
				m.approvals = nil
			}
		}
	}
	return b.at
}

// Behind has merge requests from a branch know the commit before its last, as
// GitLab does for a moment after a push.
func (s *Server) Behind(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.requests {
		if m.source == name {
			m.sha = s.commits[s.branches[name].at].parents[0]
		}
	}
}

// Pipeline sets how the pipeline of a branch's last commit goes; "" is none.
func (s *Server) Pipeline(branch, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pipelines[s.branches[branch].at] = status
}

// Head returns the commit that a branch is at.
func (s *Server) Head(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.branches[name].at
}

// Protect protects a branch; developers says whether they may push all the same.
func (s *Server) Protect(name string, developers bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.branches[name].protected, s.branches[name].developers = true, developers
}

// Sign gives a commit a signature, and what GitLab finds of it.
func (s *Server) Sign(sha, verdict string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits[sha].signature = verdict
}

// Merge merges a merge request as a person would, and returns the commit that
// its target is then at.
func (s *Server) Merge(number int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.requests[number-1]
	s.merge(m)
	return s.branches[m.target].at
}

// Squash has a merge request squashed when it is merged.
func (s *Server) Squash(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[number-1].squash = true
}

// FromFork opens a merge request from a branch of the same name in a fork.
func (s *Server) FromFork(author, source, target string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, &mergeRequest{
		number: len(s.requests) + 1, title: "from a fork", author: author, state: "opened", fork: true,
		source: source, target: target, sha: s.commit(s.branches[target].at),
	})
}

// Approve adds an approval of a merge request.
func (s *Server) Approve(number int, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.requests[number-1]
	m.approvals = append(slices.DeleteFunc(m.approvals, func(a approval) bool { return a.user == user }), approval{user, s.tick()})
}

// Retitle changes a title as a person would.
func (s *Server) Retitle(number int, title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[number-1].title = title
}

// Say adds a comment of a user. One of nobody is what GitLab itself notes.
func (s *Server) Say(number int, user, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(number, user, body)
}

func (s *Server) say(number int, user, body string) *note {
	s.nextID++
	n := &note{id: s.nextID, number: number, user: user, body: body, system: user == ""}
	s.notes = append(s.notes, n)
	return n
}

// Comments returns the bodies of the comments on a merge request, as they are
// stored, the oldest first.
func (s *Server) Comments(number int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var bodies []string
	for _, n := range s.notes {
		if n.number == number && !n.system {
			bodies = append(bodies, n.body)
		}
	}
	return bodies
}

// A Request is what is stored of a merge request.
type Request struct {
	Title, Description   string
	State                string
	Reviewers, Assignees []string
	AutoMerge, Squash    bool
}

// Request returns what is stored of a merge request.
func (s *Server) Request(number int) Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.requests[number-1]
	return Request{
		Title: m.title, Description: m.description, State: m.state, AutoMerge: m.auto, Squash: m.squash,
		Reviewers: slices.Clone(m.reviewers), Assignees: slices.Clone(m.assignees),
	}
}

// Statuses returns the statuses of a commit, the newest of each name.
func (s *Server) Statuses(sha string) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var latest []Status
	for _, st := range slices.Backward(s.commits[sha].statuses) {
		if !slices.ContainsFunc(latest, func(l Status) bool { return l.Name == st.Name }) {
			latest = append(latest, st)
		}
	}
	slices.Reverse(latest)
	return latest
}
