package apim

import (
	"strings"
)

// tagResources lists what carries a tag.
func (c *call) tagResources() (*answer, error) {
	var out []any
	for _, path := range []string{"tags/apiLinks", "tags/operationLinks", "tags/productLinks"} {
		out = append(out, c.tagged(path, "")...)
	}
	return c.pageOf(thin(c, out))
}

func (c *call) byTags(path string) (*answer, error) { return c.pageOf(thin(c, c.tagged(path, ""))) }

func (c *call) operationsByTags() (*answer, error) {
	return c.pageOf(thin(c, c.tagged("tags/operationLinks", c.at.item.key+"/")))
}

// tagged lists the pairs of tag and tagged resource, of links of one kind.
func (c *call) tagged(path, below string) []any {
	v, k := c.svc, c.srv.table.get(path)
	var out []any
	for _, tag := range v.itemsOf(c.at.scope, c.srv.table.get("tags")) {
		for _, link := range v.itemsOf(tag, k) {
			far := v.target(link.refs[0])
			if far == nil || !strings.HasPrefix(far.key, below) {
				continue
			}
			out = append(out, map[string]any{
				"tag":              map[string]any{"id": "/" + v.shortID(tag), "name": tag.props["displayName"]},
				taggedAs(far.kind): v.tagContract(far),
			})
		}
	}
	return out
}

func taggedAs(k *kind) string {
	return map[string]string{"apis": "api", "apis/operations": "operation", "products": "product"}[k.path]
}

// shortID is an id without the service's.
func (v *service) shortID(it *item) string { return strings.TrimPrefix(v.idOf(it), v.id+"/") }

// tagContract is the short form of a tagged resource.
func (v *service) tagContract(it *item) map[string]any {
	p := v.show(it, inList)
	props := object(p, "properties")
	out := map[string]any{"id": "/" + v.shortID(it), "name": props["displayName"]}
	fields := map[string][]string{
		"apis":            {"apiRevision", "isCurrent", "path", "serviceUrl", "description", "apiVersion", "apiVersionSetId"},
		"apis/operations": {"description", "method", "urlTemplate"},
		"products":        {"description", "state", "subscriptionRequired", "approvalRequired", "subscriptionsLimit", "terms"},
	}[it.kind.path]
	for _, name := range fields {
		if value, there := props[name]; there && value != nil {
			out[name] = value
		}
	}
	if it.kind.path == "apis/operations" {
		out["apiName"], out["apiRevision"] = it.parent.props["displayName"], it.parent.rev
	}
	return out
}
