package arm

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// ErrOutcomeUnknown is what errors.Is finds in an error after which the
// change may have been made or not: read the resource again to know.
var ErrOutcomeUnknown = errors.New("outcome unknown, the change may have been made")

// Error is an answer that says no.
type Error struct {
	// Method and Path are those of the request. A failed long-running
	// operation has those of the request that started it.
	Method, Path string
	// Status is the HTTP status, or 0 when a long-running operation says in its
	// body that it failed.
	Status int
	// Code and Message are the service's; either may be empty.
	Code, Message string
	// Details say what is wrong in particular.
	Details []Detail
	// RetryAfter is how long the service asks to wait, or 0.
	RetryAfter time.Duration
	// RequestID is the id that Azure support asks for, if there is one.
	RequestID string

	gateway bool // said by Resource Manager itself, not by the resource provider
	unknown bool
}

// Detail is one thing that is wrong.
type Detail struct {
	// Code is the service's code.
	Code string
	// Target is the field or part that is meant.
	Target string
	// Message says what is wrong.
	Message string
}

// Error names the request and says code, message and every detail.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	} else {
		b.WriteString("the operation failed: ")
	}
	b.WriteString(e.text())
	if e.unknown {
		b.WriteString("; " + ErrOutcomeUnknown.Error())
	}
	return b.String()
}

// text returns code, message and details.
func (e *Error) text() string {
	var parts []string
	for _, part := range []string{e.Code, e.Message} {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, strings.TrimRight(part, ":"))
		}
	}
	if len(parts) == 0 {
		parts = []string{http.StatusText(e.Status)}
	}
	var details []string
	for _, d := range e.Details {
		said := strings.TrimSpace(d.Message)
		if said == "" {
			said = d.Code
		}
		if d.Target != "" {
			said = d.Target + ": " + said
		}
		details = append(details, said)
	}
	if len(details) > 0 {
		parts = append(parts, strings.Join(details, "; "))
	}
	return strings.Join(parts, ": ")
}

// Is makes errors.Is find ErrOutcomeUnknown.
func (e *Error) Is(target error) bool { return target == ErrOutcomeUnknown && e.unknown }

// has tells whether the error or one of its details has the given code.
func (e *Error) has(code string) bool {
	if strings.EqualFold(e.Code, code) {
		return true
	}
	for _, d := range e.Details {
		if strings.EqualFold(d.Code, code) {
			return true
		}
	}
	return false
}

// newError returns the error that an answer to r is.
func newError(r request, resp *httpx.Response) *Error {
	e := parseError(resp.Body)
	e.Method, e.Path, e.Status = r.method, r.path, resp.Status
	e.RetryAfter, _ = httpx.RetryAfter(resp.Header)
	e.RequestID = resp.Header.Get("x-ms-request-id")
	e.gateway = strings.EqualFold(resp.Header.Get("x-ms-failure-cause"), "gateway")
	return e
}

// wireError is an error as it is sent, in any of the spellings in use.
type wireError struct {
	Code    any         `json:"code"`
	Target  any         `json:"target"`
	Message any         `json:"message"`
	Details []wireError `json:"details"`
	Error   *wireError  `json:"error"`
}

// UnmarshalJSON takes anything: what is no object is a message.
func (w *wireError) UnmarshalJSON(data []byte) error {
	type plain wireError
	if json.Unmarshal(data, (*plain)(w)) == nil {
		return nil
	}
	*w = wireError{}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return json.Unmarshal(data, &w.Message)
	}
	for name, value := range fields { // an object with a field of another type
		var v any
		if json.Unmarshal(value, &v) != nil {
			continue
		}
		switch strings.ToLower(name) {
		case "code":
			w.Code = v
		case "message":
			w.Message = v
		case "target":
			w.Target = v
		}
	}
	return nil
}

// parseError reads an answer's body. It never fails: what is not an error as
// Azure writes them is summarised.
func parseError(body []byte) *Error {
	if len(body) == 0 {
		return &Error{}
	}
	var w wireError
	if err := json.Unmarshal(body, &w); err != nil {
		return &Error{Message: summary(body)}
	}
	if w.Error != nil {
		w = *w.Error
	}
	e := &Error{Code: word(w.Code), Message: word(w.Message), Details: flatten(w.Details)}
	if e.Code == "" && e.Message == "" && len(e.Details) == 0 {
		e.Message = summary(body)
	}
	return e
}

// flatten returns the details with those below them, in order.
func flatten(ws []wireError) []Detail {
	var ds []Detail
	for _, w := range ws {
		if w.Error != nil {
			w = *w.Error
		}
		d := Detail{Code: word(w.Code), Target: word(w.Target), Message: word(w.Message)}
		if d != (Detail{}) {
			ds = append(ds, d)
		}
		ds = append(ds, flatten(w.Details)...)
	}
	return ds
}

// word returns a text or a number as text; all else is nothing.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64, json.Number:
		return fmt.Sprint(v)
	}
	return ""
}

var (
	title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	noise = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
)

// summary returns one short line that tells what body is about: the title of
// a web page, or the beginning of its text.
func summary(body []byte) string {
	text := string(body[:min(len(body), 4096)])
	if m := title.FindStringSubmatch(text); m != nil && strings.TrimSpace(m[1]) != "" {
		text = m[1]
	}
	text = strings.ToValidUTF8(html.UnescapeString(noise.ReplaceAllString(text, " ")), "?")
	text = strings.Join(strings.Fields(text), " ")
	const most = 200
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "..."
	}
	if text == "" {
		return "no text"
	}
	return text
}
