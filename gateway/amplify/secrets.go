package amplify

import (
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// hidden stands in a tree for a value that the server never hands out: git
// has the name, and the configuration of an environment the value.
const hidden = "(secret)"

func isHidden(v any) bool { return v == hidden }

// secrets is the table of fields of which the values are write-only.
func secrets() map[string][]string {
	return map[string][]string{
		"management/Secret":                 {"spec.data.*"},
		"management/DataplaneSecret":        {"spec.data"},
		"management/IdentityProviderSecret": {"spec.config.*", "spec.requestHeaders[].value", "spec.queryParameters[].value"},
		"management/Credential":             {"spec.data.*"},
		"catalog/Secret":                    {"spec.data.*"},
		"catalog/Credential":                {"spec.data.*"},
	}
}

func secretsOf(r *Row) []string { return secrets()[r.id()] }

// hide takes the values of secrets from what the server hands out: what it
// shows of them is encrypted, another text each time, and no use to anybody.
func hide(r *Row, spec map[string]any) {
	for _, f := range secretsOf(r) {
		gateway.EditField(spec, f, func(any) (any, bool) { return hidden, true })
	}
}

// withheld reports whether a payload leaves out values of secrets.
func withheld(r *Row, spec map[string]any) bool {
	for _, f := range secretsOf(r) {
		for _, v := range gateway.Values(spec, f) {
			if isHidden(v) {
				return true
			}
		}
	}
	return false
}

// holdsHidden reports whether a value of a secret is left out anywhere in what
// can only be written as a whole.
func holdsHidden(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, holdsHidden)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsHidden)
	}
	return isHidden(v)
}

// lacks returns the column that says what a new secret needs and does not
// have.
func lacks(fields []string) func(map[string]any) string {
	return func(spec map[string]any) string {
		for _, f := range fields {
			for _, v := range gateway.Values(spec, f) {
				if isHidden(v) {
					return "a new secret needs its values, which git does not hold: give them in the configuration, such as ${env:NAME} at " + f
				}
			}
		}
		return ""
	}
}
