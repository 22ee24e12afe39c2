package source

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/publisher"
)

// A pair is a tree before and after a change. It reads only the files of
// resources of which some file changed, unless they lie in a file with others.
type pair struct {
	kinds *gateway.Kinds
	// environment is that which texts are read for; see artifacts.Variant.
	environment string
	base, head  fs.FS // base is nil if there was no tree
	was, is     *artifacts.Tree
	moves       *gateway.Moves // of names, between the trees
}

// keys returns the resources that changed files belong to, sorted.
func (p *pair) keys(changes []git.Change) ([]gateway.Key, error) {
	var keys []gateway.Key
	elsewhere := false
	for _, ch := range changes {
		if text, environment, ok := artifacts.Variant(p.kinds, ch.Path); ok && environment == p.environment {
			ch.Path = text
		}
		if key, ok := artifacts.KeyOf(p.kinds, ch.Path); ok {
			keys = append(keys, key)
			if owner, w := p.kinds.Lends(key); w != nil {
				keys = append(keys, owner)
			}
			elsewhere = elsewhere || p.kinds.Elsewhere(key.Kind)
		}
		elsewhere = elsewhere || artifacts.IsList(p.kinds, ch.Path)
	}
	if elsewhere {
		if err := p.index(); err != nil {
			return nil, err
		}
		keys = append(keys, p.without(p.was, p.is)...)
		keys = append(keys, p.without(p.is, p.was)...)
	}
	return p.follow(p.sorted(keys))
}

// warn tells note of what changed in force without changing itself.
func (p *pair) warn(note func(artifacts.Problem)) {
	if p.is == nil || note == nil {
		return
	}
	for _, problem := range artifacts.Revived(p.was, p.is) {
		note(problem)
	}
}

// unused tells note of changed files that their author probably meant to be
// read, and that are not.
func (p *pair) unused(changes []git.Change, touched []publisher.Touched, note func(artifacts.Problem)) error {
	read := map[gateway.Key]bool{}
	for _, t := range touched {
		read[p.kinds.Fold(keyOf(t))] = true
	}
	suspect := slices.DeleteFunc(slices.Clone(changes), func(ch git.Change) bool {
		key, ok := artifacts.KeyOf(p.kinds, ch.Path)
		return ch.Op == git.Deleted || ok && read[p.kinds.Fold(key)]
	})
	if note == nil || len(suspect) == 0 {
		return nil
	}
	if p.is == nil {
		if err := p.index(); err != nil {
			return err
		}
	}
	for _, problem := range p.is.Problems() {
		concerns := func(ch git.Change) bool {
			return ch.Path == problem.Path || strings.HasPrefix(ch.Path, problem.Path+"/")
		}
		if problem.Level == artifacts.Warning && slices.ContainsFunc(suspect, concerns) {
			note(problem)
		}
	}
	return nil
}

// index reads the names of all that both trees hold.
func (p *pair) index() (err error) {
	if p.is, err = artifacts.NewTree(p.kinds, p.head); err != nil {
		return err
	}
	if p.base == nil {
		p.was, err = artifacts.NewTree(p.kinds, nil)
	} else {
		p.was, err = artifacts.NewTree(p.kinds, p.base)
	}
	return err
}

// without returns what a tree holds and the other does not, of the kinds that
// may lie in a file with others.
func (p *pair) without(a, b *artifacts.Tree) []gateway.Key {
	return slices.DeleteFunc(a.Keys(), func(k gateway.Key) bool { return !p.kinds.Elsewhere(k.Kind) || b.Has(k) })
}

// touched reads a resource before and after. One that says the same as before
// is not touched, however its files were reformatted.
func (p *pair) touched(key gateway.Key) (t publisher.Touched, err error) {
	if t.Base, err = p.earlier(key); err != nil {
		return t, err
	}
	if t.Want, err = p.find(p.head, p.is, key); err != nil {
		return t, fmt.Errorf("read %v: %w", key, err)
	}
	reticent(p.kinds, t.Want)
	if t.Base != nil && t.Want != nil && p.kinds.Equal(t.Base, t.Want) {
		return publisher.Touched{}, nil
	}
	return t, nil
}

// earlier reads a resource as it was, nil if it was not there: under the name
// that it had.
func (p *pair) earlier(key gateway.Key) (*gateway.Resource, error) {
	if p.base == nil {
		return nil, nil
	}
	before := key
	if p.moves != nil {
		before = p.moves.Before(key)
	}
	if before.IsZero() { // a name of its own once, and still one of what the name stands for
		if p.kinds.Get(key.Kind).Stands == nil {
			return nil, nil
		}
		before = key
	}
	r, err := p.find(p.base, p.was, before)
	if err != nil {
		return nil, fmt.Errorf("read %v as it was: %w", before, err)
	}
	if r == nil || before == key {
		return r, nil
	}
	return p.moves.Rename(r, key), nil
}

// follow adds to the keys of what changed those of what a name has come to stand
// for, or stood for, since the earlier tree: that their files are the same says
// little.
func (p *pair) follow(keys []gateway.Key) ([]gateway.Key, error) {
	var was, is []*gateway.Resource
	for _, key := range keys {
		if p.base == nil || p.kinds.Get(key.Kind).Stands == nil {
			continue
		}
		t, err := p.touched(key)
		if err != nil {
			return nil, err
		}
		if t.Base != nil && t.Want != nil {
			was, is = append(was, t.Base), append(is, t.Want)
		}
	}
	if p.kinds.Moves(was, is, func(gateway.Key) bool { return true }).None() {
		return keys, nil
	}
	if err := p.index(); err != nil {
		return nil, err
	}
	p.moves = p.kinds.Moves(was, is, p.was.Has)
	for _, key := range p.was.Keys() {
		if after := p.moves.After(key); len(after) != 1 || after[0] != key {
			keys = append(append(keys, key), after...)
		}
	}
	return p.sorted(keys), nil
}

// sorted returns each of the keys once, in order.
func (p *pair) sorted(keys []gateway.Key) []gateway.Key {
	slices.SortFunc(keys, func(a, b gateway.Key) int { return p.kinds.Fold(a).Compare(p.kinds.Fold(b)) })
	return slices.CompactFunc(keys, func(a, b gateway.Key) bool { return p.kinds.Fold(a) == p.kinds.Fold(b) })
}

// find reads a resource of a tree, nil if it is not there.
func (p *pair) find(files fs.FS, tree *artifacts.Tree, key gateway.Key) (*gateway.Resource, error) {
	if p.kinds.Elsewhere(key.Kind) {
		r, _, err := tree.Find(key)
		return r, err
	}
	r, _, err := artifacts.DecodeKey(p.kinds, files, key)
	return r, err
}
