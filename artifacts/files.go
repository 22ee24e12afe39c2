package artifacts

import (
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Files are the changes that make a tree hold a resource. What is in neither
// Write nor Remove stays as it is.
type Files struct {
	Write  map[string][]byte // content by path
	Remove []string          // paths, sorted

	// Fields are the names of what the resource says otherwise than the
	// tree, sorted; none if the tree did not hold it.
	Fields []string
	// Lost are the fields of the payload that the kind has no file for.
	Lost []string
}

// Empty reports whether there is nothing to change.
func (f *Files) Empty() bool { return len(f.Write) == 0 && len(f.Remove) == 0 }

// Paths returns the paths of all changed files, sorted.
func (f *Files) Paths() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for p := range f.Write {
			if !yield(p) {
				return
			}
		}
		for _, p := range f.Remove {
			if !yield(p) {
				return
			}
		}
	})
}

// Encode returns the changes that make a tree hold a resource, without its
// secrets. old is the tree as it is; nil is an empty one.
func Encode(kinds *gateway.Kinds, r *gateway.Resource, old *Tree) (Files, error) {
	return NewEncoder(kinds, old).Encode(r)
}

// EncodeAll is Encode for several resources, in any order. It refuses two
// that would share a folder on a disk that ignores case. Resources that the
// tree holds and rs lacks stay.
func EncodeAll(kinds *gateway.Kinds, rs []*gateway.Resource, old *Tree) (Files, error) {
	rs = slices.SortedFunc(slices.Values(rs), func(a, b *gateway.Resource) int { return a.Key.Compare(b.Key) })
	all := Files{Write: map[string][]byte{}}
	e := NewEncoder(kinds, old)
	for _, r := range rs {
		f, err := e.Encode(r)
		if err != nil {
			return Files{}, err
		}
		maps.Copy(all.Write, f.Write)
		all.Remove = append(all.Remove, f.Remove...)
		all.Fields = append(all.Fields, f.Fields...)
		all.Lost = append(all.Lost, f.Lost...)
	}
	for _, list := range []*[]string{&all.Remove, &all.Fields, &all.Lost} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return all, nil
}
