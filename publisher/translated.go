package publisher

import (
	"context"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A translated is a source whose resources are in the form in which the gateway
// hands them out, whatever the form is in which a tree holds them.
type translated struct {
	Source
	gateway gateway.Translator
}

// All implements Source.
func (t translated) All(ctx context.Context) ([]*gateway.Resource, error) {
	all, err := t.Source.All(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	for i, r := range all {
		if all[i], err = t.gateway.FromTree(ctx, r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Touched implements Source.
func (t translated) Touched(ctx context.Context, since string) ([]Touched, error) {
	all, err := t.Source.Touched(ctx, since)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	for i := range all {
		for _, side := range []**gateway.Resource{&all[i].Base, &all[i].Want} {
			if *side == nil {
				continue
			}
			if *side, err = t.gateway.FromTree(ctx, *side); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}
