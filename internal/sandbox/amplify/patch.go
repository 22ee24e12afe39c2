package amplify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// buildTreeOp is the vendor's own operation of a patch.
const buildTreeOp = "x-build-object-tree"

// step is one operation of a JSON Patch.
type step struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// patch answers PATCH: the patched document is taken as a PUT would be.
func (c *call) patch(body []byte) (*answer, error) {
	if !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json-patch+json") {
		return nil, failed(http.StatusUnsupportedMediaType, "A patch has the content type application/json-patch+json.")
	}
	old, err := c.findToWrite()
	if err != nil {
		return nil, err
	}
	var steps []step
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&steps); err != nil {
		return nil, invalid("body", "The body is not a list of operations.")
	}
	doc, _ := deepCopy(c.whole(old)).(map[string]any)
	maps.Copy(doc, c.subsWithout(old))
	for i, s := range steps {
		if err := s.apply(doc); err != nil {
			return nil, invalid("body", "Operation %d: %s.", i+1, err)
		}
	}
	if doc["name"] != old.name {
		return nil, invalid("name", "The name cannot be changed.")
	}
	next := *old
	next.subs = maps.Clone(old.subs)
	for name := range next.subs {
		if !isLanguage(name) {
			delete(next.subs, name)
		}
	}
	for name, value := range doc {
		if c.kind.hasSub(name) && !isLanguage(name) {
			setSub(next.subs, name, value)
		}
	}
	return c.update(&next, doc)
}

// subsWithout copies the subresources that a patch may change: all but the languages.
func (c *call) subsWithout(o *object) map[string]any {
	out := map[string]any{}
	for name, value := range o.subs {
		if !isLanguage(name) {
			out[name] = deepCopy(value)
		}
	}
	return out
}

// pointer splits a JSON pointer.
func pointer(path string) []string {
	segs := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, seg := range segs {
		segs[i] = strings.ReplaceAll(strings.ReplaceAll(seg, "~1", "/"), "~0", "~")
	}
	return segs
}

// apply changes the document. The vendor's own operation x-build-object-tree makes
// the objects on the way to a path that are missing.
func (s step) apply(doc map[string]any) error {
	if !strings.HasPrefix(s.Path, "/") {
		return fmt.Errorf("path %q does not start with a slash", s.Path)
	}
	path := pointer(s.Path)
	switch s.Op {
	case "add", "replace", "remove":
		_, err := s.at(doc, path)
		return err
	case buildTreeOp:
		return buildTree(doc, path)
	}
	return fmt.Errorf("the operation %q is none of add, replace, remove and %s", s.Op, buildTreeOp)
}

// at applies the step below a value, and returns what takes the value's place.
func (s step) at(value any, path []string) (any, error) {
	last := len(path) == 1
	switch v := value.(type) {
	case map[string]any:
		next, there := v[path[0]]
		if !there && (!last || s.Op != "add") {
			return nil, fmt.Errorf("there is nothing at %s", s.Path)
		}
		if last {
			if s.Op == "remove" {
				delete(v, path[0])
			} else {
				v[path[0]] = s.Value
			}
			return v, nil
		}
		next, err := s.at(next, path[1:])
		if err == nil {
			v[path[0]] = next
		}
		return v, err
	case []any:
		return s.inList(v, path)
	}
	return nil, fmt.Errorf("there is nothing at %s", s.Path)
}

func (s step) inList(list []any, path []string) (any, error) {
	last := len(path) == 1
	if last && path[0] == "-" && s.Op == "add" {
		return append(list, s.Value), nil
	}
	i, err := strconv.Atoi(path[0])
	inside := err == nil && i >= 0 && (i < len(list) || (last && s.Op == "add" && i == len(list)))
	switch {
	case !inside:
		return nil, fmt.Errorf("there is nothing at %s", s.Path)
	case last && s.Op == "add":
		return slices.Insert(list, i, s.Value), nil
	case last && s.Op == "remove":
		return slices.Delete(list, i, i+1), nil
	case last:
		list[i] = s.Value
		return list, nil
	}
	list[i], err = s.at(list[i], path[1:])
	return list, err
}

func buildTree(doc map[string]any, path []string) error {
	for _, name := range path {
		if doc[name] == nil {
			doc[name] = map[string]any{}
		}
		next, isObject := doc[name].(map[string]any)
		if !isObject {
			return fmt.Errorf("%s is no object", name)
		}
		doc = next
	}
	return nil
}
