package apimtest

import (
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// resource makes the resource of a key, or nil if the service lacks what it
// would refer to.
func (m *maker) resource(key gateway.Key) *gateway.Resource {
	k := m.kinds.Get(key.Kind)
	row := m.samples.row(k)
	properties := m.properties(row, key)
	if properties == nil {
		return nil
	}
	r := &gateway.Resource{Key: key, Spec: map[string]any{}}
	if len(properties) > 0 {
		r.Spec["properties"] = properties
	}
	r.Spec = m.kinds.Normal(k, r.Spec)
	return r
}

// properties returns a payload for a resource of a row: made for it, or one of
// the samples with references to what there is.
func (m *maker) properties(row string, key gateway.Key) map[string]any {
	if f := rows[row]; f != nil {
		return f(m, key)
	}
	variants := m.samples.specs[row]
	properties, _ := gateway.Clone(variants[m.IntN(len(variants))]).(map[string]any)
	if !m.connect(key, properties) {
		return nil
	}
	if len(properties) > 0 && m.IntN(8) == 0 { // a field that only a later version of the service knows
		properties["unheardOf"] = map[string]any{"list": []any{"b", "a", m.IntN(9)}, "on": true}
	}
	return properties
}

// rows are the payloads that samples are no good for.
var rows = map[string]func(*maker, gateway.Key) map[string]any{
	"named value":             (*maker).namedValue,
	"backend":                 (*maker).backend,
	"logger":                  (*maker).logger,
	"cache":                   (*maker).cache,
	"wiki":                    (*maker).wiki,
	"tag operation":           (*maker).tagOperation,
	"certificate":             (*maker).certificate,
	"subscription":            (*maker).subscription,
	"portal setting":          (*maker).portalSetting,
	"policy":                  (*maker).policy,
	"policy fragment":         (*maker).fragment,
	"resolver policy":         (*maker).resolverPolicy,
	"identity provider":       (*maker).identityProvider,
	"api":                     (*maker).apiAgain,
	"authorization server":    (*maker).authorizationServer,
	"openid connect provider": (*maker).openID,
}

// connect fills in names and references of a sample, and reports whether there
// is something to refer to.
func (m *maker) connect(key gateway.Key, v any) bool {
	ok := true
	edit := func(e any, set func(any)) {
		s, isText := e.(string)
		if !isText {
			ok = m.connect(key, e) && ok
			return
		}
		if rest, isRef := strings.CutPrefix(s, "@"); isRef {
			row, _, _ := strings.Cut(rest, ":")
			target, found := m.root(row, key)
			ok = ok && found
			set(m.kinds.ID(target))
			return
		}
		set(strings.ReplaceAll(s, "$name", plain(key.Name())))
	}
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			edit(e, func(n any) { v[name] = n })
		}
	case []any:
		for i, e := range v {
			edit(e, func(n any) { v[i] = n })
		}
	}
	return ok
}

// root is one for what must not be a revision: the API that owns from, if from
// is below one and an API is asked for.
func (m *maker) root(row string, from gateway.Key) (gateway.Key, bool) {
	for p := from; row == "api" && !p.IsZero(); p = m.kinds.Parent(p) {
		if p.Kind == scoped(from.Kind, "api") {
			return p, true
		}
	}
	key, ok := m.one(row, from)
	name, _, _ := strings.Cut(key.Name(), ";rev=")
	if !ok {
		return key, false
	}
	return m.kinds.Parent(key).Child(key.Kind, name), true
}

func (m *maker) word() string {
	words := []string{"alpha", "beta", "Γάμμα", "two words", "tab\tand \"quotes\"", "a & b < c", "line one\nline two", "{not a value}", "ends with space "}
	return words[m.IntN(len(words))]
}

func (m *maker) maybe(properties map[string]any, field string, v any) {
	if m.IntN(2) == 0 {
		properties[field] = v
	}
}

func (m *maker) namedValue(key gateway.Key) map[string]any {
	p := map[string]any{"displayName": "value-" + plain(key.Name())}
	m.maybe(p, "tags", []any{"b", "a"})
	switch m.IntN(4) {
	case 0:
		p["secret"], p["value"] = true, "hush "+m.word()
	case 1:
		p["secret"], p["keyVault"] = true, map[string]any{"secretIdentifier": fmt.Sprintf("https://vault.example.com/secrets/%d", m.IntN(9))}
		m.maybe(p["keyVault"].(map[string]any), "identityClientId", "ceaa6b06-c00f-43ef-99ac-f53d1fe876a0")
	default:
		p["value"] = m.word()
	}
	return p
}

// reference returns a reference to a named value, if there is one.
func (m *maker) reference(from gateway.Key) (string, bool) {
	key, ok := m.one("named value", from)
	return "{{value-" + plain(key.Name()) + "}}", ok
}

