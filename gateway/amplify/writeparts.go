package amplify

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// parts writes the subresources that differ from those of raw. Translations
// that go are withdrawn first, for the default language may take their place.
func (w *write) parts(ctx context.Context, raw map[string]any) error {
	have := map[string]any{}
	if raw != nil {
		have = w.table.kinds.Normal(w.kind, raw)
	}
	for _, name := range subresources(have) {
		if w.spec[name] != nil {
			continue
		}
		gone, err := without(name, have[name])
		if err != nil {
			return err
		}
		if err := w.part(ctx, name, gone); err != nil {
			return err
		}
	}
	for _, name := range subresources(w.spec) {
		if reflect.DeepEqual(have[name], w.spec[name]) {
			continue
		}
		if err := w.change(ctx, name, have[name], w.spec[name]); err != nil {
			return err
		}
	}
	return nil
}

// errNoDefault is a default language that git no longer has.
var errNoDefault = fmt.Errorf("%w: a default language can be changed and not be taken away: %s has to name it", gateway.ErrInvalid, languages)

// without returns what is written where a subresource goes.
func without(name string, have any) (any, error) {
	_, isList := have.([]any)
	switch {
	case name == languages:
		return nil, errNoDefault
	case strings.HasPrefix(name, translation):
		return withdrawn(have), nil
	case name == "state":
		return states()[0], nil
	case isList:
		return []any{}, nil
	}
	return map[string]any{}, nil
}

// change writes a subresource: a state step by step, and translations with
// those of the texts withdrawn that go.
func (w *write) change(ctx context.Context, name string, have, want any) error {
	switch to, isText := want.(string); {
	case name == "state" && isText:
		from, _ := have.(string)
		for _, s := range steps(from, to) {
			if err := w.part(ctx, name, s); err != nil {
				return err
			}
		}
		return nil
	case strings.HasPrefix(name, translation):
		want = withWithdrawn(have, want)
	}
	return w.part(ctx, name, want)
}

// part writes a subresource, if the resource is still what was read unless this
// write has changed it.
func (w *write) part(ctx context.Context, name string, v any) error {
	body := map[string]any{name: v}
	if w.version != "" {
		body["metadata"] = map[string]any{"resourceVersion": w.version}
		w.version = ""
	}
	if _, err := w.api.Put(ctx, w.path(w.want.Key)+"/"+url.PathEscape(name), nil, body); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
