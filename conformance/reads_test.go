package conformance

import (
	"strings"

	"github.com/google/go-cmp/cmp"
)

// identified checks what every resource says about itself. Memberships may show what
// they join as it is elsewhere in the service.
func (r *trial) identified(name string, body map[string]any) {
	r.t.Helper()
	id, _ := body["id"].(string)
	typ, _ := body["type"].(string)
	place := r.id
	if r.k.verbs == member {
		place = serviceID
	}
	if !strings.HasPrefix(id, place+"/") || (name != "" && !strings.HasSuffix(id, "/"+name)) {
		r.t.Errorf("%s: got id %q, want one of that name below %s", name, id, place)
	}
	if want := "Microsoft.ApiManagement/service/"; !strings.HasPrefix(typ, want) {
		r.t.Errorf("%s: got type %q, want one of %s", name, typ, want)
	}
}

// reads checks that GET shows what was sent, and that HEAD agrees with it.
func (r *trial) reads(name, sent string) string {
	r.t.Helper()
	etag := ""
	if r.can('G') {
		got := r.must('G', name, "", "")
		r.identified(name, got.body)
		want := decode([]byte(r.fill(sent, name)))
		for _, h := range r.k.hidden {
			if m, ok := want.(map[string]any); ok {
				delete(m, h)
			}
		}
		if diff := cmp.Diff(want, project(got.body["properties"], want)); diff != "" {
			r.t.Errorf("GET %s does not show what was sent, want -, got +:\n%s", name, diff)
		}
		etag = got.etag
	}
	if r.can('H') {
		got := r.must('H', name, "", "")
		if !got.success {
			r.t.Errorf("HEAD %s: got no success", name)
		}
		if etag != "" && got.etag != etag {
			r.t.Errorf("HEAD %s: got ETag %s, GET has %s", name, got.etag, etag)
		}
	}
	return etag
}

// project cuts v down to the properties that want has.
func project(v, want any) any {
	switch w := want.(type) {
	case map[string]any:
		m, ok := v.(map[string]any)
		if !ok {
			return v
		}
		out := map[string]any{}
		for name, sub := range w {
			if got, there := m[name]; there {
				out[name] = project(got, sub)
			}
		}
		return out
	case []any:
		list, ok := v.([]any)
		if !ok || len(list) != len(w) {
			return v
		}
		out := make([]any, len(list))
		for i := range list {
			out[i] = project(list[i], w[i])
		}
		return out
	}
	return v
}

// etag reads the current one.
func (r *trial) etag(name string) string {
	r.t.Helper()
	verb := 'G'
	if !r.can('G') {
		verb = 'H'
	}
	etag := r.must(verb, name, "", "").etag
	if etag == "" {
		r.t.Errorf("%c %s: got no ETag", verb, name)
	}
	return etag
}
