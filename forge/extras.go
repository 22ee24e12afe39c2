package forge

import "context"

// A Checker can tell before work starts whether what it is for is permitted.
// It changes nothing.
type Checker interface {
	// Check returns an error that names each permission that is missing, and
	// then wraps [ErrDenied].
	Check(ctx context.Context, n Needs) error
}

// Needs says what somebody is going to do with a forge, besides reading.
type Needs struct {
	PullRequests bool // propose, comment, close
	Statuses     bool // set the status of commits
	Commits      bool // make commits as a [Committer]
}

// A StatusSetter can show the state of some work at a commit.
type StatusSetter interface {
	// SetStatus sets the status of a commit, given by its full hash, in place
	// of the one of the same context.
	SetStatus(ctx context.Context, commit string, s Status) error
}

// A Status is how some work on a commit goes.
type Status struct {
	Context     string // which work: the statuses of a commit differ in it
	State       State
	Description string // one line; a forge cuts it to the length that it shows
	URL         string // where to read on; may be ""
}

// A State is one of a [Status].
type State string

// The states of a status.
const (
	Pending State = "pending"
	Success State = "success"
	Failure State = "failure" // the work says no
	Broken  State = "error"   // the work could not be done
)

// An Inspector can tell how a commit got where it is.
type Inspector interface {
	// Inspect tells what the forge knows of a commit, given by its full hash,
	// on a branch. It may need rights that the token lacks: what it could not
	// learn is [Unknown] in the answer, not an error.
	Inspect(ctx context.Context, commit, branch string) (Inspection, error)
}

// An Inspection is what a forge knows of a commit on a branch.
type Inspection struct {
	// Merged tells whether the commit is what a pull request into the branch
	// was merged as, and Pull which; nil if there is none.
	Merged Answer
	Pull   *PullRequest
	// Approvals are by others than the author and than bots, of the last
	// state of Pull, and not taken back; sorted by user.
	Approvals []Approval
	Protected Answer // people can not push to the branch as they like
	Verified  Answer // the forge finds the commit's signature good
	Reason    string // why the forge says so of the signature, in its words
}

// An Approval is somebody's consent to a pull request.
type Approval struct {
	User     string
	MayWrite Answer // to the repository: others' consent is an opinion
}

// An Answer to a question that can not always be answered.
type Answer int

// The answers.
const (
	Unknown Answer = iota
	No
	Yes
)

// String returns the answer in one word.
func (a Answer) String() string {
	switch a {
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "unknown"
}

// askEach asks people and teams for a review one at a time, and returns a note
// for each that was refused.
func askEach(users, teams []string, ask func(users, teams []string, format string, args ...any) ([]string, error)) (notes []string, err error) {
	const refused = "%s %s is not asked for a review"
	for _, u := range users {
		more, err := ask([]string{u}, nil, refused, "user", u)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	for _, t := range teams {
		more, err := ask(nil, []string{t}, refused, "team", t)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	return notes, nil
}
