package main

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// behindProxy serves a site as https://example.com, which only a proxy that
// wants a password leads to, and says to the programs which that is.
func behindProxy(ts *testscript.TestScript, site http.Handler) string {
	server := httptest.NewTLSServer(site)
	ts.Defer(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.SetBasicAuth("dana", "pr0xy-s3cret"); {
		case r.Header.Get("Proxy-Authorization") != r.Header.Get("Authorization"):
			w.WriteHeader(http.StatusProxyAuthRequired)
		case r.Method != http.MethodConnect || r.Host != "example.com:443":
			w.WriteHeader(http.StatusForbidden)
		default:
			tunnel(w, server.Listener.Addr().String())
		}
	}))
	ts.Defer(proxy.Close)
	ts.Setenv("HTTPS_PROXY", strings.Replace(proxy.URL, "//", "//dana:pr0xy-s3cret@", 1))
	ts.Setenv("PROXY", strings.TrimPrefix(proxy.URL, "http://"))
	ts.Setenv("SSL_CERT_FILE", ts.MkAbs("ca.pem"))
	return "https://example.com"
}

// tunnel carries bytes both ways until both are done.
func tunnel(w http.ResponseWriter, address string) {
	up, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = up.Close() }()
	down, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = down.Close() }()
	if _, err := io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var both sync.WaitGroup
	for to, from := range map[net.Conn]net.Conn{up: down, down: up} {
		both.Go(func() {
			_, _ = io.Copy(to, from) // whoever is cut off tells
			_ = to.(*net.TCPConn).CloseWrite()
		})
	}
	both.Wait()
}
