package validate

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// references looks for what resources refer to and the tree does not hold.
func (c *checker) references() {
	for _, it := range c.items {
		for _, ref := range c.Kinds.References(it.want) {
			if !c.present(ref) {
				c.missing(it, c.lineOfName(it, ref), fmt.Sprintf("refers to the %s, which the tree does not hold", ref))
			}
		}
		for _, m := range c.set.Unmet(it.want) {
			if c.excused(it.key, m) {
				continue
			}
			file, line := c.placeOf(it, m)
			c.report.Findings = append(c.report.Findings, c.reference(it, file, line,
				fmt.Sprintf("mentions the %s %q, which the tree does not hold", m.Kind, m.Value)))
		}
	}
}

func (c *checker) missing(it *item, line int, text string) {
	c.report.Findings = append(c.report.Findings, c.reference(it, it.home(), line, text))
}

func (c *checker) reference(it *item, file string, line int, text string) Finding {
	f := Finding{ruleReference, Error, it.key, file, line, text}
	if c.Lenient {
		f.Severity = Warning
	}
	return f
}

// present reports whether a resource is in the tree, on every gateway, inside
// of a file in the tree, or left out.
func (c *checker) present(k gateway.Key) bool {
	for ; !k.IsZero(); k = c.Kinds.Parent(k) {
		kind := c.Kinds.Get(k.Kind)
		switch {
		case kind == nil:
			return false
		case c.set.Get(k) != nil, kind.Permanent, c.Kinds.IsBuiltin(k), c.skipped(k), c.tree.Generated(k), c.told(k):
			return true
		case kind.Stored() && !kind.Implied:
			return false
		}
	}
	return true
}

// told reports whether an attached file of the owner speaks of a resource.
func (c *checker) told(k gateway.Key) bool {
	kind := c.Kinds.Get(k.Kind)
	owner := c.set.Get(c.Kinds.Parent(k))
	if kind.Inside == "" || owner == nil {
		return false
	}
	a := gateway.Attachment{Pattern: kind.Inside}
	if _, _, ok := a.File(owner); !ok {
		return false
	}
	inside := c.Checks.Inside[kind.Row]
	return inside == nil || inside(owner, k.Name())
}

// excused reports whether a mention that names nothing in the tree may name
// something that every gateway has, or that is left out.
func (c *checker) excused(from gateway.Key, m gateway.Mention) bool {
	for owner := c.Kinds.Parent(from); ; owner = c.Kinds.Parent(owner) {
		for _, k := range c.Kinds.Children(owner.Kind) {
			key := owner.Child(k.Name, m.Value)
			if k.Row == m.Kind && (c.skipped(key) || c.tree.Generated(key) || m.Field == "" && (k.Permanent || c.Kinds.IsBuiltin(key))) {
				return true
			}
		}
		if owner.IsZero() {
			return false
		}
	}
}

// placeOf returns the file and the line in which a resource mentions another.
func (c *checker) placeOf(it *item, m gateway.Mention) (string, int) {
	for _, s := range it.kind.Split {
		text, _ := gateway.Field(it.want.Spec, s.Field).(string)
		file, ok := it.splits[s.Field]
		if !ok || c.Checks.Line == nil {
			continue
		}
		if line := c.Checks.Line(text, m); line > 0 {
			return file, line
		}
	}
	for _, l := range leaves(it.want.Spec) {
		if strings.Contains(l.text, m.Value) && !it.isSplit(l.field) {
			return it.home(), c.line(it, l.field)
		}
	}
	return it.home(), 0
}

func (it *item) isSplit(field string) bool { return it.splits[field] != "" }

// lineOfName returns the line of the payload that names another resource; of an
// owner, none does.
func (c *checker) lineOfName(it *item, ref gateway.Key) int {
	for _, l := range leaves(it.want.Spec) {
		if !it.isSplit(l.field) && strings.HasSuffix(c.Kinds.FoldName(l.text), c.Kinds.FoldName(ref.Name())) {
			return c.line(it, l.field)
		}
	}
	return 0
}

// A claim is what no two resources below an owner may hold at once.
type claim struct {
	owner      gateway.Key
	kind, text string
}

// claims looks for what several resources hold at once.
func (c *checker) claims() {
	holders := map[claim]*item{}
	for _, it := range c.items {
		for _, one := range c.claimsOf(it) {
			first := holders[one]
			if first == nil {
				holders[one] = it
				continue
			}
			c.add(it, ruleDuplicate, it.home(), c.lineOfClaim(it, one), fmt.Sprintf("%s belongs to the %s as well", one.text, first.key))
		}
	}
}

func (c *checker) claimsOf(it *item) []claim {
	var cs []claim
	owner := c.Kinds.Fold(c.Kinds.Parent(it.key))
	for _, field := range it.kind.Unique {
		v := gateway.Field(it.want.Spec, field)
		if v == nil || v == "" {
			continue
		}
		if text, err := json.Marshal(v); err == nil {
			cs = append(cs, claim{owner, it.key.Kind, field + " " + string(text)})
		}
	}
	for _, of := range []func(*gateway.Resource) []string{it.kind.Claims, c.Checks.Claims[it.kind.Row]} {
		if of == nil {
			continue
		}
		for _, text := range of(it.want) {
			cs = append(cs, claim{owner, it.key.Kind, text})
		}
	}
	return cs
}

// lineOfClaim returns the line of the field of the payload that the claim speaks
// of: one that it names, with its value, before one of that value.
func (c *checker) lineOfClaim(it *item, one claim) int {
	line, text := 0, strings.ToLower(one.text)
	for _, l := range leaves(it.want.Spec) {
		quoted := fmt.Sprintf("%q", strings.ToLower(l.text))
		if l.text == "" || it.isSplit(l.field) || !strings.Contains(text, quoted) {
			continue
		}
		name := l.field[strings.LastIndexByte(l.field, '.')+1:]
		if strings.Contains(text, strings.ToLower(name)+" "+quoted) {
			return c.line(it, l.field)
		}
		if line == 0 {
			line = c.line(it, l.field)
		}
	}
	return line
}
