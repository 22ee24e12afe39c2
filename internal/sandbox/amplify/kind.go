package amplify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// row is one kind as the table has it.
type row struct {
	group, kind, plural string
	scopes              string // kinds that hold it, apart by blanks; none: it stands alone
	subs                string // names of its subresources, apart by blanks
	secret              string // field of the spec whose values are never shown
	raw                 string // field of the spec that tells the type of the file that it holds
	only                string // the one version that serves it; none: all do
}

// kind is a row, made ready.
type kind struct {
	group, name, plural string
	scopes              []*kind
	subs                []string
	secret, raw         string
	versions            []string // the best first
	links               []link   // what its fields refer to
	described           bool     // its objects are made from the table, and cannot be changed
}

// path names the kind in keys and in the table: "management/apiservices".
func (k *kind) path() string { return k.group + "/" + k.plural }

// ref names the kind in the table of links: "management/APIService".
func (k *kind) ref() string { return k.group + "/" + k.name }

// hasSub reports whether objects of the kind can have the subresource.
func (k *kind) hasSub(name string) bool {
	return strings.HasPrefix(name, "x-") || isLanguage(name) || slices.Contains(k.subs, name)
}

// heldBy reports whether the kind stands in the scope; nil is no scope.
func (k *kind) heldBy(scope *kind) bool {
	if scope == nil {
		return len(k.scopes) == 0
	}
	return slices.Contains(k.scopes, scope)
}

// table holds the kinds by what they are found by.
type table struct {
	kinds  []*kind
	byPath map[string]*kind
	byRef  map[string]*kind
}

// allVersions are the versions that serve a kind, the best first.
func allVersions() []string { return []string{"v1", "v1alpha1"} }

// described lists the kinds that describe the others.
func describedKinds() []string {
	return []string{"definitions/groups", "definitions/resources", "definitions/resourceversions", "definitions/commandlines"}
}

// newTable makes the table, with kinds and links more than it has; see Options.
func newTable(extra, extraLinks []string) (*table, error) {
	all := rows()
	for _, spec := range extra {
		r, err := parseRow(spec)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	t := &table{byPath: map[string]*kind{}, byRef: map[string]*kind{}}
	for _, r := range all {
		k := &kind{group: r.group, name: r.kind, plural: r.plural, subs: strings.Fields(r.subs), secret: r.secret, raw: r.raw, versions: allVersions()}
		if r.only != "" {
			k.versions = []string{r.only}
		}
		k.described = slices.Contains(describedKinds(), k.path())
		if t.byPath[k.path()] != nil || t.byRef[k.ref()] != nil {
			return nil, fmt.Errorf("add kind %s: the table has it already", k.ref())
		}
		t.kinds, t.byPath[k.path()], t.byRef[k.ref()] = append(t.kinds, k), k, k
	}
	for i, r := range all {
		for _, name := range strings.Fields(r.scopes) {
			scope := t.byRef[r.group+"/"+name]
			if scope == nil {
				return nil, fmt.Errorf("add kind %s/%s: group %s has no kind %s to hold it", r.group, r.kind, r.group, name)
			}
			t.kinds[i].scopes = append(t.kinds[i].scopes, scope)
		}
	}
	return t, t.link(extraLinks)
}

var rowPattern = regexp.MustCompile(`^([a-z][a-z0-9]*)/([A-Z][A-Za-z0-9]*)/([a-z][a-z0-9]*)(?:@([A-Za-z0-9,]+))?(?::([a-z0-9,-]+))?$`)

// parseRow reads "group/Kind/plural", with "@Scope,Scope" and ":sub,sub" after it.
func parseRow(spec string) (row, error) {
	m := rowPattern.FindStringSubmatch(spec)
	if m == nil {
		return row{}, fmt.Errorf("add kind %q: write it as group/Kind/plural[@Scope,...][:subresource,...]", spec)
	}
	return row{group: m[1], kind: m[2], plural: m[3],
		scopes: strings.ReplaceAll(m[4], ",", " "), subs: strings.ReplaceAll(m[5], ",", " ")}, nil
}

// groups lists the groups in the order of the table.
func (t *table) groups() []string {
	var out []string
	for _, k := range t.kinds {
		if !slices.Contains(out, k.group) {
			out = append(out, k.group)
		}
	}
	return out
}
