package conformance

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	sdk "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/apimanagement/armapimanagement/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// TestThrottling: the SDK waits as long as the sandbox asks it to, and succeeds. Its
// own waits are too short to matter.
func TestThrottling(t *testing.T) {
	t.Parallel()
	f := connect(t, start(t, apim.Options{Bare: true, Faults: []string{"status=429,retry-after=1,nth=1"}}))
	began := time.Now()
	if _, err := f.NewTenantAccessClient().Get(t.Context(), group, service, sdk.AccessIDNameAccess, nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("the read took %v, want at least the second that Retry-After asks for", took)
	}
}

// TestBudget: who has used up the budget is told so, and the SDK knows the answer. A
// token every quarter of an hour is more than the SDK is ready to wait for.
func TestBudget(t *testing.T) {
	t.Parallel()
	c := connect(t, start(t, apim.Options{Bare: true, ReadRate: 1. / 900, ReadBurst: 1})).NewTenantAccessClient()
	if _, err := c.Get(t.Context(), group, service, sdk.AccessIDNameAccess, nil); err != nil {
		t.Fatal(err)
	}
	_, err := c.Get(t.Context(), group, service, sdk.AccessIDNameAccess, nil)
	var e *azcore.ResponseError
	if !errors.As(err, &e) || e.StatusCode != http.StatusTooManyRequests || e.ErrorCode != "TooManyRequests" {
		t.Errorf("got error %v, want status 429 and code TooManyRequests", err)
	}
}

// TestToken: the SDK's token opens what is closed without one.
func TestToken(t *testing.T) {
	t.Parallel()
	address := start(t, apim.Options{Bare: true, CheckToken: true})
	if _, err := connect(t, address).NewTenantAccessClient().Get(t.Context(), group, service, sdk.AccessIDNameAccess, nil); err != nil {
		t.Errorf("with a token: %v", err)
	}
	bare := &seeder{t: t, address: address}
	got, err := bare.send(http.MethodGet, serviceID+"/tenant/access", version, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.status != http.StatusUnauthorized {
		t.Errorf("without a token: got status %d, want 401", got.status)
	}
}

// TestSecrets: what GET hides, the action that is there for it tells.
func TestSecrets(t *testing.T) {
	t.Parallel()
	p := newPlace(t, false)
	put := map[string]string{"secret named value": "", "subscription": "", "OpenID provider": "", "authorization server": "", "identity provider": "google"}
	for _, k := range kinds() {
		name, wanted := put[k.name]
		if !wanted {
			continue
		}
		if name == "" {
			name = "x"
		}
		if _, err := newClient(p.f, k.top, k.list).do(t.Context(), request{verb: 'P', names: []string{name}, props: p.fill(k.put, name)}); err != nil {
			t.Fatalf("create %s: %v", k.name, err)
		}
	}
	value, err := p.f.NewNamedValueClient().ListValue(t.Context(), group, service, "x", nil)
	tells(t, "named value", value.Value, "v", err)
	keys, err := p.f.NewSubscriptionClient().ListSecrets(t.Context(), group, service, "x", nil)
	tells(t, "subscription", keys.PrimaryKey, "key-x-1", err)
	oidc, err := p.f.NewOpenIDConnectProviderClient().ListSecrets(t.Context(), group, service, "x", nil)
	tells(t, "OpenID provider", oidc.ClientSecret, "s", err)
	server, err := p.f.NewAuthorizationServerClient().ListSecrets(t.Context(), group, service, "x", nil)
	tells(t, "authorization server", server.ClientSecret, "s", err)
	identity, err := p.f.NewIdentityProviderClient().ListSecrets(t.Context(), group, service, sdk.IdentityProviderTypeGoogle, nil)
	tells(t, "identity provider", identity.ClientSecret, "s", err)

	if _, err := p.f.NewSubscriptionClient().RegeneratePrimaryKey(t.Context(), group, service, "x", nil); err != nil {
		t.Fatal(err)
	}
	again, err := p.f.NewSubscriptionClient().ListSecrets(t.Context(), group, service, "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if *again.PrimaryKey == "key-x-1" {
		t.Error("the primary key is still the one before it was made anew")
	}
}

// tells checks a secret.
func tells(t *testing.T, what string, got *string, want string, err error) {
	t.Helper()
	switch {
	case err != nil:
		t.Errorf("%s: %v", what, err)
	case got == nil || *got != want:
		t.Errorf("%s: the secret is not what was stored", what)
	}
}

// TestTags: tags are assigned by methods of their own.
func TestTags(t *testing.T) {
	t.Parallel()
	p := newPlace(t, false)
	c := p.f.NewTagClient()
	if _, err := c.AssignToAPI(t.Context(), group, service, "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AssignToOperation(t.Context(), group, service, "a", "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AssignToProduct(t.Context(), group, service, "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetByAPI(t.Context(), group, service, "a", "b", nil); err != nil || *got.Name != "b" {
		t.Errorf("got %v, %v, want tag b", got.Name, err)
	}
	kinds := map[string]bool{}
	for pager := p.f.NewTagResourceClient().NewListByServicePager(group, service, nil); pager.More(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Value {
			kinds["API"] = kinds["API"] || r.API != nil
			kinds["operation"] = kinds["operation"] || r.Operation != nil
			kinds["product"] = kinds["product"] || r.Product != nil
		}
	}
	if diff := cmp.Diff(map[string]bool{"API": true, "operation": true, "product": true}, kinds); diff != "" {
		t.Errorf("tagged resources, want -, got +:\n%s", diff)
	}
	if _, err := c.DetachFromAPI(t.Context(), group, service, "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	var e *azcore.ResponseError
	if _, err := c.GetByAPI(t.Context(), group, service, "a", "b", nil); !errors.As(err, &e) || e.StatusCode != http.StatusNotFound {
		t.Errorf("after it was taken off: got error %v, want status 404", err)
	}
}
