package conformance

import sdk "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/apimanagement/armapimanagement/v3"

// kind is a row of the table: a resource type, what the SDK can do with it, and
// what to create. In bodies {name} stands for the item's name, {scope} for the id of
// the service, or of the workspace when the row is tried in one; {owner} for the
// name of that workspace.
type kind struct {
	name  string
	verbs string   // of L list, G get, H head, P put, U patch, D delete; all that the SDK has
	top   any      // makes the client at service level: a method of the SDK's factory; nil: there is none
	ws    any      // the same for workspaces
	list  string   // the method that lists, when the client has several
	below []string // owners, from the outside in
	names []string // what is created; nil: five
	put   string   // properties
	patch string   // properties; must change what put set

	hidden []string // properties that are never read back
	status int      // of a GET for one that is not there; 0: 404
}

const (
	all      = "LGHPUD"
	noPatch  = "LGHPD"
	link     = "LGPD"
	member   = "LHPD"
	document = `"<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"`
)

// few are the names of items that others refer to: there are three of each.
func few() []string { return []string{"a", "b", "c"} }

// kinds is the table. Owners come before what they own.
func kinds() []kind {
	var out []kind
	for _, part := range [][]kind{plainKinds(), apiKinds(), policyKinds(), linkKinds(), accessKinds()} {
		out = append(out, part...)
	}
	return out
}

type factory = sdk.ClientFactory

func plainKinds() []kind {
	return []kind{
		{name: "workspace", verbs: all, top: (*factory).NewWorkspaceClient,
			put: `{"displayName":"Workspace {name}","description":"first"}`, patch: `{"description":"second"}`},
		{name: "named value", verbs: all, top: (*factory).NewNamedValueClient, ws: (*factory).NewWorkspaceNamedValueClient,
			put: `{"displayName":"{name}","value":"v","tags":["x","y"],"secret":false}`, patch: `{"value":"w"}`},
		{name: "secret named value", verbs: all, top: (*factory).NewNamedValueClient, ws: (*factory).NewWorkspaceNamedValueClient,
			put: `{"displayName":"{name}","value":"v","secret":true}`, patch: `{"tags":["x"]}`, hidden: []string{"value"}},
		{name: "tag", verbs: all, top: (*factory).NewTagClient, ws: (*factory).NewWorkspaceTagClient, list: "NewListByServicePager",
			put: `{"displayName":"Tag {name}"}`, patch: `{"displayName":"Other"}`},
		{name: "group", verbs: all, top: (*factory).NewGroupClient, ws: (*factory).NewWorkspaceGroupClient,
			put: `{"displayName":"Group {name}","description":"first","type":"external","externalId":"aad://x.example/groups/1"}`, patch: `{"description":"second"}`},
		{name: "backend", verbs: all, top: (*factory).NewBackendClient, ws: (*factory).NewWorkspaceBackendClient,
			put:   `{"url":"https://backend.example/{name}","protocol":"http","description":"first","tls":{"validateCertificateChain":false,"validateCertificateName":true}}`,
			patch: `{"description":"second"}`},
		{name: "logger", verbs: all, top: (*factory).NewLoggerClient, ws: (*factory).NewWorkspaceLoggerClient,
			put:   `{"loggerType":"azureEventHub","description":"first","credentials":{"name":"hub","connectionString":"Endpoint=sb://hub.example"}}`,
			patch: `{"description":"second"}`, hidden: []string{"credentials"}},
		{name: "gateway", verbs: all, top: (*factory).NewGatewayClient,
			put: `{"description":"first","locationData":{"name":"Earth","city":"x"}}`, patch: `{"description":"second"}`},
		{name: "cache", verbs: all, top: (*factory).NewCacheClient,
			put:   `{"connectionString":"cache.example:6380,ssl=True","useFromLocation":"default","description":"first"}`,
			patch: `{"description":"second"}`, hidden: []string{"connectionString"}},
		{name: "certificate", verbs: noPatch, top: (*factory).NewCertificateClient, ws: (*factory).NewWorkspaceCertificateClient,
			put: `{"keyVault":{"secretIdentifier":"https://vault.example/secrets/{name}","identityClientId":"00000000-0000-0000-0000-000000000002"}}`},
		{name: "documentation", verbs: all, top: (*factory).NewDocumentationClient,
			put: `{"title":"Title {name}","content":"first"}`, patch: `{"content":"second"}`},
		{name: "global schema", verbs: noPatch, top: (*factory).NewGlobalSchemaClient, ws: (*factory).NewWorkspaceGlobalSchemaClient,
			put: `{"schemaType":"json","description":"first","document":{"type":"object","properties":{"id":{"type":"string"}}}}`},
		{name: "version set", verbs: all, top: (*factory).NewAPIVersionSetClient, ws: (*factory).NewWorkspaceAPIVersionSetClient,
			put: `{"displayName":"Set {name}","versioningScheme":"Header","versionHeaderName":"x-version"}`, patch: `{"description":"second"}`},
		{name: "diagnostic", verbs: all, top: (*factory).NewDiagnosticClient, ws: (*factory).NewWorkspaceDiagnosticClient, names: []string{"applicationinsights", "azuremonitor"},
			put: `{"loggerId":"{scope}/loggers/a","alwaysLog":"allErrors","sampling":{"samplingType":"fixed","percentage":50}}`, patch: `{"verbosity":"error"}`},
	}
}

