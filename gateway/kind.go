package gateway

import (
	"cmp"
	"strings"
)

// A Kind is one row of a gateway's table: all that the rest of the program
// needs to know to store, compare, order and document resources of that kind.
//
// Fields of a payload are named by path: "properties.loggerId". In a path,
// "*" stands for every key of an object and a name that ends in "[]" for every
// element of the array it names: "properties.pool.services[].id".
type Kind struct {
	Name   string   // singular, lower case: "api operation"
	Parent string   // kind that owns it, or ""
	Under  []string // kinds below which the row exists once more; "" is the gateway itself. nil is [""]
	Row    string   // set by NewKinds: name of the row, "api" for "workspace api"
	Doc    string   // one line for the list of kinds

	// Segment names the collection in ids and REST paths: "namedValues".
	Segment string

	// Where it is kept in the artifact tree. A kind with neither File nor
	// Split is only a step on the way to the kinds it owns.
	Dir    string         // folder below the owner's folder: "operations"
	Only   string         // name of the one an owner may have, kept in the owner's folder
	File   string         // payload, in Format; a * in it is the resource's name, and the file then beside its folder: "*.yaml"
	Format Format         // of File
	Order  []string       // names that come first in a new file, where the format has no order of its own
	Split  []Split        // text fields kept in a file of their own
	Either bool           // text fields may lie in File as well, and a tree may have no File where one of their own is there
	Attach []Attachment   // further files, kept as they are
	Const  map[string]any // payload fields that no file holds
	Inside string         // pattern of the owner's attached file that tells all of it, where there is one
	// Implied says that a tree may speak of what such a resource owns and not
	// of itself. While no file tells of any of the kind, none is written, and
	// that there is none does not say that one has to go.
	Implied bool
	// Spellings are other ways to keep it, in the order in which they count
	// where a resource is kept in several.
	Spellings []Spelling
	// Generated tells from the payload which resources the gateway made by
	// itself: they are left alone in the tree and on the gateway. nil: none.
	Generated func(spec map[string]any) bool

	// How configuration files speak of its resources: filters of an
	// extraction, overrides of an environment.
	ConfigKey     string                   // key of the list of them, where that is not Segment: "versionSets"
	ConfigAliases []string                 // other keys that mean the same: "versionSetNames"
	ConfigName    func(name string) string // name that stands for a resource besides its own, such as that of a revision's API; nil: there is none
	Fixed         []string                 // fields that no override changes: they say which state the tree holds

	// What it depends on, besides its owner.
	Joins    string                      // kind that its own name refers to, for a row that links two others: "orders", "orders/get" for an operation
	Repeats  string                      // field in which a tree repeats the id of what it joins, for tools that need it
	Refs     []Ref                       // fields that name another resource
	After    []string                    // kinds that must be written first though no field shows it
	Mentions func(r *Resource) []Mention // resources that text in the payload names
	Unique   []string                    // fields of which no two resources of the kind may share a value
	// Claims returns what no two resources of the kind may hold at once where
	// no single field tells it, in words: `path "orders"`.
	Claims func(r *Resource) []string
	// Lacks says what a new resource cannot be made without and the payload
	// does not have, as git holds no secrets. "", or nil: nothing.
	Lacks func(spec map[string]any) string
	// Faults says why no gateway would take a resource, as far as it can be
	// told before the first write. nil: nothing is known.
	Faults func(r *Resource) []Fault
	Live   bool // makes other resources take effect: belongs to the publish stage

	// Stands returns the name of the resource beside it that has the same state
	// and keeps it when the name of this one comes to stand for another:
	// "orders;rev=2" for "orders". nil, or the own name: its name stands for it
	// alone. See Kinds.Moves.
	Stands func(r *Resource) string

	// Applies tells which owners can have resources of the kind. nil: all.
	Applies func(owner *Resource) bool

	// Its normal form.
	Exact bool     // what is empty, and how a number is written, means something: it is kept and compared
	Omit  []string // fields that the gateway owns
	Keep  []string // fields of which an empty text says something: there is a value, and it is empty
	Loose []string // fields kept in the tree yet never compared
	// Follows returns the fields of a resource that another one decides: they
	// are kept in the tree and never compared. nil: none.
	Follows  func(key Key) []string
	Defaults map[string]any         // what the gateway fills in, dropped when equal
	Told     []string               // fields that a file names even so, for tools that need them
	Sets     []string               // arrays of which the order means nothing
	Secret   []Secret               // fields that never reach the disk
	Rules    []func(map[string]any) // what the columns cannot say; each idempotent

	OptIn     bool     // programs manage it only where they are asked to: see Kinds.OptedOut
	Builtin   []string // names the product owns; never listed or planned
	Permanent bool     // always there: updated, never created or deleted
	// Initial is the state of permanent resources on a new gateway, by name.
	// A resource in that state is not stored.
	Initial map[string]map[string]any
}

