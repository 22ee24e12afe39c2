package apim

import (
	"strings"
)

func prepareProduct(w *write) error {
	p := w.item.props
	if v, isBool := p["subscriptionRequired"].(bool); isBool && !v && (truth(p, "approvalRequired") || p["subscriptionsLimit"] != nil) {
		return invalid("subscriptionRequired", "approvalRequired and subscriptionsLimit need subscriptionRequired to be true.")
	}
	return nil
}

// storedProduct adds what the service adds to a product: its administrators, and a
// subscription for whoever made it.
func storedProduct(w *write) error {
	if w.old != nil {
		return nil
	}
	admins := w.svc.named(w.at.scope, "groups", "administrators")
	if admins != nil {
		w.svc.newLink(w.item, admins, w.svc.srv.table.get("products/groupLinks"))
		w.echo = map[string]any{"groups": []any{map[string]any{"id": w.svc.idOf(admins), "name": admins.props["displayName"],
			"description": admins.props["description"], "builtIn": true, "type": "system"}}}
	}
	if !w.svc.srv.o.Bare && !strings.EqualFold(w.svc.srv.o.SKU, "consumption") && truth(w.item.props, "subscriptionRequired") {
		w.svc.addSubscription(w.item)
	}
	return nil
}

func deleteProduct(v *service, d *drop) error {
	for _, r := range v.sortedReferrers(d.item.key) {
		if r.kind.path != "subscriptions" {
			continue
		}
		if d.query.Get("deleteSubscriptions") != "true" {
			return inUse("Product %q has subscriptions; delete them first, or set deleteSubscriptions=true.", d.item.name)
		}
		d.also = append(d.also, r)
	}
	return nil
}

// prepareSubscription resolves the scope and fills in keys and dates.
func prepareSubscription(w *write) error {
	p := w.item.props
	if w.old != nil && w.old.key == "subscriptions/master" && w.sent["scope"] != nil {
		return invalid("scope", "The built-in all-access subscription cannot be changed.")
	}
	if err := w.resolveScope(); err != nil {
		return err
	}
	if text(p, "state") == "" {
		p["state"] = "active"
	}
	if w.old == nil || w.old.props["createdDate"] == nil {
		p["createdDate"] = w.svc.stamp()
	}
	for _, name := range []string{"primaryKey", "secondaryKey"} {
		if text(p, name) == "" {
			p[name] = newKey()
		}
	}
	w.echo = map[string]any{"primaryKey": p["primaryKey"], "secondaryKey": p["secondaryKey"]}
	return nil
}

func (w *write) resolveScope() error {
	scope := text(w.item.props, "scope")
	rel, _, ok := w.svc.relativeID(scope)
	base := w.svc.id
	if w.at.scope != nil {
		base = w.svc.idOf(w.at.scope)
		rel = strings.TrimPrefix(rel, strings.TrimPrefix(base, w.svc.id+"/"))
		rel = strings.Trim(rel, "/")
	}
	if ok && (rel == "" || strings.EqualFold(rel, "apis")) {
		w.item.props["scope"] = base + "/" + rel
		return nil
	}
	at, found := w.svc.find(w.at.scope, scope)
	if !found || (at.kind.path != "apis" && at.kind.path != "products") {
		return invalid("scope", "Subscription scope %q should be one of '/apis', '/apis/{apiId}', '/products/{productId}' and exist.", scope)
	}
	w.item.refer(refKey(at.item))
	w.item.props["scope"] = w.svc.targetID(refKey(at.item))
	return nil
}

func deleteSubscription(_ *service, d *drop) error {
	if d.item.key == "subscriptions/master" {
		return systemEntity()
	}
	return nil
}
