package arm

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
)

// Pages yields the items of the list at path, page by page as they come. The
// first error is yielded and ends the list; a list that is not there is an
// error for which IsNotFound holds.
func (c *Client) Pages(ctx context.Context, path string, q url.Values) iter.Seq2[map[string]any, error] {
	return func(yield func(map[string]any, error) bool) {
		address, err := c.address(path, q)
		seen := map[string]bool{}
		for err == nil && address != nil {
			if seen[address.String()] {
				err = fmt.Errorf("GET %s: the list leads back to a page it had before", path)
				break
			}
			seen[address.String()] = true
			var items []any
			items, address, err = c.page(ctx, path, address)
			for i := 0; err == nil && i < len(items); i++ {
				item, ok := items[i].(map[string]any)
				if !ok {
					err = fmt.Errorf("GET %s: an item of the list is no object", path)
				} else if !yield(item, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// page returns the items of one page and where the next one is, if any.
func (c *Client) page(ctx context.Context, path string, address *url.URL) (items []any, next *url.URL, err error) {
	resp, err := c.send(ctx, request{method: http.MethodGet, path: path, address: address})
	if err != nil {
		return nil, nil, err
	}
	body, err := c.object(http.MethodGet, path, resp)
	if err != nil {
		return nil, nil, err
	}
	items, ok := body["value"].([]any)
	if !ok && body["value"] != nil || body == nil {
		return nil, nil, fmt.Errorf("GET %s: the answer is no list: it has no array named value", path)
	}
	switch link := body["nextLink"].(type) {
	case nil:
	case string:
		if link == "" {
			break
		}
		if next, err = c.own(link); err != nil {
			return nil, nil, fmt.Errorf("GET %s: next page: %w", path, err)
		}
	default:
		return nil, nil, fmt.Errorf("GET %s: nextLink is no text", path)
	}
	return items, next, nil
}
