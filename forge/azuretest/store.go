package azuretest

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

type pull struct {
	number             int
	title, description string
	author             string
	fork               bool   // its head is in a fork
	head, base, headAt string // branches, commit
	draft              bool
	status             string
	merge              string // commit that it was merged as
	labels             []string
	reviewers          []*reviewer
	auto, strategy     string // who has it merged by itself, and how
	iterations         []iteration
	threads            []*thread
	statuses           []Status
}

type reviewer struct {
	id       string
	vote     int
	declined bool
}

type iteration struct{ at, when string }

type thread struct {
	id       int
	status   string
	when     string
	comments []*comment
	deleted  bool
	voter    string // of whose vote the service writes
	vote     int
}

type comment struct {
	id      int
	author  string // user name
	text    string
	system  bool
	deleted bool
}

// A Status is one of a commit or a pull request.
type Status struct {
	Genre, Name, State, Description, URL string
	Iteration                            int // of the pull request
}

// identifier returns the id of a user, a team, or something else with a name.
func identifier(name string) string {
	h := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// commit stores a new commit. Its name is as long as a real one.
func (s *Server) commit(parents ...string) string {
	sha := fmt.Sprintf("%040x", 0xc0ffee00000+len(s.commits))
	s.commits[sha] = parents
	return sha
}

// Push adds a commit to a branch, which it creates from main if need be, and
// returns it. Votes on what is open from there stay.
func (s *Server) Push(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, there := s.branches[name]
	if !there {
		at = s.branches["main"]
	}
	at = s.commit(at)
	s.branches[name] = at
	for _, p := range s.pulls {
		if p.head == name && !p.fork && p.status == "active" {
			p.headAt = at
			p.iterations = append(p.iterations, iteration{at, s.tick()})
		}
	}
	return at
}

// Head returns the commit that a branch is at.
func (s *Server) Head(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.branches[name]
}

// Protect adds a policy that blocks a branch, by its kind.
func (s *Server) Protect(name, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[name] = append(s.policies[name], kind)
}

// The kinds of policies.
const (
	MinimumReviewers  = "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"
	CommentResolution = "c6a1889d-b943-4856-b76f-9e46bb6b0df2"
)

// Merge completes a pull request, and returns the commit of that.
func (s *Server) Merge(number int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.complete(s.pulls[number-1])
}

func (s *Server) complete(p *pull) string {
	p.merge = s.commit(s.branches[p.base], p.headAt)
	s.branches[p.base], p.status = p.merge, "completed"
	return p.merge
}

// FromFork opens a pull request from a branch of a fork. It returns its number.
func (s *Server) FromFork(head, base string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open(&pull{title: "from a fork", fork: true, head: head, base: base, author: "mallory", headAt: s.commit()}).number
}

// open stores a new pull request.
func (s *Server) open(p *pull) *pull {
	p.number, p.status = len(s.pulls)+1, "active"
	p.iterations = []iteration{{p.headAt, s.tick()}}
	s.pulls = append(s.pulls, p)
	return p
}

// Vote has somebody vote on a pull request as it is: 10, 5, 0, -5 or -10. What
// the service writes of it is in a thread.
func (s *Server) Vote(number int, user string, vote int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	s.review(p, identifier(user)).vote = vote
	if s.repo.NoVotes {
		return
	}
	t := s.say(p, user, fmt.Sprintf("%s voted %d", user, vote), "")
	t.voter, t.vote, t.comments[0].system = user, vote, true
}

// Decline has somebody decline to review.
func (s *Server) Decline(number int, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.review(s.pulls[number-1], identifier(user)).declined = true
}

// VoteAsTeam counts somebody's vote for the team, as the service does.
func (s *Server) VoteAsTeam(number, vote int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.review(s.pulls[number-1], identifier(Team)).vote = vote
}

// review returns somebody's place among the reviewers.
func (s *Server) review(p *pull, id string) *reviewer {
	i := slices.IndexFunc(p.reviewers, func(r *reviewer) bool { return r.id == id })
	if i < 0 {
		i = len(p.reviewers)
		p.reviewers = append(p.reviewers, &reviewer{id: id})
	}
	return p.reviewers[i]
}

// Say adds a comment of a user.
func (s *Server) Say(number int, user, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(s.pulls[number-1], user, text, "active")
}

func (s *Server) say(p *pull, user, text, status string) *thread {
	t := &thread{id: len(p.threads) + 1, status: status, when: s.tick(), comments: []*comment{{id: 1, author: user, text: text}}}
	p.threads = append(p.threads, t)
	return t
}

// StopAutoComplete switches auto-complete off, as anybody can.
func (s *Server) StopAutoComplete(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulls[number-1].auto = ""
}

// Comments returns what people and programs said on a pull request, as it is
// stored, the oldest first.
func (s *Server) Comments(number int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, t := range s.pulls[number-1].threads {
		for _, c := range t.comments {
			if !c.system && !c.deleted {
				texts = append(texts, c.text)
			}
		}
	}
	return texts
}

// A Pull is what is stored of a pull request.
type Pull struct {
	Description  string
	Reviewers    []string       // users who were asked and have not voted, sorted
	Teams        []string       // asked
	AutoComplete string         // how it is merged by itself, or ""
	Threads      map[string]int // how many there are of each status
	Statuses     []Status
}

// Pull returns what is stored of a pull request.
func (s *Server) Pull(number int) Pull {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pulls[number-1]
	out := Pull{Description: p.description, Threads: map[string]int{}, Statuses: slices.Clone(p.statuses)}
	if p.auto != "" {
		out.AutoComplete = p.strategy
	}
	for _, r := range p.reviewers {
		switch name := s.nameOf(r.id); {
		case name == Team:
			out.Teams = append(out.Teams, name)
		case r.vote == 0:
			out.Reviewers = append(out.Reviewers, name)
		}
	}
	slices.Sort(out.Reviewers)
	for _, t := range p.threads {
		if !t.deleted && t.voter == "" {
			out.Threads[t.status]++
		}
	}
	return out
}

// Statuses returns the statuses of a commit, the newest of each context.
func (s *Server) Statuses(sha string) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var latest []Status
	for _, st := range slices.Backward(s.statuses[sha]) {
		if !slices.ContainsFunc(latest, func(l Status) bool { return l.Genre == st.Genre && l.Name == st.Name }) {
			latest = append(latest, st)
		}
	}
	slices.Reverse(latest)
	return latest
}
