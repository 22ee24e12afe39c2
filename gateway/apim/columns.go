package apim

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/policy"
	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

// What several rows of the table share.
var (
	// both are the places of a kind that exists at the service and in workspaces.
	both = []string{"", "workspace"}

	// armFields are the fields that Azure Resource Manager adds to every resource.
	armFields = []string{"id", "type", "name", "etag", "systemData", "properties.provisioningState"}

	displayName = []string{"properties.displayName"}
	toLogger    = []gateway.Ref{{Field: "properties.loggerId", Kind: "logger"}}
	rawxml      = url.Values{"format": {"rawxml"}}
	policyConst = map[string]any{"properties.format": "rawxml"}
	policyFile  = []gateway.Split{{Field: "properties.value", File: "policy.xml", Equal: policy.Equal}}

	diagnosticDefaults = map[string]any{"properties.logClientIp": false, "properties.operationNameFormat": "Name"}

	// portalSettings and portalConfigs are what a new service has.
	portalSettings = map[string]map[string]any{
		"signin": {"properties": map[string]any{"enabled": false}},
		"signup": {"properties": map[string]any{
			"enabled": true, "termsOfService": map[string]any{"enabled": false, "consentRequired": false}}},
		"delegation": {"properties": map[string]any{
			"subscriptions": map[string]any{"enabled": false}, "userRegistration": map[string]any{"enabled": false}}},
	}
	portalConfigs = map[string]map[string]any{
		"default": {"properties": map[string]any{
			"enableBasicAuth": true, "csp": map[string]any{"mode": "disabled"}, "signin": map[string]any{"require": false},
			"signup":     map[string]any{"termsOfService": map[string]any{"requireConsent": false}},
			"delegation": map[string]any{"delegateRegistration": false, "delegateSubscription": false}}},
	}

	definition = []gateway.Attachment{{
		Pattern: specification, Order: specifications, Equal: sameDefinition, Diff: diffDefinition, Reencode: apidef.Reencode, Within: graphQLSchema,
	}}
)

// specification is the pattern of the file that defines an API.
const specification = "specification.*"

// specifications are its names, in the order in which Azure/apiops looks for
// them: a tree that changed its format may hold the older file yet.
var specifications = []string{"specification.graphql", "specification.wsdl", "specification.wadl", "specification.json", "specification.yaml"}

// omit returns the fields of every resource and those named besides.
func omit(fields ...string) []string { return append(slices.Clone(armFields), fields...) }

// sameDefinition never takes a definition for equal that it cannot read.
func sameDefinition(aName string, a []byte, bName string, b []byte) bool {
	same, err := apidef.Equal(aName, a, bName, b)
	return same && err == nil
}

func diffDefinition(aName string, a []byte, bName string, b []byte) []string {
	lines, err := apidef.Diff(aName, a, bName, b)
	if err != nil {
		return nil // the plan then says only that the file differs
	}
	return lines
}

// isReference reports whether a value is nothing but a reference to a named
// value, or a list of such.
func isReference(v any) bool {
	switch v := v.(type) {
	case string:
		return wholeReference.MatchString(v)
	case []any:
		for _, e := range v {
			if !isReference(e) {
				return false
			}
		}
		return true
	}
	return false
}

var (
	wholeReference = regexp.MustCompile(`^\s*\{\{[A-Za-z0-9._-]+\}\}\s*$`)
	reference      = regexp.MustCompile(`\{\{([A-Za-z0-9._-]+)\}\}`)
)

// generated starts the display names of the named values in which the service
// keeps credentials of loggers.
const generated = "Logger-Credentials--"

// notGenerated passes over the named values that the service made by itself:
// they cannot be carried to another instance, and must not be deleted.
func notGenerated(item map[string]any) (string, bool) {
	name, _ := item["name"].(string)
	return name, !isGenerated(item)
}

// isGenerated reports whether the service made a named value by itself. Older
// tools kept those, too.
func isGenerated(spec map[string]any) bool {
	display, _ := gateway.Field(spec, "properties.displayName").(string)
	return strings.HasPrefix(display, generated)
}

// withDisplayName passes over subscriptions without a name: those that the
// service made with a product, or a developer in the portal. They are runtime
// state, and no service takes one that is described so.
func withDisplayName(item map[string]any) (string, bool) {
	name, _ := item["name"].(string)
	display, _ := gateway.Field(item, "properties.displayName").(string)
	return name, display != ""
}

// inPayload returns the named values that strings in the payload use.
func inPayload(r *gateway.Resource) []gateway.Mention {
	var ms []gateway.Mention
	eachText(r.Spec, func(s string) {
		for _, m := range reference.FindAllStringSubmatch(s, -1) {
			if !strings.HasPrefix(m[1], generated) {
				ms = append(ms, gateway.Mention{Kind: "named value", Field: namedBy["named value"], Value: m[1]})
			}
		}
	})
	return ms
}

