package propose

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/forge"
)

// The marks of the comments that later runs replace.
const (
	conflictMark = "lockstep/conflict"
	settledMark  = "lockstep/settled"
)

// open brings the pull request up to date, and tells people whose branch could
// not be the one.
func (r *run) open(ctx context.Context) error {
	if r.Forge == nil {
		return nil
	}
	was, _, err := r.Forge.Find(ctx, r.out.Branch, r.out.Base)
	if err != nil {
		return fmt.Errorf("look for an open pull request from %s: %w", r.out.Branch, err)
	}
	t := r.text()
	if err := r.dropParts(ctx, was, len(t.parts)); err != nil {
		return err
	}
	pull, err := r.Forge.Propose(ctx, forge.Proposal{
		Head: r.out.Branch, Base: r.out.Base, Title: t.title, Body: t.body, Mark: r.mark(was.Mark, len(t.parts)),
		Labels: r.Labels, Draft: r.Draft, AutoMerge: r.AutoMerge,
		Reviewers: r.Reviewers, TeamReviewers: r.TeamReviewers, Assignees: r.Assignees,
	})
	if err != nil {
		return fmt.Errorf("propose %s: %w", r.out.Branch, err)
	}
	r.out.Pull = &pull
	if err := r.writeParts(ctx, pull.Number, t.parts); err != nil {
		return err
	}
	for i := range r.out.Conflicts {
		if err := r.tell(ctx, &r.out.Conflicts[i]); err != nil {
			return err
		}
	}
	return nil
}

// mark returns the mark of the pull request that had another one. The run in it
// changes with the tree alone, so that the same tree again writes nothing.
func (r *run) mark(was forge.Mark, parts int) forge.Mark {
	const longest = 200 // bytes of what is not needed to find things again
	m := forge.Mark{ID: r.instance(), Tree: r.draft.tree.String(), Parts: parts}
	switch {
	case was.ID == m.ID && was.Tree == m.Tree:
		m.Run = was.Run
	case len(r.Run) <= longest:
		m.Run = r.Run
	}
	return m
}

// setStatus says at the commit that was compared with whether there is drift.
func (r *run) setStatus(ctx context.Context) error {
	setter, ok := r.Forge.(forge.StatusSetter)
	if !ok {
		return nil // permitted has refused it
	}
	about := r.Meta.Instance
	if r.Meta.Scope != "" {
		about += "/" + r.Meta.Scope
	}
	s := forge.Status{Context: "lockstep/drift/" + about, State: forge.Success, Description: "no drift"}
	if !r.out.Empty() {
		s.State = forge.Failure
		s.Description = fmt.Sprintf("drift: %d added, %d changed, %d removed",
			r.out.Count(extractor.Added), r.out.Count(extractor.Changed), r.out.Count(extractor.Removed))
	}
	if r.out.Pull != nil {
		s.URL = r.out.Pull.URL
	}
	if err := setter.SetStatus(ctx, r.draft.base.Hash.String(), s); err != nil {
		return fmt.Errorf("set the status of drift: %w", err)
	}
	return nil
}

// notes says what a reader of the pull request has to know of other people's
// commits, with so many names of each kind.
func (r *run) notes(few int) string {
	var b strings.Builder
	if len(r.out.Kept) > 0 {
		fmt.Fprintf(&b, "The commits of %s on this branch are kept: a file that they changed stays as they left it.\n\n", list(r.out.Kept, few))
	}
	for _, c := range r.out.Conflicts {
		fmt.Fprintf(&b, "On the branch %s, %s changed files that have since changed on the gateway, in another way: %s. "+
			"This branch shows the gateway's side alone. Once one of the two is merged, or the other branch is deleted, there will be one again.\n\n",
			code(c.Branch), list(c.People, few), list(c.Files, few))
	}
	return b.String()
}

// tell comments on the pull request of a branch that was left as it is.
func (r *run) tell(ctx context.Context, c *Conflict) error {
	text := fmt.Sprintf("These files have changed on the gateway since %s changed them here, in another way: %s.\n\n"+
		"This branch stays as it is. What the gateway says is on the branch %s, in %s: "+
		"merge what is right, and close the other.", list(c.People, many), list(c.Files, many), code(r.out.Branch), r.out.Pull.URL)
	pull, err := r.comment(ctx, c.Branch, conflictMark, text)
	c.Pull = pull
	return err
}

// comment writes on the open pull request of a branch, if there is one, and
// returns it.
func (r *run) comment(ctx context.Context, branch, mark, text string) (*forge.PullRequest, error) {
	if r.Forge == nil {
		return nil, nil
	}
	pull, found, err := r.Forge.Find(ctx, branch, r.out.Base)
	if err != nil {
		return nil, fmt.Errorf("look for an open pull request from %s: %w", branch, err)
	}
	if !found {
		return nil, nil
	}
	if err := r.Forge.Comment(ctx, pull.Number, mark, text); err != nil {
		return nil, fmt.Errorf("comment on pull request %d: %w", pull.Number, err)
	}
	return &pull, nil
}

// leave says on a pull request that only people's commits are left to merge.
func (r *run) leave(ctx context.Context, b *branch, why string) error {
	r.out.Left = append(r.out.Left, Left{b.name, "it holds commits of " + strings.Join(b.authors(), ", ")})
	text := fmt.Sprintf("%s\n\nThis branch stays open for the commits of %s. Its other commits show the gateway as it was: "+
		"merge only what is meant to go there, or close it.", why, list(b.authors(), many))
	_, err := r.comment(ctx, b.name, settledMark, text)
	return err
}

// many is how many names a text holds where there is room.
const many = 20

// list returns names with commas between them, the first few of them.
func list(names []string, few int) string {
	var parts []string
	for _, n := range names[:min(few, len(names))] {
		parts = append(parts, code(n))
	}
	if more := len(names) - few; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, ", ")
}

// code returns text as code in Markdown, so that it is neither markup nor a
// mention, whoever wrote it.
func code(s string) string {
	clean := func(r rune) rune {
		if r == '`' || !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}
	return "`" + strings.TrimSpace(strings.Map(clean, s)) + "`"
}
