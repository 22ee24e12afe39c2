package amplify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
)

// Put implements gateway.Gateway. It is a write of the resource and one of
// each subresource that differs.
func (g *Gateway) Put(ctx context.Context, want, have *gateway.Resource) error {
	if err := g.put(ctx, want, have); err != nil {
		return fail("put", want.Key, err)
	}
	return nil
}

func (g *Gateway) put(ctx context.Context, want, have *gateway.Resource) error {
	row := g.table.served[want.Key.Kind].row
	if faults := append(wrong(row, g.table.kinds.Parent(want.Key).Kind, want), unserved(row, want.Spec)...); faults != nil {
		return fmt.Errorf("%w: %s", gateway.ErrInvalid, faults[0].Text)
	}
	w, err := g.newWrite(ctx, want)
	if err != nil {
		return err
	}
	if have == nil {
		if err := w.create(ctx); central.Status(err) != http.StatusConflict {
			return err
		}
	}
	return w.update(ctx, have)
}

// A write is a resource on its way to the server.
type write struct {
	*Gateway
	kind *gateway.Kind
	row  *Row
	want *gateway.Resource
	spec map[string]any // normal form of what is wanted
	body map[string]any // of the write of the resource itself
	// version that the next write is for, where no write came before it
	version string
}

func (g *Gateway) newWrite(ctx context.Context, want *gateway.Resource) (*write, error) {
	k, s := g.kind(want.Key.Kind)
	w := &write{Gateway: g, kind: k, row: s.row, want: want, spec: g.table.kinds.Normal(k, want.Spec)}
	whole, _ := gateway.Clone(w.spec).(map[string]any)
	pack(s.row, want, whole)
	for _, name := range subresources(whole) {
		w.spec[name] = whole[name] // with the files that belong into it
	}
	w.body = map[string]any{}
	for _, name := range envelope() {
		if v, ok := whole[name]; ok {
			w.body[name] = v
		}
	}
	delete(w.body, "metadata")
	if acl := gateway.Field(whole, "metadata.acl"); acl != nil {
		w.body["metadata"] = map[string]any{"acl": acl}
	}
	w.body["group"], w.body["apiVersion"], w.body["kind"], w.body["name"] = s.row.Group, s.row.version(), s.row.Kind, want.Key.Name()
	if w.body["title"] == nil {
		w.body["title"] = want.Key.Name()
	}
	if err := g.teams.resolve(ctx, w.body); err != nil {
		return nil, err
	}
	return w, g.resolveLists(ctx, want.Key, w.body)
}

// create adds the resource.
func (w *write) create(ctx context.Context) error {
	if text := w.lacks(); text != "" {
		return fmt.Errorf("%w: %s", gateway.ErrInvalid, text)
	}
	if _, err := w.api.Post(ctx, w.collection(w.kind.Name, w.table.kinds.Parent(w.want.Key)), w.body); err != nil {
		return err
	}
	if err := w.parts(ctx, nil); err != nil {
		return err
	}
	return w.attachWaiting(ctx, w.want.Key)
}

func (w *write) lacks() string {
	if w.kind.Lacks == nil {
		return ""
	}
	return w.kind.Lacks(w.spec)
}

// update changes the resource to what is wanted, if it is still what was read.
func (w *write) update(ctx context.Context, have *gateway.Resource) error {
	item, err := w.api.Get(ctx, w.path(w.want.Key), expand())
	if err != nil {
		if errors.Is(sentinel(err), gateway.ErrNotFound) {
			return fmt.Errorf("%w: it was deleted", gateway.ErrStale)
		}
		return err
	}
	raw, _ := gateway.Clone(item).(map[string]any)
	now, err := w.read(ctx, w.want.Key, item)
	if err != nil {
		return err
	}
	if have != nil && (have.ETag != "" && have.ETag != now.ETag || have.ETag == "" && !w.table.kinds.Equal(have, now)) {
		return gateway.ErrStale
	}
	if w.spec[languages] == nil && w.table.kinds.Normal(w.kind, raw)[languages] != nil {
		return errNoDefault
	}
	w.version = now.ETag
	if err := w.replace(ctx, raw, now); err != nil {
		return err
	}
	return w.parts(ctx, raw)
}

// replace writes the resource itself if anything of it differs.
func (w *write) replace(ctx context.Context, raw map[string]any, now *gateway.Resource) error {
	if w.sameSelf(now) {
		return nil
	}
	if withheld(w.kind, w.spec) {
		return w.patch(ctx, raw)
	}
	if place := guardsOf(w.row).restore(w.body, raw); place != "" {
		return fmt.Errorf("%w: %s", gateway.ErrInvalid, valueless(place))
	}
	body := w.body
	meta, _ := body["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		if attached(raw) != nil {
			meta["acl"] = []any{} // silence means "as before"
		}
		body["metadata"] = meta
	}
	meta["resourceVersion"], w.version = w.version, ""
	if body["owner"] == nil && raw["owner"] != nil {
		body["owner"] = nil // silence means "as before"
	}
	_, err := w.api.Put(ctx, w.path(w.want.Key), nil, body)
	return w.cover(err, w.want.Key, raw)
}

// sameSelf reports whether all but subresources is as it is wanted. Values of
// secrets cannot be told to be the same.
func (w *write) sameSelf(now *gateway.Resource) bool {
	self := func(r *gateway.Resource) *gateway.Resource {
		whole, _ := gateway.Clone(r.Spec).(map[string]any)
		pack(w.row, r, whole)
		for _, name := range subresources(whole) {
			delete(whole, name)
		}
		return &gateway.Resource{Key: r.Key, Spec: whole}
	}
	return w.table.kinds.Equal(self(now), self(w.want)) && !w.table.kinds.HoldsSecrets(w.want)
}

// patch changes the fields that differ one by one, so that values of secrets
// that git does not hold stay as they are.
func (w *write) patch(ctx context.Context, raw map[string]any) error {
	k := w.table.kinds
	have, want := k.Normal(w.kind, raw), k.Normal(w.kind, w.body)
	for _, name := range append(subresources(have), "group", "apiVersion", "kind", "name", "metadata") {
		delete(have, name)
		delete(want, name)
	}
	if at := besideHidden("", have, want); at != "" {
		return fmt.Errorf("%w: %s can only be written as a whole, and git does not hold the secrets in it: give them in the configuration", gateway.ErrInvalid, at)
	}
	ops := differ(nil, "", have, want)
	if len(ops) == 0 {
		return nil
	}
	w.version = ""
	return w.api.Patch(ctx, w.path(w.want.Key), ops)
}

// differ adds the operations that make have what want is.
func differ(ops []central.Op, at string, have, want map[string]any) []central.Op {
	all := maps.Clone(have)
	maps.Copy(all, want)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		h, had := have[name]
		w, wanted := want[name]
		hm, isMap := h.(map[string]any)
		wm, toMap := w.(map[string]any)
		switch {
		case reflect.DeepEqual(h, w):
		case isMap && toMap:
			ops = differ(ops, path, hm, wm)
		case holdsHidden(w):
		case !wanted:
			ops = append(ops, central.Op{Op: "remove", Path: path})
		case had:
			ops = append(ops, central.Op{Op: "replace", Path: path, Value: w})
		default:
			ops = append(ops, central.Op{Op: "add", Path: path, Value: w})
		}
	}
	return ops
}
