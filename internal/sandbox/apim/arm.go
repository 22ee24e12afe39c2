package apim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// detail is one entry of an ARM error's details.
type detail struct {
	Code    string `json:"code"`
	Target  string `json:"target"`
	Message string `json:"message"`
}

// fault is an error in the shape ARM answers it.
type fault struct {
	status  int
	code    string
	message string
	details []detail
	gateway bool // answered by the ARM front end, before the service saw it
}

// Error gives code, message and details in one line.
func (f *fault) Error() string {
	text := f.code + ": " + f.message
	for _, d := range f.details {
		text += fmt.Sprintf(" [%s: %s]", d.Target, d.Message)
	}
	return text
}

// body is the JSON an ARM client gets.
func (f *fault) body() map[string]any {
	e := map[string]any{"code": f.code, "message": f.message}
	if !f.gateway {
		e["details"] = nil
		if len(f.details) > 0 {
			e["details"] = f.details
		}
	}
	return map[string]any{"error": e}
}

func invalid(target, format string, args ...any) *fault {
	return invalidAll([]detail{{Target: target, Message: fmt.Sprintf(format, args...)}})
}

func invalidAll(ds []detail) *fault {
	for i := range ds {
		ds[i].Target = strings.TrimPrefix(ds[i].Target, "properties.")
		if ds[i].Code == "" {
			ds[i].Code = "ValidationError"
		}
	}
	return &fault{status: http.StatusBadRequest, code: "ValidationError",
		message: "One or more fields contain incorrect values:", details: ds}
}

// inUse refuses the delete of what others still need.
func inUse(format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, code: "ValidationError", message: fmt.Sprintf(format, args...)}
}

func notFound(noun string) *fault {
	return &fault{status: http.StatusNotFound, code: "ResourceNotFound", message: noun + " not found."}
}

func conflict(format string, args ...any) *fault {
	return &fault{status: http.StatusConflict, code: "Conflict", message: fmt.Sprintf(format, args...)}
}

func badRequest(code, format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...), gateway: true}
}

// internalError is the service at its least helpful.
func internalError() *fault {
	return &fault{status: http.StatusInternalServerError, code: "InternalServerError",
		message: "Request processing failed due to internal error."}
}

func methodNotAllowed(method string) *fault {
	return &fault{status: http.StatusMethodNotAllowed, code: "MethodNotAllowed",
		message: fmt.Sprintf("The requested resource does not support http method '%s'.", method)}
}

// answer is what a handler wants to be sent.
type answer struct {
	status int
	body   any // nil: no body
	header map[string]string
}

func ok(body any) *answer { return &answer{status: http.StatusOK, body: body} }

func (a *answer) with(name, value string) *answer {
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header[name] = value
	return a
}

// send writes an answer, or the error of the handler that should have given one.
func send(w http.ResponseWriter, a *answer, err error) {
	if err != nil {
		a = errorAnswer(err)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.body); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(a.status)
	_, _ = w.Write(text.Bytes()) // The client is gone: nobody is left to tell.
}

func errorAnswer(err error) *answer {
	var f *fault
	if !errors.As(err, &f) {
		f = internalError()
	}
	a := &answer{status: f.status, body: f.body()}
	if f.gateway {
		a.with("x-ms-failure-cause", "gateway")
	}
	return a
}
