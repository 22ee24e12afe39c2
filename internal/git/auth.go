package git

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/transport"
	gitfile "github.com/go-git/go-git/v5/plumbing/transport/file"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
	gitssh "github.com/go-git/go-git/v5/plumbing/transport/ssh"
	"golang.org/x/crypto/ssh"
)

// Auth is how to sign in to a server. Its secrets appear in no error and in no
// formatted value.
type Auth struct {
	// User and Password sign in over http and https. Forges take a token as
	// the password; most take any user, which is "git" by default.
	User, Password string
	// Bearer is a token that is sent as such, instead of a password.
	Bearer string
	// Renew hands out the password for one exchange over http and https,
	// instead of Password, where passwords end before a run does.
	Renew func(context.Context) (string, error)

	// KeyFile is a private key for ssh, Passphrase what opens it. Without
	// one, the running ssh agent is asked.
	KeyFile, Passphrase string
	// KnownHosts are files with the host keys to accept; none means the
	// user's and the system's. A host that they do not list is refused.
	KnownHosts []string
}

// String does not show secrets.
func (a Auth) String() string {
	switch {
	case a.Bearer != "":
		return "bearer token"
	case a.Password != "", a.Renew != nil:
		return "password"
	case a.KeyFile != "":
		return "key " + a.KeyFile
	}
	return "none"
}

// GoString does not show secrets either.
func (a Auth) GoString() string { return "git.Auth{" + a.String() + "}" }

// LogValue does not show secrets either.
func (a Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }

// StripUserinfo returns a URL without the credentials that may be in it.
func StripUserinfo(location string) string {
	scheme, rest, ok := strings.Cut(location, "://")
	if !ok {
		return location
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 || scheme == "ssh" && !strings.Contains(rest[:at], ":") {
		return location
	}
	return scheme + "://" + rest[at+1:]
}

// connect returns the client and the credentials for a URL, whose endpoint
// loses its own.
func connect(ep *transport.Endpoint, o Options) (transport.Transport, transport.AuthMethod, error) {
	user, password := ep.User, ep.Password
	ep.User, ep.Password = "", ""
	switch ep.Protocol {
	case "http", "https":
		c, err := httpClient(o)
		if err != nil {
			return nil, nil, err
		}
		return githttp.NewClient(c), httpAuth(o.Auth, user, password), nil
	case "ssh":
		ep.User = cmp.Or(user, o.Auth.User, "git")
		ep.Proxy = transport.ProxyOptions{URL: o.Proxy}
		return sshClient(ep, o.Auth)
	case "file":
		return gitfile.DefaultClient, nil, nil
	}
	return nil, nil, fmt.Errorf("protocol %q is not supported: use https or ssh", ep.Protocol)
}

// httpAuth prefers what it is given over what the URL holds.
func httpAuth(a Auth, user, password string) transport.AuthMethod {
	switch {
	case a.Bearer != "":
		return &githttp.TokenAuth{Token: a.Bearer}
	case a.Password != "":
		return &githttp.BasicAuth{Username: cmp.Or(a.User, user, "git"), Password: a.Password}
	case password != "":
		return &githttp.BasicAuth{Username: user, Password: password}
	case user != "":
		return &githttp.BasicAuth{Username: user}
	}
	return nil
}

// signIn returns the credentials for one exchange.
func (s *server) signIn(ctx context.Context) (transport.AuthMethod, error) {
	if s.renew == nil {
		return s.auth, nil
	}
	password, err := s.renew(ctx)
	if err != nil {
		return nil, fmt.Errorf("sign in to %s: %w", s.name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if password != "" && !slices.Contains(s.secrets, password) {
		s.secrets = append(s.secrets, password)
	}
	return &githttp.BasicAuth{Username: s.user, Password: password}, nil
}

// hide takes credentials out of a text.
func (s *server) hide(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

func httpClient(o Options) (*http.Client, error) {
	if o.HTTP != nil {
		if o.Proxy != "" || len(o.CABundle) > 0 {
			return nil, errors.New("a proxy or CA bundle and an HTTP client exclude each other: configure the client")
		}
		return o.HTTP, nil
	}
	t := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		t = standard.Clone()
	}
	if o.Proxy != "" {
		u, err := url.Parse(o.Proxy)
		if err != nil {
			return nil, errors.New("the proxy is no URL")
		}
		t.Proxy = http.ProxyURL(u)
	}
	if len(o.CABundle) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(o.CABundle) {
			return nil, errors.New("the CA bundle holds no PEM certificate")
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: t}, nil
}

// sshClient checks host keys always, and asks the server for the kind of key
// that the files list, so that another kind is not taken for a wrong key.
func sshClient(ep *transport.Endpoint, a Auth) (transport.Transport, transport.AuthMethod, error) {
	known, err := gitssh.NewKnownHostsDb(a.KnownHosts...)
	if err != nil {
		return nil, nil, fmt.Errorf("read known hosts: %w", err)
	}
	host := gitssh.HostKeyCallbackHelper{
		HostKeyCallback:   known.HostKeyCallback(),
		HostKeyAlgorithms: known.HostKeyAlgorithms(net.JoinHostPort(ep.Host, strconv.Itoa(cmp.Or(ep.Port, gitssh.DefaultPort)))),
	}
	if a.KeyFile == "" {
		agent, err := gitssh.NewSSHAgentAuth(ep.User)
		if err != nil {
			return nil, nil, fmt.Errorf("ask the ssh agent, as no key file is given: %w", err)
		}
		agent.HostKeyCallbackHelper = host
		return gitssh.DefaultClient, timedAuth{agent}, nil
	}
	keys, err := gitssh.NewPublicKeysFromFile(ep.User, a.KeyFile, a.Passphrase)
	if err != nil {
		return nil, nil, fmt.Errorf("read key %s: %w", a.KeyFile, err)
	}
	keys.HostKeyCallbackHelper = host
	return gitssh.DefaultClient, timedAuth{keys}, nil
}

// timedAuth limits how long it may take to connect, which no context does.
type timedAuth struct{ gitssh.AuthMethod }

// ClientConfig implements [gitssh.AuthMethod].
func (a timedAuth) ClientConfig() (*ssh.ClientConfig, error) {
	c, err := a.AuthMethod.ClientConfig()
	if err == nil {
		c.Timeout = 30 * time.Second
	}
	return c, err
}
