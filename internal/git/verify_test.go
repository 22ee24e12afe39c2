package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// commitObject stores a commit as it is written here.
func commitObject(t testing.TB, dir, text string) git.Hash {
	t.Helper()
	cmd := exec.Command("git", "hash-object", "-t", "commit", "-w", "--stdin")
	cmd.Dir, cmd.Env, cmd.Stdin = dir, gitEnv(), strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git hash-object: %v\n%s", err, out)
	}
	return hash(t, strings.TrimSpace(string(out)))
}

func catCommit(t testing.TB, dir string, h git.Hash) string {
	t.Helper()
	return run(t, dir, "cat-file", "commit", h.String()) + "\n"
}

// withSignature puts a signature in the header of an unsigned commit.
func withSignature(commit, name, armored string) string {
	header, message, _ := strings.Cut(commit, "\n\n")
	return header + "\n" + name + " " + strings.ReplaceAll(strings.TrimSpace(armored), "\n", "\n ") + "\n\n" + message
}

// TestVerify asks git and us about the same commits and keys.
func TestVerify(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	key, other := newSSHPair(t, "ed25519", ""), newSSHPair(t, "ed25519", "")
	signer, err := git.NewSSHSigner(key.private, nil)
	if err != nil {
		t.Fatal(err)
	}
	gpgPrivate, gpgPublic := newGPGPair(t, "gpg", 0)
	gpgSigner, err := git.NewGPGSigner(gpgPrivate, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, gpgOther := newGPGPair(t, "other", 0)

	good, goodGPG := signed(t, r, base, signer), signed(t, r, base, gpgSigner)
	plain := catCommit(t, dir, signed(t, r, base, nil))
	byGit := hash(t, run(t, dir, "-c", "gpg.format=ssh", "-c", "user.signingKey="+key.file, "commit-tree", "-S", "-p", base.String(), "-m", "by git", base.String()+"^{tree}"))
	tampered := commitObject(t, dir, strings.Replace(catCommit(t, dir, good), "change", "chance", 1))
	tamperedGPG := commitObject(t, dir, strings.Replace(catCommit(t, dir, goodGPG), "change", "chance", 1))
	file := filepath.Join(t.TempDir(), "payload")
	write(t, "/", map[string]string{file: plain})
	tool(t, "ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", key.file, file)
	wrongSpace := commitObject(t, dir, withSignature(plain, "gpgsig", string(read(t, file+".sig"))))
	armored, err := signer.Sign([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	armoredGPG, err := gpgSigner.Sign([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	list := "committer@example.com,lockstep@example.com " + string(key.public) + "\n"
	options := func(s string) string { return "* " + s + " " + string(key.public) + "\n" }
	certified := certify(t, key)
	for _, tc := range []struct {
		name         string
		commit       git.Hash
		gpg, allowed string
		signer, want string // want: part of the reason
		differs      bool   // git says otherwise
	}{
		{name: "SSH", commit: good, allowed: list, signer: "lockstep@example.com"},
		{name: "SSH by git", commit: byGit, allowed: list, signer: "committer@example.com"},
		{name: "SSH in the name of somebody else", commit: good, allowed: "alice@example.com " + string(key.public), signer: "alice@example.com"},
		{name: "SSH, a pattern", commit: good, allowed: `"?ockstep@*,!eve@*" namespaces="file,g?t" ` + string(key.public), signer: "lockstep@example.com"},
		{name: "SSH, valid then", commit: good, allowed: options(`valid-after="20240506",valid-before="202405070000Z"`), signer: "lockstep@example.com"},
		{name: "SSH, not valid yet", commit: good, allowed: options(`valid-after="20240509"`), want: "not valid yet"},
		{name: "SSH, not valid any more", commit: good, allowed: options(`valid-before="20240504"`), want: "not valid any more"},
		{name: "SSH, two lines", commit: good, allowed: options(`valid-before="20240504"`) + "# mine\n\n" + list, signer: "lockstep@example.com"},
		{name: "SSH, allowed for files", commit: good, allowed: options(`namespaces="file"`), want: `allowed for "file"`},
		{name: "SSH, an authority", commit: good, allowed: options(`cert-authority`), want: "for certificates only"},
		{name: "SSH, by certificate", commit: commitObject(t, dir, withSignature(plain, "gpgsig", certified.sign(t, plain))), allowed: "* cert-authority " + string(certified.authority) + "\n",
			want: "certificate, which is not supported", differs: true},
		{name: "SSH, unknown key", commit: good, allowed: "* " + string(other.public), want: "not among the allowed signers"},
		{name: "SSH, nobody allowed", commit: good, want: "not among the allowed signers"},
		{name: "SSH, tampered", commit: tampered, allowed: list, want: "signature is bad"},
		{name: "SSH, signature of a file", commit: wrongSpace, allowed: list, want: `made for "file"`},
		{name: "GPG", commit: goodGPG, gpg: string(gpgPublic), signer: "gpg <gpg@example.com>"},
		{name: "GPG, two keys", commit: goodGPG, gpg: string(gpgOther) + "\n" + string(gpgPublic), signer: "gpg <gpg@example.com>"},
		{name: "GPG, unknown key", commit: goodGPG, gpg: string(gpgOther), want: "not in the keyring"},
		{name: "GPG, tampered", commit: tamperedGPG, gpg: string(gpgPublic), want: "signature is bad"},
		{name: "unsigned", commit: base, gpg: string(gpgPublic), allowed: list, want: "not signed"},
		{name: "two signatures, one field", commit: commitObject(t, dir, withSignature(plain, "gpgsig", armoredGPG+armoredGPG)), gpg: string(gpgPublic), want: "several signatures"},
		{name: "two signatures, two fields", commit: commitObject(t, dir, withSignature(withSignature(plain, "gpgsig", armored), "gpgsig", armoredGPG)), gpg: string(gpgPublic), allowed: list, want: "several signatures", differs: true},
		{name: "one over another hash beside it", commit: commitObject(t, dir, withSignature(withSignature(plain, "gpgsig-sha256", armored), "gpgsig", armored)), allowed: list, signer: "lockstep@example.com"},
		{name: "nonsense", commit: commitObject(t, dir, withSignature(plain, "gpgsig", "nonsense")), allowed: list, want: "no format"},
		{name: "X.509", commit: commitObject(t, dir, withSignature(plain, "gpgsig", "-----BEGIN SIGNED MESSAGE-----\nx")), want: "X.509"},
		{name: "broken SSH armor", commit: commitObject(t, dir, withSignature(plain, "gpgsig", "-----BEGIN SSH SIGNATURE-----\nU1N\n-----END SSH SIGNATURE-----")), allowed: list, want: "cannot be read"},
		{name: "broken GPG armor", commit: commitObject(t, dir, withSignature(plain, "gpgsig", "-----BEGIN PGP SIGNATURE-----\n\nU1N\n")), gpg: string(gpgPublic), want: "cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.Verify(t.Context(), tc.commit, keyring(t, tc.gpg, tc.allowed))
			if err != nil {
				t.Fatal(err)
			}
			reason := got.Reason
			got.Reason = ""
			want := git.Signature{Signed: tc.name != "unsigned", Valid: tc.want == "", Signer: tc.signer}
			if got != want || !strings.Contains(reason, tc.want) || tc.want == "" && reason != "" {
				t.Errorf("got %+v because %q, want %+v because %q", got, reason, want, tc.want)
			}
			out, err := newVerifier(t, tc.gpg, tc.allowed).verify(dir, tc.commit)
			if (err == nil) != (want.Valid != tc.differs) {
				t.Errorf("git verify-commit: got %v\n%s", err, out)
			}
		})
	}
}

// A certificate is a key that an authority vouches for.
type certificate struct {
	key       sshPair
	authority []byte
}

func certify(t testing.TB, key sshPair) certificate {
	t.Helper()
	authority := newSSHPair(t, "ed25519", "")
	pub := filepath.Join(t.TempDir(), "id.pub")
	for name, data := range map[string][]byte{pub: key.public, strings.TrimSuffix(pub, ".pub"): key.private} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tool(t, "ssh-keygen", "-q", "-s", authority.file, "-I", "id", "-n", "lockstep@example.com", pub)
	return certificate{sshPair{file: strings.TrimSuffix(pub, ".pub") + "-cert.pub"}, authority.public}
}

// sign signs with the certificate, which lies beside its private key.
func (c certificate) sign(t testing.TB, payload string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "payload")
	write(t, "/", map[string]string{file: payload})
	tool(t, "ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", c.key.file, file)
	return string(read(t, file+".sig"))
}

func TestVerifyAnExpiredKey(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	private, public := newGPGPair(t, "short", 3*time.Hour)
	s, err := git.NewGPGSigner(private, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := signed(t, open(t, dir, git.Options{}), base, s)
	for name, tc := range map[string]struct {
		after time.Duration
		want  string
	}{
		"now":   {0, ""},
		"later": {5 * time.Hour, "has expired"},
	} {
		r := open(t, dir, git.Options{Now: func() time.Time { return time.Now().Add(tc.after) }})
		got, err := r.Verify(t.Context(), h, keyring(t, string(public), ""))
		if err != nil || got.Valid != (tc.want == "") || !strings.Contains(got.Reason, tc.want) {
			t.Errorf("%s: got %+v, %v; want a reason with %q", name, got, err, tc.want)
		}
	}
}

// TestVerifySince finds the one commit among several that nobody signed, also
// on a server and behind a merge.
func TestVerifySince(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	r := open(t, dir, git.Options{})
	key := newSSHPair(t, "ed25519", "")
	s, err := git.NewSSHSigner(key.private, nil)
	if err != nil {
		t.Fatal(err)
	}
	one := signed(t, r, base, s)
	loose := signed(t, r, base, nil)
	c, err := r.Commit(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	m := meta
	m.Parents, m.Signer = []git.Hash{one, loose}, s
	merged, err := r.CommitTree(c.Tree, m)
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, "update-ref", "refs/heads/line", merged.String())
	keys := keyring(t, "", "* "+string(key.public))
	want := map[git.Hash]bool{merged: true, one: true, loose: false}
	for place, location := range places(t, dir) {
		got := map[git.Hash]bool{}
		list, err := open(t, location, git.Options{}).VerifySince(t.Context(), base, merged, keys)
		if err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		for _, c := range list {
			got[c.Hash] = c.Signature.Valid
		}
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("%s: valid commits, got -, want +:\n%s", place, d)
		}
	}
}
