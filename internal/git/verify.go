package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"golang.org/x/crypto/ssh"

	"github.com/go-git/go-git/v5/plumbing"
)

// A Keyring says whose signatures count. The zero Keyring knows nobody.
type Keyring struct {
	gpg openpgp.EntityList
	ssh []allowedSigner
}

// NewKeyring returns the keyring of armored GPG public keys, any number of
// blocks as gpg --armor --export prints them, and of a file of allowed signers
// for SSH keys, as ssh-keygen and git read it. Either may be empty.
//
// A line of allowed signers that cannot be understood is an error. One for a
// certificate authority is kept, but allows nothing: certificates are not
// supported, and Verify says so where it matters.
func NewKeyring(armored, allowedSigners []byte) (*Keyring, error) {
	k := &Keyring{}
	for rest := armored; len(bytes.TrimSpace(rest)) > 0; {
		const begin = "-----BEGIN PGP"
		block := rest
		rest = nil
		if i := bytes.Index(block[1:], []byte(begin)); i >= 0 && bytes.Contains(block[:i+1], []byte(begin)) {
			block, rest = block[:i+1], block[i+1:]
		}
		keys, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(block))
		if err != nil {
			return nil, fmt.Errorf("read keyring: %w", err)
		}
		k.gpg = append(k.gpg, keys...)
	}
	var err error
	if k.ssh, err = parseAllowedSigners(allowedSigners); err != nil {
		return nil, fmt.Errorf("read keyring: %w", err)
	}
	return k, nil
}

// A Signature is what there is to say of a commit's signature.
type Signature struct {
	Signed bool
	Valid  bool   // Signed, and good, by a key of the keyring
	Signer string // to whom the key belongs; "" unless Valid
	Reason string // why it is not Valid; "" if it is
}

// A SignedCommit is a commit and what there is to say of its signature.
type SignedCommit struct {
	CommitInfo
	Signature Signature
}

// Verify tells whether a commit is signed by a key of the keyring. An error
// means that this could not be found out.
//
// As git has it, the key alone counts: that it belongs to the one whom the
// commit names is for the caller to ask. The Signer of a GPG key is its user
// id; that of an SSH key the committer's address if the line of the key matches
// it, and else the line's patterns. GPG keys must be valid now, and SSH keys
// at the time that the commit says.
func (r *Repo) Verify(ctx context.Context, commit Hash, k *Keyring) (Signature, error) {
	c, err := r.verify(ctx, commit, k)
	if err != nil {
		return Signature{}, fmt.Errorf("verify commit %s: %w", commit, err)
	}
	return c.Signature, nil
}

// VerifySince verifies every commit that is in the history of head and not in
// that of base, the newest first. The zero Hash as base means all.
func (r *Repo) VerifySince(ctx context.Context, base, head Hash, k *Keyring) ([]SignedCommit, error) {
	commits, err := r.Since(ctx, base, head)
	if err != nil {
		return nil, fmt.Errorf("verify commits since %s: %w", base, err)
	}
	list := make([]SignedCommit, 0, len(commits))
	for _, c := range commits {
		s, err := r.verify(ctx, c.Hash, k)
		if err != nil {
			return nil, fmt.Errorf("verify commit %s: %w", c.Hash, err)
		}
		list = append(list, s)
	}
	return list, nil
}

func (r *Repo) verify(ctx context.Context, commit Hash, k *Keyring) (SignedCommit, error) {
	info, err := r.Commit(ctx, commit)
	if err != nil {
		return SignedCommit{}, err
	}
	raw, err := r.objects.read(plumbing.CommitObject, commit)
	if err != nil {
		return SignedCommit{}, err
	}
	payload, armored := splitSigned(raw)
	signer, err := k.check(payload, armored, info, r.now())
	s := Signature{Signed: armored != "", Valid: err == nil, Signer: signer}
	if err != nil {
		s.Reason = strings.Map(printable, err.Error())
	}
	return SignedCommit{info, s}, nil
}

