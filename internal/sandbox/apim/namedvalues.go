package apim

import (
	"maps"
	"regexp"
	"slices"
)

// tokenRef finds a named value in a text: {{name}}.
var tokenRef = regexp.MustCompile(`\{\{\s*([A-Za-z0-9\-._]+)\s*\}\}`)

// useNamedValues notes the named values that {{…}} in some values stands for.
func (w *write) useNamedValues(target string, values ...any) error {
	for _, name := range tokensIn(values) {
		it := w.svc.namedValue(w.at.scope, name)
		if it == nil {
			return invalid(target, "Cannot find a property '%s'.", name)
		}
		w.item.refer(it.key)
	}
	return nil
}

// tokensIn lists the names in {{…}} anywhere in a value.
func tokensIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		for _, m := range tokenRef.FindAllStringSubmatch(v, -1) {
			out = append(out, m[1])
		}
	case []any:
		for _, e := range v {
			out = append(out, tokensIn(e)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, tokensIn(v[name])...)
		}
	}
	return out
}

// namedValue resolves {{name}}: by display name, in the workspace first.
func (v *service) namedValue(scope *item, name string) *item {
	if scope != nil {
		if it := v.items[v.display[displayKey(scope.key, name)]]; it != nil {
			return it
		}
	}
	return v.items[v.display[displayKey("", name)]]
}

// hide makes a secret named value of the service's own.
func (v *service) hide(scope *item, prefix, secret string) *item {
	name := newID()
	display := prefix + name
	if prefix == "Cache-Credentials--" {
		display = name
	}
	return v.add(scope, "namedValues", name, map[string]any{"displayName": display, "value": secret, "secret": true})
}

// prepareNamedValue demands a value and a display name nobody else has.
func prepareNamedValue(w *write) error {
	p := w.item.props
	vault := object(p, "keyVault")
	if vault == nil && p["value"] == nil {
		return invalid("value", "Either value or keyVault is required.")
	}
	if vault != nil && text(vault, "secretIdentifier") == "" {
		return invalid("keyVault", "The secretIdentifier of a key vault reference is required.")
	}
	other := w.svc.display[displayKey(scopeKey(w.at.scope), text(p, "displayName"))]
	if other != "" && other != w.item.key {
		return conflict("Property with the displayName '%s' already exists.", text(p, "displayName"))
	}
	if vault != nil {
		vault = maps.Clone(vault)
		vault["lastStatus"] = map[string]any{"code": "Success", "timeStampUtc": shortStamp(w.svc.srv.now())}
		p["keyVault"], p["secret"] = vault, true
		if p["value"] == nil {
			p["value"] = "value-of-" + text(vault, "secretIdentifier")
		}
	}
	if w.old != nil {
		w.renamedFrom = text(w.old.props, "displayName")
	}
	if w.partial && w.sent["value"] != nil && w.sent["keyVault"] == nil {
		delete(p, "keyVault")
	}
	return nil
}

func scopeKey(scope *item) string {
	if scope == nil {
		return ""
	}
	return scope.key
}

// storedNamedValue rewrites references after a rename, as the service does.
func storedNamedValue(w *write) error {
	name := text(w.item.props, "displayName")
	if w.renamedFrom == "" || w.renamedFrom == name {
		return nil
	}
	old := regexp.MustCompile(`\{\{\s*` + regexp.QuoteMeta(w.renamedFrom) + `\s*\}\}`)
	for _, it := range w.svc.sortedReferrers(w.item.key) {
		next := *it
		next.props, _ = rewrite(it.props, old, "{{"+name+"}}").(map[string]any)
		w.svc.put(&next)
	}
	return nil
}

func rewrite(v any, old *regexp.Regexp, to string) any {
	switch v := v.(type) {
	case string:
		return old.ReplaceAllLiteralString(v, to)
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = rewrite(out[i], old, to)
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for name := range out {
			out[name] = rewrite(out[name], old, to)
		}
		return out
	}
	return v
}

func showNamedValue(_ *service, _ *item, props map[string]any, _ shown) {
	if truth(props, "secret") {
		delete(props, "value")
	}
	props["provisioningState"] = "Succeeded"
}
