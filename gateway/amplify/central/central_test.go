package central

import (
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
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A service answers what answer makes of a request, and keeps what was asked.
type service struct {
	answer func(req *http.Request, body string) (status int, header http.Header, text string)

	mu    sync.Mutex
	asked []string
	forms []url.Values
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err = errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
		body = string(data)
	}
	s.asked = append(s.asked, req.Method+" "+req.URL.Host+req.URL.RequestURI())
	if form, err := url.ParseQuery(body); err == nil {
		s.forms = append(s.forms, form)
	}
	status, header, text := s.answer(req, body)
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text))}, nil
}

func (s *service) http() *httpx.Client { return httpx.New(httpx.Options{Transport: s}) }

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newClient(t *testing.T, s *service, token TokenSource) *Client {
	t.Helper()
	c, err := New(Options{HTTP: s.http(), Token: token, Base: address(t, "https://central.test"), Platform: address(t, "https://platform.test"), PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestListFollowsCountsAndLinks(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e"}
	for _, tt := range []struct {
		name   string
		header func(page int) http.Header
		want   int // requests
	}{
		{"a count", func(int) http.Header { return http.Header{"X-Axway-Total-Count": {"5"}} }, 3},
		{"links", func(page int) http.Header {
			if page == 3 {
				return http.Header{"Link": {`<https://other.test/apis/x?page=1>; rel="first"`}}
			}
			return http.Header{"Link": {fmt.Sprintf(`<https://other.test/apis/x?page=1>; rel="first", <https://other.test/apis/x?page=%d&pageSize=2>; rel="next"`, page+1)}}
		}, 3},
		{"neither", func(int) http.Header { return nil }, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{answer: func(req *http.Request, _ string) (int, http.Header, string) {
				var page int
				if _, err := fmt.Sscan(req.URL.Query().Get("page"), &page); err != nil {
					return 400, nil, "{}"
				}
				from, to := min((page-1)*2, len(all)), min(page*2, len(all))
				var items []string
				for _, name := range all[from:to] {
					items = append(items, `{"name":"`+name+`","n":12345678901234567890}`)
				}
				return 200, tt.header(page), "[" + strings.Join(items, ",") + "]"
			}}
			var got []string
			for item, err := range newClient(t, s, nil).List(t.Context(), "/x", url.Values{"query": {"a==b"}}) {
				if err != nil {
					t.Fatal(err)
				}
				if item["n"] != json.Number("12345678901234567890") {
					t.Errorf("number is %v", item["n"])
				}
				got = append(got, item["name"].(string))
			}
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
			if len(s.asked) != tt.want || !strings.HasPrefix(s.asked[2], "GET central.test/apis/x?page=3&pageSize=2&query=a%3D%3Db") {
				t.Errorf("asked %q", s.asked)
			}
		})
	}
}

func TestListsThatAreNotWhole(t *testing.T) {
	for _, tt := range []struct {
		name, total, text string
		fails             bool
	}{
		{"whole", "1", `[{"name":"a"}]`, false},
		{"empty", "0", `[]`, false},
		{"without a count", "", `[]`, false},
		{"less than is counted", "2", `[{"name":"a"}]`, true},
		{"nothing of what is counted", "1", `[]`, true},
		{"null", "", `null`, true},
		{"null in it", "", `[{"name":"a"},null]`, true},
		{"an object", "", `{"errors":[]}`, true},
		{"more behind it", "", `[] <html>`, true},
		{"cut off", "", `[{"name":"a"}`, true},
		{"no body", "", ``, true},
		{"a page of a proxy", "", `<html>`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{answer: func(req *http.Request, _ string) (int, http.Header, string) {
				h := http.Header{}
				if tt.total != "" {
					h.Set("X-Axway-Total-Count", tt.total)
				}
				if req.URL.Query().Get("page") != "1" {
					return 200, h, "[]"
				}
				return 200, h, tt.text
			}}
			var failed error
			for _, err := range newClient(t, s, nil).List(t.Context(), "/x", nil) {
				failed = errors.Join(failed, err)
			}
			if (failed != nil) != tt.fails {
				t.Errorf("list gives error %v, want one: %v", failed, tt.fails)
			}
			var counted error
			for _, err := range newClient(t, s, nil).ListCounted(t.Context(), "/x", nil) {
				counted = errors.Join(counted, err)
			}
			if want := tt.fails || tt.name == "without a count"; (counted != nil) != want {
				t.Errorf("a list that has to be counted gives error %v, want one: %v", counted, want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   int
		text   string
	}{
		{"the server's", 400, `{"errors":[{"status":400,"title":"Validation error","detail":"Name is not valid."},{"title":"Other"}]}`, 400, "GET /x: 400 Validation error: Name is not valid.; Other: "},
		{"not found", 404, `{"errors":[{"title":"Not found error","detail":"Resource a not found"}]}`, 404, "GET /x: 404 Not found error: Resource a not found"},
		{"something else's not found", 404, `<html>s3cret</html>`, 0, "GET /x: 404 Not Found"},
		{"a proxy's", 403, `no`, 403, "GET /x: 403 Forbidden"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{answer: func(*http.Request, string) (int, http.Header, string) { return tt.status, nil, tt.body }}
			_, err := newClient(t, s, nil).Get(t.Context(), "/x", nil)
			if err == nil || err.Error() != tt.text || Status(err) != tt.want {
				t.Errorf("error %v with status %d, want %q with %d", err, Status(err), tt.text, tt.want)
			}
		})
	}
}

// tokens answers logins with numbered tokens, and the rest if the token is the
// last.
func tokens(life int) (*service, *int) {
	n := new(int)
	return &service{answer: func(req *http.Request, _ string) (int, http.Header, string) {
		if strings.HasSuffix(req.URL.Path, "/token") {
			*n++
			return 200, nil, fmt.Sprintf(`{"access_token":"t%d","expires_in":%d}`, *n, life)
		}
		if req.Header.Get("Authorization") != fmt.Sprintf("Bearer t%d", *n) {
			return 401, nil, `{"errors":[{"title":"Authentication error"}]}`
		}
		return 200, nil, "{}"
	}}, n
}

func newLogin(t *testing.T, s *service, o LoginOptions) *Login {
	t.Helper()
	o.HTTP, o.Auth, o.ClientID = s.http(), address(t, "https://login.test"), "pipeline"
	l, err := NewLogin(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTokensAreRenewedBeforeTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := tokens(1800)
		l := newLogin(t, s, LoginOptions{Secret: "s3cret"})
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{0, "t1"}, {28 * time.Minute, "t1"}, {time.Minute, "t2"}, {time.Minute, "t2"}} {
			time.Sleep(step.after)
			if got, err := l.Token(t.Context()); err != nil || got != step.want {
				t.Errorf("token %q, %v, want %q", got, err, step.want)
			}
		}
	})
}

// TestALoginThatFailsSaysNothingOfResources has a missing realm, or a proxy in
// place of the login, not pass for a resource that is not there.
func TestALoginThatFailsSaysNothingOfResources(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   int // of the error
	}{
		{404, `{"error":"Realm does not exist"}`, 0}, {404, `<html>`, 0}, {400, `{"error":"invalid_request"}`, 0}, {401, `{"error":"unauthorized_client"}`, 401},
	} {
		s := &service{answer: func(*http.Request, string) (int, http.Header, string) { return tt.status, nil, tt.body }}
		_, err := newClient(t, s, newLogin(t, s, LoginOptions{Secret: "s3cret"})).Get(t.Context(), "/x", nil)
		if err == nil || Status(err) != tt.want || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("login with %d %s: error %v of status %d, want one of %d", tt.status, tt.body, err, Status(err), tt.want)
		}
	}
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	s, n := tokens(1800)
	l := newLogin(t, s, LoginOptions{Secret: "s3cret"})
	c := newClient(t, s, l)
	if _, err := c.Get(t.Context(), "/x", nil); err != nil {
		t.Fatal(err)
	}
	*n = 7 // what was handed out is no good any more
	if _, err := c.Get(t.Context(), "/x", nil); err != nil {
		t.Errorf("get with a refused token: %v", err)
	}
	want := []string{
		"POST login.test/auth/realms/Broker/protocol/openid-connect/token", "GET central.test/apis/x", "GET central.test/apis/x",
		"POST login.test/auth/realms/Broker/protocol/openid-connect/token", "GET central.test/apis/x",
	}
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if got := s.forms[0]; got.Get("client_secret") != "s3cret" || got.Get("grant_type") != "client_credentials" {
		t.Errorf("form is %v", got)
	}
}

func TestLoginByKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := tokens(60)
	if _, err := newLogin(t, s, LoginOptions{Key: key, Realm: "Other"}).Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	form := s.forms[0]
	if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Get("client_secret") != "" {
		t.Errorf("form is %v", form)
	}
	parts := strings.Split(form.Get("client_assertion"), ".")
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err = errors.Join(err, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature)); err != nil {
		t.Errorf("signature: %v", err)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	if claims["iss"] != "pipeline" || claims["sub"] != "pipeline" || claims["aud"] != "https://login.test/auth/realms/Other/protocol/openid-connect/token" ||
		claims["exp"].(float64)-claims["iat"].(float64) != 3600 || claims["jti"] == "" {
		t.Errorf("claims are %v", claims)
	}
}

func TestRefusedLoginsHoldNoSecret(t *testing.T) {
	s := &service{answer: func(*http.Request, string) (int, http.Header, string) {
		return 401, nil, `{"error":"unauthorized_client","error_description":"Invalid client secret"}`
	}}
	_, err := newLogin(t, s, LoginOptions{Secret: "s3cret"}).Token(t.Context())
	if err == nil || !strings.Contains(err.Error(), "sign in as pipeline") || !strings.Contains(err.Error(), "Invalid client secret") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
	if Status(err) != 401 {
		t.Errorf("status %d, want 401", Status(err))
	}
}

func TestParseKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	plain := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for name, text := range map[string][]byte{
		"PKCS 8": plain, "PKCS 1": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
	} {
		if got, err := ParseKey(text, ""); err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"no PEM": "hello", "a certificate": "-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----\n", "nonsense": "-----BEGIN ENCRYPTED PRIVATE KEY-----\naGk=\n-----END ENCRYPTED PRIVATE KEY-----\n"} {
		if _, err := ParseKey([]byte(text), "x"); err == nil {
			t.Errorf("%s is taken for a key", name)
		}
	}
	t.Run("encrypted", func(t *testing.T) { encrypted(t, key, plain) })
}

// encrypted reads keys that OpenSSL encrypted.
func encrypted(t *testing.T, key *rsa.PrivateKey, plain []byte) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed, so that nothing encrypts a key")
	}
	in := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(in, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{{"-v2", "aes-256-cbc"}, {"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"}} {
		args := append([]string{"pkcs8", "-topk8", "-in", in, "-passout", "pass:hush", "-iter", "2048"}, more...)
		text, err := exec.CommandContext(t.Context(), openssl, args...).Output()
		if err != nil {
			t.Fatalf("openssl %v: %v", args, err)
		}
		if got, err := ParseKey(text, "hush"); err != nil || !got.Equal(key) {
			t.Errorf("%v: %v", more, err)
		}
		for _, password := range []string{"", "wrong"} {
			if _, err := ParseKey(text, password); err == nil || strings.Contains(err.Error(), "hush") {
				t.Errorf("%v with password %q: %v", more, password, err)
			}
		}
	}
}

func TestTeams(t *testing.T) {
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"orgId":"4711"}`))
	s := &service{answer: func(*http.Request, string) (int, http.Header, string) {
		return 200, nil, `{"success":true,"result":[{"guid":"g1","name":"Blue"}]}`
	}}
	got, err := newClient(t, s, fixed("h."+claims+".s")).Teams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Team{{"g1", "Blue"}}, got); diff != "" {
		t.Errorf("teams (-want +got):\n%s", diff)
	}
	if want := "GET platform.test/api/v1/team?org_id=4711"; s.asked[0] != want {
		t.Errorf("asked %q, want %q", s.asked[0], want)
	}
}

func TestNoTeams(t *testing.T) {
	for _, text := range []string{`{"success":true,"result":[]}`, `{"success":true}`} {
		s := &service{answer: func(*http.Request, string) (int, http.Header, string) { return 200, nil, text }}
		if got, err := newClient(t, s, nil).Teams(t.Context()); err == nil {
			t.Errorf("%s is read as %v, want an error", text, got)
		}
	}
}

// fixed is a token that never changes.
type fixed string

func (f fixed) Token(context.Context) (string, error) { return string(f), nil }
func (f fixed) Invalidate(string)                     {}

// FuzzParseKey reads any file as a key.
func FuzzParseKey(f *testing.F) {
	f.Add([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw\nDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEQAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), "hush")
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES\n\naGk=\n-----END RSA PRIVATE KEY-----\n"), "")
	f.Fuzz(func(t *testing.T, text []byte, password string) {
		if key, err := ParseKey(text, password); (key == nil) == (err == nil) {
			t.Errorf("ParseKey() = %v, %v, want one of them", key, err)
		}
	})
}