// splitSigned returns what was signed of a commit, and the signatures in its
// header, one after the other.
func splitSigned(commit []byte) (payload []byte, armored string) {
	header, message := commit, []byte(nil)
	if i := bytes.Index(commit, []byte("\n\n")); i >= 0 {
		header, message = commit[:i+1], commit[i+1:]
	}
	var sig strings.Builder
	into := &payload
	var other []byte // a signature over another hash of the content
	for line := range bytes.Lines(header) {
		if rest, ok := bytes.CutPrefix(line, []byte(" ")); ok {
			if into == nil {
				sig.Write(rest)
				continue
			}
			*into = append(*into, line...)
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(" "))
		switch string(name) {
		case "gpgsig":
			into = nil
			sig.Write(value)
			continue
		case "gpgsig-sha256":
			into = &other
		default:
			into = &payload
		}
		*into = append(*into, line...)
	}
	return append(payload, message...), sig.String()
}

// check returns to whom the key belongs that signed a payload, or why the
// signature does not count.
func (k *Keyring) check(payload []byte, armored string, c CommitInfo, now time.Time) (string, error) {
	switch {
	case armored == "":
		return "", errors.New("it is not signed")
	case strings.Count(armored, "-----BEGIN ") > 1:
		return "", errors.New("it holds several signatures")
	case strings.HasPrefix(armored, "-----BEGIN SIGNED MESSAGE-----"):
		return "", errors.New("X.509 signatures are not supported")
	}
	switch formatOf(armored) {
	case formatGPG:
		return k.checkGPG(payload, armored, now)
	case formatSSH:
		return k.checkSSH(payload, armored, c)
	}
	return "", errors.New("the signature is in no format that is known")
}

func (k *Keyring) checkGPG(payload []byte, armored string, now time.Time) (string, error) {
	block, err := armor.Decode(strings.NewReader(armored))
	if err != nil {
		return "", fmt.Errorf("the signature cannot be read: %w", err)
	}
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(block.Body); err != nil {
		return "", fmt.Errorf("the signature cannot be read: %w", err)
	}
	sig, err := onlySignature(raw.Bytes())
	if err != nil {
		return "", err
	}
	config := &packet.Config{Time: func() time.Time { return now }}
	_, entity, err := openpgp.VerifyDetachedSignature(k.gpg, bytes.NewReader(payload), bytes.NewReader(raw.Bytes()), config)
	switch {
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return "", fmt.Errorf("the GPG key %s is not in the keyring, or is not for signing", issuer(sig))
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return "", fmt.Errorf("the GPG key %s has expired", issuer(sig))
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return "", fmt.Errorf("the GPG key %s was revoked", issuer(sig))
	case err != nil:
		return "", fmt.Errorf("the signature is bad: %w", err)
	}
	if id := entity.PrimaryIdentity(); id != nil {
		return strings.Map(printable, id.Name), nil
	}
	return issuer(sig), nil
}

// onlySignature returns the one signature in OpenPGP packets.
func onlySignature(raw []byte) (*packet.Signature, error) {
	packets := packet.NewReader(bytes.NewReader(raw))
	first, err := packets.Next()
	if err != nil {
		return nil, fmt.Errorf("the signature cannot be read: %w", err)
	}
	sig, ok := first.(*packet.Signature)
	if !ok {
		return nil, errors.New("the signature cannot be read: it is another kind of packet")
	}
	if _, err := packets.Next(); err == nil {
		return nil, errors.New("it holds several signatures")
	}
	return sig, nil
}

func issuer(s *packet.Signature) string {
	switch {
	case len(s.IssuerFingerprint) > 0:
		return fmt.Sprintf("%X", s.IssuerFingerprint)
	case s.IssuerKeyId != nil:
		return fmt.Sprintf("%016X", *s.IssuerKeyId)
	}
	return "of nobody"
}

func (k *Keyring) checkSSH(payload []byte, armored string, c CommitInfo) (string, error) {
	sig, err := parseSSHSig(armored)
	if err != nil {
		return "", fmt.Errorf("the signature cannot be read: %w", err)
	}
	if err := sig.verify(payload); err != nil {
		return "", fmt.Errorf("the signature is bad: %w", err)
	}
	key := sig.key.Marshal()
	why := fmt.Sprintf("the SSH key %s is not among the allowed signers", ssh.FingerprintSHA256(sig.key))
	for _, a := range k.ssh {
		if !bytes.Equal(a.key.Marshal(), key) {
			continue
		}
		if refusal := a.refuses(c.When); refusal != "" {
			why = fmt.Sprintf("%s (allowed signers, line %d)", refusal, a.line)
			continue
		}
		if matchList(c.Committer.Email, a.principals) {
			return c.Committer.Email, nil
		}
		return a.principals, nil
	}
	return "", errors.New(why)
}
