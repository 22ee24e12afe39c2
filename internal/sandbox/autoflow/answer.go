package autoflow

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// answer is what a server says to a request.
type answer struct {
	by     string // the rule that made it
	status int
	header map[string]string
	body   any // a text is sent as it is, nil as nothing, all else as JSON
}

// answer answers a request for an operation without running a flow; nil: that can
// not be done. The package's comment has the rules.
func (o *operation) answer(req *request) *answer {
	if flow := o.flow(); flow != nil {
		if a := flow.byMapping(req); a != nil {
			return a
		}
		if a := flow.byMock(req); a != nil {
			return a
		}
	}
	return o.byExample()
}

// flow is what the event of an operation does when nothing is asked of the request;
// nil: there is no such thing.
func (o *operation) flow() *flow {
	if o.event == nil {
		return nil
	}
	for _, m := range o.event.Matches {
		match, _ := m.(map[string]any)
		if in, _ := match["in"].(map[string]any); len(in) > 0 || (in == nil && match["in"] != nil) {
			continue
		}
		if do, ok := match["do"].(map[string]any); ok {
			return &flow{do}
		}
	}
	return nil
}

// flow is an Execution: a list of actions, and what is made of their results.
type flow struct{ do map[string]any }

// byMapping answers with the mapping, if all that it refers to is known.
func (f *flow) byMapping(req *request) *answer {
	mapping, ok := f.do["mapping"]
	if !ok || mapping == nil {
		return nil
	}
	v, known := f.scope(req).eval(mapping)
	result, is := v.(map[string]any)
	if !known || !is {
		return nil
	}
	return respond("mapping", result)
}

// byMock answers with the mock of the last action that has one, and with what is
// known of the mapping besides.
func (f *flow) byMock(req *request) *answer {
	for _, action := range slices.Backward(f.actions()) {
		if action["mockingFlag"] != true {
			continue
		}
		s := f.scope(req)
		result := map[string]any{"body": action["mockingValue"]}
		mapping, _ := f.do["mapping"].(map[string]any)
		for _, name := range []string{"header", "status_code"} {
			if v, known := s.eval(mapping[name]); known {
				result[name] = v
			}
		}
		return respond("mock", result)
	}
	return nil
}

// actions are those that are not turned off.
func (f *flow) actions() []map[string]any {
	list, _ := f.do["actions"].([]any)
	var all []map[string]any
	for _, a := range list {
		if action, ok := a.(map[string]any); ok && action["active"] != false {
			all = append(all, action)
		}
	}
	return all
}

// scope is what the mapping of a flow can refer to.
func (f *flow) scope(req *request) *scope {
	s := &scope{request: req}
	for _, action := range f.actions() {
		output, _ := action["output"].(map[string]any)
		path, ok := output["path"].([]any)
		if !ok || output["scope"] != "variables" {
			continue
		}
		mocked := action["mockingFlag"] == true
		s.writes = append(s.writes, write{path, action["mockingValue"], mocked})
	}
	return s
}

// respond makes an answer of what a flow results in; nil: it is no answer.
func respond(by string, result map[string]any) *answer {
	a := &answer{by: by, status: http.StatusOK, header: map[string]string{}, body: result["body"]}
	if code := result["status_code"]; code != nil {
		n, err := strconv.Atoi(fmt.Sprint(code))
		if err != nil || n < 200 || n > 599 {
			return nil
		}
		a.status = n
	}
	header, _ := result["header"].(map[string]any)
	for name, value := range header {
		a.header[name] = text(value)
	}
	return a
}

// byExample answers with an example of the OpenAPI document.
func (o *operation) byExample() *answer {
	responses, _ := o.raw["responses"].(map[string]any)
	for _, code := range sorted(responses) {
		status, err := strconv.Atoi(strings.Replace(code, "XX", "00", 1))
		if code == "default" {
			status, err = http.StatusOK, nil
		}
		if err != nil || (status/100 != 2 && code != "default") {
			continue
		}
		response := o.resolve(responses[code])
		content, _ := response["content"].(map[string]any)
		for _, media := range mediaTypes(content) {
			if example, ok := o.example(content[media]); ok {
				return &answer{by: "example", status: status, header: map[string]string{"Content-Type": media}, body: example}
			}
		}
	}
	return nil
}

// mediaTypes are the keys of a content, JSON first.
func mediaTypes(content map[string]any) []string {
	all := sorted(content)
	slices.SortStableFunc(all, func(a, b string) int {
		return strings.Compare(strconv.FormatBool(b == "application/json"), strconv.FormatBool(a == "application/json"))
	})
	return all
}

// example is the example of a media type: its own, the first of several, or that of
// its schema.
func (o *operation) example(media any) (any, bool) {
	m, _ := media.(map[string]any)
	if v, ok := m["example"]; ok {
		return v, true
	}
	examples, _ := m["examples"].(map[string]any)
	for _, name := range sorted(examples) {
		if v, ok := o.resolve(examples[name])["value"]; ok {
			return v, true
		}
	}
	v, ok := o.resolve(m["schema"])["example"]
	return v, ok
}

// resolve follows a reference within the OpenAPI document.
func (o *operation) resolve(v any) map[string]any {
	const deepest = 10
	for range deepest {
		m, _ := v.(map[string]any)
		ref, is := m["$ref"].(string)
		if !is {
			return m
		}
		pointer, _ := strings.CutPrefix(ref, "#/")
		v = o.root
		for _, name := range strings.Split(pointer, "/") {
			m, _ := v.(map[string]any)
			v = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
		}
	}
	return nil
}

// send writes an answer.
func (a *answer) send(w http.ResponseWriter) error {
	var body []byte
	kind := "text/plain; charset=utf-8"
	switch v := a.body.(type) {
	case nil:
		kind = ""
	case string:
		body = []byte(v)
	default:
		var err error
		if body, err = json.Marshal(v); err != nil {
			return err
		}
		kind = "application/json"
	}
	if kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	for _, name := range sorted(a.header) {
		w.Header().Set(name, a.header[name])
	}
	w.WriteHeader(a.status)
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		return nil
	}
	_, err := w.Write(body)
	return err
}

// text is a value as a header has it.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}
