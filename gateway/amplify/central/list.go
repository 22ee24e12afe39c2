package central

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// next finds the link to the next page in a Link header.
var next = regexp.MustCompile(`<([^>]*)>\s*;[^,]*\brel="?next"?`)

// List yields the resources of the collection at a path below /apis, page by
// page. Whether there is another page is told by a link, or else by the count
// of all; where the server tells neither, a page that is not full is the last.
// A list that ends before the count does is an error, as is a page that is no
// list: what is not in it would pass for deleted.
func (c *Client) List(ctx context.Context, path string, q url.Values) iter.Seq2[map[string]any, error] {
	return c.list(ctx, path, q, false)
}

// ListCounted is List for a caller who knows that there is something, or takes
// what is not there for gone: an empty list that the server does not count is an
// error.
func (c *Client) ListCounted(ctx context.Context, path string, q url.Values) iter.Seq2[map[string]any, error] {
	return c.list(ctx, path, q, true)
}

func (c *Client) list(ctx context.Context, path string, q url.Values, count bool) iter.Seq2[map[string]any, error] {
	return func(yield func(map[string]any, error) bool) {
		seen := 0
		for page := 1; page > 0; {
			query := url.Values{"page": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(c.o.PageSize)}}
			maps.Copy(query, q)
			res, err := c.call(ctx, request{method: http.MethodGet, path: path, query: query})
			if err != nil {
				yield(nil, err)
				return
			}
			items, err := itemsOf(res)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			seen += len(items)
			page = c.after(res.header, page, seen, len(items))
			total, counted := totalOf(res.header)
			switch {
			case page == 0 && counted && seen < total:
				yield(nil, fmt.Errorf("list %s: the server counts %d and hands out %d: nothing can be said of the rest", path, total, seen))
				return
			case page == 0 && !counted && count && seen == 0:
				yield(nil, fmt.Errorf("list %s: the server hands out nothing and does not say that there is nothing", path))
				return
			}
		}
	}
}

// itemsOf returns the resources on a page.
func itemsOf(res *answer) ([]map[string]any, error) {
	var items []map[string]any
	if err := decode(res, &items); err != nil {
		return nil, err
	}
	if items == nil || slices.ContainsFunc(items, func(item map[string]any) bool { return item == nil }) {
		return nil, fmt.Errorf("read answer to %s %s: it is no list of resources", res.method, res.path)
	}
	return items, nil
}

// totalOf returns how many resources the server counts in a collection, if it
// tells.
func totalOf(h http.Header) (int, bool) {
	n, err := strconv.Atoi(h.Get("X-Axway-Total-Count"))
	return n, err == nil
}

// after returns the number of the page after one, or 0. A link counts for the
// number in it: its address may be another than the one that was configured.
func (c *Client) after(h http.Header, page, seen, got int) int {
	for _, link := range h.Values("Link") {
		m := next.FindStringSubmatch(link)
		if m == nil {
			continue
		}
		if u, err := url.Parse(m[1]); err == nil {
			if n, err := strconv.Atoi(u.Query().Get("page")); err == nil && n > page {
				return n
			}
		}
	}
	switch total, counted := totalOf(h); {
	case got == 0, counted && seen >= total:
		return 0
	case counted:
		return page + 1
	case got < c.o.PageSize || len(h.Values("Link")) > 0:
		return 0
	}
	return page + 1
}
