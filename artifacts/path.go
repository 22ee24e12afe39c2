package artifacts

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Path returns the folder that holds the files of a resource, relative to the
// root of a tree: "apis/orders/operations/get". It is "." for what is kept at
// the root itself.
func Path(kinds *gateway.Kinds, key gateway.Key) (string, error) {
	if key.IsZero() {
		return ".", nil
	}
	owner, err := Path(kinds, kinds.Parent(key))
	if err != nil {
		return "", err
	}
	return below(kinds, owner, key)
}

// below returns the folder of a resource of which the owner's folder is known.
func below(kinds *gateway.Kinds, owner string, key gateway.Key) (string, error) {
	k := kinds.Get(key.Kind)
	switch {
	case k == nil:
		return "", fmt.Errorf("%v: the kind is not in the table", key)
	case k.Only == "":
		folder, err := folderName(key.Name())
		if err != nil {
			return "", fmt.Errorf("%v: %w", key, err)
		}
		return path.Join(owner, k.Dir, folder), nil
	case kinds.FoldName(k.Only) != kinds.FoldName(key.Name()):
		return "", fmt.Errorf("%v: there can be only one %s, and its name is %q", key, k.Name, k.Only)
	}
	return owner, nil
}

// KeyOf returns the key of the resource that a file belongs to, and false if
// the path is that of no resource's file, or that of a list of resources: see
// IsList. It looks at the path alone.
func KeyOf(kinds *gateway.Kinds, file string) (gateway.Key, bool) {
	s, name := spotOf(kinds, file)
	if folder, ok := s.flat(name); ok {
		return s.enter(kinds, folder).places[0].key, true
	}
	p, ok := s.owner(name)
	return p.key, ok
}

// IsList reports whether a path is that of a file that lists resources.
func IsList(kinds *gateway.Kinds, file string) bool {
	s, name := spotOf(kinds, file)
	_, ok := s.list(name)
	return ok
}

// spotOf returns the folder that a file lies in, and the file's own name.
func spotOf(kinds *gateway.Kinds, file string) (spot, string) {
	s := rootSpot(kinds)
	dir, name := path.Split(file)
	for _, part := range strings.FieldsFunc(dir, func(r rune) bool { return r == '/' }) {
		s = s.enter(kinds, part)
	}
	return s, name
}

// A place is a resource in the folder that holds its files.
type place struct {
	key  gateway.Key
	kind *gateway.Kind // as the form has it; nil for the gateway itself
	form *gateway.Form
}

// A collection is the folders that lead to resources of a kind.
type collection struct {
	anchor gateway.Key // in whose folder they lie
	form   *gateway.Form
	rest   []string // folders still to go; none: each folder in here is a resource
}

// A listing is a file that lists resources of a kind.
type listing struct {
	anchor gateway.Key
	form   *gateway.Form
}

// A spot is what a folder stands for: mostly one resource, or one collection.
type spot struct {
	places      []place
	collections []collection
	listings    []listing
}

func (s *spot) empty() bool { return len(s.places) == 0 && len(s.collections) == 0 }

func rootSpot(kinds *gateway.Kinds) spot {
	s := spot{places: []place{{}}}
	s.grow(kinds)
	return s
}

// grow adds what the resources of this folder keep in it or below it.
func (s *spot) grow(kinds *gateway.Kinds) {
	for i := 0; i < len(s.places); i++ { // grows on the way
		p := s.places[i]
		if p.form != nil && p.form.Beside != "" || slices.ContainsFunc(s.places[:i], func(o place) bool { return o.key == p.key }) {
			continue
		}
		for _, k := range kinds.Children(p.key.Kind) {
			for _, f := range kinds.Forms(k.Name) {
				if f.Beside == "" {
					s.add(kinds, p.key, f)
				}
			}
		}
		for _, f := range kinds.Beside(p.key.Kind) {
			s.add(kinds, p.key, f)
		}
	}
}

// add adds what a resource of this folder keeps in one form.
func (s *spot) add(kinds *gateway.Kinds, anchor gateway.Key, f *gateway.Form) {
	switch k := f.Kind; {
	case f.Twin(kinds.Forms(k.Name)[0]):
	case f.List:
		s.listings = append(s.listings, listing{anchor, f})
	case k.Only != "":
		s.places = append(s.places, place{anchor.Child(k.Name, k.Only), k, f})
	default:
		rest := strings.FieldsFunc(k.Dir, func(r rune) bool { return r == '/' })
		s.collections = append(s.collections, collection{anchor, f, rest})
	}
}

// enter returns what the folder of that name in this one stands for.
func (s *spot) enter(kinds *gateway.Kinds, folder string) spot {
	var next spot
	for _, c := range s.collections {
		switch {
		case len(c.rest) == 0:
			if name, ok := resourceName(folder); ok {
				f := flatForm(c.form, folder)
				next.places = append(next.places, place{c.form.Anchored(kinds, c.anchor, name), f.Kind, f})
			}
		case c.rest[0] == folder:
			c.rest = c.rest[1:]
			next.collections = append(next.collections, c)
		}
	}
	next.grow(kinds)
	return next
}

// owner returns the resource that a file in this folder belongs to: the one
// that names it before one that it merely fits.
func (s *spot) owner(file string) (place, bool) {
	for _, fits := range []func(*gateway.Kind, string) bool{names, attaches} {
		for _, p := range s.places {
			if p.kind != nil && fits(p.kind, file) {
				return p, true
			}
		}
	}
	return place{}, false
}

// list returns the listing that a file in this folder is.
func (s *spot) list(file string) (listing, bool) {
	i := slices.IndexFunc(s.listings, func(l listing) bool { return l.form.Kind.File == file })
	if i < 0 {
		return listing{}, false
	}
	return s.listings[i], true
}

// names reports whether a kind keeps its payload, or a part, in that file.
func names(k *gateway.Kind, file string) bool {
	for _, s := range k.Split {
		if s.File == file {
			return true
		}
	}
	return k.File != "" && k.File == file
}

// attaches reports whether a kind keeps a file of that name as it is.
func attaches(k *gateway.Kind, file string) bool {
	for i := range k.Attach {
		if k.Attach[i].Match(file) {
			return true
		}
	}
	return false
}
