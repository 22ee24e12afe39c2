// Package autoflow is a gateway.Gateway over the configuration of an API
// AutoFlow: one JSON document, for the product has no API to manage it by.
//
// It knows the outline of that document: the product, settings, and lists of
// APIs, servers, services and clients, each with its versions; what is inside a
// flow is carried along as it is, and so is every section that it does not
// know. It does not know what the product runs: an extraction tells what the
// configuration says, and it takes effect by a command that its user gives.
//
// What is empty counts in a configuration, and so does the order of entries.
// Secrets stand in clear text in it; they are handed out as references,
// ${secret:NAME}, and references are replaced by values when it is written.
package autoflow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
)

// Options say where a configuration is and what happens to it.
type Options struct {
	// Target is a data directory, a file config.json, its zip, the manifest of
	// a Kubernetes ConfigMap or Secret, or one in a cluster:
	// configmap:NAMESPACE/NAME or secret:NAMESPACE/NAME.
	Target string
	// Cluster is where the last two are, and nil for all else.
	Cluster *kube.Client
	// Instance is what to call it; "" is Target.
	Instance string
	// Create says that a configuration which is not there is an empty one.
	Create bool

	LiveExamples bool // keep the requests that the product captured
	NoVisualIDs  bool // leave out the ids of drawings

	// Secret returns the value of a secret; nil: only those that the
	// configuration holds are known.
	Secret func(name string) (string, bool)

	Backups  int           // how many to keep; 0 is none
	LockWait time.Duration // for another publication to end
	// Boot says that the configuration is made the one to boot from.
	Boot bool
	// Activate is a command that makes the product take what was written; ""
	// is none. It is given to the shell.
	Activate string
	// Restart is a workload beside the target in its cluster that is restarted
	// before that, as in deployment/autoflow; "" is none.
	Restart string
	// ActivateTimeout is the longest time for each of the two; 0 is two minutes.
	ActivateTimeout time.Duration
	// Probe is the host on which the configured ports must answer afterwards;
	// "" asks nobody.
	Probe        string
	ProbeTimeout time.Duration // 0: one minute
	// Test is a command that tries what runs after that; "" is none. It is given
	// to the shell, and which versions of servers run in LOCKSTEP_SERVERS, a JSON
	// object.
	Test        string
	TestTimeout time.Duration // 0: ten minutes

	Now func() time.Time // nil: the clock
	Log *slog.Logger     // nil: nothing is logged
}

// A Gateway is a configuration. Use New.
type Gateway struct {
	o       Options
	kinds   *gateway.Kinds
	holders map[string]holder
	target  target

	mu   sync.Mutex
	seen []byte // that last was read from
	last *config
	at   time.Time // when it was read; zero: long ago
}

var _ gateway.Transactor = (*Gateway)(nil)

// New returns the gateway of a configuration. It reads nothing yet.
func New(o Options) (*Gateway, error) {
	if o.Target == "" {
		return nil, errors.New("no configuration is named")
	}
	if o.Instance == "" {
		o.Instance = o.Target
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ActivateTimeout <= 0 {
		o.ActivateTimeout = 2 * time.Minute
	}
	if o.ProbeTimeout <= 0 {
		o.ProbeTimeout = time.Minute
	}
	if o.TestTimeout <= 0 {
		o.TestTimeout = 10 * time.Minute
	}
	kinds, err := newKinds(o)
	if err != nil {
		return nil, err
	}
	target, err := newTarget(o)
	if err != nil {
		return nil, err
	}
	return &Gateway{o: o, kinds: kinds, holders: holders(), target: target}, nil
}

// Describe implements gateway.Gateway.
func (g *Gateway) Describe() gateway.Description {
	return gateway.Description{Product: "autoflow", Instance: g.o.Instance, Kinds: g.kinds, ETags: true}
}

// current returns the configuration as it is now, not to be changed.
func (g *Gateway) current(ctx context.Context) (*config, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last != nil && !g.at.IsZero() && time.Since(g.at) < g.target.fresh() {
		return g.last, nil
	}
	now, err := g.target.read(ctx)
	if err != nil {
		return nil, err
	}
	read := now.contents().config
	if g.last == nil || !bytes.Equal(read, g.seen) {
		c, err := parse(read)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", g.o.Target, err)
		}
		g.seen, g.last = read, c
	}
	g.at = time.Now()
	return g.last, nil
}

// forget has the next to ask read the target anew.
func (g *Gateway) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = time.Time{}
}

// List implements gateway.Gateway.
func (g *Gateway) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return g.view(g.current).List(ctx, kind, parent)
}

// Get implements gateway.Gateway.
func (g *Gateway) Get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	return g.view(g.current).Get(ctx, key)
}

// Put implements gateway.Gateway. It is a transaction of its own.
func (g *Gateway) Put(ctx context.Context, want, have *gateway.Resource) error {
	return g.alone(ctx, "put", want.Key, func(t gateway.Transaction) error { return t.Put(ctx, want, have) })
}

// Delete implements gateway.Gateway. It is a transaction of its own.
func (g *Gateway) Delete(ctx context.Context, have *gateway.Resource) error {
	return g.alone(ctx, "delete", have.Key, func(t gateway.Transaction) error { return t.Delete(ctx, have) })
}

func (g *Gateway) alone(ctx context.Context, op string, key gateway.Key, do func(gateway.Transaction) error) error {
	t, err := g.Begin(ctx)
	if err != nil {
		return &gateway.Error{Op: op, Key: key, Err: err}
	}
	if err := do(t); err != nil {
		return errors.Join(err, t.Rollback())
	}
	if err := t.Commit(ctx); err != nil {
		return &gateway.Error{Op: op, Key: key, Err: err}
	}
	return nil
}

// view returns what reads a configuration that is asked for anew each time.
func (g *Gateway) view(current func(context.Context) (*config, error)) *view {
	return &view{g: g, current: current}
}

// A view hands out the resources of a configuration.
type view struct {
	g       *Gateway
	current func(context.Context) (*config, error)
}

// List is that of the gateway.
func (v *view) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	return func(yield func(*gateway.Resource, error) bool) {
		c, err := v.current(ctx)
		if err != nil {
			yield(nil, &gateway.Error{Op: "list", Key: parent.Child(kind, "*"), Err: err})
			return
		}
		for _, name := range v.g.holders[kind].names(c, parent) {
			if !yield(v.g.resource(c, parent.Child(kind, name)), nil) {
				return
			}
		}
	}
}

// Get is that of the gateway.
func (v *view) Get(ctx context.Context, key gateway.Key) (*gateway.Resource, error) {
	c, err := v.current(ctx)
	if err == nil {
		if r := v.g.resource(c, key); r != nil {
			return r, nil
		}
		err = gateway.ErrNotFound
	}
	return nil, &gateway.Error{Op: "get", Key: key, Err: err}
}

// resource returns a resource of a configuration, without its secrets; nil: it
// is not there.
func (g *Gateway) resource(c *config, key gateway.Key) *gateway.Resource {
	held := g.holders[key.Kind].get(c, key)
	if held == nil {
		return nil
	}
	spec, _ := gateway.Clone(held).(map[string]any)
	mask(key, spec)
	return &gateway.Resource{Key: key, Spec: spec, ETag: g.etag(key, spec)}
}

// etag returns the version of a payload without secrets.
func (g *Gateway) etag(key gateway.Key, spec map[string]any) string {
	text, err := json.Marshal(g.kinds.Public(g.kinds.Get(key.Kind), spec))
	if err != nil {
		return "" // decoded JSON always encodes
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
