package apim

// policyNoun is what the service calls a policy in its messages; it also marks the
// kinds that are policies.
const policyNoun = "PoliciesConfiguration"

const (
	contract = "LGHPUD" // what most types can do
	noPatch  = "LGHPD"
	linkable = "LGPD"
	member   = "LHPD"
)

// rows is the table of resource types. The order is the order of apim-level
// documentation: alphabetical, children behind their parents.
func rows() []kind {
	var all []kind
	for _, part := range [][]kind{apiRows(), productRows(), tagRows(), backendRows(), identityRows(), gatewayRows(), portalRows(), policyRows()} {
		all = append(all, part...)
	}
	return all
}

func apiRows() []kind {
	return []kind{
		{path: "apis", noun: "Api", verbs: contract, ws: true, demand: "UD", long: longImport,
			defaults: `{"apiRevision":"1","isCurrent":true,"subscriptionRequired":true,"protocols":["https"],"description":null,
				"subscriptionKeyParameterNames":{"header":"Ocp-Apim-Subscription-Key","query":"subscription-key"},
				"authenticationSettings":{"oAuth2":null,"openid":null,"oAuth2AuthenticationSettings":[],"openidAuthenticationSettings":[]}}`,
			listNull: []string{"authenticationSettings", "subscriptionKeyParameterNames"},
			refs:     []reference{{field: "apiVersionSetId", to: "apiVersionSets", hold: true}},
			hooks:    hooks{prepare: prepareAPI, stored: storedAPI, deletes: deleteAPI, show: showAPI}},
		{path: "apis/diagnostics", noun: "Diagnostic", verbs: contract, ws: true, demand: "UD", defaults: diagnosticDefaults,
			refs: []reference{{field: "loggerId", to: "loggers", hold: true}}},
		{path: "apis/issues", noun: "Issue", verbs: contract, demand: "UD", hooks: hooks{prepare: prepareIssue}},
		{path: "apis/issues/attachments", noun: "Attachment", verbs: noPatch, demand: "D"},
		{path: "apis/issues/comments", noun: "Comment", verbs: noPatch, demand: "D"},
		{path: "apis/operations", noun: "Operation", verbs: contract, ws: true, demand: "UD",
			defaults: `{"templateParameters":[],"request":{"queryParameters":[],"headers":[],"representations":[]},"responses":[],"policies":null}`,
			listOmit: []string{"request"}, hooks: hooks{prepare: prepareOperation}},
		{path: "apis/operations/policies", noun: policyNoun, verbs: noPatch, ws: true, demand: "D", only: []string{"policy"}, hooks: policyHooks()},
		{path: "apis/operations/tags", noun: "Tag", verbs: noPatch,
			assoc: &association{target: "tags", links: "tags/operationLinks", inverse: true}},
		{path: "apis/policies", noun: policyNoun, verbs: noPatch, ws: true, demand: "D", only: []string{"policy"}, hooks: policyHooks()},
		{path: "apis/releases", noun: "ApiRelease", verbs: contract, ws: true, demand: "UD", times: []string{"createdDateTime", "updatedDateTime"},
			hooks: hooks{prepare: prepareRelease, stored: storedRelease}},
		{path: "apis/resolvers", noun: "Resolver", verbs: contract, demand: "UD"},
		{path: "apis/resolvers/policies", noun: policyNoun, verbs: noPatch, demand: "D", only: []string{"policy"}, hooks: policyHooks()},
		{path: "apis/schemas", noun: "Schema", verbs: noPatch, ws: true, demand: "D", long: longAlways, hooks: hooks{prepare: prepareAPISchema}},
		{path: "apis/tagDescriptions", noun: "TagDescription", verbs: noPatch, demand: "D", follows: true,
			hooks: hooks{prepare: prepareTagDescription, show: showTagDescription}},
		{path: "apis/tags", noun: "Tag", verbs: noPatch,
			assoc: &association{target: "tags", links: "tags/apiLinks", inverse: true}},
		{path: "apis/wikis", noun: "Wiki", verbs: contract, demand: "UD", only: []string{"default"},
			refs: []reference{{field: "documents[].documentationId", to: "documentations", bare: true, hold: true}}},
		{path: "apiVersionSets", noun: "ApiVersionSet", verbs: contract, ws: true, demand: "UD", armType: "api-version-sets",
			defaults: `{"description":null,"versionHeaderName":null,"versionQueryName":null}`, hooks: hooks{prepare: prepareVersionSet}},
		{path: "schemas", noun: "Schema", verbs: noPatch, ws: true, demand: "D", long: longAlways},
	}
}

