package apim

import "github.com/lockstep-apiops/lockstep/gateway"

// standInValue stands for a secret that git does not hold.
const standInValue = "stand-in"

// A standInRow is a field without which the service makes no resource of a row,
// and when that is so.
type standInRow struct {
	row, field string
	needed     func(spec map[string]any) bool
}

// standIns are the secrets that the service cannot be without.
var standIns = []standInRow{
	{"named value", "properties.value", func(spec map[string]any) bool { return lacksValue(spec) != "" }},
	{"identity provider", "properties.clientSecret", func(spec map[string]any) bool { return lacksClientSecret(spec) != "" }},
	{"certificate", "properties.data", without("properties.data", "properties.keyVault")},
	{"cache", "properties.connectionString", without("properties.connectionString")},
	{"backend", "properties.credentials.authorization.parameter", func(spec map[string]any) bool {
		return gateway.Field(spec, "properties.credentials.authorization") != nil &&
			without("properties.credentials.authorization.parameter")(spec)
	}},
	{"workspace", "properties.displayName", without("properties.displayName")}, // of one that git implies
	{"logger", loggerKeys[0], generatedIn(loggerKeys[0])},
	{"logger", loggerKeys[1], generatedIn(loggerKeys[1])},
}

// without tells payloads that have none of some fields.
func without(fields ...string) func(map[string]any) bool {
	return func(spec map[string]any) bool {
		for _, f := range fields {
			if gateway.Field(spec, f) != nil {
				return false
			}
		}
		return true
	}
}

// generatedIn tells payloads in which a field refers to what another service
// made by itself.
func generatedIn(field string) func(map[string]any) bool {
	return func(spec map[string]any) bool { return isGeneratedReference(gateway.Field(spec, field)) }
}

// standIn gives resources a made-up value for each secret that they need and
// that git does not hold.
func standIn(kinds *gateway.Kinds) func(*gateway.Resource) {
	return func(r *gateway.Resource) {
		row := kinds.Get(r.Key.Kind).Row
		for _, s := range standIns {
			if s.row == row && s.needed(r.Spec) {
				gateway.SetField(r.Spec, s.field, standInValue)
			}
		}
	}
}
