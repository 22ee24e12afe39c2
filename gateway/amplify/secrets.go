package amplify

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// hidden stands in a tree for a value that is not to be in git, which has the
// name: the configuration of an environment has the value.
const hidden = "(secret)"

func isHidden(v any) bool { return v == hidden }

// sealed is the table of fields of which the values are write-only: the server
// keeps them encrypted.
func sealed() map[string][]string {
	return map[string][]string{
		"management/Secret":                 {"spec.data.*"},
		"management/DataplaneSecret":        {"spec.data"},
		"management/IdentityProviderSecret": {"spec.config.*", "spec.requestHeaders[].value", "spec.queryParameters[].value"},
		"management/Credential":             {"spec.data.*"},
		"catalog/Secret":                    {"spec.data.*"},
		"catalog/Credential":                {"spec.data.*"},
	}
}

// secretsOf returns the secrets of a row: what is sealed, and what is a secret
// by its name or its looks.
func secretsOf(r *Row) []gateway.Secret {
	var all []gateway.Secret
	for _, f := range sealed()[r.id()] {
		all = append(all, gateway.Secret{Field: f, Plain: isHidden})
	}
	for _, part := range guardsOf(r) {
		all = append(all, gateway.Secret{Field: part, Each: guards{part}.each, Plain: isHidden, Mask: hidden})
	}
	return all
}

// hide takes the values of secrets from what the server hands out. What it
// shows of those that are sealed is another text each time, and no use to
// anybody.
func hide(k *gateway.Kind, spec map[string]any) {
	for _, s := range k.Secret {
		s.Edit(spec, func(any) (any, bool) { return hidden, true })
	}
}

// withheld reports whether a payload leaves out values that are sealed.
func withheld(k *gateway.Kind, spec map[string]any) bool {
	return slices.ContainsFunc(k.Secret, func(s gateway.Secret) bool {
		return s.Each == nil && slices.ContainsFunc(gateway.Values(spec, s.Field), isHidden)
	})
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

// besideHidden returns the path of a list that differs in more than the values
// which are left out, or "".
func besideHidden(at string, have, want any) string {
	switch w := want.(type) {
	case map[string]any:
		h, _ := have.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(w)) {
			if found := besideHidden(strings.TrimPrefix(at+"."+name, "."), h[name], w[name]); found != "" {
				return found
			}
		}
	case []any:
		if holdsHidden(w) && !sameButHidden(have, w) {
			return at
		}
	}
	return ""
}

// sameButHidden reports whether two values are the same but for what the second
// leaves out.
func sameButHidden(have, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		h, _ := have.(map[string]any)
		return maps.EqualFunc(h, w, sameButHidden)
	case []any:
		h, _ := have.([]any)
		return slices.EqualFunc(h, w, sameButHidden)
	}
	return isHidden(want) || reflect.DeepEqual(have, want)
}

// lacks returns the column that says what a new resource needs and does not
// have.
func lacks(secrets []gateway.Secret, g guards) func(map[string]any) string {
	return func(spec map[string]any) string {
		for _, s := range secrets {
			if s.Each == nil && slices.ContainsFunc(gateway.Values(spec, s.Field), isHidden) {
				return "a new secret needs its values, which git does not hold: give them in the configuration, such as ${env:NAME} at " + s.Field
			}
		}
		if left := g.left(spec); len(left) > 0 {
			return valueless(left[0])
		}
		return ""
	}
}
