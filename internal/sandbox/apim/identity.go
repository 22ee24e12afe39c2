package apim

import (
	"encoding/base64"
	"encoding/binary"
)

// scopeOf is the key of the workspace an item is in, "" at service level.
func (it *item) scopeOf() string {
	for p := it; p != nil; p = p.parent {
		if p.kind.path == "workspaces" {
			return p.key
		}
	}
	return ""
}

// etag is the item's row version as the service writes it.
func (it *item) etag() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], it.row)
	return `"` + base64.StdEncoding.EncodeToString(b[:]) + `"`
}

// idOf renders the ARM id of an item.
func (v *service) idOf(it *item) string {
	if it.parent == nil {
		return v.id + "/" + it.kind.collection() + "/" + v.nameOf(it)
	}
	return v.idOf(it.parent) + "/" + it.kind.collection() + "/" + v.nameOf(it)
}

// nameOf is the name an item is shown under: the current revision has the bare one.
func (v *service) nameOf(it *item) string {
	if it.rev == "" {
		return it.name
	}
	if r := v.roots[rootKey(it.key)]; r != nil && r.current == it.rev {
		return r.name
	}
	return it.name + ";rev=" + it.rev
}

// text reads a string property, "" when it is something else.
func text(props map[string]any, name string) string {
	s, _ := props[name].(string)
	return s
}

func truth(props map[string]any, name string) bool {
	b, _ := props[name].(bool)
	return b
}

func object(props map[string]any, name string) map[string]any {
	m, _ := props[name].(map[string]any)
	return m
}
