// Package ongitea holds tests of whole programs on a forge that is none of ours:
// the extractor and the publisher as they are shipped, a Gitea as its makers ship
// it, and a sandbox of a gateway. It has no code of its own.
//
// What only a real server does shows here: what it answers to a push, what it
// makes of a pull request whose branch moves, which refs it takes, and whose
// approvals it counts. They take a minute: make gitea runs them.
package ongitea
