package amplify

import (
	"slices"
	"strings"
)

// languages is the subresource that names the default language. Translations are in
// one subresource for each language, such as languages-fr-fr.
const languages = "languages"

func languageCodes() []string { return []string{"en-us", "fr-fr", "de-de", "pt-br"} }

// isLanguage reports whether the subresource is about languages.
func isLanguage(sub string) bool { return sub == languages || strings.HasPrefix(sub, languages+"-") }

// setLanguage checks and stores one of the subresources about languages, and
// works out what the service adds to them.
func setLanguage(o *object, sub string, value any) error {
	var err error
	switch doc, isObject := value.(map[string]any); {
	case !isObject:
		return invalid(sub, "%s is not an object.", sub)
	case sub == languages:
		err = setDefaultLanguage(o, doc)
	default:
		err = setTranslation(o, sub, doc)
	}
	if err != nil {
		return err
	}
	summarize(o)
	return nil
}

func setDefaultLanguage(o *object, doc map[string]any) error {
	code, _ := objectIn(doc, "resource")["code"].(string)
	if !slices.Contains(languageCodes(), code) {
		return invalid("languages.resource.code", "Language code %q is not supported. Supported: %v", code, languageCodes())
	}
	if o.subs[languages+"-"+code] != nil {
		return invalid("languages.resource.code", "%s is an additional language. Remove it before it becomes the default.", code)
	}
	o.subs[languages] = map[string]any{"resource": map[string]any{"code": code}}
	return nil
}

func setTranslation(o *object, sub string, doc map[string]any) error {
	code := strings.TrimPrefix(sub, languages+"-")
	if !slices.Contains(languageCodes(), code) {
		return invalid(sub, "Language code %q is not supported. Supported: %v", code, languageCodes())
	}
	if defaultLanguage(o) == code {
		return invalid(sub, "%s is the default language.", code)
	}
	var list []any
	if f := takeList(doc, "values", &list); f != nil {
		return f
	}
	values := make([]any, 0, len(list))
	status := "complete"
	removed := true
	for _, entry := range list {
		value, isObject := deepCopy(entry).(map[string]any)
		path, _ := value["path"].(string)
		if !isObject || !strings.HasPrefix(path, "/") {
			return invalid(sub, "A value has no path such as /title.")
		}
		if text, _ := value["value"].(string); text == "" || value["status"] == "undefined" {
			value["status"] = "undefined"
			status = "incomplete"
		} else {
			value["status"] = "complete"
			removed = false
		}
		values = append(values, value)
	}
	if removed {
		delete(o.subs, sub)
		return nil
	}
	o.subs[sub] = map[string]any{"metadata": map[string]any{"code": code, "status": status}, "values": values}
	return nil
}

func defaultLanguage(o *object) string {
	doc, _ := o.subs[languages].(map[string]any)
	code, _ := objectIn(doc, "resource")["code"].(string)
	return code
}

// summarize lists the additional languages beside the default one.
func summarize(o *object) {
	additional := []any{}
	for _, code := range languageCodes() {
		if doc, isThere := o.subs[languages+"-"+code].(map[string]any); isThere {
			additional = append(additional, map[string]any{"code": code, "status": objectIn(doc, "metadata")["status"]})
		}
	}
	doc, _ := o.subs[languages].(map[string]any)
	if doc == nil && len(additional) == 0 {
		return
	}
	next := map[string]any{"metadata": map[string]any{"additional": additional}}
	if doc["resource"] != nil {
		next["resource"] = doc["resource"]
	}
	o.subs[languages] = next
}

// translated is the title and the spec with the translations of a language in them.
func translated(o *object, language string) map[string]any {
	out := map[string]any{"title": o.title, "spec": deepCopy(orEmpty(o.spec))}
	doc, _ := o.subs[language].(map[string]any)
	list, _ := doc["values"].([]any)
	for _, entry := range list {
		value, _ := entry.(map[string]any)
		path, _ := value["path"].(string)
		if value["status"] == "complete" {
			replaceAt(out, pointer(path), value["value"])
		}
	}
	return out
}

// replaceAt replaces what is at the path, if there is something.
func replaceAt(doc map[string]any, path []string, value any) {
	for len(path) > 1 {
		doc, _ = doc[path[0]].(map[string]any)
		path = path[1:]
	}
	if _, there := doc[path[0]]; there {
		doc[path[0]] = value
	}
}
