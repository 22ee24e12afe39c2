package gateway

import (
	"fmt"
	"slices"
)

// A Spelling is another way to keep resources of a kind in a tree than its
// row's: that of another tool, or an older one. Trees are read in all ways.
type Spelling struct {
	Layouts []string // that keep it so: "v6"
	Beside  string   // kind in whose folder it lies, where that is not the owner: the one that it joins
	Dir     string   // as of the row
	File    string   // as of the row; "" is the same
	// List says that File, in the folder of the owner, is a list with an
	// object {"name": ...} for each resource. Dir is of no use then.
	List bool
	Bare bool // the payload's file is written as {}: its path tells all
	// Maybe says that people keep other things under the name File: it counts
	// only if it holds a JSON object.
	Maybe bool
	// Either says that text fields may lie in the payload's file as well as in
	// their own, and that any one of these files is enough.
	Either bool
}

// A Form is one way to keep resources of a kind in a tree: its row's, or one
// of its spellings.
type Form struct {
	Kind *Kind // with the folder and the file of the form
	Spelling
	Rank int // 0 is the row's own
}

// Forms returns the ways to keep resources of a kind, the row's own first.
func (ks *Kinds) Forms(kind string) []*Form { return ks.forms[kind] }

// Beside returns the forms that lie in the folder of a resource of the named
// kind, which does not own them.
func (ks *Kinds) Beside(kind string) []*Form { return ks.beside[kind] }

// FormIn returns the form of a kind in a layout: its row's own, unless a
// spelling is of that layout.
func (ks *Kinds) FormIn(kind, layout string) *Form {
	for _, f := range ks.forms[kind] {
		if slices.Contains(f.Layouts, layout) {
			return f
		}
	}
	return ks.forms[kind][0]
}

// Layouts returns the names of the layouts that a tree may have. The first is
// that of a new tree.
func (ks *Kinds) Layouts() []string { return slices.Clone(ks.layouts) }

// Anchor returns the resource in whose folder a form keeps the one that k
// names, and the name that the form gives it there.
func (f *Form) Anchor(ks *Kinds, k Key) (Key, string) {
	owner := ks.Parent(k)
	if f.Beside == "" {
		return owner, k.Name()
	}
	return ks.Parent(owner).Child(f.Beside, k.Name()), owner.Name()
}

// Anchored is the opposite of Anchor.
func (f *Form) Anchored(ks *Kinds, anchor Key, name string) Key {
	if f.Beside == "" {
		return anchor.Child(f.Kind.Name, name)
	}
	return ks.Parent(anchor).Child(f.Kind.Parent, name).Child(f.Kind.Name, anchor.Name())
}

// Twin reports whether the form keeps its files at the same paths as the
// row's own.
func (f *Form) Twin(own *Form) bool {
	return f != own && !f.List && f.Beside == "" && f.Kind.Dir == own.Kind.Dir && f.Kind.File == own.Kind.File && !f.Either
}

// Elsewhere reports whether some form of the kind lies in a file with others,
// or not below its owner: one cannot tell from the owner's folder which
// resources of the kind there are.
func (ks *Kinds) Elsewhere(kind string) bool {
	return slices.ContainsFunc(ks.forms[kind], func(f *Form) bool { return f.List || f.Beside != "" })
}

// makeForms fills in the forms of all kinds.
func (ks *Kinds) makeForms() error {
	ks.forms, ks.beside = map[string][]*Form{}, map[string][]*Form{}
	for _, k := range ks.rows {
		own := &Form{Kind: k, Spelling: Spelling{Either: k.Either}}
		own.Layouts = slices.DeleteFunc(slices.Clone(ks.layouts), func(l string) bool {
			return slices.ContainsFunc(k.Spellings, func(s Spelling) bool { return slices.Contains(s.Layouts, l) })
		})
		ks.forms[k.Name] = []*Form{own}
		for i, s := range k.Spellings {
			if err := ks.checkSpelling(k, s); err != nil {
				return fmt.Errorf("kind %q: spelling %s: %w", k.Name, s.File, err)
			}
			spelt := *k
			spelt.Dir = s.Dir
			if s.File != "" {
				spelt.File = s.File
			}
			f := &Form{Kind: &spelt, Spelling: s, Rank: i + 1}
			ks.forms[k.Name] = append(ks.forms[k.Name], f)
			if s.Beside != "" {
				ks.beside[s.Beside] = append(ks.beside[s.Beside], f)
			}
		}
	}
	return nil
}

func (ks *Kinds) checkSpelling(k *Kind, s Spelling) error {
	for _, l := range s.Layouts {
		if !slices.Contains(ks.layouts, l) {
			return fmt.Errorf("layout %q is not in the table", l)
		}
	}
	switch {
	case s.Beside != "" && (s.Beside != k.Joins || k.Parent == ""):
		return fmt.Errorf("it lies beside a %s, which the kind does not join", s.Beside)
	case s.Beside != "" && ks.Get(s.Beside).Parent != ks.Get(k.Parent).Parent:
		return fmt.Errorf("owner and %s have different owners", s.Beside)
	case s.List && s.File == "":
		return fmt.Errorf("a list needs a file")
	case s.Maybe && (s.List || s.Either || s.File == ""):
		return fmt.Errorf("what may be something else needs a file of its own, and no other")
	}
	return nil
}
