package apimtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Random returns a service made by chance, which the emulator of an empty
// service accepts: resources of any kind of the table, at the service and in
// workspaces, that refer to each other and have names which are hard on files
// and paths. Owners come before what they own. The same numbers give the same
// service.
//
// Payloads are in normal form and hold secrets, which no tree keeps.
func Random(rng *rand.Rand, kinds *gateway.Kinds) []*gateway.Resource {
	m := newMaker(rng, kinds)
	late := func(k *gateway.Kind) bool { return len(k.Split) > 0 && k.Mentions != nil }
	for _, k := range kinds.All() {
		if !late(k) {
			m.kind(k)
		}
	}
	for _, row := range []string{"policy fragment", ""} { // policies may name anything, fragments among it
		for _, k := range kinds.All() {
			if late(k) && (k.Row == "policy fragment") == (row != "") {
				m.kind(k)
			}
		}
	}
	return m.made
}

// Change returns another valid state of a resource of a service, with the
// names and values that others go by unchanged.
func Change(rng *rand.Rand, kinds *gateway.Kinds, service []*gateway.Resource, r *gateway.Resource) *gateway.Resource {
	m := newMaker(rng, kinds)
	for _, s := range service {
		m.remember(s)
	}
	changed := m.resource(r.Key)
	if changed == nil {
		return r
	}
	for _, f := range lasting {
		if v := gateway.Field(r.Spec, f); v != nil {
			gateway.SetField(changed.Spec, f, v)
		} else {
			gateway.CutField(changed.Spec, f)
		}
	}
	if len(r.Files) > 0 { // operations are referred to: the document stays
		changed.Files = r.Files
	}
	return changed
}

// lasting are the fields that Change leaves as they are, for what the service
// makes of a change to them reaches other resources.
var lasting = []string{
	"properties.displayName", "properties.path", "properties.type", "properties.apiRevision", "properties.apiVersion",
	"properties.apiVersionSetId", "properties.protocols", "properties.subscriptionKeyParameterNames", "properties.pool",
	"properties.scope", "properties.state", "properties.isCurrent",
}

// A maker makes the resources of one service.
type maker struct {
	*rand.Rand
	kinds   *gateway.Kinds
	samples *Samples
	made    []*gateway.Resource
	keys    map[string][]gateway.Key // by kind, what may own or be referred to, stored or not
	byKey   map[gateway.Key]*gateway.Resource
	names   int
}

func newMaker(rng *rand.Rand, kinds *gateway.Kinds) *maker {
	m := &maker{
		Rand: rng, kinds: kinds, samples: &Samples{kinds: kinds},
		keys: map[string][]gateway.Key{}, byKey: map[gateway.Key]*gateway.Resource{},
	}
	if err := json.Unmarshal(samplesJSON, &m.samples.specs); err != nil {
		panic(err) // a fault in a file of this package
	}
	return m
}

// remember makes a resource known to those made later.
func (m *maker) remember(r *gateway.Resource) {
	m.made = append(m.made, r)
	m.keys[r.Key.Kind] = append(m.keys[r.Key.Kind], r.Key)
	m.byKey[r.Key] = r
	for _, name := range operationNames(r) {
		op := r.Key.Child(scoped(r.Key.Kind, "api operation"), name)
		m.keys[op.Kind] = append(m.keys[op.Kind], op)
	}
}

// scoped returns the name of the kind of a row beside the one named.
func scoped(beside, row string) string {
	if strings.HasPrefix(beside, "workspace ") {
		return "workspace " + row
	}
	return row
}

// kind makes the resources of one kind.
func (m *maker) kind(k *gateway.Kind) {
	if !k.Stored() {
		return
	}
	for _, owner := range m.owners(k) {
		for _, name := range m.namesFor(k, owner) {
			key := owner.Child(k.Name, name)
			if k.Row == "api" {
				m.api(key)
			} else if r := m.resource(key); r != nil {
				m.remember(r)
			}
		}
	}
}

// owners returns the keys of what may own resources of a kind.
func (m *maker) owners(k *gateway.Kind) []gateway.Key {
	if k.Parent == "" {
		return []gateway.Key{{}}
	}
	parent := m.kinds.Get(k.Parent)
	if parent.Permanent && !parent.Stored() {
		var keys []gateway.Key
		for _, owner := range m.owners(parent) {
			for _, name := range []string{"RequestPublisherNotificationMessage", "BCC"} {
				keys = append(keys, owner.Child(parent.Name, name))
			}
		}
		return keys
	}
	return slices.DeleteFunc(slices.Clone(m.keys[k.Parent]), func(key gateway.Key) bool {
		r := m.byKey[key]
		_, _, revision := strings.Cut(key.Name(), ";rev=")
		switch {
		case revision && (k.Row == "api release" || k.Row == "api wiki"): // these belong to the API as a whole
			return true
		case r == nil:
			return false
		}
		a := gateway.Attachment{Pattern: k.Inside}
		_, _, told := a.File(r)
		return k.Inside != "" && told || k.Applies != nil && !k.Applies(r)
	})
}

