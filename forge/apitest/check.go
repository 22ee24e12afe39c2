package apitest

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An operation is a method of a path.
type operation struct {
	method, path string // the method in lower case, the path as the description has it
	matches      *regexp.Regexp
	fixed        int // how many characters of the path are no parameters: the most specific counts
}

var parameter = regexp.MustCompile(`\\\{([^/]+?)\\\}`)

// listOperations lists those of the description. A parameter of a path is one
// segment of it, unless GitHub's own extension says that it may be several.
func (d *Description) listOperations() []operation {
	paths, _ := d.doc["paths"].(map[string]any)
	var all []operation
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		quoted := regexp.QuoteMeta(path)
		for method := range methods {
			switch method {
			case "get", "put", "post", "delete", "patch", "head":
				pattern := "^" + parameter.ReplaceAllStringFunc(quoted, func(p string) string {
					if d.manySegments(methods[method], parameter.FindStringSubmatch(p)[1]) {
						return ".+"
					}
					return "[^/]+"
				}) + "$"
				fixed := len(parameter.ReplaceAllString(quoted, ""))
				all = append(all, operation{method, path, regexp.MustCompile(pattern), fixed})
			}
		}
	}
	return all
}

func (d *Description) manySegments(item any, name string) bool {
	operation, _ := item.(map[string]any)
	params, _ := operation["parameters"].([]any)
	return slices.ContainsFunc(params, func(p any) bool {
		param := d.resolve(p)
		many, _ := param["x-multi-segment"].(bool)
		return many && param["in"] == "path" && param["name"] == name
	})
}

// find returns the operation of a request. The path is escaped, and without what
// stands before the API's own.
func (d *Description) find(method, path string) (operation, error) {
	var best operation
	for _, o := range d.operations {
		if strings.EqualFold(o.method, method) && o.matches.MatchString(path) && o.fixed > best.fixed {
			best = o
		}
	}
	if best.path == "" {
		return best, fmt.Errorf("%s %s: the API has no such operation", method, path)
	}
	return best, nil
}

func (d *Description) item(o operation) map[string]any {
	paths, _ := d.doc["paths"].(map[string]any)
	path, _ := paths[o.path].(map[string]any)
	item, _ := path[o.method].(map[string]any)
	return item
}

// CheckRequest returns what is wrong with a request: its operation, a parameter
// or an attribute that does not exist or is missing, or a value that the
// description does not allow.
func (d *Description) CheckRequest(method, path string, query url.Values, body []byte) error {
	o, err := d.find(method, path)
	if err != nil {
		return err
	}
	if err := errors.Join(d.checkQuery(o, query), d.checkBody(o, body)); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func (d *Description) checkQuery(o operation, query url.Values) error {
	known := map[string]bool{}
	var faults []error
	params, _ := d.item(o)["parameters"].([]any)
	for _, p := range params {
		param := d.resolve(p)
		if param["in"] != "query" {
			continue
		}
		name, _ := param["name"].(string)
		known[name] = true
		if must, _ := param["required"].(bool); must && !query.Has(name) {
			faults = append(faults, fmt.Errorf("the parameter %q is missing", name))
		}
		schema := d.resolve(param["schema"])
		if schema == nil {
			schema = param // Swagger 2.0
		}
		for _, text := range query[name] {
			faults = append(faults, d.checkScalar(name, schema, text))
		}
	}
	for name := range query {
		if !known[name] {
			faults = append(faults, fmt.Errorf("there is no parameter %q", name))
		}
	}
	return errors.Join(faults...)
}

func (d *Description) checkScalar(name string, schema map[string]any, text string) error {
	switch schema["type"] {
	case "integer":
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return fmt.Errorf("parameter %q: %q is no integer", name, text)
		}
	case "boolean":
		if text != "true" && text != "false" {
			return fmt.Errorf("parameter %q: %q is no boolean", name, text)
		}
	}
	values, limited := schema["enum"].([]any)
	if !limited {
		return nil
	}
	for _, v := range values {
		if v == scalar(schema, text) {
			return nil
		}
	}
	return fmt.Errorf("parameter %q: %q is none of %v", name, text, values)
}

func (d *Description) checkBody(o operation, text []byte) error {
	body, err := decode(text)
	if err != nil {
		return err
	}
	where, schema, must := d.bodySchema(o)
	switch {
	case schema == nil && body != nil:
		return errors.New("it takes no body")
	case body == nil && must:
		return errors.New("the body is missing")
	case schema == nil || body == nil:
		return nil
	}
	if unknown := d.unknownKeys(schema, body); len(unknown) > 0 {
		return fmt.Errorf("there is no attribute %s", strings.Join(unknown, ", "))
	}
	return d.requests.validate(body, where)
}

// bodySchema returns where the schema of an operation's body stands, and whether
// there must be one.
func (d *Description) bodySchema(o operation) (where []string, schema any, must bool) {
	item := d.item(o)
	base := []string{"paths", o.path, o.method}
	if body := d.resolve(item["requestBody"]); body != nil {
		content, _ := body["content"].(map[string]any)
		media, _ := content["application/json"].(map[string]any)
		must, _ = body["required"].(bool)
		if ref, ok := item["requestBody"].(map[string]any)["$ref"].(string); ok {
			base = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		} else {
			base = append(base, "requestBody")
		}
		return append(base, "content", "application/json", "schema"), media["schema"], must
	}
	params, _ := item["parameters"].([]any)
	for i, p := range params {
		if param := d.resolve(p); param["in"] == "body" {
			must, _ = param["required"].(bool)
			return append(base, "parameters", strconv.Itoa(i), "schema"), param["schema"], must
		}
	}
	return nil, nil, false
}

// CheckAnswer returns what is wrong with an answer: an attribute of a type or a
// value that the description does not have for the status. An answer of a status
// that the description does not mention is not looked at.
func (d *Description) CheckAnswer(method, path string, status int, text []byte) error {
	o, err := d.find(method, path)
	if err != nil {
		return err
	}
	responses, _ := d.item(o)["responses"].(map[string]any)
	response, ok := responses[strconv.Itoa(status)].(map[string]any)
	if !ok {
		return nil
	}
	where := []string{"paths", o.path, o.method, "responses", strconv.Itoa(status)}
	if ref, isRef := response["$ref"].(string); isRef {
		where = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		response = d.resolve(response)
	}
	body, err := decode(text)
	if err != nil {
		return fmt.Errorf("%s %s: answer %d: %w", method, path, status, err)
	}
	schema, inside := response["schema"], []string{"schema"}
	if content, ok := response["content"].(map[string]any); ok {
		media, _ := content["application/json"].(map[string]any)
		schema, inside = media["schema"], []string{"content", "application/json", "schema"}
	}
	if schema == nil || body == nil {
		return nil
	}
	if err := d.answers.validate(body, append(where, inside...)); err != nil {
		return fmt.Errorf("%s %s: answer %d: %w", method, path, status, err)
	}
	return nil
}
