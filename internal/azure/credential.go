package azure

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// Method is a way to sign in.
type Method string

// The ways to sign in. Auto takes the first that is ready, in this order;
// ManagedIdentity and CLI are taken when asked for, or by way of Default.
const (
	Auto             Method = ""
	Bearer           Method = "bearer-token"
	None             Method = "none"
	ClientSecret     Method = "client-secret"
	WorkloadIdentity Method = "workload-identity"
	GitHub           Method = "github"
	Pipelines        Method = "azure-pipelines"
	GitLab           Method = "gitlab"
	Default          Method = "default"
	ManagedIdentity  Method = "managed-identity"
	CLI              Method = "azure-cli"
)

// Options says who signs in where. The zero value of every field but HTTP is sound.
type Options struct {
	// Method is the way to sign in. Default: Auto.
	Method Method
	// Cloud is the cloud to sign in to. Default: the public cloud.
	Cloud Cloud
	// Endpoint is where the token will be sent. A sandbox needs none.
	Endpoint *url.URL
	// Env looks up environment variables. Default: there are none. azidentity
	// reads some of its own besides, in Default, ManagedIdentity and Pipelines.
	Env func(string) string
	// HTTP sends all requests.
	HTTP *httpx.Client
	// Logger gets one line per token. Default: no log.
	Logger *slog.Logger

	// BearerToken is a ready token. Default: AZURE_BEARER_TOKEN.
	BearerToken config.Secret
	// TenantID is the Entra tenant. Default: AZURE_TENANT_ID, or what Azure
	// Pipelines says of the service connection.
	TenantID string
	// ClientID is the application or identity. Default as for TenantID.
	ClientID string
	// ServiceConnectionID is the Azure Pipelines service connection. Default:
	// AZURESUBSCRIPTION_SERVICE_CONNECTION_ID.
	ServiceConnectionID string
	// IDTokenVariable names the environment variable that holds GitLab's ID
	// token. Default: AZURE_ID_TOKEN.
	IDTokenVariable string
	// IDTokenFile is a file that holds GitLab's ID token, instead of a variable.
	IDTokenFile string
	// Audience is what GitHub's ID token is asked for. Default:
	// api://AzureADTokenExchange.
	Audience string
}

// settings is what Options and the environment say, by the names of the
// environment variables.
type settings struct {
	Options
	values map[string]string
}

// resolve fills in the defaults.
func (o Options) resolve() *settings {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Cloud.Authority == "" {
		o.Cloud = clouds()[0].Cloud
	}
	if o.IDTokenVariable == "" {
		o.IDTokenVariable = "AZURE_ID_TOKEN"
	}
	if o.Audience == "" {
		o.Audience = "api://AzureADTokenExchange"
	}
	if authority := o.Env("AZURE_AUTHORITY_HOST"); authority != "" {
		o.Cloud.Authority = authority
	}
	s := &settings{Options: o, values: map[string]string{
		envBearer:     first(o.BearerToken.Reveal(), o.Env(envBearer)),
		envTenant:     first(o.TenantID, o.Env(envTenant), o.Env("AZURESUBSCRIPTION_TENANT_ID")),
		envClient:     first(o.ClientID, o.Env(envClient), o.Env("AZURESUBSCRIPTION_CLIENT_ID")),
		envConnection: first(o.ServiceConnectionID, o.Env(envConnection)),
	}}
	for _, name := range []string{envSecret, envTokenFile, envGitHubURL, envGitHubToken, envPipelinesToken, envPipelinesURL} {
		s.values[name] = strings.TrimSpace(o.Env(name))
	}
	s.values[envIDToken] = first(o.IDTokenFile, o.Env(o.IDTokenVariable))
	return s
}

// first returns the first text that is not blank.
func first(texts ...string) string {
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			return text
		}
	}
	return ""
}

// missing returns the names of those settings that have no value.
func (s *settings) missing(names []string) []string {
	var missing []string
	for _, name := range names {
		if s.values[name] == "" {
			if name == envIDToken {
				name = s.IDTokenVariable
			}
			missing = append(missing, name)
		}
	}
	return missing
}

// Credential returns the source of tokens for o.Method. It sends nothing yet.
// What a method needs and does not have is an error that names it.
func Credential(o Options) (*Source, error) {
	s := o.resolve()
	if s.Method == Auto {
		s.Method = s.choose()
	}
	for _, w := range ways() {
		if w.method != s.Method {
			continue
		}
		if missing := s.missing(w.needs); len(missing) > 0 {
			return nil, fmt.Errorf("sign in to Azure (%s): %s not set: %s", w.method, strings.Join(missing, ", "), w.hint)
		}
		return s.source(w)
	}
	return nil, fmt.Errorf("sign in to Azure: no method %q; there are %s", s.Method, strings.Join(MethodNames(), ", "))
}

// MethodNames returns the names of all ways to sign in, in the order in which
// Auto looks at them.
func MethodNames() []string {
	var names []string
	for _, w := range ways() {
		names = append(names, string(w.method))
	}
	return names
}

// choose returns the first way that is ready.
func (s *settings) choose() Method {
	for _, w := range ways() {
		if w.method == None && !IsSandbox(s.Endpoint) {
			continue
		}
		if len(s.missing(w.needs)) == 0 {
			return w.method
		}
	}
	return Default // not reached: it needs nothing
}

// source opens the way once, so that what is wrong with it shows at start.
func (s *settings) source(w way) (*Source, error) {
	source := &Source{method: w.method, scope: s.Cloud.Scope, log: s.Logger, turn: make(chan struct{}, 1)}
	if w.open == nil {
		return source, nil
	}
	source.open = func() (azcore.TokenCredential, error) { return w.open(s) }
	credential, err := source.open()
	if err != nil {
		return nil, fmt.Errorf("sign in to Azure (%s): %w", w.method, err)
	}
	source.credential = credential
	return source, nil
}
