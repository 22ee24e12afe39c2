package apidef

import (
	"slices"
	"strings"
)

// maxDepth is how deep a document may be nested. Real ones stay below 100.
const maxDepth = 1000

// A kind tells the nodes of a tree apart.
type kind int

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// A node is a value of a JSON or YAML document. Nodes are never changed after
// they were read, and one that an alias names may stand in several places.
type node struct {
	kind  kind
	line  int
	text  string   // of a text, a number as JSON writes it, "true" or "false"
	keys  []string // of an object, in the order of the document
	items []*node  // the values of the keys, or the items of the list

	index map[string]int // of the keys, if there are many
}

// manyKeys is the number of keys from which on an index pays.
const manyKeys = 8

// add puts a key and its value into an object under construction. It reports
// whether the key is new.
func (n *node) add(key string, value *node) bool {
	if n.find(key) >= 0 {
		return false
	}
	n.keys = append(n.keys, key)
	n.items = append(n.items, value)
	switch {
	case n.index != nil:
		n.index[key] = len(n.keys) - 1
	case len(n.keys) > manyKeys:
		n.index = make(map[string]int, 2*len(n.keys))
		for i, k := range n.keys {
			n.index[k] = i
		}
	}
	return true
}

func (n *node) find(key string) int {
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.Index(n.keys, key)
}

// get returns the value of a key, or nil if n is no object with that key.
func (n *node) get(key string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	if i := n.find(key); i >= 0 {
		return n.items[i]
	}
	return nil
}

// str returns the text of a key's value, or "" if it is no text.
func (n *node) str(key string) string {
	if v := n.get(key); v != nil && v.kind == text {
		return v.text
	}
	return ""
}

// is reports whether a key's value is true.
func (n *node) is(key string) bool {
	v := n.get(key)
	return v != nil && v.kind == boolean && v.text == "true"
}

// elements returns the items of a list, and none of anything else.
func (n *node) elements() []*node {
	if n == nil || n.kind != list {
		return nil
	}
	return n.items
}

// names returns the keys of an object.
func (n *node) names() []string {
	if n == nil {
		return nil
	}
	return n.keys
}

// entries calls yield with the keys and values of an object, in its order.
func (n *node) entries(yield func(string, *node) bool) {
	if n == nil || n.kind != object {
		return
	}
	for i, k := range n.keys {
		if !yield(k, n.items[i]) {
			return
		}
	}
}

// strings returns the texts in a list.
func (n *node) strings() []string {
	var all []string
	for _, item := range n.elements() {
		if item.kind == text {
			all = append(all, item.text)
		}
	}
	return all
}

func (n *node) firstLine() int {
	if n == nil || n.line == 0 {
		return 1
	}
	return n.line
}

// canonical returns the same string for equal values: key order and the way in
// which a number is written do not count.
func (n *node) canonical() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	if n == nil {
		b.WriteString("null")
		return
	}
	switch n.kind {
	case null:
		b.WriteString("null")
	case boolean:
		b.WriteString(n.text)
	case number:
		b.WriteString(canonicalNumber(n.text))
	case text:
		writeQuoted(b, n.text)
	case list:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	case object:
		b.WriteByte('{')
		for i, k := range slices.Sorted(slices.Values(n.keys)) {
			if i > 0 {
				b.WriteByte(',')
			}
			writeQuoted(b, k)
			b.WriteByte(':')
			n.get(k).write(b)
		}
		b.WriteByte('}')
	}
}

// newText and the like make nodes that no document has.
func newText(s string) *node { return &node{kind: text, text: s} }

func newList(items ...*node) *node { return &node{kind: list, items: items} }

func newObject() *node { return &node{kind: object} }

func newBool(v bool) *node {
	if v {
		return &node{kind: boolean, text: "true"}
	}
	return &node{kind: boolean, text: "false"}
}
