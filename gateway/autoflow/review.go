package autoflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A reviewer looks at all resources of a configuration together.
type reviewer struct {
	specs    map[gateway.Key]map[string]any
	known    map[string]bool // references to secrets that have a value
	secret   func(string) (string, bool)
	findings []gateway.Finding
}

// review returns the check of a table of kinds. secret knows values that the
// configuration does not have; nil knows none.
func review(secret func(string) (string, bool)) func(have, after []*gateway.Resource) []gateway.Finding {
	return func(have, after []*gateway.Resource) []gateway.Finding {
		r := &reviewer{specs: map[gateway.Key]map[string]any{}, known: map[string]bool{}, secret: secret}
		for _, res := range after {
			r.specs[res.Key] = res.Spec
		}
		was := map[gateway.Key]map[string]any{}
		for _, res := range have {
			was[res.Key] = res.Spec
			r.learn(res.Spec)
		}
		r.product(was)
		for _, res := range after {
			r.resource(res)
			r.secrets(res, was[res.Key])
		}
		r.ports(after)
		return r.findings
	}
}

// lacks reports a reference to what is not there.
func (r *reviewer) lacks(missing, key gateway.Key, path []string, step, format string, args ...any) {
	r.report(key, append(slices.Clip(path), step), format, args...)
	r.findings[len(r.findings)-1].Lacks = missing
}

func (r *reviewer) report(key gateway.Key, path []string, format string, args ...any) {
	r.findings = append(r.findings, gateway.Finding{Key: key, Pointer: gateway.Pointer(path...), Text: fmt.Sprintf(format, args...)})
}

func (r *reviewer) has(kind string, names ...string) bool {
	_, ok := r.specs[gateway.NewKey(kind, names...)]
	return ok
}

// product refuses a configuration of another generation.
func (r *reviewer) product(was map[gateway.Key]map[string]any) {
	key := gateway.NewKey("product", "product")
	if err := sameMajor(was[key], r.specs[key]); err != nil {
		r.report(key, []string{"version"}, "%s", strings.TrimPrefix(err.Error(), gateway.ErrInvalid.Error()+": "))
	}
}

// resource checks what a payload refers to.
func (r *reviewer) resource(res *gateway.Resource) {
	kind := res.Key.Kind + " version"
	if current, ok := res.Spec["currentVersion"].(string); ok && current != "" && !r.has(kind, res.Key.Name(), current) {
		r.lacks(gateway.NewKey(kind, res.Key.Name(), current), res.Key, nil, "currentVersion", "runs version %s, which the %s does not have", current, res.Key.Kind)
	}
	r.walk(res.Key, res.Spec, nil)
}

func (r *reviewer) walk(key gateway.Key, v any, path []string) {
	switch v := v.(type) {
	case map[string]any:
		name, _ := v["__struct__"].(string)
		if check := checks()[name]; check != nil && check(r, key, v, path) {
			return // what is in it would only say the same again
		}
		for _, name := range sortedNames(v) {
			r.walk(key, v[name], append(slices.Clip(path), name))
		}
	case []any:
		for i, e := range v {
			r.walk(key, e, append(slices.Clip(path), strconv.Itoa(i)))
		}
	}
}

// A check looks at a reference and reports whether it found something.
type check func(r *reviewer, key gateway.Key, ref map[string]any, path []string) bool

// checks are those of references, by the name of their structure.
func checks() map[string]check {
	return map[string]check{
		"APIReference":              versionCheck("api", "API"),
		"ServiceReference":          versionCheck("service", "service"),
		"ClientReference":           versionCheck("client", "client"),
		"APIOperationReference":     (*reviewer).apiOperation,
		"ServiceOperationReference": (*reviewer).serviceOperation,
		"SecurityReference":         (*reviewer).security,
	}
}

// versionCheck is for references to an entry of a section, and perhaps to a
// version of it.
func versionCheck(kind, word string) check {
	return func(r *reviewer, key gateway.Key, ref map[string]any, path []string) bool {
		id, _ := ref["id"].(string)
		version, _ := ref["version"].(string)
		switch {
		case id == "":
			return false
		case !r.has(kind, id):
			r.lacks(gateway.NewKey(kind, id), key, path, "id", "refers to the %s %q, which is not there", word, id)
		case version != "" && !r.has(kind+" version", id, version):
			r.lacks(gateway.NewKey(kind+" version", id, version), key, path, "version", "refers to version %s of the %s %q, which is not there", version, word, id)
		default:
			return false
		}
		return true
	}
}

