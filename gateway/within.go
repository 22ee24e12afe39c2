package gateway

// Lends returns the resource of which k may hold an attached file in its own
// payload, and how. nil: of none.
func (ks *Kinds) Lends(k Key) (owner Key, w *Within) {
	kind := ks.Get(k.Kind)
	if kind == nil || kind.Parent == "" {
		return Key{}, nil
	}
	for _, a := range ks.Get(kind.Parent).Attach {
		if a.Within != nil && a.Within.Row == kind.Row && ks.FoldName(a.Within.Name) == ks.FoldName(k.Name()) {
			return ks.Parent(k), a.Within
		}
	}
	return Key{}, nil
}

// Lenders returns the kinds of which a resource may hold an attached file of
// its owner, sorted as in All.
func (ks *Kinds) Lenders() []*Kind {
	var all []*Kind
	for _, k := range ks.rows {
		if k.Parent == "" {
			continue
		}
		for _, a := range ks.Get(k.Parent).Attach {
			if a.Within != nil && a.Within.Row == k.Row {
				all = append(all, k)
				break
			}
		}
	}
	return all
}
