// Package extractor brings a tree of artifacts up to date with a gateway.
//
// It reads the gateway once, resource by resource, compares each with what
// the tree holds, and hands the files that have to change to a sink: memory
// does not grow with the gateway. What the tree holds and the gateway does
// not is removed, but only on the word of a complete read, and never what a
// filter leaves out or the gateway did not show. It knows no product, no git
// and no forge.
package extractor
