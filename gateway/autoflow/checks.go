package autoflow

import "github.com/lockstep-apiops/lockstep/gateway"

// Checks returns what whoever tries a tree out has to know besides the table.
func Checks() (gateway.Checks, error) { return gateway.Checks{StandIn: standIn}, nil }

// standInValue stands for a secret that nobody knows the value of. It looks like
// one, so that a reference takes its place again wherever it is.
const standInValue = "https://stand-in:stand-in@stand-in.example.com"

// standIn gives a resource made-up values for its secrets.
func standIn(r *gateway.Resource) {
	eachSecret(r.Spec, func(v any) (any, bool) {
		if isReference(v) {
			return standInValue, true
		}
		return v, true
	})
}
