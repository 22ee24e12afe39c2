package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Digest returns a hash of the overrides but for what may be a secret. It is
// "" if there are none.
func (o *Overlay) Digest() string {
	if o.Empty() {
		return ""
	}
	h := sha256.New()
	o.hash(h, "", o.root)
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func (o *Overlay) hash(w io.Writer, owner string, s section) {
	for _, kind := range slices.Sorted(maps.Keys(s)) {
		for _, name := range slices.Sorted(maps.Keys(s[kind])) {
			e := s[kind][name]
			path := fmt.Sprintf("%s/%q/%q", owner, kind, name)
			text, err := json.Marshal(withoutSecrets(o.kinds.Get(kind), e))
			if err != nil {
				text = nil // a parsed file always encodes
			}
			fmt.Fprintf(w, "%s %s\n", path, text)
			for _, p := range e.patches {
				fmt.Fprintf(w, "%s %q\n", p.op, p.path)
			}
			o.hash(w, path, e.below)
		}
	}
}

// withoutSecrets returns a copy of what an entry merges without what may be a
// secret, even if it is none in the resource that it is merged into. Where values
// come from where secrets are kept, it is as the file has it.
func withoutSecrets(k *gateway.Kind, e *entry) map[string]any {
	out, _ := gateway.Clone(e.spec).(map[string]any)
	if len(e.hidden) > 0 {
		out, _ = gateway.Clone(e.written).(map[string]any)
		delete(out, patchKey)
	}
	merged := map[string]any{}
	merger{spelling: spellings(k)}.object(merged, out, "")
	for _, s := range k.Secret {
		s.Edit(merged, func(any) (any, bool) { return nil, false })
	}
	return merged
}
