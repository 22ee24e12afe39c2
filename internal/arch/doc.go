// Package arch holds the rules about the source that a compiler does not check: who may import whom, what no package
// may do, and what no file may contain. It has tests only.
//
// A rule that fails names its reason. When a change needs a rule to bend, change the table in the same commit and say
// there why; a reviewer sees it.
package arch
