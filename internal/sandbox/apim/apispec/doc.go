// Package apispec is what Azure API Management's importer and exporter do with
// API definitions: text of a specification in, operations and schemas in the
// shape of the management plane out, and back.
//
// It knows the formats and nothing else: no HTTP, no stored state, no names of
// services. The caller keeps what Import returns (as JSON if it likes, read back
// with json.Number so that large numbers stay exact) and hands it to Export.
//
// The promise is a fixed point: what Export writes, Import takes, and a second
// Export of that writes the same bytes. Paths and operations keep the order of
// the document; what the management plane keeps in maps is sorted.
//
// # As on the service
//
//   - A resource name is the operationId; without one it is made of method and
//     path. Operations of WADL and WSDL get names from ImportOptions.NewID.
//   - A schema written in place in a body becomes a component with a name such as
//     UserLoginGet200ApplicationJsonResponse. References to anything in the
//     document but a named schema are followed, and what they point at becomes a
//     component too if it is a schema. References out of the document are refused.
//   - Required query parameters move into the URL template where that is wanted;
//     bodies of GET, HEAD and OPTIONS are dropped; every name in a URL template
//     must be declared once, without regard to case.
//   - OpenAPI 3.1 is read as what 3.0 can say of it, and 3.0 is what is written.
//   - A WSDL comes back only to the API that was imported from it.
//
// # Not kept
//
// Security schemes and requirements, tags, external documentation, licence and
// contact, servers beyond the first, callbacks, links, webhooks, words on a path
// item, vendor extensions outside of schemas, headers of a form's encoding,
// path parameters that the path does not have, and, of OpenAPI 2.0, how the
// items of a list in a header, a path, a form or another list are joined.
// Component names are changed to what OpenAPI 3 allows. An export as 2.0 leaves
// out cookies, TRACE, responses for a range of statuses, unions of schemas,
// named examples, and all schemas of a body but the first; one as WADL leaves
// out schemas, examples and responses without a number.
//
// # Kept beside
//
// What a document says of an operation and the management plane has no field
// for (deprecated, default responses, cookies, the style, format or bounds of a
// parameter) is in the document of the schema resource, under a key of its own.
// The real service forgets most of that.
package apispec
