package autoflow

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
)

const (
	clusterFresh = 2 * time.Second // how old what is shown of a cluster may be
	maxHeld      = 1 << 20         // bytes that the values of a ConfigMap or Secret have at most
	swapTries    = 5               // for others who write what is not ours
)

// A cluster is a configuration in a ConfigMap or Secret of a cluster.
type cluster struct {
	client   *kube.Client
	ref      kube.Ref
	create   bool
	workload *kube.Workload // nil: none is restarted
	now      func() time.Time
	lease    leaseTimes
	warn     func(string, error)
}

func newCluster(o Options) (*cluster, error) {
	kind, rest, _ := clusterKind(o.Target)
	namespace, name, _ := strings.Cut(rest, "/")
	if !kube.ValidName(namespace) || !kube.ValidName(name) {
		return nil, fmt.Errorf("target %s: want %s:NAMESPACE/NAME", o.Target, kind.Word)
	}
	if o.Cluster == nil {
		return nil, fmt.Errorf("target %s: no cluster is given", o.Target)
	}
	c := &cluster{
		client: o.Cluster, ref: kube.Ref{Kind: kind, Namespace: namespace, Name: name}, create: o.Create, now: o.Now, lease: usualLease(),
		warn: func(what string, err error) {
			o.Log.Warn("the cluster refused something that matters little", "what", what, "err", err)
		},
	}
	if o.Restart != "" {
		var err error
		if c.workload, err = kube.NewWorkload(o.Cluster, namespace, o.Restart); err != nil {
			return nil, fmt.Errorf("autoflow-restart: %w", err)
		}
	}
	return c, nil
}

func (*cluster) fresh() time.Duration { return clusterFresh }

// ready implements target.
func (c *cluster) ready(ctx context.Context) error {
	if c.workload == nil {
		return nil
	}
	return c.workload.Check(ctx)
}

// restart implements target.
func (c *cluster) restart(ctx context.Context) error {
	if c.workload == nil {
		return nil
	}
	return c.workload.Restart(ctx, c.now())
}

// read implements target.
func (c *cluster) read(ctx context.Context) (state, error) {
	s, err := c.get(ctx)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	switch held := s.contents(); {
	case c.create:
	case !held.there:
		return nil, fmt.Errorf("read configuration: %v has no %s among its data%s: name another, or ask for a new one with autoflow-create", c.ref, configName, has(s.object))
	case len(held.config) == 0:
		return nil, fmt.Errorf("read configuration: %s of %v is empty: put the configuration back, or ask for a new one with autoflow-create", configName, c.ref)
	}
	return s, nil
}

// has tells which values there are instead.
func has(m *kube.Map) string {
	var names []string
	if m != nil {
		names = slices.Sorted(maps.Keys(m.Data))
	}
	if len(names) == 0 {
		return ""
	}
	return ", but " + strings.Join(names, ", ")
}

// get returns the object as it is, whatever is in it. That it is not there is
// an error unless a new one was asked for.
func (c *cluster) get(ctx context.Context) (*mapState, error) {
	s := &mapState{c: c, object: &kube.Map{}}
	err := c.client.Get(ctx, c.ref, s.object)
	if kube.Status(err) == http.StatusNotFound {
		s.object, s.held = nil, contents{at: c.ref.String(), absent: true}
		return s, c.missing(ctx)
	}
	if err != nil {
		return nil, err
	}
	s.held, err = c.open(s.object)
	return s, err
}

// missing returns what is missing: the object, or all around it.
func (c *cluster) missing(ctx context.Context) error {
	err := c.client.Get(ctx, kube.Ref{Kind: kube.Namespace(), Name: c.ref.Namespace}, nil)
	switch {
	case kube.Status(err) == http.StatusNotFound:
		return fmt.Errorf("there is no namespace %s in the cluster: is it the right cluster", c.ref.Namespace)
	case c.create:
		return nil
	case err == nil:
		return fmt.Errorf("the namespace %s has no %s %s: name another, or ask for a new one with autoflow-create", c.ref.Namespace, c.ref.Kind.Word, c.ref.Name)
	}
	return fmt.Errorf("there is no %s %s in a namespace %s: name another, or ask for a new one with autoflow-create", c.ref.Kind.Word, c.ref.Name, c.ref.Namespace)
}

// open returns what an object holds.
func (c *cluster) open(m *kube.Map) (contents, error) {
	held := contents{at: c.ref.String()}
	for name, into := range map[string]*[]byte{configName: &held.config, confName: &held.conf} {
		text, ok := m.Data[name]
		encoded := c.ref.Kind == kube.Secret()
		if !ok {
			text, ok = m.BinaryData[name]
			encoded = true
		}
		if !ok {
			continue
		}
		*into = []byte(text)
		if encoded {
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return held, fmt.Errorf("%s of %v is not in base64", name, c.ref)
			}
			*into = b
		}
		held.there = held.there || name == configName
	}
	return held, nil
}

// change returns a patch that has an object hold other things; nil removes one.
// Each stays in the part of the object where it is.
func (c *cluster) change(m *kube.Map, config, conf []byte) map[string]any {
	data, binary := map[string]any{}, map[string]any{}
	for name, text := range map[string][]byte{configName: config, confName: conf} {
		_, isData := m.Data[name]
		_, isBinary := m.BinaryData[name]
		switch {
		case text == nil && isBinary:
			binary[name] = nil
		case text == nil && isData:
			data[name] = nil
		case text == nil:
		case isBinary:
			binary[name] = base64.StdEncoding.EncodeToString(text)
		case c.ref.Kind == kube.Secret():
			data[name] = base64.StdEncoding.EncodeToString(text)
		default:
			data[name] = string(text)
		}
	}
	patch := map[string]any{}
	if len(data) > 0 {
		patch["data"] = data
	}
	if len(binary) > 0 {
		patch["binaryData"] = binary
	}
	return patch
}

// swap replaces what the object holds by something else, if it holds what is
// expected, and looks whether it does. Others may change all else of the object
// meanwhile. What is wanted is there already if an answer was lost.
func (c *cluster) swap(ctx context.Context, from, to contents) error {
	for range swapTries {
		now, err := c.get(ctx)
		if err != nil {
			return err
		}
		if now.held.equal(to) {
			return nil
		}
		if !now.held.equal(from) {
			break
		}
		err = c.put(ctx, now, to)
		if err != nil && kube.Status(err) != http.StatusConflict {
			return invalid(err)
		}
	}
	return fmt.Errorf("%w: somebody else writes %v at the same time", gateway.ErrStale, c.ref)
}

// put writes an object, once.
func (c *cluster) put(ctx context.Context, now *mapState, to contents) error {
	if now.object == nil {
		object := c.change(&kube.Map{}, to.config, to.conf)
		object["apiVersion"], object["kind"] = c.ref.Kind.Version, c.ref.Kind.Name
		object["metadata"] = kube.Meta{Name: c.ref.Name, Namespace: c.ref.Namespace}
		return c.client.Create(ctx, c.ref, object, nil)
	}
	version := now.object.Metadata.ResourceVersion
	if to.absent { // as it was before
		return c.client.Delete(ctx, c.ref, version)
	}
	patch := c.change(now.object, to.config, to.conf)
	patch["metadata"] = map[string]any{"resourceVersion": version}
	return c.client.Patch(ctx, c.ref, patch, nil)
}

// invalid marks what a cluster takes for invalid.
func invalid(err error) error {
	if kube.Status(err) == http.StatusUnprocessableEntity {
		return fmt.Errorf("%w: %w", gateway.ErrInvalid, err)
	}
	return err
}
