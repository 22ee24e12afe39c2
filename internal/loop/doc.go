// Package loop holds tests of the whole loop: from a gateway to a tree, through
// git, and back to a gateway. It has no code of its own.
//
// What a part promises by itself is tested beside it. Here stand the promises
// that only the parts together can keep: nothing is lost or made up on the way,
// a run that was cut off is made good by the next, an unreadable gateway
// changes nothing, and a job makes no more requests than it needs.
package loop
