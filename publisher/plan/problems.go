package plan

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// check looks for what the gateway would refuse: references to what is not
// there or goes, and values that belong to something else.
func (b *builder) check() {
	b.remain = b.remaining()
	b.after = b.kinds.NewSet(b.remain...)
	for _, n := range b.nodes {
		if n.Op != Delete {
			b.checkReferences(n)
			b.checkFaults(n)
		}
		if n.Op == Create {
			b.checkLacks(n)
		}
	}
	b.checkDangling()
	b.checkUnique()
	b.review()
}

// remaining returns what the gateway will have, as far as the plan knows.
func (b *builder) remaining() []*gateway.Resource {
	var rs []*gateway.Resource
	for _, f := range sorted(b.want) {
		rs = append(rs, b.want[f])
	}
	for _, f := range sorted(b.around) {
		if b.want[f] == nil {
			rs = append(rs, b.around[f])
		}
	}
	for _, f := range sorted(b.have) {
		if b.want[f] == nil && b.around[f] == nil && !b.deleted[f] {
			rs = append(rs, b.have[f])
		}
	}
	return rs
}

// severity is that of a reference to what nobody has seen. Without the whole
// gateway at hand it may be there all the same.
func (b *builder) severity() Severity {
	if b.opts.Lenient || b.opts.Incremental != nil {
		return Warning
	}
	return Error
}

// checkReferences reports what a written resource refers to and is not there.
// What its live state refers to already, the gateway has accepted.
func (b *builder) checkReferences(n *node) {
	var had []gateway.Key
	var mentioned []gateway.Mention
	if n.Have != nil {
		had = b.kinds.References(n.Have)
		mentioned = b.kinds.NewSet(n.Have).Unmet(n.Have)
	}
	absent := b.checkOwners(n)
	for _, ref := range b.kinds.References(n.Want) {
		if ref != absent && !b.present(ref) && !b.goes(ref) && !slices.Contains(had, ref) {
			b.problem(b.severity(), n.Key, "refers to %v, which is neither in git nor on the gateway", ref)
		}
	}
	for _, m := range b.after.Unmet(n.Want) {
		if slices.Contains(mentioned, m) || b.excused(n.Want.Key, m) {
			continue
		}
		b.problem(b.severity(), n.Key, "mentions the %s %q, which is neither in git nor on the gateway", m.Kind, m.Value)
	}
}

// checkOwners reports an owner that git speaks of only through what it owns,
// and that is not there. It returns its key, or the zero Key.
func (b *builder) checkOwners(n *node) gateway.Key {
	for p := b.kinds.Parent(n.Key); !p.IsZero(); p = b.kinds.Parent(p) {
		if k := b.kinds.Get(p.Kind); k.Implied && !b.present(p) && !b.goes(p) {
			severity := Error
			if b.opts.Lenient {
				severity = Warning
			}
			b.problem(severity, p, "is not on the gateway, and git holds no %s that would create it, only what lies below: "+
				"add that file to its folder, or create it on the gateway", k.File)
			return p
		}
	}
	return gateway.Key{}
}

// checkFaults reports what no gateway would take.
func (b *builder) checkFaults(n *node) {
	if faults := b.kinds.Get(n.Key.Kind).Faults; faults != nil {
		for _, f := range faults(n.Want) {
			b.problems = append(b.problems, Problem{Severity: Error, Key: n.Key, Text: f.Text, Pointer: f.Pointer})
		}
	}
}

// checkLacks reports what cannot be made for want of a secret, and who needs it.
func (b *builder) checkLacks(n *node) {
	k := b.kinds.Get(n.Key.Kind)
	if k.Lacks == nil {
		return
	}
	lacks := k.Lacks(n.Want.Spec)
	if lacks == "" {
		return
	}
	var users []string
	for _, r := range b.remain {
		if slices.ContainsFunc(b.after.Depends(r), func(key gateway.Key) bool { return b.kinds.Fold(key) == b.kinds.Fold(n.Key) }) {
			users = append(users, r.Key.String())
		}
	}
	if len(users) > 0 {
		lacks += " (needed by " + strings.Join(users, ", ") + ")"
	}
	severity := Error
	if b.opts.Lenient {
		severity = Warning
	}
	b.problem(severity, n.Key, "%s", lacks)
}

