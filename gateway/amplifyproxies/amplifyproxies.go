// Package amplifyproxies is a gateway.Gateway over the DevOps API of Axway's
// Amplify Central: proxies, each described whole by one YAML file.
//
// It knows what a configuration may say, in the versions v0 and v1, and the two
// calls that are documented: POST /proxies makes a proxy or gives it a new
// revision, POST /promote puts a revision on a runtime group. Nothing is
// documented that reads or deletes. So what the gateway tells is what was last
// put, by a record of its own that holds digests and no payloads, and it says
// so: see [gateway.Description].
//
// How a call is encoded is not documented either. What this package assumes is
// all in codec.go.
package amplifyproxies

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
)

// A Client posts a text to a path of Amplify Central. It is implemented by
// *central.Client.
type Client interface {
	Send(ctx context.Context, path string, q url.Values, media string, text []byte) (map[string]any, error)
}

// Options say which organization is published to, and how.
type Options struct {
	Client   Client // required
	Instance string // what to call the organization; required
	// Record is the file that notes what was put last; it need not be there.
	// "": it is remembered for as long as the gateway is.
	Record  string
	Env     func(string) string // the variables that hold passwords; nil: there are none
	Force   bool                // make a new proxy each time, whatever was noted
	Proxies string              // path of POST /proxies; "" is DefaultProxies
	Promote string              // path of POST /promote; "" is DefaultPromote
}

// A Gateway publishes the proxies of an organization. Use New.
type Gateway struct {
	o      Options
	kinds  *gateway.Kinds
	record *record
}

var _ gateway.Promoter = (*Gateway)(nil)

// New returns a Gateway. It makes no call.
func New(o Options) (*Gateway, error) {
	if o.Client == nil || o.Instance == "" {
		return nil, errors.New("make gateway of amplify proxies: Client and Instance are required")
	}
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	o.Proxies, o.Promote = cmp.Or(o.Proxies, DefaultProxies), cmp.Or(o.Promote, DefaultPromote)
	kinds, err := newKinds(o.Env)
	if err != nil {
		return nil, err
	}
	return &Gateway{o: o, kinds: kinds, record: newRecord(o.Record, o.Instance)}, nil
}

// Describe implements gateway.Gateway.
func (g *Gateway) Describe() gateway.Description {
	return gateway.Description{Product: "amplifyproxies", Instance: g.o.Instance, Kinds: g.kinds, ETags: true, WriteOnly: true}
}

// List implements gateway.Gateway, by the record.
func (g *Gateway) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		all, err := g.noted(ctx)
		if err != nil {
			yield(nil, &gateway.Error{Op: "list", Key: parent.Child(kind, "*"), Err: err})
			return
		}
		for name, e := range all {
			if kind == proxyKind && !yield(resource(name, e), nil) {
				return
			}
		}
	}
}

// Get implements gateway.Gateway, by the record.
func (g *Gateway) Get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	all, err := g.noted(ctx)
	if err == nil && (key.Kind != proxyKind || all[key.Name()] == nil) {
		err = gateway.ErrNotFound
	}
	if err != nil {
		return nil, &gateway.Error{Op: "get", Key: key, Err: err}
	}
	return resource(key.Name(), all[key.Name()]), nil
}

// noted returns what was put, as far as it counts. Nothing of it does where all is
// made anew; but a record that cannot be read could not be written either.
func (g *Gateway) noted(ctx context.Context) (map[string]*entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all, err := g.record.read()
	if err != nil || g.o.Force {
		return nil, err
	}
	return all, nil
}

// resource returns what is known of a proxy that was put.
func resource(name string, e *entry) *gateway.Resource {
	return &gateway.Resource{Key: gateway.NewKey(proxyKind, name), Digest: e.Digest, ETag: e.Digest}
}

// Put implements gateway.Gateway. Whoever does not know what is there gets no new
// revision of what was put already.
func (g *Gateway) Put(ctx context.Context, want, have *gateway.Resource) error {
	if err := g.put(ctx, want, have); err != nil {
		return &gateway.Error{Op: "put", Key: want.Key, Err: err}
	}
	return nil
}

