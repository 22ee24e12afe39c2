package validate

import (
	"strconv"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// review has the table look at all resources together. What counts only where a
// resource is written is not looked at: it may be the gateway that has what is
// missing, such as the value of a secret.
func (c *checker) review() {
	if !c.Kinds.Reviews() {
		return
	}
	after := make([]*gateway.Resource, 0, len(c.items))
	byKey := make(map[gateway.Key]*item, len(c.items))
	for _, it := range c.items {
		after = append(after, it.want)
		byKey[c.Kinds.Fold(it.key)] = it
	}
	for _, f := range c.Kinds.Review(nil, after) {
		it := byKey[c.Kinds.Fold(f.Key)]
		switch {
		case it == nil || f.Alone:
		case f.Lacks.IsZero():
			c.add(it, ruleMismatch, it.home(), c.linePointed(it, f.Pointer), f.Text)
		case !c.skipped(f.Lacks):
			c.missing(it, c.linePointed(it, f.Pointer), f.Text)
		}
	}
}

// faults notes why no gateway would take a resource. A product that finds flaws
// in the payload's file would find them again.
func (c *checker) faults(it *item) {
	if it.kind.Faults == nil || it.flawed {
		return
	}
	for _, f := range it.kind.Faults(it.want) {
		c.add(it, ruleRefused, it.home(), c.linePointed(it, f.Pointer), f.Text)
	}
}

// linePointed returns the line of the place that a pointer leads to in the
// payload's file, or of the nearest around it.
func (c *checker) linePointed(it *item, pointer string) int {
	if line := c.tree.Line(it.key, pointer); line > 0 {
		return line
	}
	field := ""
	for _, step := range gateway.PointerSteps(pointer) {
		if isIndex(step) {
			field += "[" + step + "]"
		} else {
			field = join(field, step)
		}
	}
	return c.line(it, field)
}

// pointerTo is the opposite: it returns the pointer to a field. A dot in a name
// splits it, so that it leads no further than to what has the name.
func pointerTo(field string) string {
	var steps []string
	for name := range strings.SplitSeq(field, ".") {
		name, indexes, _ := strings.Cut(name, "[")
		steps = append(steps, name)
		for indexes != "" {
			var i string
			i, indexes, _ = strings.Cut(indexes, "]")
			steps = append(steps, i)
			indexes = strings.TrimPrefix(indexes, "[")
		}
	}
	return gateway.Pointer(steps...)
}

func isIndex(step string) bool {
	_, err := strconv.ParseUint(step, 10, 0)
	return err == nil
}
