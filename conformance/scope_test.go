package conformance

import (
	"maps"
	"strings"
)

// scope says of operations that the sandbox leaves them out, and why.
type scope struct {
	title  string // of the operation; * at the end stands for anything
	reason string
	routed bool // the sandbox answers them all the same, with less than is documented
}

// leftOut is the list of what the sandbox is not there for.
func leftOut() []scope {
	const (
		life      = "the life of services is not a deployment tool's business; the sandbox makes a service when it is asked for one"
		catalogue = "what Azure offers and where is not a service's business"
		workspace = "gateways of workspaces are resources beside services"
		network   = "a sandbox has no network of its own"
		traffic   = "no call passes the sandbox, so it has nothing to count or trace"
		gitAccess = "the service's own git repository is the predecessor of what the product does"
		portal    = "the portal's run time is not management"
	)
	return []scope{
		{"PUT ", life, true}, {"PATCH ", life, true}, {"DELETE ", life, false}, {"GET ", life, true},
		{"POST /applynetworkconfigurationupdates", life, false}, {"POST /backup", life, false}, {"POST /restore", life, false},
		{"POST /migrateToStv2", life, false}, {"POST /getssotoken", life, false},
		{"GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/service", life, true},
		{"GET /subscriptions/{subscriptionId}/providers/Microsoft.ApiManagement/service", life, true},
		{"GET /subscriptions/{subscriptionId}/providers/Microsoft.ApiManagement/deletedservices", life, true},
		{"GET /subscriptions/{subscriptionId}/providers/Microsoft.ApiManagement/locations/*", life, false},
		{"DELETE /subscriptions/{subscriptionId}/providers/Microsoft.ApiManagement/locations/*", life, false},
		{"POST /subscriptions/{subscriptionId}/*", life, false},
		{"GET /subscriptions/{subscriptionId}/providers/Microsoft.ApiManagement/skus", catalogue, true},
		{"GET /skus", catalogue, true}, {"GET /providers/*", catalogue, false},
		{"GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/gateways", workspace, true},
		{"GET /subscriptions/{subscriptionId}/providers/Microsoft.ApiManagement/gateways", workspace, true},
		{"GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/gateways/*", workspace, false},
		{"PUT /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/gateways/*", workspace, false},
		{"PATCH /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/gateways/*", workspace, false},
		{"DELETE /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/gateways/*", workspace, false},
		{"GET /networkstatus", network, true}, {"GET /locations/*", network, false}, {"GET /outboundNetworkDependenciesEndpoints", network, true},
		{"GET /privateEndpointConnections*", network, true}, {"PUT /privateEndpointConnections*", network, true},
		{"DELETE /privateEndpointConnections*", network, true}, {"GET /privateLinkResources*", network, true},
		{"GET /reports/*", traffic, false}, {"GET /quotas/*", traffic, false}, {"PATCH /quotas/*", traffic, false},
		{"POST /gateways/{gatewayId}/listTrace", traffic, true},
		{"GET /tenant/{configurationName}/syncState", gitAccess, false}, {"POST /tenant/{configurationName}/*", gitAccess, false},
		{"POST /tenant/{accessName}/git/*", gitAccess, false},
		{"POST /validatePolicies", "a policy is checked when it is stored", false},
		{"POST /users/{userId}/confirmations/password/send", portal, false},
	}
}

// outOfScope finds the row for an operation.
func outOfScope(o *operation) (scope, bool) {
	for _, s := range leftOut() {
		prefix, open := strings.CutSuffix(s.title, "*")
		if o.title() == s.title || (open && strings.HasPrefix(o.title(), prefix)) {
			return s, true
		}
	}
	return scope{}, false
}

// need is something an operation needs that no id in its example tells of.
type need struct {
	path  string // with the operation's parameters, and {entry}
	props map[string]any
	shown bool // with the properties of the documented answer, or entry
}

