package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Digest returns a hash of what counts of a resource: its normal form without
// secrets, hidden texts and what the gateway may choose as it likes, and its files.
// Of a resource that is known by its digest alone it is that. It is "" for nil.
func (ks *Kinds) Digest(r *Resource) string {
	if r == nil || r.Digest != "" {
		return digestOf(r)
	}
	k := ks.Get(r.Key.Kind)
	spec := ks.Compared(r)
	if len(r.Hidden) > 0 {
		withoutHidden(spec, r.Hidden)
	}
	// Once more, for what a loose field leaves empty when it is cut.
	text, err := json.Marshal(ks.Public(k, spec))
	if err != nil {
		// Decoded JSON always encodes; anything else has no stable form.
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s", len(text), text)
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		fmt.Fprintf(h, "\n%q %d\n%s", name, len(r.Files[name]), r.Files[name])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func digestOf(r *Resource) string {
	if r == nil {
		return ""
	}
	return r.Digest
}

// unseen returns the one change of a resource of which one side is known by its
// digest alone, or none, and whether that is so.
func (ks *Kinds) unseen(have, want *Resource) ([]Change, bool) {
	switch {
	case digestOf(have) == "" && digestOf(want) == "":
		return nil, false
	case ks.Digest(have) == ks.Digest(want):
		return nil, true
	}
	return []Change{{Field: "payload", Lines: []string{"(something of it: only a digest is known of what was there)"}}}, true
}
