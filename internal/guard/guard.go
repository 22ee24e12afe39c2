// Package guard decides whether a commit may be published, from what forges and
// git say of it, and keeps the record of what was published last.
//
// It only decides: it asks nobody, reads no files and knows no settings but the
// names of those that help. What could not be learned counts as a no, with a
// word on what would tell.
package guard

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/forge"
)

// The names of the rules, as findings have them.
const (
	Approvals = "approvals"
	Protected = "protected branch"
	Signed    = "signed commits"
	History   = "history"
)

// Rules say what must hold of a commit that is published.
type Rules struct {
	Approvals int  // of the pull request that it came by, by others who may write
	Protected bool // nobody can push to its branch as they like
	Signed    bool // so are all commits that are published with it
}

// Evidence is what is known of a commit that is to be published.
type Evidence struct {
	Commit string // full hash
	Branch string // that it should have come to
	Forge  string // kind of the forge

	// Inspection is what the forge says; nil if it is one that can not tell.
	Inspection *forge.Inspection
	// Commits are all that are published with it, itself included. Signed is
	// by keys that were given, or else the forge's verdict.
	Commits []Commit
	// Keys says that keys were given.
	Keys bool

	// Trial says that this is a pull request that is not merged yet: what
	// only a merge can show is looked at later.
	Trial bool
}

// A Commit is one of those that are published.
type Commit struct {
	Hash   string
	Signed forge.Answer // its signature is good
	Reason string       // why not; "" if it is
}

// A Verdict is what a rule comes to.
type Verdict string

// The verdicts.
const (
	Held    Verdict = "held"
	Refused Verdict = "refused"
	Later   Verdict = "later" // it can not be told before the merge
)

// A Finding is a rule and what it comes to.
type Finding struct {
	Rule    string
	Verdict Verdict
	Text    string
}

// String returns the finding as a line.
func (f Finding) String() string { return f.Rule + ": " + f.Text }

// Judge returns a finding for each of the rules, in their order.
func (r Rules) Judge(e Evidence) []Finding {
	var list []Finding
	if r.Approvals > 0 {
		list = append(list, finding(Approvals)(r.approvals(e)))
	}
	if r.Protected {
		list = append(list, finding(Protected)(protected(e)))
	}
	if r.Signed {
		list = append(list, finding(Signed)(signed(e)))
	}
	return list
}

func finding(rule string) func(Verdict, string) Finding {
	return func(v Verdict, text string) Finding { return Finding{Rule: rule, Verdict: v, Text: text} }
}

func (r Rules) approvals(e Evidence) (Verdict, string) {
	switch in := e.Inspection; {
	case e.Trial:
		return Later, "the pull request is not merged yet: its approvals count when the merge is published"
	case in == nil:
		return Refused, fmt.Sprintf("the forge %q does not know who approved what: publish from a forge that does, or leave --require-approvals out", e.Forge)
	case in.Merged == forge.No:
		return Refused, fmt.Sprintf("commit %s was not merged into %s by a pull request: merge it by one, or name its branch with --base", short(e.Commit), e.Branch)
	case in.Merged != forge.Yes || in.Pull == nil:
		return Refused, fmt.Sprintf("whether commit %s came by a pull request could not be learned: %s", short(e.Commit), hint(e.Forge, aboutPulls))
	}
	return r.count(e)
}

// count counts the approvals of those who may write.
func (r Rules) count(e Evidence) (Verdict, string) {
	var counted, doubtful, others []string
	for _, a := range e.Inspection.Approvals {
		switch a.MayWrite {
		case forge.Yes:
			counted = append(counted, a.User)
		case forge.No:
			others = append(others, a.User)
		default:
			doubtful = append(doubtful, a.User)
		}
	}
	pull := e.Inspection.Pull.Number
	if len(counted) >= r.Approvals {
		return Held, fmt.Sprintf("pull request %d was approved by %s", pull, strings.Join(counted, ", "))
	}
	why := fmt.Sprintf("pull request %d has %d of %d approvals by others than its author who may write", pull, len(counted), r.Approvals)
	if len(others) > 0 {
		why += fmt.Sprintf("; %s may not", strings.Join(others, ", "))
	}
	if len(counted)+len(doubtful) >= r.Approvals {
		return Refused, fmt.Sprintf("%s; whether %s may could not be learned: %s", why, strings.Join(doubtful, ", "), hint(e.Forge, aboutPeople))
	}
	return Refused, why
}

func protected(e Evidence) (Verdict, string) {
	switch in := e.Inspection; {
	case in == nil:
		return Refused, fmt.Sprintf("the forge %q protects no branches: publish from a forge that does, or leave --require-protected-branch out", e.Forge)
	case in.Protected == forge.Yes:
		return Held, e.Branch + " is protected"
	case in.Protected == forge.No:
		return Refused, fmt.Sprintf("anybody who may write can push to %s: protect it in the settings of the forge", e.Branch)
	}
	return Refused, fmt.Sprintf("whether %s is protected could not be learned: %s", e.Branch, hint(e.Forge, aboutBranches))
}

func signed(e Evidence) (Verdict, string) {
	if e.Inspection == nil && !e.Keys {
		return Refused, fmt.Sprintf("the forge %q does not check signatures: name the keys that count with --keyring or --allowed-signers", e.Forge)
	}
	var bad []string
	for _, c := range e.Commits {
		switch c.Signed {
		case forge.Yes:
		case forge.No:
			bad = append(bad, fmt.Sprintf("commit %s: %s", short(c.Hash), cmp.Or(c.Reason, "it has no good signature")))
		default:
			bad = append(bad, fmt.Sprintf("commit %s: its signature could not be checked: %s", short(c.Hash), hint(e.Forge, aboutCommits)))
		}
	}
	const most = 3
	if n := len(bad) - most; n > 0 {
		bad = append(bad[:most], fmt.Sprintf("and %d more", n))
	}
	switch {
	case len(e.Commits) == 0 && e.Trial:
		return Later, "a merge on trial is nobody's: the one that is made of it is looked at when it is published"
	case len(bad) > 0:
		return Refused, strings.Join(bad, "; ")
	case len(e.Commits) == 0:
		return Refused, "no commit was looked at"
	case len(e.Commits) == 1:
		return Held, "the commit has a good signature"
	}
	return Held, fmt.Sprintf("all %d commits have good signatures", len(e.Commits))
}

func short(hash string) string { return hash[:min(len(hash), 12)] }
