package extractor

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A closure reads what the filters name, then what that cannot be without and
// what links to it, and so on until nothing is missing.
//
// There are two sorts of links, told by what they lead to. What is only linked
// to, such as a group or a certificate, comes with the resource that links to
// it. What has parts of its own, such as an API, has the resources come that
// link to it: its tags, its products. Those bring none of their other APIs.
type closure struct {
	*catalog
	whole marks                // what is kept, with what it owns; false: for the sake of some of that
	fresh []dependent          // what was kept last
	side  map[linkage][]edge   // links to what may be kept
	told  map[gateway.Key]bool // what is needed and left out, and was told of
}

// marks are what is known of resources, by folded key. The walkers ask while what
// they found is still being noted.
type marks struct {
	mu sync.RWMutex
	of map[gateway.Key]bool
}

func (m *marks) get(folded gateway.Key) (value, known bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, known = m.of[folded]
	return value, known
}

func (m *marks) set(folded gateway.Key, value bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of[folded] = value
}

// A dependent is what a resource needs, as far as it tells.
type dependent struct {
	key      gateway.Key
	refs     []gateway.Key
	mentions []gateway.Mention
}

func newClosure(x *extraction) *closure {
	c := &closure{catalog: newCatalog(x), whole: marks{of: map[gateway.Key]bool{}}, side: map[linkage][]edge{}, told: map[gateway.Key]bool{}}
	x.skip = c.leftOut
	return c
}

var errNothingNamed = errors.New("follow what is needed: the filter names nothing to begin with; list some resources, or name them with --include")

func (c *closure) read(ctx context.Context) error {
	if !slices.ContainsFunc(c.kinds.Children(""), func(k *gateway.Kind) bool {
		named, _ := c.sel.saysKind(k.Name, gateway.Key{})
		return named
	}) {
		return errNothingNamed
	}
	if err := c.loadIndex(ctx, func(kind string) bool { return !c.out(kind, gateway.Key{}) }); err != nil {
		return err
	}
	err := c.walk(ctx, c, gateway.WalkOptions{Skip: c.unnamed, SkipKind: c.unnamedKind}, c.keep)
	for err == nil && len(c.fresh) > 0 {
		var next []*gateway.Resource
		if next, err = c.needed(ctx); err != nil || len(next) == 0 {
			break
		}
		err = c.walk(ctx, c, gateway.WalkOptions{From: next, Skip: c.leftOut, SkipKind: c.leftOutKind}, c.keep)
	}
	return err
}

// unnamed reports whether no filter names a resource.
func (c *closure) unnamed(key gateway.Key) bool { return !c.named(key) }

func (c *closure) unnamedKind(kind string, owner gateway.Key) bool {
	named, _ := c.sel.saysKind(kind, owner)
	return !named
}

// named reports whether the filters name a resource. A link needs both sides.
func (c *closure) named(key gateway.Key) bool {
	named, _ := c.sel.says(key)
	if target, ok := c.joined(key); ok {
		_, out := c.sel.says(target)
		return named && !out
	}
	return named
}

// bars reports whether a resource stays out, or what it links to does.
func (c *closure) bars(key gateway.Key) bool {
	target, ok := c.joined(key)
	return c.sel.bars(key) || ok && c.sel.bars(target)
}

// out reports whether the filters leave out all of a kind below an owner.
func (c *closure) out(kind string, owner gateway.Key) bool {
	_, out := c.sel.saysKind(kind, owner)
	return out
}

// keep notes what a resource needs, and hands it on.
func (c *closure) keep(r *gateway.Resource) error {
	f := c.kinds.Fold(r.Key)
	if c.extraction.seen[f].self { // it came for the sake of what it owns, and now does as a whole
		return nil
	}
	if _, known := c.whole.get(f); !known {
		c.whole.set(f, true)
	}
	d := dependent{key: r.Key, refs: c.kinds.References(r)}
	if k := c.kinds.Get(r.Key.Kind); k.Mentions != nil {
		d.mentions = k.Mentions(r)
	}
	c.fresh = append(c.fresh, d)
	c.remember(r)
	return c.take(r)
}

// kept reports whether a resource, or one that owns it, is kept as a whole.
func (c *closure) kept(key gateway.Key) bool {
	for ; !key.IsZero(); key = c.kinds.Parent(key) {
		if whole, _ := c.whole.get(c.kinds.Fold(key)); whole {
			return true
		}
	}
	return false
}

// leftOut reports whether a resource is neither named nor needed, so far.
func (c *closure) leftOut(key gateway.Key) bool {
	f := c.kinds.Fold(key)
	if c.named(key) {
		if _, known := c.whole.get(f); !known {
			c.whole.set(f, true) // at once: what it owns is asked about next
		}
		return false
	}
	if c.bars(key) {
		return true
	}
	if target, ok := c.joined(key); ok && hasParts(c.kinds, target.Kind) {
		return !c.kept(target)
	}
	_, step := c.whole.get(f)
	return !step && !c.kept(key)
}

