package apim

import (
	"context"
	"fmt"
	"net/url"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
)

// storeAPI writes an API or a revision of one. The definition is imported only
// if it changed, for an import replaces every operation; what the import made
// of the rest of the payload is put right afterwards.
func (h *hooks) storeAPI(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	unlock, err := c.Lock(ctx, "api "+lockOf(c, w.Want.Key))
	if err != nil {
		return err
	}
	defer unlock()
	path, err := h.placeAPI(ctx, c, w)
	if err != nil {
		return err
	}
	if err := followCurrent(ctx, c, w); err != nil {
		return err
	}
	if t, _ := gateway.Field(w.Body, "properties.type").(string); t != "" {
		gateway.SetField(w.Body, "properties.apiType", t) // read back as type, written as apiType
	}
	name, text, ok := definition[0].File(w.Want)
	if !ok || !definitionChanged(w.Have, name, text) {
		_, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch)
		return err
	}
	return h.importAPI(ctx, c, w, path, name, text)
}

// placeAPI makes sure that the revision which the write is about is the one
// it will hit, and returns its path.
func (h *hooks) placeAPI(ctx context.Context, c *rest.Caller, w *rest.Write) (string, error) {
	key := w.Want.Key
	_, number, isRevision := cutRevision(key.Name())
	switch {
	case isRevision && w.Have == nil:
		gateway.SetField(w.Body, "properties.apiRevision", number)
		gateway.SetField(w.Body, "properties.isCurrent", false) // else the service may switch to it
	case !isRevision && w.Have == nil:
		if n := revisionOf(w.Body); n != "1" {
			return c.Path(revisionKey(c, key, n)), nil
		}
	case !isRevision:
		if err := h.switchTo(ctx, c, w, revisionOf(w.Body)); err != nil {
			return "", fmt.Errorf("make revision %s current: %w", revisionOf(w.Body), err)
		}
	}
	return c.Path(key), nil
}

// switchTo makes a revision current if it is not. The write is then about that
// one, in the state that it is in.
func (h *hooks) switchTo(ctx context.Context, c *rest.Caller, w *rest.Write, number string) error {
	path, have := c.Path(w.Want.Key), w.Have
	if have.Partial { // of a saved plan, which does not say which one is current
		body, etag, err := c.Get(ctx, path, nil)
		if err != nil {
			return err
		}
		if have.ETag != "" && etag != have.ETag {
			return gateway.ErrStale
		}
		have = &gateway.Resource{Key: have.Key, ETag: etag, Spec: body}
	}
	if revisionOf(have.Spec) == number {
		return nil
	}
	if err := makeCurrent(ctx, c, have, number); err != nil {
		return err
	}
	body, etag, err := c.Get(ctx, path, nil)
	if err != nil {
		return err
	}
	w.Have, w.IfMatch = &gateway.Resource{Key: w.Want.Key, ETag: etag, Spec: body}, ""
	if _, _, ok := definition[0].File(w.Want); !ok {
		return nil
	}
	return h.fetchAPI(ctx, c, w.Have)
}

// shared are the fields that all revisions of an API have in common. The
// current one decides.
var shared = []string{
	"properties.displayName", "properties.path", "properties.protocols", "properties.type", "properties.apiVersion",
	"properties.apiVersionSetId", "properties.subscriptionKeyParameterNames",
}

// ofCurrent returns the fields of a revision that the current one decides.
func ofCurrent(key gateway.Key) []string {
	if _, _, revision := cutRevision(key.Name()); revision {
		return shared
	}
	return nil
}

// followCurrent makes the payload of a revision say what the current one says
// of the API as a whole, whatever its own file does.
func followCurrent(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	root, _, revision := cutRevision(w.Want.Key.Name())
	if !revision {
		return nil
	}
	api, _, err := c.Get(ctx, c.Path(c.Kinds.Parent(w.Want.Key).Child(w.Want.Key.Kind, root)), nil)
	if arm.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("get current revision: %w", err)
	}
	for _, field := range shared {
		if v := gateway.Field(api, field); v != nil {
			gateway.SetField(w.Body, field, v)
		} else {
			gateway.CutField(w.Body, field)
		}
	}
	return nil
}

