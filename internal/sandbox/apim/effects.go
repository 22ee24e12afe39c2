package apim

import (
	"crypto/sha1" //nolint:gosec // Certificate thumbprints are SHA-1 by definition.
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
)

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
