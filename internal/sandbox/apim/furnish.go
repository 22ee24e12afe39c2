package apim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// furnish gives a new service what every service has, and unless it is to be bare,
// what a fresh one of its tier comes with. The caller holds the lock.
func (v *service) furnish() error {
	v.props = map[string]any{"publisherEmail": "admin@example.com", "publisherName": "Sandbox", "provisioningState": "Succeeded",
		"createdAtUtc": "2024-01-01T00:00:00Z", "virtualNetworkType": "None", "platformVersion": "stv2"}
	for _, k := range v.srv.table.list {
		if err := v.furnishKind(nil, k); err != nil {
			return err
		}
	}
	if v.srv.o.Bare {
		if v.srv.o.Groups {
			v.furnishGroups(nil)
		}
		return nil
	}
	return v.furnishContents()
}

// furnishKind makes the items of a kind that always exist.
func (v *service) furnishKind(parent *item, k *kind) error {
	for _, name := range slices.Sorted(maps.Keys(k.builtin)) {
		if err := v.furnishOne(parent, k, name); err != nil {
			return err
		}
	}
	return nil
}

func (v *service) furnishOne(parent *item, k *kind, name string) error {
	props := map[string]any{}
	if err := json.Unmarshal([]byte(k.builtin[name]), &props); err != nil {
		return fmt.Errorf("furnish %s %s: %w", k.path, name, err)
	}
	if k.path == "tenant" {
		props["id"], props["primaryKey"], props["secondaryKey"] = name, newKey(), newKey()
	}
	if k.path == "portalsettings" && name == "delegation" {
		props["validationKey"] = newKey()
	}
	v.add(parent, k.path, name, props)
	return nil
}

// add stores an item of the service's own making.
func (v *service) add(parent *item, path, name string, props map[string]any, refs ...string) *item {
	k := v.srv.table.get(path)
	it := &item{kind: k, key: collectionKey(parent, k) + "/" + strings.ToLower(name), name: name, parent: parent, refs: refs}
	it.props = maps.Clone(k.fill)
	if it.props == nil {
		it.props = map[string]any{}
	}
	maps.Copy(it.props, props)
	v.put(it)
	return it
}

func (v *service) furnishContents() error {
	v.add(nil, "users", "1", map[string]any{"email": "admin@example.com", "firstName": "Administrator", "lastName": "",
		"registrationDate": v.stamp(), "identities": []any{map[string]any{"provider": "Azure", "id": "admin@example.com"}}})
	v.furnishGroups(nil)
	v.add(nil, "subscriptions", "master", map[string]any{"displayName": "Built-in all-access subscription", "scope": v.id + "/",
		"state": "active", "createdDate": v.stamp(), "primaryKey": newKey(), "secondaryKey": newKey()})
	echo := v.furnishEcho()
	if !v.srv.hasProducts() {
		return nil
	}
	for _, p := range []map[string]any{
		{"name": "starter", "displayName": "Starter", "limit": 1, "approval": false,
			"description": "Subscribers will be able to run 5 calls/minute up to a maximum of 100 calls/week."},
		{"name": "unlimited", "displayName": "Unlimited", "limit": 1, "approval": true,
			"description": "Subscribers have completely unlimited access to the API. Administrator approval is required."},
	} {
		it := v.add(nil, "products", text(p, "name"), map[string]any{"displayName": p["displayName"], "description": p["description"],
			"terms": "", "subscriptionsLimit": p["limit"], "approvalRequired": p["approval"], "state": "published"})
		for _, g := range []string{"administrators", "developers", "guests"} {
			v.newLink(it, v.named(nil, "groups", g), v.srv.table.get("products/groupLinks"))
		}
		v.newLink(it, echo, v.srv.table.get("products/apiLinks"))
		v.addSubscription(it)
	}
	return nil
}

// furnishGroups makes the system groups of a service or workspace.
func (v *service) furnishGroups(parent *item) {
	for name, about := range map[string]string{
		"Administrators": "Administrators is a built-in group containing the admin email account provided at the time of service creation. Its membership is managed by the system.",
		"Developers":     "Developers is a built-in group. Its membership is managed by the system. Signed-in users fall into this group.",
		"Guests":         "Guests is a built-in group. Its membership is managed by the system. Unauthenticated users visiting the developer portal fall into this group.",
	} {
		v.add(parent, "groups", strings.ToLower(name), map[string]any{"displayName": name, "description": about, "builtIn": true, "type": "system"})
	}
}

func (v *service) furnishEcho() *item {
	k := v.srv.table.get("apis")
	it := &item{kind: k, key: "apis/echo-api;rev=1", name: "echo-api", rev: "1", props: maps.Clone(k.fill)}
	maps.Copy(it.props, map[string]any{"displayName": "Echo API", "path": "echo", "serviceUrl": "http://echoapi.cloudapp.net/api"})
	v.put(it)
	v.makeCurrent(v.enroll(it), "1")
	for _, op := range [][3]string{{"create-resource", "Create resource", "POST"}, {"modify-resource", "Modify Resource", "PUT"},
		{"remove-resource", "Remove resource", "DELETE"}, {"retrieve-header-only", "Retrieve header only", "HEAD"}} {
		v.add(it, "apis/operations", op[0], map[string]any{"displayName": op[1], "method": op[2], "urlTemplate": "/resource",
			"description": "A demonstration of a " + op[2] + " call."})
	}
	return it
}

// addSubscription makes the subscription the creator of a product gets.
func (v *service) addSubscription(product *item) {
	props := map[string]any{"displayName": nil, "scope": v.idOf(product), "state": "active", "createdDate": v.stamp(),
		"primaryKey": newKey(), "secondaryKey": newKey()}
	if admin := v.items["users/1"]; admin != nil {
		props["ownerId"] = v.idOf(admin)
	}
	v.add(product.parent, "subscriptions", newID(), props, refKey(product))
}

// stamp is the current time as the service writes it.
func (v *service) stamp() string { return v.srv.now().UTC().Format("2006-01-02T15:04:05.0000000Z") }

// shortStamp is a stamp as later reads show it.
func shortStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// newKey is a fresh subscription key.
func newKey() string { return newID() + newID()[:8] }
