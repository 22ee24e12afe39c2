// Package kubetest brings clusters for tests: one that is a few maps in this
// process, and the API server of Kubernetes itself with the store below it.
//
// The fake answers as the real one does where a publication of a configuration
// can see it: versions, conflicts, rights, immutable and too large objects,
// what a lease must say. One suite runs on both, so that it stays so. It has no
// controllers, as the real one has none here, but for rollouts that end at once
// where a test asks for them.
package kubetest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// AdminToken is the bearer token of who may do everything.
const AdminToken = "administrator"

// An Object is one of JSON.
type Object = map[string]any

// A Fake is the API of a cluster. Use NewFake.
type Fake struct {
	// Rollouts has restarts of workloads end at once, and well.
	Rollouts bool

	mu      sync.Mutex
	before  func(*http.Request)
	objects map[string]Object // by path
	version int
}

// NewFake returns a cluster without any namespace.
func NewFake() *Fake { return &Fake{objects: map[string]Object{}} }

// A call is a request that was understood.
type call struct {
	user, verb      string
	group           string
	namespace, name string
	resource, sub   string
	path            string // of the object, or of those that it is among
	media           string // type of the body
	body            Object
}

// route is the form of paths.
var route = regexp.MustCompile(`^/(?:api/(v1)|apis/([a-z0-9.]+)/(v1))(?:/namespaces/([^/]+))?/([a-z]+)(?:/([^/]+)(?:/([a-z]+))?)?$`)

// groups are the resources that there are, with their groups.
var groups = map[string]string{
	"configmaps": "", "secrets": "", "namespaces": "", "serviceaccounts": "",
	"leases": "coordination.k8s.io", "deployments": "apps", "statefulsets": "apps", "daemonsets": "apps",
	"roles": "rbac.authorization.k8s.io", "rolebindings": "rbac.authorization.k8s.io",
}

// Before has each request handed to a function before it is answered.
func (f *Fake) Before(do func(*http.Request)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = do
}

// interceptor returns what requests are handed to first, or nil.
func (f *Fake) interceptor() func(*http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.before
}

// ServeHTTP answers as the API server of a cluster.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if first := f.interceptor(); first != nil {
		first(r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	answer, err := f.answer(r)
	code := http.StatusOK
	var refusal *refusal
	switch {
	case err != nil:
		refusal = asRefusal(err)
		answer, code = refusal.status(), refusal.code
	case r.Method == http.MethodPost:
		code = http.StatusCreated
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer) // who asked is gone
}

func (f *Fake) answer(r *http.Request) (Object, error) {
	c, err := f.understand(r)
	if err != nil {
		return nil, err
	}
	if err := f.authorize(c); err != nil {
		return nil, err
	}
	switch c.verb {
	case "create":
		if c.sub == "token" {
			return Object{"status": Object{"token": "of " + serviceAccount(c.namespace, c.name)}}, nil
		}
		return f.create(c)
	case "list":
		return f.list(c), nil
	case "get":
		o, ok := f.objects[c.path]
		if !ok {
			return nil, notFound(c)
		}
		return o, nil
	case "delete":
		return f.remove(c)
	}
	return f.change(c)
}

// understand reads a request.
func (f *Fake) understand(r *http.Request) (*call, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	user, isAccount := strings.CutPrefix(token, "of ")
	if !isAccount && token != AdminToken {
		return nil, &refusal{code: http.StatusUnauthorized, reason: "Unauthorized", message: "Unauthorized"}
	}
	if !isAccount {
		user = token
	}
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/api/v1/namespaces/"); ok && !strings.Contains(rest, "/") {
		path = "/api/v1/namespaces/" + rest + "/namespaces/" + rest // a namespace is in itself, for roles
	}
	m := route.FindStringSubmatch(path)
	if m == nil {
		return nil, &refusal{code: http.StatusNotFound, reason: "NotFound", message: "the server could not find the requested resource"}
	}
	c := &call{user: user, group: m[2], namespace: m[4], resource: m[5], name: m[6], sub: m[7], path: r.URL.Path}
	if group, ok := groups[c.resource]; !ok || group != c.group {
		return nil, &refusal{code: http.StatusNotFound, reason: "NotFound", message: "the server could not find the requested resource"}
	}
	if c.sub == "status" {
		c.path = strings.TrimSuffix(c.path, "/status")
	}
	c.verb = map[string]string{
		http.MethodGet: "get", http.MethodPost: "create", http.MethodPut: "update", http.MethodPatch: "patch", http.MethodDelete: "delete",
	}[r.Method]
	if c.verb == "get" && c.name == "" {
		c.verb = "list"
	}
	c.media = r.Header.Get("Content-Type")
	return c, c.readBody(r)
}