const diagnosticDefaults = `{"logClientIp":false,"operationNameFormat":"Name"}`

func productRows() []kind {
	return []kind{
		{path: "products", noun: "Product", verbs: contract, ws: true, demand: "UD",
			defaults: `{"description":null,"terms":null,"subscriptionRequired":true,"approvalRequired":false,"subscriptionsLimit":null,"state":"notPublished"}`,
			hooks:    hooks{prepare: prepareProduct, stored: storedProduct, deletes: deleteProduct}},
		{path: "products/apiLinks", noun: "ProductApiLink", verbs: linkable, ws: true,
			link: &linkage{field: "apiId", target: "apis", what: "Product and Api"}},
		{path: "products/apis", noun: "Api", verbs: member, linkHead: true,
			assoc: &association{target: "apis", links: "products/apiLinks"}},
		{path: "products/groupLinks", noun: "ProductGroupLink", verbs: linkable, ws: true,
			link: &linkage{field: "groupId", target: "groups", what: "Product and Group"}},
		{path: "products/groups", noun: "Group", verbs: member, linkHead: true,
			assoc: &association{target: "groups", links: "products/groupLinks"}},
		{path: "products/policies", noun: policyNoun, verbs: noPatch, ws: true, demand: "D", only: []string{"policy"}, hooks: policyHooks()},
		{path: "products/tags", noun: "Tag", verbs: noPatch,
			assoc: &association{target: "tags", links: "tags/productLinks", inverse: true}},
		{path: "products/wikis", noun: "Wiki", verbs: contract, demand: "UD", only: []string{"default"},
			refs: []reference{{field: "documents[].documentationId", to: "documentations", bare: true, hold: true}}},
		{path: "subscriptions", noun: "Subscription", verbs: contract, ws: true, demand: "UD",
			defaults: `{"allowTracing":false,"startDate":null,"expirationDate":null,"endDate":null,"notificationDate":null,"stateComment":null}`,
			keep:     []string{"primaryKey", "secondaryKey", "createdDate", "ownerId", "state"},
			secrets:  []string{"primaryKey", "secondaryKey"}, times: []string{"createdDate"},
			refs:  []reference{{field: "ownerId", to: "users", loose: true}},
			hooks: hooks{prepare: prepareSubscription, deletes: deleteSubscription},
			posts: map[string]post{"listsecrets": tell("primaryKey", "secondaryKey"), "regenerateprimarykey": renew("primaryKey"), "regeneratesecondarykey": renew("secondaryKey")}},
		{path: "documentations", noun: "Documentation", verbs: contract, demand: "UD"},
	}
}

