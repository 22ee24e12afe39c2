package plan

import "github.com/lockstep-apiops/lockstep/gateway"

// Digest returns a hash of what counts of a resource, or "" for nil: see
// [gateway.Kinds.Digest].
func Digest(kinds *gateway.Kinds, r *gateway.Resource) string { return kinds.Digest(r) }