func (m *maker) backend(key gateway.Key) map[string]any {
	p := map[string]any{}
	m.maybe(p, "description", m.word())
	member, pool := m.member(key)
	pool = pool && m.IntN(2) == 0
	if was := m.byKey[key]; was != nil { // members of pools may be no pools
		pool = gateway.Field(was.Spec, "properties.pool") != nil
	}
	if pool {
		p["type"] = "Pool"
		p["pool"] = map[string]any{"services": []any{map[string]any{"id": m.kinds.ID(member), "priority": 1, "weight": m.IntN(9)}}}
		return p
	}
	p["url"], p["protocol"] = fmt.Sprintf("https://%d.example.com/a%%20b?c=d", m.IntN(9)), "http"
	m.maybe(p, "tls", map[string]any{"validateCertificateChain": m.IntN(2) == 0, "validateCertificateName": true})
	credentials := map[string]any{}
	if ref, ok := m.reference(key); ok {
		m.maybe(credentials, "header", map[string]any{"X-Key": []any{ref}, "x-other": []any{"literal"}})
		m.maybe(credentials, "query", map[string]any{"q": []any{ref}})
		m.maybe(credentials, "authorization", map[string]any{"scheme": "Basic", "parameter": ref})
	}
	if cert, ok := m.one("certificate", key); ok {
		m.maybe(credentials, "certificateIds", []any{m.kinds.ID(cert)})
	}
	if len(credentials) > 0 {
		p["credentials"] = credentials
	}
	return p
}

// member returns another backend, which is no pool.
func (m *maker) member(key gateway.Key) (gateway.Key, bool) {
	for _, other := range m.near("backend", key.Kind, key) {
		if other != key && gateway.Field(m.byKey[other].Spec, "properties.pool") == nil {
			return other, true
		}
	}
	return gateway.Key{}, false
}

func (m *maker) logger(key gateway.Key) map[string]any {
	p := map[string]any{"loggerType": "azureMonitor"}
	m.maybe(p, "isBuffered", m.IntN(2) == 0)
	m.maybe(p, "description", m.word())
	if ref, ok := m.reference(key); ok && m.IntN(2) == 0 {
		p["loggerType"] = "applicationInsights"
		p["credentials"] = map[string]any{"instrumentationKey": ref}
	}
	return p
}

func (m *maker) cache(key gateway.Key) map[string]any {
	ref, ok := m.reference(key)
	if !ok {
		return nil
	}
	p := map[string]any{"connectionString": ref, "useFromLocation": "default"}
	m.maybe(p, "description", m.word())
	return p
}

func (m *maker) wiki(gateway.Key) map[string]any {
	var documents []any
	for _, doc := range m.keys["documentation"] {
		documents = append(documents, map[string]any{"documentationId": doc.Name()})
	}
	if documents == nil {
		return nil
	}
	m.Shuffle(len(documents), func(i, j int) { documents[i], documents[j] = documents[j], documents[i] })
	return map[string]any{"documents": documents}
}

func (m *maker) tagOperation(key gateway.Key) map[string]any {
	api, op, _ := strings.Cut(key.Name(), "/")
	names := append(key.Names()[:len(key.Names())-2:len(key.Names())-2], api, op)
	return map[string]any{"operationId": m.kinds.ID(gateway.NewKey(scoped(key.Kind, "api operation"), names...))}
}

func (m *maker) certificate(gateway.Key) map[string]any {
	if m.IntN(3) == 0 {
		return map[string]any{"data": "bm90IGEgY2VydGlmaWNhdGU=", "password": "hush"}
	}
	return map[string]any{"keyVault": map[string]any{"secretIdentifier": fmt.Sprintf("https://vault.example.com/secrets/%d", m.IntN(9))}}
}

func (m *maker) subscription(key gateway.Key) map[string]any {
	p := map[string]any{"displayName": "Subscription " + plain(key.Name())}
	m.maybe(p, "allowTracing", true)
	m.maybe(p, "primaryKey", "hush-primary-"+plain(key.Name()))
	rows := []string{"product", "api"}
	target, ok := m.root(rows[m.IntN(2)], key)
	if !ok {
		return nil
	}
	p["scope"] = m.kinds.ID(target)
	return p
}

func (m *maker) portalSetting(key gateway.Key) map[string]any {
	switch key.Name() {
	case "signup":
		return map[string]any{"enabled": m.IntN(2) == 0, "termsOfService": map[string]any{
			"enabled": m.IntN(2) == 0, "consentRequired": m.IntN(2) == 0, "text": m.word()}}
	case "delegation":
		return map[string]any{"url": "https://example.com/delegation", "validationKey": "aHVzaA==",
			"subscriptions": map[string]any{"enabled": m.IntN(2) == 0}, "userRegistration": map[string]any{"enabled": m.IntN(2) == 0}}
	}
	return map[string]any{"enabled": m.IntN(2) == 0}
}

func (m *maker) identityProvider(key gateway.Key) map[string]any {
	p := map[string]any{"type": key.Name(), "clientId": m.word(), "clientSecret": "hush"}
	m.maybe(p, "allowedTenants", []any{"b.example.com", "a.example.com"})
	return p
}

func (m *maker) authorizationServer(key gateway.Key) map[string]any {
	p, _ := gateway.Clone(m.samples.specs["authorization server"][m.IntN(2)]).(map[string]any)
	m.connect(key, p)
	m.maybe(p, "clientSecret", "hush")
	m.maybe(p, "description", m.word())
	return p
}

func (m *maker) openID(key gateway.Key) map[string]any {
	p, _ := gateway.Clone(m.samples.specs["openid connect provider"][m.IntN(2)]).(map[string]any)
	m.connect(key, p)
	m.maybe(p, "clientSecret", "hush")
	return p
}
