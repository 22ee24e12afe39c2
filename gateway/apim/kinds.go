package apim

import (
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
)

// kinds is the table of what an API Management service holds, as of API
// version 2024-05-01. Folders and files are those of Azure/apiops V7, with the
// spellings of its other versions; kinds that it lacks are named in its style. To support another kind, add a row.
func kinds(h *hooks) []rest.Kind {
	var rows []rest.Kind
	for _, group := range [][]rest.Kind{
		settings(), security(), policies(), products(), apis(h), portal(),
	} {
		rows = append(rows, group...)
	}
	for i := range rows {
		if fields := spelt(rows[i].Name); fields != nil {
			rows[i].Rules = append(rows[i].Rules, spell(fields))
		}
	}
	return rows
}

// settings are the kinds that others build on.
func settings() []rest.Kind {
	return []rest.Kind{
		{Serial: "named values", Item: notGenerated, Store: storeNamedValue, Kind: gateway.Kind{
			Name: "named value", Lacks: lacksValue, Segment: "namedValues", Under: both, Doc: "named values; of secret ones all but the value",
			ConfigAliases: []string{"namedValueNames"},
			Dir:           "named values", File: "namedValueInformation.json",
			Spellings: folder("namedValues"), Generated: isGenerated,
			Omit: omit("properties.keyVault.lastStatus"), Sets: []string{"properties.tags"},
			Secret:   []gateway.Secret{{Field: "properties.value", If: "properties.secret"}},
			Defaults: map[string]any{"properties.secret": false}, Unique: displayName}},
		{Kind: gateway.Kind{
			Name: "tag", Segment: "tags", Under: both, Doc: "tags",
			ConfigAliases: []string{"tagNames"},
			Dir:           "tags", File: "tagInformation.json", Omit: armFields, Unique: displayName}},
		{Kind: gateway.Kind{
			Name: "group", Segment: "groups", Under: both, Doc: "groups of developers, without their members",
			ConfigAliases: []string{"groupNames"},
			Dir:           "groups", File: "groupInformation.json", Omit: omit("properties.builtIn"),
			Defaults: map[string]any{"properties.type": "custom"},
			Builtin:  []string{"administrators", "developers", "guests"}, Unique: displayName}},
		{Kind: gateway.Kind{
			Name: "version set", Segment: "apiVersionSets", Under: both, Doc: "API version sets",
			ConfigKey: "versionSets", ConfigAliases: []string{"versionSetNames"},
			Dir: "version sets", File: "versionSetInformation.json", Omit: armFields,
			Spellings: []gateway.Spelling{
				{Layouts: []string{v5}, Dir: "version sets", File: "apiVersionSetInformation.json"},
				{Layouts: []string{cli}, Dir: "versionSets"}}}},
		{Store: storeLogger, Kind: gateway.Kind{
			Name: "logger", Lacks: lacksCredentials, Segment: "loggers", Under: both, Doc: "loggers; credentials only as references to named values",
			ConfigAliases: []string{"loggerNames"},
			Dir:           "loggers", File: "loggerInformation.json", Omit: armFields, Mentions: inPayload,
			Secret: []gateway.Secret{
				{Field: loggerKeys[0], Plain: isReference, Alike: isGeneratedReference},
				{Field: loggerKeys[1], Plain: isReference, Alike: isGeneratedReference}},
			Defaults: map[string]any{"properties.isBuffered": true}}},
		{Kind: gateway.Kind{
			Name: "backend", Segment: "backends", Under: both, Doc: "backends and pools of them; credentials only as references to named values",
			ConfigAliases: []string{"backendNames"},
			Dir:           "backends", File: "backendInformation.json", Omit: armFields, Mentions: inPayload,
			Refs: []gateway.Ref{
				{Field: "properties.pool.services[].id", Kind: "backend"},
				{Field: "properties.credentials.certificateIds[]", Kind: "certificate"},
				{Field: "properties.properties.serviceFabricCluster.clientCertificateId", Kind: "certificate"}},
			Secret: []gateway.Secret{
				{Field: "properties.credentials.authorization.parameter", Plain: isReference},
				{Field: "properties.credentials.header.*", Plain: isReference},
				{Field: "properties.credentials.query.*", Plain: isReference},
				{Field: "properties.proxy.password", Plain: isReference}},
			Defaults: map[string]any{
				"properties.type": "Single", "properties.tls.validateCertificateChain": true, "properties.tls.validateCertificateName": true}}},
		{Kind: gateway.Kind{
			Name: "diagnostic", Segment: "diagnostics", Under: both, Doc: "diagnostics of the service or a workspace",
			ConfigAliases: []string{"diagnosticNames"},
			Dir:           "diagnostics", File: "diagnosticInformation.json", Omit: armFields, Refs: toLogger, Defaults: diagnosticDefaults}},
		{Each: true, Kind: gateway.Kind{
			Name: "schema", Segment: "schemas", Under: both, Doc: "global schemas",
			Dir: "schemas", File: "schemaInformation.json", Omit: armFields}},
		{Each: true, Kind: gateway.Kind{
			Name: "documentation", Segment: "documentations", Doc: "documentation pages that wikis show",
			Dir: "documentations", File: "documentationInformation.json", Omit: armFields,
			Split: []gateway.Split{{Field: "properties.content", File: "content.md", Within: true}}}},
		{Kind: gateway.Kind{
			Name: "workspace", Segment: "workspaces", Doc: "workspaces",
			ConfigAliases: []string{"workspaceNames"}, Implied: true,
			Dir: "workspaces", File: "workspaceInformation.json", Omit: armFields}},
		{Each: true, Kind: gateway.Kind{
			Name: "cache", Segment: "caches", Doc: "external caches; the connection string only as a reference to a named value",
			Dir: "caches", File: "cacheInformation.json", Omit: armFields, Mentions: inPayload,
			Secret: []gateway.Secret{{Field: "properties.connectionString", Plain: isReference}}}},
		{Kind: gateway.Kind{
			Name: "gateway", Segment: "gateways", Doc: "self-hosted gateways, without their keys",
			ConfigAliases: []string{"gatewayNames"},
			Dir:           "gateways", File: "gatewayInformation.json", Omit: armFields}},
		{Bare: true, Item: currentOnly, Kind: gateway.Kind{
			Name: "gateway api", Parent: "gateway", Segment: "apis", Joins: "api", Doc: "APIs that a self-hosted gateway serves",
			Dir: "apis", File: "gatewayApiInformation.json", Omit: omit("properties"), Live: true,
			Spellings: listed("apis.json")}},
		{Each: true, Kind: gateway.Kind{
			Name: "gateway hostname", Parent: "gateway", Segment: "hostnameConfigurations", Doc: "host names of a self-hosted gateway",
			ConfigKey: "hostnames",
			Dir:       "hostnames", File: "gatewayHostnameInformation.json", Omit: armFields,
			Refs: []gateway.Ref{{Field: "properties.certificateId", Kind: "certificate"}}}},
		{Each: true, Kind: gateway.Kind{
			Name: "gateway certificate authority", Parent: "gateway", Segment: "certificateAuthorities", Joins: "certificate",
			Doc: "certificate authorities that a self-hosted gateway trusts",
			Dir: "certificate authorities", File: "gatewayCertificateAuthorityInformation.json", Omit: armFields}},
	}
}

