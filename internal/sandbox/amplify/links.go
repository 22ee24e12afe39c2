package amplify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// link says that a field holds names of other resources. When the target of a hard
// link goes, the referrer goes; that of a soft one loses the name.
type link struct {
	from  string // kind
	field string // path in the body; [] stands for each entry of a list
	to    string // kind
	hard  bool

	target *kind
}

// sub is the subresource that holds the field, or nothing.
func (l link) sub() string {
	top, _, _ := strings.Cut(strings.ReplaceAll(l.field, "[]", ""), ".")
	if top == "spec" {
		return ""
	}
	return top
}

// links is the table of links. A target stands in the referrer's scope, or in none.
func links() []link {
	return []link{
		{from: "management/APIServiceRevision", field: "spec.apiService", to: "management/APIService", hard: true},
		{from: "management/APIServiceInstance", field: "spec.apiServiceRevision", to: "management/APIServiceRevision", hard: true},
		{from: "management/APIServiceInstance", field: "spec.accessRequestDefinition", to: "management/AccessRequestDefinition"},
		{from: "management/APIServiceInstance", field: "spec.credentialRequestDefinitions[]", to: "management/CredentialRequestDefinition"},
		{from: "management/AccessRequest", field: "spec.apiServiceInstance", to: "management/APIServiceInstance", hard: true},
		{from: "management/AccessRequest", field: "spec.managedApplication", to: "management/ManagedApplication", hard: true},
		{from: "management/AccessRequestDefinition", field: "spec.applicationProfileDefinition", to: "management/ApplicationProfileDefinition"},
		{from: "management/AccessRequestDefinition", field: "webhooks[]", to: "management/Webhook"},
		{from: "management/Credential", field: "spec.managedApplication", to: "management/ManagedApplication", hard: true},
		{from: "management/Credential", field: "spec.credentialRequestDefinition", to: "management/CredentialRequestDefinition", hard: true},
		{from: "management/CredentialRequestDefinition", field: "webhooks[]", to: "management/Webhook"},
		{from: "management/ManagedApplicationProfile", field: "spec.managedApplication", to: "management/ManagedApplication", hard: true},
		{from: "management/DataplaneSecret", field: "spec.dataplane", to: "management/Dataplane", hard: true},
		{from: "management/ResourceHook", field: "spec.webhooks[]", to: "management/Webhook"},
		{from: "management/Webhook", field: "spec.auth.secret.name", to: "management/Secret"},
		{from: "catalog/Asset", field: "spec.categories[]", to: "catalog/Category"},
		{from: "catalog/AssetMapping", field: "spec.inputs.stage", to: "catalog/Stage"},
		{from: "catalog/AssetRequestDefinition", field: "webhooks[]", to: "catalog/Webhook"},
		{from: "catalog/AssetResource", field: "spec.stage", to: "catalog/Stage"},
		{from: "catalog/CredentialRequestDefinition", field: "webhooks[]", to: "catalog/Webhook"},
		{from: "catalog/Product", field: "spec.assets[].name", to: "catalog/Asset"},
		{from: "catalog/Product", field: "spec.categories[]", to: "catalog/Category"},
		{from: "catalog/ProductPlan", field: "spec.product", to: "catalog/Product", hard: true},
		{from: "catalog/ProductPlan", field: "spec.subscription.definition", to: "catalog/SubscriptionRequestDefinition"},
		{from: "catalog/Quota", field: "spec.unit", to: "catalog/ProductPlanUnit"},
		{from: "catalog/Subscription", field: "spec.plan", to: "catalog/ProductPlan", hard: true},
		{from: "catalog/Webhook", field: "spec.auth.secret.name", to: "catalog/Secret"},
	}
}

var linkPattern = regexp.MustCompile(`^([a-z][a-z0-9]*/[A-Z][A-Za-z0-9]*):([A-Za-z0-9_.\[\]-]+)=([a-z][a-z0-9]*/[A-Z][A-Za-z0-9]*)(,hard)?$`)

// parseLink reads "group/Kind:field=group/Kind", with ",hard" after it or not.
func parseLink(spec string) (link, error) {
	m := linkPattern.FindStringSubmatch(spec)
	if m == nil {
		return link{}, fmt.Errorf("add link %q: write it as group/Kind:field=group/Kind[,hard]", spec)
	}
	return link{from: m[1], field: m[2], to: m[3], hard: m[4] != ""}, nil
}

// link gives the kinds their links, with more than the table has; see
// Options.ExtraLinks.
func (t *table) link(extra []string) error {
	all := links()
	for _, spec := range extra {
		l, err := parseLink(spec)
		if err != nil {
			return err
		}
		all = append(all, l)
	}
	for _, l := range all {
		from := t.byRef[l.from]
		l.target = t.byRef[l.to]
		if from == nil || l.target == nil {
			return fmt.Errorf("link %s to %s: the table of kinds lacks one of them", l.from, l.to)
		}
		if err := l.check(from); err != nil {
			return fmt.Errorf("link %s to %s: %w", l.from, l.to, err)
		}
		from.links = append(from.links, l)
	}
	return nil
}

// check finds what would make a link of a kind lead nowhere.
func (l link) check(from *kind) error {
	if sub := l.sub(); !strings.HasPrefix(l.field, "spec.") && (!from.hasSub(sub) || isLanguage(sub)) {
		return fmt.Errorf("%s is neither in the spec nor in a subresource", l.field)
	}
	if len(l.target.scopes) > 0 && !slices.ContainsFunc(from.scopes, l.target.heldBy) {
		return fmt.Errorf("a %s is found beside what names it, and no scope holds both kinds", l.target.name)
	}
	return nil
}

// keyFor is the key of what a link's name stands for, as seen from a referrer.
func (l link) keyFor(o *object, name string) string {
	if len(l.target.scopes) == 0 {
		return keyOf("", l.target, name)
	}
	return keyOf(o.scope, l.target, name)
}

// names collects what the link's field holds.
func (l link) names(o *object) []string {
	var out []string
	l.walk(o.body(), func(name string) any {
		out = append(out, name)
		return name
	})
	return out
}

// walk replaces each name that the field holds by what change makes of it. Where that
// is nil, a name in a list is taken out, and another field becomes null.
func (l link) walk(body map[string]any, change func(string) any) {
	walkField(body, strings.Split(l.field, "."), change)
}

func walkField(at map[string]any, path []string, change func(string) any) {
	field, isList := strings.CutSuffix(path[0], "[]")
	value := at[field]
	if !isList {
		if next := walkValue(value, path[1:], change); value != nil {
			at[field] = next
		}
		return
	}
	list, _ := value.([]any)
	kept := make([]any, 0, len(list))
	for _, entry := range list {
		if next := walkValue(entry, path[1:], change); next != nil {
			kept = append(kept, next)
		}
	}
	if list != nil {
		at[field] = kept
	}
}

func walkValue(value any, path []string, change func(string) any) any {
	switch v := value.(type) {
	case map[string]any:
		if len(path) > 0 {
			walkField(v, path, change)
		}
	case string:
		if len(path) == 0 && v != "" {
			return change(v)
		}
	}
	return value
}