// revisionOf returns the number of the revision that a payload describes.
func revisionOf(spec map[string]any) string {
	if n, _ := gateway.Field(spec, "properties.apiRevision").(string); n != "" {
		return n
	}
	return "1"
}

// asRevision returns the name of an API as one of its revisions. It is the one
// that never means another.
func asRevision(r *gateway.Resource) string {
	if _, _, revision := cutRevision(r.Key.Name()); revision {
		return r.Key.Name()
	}
	return r.Key.Name() + ";rev=" + revisionOf(r.Spec)
}

// revisionKey returns the key of a revision of an API.
func revisionKey(c *rest.Caller, api gateway.Key, number string) gateway.Key {
	root, _, _ := cutRevision(api.Name())
	return c.Kinds.Parent(api).Child(api.Kind, root+";rev="+number)
}

// makeCurrent switches an API to a revision, which it makes from the current
// one if it is not there. Only a release can do that; it is taken back at
// once, for it is no part of what git says.
func makeCurrent(ctx context.Context, c *rest.Caller, have *gateway.Resource, number string) error {
	api := have.Key
	revision := revisionKey(c, api, number)
	_, _, err := c.Get(ctx, c.Path(revision), nil)
	if arm.IsNotFound(err) {
		_, _, err = c.Put(ctx, c.Path(revision), nil, map[string]any{"properties": map[string]any{
			"apiRevision": number, "sourceApiId": c.ID(api), "isCurrent": false, "path": gateway.Field(have.Spec, "properties.path"),
		}}, "")
	}
	if err != nil {
		return err
	}
	release := c.Path(api) + "/releases/lockstep-revision-" + rest.Escape(number)
	_, _, err = c.Put(ctx, release, nil, map[string]any{"properties": map[string]any{
		"apiId": c.ID(revision), "notes": "made current by lockstep",
	}}, "")
	if err != nil {
		return err
	}
	if err := c.Delete(ctx, release, nil, "*"); err != nil && !arm.IsNotFound(err) {
		return err
	}
	return nil
}

// definitionChanged reports whether a definition must be imported. One that
// the service could not hand out counts as unchanged.
func definitionChanged(have *gateway.Resource, name string, text []byte) bool {
	if have == nil {
		return true
	}
	hname, htext, ok := definition[0].File(have)
	if !ok {
		return len(have.Unread) == 0
	}
	return string(htext) != string(text) && !sameDefinition(hname, htext, name, text)
}

// removeAPI deletes an API with its revisions, or one revision: but not one
// that has become current since it was planned, for then its name stands for
// the API itself.
func removeAPI(ctx context.Context, c *rest.Caller, have *gateway.Resource) error {
	unlock, err := c.Lock(ctx, "api "+lockOf(c, have.Key))
	if err != nil {
		return err
	}
	defer unlock()
	root, number, isRevision := cutRevision(have.Key.Name())
	if !isRevision {
		return c.Delete(ctx, c.Path(have.Key), url.Values{"deleteRevisions": {"true"}}, rest.Match(have))
	}
	api, _, err := c.Get(ctx, c.Path(c.Kinds.Parent(have.Key).Child(have.Key.Kind, root)), nil)
	if err != nil {
		return err
	}
	if revisionOf(api) == number {
		return nil
	}
	return c.Delete(ctx, c.Path(have.Key), nil, rest.Match(have))
}

// storeRelease writes a release, of the API that owns it where it names none.
func storeRelease(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	if gateway.Field(w.Body, "properties.apiId") == nil {
		gateway.SetField(w.Body, "properties.apiId", c.ID(c.Kinds.Parent(w.Want.Key)))
	}
	_, _, err := c.Put(ctx, c.Path(w.Want.Key), nil, w.Body, w.IfMatch)
	return err
}