// security are the kinds that hold credentials or say who may do what.
func security() []rest.Kind {
	return []rest.Kind{
		{Each: true, Kind: gateway.Kind{
			Name: "certificate", Segment: "certificates", Under: both, Doc: "certificates: metadata and key vault references, never the key",
			Dir: "certificates", File: "certificateInformation.json", Omit: omit("properties.keyVault.lastStatus"),
			Loose:  []string{"properties.subject", "properties.thumbprint", "properties.expirationDate"},
			Secret: []gateway.Secret{{Field: "properties.data"}, {Field: "properties.password"}}}},
		{Each: true, Kind: gateway.Kind{
			Name: "authorization server", Segment: "authorizationServers", Doc: "OAuth 2.0 authorization servers, without their secrets",
			Dir: "authorization servers", File: "authorizationServerInformation.json", Omit: armFields,
			Secret: []gateway.Secret{
				{Field: "properties.clientSecret", Plain: isReference},
				{Field: "properties.resourceOwnerUsername"}, {Field: "properties.resourceOwnerPassword"}},
			Sets:     []string{"properties.authorizationMethods", "properties.grantTypes", "properties.bearerTokenSendingMethods", "properties.clientAuthenticationMethod"},
			Defaults: map[string]any{"properties.useInTestConsole": true, "properties.useInApiDocumentation": false, "properties.supportState": false}}},
		{Each: true, Kind: gateway.Kind{
			Name: "openid connect provider", Segment: "openidConnectProviders", Doc: "OpenID Connect providers, without their secrets",
			ConfigKey: "openIdConnectProviders",
			Dir:       "openid connect providers", File: "openidConnectProviderInformation.json", Omit: armFields,
			Secret:   []gateway.Secret{{Field: "properties.clientSecret", Plain: isReference}},
			Defaults: map[string]any{"properties.useInTestConsole": true, "properties.useInApiDocumentation": false}}},
		{Each: true, Kind: gateway.Kind{
			Name: "authorization provider", Segment: "authorizationProviders", Doc: "credential manager: providers, without their secrets",
			Dir: "authorization providers", File: "authorizationProviderInformation.json", Omit: omit("properties.oauth2.redirectUrl"),
			Secret: []gateway.Secret{{Field: "properties.oauth2.grantTypes.*.clientSecret", Plain: isReference}}}},
		{Each: true, Kind: gateway.Kind{
			Name: "authorization", Parent: "authorization provider", Segment: "authorizations", Doc: "credential manager: connections, without tokens and secrets",
			Dir: "authorizations", File: "authorizationInformation.json", Omit: omit("properties.status", "properties.error"),
			Secret: []gateway.Secret{{Field: "properties.parameters.clientSecret", Plain: isReference}}}},
		{Each: true, Kind: gateway.Kind{
			Name: "authorization access policy", Parent: "authorization", Segment: "accessPolicies", Doc: "credential manager: who may use a connection",
			Dir: "access policies", File: "authorizationAccessPolicyInformation.json", Omit: armFields}},
		{Each: true, Store: storeIdentityProvider, Kind: gateway.Kind{
			Name: "identity provider", Lacks: lacksClientSecret, Segment: "identityProviders", Doc: "identity providers of the developer portal, without their secrets",
			Dir: "identity providers", File: "identityProviderInformation.json", Omit: armFields,
			Secret: []gateway.Secret{{Field: "properties.clientSecret", Plain: isReference}}, Sets: []string{"properties.allowedTenants"}}},
	}
}