func tagRows() []kind {
	return []kind{
		{path: "tags", noun: "Tag", verbs: contract, ws: true, demand: "UD"},
		{path: "tags/apiLinks", noun: "TagApiLink", verbs: linkable, ws: true, link: &linkage{field: "apiId", target: "apis", what: "Tag and Api"}},
		{path: "tags/operationLinks", noun: "TagOperationLink", verbs: linkable, ws: true,
			link: &linkage{field: "operationId", target: "apis/operations", what: "Tag and Operation"}},
		{path: "tags/productLinks", noun: "TagProductLink", verbs: linkable, ws: true,
			link: &linkage{field: "productId", target: "products", what: "Tag and Product"}},
		{path: "groups", noun: "Group", verbs: contract, ws: true, demand: "UD",
			defaults: `{"type":"custom","builtIn":false,"description":null,"externalId":null}`, keep: []string{"builtIn", "type"},
			hooks: hooks{prepare: prepareGroup, deletes: deleteGroup}},
		{path: "groups/users", noun: "User", verbs: member, ws: true, linkHead: true, assoc: &association{target: "users"}},
		{path: "users", noun: "User", verbs: contract, demand: "UD", defaults: `{"state":"active","note":null,"identities":[]}`,
			keep: []string{"registrationDate", "password", "identities"}, times: []string{"registrationDate"}, secrets: []string{"password", "confirmation", "appType"},
			hooks: hooks{prepare: prepareUser, stored: storedUser, deletes: deleteUser},
			posts: map[string]post{"token": userToken, "generatessourl": userToken}},
		{path: "workspaces", noun: "Workspace", verbs: contract, demand: "UD", defaults: `{"description":null}`, hooks: hooks{stored: storedWorkspace}},
	}
}

func backendRows() []kind {
	return []kind{
		{path: "backends", noun: "Backend", verbs: contract, ws: true, demand: "UD",
			refs: []reference{{field: "pool.services[].id", to: "backends", hold: true},
				{field: "credentials.certificateIds[]", to: "certificates", hold: true},
				{field: "properties.serviceFabricCluster.clientCertificateId", to: "certificates", hold: true}},
			hooks: hooks{prepare: prepareBackend}, posts: map[string]post{"reconnect": accepted}},
		{path: "caches", noun: "Cache", verbs: contract, demand: "UD", hooks: hooks{prepare: prepareCache}},
		{path: "certificates", noun: "Certificate", verbs: noPatch, ws: true, demand: "D", keep: []string{"subject", "thumbprint", "expirationDate"},
			secrets: []string{"data", "password"}, hooks: hooks{prepare: prepareCertificate},
			posts: map[string]post{"refreshsecret": showAgain}},
		{path: "diagnostics", noun: "Diagnostic", verbs: contract, ws: true, demand: "UD", defaults: diagnosticDefaults,
			refs: []reference{{field: "loggerId", to: "loggers", hold: true}}},
		{path: "loggers", noun: "Logger", verbs: contract, ws: true, demand: "UD", defaults: `{"isBuffered":true,"description":null}`,
			hooks: hooks{prepare: prepareLogger}},
		{path: "namedValues", noun: "Property", verbs: contract, ws: true, demand: "UD", long: longAlways, defaults: `{"secret":false,"tags":[]}`,
			hooks: hooks{prepare: prepareNamedValue, stored: storedNamedValue, show: showNamedValue},
			posts: map[string]post{"listvalue": tell("value"), "refreshsecret": showAgain}},
		{path: "notifications", noun: "Notification", verbs: "LGP", ws: true, noCreate: true, builtin: notifications(), only: names(notifications()),
			keep:  []string{"title", "description"},
			hooks: hooks{show: showNotification}},
		{path: "notifications/recipientEmails", noun: "RecipientEmail", verbs: member, ws: true, linkHead: true, hooks: hooks{prepare: prepareRecipientEmail}},
		{path: "notifications/recipientUsers", noun: "User", verbs: member, ws: true, linkHead: true,
			assoc: &association{target: "users", only: "userId"}},
	}
}