// namesFor returns names for new resources of a kind below an owner.
func (m *maker) namesFor(k *gateway.Kind, owner gateway.Key) []string {
	switch k.Row {
	case "tag operation":
		return m.some(0.3, m.targets("api operation", k.Name, owner, 2))
	case "product group":
		return m.some(0.5, m.targets("group", k.Name, owner, 1))
	case "identity provider":
		return m.some(0.2, []string{"aad", "facebook", "google"})
	case "portal setting":
		return m.some(0.3, []string{"signin", "signup", "delegation"})
	case "portal config":
		return m.some(0.3, []string{"default"})
	case "notification email":
		return m.some(0.1, []string{"someone@example.com", "Any.One@example.com"})
	case "diagnostic", "api diagnostic":
		return m.some(0.3, []string{"azuremonitor", "applicationinsights"})
	}
	switch {
	case k.Only != "":
		return m.some(0.4, []string{k.Only})
	case k.Joins != "":
		row := m.kinds.Get(k.Joins).Row
		return m.some(0.35, m.targets(row, k.Name, owner, 1))
	}
	var names []string
	for range m.howMany(k) {
		names = append(names, m.name(k))
	}
	return names
}

// howMany tells how many resources of a kind an owner gets: few, so that
// hundreds of services can be tried.
func (m *maker) howMany(k *gateway.Kind) int {
	switch k.Row {
	case "api":
		return m.IntN(4)
	case "workspace":
		return m.IntN(4) / 3
	case "api operation":
		return 1 + m.IntN(2)
	}
	return max(0, m.IntN(5)-2)
}

// some returns each of the names with that probability.
func (m *maker) some(p float64, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(string) bool { return m.Float64() >= p })
}

// targets returns the names, of so many parts, of the resources of a row that
// lie in the same scope as the owner. Revisions that are not current are not
// among them: what is joined is the API as a whole.
func (m *maker) targets(row, beside string, owner gateway.Key, parts int) []string {
	var names []string
	for _, key := range m.near(row, beside, owner) {
		if full := key.Names(); !strings.Contains(strings.Join(full, "/"), ";rev=") {
			names = append(names, strings.Join(full[len(full)-parts:], "/"))
		}
	}
	return names
}

// near returns the keys of a row in the scope of the resource of kind beside.
func (m *maker) near(row, beside string, owner gateway.Key) []gateway.Key {
	kind := scoped(beside, row)
	return slices.DeleteFunc(slices.Clone(m.keys[kind]), func(key gateway.Key) bool {
		return strings.HasPrefix(kind, "workspace ") && key.Names()[0] != owner.Names()[0]
	})
}

// one returns one of the keys of a row in the scope of a resource.
func (m *maker) one(row string, from gateway.Key) (gateway.Key, bool) {
	keys := m.near(row, from.Kind, from)
	if len(keys) == 0 {
		return gateway.Key{}, false
	}
	return keys[m.IntN(len(keys))], true
}

// stems are the beginnings of names, by what a kind allows: the letters and
// digits of identifiers, what most allow, and what those allow besides in
// whose names no semicolon starts a revision.
var stems = map[string][]string{
	"any":   {"a%2Fb", "semi;colon=1"},
	"plain": {"plain", "UPPER", "with-dash", "x1"},
	"most":  {"plain", "UPPER case", "dots.in.it", "ünïcode", "漢字", "it's (odd)", "per%cent", "under_score", "con", "a,b=c", "~tilde!", "a$b@c"},
}

// name returns a name that no other resource of the service has, on any disk.
func (m *maker) name(k *gateway.Kind) string {
	m.names++
	list := stems["most"]
	switch k.Row {
	case "policy fragment", "gateway", "authorization provider", "authorization", "authorization access policy", "documentation":
		list = stems["plain"]
	case "tag":
		list = append(slices.Clip(list), stems["any"]...)
	}
	if m.IntN(3) > 0 {
		list = stems["plain"]
	}
	return fmt.Sprint(list[m.IntN(len(list))], m.names)
}
