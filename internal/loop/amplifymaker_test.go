package loop

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// An organizer makes the resources of one organization of Amplify by chance.
type organizer struct {
	*rand.Rand
	kinds *gateway.Kinds
	made  []*gateway.Resource
	keys  map[string][]gateway.Key // by kind
	byKey map[gateway.Key]*gateway.Resource
}

// organization returns an organization made by chance, which the emulator of
// an empty one accepts: resources of any kind in any scope that refer to each
// other, are shared with teams, translated, and have names and texts which are
// hard on files. What is referred to comes before what refers to it.
//
// Payloads are in normal form and hold values of secrets, which no tree keeps.
func organization(rng *rand.Rand, kinds *gateway.Kinds) []*gateway.Resource {
	o := &organizer{Rand: rng, kinds: kinds, keys: map[string][]gateway.Key{}, byKey: map[gateway.Key]*gateway.Resource{}}
	all := slices.Clone(kinds.All())
	slices.SortStableFunc(all, func(a, b *gateway.Kind) int { return kinds.Level(a.Name) - kinds.Level(b.Name) })
	for _, k := range all {
		o.kind(k)
	}
	for _, r := range o.made {
		r.Spec = kinds.Normal(kinds.Get(r.Key.Kind), r.Spec)
	}
	return o.made
}

// names are valid ones of which some look like something else in YAML or on a
// disk.
func names() []string {
	return []string{"orders", "a.b", "0", "a-b.c-d", "true", "null", "1.5", "con", "2024-01-01", "definition.yaml", "v1"}
}

// kind makes some of a kind, in all scopes that there are.
func (o *organizer) kind(k *gateway.Kind) {
	owners := []gateway.Key{{}}
	if k.Parent != "" {
		owners = o.keys[k.Parent]
	}
	for _, owner := range owners {
		if o.IntN(3) > 0 {
			continue
		}
		for _, i := range o.Perm(len(names()))[:1+o.IntN(2)] {
			key := gateway.NewKey(k.Name, names()[i])
			if !owner.IsZero() {
				key = owner.Child(k.Name, names()[i])
			}
			r := o.resource(k, key)
			o.made, o.byKey[key] = append(o.made, r), r
			o.keys[k.Name] = append(o.keys[k.Name], key)
			if k.Row == "AccessControlList" {
				o.share(r)
			}
		}
	}
}

// text is one that YAML has to be careful with.
func (o *organizer) text() string {
	texts := []string{
		"Plain words", "yes", "007", "a: b # c", "two\nlines\n", "no end of\nline", "  led by blanks", "ends in blanks  ", "Größe ✓", "- item", "{}", "\ttab",
		"a\n\n  b\n", "'quoted' \"twice\"", "${env:HOME}", "~",
	}
	return texts[o.IntN(len(texts))]
}

// chance reports true half of the time.
func (o *organizer) chance() bool { return o.IntN(2) == 0 }

// resource makes a resource of that key.
func (o *organizer) resource(k *gateway.Kind, key gateway.Key) *gateway.Resource {
	r := &gateway.Resource{Key: key, Spec: map[string]any{"spec": map[string]any{
		"description": o.text(), "count": json.Number(fmt.Sprint(1 + o.IntN(9))), "rate": json.Number("0.25"), "on": o.chance(),
		"list": []any{o.text(), map[string]any{"name": o.text()}}, "a key: with #": map[string]any{"inner": o.text()},
	}}}
	for _, extra := range []struct {
		name string
		v    any
	}{
		{"title", o.text()},
		{"tags", []any{"b", "a"}},
		{"attributes", map[string]any{"n": o.text(), "1": "x"}},
		{"x-team", map[string]any{"contact": o.text()}},
		{"languages", map[string]any{"resource": map[string]any{"code": "en-us"}}},
		{"languages-fr-fr", o.translation()},
		{"languages-pt-br", o.translation()},
	} {
		if o.chance() {
			r.Spec[extra.name] = extra.v
		}
	}
	if k.Parent == "" && o.chance() {
		r.Spec["owner"] = map[string]any{"type": "team", "name": teamNames()[o.IntN(3)]}
	}
	if _, lives := k.Defaults["state"]; lives {
		r.Spec["state"] = []string{"draft", "active", "deprecated", "archived"}[o.IntN(4)]
	}
	for _, ref := range k.Refs {
		if to := o.targets(key, ref.Kind); len(to) > 0 {
			into(r.Spec, strings.Split(ref.Field, "."), to[o.IntN(len(to))].Name())
		}
	}
	o.secrets(k, r.Spec)
	o.files(k, r)
	return r
}

func (o *organizer) translation() map[string]any {
	values := []any{map[string]any{"path": "/title", "value": o.text()}}
	if o.chance() {
		values = append(values, map[string]any{"path": "/spec/description", "value": o.text()})
	}
	return map[string]any{"values": values}
}

