package extractor

import (
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Selector says which resources count. It is a Filter of a table, or one that
// a file holds.
type Selector interface {
	// Skip reports whether a resource is left out, be it because of what
	// owns it or of what it joins to its owner.
	Skip(key gateway.Key) bool
	// SkipKind reports whether Skip is true of all resources of a kind that
	// an owner may have.
	SkipKind(kind string, owner gateway.Key) bool
	// Says reports whether a resource is named, itself or with what owns it,
	// and whether it is left out. It may be neither: then it counts unless
	// only what is named does.
	Says(key gateway.Key) (named, out bool)
	// Bars reports whether a resource stays out though something needs it.
	Bars(key gateway.Key) bool
	// SaysKind reports whether some resources of a kind that an owner may
	// have are named, and whether all stay out whatever needs them.
	SaysKind(kind string, owner gateway.Key) (named, out bool)
}

// A selection is selectors that must all let a resource through.
type selection []Selector

func (s selection) skip(key gateway.Key) bool {
	return slices.ContainsFunc(s, func(one Selector) bool { return one.Skip(key) })
}

func (s selection) skipKind(kind string, owner gateway.Key) bool {
	return slices.ContainsFunc(s, func(one Selector) bool { return one.SkipKind(kind, owner) })
}

func (s selection) says(key gateway.Key) (named, out bool) {
	return s.any(func(one Selector) (bool, bool) { return one.Says(key) })
}

func (s selection) saysKind(kind string, owner gateway.Key) (named, out bool) {
	return s.any(func(one Selector) (bool, bool) { return one.SaysKind(kind, owner) })
}

func (s selection) bars(key gateway.Key) bool {
	return slices.ContainsFunc(s, func(one Selector) bool { return one.Bars(key) })
}

// any asks all: being left out counts more than being named.
func (s selection) any(ask func(Selector) (bool, bool)) (named, out bool) {
	for _, one := range s {
		n, o := ask(one)
		named, out = named || n, out || o
	}
	return named && !out, out
}
