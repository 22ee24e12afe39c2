package amplify

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxBody is the largest body that is read.
const maxBody = 20 << 20

// call is one request for resources.
type call struct {
	*Server
	r       *http.Request
	who     *identity
	query   url.Values
	version string
	kind    *kind
	scope   string // key of the scope; empty: none, or all of them
	within  bool   // the path names a scope
	name    string // empty: the collection
	sub     string // empty: the whole resource
}

// resources answers a request below /apis.
func (s *Server) resources(r *http.Request, who *identity) (rendered, error) {
	c := &call{Server: s, r: r, who: who, query: queryOf(r)}
	if err := c.locate(); err != nil {
		return rendered{}, err
	}
	var body []byte
	if r.Body != nil && r.Method != http.MethodGet && r.Method != http.MethodHead {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody)); err != nil {
			return rendered{}, invalid("body", "The body could not be read: %s.", err)
		}
	}
	return c.locked(body)
}

// queryOf reads the query of a request. A semicolon in it is an operator of a filter,
// which need not be escaped.
func queryOf(r *http.Request) url.Values {
	values, _ := url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")) // What cannot be read is left out.
	return values
}

// locked runs the request under the lock, and keeps what it changed.
func (c *call) locked(body []byte) (rendered, error) {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		c.mu.RLock()
		defer c.mu.RUnlock()
		a, err := c.read()
		if err != nil {
			return rendered{}, err
		}
		return render(a), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a, err := c.write(body)
	if saveErr := c.commit(); saveErr != nil {
		return rendered{}, saveErr
	}
	if err != nil {
		return rendered{}, err
	}
	return render(a), nil
}

// locate finds what the path means: group, version, then a collection, a resource
// or a subresource, in a scope or not.
func (c *call) locate() error {
	segs, err := splitPath(strings.TrimPrefix(c.r.URL.EscapedPath(), "/apis/"))
	if err != nil || len(segs) < 3 || len(segs) > 7 {
		return notFound("There is nothing at %s.", c.r.URL.Path)
	}
	group, version, rest := segs[0], segs[1], segs[2:]
	k := c.table.byPath[group+"/"+rest[0]]
	if k == nil {
		return notFound("Resource type %s not found in group %s version %s.", rest[0], group, version)
	}
	if len(rest) >= 3 {
		if child := c.table.byPath[group+"/"+rest[2]]; child != nil && slices.Contains(child.scopes, k) {
			c.scope, c.within = keyOf("", k, rest[1]), true
			k, rest = child, rest[2:]
		}
	}
	if !slices.Contains(k.versions, version) {
		return notFound("Resource type %s not found in group %s version %s.", k.plural, group, version)
	}
	c.kind, c.version = k, version
	if len(rest) > 1 {
		c.name = rest[1]
	}
	if len(rest) > 2 {
		c.sub = rest[2]
	}
	if len(rest) > 3 || (len(k.scopes) > 0 && !c.within && c.name != "") {
		return notFound("There is nothing at %s.", c.r.URL.Path)
	}
	return nil
}

func splitPath(path string) ([]string, error) {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	for i, seg := range segs {
		var err error
		if segs[i], err = url.PathUnescape(seg); err != nil {
			return nil, err
		}
	}
	return segs, nil
}

// read answers GET and HEAD.
func (c *call) read() (*answer, error) {
	if c.name == "" {
		return c.list()
	}
	o, err := c.find()
	if err != nil {
		return nil, err
	}
	if c.sub != "" {
		return c.readSub(o)
	}
	return ok(c.shown(o)), nil
}

// write answers the methods that change something.
func (c *call) write(body []byte) (*answer, error) {
	if c.kind.described {
		return nil, forbidden("Definitions cannot be changed.")
	}
	switch {
	case c.r.Method == http.MethodPost && c.name == "":
		return c.create(body)
	case c.r.Method == http.MethodPut && c.sub != "" && (c.sub != raw || c.kind.raw == ""):
		return c.writeSub(body)
	case c.r.Method == http.MethodPut && c.name != "" && c.sub == "":
		return c.replace(body)
	case c.r.Method == http.MethodPatch && c.name != "" && c.sub == "":
		return c.patch(body)
	case c.r.Method == http.MethodDelete && c.name != "" && c.sub == "":
		return c.delete()
	}
	return nil, failed(http.StatusMethodNotAllowed, "%s is not supported here.", c.r.Method)
}

// find returns the resource of the path, if the caller may see it.
func (c *call) find() (*object, error) {
	if err := c.findScope(); err != nil {
		return nil, err
	}
	o := c.store.items[keyOf(c.scope, c.kind, c.name)]
	if o == nil || !c.rights(o).read {
		where := "group " + c.kind.group
		if c.within {
			where = "scope " + c.scope[strings.LastIndexByte(c.scope, '/')+1:]
		}
		return nil, notFound("Resource %s not found in %s", c.name, where)
	}
	return o, nil
}

// findScope fails when the path names a scope that is not there.
func (c *call) findScope() error {
	if !c.within {
		return nil
	}
	if c.store.items[c.scope] == nil {
		return notFound("Resource %s not found in group %s", c.scope[strings.LastIndexByte(c.scope, '/')+1:], c.kind.group)
	}
	return nil
}

var namePattern = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// decode reads a JSON object.
func decode(body []byte) (map[string]any, error) {
	var out map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil || out == nil {
		return nil, invalid("body", "The body is not a JSON object.")
	}
	if dec.More() {
		return nil, invalid("body", "The body holds more than one JSON object.")
	}
	return out, nil
}
