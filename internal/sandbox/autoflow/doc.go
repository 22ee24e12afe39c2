// Package autoflow emulates API AutoFlow for tests: it boots from a data
// directory, listens on the ports of the servers that run, and answers what can be
// answered without running a flow. It is not the product, and says so in each
// answer. It knows the outline of a configuration: servers, their events, the
// OpenAPI documents that those refer to, the mapping of a flow. It knows no action,
// no client, no cluster, no users and no pages, and it shares nothing with the
// gateway that is tested against it.
//
// The vendor documents:
//
//   - system variables stand in autoflow.conf in the data directory, or in the file
//     that AUTOFLOW_CONFIG_FILE names, as KEY=VALUE; AUTOFLOW_KEY in the environment
//     counts before them; which variables there are;
//   - BOOT_FILE is loaded at boot. It is ignored if a configuration exists, unless
//     BOOT_FILE_REPLACES_CONFIG is true;
//   - PORT_OFFSET is added to the ports of a solution, UI_PORT is 4000 by default;
//   - a server, like all else, has versions, of which one runs;
//   - after an upload in the pages servers are started by hand, while a boot starts
//     them where the license says so;
//   - mocks and simulated requests exist in the product's pages only.
//
// What is not documented it decides, and a client should not lean on it:
//
//   - where the configuration is kept: here in autoflow.state.json in the data
//     directory, or in memory where that cannot be written;
//   - that config.json in the data directory is the boot file when BOOT_FILE names
//     none, which an example of the vendor for Kubernetes suggests;
//   - that a boot file is sought in the data directory, without a leading "data/",
//     which names that directory from outside;
//   - that a boot, or an upload, fails as a whole: a server that refers to what is not
//     there, or a port that is in use, leaves all servers off;
//   - how a path of an OpenAPI document is matched: {name} and :name stand for one
//     segment, what is written out counts before them, and the path of a servers url
//     comes first;
//   - that PORT_OFFSET does not move UI_PORT, that values have no quotes, and that a
//     line that begins with # is a comment;
//   - every answer: the first of these that there is. The mapping of the flow, if it
//     refers to nothing but the request and what mocked actions put into variables; the
//     mock of the last mocked action; an example of the first good response in the
//     OpenAPI document; else 501. The flow is that of the first match that asks nothing
//     of the request. Simulated requests (test, x-request-examples) are no answers.
//
// It warns of what it leaves out: TLS, CORS, securities, and servers of other types
// than http.
//
// Reading back, uploading, starting and stopping is done in the product's pages,
// for which no API is known. What stands in for them below /_sandbox/ is the
// emulator's own.
package autoflow
