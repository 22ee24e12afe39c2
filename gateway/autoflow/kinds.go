package autoflow

import "github.com/lockstep-apiops/lockstep/gateway"

// Kinds returns the table of what a configuration holds, as New does without
// options.
func Kinds() (*gateway.Kinds, error) { return newKinds(Options{}) }

func newKinds(o Options) (*gateway.Kinds, error) {
	rows := kinds()
	for i := range rows {
		k := &rows[i]
		k.Format, k.Exact = gateway.YAML, true
		k.Secret = []gateway.Secret{{Each: eachSecret, Plain: isPlain, Alike: isReference, Stands: isReference}}
		if k.Name == "api version" && !o.LiveExamples {
			k.Omit = append(k.Omit, liveExamples)
		}
		if o.NoVisualIDs {
			k.Rules = append(k.Rules, dropVisualIDs)
		}
	}
	return gateway.NewKinds(gateway.Table{Rows: rows, Review: review(o.Secret)})
}

// liveExamples are the requests that the product captures as they come in.
const liveExamples = "paths.*.*.x-request-examples.LIVE MODE"

// kinds are the rows, but for what all have in common.
func kinds() []gateway.Kind {
	return []gateway.Kind{
		{Name: "product", Segment: "product", Only: "product", File: "product.yaml", Permanent: true,
			Doc: "product that the configuration is of", Order: []string{"name", "version"}, Loose: []string{"version"}},
		{Name: "settings", Segment: "settings", Only: "settings", File: "settings.yaml", Doc: "settings of the whole configuration"},
		{Name: "api", Segment: "apis", Dir: "apis", File: "api.yaml", Doc: "API, by versions"},
		{Name: "api version", Parent: "api", Segment: "versions", Dir: "versions", File: "openapi.yaml", Doc: "OpenAPI document of a version of an API",
			Order: []string{"openapi", "info", "servers", "tags", "paths", "components"}},
		{Name: "service", Segment: "services", Dir: "services", File: "service.yaml", Doc: "service, by versions"},
		{Name: "service version", Parent: "service", Segment: "versions", Dir: "versions", File: "version.yaml", Doc: "version of a service"},
		{Name: "service operation", Parent: "service version", Segment: "operations", Dir: "operations", File: "operation.yaml",
			Doc: "operation of a service: a flow with input and output", Order: []string{"id", "info", "in", "out", "do"}},
		{Name: "client", Segment: "clients", Dir: "clients", File: "client.yaml", Doc: "connection to another system, by versions",
			Order: []string{"type", "currentVersion"}},
		{Name: "client version", Parent: "client", Segment: "versions", Dir: "versions", File: "version.yaml", Doc: "version of a client",
			Order: []string{"info", "setting", "events"}},
		{Name: "server", Segment: "servers", Dir: "servers", File: "server.yaml", Doc: "server that listens on a port, by versions",
			After: []string{"api version", "service operation", "client version"}, Order: []string{"type", "currentVersion"}},
		{Name: "server version", Parent: "server", Segment: "versions", Dir: "versions", File: "version.yaml", Live: true,
			Doc: "version of a server: its port, its APIs, and the flows of their operations", Order: []string{"info", "setting", "events"}},
		{Name: "section", Segment: "sections", Dir: "sections", File: "section.yaml", Doc: "part of the configuration that this program does not know, as it is"},
		{Name: "order", Segment: "order", Only: "order", File: "order.yaml", Permanent: true, Initial: map[string]map[string]any{"order": {}},
			Doc: "entries of sections that are not in the order of their ids", After: []string{"api", "server", "service", "client"}},
	}
}
