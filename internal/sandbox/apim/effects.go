package apim

import (
	"crypto/sha1" //nolint:gosec // Certificate thumbprints are SHA-1 by definition.
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tokenRef finds a named value in a text: {{name}}.
var tokenRef = regexp.MustCompile(`\{\{\s*([A-Za-z0-9\-._]+)\s*\}\}`)

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
		w.svc.addSubscription(w.item, "")
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
	for _, other := range w.svc.children["users"] {
		if other.key != w.item.key && strings.EqualFold(text(other.props, "email"), text(p, "email")) {
			return conflict("User with the same email already exists.")
		}
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

// prepareBackend wants a target, finds named values, and refuses pools in pools.
func prepareBackend(w *write) error {
	p := w.item.props
	pool := object(p, "pool")
	switch {
	case strings.EqualFold(text(p, "type"), "Pool") && len(pool) == 0:
		return invalid("pool", "A backend of type Pool needs a pool.")
	case len(pool) == 0 && text(p, "url") == "" && object(p, "properties") == nil:
		return invalid("url", "The url field is required.")
	case len(pool) == 0 && text(p, "protocol") == "":
		return invalid("protocol", "The protocol field is required.")
	}
	for _, target := range w.item.refs {
		member := w.svc.items[target]
		if member != nil && member.kind.path == "backends" && (target == w.item.key || object(member.props, "pool") != nil) {
			return invalid("pool", "Backend %q is a pool and cannot be a member of one.", member.name)
		}
	}
	if tls := object(p, "tls"); tls != nil {
		full := map[string]any{"validateCertificateChain": true, "validateCertificateName": true}
		maps.Copy(full, tls)
		p["tls"] = full
	}
	return w.useNamedValues("credentials", p["credentials"], p["url"], p["proxy"])
}

// useNamedValues notes the named values that {{…}} in some values stands for.
func (w *write) useNamedValues(target string, values ...any) error {
	for _, name := range tokensIn(values) {
		it := w.svc.namedValue(w.at.scope, name)
		if it == nil {
			return invalid(target, "Cannot find a property '%s'.", name)
		}
		w.item.refer(it.key)
	}
	return nil
}

// tokensIn lists the names in {{…}} anywhere in a value.
func tokensIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		for _, m := range tokenRef.FindAllStringSubmatch(v, -1) {
			out = append(out, m[1])
		}
	case []any:
		for _, e := range v {
			out = append(out, tokensIn(e)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, tokensIn(v[name])...)
		}
	}
	return out
}

// namedValue resolves {{name}}: by display name, in the workspace first.
func (v *service) namedValue(scope *item, name string) *item {
	if scope != nil {
		if it := v.items[v.display[displayKey(scope.key, name)]]; it != nil {
			return it
		}
	}
	return v.items[v.display[displayKey("", name)]]
}

func prepareCache(w *write) error {
	if s := text(w.item.props, "connectionString"); s != "" && !tokenRef.MatchString(s) {
		nv := w.svc.hide(w.at.scope, "Cache-Credentials--", s)
		w.item.props["connectionString"] = "{{" + nv.name + "}}"
		w.item.refer(nv.key)
		return nil
	}
	return w.useNamedValues("connectionString", w.item.props["connectionString"])
}

// prepareLogger hides literal credentials in a named value of the service's making.
func prepareLogger(w *write) error {
	p := w.item.props
	creds := cloneMap(object(p, "credentials"))
	kind := strings.ToLower(text(p, "loggerType"))
	if kind == "applicationinsights" && len(creds) == 0 {
		return invalid("credentials", "An Application Insights logger needs credentials with an instrumentationKey or a connectionString.")
	}
	for _, name := range slices.Sorted(maps.Keys(creds)) {
		s, _ := creds[name].(string)
		if !slices.Contains([]string{"instrumentationKey", "connectionString"}, name) || s == "" || tokenRef.MatchString(s) {
			continue
		}
		nv := w.svc.hide(w.at.scope, "Logger-Credentials--", s)
		creds[name] = "{{" + text(nv.props, "displayName") + "}}"
		w.item.refer(nv.key)
	}
	if creds != nil {
		p["credentials"] = creds
	}
	return w.useNamedValues("credentials", creds)
}