func (c *call) readBody(r *http.Request) error {
	text, err := io.ReadAll(r.Body)
	if err != nil || len(text) == 0 {
		return err
	}
	want := "application/json"
	if c.verb == "patch" {
		want = "application/merge-patch+json"
	}
	if c.media != want {
		return &refusal{code: http.StatusUnsupportedMediaType, reason: "UnsupportedMediaType", message: "the body of the request was in an unknown format - accepted media types include: " + want}
	}
	if err := json.Unmarshal(text, &c.body); err != nil {
		// The real one repeats what it was sent.
		return &refusal{code: http.StatusBadRequest, reason: "BadRequest", message: fmt.Sprintf("cannot read %q: %v", text, err)}
	}
	return nil
}

func (f *Fake) create(c *call) (Object, error) {
	if _, ok := f.objects["/api/v1/namespaces/"+c.namespace]; c.resource != "namespaces" && !ok {
		return nil, &refusal{code: http.StatusNotFound, reason: "NotFound", message: fmt.Sprintf("namespaces %q not found", c.namespace)}
	}
	c.name, _ = meta(c.body)["name"].(string)
	c.path += "/" + c.name
	if _, ok := f.objects[c.path]; ok {
		return nil, &refusal{code: http.StatusConflict, reason: "AlreadyExists", message: fmt.Sprintf("%s %q already exists", c.named(), c.name)}
	}
	delete(c.body, "status")
	if err := c.check(nil, c.body); err != nil {
		return nil, err
	}
	return f.store(c, nil, c.body), nil
}

func (f *Fake) list(c *call) Object {
	items := []any{}
	for _, path := range slices.Sorted(maps.Keys(f.objects)) {
		if rest, ok := strings.CutPrefix(path, c.path+"/"); ok && !strings.Contains(rest, "/") {
			items = append(items, f.objects[path])
		}
	}
	return Object{"items": items}
}

func (f *Fake) remove(c *call) (Object, error) {
	o, ok := f.objects[c.path]
	if !ok {
		return nil, notFound(c)
	}
	conditions, _ := c.body["preconditions"].(Object)
	if v, ok := conditions["resourceVersion"]; ok && v != meta(o)["resourceVersion"] {
		return nil, conflict(c)
	}
	delete(f.objects, c.path)
	return Object{"kind": "Status", "status": "Success"}, nil
}

// change replaces or patches an object.
func (f *Fake) change(c *call) (Object, error) {
	old, ok := f.objects[c.path]
	if !ok {
		return nil, notFound(c)
	}
	next := c.body
	if c.verb == "patch" {
		next = merge(old, c.body)
	}
	if c.sub == "status" {
		status := next["status"]
		next = clone(old)
		next["status"] = status
	} else if status, ok := old["status"]; ok {
		next["status"] = status
	}
	given, _ := meta(next)["resourceVersion"].(string)
	if given == "" && c.resource == "leases" {
		return nil, c.invalid("metadata.resourceVersion", "FieldValueInvalid", "must be specified for an update")
	}
	if given != "" && given != meta(old)["resourceVersion"] {
		return nil, conflict(c)
	}
	if err := c.check(old, next); err != nil {
		return nil, err
	}
	return f.store(c, old, next), nil
}

// store keeps an object, with a new version if it is another.
func (f *Fake) store(c *call, old, next Object) Object {
	next = clone(next)
	m := meta(next)
	if m == nil {
		m = Object{}
		next["metadata"] = m
	}
	m["name"] = c.name
	if c.resource != "namespaces" {
		m["namespace"] = c.namespace
	}
	if old != nil {
		m["resourceVersion"], m["generation"] = meta(old)["resourceVersion"], meta(old)["generation"]
		if reflect.DeepEqual(old, next) {
			return old
		}
	}
	f.version++
	m["resourceVersion"] = strconv.Itoa(f.version)
	generation, _ := m["generation"].(float64)
	if _, ok := next["spec"]; ok && (old == nil || !reflect.DeepEqual(old["spec"], next["spec"])) {
		generation++
	}
	m["generation"] = generation
	if f.Rollouts && c.group == "apps" {
		next["status"] = Object{"observedGeneration": generation, "replicas": 1.0, "updatedReplicas": 1.0, "availableReplicas": 1.0}
	}
	f.objects[c.path] = next
	return next
}

// meta returns the metadata of an object, or nil.
func meta(o Object) Object {
	m, _ := o["metadata"].(Object)
	return m
}

func clone(o Object) Object { return merge(o, nil) }

// merge returns an object with a merge patch applied to it.
func merge(o, patch Object) Object {
	out := Object{}
	for name, v := range o {
		if inner, ok := v.(Object); ok {
			v = clone(inner)
		}
		out[name] = v
	}
	for name, v := range patch {
		inner, isObject := v.(Object)
		switch {
		case v == nil:
			delete(out, name)
		case isObject:
			was, _ := out[name].(Object)
			out[name] = merge(was, inner)
		default:
			out[name] = v
		}
	}
	return out
}
