package amplify

import (
	"slices"
	"strings"
)

// computed are the subresources that the server or an agent writes: they are
// neither read into a tree nor published. All others are their owners' own,
// those named x-* among them.
func computed() []string {
	return []string{
		"agentdetails", "agentstate", "appinfo", "archived", "compliance", "complianceruntimeresult", "data", "expiration",
		"information", "invoiced", "latestrelease", "marketplace", "progress", "raw", "references", "releasehash", "result",
		"samplestate", "sampletrigger", "secretschema", "source", "status",
	}
}

// envelope are the fields of a payload that are written with the resource
// itself. All others are subresources, each with a write of its own.
func envelope() []string {
	return []string{"group", "apiVersion", "kind", "name", "title", "metadata", "owner", "attributes", "finalizers", "tags", "spec"}
}

// subresources returns the names of the parts of a payload that are written
// after the rest, in the order of the writes: x-* and other text first, the
// default language before translations, the state last, since some states
// forbid other changes.
func subresources(spec map[string]any) []string {
	var names []string
	for name := range spec {
		if !slices.Contains(envelope(), name) && !slices.Contains(computed(), name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if r := rank(a) - rank(b); r != 0 {
			return r
		}
		return strings.Compare(a, b)
	})
	return names
}

func rank(sub string) int {
	switch {
	case sub == languages:
		return 1
	case strings.HasPrefix(sub, translation):
		return 2
	case sub == "state":
		return 3
	}
	return 0
}

// states are what a resource with a life cycle goes through, one by one.
func states() []string { return []string{"draft", "active", "deprecated", "archived"} }

// steps returns the states to write, in order, to come from one to another.
// What is no life cycle, and a step back, is one write.
func steps(from, to string) []string {
	i, j := slices.Index(states(), from), slices.Index(states(), to)
	if from == "" && j > 0 {
		i = 0
	}
	if i < 0 || j <= i {
		return []string{to}
	}
	return states()[i+1 : j+1]
}
