package apim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The times of a revision are kept among its properties, and never shown there.
const (
	createdAt = "\x00created"
	updatedAt = "\x00updated"
)

// prepareAPI turns the PUT or PATCH of an API into what will be stored.
func prepareAPI(w *write) error {
	w.nameRevision()
	if err := w.checkAPI(); err != nil {
		return err
	}
	w.followRoot()
	if err := w.takeSource(); err != nil {
		return err
	}
	if err := w.takeDefinition(); err != nil {
		return err
	}
	if w.op != nil && w.op.failure != nil {
		return nil
	}
	if text(w.item.props, "displayName") == "" {
		return invalid("displayName", "The displayName field is required.")
	}
	if err := w.checkVersion(); err != nil {
		return err
	}
	if err := w.checkPath(); err != nil {
		return err
	}
	w.tidyAPI()
	return nil
}

// nameRevision settles which revision is written.
func (w *write) nameRevision() {
	it := w.item
	name, rev, _ := strings.Cut(w.at.name, revMark)
	if w.old == nil {
		if rev == "" && w.svc.roots[rootKey(it.key)] == nil {
			rev = text(w.sent, "apiRevision")
		}
		if rev == "" {
			rev = "1"
		}
		it.name, it.rev = name, rev
		if r := w.svc.roots[rootKey(it.key)]; r != nil {
			it.name = r.name
		}
		it.key = rootKey(it.key) + revMark + strings.ToLower(rev)
	}
	it.props = cloneMap(it.props)
	it.props["apiRevision"] = it.rev
	now := w.svc.stamp()
	it.props[createdAt], it.props[updatedAt] = now, now
	if w.old != nil && text(w.old.props, createdAt) != "" {
		it.props[createdAt] = w.old.props[createdAt]
	}
}

// checkAPI refuses what the service refuses of an API's own fields.
func (w *write) checkAPI() error {
	auth := object(w.sent, "authenticationSettings")
	lists := map[string]string{"oAuth2": "oAuth2AuthenticationSettings", "openid": "openidAuthenticationSettings"}
	for _, single := range []string{"oAuth2", "openid"} {
		if auth[single] != nil && auth[lists[single]] != nil {
			return invalid("authenticationSettings", "Cannot use %s in combination with %s.", upperFirst(lists[single]), upperFirst(single))
		}
	}
	if url, sent := w.sent["serviceUrl"].(string); sent && strings.TrimSpace(url) == "" {
		return invalid("serviceUrl", "serviceUrl must not be empty; leave it out instead.")
	}
	if w.sent["format"] == nil && w.sent["value"] == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(w.sent)) {
		if w.sent[name] == nil {
			return invalid(name, "%s must not be null in an import.", name)
		}
	}
	return nil
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// followRoot gives a revision that is not current the fields all revisions share.
func (w *write) followRoot() {
	r := w.svc.roots[rootKey(w.item.key)]
	if r == nil || r.current == w.item.rev || truth(w.sent, "isCurrent") {
		return
	}
	current := w.svc.items[r.key+revMark+r.current]
	for _, name := range rootWide() {
		if value, there := current.props[name]; there {
			w.item.props[name] = value
		} else {
			delete(w.item.props, name)
		}
	}
	w.item.refs = slices.Clone(current.refs)
}

// takeSource copies fields from the API a new one is made from.
func (w *write) takeSource() error {
	id := text(w.sent, "sourceApiId")
	if id == "" || w.old != nil {
		return nil
	}
	at, found := w.svc.find(w.at.scope, id)
	if !found || at.kind.path != "apis" {
		return invalid("sourceApiId", "Api %q could not be found.", id)
	}
	w.source = at.item
	for name, value := range at.item.props {
		if w.sent[name] == nil && name != "apiRevision" && name != createdAt && name != updatedAt &&
			name != "apiVersion" && name != "apiVersionSetId" && name != "apiRevisionDescription" {
			w.item.props[name] = value
		}
	}
	return nil
}

