// Package validate judges a tree of artifacts before anything is sent: files
// that cannot be read, payloads that the vendor's schema forbids, references to
// what the tree does not hold, what two resources claim at once, secrets and
// tokens in clear text. It collects all that it finds, each with a rule, a file
// and a line.
//
// It knows kinds and the Checks of a product, and no product by itself. It makes
// no call over the network and needs neither gateway nor credentials; of what is
// only on a gateway it knows nothing.
package validate

import (
	"cmp"
	"context"
	"io/fs"
	"slices"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// Overrides are what an environment has otherwise than the tree says. It is
// implemented by *overlay.Overlay.
type Overrides interface {
	// ApplyTo returns the resource as the environment has it.
	ApplyTo(r *gateway.Resource) (*gateway.Resource, error)
	// HasOpen reports whether an override of the resource has a token without
	// a value.
	HasOpen(key gateway.Key) bool
}

// Options say what is judged, and how.
type Options struct {
	Kinds     *gateway.Kinds
	Checks    gateway.Checks
	Tree      fs.FS
	Overrides Overrides // nil: none
	// Skip leaves out a resource and what it owns: it is not judged, and may be
	// referred to. nil leaves out nothing.
	Skip func(gateway.Key) bool
	// Lenient makes warnings of references to what the tree does not hold: it
	// may be on the gateway.
	Lenient bool
	// Lint, if not nil, is run on the definitions of APIs.
	Lint *Lint
}

// A Severity says how bad a Finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// A Finding is something that is wrong with a tree, or likely so.
type Finding struct {
	Rule     string // the ID of a Rule
	Severity Severity
	Key      gateway.Key // zero: it concerns a file, or the whole
	File     string      // relative to the tree, with slashes; "": the whole
	Line     int         // from 1; 0: not known
	Text     string      // without values that may be secret
}

// A Report is all that was found, in the order of files and lines.
type Report struct {
	Findings  []Finding
	Resources int           // judged
	Keys      []gateway.Key // of them
}

// Count returns how many findings have a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Run judges a tree. An error says that it could not be judged, not that
// something is wrong with it.
func Run(ctx context.Context, o Options) (*Report, error) {
	c := &checker{Options: o, below: map[*gateway.Schema]map[string][]string{}}
	if c.read(ctx) {
		for _, it := range c.items {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			c.judge(it)
		}
		c.references()
		c.claims()
		c.review()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Lint != nil {
		if err := c.lint(ctx); err != nil {
			return nil, err
		}
	}
	c.report.Resources = len(c.items)
	for _, it := range c.items {
		c.report.Keys = append(c.report.Keys, it.key)
	}
	c.report.sort()
	return &c.report, nil
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, cmp.Compare(a.Rule, b.Rule), a.Key.Compare(b.Key), cmp.Compare(a.Text, b.Text))
	})
	r.Findings = slices.CompactFunc(r.Findings, func(a, b Finding) bool { return a == b })
}

// A checker judges one tree.
type checker struct {
	Options
	tree   *artifacts.Tree
	items  []*item
	set    *gateway.Set // of what the environment has
	below  map[*gateway.Schema]map[string][]string
	report Report
}

// judge looks at one resource alone.
func (c *checker) judge(it *item) {
	c.name(it)
	c.schema(it)
	c.payload(it)
	c.faults(it)
	c.texts(it)
	c.files(it)
	c.secrets(it)
	c.values(it)
}

// add notes a finding about a resource, at a line of one of its files.
func (c *checker) add(it *item, rule, file string, line int, text string) {
	c.report.Findings = append(c.report.Findings, Finding{rule, severityOf(rule), it.key, file, line, text})
}

// skipped reports whether a resource, or one that owns it, is left out.
func (c *checker) skipped(k gateway.Key) bool {
	for ; !k.IsZero() && c.Skip != nil; k = c.Kinds.Parent(k) {
		if c.Skip(k) {
			return true
		}
	}
	return false
}