func identityRows() []kind {
	return []kind{
		{path: "authorizationProviders", noun: "AuthorizationProvider", verbs: linkable, demand: "D", secrets: providerSecrets()},
		{path: "authorizationProviders/authorizations", noun: "Authorization", verbs: linkable, demand: "D", defaults: `{"status":"Connected"}`, secrets: []string{"parameters.clientSecret"},
			posts: map[string]post{"getloginlinks": loginLink, "confirmconsentcode": done}},
		{path: "authorizationProviders/authorizations/accessPolicies", noun: "AuthorizationAccessPolicy", verbs: linkable, demand: "D"},
		{path: "authorizationServers", noun: "AuthorizationServer", verbs: contract, demand: "UD",
			defaults: `{"useInTestConsole":true,"useInApiDocumentation":false,"supportState":false}`, keep: []string{"clientSecret"}, secrets: []string{"clientSecret"},
			posts: map[string]post{"listsecrets": tell("clientSecret", "resourceOwnerUsername", "resourceOwnerPassword")}},
		{path: "identityProviders", noun: "IdentityProvider", verbs: contract, demand: "UD", keep: []string{"clientSecret"}, secrets: []string{"clientSecret"},
			hooks: hooks{prepare: prepareIdentityProvider}, posts: map[string]post{"listsecrets": tell("clientSecret")}},
		{path: "openidConnectProviders", noun: "OpenIdConnectProvider", verbs: contract, demand: "UD", armType: "openidconnectproviders",
			defaults: `{"useInTestConsole":true,"useInApiDocumentation":false}`, keep: []string{"clientSecret"}, secrets: []string{"clientSecret"},
			posts: map[string]post{"listsecrets": tell("clientSecret")}},
	}
}

func providerSecrets() []string {
	return []string{"oauth2.grantTypes.authorizationCode.clientSecret", "oauth2.grantTypes.clientCredentials.clientSecret"}
}

func gatewayRows() []kind {
	return []kind{
		{path: "gateways", noun: "Gateway", verbs: contract, demand: "UD", keep: []string{"primary", "secondary"}, secrets: []string{"primary", "secondary"},
			hooks: hooks{prepare: prepareGateway},
			posts: map[string]post{"listkeys": tell("primary", "secondary"), "regeneratekey": renewGateway, "generatetoken": userToken,
				"listdebugcredentials": userToken, "invalidatedebugcredentials": noContent, "listtrace": done}},
		{path: "gateways/apis", noun: "Api", verbs: member, linkHead: false, assoc: &association{target: "apis"}},
		{path: "gateways/certificateAuthorities", noun: "GatewayCertificateAuthority", verbs: noPatch, demand: "D"},
		{path: "gateways/hostnameConfigurations", noun: "GatewayHostnameConfiguration", verbs: noPatch, demand: "D",
			refs: []reference{{field: "certificateId", to: "certificates", hold: true}}},
		{path: "privateEndpointConnections", noun: "PrivateEndpointConnection", verbs: linkable, noCreate: true},
		{path: "privateLinkResources", noun: "PrivateLinkResource", verbs: "LG",
			builtin: map[string]string{"Gateway": `{"groupId":"Gateway","requiredMembers":["Gateway"],"requiredZoneNames":["privateLink.azure-api.net"]}`}},
	}
}

func portalRows() []kind {
	return []kind{
		{path: "contentTypes", noun: "ContentType", verbs: linkable, demand: "D"},
		{path: "contentTypes/contentItems", noun: "ContentItem", verbs: noPatch, demand: "D"},
		{path: "portalconfigs", noun: "PortalConfig", verbs: "LGHPU", demand: "PU", noCreate: true, secrets: []string{"delegation.validationKey"},
			builtin: map[string]string{"default": `{"enableBasicAuth":true,"signin":{"require":false},"signup":{"termsOfService":{"text":null,"requireConsent":false}},
				"delegation":{"delegateRegistration":false,"delegateSubscription":false,"delegationUrl":null},"csp":{"mode":"disabled","reportUri":[],"allowedSources":[]},"cors":{"allowedOrigins":[]}}`}},
		{path: "portalRevisions", noun: "PortalRevision", verbs: "LGHPU", demand: "U", long: longAlways, hooks: hooks{prepare: preparePortalRevision}},
		{path: "portalsettings", noun: "PortalSetting", verbs: "LGHPU", demand: "U", noCreate: true, patch204: true,
			keep: []string{"validationKey"}, secrets: []string{"validationKey"}, only: []string{"signin", "signup", "delegation"},
			builtin: map[string]string{"signin": `{"enabled":false}`,
				"signup":     `{"enabled":true,"termsOfService":{"enabled":false,"consentRequired":false,"text":null}}`,
				"delegation": `{"url":null,"subscriptions":{"enabled":false},"userRegistration":{"enabled":false}}`},
			posts: map[string]post{"listsecrets": tell("validationKey")}},
		{path: "settings", noun: "Settings", verbs: "LG", builtin: map[string]string{"public": `{"settings":{
			"CustomPortalSettings.DelegationEnabled":"False","CustomPortalSettings.DelegatedSubscriptionEnabled":"False",
			"CustomPortalSettings.DelegationUrl":"","CustomPortalSettings.UserRegistrationTerms":null,
			"CustomPortalSettings.UserRegistrationTermsEnabled":"False","CustomPortalSettings.UserRegistrationTermsConsentRequired":"False"}}`}},
		{path: "templates", noun: "Template", verbs: contract, demand: "UD", builtin: templates(), only: names(templates()),
			hooks: hooks{prepare: prepareTemplate, deletes: resetTemplate}},
		{path: "tenant", noun: "TenantAccess", verbs: "LGHPU", demand: "PU", noCreate: true, keep: []string{"id", "primaryKey", "secondaryKey"},
			secrets: []string{"primaryKey", "secondaryKey"}, only: []string{"access", "gitAccess"},
			builtin: map[string]string{"access": `{"enabled":false}`, "gitAccess": `{"enabled":false}`},
			posts: map[string]post{"listsecrets": tell("id", "enabled", "primaryKey", "secondaryKey"),
				"regenerateprimarykey": renew("primaryKey"), "regeneratesecondarykey": renew("secondaryKey")}},
	}
}