// hide makes a secret named value of the service's own.
func (v *service) hide(scope *item, prefix, secret string) *item {
	name := newID()
	display := prefix + name
	if prefix == "Cache-Credentials--" {
		display = name
	}
	return v.add(scope, "namedValues", name, map[string]any{"displayName": display, "value": secret, "secret": true})
}

// prepareNamedValue demands a value and a display name nobody else has.
func prepareNamedValue(w *write) error {
	p := w.item.props
	vault := object(p, "keyVault")
	if vault == nil && p["value"] == nil {
		return invalid("value", "Either value or keyVault is required.")
	}
	if vault != nil && text(vault, "secretIdentifier") == "" {
		return invalid("keyVault", "The secretIdentifier of a key vault reference is required.")
	}
	other := w.svc.display[displayKey(scopeKey(w.at.scope), text(p, "displayName"))]
	if other != "" && other != w.item.key {
		return conflict("Property with the displayName '%s' already exists.", text(p, "displayName"))
	}
	if vault != nil {
		vault = maps.Clone(vault)
		vault["lastStatus"] = map[string]any{"code": "Success", "timeStampUtc": shortStamp(w.svc.srv.now())}
		p["keyVault"], p["secret"] = vault, true
		if p["value"] == nil {
			p["value"] = "value-of-" + text(vault, "secretIdentifier")
		}
	}
	if w.old != nil {
		w.renamedFrom = text(w.old.props, "displayName")
	}
	if w.partial && w.sent["value"] != nil && w.sent["keyVault"] == nil {
		delete(p, "keyVault")
	}
	return nil
}

func scopeKey(scope *item) string {
	if scope == nil {
		return ""
	}
	return scope.key
}

// storedNamedValue rewrites references after a rename, as the service does.
func storedNamedValue(w *write) error {
	name := text(w.item.props, "displayName")
	if w.renamedFrom == "" || w.renamedFrom == name {
		return nil
	}
	old := regexp.MustCompile(`\{\{\s*` + regexp.QuoteMeta(w.renamedFrom) + `\s*\}\}`)
	for _, it := range w.svc.sortedReferrers(w.item.key) {
		next := *it
		next.props, _ = rewrite(it.props, old, "{{"+name+"}}").(map[string]any)
		w.svc.put(&next)
	}
	return nil
}

func rewrite(v any, old *regexp.Regexp, to string) any {
	switch v := v.(type) {
	case string:
		return old.ReplaceAllLiteralString(v, to)
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = rewrite(out[i], old, to)
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for name := range out {
			out[name] = rewrite(out[name], old, to)
		}
		return out
	}
	return v
}

func showNamedValue(_ *service, _ *item, props map[string]any, _ shown) {
	if truth(props, "secret") {
		delete(props, "value")
	}
	props["provisioningState"] = "Succeeded"
}

// prepareCertificate derives what the service reads out of a certificate. The
// sandbox does not open it: any data will do.
func prepareCertificate(w *write) error {
	p := w.item.props
	data := text(p, "data")
	if data == "" && object(p, "keyVault") == nil {
		return invalid("data", "Either data or keyVault is required.")
	}
	if data == "" {
		data = text(object(p, "keyVault"), "secretIdentifier")
		vault := maps.Clone(object(p, "keyVault"))
		vault["lastStatus"] = map[string]any{"code": "Success", "timeStampUtc": shortStamp(w.svc.srv.now())}
		p["keyVault"] = vault
	}
	sum := sha1.Sum([]byte(data)) //nolint:gosec // See above.
	p["thumbprint"] = strings.ToUpper(hex.EncodeToString(sum[:]))
	p["subject"] = "CN=" + w.item.name
	p["expirationDate"] = shortStamp(w.svc.srv.now().Add(365 * 24 * time.Hour))
	return nil
}

