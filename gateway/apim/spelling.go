package apim

import (
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// spelt returns the values of a closed set, by the fields of a row that hold
// them, as the service spells them. It takes them in any case and hands them
// out in its own: what people write otherwise in files and overrides, such as
// the verbosity "Error" of the samples of Azure/apiops, would differ for ever.
func spelt(row string) map[string][]string {
	schemes := []string{"Segment", "Query", "Header"}
	switch row {
	case "version set":
		return map[string][]string{"properties.versioningScheme": schemes}
	case "logger":
		return map[string][]string{"properties.loggerType": {"azureEventHub", "applicationInsights", "azureMonitor"}}
	case "backend":
		return map[string][]string{"properties.protocol": {"http", "soap"}, "properties.type": {"Single", "Pool"}}
	case "diagnostic", "api diagnostic":
		return map[string][]string{
			"properties.verbosity": {"verbose", "information", "error"}, "properties.alwaysLog": {"allErrors"},
			"properties.httpCorrelationProtocol": {"None", "Legacy", "W3C"}, "properties.operationNameFormat": {"Name", "Url"},
			"properties.sampling.samplingType":          {"fixed"},
			"properties.*.*.dataMasking.headers[].mode": {"Mask", "Hide"}, "properties.*.*.dataMasking.queryParams[].mode": {"Mask", "Hide"},
		}
	case "product":
		return map[string][]string{"properties.state": {"notPublished", "published"}}
	case "group":
		return map[string][]string{"properties.type": {"custom", "system", "external"}}
	case "subscription":
		return map[string][]string{"properties.state": {"suspended", "active", "expired", "submitted", "rejected", "cancelled"}}
	case "api":
		return map[string][]string{
			"properties.type":        {"http", "soap", "websocket", "graphql", "odata", "grpc", "mcp"},
			"properties.protocols[]": {"http", "https", "ws", "wss"},
		}
	}
	return nil
}

// spell returns the rule that spells known values of fields as the service does.
func spell(fields map[string][]string) func(map[string]any) {
	return func(spec map[string]any) {
		for field, known := range fields {
			gateway.EditField(spec, field, func(v any) (any, bool) {
				text, _ := v.(string)
				for _, k := range known {
					if strings.EqualFold(k, text) {
						return k, true
					}
				}
				return v, true
			})
		}
	}
}
