package apim

import (
	"context"
	"fmt"
	"net/url"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
	"github.com/lockstep-apiops/lockstep/internal/apidef"
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
	path, err := placeAPI(ctx, c, w)
	if err != nil {
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
func placeAPI(ctx context.Context, c *rest.Caller, w *rest.Write) (string, error) {
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
	case !isRevision && revisionOf(w.Have.Spec) != revisionOf(w.Body):
		if err := makeCurrent(ctx, c, key, revisionOf(w.Body)); err != nil {
			return "", fmt.Errorf("make revision %s current: %w", revisionOf(w.Body), err)
		}
		w.IfMatch = "" // it is another revision now
	}
	return c.Path(key), nil
}

// revisionOf returns the number of the revision that a payload describes.
func revisionOf(spec map[string]any) string {
	if n, _ := gateway.Field(spec, "properties.apiRevision").(string); n != "" {
		return n
	}
	return "1"
}

// revisionKey returns the key of a revision of an API.
func revisionKey(c *rest.Caller, api gateway.Key, number string) gateway.Key {
	root, _, _ := cutRevision(api.Name())
	return c.Kinds.Parent(api).Child(api.Kind, root+";rev="+number)
}

// makeCurrent switches an API to a revision, which it makes from the current
// one if it is not there. Only a release can do that; it is taken back at
// once, for it is no part of what git says.
func makeCurrent(ctx context.Context, c *rest.Caller, api gateway.Key, number string) error {
	revision := revisionKey(c, api, number)
	_, _, err := c.Get(ctx, c.Path(revision), nil)
	if arm.IsNotFound(err) {
		_, _, err = c.Put(ctx, c.Path(revision), nil, map[string]any{"properties": map[string]any{
			"apiRevision": number, "sourceApiId": c.ID(api), "isCurrent": false,
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

// importAPI writes an API together with its definition.
func (h *hooks) importAPI(ctx context.Context, c *rest.Caller, w *rest.Write, path, name string, text []byte) error {
	doc, err := apidef.Parse(name, text)
	if err != nil {
		return fmt.Errorf("%w: read %s: %w", gateway.ErrInvalid, name, err)
	}
	if doc.Format == apidef.GraphQL {
		return importGraphQL(ctx, c, w, path, text)
	}
	format := importFormats[spelling{doc.Format, doc.YAML}]
	plain, _ := gateway.Clone(w.Body).(map[string]any)
	gateway.SetField(w.Body, "properties.format", format.name)
	gateway.SetField(w.Body, "properties.value", string(text))
	if format.apiType != "" {
		gateway.SetField(w.Body, "properties.apiType", format.apiType)
	}
	got, _, err := c.Put(ctx, path, format.query, w.Body, w.IfMatch)
	if err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	now := &gateway.Resource{Key: w.Want.Key, Spec: got, Files: w.Want.Files}
	if got != nil && c.Kinds.Equal(now, w.Want) {
		return nil
	}
	if _, _, err = c.Put(ctx, path, nil, plain, ""); err != nil {
		return fmt.Errorf("restore settings after import of %s: %w", name, err)
	}
	return nil
}

type importFormat struct {
	name, apiType string
	query         url.Values
}

// importFormats are the words that the service has for the formats. For WADL
// and WSDL the import has to be asked for in the query as well.
var importFormats = map[spelling]importFormat{
	{apidef.OpenAPI, true}:  {name: "openapi"},
	{apidef.OpenAPI, false}: {name: "openapi+json"},
	{apidef.Swagger, true}:  {name: "openapi"},
	{apidef.Swagger, false}: {name: "swagger-json"},
	{apidef.WADL, false}:    {name: "wadl-xml", query: url.Values{"import": {"true"}}},
	{apidef.WSDL, false}:    {name: "wsdl", apiType: "soap", query: url.Values{"import": {"true"}}},
}

type spelling struct {
	format apidef.Format
	yaml   bool
}

// importGraphQL writes a GraphQL API and then its schema, which is a resource
// of its own.
func importGraphQL(ctx context.Context, c *rest.Caller, w *rest.Write, path string, text []byte) error {
	if _, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch); err != nil {
		return err
	}
	_, _, err := c.Put(ctx, path+"/schemas/graphql", nil, map[string]any{"properties": map[string]any{
		"contentType": "application/vnd.ms-azure-apim.graphql.schema",
		"document":    map[string]any{"value": string(text)},
	}}, "")
	if err != nil {
		return fmt.Errorf("put schema: %w", err)
	}
	return nil
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

// storeNamedValue writes a named value. The service never hands out a secret
// one, and takes a put without the value for a fault: so all but the value is
// changed in place.
func storeNamedValue(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	path := c.Path(w.Want.Key)
	secret, _ := gateway.Field(w.Body, "properties.secret").(bool)
	if !secret || gateway.Field(w.Body, "properties.value") != nil || gateway.Field(w.Body, "properties.keyVault") != nil {
		_, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch)
		return err
	}
	if w.Have == nil {
		return fmt.Errorf("%w: a secret needs a value, which git does not hold: give it in the configuration, or refer to a key vault", gateway.ErrInvalid)
	}
	if gateway.Field(w.Body, "properties.tags") == nil {
		gateway.SetField(w.Body, "properties.tags", []any{})
	}
	_, _, err := c.Patch(ctx, path, nil, w.Body, rest.Match(w.Have))
	return err
}

// storeIdentityProvider writes an identity provider. The service takes no put
// without the secret: where git does not hold it, all but the secret is
// changed in place.
func storeIdentityProvider(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	path := c.Path(w.Want.Key)
	if gateway.Field(w.Body, "properties.clientSecret") != nil {
		_, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch)
		return err
	}
	if w.Have == nil {
		return fmt.Errorf("%w: a new identity provider needs its secret, which git does not hold: give it in the configuration", gateway.ErrInvalid)
	}
	was, _ := c.Kinds.Public(c.Kinds.Get(w.Want.Key.Kind), w.Have.Spec)["properties"].(map[string]any)
	for name := range was {
		if field := "properties." + name; gateway.Field(w.Body, field) == nil {
			gateway.SetField(w.Body, field, nil) // silence would mean "as before"
		}
	}
	_, _, err := c.Patch(ctx, path, nil, w.Body, rest.Match(w.Have))
	return err
}

// storeRelease writes a release, of the API that owns it where it names none.
func storeRelease(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	if gateway.Field(w.Body, "properties.apiId") == nil {
		gateway.SetField(w.Body, "properties.apiId", c.ID(c.Kinds.Parent(w.Want.Key)))
	}
	_, _, err := c.Put(ctx, c.Path(w.Want.Key), nil, w.Body, w.IfMatch)
	return err
}

// storeProduct writes a product and, if it is new, removes the subscription
// that the service makes for whoever creates one.
func storeProduct(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	path := c.Path(w.Want.Key)
	fresh := false
	if w.Have == nil {
		_, found, err := c.Head(ctx, path, nil)
		if err != nil {
			return err
		}
		fresh = !found
	}
	if _, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch); err != nil || !fresh {
		return err
	}
	owner := c.Kinds.Parent(w.Want.Key)
	for item, err := range c.Pages(ctx, path+"/subscriptions", nil) {
		if arm.IsNotFound(err) { // workspaces have no such list, and make no subscription
			return nil
		}
		if err != nil {
			return fmt.Errorf("list subscriptions made with the product: %w", err)
		}
		name, _ := item["name"].(string)
		if err := c.Delete(ctx, c.Path(owner)+"/subscriptions/"+rest.Escape(name), nil, "*"); err != nil && !arm.IsNotFound(err) {
			return fmt.Errorf("delete subscription made with the product: %w", err)
		}
	}
	return nil
}
