// Package apim emulates the management plane of Azure API Management: the part of
// Azure Resource Manager that a deployment tool talks to. It knows resource types,
// their references, revisions, long-running operations and the service's habits;
// one table says what each type can do. It knows nothing of the gateway data plane
// (no API call is ever proxied), of Azure AD, or of the tools that will talk to it.
//
// A request passes through sandbox.Guard (counting, throttling, faults), is located
// in a service's store by its path, and is handled by what its table row says:
// checks against facts.json, references, hooks, store, side effects, answer. All
// changes of one request go to the journal as one record.
//
// Where the real service is not documented, the emulator chooses, and a client
// should not lean on it:
//
//   - what is in use is refused with 400 ValidationError, as is the delete of an API
//     that has other revisions when deleteRevisions=true is not given;
//   - tags, products and gateways hold the API, not one of its revisions;
//   - a new revision becomes current only when it says isCurrent: true;
//   - an operation has taken effect when it starts, and only makes the client wait;
//     the API is locked until it ends, and operations do not survive a restart;
//   - operations with links fetch nothing: imports have to be inline;
//   - named values in comments and in Liquid templates are not looked up;
//   - certificates are not opened: thumbprint and subject are made up.
package apim
