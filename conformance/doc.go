// Package conformance holds the sandbox of API Management to what its vendor
// published: the official SDK drives it over real HTTP, every published example is
// sent to it, and every published operation has to be routed or be listed as left
// out, with the reason. It has tests only, in a module of its own, so that the
// product never depends on the SDK. It knows nothing of the extractor and publisher.
package conformance
