package ongitea

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// signed asks for signatures by keys of SSH and of GPG that are named, and for
// the forge's verdict.
func signed(w *world) {
	w.adopt()
	w.bySSH()
	w.byGPG()
}

// sign has dana's git sign.
func (w *world) sign(format, key string) {
	w.Helper()
	for name, value := range map[string]string{"gpg.format": format, "user.signingkey": key, "commit.gpgsign": "true"} {
		w.git(w.work, "config", name, value)
	}
}

func (w *world) bySSH() {
	w.Helper()
	dir := w.TempDir()
	key, allowed := filepath.Join(dir, "key"), filepath.Join(dir, "allowed")
	w.tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "dana", "-f", key)
	public, err := os.ReadFile(key + ".pub")
	w.must(err)
	w.must(os.WriteFile(allowed, []byte("dana@example.com "+string(public)), 0o600))
	asked := "--require-signed-commits --allowed-signers " + allowed

	w.run(1, "publisher plan "+asked, "refused: signed commits")
	w.sign("ssh", key)
	w.write("main", file, w.changed("70"))
	w.run(0, "publisher "+asked, "held: signed commits", "1 updated")
	w.run(1, "publisher plan --require-signed-commits", "refused: signed commits") // Gitea knows nothing of the key

	w.rate("71")
	w.run(0, "extractor --pull-request --sign-key "+key+" --author-email dana@example.com", "opened")
	w.run(0, "publisher plan --commit lockstep/contoso "+asked, "held: signed commits")
}

func (w *world) byGPG() {
	w.Helper()
	for _, tool := range []string{"gpg", "gpgconf"} {
		if _, err := exec.LookPath(tool); err != nil {
			w.Skipf("%s is missing: signatures of GPG are not tried; install GnuPG and try again", tool)
		}
	}
	dir := w.TempDir()
	defer w.tool("gpgconf", "--kill", "gpg-agent")
	for _, who := range []string{"dana", "eve"} {
		w.tool("gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", who+" <"+who+"@example.com>", "ed25519", "sign", "1d")
	}
	keyring, public := filepath.Join(dir, "keyring.asc"), w.tool("gpg", "--batch", "--armor", "--export", "dana@example.com")
	w.must(os.WriteFile(keyring, []byte(public), 0o600))
	secret := filepath.Join(dir, "secret.asc")
	w.must(os.WriteFile(secret, []byte(w.tool("gpg", "--batch", "--armor", "--export-secret-keys", "dana@example.com")), 0o600))
	asked := "--require-signed-commits --keyring " + keyring

	w.run(1, "publisher plan "+asked, "refused: signed commits") // it is signed by a key of SSH
	w.sign("openpgp", "eve@example.com")
	w.write("main", file, w.changed("72"))
	w.run(1, "publisher plan "+asked, "refused: signed commits")
	w.sign("openpgp", "dana@example.com")
	w.write("main", file, w.changed("73"))
	w.run(0, "publisher "+asked, "held: signed commits", "1 updated")
	w.run(1, "publisher plan --since HEAD~2 "+asked, "refused: signed commits: commit "+w.git(w.work, "rev-parse", "--short=12", "HEAD~1"))

	// The extractor signs with the same key, and git agrees.
	w.rate("74")
	w.run(0, "extractor --pull-request --sign-key "+secret+" --author-email dana@example.com", "was pushed")
	w.run(0, "publisher plan --commit lockstep/contoso "+asked, "held: signed commits")
	w.sync()
	if out := w.git(w.work, "log", "-1", "--format=%G? %GS", "origin/lockstep/contoso"); out != "U dana <dana@example.com>" && out != "G dana <dana@example.com>" {
		w.Errorf("git says of the signature: %q", out)
	}

	// Gitea judges by the keys that it knows.
	w.run(1, "publisher plan --require-signed-commits", "refused: signed commits")
	w.Do(w.T, "dana", "POST", "/user/gpg_keys", object{"armored_public_key": strings.TrimSpace(public)}, nil)
	w.run(0, "publisher plan --require-signed-commits", "held: signed commits")
}
