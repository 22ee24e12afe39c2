package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Digest returns a hash of what counts of a resource: its normal form without
// secrets and without what the gateway may choose as it likes, and its files.
// It is "" for nil.
func Digest(kinds *gateway.Kinds, r *gateway.Resource) string {
	if r == nil {
		return ""
	}
	k := kinds.Get(r.Key.Kind)
	spec := kinds.Compared(r)
	// Once more, for what a loose field leaves empty when it is cut.
	text, err := json.Marshal(kinds.Public(k, spec))
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