func policyRows() []kind {
	return []kind{
		{path: "policies", noun: policyNoun, verbs: noPatch, ws: true, demand: "D", only: []string{"policy"}, hooks: policyHooks()},
		{path: "policyFragments", noun: policyNoun, verbs: noPatch, ws: true, demand: "D", long: longAlways, hooks: policyHooks(),
			posts: map[string]post{"listreferences": fragmentReferences}},
		{path: "policyRestrictions", noun: "PolicyRestriction", verbs: contract, demand: "U", defaults: `{"requireBase":"false"}`},
	}
}

// notifications are the events a service can send mail about.
func notifications() map[string]string {
	return map[string]string{
		"RequestPublisherNotificationMessage":               `{"title":"Subscription requests (requiring approval)","description":"Who is told when somebody asks for a product that needs approval."}`,
		"PurchasePublisherNotificationMessage":              `{"title":"New subscriptions","description":"Who is told when somebody subscribes to a product."}`,
		"NewApplicationNotificationMessage":                 `{"title":"Application gallery requests","description":"Who is told when an application is offered to the gallery."}`,
		"BCC":                                               `{"title":"BCC","description":"Who gets a blind copy of every mail to developers."}`,
		"NewIssuePublisherNotificationMessage":              `{"title":"New issue or comment","description":"Who is told of an issue or comment on the developer portal."}`,
		"AccountClosedPublisher":                            `{"title":"Close account message","description":"Who is told when a developer closes an account."}`,
		"QuotaLimitApproachingPublisherNotificationMessage": `{"title":"Approaching subscription quota limit","description":"Who is told when a subscription nears its quota."}`,
	}
}

// templates are the mails a service can send.
func templates() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"applicationApprovedNotificationMessage", "accountClosedDeveloper", "quotaLimitApproachingDeveloperNotificationMessage",
		"newDeveloperNotificationMessage", "emailChangeIdentityDefault", "inviteUserNotificationMessage", "newCommentNotificationMessage",
		"confirmSignUpIdentityDefault", "newIssueNotificationMessage", "purchaseDeveloperNotificationMessage", "passwordResetIdentityDefault",
		"passwordResetByAdminNotificationMessage", "rejectDeveloperNotificationMessage", "requestDeveloperNotificationMessage"} {
		out[name] = `{"subject":"A message from $OrganizationName","title":null,"description":null,"body":"<html><body>Dear $DevFirstName</body></html>","isDefault":true,"parameters":[]}`
	}
	return out
}

func names(m map[string]string) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	return out
}
