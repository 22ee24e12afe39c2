package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// Names of settings, which are those of environment variables.
const (
	envBearer         = "AZURE_BEARER_TOKEN"
	envTenant         = "AZURE_TENANT_ID"
	envClient         = "AZURE_CLIENT_ID"
	envSecret         = "AZURE_CLIENT_SECRET"
	envTokenFile      = "AZURE_FEDERATED_TOKEN_FILE"
	envGitHubURL      = "ACTIONS_ID_TOKEN_REQUEST_URL"
	envGitHubToken    = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	envPipelinesToken = "SYSTEM_ACCESSTOKEN"
	envPipelinesURL   = "SYSTEM_OIDCREQUESTURI"
	envConnection     = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"
	envIDToken        = "ID token" // Options says which variable or file
)

// way is one row of the table of ways to sign in.
type way struct {
	method Method
	needs  []string // settings without which it can not work
	hint   string   // what to do when they are missing
	open   func(*settings) (azcore.TokenCredential, error)
}

// ways returns the table, in the order of preference.
func ways() []way {
	return []way{
		{Bearer, []string{envBearer}, "put a token there, or choose another method", openBearer},
		{None, nil, "", nil},
		{ClientSecret, []string{envTenant, envClient, envSecret}, "set them as the application registration says", openSecret},
		{WorkloadIdentity, []string{envTenant, envClient, envTokenFile}, "the file holds the token of the federated identity", openWorkload},
		{GitHub, []string{envTenant, envClient, envGitHubURL, envGitHubToken}, "give the job the permission `id-token: write`, and the ids as variables", openGitHub},
		{Pipelines, []string{envTenant, envClient, envConnection, envPipelinesToken, envPipelinesURL}, "map `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` into the step's env and name the service connection", openPipelines},
		{GitLab, []string{envTenant, envClient, envIDToken}, "declare it under the job's `id_tokens`, with the audience api://AzureADTokenExchange", openGitLab},
		{Default, nil, "", openDefault},
		{ManagedIdentity, nil, "", openManaged},
		{CLI, nil, "", openCLI},
	}
}

// client returns what azidentity needs to send its requests through our stack:
// asking for a token twice does no harm, and retries are made there only.
func (s *settings) client() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: s.Cloud.Authority},
		Transport: s.HTTP.With(httpx.Policy{Repeat: true}),
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

// private tells that the authority is none of Microsoft's, which must not be
// asked about it then.
func (s *settings) private() bool {
	authority := strings.TrimRight(s.Cloud.Authority, "/")
	for _, c := range clouds() {
		if strings.EqualFold(authority, strings.TrimRight(c.Authority, "/")) {
			return false
		}
	}
	return true
}

func openBearer(s *settings) (azcore.TokenCredential, error) {
	return newStatic(config.NewSecret(s.values[envBearer])), nil
}

func openSecret(s *settings) (azcore.TokenCredential, error) {
	return azidentity.NewClientSecretCredential(s.values[envTenant], s.values[envClient], s.values[envSecret],
		&azidentity.ClientSecretCredentialOptions{ClientOptions: s.client(), DisableInstanceDiscovery: s.private()})
}

func openWorkload(s *settings) (azcore.TokenCredential, error) {
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: s.client(), DisableInstanceDiscovery: s.private(),
		TenantID: s.values[envTenant], ClientID: s.values[envClient], TokenFilePath: s.values[envTokenFile],
	})
}

func openPipelines(s *settings) (azcore.TokenCredential, error) {
	return azidentity.NewAzurePipelinesCredential(
		s.values[envTenant], s.values[envClient], s.values[envConnection], s.values[envPipelinesToken],
		&azidentity.AzurePipelinesCredentialOptions{ClientOptions: s.client(), DisableInstanceDiscovery: s.private()})
}

func openGitHub(s *settings) (azcore.TokenCredential, error) {
	return s.assertion(s.gitHubToken)
}

func openGitLab(s *settings) (azcore.TokenCredential, error) {
	return s.assertion(s.gitLabToken)
}

// assertion signs in with an ID token of the place the program runs in. It is
// read for each sign-in, because such tokens live for minutes.
func (s *settings) assertion(get func(context.Context) (string, error)) (azcore.TokenCredential, error) {
	return azidentity.NewClientAssertionCredential(s.values[envTenant], s.values[envClient], get,
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: s.client(), DisableInstanceDiscovery: s.private()})
}

// gitHubToken asks GitHub Actions for the job's ID token.
func (s *settings) gitHubToken(ctx context.Context) (string, error) {
	u, err := url.Parse(s.values[envGitHubURL])
	if err != nil || u.Scheme != "https" {
		return "", fmt.Errorf("ask GitHub for an ID token: %s is not an https address", envGitHubURL)
	}
	query := u.Query()
	query.Set("audience", s.Audience)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", fmt.Errorf("ask GitHub for an ID token: %w", hideURL(err))
	}
	req.Header.Set("Authorization", "Bearer "+s.values[envGitHubToken])
	req.Header.Set("Accept", "application/json")
	resp, err := s.HTTP.With(httpx.Policy{Opaque: true}).Read(req, 1<<20)
	if err != nil {
		return "", fmt.Errorf("ask GitHub for an ID token: %w", err)
	}
	if resp.Status != http.StatusOK {
		return "", fmt.Errorf("ask GitHub for an ID token: status %d: does the job have the permission `id-token: write`?", resp.Status)
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.Unmarshal(resp.Body, &answer); err != nil || answer.Value == "" {
		return "", errors.New("ask GitHub for an ID token: the answer holds none")
	}
	return answer.Value, nil
}

// gitLabToken reads the job's ID token where the job put it.
func (s *settings) gitLabToken(context.Context) (string, error) {
	if s.IDTokenFile == "" {
		return s.values[envIDToken], nil
	}
	data, err := os.ReadFile(s.IDTokenFile)
	if err != nil {
		return "", fmt.Errorf("read ID token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fmt.Errorf("read ID token: %s is empty", s.IDTokenFile)
	}
	return token, nil
}

func openManaged(s *settings) (azcore.TokenCredential, error) {
	options := azidentity.ManagedIdentityCredentialOptions{ClientOptions: s.client()}
	if id := s.values[envClient]; id != "" {
		options.ID = azidentity.ClientID(id)
	}
	return azidentity.NewManagedIdentityCredential(&options)
}

func openCLI(s *settings) (azcore.TokenCredential, error) {
	return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.values[envTenant]})
}

func openDefault(s *settings) (azcore.TokenCredential, error) {
	return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: s.client(), DisableInstanceDiscovery: s.private(), TenantID: s.values[envTenant],
	})
}
