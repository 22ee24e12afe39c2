package apim

import (
	"fmt"
	"maps"
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
