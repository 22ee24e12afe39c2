package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7"
)

// The keys of errors that are told apart.
const (
	azureExists       = "GitPullRequestExistsException"
	azureNoPull       = "GitPullRequestNotFoundException"
	azureNoRepository = "GitRepositoryNotFoundException"
	azureNoRight      = "GitNeedsPermissionException"
	azureBlocked      = "RequestBlockedException"
)

// azureFault returns the answer that err is, or nil. The SDK returns values and
// pointers.
func azureFault(err error) *azuredevops.WrappedError {
	var value azuredevops.WrappedError
	var pointer *azuredevops.WrappedError
	switch {
	case errors.As(err, &pointer):
		return pointer
	case errors.As(err, &value):
		return &value
	}
	return nil
}

// azureStatus returns the status of the answer that err is, or 0.
func azureStatus(err error) int {
	if f := azureFault(err); f != nil {
		return azureValue(f.StatusCode)
	}
	return 0
}

// azureKey returns what kind of error the service says that err is, or "".
func azureKey(err error) string {
	if f := azureFault(err); f != nil {
		return azureValue(f.TypeKey)
	}
	return ""
}

// explain puts an error of the SDK into words.
func (a *azureRepos) explain(err error) error {
	f := azureFault(err)
	if f == nil {
		return err
	}
	what := cutLine(cleanLine(f.Error()), 1000)
	switch status := azureStatus(err); {
	case isAzureThrottled(err):
		return &apiError{"Azure DevOps asks for fewer requests: run again " + azureLater(f), []error{err}}
	case status == http.StatusUnauthorized:
		return &apiError{fmt.Sprintf("%v: Azure DevOps does not accept the token (%s): it has expired, was revoked, is of another organisation, or lacks the scope Code (read & write)", ErrDenied, what), []error{ErrDenied, err}}
	case status == http.StatusForbidden:
		return &apiError{fmt.Sprintf("%v: %s", ErrDenied, azureForbidden(f, what)), []error{ErrDenied, err}}
	case azureKey(err) == azureNoPull:
		return &apiError{fmt.Sprintf("%v, or the token may not see it (%s)", ErrNotFound, what), []error{ErrNotFound, err}}
	case status == http.StatusNotFound:
		return &apiError{fmt.Sprintf("Azure DevOps has no such thing, or does not show it to this token (%s)", what), []error{err}}
	default:
		return &apiError{fmt.Sprintf("Azure DevOps answered %d: %s", status, what), []error{err}}
	}
}

// azureLater says when to run again.
func azureLater(f *azuredevops.WrappedError) string {
	if s, ok := azureValue(f.CustomProperties)[azureRetryAfter].(string); ok && s != "" {
		return "in " + s + " s"
	}
	return "later"
}

// azureRights is what permissions are called where people grant them, by their
// names in errors.
var azureRights = map[string]string{
	"GenericRead": "Read", "GenericContribute": "Contribute", "CreateBranch": "Create branch",
	"ForcePush": "Force push", "PullRequestContribute": azureContribute,
}

// azureContribute is the permission to do all that is done here.
const azureContribute = "Contribute to pull requests"

// neededRight finds the name of a permission in an error's text.
var neededRight = regexp.MustCompile(`Git '(\w+)' permission`)

// azureForbidden tells what a token would need.
func azureForbidden(f *azuredevops.WrappedError, what string) string {
	m := neededRight.FindStringSubmatch(what)
	if m == nil || azureValue(f.TypeKey) != azureNoRight {
		return what
	}
	name := azureRights[m[1]]
	if name == "" {
		name = m[1]
	}
	return fmt.Sprintf("%s: %s", what, azureGrant(name))
}

// azureGrant tells how to grant a permission.
func azureGrant(name string) string {
	return fmt.Sprintf("allow %q on the repository to the token's owner, which for a job is the build service (Project settings, Repositories, Security)", name)
}

// isAzureThrottled reports whether err is about the number of requests, and so
// says nothing of this one.
func isAzureThrottled(err error) bool {
	return azureStatus(err) == http.StatusTooManyRequests || azureKey(err) == azureBlocked
}

// isAzureRefusal reports whether err says that the request was understood and
// not carried out, and will not be the next time either.
func isAzureRefusal(err error) bool {
	status := azureStatus(err)
	return status >= 400 && status < 500 && status != http.StatusUnauthorized && !isAzureThrottled(err)
}

// azureUnseen reports whether err says that the token may not see something.
func azureUnseen(err error) bool {
	status := azureStatus(err)
	return (status == http.StatusForbidden || status == http.StatusNotFound) && !isAzureThrottled(err)
}

// azureLocked is azureUnseen for parts of the service that a token has a scope of
// its own for: without it the token is not accepted there.
func azureLocked(err error) bool {
	var absent *azuredevops.LocationIdNotRegisteredError
	return azureUnseen(err) || azureStatus(err) == http.StatusUnauthorized || errors.As(err, &absent) || errors.Is(err, errAzureElsewhere)
}

// isAzureUnsure reports whether the request that err ended may have taken effect.
func isAzureUnsure(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || isAzureThrottled(err) {
		return false
	}
	status := azureStatus(err)
	return status == 0 || status >= 500
}

// azureNote turns a refusal into a note, and leaves other errors.
func azureNote(err error, format string, args ...any) ([]string, error) {
	if err == nil {
		return nil, nil
	}
	if isAzureRefusal(err) {
		return []string{fmt.Sprintf(format, args...) + ": " + err.Error()}, nil
	}
	return nil, wrap(err, format, args...)
}
