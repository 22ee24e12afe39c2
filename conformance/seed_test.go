package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// seeder makes the resources that a request needs in a service of its own. What to
// put there it takes from the published examples.
type seeder struct {
	t       *testing.T
	c       *contract
	address string // of the sandbox
	service string // id of the service
	done    map[string]bool
}

// answer is what the sandbox sent.
type answer struct {
	status int
	header http.Header
	body   any
}

// send sends one request.
func (s *seeder) send(method, path, query string, headers map[string]string, body any) (answer, error) {
	var text io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		text = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.address+path+"?"+query, text)
	if err != nil {
		return answer{}, err
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(w.Body)
	if err := errors.Join(err, w.Body.Close()); err != nil {
		return answer{}, err
	}
	a := answer{status: w.StatusCode, header: w.Header}
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &a.body)
	}
	return a, err
}

const version = "api-version=2024-05-01"

// localised is a body with the ids of other services made this one's.
func (s *seeder) localised(body any) any {
	switch v := body.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, sub := range v {
			out[name] = s.localised(sub)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.localised(v[i])
		}
		return out
	case string:
		return serviceInID.ReplaceAllLiteralString(v, s.service)
	}
	return body
}

// ensure makes the item at a path below the service, with its owners and what it
// refers to. props nil means: those of the published example, unless it is there.
func (s *seeder) ensure(path string, props map[string]any) error {
	path = strings.TrimSuffix(path, "/")
	key := strings.ToLower(path)
	if path == "" || s.done[key] {
		return nil
	}
	s.done[key] = true
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if n := len(segments); n > 2 {
		if err := s.ensure("/"+strings.Join(segments[:n-2], "/"), nil); err != nil {
			return err
		}
	}
	if root, _, isRevision := strings.Cut(path, "%3Brev="); isRevision {
		if err := s.ensure(root, nil); err != nil {
			return err
		}
	}
	put := s.c.find(http.MethodPut, s.service+path)
	if put == nil {
		return nil // it is there always, or can not be made
	}
	if props == nil {
		if got, err := s.send(http.MethodGet, s.service+path, version, nil, nil); err == nil && got.status == http.StatusOK {
			return nil
		}
	}
	return s.put(put, path, props)
}

// put stores an item.
func (s *seeder) put(o *operation, path string, props map[string]any) error {
	if err := s.ensureBesides(o, path, nil); err != nil {
		return err
	}
	if o.member() {
		if err := s.ensureFarEnd(path, props); err != nil {
			return err
		}
	}
	var body any
	if o.Body != nil && !o.member() {
		body = s.localised(s.payload(o, path, props))
		if err := s.ensureReferences(body, path); err != nil {
			return err
		}
	}
	got, err := s.send(http.MethodPut, s.service+path, version, nil, body)
	if err != nil {
		return err
	}
	if got.status/100 != 2 {
		return fmt.Errorf("make %s: got status %d: %v", path, got.status, got.body)
	}
	return nil
}

// member reports whether the operation puts what exists into something else.
func (o *operation) member() bool { return o.Body == nil || o.OptBody }

// ensureFarEnd makes what a membership shows: of /products/p/apis/a it is /apis/a.
func (s *seeder) ensureFarEnd(path string, props map[string]any) error {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	collection, name := segments[len(segments)-2], segments[len(segments)-1]
	switch {
	case collection == "recipientUsers":
		return s.ensure("/users/"+name, nil)
	case collection == "users":
		return s.ensure("/users/"+name, props)
	case collection == "recipientEmails" || collection == "notifications":
		return nil
	case segments[0] == "workspaces":
		return s.ensure("/"+strings.Join(segments[:2], "/")+"/"+collection+"/"+name, props)
	}
	return s.ensure("/"+collection+"/"+name, props)
}

// ensureBesides makes what the table says an operation needs.
func (s *seeder) ensureBesides(o *operation, path string, want map[string]any) error {
	for _, n := range besides()[o.shared()] {
		props := n.props
		if n.shown {
			props = shownOf(want)
		}
		if err := s.ensure(o.expand(n.path, path, text(want, "name")), props); err != nil {
			return err
		}
	}
	return nil
}

// shared is the title without the workspace: most that holds for a kind holds there.
func (o *operation) shared() string { return strings.Replace(o.title(), inWorkspace, "", 1) }

const inWorkspace = "/workspaces/{workspaceId}"

// expand fills a path of a table with the names in a path of the operation; {entry}
// stands for an entry of the documented list.
func (o *operation) expand(template, path, entry string) string {
	below := strings.Split(strings.TrimPrefix(o.Path, servicePath), "/")
	if strings.HasPrefix(o.Path, servicePath+inWorkspace+"/") {
		template = inWorkspace + template
	}
	names := strings.Split(path, "/")
	for i, s := range below {
		if strings.HasPrefix(s, "{") && i < len(names) {
			template = strings.ReplaceAll(template, s, names[i])
		}
	}
	return strings.ReplaceAll(template, "{entry}", entry)
}

// payload is the body to make an item with.
func (s *seeder) payload(o *operation, path string, props map[string]any) any {
	body, _ := s.c.payloads[o].(map[string]any)
	out := maps.Clone(body)
	if out == nil {
		out = map[string]any{}
	}
	sample, _ := out["properties"].(map[string]any)
	out["properties"] = amend(o, s.service+path, maps.Clone(props), sample)
	return out
}

// namedValues finds the references to named values in policies and elsewhere.
var namedValues = regexp.MustCompile(`\{\{([A-Za-z0-9._-]+)\}\}`)

// ensureReferences makes what the ids and named values in a body point to.
func (s *seeder) ensureReferences(body any, path string) error {
	var paths, values []string
	references(body, "", s.service, &paths, &values)
	slices.Sort(paths)
	for _, p := range paths {
		if err := s.ensure(p, nil); err != nil {
			return err
		}
	}
	scope := ""
	if segments := strings.Split(path, "/"); segments[1] == "workspaces" && len(segments) > 3 {
		scope = strings.Join(segments[:3], "/")
	}
	slices.Sort(values)
	for _, v := range values {
		if err := s.ensure(scope+"/namedValues/"+v, map[string]any{"displayName": v, "value": "1"}); err != nil {
			return err
		}
	}
	return nil
}

// references collects the paths and named values that the strings of a body point to.
func references(v any, field, service string, paths, values *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, sub := range v {
			references(sub, name, service, paths, values)
		}
	case []any:
		for _, sub := range v {
			references(sub, field, service, paths, values)
		}
	case string:
		if path := reference(v, field, service); path != "" {
			*paths = append(*paths, path)
		}
		for _, m := range namedValues.FindAllStringSubmatch(v, -1) {
			*values = append(*values, m[1])
		}
	}
}

// reference is the path that a property points to; "" for one that is no reference.
func reference(value, field, service string) string {
	if rest, ok := strings.CutPrefix(value, service+"/"); ok {
		return "/" + rest
	}
	if collection := map[string]string{"authorizationServerId": "authorizationServers", "openidProviderId": "openidConnectProviders",
		"documentationId": "documentations"}[field]; collection != "" && !strings.Contains(value, "/") {
		return "/" + collection + "/" + value
	}
	isID := strings.HasSuffix(field, "Id") || field == "id" || field == "scope"
	if isID && strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "/subscriptions/") {
		return value
	}
	return ""
}
