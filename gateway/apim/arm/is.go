package arm

import (
	"errors"
	"net/http"
	"strings"
)

// as returns the *Error in err if it has the given status.
func as(err error, status int) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e) && e.Status == status
	return e, ok
}

// IsNotFound tells whether err is a 404. Ask IsServiceMissing first where an
// absent service must not be taken for an absent resource.
func IsNotFound(err error) bool {
	_, ok := as(err, http.StatusNotFound)
	return ok
}

// IsServiceMissing tells whether err is a 404 because the service itself, or
// what is around it, is not there.
func IsServiceMissing(err error) bool {
	e, ok := as(err, http.StatusNotFound)
	return ok && (e.gateway || strings.Contains(strings.ToLower(e.Message), "under resource group"))
}

// IsPreconditionFailed tells whether the resource has another ETag than If-Match asked for.
func IsPreconditionFailed(err error) bool {
	_, ok := as(err, http.StatusPreconditionFailed)
	return ok
}

// IsConflict tells whether err is a 409: a name or path that is taken, a lock
// that was held for too long, a link that exists.
func IsConflict(err error) bool {
	_, ok := as(err, http.StatusConflict)
	return ok
}

// IsLinkExists tells whether err says that the two things are linked already,
// if under another name.
func IsLinkExists(err error) bool {
	e, ok := as(err, http.StatusConflict)
	return ok && strings.Contains(strings.ToLower(e.text()), "link already exists")
}

// IsDenied tells whether err is about who we are or what we may do.
func IsDenied(err error) bool {
	_, unauthorized := as(err, http.StatusUnauthorized)
	_, forbidden := as(err, http.StatusForbidden)
	return unauthorized || forbidden
}

// IsInvalid tells whether the service refused the payload, at once or at the
// end of a long-running operation.
func IsInvalid(err error) bool {
	if _, ok := as(err, http.StatusBadRequest); ok {
		return true
	}
	e, ok := as(err, 0)
	return ok && e.has("ValidationError")
}

// IsUnsupportedSKU tells whether the service's tier does not have what was
// asked for. For a list it may say so with an internal error.
func IsUnsupportedSKU(err error) bool {
	if e, ok := as(err, http.StatusBadRequest); ok {
		return e.has("MethodNotAllowedInPricingTier")
	}
	e, ok := as(err, http.StatusInternalServerError)
	return ok && e.Method == http.MethodGet && strings.Contains(strings.ToLower(e.text()), internalError)
}
