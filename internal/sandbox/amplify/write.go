package amplify

import (
	"fmt"
	"net/http"
	"slices"
)

func (c *call) stamp() stamp { return stamp{c.now(), c.who.guid} }

// create answers POST.
func (c *call) create(body []byte) (*answer, error) {
	if len(c.kind.scopes) > 0 && !c.within {
		return nil, failed(http.StatusMethodNotAllowed, "A %s is made inside a scope; this list can only be read.", c.kind.name)
	}
	if err := c.findScope(); err != nil {
		return nil, err
	}
	doc, err := decode(body)
	if err != nil {
		return nil, err
	}
	o := &object{kind: c.kind, scope: c.scope, id: newID(), created: c.stamp(), subs: map[string]any{}}
	o.modified = o.created
	if o.name, err = c.newName(doc, o.id); err != nil {
		return nil, err
	}
	if err := c.mayCreate(o.name); err != nil {
		return nil, err
	}
	if !c.who.admin {
		o.owner = c.who.teams[0]
	}
	if err := c.accept(o, doc); err != nil {
		return nil, err
	}
	if c.store.items[o.key()] != nil {
		return nil, failed(http.StatusConflict, "%s with name %s already exists.", c.kind.name, o.name).with("field", "name")
	}
	c.store.put(o)
	return &answer{status: http.StatusCreated, body: c.shown(o)}, nil
}

// newName takes the name of the body, or makes one.
func (c *call) newName(doc map[string]any, id string) (string, error) {
	if doc["name"] == nil || doc["name"] == "" {
		return id, nil
	}
	name, _ := doc["name"].(string)
	if !namePattern.MatchString(name) {
		return "", invalid("name", "Name is not valid.").with("regexp", namePattern.String())
	}
	return name, nil
}

// replace answers PUT of a whole resource.
func (c *call) replace(body []byte) (*answer, error) {
	old, err := c.findToWrite()
	if err != nil {
		return nil, err
	}
	doc, err := decode(body)
	if err != nil {
		return nil, err
	}
	if name := doc["name"]; name != nil && name != "" && name != old.name {
		return nil, invalid("name", "The name cannot be changed.")
	}
	return c.update(old, doc)
}

// update makes the document the next version of the resource.
func (c *call) update(old *object, doc map[string]any) (*answer, error) {
	if err := fresh(old, doc); err != nil {
		return nil, err
	}
	next := old.changed(c.stamp())
	next.gone = nil
	if err := c.accept(next, doc); err != nil {
		return nil, err
	}
	c.store.put(next)
	c.finish(next)
	return ok(c.shown(next)), nil
}

// findToWrite is find for callers that want to change the resource.
func (c *call) findToWrite() (*object, error) {
	o, err := c.find()
	if err != nil {
		return nil, err
	}
	if !c.rights(o).write {
		return nil, forbidden("The resource %s cannot be changed by this account.", o.name)
	}
	return o, nil
}

// fresh refuses a document that was made from another version.
func fresh(o *object, doc map[string]any) error {
	sent, _ := objectIn(doc, "metadata")["resourceVersion"]
	if sent == nil || sent == "" {
		return nil
	}
	if fmt.Sprint(sent) != fmt.Sprint(o.version) {
		return failed(http.StatusPreconditionRequired, "The resource version %v is not the current one, which is %d.", sent, o.version)
	}
	return nil
}

// objectIn is a field that holds an object; an empty one if it does not.
func objectIn(doc map[string]any, name string) map[string]any {
	out, _ := doc[name].(map[string]any)
	return out
}

// accept takes over what a client may say of a resource. Subresources, and metadata
// that the service makes, are left alone.
func (c *call) accept(o *object, doc map[string]any) error {
	var wrong faults
	note := func(f *fault) {
		if f != nil {
			wrong = append(wrong, f)
		}
	}
	if kind := doc["kind"]; kind != nil && kind != "" && kind != c.kind.name {
		note(invalid("kind", "Kind %v is not valid here: this is the list of %s.", kind, c.kind.name))
	}
	note(takeString(doc, "title", &o.title))
	note(takeAttributes(doc, &o.attributes))
	note(takeTags(doc, &o.tags))
	note(takeFinalizers(doc, &o.finalizers))
	note(takeObject(doc, "spec", &o.spec))
	note(c.sealSecrets(o))
	note(c.takeACL(o, doc))
	if len(wrong) > 0 {
		return wrong
	}
	if err := c.takeOwner(o, doc); err != nil {
		return err
	}
	return c.checkLinks(o)
}

