package artifacts

import (
	"errors"
	"fmt"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// An Encoder encodes resources one by one and remembers the folders they
// have. It is not for use by several goroutines at once.
type Encoder struct {
	kinds *gateway.Kinds
	old   *Tree
	dirs  map[gateway.Key]string // by folded key
	taken map[string]string      // by folded path; "": free again
	done  map[gateway.Key]bool   // by folded key
}

// NewEncoder returns an Encoder that makes changes to old, nil for an empty tree.
func NewEncoder(kinds *gateway.Kinds, old *Tree) *Encoder {
	return &Encoder{
		kinds: kinds, old: old,
		dirs: map[gateway.Key]string{}, taken: map[string]string{}, done: map[gateway.Key]bool{},
	}
}

// Encode is the function Encode. It refuses a resource that it has encoded
// before, and with a *[CollisionError] one that would share the folder of
// another on a disk that ignores case.
func (e *Encoder) Encode(r *gateway.Resource) (Files, error) {
	f, err := e.encode(r)
	if err != nil {
		return Files{}, fmt.Errorf("encode %v: %w", r.Key, err)
	}
	return f, nil
}

// Forget says that the tree will no longer hold a resource, so that another
// may have its folder.
func (e *Encoder) Forget(key gateway.Key) {
	if e.old == nil {
		return
	}
	if dir, ok := e.old.dirs[e.kinds.Fold(key)]; ok {
		e.taken[foldPath(dir)] = ""
	}
}

func (e *Encoder) encode(r *gateway.Resource) (Files, error) {
	k := e.kinds.Get(r.Key.Kind)
	switch {
	case k == nil:
		return Files{}, errors.New("the kind is not in the table")
	case !k.Stored():
		return Files{}, errors.New("the kind has no files")
	case e.done[e.kinds.Fold(r.Key)]:
		return Files{}, errors.New("the same resource comes twice")
	}
	dir, err := e.dir(r.Key)
	if err != nil {
		return Files{}, err
	}
	e.done[e.kinds.Fold(r.Key)] = true
	j := job{kinds: e.kinds, kind: k, dir: dir, files: Files{Write: map[string][]byte{}}}
	j.want = &gateway.Resource{Key: r.Key, Spec: e.kinds.Public(k, r.Spec), Files: r.Files, Unread: r.Unread}
	if entry := e.old.entry(r.Key); entry != nil {
		if j.old, err = e.old.load(entry); err != nil {
			return Files{}, err
		}
	}
	return j.run()
}

// dir returns the folder of a resource: the one that the tree has for it, in
// the tree's spelling, or a new one.
func (e *Encoder) dir(key gateway.Key) (string, error) {
	if key.IsZero() {
		return ".", nil
	}
	folded := e.kinds.Fold(key)
	if dir, ok := e.dirs[folded]; ok {
		return dir, nil
	}
	owner, err := e.dir(e.kinds.Parent(key))
	if err != nil {
		return "", err
	}
	dir, err := below(e.kinds, owner, key)
	if err != nil {
		return "", err
	}
	if e.old != nil && e.old.dirs[folded] != "" {
		dir = e.old.dirs[folded]
	}
	if other := e.occupant(dir); other != "" && other != dir {
		return "", &CollisionError{A: min(dir, other), B: max(dir, other)}
	}
	e.taken[foldPath(dir)] = dir
	e.dirs[folded] = dir
	return dir, nil
}

// occupant returns the folder that a disk which ignores case takes for dir.
func (e *Encoder) occupant(dir string) string {
	folded := foldPath(dir)
	if other, ok := e.taken[folded]; ok {
		return other
	}
	if e.old != nil {
		return e.old.taken[folded]
	}
	return ""
}
