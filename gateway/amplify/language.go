package amplify

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

const (
	languages   = "languages"  // subresource with the default language
	translation = "languages-" // start of that with the texts of another
	undefined   = "undefined"  // status of a text that is not translated
)

// codes are the languages that the server takes.
func codes() []string { return []string{"de-de", "en-us", "fr-fr", "pt-br"} }

// expand asks for the languages of a resource, which the server hides else.
func expand() url.Values {
	names := []string{languages}
	for _, c := range codes() {
		names = append(names, translation+c)
	}
	return url.Values{"expand": {strings.Join(names, ",")}}
}

// ownTexts drops what the server computes of translations: their status, texts
// that are none, and languages without any.
func ownTexts(spec map[string]any) {
	if l, ok := spec[languages].(map[string]any); ok {
		delete(l, "metadata")
	}
	for name, v := range spec {
		part, ok := v.(map[string]any)
		if !ok || !strings.HasPrefix(name, translation) {
			continue
		}
		delete(part, "metadata")
		values, _ := part["values"].([]any)
		var kept []any
		for _, v := range values {
			text, ok := v.(map[string]any)
			if !ok || text["status"] == undefined {
				continue
			}
			delete(text, "status")
			kept = append(kept, text)
		}
		if part["values"] = kept; len(kept) == 0 {
			delete(spec, name)
		}
	}
}

// withdrawn returns a translation in which no text is translated any more,
// which is how the server is told to forget it.
func withdrawn(part any) map[string]any {
	have, _ := part.(map[string]any)
	values, _ := have["values"].([]any)
	gone := []any{}
	for _, v := range values {
		if text, ok := v.(map[string]any); ok {
			text = maps.Clone(text)
			text["status"] = undefined
			gone = append(gone, text)
		}
	}
	return map[string]any{"values": gone}
}

// withWithdrawn returns a translation with those texts withdrawn that only
// have has.
func withWithdrawn(have, want any) any {
	part, _ := gateway.Clone(want).(map[string]any)
	if part == nil {
		return want
	}
	values, _ := part["values"].([]any)
	for _, v := range withdrawn(have)["values"].([]any) {
		path := v.(map[string]any)["path"]
		if !slices.ContainsFunc(values, func(w any) bool { t, _ := w.(map[string]any); return t["path"] == path }) {
			values = append(values, v)
		}
	}
	part["values"] = values
	return part
}