func takeString(doc map[string]any, name string, into *string) *fault {
	value, isString := doc[name].(string)
	if doc[name] != nil && !isString {
		return invalid(name, "%s is not a string.", name)
	}
	*into = value
	return nil
}

func takeObject(doc map[string]any, name string, into *map[string]any) *fault {
	value, isObject := doc[name].(map[string]any)
	if doc[name] != nil && !isObject {
		return invalid(name, "%s is not an object.", name)
	}
	if value == nil {
		value = map[string]any{}
	}
	*into = value
	return nil
}

func takeAttributes(doc map[string]any, into *map[string]any) *fault {
	if f := takeObject(doc, "attributes", into); f != nil {
		return f
	}
	for name, value := range *into {
		if _, isString := value.(string); !isString {
			return invalid("attributes", "Attribute %s is not a string.", name)
		}
	}
	return nil
}

func takeList(doc map[string]any, name string, into *[]any) *fault {
	value, isList := doc[name].([]any)
	if doc[name] != nil && !isList {
		return invalid(name, "%s is not a list.", name)
	}
	*into = value
	return nil
}

func takeTags(doc map[string]any, into *[]any) *fault {
	if f := takeList(doc, "tags", into); f != nil {
		return f
	}
	for _, tag := range *into {
		if _, isString := tag.(string); !isString {
			return invalid("tags", "A tag is not a string.")
		}
	}
	return nil
}

func takeFinalizers(doc map[string]any, into *[]any) *fault {
	if f := takeList(doc, "finalizers", into); f != nil {
		return f
	}
	for _, entry := range *into {
		f, _ := entry.(map[string]any)
		if name, _ := f["name"].(string); name == "" {
			return invalid("finalizers", "A finalizer has no name.")
		}
	}
	return nil
}

// checkLinks refuses names of resources that are not there.
func (c *call) checkLinks(o *object) error {
	var wrong faults
	for _, t := range targetsOf(o) {
		if c.store.items[t.key] == nil {
			wrong = append(wrong, invalid(t.link.field, "Referenced %s %s not found.", t.link.target.name, t.name))
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// delete answers DELETE.
func (c *call) delete() (*answer, error) {
	o, err := c.find()
	if err != nil {
		return nil, err
	}
	if !c.rights(o).remove {
		return nil, forbidden("The resource %s cannot be deleted by this account.", o.name)
	}
	if state := lifeState(o); o.kind.ref() == "catalog/Asset" && (state == "active" || state == "deprecated") {
		return nil, invalid("state", "The asset %s is %s. Archive it before it is deleted.", o.name, state)
	}
	all := c.store.closure(c.table, o)
	holds := func(o *object) bool { return len(o.finalizers) > 0 }
	if c.query.Get("forceDelete") != "true" && slices.ContainsFunc(all, holds) {
		for _, held := range all {
			if held == o || holds(held) {
				next := held.changed(c.stamp())
				next.deleting = true
				c.store.put(next)
			}
		}
		return &answer{status: http.StatusAccepted, body: c.shown(c.store.items[o.key()])}, nil
	}
	c.drop(all)
	return &answer{status: http.StatusNoContent}, nil
}

// lifeState is the name of the state that an asset is in.
func lifeState(o *object) string {
	if named, isObject := o.subs["state"].(map[string]any); isObject {
		state, _ := named["name"].(string)
		return state
	}
	state, _ := o.subs["state"].(string)
	return state
}

// drop removes objects, and takes their names out of what stays.
func (c *call) drop(all []*object) {
	for _, o := range all {
		c.store.remove(o)
	}
	for _, o := range all {
		c.store.forget(o)
		c.detach(o)
	}
}

// finish carries out the deletes that waited for the last finalizer of the object.
func (c *call) finish(o *object) {
	if !o.deleting || len(o.finalizers) > 0 {
		return
	}
	for _, key := range sortedKeys(c.store.items) {
		waiting := c.store.items[key]
		if waiting == nil || !waiting.deleting {
			continue
		}
		all := c.store.closure(c.table, waiting)
		if !slices.ContainsFunc(all, func(o *object) bool { return len(o.finalizers) > 0 }) {
			c.drop(all)
		}
	}
}