// besides lists needs by the operation, at service level.
func besides() map[string][]need {
	tag := need{path: "/tags/apitag123", props: map[string]any{"displayName": "awesomeTag"}}
	fragment := func(id string) map[string]any {
		return map[string]any{"value": `<policies><inbound><include-fragment fragment-id="` + id + `" /></inbound><backend /><outbound /><on-error /></policies>`}
	}
	return map[string][]need{
		"PUT /apis/{apiId}/tagDescriptions/{tagDescriptionId}": {{path: "/tags/{tagDescriptionId}"}, {path: "/apis/{apiId}/tags/{tagDescriptionId}"}},
		"GET /allPolicies":                            {{path: "/apis/a1/policies/policy"}},
		"GET /apisByTags":                             {tag, {path: "/apis/echo-api/tags/apitag123"}},
		"GET /productsByTags":                         {tag, {path: "/products/starter/tags/apitag123"}},
		"GET /apis/{apiId}/operationsByTags":          {tag, {path: "/apis/{apiId}/operations/create-resource/tags/apitag123"}},
		"GET /tagResources":                           {tag, {path: "/apis/echo-api/tags/apitag123"}, {path: "/products/starter/tags/apitag123"}, {path: "/apis/echo-api/operations/create-resource/tags/apitag123"}},
		"GET /apis/{apiId}/products":                  {{path: "/products/{entry}", shown: true}, {path: "/products/{entry}/apis/{apiId}"}},
		"GET /products/{productId}/subscriptions":     {{path: "/subscriptions/{entry}", shown: true}},
		"GET /users/{userId}/subscriptions":           {{path: "/subscriptions/{entry}", shown: true}},
		"GET /users/{userId}/subscriptions/{sid}":     {{path: "/subscriptions/{sid}", shown: true}},
		"GET /issues":                                 {{path: "/apis/57d1f7558aa04f15146d9d8a/issues/{entry}", shown: true}},
		"GET /issues/{issueId}":                       {{path: "/apis/57d1f7558aa04f15146d9d8a/issues/{issueId}", shown: true}},
		"POST /policyFragments/{id}/listReferences":   {{path: "/policies/policy", props: fragment("policyFragment1")}},
		"GET /workspaceLinks/{workspaceId}":           {{path: "/workspaces/{workspaceId}"}},
		"POST /portalsettings/delegation/listSecrets": {{path: "/portalsettings/delegation", props: map[string]any{"validationKey": "a2V5"}}},
		"GET /notifications":                          recipients("{entry}"),
		"GET /notifications/{notificationName}":       recipients("{notificationName}"),
		"PUT /notifications/{notificationName}":       recipients("{notificationName}"),
		"GET /workspaceLinks":                         {{path: "/workspaces/{entry}"}},
	}
}

// recipients are those that the examples have for a notification.
func recipients(notification string) []need {
	at := "/notifications/" + notification
	return []need{{path: at + "/recipientEmails/contoso@live.com"}, {path: at + "/recipientEmails/foobar@live.com"},
		{path: at + "/recipientEmails/foobar!live"}, {path: at + "/recipientUsers/576823d0a40f7e74ec07d642"}}
}

// amend makes of what a GET shows what a PUT takes; nothing shown asks for what the
// published example of the PUT has.
func amend(o *operation, path string, props, sample map[string]any) map[string]any {
	name := path[strings.LastIndexByte(path, '/')+1:]
	copied := props == nil
	if copied {
		props = maps.Clone(sample)
	}
	need := func(names ...string) {
		for _, n := range names {
			if props[n] == nil {
				props[n] = sample[n]
			}
		}
	}
	switch o.shared() {
	case "PUT /apis/{apiId}":
		if copied {
			props["path"] = name // no two may share one
		}
		if auth, ok := props["authenticationSettings"].(map[string]any); ok && auth["oAuth2AuthenticationSettings"] != nil {
			auth = maps.Clone(auth)
			delete(auth, "oAuth2") // shown besides, and refused besides
			props["authenticationSettings"] = auth
		}
	case "PUT /apis/{apiId}/releases/{releaseId}":
		props["apiId"] = path[:strings.LastIndex(path, "/releases/")] // the example names another
	case "PUT /certificates/{certificateId}":
		if props["keyVault"] == nil {
			need("data", "password")
		}
	case "PUT /identityProviders/{identityProviderName}":
		need("clientSecret")
	case "PUT /apiVersionSets/{versionSetId}":
		if props["versioningScheme"] == "Query" && props["versionQueryName"] == nil {
			props["versionQueryName"] = "v" // the example leaves it out
		}
	case "PUT /apis/{apiId}/resolvers/{resolverId}/policies/{policyId}":
		props["value"] = sample["value"] // one of the documents is cut off
	case "PUT /users/{userId}":
		if copied {
			props["email"] = name + "@users.example" // no two may share one
		}
		if props["lastName"] == "" {
			props["lastName"] = "x" // the service's own has none
		}
	case "PUT /subscriptions/{sid}":
		if props["displayName"] == nil {
			props["displayName"] = name // the service's own have none
		}
	}
	return props
}
