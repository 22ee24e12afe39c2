package forge

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A GitHubApp is what a GitHub App is known by. It prints without the key.
type GitHubApp struct {
	ID  string // the app's id or its client id
	Key []byte // private key in PEM, PKCS #1 or PKCS #8
	// Installation is the app's on the repository; 0 asks GitHub.
	Installation int64
}

// String returns what of the app can be shown.
func (a GitHubApp) String() string { return "GitHub App " + a.ID }

// GoString returns the same as String, for %#v.
func (a GitHubApp) GoString() string { return a.String() }

// appTokens hands out tokens of an app's installation. They are limited to one
// repository, and last for an hour.
type appTokens struct {
	app         GitHubApp
	key         *rsa.PrivateKey
	client      *http.Client
	api         string // address of the API, ending in a slash
	host        string
	owner, name string
	now         func() time.Time

	mu           sync.Mutex
	installation int64
	token        string
	expires      time.Time
}

// GitHubAppTokens returns what hands out the tokens of an app for the
// repository that c names, for [Config].Tokens and for git. A token is asked for
// when one is needed first, and again shortly before it expires. The function
// may be called from several goroutines.
func GitHubAppTokens(c Config, app GitHubApp) (func(context.Context) (string, error), error) {
	fail := func(err error) (func(context.Context) (string, error), error) {
		return nil, fmt.Errorf("open %v: %w", app, err)
	}
	key, err := parseAppKey(app.Key)
	if err != nil {
		return fail(err)
	}
	base, err := githubAPI(c.URL)
	if err != nil {
		return fail(err)
	}
	owner, name, ok := strings.Cut(c.Repo, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(c.Repo, "?#%") || strings.Contains(name, "/") {
		return fail(fmt.Errorf("repository %q: write OWNER/NAME", c.Repo))
	}
	if app.ID == "" {
		return fail(errors.New("it needs the app's id"))
	}
	if c.HTTP == nil || c.HTTP.Transport == nil {
		return fail(errors.New("it needs an HTTP client with a transport"))
	}
	t := &appTokens{
		app: app, key: key, client: c.HTTP, api: base.String(), host: base.Host, owner: owner, name: name,
		now: c.Now, installation: app.Installation,
	}
	if t.now == nil {
		t.now = time.Now
	}
	return t.get, nil
}

// parseAppKey reads a key as GitHub hands it out, or as tools convert it. Its
// errors say nothing of what is in it.
func parseAppKey(text []byte) (*rsa.PrivateKey, error) {
	// A variable that can not hold lines holds \n in their place.
	if !bytes.Contains(text, []byte("\n")) {
		text = bytes.ReplaceAll(text, []byte(`\n`), []byte("\n"))
	}
	block, _ := pem.Decode(bytes.TrimSpace(text))
	if block == nil {
		return nil, errors.New("the private key is not in PEM: give the whole file that GitHub made, from -----BEGIN to -----END")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the private key is in a block %q that can not be read: it must be an RSA key without a passphrase", block.Type)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the private key is not of RSA, as those of GitHub Apps are")
	}
	return key, nil
}

const (
	// earlier is how long before its end a token is replaced: what a call
	// that takes long was given must last for it.
	earlier = 5 * time.Minute
	// jwtLife is how long the app's own token counts; GitHub takes 10 minutes
	// at most, and clocks differ.
	jwtLife = 9 * time.Minute
	// jwtSlack dates it back, for a clock that runs ahead.
	jwtSlack = time.Minute
)

// get returns a token that lasts for some minutes at least.
func (t *appTokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.now().Add(earlier).Before(t.expires) {
		return t.token, nil
	}
	token, err := t.renew(ctx)
	if err != nil {
		return "", fmt.Errorf("get a token of %v for %s/%s: %w", t.app, t.owner, t.name, err)
	}
	return token, nil
}

func (t *appTokens) renew(ctx context.Context) (string, error) {
	if t.installation == 0 {
		var found struct {
			ID int64 `json:"id"`
		}
		if err := t.call(ctx, http.MethodGet, "repos/"+t.owner+"/"+t.name+"/installation", nil, &found); err != nil {
			return "", err
		}
		t.installation = found.ID
	}
	var made struct {
		Token   string    `json:"token"`
		Expires time.Time `json:"expires_at"`
	}
	ask := map[string]any{"repositories": []string{t.name}}
	path := "app/installations/" + strconv.FormatInt(t.installation, 10) + "/access_tokens"
	if err := t.call(ctx, http.MethodPost, path, ask, &made); err != nil {
		return "", err
	}
	if made.Token == "" {
		return "", errors.New("GitHub answered without a token")
	}
	t.token, t.expires = made.Token, made.Expires
	return t.token, nil
}

// call asks as the app itself.
func (t *appTokens) call(ctx context.Context, method, path string, ask, into any) error {
	var body io.Reader
	if ask != nil {
		text, err := json.Marshal(ask)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, t.api+path, body)
	if err != nil {
		return err
	}
	jwt, err := t.jwt()
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	own := *t.client
	own.Transport = bearer{token: fixed(jwt), host: t.host, next: own.Transport}
	resp, err := own.Do(req)
	if err != nil {
		return err
	}
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return t.explain(resp, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read GitHub's answer: %w", err)
	}
	return nil
}

// jwt returns the token by which the app shows that it has its key.
func (t *appTokens) jwt() (string, error) {
	now := t.now()
	claims, err := json.Marshal(map[string]any{
		"iss": t.app.ID, "iat": now.Add(-jwtSlack).Unix(), "exp": now.Add(jwtLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, t.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return text + "." + encode(signature), nil
}

// skew is how far two clocks may be apart before that is the likely reason for
// a refusal.
const skew = 30 * time.Second

// explain puts a refusal into words that tell what to do.
func (t *appTokens) explain(resp *http.Response, body []byte) error {
	var said struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &said) // a proxy may answer, in words of its own
	what := cutLine(cleanLine(said.Message), 300)
	if what == "" {
		what = http.StatusText(resp.StatusCode)
	}
	denied := func(format string, args ...any) error {
		return &apiError{fmt.Sprintf("%v: %s", ErrDenied, fmt.Sprintf(format, args...)), []error{ErrDenied}}
	}
	repo := t.owner + "/" + t.name
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		if there, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			if off := t.now().Sub(there).Round(time.Second); off.Abs() > skew {
				return denied("GitHub does not take the app's signature (%s): the clock of this machine is off by %v, set it right", what, off)
			}
		}
		return denied("GitHub does not take the app's signature (%s): check that the id and the private key are of the same app, on this site", what)
	case http.StatusForbidden:
		return denied("%s", what)
	case http.StatusNotFound:
		if t.app.Installation != 0 {
			return denied("the app has no installation %d: leave it out, and it is asked for", t.app.Installation)
		}
		return denied("the app is not installed on %s, or there is no such repository: install it, and choose this repository", repo)
	case http.StatusUnprocessableEntity:
		return denied("the app's installation does not reach %s (%s): add the repository to it", repo, what)
	}
	return fmt.Errorf("GitHub answered %d: %s", resp.StatusCode, what)
}
