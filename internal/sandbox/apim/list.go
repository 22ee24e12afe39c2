package apim

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// list serves a collection.
func (c *call) list() (*answer, error) {
	k := c.at.kind
	if c.r.Method != http.MethodGet || !k.can("L") {
		return nil, methodNotAllowed(c.r.Method)
	}
	if c.srv.o.missing(k.collection()) {
		return nil, notFound("Resource")
	}
	var items []*item
	if k.assoc != nil && k.assoc.links != "" {
		items = c.svc.viewItems(c.at)
	} else {
		items = c.svc.itemsOf(c.at.parent, k)
	}
	return c.page(items, func(it *item) any {
		if k.assoc != nil {
			return c.svc.showMember(c.at, it, inList)
		}
		return c.svc.show(it, inList)
	})
}

// itemsOf lists the children of a kind.
func (v *service) itemsOf(parent *item, k *kind) []*item {
	return v.children[collectionKey(parent, k)]
}

// page answers one page of what passes the filter.
func (c *call) page(items []*item, render func(*item) any) (*answer, error) {
	keep, err := parseFilter(c.svc, c.query.Get("$filter"))
	if err != nil {
		return nil, err
	}
	if keep != nil {
		items = slices.DeleteFunc(slices.Clone(items), func(it *item) bool { return !keep(it) })
	}
	if tags := c.query.Get("tags"); tags != "" {
		items = c.svc.taggedWith(items, strings.Split(tags, ","))
	}
	out := make([]any, 0, min(len(items), c.srv.o.PageSize))
	from, to, next, err := c.window(len(items))
	if err != nil {
		return nil, err
	}
	for _, it := range items[from:to] {
		out = append(out, render(it))
	}
	body := map[string]any{"value": out, "count": len(items)}
	if next != "" {
		body["nextLink"] = next
	}
	return ok(body), nil
}

// pageOf answers one page of ready-made entries.
func (c *call) pageOf(entries []any) (*answer, error) {
	from, to, next, err := c.window(len(entries))
	if err != nil {
		return nil, err
	}
	out := append([]any{}, entries[from:to]...)
	body := map[string]any{"value": out, "count": len(entries)}
	if next != "" {
		body["nextLink"] = next
	}
	return ok(body), nil
}

// window works out which of n entries the page has, and where the next one is.
func (c *call) window(n int) (from, to int, next string, err error) {
	top := c.srv.o.PageSize
	if s := c.query.Get("$top"); s != "" {
		asked, err := strconv.Atoi(s)
		if err != nil || asked < 1 {
			return 0, 0, "", invalid("$top", "$top has to be a number of at least 1.")
		}
		top = min(asked, top)
	}
	if s := c.query.Get("$skip"); s != "" {
		from, err = strconv.Atoi(s)
		if err != nil || from < 0 {
			return 0, 0, "", invalid("$skip", "$skip has to be a number that is not negative.")
		}
	}
	from = min(from, n)
	to = min(from+top, n)
	if to == n {
		return from, to, "", nil
	}
	q := url.Values{}
	maps.Copy(q, c.query)
	q.Set("$skip", fmt.Sprint(to))
	return from, to, absolute(c.r, c.r.URL.EscapedPath()+"?"+q.Encode()), nil
}

// taggedWith keeps the items that carry one of the tags.
func (v *service) taggedWith(items []*item, tags []string) []*item {
	return slices.DeleteFunc(slices.Clone(items), func(it *item) bool {
		return !slices.ContainsFunc(v.sortedReferrers(refKey(it)), func(link *item) bool {
			return link.kind.link != nil && link.parent.kind.path == "tags" && slices.ContainsFunc(tags, func(t string) bool {
				return strings.EqualFold(strings.TrimSpace(t), text(link.parent.props, "displayName")) || strings.EqualFold(t, link.parent.name)
			})
		})
	})
}
