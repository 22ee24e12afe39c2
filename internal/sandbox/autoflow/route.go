package autoflow

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// router finds the operation of an API that a request is for.
type router struct {
	routes []*route // what is written out before what stands for anything
}

// route is one path of an API.
type route struct {
	text     string // the path as it is written
	segments []segment
	methods  map[string]*operation
}

// segment is a part of a path between slashes.
type segment struct {
	literal string
	pattern *regexp.Regexp // nil: literal
	names   []string       // of the pattern's groups
}

// operation is an operation of an API, and what a server does for it.
type operation struct {
	api    apiReference
	method string
	path   string
	raw    map[string]any // as the OpenAPI document has it
	root   map[string]any // that document
	event  *event         // nil: the server does nothing for it
}

// httpMethods are the keys of a path that are operations.
func httpMethods() []string {
	return []string{"delete", "get", "head", "options", "patch", "post", "put", "trace"}
}

// route makes the router of a server: all paths of the APIs that its setting or its
// events refer to.
func (c *configuration) route(s *serverConfig, refs []apiReference) (*router, error) {
	for _, e := range s.events {
		refs = append(refs, e.Event.API)
	}
	r := &router{}
	operations := map[string]*operation{}
	done := map[apiReference]bool{}
	for _, ref := range refs {
		if done[ref] {
			continue
		}
		done[ref] = true
		if err := c.addAPI(r, ref, operations); err != nil {
			return nil, err
		}
	}
	for i := range s.events {
		e := &s.events[i]
		ref, method := e.Event.API, strings.ToUpper(e.Event.Operation.Method)
		op := operations[operationID(ref, method, e.Event.Operation.Path)]
		switch {
		case op == nil:
			return nil, fmt.Errorf("events[%d]: API %q version %q has no operation %s %s", i, ref.ID, ref.Version, method, e.Event.Operation.Path)
		case op.event != nil:
			c.warn("server %q has two events for %s %s: the first counts", s.id, method, op.path)
		default:
			op.event = e
		}
	}
	slices.SortStableFunc(r.routes, compareRoutes)
	return r, nil
}

func operationID(ref apiReference, method, path string) string {
	return strings.Join([]string{ref.ID, ref.Version, method, path}, "\n")
}

// addAPI adds the paths of a version of an API.
func (c *configuration) addAPI(r *router, ref apiReference, operations map[string]*operation) error {
	versions, ok := c.apis[ref.ID]
	if !ok {
		return fmt.Errorf("there is no API %q", ref.ID)
	}
	raw, ok := versions[ref.Version]
	if !ok {
		return fmt.Errorf("API %q has no version %q", ref.ID, ref.Version)
	}
	var doc map[string]any
	if err := decode(raw, &doc); err != nil {
		return fmt.Errorf("API %q version %q: %w", ref.ID, ref.Version, err)
	}
	paths, ok := doc["paths"].(map[string]any)
	if !ok && doc["paths"] != nil {
		return fmt.Errorf("API %q version %q: paths: want an object", ref.ID, ref.Version)
	}
	for _, path := range sorted(paths) {
		item, _ := paths[path].(map[string]any)
		methods := map[string]*operation{}
		for _, method := range httpMethods() {
			if held, ok := item[method]; ok {
				op := &operation{api: ref, method: strings.ToUpper(method), path: path, root: doc}
				op.raw, _ = held.(map[string]any)
				methods[op.method] = op
				operations[operationID(ref, op.method, path)] = op
			}
		}
		for _, base := range basePaths(doc) {
			r.routes = append(r.routes, &route{text: base + path, segments: segments(base + path), methods: methods})
		}
	}
	return nil
}

// basePaths are the paths of an API's addresses, or the empty one.
func basePaths(doc map[string]any) []string {
	var bases []string
	servers, _ := doc["servers"].([]any)
	for _, s := range servers {
		server, _ := s.(map[string]any)
		text, _ := server["url"].(string)
		variables, _ := server["variables"].(map[string]any)
		for _, name := range sorted(variables) {
			variable, _ := variables[name].(map[string]any)
			preset, _ := variable["default"].(string)
			text = strings.ReplaceAll(text, "{"+name+"}", preset)
		}
		if u, err := url.Parse(text); err == nil {
			bases = append(bases, strings.TrimSuffix(u.Path, "/"))
		}
	}
	if len(bases) == 0 {
		return []string{""}
	}
	slices.Sort(bases)
	return slices.Compact(bases)
}

var parameter = regexp.MustCompile(`\{([^{}]+)\}`)

// segments takes a path apart.
func segments(path string) []segment {
	var all []segment
	path = strings.ToValidUTF8(path, "\uFFFD") // an escaped address may hold anything
	for _, text := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		if name, is := strings.CutPrefix(text, ":"); is && name != "" {
			text = "{" + name + "}"
		}
		s := segment{literal: text}
		if found := parameter.FindAllStringSubmatchIndex(text, -1); found != nil {
			pattern, end := "(?s)^", 0
			for _, at := range found {
				pattern += regexp.QuoteMeta(text[end:at[0]]) + "(.+?)"
				s.names = append(s.names, text[at[2]:at[3]])
				end = at[1]
			}
			s.pattern = regexp.MustCompile(pattern + regexp.QuoteMeta(text[end:]) + "$")
		}
		all = append(all, s)
	}
	return all
}

// compareRoutes puts the route first that is written out where the other is not.
func compareRoutes(a, b *route) int {
	for i := range min(len(a.segments), len(b.segments)) {
		x, y := a.segments[i], b.segments[i]
		switch {
		case x.pattern == nil && y.pattern != nil:
			return -1
		case x.pattern != nil && y.pattern == nil:
			return 1
		}
	}
	return 0
}

// find returns the operation for a request and the values in its path. Without one
// it says which methods there are; none means that the path is unknown.
func (r *router) find(req *http.Request) (op *operation, values map[string]any, methods []string) {
	parts := strings.Split(strings.TrimPrefix(req.URL.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = plain
		}
	}
	for _, route := range r.routes {
		values, ok := route.match(parts)
		if !ok {
			continue
		}
		if op := route.methods[req.Method]; op != nil {
			return op, values, nil
		}
		methods = append(methods, sorted(route.methods)...)
	}
	slices.Sort(methods)
	return nil, nil, slices.Compact(methods)
}

// match matches the parts of a path and returns the values of its parameters.
func (r *route) match(parts []string) (map[string]any, bool) {
	if len(parts) != len(r.segments) {
		return nil, false
	}
	values := map[string]any{}
	for i, s := range r.segments {
		if s.pattern == nil {
			if parts[i] != s.literal {
				return nil, false
			}
			continue
		}
		found := s.pattern.FindStringSubmatch(parts[i])
		if found == nil {
			return nil, false
		}
		for j, name := range s.names {
			values[name] = found[j+1]
		}
	}
	return values, true
}
