//go:build !linux

package temptest

// folder returns nothing: there is no folder in memory that every system of the kind has.
func folder() string { return "" }
