package amplify

import (
	"context"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Form is how a tree holds resources. Trees are read in all forms.
type Form string

// The forms. Names is that in which resources are handed out: teams and access
// control lists go by their names, and files in base64 are files of their own,
// so that a tree is good for any organization. Tool is that of the server's own
// command line tool: ids, and all content in the payload; it is good for the
// one organization that has the ids. Keep leaves each file in its form, and is
// Names for new ones.
const (
	Keep  Form = "keep"
	Names Form = "names"
	Tool  Form = "tool"
)

// Forms returns the forms, the usual one first.
func Forms() []string { return []string{string(Keep), string(Names), string(Tool)} }

// FromTree implements gateway.Translator. Of a name and an id for the same, the
// name counts, and of a file and the same content in the payload, the file. An
// id that nothing in the organization has stays.
func (g *Gateway) FromTree(ctx context.Context, r *gateway.Resource) (*gateway.Resource, error) {
	_, s := g.kind(r.Key.Kind)
	out := *r
	out.Spec, _ = gateway.Clone(r.Spec).(map[string]any)
	if out.Spec == nil {
		return r, nil
	}
	preferNames(out.Spec)
	if out.Spec["title"] == r.Key.Name() {
		delete(out.Spec, "title") // as plainTitle does where the file says the name
	}
	if err := g.teams.name(ctx, out.Spec); err != nil {
		return nil, fail("get", r.Key, err)
	}
	for _, e := range attached(out.Spec) {
		if err := g.nameList(ctx, r.Key, e); err != nil {
			return nil, fail("get", r.Key, err)
		}
	}
	out.Files = nil
	unpack(s.row, &out)
	for name, data := range r.Files {
		addFile(s.row, &out, name, data)
	}
	return &out, nil
}

// ForTree implements gateway.Translator.
func (g *Gateway) ForTree(ctx context.Context, r, old *gateway.Resource) (*gateway.Resource, error) {
	inline, ids := g.opts.Form == Tool, g.opts.Form == Tool
	if old != nil && (g.opts.Form == Keep || g.opts.Form == "") {
		var err error
		if inline, ids, err = g.formOf(ctx, old); err != nil {
			return nil, fail("get", r.Key, err)
		}
	}
	if !inline && !ids {
		return r, nil
	}
	out := *r
	out.Spec, _ = gateway.Clone(r.Spec).(map[string]any)
	if inline {
		_, s := g.kind(r.Key.Kind)
		pack(s.row, r, out.Spec)
		if out.Files = nil; old != nil {
			likeBefore(s.row, out.Spec, old.Spec)
		}
	}
	if ids {
		if err := g.identify(ctx, r.Key, out.Spec); err != nil {
			return nil, fail("get", r.Key, err)
		}
	}
	return &out, nil
}

// formOf reports whether a resource of a tree holds files in its payload, and
// whether it goes by ids of this organization.
func (g *Gateway) formOf(ctx context.Context, r *gateway.Resource) (inline, ids bool, err error) {
	own, err := g.FromTree(ctx, r)
	if err != nil {
		return false, false, err
	}
	for _, field := range nameFields() {
		ids = ids || len(gateway.Values(r.Spec, field)) < len(gateway.Values(own.Spec, field))
	}
	return len(own.Files) > len(r.Files), ids, nil
}

// nameFields are the fields of a payload that hold names where the server has
// ids.
func nameFields() []string {
	fields := []string{"metadata.acl[].aclName"}
	for _, name := range teamFields() {
		fields = append(fields, "metadata.acl[]."+name)
	}
	for _, path := range subjects() {
		fields = append(fields, path+".name")
	}
	return fields
}

// preferNames drops the ids beside names.
func preferNames(spec map[string]any) {
	drop := func(m map[string]any, id, name string) {
		if s, ok := m[name].(string); ok && s != "" {
			delete(m, id)
		}
	}
	for _, path := range subjects() {
		for _, v := range gateway.Values(spec, path) {
			if m, ok := v.(map[string]any); ok {
				drop(m, "id", "name")
			}
		}
	}
	for _, e := range attached(spec) {
		drop(e, "aclId", "aclName")
		for id, name := range teamFields() {
			drop(e, id, name)
		}
	}
}

// identify puts the ids of this organization in place of names.
func (g *Gateway) identify(ctx context.Context, key gateway.Key, spec map[string]any) error {
	if err := g.teams.resolve(ctx, spec); err != nil {
		return err
	}
	for _, e := range attached(spec) {
		if err := g.swapTeams(ctx, e, true); err != nil {
			return err
		}
		name, _ := e["aclName"].(string)
		list, ok := g.listKey(key, name)
		if name == "" || !ok {
			continue
		}
		item, err := g.api.Get(ctx, g.path(list), nil)
		if err != nil {
			return err
		}
		attach(e, item)
	}
	return nil
}
