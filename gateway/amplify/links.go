package amplify

import "github.com/lockstep-apiops/lockstep/gateway"

// A link is a field that names another resource, one that stands in the same
// scope or in none. Logical names are all there is: the server's own list of
// references, with ids, is left alone.
type link struct{ from, field, to string }

// links is the table of fields that refer to others, as far as they are known.
// The definitions that the server hands out tell which kinds refer to which,
// not by which field: that gives the order, see Row.After.
func links() []link {
	return []link{
		{"management/APIServiceRevision", "spec.apiService", "APIService"},
		{"management/APIServiceInstance", "spec.apiServiceRevision", "APIServiceRevision"},
		{"management/APIServiceInstance", "spec.accessRequestDefinition", "AccessRequestDefinition"},
		{"management/APIServiceInstance", "spec.credentialRequestDefinitions[]", "CredentialRequestDefinition"},
		{"management/AccessRequest", "spec.apiServiceInstance", "APIServiceInstance"},
		{"management/AccessRequest", "spec.managedApplication", "ManagedApplication"},
		{"management/AccessRequestDefinition", "spec.applicationProfileDefinition", "ApplicationProfileDefinition"},
		{"management/AccessRequestDefinition", "webhooks[]", "Webhook"},
		{"management/Credential", "spec.managedApplication", "ManagedApplication"},
		{"management/Credential", "spec.credentialRequestDefinition", "CredentialRequestDefinition"},
		{"management/CredentialRequestDefinition", "webhooks[]", "Webhook"},
		{"management/DataplaneSecret", "spec.dataplane", "Dataplane"},
		{"management/ManagedApplicationProfile", "spec.managedApplication", "ManagedApplication"},
		{"management/ResourceHook", "spec.webhooks[]", "Webhook"},
		{"management/Webhook", "spec.auth.secret.name", "Secret"},
		{"catalog/Asset", "spec.categories[]", "Category"},
		{"catalog/AssetMapping", "spec.inputs.stage", "Stage"},
		{"catalog/AssetRequestDefinition", "webhooks[]", "Webhook"},
		{"catalog/AssetResource", "spec.stage", "Stage"},
		{"catalog/CredentialRequestDefinition", "webhooks[]", "Webhook"},
		{"catalog/Product", "spec.assets[].name", "Asset"},
		{"catalog/Product", "spec.categories[]", "Category"},
		{"catalog/ProductPlan", "spec.product", "Product"},
		{"catalog/ProductPlan", "spec.subscription.definition", "SubscriptionRequestDefinition"},
		{"catalog/Quota", "spec.unit", "ProductPlanUnit"},
		{"catalog/Subscription", "spec.plan", "ProductPlan"},
		{"catalog/Webhook", "spec.auth.secret.name", "Secret"},
	}
}

// after is the table of kinds that have to be written before others though no
// known field shows it, by the kind that waits.
func after() map[string][]string {
	return map[string][]string{
		"management/AssetMapping":                {"APIServiceInstance"},
		"management/CredentialRequestDefinition": {"IdentityProvider"},
		"management/DiscoveryAgent":              {"Dataplane"},
		"management/TraceabilityAgent":           {"Dataplane"},
		"management/ComplianceAgent":             {"Dataplane"},
		"catalog/AssetMapping":                   {"Environment APIServiceInstance"},
		"catalog/Document":                       {"Resource", "DocumentResource"},
		"catalog/Quota":                          {"Asset AssetResource"},
		"catalog/ReleaseTag":                     {"AssetMapping", "AssetResource", "Document", "ProductOverview"},
	}
}

// refsOf returns the references of a row.
func refsOf(r *Row) []gateway.Ref {
	var refs []gateway.Ref
	for _, l := range links() {
		if l.from == r.id() {
			refs = append(refs, gateway.Ref{Field: l.field, Kind: l.to, ByName: true})
		}
	}
	return refs
}
