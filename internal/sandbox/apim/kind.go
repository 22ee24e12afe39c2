package apim

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// kind is one row of the table: a resource type and everything the generic
// handlers need to serve it. What a column cannot say is a hook.
type kind struct {
	path   string // collection names below the service, "apis/operations/policies"
	noun   string // as error messages call it: "Api" gives "Api not found."
	verbs  string // of L list, G get, H head, P put, U patch, D delete
	ws     bool   // the type also exists below workspaces/{id}
	demand string // verbs for which If-Match is documented as required

	only     []string          // the only names allowed; nil: any
	builtin  map[string]string // names that always exist, and their properties as JSON
	long     longMode          // when PUT and PATCH are long-running
	noCreate bool              // PUT answers 200 even when it creates
	linkHead bool              // HEAD answers 204
	patch204 bool              // PATCH answers 204 without a body

	defaults string   // properties the service fills in, as JSON
	keep     []string // properties a PUT that omits them leaves as they were
	secrets  []string // properties never read back; nested ones with dots
	listOmit []string // properties that lists leave out
	listNull []string // properties that lists show as null
	armType  string   // the type as answers spell it, when not made from path

	follows bool     // goes when what it refers to goes
	times   []string // times of which reads show less than the answer to a write
	refs    []reference
	assoc   *association
	link    *linkage
	hooks   hooks
	posts   map[string]post

	fill  map[string]any // defaults, decoded
	facts *fact          // checked properties, from facts.json
}

// longMode says when a write of a type is a long-running operation.
type longMode int

const (
	longNever  longMode = iota
	longImport          // when the body carries a definition to import
	longAlways
)

// reference is a property that names another resource.
type reference struct {
	field string // below properties; [] marks lists: "pool.services[].id"
	to    string // kind path of the target
	bare  bool   // the value is a name, not an id
	hold  bool   // the target can not be deleted while referred to
	loose bool   // a missing target is accepted
}

// association is a membership without a body: products/{p}/apis/{a}.
type association struct {
	target  string // kind path of what it shows
	links   string // kind path of the links it is a view of; "" when it stores its own
	inverse bool   // the URL's parent is the link's target, the URL's name its owner
	only    string // the one property shown, naming the target; "" shows the target whole
}

// linkage is a membership as a resource: products/{p}/apiLinks/{id}.
type linkage struct {
	field  string // property that names the target
	target string // kind path of the target
	what   string // "Product and Api", for the message on a second link
}

// hooks are the places where a type differs from the generic handlers.
type hooks struct {
	prepare func(*write) error          // check and amend what is to be stored
	stored  func(*write) error          // side effects of the write
	deletes func(*service, *drop) error // refuse, or widen, a delete
	show    func(*service, *item, map[string]any, shown)
}

// shown says for what an item is rendered.
type shown int

const (
	inGet shown = iota
	inPut
	inList
)

// post is an action on an item: POST .../{name}/{action}.
type post func(*call, *item) (*answer, error)

// collection is the last segment of the kind's path.
func (k *kind) collection() string { return k.path[strings.LastIndexByte(k.path, '/')+1:] }

// can reports whether the kind has a verb of the table's legend.
func (k *kind) can(verb string) bool { return strings.Contains(k.verbs, verb) }

// table is the set of kinds by lower-case path.
type table struct {
	rows  map[string]*kind
	list  []*kind
	below map[*kind][]*kind // the kinds whose items live below an item of a kind
}

// sharedTable is the table all servers use. It is built once, for it never changes.
var sharedTable = sync.OnceValues(func() (*table, error) { return newTable(rows()) })

func newTable(rows []kind) (*table, error) {
	known, err := loadFacts()
	if err != nil {
		return nil, err
	}
	t := &table{rows: make(map[string]*kind, len(rows)), below: map[*kind][]*kind{}}
	for _, k := range rows {
		if k.defaults != "" {
			if err := json.Unmarshal([]byte(k.defaults), &k.fill); err != nil {
				return nil, fmt.Errorf("read defaults of %s: %w", k.path, err)
			}
		}
		k.follows = k.follows || k.link != nil || k.assoc != nil
		k.facts = known[strings.ToLower(k.path)]
		at := strings.ToLower(k.path)
		if t.rows[at] != nil {
			return nil, fmt.Errorf("build table: %s is there twice", k.path)
		}
		t.rows[at] = &k
		t.list = append(t.list, &k)
	}
	t.nest()
	return t, t.check()
}

// nest works out which kinds live below which.
func (t *table) nest() {
	workspace := t.get("workspaces")
	for _, k := range t.list {
		if i := strings.LastIndexByte(k.path, '/'); i >= 0 {
			parent := t.get(k.path[:i])
			t.below[parent] = append(t.below[parent], k)
		} else if k.ws {
			t.below[workspace] = append(t.below[workspace], k)
		}
	}
}

// check finds rows that point to rows which do not exist.
func (t *table) check() error {
	for _, k := range t.list {
		var to []string
		for _, r := range k.refs {
			to = append(to, r.to)
		}
		if k.link != nil {
			to = append(to, k.link.target)
		}
		if k.assoc != nil {
			to = append(to, k.assoc.target)
		}
		for _, path := range to {
			if t.get(path) == nil {
				return fmt.Errorf("build table: %s refers to unknown %s", k.path, path)
			}
		}
	}
	return nil
}

// get finds a kind by its path in any case; nil when there is none.
func (t *table) get(path string) *kind { return t.rows[strings.ToLower(path)] }
