package apidef

import (
	"net/url"
	"strconv"
	"strings"
)

// follow returns what n refers to, and the last part of the reference. A node
// that is no reference, or one that leads nowhere, is returned as it is, with
// an empty name.
func (a *api) follow(n *node) (target *node, name string) {
	target = n
	for range maxDepth {
		ref := target.get("$ref")
		if ref == nil || ref.kind != text {
			return target, name
		}
		next := a.lookup(ref.text)
		if next == nil {
			return target, ""
		}
		name = lastPart(ref.text)
		target = next
	}
	return n, "" // round in a circle
}

// lookup returns the node at a reference inside the document, or nil.
func (a *api) lookup(ref string) *node {
	if n, ok := a.targets[ref]; ok {
		return n
	}
	n := a.find(ref)
	a.targets[ref] = n
	return n
}

func (a *api) find(ref string) *node {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	if decoded, err := url.PathUnescape(pointer); err == nil {
		pointer = decoded
	}
	n := a.root
	if pointer == "" {
		return n
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch {
		case n == nil:
			return nil
		case n.kind == list:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(n.items) {
				return nil
			}
			n = n.items[i]
		default:
			n = n.get(part)
		}
	}
	return n
}

func lastPart(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
