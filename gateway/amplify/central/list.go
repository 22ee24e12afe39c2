package central

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// next finds the link to the next page in a Link header.
var next = regexp.MustCompile(`<([^>]*)>\s*;[^,]*\brel="?next"?`)

// List yields the resources of the collection at a path below /apis, page by
// page. Whether there is another page is told by a link, or else by the count
// of all; where the server tells neither, a page that is not full is the last.
func (c *Client) List(ctx context.Context, path string, q url.Values) iter.Seq2[map[string]any, error] {
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
			var items []map[string]any
			if err := decode(res, &items); err != nil {
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
		}
	}
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
	switch total, err := strconv.Atoi(h.Get("X-Axway-Total-Count")); {
	case got == 0, err == nil && seen >= total:
		return 0
	case err == nil:
		return page + 1
	case got < c.o.PageSize || len(h.Values("Link")) > 0:
		return 0
	}
	return page + 1
}