func apiKinds() []kind {
	return []kind{
		{name: "API", verbs: all, top: (*factory).NewAPIClient, ws: (*factory).NewWorkspaceAPIClient, list: "NewListByServicePager",
			put:   `{"displayName":"API {name}","path":"path{owner}/{name}","protocols":["https"],"serviceUrl":"https://backend.example","subscriptionRequired":false}`,
			patch: `{"description":"second"}`},
		{name: "operation", verbs: all, top: (*factory).NewAPIOperationClient, ws: (*factory).NewWorkspaceAPIOperationClient, below: []string{"a"},
			put: `{"displayName":"Operation {name}","method":"GET","urlTemplate":"/{name}/{id}","templateParameters":[{"name":"id","type":"string","required":true}],
				"responses":[{"statusCode":200,"description":"fine"}]}`, patch: `{"description":"second"}`},
		{name: "API diagnostic", verbs: all, top: (*factory).NewAPIDiagnosticClient, ws: (*factory).NewWorkspaceAPIDiagnosticClient, below: []string{"a"},
			names: []string{"applicationinsights", "azuremonitor"}, put: `{"loggerId":"{scope}/loggers/a"}`, patch: `{"verbosity":"error"}`},
		{name: "API schema", verbs: noPatch, top: (*factory).NewAPISchemaClient, ws: (*factory).NewWorkspaceAPISchemaClient, below: []string{"a"},
			put: `{"contentType":"application/vnd.oai.openapi.components+json","document":{"components":{"schemas":{"pet":{"type":"object"}}}}}`},
		{name: "release", verbs: all, top: (*factory).NewAPIReleaseClient, ws: (*factory).NewWorkspaceAPIReleaseClient, below: []string{"a"},
			put: `{"apiId":"{scope}/apis/a;rev=1","notes":"first"}`, patch: `{"notes":"second"}`},
		{name: "resolver", verbs: all, top: (*factory).NewGraphQLAPIResolverClient, below: []string{"a"},
			put: `{"displayName":"{name}","path":"Query/{name}","description":"first"}`, patch: `{"description":"second"}`},
		{name: "API wiki", verbs: "GHPUD", top: (*factory).NewAPIWikiClient, below: []string{"a"}, names: []string{},
			put: `{"documents":[{"documentationId":"a"},{"documentationId":"b"}]}`, patch: `{"documents":[{"documentationId":"c"}]}`, status: 500},
		{name: "product wiki", verbs: "GHPUD", top: (*factory).NewProductWikiClient, below: []string{"a"}, names: []string{},
			put: `{"documents":[{"documentationId":"a"}]}`, patch: `{"documents":[{"documentationId":"c"}]}`, status: 500},
		{name: "tag description", verbs: noPatch, top: (*factory).NewAPITagDescriptionClient, below: []string{"a"}, names: few(),
			put: `{"description":"first","externalDocsUrl":"https://docs.example/{name}"}`},
	}
}

func policyKinds() []kind {
	only := []string{"policy"}
	return []kind{
		{name: "policy", verbs: noPatch, top: (*factory).NewPolicyClient, ws: (*factory).NewWorkspacePolicyClient, names: only,
			put:    `{"format":"rawxml","value":"<policies><inbound /><backend><forward-request /></backend><outbound /><on-error /></policies>"}`,
			hidden: []string{"format", "value"}},
		{name: "API policy", verbs: noPatch, top: (*factory).NewAPIPolicyClient, ws: (*factory).NewWorkspaceAPIPolicyClient, below: []string{"a"}, names: only,
			put: `{"format":"xml","value":` + document + `}`, hidden: []string{"format", "value"}},
		{name: "operation policy", verbs: noPatch, top: (*factory).NewAPIOperationPolicyClient, ws: (*factory).NewWorkspaceAPIOperationPolicyClient,
			below: []string{"a", "a"}, names: only, put: `{"format":"xml","value":` + document + `}`, hidden: []string{"format", "value"}},
		{name: "product policy", verbs: noPatch, top: (*factory).NewProductPolicyClient, ws: (*factory).NewWorkspaceProductPolicyClient, below: []string{"a"}, names: only,
			put: `{"format":"xml","value":` + document + `}`, hidden: []string{"format", "value"}},
		{name: "resolver policy", verbs: noPatch, top: (*factory).NewGraphQLAPIResolverPolicyClient, below: []string{"a", "a"}, names: only,
			put:    `{"format":"xml","value":"<http-data-source><http-request><set-method>GET</set-method><set-url>https://data.example</set-url></http-request></http-data-source>"}`,
			hidden: []string{"format", "value"}},
		{name: "policy fragment", verbs: noPatch, top: (*factory).NewPolicyFragmentClient, ws: (*factory).NewWorkspacePolicyFragmentClient,
			put: `{"format":"xml","description":"first","value":"<fragment><set-header name=\"x\" exists-action=\"delete\" /></fragment>"}`, hidden: []string{"format", "value"}},
		{name: "policy restriction", verbs: all, top: (*factory).NewPolicyRestrictionClient,
			put: `{"scope":"/apis/a","requireBase":"false"}`, patch: `{"requireBase":"true"}`},
	}
}