// present reports whether a resource is there, will be, or cannot be known
// not to be.
func (b *builder) present(k gateway.Key) bool {
	for ; !k.IsZero(); k = b.kinds.Parent(k) {
		kind := b.kinds.Get(k.Kind)
		if kind == nil {
			return false
		}
		if b.after.Get(k) != nil || kind.Permanent || b.kinds.IsBuiltin(k) || b.outOfSight(k) {
			return true
		}
		if kind.Stored() && !b.told(b.kinds.Fold(k)) {
			return false
		}
	}
	return true
}

func (b *builder) outOfSight(k gateway.Key) bool {
	return b.opts.Scope != nil && !b.opts.Scope(k) || b.opts.Unread != nil && b.opts.Unread(k)
}

// excused reports whether a mention that names nothing known may name
// something built in or out of sight.
func (b *builder) excused(from gateway.Key, m gateway.Mention) bool {
	for owner := b.kinds.Parent(from); ; owner = b.kinds.Parent(owner) {
		for _, k := range b.kinds.Children(owner.Kind) {
			key := owner.Child(k.Name, m.Value)
			if k.Row == m.Kind && (b.outOfSight(key) || m.Field == "" && (k.Permanent || b.kinds.IsBuiltin(key))) {
				return true
			}
		}
		if owner.IsZero() {
			return false
		}
	}
}

// goes reports whether the plan deletes a resource, or the owner of one that
// is not planned by itself.
func (b *builder) goes(k gateway.Key) bool {
	n := b.carrierOf(k, b.after)
	return n != nil && n.Op == Delete
}

// checkDangling reports what stays and refers to what goes.
func (b *builder) checkDangling() {
	if len(b.deleted) == 0 {
		return
	}
	for _, r := range b.remain {
		f := b.kinds.Fold(r.Key)
		for _, dep := range b.after.Depends(r) {
			switch {
			case !b.goes(dep):
			case b.want[f] != nil || b.around[f] != nil:
				b.problem(Error, r.Key, "refers to %v, which git does not hold and the plan deletes", dep)
			default:
				b.problem(Warning, r.Key, "is not in git, stays, and refers to %v, which the plan deletes", dep)
			}
		}
	}
}

// A claim is a value that no two resources of a kind and owner may share.
type claim struct {
	owner      gateway.Key
	kind, text string // the kind, and what is claimed in words
}

// claims returns the claims of a resource. Values are compared as JSON.
func (b *builder) claims(r *gateway.Resource) []claim {
	var cs []claim
	k, owner := b.kinds.Get(r.Key.Kind), b.kinds.Fold(b.kinds.Parent(r.Key))
	for _, field := range k.Unique {
		v := gateway.Field(r.Spec, field)
		if v == nil || v == "" {
			continue
		}
		if text, err := json.Marshal(v); err == nil {
			cs = append(cs, claim{owner, k.Name, field + " " + string(text)})
		}
	}
	if k.Claims != nil {
		for _, text := range k.Claims(r) {
			cs = append(cs, claim{owner, k.Name, text})
		}
	}
	return cs
}

// newClaims returns the claims of a written resource that it does not have yet.
func (b *builder) newClaims(n *node) []claim {
	if n.Op == Delete {
		return nil
	}
	cs := b.claims(n.Want)
	if n.Have == nil {
		return cs
	}
	had := b.claims(n.Have)
	return slices.DeleteFunc(cs, func(c claim) bool { return slices.Contains(had, c) })
}

// checkUnique reports values that two resources would share.
func (b *builder) checkUnique() {
	holders := map[claim][]gateway.Key{}
	for _, r := range b.remain {
		for _, c := range b.claims(r) {
			holders[c] = append(holders[c], r.Key)
		}
	}
	for _, n := range b.nodes {
		for _, c := range b.newClaims(n) {
			for _, k := range holders[c] {
				if f := b.kinds.Fold(k); f != b.kinds.Fold(n.Key) {
					b.problem(Error, n.Key, "%s belongs to %v%s", c.text, k, b.whose(f))
				}
			}
		}
	}
}

// whose says where a resource is that git does not hold.
func (b *builder) whose(f gateway.Key) string {
	if cmp.Or(b.want[f], b.around[f]) != nil {
		return ""
	}
	return ", which is on the gateway and not in git"
}
