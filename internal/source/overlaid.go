package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

var _ publisher.Source = (*Overlaid)(nil)

// Overrides are what an environment has otherwise than the tree says.
type Overrides struct {
	Overlay *overlay.Overlay // in force now

	// Path is the place in the repository of the file that the overrides are
	// read from; "" if it lies elsewhere, so that nobody knows how it was.
	Path string
	// Parse reads an earlier state of the file. Tokens without a value stay
	// open.
	Parse func(text []byte) (*overlay.Overlay, error)
	// Note is told, once, of overrides that match nothing. It may be nil.
	Note func(*overlay.Problem)
}

// An Overlaid is a source whose resources are as an environment has them.
type Overlaid struct {
	Overrides
	source publisher.Source
	commit *Commit // the source, if it has a past
	told   bool
}

// NewOverlaid returns the source with overrides applied.
func NewOverlaid(s publisher.Source, o Overrides) *Overlaid {
	commit, _ := s.(*Commit)
	return &Overlaid{Overrides: o, source: s, commit: commit}
}

// Describe implements publisher.Source. The digest of a folder covers the
// overrides.
func (o *Overlaid) Describe() plan.Source {
	d := o.source.Describe()
	if over := o.Overlay.Digest(); d.Digest != "" && over != "" {
		sum := sha256.Sum256([]byte(d.Digest + "\n" + over))
		d.Digest = hex.EncodeToString(sum[:])
	}
	return d
}

// All implements publisher.Source.
func (o *Overlaid) All(ctx context.Context) ([]*gateway.Resource, error) {
	rs, err := o.source.All(ctx)
	if err != nil {
		return nil, err
	}
	rs, unmatched, err := o.Overlay.Apply(rs)
	o.tell(unmatched)
	return rs, err
}

func (o *Overlaid) tell(unmatched []*overlay.Problem) {
	if !o.told && o.Note != nil {
		for _, p := range unmatched {
			o.Note(p)
		}
	}
	o.told = true
}

// Touched implements publisher.Source. A resource is touched by a change of its
// files, of its overrides, or of both, unless they make no difference. Where
// the earlier overrides are not known, all that are overridden count.
func (o *Overlaid) Touched(ctx context.Context, since string) ([]publisher.Touched, error) {
	touched, err := o.source.Touched(ctx, since)
	if err != nil || o.commit == nil {
		return touched, err
	}
	was, err := o.past(ctx, since)
	if err != nil {
		return nil, err
	}
	more, err := o.overridden(touched, was)
	if err != nil {
		return nil, err
	}
	var out []publisher.Touched
	for _, t := range append(touched, more...) {
		t, err := o.merge(t, was)
		if err != nil {
			return nil, err
		}
		if t.Blind || t.Base == nil || t.Want == nil || !o.commit.kinds.Equal(t.Base, t.Want) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b publisher.Touched) int { return keyOf(a).Compare(keyOf(b)) })
	return out, nil
}

func keyOf(t publisher.Touched) gateway.Key { return cmp.Or(t.Want, t.Base).Key }

// overridden returns the resources whose files did not change and of which
// there is, or was, an override.
func (o *Overlaid) overridden(touched []publisher.Touched, was past) ([]publisher.Touched, error) {
	c := o.commit
	tree, err := c.Tree()
	if err != nil {
		return nil, err
	}
	seen := map[gateway.Key]bool{}
	for _, t := range touched {
		seen[c.kinds.Fold(keyOf(t))] = true
	}
	o.tell(o.Overlay.Unmatched(tree.Keys()))
	var more []publisher.Touched
	for _, key := range tree.Keys() {
		if seen[c.kinds.Fold(key)] || !o.Overlay.Touches(key) && !was.base.Touches(key) {
			continue
		}
		r, _, err := tree.Read(key)
		if err != nil {
			return nil, err
		}
		more = append(more, publisher.Touched{Base: r, Want: r})
	}
	return more, nil
}

// merge applies to both sides of a touched resource the overrides of their time.
func (o *Overlaid) merge(t publisher.Touched, was past) (publisher.Touched, error) {
	key := keyOf(t)
	want, err := o.Overlay.ApplyTo(t.Want)
	if err != nil {
		return t, err
	}
	over := o.Overlay
	switch {
	case !was.known:
		t.Blind = o.Overlay.Touches(key)
	case !was.base.Same(was.head, key):
		over, t.Blind = was.base, was.base.HasOpen(key)
	case !was.head.Same(o.Overlay, key) && !was.head.HasOpen(key):
		t.Blind = true // the file is no longer the one that is committed
	}
	t.Blind = t.Blind && want != nil // what is deleted must be what was published
	t.Want = want
	if base, err := over.ApplyTo(t.Base); err != nil { // a patch that did not fit then
		t.Blind = want != nil
	} else {
		t.Base = base
	}
	return t, nil
}

// A past is the overrides as they are committed: before, and now.
type past struct {
	known      bool
	base, head *overlay.Overlay
}

// past reads the file as it was. One that cannot be read any more, or is not
// committed, is not known.
func (o *Overlaid) past(ctx context.Context, since string) (past, error) {
	if o.Path == "" {
		return past{}, nil
	}
	hash, err := o.commit.repo.Resolve(ctx, since)
	if err != nil {
		return past{}, fmt.Errorf("read commit %s: %w", since, err)
	}
	head, ok, err := o.at(ctx, o.commit.hash)
	if err != nil || !ok || head == nil {
		return past{}, err
	}
	base, ok, err := o.at(ctx, hash)
	return past{known: ok, base: base, head: head}, err
}

// at returns the overrides of a commit, nil if it has none, and false if they
// cannot be read.
func (o *Overlaid) at(ctx context.Context, hash git.Hash) (*overlay.Overlay, bool, error) {
	tree, err := o.commit.repo.Tree(ctx, hash)
	if err != nil {
		return nil, false, err
	}
	text, err := tree.ReadFile(o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read overrides of commit %s: %w", hash, err)
	}
	over, err := o.Parse(text)
	return over, err == nil, nil
}
