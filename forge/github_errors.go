package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
)

// An apiError is an answer of a forge in words that tell what to do.
type apiError struct {
	text string
	errs []error // what it is, for errors.Is and errors.As
}

// Error returns the words.
func (e *apiError) Error() string { return e.text }

// Unwrap returns what the error is.
func (e *apiError) Unwrap() []error { return e.errs }

// wrap says what was being done when err happened; nil stays nil.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// explain puts an error of GitHub's client into words.
func explain(err error) error {
	var limit *github.RateLimitError
	var slow *github.AbuseRateLimitError
	var refused *github.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limit):
		until := limit.Rate.Reset.UTC().Format("15:04 MST")
		return &apiError{fmt.Sprintf("the hour's %d requests to GitHub are used up: run again after %s", limit.Rate.Limit, until), []error{err}}
	case errors.As(err, &slow):
		text := "GitHub asks for fewer requests: run again later"
		if slow.RetryAfter != nil {
			text = fmt.Sprintf("GitHub asks for fewer requests: run again in %v", *slow.RetryAfter)
		}
		return &apiError{text, []error{err}}
	case isThrottled(err):
		return &apiError{"GitHub asks for fewer requests: run again later", []error{err}}
	case errors.As(err, &refused) && refused.Response != nil:
		return explainAnswer(refused)
	}
	return err
}

func explainAnswer(e *github.ErrorResponse) error {
	what := messages(e)
	switch e.Response.StatusCode {
	case http.StatusUnauthorized:
		return &apiError{fmt.Sprintf("%v: GitHub does not know the token (%s): it has expired, was revoked or is of another site", ErrDenied, what), []error{ErrDenied, e}}
	case http.StatusForbidden:
		return &apiError{fmt.Sprintf("%v: %s", ErrDenied, forbidden(e, what)), []error{ErrDenied, e}}
	case http.StatusNotFound:
		return &apiError{fmt.Sprintf("GitHub has no such thing, or does not show it to this token (%s)", what), []error{e}}
	}
	return &apiError{fmt.Sprintf("GitHub answered %d: %s", e.Response.StatusCode, what), []error{e}}
}

// messages is all that an answer says is wrong.
func messages(e *github.ErrorResponse) string {
	parts := []string{}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	for _, d := range e.Errors {
		switch {
		case d.Message != "":
			parts = append(parts, d.Message)
		case d.Field != "":
			parts = append(parts, d.Field+" is "+strings.ReplaceAll(d.Code, "_", " "))
		}
	}
	if len(parts) == 0 {
		return http.StatusText(e.Response.StatusCode)
	}
	return cutLine(cleanLine(strings.Join(parts, ": ")), 1000)
}

// forbidden tells what a token would need.
func forbidden(e *github.ErrorResponse, what string) string {
	h := e.Response.Header
	switch {
	case strings.Contains(what, "archived"):
		return what + " Unarchive it first."
	case strings.Contains(what, "not permitted to create"):
		return what + " Allow it in the settings of the repository or organisation (Actions, General, Workflow permissions), or use a token of an app."
	case strings.HasPrefix(h.Get("X-GitHub-SSO"), "required"):
		return what + ": authorise the token for single sign-on to the organisation"
	case h.Get("X-Accepted-GitHub-Permissions") != "":
		return fmt.Sprintf("%s: the token needs %s", what, permissions(h.Get("X-Accepted-GitHub-Permissions")))
	case h.Get("X-Accepted-OAuth-Scopes") != "":
		return fmt.Sprintf("%s: the token needs the scope %s", what, strings.ReplaceAll(h.Get("X-Accepted-OAuth-Scopes"), ", ", " or "))
	}
	return what
}

// permissions writes what GitHub's header lists the way workflows do:
// "pull_requests=write" is "pull-requests: write".
func permissions(header string) string {
	var sets []string
	for set := range strings.SplitSeq(header, ";") {
		var all []string
		for need := range strings.SplitSeq(set, ",") {
			name, level, _ := strings.Cut(strings.TrimSpace(need), "=")
			all = append(all, strings.ReplaceAll(name, "_", "-")+": "+level)
		}
		sets = append(sets, strings.Join(all, " and "))
	}
	return strings.Join(sets, " or ")
}

// isThrottled reports whether err is about the number of requests, and so says
// nothing of this one. The client knows only some such answers.
func isThrottled(err error) bool {
	var limit *github.RateLimitError
	var slow *github.AbuseRateLimitError
	var e *github.ErrorResponse
	if errors.As(err, &limit) || errors.As(err, &slow) {
		return true
	}
	return errors.As(err, &e) && e.Response != nil && Throttled(e.Response.StatusCode, e.Response.Header, []byte(e.Message))
}

// statusOf returns the status of the answer that err is, or 0.
func statusOf(err error) int {
	var e *github.ErrorResponse
	if errors.As(err, &e) && e.Response != nil {
		return e.Response.StatusCode
	}
	return 0
}

// says reports whether err is an answer with a text in it.
func says(err error, text string) bool {
	var e *github.ErrorResponse
	return errors.As(err, &e) && e.Response != nil && strings.Contains(messages(e), text)
}

// isRefusal reports whether err says that the request was understood and not
// carried out, and will not be the next time either.
func isRefusal(err error) bool {
	status := statusOf(err)
	return status >= 400 && status < 500 && status != http.StatusUnauthorized && !isThrottled(err)
}

// unseen reports whether err says that the token may not see something.
func unseen(err error) bool {
	status := statusOf(err)
	return (status == http.StatusForbidden || status == http.StatusNotFound) && !isThrottled(err)
}

// isUnsure reports whether the request that err ended may have taken effect.
func isUnsure(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || isThrottled(err) {
		return false
	}
	status := statusOf(err)
	return status == 0 || status >= 500
}

// pauses are the waits for what was just written to be seen everywhere.
var pauses = [...]time.Duration{time.Second, 2 * time.Second, 4 * time.Second}

// settle does what follows the opening of a pull request, again if GitHub does
// not know that yet.
func (g *gitHub) settle(ctx context.Context, number int, do func() error) error {
	g.mu.Lock()
	fresh := g.fresh[number]
	g.mu.Unlock()
	err := do()
	for _, pause := range pauses {
		if !fresh || statusOf(err) != http.StatusNotFound && !says(err, "Could not resolve to a node") {
			break
		}
		if waitErr := g.wait(ctx, pause); waitErr != nil {
			return waitErr
		}
		err = do()
	}
	return explain(err)
}
