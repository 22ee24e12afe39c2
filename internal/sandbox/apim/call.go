package apim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// call is one request on its way through the handlers.
type call struct {
	srv     *Server
	svc     *service
	r       *http.Request
	query   url.Values
	version string
	segs    []string
	at      location
	body    map[string]any
	atOnce  bool           // operations do not take time
	later   []func() error // run when the lock is gone, before the answer is sent
}

// answer reads the body and runs the request.
func (c *call) answer() (*answer, error) {
	if err := c.readBody(); err != nil {
		return nil, err
	}
	return c.locked()
}

// locked runs the request under the service's lock, then commits what it changed.
func (c *call) locked() (*answer, error) {
	a, err := c.dispatchLocked()
	for _, f := range c.later {
		if err == nil {
			err = f()
		}
	}
	return a, err
}

func (c *call) dispatchLocked() (*answer, error) {
	v := c.svc
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		v.mu.RLock()
		defer v.mu.RUnlock()
		return c.dispatch()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	a, err := c.dispatch()
	if saveErr := v.commit(); saveErr != nil {
		return nil, saveErr
	}
	return a, err
}

func (c *call) readBody() error {
	if c.r.Body == nil || c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return nil
	}
	raw, err := io.ReadAll(c.r.Body)
	if err != nil {
		return badRequest("InvalidRequestContent", "The request content could not be read: %s.", err)
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&c.body); err != nil {
		return badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: '%s'.", err)
	}
	return nil
}
