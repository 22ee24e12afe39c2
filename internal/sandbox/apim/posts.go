package apim

import (
	"fmt"
	"maps"
	"strings"
)

// tell answers a POST that lists secrets: the named properties.
func tell(names ...string) post {
	return func(_ *call, it *item) (*answer, error) {
		out := map[string]any{}
		for _, name := range names {
			out[name] = it.props[name]
		}
		return ok(out), nil
	}
}

// renew makes a key anew.
func renew(name string) post {
	return func(c *call, it *item) (*answer, error) {
		next := *it
		next.props = maps.Clone(it.props)
		next.props[name] = newKey()
		c.svc.put(&next)
		return noContent(c, it)
	}
}

func renewGateway(c *call, it *item) (*answer, error) {
	name := strings.ToLower(text(c.body, "keyType"))
	if name != "primary" && name != "secondary" {
		return nil, invalid("keyType", "keyType has to be primary or secondary.")
	}
	return renew(name)(c, it)
}

func noContent(*call, *item) (*answer, error) { return &answer{status: 204}, nil }

func accepted(*call, *item) (*answer, error) { return &answer{status: 202}, nil }

func done(*call, *item) (*answer, error) { return ok(map[string]any{}), nil }

func showAgain(c *call, it *item) (*answer, error) {
	return ok(c.svc.show(it, inGet)).with("ETag", it.etag()), nil
}

func userToken(c *call, it *item) (*answer, error) {
	token := fmt.Sprintf("%s&%s&%s", it.name, c.srv.now().UTC().Format("200601021504"), newKey())
	return ok(map[string]any{"value": token, "token": token}), nil
}

func loginLink(_ *call, it *item) (*answer, error) {
	return ok(map[string]any{"loginLink": "https://login.example.com/" + it.name}), nil
}
