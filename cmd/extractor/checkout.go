package main

import (
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
)

// checkCheckout refuses the checkout of a repository on a server as the place of
// pull requests, unless that was asked for. What is pushed there stays there: no
// forge sees the branch, and a job throws its checkout away.
func checkCheckout(v *config.Values) error {
	if v.String("forge") == "local" {
		return nil
	}
	repo := v.String("repo")
	origin, err := git.RemoteURL(repo, "origin")
	if err != nil || !onServer(origin) {
		return nil // no checkout, or one of another folder here
	}
	origin = git.StripUserinfo(origin)
	return cli.Usagef("--repo %s is a checkout of %s, and a pull request in it is seen by nobody there: "+
		"say --repo %s, or keep pull requests in the checkout itself with --forge local", repo, origin, origin)
}

// onServer reports whether the address of a remote is that of a server.
func onServer(address string) bool {
	if scheme, _, ok := strings.Cut(address, "://"); ok {
		return scheme != "file"
	}
	host, _, ok := strings.Cut(address, ":")
	return ok && len(host) > 1 && !strings.ContainsAny(host, `/\`) // and no drive
}
