package apim

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// location is what a path below a service points to.
type location struct {
	kind   *kind
	parent *item
	name   string // "" for a collection
	key    string // canonical key of the item, when there is a name
	item   *item  // nil when it does not exist
	tail   string // an action or aggregate behind the item or collection
	scope  *item  // the workspace, nil at service level
}

var (
	servicePath = regexp.MustCompile(`(?i)^(/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ApiManagement/service/[^/]+)(?:/(.*))?$`)
	listPath    = regexp.MustCompile(`(?i)^/subscriptions/([^/]+)(?:/resourceGroups/([^/]+))?/providers/Microsoft\.ApiManagement/service/?$`)
)

// splitPath cuts an escaped path into its unescaped segments.
func splitPath(escaped string) ([]string, error) {
	escaped = strings.Trim(escaped, "/")
	if escaped == "" {
		return nil, nil
	}
	segs := strings.Split(escaped, "/")
	for i, s := range segs {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, badRequest("InvalidRequestUri", "The request URI is not valid: %s.", err)
		}
		segs[i] = plain
	}
	return segs, nil
}

// locate walks the segments below a service. The caller holds the lock.
func (v *service) locate(segs []string) (location, error) {
	var at location
	path := ""
	for i := 0; i < len(segs); i += 2 {
		if path != "" {
			path += "/"
		}
		path += strings.ToLower(segs[i])
		k := v.srv.table.get(path)
		if k == nil || (at.scope != nil && !k.ws) {
			return v.locateTail(at, segs[i:])
		}
		if i > 0 && at.item == nil {
			return at, notFound(at.kind.noun)
		}
		at = location{kind: k, parent: v.ownerOf(k, at.item), scope: at.scope}
		if i+1 == len(segs) {
			return at, nil
		}
		v.step(&at, segs[i+1])
		if k.path == "workspaces" && i+2 < len(segs) {
			if at.item == nil {
				return at, notFound(k.noun)
			}
			at.scope, path = at.item, ""
		}
	}
	return at, nil
}

// step goes from a collection to the item of a name.
func (v *service) step(at *location, name string) {
	at.name = name
	at.key = collectionKey(at.parent, at.kind) + "/" + strings.ToLower(name)
	if at.kind.path == "apis" {
		at.key = v.revisionKey(at.key)
	}
	at.item = v.items[at.key]
}

// locateTail deals with a last segment that is no collection.
func (v *service) locateTail(at location, rest []string) (location, error) {
	if at.kind != nil && at.name != "" && at.item == nil {
		return at, notFound(at.kind.noun)
	}
	at.tail = strings.ToLower(strings.Join(rest, "/"))
	return at, nil
}

// absolute makes a path on this server a URL the client can follow.
func absolute(r *http.Request, pathAndQuery string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + pathAndQuery
}

// relativeID cuts an id down to the path below this service. ok is false for ids of
// another service. Names and short forms come back as they are.
func (v *service) relativeID(id string) (rel string, isAbsolute, ok bool) {
	lower := strings.ToLower(id)
	if !strings.HasPrefix(lower, "/subscriptions/") || !strings.Contains(lower, "/providers/") {
		return strings.Trim(id, "/"), false, true
	}
	if lower == v.key || strings.HasPrefix(lower, v.key+"/") {
		return strings.Trim(id[len(v.key):], "/"), true, true
	}
	return id, true, false
}

// find resolves an id that a property of an item in scope holds. Relative ids are
// looked up in the workspace first, then in the service.
func (v *service) find(scope *item, id string) (location, bool) {
	rel, isAbsolute, ok := v.relativeID(id)
	if !ok || rel == "" {
		return location{}, false
	}
	segs := strings.Split(rel, "/")
	if scope != nil && !isAbsolute && !strings.EqualFold(segs[0], "workspaces") {
		at, err := v.locate(append([]string{"workspaces", scope.name}, segs...))
		if err == nil && at.item != nil {
			return at, true
		}
	}
	at, err := v.locate(segs)
	return at, err == nil && at.item != nil && at.tail == ""
}

// ownerOf is where items of a kind live. Releases are the API's, not a revision's:
// they are found below the current one.
func (v *service) ownerOf(k *kind, parent *item) *item {
	if k.path == "apis/releases" {
		return v.target(rootKey(parent.key))
	}
	return parent
}
