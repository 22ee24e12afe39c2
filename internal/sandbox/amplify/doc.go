// Package amplify emulates what a deployment tool sees of Axway's Amplify: the login
// and the platform (tokens, organization, teams, service accounts), the API Server
// below /apis, and the DevOps API below /api/v1. It knows the kinds of the API
// Server, their scopes, references and subresources, and the service's habits. It
// knows nothing of gateways, agents and marketplaces, of browser logins, or of the
// tools that will talk to it.
//
// A request passes through sandbox.Guard (counting, throttling, faults). The login
// needs no token, everything else does. A path below /apis is located by the table of
// kinds and handled the same way for each of them; all changes of one request go to
// the journal as one record.
//
// Where the real service is not documented, the emulator chooses, and a client
// should not lean on it:
//
//   - which fields refer to other resources, and how, is in the table of links; it
//     holds what is known, and a reference to something missing is refused with 400;
//   - a body of another kind than the collection's is refused; group and apiVersion
//     of a body do not matter;
//   - a PUT without title, tags, attributes, finalizers or spec empties them, and one
//     without owner or metadata.acl leaves those as they are;
//   - what a team may not see is not found, what it may see and not change is refused;
//   - specs are not checked against schemas, apart from references and secrets;
//   - which fields a query may use is guessed: the envelope, references, and states;
//   - a subresource that was never set is not found, and neither is the raw file of a
//     document that holds none in spec.data.content;
//   - an asset that is active or deprecated has to be archived before it is deleted,
//     and no other kind has a life cycle that is checked.
//
// GET /apis/docs and /apis/jsonschema describe all of it in OpenAPI and JSON Schema,
// made from the table of kinds; specs are no more than their references there.
// GraphQL, which the service has for reading, there is none.
//
// The DevOps API is gone from the vendor's documentation. What is known is that
// POST /proxies makes or updates a proxy from a YAML file, that each update is a new
// revision, and that POST /promote puts a revision on a runtime group. Prefix, query
// parameters, and answers are the emulator's own.
package amplify
