package apim

import (
	"regexp"
	"strings"
)

var templateParameter = regexp.MustCompile(`\{\*?([^{}]+)\}`)

// prepareOperation checks an operation against its URL and its siblings.
func prepareOperation(w *write) error {
	declared := map[string]bool{}
	list, _ := w.item.props["templateParameters"].([]any)
	for _, p := range list {
		if m, ok := p.(map[string]any); ok {
			declared[strings.ToLower(text(m, "name"))] = true
		}
	}
	url := text(w.item.props, "urlTemplate")
	for _, m := range templateParameter.FindAllStringSubmatch(url, -1) {
		if !declared[strings.ToLower(m[1])] {
			return invalid("templateParameters", "All template parameters used in the UriTemplate must be defined in the Operation; %q is not.", m[1])
		}
	}
	for _, other := range w.svc.itemsOf(w.at.parent, w.kind) {
		if other.key != w.item.key && strings.EqualFold(text(other.props, "method"), text(w.item.props, "method")) &&
			strings.EqualFold(text(other.props, "urlTemplate"), url) {
			return invalid("urlTemplate", "Operation with the same method and URL template already exists: %q.", other.name)
		}
	}
	return nil
}

// prepareAPISchema checks the document's shape for the few types that have one.
func prepareAPISchema(w *write) error {
	if text(w.item.props, "contentType") == graphqlSchema && text(object(w.item.props, "document"), "value") == "" {
		return invalid("document", "The document of a GraphQL schema needs a value.")
	}
	return nil
}

const graphqlSchema = "application/vnd.ms-azure-apim.graphql.schema"

func prepareTagDescription(w *write) error {
	tag := w.svc.named(w.at.scope, "tags", w.at.name)
	if tag == nil {
		return invalid("tagId", "Tag %q could not be found.", w.at.name)
	}
	w.item.refer(tag.key)
	return nil
}

func showTagDescription(v *service, it *item, props map[string]any, _ shown) {
	if len(it.refs) > 0 {
		if tag := v.items[it.refs[0]]; tag != nil {
			props["tagId"], props["displayName"] = v.idOf(tag), tag.props["displayName"]
		}
	}
}

func prepareIssue(w *write) error {
	w.item.props["apiId"] = w.svc.idOf(w.at.parent)
	if w.item.props["createdDate"] == nil {
		w.item.props["createdDate"] = w.svc.stamp()
	}
	if w.item.props["state"] == nil {
		w.item.props["state"] = "proposed"
	}
	return nil
}
