package git

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// What OpenSSH's signatures of files look like.
const (
	sshsigBegin   = "-----BEGIN SSH SIGNATURE-----"
	sshsigEnd     = "-----END SSH SIGNATURE-----"
	sshsigMagic   = "SSHSIG"
	sshsigVersion = 1
	// sshsigNamespace keeps a signature of something else from being taken
	// for one of a commit.
	sshsigNamespace = "git"
)

// An sshsig is a signature with what is needed to check it.
type sshsig struct {
	key       ssh.PublicKey
	namespace string
	hash      string // "sha256" or "sha512"
	signature *ssh.Signature
}

// sshsigWire is an sshsig after its magic.
type sshsigWire struct {
	Version   uint32
	Key       []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// sshsigPayload returns what is signed in place of a message.
func sshsigPayload(namespace, hash string, message []byte) ([]byte, error) {
	var sum []byte
	switch hash {
	case "sha256":
		s := sha256.Sum256(message)
		sum = s[:]
	case "sha512":
		s := sha512.Sum512(message)
		sum = s[:]
	default:
		return nil, fmt.Errorf("hash algorithm %q is not supported", hash)
	}
	return append([]byte(sshsigMagic), ssh.Marshal(struct {
		Namespace, Reserved, Hash string
		Sum                       []byte
	}{namespace, "", hash, sum})...), nil
}

// armor returns the signature as text.
func (s *sshsig) armor() string {
	wire := append([]byte(sshsigMagic), ssh.Marshal(sshsigWire{
		Version: sshsigVersion, Key: s.key.Marshal(), Namespace: s.namespace, Hash: s.hash, Signature: ssh.Marshal(s.signature),
	})...)
	text := base64.StdEncoding.EncodeToString(wire)
	var b strings.Builder
	b.WriteString(sshsigBegin + "\n")
	const width = 70
	for len(text) > width {
		b.WriteString(text[:width] + "\n")
		text = text[width:]
	}
	b.WriteString(text + "\n" + sshsigEnd + "\n")
	return b.String()
}

// parseSSHSig reads what armor makes. It checks no signature.
func parseSSHSig(armored string) (*sshsig, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(armored), sshsigBegin)
	if ok {
		text, ok = strings.CutSuffix(text, sshsigEnd)
	}
	if !ok {
		return nil, errors.New("it is no SSH signature")
	}
	wire, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, err
	}
	body, ok := bytes.CutPrefix(wire, []byte(sshsigMagic))
	if !ok {
		return nil, errors.New("it does not begin as an SSH signature does")
	}
	var w sshsigWire
	if err := ssh.Unmarshal(body, &w); err != nil {
		return nil, err
	}
	if w.Version != sshsigVersion {
		return nil, fmt.Errorf("version %d of SSH signatures is not supported", w.Version)
	}
	s := &sshsig{namespace: w.Namespace, hash: w.Hash, signature: &ssh.Signature{}}
	if s.key, err = ssh.ParsePublicKey(w.Key); err != nil {
		return nil, err
	}
	if err := ssh.Unmarshal(w.Signature, s.signature); err != nil {
		return nil, err
	}
	return s, nil
}

// weakDSA is the algorithm of keys that are no longer made.
const weakDSA = "ssh-dss"

// verify checks that the signature is one of message, by the key that it names
// itself: whose that is, is another question.
func (s *sshsig) verify(message []byte) error {
	if s.namespace != sshsigNamespace {
		return fmt.Errorf("it was made for %q, not for %q", s.namespace, sshsigNamespace)
	}
	if _, ok := s.key.(*ssh.Certificate); ok {
		return errors.New("it was made with a certificate, which is not supported")
	}
	if f := s.signature.Format; f == ssh.KeyAlgoRSA || f == weakDSA {
		return fmt.Errorf("its algorithm %s is too weak", f)
	}
	payload, err := sshsigPayload(s.namespace, s.hash, message)
	if err != nil {
		return err
	}
	return s.key.Verify(payload, s.signature)
}
