package git

import (
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

type sshSigner struct{ key ssh.Signer }

// NewSSHSigner returns a signer that uses a private key as ssh-keygen writes
// it. The passphrase opens the key and is not needed if it is open.
func NewSSHSigner(key, passphrase []byte) (Signer, error) {
	s, err := ssh.ParsePrivateKey(key)
	if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		if len(passphrase) == 0 {
			return nil, errors.New("open signing key: it needs a passphrase")
		}
		if s, err = ssh.ParsePrivateKeyWithPassphrase(key, passphrase); err != nil {
			return nil, fmt.Errorf("open signing key: %w", err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w: it must be a private key, as ssh-keygen writes it", err)
	}
	return &sshSigner{s}, nil
}

// Sign implements [Signer].
func (s *sshSigner) Sign(payload []byte) (string, error) {
	const hash = "sha512"
	data, err := sshsigPayload(sshsigNamespace, hash, payload)
	if err != nil {
		return "", err
	}
	sig, err := s.sign(data)
	if err != nil {
		return "", err
	}
	return (&sshsig{key: s.key.PublicKey(), namespace: sshsigNamespace, hash: hash, signature: sig}).armor(), nil
}

// sign signs with the key's own algorithm, which for RSA must be asked for:
// the one that bears the key's name is obsolete.
func (s *sshSigner) sign(data []byte) (*ssh.Signature, error) {
	if s.key.PublicKey().Type() != ssh.KeyAlgoRSA {
		return s.key.Sign(rand.Reader, data)
	}
	k, ok := s.key.(ssh.AlgorithmSigner)
	if !ok {
		return nil, errors.New("the RSA key cannot sign with SHA-2")
	}
	return k.SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSASHA512)
}
