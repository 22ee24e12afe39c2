package arm

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// locked matches what the service says while other work holds a resource.
var locked = regexp.MustCompile(`(?i)operation\b.*\bin progress`)

// internalError is what the service answers for a list that its tier does not
// have, and sometimes by accident.
const internalError = "request processing failed due to internal error"

// policy returns how to try again for r. The policy is for one request: it
// counts what it has seen.
func (c *Client) policy(r request) httpx.Policy {
	internal := 0
	return httpx.Policy{
		Attempts: c.o.Attempts,
		// A merge patch sets the same values twice.
		Repeat: r.method == http.MethodPatch || r.reads,
		Opaque: r.opaque || r.foreign,
		Decide: func(a httpx.Answer) httpx.Verdict {
			if a.Status == http.StatusInternalServerError {
				if c.final500 {
					return httpx.Stop
				}
				if r.method == http.MethodGet && strings.Contains(strings.ToLower(string(a.Body)), internalError) {
					internal++
				}
				if internal == 3 {
					return httpx.Stop
				}
			}
			return verdict(a, r.ifMatch != "")
		},
	}
}

// verdict is the table of answers that are worth another attempt.
func verdict(a httpx.Answer, conditional bool) httpx.Verdict {
	switch a.Status {
	case http.StatusConflict, http.StatusUnprocessableEntity:
		e := parseError(a.Body)
		switch {
		case e.has("ManagementApiRequestFailed"): // the service could not reach itself: it may be done or not
			return httpx.Broken
		case a.Status == http.StatusConflict && (e.has("PessimisticConcurrencyConflict") || locked.MatchString(e.text())):
			return httpx.Busy
		}
		return httpx.Stop
	case http.StatusPreconditionFailed:
		if conditional {
			return httpx.Stop
		}
		return httpx.Refused // a race inside the service: we set no condition
	}
	return httpx.Transient(a)
}
