package extractor

import (
	"context"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// translate returns a resource in the form in which the tree has it, if the
// gateway knows of several.
func (x *extraction) translate(ctx context.Context, r *gateway.Resource) (*gateway.Resource, error) {
	t, ok := x.Gateway.(gateway.Translator)
	if !ok {
		return r, nil
	}
	old, _, err := x.base.Find(r.Key)
	if err != nil {
		old = nil // what can be mended is written anew, and what cannot is told by who writes it
	}
	return t.ForTree(ctx, r, old)
}