// policies are the kinds that are policy text.
func policies() []rest.Kind {
	return []rest.Kind{
		{Query: rawxml, Kind: gateway.Kind{
			Name: "policy fragment", Segment: "policyFragments", Under: both, Doc: "policy fragments",
			ConfigAliases: []string{"policyFragmentNames"},
			Dir:           "policy fragments", File: "policyFragmentInformation.json", Either: true, Omit: armFields,
			Spellings: []gateway.Spelling{{Layouts: []string{cli}, Dir: "policyFragments", Either: true}},
			Split:     policyFile, Const: policyConst, Mentions: inPolicy}},
		servicePolicy(),
		{Each: true, Kind: gateway.Kind{
			Name: "policy restriction", Segment: "policyRestrictions", Doc: "policy restrictions",
			Dir: "policy restrictions", File: "policyRestrictionInformation.json", Omit: armFields,
			Spellings: folder("policyRestrictions"),
			Defaults:  map[string]any{"properties.requireBase": "false"}}},
	}
}

// servicePolicy is the row of the policy of all APIs.
func servicePolicy() rest.Kind {
	row := policyOf("", both, "the policy of all APIs of the service or a workspace")
	row.ConfigAliases = []string{"servicePolicies"}
	return row
}

// policyOf is the row of the policy that a resource of the kind may have.
func policyOf(owner string, under []string, doc string) rest.Kind {
	name := "policy"
	if owner != "" {
		name = owner + " policy"
	}
	return rest.Kind{Query: rawxml, Kind: gateway.Kind{
		Name: name, Parent: owner, Segment: "policies", Under: under, Doc: doc, Only: "policy",
		Omit: armFields, Split: policyFile, Const: policyConst, Mentions: inPolicy}}
}

