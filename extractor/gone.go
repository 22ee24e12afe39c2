package extractor

import (
	"fmt"
	"slices"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// gone returns the keys of what the tree holds and the gateway does not.
func (x *extraction) gone() []gateway.Key {
	var keys []gateway.Key
	for _, key := range x.base.Keys() {
		if _, ok := x.seen[x.kinds.Fold(key)]; ok && !x.told(key) || x.seen[x.kinds.Fold(key)].self {
			continue
		}
		if !x.skip(key) && !x.unread(key) && !x.base.Generated(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// told reports whether an attached file that the owner has now says all there
// is to say of a resource.
func (x *extraction) told(key gateway.Key) bool {
	a := gateway.Attachment{Pattern: x.kinds.Get(key.Kind).Inside}
	return a.Pattern != "" && slices.ContainsFunc(x.seen[x.kinds.Fold(x.kinds.Parent(key))].files, a.Match)
}

// unread reports whether the gateway may hold a resource, or one that owns
// it, although it did not show it.
func (x *extraction) unread(key gateway.Key) bool {
	for ; !key.IsZero(); key = x.kinds.Parent(key) {
		owner := x.kinds.Parent(key)
		inside := x.kinds.Get(key.Kind).Inside
		if inside != "" && slices.Contains(x.seen[x.kinds.Fold(owner)].unread, inside) {
			return true
		}
		for _, n := range x.result.Notes {
			if n.Err == nil || n.Kind != key.Kind {
				continue
			}
			if n.Parent.IsZero() || x.kinds.Fold(n.Parent) == x.kinds.Fold(owner) || x.kinds.Owns(n.Parent, key) {
				return true
			}
		}
	}
	return false
}

// late returns the files of what waits for the folder of another. If that one
// is not going, it is an error: the two cannot both be kept.
func (x *extraction) late(gone []gateway.Key) ([]artifacts.Files, error) {
	for _, key := range gone {
		x.encoder.Forget(key)
	}
	var all []artifacts.Files
	for _, r := range x.waiting {
		f, err := x.encoder.Encode(r)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// removals returns what is to change so that resources are gone.
func (x *extraction) removals(gone []gateway.Key) ([]artifacts.Files, error) {
	var all []artifacts.Files
	for _, key := range gone {
		f, err := x.encoder.Remove(key)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// remove removes what there is of a resource, and nothing beside it.
func (x *extraction) remove(key gateway.Key, f artifacts.Files) error {
	x.result.Changes = append(x.result.Changes, ResourceChange{Key: key, Op: Removed, Files: f.Paths()})
	for _, p := range f.Remove {
		if err := x.removeFile(p); err != nil {
			return err
		}
	}
	return x.write(f)
}

func (x *extraction) removeFile(p string) error {
	x.Logger.Debug("remove file", "path", p)
	if err := x.Sink.Remove(p); err != nil {
		return fmt.Errorf("remove %s: %w", p, err)
	}
	x.removed[p] = true
	return nil
}
