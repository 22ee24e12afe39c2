package amplify

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// namePattern is that of the names that the server takes.
var namePattern = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// wrong says why no organization would take a resource of a row below a scope.
func wrong(r *Row, scope string, res *gateway.Resource) []gateway.Fault {
	faults := append(unknownLanguages(res.Spec), unknownState(r, res.Spec)...)
	if name := res.Key.Name(); !namePattern.MatchString(name) {
		faults = append(faults, gateway.Fault{Text: fmt.Sprintf("%q can be no name: want lower-case letters, digits, and - and . between them", name)})
	}
	says := func(field, want, format string) {
		if got, ok := gateway.Field(res.Spec, field).(string); ok && got != want {
			pointer := gateway.Pointer(strings.Split(field, ".")...)
			faults = append(faults, gateway.Fault{Pointer: pointer, Text: fmt.Sprintf(format, got, want)})
		}
	}
	says("name", res.Key.Name(), "its file says that its name is %q, and lies where that of %q belongs")
	says("kind", r.Kind, "its file says that its kind is %q, and lies in a folder of %s resources")
	says("group", r.Group, "its file says that its group is %q, and lies in the folder of %q")
	if scope != "" {
		says("metadata.scope.kind", scope, "its file says that it belongs to a resource of the kind %q, and lies in the folder of one of the kind %q")
		says("metadata.scope.name", res.Key.Names()[0], "its file says that it belongs to %q, and lies in the folder of %q")
	}
	return faults
}

// unknownLanguages says which languages of a payload the server would refuse.
func unknownLanguages(spec map[string]any) []gateway.Fault {
	var faults []gateway.Fault
	check := func(code string, pointer ...string) {
		if !slices.Contains(codes(), code) {
			text := fmt.Sprintf("language %q is none that Amplify has: want one of %s", code, strings.Join(codes(), ", "))
			faults = append(faults, gateway.Fault{Pointer: gateway.Pointer(pointer...), Text: text})
		}
	}
	if code, ok := gateway.Field(spec, languages+".resource.code").(string); ok {
		check(code, languages, "resource", "code")
	}
	for _, name := range slices.Sorted(maps.Keys(spec)) {
		if code, ok := strings.CutPrefix(name, translation); ok {
			check(code, name)
		}
	}
	return faults
}

// unserved says of a payload that is of a version of its kind that is not
// served. Where the server does not tell, it has those that it ever had.
func unserved(r *Row, spec map[string]any) []gateway.Fault {
	got, _ := spec["apiVersion"].(string)
	served := r.served
	if served == nil {
		served = []string{"v1", "v1alpha1"}
	}
	if got == "" || got == r.version() || slices.Contains(served, got) {
		return nil
	}
	text := fmt.Sprintf("apiVersion %q is none that Amplify serves %s in: want %s", got, r.Kind, r.version())
	return []gateway.Fault{{Pointer: gateway.Pointer("apiVersion"), Text: text}}
}

// unknownState says of a state that it is none of a life cycle. Other kinds
// have states of their own.
func unknownState(r *Row, spec map[string]any) []gateway.Fault {
	got, _ := spec["state"].(string)
	if got == "" || !r.Lifecycle || slices.Contains(states(), got) {
		return nil
	}
	text := fmt.Sprintf("state %q is none that Amplify has: want one of %s", got, strings.Join(states(), ", "))
	return []gateway.Fault{{Pointer: gateway.Pointer("state"), Text: text}}
}

// unattached finds what attaches access control lists that will not be there: the
// server would take the resource, and nothing would ever be attached.
func unattached(after []*gateway.Resource) []gateway.Finding {
	there := map[gateway.Key]bool{}
	for _, r := range after {
		there[r.Key] = true
	}
	var found []gateway.Finding
	for _, r := range after {
		for _, e := range attached(r.Spec) {
			name, _ := e["aclName"].(string)
			list := r.Key.Child(nameOf(r.Key.Kind, listKind), name)
			if name == "" || there[list] {
				continue
			}
			text := fmt.Sprintf("attaches the access control list %q, which is not among those in it", name)
			found = append(found, gateway.Finding{Key: r.Key, Pointer: listsPointer, Text: text, Lacks: list})
		}
	}
	return found
}

// missing says which teams and access control lists of a resource the
// organization does not have, as far as it is known.
func (g *Gateway) missing(r *gateway.Resource) []gateway.Fault {
	faults := g.teams.missing(r.Spec)
	for _, e := range attached(r.Spec) {
		if id, ok := e["aclId"].(string); ok && e["aclName"] == nil {
			text := fmt.Sprintf("there is no access control list with the id %q in this resource: name one of its lists as aclName", id)
			faults = append(faults, gateway.Fault{Pointer: listsPointer, Text: text})
		}
	}
	return faults
}

// listsPointer leads to what attaches lists to a resource. The order of these
// means nothing, so that there is none to a single one.
const listsPointer = "/metadata/acl"

// missing says which names in a payload are those of no team, as far as teams
// are known.
func (t *teams) missing(spec map[string]any) []gateway.Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.known {
		return nil
	}
	var faults []gateway.Fault
	check := func(v any, pointer string) {
		if name, ok := v.(string); ok && t.ids[name] == "" {
			faults = append(faults, gateway.Fault{Pointer: pointer, Text: noTeam(name)})
		}
	}
	for _, path := range subjects() {
		field, isList := strings.CutSuffix(path, "[]")
		for i, v := range gateway.Values(spec, path) {
			steps := strings.Split(field, ".")
			if isList {
				steps = append(steps, strconv.Itoa(i))
			}
			holder, _ := v.(map[string]any)
			check(holder["name"], gateway.Pointer(append(steps, "name")...))
		}
	}
	for _, e := range attached(spec) {
		for _, field := range slices.Sorted(maps.Values(teamFields())) {
			check(e[field], listsPointer)
		}
	}
	return faults
}