// checkVersion refuses a version that its set has already.
func (w *write) checkVersion() error {
	props := w.item.props
	if set := object(props, "apiVersionSet"); set != nil && text(props, "apiVersionSetId") == "" {
		if err := w.inlineVersionSet(set); err != nil {
			return err
		}
	}
	set := text(props, "apiVersionSetId")
	if set == "" {
		return nil
	}
	for _, target := range w.item.refs {
		for _, other := range w.svc.sortedReferrers(target) {
			if other.kind.path == "apis" && rootKey(other.key) != rootKey(w.item.key) &&
				strings.EqualFold(text(other.props, "apiVersion"), text(props, "apiVersion")) {
				return invalid("apiVersion", "API with specified version %q already exists in the version set.", text(props, "apiVersion"))
			}
		}
	}
	return nil
}

// inlineVersionSet finds, or makes, the version set an API describes in its own body.
func (w *write) inlineVersionSet(set map[string]any) error {
	if id := text(set, "id"); id != "" {
		at, found := w.svc.find(w.at.scope, id)
		if !found || at.kind.path != "apiVersionSets" {
			return invalid("apiVersionSet", "ApiVersionSet %q could not be found.", id)
		}
		w.item.props["apiVersionSetId"] = w.svc.idOf(at.item)
		w.item.refer(at.item.key)
		return nil
	}
	made := w.svc.add(w.at.parent, "apiVersionSets", newID(), map[string]any{"displayName": set["name"], "description": set["description"],
		"versioningScheme": set["versioningScheme"], "versionQueryName": set["versionQueryName"], "versionHeaderName": set["versionHeaderName"]})
	w.item.props["apiVersionSetId"] = w.svc.idOf(made)
	w.item.refer(made.key)
	return nil
}

// apiPath is an API's path as it is compared with others.
func apiPath(props map[string]any) string {
	return strings.ToLower(strings.Trim(text(props, "path"), "/"))
}

// checkPath refuses a path that another API has, other versions of one set aside.
func (w *write) checkPath() error {
	root := rootKey(w.item.key)
	for _, other := range slices.Sorted(maps.Keys(w.svc.paths[apiPath(w.item.props)])) {
		if other == root {
			continue
		}
		it := w.svc.target(other)
		if it == nil {
			continue
		}
		set := text(it.props, "apiVersionSetId")
		if set != "" && set == text(w.item.props, "apiVersionSetId") {
			continue
		}
		return invalid("path", "Cannot create or update API %q because API %q already uses the path %q.", w.item.name, it.name, text(w.item.props, "path"))
	}
	return nil
}

// tidyAPI brings the properties into the form in which they are kept.
func (w *write) tidyAPI() {
	props := w.item.props
	if t := text(w.sent, "apiType"); t != "" {
		props["type"] = t
	}
	if text(props, "type") == "http" {
		delete(props, "type")
	}
	w.makeItCurrent = truth(w.sent, "isCurrent")
	for _, name := range []string{"format", "value", "apiType", "wsdlSelector", "translateRequiredQueryParameters", "sourceApiId", "isCurrent", "apiVersionSet"} {
		delete(props, name)
	}
	if list, ok := props["protocols"].([]any); ok {
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		props["protocols"] = list
	}
	props["authenticationSettings"] = mirrorAuth(object(props, "authenticationSettings"))
}

// mirrorAuth fills the single setting from the list and the other way round: reads show both.
func mirrorAuth(auth map[string]any) map[string]any {
	out := map[string]any{"oAuth2": nil, "openid": nil, "oAuth2AuthenticationSettings": []any{}, "openidAuthenticationSettings": []any{}}
	for name, v := range auth {
		if v != nil {
			out[name] = v
		}
	}
	for single, list := range map[string]string{"oAuth2": "oAuth2AuthenticationSettings", "openid": "openidAuthenticationSettings"} {
		entries, _ := out[list].([]any)
		if len(entries) > 0 {
			out[single] = entries[0]
		} else if out[single] != nil {
			out[list] = []any{out[single]}
		}
	}
	return out
}

