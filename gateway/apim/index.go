package apim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
)

// aggregates are the service-wide lists that tell which resources of some
// kinds exist. Workspaces have none.
var aggregates = []struct {
	segment string
	kinds   []string
	find    func(ks *gateway.Kinds, item map[string]any) (*gateway.Resource, bool)
}{
	{"allPolicies", []string{"policy", "product policy", "api policy", "api operation policy"}, policyNamed},
	{"tagResources", []string{"tag api", "tag product", "tag operation"}, tagged},
}

// Index implements gateway.Indexer: two lists in place of one call for each
// operation. A list that the service does not serve is done without.
func (g *Gateway) Index(ctx context.Context, wanted func(kind string) bool) (*gateway.Index, error) {
	var covered []string
	var rs []*gateway.Resource
	for _, a := range aggregates {
		if !slices.ContainsFunc(a.kinds, wanted) {
			continue
		}
		found, unknown, err := g.aggregate(ctx, a.segment, a.find)
		g.unknown.Store(a.segment, unknown)
		if unknown > 0 || dispensable(err) { // a list that is not understood whole is not believed
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list %s of %s: %w", a.segment, g.Describe().Instance, err)
		}
		covered = append(covered, a.kinds...)
		rs = append(rs, found...)
	}
	if covered == nil {
		return nil, nil
	}
	return g.Describe().Kinds.NewIndex(covered, rs), nil
}

// dispensable reports whether a list failed in a way that says only that the
// service does not serve it.
func dispensable(err error) bool {
	var e *arm.Error
	if !errors.As(err, &e) || arm.IsServiceMissing(err) || arm.IsDenied(err) {
		return false
	}
	return e.Status >= 400 && e.Status < 500 || arm.IsUnsupportedSKU(err)
}

// aggregate returns what a service-wide list names, and how many of its items
// name nothing of a kind that the table has.
func (g *Gateway) aggregate(ctx context.Context, segment string, find func(*gateway.Kinds, map[string]any) (*gateway.Resource, bool)) (rs []*gateway.Resource, unknown int, err error) {
	for item, err := range g.Caller().Pages(ctx, g.Caller().Root+"/"+segment, nil) {
		if err != nil {
			return nil, 0, err
		}
		if r, ok := find(g.Describe().Kinds, item); ok {
			rs = append(rs, r)
		} else {
			unknown++
		}
	}
	return rs, unknown, nil
}

func policyNamed(ks *gateway.Kinds, item map[string]any) (*gateway.Resource, bool) {
	id, _ := gateway.Field(item, "properties.referencePolicyId").(string)
	key, ok := ks.ParseID(id)
	return &gateway.Resource{Key: key, Partial: true}, ok
}

// tagged makes the link between a tag and what bears it, which is one of an
// API, a product and an operation.
func tagged(ks *gateway.Kinds, item map[string]any) (*gateway.Resource, bool) {
	tagID, _ := gateway.Field(item, "tag.id").(string)
	tag, ok := ks.ParseID(tagID)
	if !ok {
		return nil, false
	}
	for _, end := range []string{"api", "product", "operation"} {
		id, _ := gateway.Field(item, end+".id").(string)
		key, ok := ks.ParseID(id)
		if !ok {
			continue
		}
		if end != "operation" {
			return &gateway.Resource{Key: tag.Child("tag "+end, key.Name()), Spec: map[string]any{}}, true
		}
		names := key.Names()
		return &gateway.Resource{
			Key:  tag.Child("tag operation", names[0]+"/"+names[1]),
			Spec: map[string]any{"properties": map[string]any{"operationId": ks.ID(key)}},
		}, true
	}
	return nil, false
}

// LeftAlone is a part of a service that is not managed, and why.
type LeftAlone struct{ Name, Segment, Why string }

// Unmanaged returns what a service holds besides the kinds of the table. What
// has a segment is counted by Survey.
func Unmanaged() []LeftAlone {
	return []LeftAlone{
		{"users", "users", "runtime state: developers and the groups they are in"},
		{"issues", "issues", "runtime state: what developers report, with comments and attachments"},
		{"e-mail templates", "templates", "content of the developer portal"},
		{"content types and items", "contentTypes", "content of the developer portal, which has tools of its own"},
		{"portal revisions", "portalRevisions", "history of the developer portal"},
		{"client applications", "clientApplications", "exist in preview versions of the management API only"},
		{"subscription and gateway keys, tokens", "", "secrets, made and renewed by the service"},
		{"members of groups", "", "runtime state: users"},
		{"users who receive notifications", "", "runtime state: users; e-mail addresses are managed"},
		{"quota counters and reports", "", "runtime state"},
		{"tenant access", "", "keys of the legacy management endpoint"},
		{"private endpoint connections", "", "network of the service, set up with the service itself"},
		{"the service itself: tier, scale, network, host names", "", "infrastructure; Bicep and Terraform are made for it"},
	}
}

// Survey implements gateway.Surveyor: one call for each collection that is
// left alone. What cannot be counted is left out.
func (g *Gateway) Survey(ctx context.Context) ([]gateway.Unmanaged, error) {
	var us []gateway.Unmanaged
	for _, u := range Unmanaged() {
		if u.Segment == "" {
			continue
		}
		body, _, err := g.Caller().Get(ctx, g.Caller().Root+"/"+u.Segment, url.Values{"$top": {"1"}})
		var e *arm.Error
		if errors.As(err, &e) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", u.Name, err)
		}
		if n := count(body); n > 0 {
			us = append(us, gateway.Unmanaged{Name: u.Name, Count: n, Why: u.Why})
		}
	}
	for _, a := range aggregates {
		if n, _ := g.unknown.Load(a.segment); n != nil && n.(int) > 0 {
			us = append(us, gateway.Unmanaged{Name: "items of " + a.segment, Count: n.(int), Why: "of kinds that this version does not know"})
		}
	}
	return us, nil
}

func count(body map[string]any) int {
	if n, ok := body["count"].(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			return int(i)
		}
	}
	items, _ := body["value"].([]any)
	return len(items)
}
