package apim

import (
	"maps"
	"slices"
	"strings"
)

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

// apiPath is an API's path as it is compared with others. A workspace has its own
// gateway, so its paths do not meet those of the service.
func apiPath(it *item) string {
	return displayKey(it.scopeOf(), strings.ToLower(strings.Trim(text(it.props, "path"), "/")))
}

// checkPath refuses a path that another API has, other versions of one set aside.
func (w *write) checkPath() error {
	root := rootKey(w.item.key)
	for _, other := range slices.Sorted(maps.Keys(w.svc.paths[apiPath(w.item)])) {
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
