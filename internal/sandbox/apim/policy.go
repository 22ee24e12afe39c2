package apim

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

func policyHooks() hooks {
	return hooks{prepare: preparePolicy, show: showPolicy}
}

// preparePolicy checks a policy document and notes what it refers to.
func preparePolicy(w *write) error {
	props := w.item.props
	format := strings.ToLower(text(props, "format"))
	if format == "" {
		format = "xml"
	}
	if format != "xml" && format != "rawxml" {
		return invalid("format", "Policy format %q is not supported by the sandbox; send the document with xml or rawxml.", format)
	}
	doc := text(props, "value")
	if strings.TrimSpace(doc) == "" {
		return invalid("value", "The value field is required.")
	}
	if format == "xml" {
		if err := wellFormed(doc); err != nil {
			return badPolicy("%s", err)
		}
	}
	tokens, err := scanPolicy(doc)
	if err == nil {
		err = checkNesting(tokens, w.policyRoots())
	}
	if err != nil {
		return badPolicy("%s", err)
	}
	if format == "xml" {
		doc = writePolicy(tokens, false)
	}
	w.echo = map[string]any{"format": format, "value": text(props, "value")}
	if format == "xml" {
		w.echo["value"] = writePolicy(tokens, true)
	}
	props["value"] = doc
	delete(props, "format")
	return w.referPolicy(tokens)
}

// badPolicy is a policy document's ValidationError.
func badPolicy(format string, args ...any) *fault {
	return invalid("representation", format, args...)
}

// wellFormed reports why a text is no XML.
func wellFormed(doc string) error {
	dec := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(doc, "\ufeff")))
	dec.Entity = map[string]string{}
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("the document is not well-formed XML (use the rawxml format for unescaped expressions): %w", err)
		}
	}
}

// policyRoots are the elements that a policy of this kind may start with.
func (w *write) policyRoots() []string {
	switch w.kind.path {
	case "policyFragments":
		return []string{"fragment"}
	case "apis/resolvers/policies":
		return []string{"http-data-source", "sql-data-source", "cosmosdb-data-source"}
	}
	return []string{"policies"}
}

// checkNesting wants one root of the right name, known sections, and tags in pairs.
func checkNesting(tokens []token, roots []string) error {
	var open []string
	seen := false
	for _, t := range tokens {
		switch t.kind {
		case tokenOpen:
			if err := checkPlace(t.text, open, roots, seen); err != nil {
				return err
			}
			seen = true
			if !t.empty {
				open = append(open, t.text)
			}
		case tokenClose:
			if len(open) == 0 || open[len(open)-1] != t.text {
				return fmt.Errorf("closing tag '%s' has no opening tag", t.text)
			}
			open = open[:len(open)-1]
		}
	}
	switch {
	case !seen:
		return fmt.Errorf("the document has no '%s' element", roots[0])
	case len(open) > 0:
		return fmt.Errorf("element '%s' is not closed", open[len(open)-1])
	}
	return nil
}

func checkPlace(name string, open, roots []string, seen bool) error {
	switch {
	case len(open) == 0 && !slices.Contains(roots, name):
		return fmt.Errorf("root element should be '%s', not '%s'", strings.Join(roots, "' or '"), name)
	case len(open) == 0 && seen:
		return fmt.Errorf("there are two root elements")
	case len(open) == 1 && open[0] == "policies" && !slices.Contains([]string{"inbound", "backend", "outbound", "on-error"}, name):
		return fmt.Errorf("policy section '%s' is not allowed; use inbound, backend, outbound or on-error", name)
	}
	return nil
}

// referPolicy resolves named values, fragments and backends that a policy mentions.
func (w *write) referPolicy(tokens []token) error {
	w.item.refs = nil
	for _, name := range policyTokens(tokens) {
		it := w.svc.namedValue(w.at.scope, name)
		if it == nil {
			return badPolicy("Cannot find a property '%s'.", name)
		}
		w.item.refer(it.key)
	}
	for _, t := range tokens {
		if t.kind != tokenOpen {
			continue
		}
		if err := w.referElement(t); err != nil {
			return err
		}
	}
	return nil
}

func (w *write) referElement(t token) error {
	switch t.text {
	case "include-fragment":
		return w.referFragment(t.get("fragment-id"))
	case "set-backend-service":
		return w.referNamed("backends", t.get("backend-id"), "Backend with id '%s' could not be found.")
	case "authentication-certificate":
		return w.referNamed("certificates", t.get("certificate-id"), "Certificate with id '%s' could not be found.")
	}
	return nil
}

// referNamed resolves a name, in the workspace first; expressions and named values
// are not known before a request comes.
func (w *write) referNamed(path, name, message string) error {
	if name == "" || strings.Contains(name, "@(") || strings.Contains(name, "@{") || strings.Contains(name, "{{") {
		return nil
	}
	it := w.svc.named(w.at.scope, path, name)
	if it == nil {
		it = w.svc.named(nil, path, name)
	}
	if it == nil {
		return badPolicy(message, name)
	}
	w.item.refer(it.key)
	return nil
}

func (w *write) referFragment(name string) error {
	if err := w.referNamed("policyFragments", name, "Policy fragment with id '%s' could not be found."); err != nil {
		return err
	}
	if w.kind.path == "policyFragments" && w.svc.reaches(w.item.refs, w.item.key, map[string]bool{}) {
		return badPolicy("Policy fragment '%s' includes itself.", w.item.name)
	}
	return nil
}

// reaches follows references until it finds a key.
func (v *service) reaches(from []string, key string, seen map[string]bool) bool {
	for _, target := range from {
		if target == key {
			return true
		}
		if it := v.items[target]; it != nil && !seen[target] && it.kind.path == "policyFragments" {
			seen[target] = true
			if v.reaches(it.refs, key, seen) {
				return true
			}
		}
	}
	return false
}

// policyTokens lists the named values a document mentions. Comments and Liquid
// templates, which have braces of their own, do not count.
func policyTokens(tokens []token) []string {
	var out []string
	liquid := 0
	for _, t := range tokens {
		switch {
		case liquid > 0 && t.kind == tokenOpen && !t.empty:
			liquid++
		case liquid > 0 && t.kind == tokenClose:
			liquid--
		case liquid > 0, t.kind == tokenComment:
		case t.kind == tokenOpen:
			for _, a := range t.attrs {
				out = append(out, tokensIn(a.value)...)
			}
			if t.text == "set-body" && strings.EqualFold(t.get("template"), "liquid") && !t.empty {
				liquid = 1
			}
		default:
			out = append(out, tokensIn(t.text)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// showPolicy answers with the normalised XML; reads may ask for the raw form.
func showPolicy(_ *service, it *item, props map[string]any, _ shown) {
	props["format"] = "xml"
	if tokens, err := scanPolicy(text(it.props, "value")); err == nil {
		props["value"] = writePolicy(tokens, true)
	}
	if it.kind.path == "policyFragments" {
		props["provisioningState"] = "Succeeded"
	}
}

// showPolicyAs gives a read the form it asks for.
func (v *service) showPolicyAs(it *item, out map[string]any, format string) {
	if strings.EqualFold(format, "rawxml") {
		props := object(out, "properties")
		props["format"], props["value"] = "rawxml", it.props["value"]
	}
}

// fragmentReferences lists the policies that include a fragment.
func fragmentReferences(c *call, it *item) (*answer, error) {
	var out []any
	for _, r := range c.svc.sortedReferrers(it.key) {
		out = append(out, map[string]any{"id": c.svc.idOf(r), "name": c.svc.nameOf(r), "type": typeOf(r)})
	}
	return c.pageOf(out)
}