// A Format is how the file of a payload is written.
type Format string

// The formats of payloads.
const (
	JSON Format = ""
	YAML Format = "yaml"
)

// Stored reports whether resources of this kind are kept and planned.
func (k *Kind) Stored() bool { return k.File != "" || len(k.Split) > 0 }

// Flat reports whether the payload's file lies beside a resource's folder.
func (k *Kind) Flat() bool { return strings.Contains(k.File, "*") }

// FileOf returns the name of the payload's file as seen from the folder of that
// name, which is a resource's.
func (k *Kind) FileOf(folder string) string {
	if !k.Flat() {
		return k.File
	}
	return "../" + strings.Replace(k.File, "*", folder, 1)
}

// ConfigKeys returns the keys that stand for the kind in configuration files,
// the one to suggest first.
func (k *Kind) ConfigKeys() []string {
	return append([]string{cmp.Or(k.ConfigKey, k.Segment)}, k.ConfigAliases...)
}

// A Split is a text field of the payload that has its own file.
type Split struct {
	Field, File string
	Within      bool                   // a payload's file that has the text keeps it
	Equal       func(a, b string) bool // nil: equal apart from line ends
}

// An Attachment is a group of files beside the payload of which a resource
// has at most one: "specification.*".
type Attachment struct {
	Pattern string
	// Order are the names in the order in which they count where there are
	// several, before all others. nil: there must not be several.
	Order []string
	// Equal says whether two files of the group mean the same, and Diff in
	// a few lines how they differ. nil: the bytes count.
	Equal func(aName string, a []byte, bName string, b []byte) bool
	Diff  func(aName string, a []byte, bName string, b []byte) []string
	// Reencode turns one spelling of a file into that of another name, so
	// that a tree keeps the format it uses. nil, or an error: it cannot.
	Reencode func(text []byte, from, to string) ([]byte, error)
	// Within is where other tools keep a file of the group. nil: nowhere else.
	Within *Within
}

// A Within is a place for an attached file in the payload of a resource that
// its owner owns, and that counts for nothing else then.
type Within struct {
	Layouts   []string       // that keep it so
	Row, Name string         // of that resource
	Field     string         // that holds the text of the file
	Const     map[string]any // what other fields must be
	File      string         // the file that it stands for
}

// A Ref is a field of the payload that names a resource of another kind: by
// its id, or by its name alone.
type Ref struct {
	Field, Kind string
	ByName      bool
}

// A Mention is a resource that text names: by its name, or by the value of
// one of its fields, as a policy names a named value by its display name. It
// is looked up beside the resource that mentions it, then at the gateway.
type Mention struct{ Kind, Field, Value string }

// A Secret is a field whose value is never stored, printed or compared.
type Secret struct {
	Field string
	// Each calls edit with the values of secrets that no path can name, as
	// EditField does. Field then is where to look for them; "" is anywhere.
	// nil: Field names them.
	Each  func(spec map[string]any, edit func(v any) (any, bool))
	If    string           // only when this field is true; "" is always
	Plain func(v any) bool // values that are no secret, such as references to one
	// Mask stands for a value in what is stored, printed and compared: that
	// there is one counts, not which. nil: the field is left out.
	Mask any
	// Alike tells which plain values mean the same, for each gateway has its
	// own: references to what it made by itself. nil: none.
	Alike func(v any) bool
	// Stands tells which plain values a write replaces by the secret that they
	// stand for. nil: none.
	Stands func(v any) bool
}

// Edit calls edit with each value that the secret names, as EditField does.
func (s *Secret) Edit(spec map[string]any, edit func(v any) (any, bool)) {
	if s.Each != nil {
		s.Each(spec, edit)
		return
	}
	EditField(spec, s.Field, edit)
}
