package apim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

// write is a PUT or PATCH between its checks and its answer.
type write struct {
	*call
	kind    *kind
	old     *item // nil when it creates
	item    *item // what is going to be stored
	sent    map[string]any
	partial bool
	echo    map[string]any // extra properties the answer to this write shows
	op      *operation     // set by a hook that makes the write long-running

	source        *item               // of an API: what it is copied from; of a release: what it makes current
	definition    *apispec.Definition // of an API: the imported document
	makeItCurrent bool                // of a revision: it becomes the current one
	renamedFrom   string              // of a named value: the display name it had
}

func (c *call) put(partial bool) (*answer, error) {
	w, err := c.check(partial)
	if err != nil {
		return nil, err
	}
	if err := w.resolve(); err != nil {
		return nil, err
	}
	if w.kind.hooks.prepare != nil {
		if err := w.kind.hooks.prepare(w); err != nil {
			return nil, err
		}
	}
	if w.op != nil && w.op.failure != nil {
		return w.longAnswer(), nil
	}
	w.svc.put(w.item)
	if w.kind.hooks.stored != nil {
		if err := w.kind.hooks.stored(w); err != nil {
			return nil, err
		}
	}
	w.item = w.svc.items[w.item.key] // side effects may have written it again
	return w.longAnswer(), nil
}

// check does what needs no other resource: conditions, names, types, bounds.
func (c *call) check(partial bool) (*write, error) {
	at := c.at
	k := at.kind
	if err := c.svc.busy(at); err != nil {
		return nil, err
	}
	if partial && at.item == nil {
		return nil, notFound(k.noun)
	}
	verb := "P"
	if partial {
		verb = "U"
	}
	if err := c.condition(verb); err != nil {
		return nil, err
	}
	sent := object(c.body, "properties")
	if err := checkSent(k, at.name, sent, partial); err != nil {
		return nil, err
	}
	w := &write{call: c, kind: k, old: at.item, sent: sent, partial: partial}
	w.item = &item{kind: k, key: at.key, name: at.name, parent: at.parent}
	if at.item != nil {
		w.item.name, w.item.rev = at.item.name, at.item.rev
	}
	w.item.props = w.merged()
	return w, nil
}

func checkSent(k *kind, name string, sent map[string]any, partial bool) error {
	var wrong []detail
	if len(k.only) > 0 && !slices.ContainsFunc(k.only, func(n string) bool { return strings.EqualFold(n, name) }) {
		wrong = append(wrong, detail{Target: "name", Message: fmt.Sprintf("%q is not a valid name here; use %s.", name, strings.Join(k.only, ", "))})
	}
	if k.facts != nil {
		whole := map[string]any{"name": name}
		if sent != nil || k.facts.needsProperties() {
			whole["properties"] = sent
			if sent == nil {
				whole["properties"] = map[string]any{}
			}
		}
		wrong = append(wrong, k.facts.check("", whole, partial)...)
	}
	if len(wrong) > 0 {
		return invalidAll(wrong)
	}
	return nil
}

// needsProperties reports whether a body without properties lacks something.
func (f *fact) needsProperties() bool {
	p := f.below["properties"]
	return p != nil && slices.ContainsFunc(p.names, func(n string) bool { return p.below[n].Required && !p.below[n].ReadOnly })
}

// merged is what the item will hold: what was sent, less what the client can not
// set, over what stays of the old one, over defaults.
func (w *write) merged() map[string]any {
	sent := w.sent
	if w.kind.facts != nil && w.kind.facts.below["properties"] != nil {
		sent = w.kind.facts.below["properties"].strip(sent)
	}
	props := maps.Clone(w.kind.fill)
	if props == nil {
		props = map[string]any{}
	}
	switch {
	case w.partial:
		return mergePatch(w.old.props, sent)
	case w.old != nil:
		for _, name := range w.kind.keep {
			if v, there := w.old.props[name]; there {
				props[name] = v
			}
		}
	}
	for name, v := range sent {
		if v == nil && props[name] != nil {
			continue // null asks for the default
		}
		props[name] = v
	}
	return props
}

// mergePatch applies a JSON merge patch and returns a new object.
func mergePatch(old, patch map[string]any) map[string]any {
	out := maps.Clone(old)
	if out == nil {
		out = map[string]any{}
	}
	for name, v := range patch {
		if m, isObject := v.(map[string]any); isObject {
			before, _ := out[name].(map[string]any)
			v = mergePatch(before, m)
		}
		if v == nil {
			delete(out, name)
			continue
		}
		out[name] = v
	}
	return out
}

// condition checks If-Match.
func (c *call) condition(verb string) error {
	want := c.r.Header.Get("If-Match")
	it := c.at.item
	switch {
	case want == "" && c.srv.o.StrictIfMatch && strings.Contains(c.at.kind.demand, verb):
		return &fault{status: http.StatusBadRequest, code: "MissingIfMatchHeader",
			message: "The If-Match header is required for this operation."}
	case want == "" || want == "*":
		return nil
	case it == nil && verb == "P":
		return preconditionFailed()
	case it != nil && strings.Trim(strings.TrimPrefix(want, "W/"), `"`) != strings.Trim(it.etag(), `"`):
		return preconditionFailed()
	}
	return nil
}

func preconditionFailed() *fault {
	return &fault{status: http.StatusPreconditionFailed, code: "PreconditionFailed",
		message: "Resource was modified since last retrieval. Check the ETag and try again."}
}

// finish answers a write that is done.
func (w *write) finish() *answer {
	status := http.StatusOK
	if w.old == nil && !w.partial && !w.kind.noCreate {
		status = http.StatusCreated
	}
	if w.partial && w.kind.patch204 {
		return (&answer{status: http.StatusNoContent}).with("ETag", w.item.etag())
	}
	return (&answer{status: status, body: w.shown()}).with("ETag", w.item.etag())
}

func (w *write) shown() map[string]any {
	out := w.svc.show(w.item, inPut)
	if w.kind.assoc != nil {
		out = w.svc.showMember(w.at, w.item, inPut)
	}
	if len(w.echo) > 0 {
		maps.Copy(object(out, "properties"), w.echo)
	}
	return out
}
