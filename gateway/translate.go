package gateway

import "context"

// A Translator is a Gateway whose resources a tree may hold in another form
// than that in which they are handed out, such as the one of the vendor's own
// tool: with ids that hold for this instance alone, or with files in the
// payload. Neither method changes the resources that it is given.
type Translator interface {
	Gateway
	// FromTree returns a resource that a tree holds in the form in which Get
	// hands it out. One that is in that form stays as it is.
	FromTree(ctx context.Context, r *Resource) (*Resource, error)
	// ForTree returns a resource that was handed out in the form in which a tree
	// is to hold it, where old is what the tree has of it; nil: nothing.
	ForTree(ctx context.Context, r, old *Resource) (*Resource, error)
}
