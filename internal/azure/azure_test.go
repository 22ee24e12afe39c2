package azure

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

const (
	tenant = "11111111-1111-1111-1111-111111111111"
	client = "22222222-2222-2222-2222-222222222222"
)

// entra answers as Microsoft Entra ID, GitHub and Azure Pipelines do, and keeps
// what the sign-in sent.
type entra struct {
	mu     sync.Mutex
	form   url.Values
	asked  []string
	deny   bool
	broken int // answers 503 so many times first
}

func (e *entra) RoundTrip(req *http.Request) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, req.Method+" "+req.URL.Host)
	answer := func(status int, format string, args ...any) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
			Body: io.NopCloser(strings.NewReader(fmt.Sprintf(format, args...)))}, nil
	}
	base := "https://" + req.URL.Host
	switch {
	case strings.HasSuffix(req.URL.Path, "/discovery/instance"):
		return answer(200, `{"tenant_discovery_endpoint":"%[1]s/%[2]s/v2.0/.well-known/openid-configuration","metadata":[{"preferred_network":"%[3]s","preferred_cache":"%[3]s","aliases":["%[3]s"]}]}`, base, tenant, req.URL.Host)
	case strings.HasSuffix(req.URL.Path, "openid-configuration"):
		return answer(200, `{"token_endpoint":"%[1]s/%[2]s/oauth2/v2.0/token","authorization_endpoint":"%[1]s/%[2]s/authorize","issuer":"%[1]s/%[2]s/v2.0"}`, base, tenant)
	case strings.HasSuffix(req.URL.Path, "/token") && e.broken > 0:
		e.broken--
		return answer(503, "busy")
	case strings.HasSuffix(req.URL.Path, "/token"):
		if err := req.ParseForm(); err != nil {
			return nil, err
		}
		e.form = req.PostForm
		if e.deny {
			return answer(401, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: x"}`)
		}
		return answer(200, `{"access_token":"access-1","expires_in":3600,"token_type":"Bearer"}`)
	case req.URL.Host == "github.test":
		if req.URL.Query().Get("audience") != "api://AzureADTokenExchange" || req.Header.Get("Authorization") != "Bearer gh-secret" {
			return answer(403, "{}")
		}
		return answer(200, `{"value":"github-id-token"}`)
	case req.URL.Host == "pipelines.test":
		if req.URL.Query().Get("serviceConnectionId") != "conn" || req.Header.Get("Authorization") != "Bearer pipe-secret" {
			return answer(403, "{}")
		}
		return answer(200, `{"oidcToken":"pipelines-id-token"}`)
	}
	return answer(404, "{}")
}

func options(e *entra, env map[string]string) Options {
	return Options{
		Env:  func(name string) string { return env[name] },
		HTTP: httpx.New(httpx.Options{Transport: e, WaitMin: time.Millisecond, WaitMax: time.Millisecond}),
	}
}

func with(pairs ...string) map[string]string {
	env := map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return env
}

