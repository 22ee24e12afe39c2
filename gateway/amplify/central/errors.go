package central

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A StatusError is an answer that refuses a call.
type StatusError struct {
	Method, Path string
	Status       int
	// Messages are what the server says is wrong. None: something else than
	// the API Server answered, such as a proxy.
	Messages []string
}

// Error says what was asked and what came back.
func (e *StatusError) Error() string {
	text := strings.Join(e.Messages, "; ")
	if text == "" {
		text = http.StatusText(e.Status)
	}
	return fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, text)
}

// statusError returns the error that an answer is.
func statusError(res *answer) error {
	e := &StatusError{Method: res.method, Path: res.path, Status: res.status}
	var body struct {
		Errors []struct{ Title, Detail string }
	}
	if json.Unmarshal(res.body, &body) != nil { // what else it says is nobody's business
		return e
	}
	for _, m := range body.Errors {
		e.Messages = append(e.Messages, strings.TrimPrefix(m.Title+": "+m.Detail, ": "))
	}
	return e
}

// Status returns the status of the answer that an error is, or 0. A status of
// 404 that is not the API Server's own is none: it tells of a wrong address,
// never of a resource that is not there.
func Status(err error) int {
	var e *StatusError
	if !errors.As(err, &e) || e.Status == http.StatusNotFound && len(e.Messages) == 0 {
		return 0
	}
	return e.Status
}
