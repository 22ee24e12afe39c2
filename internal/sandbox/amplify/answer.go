package amplify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// fault is an error in the shape in which the API Server answers it.
type fault struct {
	status int
	detail string
	source map[string]any // which part of the request is meant
	meta   map[string]any
}

// Error gives title and detail in one line.
func (f *fault) Error() string { return f.title() + ": " + f.detail }

// title is the vendor's name for the status.
func (f *fault) title() string {
	switch f.status {
	case http.StatusBadRequest:
		return "Validation error"
	case http.StatusUnauthorized:
		return "Authentication error"
	case http.StatusForbidden:
		return "Authorization error"
	case http.StatusNotFound:
		return "Not found error"
	case http.StatusInternalServerError:
		return "Server error"
	}
	return http.StatusText(f.status) + " error"
}

func invalid(parameter, format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, detail: fmt.Sprintf(format, args...), source: map[string]any{"parameter": parameter}}
}

func (f *fault) with(name string, value any) *fault {
	if f.meta == nil {
		f.meta = map[string]any{}
	}
	f.meta[name] = value
	return f
}

func failed(status int, format string, args ...any) *fault {
	return &fault{status: status, detail: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *fault {
	return failed(http.StatusNotFound, format, args...)
}

func forbidden(format string, args ...any) *fault {
	return failed(http.StatusForbidden, format, args...)
}

// faults are several errors in one answer; the first one's status counts.
type faults []*fault

// Error gives the first of the errors.
func (fs faults) Error() string { return fs[0].Error() }

// answer is what a handler wants to be sent.
type answer struct {
	status int
	body   any // nil: no body
	header http.Header
	file   []byte // in place of the body; the header has its type
}

func ok(body any) *answer { return &answer{status: http.StatusOK, body: body} }

// errorAnswer is the answer to a request that went wrong.
func errorAnswer(err error, instance string, who *identity) *answer {
	var many faults
	var one *fault
	switch {
	case errors.As(err, &many):
	case errors.As(err, &one):
		many = faults{one}
	default:
		many = faults{failed(http.StatusInternalServerError, "The request was not handled.")}
	}
	var out []any
	for _, f := range many {
		meta := map[string]any{"instanceId": "sandbox", "tenantId": instance, "transactionId": newUUID()}
		if who != nil {
			meta["authenticatedUserId"] = who.guid
		}
		for name, value := range f.meta {
			meta[name] = value
		}
		e := map[string]any{"status": f.status, "title": f.title(), "detail": f.detail, "meta": meta}
		if f.source != nil {
			e["source"] = f.source
		}
		out = append(out, e)
	}
	return &answer{status: many[0].status, body: map[string]any{"errors": out}}
}

// rendered is an answer as bytes, so that it can be sent when the lock is gone.
type rendered struct {
	status int
	header http.Header
	text   []byte
}

func render(a *answer) rendered {
	out := rendered{status: a.status, header: a.header}
	if a.file != nil {
		out.text = a.file
		return out
	}
	if a.body == nil {
		return out
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.body); err != nil {
		return rendered{status: http.StatusInternalServerError}
	}
	out.text = text.Bytes()
	return out
}

func (a rendered) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.text != nil && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.text) // The client is gone: nobody is left to tell.
}
