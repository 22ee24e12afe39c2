package propose

import (
	"cmp"
	"context"
	"fmt"
	"path"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/forge"
)

// partMark is the mark of the comments that hold the whole description, where
// the body does not.
const partMark = "lockstep/details"

// maxParts is how many of these comments there are at most.
const maxParts = 10

// A text is what a pull request says, and the comments below it that say all
// if the body does not.
type text struct {
	title, body string
	parts       []string
}

// text returns what the pull request is to say.
func (r *run) text() text {
	a := r.Forge.Abilities()
	m := r.Meta
	m.Mermaid = a.Mermaid
	m.File = func(name string, gone bool) string {
		branch := r.out.Branch
		if gone {
			branch = r.out.Base
		}
		return a.FileURL(branch, path.Join(r.Dir, name))
	}
	notes := r.notes(many)
	for few := many; m.Limit > 0 && len(notes) > m.Limit/2 && few > 1; notes = r.notes(few) {
		few /= 4
	}
	if m.Limit > 0 {
		m.Limit = max(1, m.Limit-len(notes))
	}
	m.Elsewhere = fmt.Sprintf("_All of it is in the comments of the tree `%s`._", r.shortTree())
	d := extractor.Describe(r.out.Result, m)
	t := text{title: cmp.Or(r.Title, d.Title), body: notes + d.Body}
	if !d.Whole {
		m.Limit = cmp.Or(a.CommentLimit, a.BodyLimit)
		t.parts = r.details(m)
	}
	return t
}

// details returns the comments that hold the whole description. Each begins
// with a line that tells of what.
func (r *run) details(m extractor.Meta) []string {
	const room = 300 // for what is put around the parts
	if m.Limit > 0 {
		m.Limit = max(room, m.Limit-room)
	}
	all := extractor.Details(r.out.Result, m)
	parts := all[:min(len(all), maxParts)]
	for i, part := range parts {
		which := ""
		if len(parts) > 1 {
			which = fmt.Sprintf(", part %d of %d", i+1, len(parts))
		}
		parts[i] = fmt.Sprintf("The whole description of the tree `%s`%s. If the pull request names another, this is old.\n\n%s", r.shortTree(), which, part)
	}
	if more := len(all) - len(parts); more > 0 {
		parts[len(parts)-1] += fmt.Sprintf("\n_%d more parts are left out: see the files that the pull request changes._\n", more)
	}
	return parts
}

// shortTree is how people are told of the tree that is proposed.
func (r *run) shortTree() string { return r.draft.tree.String()[:12] }

// markOf is the mark of the nth part, from 1.
func markOf(n int) string {
	if n == 1 {
		return partMark
	}
	return fmt.Sprintf("%s/%d", partMark, n)
}

// writeParts makes the comments of a pull request say the whole.
func (r *run) writeParts(ctx context.Context, number int, parts []string) error {
	for i, part := range parts {
		if err := r.Forge.Comment(ctx, number, markOf(i+1), part); err != nil {
			return fmt.Errorf("write the whole description below pull request %d: %w", number, err)
		}
	}
	return nil
}

// dropParts replaces the comments that say too much by a sentence. It goes
// before the pull request forgets of them, lest a run that fails in between
// leaves them as they are.
func (r *run) dropParts(ctx context.Context, was forge.PullRequest, parts int) error {
	for n := parts + 1; n <= min(was.Mark.Parts, maxParts); n++ {
		text := "The pull request says everything itself: what stood here was of another tree."
		if parts > 0 {
			text = "The description has fewer parts now: what stood here was of another tree."
		}
		if err := r.Forge.Comment(ctx, was.Number, markOf(n), text); err != nil {
			return fmt.Errorf("replace an old description below pull request %d: %w", was.Number, err)
		}
	}
	return nil
}
