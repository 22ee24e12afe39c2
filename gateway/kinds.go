package gateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Table is a product's kinds and the rules that hold for all of them.
type Table struct {
	Rows     []Kind
	Body     string         // field that holds all of a payload that can be set: "properties"; "" is the payload itself
	FoldCase bool           // names that differ only in case are the same
	IDPrefix *regexp.Regexp // start of an id of any instance; the normal form drops it
	Layouts  []string       // names of the layouts that spellings are of; the first is that of the rows themselves
	// Review looks at resources together: see Kinds.Review. nil: there is
	// nothing that the columns do not tell.
	Review func(have, after []*Resource) []Finding
}

// Kinds is a gateway's table of kinds, checked and in order: owners and
// dependencies first.
type Kinds struct {
	rows     []*Kind
	index    map[string]int
	level    []int
	children map[string][]*Kind
	body     string
	fold     bool
	prefix   *regexp.Regexp
	layouts  []string
	review   func(have, after []*Resource) []Finding
	forms    map[string][]*Form // by kind
	beside   map[string][]*Form // by the kind in whose folder they lie
}

// NewKinds checks a table and puts it in order. A row that exists below
// several kinds becomes one Kind for each: "api" and "workspace api". It
// refuses unknown names, doubles and cycles.
func NewKinds(t Table) (*Kinds, error) {
	rows, err := expand(t.Rows)
	if err != nil {
		return nil, err
	}
	o := orderer{byName: map[string]*Kind{}, level: map[string]int{}}
	for _, k := range rows {
		if o.byName[k.Name] != nil {
			return nil, fmt.Errorf("kind %q: listed twice", k.Name)
		}
		o.byName[k.Name] = k
	}
	for _, k := range rows {
		if _, err := o.visit(k.Name); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(o.rows, func(a, b *Kind) int { return o.level[a.Name] - o.level[b.Name] })
	ks := &Kinds{
		rows: o.rows, index: map[string]int{}, children: map[string][]*Kind{},
		body: t.Body, fold: t.FoldCase, prefix: t.IDPrefix, layouts: slices.Clone(t.Layouts), review: t.Review,
	}
	for i, k := range ks.rows {
		ks.index[k.Name] = i
		ks.level = append(ks.level, o.level[k.Name]-1)
		ks.children[k.Parent] = append(ks.children[k.Parent], k)
	}
	if err := ks.checkConfigKeys(); err != nil {
		return nil, err
	}
	if err := ks.makeForms(); err != nil {
		return nil, err
	}
	return ks, nil
}

// expand returns the kinds that the rows stand for.
func expand(rows []Kind) ([]*Kind, error) {
	has := map[string]bool{}
	for _, r := range rows {
		for _, scope := range r.scopes() {
			has[scoped(scope, r.Name)] = true
		}
	}
	var out []*Kind
	for _, r := range rows {
		for _, scope := range r.scopes() {
			k := r
			k.Row = r.Name
			k.rescope(scope, has)
			if k.Parent != "" && !has[k.Parent] {
				return nil, fmt.Errorf("kind %q: owner %q is not in the table", k.Name, k.Parent)
			}
			out = append(out, &k)
		}
	}
	return out, nil
}

func (k *Kind) scopes() []string {
	if k.Under == nil {
		return []string{""}
	}
	return k.Under
}

func scoped(scope, name string) string { return strings.TrimSpace(scope + " " + name) }

// rescope makes k the kind that its row is below the kind named scope. What it
// depends on is looked for below the same scope, then at the gateway.
func (k *Kind) rescope(scope string, has map[string]bool) {
	if scope == "" {
		return
	}
	near := func(name string) string {
		if has[scoped(scope, name)] {
			return scoped(scope, name)
		}
		return name
	}
	k.Name = scoped(scope, k.Name)
	if k.Parent == "" {
		k.Parent = scope
	} else {
		k.Parent = scoped(scope, k.Parent)
	}
	if k.Joins != "" {
		k.Joins = near(k.Joins)
	}
	k.Refs = slices.Clone(k.Refs)
	for i, r := range k.Refs {
		k.Refs[i].Kind = near(r.Kind)
	}
	k.Spellings = slices.Clone(k.Spellings)
	for i, s := range k.Spellings {
		if s.Beside != "" {
			k.Spellings[i].Beside = near(s.Beside)
		}
	}
	k.After = slices.Clone(k.After)
	for i, a := range k.After {
		k.After[i] = near(a)
	}
}

// An orderer sorts kinds so that each comes after those it depends on.
type orderer struct {
	byName map[string]*Kind
	level  map[string]int // from 1; -1 while being visited
	rows   []*Kind
}

func (o *orderer) visit(name string) (int, error) {
	switch l := o.level[name]; {
	case l < 0:
		return 0, fmt.Errorf("kind %q: depends on itself", name)
	case l > 0:
		return l, nil
	}
	k := o.byName[name]
	if k == nil {
		return 0, fmt.Errorf("kind %q: not in the table", name)
	}
	o.level[name] = -1
	l := 1
	for _, d := range k.depends() {
		if d == name { // resources of one kind may refer to each other
			continue
		}
		m, err := o.visit(d)
		if err != nil {
			return 0, fmt.Errorf("kind %q: %w", name, err)
		}
		l = max(l, m+1)
	}
	o.level[name] = l
	o.rows = append(o.rows, k)
	return l, nil
}

func (k *Kind) depends() []string {
	deps := slices.Clone(k.After)
	if k.Parent != "" {
		deps = append(deps, k.Parent)
	}
	if k.Joins != "" {
		deps = append(deps, k.Joins)
	}
	for _, r := range k.Refs {
		deps = append(deps, r.Kind)
	}
	return deps
}

// All returns the kinds, owners and dependencies first.
func (ks *Kinds) All() []*Kind { return ks.rows }

// Get returns the kind of that name, or nil.
func (ks *Kinds) Get(name string) *Kind {
	if i, ok := ks.index[name]; ok {
		return ks.rows[i]
	}
	return nil
}

// Level returns how many kinds must be written before this one.
func (ks *Kinds) Level(name string) int { return ks.level[ks.index[name]] }

// Children returns the kinds that the named kind owns; "" stands for the
// gateway itself.
func (ks *Kinds) Children(parent string) []*Kind { return ks.children[parent] }

// Parent returns the key of the resource that owns the one k names.
func (ks *Kinds) Parent(k Key) Key {
	kind := ks.Get(k.Kind)
	if kind == nil || kind.Parent == "" {
		return Key{}
	}
	return Key{kind.Parent, k.path[:max(0, strings.LastIndexByte(k.path, 0))]}
}

// Owns reports whether the resource that owner names owns, at any depth, the
// one that k names. The gateway itself owns everything.
func (ks *Kinds) Owns(owner, k Key) bool {
	for p := k; !p.IsZero(); {
		p = ks.Parent(p)
		if ks.Fold(p) == ks.Fold(owner) {
			return true
		}
	}
	return false
}

// Fold returns the key that all spellings of k share. Keys are compared, and
// used in maps, in this form.
func (ks *Kinds) Fold(k Key) Key {
	if ks.fold {
		k.path = strings.ToLower(k.path)
	}
	return k
}

// FoldName is Fold for a name.
func (ks *Kinds) FoldName(name string) string {
	if ks.fold {
		return strings.ToLower(name)
	}
	return name
}

// IsBuiltin reports whether the product owns the resource that k names, or
// one that owns it, so that it is neither stored nor planned.
func (ks *Kinds) IsBuiltin(k Key) bool {
	for ; !k.IsZero(); k = ks.Parent(k) {
		kind := ks.Get(k.Kind)
		if kind == nil {
			return false
		}
		for _, b := range kind.Builtin {
			if ks.FoldName(b) == ks.FoldName(k.Name()) {
				return true
			}
		}
	}
	return false
}

// OptedOut reports whether a resource, or one that owns it, is of a kind that
// is managed only where somebody asks for it, and nobody did.
func (ks *Kinds) OptedOut(k Key, asked func(*Kind) bool) bool {
	for ; !k.IsZero(); k = ks.Parent(k) {
		if kind := ks.Get(k.Kind); kind != nil && kind.OptIn && !asked(kind) {
			return true
		}
	}
	return false
}

// Initial returns the resource of that key as a new gateway has it, or nil if
// the kind says nothing of it.
func (ks *Kinds) Initial(k Key) *Resource {
	for name, spec := range ks.Get(k.Kind).Initial {
		if ks.FoldName(name) == ks.FoldName(k.Name()) {
			return &Resource{Key: k, Spec: spec}
		}
	}
	return nil
}
