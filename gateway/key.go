package gateway

import (
	"cmp"
	"strings"
)

// A Key identifies a resource within a gateway: its kind and the names that
// lead to it, outermost first. Keys are comparable; the zero Key is the
// gateway itself, which owns what has no other owner.
type Key struct {
	Kind string
	path string // names joined by NUL, so that a name may hold a slash
}

// NewKey returns the key of the resource that names lead to.
func NewKey(kind string, names ...string) Key {
	return Key{kind, strings.Join(names, "\x00")}
}

// Child returns the key of a resource of the given kind that k owns.
func (k Key) Child(kind, name string) Key {
	if k.Kind == "" {
		return Key{kind, name}
	}
	return Key{kind, k.path + "\x00" + name}
}

// Names returns the names that lead to the resource, its own last.
func (k Key) Names() []string {
	if k.Kind == "" {
		return nil
	}
	return strings.Split(k.path, "\x00")
}

// Name returns the resource's own name.
func (k Key) Name() string { return k.path[strings.LastIndexByte(k.path, 0)+1:] }

// IsZero reports whether k stands for the gateway itself.
func (k Key) IsZero() bool { return k == Key{} }

// String returns the kind and the names: "api operation orders/get".
func (k Key) String() string {
	return strings.TrimSpace(k.Kind + " " + strings.ReplaceAll(k.path, "\x00", "/"))
}

// Compare orders keys by the names that lead to them, owners before what
// they own, then by kind.
func (k Key) Compare(l Key) int {
	return cmp.Or(cmp.Compare(k.path, l.path), cmp.Compare(k.Kind, l.Kind))
}

// Less orders keys by kind, then by name, which is how people read lists.
func (k Key) Less(l Key) bool {
	return cmp.Or(cmp.Compare(k.Kind, l.Kind), cmp.Compare(k.path, l.path)) < 0
}
