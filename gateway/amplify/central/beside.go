package central

import (
	"context"
	"net/http"
	"net/url"
)

// Send posts a text of a media type to another API of Amplify Central, at a path
// that is not below /apis, and returns the JSON object that comes back. It is not
// repeated once it may have arrived.
func (c *Client) Send(ctx context.Context, path string, q url.Values, media string, text []byte) (map[string]any, error) {
	res, err := c.call(ctx, request{method: http.MethodPost, path: path, query: q, body: text, content: media, beside: true})
	if err != nil {
		return nil, err
	}
	return object(res)
}
