package amplify

import (
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// account is an Account, made ready.
type account struct {
	Account
	who *identity
	key *rsa.PublicKey
}

// enroll lets an account log in.
func (s *Server) enroll(a Account) error {
	if a.ClientID == "" || (a.Secret == "" && a.PublicKey == "") || s.accounts[a.ClientID] != nil {
		return fmt.Errorf("add account %q: it needs a client id of its own, and a secret or a public key", a.ClientID)
	}
	who, err := s.identify(a)
	if err != nil {
		return err
	}
	ready := &account{Account: a, who: who}
	if a.PublicKey != "" {
		if ready.key, err = parsePublicKey(a.PublicKey); err != nil {
			return fmt.Errorf("add account %s: read public key: %w", a.ClientID, err)
		}
	}
	s.accounts[a.ClientID] = ready
	return nil
}

func parsePublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("it is not PEM")
	}
	if block.Type == "RSA PUBLIC KEY" {
		return x509.ParsePKCS1PublicKey(block.Bytes)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, isRSA := parsed.(*rsa.PublicKey)
	if !isRSA {
		return nil, fmt.Errorf("it is no RSA key")
	}
	return key, nil
}

var realmPath = regexp.MustCompile(`^(/auth/realms/[^/]+)/(.+)$`)

// refusal is an error in the shape of OAuth 2.
type refusal struct{ code, description string }

// login answers what the identity provider answers.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	m := realmPath.FindStringSubmatch(r.URL.Path)
	if m == nil {
		http.NotFound(w, r)
		return
	}
	base := baseURL(r) + m[1]
	switch m[2] + " " + r.Method {
	case "protocol/openid-connect/token POST":
		s.token(w, r, base)
	case "protocol/openid-connect/userinfo GET", "protocol/openid-connect/userinfo POST":
		s.userinfo(w, r)
	case "protocol/openid-connect/certs GET":
		render(ok(map[string]any{"keys": []any{}})).send(w)
	case ".well-known/openid-configuration GET":
		render(ok(wellKnown(base))).send(w)
	default:
		http.NotFound(w, r)
	}
}

// baseURL is how the client reached the server.
func baseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func wellKnown(base string) map[string]any {
	at := base + "/protocol/openid-connect/"
	return map[string]any{"issuer": base, "token_endpoint": at + "token", "userinfo_endpoint": at + "userinfo", "jwks_uri": at + "certs",
		"grant_types_supported": []string{"client_credentials"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}}
}

// token exchanges a secret or a signed JWT for an access token.
func (s *Server) token(w http.ResponseWriter, r *http.Request, base string) {
	if err := r.ParseForm(); err != nil {
		render(refuse(refusal{"invalid_request", "The form could not be read."})).send(w)
		return
	}
	a, wrong := s.client(r, base)
	if wrong != nil {
		render(refuse(*wrong)).send(w)
		return
	}
	access := s.sign(a, base)
	render(ok(map[string]any{"access_token": access, "id_token": access, "token_type": "Bearer", "scope": "openid",
		"expires_in": int(s.o.TokenLife.Seconds()), "refresh_expires_in": 0, "not-before-policy": 0})).send(w)
}

func refuse(e refusal) *answer {
	status := http.StatusBadRequest
	if e.code == "invalid_client" || e.code == "unauthorized_client" {
		status = http.StatusUnauthorized
	}
	return &answer{status: status, body: map[string]any{"error": e.code, "error_description": e.description}}
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// client finds out who asks for a token.
func (s *Server) client(r *http.Request, base string) (*account, *refusal) {
	form := r.PostForm
	if grant := form.Get("grant_type"); grant != "client_credentials" {
		return nil, &refusal{"unsupported_grant_type", "Unsupported grant_type"}
	}
	if form.Get("client_assertion") != "" {
		if form.Get("client_assertion_type") != assertionType {
			return nil, &refusal{"invalid_client", "Parameter client_assertion_type has an unknown value"}
		}
		return s.assertedClient(form.Get("client_assertion"), form.Get("client_id"), base)
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if name, password, isBasic := r.BasicAuth(); isBasic {
		id, secret = unescape(name), unescape(password)
	}
	a := s.accounts[id]
	if a == nil || a.Secret == "" || subtle.ConstantTimeCompare([]byte(a.Secret), []byte(secret)) != 1 {
		return nil, &refusal{"unauthorized_client", "Invalid client secret"}
	}
	return a, nil
}

// unescape undoes the form encoding that OAuth 2 asks for in Basic credentials.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// assertedClient checks a signed JWT.
func (s *Server) assertedClient(assertion, clientID, base string) (*account, *refusal) {
	t, err := parseToken(assertion)
	if err != nil {
		return nil, &refusal{"invalid_client", "Client assertion could not be read"}
	}
	a := s.accounts[t.claims.Subject]
	switch {
	case a == nil || a.key == nil || t.claims.Issuer != t.claims.Subject || (clientID != "" && clientID != a.ClientID):
		return nil, &refusal{"invalid_client", "Client assertion names no account with a key"}
	case !t.signedBy(a.key):
		return nil, &refusal{"invalid_client", "Signature on JWT token failed validation"}
	case s.now().Unix() >= t.claims.Expires:
		return nil, &refusal{"invalid_client", "Token is not active"}
	case !t.claims.Audience.has(base+"/protocol/openid-connect/token") && !t.claims.Audience.has(base):
		return nil, &refusal{"invalid_client", "Invalid token audience"}
	}
	return a, nil
}

// authenticate finds out who makes a request.
func (s *Server) authenticate(r *http.Request) (*identity, error) {
	bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		if s.o.Anonymous {
			return &identity{guid: stableID("account"), admin: true}, nil
		}
		return nil, failed(http.StatusUnauthorized, "The request has no bearer token.")
	}
	who, err := s.verify(bearer)
	if err != nil {
		return nil, failed(http.StatusUnauthorized, "The token was not accepted: %s.", err)
	}
	if tenant := r.Header.Get("X-Axway-Tenant-Id"); tenant != "" && tenant != s.o.OrgID {
		return who, forbidden("The account does not belong to tenant %s.", tenant)
	}
	return who, nil
}