func linkKinds() []kind {
	return []kind{
		{name: "product", verbs: all, top: (*factory).NewProductClient, ws: (*factory).NewWorkspaceProductClient, list: "NewListByServicePager",
			put:   `{"displayName":"Product {name}","description":"first","subscriptionRequired":true,"approvalRequired":true,"subscriptionsLimit":3,"state":"published"}`,
			patch: `{"description":"second"}`},
		{name: "product API link", verbs: link, top: (*factory).NewProductAPILinkClient, ws: (*factory).NewWorkspaceProductAPILinkClient, below: []string{"a"},
			names: few(), put: `{"apiId":"{scope}/apis/{name}"}`},
		{name: "product group link", verbs: link, top: (*factory).NewProductGroupLinkClient, ws: (*factory).NewWorkspaceProductGroupLinkClient, below: []string{"a"},
			names: few(), put: `{"groupId":"{scope}/groups/{name}"}`},
		{name: "tag API link", verbs: link, top: (*factory).NewTagAPILinkClient, ws: (*factory).NewWorkspaceTagAPILinkClient, below: []string{"b"},
			names: few(), put: `{"apiId":"{scope}/apis/{name}"}`},
		{name: "tag operation link", verbs: link, top: (*factory).NewTagOperationLinkClient, ws: (*factory).NewWorkspaceTagOperationLinkClient, below: []string{"a"},
			names: few(), put: `{"operationId":"{scope}/apis/a/operations/{name}"}`},
		{name: "tag product link", verbs: link, top: (*factory).NewTagProductLinkClient, ws: (*factory).NewWorkspaceTagProductLinkClient, below: []string{"a"},
			names: few(), put: `{"productId":"{scope}/products/{name}"}`},
		{name: "product API", verbs: member, top: (*factory).NewProductAPIClient, below: []string{"a"}, names: few()},
		{name: "product group", verbs: member, top: (*factory).NewProductGroupClient, below: []string{"a"}, names: few()},
		{name: "gateway API", verbs: member, top: (*factory).NewGatewayAPIClient, below: []string{"a"}, names: few()},
		{name: "group user", verbs: member, top: (*factory).NewGroupUserClient, ws: (*factory).NewWorkspaceGroupUserClient, below: []string{"a"}, names: few()},
	}
}

func accessKinds() []kind {
	return []kind{
		{name: "user", verbs: all, top: (*factory).NewUserClient,
			put: `{"email":"{name}@users.example","firstName":"Ann","lastName":"Doe","note":"first"}`, patch: `{"note":"second"}`},
		{name: "subscription", verbs: all, top: (*factory).NewSubscriptionClient, ws: (*factory).NewWorkspaceSubscriptionClient,
			put:   `{"displayName":"Subscription {name}","scope":"{scope}/products/a","state":"active","primaryKey":"key-{name}-1"}`,
			patch: `{"displayName":"Other"}`, hidden: []string{"primaryKey"}},
		{name: "OpenID provider", verbs: all, top: (*factory).NewOpenIDConnectProviderClient,
			put:   `{"displayName":"Provider {name}","metadataEndpoint":"https://login.example/.well-known/openid-configuration","clientId":"id","clientSecret":"s"}`,
			patch: `{"description":"second"}`, hidden: []string{"clientSecret"}},
		{name: "authorization server", verbs: all, top: (*factory).NewAuthorizationServerClient,
			put: `{"displayName":"Server {name}","authorizationEndpoint":"https://login.example/authorize","clientRegistrationEndpoint":"https://login.example/apps",
				"tokenEndpoint":"https://login.example/token","clientId":"id","clientSecret":"s","grantTypes":["authorizationCode"],"authorizationMethods":["GET"]}`,
			patch: `{"description":"second"}`, hidden: []string{"clientSecret"}},
		{name: "identity provider", verbs: all, top: (*factory).NewIdentityProviderClient, names: []string{"facebook", "google", "microsoft", "twitter"},
			put: `{"clientId":"id","clientSecret":"s"}`, patch: `{"clientId":"other"}`, hidden: []string{"clientSecret"}},
		{name: "authorization provider", verbs: link, top: (*factory).NewAuthorizationProviderClient,
			put: `{"displayName":"Provider {name}","identityProvider":"google","oauth2":{"redirectUrl":"https://redirect.example","grantTypes":{"authorizationCode":{"clientId":"id","scopes":"a"}}}}`},
	}
}
