package autoflow

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A holder knows where a configuration holds the resources of one kind.
type holder interface {
	// names returns what they are called below an owner, in their order.
	names(c *config, owner gateway.Key) []string
	// get returns the payload of one, not to be changed; nil: not there.
	get(c *config, key gateway.Key) map[string]any
	// set stores a payload. The owner is there.
	set(c *config, key gateway.Key, spec map[string]any) error
	remove(c *config, key gateway.Key)
}

// holders are those of all kinds.
func holders() map[string]holder {
	all := map[string]holder{
		"product":  field{name: "$product", always: true, settle: settleProduct},
		"settings": field{name: "settings"},
		"order":    orders{},
		"section":  others{},
	}
	for kind, section := range sections() {
		e := entries{section}
		all[kind] = e
		all[kind+" version"] = parts{of: e, field: "version"}
	}
	versions := parts{of: entries{"Service"}, field: "version", inner: "operation"}
	all["service version"] = versions
	all["service operation"] = parts{of: versions, field: versions.inner}
	return all
}

// A field holds one resource: a field of the configuration.
type field struct {
	name   string
	always bool // it is there even if the configuration lacks it
	settle func(old, next map[string]any) error
}

func (f field) names(c *config, _ gateway.Key) []string {
	if _, ok := c.top[f.name]; !ok && !f.always {
		return nil
	}
	return []string{fileName(f.name)}
}

func (f field) get(c *config, key gateway.Key) map[string]any {
	if key.Name() != fileName(f.name) {
		return nil
	}
	spec, ok := c.top[f.name].(map[string]any)
	if !ok && f.always {
		return map[string]any{}
	}
	return spec
}

func (f field) set(c *config, key gateway.Key, spec map[string]any) error {
	if f.settle != nil {
		if err := f.settle(f.get(c, key), spec); err != nil {
			return err
		}
	}
	c.top[f.name] = spec
	if f.always && len(spec) == 0 {
		delete(c.top, f.name) // nobody can tell the two apart
	}
	return nil
}

func (f field) remove(c *config, _ gateway.Key) { delete(c.top, f.name) }

// Entries are resources of a section.
type entries struct{ section string }

func (e entries) names(c *config, _ gateway.Key) []string { return c.ids(e.section) }

func (e entries) raw(c *config, key gateway.Key) map[string]any {
	m, _ := c.entry(e.section, key.Name())
	return m
}

func (e entries) get(c *config, key gateway.Key) map[string]any {
	return withoutParts(without(e.raw(c, key), "id"), "version")
}

func (e entries) set(c *config, key gateway.Key, spec map[string]any) error {
	if spec["version"] != nil {
		return fmt.Errorf("%w: versions have files of their own", gateway.ErrInvalid)
	}
	if id, ok := spec["id"]; ok && id != key.Name() {
		return fmt.Errorf("%w: the id is the name of the folder, %q", gateway.ErrInvalid, key.Name())
	}
	old, i := c.entry(e.section, key.Name())
	next := withParts(spec, old, "version")
	next["id"] = key.Name()
	if old == nil {
		c.insert(e.section, next)
		return nil
	}
	c.list(e.section)[i] = next
	return nil
}

func (e entries) remove(c *config, key gateway.Key) { c.remove(e.section, key.Name()) }

// An owner is what parts are parts of.
type owner interface {
	raw(c *config, key gateway.Key) map[string]any
}

// Parts are resources that a field of their owner holds by name.
type parts struct {
	of    owner
	field string
	inner string // field that holds resources of their own; "": none
}

// all returns the field of the owner of key.
func (p parts) all(c *config, owner gateway.Key) map[string]any {
	all, _ := p.of.raw(c, owner)[p.field].(map[string]any)
	return all
}

func (p parts) names(c *config, owner gateway.Key) []string {
	return slices.Sorted(maps.Keys(p.all(c, owner)))
}

func (p parts) raw(c *config, key gateway.Key) map[string]any {
	m, _ := p.all(c, above(key))[key.Name()].(map[string]any)
	return m
}

func (p parts) get(c *config, key gateway.Key) map[string]any {
	if p.inner == "" {
		return p.raw(c, key)
	}
	return withoutParts(p.raw(c, key), p.inner)
}

func (p parts) set(c *config, key gateway.Key, spec map[string]any) error {
	next := maps.Clone(spec)
	if p.inner != "" {
		if spec[p.inner] != nil {
			return fmt.Errorf("%w: each %s has a file of its own", gateway.ErrInvalid, p.inner)
		}
		next = withParts(spec, p.raw(c, key), p.inner)
	}
	all := p.all(c, above(key))
	if all == nil {
		all = map[string]any{}
		p.of.raw(c, above(key))[p.field] = all
	}
	all[key.Name()] = next
	return nil
}

func (p parts) remove(c *config, key gateway.Key) { delete(p.all(c, above(key)), key.Name()) }

// above returns a key that has the names of the owner of key. Its kind is not
// that of the owner, and no holder asks for it.
func above(key gateway.Key) gateway.Key {
	names := key.Names()
	return gateway.NewKey(key.Kind, names[:len(names)-1]...)
}

// Others are the fields of a configuration that no other kind holds. They may
// be anything: the payload has them in a field of its own.
type others struct{}

// value is the field of a section's payload that holds it.
const value = "value"

func (others) names(c *config, _ gateway.Key) []string {
	var names []string
	for name := range c.top {
		if !known(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func known(name string) bool {
	for _, section := range sections() {
		if name == section {
			return true
		}
	}
	return name == "$product" || name == "settings"
}

func (others) get(c *config, key gateway.Key) map[string]any {
	v, ok := c.top[key.Name()]
	if !ok || known(key.Name()) {
		return nil
	}
	return map[string]any{value: v}
}

func (others) set(c *config, key gateway.Key, spec map[string]any) error {
	v, ok := spec[value]
	if !ok || len(spec) != 1 || known(key.Name()) {
		return fmt.Errorf("%w: want the field %s and nothing else, in a section that no other kind holds", gateway.ErrInvalid, value)
	}
	c.top[key.Name()] = v
	return nil
}

func (others) remove(c *config, key gateway.Key) {
	if !known(key.Name()) {
		delete(c.top, key.Name())
	}
}

// without returns a copy of an object without fields; nil for nil.
func without(m map[string]any, fields ...string) map[string]any {
	m = maps.Clone(m)
	for _, f := range fields {
		delete(m, f)
	}
	return m
}

// withoutParts returns a copy of an object without the field that holds parts,
// which are resources of their own; nil for nil. What has no such field says so
// with null, for one that is empty is something else.
func withoutParts(m map[string]any, field string) map[string]any {
	if m == nil {
		return nil
	}
	_, ok := m[field]
	m = without(m, field)
	if !ok {
		m[field] = nil
	}
	return m
}

// withParts returns a copy of a payload with the parts that old has; nil: there
// was none.
func withParts(spec, old map[string]any, field string) map[string]any {
	next := maps.Clone(spec)
	all, _ := old[field].(map[string]any)
	_, none := spec[field]
	delete(next, field)
	switch {
	case len(all) > 0:
		next[field] = all
	case !none:
		next[field] = map[string]any{}
	}
	return next
}

// keepField gives next a field as old has it.
func keepField(next, old map[string]any, field string) {
	delete(next, field)
	if v, ok := old[field]; ok {
		next[field] = v
	}
}

// fileName returns the name of the resource that a field holds.
func fileName(field string) string {
	if field == "$product" {
		return "product"
	}
	return field
}
