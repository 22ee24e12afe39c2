package main

import (
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"golang.org/x/crypto/ssh"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

func TestSetPeople(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	lockstep := git.Person{Name: "lockstep", Email: "lockstep@localhost"}
	for _, tc := range []struct {
		name   string
		env    []string
		want   propose.Options
		signed bool
		err    string
	}{
		{name: "as it comes", want: propose.Options{Author: lockstep}},
		{name: "a committer's name", env: []string{"LOCKSTEP_COMMITTER_NAME=bot"}, want: propose.Options{Author: lockstep, Committer: git.Person{Name: "bot", Email: "lockstep@localhost"}}},
		{name: "co-authors", env: []string{"LOCKSTEP_CO_AUTHOR=Ann <ann@example.com>,Zoe <zoe@example.com>"}, want: propose.Options{Author: lockstep,
			CoAuthors: []git.Person{{Name: "Ann", Email: "ann@example.com"}, {Name: "Zoe", Email: "zoe@example.com"}}}},
		{name: "half a co-author", env: []string{"LOCKSTEP_CO_AUTHOR=ann@example.com"}, err: "NAME <ADDRESS>"},
		{name: "a key", env: []string{"LOCKSTEP_SIGN_KEY=" + key, "LOCKSTEP_SIGN_PASSPHRASE=open sesame"}, want: propose.Options{Author: lockstep}, signed: true},
		{name: "a key without its passphrase", env: []string{"LOCKSTEP_SIGN_KEY=" + key}, err: "needs a passphrase"},
		{name: "a key of another format", env: []string{"LOCKSTEP_SIGN_KEY=" + key, "LOCKSTEP_SIGN_FORMAT=gpg"}, err: "armored private key"},
		{name: "no key", env: []string{"LOCKSTEP_SIGN_KEY=" + key + ".not"}, err: "read signing key"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set := config.MustSet(settings.Extractor())
			flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
			set.AddFlags(flags)
			v, err := set.Resolve(flags, tc.env)
			if err != nil {
				t.Fatal(err)
			}
			var got propose.Options
			err = setPeople(&got, v)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || strings.Contains(err.Error(), "sesame") {
					t.Errorf("got %v, want an error with %q", err, tc.err)
				}
				return
			}
			if err != nil || (got.Signer != nil) != tc.signed {
				t.Errorf("got a signer %v, %v; want one: %v", got.Signer, err, tc.signed)
			}
			for _, d := range []string{cmp.Diff(got.Author, tc.want.Author), cmp.Diff(got.Committer, tc.want.Committer), cmp.Diff(got.CoAuthors, tc.want.CoAuthors)} {
				if d != "" {
					t.Errorf("got -, want +:\n%s", d)
				}
			}
		})
	}
}
