package main

import (
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// say tells what became of an extraction in git.
func (r *run) say(out propose.Outcome) error {
	var b strings.Builder
	switch {
	case out.Empty():
		fmt.Fprintf(&b, "no drift: %s says what the gateway says", out.Base)
		for _, p := range out.Closed {
			fmt.Fprintf(&b, "; pull request %d is closed", p.Number)
		}
		b.WriteString("\n")
	case r.v.Bool("dry-run"):
		b.WriteString("dry run: nothing was written\n")
	default:
		sayProposed(&b, out)
	}
	sayRest(&b, out)
	return r.printf("%s", b.String())
}

// sayProposed tells where the change is.
func sayProposed(b *strings.Builder, out propose.Outcome) {
	for _, c := range out.Conflicts {
		fmt.Fprintf(b, "branch %s is left as it is: %s committed what contradicts the gateway in %s\n",
			c.Branch, strings.Join(c.People, ", "), strings.Join(c.Files, ", "))
	}
	verb := "is up to date"
	if out.Pushed {
		verb = "was pushed"
	}
	fmt.Fprintf(b, "branch %s %s at %.12s\n", out.Branch, verb, out.Commit)
	if out.Other {
		b.WriteString("note: the run that wrote this branch before had other filters: if it is another job, give each a --scope of its own\n")
	}
	if len(out.Kept) > 0 {
		fmt.Fprintf(b, "commits of %s are kept on it\n", strings.Join(out.Kept, ", "))
	}
	if out.Pull == nil {
		return
	}
	switch {
	case out.Pull.New:
		verb = "opened"
	case out.Pushed:
		verb = "updated"
	}
	fmt.Fprintf(b, "pull request %d %s: %s into %s: %s\n", out.Pull.Number, verb, out.Branch, out.Base, out.Pull.URL)
	for _, n := range out.Pull.Notes {
		fmt.Fprintf(b, "note: %s\n", n)
	}
	for _, p := range out.Closed {
		fmt.Fprintf(b, "pull request %d is closed: %s carries the change\n", p.Number, out.Branch)
	}
}

// sayRest tells what became of branches that are needless.
func sayRest(b *strings.Builder, out propose.Outcome) {
	for _, name := range out.Deleted {
		fmt.Fprintf(b, "branch %s was deleted\n", name)
	}
	for _, l := range out.Left {
		fmt.Fprintf(b, "branch %s is needless and left: %s\n", l.Branch, l.Reason)
	}
}
