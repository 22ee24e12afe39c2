// Package apim emulates the management plane of Azure API Management: the part of
// Azure Resource Manager that a deployment tool talks to. It knows resource types,
// their references, revisions, long-running operations and the service's habits;
// one table says what each type can do. It knows nothing of the gateway data plane
// (no API call is ever proxied), of Azure AD, or of the tools that will talk to it.
package apim