// document returns the OpenAPI document that a reference to an API names, or nil.
func (r *reviewer) document(ref map[string]any) (doc map[string]any, name string) {
	id, _ := ref["id"].(string)
	version, _ := ref["version"].(string)
	return r.specs[gateway.NewKey("api version", id, version)], fmt.Sprintf("version %s of the API %q", version, id)
}

func (r *reviewer) apiOperation(key gateway.Key, ref map[string]any, path []string) bool {
	doc, name := r.document(member(ref, "apiReference"))
	op := member(ref, "operationReference")
	method, _ := op["method"].(string)
	at, _ := op["path"].(string)
	if doc == nil || method == "" || at == "" || member(member(doc, "paths"), at)[method] != nil {
		return false
	}
	r.report(key, append(slices.Clip(path), "operationReference"), "refers to the operation %s %s, which %s does not have", strings.ToUpper(method), at, name)
	return true
}

func (r *reviewer) serviceOperation(key gateway.Key, ref map[string]any, path []string) bool {
	service := member(ref, "serviceReference")
	id, _ := service["id"].(string)
	version, _ := service["version"].(string)
	op, _ := ref["id"].(string)
	if op == "" || !r.has("service version", id, version) || r.has("service operation", id, version, op) {
		return false
	}
	r.lacks(gateway.NewKey("service operation", id, version, op), key, path, "id", "refers to the operation %q, which version %s of the service %q does not have", op, version, id)
	return true
}

func (r *reviewer) security(key gateway.Key, ref map[string]any, path []string) bool {
	doc, name := r.document(member(ref, "apiReference"))
	scheme, _ := ref["name"].(string)
	if doc == nil || scheme == "" || member(member(doc, "components"), "securitySchemes")[scheme] != nil {
		return false
	}
	r.report(key, append(slices.Clip(path), "name"), "refers to the security scheme %q, which %s does not have", scheme, name)
	return true
}

// ports reports servers that would listen on one port. An offset moves all of
// them, so it makes no difference.
func (r *reviewer) ports(after []*gateway.Resource) {
	holder := map[int]string{}
	for _, res := range slices.SortedFunc(slices.Values(after), func(a, b *gateway.Resource) int { return a.Key.Compare(b.Key) }) {
		if res.Key != gateway.NewKey("server", res.Key.Name()) {
			continue
		}
		current, _ := res.Spec["currentVersion"].(string)
		key := res.Key.Child("server version", current)
		port, ok := portOf(r.specs[key])
		if !ok {
			continue
		}
		if other, taken := holder[port]; taken {
			r.report(key, []string{"setting", "port"}, "listens on port %d, as the server %q does", port, other)
			continue
		}
		holder[port] = res.Key.Name()
	}
}

// learn notes the references that stand for secrets of the configuration.
func (r *reviewer) learn(spec map[string]any) {
	eachSecret(spec, func(v any) (any, bool) {
		if s, ok := v.(string); ok {
			r.known[s] = true
		}
		return v, true
	})
}

// secrets reports references of which nobody knows the value. A payload that
// had a secret in the same place keeps that.
func (r *reviewer) secrets(res *gateway.Resource, was map[string]any) {
	had := map[string]bool{}
	walkSecrets(gateway.Clone(was), nil, func(path []string, v any) (any, bool) {
		had[gateway.Pointer(path...)] = v != ""
		return v, true
	})
	walkSecrets(gateway.Clone(res.Spec), nil, func(path []string, v any) (any, bool) {
		s, _ := v.(string)
		m := reference.FindStringSubmatch(s)
		if m == nil || r.known[s] || had[gateway.Pointer(path...)] || isExample(path) {
			return v, true
		}
		if r.secret != nil {
			if _, ok := r.secret(m[1]); ok {
				return v, true
			}
		}
		r.report(res.Key, path, "%s", lacksSecret(m[1]))
		r.findings[len(r.findings)-1].Alone = true
		return v, true
	})
}

// lacksSecret says what to do about a secret without a value.
func lacksSecret(names ...string) string {
	return fmt.Sprintf("no value for the secret %s: set it in the environment of the publisher, with AUTOFLOW_SECRET_ before its name, or put it in an override",
		strings.Join(names, ", "))
}

// isExample reports whether a place is in an example or a test, of which the
// secrets are made up more often than not. Without a value the reference stays.
func isExample(path []string) bool {
	return slices.ContainsFunc(path, func(s string) bool {
		return s == "x-request-examples" || s == "test" || s == "example" || s == "examples"
	})
}
