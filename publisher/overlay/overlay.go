// Package overlay changes resources to what they are in one environment: a
// backend's address in production, the value of a secret, the logger of a
// diagnostic. The changes stand in a file in the dialects of Azure/apiops:
//
//	backends:
//	  - name: orders
//	    properties:
//	      url: https://orders.example.com
//
// It knows kinds, payloads and tokens. It does not know where the file, the
// resources and the values of tokens come from. It never makes a resource.
package overlay

import (
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// A Problem is something in a file that is wrong, or may be, with its line.
type Problem = yamlfile.Problem

// Options say how a file is read.
type Options struct {
	// Env returns the value of a token. nil: there are none.
	Env func(name string) (string, bool)
	// File returns the value in a file that a token names, and Secret that of a
	// secret. nil: there are none.
	File, Secret func(name string) (string, error)
	// Settings are keys at the top of the file that are the business of
	// others.
	Settings []string
	// Lenient makes warnings of unknown keys and entries that are there twice.
	Lenient bool
	// Open leaves tokens without a value in place, which else are problems.
	Open bool
}

// An Overlay is the overrides of one environment. nil has none. Use Parse.
type Overlay struct {
	kinds *gateway.Kinds
	file  string
	root  section
	keys  map[string]bool // kinds of which there is a key
}

// A section is the entries for what one owner has, by the name of their kind
// and by their own in lower case.
type section map[string]map[string]*entry

// An entry is what is changed of one resource, and of those that it owns.
type entry struct {
	name    string
	line    int
	spec    map[string]any // merged into the payload; nil: nothing
	patches []patch
	written map[string]any // spec and patches as they stand in the file, tokens unfilled
	open    bool           // a token has no value
	hidden  []string       // texts of spec and patches that are not to be shown
	below   section
}

// empty reports whether the entry changes nothing of the resource itself.
func (e *entry) empty() bool { return len(e.spec) == 0 && len(e.patches) == 0 }

// Parse reads a file of that name and fills in its tokens. What is wrong with
// it is told with its line, all at once and without values.
func Parse(kinds *gateway.Kinds, file string, text []byte, o Options) (*Overlay, []*Problem, error) {
	p := &parser{Reader: yamlfile.NewReader(file, o.Lenient), Options: o, kinds: kinds, keys: map[string]bool{}}
	out := &Overlay{kinds: kinds, file: file, keys: p.keys, root: p.file(text)}
	if err := p.Err(); err != nil {
		return nil, p.Warnings(), err
	}
	return out, p.Warnings(), nil
}

// Empty reports whether there are no overrides at all.
func (o *Overlay) Empty() bool { return o == nil || len(o.root) == 0 }

// HasKey reports whether the file has a key for a kind, anywhere.
func (o *Overlay) HasKey(kind string) bool { return o != nil && o.keys[kind] }

// Apply returns the resources as they are in the environment, in normal form,
// and warns of overrides that match none of them. It changes neither rs nor
// the resources in it. A patch that does not fit is an error.
func (o *Overlay) Apply(rs []*gateway.Resource) ([]*gateway.Resource, []*Problem, error) {
	if o.Empty() {
		return rs, nil, nil
	}
	report := yamlfile.NewReader(o.file, false)
	out := slices.Clone(rs)
	keys := make([]gateway.Key, len(rs))
	for i, r := range rs {
		keys[i] = r.Key
		out[i] = o.apply(r, report)
	}
	return out, o.Unmatched(keys), report.Err()
}

// ApplyTo is Apply for one resource. It says nothing of others. nil stays nil.
func (o *Overlay) ApplyTo(r *gateway.Resource) (*gateway.Resource, error) {
	if o.Empty() || r == nil {
		return r, nil
	}
	report := yamlfile.NewReader(o.file, false)
	out := o.apply(r, report)
	return out, report.Err()
}

func (o *Overlay) apply(r *gateway.Resource, report *yamlfile.Reader) *gateway.Resource {
	e := o.find(r.Key)
	if e == nil || e.empty() {
		return r
	}
	k := o.kinds.Get(r.Key.Kind)
	spec, _ := gateway.Clone(r.Spec).(map[string]any)
	if spec == nil {
		spec = map[string]any{}
	}
	m := merger{spelling: spellings(k)}
	m.object(spec, e.spec, "")
	if len(e.patches) > 0 {
		sayDefaults(k, spec)
	}
	for _, p := range e.patches {
		if err := p.apply(spec); err != nil {
			report.Problemf(&yaml.Node{Line: p.line}, "patch %v: %v", r.Key, err)
		}
	}
	out := *r
	out.Spec = o.kinds.Normal(k, spec)
	out.Hidden = slices.Concat(r.Hidden, e.hidden)
	return &out
}

// sayDefaults spells out what the normal form leaves out, so that a patch
// finds what the gateway has.
func sayDefaults(k *gateway.Kind, spec map[string]any) {
	for field, def := range k.Defaults {
		if gateway.Field(spec, field) == nil {
			gateway.SetField(spec, field, gateway.Clone(def))
		}
	}
}

// Touches reports whether there is an override of the resource.
func (o *Overlay) Touches(key gateway.Key) bool {
	e := o.find(key)
	return e != nil && !e.empty()
}

// HasOpen reports whether the override of the resource has a token without a
// value.
func (o *Overlay) HasOpen(key gateway.Key) bool {
	e := o.find(key)
	return e != nil && e.open
}

// Same reports whether both files say the same of the resource, tokens taken
// as they are written.
func (o *Overlay) Same(other *Overlay, key gateway.Key) bool {
	a, b := o.find(key), other.find(key)
	if a == nil || a.empty() || b == nil || b.empty() {
		return (a == nil || a.empty()) == (b == nil || b.empty())
	}
	return reflect.DeepEqual(a.written, b.written)
}

// find returns the entry of a resource: that with its name, else that with the
// name which stands for it. It is nil if there is none.
func (o *Overlay) find(key gateway.Key) *entry {
	if o.Empty() {
		return nil
	}
	s := o.root
	var e *entry
	for _, k := range chain(o.kinds, key) {
		kind := o.kinds.Get(k.Kind)
		if kind == nil {
			return nil
		}
		entries := s[k.Kind]
		if e = entries[strings.ToLower(k.Name())]; e == nil && kind.ConfigName != nil {
			e = entries[strings.ToLower(kind.ConfigName(k.Name()))]
		}
		if e == nil {
			return nil
		}
		s = e.below
	}
	return e
}

// chain returns a key and what owns it, the outermost first.
func chain(kinds *gateway.Kinds, key gateway.Key) []gateway.Key {
	var keys []gateway.Key
	for k := key; !k.IsZero(); k = kinds.Parent(k) {
		keys = append(keys, k)
	}
	slices.Reverse(keys)
	return keys
}

// Unmatched warns of overrides of resources that are not among the keys, which
// may be all that a tree holds.
func (o *Overlay) Unmatched(keys []gateway.Key) []*Problem {
	if o.Empty() {
		return nil
	}
	used := map[*entry]bool{}
	names := map[gateway.Key][]string{} // by owner and kind
	for _, key := range keys {
		used[o.find(key)] = true
		place := o.kinds.Fold(o.kinds.Parent(key).Child(key.Kind, ""))
		names[place] = append(names[place], key.Name())
	}
	report := yamlfile.NewReader(o.file, false)
	o.unmatched(report, gateway.Key{}, o.root, used, names)
	return report.Warnings()
}

func (o *Overlay) unmatched(report *yamlfile.Reader, owner gateway.Key, s section, used map[*entry]bool, names map[gateway.Key][]string) {
	for kind, entries := range s {
		for _, e := range entries {
			key := owner.Child(kind, e.name)
			if !e.empty() && !used[e] {
				known := names[o.kinds.Fold(owner.Child(kind, ""))]
				slices.Sort(known)
				report.Warnf(&yaml.Node{Line: e.line}, "there is no %v to override: nothing is made of it%s", key, nearest.Hint(e.name, known))
			}
			o.unmatched(report, key, e.below, used, names)
		}
	}
}
