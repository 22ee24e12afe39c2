package git_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// TestSSH fetches and pushes over ssh, with the right and the wrong keys.
func TestSSH(t *testing.T) {
	t.Parallel()
	dir, base := bare(t, map[string]string{"f": "1"})
	keyFile, public := sshKey(t)
	wrongFile, _ := sshKey(t)
	addr, hostKey := serveSSH(t, public)
	_, otherHost := sshKey(t)
	known := filepath.Join(t.TempDir(), "known")
	wrongKnown := filepath.Join(t.TempDir(), "known")
	write(t, "/", map[string]string{
		known:      knownhosts.Line([]string{knownhosts.Normalize(addr)}, hostKey) + "\n",
		wrongKnown: knownhosts.Line([]string{knownhosts.Normalize(addr)}, otherHost) + "\n",
	})
	url := "ssh://git@" + addr + dir
	r := open(t, url, git.Options{Auth: git.Auth{KeyFile: keyFile, KnownHosts: []string{known}}})
	if got, err := r.Resolve(t.Context(), "main"); err != nil || got != base {
		t.Fatalf("resolve: got %s, %v; want %s", got, err, base)
	}
	next := commit(t, r, base, map[string]*string{"f": text("2")})
	if err := r.Push(t.Context(), "refs/heads/main", next, base); err != nil {
		t.Fatal(err)
	}
	if err := r.Push(t.Context(), "refs/heads/main", base, base); !errors.Is(err, git.ErrStale) {
		t.Errorf("push again: got %v, want %v", err, git.ErrStale)
	}
	write(t, dir, map[string]string{"hooks/pre-receive*": "#!/bin/sh\necho 'no pushes on Friday' >&2\nexit 1\n"})
	last := commit(t, r, next, map[string]*string{"f": text("3")})
	if err := r.Push(t.Context(), "refs/heads/main", last, next); !errors.Is(err, git.ErrRefused) || !strings.Contains(err.Error(), "no pushes on Friday") {
		t.Errorf("push against a hook: got %v, want %v with its words", err, git.ErrRefused)
	}
	for name, auth := range map[string]git.Auth{
		"wrong key":      {KeyFile: wrongFile, KnownHosts: []string{known}},
		"wrong host key": {KeyFile: keyFile, KnownHosts: []string{wrongKnown}},
	} {
		denied := open(t, url, git.Options{Auth: auth})
		if _, err := denied.Resolve(t.Context(), "main"); !errors.Is(err, git.ErrDenied) {
			t.Errorf("%s: got %v, want %v", name, err, git.ErrDenied)
		}
	}
	if _, err := git.Open(t.Context(), url, git.Options{Auth: git.Auth{KeyFile: keyFile, KnownHosts: []string{known + ".nope"}}}); err == nil {
		t.Error("without known hosts: got no error")
	}
	if _, err := git.Open(t.Context(), url, git.Options{Auth: git.Auth{KeyFile: known, KnownHosts: []string{known}}}); err == nil {
		t.Error("a key file without a key: got no error")
	}
}

func sshKey(t *testing.T) (string, ssh.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return file, key
}

// serveSSH runs git's commands for whoever has a key. It returns its address
// and its host key.
func serveSSH(t *testing.T, accept ssh.PublicKey) (string, ssh.PublicKey) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(accept.Marshal()) {
			return nil, errors.New("unknown key")
		}
		return nil, nil
	}}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go sshSession(conn, config)
		}
	}()
	return l.Addr().String(), signer.PublicKey()
}

func sshSession(conn net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		for req := range requests {
			if req.Type != "exec" {
				_ = req.Reply(false, nil)
				continue
			}
			_ = req.Reply(true, nil)
			cmd := exec.Command("sh", "-c", string(req.Payload[4:])) // a length comes first
			cmd.Env = gitEnv()
			cmd.Stdin, cmd.Stdout, cmd.Stderr = channel, channel, channel.Stderr()
			status := byte(0)
			if cmd.Run() != nil {
				status = 1
			}
			_, _ = channel.SendRequest("exit-status", false, []byte{0, 0, 0, status})
			_ = channel.Close()
		}
	}
}