// leftOutKind reports whether no resource of a kind below an owner is needed.
func (c *closure) leftOutKind(kind string, owner gateway.Key) bool {
	return c.out(kind, owner) || !c.kept(owner)
}

// joined returns what a resource links to its owner.
func (c *closure) joined(key gateway.Key) (gateway.Key, bool) {
	k := c.kinds.Get(key.Kind)
	if k == nil || k.Joins == "" {
		return gateway.Key{}, false
	}
	refs := c.kinds.References(&gateway.Resource{Key: key})
	i := slices.IndexFunc(refs, func(ref gateway.Key) bool { return ref.Kind == k.Joins })
	if i < 0 {
		return gateway.Key{}, false
	}
	return refs[i], true
}

// hasParts reports whether resources of a kind own something besides links.
func hasParts(kinds *gateway.Kinds, kind string) bool {
	return slices.ContainsFunc(kinds.Children(kind), func(k *gateway.Kind) bool { return k.Joins == "" })
}

// needed returns what is not kept yet and what was kept last needs. It says of
// it that it is kept.
func (c *closure) needed(ctx context.Context) ([]*gateway.Resource, error) {
	fresh := c.fresh
	c.fresh = nil
	keys, err := c.wants(ctx, fresh)
	if err != nil {
		return nil, err
	}
	links, err := c.linking(ctx, fresh)
	if err != nil {
		return nil, err
	}
	var next []*gateway.Resource
	for _, key := range append(keys, links...) {
		rs, err := c.bring(ctx, key, true)
		if err != nil {
			return nil, err
		}
		next = append(next, rs...)
	}
	return next, nil
}

// wants returns the keys of what resources refer to and mention, as far as the
// gateway has it, sorted.
func (c *closure) wants(ctx context.Context, ds []dependent) ([]gateway.Key, error) {
	set := c.set()
	var places []place
	var keys []gateway.Key
	for _, d := range ds {
		for _, ref := range d.refs {
			keys = append(keys, c.carrier(ref))
		}
		for _, m := range d.mentions {
			places = append(places, c.missing(set, d.key, m)...)
		}
	}
	if err := c.load(ctx, places); err != nil {
		return nil, err
	}
	set = c.set()
	for _, d := range ds {
		for _, m := range d.mentions {
			if key, ok := set.Find(d.key, m); ok {
				keys = append(keys, c.carrier(key))
			}
		}
	}
	return c.sorted(keys), nil
}

func (c *closure) sorted(keys []gateway.Key) []gateway.Key {
	slices.SortFunc(keys, gateway.Key.Compare)
	return slices.CompactFunc(keys, func(a, b gateway.Key) bool { return c.kinds.Fold(a) == c.kinds.Fold(b) })
}

// missing returns the places in which to look for what a resource mentions,
// unless it was seen in the nearest.
func (c *closure) missing(set *gateway.Set, from gateway.Key, m gateway.Mention) []place {
	ps := slices.DeleteFunc(c.candidates(from, m), func(p place) bool { return c.out(p.kind, p.owner) })
	if len(ps) == 0 {
		return nil
	}
	if key, ok := set.Find(from, m); ok && c.fold(c.placeOf(key)) == c.fold(ps[0]) {
		return nil
	}
	return ps
}

// silent reports whether the filters say nothing of a place: they neither list
// what is in it, nor leave it out.
func (c *closure) silent(p place) bool {
	named, out := c.sel.saysKind(p.kind, p.owner)
	return !named && !out
}

// bring returns a resource and those of its owners that are not kept yet, and
// says that they are. whole says whether it comes with what it owns.
func (c *closure) bring(ctx context.Context, key gateway.Key, whole bool) ([]*gateway.Resource, error) {
	f := c.kinds.Fold(key)
	was, have := c.whole.get(f)
	switch k := c.kinds.Get(key.Kind); {
	case key.IsZero(), have && (was || !whole), c.kinds.IsBuiltin(key):
		return nil, nil
	case c.kept(c.kinds.Parent(key)) && k.Joins == "": // it was there to be read
		return nil, nil
	}
	if c.named(key) {
		return nil, nil
	}
	if c.bars(key) {
		if whole && !c.told[f] {
			c.note(gateway.Note{Text: "left out by the filter, though something needs it: " + key.String()})
		}
		c.told[f] = true
		return nil, nil
	}
	if err := c.load(ctx, []place{c.placeOf(key)}); err != nil {
		return nil, err
	}
	r := c.get(key)
	if r == nil { // what mentions it is wrong
		return nil, nil
	}
	next, err := c.bring(ctx, c.kinds.Parent(key), false)
	c.whole.set(f, whole)
	return append(next, r), err
}

// carrier returns the resource that has to come so that another is there: the
// owner, where that one's own files tell all of it.
func (c *closure) carrier(key gateway.Key) gateway.Key {
	for k := key; !k.IsZero(); k = c.kinds.Parent(k) {
		if kind := c.kinds.Get(k.Kind); kind != nil && kind.Inside != "" {
			key = c.kinds.Parent(k)
		}
	}
	return key
}
