package apidef

import (
	"cmp"
	"slices"
	"strings"
)

// maxParts is how many parameters, headers and bodies the operations of a
// document may have in all. References make a small document large, and this is
// where that ends.
const maxParts = 1_000_000

// An api is what API Management keeps of an OpenAPI, Swagger or WADL document.
type api struct {
	format     Format
	root       *node // of OpenAPI and Swagger, for references
	operations map[string]*operation
	components *node            // schemas by name
	ids        map[string]int   // how many operations have an id
	targets    map[string]*node // references that were followed
	parts      int              // of operations made
}

// An operation is one method at one URL template.
type operation struct {
	id, method, template string
	summary, description string
	params               map[string]*param // by kind and name
	body                 body
	responses            map[string]*response // by status
}

// A param is a template, query or header parameter, or a header of a response.
type param struct {
	in, name    string
	description string
	required    bool
	schema      *node // keywords of the schema, maybe among other keys
	implicit    bool  // in the template and declared nowhere
}

// A body is what a request or a response carries.
type body struct {
	description string
	content     map[string]*media // by content type
}

// A media is a body in one content type.
type media struct {
	schema   *node // nil if the document gives none
	examples []*node
}

// A response is what an operation answers with one status.
type response struct {
	body
	headers map[string]*param // by name in lower case
}

func newAPI(format Format, root *node) *api {
	return &api{format: format, root: root, operations: map[string]*operation{}, targets: map[string]*node{}, ids: map[string]int{}}
}

// repeats reports whether several operations have an id.
func (a *api) repeats(id string) bool { return a.ids[dashed(id)] > 1 }

// list returns the operations by template and method.
func (a *api) list() []Operation {
	all := make([]Operation, 0, len(a.operations))
	for _, op := range a.operations {
		all = append(all, Operation{ID: op.id, Method: op.method, Template: op.template})
	}
	slices.SortFunc(all, func(x, y Operation) int {
		return cmp.Or(cmp.Compare(x.Template, y.Template), cmp.Compare(x.Method, y.Method))
	})
	return all
}

// put adds operations under "METHOD template". Parameters in the query of a
// template become query parameters, unless that would make two operations one.
func (a *api) put(ops []*operation) {
	plain := func(op *operation) string {
		path, _ := splitTemplate(op.template)
		return op.method + " " + path
	}
	count := map[string]int{}
	for _, op := range ops {
		count[plain(op)]++
		a.ids[dashed(op.id)]++
	}
	for _, op := range ops {
		key := op.method + " " + op.template
		if k := plain(op); count[k] == 1 {
			key = k
			op.moveQuery()
		}
		op.declareTemplate()
		if !carriesBody(op.method) {
			op.body = body{}
		}
		a.operations[key] = op
	}
}

// splitTemplate returns a template without the parameters of its query, and
// these as pairs of query name and template name. What is fixed in the query
// stays.
func splitTemplate(template string) (string, [][2]string) {
	path, query, ok := strings.Cut(template, "?")
	if !ok {
		return template, nil
	}
	var fixed []string
	var params [][2]string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if inner, ok := strings.CutPrefix(value, "{"); ok && strings.HasSuffix(inner, "}") && name != "" {
			params = append(params, [2]string{name, strings.TrimSuffix(inner, "}")})
		} else {
			fixed = append(fixed, part)
		}
	}
	if len(fixed) > 0 {
		path += "?" + strings.Join(fixed, "&")
	}
	return path, params
}

// moveQuery makes required query parameters of the ones in the template.
func (op *operation) moveQuery() {
	path, params := splitTemplate(op.template)
	op.template = path
	for _, pair := range params {
		p := op.params["path "+pair[1]]
		delete(op.params, "path "+pair[1])
		if q := op.params["query "+pair[0]]; q != nil {
			p = q
		}
		if p == nil {
			p = &param{implicit: true}
		}
		p.in, p.name, p.required = "query", pair[0], true
		op.params["query "+p.name] = p
	}
}

// declareTemplate adds the parameters that only the template has.
func (op *operation) declareTemplate() {
	rest := op.template
	for {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return
		}
		name, after, ok := strings.Cut(after, "}")
		if !ok {
			return
		}
		rest = after
		if key := "path " + name; op.params[key] == nil {
			op.params[key] = &param{in: "path", name: name, required: true, implicit: true}
		}
	}
}

// carriesBody reports whether API Management keeps a request body for a method.
func carriesBody(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return false
	}
	return true
}

// rooted returns a path that begins with one slash.
func rooted(path string) string { return "/" + strings.TrimLeft(path, "/") }
