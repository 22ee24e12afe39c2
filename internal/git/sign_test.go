package git_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// need skips a test loudly where a program is not installed.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("NOT PROVEN HERE: %s is not installed, which this test takes its word from", program)
	}
}

// tool runs a program and returns what it prints.
func tool(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out.Bytes(), errs.Bytes())
	}
	return out.String()
}

// An sshPair is a key as ssh-keygen makes it.
type sshPair struct {
	file            string
	private, public []byte
}

func newSSHPair(t testing.TB, kind, passphrase string, more ...string) sshPair {
	t.Helper()
	need(t, "ssh-keygen")
	p := sshPair{file: filepath.Join(t.TempDir(), "key")}
	tool(t, append([]string{"ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", p.file}, more...)...)
	p.private, p.public = read(t, p.file), bytes.TrimSpace(read(t, p.file+".pub"))
	return p
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// newGPGPair makes a GPG key without the gpg program.
func newGPGPair(t testing.TB, name string, lifetime time.Duration) (private, public []byte) {
	t.Helper()
	made := time.Now().Add(-2 * time.Hour)
	config := &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, KeyLifetimeSecs: uint32(lifetime.Seconds()),
		Time: func() time.Time { return made },
	}
	e, err := openpgp.NewEntity(name, "", name+"@example.com", config)
	if err != nil {
		t.Fatal(err)
	}
	var secret, open bytes.Buffer
	w, err := armor.Encode(&secret, openpgp.PrivateKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SerializePrivate(w, config); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = armor.Encode(&open, openpgp.PublicKeyType, nil); err != nil {
		t.Fatal(err)
	}
	if err := e.Serialize(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return secret.Bytes(), open.Bytes()
}

// signed commits something with a signer.
func signed(t testing.TB, r *git.Repo, base git.Hash, s git.Signer) git.Hash {
	t.Helper()
	stage, err := r.Stage(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	if err := stage.Add("signed", []byte(t.Name())); err != nil {
		t.Fatal(err)
	}
	m := meta
	m.Signer = s
	m.Trailers = []git.Trailer{{Key: "Some-Mark", Value: "x"}}
	h, err := stage.Commit(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func keyring(t testing.TB, gpg, allowed string) *git.Keyring {
	t.Helper()
	k, err := git.NewKeyring([]byte(gpg), []byte(allowed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A verifier has the git program verify commits.
type verifier struct{ gpgHome, allowed string }

// newVerifier tells git of keys as a keyring is told. Without gpg, git cannot
// check its signatures.
func newVerifier(t testing.TB, gpg, allowed string) verifier {
	t.Helper()
	v := verifier{gpgHome: t.TempDir(), allowed: filepath.Join(t.TempDir(), "allowed")}
	write(t, "/", map[string]string{v.allowed: allowed, v.gpgHome + "/keys": gpg})
	if err := os.Chmod(v.gpgHome, 0o700); err != nil {
		t.Fatal(err)
	}
	if gpg != "" {
		need(t, "gpg")
		tool(t, "gpg", "--homedir", v.gpgHome, "--quiet", "--batch", "--no-autostart", "--import", v.gpgHome+"/keys")
	}
	return v
}

func (v verifier) verify(dir string, h git.Hash) (string, error) {
	cmd := exec.Command("git", "-c", "gpg.ssh.allowedSignersFile="+v.allowed, "verify-commit", "--verbose", h.String())
	cmd.Dir = dir
	cmd.Env = append(gitEnv(), "GNUPGHOME="+v.gpgHome)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestSignSSH has git verify what is signed with keys that ssh-keygen made.
func TestSignSSH(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	for _, tc := range []struct {
		name, kind, passphrase string
		more                   []string
	}{
		{name: "ed25519", kind: "ed25519"},
		{name: "ed25519 with a passphrase", kind: "ed25519", passphrase: "open sesame", more: []string{"-a", "1"}},
		{name: "ecdsa", kind: "ecdsa"},
		{name: "rsa", kind: "rsa", more: []string{"-b", "2048"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			key := newSSHPair(t, tc.kind, tc.passphrase, tc.more...)
			s, err := git.NewSSHSigner(key.private, []byte(tc.passphrase))
			if err != nil {
				t.Fatal(err)
			}
			h := signed(t, r, base, s)
			allowed := "*@example.com " + string(key.public) + "\n"
			if out, err := newVerifier(t, "", allowed).verify(dir, h); err != nil {
				t.Errorf("git verify-commit: %v\n%s", err, out)
			}
			want := git.Signature{Signed: true, Valid: true, Signer: "lockstep@example.com"}
			if got, err := r.Verify(t.Context(), h, keyring(t, "", allowed)); err != nil || got != want {
				t.Errorf("verify: got %+v, %v; want %+v", got, err, want)
			}
		})
	}
}

// TestSignGPG has git verify what is signed with a key of our own making.
func TestSignGPG(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	private, public := newGPGPair(t, "signer", 0)
	s, err := git.NewGPGSigner(private, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := signed(t, r, base, s)
	want := git.Signature{Signed: true, Valid: true, Signer: "signer <signer@example.com>"}
	if got, err := r.Verify(t.Context(), h, keyring(t, string(public), "")); err != nil || got != want {
		t.Errorf("verify: got %+v, %v; want %+v", got, err, want)
	}
	if out, err := newVerifier(t, string(public), "").verify(dir, h); err != nil {
		t.Errorf("git verify-commit: %v\n%s", err, out)
	}
	fsck(t, dir)
}

// TestGPGProgram works with a key that gpg made: its exported private key with
// a passphrase signs, and commits that git had gpg sign are found good.
func TestGPGProgram(t *testing.T) {
	need(t, "gpg")
	t.Parallel()
	// The path of the agent's socket must be short.
	home, err := os.MkdirTemp("", "gpg") //nolint:usetesting // t.TempDir names the test, which makes the path too long
	if err != nil {
		t.Fatal(err)
	}
	// Calibrating how slow passphrases are to be tried takes seconds.
	write(t, home, map[string]string{"gpg-agent.conf": "s2k-count 65536\n"})
	t.Cleanup(func() {
		tool(t, "gpgconf", "--homedir", home, "--kill", "gpg-agent")
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	gpg := func(args ...string) string {
		t.Helper()
		first := []string{"gpg", "--homedir", home, "--quiet", "--batch", "--pinentry-mode", "loopback", "--passphrase", "open sesame"}
		return tool(t, append(first, args...)...)
	}
	gpg("--quick-generate-key", "A Robot <robot@example.com>", "ed25519", "sign", "never")
	public := gpg("--armor", "--export", "robot@example.com")
	private := gpg("--armor", "--export-secret-keys", "robot@example.com")
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	keys := keyring(t, public, "")

	for passphrase, want := range map[string]string{"": "needs a passphrase", "wrong": "passphrase is wrong"} {
		if _, err := git.NewGPGSigner([]byte(private), []byte(passphrase)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("passphrase %q: got %v, want an error with %q", passphrase, err, want)
		}
	}
	s, err := git.NewGPGSigner([]byte(private), []byte("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	ours := signed(t, r, base, s)
	if out, err := newVerifier(t, public, "").verify(dir, ours); err != nil {
		t.Errorf("git verify-commit: %v\n%s", err, out)
	}
	program := filepath.Join(home, "sign")
	write(t, "/", map[string]string{program + "*": "#!/bin/sh\nexec gpg --homedir " + home + " --batch --pinentry-mode loopback --passphrase 'open sesame' \"$@\"\n"})
	theirs := hash(t, run(t, dir, "-c", "gpg.program="+program, "commit-tree", "-Srobot@example.com", "-p", base.String(), "-m", "by gpg", base.String()+"^{tree}"))
	for name, h := range map[string]git.Hash{"signed by us": ours, "signed by gpg": theirs} {
		want := git.Signature{Signed: true, Valid: true, Signer: "A Robot <robot@example.com>"}
		if got, err := r.Verify(t.Context(), h, keys); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestSignersRefuse(t *testing.T) {
	t.Parallel()
	locked := newSSHPair(t, "ed25519", "open sesame", "-a", "1")
	_, public := newGPGPair(t, "x", 0)
	expired, _ := newGPGPair(t, "x", time.Hour)
	for _, tc := range []struct {
		name            string
		make            func(key, passphrase []byte) (git.Signer, error)
		key, passphrase string
		want            string
	}{
		{"ssh: no passphrase", git.NewSSHSigner, string(locked.private), "", "needs a passphrase"},
		{"ssh: wrong passphrase", git.NewSSHSigner, string(locked.private), "wrong", "open signing key"},
		{"ssh: public key", git.NewSSHSigner, string(locked.public), "", "must be a private key"},
		{"gpg: no key", git.NewGPGSigner, "nothing", "", "must be an armored private key"},
		{"gpg: public key", git.NewGPGSigner, string(public), "", "export the private key"},
		{"gpg: expired", git.NewGPGSigner, string(expired), "", "expired"},
	} {
		_, err := tc.make([]byte(tc.key), []byte(tc.passphrase))
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: got %v, want an error with %q", tc.name, err, tc.want)
		}
	}
}

// mute is a signer that makes no signature.
type mute struct{}

func (mute) Sign([]byte) (string, error) { return "", nil }

func TestCommitNeedsItsSignature(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	c, err := r.Commit(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	m := meta
	m.Signer = mute{}
	if h, err := r.CommitTree(c.Tree, m); err == nil {
		t.Errorf("got %s, want an error: it was to be signed", h)
	}
}
