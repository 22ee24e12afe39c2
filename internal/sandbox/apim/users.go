package apim

import (
	"strings"
)

func systemEntity() *fault {
	return &fault{status: 405, code: "MethodNotAllowed", message: "System entity cannot be deleted."}
}

func prepareGroup(w *write) error {
	if w.old != nil && truth(w.old.props, "builtIn") && text(w.sent, "displayName") != text(w.old.props, "displayName") && w.sent["displayName"] != nil {
		return &fault{status: 405, code: "MethodNotAllowed", message: "System groups cannot be changed."}
	}
	return nil
}

func deleteGroup(_ *service, d *drop) error {
	if truth(d.item.props, "builtIn") {
		return systemEntity()
	}
	return nil
}

func prepareUser(w *write) error {
	p := w.item.props
	other := w.svc.display[mailKey(p)]
	if other != "" && other != w.item.key {
		return conflict("User with the same email already exists.")
	}
	if p["registrationDate"] == nil {
		p["registrationDate"] = w.svc.stamp()
	}
	if list, _ := p["identities"].([]any); len(list) == 0 {
		p["identities"] = []any{map[string]any{"provider": "Basic", "id": p["email"]}}
	}
	return nil
}

// storedUser puts a new user into the developers group.
func storedUser(w *write) error {
	w.echo = map[string]any{"groups": []any{}}
	developers := w.svc.items["groups/developers"]
	if w.old == nil && developers != nil {
		k := w.svc.srv.table.get("groups/users")
		w.svc.put(&item{kind: k, key: collectionKey(developers, k) + "/" + strings.ToLower(w.item.name), name: w.item.name,
			parent: developers, refs: []string{w.item.key}})
	}
	return nil
}

func deleteUser(v *service, d *drop) error {
	if d.item.key == "users/1" {
		return systemEntity()
	}
	for _, r := range v.sortedReferrers(d.item.key) {
		if r.kind.path != "subscriptions" {
			continue
		}
		if d.query.Get("deleteSubscriptions") != "true" {
			return inUse("User %q has subscriptions; delete them first, or set deleteSubscriptions=true.", d.item.name)
		}
		d.also = append(d.also, r)
	}
	return nil
}

func storedWorkspace(w *write) error {
	if w.old != nil {
		return nil
	}
	w.svc.furnishGroups(w.item)
	return w.svc.furnishKind(w.item, w.svc.srv.table.get("notifications"))
}
