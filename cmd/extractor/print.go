package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/extractor"
)

// marks stand before the lines of changes, as in a diff.
var marks = map[extractor.Op]string{extractor.Added: "+", extractor.Changed: "~", extractor.Removed: "-"}

// print tells what an extraction found, in the format asked for.
func (r *run) print(result extractor.Result) error {
	r.warnUnmatched(result)
	switch r.v.String("format") {
	case "json":
		return r.printJSON(result)
	case "markdown":
		d := r.opened.Gateway.Describe()
		text := extractor.Describe(result, extractor.Meta{Product: d.Product, Instance: d.Instance})
		_, err := fmt.Fprintf(r.sys.Lines(), "# %s\n\n%s\n", text.Title, text.Body)
		return err
	}
	var b strings.Builder
	for _, c := range result.Changes {
		fmt.Fprintf(&b, "  %s %v%s\n", marks[c.Op], c.Key, fields(c))
	}
	for _, line := range result.Remarks() {
		fmt.Fprintf(&b, "%s\n", line)
	}
	for _, u := range result.Unmanaged {
		fmt.Fprintf(&b, "seen, not managed: %d %s (%s)\n", u.Count, u.Name, u.Why)
	}
	for _, p := range result.Problems {
		fmt.Fprintf(&b, "in the tree: %v\n", p)
	}
	d := r.opened.Gateway.Describe()
	fmt.Fprintf(&b, "%s %s: %d resources read, %d added, %d changed, %d removed (%v)\n", d.Product, d.Instance, result.Read,
		result.Count(extractor.Added), result.Count(extractor.Changed), result.Count(extractor.Removed), r.opened.Stats())
	return r.printf("%s", b.String())
}

func fields(c extractor.ResourceChange) string {
	if len(c.Fields) == 0 {
		return ""
	}
	return ": " + strings.Join(c.Fields, ", ")
}

// change is a line of the JSON document.
type change struct {
	Op     extractor.Op `json:"op"`
	Kind   string       `json:"kind"`
	Names  []string     `json:"names"`
	Files  []string     `json:"files"`
	Fields []string     `json:"fields,omitempty"`
}

func (r *run) printJSON(result extractor.Result) error {
	d := r.opened.Gateway.Describe()
	doc := struct {
		Gateway  string         `json:"gateway"`
		Instance string         `json:"instance"`
		Read     int            `json:"read"`
		Changes  []change       `json:"changes"`
		Notes    []string       `json:"notes,omitempty"`
		Requests map[string]int `json:"requests"`
	}{Gateway: d.Product, Instance: d.Instance, Read: result.Read, Changes: []change{}, Requests: r.opened.Stats().Requests}
	for _, c := range result.Changes {
		doc.Changes = append(doc.Changes, change{c.Op, c.Key.Kind, c.Key.Names(), c.Files, c.Fields})
	}
	doc.Notes = result.Remarks()
	enc := json.NewEncoder(r.sys.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}
