package autoflow

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
)

// A form is how a configuration was written: its text, and which piece of it
// says what. What did not change is written as it was: in its order, with its
// line breaks and its escapes.
type form struct {
	text []byte
	root *piece
}

// A piece is the text of one value.
type piece struct {
	start, end int
	value      any     // what it says
	parts      []piece // of an object or a list, in their order
	name       string  // in the object that it is in
	at         int     // where the name begins; start, if there is none
}

// bytes returns the text with another value in its place.
func (f *form) bytes(v any, s style) []byte {
	w := former{form: f, writer: writer{indent: s.indent}}
	w.b = append(w.b, f.text[:f.root.start]...)
	w.again(v, f.root, "\n")
	return append(w.b, f.text[f.root.end:]...)
}

// A former writes values over what was written before.
type former struct {
	writer
	form *form
}

// again appends a value that takes the place of a piece.
func (w *former) again(v any, old *piece, nl string) {
	if reflect.DeepEqual(v, old.value) {
		w.b = append(w.b, w.form.text[old.start:old.end]...)
		return
	}
	if len(old.parts) > 0 {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := old.value.(map[string]any); ok {
				w.members(v, old)
				return
			}
		case []any:
			if _, ok := old.value.([]any); ok {
				w.elements(v, old)
				return
			}
		}
	}
	w.fresh(v, nl)
}

// fresh appends a value that has no place yet, on one line if all around it is.
func (w *former) fresh(v any, nl string) {
	indent := w.indent
	if !strings.Contains(nl, "\n") {
		w.indent = ""
	}
	w.value(v, nl)
	w.indent = indent
}

// members appends an object: what it had in its order, what is new in its place
// if names are sorted, else at the end.
func (w *former) members(v map[string]any, old *piece) {
	var names []string
	for _, p := range old.parts {
		if _, ok := v[p.name]; ok {
			names = append(names, p.name)
		}
	}
	sorted := slices.IsSortedFunc(old.parts, func(a, b piece) int { return strings.Compare(a.name, b.name) })
	for _, name := range sortedNames(v) {
		if old.part(name) != nil {
			continue
		}
		i := len(names)
		if sorted {
			i, _ = slices.BinarySearch(names, name)
		}
		names = slices.Insert(names, i, name)
	}
	items := make([]*piece, len(names))
	for i, name := range names {
		items[i] = old.part(name)
	}
	w.around(old, items, func(i int, nl string) {
		name, p := names[i], items[i]
		if p == nil {
			w.text(name)
			w.b = append(w.b, w.colon(old)...)
			w.fresh(v[name], nl)
			return
		}
		w.b = append(w.b, w.form.text[p.at:p.start]...)
		w.again(v[name], p, nl)
	})
}

// part returns the part of an object that has a name, or nil.
func (p *piece) part(name string) *piece {
	for i := range p.parts {
		if p.parts[i].name == name {
			return &p.parts[i]
		}
	}
	return nil
}

// colon returns what stands between a name of an object and its value.
func (w *former) colon(old *piece) []byte {
	first := old.parts[0]
	between := w.form.text[first.at:first.start]
	return between[bytes.LastIndexByte(between, '"')+1:]
}

// elements appends a list. An element that stays is known by its id, else by
// its distance from the beginning or the end, whichever is the same.
func (w *former) elements(v []any, old *piece) {
	n, m := len(v), len(old.parts)
	first, last := 0, 0
	for first < min(n, m) && reflect.DeepEqual(v[first], old.parts[first].value) {
		first++
	}
	for last < min(n, m)-first && reflect.DeepEqual(v[n-1-last], old.parts[m-1-last].value) {
		last++
	}
	items := make([]*piece, n)
	for i := range items {
		switch {
		case i < first:
			items[i] = &old.parts[i]
		case i >= n-last:
			items[i] = &old.parts[m-n+i]
		default:
			items[i] = alike(v[i], i-first, old.parts[first:m-last])
		}
	}
	w.around(old, items, func(i int, nl string) {
		if items[i] == nil {
			w.fresh(v[i], nl)
			return
		}
		w.again(v[i], items[i], nl)
	})
}

// alike returns the piece that a value was, or nil: the one with its id, or the
// one in its place, if it has none.
func alike(v any, place int, parts []piece) *piece {
	m, _ := v.(map[string]any)
	id, named := m["id"]
	for i := range parts {
		was, _ := parts[i].value.(map[string]any)
		if named && reflect.DeepEqual(was["id"], id) || !named && i == place {
			return &parts[i]
		}
	}
	return nil
}

// around appends the items of what was an object or a list, apart as they were:
// what was behind an item is behind it again. nil is an item that is new.
func (w *former) around(old *piece, items []*piece, item func(i int, nl string)) {
	parts, text := old.parts, w.form.text
	open, end := text[old.start+1:parts[0].at], text[parts[len(parts)-1].end:old.end-1]
	usual := append([]byte{','}, open...)
	if len(parts) > 1 {
		usual = text[parts[0].end:parts[1].at]
	}
	next := map[int]int{} // where the part begins that follows one, by where that ends
	for i := range parts[1:] {
		next[parts[i].end] = parts[i+1].at
	}
	w.b = append(w.b, text[old.start])
	for i := range items {
		gap := usual
		switch {
		case i == 0:
			gap = open
		case items[i-1] != nil && next[items[i-1].end] > 0:
			gap = text[items[i-1].end:next[items[i-1].end]]
		}
		w.b = append(w.b, gap...)
		item(i, string(open))
	}
	if len(items) > 0 {
		w.b = append(w.b, end...)
	}
	w.b = append(w.b, text[old.end-1])
}
