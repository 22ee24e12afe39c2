package all

import (
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
	"github.com/lockstep-apiops/lockstep/internal/azure"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// apimSettings have the names that Azure/apiops, the Azure CLI and the Azure
// SDKs use, besides our own.
func apimSettings() []config.Setting {
	return []config.Setting{
		{Name: "subscription-id", Env: []string{"AZURE_SUBSCRIPTION_ID"}, Usage: "Azure subscription of the service"},
		{Name: "resource-group", Env: []string{"AZURE_RESOURCE_GROUP_NAME"}, Usage: "resource group of the service"},
		{Name: "service-name", Env: []string{"API_MANAGEMENT_SERVICE_NAME"}, Keys: []string{"apimServiceName"}, Usage: "name of the API Management service"},
		{Name: "cloud", Env: []string{"AZURE_CLOUD_ENVIRONMENT"}, Usage: "Azure cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud"},
		{Name: "resource-manager-endpoint", Env: []string{"AZURE_RESOURCE_MANAGER_ENDPOINT"}, Usage: "address of the management API, where it is not the cloud's own: a sandbox, Azure Stack"},
		{Name: "api-version", Env: []string{"ARM_API_VERSION"}, Default: apim.APIVersion, Usage: "version of the management API"},
		{Name: "specification-format", Env: []string{"API_SPECIFICATION_FORMAT"}, Keys: []string{"apiSpecificationFormat"}, Default: apim.Formats()[0],
			Usage: "format of API definitions that are new to the tree: OpenAPIV3Yaml, OpenAPIV3Json, OpenAPIV2Yaml, OpenAPIV2Json or Wadl"},
		{Name: "no-workspaces", Type: config.Bool, Negate: []string{"FeatureManagement__Workspaces"}, Usage: "leave workspaces alone, and what they hold"},
		{Name: "publish-configuration-artifacts", Inert: true, Env: []string{"PUBLISH_CONFIGURATION_ARTIFACTS"}, Usage: "what the overrides change is always published"},
		{Name: "auth", Choices: azure.MethodNames(), Usage: "how to sign in; empty takes the first way that is ready"},
		{Name: "bearer-token", Env: []string{"AZURE_BEARER_TOKEN"}, Secret: true, Usage: "ready token for the management API"},
		{Name: "tenant-id", Env: []string{"AZURE_TENANT_ID"}, Usage: "Entra tenant to sign in to"},
		{Name: "client-id", Env: []string{"AZURE_CLIENT_ID"}, Usage: "application or identity to sign in as"},
	}
}

// apimExcluded leaves out workspaces where they are switched off.
func apimExcluded(v *config.Values) []string {
	if v.Bool("no-workspaces") {
		return []string{"workspace=*"}
	}
	return nil
}

// writesAtOnce keeps writes below what Azure Resource Manager grants: 10 a
// second once the burst is used up.
const writesAtOnce = 8

func openAPIM(v *config.Values, o Options) (*Opened, error) {
	if err := v.Require("subscription-id", "resource-group", "service-name"); err != nil {
		return nil, err
	}
	cloud, err := azure.CloudNamed(v.String("cloud"))
	if err != nil {
		return nil, err
	}
	endpoint, err := cloud.ResourceManager(v.String("resource-manager-endpoint"))
	if err != nil {
		return nil, err
	}
	h := httpx.New(httpx.Options{
		Logger: o.Logger, UserAgent: o.UserAgent, Timeout: v.Duration("timeout"), Remaining: arm.RemainingHeaders(),
		Parallel: map[httpx.Class]int{
			httpx.Reads: v.Int("workers"), httpx.Writes: min(v.Int("workers"), writesAtOnce), httpx.Deletes: min(v.Int("workers"), writesAtOnce),
		},
	})
	token, err := azure.Credential(azure.Options{
		Method: azure.Method(v.String("auth")), Cloud: cloud, Endpoint: endpoint, Env: o.Env, HTTP: h, Logger: o.Logger,
		BearerToken: v.Secret("bearer-token"), TenantID: v.String("tenant-id"), ClientID: v.String("client-id"),
	})
	if err != nil {
		return nil, err
	}
	client, err := arm.New(arm.Options{HTTP: h, Token: token, Endpoint: endpoint, APIVersion: v.String("api-version"), PollInterval: o.Poll, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	g, err := apim.New(apim.Options{
		Client: client, Subscription: v.String("subscription-id"), ResourceGroup: v.String("resource-group"),
		Service: v.String("service-name"), Specifications: v.String("specification-format"),
	})
	if err != nil {
		return nil, err
	}
	return &Opened{Gateway: g, HTTP: h}, nil
}
