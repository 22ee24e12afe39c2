package amplify

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newKey is a key pair; the public half as PEM.
func newKey(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// assert signs claims as a service account does.
func assert(t *testing.T, key *rsa.PrivateKey, algorithm string, claims obj) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(`{"typ":"JWT","alg":"`+algorithm+`"}`)) + "." + enc.EncodeToString(text)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + enc.EncodeToString(signature)
}

func TestLoginWithSignedJWT(t *testing.T) {
	t.Parallel()
	key, public := newKey(t)
	other, _ := newKey(t)
	o := twoTeams()
	o.Accounts = append(o.Accounts, Account{ClientID: "bot", PublicKey: public, Teams: []string{"red"}})
	c := newClient(t, o)
	endpoint := "http://amplify.test" + tokenPath
	soon := time.Now().Add(time.Hour).Unix()
	good := func(change obj) obj {
		claims := obj{"iss": "bot", "sub": "bot", "aud": endpoint, "iat": soon - 3600, "exp": soon, "jti": "1"}
		for name, value := range change {
			claims[name] = value
		}
		return claims
	}
	for _, test := range []struct {
		name      string
		assertion string
		status    int
		want      string
	}{
		{"good", assert(t, key, "RS256", good(nil)), 200, ""},
		{"audience in a list", assert(t, key, "RS256", good(obj{"aud": []string{"x", endpoint}})), 200, ""},
		{"another key", assert(t, other, "RS256", good(nil)), 401, "Signature"},
		{"no algorithm", assert(t, key, "none", good(nil)), 401, "Signature"},
		{"expired", assert(t, key, "RS256", good(obj{"exp": soon - 7200})), 401, "not active"},
		{"another audience", assert(t, key, "RS256", good(obj{"aud": "http://elsewhere.test"})), 401, "audience"},
		{"another issuer", assert(t, key, "RS256", good(obj{"iss": "x"})), 401, "no account"},
		{"account with a secret", assert(t, key, "RS256", good(obj{"iss": "red", "sub": "red"})), 401, "no account"},
		{"no JWT", "x.y", 401, "could not be read"},
		{"no base64", "a.b.!", 401, "could not be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := c.in(t).login(url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {test.assertion}})
			text, _ := r.body["error_description"].(string)
			if r.status != test.status || !strings.Contains(text, test.want) {
				t.Errorf("got %d %s, want %d with %q", r.status, r.raw, test.status, test.want)
			}
		})
	}
}

func TestLoginIsRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	for _, test := range []struct {
		name   string
		form   url.Values
		status int
		want   string
	}{
		{"secret", url.Values{"grant_type": {"client_credentials"}, "client_id": {"sandbox"}, "client_secret": {"x"}}, 401, "unauthorized_client"},
		{"account", url.Values{"grant_type": {"client_credentials"}, "client_id": {"x"}, "client_secret": {""}}, 401, "unauthorized_client"},
		{"grant", url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type"},
		{"assertion", url.Values{"grant_type": {"client_credentials"}, "client_assertion": {"x"}}, 401, "invalid_client"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if r := c.in(t).login(test.form); r.status != test.status || r.body["error"] != test.want {
				t.Errorf("got %d %s, want %d %s", r.status, r.raw, test.status, test.want)
			}
		})
	}
	basic := c.do(http.MethodPost, tokenPath, "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded",
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("sandbox:sandbox")))
	if basic.status != http.StatusOK || at(basic.body, "expires_in") != 1800.0 {
		t.Errorf("Basic: got %d %s", basic.status, basic.raw)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, Options{TokenLife: time.Minute})
		c.get(envs)
		claims, err := parseToken(c.token)
		if err != nil || claims.claims.GUID == "" || claims.claims.OrgID != c.srv.o.OrgID {
			t.Errorf("claims: got %+v, %v", claims, err)
		}
		time.Sleep(59 * time.Second)
		c.get(envs)
		time.Sleep(time.Second)
		if r := c.want(http.StatusUnauthorized, http.MethodGet, envs, nil); at(r.body, "errors.0.title") != "Authentication error" {
			t.Errorf("expired token: got %s", r.raw)
		}
	})
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	nobody := &client{t: t, srv: c.srv}
	forged := &client{t: t, srv: newServer(t, Options{}), token: c.token}
	nobody.want(http.StatusUnauthorized, http.MethodGet, envs, nil)
	nobody.want(http.StatusUnauthorized, http.MethodPost, "/proxies", "")
	nobody.want(http.StatusUnauthorized, http.MethodGet, "/api/v1/team", nil)
	forged.want(http.StatusUnauthorized, http.MethodGet, envs, nil)
	c.want(http.StatusOK, http.MethodGet, envs, nil, "X-Axway-Tenant-Id", c.srv.o.OrgID)
	c.want(http.StatusForbidden, http.MethodGet, envs, nil, "X-Axway-Tenant-Id", "1")
	open := &client{t: t, srv: newServer(t, Options{Anonymous: true})}
	open.post(envs, obj{"name": "e"})
}