func (g *Gateway) put(ctx context.Context, want, have *gateway.Resource) error {
	all, err := g.noted(ctx)
	if err != nil {
		return err
	}
	was, digest := all[want.Key.Name()], g.kinds.Digest(want)
	switch {
	case have != nil && have.ETag != "" && (was == nil || was.Digest != have.ETag):
		return gateway.ErrStale
	case have == nil && was != nil && was.Digest == digest:
		return nil
	}
	a, err := g.send(ctx, g.o.Proxies, createQuery(g.o.Force), want)
	if err != nil {
		if s := central.Status(err); s == 0 || s == http.StatusNotFound {
			return fmt.Errorf("%w (if the DevOps API is not at %s, set amplify-proxies-path)", err, g.o.Proxies)
		}
		return err
	}
	return g.record.note(want.Key.Name(), func(e *entry) {
		if a.id != e.ID {
			e.Runtimes = nil // a new proxy is nowhere yet
		}
		e.Digest, e.ID, e.Revision = digest, a.id, a.revision
	})
}

// Delete implements gateway.Gateway. No call is documented that deletes, nor one
// that tells whether there is anything to delete: so it never says that it did.
func (g *Gateway) Delete(ctx context.Context, have *gateway.Resource) error {
	all, err := g.noted(ctx)
	was := all[have.Key.Name()]
	switch {
	case err != nil:
	case have.ETag != "" && (was == nil || was.Digest != have.ETag):
		err = gateway.ErrStale
	default:
		err = fmt.Errorf("%w: the DevOps API has no call that deletes: remove the proxy in Amplify Central, and its entry in the record if there is one, and publish without deletes", gateway.ErrUnsupported)
	}
	return &gateway.Error{Op: "delete", Key: have.Key, Err: err}
}

// Promote implements gateway.Promoter. A runtime is a runtime group, by its name.
func (g *Gateway) Promote(ctx context.Context, r *gateway.Resource, from, to string) (*gateway.Promoted, error) {
	a, err := g.send(ctx, g.o.Promote, promoteQuery(from, to), r)
	if err == nil {
		err = g.record.note(r.Key.Name(), func(e *entry) {
			if e.Runtimes == nil {
				e.Runtimes = map[string]runtime{}
			}
			e.Runtimes[to] = runtime{Revision: a.revision, URL: a.url}
		})
	}
	if err != nil {
		return nil, &gateway.Error{Op: "promote", Key: r.Key, Err: err}
	}
	return &gateway.Promoted{Revision: a.revision, URL: a.url, Keys: a.keys}, nil
}

// send makes one call about a proxy. The error never holds its password.
func (g *Gateway) send(ctx context.Context, path string, q url.Values, r *gateway.Resource) (answer, error) {
	if wrong := faults(r); len(wrong) > 0 {
		return answer{}, fmt.Errorf("%w: %s", gateway.ErrInvalid, strings.Join(wrong, "; "))
	}
	spec, err := fill(r.Spec, g.o.Env)
	if err != nil {
		return answer{}, err
	}
	body, err := g.o.Client.Send(ctx, path, q, media, encode(spec))
	if err == nil {
		return read(body), nil
	}
	if s := sentinels()[central.Status(err)]; s != nil {
		err = fmt.Errorf("%w: %w", s, err)
	}
	secret, _ := gateway.Field(spec, passwordField).(string)
	return answer{}, redact(err, secret)
}

// redact returns an error without a secret.
func redact(err error, secret string) error {
	text := gateway.Veil(err.Error(), []string{secret})
	if text == err.Error() {
		return err
	}
	return &redacted{text: text, err: err}
}

// A redacted error can be asked for what it is, and says less.
type redacted struct {
	text string
	err  error
}

// Error returns the text without the secret.
func (r *redacted) Error() string { return r.text }

// Is reports whether the whole error is another.
func (r *redacted) Is(target error) bool { return errors.Is(r.err, target) }

// sentinels maps answers to what callers ask for.
func sentinels() map[int]error {
	return map[int]error{
		http.StatusNotFound:            gateway.ErrNotFound,
		http.StatusUnauthorized:        gateway.ErrDenied,
		http.StatusForbidden:           gateway.ErrDenied,
		http.StatusConflict:            gateway.ErrConflict,
		http.StatusBadRequest:          gateway.ErrInvalid,
		http.StatusUnprocessableEntity: gateway.ErrInvalid,
	}
}
