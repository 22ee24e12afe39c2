package kubetest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

// maxData is how many bytes the values of a ConfigMap or Secret have at most.
const maxData = 1 << 20

// A refusal is an answer that is no object.
type refusal struct {
	code            int
	reason, message string
	causes          []any
}

func (r *refusal) Error() string { return r.message }

// status is how the API tells of it.
func (r *refusal) status() Object {
	return Object{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": r.code, "reason": r.reason, "message": r.message,
		"details": Object{"causes": r.causes},
	}
}

func asRefusal(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	return &refusal{code: http.StatusInternalServerError, reason: "InternalError", message: err.Error()}
}

// named is how messages call what is asked for.
func (c *call) named() string {
	if c.group == "" {
		return c.resource
	}
	return c.resource + "." + c.group
}

func notFound(c *call) error {
	return &refusal{code: http.StatusNotFound, reason: "NotFound", message: fmt.Sprintf("%s %q not found", c.named(), c.name)}
}

func conflict(c *call) error {
	return &refusal{code: http.StatusConflict, reason: "Conflict", message: fmt.Sprintf(
		"Operation cannot be fulfilled on %s %q: the object has been modified; please apply your changes to the latest version and try again", c.named(), c.name)}
}

// invalid refuses an object. The real one repeats values, and so does this.
func (c *call) invalid(field, reason, why string) error {
	return &refusal{code: http.StatusUnprocessableEntity, reason: "Invalid",
		message: fmt.Sprintf("%s %q is invalid: %s: %s: %v", c.named(), c.name, field, why, c.body),
		causes:  []any{Object{"field": field, "reason": reason, "message": why}}}
}

// check refuses what no object may be.
func (c *call) check(old, next Object) error {
	switch c.resource {
	case "configmaps", "secrets":
		return c.checkMap(old, next)
	case "leases":
		return c.checkLease(next)
	}
	return nil
}

func (c *call) checkMap(old, next Object) error {
	if old["immutable"] == true && (!reflect.DeepEqual(old["data"], next["data"]) || !reflect.DeepEqual(old["binaryData"], next["binaryData"])) {
		return c.invalid("data", "FieldValueForbidden", "field is immutable when `immutable` is set")
	}
	size := 0
	data, _ := next["data"].(Object)
	binary, _ := next["binaryData"].(Object)
	for _, part := range []struct {
		values  Object
		encoded bool
	}{{data, c.resource == "secrets"}, {binary, true}} {
		for _, name := range slices.Sorted(maps.Keys(part.values)) {
			text, ok := part.values[name].(string)
			n := len(text)
			if part.encoded {
				decoded, err := base64.StdEncoding.DecodeString(text)
				ok = ok && err == nil
				n = len(decoded)
			}
			if !ok {
				return &refusal{code: http.StatusBadRequest, reason: "BadRequest", message: fmt.Sprintf("cannot be handled: %v", part.values)}
			}
			size += n
		}
	}
	for name := range binary {
		if _, twice := data[name]; twice {
			return c.invalid("data["+name+"]", "FieldValueInvalid", "duplicate of key present in binaryData")
		}
	}
	if size > maxData {
		return c.invalid("[]", "FieldValueTooLong", fmt.Sprintf("may not be more than %d bytes", maxData))
	}
	return nil
}

func (c *call) checkLease(next Object) error {
	spec, _ := next["spec"].(Object)
	if n, ok := spec["leaseDurationSeconds"].(float64); ok && n <= 0 {
		return c.invalid("spec.leaseDurationSeconds", "FieldValueInvalid", "must be greater than 0")
	}
	for _, field := range []string{"acquireTime", "renewTime"} {
		text, ok := spec[field].(string)
		if !ok {
			continue
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000000Z07:00", text); err != nil {
			return &refusal{code: http.StatusBadRequest, reason: "BadRequest", message: "cannot be handled: " + err.Error()}
		}
	}
	return nil
}

// serviceAccount returns the user that an account of a namespace is.
func serviceAccount(namespace, name string) string {
	return "system:serviceaccount:" + namespace + ":" + name
}

// authorize refuses what no role of the namespace allows.
func (f *Fake) authorize(c *call) error {
	if c.user == AdminToken {
		return nil
	}
	resource := c.resource
	if c.sub != "" {
		resource += "/" + c.sub
	}
	below := "/apis/rbac.authorization.k8s.io/v1/namespaces/" + c.namespace
	for path, binding := range f.objects {
		if !strings.HasPrefix(path, below+"/rolebindings/") || !binds(binding, c.user) {
			continue
		}
		ref, _ := binding["roleRef"].(Object)
		role := f.objects[fmt.Sprint(below, "/roles/", ref["name"])]
		rules, _ := role["rules"].([]any)
		for _, r := range rules {
			rule, _ := r.(Object)
			if has(rule["verbs"], c.verb) && has(rule["apiGroups"], c.group) && has(rule["resources"], resource) &&
				(rule["resourceNames"] == nil || has(rule["resourceNames"], c.name)) {
				return nil
			}
		}
	}
	return &refusal{code: http.StatusForbidden, reason: "Forbidden", message: fmt.Sprintf(
		"%s %q is forbidden: User %q cannot %s resource %q in API group %q in the namespace %q",
		c.named(), c.name, c.user, c.verb, resource, c.group, c.namespace)}
}

// binds reports whether a binding gives its role to a user.
func binds(binding Object, user string) bool {
	subjects, _ := binding["subjects"].([]any)
	return slices.ContainsFunc(subjects, func(s any) bool {
		subject, _ := s.(Object)
		namespace, _ := subject["namespace"].(string)
		name, _ := subject["name"].(string)
		return subject["kind"] == "ServiceAccount" && serviceAccount(namespace, name) == user
	})
}

func has(list any, text string) bool {
	all, _ := list.([]any)
	return slices.Contains(all, any(text))
}
