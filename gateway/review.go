package gateway

import "strings"

// A Finding is something that makes resources no whole, though each may be
// right by itself.
type Finding struct {
	Key     Key
	Pointer string // to the place in the payload, as in RFC 6901: "/events/0/event"; "" is all of it
	Text    string
	Lacks   Key  // what it refers to and is not there; zero: nothing
	Alone   bool // others have no part in it: it counts only where the resource is written
}

// A Fault is why no gateway would take a resource.
type Fault struct {
	Pointer string // to the place in the payload, as that of a Finding
	Text    string
}

// Review returns what the table finds wrong with resources that are to be on
// one gateway: after; have is what it has now. The order is that of the table's.
func (ks *Kinds) Review(have, after []*Resource) []Finding {
	if ks.review == nil {
		return nil
	}
	return ks.review(have, after)
}

// Reviews reports whether the table looks at resources together, for which all
// of them are needed.
func (ks *Kinds) Reviews() bool { return ks.review != nil }

// Pointer returns the pointer to a place in a payload. Elements of arrays are
// named by their index.
func Pointer(steps ...string) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteByte('/')
		b.WriteString(pointerEscapes.Replace(s))
	}
	return b.String()
}

// PointerSteps is the opposite of Pointer.
func PointerSteps(pointer string) []string {
	if pointer == "" {
		return nil
	}
	steps := strings.Split(pointer[1:], "/")
	for i, s := range steps {
		steps[i] = pointerUnescapes.Replace(s)
	}
	return steps
}

var (
	pointerEscapes   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescapes = strings.NewReplacer("~0", "~", "~1", "/")
)
