package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// manager is how changes are signed in the metadata of objects.
const manager = "lockstep"

// maxObject is more than any object of a cluster has.
const maxObject = 16 << 20

// A Client reads and writes objects of a cluster. Use New.
type Client struct {
	base *url.URL
	http *httpx.Client
}

// New returns a client of the API at an address. What it sends is proven by the
// client's transport.
func New(base *url.URL, h *httpx.Client) *Client {
	// Each write names the version that it replaces, or a name that is free: it is harmless to send it twice.
	return &Client{base: base, http: h.With(httpx.Policy{Repeat: true})}
}

// Stats returns the requests made so far.
func (c *Client) Stats() httpx.Stats { return c.http.Stats() }

// A Ref names an object.
type Ref struct {
	Kind      Kind
	Namespace string // "" for what is in none
	Name      string
}

// String returns for example "configmap apis/autoflow".
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind.Word + " " + r.Name
	}
	return r.Kind.Word + " " + r.Namespace + "/" + r.Name
}

// Get reads an object into out.
func (c *Client) Get(ctx context.Context, ref Ref, out any) error {
	return c.call(ctx, "get", ref, nil, out)
}

// Create makes an object, and reads what became of it into out.
func (c *Client) Create(ctx context.Context, ref Ref, in, out any) error {
	return c.call(ctx, "create", ref, in, out)
}

// Update replaces an object, and reads what became of it into out. If in names
// another version than the object has, that is a conflict.
func (c *Client) Update(ctx context.Context, ref Ref, in, out any) error {
	return c.call(ctx, "update", ref, in, out)
}

// Patch changes what in has, removes what is null there, and leaves all else of
// an object. If in names another version than the object has, that is a
// conflict.
func (c *Client) Patch(ctx context.Context, ref Ref, in, out any) error {
	return c.call(ctx, "patch", ref, in, out)
}

// Delete removes an object of a version.
func (c *Client) Delete(ctx context.Context, ref Ref, version string) error {
	in := map[string]any{"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": map[string]any{"resourceVersion": version}}
	return c.call(ctx, "delete", ref, in, nil)
}

// methods are those of the verbs that a role grants.
func method(verb string) string {
	switch verb {
	case "create":
		return http.MethodPost
	case "update":
		return http.MethodPut
	case "patch":
		return http.MethodPatch
	case "delete":
		return http.MethodDelete
	}
	return http.MethodGet
}

func (c *Client) call(ctx context.Context, verb string, ref Ref, in, out any) error {
	fail := func(err error) error { return fmt.Errorf("%s %v: %w", verb, ref, err) }
	req, err := c.request(ctx, verb, ref, in)
	if err != nil {
		return fail(err)
	}
	res, err := c.http.Read(req, maxObject)
	if err != nil {
		if ctx.Err() != nil {
			return fail(ctx.Err())
		}
		return fail(fmt.Errorf("reach cluster at %s: %w", c.base.Redacted(), err))
	}
	if res.Status < http.StatusOK || res.Status >= http.StatusMultipleChoices {
		return refused(verb, ref, res)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(res.Body, out); err != nil {
		// The text of the answer may have secrets, and so may the cause.
		return fail(errors.New("the answer is no object of Kubernetes: is the address that of a cluster's API"))
	}
	return nil
}

func (c *Client) request(ctx context.Context, verb string, ref Ref, in any) (*http.Request, error) {
	parts := []string{ref.Kind.path}
	if ref.Namespace != "" {
		parts = append(parts, "namespaces", ref.Namespace)
	}
	parts = append(parts, ref.Kind.resource)
	if verb != "create" {
		parts = append(parts, ref.Name)
	}
	address := c.base.JoinPath(parts...)
	if in != nil && verb != "delete" {
		address.RawQuery = url.Values{"fieldManager": {manager}}.Encode()
	}
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method(verb), address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	switch {
	case verb == "patch":
		req.Header.Set("Content-Type", "application/merge-patch+json")
	case in != nil:
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
