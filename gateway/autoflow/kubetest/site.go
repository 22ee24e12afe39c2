package kubetest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A Site is a cluster that runs, and the administrator's way into it.
type Site struct {
	URL  string // its address
	Fake *Fake  // nil: it is no fake

	ca     []byte // in PEM, that its certificate is of
	client *httpx.Client
}

// NewSite returns the way into a cluster with a certificate of an authority.
func NewSite(address string, ca []byte) (*Site, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("read authority: there is none")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return &Site{URL: address, ca: ca, client: httpx.New(httpx.Options{Transport: transport})}, nil
}

// ServeFake starts a fake, and returns how to end it.
func ServeFake() (*Site, func(), error) {
	fake := NewFake()
	server := httptest.NewTLSServer(fake)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	s, err := NewSite(server.URL, ca)
	if err != nil {
		server.Close()
		return nil, nil, err
	}
	s.Fake = fake
	return s, server.Close, nil
}

// Kubeconfig returns a kubeconfig with a context for each user, the first of
// which, by name, is the current one. Users are given with their tokens.
func (s *Site) Kubeconfig(tokens map[string]string) ([]byte, error) {
	config := Object{"apiVersion": "v1", "kind": "Config", "clusters": []any{
		Object{"name": "test", "cluster": Object{"server": s.URL, "certificate-authority-data": s.ca}},
	}}
	var users, contexts []any
	for _, name := range slices.Sorted(maps.Keys(tokens)) {
		users = append(users, Object{"name": name, "user": Object{"token": tokens[name]}})
		contexts = append(contexts, Object{"name": name, "context": Object{"cluster": "test", "user": name}})
		if len(users) == 1 {
			config["current-context"] = name
		}
	}
	config["users"], config["contexts"] = users, contexts
	return json.Marshal(config)
}

// Do makes a request as the administrator, and decodes the answer into out
// unless that is nil. An answer that is no good one is an error.
func (s *Site) Do(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, s.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+AdminToken)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/merge-patch+json")
	}
	res, err := s.client.Read(req, 0)
	if err != nil {
		return err
	}
	if res.Status >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %d: %s", method, path, res.Status, res.Body)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(res.Body, out)
}

// Path returns the path of an object; without a name, of all of its kind.
func Path(resource, namespace, name string) string {
	path := "/api/v1"
	if group := groups[resource]; group != "" {
		path = "/apis/" + group + "/v1"
	}
	if resource != "namespaces" {
		path += "/namespaces/" + namespace
	}
	path += "/" + resource
	if name != "" {
		path += "/" + name
	}
	return path
}

// Apply makes the objects of a manifest, those that are not there yet.
func (s *Site) Apply(manifest []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(manifest))
	for {
		var o Object
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		kind, _ := o["kind"].(string)
		namespace, _ := meta(o)["namespace"].(string)
		err = s.Do(http.MethodPost, Path(strings.ToLower(kind)+"s", namespace, ""), o, nil)
		if err != nil && !strings.Contains(err.Error(), "already exists") {
			return err
		}
	}
}

// Token returns a token of a service account.
func (s *Site) Token(namespace, account string) (string, error) {
	var answer struct{ Status struct{ Token string } }
	err := s.Do(http.MethodPost, Path("serviceaccounts", namespace, account)+"/token", Object{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": Object{}}, &answer)
	return answer.Status.Token, err
}
