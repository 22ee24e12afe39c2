package forge

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"code.gitea.io/sdk/gitea"
)

// A giteaError is an answer of Gitea that is none. The SDK has but the message
// of it.
type giteaError struct {
	status  int
	header  http.Header
	message string
}

// Error puts the answer into words that tell what to do.
func (e *giteaError) Error() string {
	switch e.status {
	case http.StatusUnauthorized:
		return fmt.Sprintf("%v: the site does not know the token (%s): it has expired, was revoked or is of another site", ErrDenied, e.message)
	case http.StatusForbidden:
		return fmt.Sprintf("%v: %s", ErrDenied, e.forbidden())
	case http.StatusNotFound:
		return fmt.Sprintf("the site has no such thing, or does not show it to this token (%s)", e.message)
	case http.StatusLocked:
		return fmt.Sprintf("the repository is archived, so nothing can be written (%s): unarchive it first", e.message)
	}
	if e.isThrottled() {
		return "the site asks for fewer requests: run again later"
	}
	return fmt.Sprintf("the site answered %d: %s", e.status, e.message)
}

// Unwrap returns what the answer is.
func (e *giteaError) Unwrap() error {
	if e.status == http.StatusUnauthorized || e.status == http.StatusForbidden && !e.isThrottled() {
		return ErrDenied
	}
	return nil
}

// scopes matches what Gitea and Forgejo say that a token lacks.
var scopes = regexp.MustCompile(`required scope.*?\[([a-z:_ ,-]+)\]`)

// forbidden tells what a token would need.
func (e *giteaError) forbidden() string {
	m := scopes.FindStringSubmatch(e.message)
	if m == nil {
		return e.message + ": the account that the token is of needs the right to write to the repository"
	}
	need := strings.FieldsFunc(m[1], func(r rune) bool { return r == ' ' || r == ',' })
	return "the token needs the scope " + strings.Join(need, " or ")
}

func (e *giteaError) isThrottled() bool { return Throttled(e.status, e.header, []byte(e.message)) }

// giteaAnswer returns the error that a call of the SDK ended with. Some calls
// have none for answers that refuse.
func giteaAnswer(resp *gitea.Response, err error) error {
	if resp == nil || resp.Response == nil {
		return err // there was no answer
	}
	if err == nil && resp.StatusCode < http.StatusBadRequest {
		return nil
	}
	e := &giteaError{status: resp.StatusCode, header: resp.Header}
	if err != nil && !strings.HasPrefix(err.Error(), "unknown API error") {
		e.message = cleanLine(err.Error())
	}
	if e.status < http.StatusBadRequest {
		e.message = "it is no JSON, so the URL of the forge may be wrong: " + e.message
	}
	e.message = cutLine(cmp.Or(e.message, http.StatusText(e.status)), 1000)
	return e
}

// call makes a call that the SDK loses the answer of.
func (g *giteaForge) call(ctx context.Context, method, path string, in any) (status int, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	u := fmt.Sprintf("%v/api/v1/repos/%s/%s/%s", g.site, g.owner, g.name, path)
	req, err := http.NewRequestWithContext(ctx, method, u, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := g.http.Do(req)
	if err != nil {
		return 0, err
	}
	const enough = 1 << 16
	text, err := io.ReadAll(io.LimitReader(resp.Body, enough))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return 0, err
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp.StatusCode, nil
	}
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &said) != nil || said.Message == "" {
		said.Message = http.StatusText(resp.StatusCode)
	}
	return 0, &giteaError{status: resp.StatusCode, header: resp.Header, message: cutLine(cleanLine(said.Message), 1000)}
}

// giteaStatusOf returns the status of the answer that err is, or 0.
func giteaStatusOf(err error) int {
	var e *giteaError
	if errors.As(err, &e) {
		return e.status
	}
	return 0
}

// giteaSays reports whether err is an answer with a text in it.
func giteaSays(err error, text string) bool {
	var e *giteaError
	return errors.As(err, &e) && strings.Contains(strings.ToLower(e.message), text)
}

// giteaRefuses reports whether err says that the request was understood and not
// carried out, and will not be the next time either.
func giteaRefuses(err error) bool {
	var e *giteaError
	return errors.As(err, &e) && e.status >= 400 && e.status < 500 && e.status != http.StatusUnauthorized && !e.isThrottled()
}

// giteaHides reports whether err says that the token may not see something.
func giteaHides(err error) bool {
	var e *giteaError
	return errors.As(err, &e) && (e.status == http.StatusForbidden || e.status == http.StatusNotFound) && !e.isThrottled()
}

// giteaUnsure reports whether the request that err ended may have taken effect.
func giteaUnsure(ctx context.Context, err error) bool {
	var e *giteaError
	if err == nil || ctx.Err() != nil {
		return false
	}
	return !errors.As(err, &e) || e.status >= 500 || e.status < 400
}

// giteaNote turns a refusal into a note, and leaves other errors.
func giteaNote(err error, format string, args ...any) ([]string, error) {
	if err == nil {
		return nil, nil
	}
	if giteaRefuses(err) {
		return []string{fmt.Sprintf(format, args...) + ": " + err.Error()}, nil
	}
	return nil, wrap(err, format, args...)
}

// settle does what follows the opening of a pull request, again if the site does
// not know that yet.
func (g *giteaForge) settle(ctx context.Context, number int64, do func() error) error {
	g.mu.Lock()
	fresh := g.fresh[number]
	g.mu.Unlock()
	err := do()
	for _, pause := range pauses {
		if !fresh || giteaStatusOf(err) != http.StatusNotFound || giteaSays(err, "' not exist") { // that is about a user or a team
			break
		}
		if waitErr := g.wait(ctx, pause); waitErr != nil {
			return waitErr
		}
		err = do()
	}
	return err
}