func products() []rest.Kind {
	return []rest.Kind{
		{Store: storeProduct, Kind: gateway.Kind{
			Name: "product", Segment: "products", Under: both, Doc: "products",
			ConfigAliases: []string{"productNames"},
			Dir:           "products", File: "productInformation.json", Omit: omit("properties.groups"), Unique: displayName,
			Defaults: map[string]any{"properties.subscriptionRequired": true, "properties.approvalRequired": false, "properties.state": "notPublished"}}},
		policyOf("product", both, "policies of products"),
		{Link: &rest.Link{Field: "properties.apiId"}, Kind: gateway.Kind{
			Name: "product api", Parent: "product", Segment: "apiLinks", Under: both, Joins: "api", Doc: "APIs of a product",
			ConfigKey: "apis",
			Dir:       "apis", File: "productApiInformation.json", Omit: omit("properties"), Live: true,
			Spellings: listed("apis.json")}},
		{Link: &rest.Link{Field: "properties.groupId", Keep: true}, Kind: gateway.Kind{
			Name: "product group", Parent: "product", Segment: "groupLinks", Under: both, Joins: "group", Doc: "groups that see a product",
			ConfigKey: "groups",
			Dir:       "groups", File: "productGroupInformation.json", Omit: []string{"id", "type"}, Loose: []string{"name", "properties"},
			Builtin: []string{"administrators"}, Live: true, Repeats: "properties.groupId",
			Spellings: append([]gateway.Spelling{{Layouts: []string{v6}, Dir: "groups", Bare: true}}, listed("groups.json")...)}},
		{Link: &rest.Link{Field: "properties.apiId"}, Kind: gateway.Kind{
			Name: "tag api", Parent: "tag", Segment: "apiLinks", Under: both, Joins: "api", Doc: "APIs that bear a tag",
			ConfigKey: "apis",
			Dir:       "apis", File: "tagApiInformation.json", Omit: omit("properties"),
			Spellings: []gateway.Spelling{
				{Layouts: []string{v6}, Beside: "api", Dir: "tags", File: "apiTagInformation.json"},
				{Layouts: []string{cli}, Beside: "api", Dir: "tags", File: "tagInformation.json"},
				{Layouts: []string{v5}, Beside: "api", File: "tags.json", List: true}}}},
		{Link: &rest.Link{Field: "properties.productId"}, Kind: gateway.Kind{
			Name: "tag product", Parent: "tag", Segment: "productLinks", Under: both, Joins: "product", Doc: "products that bear a tag",
			ConfigKey: "products",
			Dir:       "products", File: "tagProductInformation.json", Omit: omit("properties"),
			Spellings: []gateway.Spelling{
				{Layouts: []string{v6}, Beside: "product", Dir: "tags", File: "productTagInformation.json"},
				{Beside: "product", Dir: "tags", File: "tagInformation.json"},
				{Layouts: []string{v5, cli}, Beside: "product", File: "tags.json", List: true}}}},
		{Link: &rest.Link{Field: "properties.operationId", Depth: 2, Keep: true}, Kind: gateway.Kind{
			Name: "tag operation", Parent: "tag", Segment: "operationLinks", Under: both, Joins: "api operation", Doc: "operations that bear a tag",
			ConfigKey: "operations",
			Dir:       "operations", File: "tagOperationInformation.json", Omit: armFields,
			Refs: []gateway.Ref{{Field: "properties.operationId", Kind: "api operation"}}}},
		{FromList: true, Kind: wikiOf("product")},
		{Item: withDisplayName, Kind: gateway.Kind{
			Name: "subscription", Segment: "subscriptions", Under: both, Doc: "subscriptions that have a name, without their keys and owners",
			ConfigAliases: []string{"subscriptionNames"},
			Dir:           "subscriptions", File: "subscriptionInformation.json",
			Omit: omit("properties.createdDate", "properties.startDate", "properties.expirationDate", "properties.endDate",
				"properties.notificationDate", "properties.stateComment", "properties.ownerId"),
			Secret:   []gateway.Secret{{Field: "properties.primaryKey"}, {Field: "properties.secondaryKey"}},
			Refs:     []gateway.Ref{{Field: "properties.scope", Kind: "product"}},
			After:    []string{"api"},
			Defaults: map[string]any{"properties.state": "active", "properties.allowTracing": false},
			OptIn:    true,
			Builtin:  []string{"master"}}},
	}
}

