package amplify

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

type obj = map[string]any

// client talks to a server under test.
type client struct {
	t     *testing.T
	srv   *Server
	token string
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   obj
	list   []any
	raw    string
}

// twoTeams are accounts of a Central Admin and of two teams.
func twoTeams() Options {
	return Options{Teams: []string{"blue", "red"}, Accounts: []Account{
		{ClientID: "admin", Secret: "a"}, {ClientID: "blue", Secret: "b", Teams: []string{"blue"}}, {ClientID: "red", Secret: "r", Teams: []string{"red"}},
	}}
}

func newServer(t *testing.T, o Options) *Server {
	t.Helper()
	srv, err := New(o)
	if err != nil {
		t.Fatalf("new server: %v", err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Errorf("close server: %v", err)
		}
	})
	return srv
}

// newClient is logged in as the Central Admin of a new server.
func newClient(t *testing.T, o Options) *client {
	t.Helper()
	o = withDefaults(o)
	c := &client{t: t, srv: newServer(t, o)}
	return c.as(o.Accounts[0].ClientID, o.Accounts[0].Secret)
}

// as is the same server seen by another account.
func (c *client) as(id, secret string) *client {
	c.t.Helper()
	other := &client{t: c.t, srv: c.srv}
	r := other.login(url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}})
	other.token, _ = r.body["access_token"].(string)
	if r.status != http.StatusOK || other.token == "" {
		c.t.Fatalf("login as %s: got %d %s", id, r.status, r.raw)
	}
	return other
}

// in is the same account in a test below.
func (c *client) in(t *testing.T) *client { return &client{t: t, srv: c.srv, token: c.token} }

const tokenPath = "/auth/realms/Broker/protocol/openid-connect/token"

func (c *client) login(form url.Values) reply {
	c.t.Helper()
	return c.do(http.MethodPost, tokenPath, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// do sends a request; a path without a leading slash is below /apis.
func (c *client) do(method, path string, body any, headers ...string) reply {
	c.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/apis/" + path
	}
	var in io.Reader
	if s, isText := body.(string); isText {
		in = strings.NewReader(s)
	} else if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req := httptest.NewRequestWithContext(c.t.Context(), method, "http://amplify.test"+path, in)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.srv.ServeHTTP(w, req)
	out := reply{status: w.Code, header: w.Header(), raw: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &out.body) // Not every body is a JSON object,
	_ = json.Unmarshal(w.Body.Bytes(), &out.list) // or a list.
	return out
}

func (c *client) want(status int, method, path string, body any, headers ...string) reply {
	c.t.Helper()
	r := c.do(method, path, body, headers...)
	if r.status != status {
		c.t.Fatalf("%s %s: got status %d, want %d\n%s", method, path, r.status, status, r.raw)
	}
	return r
}

func (c *client) post(path string, body any) reply {
	c.t.Helper()
	return c.want(http.StatusCreated, http.MethodPost, path, body)
}

func (c *client) put(path string, body any) reply {
	c.t.Helper()
	return c.want(http.StatusOK, http.MethodPut, path, body)
}

func (c *client) get(path string) reply {
	c.t.Helper()
	return c.want(http.StatusOK, http.MethodGet, path, nil)
}

// at follows a path of field names and indexes into an answer.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case obj:
			v = x[name]
		case []any:
			i := int(name[0] - '0')
			if i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// names are those of a list's entries.
func (r reply) names() []string {
	out := []string{}
	for _, entry := range r.list {
		name, _ := at(entry, "name").(string)
		out = append(out, name)
	}
	return out
}

// detail is the text of an answer's first error.
func (r reply) detail() string {
	text, _ := at(r.body, "errors.0.detail").(string)
	return text
}

const envs = "management/v1/environments"

// service makes an environment "e" with a service, a revision and an instance.
func (c *client) service() {
	c.t.Helper()
	c.post(envs, obj{"name": "e", "title": "E"})
	c.post(envs+"/e/apiservices", obj{"name": "orders"})
	c.post(envs+"/e/apiservicerevisions", obj{"name": "orders-1", "spec": obj{"apiService": "orders"}})
	c.post(envs+"/e/accessrequestdefinitions", obj{"name": "key"})
	c.post(envs+"/e/apiserviceinstances", obj{"name": "orders-live", "spec": obj{"apiServiceRevision": "orders-1", "accessRequestDefinition": "key"}})
}
