package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net/mail"
	"os"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// byAPI is the choice of --commit-by that has the forge commit.
const byAPI = "api"

// checkCommits refuses what a forge that commits decides itself.
func checkCommits(v *config.Values) error {
	if v.String("commit-by") != byAPI {
		return nil
	}
	if !v.IsSet("repo") {
		return cli.Usagef("--commit-by api needs --repo REPOSITORY, on a forge that makes commits")
	}
	for _, name := range []string{"sign-key", "author-name", "author-email", "committer-name", "committer-email"} {
		if v.IsSet(name) && v.Source(name) != "default" {
			return cli.Usagef("%s and --commit-by api exclude each other: the forge commits in the name of the token, and signs", v.Source(name))
		}
	}
	return nil
}

// setPeople says who commits, and with whose signature.
func setPeople(o *propose.Options, v *config.Values) (err error) {
	o.Author = git.Person{Name: v.String("author-name"), Email: v.String("author-email")}
	if v.IsSet("committer-name") || v.IsSet("committer-email") {
		o.Committer = git.Person{
			Name:  cmp.Or(v.String("committer-name"), o.Author.Name),
			Email: cmp.Or(v.String("committer-email"), o.Author.Email),
		}
	}
	for _, s := range v.List("co-author") {
		a, err := mail.ParseAddress(s)
		if err != nil || a.Name == "" {
			return cli.Usagef("--co-author %q: write NAME <ADDRESS>", s)
		}
		o.CoAuthors = append(o.CoAuthors, git.Person{Name: a.Name, Email: a.Address})
	}
	o.Signer, err = openSigner(v)
	return err
}

// openSigner reads the key that signs commits, if there is one.
func openSigner(v *config.Values) (git.Signer, error) {
	name := v.String("sign-key")
	if name == "" {
		return nil, nil
	}
	key, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	format := v.String("sign-format")
	if format == "" && bytes.Contains(key, []byte("-----BEGIN PGP")) {
		format = "gpg"
	}
	open := git.NewSSHSigner
	if format == "gpg" {
		open = git.NewGPGSigner
	}
	s, err := open(key, []byte(v.Secret("sign-passphrase").Reveal()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}
