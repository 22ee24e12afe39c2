package central

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A Team is a team of the organization.
type Team struct {
	ID   string `json:"guid"`
	Name string `json:"name"`
}

// Teams returns the teams of the organization, as the platform lists them. None
// is an error.
func (c *Client) Teams(ctx context.Context) ([]Team, error) {
	if c.o.Platform == nil {
		return nil, errors.New("list teams: no address of the platform is set")
	}
	org := c.o.Org
	if org == "" && c.o.Token != nil {
		token, err := c.o.Token.Token(ctx)
		if err != nil {
			return nil, err
		}
		org = orgOf(token)
	}
	q := url.Values{}
	if org != "" {
		q.Set("org_id", org)
	}
	res, err := c.call(ctx, request{method: http.MethodGet, path: "/api/v1/team", query: q, platform: true})
	if err != nil {
		return nil, err
	}
	var body struct{ Result []Team }
	if err := decode(res, &body); err != nil {
		return nil, err
	}
	if len(body.Result) == 0 { // every organization has one
		return nil, fmt.Errorf("read answer to %s %s: it tells no teams, and each organization has one: give the service account the right to see them", res.method, res.path)
	}
	return body.Result, nil
}

// orgOf returns the organization that a token is for, as far as it tells.
func orgOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		OrgID json.RawMessage `json:"orgId"`
	}
	if json.Unmarshal(text, &claims) != nil {
		return ""
	}
	return strings.Trim(string(claims.OrgID), `"`)
}
