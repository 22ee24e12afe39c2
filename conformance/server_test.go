package conformance

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	sdk "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/apimanagement/armapimanagement/v3"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// Where the tests work. The sandbox makes a service when it is first asked for it.
const (
	subscription = "00000000-0000-0000-0000-000000000001"
	group        = "rg1"
	service      = "apim1"
	serviceID    = "/subscriptions/" + subscription + "/resourceGroups/" + group +
		"/providers/Microsoft.ApiManagement/service/" + service
)

// start serves a sandbox on loopback and returns its address.
func start(t *testing.T, o apim.Options) string {
	t.Helper()
	s, err := apim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return web.URL
}

// credential gives a token that means nothing: the sandbox only looks whether there is one.
type credential struct{}

func (credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "conformance", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// connect makes the SDK's clients for a sandbox. Retries of the SDK's own accord
// come at once; only a Retry-After makes it wait.
func connect(t *testing.T, endpoint string) *sdk.ClientFactory {
	t.Helper()
	f, err := sdk.NewClientFactory(subscription, credential{}, &arm.ClientOptions{
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: endpoint, Audience: "https://management.core.windows.net/"},
			}},
			InsecureAllowCredentialWithHTTP: true,
			Retry:                           policy.RetryOptions{RetryDelay: time.Millisecond},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}
