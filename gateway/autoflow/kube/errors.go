package kube

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// maxSaid is how much of what a cluster says an error repeats.
const maxSaid = 400

// An Error says that the cluster refused a request.
type Error struct {
	Verb   string // that a role grants
	Ref    Ref
	Status int    // of HTTP
	Reason string // in the words of Kubernetes; may be empty
	Said   string // by the cluster, as far as it repeats nothing of an object
}

// Error tells who refused what, and what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("%s %v: %s", e.Verb, e.Ref, e.advice())
}

func (e *Error) advice() string {
	said := e.Said
	if said != "" {
		said = ": " + said
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return "the cluster does not know who this is (401): sign in anew, or name another context"
	case http.StatusForbidden:
		if strings.Contains(e.Said, "cannot "+e.Verb+" resource") {
			return fmt.Sprintf("not allowed (403): grant the verb %q on %q of the API group %q in the namespace %q%s",
				e.Verb, e.Ref.Kind.resource, e.Ref.Kind.group(), e.Ref.Namespace, said)
		}
		return "not allowed (403)" + said
	case http.StatusNotFound:
		return "there is none (404)" + said
	case http.StatusConflict:
		return "somebody wrote it meanwhile (409)"
	}
	return fmt.Sprintf("the cluster refuses it (%d %s)%s", e.Status, e.Reason, said)
}

// Status returns the status with which a cluster refused a request, or 0.
func Status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// A status is how Kubernetes tells of a failure.
type status struct {
	Status  string
	Message string
	Reason  string
	Details struct {
		Causes []struct{ Reason, Message, Field string }
	}
}

// refused returns the error of an answer.
func refused(verb string, ref Ref, res *httpx.Response) error {
	e := &Error{Verb: verb, Ref: ref, Status: res.Status}
	var s status
	if json.Unmarshal(res.Body, &s) == nil && s.Status == "Failure" {
		e.Reason, e.Said = s.Reason, cut(s.said(res.Status))
	}
	return e
}

// said returns what may be repeated. A text about an object that is not valid
// can hold all of it; which fields it is about is told, and what somebody who
// denies it has to say.
func (s *status) said(code int) string {
	if code != http.StatusBadRequest && code != http.StatusUnprocessableEntity || strings.Contains(s.Message, "denied") {
		return s.Message
	}
	var fields []string
	for _, c := range s.Details.Causes {
		fields = append(fields, strings.TrimSpace(c.Field+" "+c.Reason))
	}
	return strings.Join(fields, ", ")
}

func cut(text string) string {
	if len(text) > maxSaid {
		return strings.ToValidUTF8(text[:maxSaid], "") + "…"
	}
	return text
}
