package amplify

import (
	"encoding/base64"
	"maps"
	"mime"
	"net/http"
	"strings"
)

// raw is the path of the file that a resource holds in base64. It can only be read.
const raw = "raw"

// readRaw answers GET of a file, as it is.
func (c *call) readRaw(o *object) (*answer, error) {
	content, _ := valueAt(o.spec, "data.content").(string)
	file, err := base64.StdEncoding.DecodeString(content)
	if err != nil || len(file) == 0 {
		return nil, notFound("The resource %s holds no file.", o.name)
	}
	header := http.Header{"Content-Type": {"application/octet-stream"}}
	if media, _ := valueAt(o.spec, o.kind.raw).(string); media != "" {
		header.Set("Content-Type", media)
	}
	if name, _ := valueAt(o.spec, "data.fileName").(string); name != "" {
		header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	return &answer{status: http.StatusOK, file: file, header: header}, nil
}

// valueAt is what the path leads to, or nil.
func valueAt(doc map[string]any, path string) any {
	if found := collect(doc, strings.Split(path, ".")); len(found) > 0 {
		return found[0]
	}
	return nil
}

// readSub answers GET of a subresource.
func (c *call) readSub(o *object) (*answer, error) {
	if c.sub == raw && c.kind.raw != "" {
		return c.readRaw(o)
	}
	value, there := o.subs[c.sub]
	if !there {
		return nil, notFound("Subresource %s of %s not found", c.sub, o.name)
	}
	return ok(map[string]any{c.sub: value}), nil
}

// writeSub answers PUT of a subresource. Other fields of the body do not matter.
func (c *call) writeSub(body []byte) (*answer, error) {
	old, err := c.findToWrite()
	if err != nil {
		return nil, err
	}
	if !c.kind.hasSub(c.sub) {
		return nil, notFound("A %s has no subresource %s.", c.kind.name, c.sub)
	}
	doc, err := decode(body)
	if err != nil {
		return nil, err
	}
	if err := fresh(old, doc); err != nil {
		return nil, err
	}
	value, said := doc[c.sub]
	if !said {
		return nil, invalid(c.sub, "The body lacks the field %s.", c.sub)
	}
	next := old.changed(c.stamp())
	next.subs = maps.Clone(old.subs)
	if isLanguage(c.sub) {
		err = setLanguage(next, c.sub, value)
	} else {
		setSub(next.subs, c.sub, value)
		err = c.checkLinks(next)
	}
	if err != nil {
		return nil, err
	}
	c.store.put(next)
	return ok(map[string]any{c.sub: next.subs[c.sub]}), nil
}

// setSub sets a subresource; null takes it away.
func setSub(subs map[string]any, name string, value any) {
	if value == nil {
		delete(subs, name)
		return
	}
	subs[name] = value
}