func eachText(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case map[string]any:
		for _, e := range v {
			eachText(e, f)
		}
	case []any:
		for _, e := range v {
			eachText(e, f)
		}
	}
}

// inPolicy returns the resources that a policy names.
func inPolicy(r *gateway.Resource) []gateway.Mention {
	text, _ := gateway.Field(r.Spec, "properties.value").(string)
	var ms []gateway.Mention
	for _, ref := range policy.References(text) {
		if field, ok := namedBy[ref.Kind]; ok && !strings.HasPrefix(ref.Name, generated) {
			ms = append(ms, gateway.Mention{Kind: ref.Kind, Field: field, Value: ref.Name})
		}
	}
	return ms
}

// namedBy are the kinds that policies name, and the field they name them by,
// which is "" for the name itself. An authorization is not among them: the
// policy names its provider as well.
var namedBy = map[string]string{
	"named value": "properties.displayName", "policy fragment": "", "backend": "", "certificate": "",
	"authorization provider": "", "logger": "", "schema": "", "api": "",
}

// ofRevision returns the API that a revision belongs to.
func ofRevision(r *gateway.Resource) []gateway.Mention {
	root, _, ok := cutRevision(r.Key.Name())
	if !ok {
		return nil
	}
	return []gateway.Mention{{Kind: "api", Value: root}}
}

// ofPath returns the path that an API serves, which no other may: unless both
// are versions of one API, or revisions.
func ofPath(r *gateway.Resource) []string {
	path, _ := gateway.Field(r.Spec, "properties.path").(string)
	version, _ := gateway.Field(r.Spec, "properties.apiVersion").(string)
	if _, _, revision := cutRevision(r.Key.Name()); revision {
		return nil
	}
	if version != "" {
		return []string{fmt.Sprintf("path %q in version %q", strings.ToLower(path), version)}
	}
	return []string{fmt.Sprintf("path %q", strings.ToLower(path))}
}

// cutRevision splits the name of an API into that of the API as a whole and
// the number of a revision, if it names one.
func cutRevision(name string) (root, revision string, ok bool) {
	i := strings.LastIndex(strings.ToLower(name), ";rev=")
	if i < 0 {
		return name, "", false
	}
	return name[:i], name[i+len(";rev="):], true
}

// wholeAPI returns the name of the API that a revision belongs to.
func wholeAPI(name string) string {
	root, _, _ := cutRevision(name)
	return root
}

// currentOnce passes over the second listing of a current revision: what
// counts is the one under the API's own name.
func currentOnce(item map[string]any) (string, bool) {
	name, _ := item["name"].(string)
	_, _, revision := cutRevision(name)
	current, _ := gateway.Field(item, "properties.isCurrent").(bool)
	return name, !revision || !current
}

// currentOnly passes over revisions: an API is assigned as a whole.
func currentOnly(item map[string]any) (string, bool) {
	name, _ := item["name"].(string)
	_, _, revision := cutRevision(name)
	return name, !revision
}

// isWholeAPI reports whether an API is not one of its other revisions, below
// which the service lists the releases of the API once more.
func isWholeAPI(api *gateway.Resource) bool {
	_, _, revision := cutRevision(api.Key.Name())
	return !revision
}

// ofWholeAPI makes a release one of the API, without the number that the
// service adds of the revision which was current then. A release of that
// number would make the revision current again, in whatever order releases are
// written; which revision is current is said by the API itself.
func ofWholeAPI(spec map[string]any) {
	gateway.EditField(spec, "properties.apiId", func(v any) (any, bool) {
		id, ok := v.(string)
		if !ok {
			return v, true
		}
		root, _, _ := cutRevision(id)
		return root, true
	})
}

func isGraphQL(api *gateway.Resource) bool {
	t, _ := gateway.Field(api.Spec, "properties.type").(string)
	return strings.EqualFold(t, "graphql")
}

// onceOAuth keeps the lists of authorization settings alone: the service
// hands out each setting twice and refuses to take both.
func onceOAuth(spec map[string]any) {
	for one, list := range map[string]string{
		"oAuth2": "oAuth2AuthenticationSettings", "openid": "openidAuthenticationSettings",
	} {
		single := gateway.CutField(spec, "properties.authenticationSettings."+one)
		field := "properties.authenticationSettings." + list
		if m, ok := single.(map[string]any); ok && len(m) > 0 && len(gateway.Values(spec, field+"[]")) == 0 {
			gateway.SetField(spec, field, []any{m})
		}
	}
}

// setByID names the version set of an API by its id alone, of which the
// service shows a copy beside.
func setByID(spec map[string]any) {
	set, _ := gateway.CutField(spec, "properties.apiVersionSet").(map[string]any)
	id, _ := set["id"].(string)
	if gateway.Field(spec, "properties.apiVersionSetId") == nil && id != "" {
		gateway.SetField(spec, "properties.apiVersionSetId", id)
	}
}