func write(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func endpoint(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCredentialSignsIn(t *testing.T) {
	t.Setenv("SYSTEM_OIDCREQUESTURI", "https://pipelines.test/oidc") // azidentity looks for itself
	file := write(t, "file-id-token")
	jwtBearer := "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	tests := []struct {
		name       string
		env        map[string]string
		change     func(*Options)
		wantMethod Method
		wantToken  string
		wantForm   url.Values // of the token request; nil: none is sent
	}{
		{name: "ready token", env: with("AZURE_BEARER_TOKEN", "ready", "AZURE_CLIENT_SECRET", "s"), wantMethod: Bearer, wantToken: "ready"},
		{name: "ready token as an option", change: func(o *Options) { o.BearerToken = config.NewSecret("mine") }, wantMethod: Bearer, wantToken: "mine"},
		{name: "sandbox needs none", env: with("AZURE_CLIENT_SECRET", "s"),
			change:     func(o *Options) { o.Endpoint = endpoint(t, "http://127.0.0.1:8080") },
			wantMethod: None, wantToken: ""},
		{name: "secret", env: with("AZURE_CLIENT_SECRET", "s3cret"), wantMethod: ClientSecret, wantToken: "access-1",
			wantForm: url.Values{"client_secret": {"s3cret"}}},
		{name: "secret although https loopback", env: with("AZURE_CLIENT_SECRET", "s3cret"),
			change:     func(o *Options) { o.Endpoint = endpoint(t, "https://127.0.0.1:8080") },
			wantMethod: ClientSecret, wantToken: "access-1", wantForm: url.Values{"client_secret": {"s3cret"}}},
		{name: "workload identity", env: with("AZURE_FEDERATED_TOKEN_FILE", file), wantMethod: WorkloadIdentity, wantToken: "access-1",
			wantForm: url.Values{"client_assertion": {"file-id-token"}, "client_assertion_type": {jwtBearer}}},
		{name: "github", env: with("ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.test/oidc?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "gh-secret"),
			wantMethod: GitHub, wantToken: "access-1",
			wantForm: url.Values{"client_assertion": {"github-id-token"}, "client_assertion_type": {jwtBearer}}},
		{name: "azure pipelines", env: map[string]string{"AZURESUBSCRIPTION_TENANT_ID": tenant, "AZURESUBSCRIPTION_CLIENT_ID": client,
			"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "conn", "SYSTEM_ACCESSTOKEN": "pipe-secret", "SYSTEM_OIDCREQUESTURI": "https://pipelines.test/oidc"},
			wantMethod: Pipelines, wantToken: "access-1",
			wantForm: url.Values{"client_assertion": {"pipelines-id-token"}, "client_assertion_type": {jwtBearer}}},
		{name: "gitlab variable", env: with("AZURE_ID_TOKEN", "gitlab-id-token"), wantMethod: GitLab, wantToken: "access-1",
			wantForm: url.Values{"client_assertion": {"gitlab-id-token"}, "client_assertion_type": {jwtBearer}}},
		{name: "gitlab variable of another name", env: with("MY_TOKEN", "gitlab-id-token"), change: func(o *Options) { o.IDTokenVariable = "MY_TOKEN" },
			wantMethod: GitLab, wantToken: "access-1",
			wantForm: url.Values{"client_assertion": {"gitlab-id-token"}, "client_assertion_type": {jwtBearer}}},
		{name: "gitlab file", env: with(), change: func(o *Options) { o.IDTokenFile = write(t, "file-id-token\n") }, wantMethod: GitLab, wantToken: "access-1",
			wantForm: url.Values{"client_assertion": {"file-id-token"}, "client_assertion_type": {jwtBearer}}},
		{name: "another cloud", env: with("AZURE_CLIENT_SECRET", "s3cret"), change: func(o *Options) { o.Cloud = clouds()[1].Cloud },
			wantMethod: ClientSecret, wantToken: "access-1",
			wantForm: url.Values{"client_secret": {"s3cret"}, "scope": {"https://management.core.usgovcloudapi.net//.default openid offline_access profile"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &entra{}
			o := options(e, tt.env)
			if tt.change != nil {
				tt.change(&o)
			}
			source, err := Credential(o)
			if err != nil {
				t.Fatal(err)
			}
			if source.Method() != tt.wantMethod {
				t.Fatalf("got method %s, want %s", source.Method(), tt.wantMethod)
			}
			for range 2 {
				got, err := source.Token(t.Context())
				if err != nil || got != tt.wantToken {
					t.Fatalf("got token %q, %v, want %q", got, err, tt.wantToken)
				}
			}
			if tt.wantForm == nil {
				if e.form != nil {
					t.Errorf("got a sign-in %v, want none", e.form)
				}
				return
			}
			want := url.Values{"client_id": {client}, "grant_type": {"client_credentials"},
				"scope": {"https://management.core.windows.net//.default openid offline_access profile"}}
			for k, v := range tt.wantForm {
				want[k] = v
			}
			for k := range e.form {
				if _, ok := want[k]; !ok {
					delete(e.form, k) // telemetry and the like
				}
			}
			if diff := cmp.Diff(want, e.form); diff != "" {
				t.Errorf("sign-in (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCredentialErrors(t *testing.T) {
	tests := []struct {
		name    string
		env     map[string]string
		change  func(*Options)
		wantErr string
	}{
		{"unknown method", nil, func(o *Options) { o.Method = "magic" },
			`sign in to Azure: no method "magic"; there are bearer-token, none, client-secret, workload-identity, github, azure-pipelines, gitlab, default, managed-identity, azure-cli`},
		{"github without permission", with(), func(o *Options) { o.Method = GitHub },
			"sign in to Azure (github): ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN not set: give the job the permission `id-token: write`, and the ids as variables"},
		{"gitlab without token", with(), func(o *Options) { o.Method = GitLab; o.IDTokenVariable = "MY_TOKEN" },
			"sign in to Azure (gitlab): MY_TOKEN not set: declare it under the job's `id_tokens`, with the audience api://AzureADTokenExchange"},
		{"authority without https", with("AZURE_CLIENT_SECRET", "s", "AZURE_AUTHORITY_HOST", "http://login.test"), func(*Options) {},
			"sign in to Azure (client-secret): cannot use an authority host without https"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(&entra{}, tt.env)
			tt.change(&o)
			if _, err := Credential(o); text(err) != tt.wantErr {
				t.Errorf("got error %q, want %q", text(err), tt.wantErr)
			}
		})
	}
}

func TestOtherWaysOpen(t *testing.T) {
	for _, method := range []Method{Default, ManagedIdentity, CLI, None} {
		o := options(&entra{}, with())
		o.Method = method
		source, err := Credential(o)
		if err != nil || source.Method() != method {
			t.Errorf("%s: got %v, %v", method, source, err)
		}
	}
	source, err := Credential(options(&entra{}, nil))
	if err != nil || source.Method() != Default {
		t.Errorf("nothing set: got %v, %v, want %s", source, err, Default)
	}
}

func TestTokenErrors(t *testing.T) {
	empty := write(t, "")
	github := func(address string) map[string]string {
		return with("ACTIONS_ID_TOKEN_REQUEST_URL", address, "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "gh-wrong")
	}
	tests := []struct {
		name   string
		env    map[string]string
		change func(*Options)
		deny   bool
		want   string
	}{
		{"denied", with("AZURE_CLIENT_SECRET", "s3cret"), nil, true,
			"get azure token (client-secret): invalid_client: AADSTS7000215: Invalid client secret provided."},
		{"github denies", github("https://github.test/x"), nil, false, "ask GitHub for an ID token: status 403"},
		{"github address without https", github("http://github.test/x"), nil, false, "ACTIONS_ID_TOKEN_REQUEST_URL is not an https address"},
		{"empty file", with(), func(o *Options) { o.IDTokenFile = empty }, false, "is empty"},
		{"no file", with(), func(o *Options) { o.IDTokenFile = empty + "x" }, false, "no such file"},
		{"expired", with("AZURE_BEARER_TOKEN", jwt(`{"exp":946684799}`)), nil, false,
			"get azure token (bearer-token): the token in AZURE_BEARER_TOKEN expired at 1999-12-31T23:59:59Z: get a new one with `az account get-access-token`"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(&entra{deny: tt.deny}, tt.env)
			if tt.change != nil {
				tt.change(&o)
			}
			source, err := Credential(o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = source.Token(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got error %v, want %s", err, tt.want)
			}
			for _, bad := range []string{"s3cret", "gh-wrong"} {
				if strings.Contains(err.Error(), bad) {
					t.Errorf("error holds a secret: %v", err)
				}
			}
		})
	}
}

func TestSignInIsRepeated(t *testing.T) {
	e := &entra{broken: 2}
	source, err := Credential(options(e, with("AZURE_CLIENT_SECRET", "s")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := source.Token(t.Context()); err != nil || got != "access-1" {
		t.Errorf("got %q, %v after two 503, want access-1", got, err)
	}
}

func jwt(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".sig"
}

func TestExpiry(t *testing.T) {
	tests := map[string]time.Time{
		jwt(`{"exp":1800000000}`):          time.Unix(1800000000, 0),
		jwt(`{"exp":1800000000.9}`):        time.Unix(1800000000, 0),
		jwt(`{"exp":"soon"}`):              {},
		jwt(`{"exp":-1}`):                  {},
		jwt(`{"exp":1e300}`):               {},
		jwt(`{}`):                          {},
		jwt(`not json`):                    {},
		"opaque":                           {},
		"a.%%%.c":                          {},
		jwt(`{"exp":1800000000}`) + ".tag": {},
	}
	for token, want := range tests {
		if got := expiry(token); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", token, got, want)
		}
	}
}

func FuzzExpiry(f *testing.F) {
	f.Add(jwt(`{"exp":1800000000}`))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if got := expiry(token); !got.IsZero() && got.Unix() < 0 {
			t.Errorf("%q: got %s", token, got)
		}
	})
}

// fake is a credential whose tokens are numbered and live for an hour.
type fake struct {
	n    int
	fail error
	took time.Duration
}

func (f *fake) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	select {
	case <-time.After(f.took):
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	}
	if f.fail != nil {
		return azcore.AccessToken{}, f.fail
	}
	f.n++
	return azcore.AccessToken{Token: fmt.Sprintf("%s-%d", o.Scopes[0], f.n), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func fakeSource(f *fake) (source *Source, opened *int) {
	opened = new(int)
	return &Source{
		method: "fake", scope: "scope", log: slog.New(slog.DiscardHandler), turn: make(chan struct{}, 1),
		open: func() (azcore.TokenCredential, error) { *opened++; return f, nil },
	}, opened
}

func TestSource(t *testing.T) {
	get := func(t *testing.T, s *Source, want string) {
		t.Helper()
		got, err := s.Token(t.Context())
		if err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	bubble := func(name string, f func(*testing.T, *Source, *fake, *int)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				credential := &fake{}
				s, opened := fakeSource(credential)
				f(t, s, credential, opened)
			})
		})
	}
	bubble("kept, and renewed before its end", func(t *testing.T, s *Source, _ *fake, _ *int) {
		get(t, s, "scope-1")
		time.Sleep(54 * time.Minute)
		get(t, s, "scope-1")
		time.Sleep(2 * time.Minute)
		get(t, s, "scope-2")
	})
	bubble("many ask, one goes", func(t *testing.T, s *Source, f *fake, _ *int) {
		f.took = time.Second
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if got, err := s.Token(t.Context()); err != nil || got != "scope-1" {
					t.Errorf("got %q, %v, want scope-1", got, err)
				}
			})
		}
		wg.Wait()
	})
	bubble("waiting ends with the context", func(t *testing.T, s *Source, f *fake, _ *int) {
		f.took = time.Hour
		var wg sync.WaitGroup
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 2 {
			wg.Go(func() {
				if _, err := s.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the deadline", err)
				}
			})
		}
		wg.Wait()
	})
	bubble("refused: asked anew, once, from a new credential", func(t *testing.T, s *Source, _ *fake, opened *int) {
		get(t, s, "scope-1")
		s.Invalidate("scope-1")
		s.Invalidate("scope-1")
		get(t, s, "scope-2")
		s.Invalidate("scope-1") // late: it was replaced already
		get(t, s, "scope-2")
		if *opened != 2 {
			t.Errorf("got %d credentials, want 2", *opened)
		}
	})
	bubble("renewal fails: the old one serves to its end", func(t *testing.T, s *Source, f *fake, _ *int) {
		get(t, s, "scope-1")
		time.Sleep(56 * time.Minute)
		f.fail, f.took = errors.New("entra is away"), time.Second
		start := time.Now()
		get(t, s, "scope-1")
		get(t, s, "scope-1")
		if took := time.Since(start); took != time.Second {
			t.Errorf("got answers after %s, want 1s: no second try so soon", took)
		}
		time.Sleep(4 * time.Minute)
		if _, err := s.Token(t.Context()); text(err) != "get azure token (fake): entra is away" {
			t.Errorf("got error %v, want the cause", err)
		}
	})
}

func TestSourcePrintsNoToken(t *testing.T) {
	var log bytes.Buffer
	o := options(&entra{}, with("AZURE_BEARER_TOKEN", "hunter2"))
	o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	source, err := Credential(o)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := source.Token(t.Context()); err != nil || got != "hunter2" {
		t.Fatalf("got %q, %v", got, err)
	}
	o.Logger.Info("source", "source", source)
	shown := fmt.Sprintf("%v %+v %s %+v", source, source, source, struct{ s *Source }{source}) + log.String()
	if strings.Contains(shown, "hunter2") {
		t.Errorf("a token is shown: %s", shown)
	}
}