// teamNames are those of the teams that every organization of these tests has.
func teamNames() []string { return []string{"Default Team", "Orders", "Partners"} }

// targets returns what a field of a resource can name: what stands in the same
// scope, or in none.
func (o *organizer) targets(from gateway.Key, kind string) []gateway.Key {
	var to []gateway.Key
	for _, key := range o.keys[kind] {
		if owner := o.kinds.Parent(key); owner.IsZero() || owner == o.kinds.Parent(from) {
			to = append(to, key)
		}
	}
	return to
}

// into sets a field, in the first element where there is a list.
func into(at map[string]any, path []string, v any) {
	name, list := strings.CutSuffix(path[0], "[]")
	if len(path) > 1 {
		below, _ := at[name].(map[string]any)
		if below == nil {
			below = map[string]any{}
		}
		into(below, path[1:], v)
		v = below
	}
	if list {
		v = []any{v}
	}
	at[name] = v
}

// secrets adds values that the server keeps to itself.
func (o *organizer) secrets(k *gateway.Kind, payload map[string]any) {
	for _, s := range k.Secret {
		switch list, field, isList := strings.Cut(s.Field, "[]."); {
		case s.Each != nil:
			o.credentials(s, payload)
		case isList:
			gateway.SetField(payload, list, []any{map[string]any{"name": "h", field: "hush " + o.text()}})
		default:
			gateway.SetField(payload, strings.TrimSuffix(s.Field, ".*"), map[string]any{"key": "hush " + o.text(), "a.b/c": "hush"})
		}
	}
}

// credentials adds values that are secrets by their names or looks, where the
// secret counts them, beside others.
func (o *organizer) credentials(s gateway.Secret, payload map[string]any) {
	for field, v := range map[string]any{
		"spec.headers":        map[string]any{"Authorization": "hush " + o.text(), "X-Own": "Bearer hush0123", "X-Plain": o.text()},
		"spec.requestHeaders": []any{map[string]any{"name": "x-api-key", "value": "hush"}, map[string]any{"name": "x-plain", "value": o.text()}},
		"spec.data":           map[string]any{"password": "hush " + o.text(), "plain": o.text()},
		"spec.config":         map[string]any{"clientSecret": "hush", "clientId": o.text()},
	} {
		counts := false
		probe := map[string]any{}
		gateway.SetField(probe, field, gateway.Clone(v))
		s.Edit(probe, func(any) (any, bool) { counts = true; return nil, false })
		if counts {
			gateway.SetField(payload, field, v)
		}
	}
}

// files adds files that a payload holds in base64: their formats are told by
// fields of it.
func (o *organizer) files(k *gateway.Kind, r *gateway.Resource) {
	document := [][3]string{
		{"oas3", "yaml", "openapi: 3.0.3\ninfo: {}\n"}, {"oas3", "json", "{\n  \"openapi\": \"3.0.3\"\n}"}, {"wsdl", "wsdl", "<definitions/>"},
		{"protobuf", "proto", "syntax = \"proto3\";\n"}, {"unparsed", "bin", "\xff\x00\x01"}, {"", "txt", "Words\r\nalone"},
	}
	for _, a := range k.Attach {
		name := strings.TrimSuffix(a.Pattern, ".*")
		f, told := document[o.IntN(len(document))], "spec.definition.type"
		switch name {
		case "icon":
			f, told = [3]string{"image/png", "png", "\x89PNG\r\n\x1a\n"}, "icon.contentType"
			if k.Row == "APIService" {
				told = "spec.icon.contentType"
			}
		case "document":
			told = "spec.data.fileType"
		case "content":
			told = "spec.fileType"
		}
		if o.chance() {
			continue
		}
		if f[0] != "" {
			gateway.SetField(r.Spec, told, f[0])
		}
		if r.Files == nil {
			r.Files = map[string][]byte{}
		}
		r.Files[name+"."+f[1]] = []byte(f[2])
	}
}

// share attaches a new access control list to what holds it, for two teams at
// times.
func (o *organizer) share(list *gateway.Resource) {
	owner := o.byKey[o.kinds.Parent(list.Key)]
	subjects := []any{map[string]any{"type": "team", "id": "*"}}
	if o.chance() {
		subjects = []any{map[string]any{"type": "team", "name": "Orders"}, map[string]any{"type": "team", "name": "Partners"}}
	}
	gateway.SetField(list.Spec, "spec.subjects", subjects)
	if o.IntN(3) == 0 {
		return
	}
	entries, _ := gateway.Field(owner.Spec, "metadata.acl").([]any)
	for _, i := range o.Perm(len(teamNames()))[:1+o.IntN(2)] {
		entries = append(entries, map[string]any{"subjectType": "team", "subjectName": teamNames()[i], "aclName": list.Key.Name()})
	}
	gateway.SetField(owner.Spec, "metadata.acl", entries)
}
