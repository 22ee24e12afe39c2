package autoflow

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxBody is how much of a request is read.
const maxBody = 1 << 20

// request is what a flow sees of a request. A captured request in a configuration
// has these fields.
type request struct{ fields map[string]any }

// newRequest reads a request; values are those of its path.
func newRequest(r *http.Request, values map[string]any) (*request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	header, query, cookie := map[string]any{}, map[string]any{}, map[string]any{}
	for name := range r.Header {
		header[strings.ToLower(name)] = r.Header.Get(name)
	}
	for name, all := range r.URL.Query() {
		query[name] = all[0]
	}
	for _, c := range r.Cookies() {
		cookie[c.Name] = c.Value
	}
	fields := map[string]any{
		"body": string(body), "header": header, "query": query, "cookie": cookie, "path": values,
		"method": strings.ToLower(r.Method), "uri": "http://" + r.Host + r.URL.RequestURI(),
	}
	if strings.Contains(r.Header.Get("Content-Type"), "json") {
		var v any
		if decode(body, &v) == nil {
			fields["body"] = v
		}
	}
	return &request{fields}, nil
}

// scope is what references of a flow can lead to.
type scope struct {
	request *request
	writes  []write // in order
}

// write is what an action puts into the variables.
type write struct {
	path  []any
	value any
	known bool
}

// eval returns what a value comes to, and whether that is known: no flow runs here.
func (s *scope) eval(v any) (any, bool) {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			var known bool
			if list[i], known = s.eval(e); !known {
				return nil, false
			}
		}
		return list, true
	case map[string]any:
		return s.evalObject(v)
	}
	return v, true
}

func (s *scope) evalObject(v map[string]any) (any, bool) {
	kind, typed := v["__struct__"]
	switch kind {
	case "ScopeReference":
		path, _ := v["path"].([]any)
		switch v["scope"] {
		case "request":
			return descend(s.request.fields, path), true
		case "variables":
			return s.variable(path)
		}
		return nil, false
	case "ObjectMapping":
		return s.evalMapping(v)
	}
	if typed {
		return nil, false
	}
	object := make(map[string]any, len(v))
	for name, e := range v {
		var known bool
		if object[name], known = s.eval(e); !known {
			return nil, false
		}
	}
	return object, true
}

// evalMapping makes an object of its keys and values.
func (s *scope) evalMapping(v map[string]any) (any, bool) {
	object := map[string]any{}
	list, _ := v["values"].([]any)
	for _, e := range list {
		pair, _ := e.(map[string]any)
		name, ok := pair["key"].(string)
		if !ok {
			return nil, false
		}
		if pair["exclude"] == true {
			continue
		}
		value, known := s.eval(pair["value"])
		if !known {
			return nil, false
		}
		if value == nil {
			if value, known = s.eval(pair["default"]); !known {
				return nil, false
			}
		}
		object[name] = value
	}
	return object, true
}

// variable looks up what actions wrote: the last one that wrote there counts.
func (s *scope) variable(path []any) (any, bool) {
	for i := len(s.writes) - 1; i >= 0; i-- {
		w := s.writes[i]
		if n := len(w.path); n <= len(path) && within(w.path, path) {
			return descend(w.value, path[n:]), w.known
		}
		if within(path, w.path) {
			return nil, false // part of it was written later
		}
	}
	return nil, false
}

// within reports whether the first of two paths is the beginning of the other.
func within(begin, path []any) bool {
	if len(begin) > len(path) {
		return false
	}
	for i, e := range begin {
		if text(e) != text(path[i]) {
			return false
		}
	}
	return true
}

// descend follows a path into a value; what is not there is nil.
func descend(v any, path []any) any {
	for _, e := range path {
		switch held := v.(type) {
		case map[string]any:
			v = held[text(e)]
		case []any:
			i, err := strconv.Atoi(text(e))
			if err != nil || i < 0 || i >= len(held) {
				return nil
			}
			v = held[i]
		default:
			return nil
		}
	}
	return v
}

// jsonText is a value as JSON.
func jsonText(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		return []byte("{}") // what is decoded JSON, or made here, always encodes
	}
	return body
}
