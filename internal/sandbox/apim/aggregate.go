package apim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// aggregates are the read-only lists, by the path of what they hang on and their name.
func aggregates() map[string]func(*call) (*answer, error) {
	return map[string]func(*call) (*answer, error){
		"allpolicies":                          (*call).allPolicies,
		"tagresources":                         (*call).tagResources,
		"apisbytags":                           func(c *call) (*answer, error) { return c.byTags("tags/apiLinks") },
		"productsbytags":                       func(c *call) (*answer, error) { return c.byTags("tags/productLinks") },
		"policydescriptions":                   (*call).policyDescriptions,
		"regions":                              (*call).regions,
		"skus":                                 (*call).skus,
		"networkstatus":                        (*call).networkStatus,
		"issues":                               (*call).issues,
		"workspacelinks":                       (*call).workspaceLinks,
		"apis/operationsbytags":                (*call).operationsByTags,
		"apis/products":                        (*call).apiProducts,
		"apis/revisions":                       (*call).listRevisions,
		"products/subscriptions":               (*call).productSubscriptions,
		"users/groups":                         (*call).userGroups,
		"users/subscriptions":                  (*call).userSubscriptions,
		"users/identities":                     (*call).userIdentities,
		"outboundnetworkdependenciesendpoints": (*call).emptyList,
	}
}

// post runs an action on an item.
func (c *call) post() (*answer, error) {
	if c.at.kind == nil || c.at.item == nil {
		return nil, notFound("Resource")
	}
	action := c.at.kind.posts[c.at.tail]
	if action == nil {
		return nil, notFound("Resource")
	}
	return action(c, c.at.item)
}

// aggregate serves a list that is no collection.
func (c *call) aggregate() (*answer, error) {
	name, rest, _ := strings.Cut(c.at.tail, "/")
	path := name
	if c.at.kind != nil && c.at.name != "" && c.at.kind.path != "workspaces" {
		path = strings.ToLower(c.at.kind.path) + "/" + name
	}
	serve := aggregates()[path]
	if serve == nil || c.srv.o.missing(name) {
		return nil, &fault{status: http.StatusNotFound, code: "ResourceNotFound", message: "Resource not found."}
	}
	if c.r.Method != http.MethodGet {
		return nil, methodNotAllowed(c.r.Method)
	}
	a, err := serve(c)
	if err != nil || rest == "" {
		return a, err
	}
	return oneOf(a, rest)
}

// oneOf picks the entry of a name out of a list: users/{id}/subscriptions/{sid}.
func oneOf(a *answer, name string) (*answer, error) {
	body, _ := a.body.(map[string]any)
	list, _ := body["value"].([]any)
	for _, e := range list {
		if m, isMap := e.(map[string]any); isMap && strings.EqualFold(text(m, "name"), name) {
			return ok(m), nil
		}
	}
	return nil, notFound("Resource")
}

// thin leaves every third entry out where the server was told to.
func thin[E any](c *call, entries []E) []E {
	name, _, _ := strings.Cut(c.at.tail, "/")
	if !c.srv.o.incomplete(name) {
		return entries
	}
	var out []E
	for i, e := range entries {
		if i%3 != 0 {
			out = append(out, e)
		}
	}
	return out
}

func (c *call) emptyList() (*answer, error) {
	return ok(map[string]any{"value": []any{}, "count": 0}), nil
}

// allPolicies lists every policy document of the service, fragments not among them.
func (c *call) allPolicies() (*answer, error) {
	return c.page(thin(c, c.svc.policies()), func(it *item) any {
		name := newNameFor(it.key)
		return map[string]any{"id": c.svc.id + "/allPolicies/" + name, "name": name, "type": "Microsoft.ApiManagement/service/allPolicies",
			"properties": map[string]any{"referencePolicyId": c.svc.idOf(it), "complianceState": "Compliant"}}
	})
}

