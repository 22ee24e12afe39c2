package amplify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shown is a resource as the request wants to see it.
func (c *call) shown(o *object) map[string]any {
	doc := c.whole(o)
	expand, embed := c.words("expand"), c.words("embed")
	for _, name := range sortedKeys(o.subs) {
		if isLanguage(name) && !expanded(expand, name) {
			continue
		}
		doc[name] = o.subs[name]
	}
	metadata := objectIn(doc, "metadata")
	for _, name := range embed {
		switch language, isResource := strings.CutSuffix(name, ".resource"); {
		case name == "metadata.references":
			c.embedReferences(metadata)
		case name == "metadata.referencedByResources":
			metadata["referencedByResources"] = c.referencedBy(o)
		case name == "metadata.scopedResources":
			metadata["scopedResources"] = c.scopedResources(o)
		case isResource && doc[language] != nil:
			inside := maps.Clone(objectIn(doc, language))
			inside["resource"] = translated(o, language)
			doc[language] = inside
		}
	}
	if code := c.query.Get("resource.language.code"); code != "" {
		maps.Copy(doc, translated(o, "languages-"+code))
	}
	return chosen(doc, c.words("fields"))
}

// whole is a resource with all that is always shown.
func (c *call) whole(o *object) map[string]any {
	doc := envelope(o)
	doc["apiVersion"], doc["metadata"] = c.version, c.metadata(o)
	return doc
}

// envelope is what a resource has apart from metadata and subresources.
func envelope(o *object) map[string]any {
	doc := map[string]any{
		"group": o.kind.group, "kind": o.kind.name, "name": o.name,
		"attributes": orEmpty(o.attributes), "finalizers": orNone(o.finalizers), "tags": orNone(o.tags), "spec": orEmpty(o.spec),
	}
	if o.title != "" {
		doc["title"] = o.title
	}
	if o.owner != "" {
		doc["owner"] = map[string]any{"type": "team", "id": o.owner}
	}
	return doc
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func orNone(l []any) []any {
	if l == nil {
		return []any{}
	}
	return l
}

func (c *call) metadata(o *object) map[string]any {
	rights := c.rights(o)
	out := map[string]any{
		"id": o.id, "resourceVersion": fmt.Sprint(o.version), "selfLink": o.selfLink(c.version),
		"audit": map[string]any{"createTimestamp": o.created.text(), "createUserId": o.created.By,
			"modifyTimestamp": o.modified.text(), "modifyUserId": o.modified.By},
		"accessRights": map[string]any{"canRead": rights.read, "canWrite": rights.write, "canDelete": rights.remove, "canChangeOwner": rights.own},
		"acl":          orNone(o.acl), "references": c.references(o),
	}
	if scope := c.store.items[o.scope]; scope != nil {
		out["scope"] = map[string]any{"id": scope.id, "kind": scope.kind.name, "name": scope.name, "selfLink": scope.selfLink(c.version)}
	}
	if len(o.gone) > 0 {
		out["deletedReferences"] = o.gone
	}
	if o.deleting {
		out["state"] = "DELETING"
	}
	return out
}

func (c *call) references(o *object) []any {
	out := []any{}
	for _, t := range o.targets {
		if to := c.store.items[t.key]; to != nil {
			out = append(out, c.reference(to, linkType(t.link)))
		}
	}
	return out
}

// reference describes a resource that another one has to do with.
func (c *call) reference(to *object, how string) map[string]any {
	out := map[string]any{"id": to.id, "group": to.kind.group, "kind": to.kind.name, "name": to.name, "selfLink": to.selfLink(c.version), "type": how}
	if scope := c.store.items[to.scope]; scope != nil {
		out["scopeKind"], out["scopeName"] = scope.kind.name, scope.name
	}
	return out
}

// embedReferences puts what is referred to into the references.
func (c *call) embedReferences(metadata map[string]any) {
	references, _ := metadata["references"].([]any)
	for _, entry := range references {
		reference, _ := entry.(map[string]any)
		id, _ := reference["id"].(string)
		if to := c.store.items[c.store.ids[id]]; to != nil && c.rights(to).read {
			reference["resource"] = c.whole(to)
		}
	}
}

func (c *call) referencedBy(o *object) []any {
	out := []any{}
	for _, key := range sortedKeys(c.store.referrers[o.key()]) {
		if from := c.store.items[key]; from != nil && c.rights(from).read {
			out = append(out, c.reference(from, howLinked(from, o.key())))
		}
	}
	return out
}

func howLinked(from *object, key string) string {
	if from.refersHard(key) {
		return "hard"
	}
	return "soft"
}

func (c *call) scopedResources(o *object) []any {
	out := []any{}
	for _, child := range c.store.held(c.table, o) {
		if c.rights(child).read {
			out = append(out, c.reference(child, "scope"))
		}
	}
	return out
}

// words reads a query parameter that lists names, in one value or several.
func (c *call) words(name string) []string {
	var out []string
	for _, value := range c.query[name] {
		for word := range strings.SplitSeq(value, ",") {
			if word = strings.TrimSpace(word); word != "" {
				out = append(out, word)
			}
		}
	}
	return out
}

// expanded reports whether a subresource with translations is asked for.
func expanded(expand []string, name string) bool {
	return slices.ContainsFunc(expand, func(word string) bool {
		prefix, isAll := strings.CutSuffix(word, "*")
		return word == name || (isAll && strings.HasPrefix(name, prefix))
	})
}

// chosen keeps the fields that are asked for; without any, all of them. A path
// such as "metadata.id" keeps what it leads to.
func chosen(doc map[string]any, fields []string) map[string]any {
	if len(fields) == 0 {
		return doc
	}
	out := map[string]any{}
	for _, field := range fields {
		pick(doc, out, strings.Split(field, "."))
	}
	return out
}

func pick(from, into map[string]any, path []string) {
	value, there := from[path[0]]
	if !there {
		return
	}
	below, isObject := value.(map[string]any)
	if len(path) == 1 || !isObject {
		into[path[0]] = value
		return
	}
	inner := maps.Clone(objectIn(into, path[0]))
	if inner == nil {
		inner = map[string]any{}
	}
	pick(below, inner, path[1:])
	into[path[0]] = inner
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