func TestPlatform(t *testing.T) {
	t.Parallel()
	c := newClient(t, twoTeams())
	org := c.srv.o.OrgID
	blue := c.as("blue", "b")
	var teams []any
	for _, entry := range at(c.get("/api/v1/team?org_id="+org).body, "result").([]any) {
		teams = append(teams, at(entry, "name"))
	}
	if want := []any{"Default Team", "blue", "red"}; !cmp.Equal(teams, want) {
		t.Errorf("teams: got %v, want %v", teams, want)
	}
	if got := at(blue.get("/api/v1/client/blue").body, "result.teams.0.guid"); got != stableID("team", "blue") {
		t.Errorf("team of the account: got %v", got)
	}
	info := blue.get("/auth/realms/Broker/protocol/openid-connect/userinfo")
	for _, path := range []string{"/api/v1/client/" + info.body["guid"].(string), "/api/v1/org/" + org, "/api/v1/org/" + org + "/family",
		"/api/v1/auth/findSession", "/api/v1/team/red", "/api/v1/client?org_id=" + org, "/api/v1/user/" + info.body["guid"].(string)} {
		if r := blue.get(path); r.body["success"] != true || r.body["result"] == nil {
			t.Errorf("%s: got %s", path, r.raw)
		}
	}
	for _, path := range []string{"/api/v1/client/none", "/api/v1/org/1", "/api/v1/team/none", "/api/v1/x"} {
		c.want(http.StatusNotFound, http.MethodGet, path, nil)
	}
	if got := at(c.get("/auth/realms/Broker/.well-known/openid-configuration").body, "token_endpoint"); got != "http://amplify.test"+tokenPath {
		t.Errorf("token endpoint: got %v", got)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		o    Options
		want string
	}{
		{"account without secret", Options{Accounts: []Account{{ClientID: "a"}}}, "a secret or a public key"},
		{"account twice", Options{Accounts: []Account{{ClientID: "a", Secret: "s"}, {ClientID: "a", Secret: "s"}}}, "of its own"},
		{"unknown team", Options{Accounts: []Account{{ClientID: "a", Secret: "s", Teams: []string{"x"}}}}, `no team "x"`},
		{"key", Options{Accounts: []Account{{ClientID: "a", PublicKey: "x"}}}, "not PEM"},
		{"team", Options{Teams: []string{"x="}}, "NAME or ID=NAME"},
		{"team twice", Options{Teams: []string{"x", "1=x"}}, "there is one"},
		{"kind", Options{ExtraKinds: []string{"management/mesh"}}, "write it as"},
		{"kind twice", Options{ExtraKinds: []string{"management/Environment/envs"}}, "has it already"},
		{"link", Options{ExtraLinks: []string{"management/Webhook spec.x management/Stage"}}, "write it as"},
		{"link of an unknown kind", Options{ExtraLinks: []string{"management/Mesh:spec.x=management/Environment"}}, "lacks one of them"},
		{"link in no subresource", Options{ExtraLinks: []string{"management/Webhook:colour=management/Environment"}}, "neither in the spec"},
		{"link to what stands elsewhere", Options{ExtraLinks: []string{"management/WatchTopic:spec.hook=management/Webhook"}}, "no scope holds both"},
		{"scope of a kind", Options{ExtraKinds: []string{"management/Mesh/meshes@Nothing"}}, "no kind Nothing"},
		{"fault", Options{Faults: []string{"flood"}}, "parse fault"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := New(test.o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
