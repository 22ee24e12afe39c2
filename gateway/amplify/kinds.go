package amplify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Row is a kind as the API Server has it.
type Row struct {
	Group, Kind, Plural string
	Version             string // that serves it; "" is v1
	Scopes              string // kinds of the group that hold it, apart by blanks; "" is none
	Subs                string // its subresources, apart by blanks
	Runtime             bool   // made by running: left out unless it is asked for
	Archive             bool   // has to be at the end of its life cycle before it can be deleted
	Lifecycle           bool   // its state is a step of a life cycle
	Doc                 string
	After               []string // kinds that have to be there first, by name, as the server's definitions tell
	newer               bool     // only the server describes it
	served              []string // versions that it can be asked for under, as the server tells; nil: it does not
}

// version returns the version that serves the kind.
func (r *Row) version() string { return cmp.Or(r.Version, "v1") }

// id names the kind in tables: "management/APIService".
func (r *Row) id() string { return r.Group + "/" + r.Kind }

// scopes returns the kinds that hold the kind; none: [""].
func (r *Row) scopes() []string {
	if r.Scopes == "" {
		return []string{""}
	}
	return strings.Fields(r.Scopes)
}

// A served is what a kind of the contract stands for: a row below one of its
// scopes.
type served struct {
	row   *Row
	scope *Row // nil: none
}

// A table is rows made ready: the kinds of the contract, and what stands
// behind each.
type table struct {
	kinds  *gateway.Kinds
	served map[string]served // by name of the kind
	rows   []Row
}

// newTable checks rows and puts them in order. hooks give the columns that
// need more than a row says.
func newTable(rows []Row, hooks columns) (*table, error) {
	t := &table{served: map[string]served{}, rows: rows}
	byID := map[string]*Row{}
	for i := range rows {
		byID[rows[i].id()] = &rows[i]
	}
	has := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		for _, scope := range r.scopes() {
			name := nameOf(scope, r.Kind)
			has[name] = true
			t.served[name] = served{row: r, scope: byID[r.Group+"/"+scope]}
		}
	}
	var all []gateway.Kind
	for i := range rows {
		for _, scope := range rows[i].scopes() {
			all = append(all, kindOf(&rows[i], scope, has, hooks))
		}
	}
	var err error
	t.kinds, err = gateway.NewKinds(gateway.Table{Rows: all, Review: t.review})
	return t, err
}

// review finds what is wrong with resources together.
func (t *table) review(have, after []*gateway.Resource) []gateway.Finding {
	return append(unattached(after), t.valueless(have, after)...)
}

// byKind returns the name of some kind of the contract that a kind of the
// server stands behind.
func (t *table) byKind(kind string) (string, bool) {
	for _, k := range t.kinds.All() {
		if k.Row == kind {
			return k.Name, true
		}
	}
	return "", false
}

// nameOf returns the name of the kind that another holds, or none.
func nameOf(scope, kind string) string { return strings.TrimSpace(scope + " " + kind) }

// columns are those that need more than a row says.
type columns struct {
	faults func(r *gateway.Resource) []gateway.Fault // besides those that hold anywhere; nil: none
	whole  bool                                      // the rows tell all versions that there are
}

// kindOf returns the kind that a row is below a scope.
func kindOf(r *Row, scope string, has map[string]bool, c columns) gateway.Kind {
	k := gateway.Kind{
		Name: r.Kind, Segment: r.Plural, Doc: r.Doc, OptIn: r.Runtime,
		Dir: r.Plural, File: "*.yaml", Format: gateway.YAML, Order: envelope(),
		Omit: omitted(), Loose: []string{"group", "apiVersion", "kind", "name", "metadata.scope"},
		Sets: []string{"metadata.acl", "tags"}, Rules: []func(map[string]any){ownTexts, plainTitle},
		Refs: refsOf(r), After: earlier(r, scope, has), Faults: func(res *gateway.Resource) []gateway.Fault {
			all := wrong(r, scope, res)
			if c.whole {
				all = append(all, unserved(r, res.Spec)...)
			}
			if c.faults != nil {
				all = append(all, c.faults(res)...)
			}
			return all
		},
	}
	if scope == "" {
		k.Dir = r.Group + "/" + r.Plural
	} else {
		k.Under = []string{scope}
	}
	if slices.Contains(strings.Fields(r.Subs), "state") {
		k.Defaults = map[string]any{"state": states()[0]}
	}
	if k.Secret = secretsOf(r); k.Secret != nil {
		k.Loose = append(k.Loose, sealed()[r.id()]...)
		k.Lacks = lacks(k.Secret, guardsOf(r))
	}
	for _, p := range contentsOf(r) {
		k.Attach = append(k.Attach, gateway.Attachment{Pattern: p.name + ".*"})
	}
	return k
}

// earlier returns the names of the kinds that those of a row below a scope
// wait for, besides those that their fields name: the ones in the same scope
// before those in none.
func earlier(r *Row, scope string, has map[string]bool) []string {
	var names []string
	for _, name := range append(after()[r.id()], r.After...) {
		switch beside := nameOf(scope, name); {
		case has[beside] && beside != nameOf(scope, r.Kind):
			names = append(names, beside)
		case has[name]:
			names = append(names, name)
		}
	}
	return names
}

// omitted are the fields that the server owns.
func omitted() []string {
	fields := []string{"metadata.scope.id", "metadata.scope.selfLink"}
	for _, f := range []string{
		"id", "audit", "accessRights", "resourceVersion", "references", "deletedReferences", "referencedByResources", "scopedResources", "state", "selfLink",
	} {
		fields = append(fields, "metadata."+f)
	}
	return append(fields, computed()...)
}

// plainTitle drops a title that only repeats the name, as the server makes it.
func plainTitle(spec map[string]any) {
	if spec["title"] == spec["name"] {
		delete(spec, "title")
	}
}