// storedAPI does what follows from writing an API.
func storedAPI(w *write) error {
	r := w.svc.enroll(w.item)
	if w.source != nil {
		w.svc.copyChildren(w.source, w.item)
	}
	w.replaceDefinition()
	if w.makeItCurrent && w.old == nil {
		w.svc.makeCurrent(r, w.item.rev)
	}
	w.svc.shareRootWide(r)
	if w.op != nil {
		r.busyUntil = w.op.until
	}
	return nil
}

// deleteAPI decides which revisions a DELETE takes along.
func deleteAPI(v *service, d *drop) error {
	r := v.roots[rootKey(d.item.key)]
	if d.item.rev != r.current {
		return nil
	}
	if strings.Contains(d.at.name, revMark) {
		return invalid("apiId", "Revision %s of API %q is the current one and cannot be deleted; make another one current first.", r.current, r.name)
	}
	if len(r.revs) > 1 && d.query.Get("deleteRevisions") != "true" {
		return invalid("apiId", "API %q has revisions besides the current one; delete them first, or set deleteRevisions=true.", r.name)
	}
	for rev := range r.revs {
		if it := v.items[r.key+revMark+rev]; it != d.item {
			d.also = append(d.also, it)
		}
	}
	return nil
}

func showAPI(v *service, it *item, props map[string]any, how shown) {
	delete(props, createdAt)
	delete(props, updatedAt)
	props["isOnline"] = true
	r := v.roots[rootKey(it.key)]
	if r != nil && r.current == it.rev {
		props["isCurrent"] = true
	}
	switch {
	case r != nil && v.srv.now().Before(r.busyUntil):
		props["provisioningState"] = "InProgress"
	case how == inPut:
		props["provisioningState"] = "Succeeded"
	}
	if how == inList {
		return
	}
	for _, target := range it.refs {
		if set := v.items[target]; set != nil && set.kind.path == "apiVersionSets" {
			props["apiVersionSet"] = map[string]any{"id": v.idOf(set), "name": set.props["displayName"], "description": set.props["description"],
				"versioningScheme": set.props["versioningScheme"], "versionQueryName": set.props["versionQueryName"], "versionHeaderName": set.props["versionHeaderName"]}
		}
	}
}

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

// prepareRelease finds the revision a release makes current.
func prepareRelease(w *write) error {
	now := w.svc.stamp()
	w.item.props["createdDateTime"], w.item.props["updatedDateTime"] = now, now
	if w.old != nil {
		w.item.props["createdDateTime"] = w.old.props["createdDateTime"]
	}
	id := text(w.item.props, "apiId")
	at, found := w.svc.find(w.at.scope, id)
	if !found || at.kind.path != "apis" || rootKey(at.key) != rootKey(w.at.parent.key) {
		return invalid("apiId", "Api %q could not be found among the revisions of the API.", id)
	}
	w.source = at.item
	w.item.props["apiId"] = w.svc.rootID(w.svc.roots[rootKey(at.key)]) + revMark + at.item.rev
	return nil
}

// storedRelease switches the API to the released revision.
func storedRelease(w *write) error {
	if w.partial && w.sent["apiId"] == nil {
		return nil
	}
	r := w.svc.roots[rootKey(w.source.key)]
	w.svc.makeCurrent(r, w.source.rev)
	w.svc.shareRootWide(r)
	key := collectionKey(w.svc.target(r.key), w.kind) + "/" + strings.ToLower(w.item.name)
	if moved := w.svc.items[key]; moved != nil {
		w.item = moved
	}
	return nil
}

func prepareVersionSet(w *write) error {
	props := w.item.props
	switch scheme := strings.ToLower(text(props, "versioningScheme")); {
	case scheme == "query" && text(props, "versionQueryName") == "":
		return invalid("versionQueryName", "versionQueryName is required when the scheme is Query.")
	case scheme == "header" && text(props, "versionHeaderName") == "":
		return invalid("versionHeaderName", "versionHeaderName is required when the scheme is Header.")
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
