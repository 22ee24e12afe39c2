package kubetest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// StartReal starts the API server of Kubernetes and the store below it, or
// skips the test if they are not there: LOCKSTEP_KUBE_APISERVER and
// LOCKSTEP_ETCD name the programs. They listen on loopback, roles count, and
// they end with the test.
func StartReal(t *testing.T, getenv func(string) string) *Site {
	t.Helper()
	apiserver, etcd := getenv("LOCKSTEP_KUBE_APISERVER"), getenv("LOCKSTEP_ETCD")
	if apiserver == "" || etcd == "" {
		t.Skip("not tested against Kubernetes itself: 'make cluster' does so")
	}
	r := &programs{T: t, dir: t.TempDir()}
	client, peer, secure := "http://127.0.0.1:"+r.port(), "http://127.0.0.1:"+r.port(), r.port()
	r.start(etcd, "--data-dir", r.path("etcd"), "--unsafe-no-fsync", "--log-level", "error",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	ca := r.certificate()
	r.write("tokens.csv", []byte(AdminToken+",administrator,administrator,system:masters\n"))
	r.start(apiserver, "--etcd-servers", client, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", secure,
		"--tls-cert-file", r.path("server.crt"), "--tls-private-key-file", r.path("server.key"), "--cert-dir", r.path("certs"),
		"--authorization-mode", "RBAC", "--token-auth-file", r.path("tokens.csv"),
		"--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", r.path("server.key"), "--service-account-signing-key-file", r.path("server.key"),
		"--service-cluster-ip-range", "10.0.0.0/24", "--endpoint-reconciler-type", "none")
	site, err := NewSite("https://127.0.0.1:"+secure, ca)
	r.must(err)
	r.await("start of the API server", func() bool { return site.Do(http.MethodGet, "/readyz", nil, nil) == nil })
	return site
}

// programs is what it takes to start programs.
type programs struct {
	*testing.T
	dir string
}

func (r *programs) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *programs) path(name string) string { return filepath.Join(r.dir, name) }

func (r *programs) write(name string, text []byte) {
	r.Helper()
	r.must(os.WriteFile(r.path(name), text, 0o600))
}

// port returns one on which nobody listens.
func (r *programs) port() string {
	r.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	r.must(err)
	return port
}

// start starts a program that ends with the test.
func (r *programs) start(program string, args ...string) {
	r.Helper()
	log := &bytes.Buffer{}
	c := exec.CommandContext(context.WithoutCancel(r.Context()), program, args...)
	c.Dir, c.Env = r.dir, []string{"HOME=" + r.dir}
	c.Stdout, c.Stderr = log, log
	r.must(c.Start())
	r.Cleanup(func() {
		_ = c.Process.Kill() // there is nothing to save
		_ = c.Wait()         // and how it was ended is known
		if r.Failed() {
			r.Logf("log of %s:\n%s", filepath.Base(program), log)
		}
	})
}

// await asks until something is so: no clock of ours moves another program.
func (r *programs) await(what string, done func() bool) {
	r.Helper()
	deadline, tick := time.After(2*time.Minute), time.NewTicker(100*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			r.Fatalf("%s: not within two minutes", what)
		case <-tick.C:
		}
	}
}

// certificate writes a key and a certificate for loopback that is its own
// authority, and returns that in PEM.
func (r *programs) certificate() []byte {
	r.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	r.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	r.must(err)
	private, err := x509.MarshalECPrivateKey(key)
	r.must(err)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	r.write("server.crt", certificate)
	r.write("server.key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
	return certificate
}