func wikiOf(owner string) gateway.Kind {
	return gateway.Kind{
		Name: owner + " wiki", Parent: owner, Segment: "wikis", Only: "default", Doc: "wikis of " + owner + "s",
		File: "wikiInformation.json", Spellings: wikiFile(), Omit: omit("_markdownContent"), // a digest that Azure/apiops-cli adds
		Refs: []gateway.Ref{{Field: "properties.documents[].documentationId", Kind: "documentation", ByName: true}}}
}

func apis(h *hooks) []rest.Kind {
	return []rest.Kind{
		{Item: currentOnce, Fetch: h.fetchAPI, Store: h.storeAPI, Remove: removeAPI, Kind: gateway.Kind{
			Name: "api", Segment: "apis", Under: both, Doc: "APIs with their definition; `NAME;rev=N` is a revision that is not current",
			ConfigAliases: []string{"apiNames"}, ConfigName: wholeAPI, Fixed: []string{"properties.apiRevision", "properties.isCurrent"},
			Dir: "apis", File: "apiInformation.json", Attach: definition,
			Omit: omit("properties.isOnline", "properties.isCurrent", "properties.format", "properties.value", "properties.apiType",
				"properties.wsdlSelector", "properties.translateRequiredQueryParameters", "properties.sourceApiId"),
			Keep:   []string{"properties.path"}, // of the API that has no suffix
			Claims: ofPath, Follows: ofCurrent, Stands: asRevision, Rules: []func(map[string]any){onceOAuth, setByID}, Sets: []string{"properties.protocols"}, Mentions: ofRevision,
			Refs: []gateway.Ref{
				{Field: "properties.apiVersionSetId", Kind: "version set"},
				{Field: "properties.authenticationSettings.oAuth2AuthenticationSettings[].authorizationServerId", Kind: "authorization server", ByName: true},
				{Field: "properties.authenticationSettings.openidAuthenticationSettings[].openidProviderId", Kind: "openid connect provider", ByName: true}},
			Told: []string{"properties.apiRevision"}, // Azure/apiops 7 stops without it
			Defaults: map[string]any{
				"properties.apiRevision": "1", "properties.type": "http", "properties.subscriptionRequired": true,
				"properties.protocols":                     []any{"https"},
				"properties.subscriptionKeyParameterNames": map[string]any{"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"}}}},
		policyOf("api", both, "policies of APIs"),
		{Store: storeRelease, Kind: gateway.Kind{
			Name: "api release", Parent: "api", Segment: "releases", Under: both, Doc: "releases: which revision became current, with notes",
			Dir: "releases", File: "apiReleaseInformation.json", Omit: omit("properties.createdDateTime", "properties.updatedDateTime"),
			Spellings: []gateway.Spelling{{Layouts: []string{v6, cli}, Dir: "releases", File: "releaseInformation.json"}},
			Rules:     []func(map[string]any){ofWholeAPI}, Loose: []string{"properties.apiId"}, Applies: isWholeAPI,
			Refs: []gateway.Ref{{Field: "properties.apiId", Kind: "api"}}, Live: true}},
		{Kind: gateway.Kind{
			Name: "api diagnostic", Parent: "api", Segment: "diagnostics", Under: both, Doc: "diagnostics of APIs",
			Dir: "diagnostics", File: "diagnosticInformation.json", Omit: armFields, Refs: toLogger, Defaults: diagnosticDefaults}},
		{Each: true, Kind: gateway.Kind{
			Name: "api operation", Parent: "api", Segment: "operations", Under: both, Inside: specification,
			Doc: "operations; those of an API with a definition are in it",
			Dir: "operations", File: "operationInformation.json", Omit: omit("properties.policies")}},
		policyOf("api operation", both, "policies of operations"),
		{Each: true, Kind: gateway.Kind{
			Name: "api schema", Parent: "api", Segment: "schemas", Under: both, Inside: specification,
			Doc: "schemas of APIs; those of an API with a definition are in it",
			Dir: "schemas", File: "schemaInformation.json", Omit: armFields}},
		{Kind: gateway.Kind{
			Name: "api resolver", Parent: "api", Segment: "resolvers", Doc: "GraphQL resolvers",
			Dir: "resolvers", File: "resolverInformation.json", Omit: armFields, Applies: isGraphQL}},
		policyOf("api resolver", nil, "policies of GraphQL resolvers"),
		{Each: true, Kind: gateway.Kind{
			Name: "api tag description", Parent: "api", Segment: "tagDescriptions", Joins: "tag", Doc: "what a tag means for an API",
			Dir: "tag descriptions", File: "tagDescriptionInformation.json", Omit: omit("properties.tagId", "properties.displayName"),
			Spellings: folder("tagDescriptions")}},
		{FromList: true, Kind: wikiOf("api")},
	}
}

