package central

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// LoginOptions say how a service account signs in: with a secret, or with a
// key that signs a statement.
type LoginOptions struct {
	HTTP     *httpx.Client   // sends the requests; required
	Auth     *url.URL        // address of the login service; required
	Realm    string          // "" is Broker
	ClientID string          // of the service account; required
	Secret   string          // the account's secret, or
	Key      *rsa.PrivateKey // its key: see ParseKey
}

// A Login is a service account that signs in when a token is needed, and again
// before it ends. It is safe for concurrent use.
type Login struct {
	o        LoginOptions
	endpoint string

	mu    sync.Mutex
	token string
	until time.Time // when to ask for another
}

var _ TokenSource = (*Login)(nil)

// NewLogin returns a Login. It makes no call yet.
func NewLogin(o LoginOptions) (*Login, error) {
	switch {
	case o.HTTP == nil || o.Auth == nil || o.Auth.Host == "":
		return nil, errors.New("make login: HTTP and Auth are required")
	case o.ClientID == "":
		return nil, errors.New("make login: the client id of the service account is missing")
	case (o.Secret == "") == (o.Key == nil):
		return nil, errors.New("make login: give either the secret of the service account or its key")
	}
	if o.Realm == "" {
		o.Realm = "Broker"
	}
	endpoint := strings.TrimSuffix(o.Auth.String(), "/") + "/auth/realms/" + url.PathEscape(o.Realm) + "/protocol/openid-connect/token"
	return &Login{o: o, endpoint: endpoint}, nil
}

// early is how long before its end a token is replaced, so that none ends on
// its way: at most a minute, and no more than a tenth of its life.
func early(life time.Duration) time.Duration { return min(time.Minute, life/10) }

// Token implements TokenSource. Callers that come together share one call.
func (l *Login) Token(ctx context.Context) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token != "" && time.Now().Before(l.until) {
		return l.token, nil
	}
	token, life, err := l.ask(ctx)
	if err != nil {
		return "", fmt.Errorf("sign in as %s: %w", l.o.ClientID, err)
	}
	l.token, l.until = token, time.Now().Add(life-early(life))
	return token, nil
}

// Invalidate implements TokenSource.
func (l *Login) Invalidate(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token == token {
		l.token = ""
	}
}

// ask asks for a token and returns how long it lives.
func (l *Login) ask(ctx context.Context) (string, time.Duration, error) {
	form, err := l.form()
	if err != nil {
		return "", 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := l.o.HTTP.With(httpx.Policy{Repeat: true}).Read(req, 1<<20)
	if err != nil {
		return "", 0, err
	}
	var body struct {
		Token       string `json:"access_token"`
		Life        int    `json:"expires_in"`
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	err = json.Unmarshal(res.Body, &body)
	switch {
	case res.Status != http.StatusOK:
		text := strings.TrimPrefix(body.Code+": "+body.Description, ": ")
		if res.Status != http.StatusUnauthorized && res.Status != http.StatusForbidden {
			// It tells of the login alone: a 404 must not pass for a resource's.
			return "", 0, fmt.Errorf("POST %s: %d %s", req.URL.Path, res.Status, strings.Trim(text, ": "))
		}
		return "", 0, &StatusError{Method: http.MethodPost, Path: req.URL.Path, Status: res.Status, Messages: []string{text}}
	case err != nil || body.Token == "":
		return "", 0, fmt.Errorf("the answer of %s holds no token", req.URL.Host)
	case body.Life <= 0:
		body.Life = 1800
	}
	return body.Token, time.Duration(body.Life) * time.Second, nil
}

func (l *Login) form() (url.Values, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {l.o.ClientID}}
	if l.o.Key == nil {
		form.Set("client_secret", l.o.Secret)
		return form, nil
	}
	statement, err := l.sign(time.Now())
	if err != nil {
		return nil, fmt.Errorf("sign statement: %w", err)
	}
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", statement)
	return form, nil
}

// sign returns the statement, good for an hour, that the account is itself.
func (l *Login) sign(now time.Time) (string, error) {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	claims, err := json.Marshal(map[string]any{
		"iss": l.o.ClientID, "sub": l.o.ClientID, "aud": l.endpoint,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": hex.EncodeToString(id[:]),
	})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, l.o.Key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
