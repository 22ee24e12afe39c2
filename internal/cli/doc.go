// Package cli is what the three programs share between the operating system and their own work: exit codes, signals,
// the way errors are shown, version, help, logging, and whether anybody watches.
//
// Everything a program takes from its process comes in a System, so that tests can run a whole program in theirs. The
// package does not know what a program does.
package cli