// portal are the settings of the developer portal that are not its content.
func portal() []rest.Kind {
	return []rest.Kind{
		{Each: true, Kind: gateway.Kind{
			Name: "portal setting", Segment: "portalsettings", Doc: "sign-in, sign-up and delegation settings of the developer portal, without the validation key",
			ConfigKey: "portalSettings",
			Dir:       "portal settings", File: "portalSettingInformation.json", Omit: armFields, Permanent: true, Initial: portalSettings,
			Secret: []gateway.Secret{{Field: "properties.validationKey"}}}},
		{Each: true, Kind: gateway.Kind{
			Name: "portal config", Segment: "portalconfigs", Doc: "configuration of the developer portal, without the validation key",
			ConfigKey: "portalConfigs",
			Dir:       "portal configs", File: "portalConfigInformation.json", Omit: armFields, Permanent: true, Initial: portalConfigs,
			Secret: []gateway.Secret{{Field: "properties.delegation.validationKey"}}}},
		{Kind: gateway.Kind{
			Name: "notification", Segment: "notifications", Under: both, Doc: "notifications: a step to who receives them",
			Dir: "notifications", Permanent: true}},
		{Bare: true, Kind: gateway.Kind{
			Name: "notification email", Parent: "notification", Segment: "recipientEmails", Under: both, Doc: "e-mail addresses that receive a notification",
			ConfigKey: "emails",
			Dir:       "emails", File: "notificationEmailInformation.json", Omit: omit("properties")}},
	}
}
