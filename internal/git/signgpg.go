package git

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
)

// The formats of signatures.
const (
	formatGPG = "gpg"
	formatSSH = "ssh"
)

// formatOf returns the format of an armored signature, or "".
func formatOf(armored string) string {
	switch {
	case strings.HasPrefix(armored, "-----BEGIN PGP SIGNATURE-----"), strings.HasPrefix(armored, "-----BEGIN PGP MESSAGE-----"):
		return formatGPG
	case strings.HasPrefix(armored, sshsigBegin):
		return formatSSH
	}
	return ""
}

type gpgSigner struct{ entity *openpgp.Entity }

// NewGPGSigner returns a signer that uses an armored private key as gpg
// --export-secret-keys prints it, the subkey for signing if there is one.
// The passphrase opens the key and is not needed if it is open.
func NewGPGSigner(armoredKey, passphrase []byte) (Signer, error) {
	keys, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(armoredKey))
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w: it must be an armored private key, as gpg --armor --export-secret-keys prints it", err)
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("read signing key: it holds %d keys: export the one that signs", len(keys))
	}
	e := keys[0]
	if len(passphrase) > 0 {
		if err := e.DecryptPrivateKeys(passphrase); err != nil {
			return nil, errors.New("open signing key: the passphrase is wrong")
		}
	}
	key, ok := e.SigningKey(time.Now())
	switch {
	case !ok:
		return nil, errors.New("read signing key: it cannot sign: it is expired, revoked, or meant for something else")
	case key.PrivateKey == nil || key.PrivateKey.Dummy():
		return nil, errors.New("read signing key: it is the public part: export the private key")
	case key.PrivateKey.Encrypted:
		return nil, errors.New("open signing key: it needs a passphrase")
	}
	return &gpgSigner{e}, nil
}

// Sign implements [Signer].
func (s *gpgSigner) Sign(payload []byte) (string, error) {
	var b strings.Builder
	if err := openpgp.ArmoredDetachSign(&b, s.entity, bytes.NewReader(payload), nil); err != nil {
		return "", err
	}
	return b.String() + "\n", nil
}
