package amplify

import "reflect"

// rights are what the caller may do with a resource.
type rights struct{ read, write, remove, own bool }

// verdict is what access lists say of one right: nothing, yes or no. No wins.
type verdict struct{ yes, no bool }

func (v *verdict) note(said any) {
	if allowed, isSaid := said.(bool); isSaid {
		v.yes, v.no = v.yes || allowed, v.no || !allowed
	}
}

// or is the verdict, or what holds when nothing was said.
func (v verdict) or(preset bool) bool { return !v.no && (v.yes || preset) }

// grants are what the access lists say.
type grants struct {
	named                 bool // somebody shared the resource
	create, write, remove verdict
}

// rights finds what the caller may do with a resource.
func (c *call) rights(o *object) rights {
	switch {
	case o.kind.described:
		return rights{read: true}
	case c.who.admin:
		return rights{true, true, true, true}
	}
	owned := c.who.member(c.ownerOf(o))
	g := c.grantsOn(o.kind, o.name, o, c.store.items[o.scope])
	if !owned && !g.named {
		return rights{}
	}
	return rights{read: true, write: g.write.or(owned), remove: g.remove.or(owned), own: owned}
}

// ownerOf is the team that owns a resource: its own, or its scope's.
func (c *call) ownerOf(o *object) string {
	if scope := c.store.items[o.scope]; o.owner == "" && scope != nil {
		return scope.owner
	}
	return o.owner
}

// mayCreate fails when the caller may not make the resource of the path's kind.
func (c *call) mayCreate(name string) error {
	if c.who.admin || !c.within {
		return nil
	}
	scope := c.store.items[c.scope]
	if !c.rights(scope).read {
		return notFound("Resource %s not found in group %s", scope.name, c.kind.group)
	}
	if g := c.grantsOn(c.kind, name, nil, scope); !g.create.or(c.who.member(scope.owner)) {
		return forbidden("This account may not make a %s in %s.", c.kind.name, scope.name)
	}
	return nil
}

// grantsOn folds the access lists that are attached to a resource and to its scope.
// The resource is nil when it is about to be made.
func (c *call) grantsOn(k *kind, name string, o, scope *object) grants {
	var g grants
	if o != nil {
		c.fold(&g, o, func(rule map[string]any) bool { return rule["level"] == "scope" })
	}
	if scope != nil {
		c.fold(&g, scope, func(rule map[string]any) bool {
			return rule["kind"] == k.name && (rule["level"] == "scopedKind" || (rule["level"] == "scopedResource" && rule["name"] == name))
		})
	}
	return g
}

// fold adds what the lists attached to the holder say in the rules that apply.
func (c *call) fold(g *grants, holder *object, applies func(map[string]any) bool) {
	for _, entry := range holder.acl {
		attached, _ := entry.(map[string]any)
		id, _ := attached["aclId"].(string)
		list := c.store.items[c.store.ids[id]]
		if list == nil || list.kind.name != "AccessControlList" || !c.addressed(collect(list.spec, []string{"subjects"})) {
			continue
		}
		for _, rule := range collect(list.spec, []string{"rules", "access"}) {
			access, _ := rule.(map[string]any)
			if access == nil || !applies(access) {
				continue
			}
			g.named = true
			g.create.note(access["allowCreate"])
			g.write.note(access["allowWrite"])
			g.remove.note(access["allowDelete"])
		}
	}
}

// addressed reports whether one of the subjects is a team of the caller, or all teams.
func (c *call) addressed(subjects []any) bool {
	for _, entry := range subjects {
		subject, _ := entry.(map[string]any)
		id, _ := subject["id"].(string)
		if subject["type"] == "team" && (id == "*" || c.who.member(id)) {
			return true
		}
	}
	return false
}

// takeOwner takes over the owner that a document names. Without one it stays; null
// from a Central Admin gives the resource to the administrators, or to its scope's team.
func (c *call) takeOwner(o *object, doc map[string]any) error {
	value, said := doc["owner"]
	owner, isObject := value.(map[string]any)
	switch {
	case !said, isObject && len(owner) == 0, value == nil && !c.who.admin:
		return nil
	case value == nil:
		o.owner = ""
		return nil
	}
	id, _ := owner["id"].(string)
	if id == "" || (owner["type"] != nil && owner["type"] != "team") {
		return invalid("owner", "The owner is not a team with an id.")
	}
	if c.teamName(id) == "" {
		return invalid("owner", "There is no team with the id %s.", id)
	}
	if id == o.owner {
		return nil
	}
	old := c.store.items[o.key()]
	if old == nil && !c.who.admin && !c.who.member(id) {
		return forbidden("This account does not belong to the team %s.", id)
	}
	if old != nil && !c.rights(old).own {
		return forbidden("This account may not change the owner.")
	}
	o.owner = id
	return nil
}

// takeACL takes over the access lists that a document attaches.
func (c *call) takeACL(o *object, doc map[string]any) *fault {
	metadata := objectIn(doc, "metadata")
	if metadata["acl"] == nil {
		return nil
	}
	var list []any
	if f := takeList(metadata, "acl", &list); f != nil {
		return f
	}
	if len(list) == 0 && len(o.acl) == 0 || reflect.DeepEqual(list, o.acl) {
		return nil
	}
	for _, entry := range list {
		attached, _ := entry.(map[string]any)
		id, _ := attached["aclId"].(string)
		if to := c.store.items[c.store.ids[id]]; to == nil || to.kind.name != "AccessControlList" {
			return invalid("metadata.acl", "There is no access control list with the id %q.", id)
		}
	}
	if old := c.store.items[o.key()]; old != nil && !c.rights(old).own {
		return forbidden("This account may not share the resource.")
	}
	o.acl = list
	return nil
}

// detach takes a deleted access list off what it was attached to.
func (c *call) detach(list *object) {
	scope := c.store.items[list.scope]
	if list.kind.name != "AccessControlList" || scope == nil {
		return
	}
	var kept []any
	for _, entry := range scope.acl {
		if attached, _ := entry.(map[string]any); attached["aclId"] != list.id {
			kept = append(kept, entry)
		}
	}
	if len(kept) < len(scope.acl) {
		next := scope.changed(c.stamp())
		next.acl = kept
		c.store.put(next)
	}
}