func prepareGateway(w *write) error {
	for _, name := range []string{"primary", "secondary"} {
		if text(w.item.props, name) == "" {
			w.item.props[name] = newKey() + newKey()
		}
	}
	return nil
}

func prepareIdentityProvider(w *write) error {
	if w.item.props["type"] == nil {
		w.item.props["type"] = w.item.name
	}
	if w.sent["clientSecret"] == nil && w.old == nil {
		return invalid("clientSecret", "The clientSecret field is required.")
	}
	return nil
}

func prepareRecipientEmail(w *write) error {
	w.item.props["email"] = w.item.name
	return nil
}

func showNotification(v *service, it *item, props map[string]any, _ shown) {
	emails, users := []any{}, []any{}
	for _, m := range v.below(it) {
		if m.kind.collection() == "recipientUsers" {
			users = append(users, v.targetID(m.refs[0]))
		} else {
			emails = append(emails, v.idOf(m))
		}
	}
	props["recipients"] = map[string]any{"emails": emails, "users": users}
}

func prepareTemplate(w *write) error {
	if w.old != nil {
		props := maps.Clone(w.old.props)
		maps.Copy(props, w.item.props)
		w.item.props = props
	}
	w.item.props["isDefault"] = false
	return nil
}

// resetTemplate makes a deleted template the default one again.
func resetTemplate(v *service, d *drop) error {
	k, parent := d.item.kind, d.item.parent
	d.later = append(d.later, func() error {
		v.mu.Lock()
		defer v.mu.Unlock()
		if err := v.furnishMissing(parent, k); err != nil {
			return err
		}
		return v.commit()
	})
	return nil
}

// furnishMissing makes those items that should always exist and do not.
func (v *service) furnishMissing(parent *item, k *kind) error {
	for name := range k.builtin {
		if v.items[collectionKey(parent, k)+"/"+strings.ToLower(name)] == nil {
			return v.furnishOne(parent, k, name)
		}
	}
	return nil
}

func preparePortalRevision(w *write) error {
	p := w.item.props
	p["status"], p["createdDateTime"], p["updatedDateTime"] = "completed", w.svc.stamp(), w.svc.stamp()
	if w.old != nil {
		p["createdDateTime"] = w.old.props["createdDateTime"]
	}
	if p["isCurrent"] == nil {
		p["isCurrent"] = false
	}
	return nil
}

// tell answers a POST that lists secrets: the named properties.
func tell(names ...string) post {
	return func(c *call, it *item) (*answer, error) {
		out := map[string]any{}
		for _, name := range names {
			out[name] = it.props[name]
		}
		return ok(out), nil
	}
}

// renew makes a key anew.
func renew(name string) post {
	return func(c *call, it *item) (*answer, error) {
		next := *it
		next.props = maps.Clone(it.props)
		next.props[name] = newKey()
		c.svc.put(&next)
		return noContent(c, it)
	}
}

func renewGateway(c *call, it *item) (*answer, error) {
	name := strings.ToLower(text(c.body, "keyType"))
	if name != "primary" && name != "secondary" {
		return nil, invalid("keyType", "keyType has to be primary or secondary.")
	}
	return renew(name)(c, it)
}

func noContent(*call, *item) (*answer, error) { return &answer{status: 204}, nil }
func accepted(*call, *item) (*answer, error)  { return &answer{status: 202}, nil }
func done(*call, *item) (*answer, error)      { return ok(map[string]any{}), nil }

func showAgain(c *call, it *item) (*answer, error) {
	return ok(c.svc.show(it, inGet)).with("ETag", it.etag()), nil
}

func userToken(c *call, it *item) (*answer, error) {
	token := fmt.Sprintf("%s&%s&%s", it.name, c.srv.now().UTC().Format("200601021504"), newKey())
	return ok(map[string]any{"value": token, "token": token}), nil
}

func loginLink(_ *call, it *item) (*answer, error) {
	return ok(map[string]any{"loginLink": "https://login.example.com/" + it.name}), nil
}