// policies lists all policy documents in the order of their keys.
func (v *service) policies() []*item {
	var out []*item
	for _, it := range v.items {
		if it.kind.noun == policyNoun && it.kind.path != "policyFragments" {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, func(a, b *item) int { return strings.Compare(a.key, b.key) })
	return out
}

// newNameFor makes a stable opaque name of a key.
func newNameFor(key string) string { return fmt.Sprintf("%x", hashOf(key)) }

// apiProducts lists the products an API is in.
func (c *call) apiProducts() (*answer, error) {
	var out []any
	for _, link := range c.svc.sortedReferrers(refKey(c.at.item)) {
		if link.kind.path == "products/apiLinks" {
			p := c.svc.show(link.parent, inList)
			p["type"] = "Microsoft.ApiManagement/service/apis/products"
			out = append(out, p)
		}
	}
	return c.pageOf(out)
}

func (c *call) subscriptionsOf(target *item, as string) (*answer, error) {
	var out []any
	for _, s := range c.svc.sortedReferrers(refKey(target)) {
		if s.kind.path == "subscriptions" {
			p := c.svc.show(s, inList)
			p["type"] = "Microsoft.ApiManagement/service/" + as
			p["id"] = c.svc.idOf(c.at.item) + "/subscriptions/" + s.name
			out = append(out, p)
		}
	}
	return c.pageOf(out)
}

func (c *call) productSubscriptions() (*answer, error) {
	return c.subscriptionsOf(c.at.item, "products/subscriptions")
}

func (c *call) userSubscriptions() (*answer, error) {
	return c.subscriptionsOf(c.at.item, "users/subscriptions")
}

func (c *call) userGroups() (*answer, error) {
	var out []any
	for _, m := range c.svc.sortedReferrers(c.at.item.key) {
		if m.kind.path == "groups/users" {
			p := c.svc.show(m.parent, inList)
			p["id"] = c.svc.idOf(c.at.item) + "/groups/" + m.parent.name
			p["type"] = "Microsoft.ApiManagement/service/users/groups"
			out = append(out, p)
		}
	}
	return c.pageOf(out)
}

func (c *call) userIdentities() (*answer, error) {
	list, _ := c.at.item.props["identities"].([]any)
	return ok(map[string]any{"value": append([]any{}, list...), "count": len(list)}), nil
}

// issues lists the issues of all APIs.
func (c *call) issues() (*answer, error) {
	var out []any
	for _, api := range c.svc.children["apis"] {
		for _, it := range c.svc.itemsOf(api, c.srv.table.get("apis/issues")) {
			p := c.svc.show(it, inList)
			p["id"], p["type"] = c.svc.id+"/issues/"+it.name, "Microsoft.ApiManagement/service/issues"
			out = append(out, p)
		}
	}
	return c.pageOf(out)
}

func (c *call) workspaceLinks() (*answer, error) {
	var out []any
	for _, w := range c.svc.children["workspaces"] {
		out = append(out, map[string]any{"id": c.svc.id + "/workspaceLinks/" + w.name, "name": w.name, "type": "Microsoft.ApiManagement/service/workspaceLinks",
			"etag":       strings.Trim(w.etag(), `"`),
			"properties": map[string]any{"workspaceId": c.svc.idOf(w), "gateways": []any{}}})
	}
	return c.pageOf(out)
}

func (c *call) policyDescriptions() (*answer, error) {
	var out []any
	for name, about := range map[string]string{
		"base":                "Runs the policies of the enclosing scope.",
		"rate-limit":          "Limits the calls of a subscription.",
		"set-backend-service": "Changes the backend of the request.",
		"set-header":          "Sets a header of the request or response.",
	} {
		out = append(out, map[string]any{"id": c.svc.id + "/policyDescriptions/" + name, "name": name, "type": "Microsoft.ApiManagement/service/policyDescriptions",
			"properties": map[string]any{"description": about, "scope": 268435471}})
	}
	slices.SortFunc(out, func(a, b any) int {
		x, _ := a.(map[string]any)
		y, _ := b.(map[string]any)
		return strings.Compare(text(x, "name"), text(y, "name"))
	})
	return c.pageOf(out)
}

func (c *call) regions() (*answer, error) {
	return c.pageOf([]any{map[string]any{"name": "West Europe", "isMasterRegion": true, "isDeleted": false}})
}

func (c *call) skus() (*answer, error) {
	return ok(map[string]any{"value": []any{map[string]any{"resourceType": "Microsoft.ApiManagement/service", "sku": map[string]any{"name": c.srv.o.SKU},
		"capacity": map[string]any{"minimum": 1, "maximum": 1, "default": 1, "scaleType": "none"}}}}), nil
}

func (c *call) networkStatus() (*answer, error) {
	return ok([]any{map[string]any{"location": "West Europe", "networkStatus": map[string]any{"dnsServers": []any{}, "connectivityStatus": []any{}}}}), nil
}
