package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/xanzy/go-gitlab"
)

// A gitlabAnswer is one by which GitLab refuses a request, or fails.
type gitlabAnswer struct {
	status int
	header http.Header
	body   []byte
}

// Error returns what GitLab says.
func (a *gitlabAnswer) Error() string {
	return fmt.Sprintf("GitLab answered %d: %s", a.status, a.says())
}

// says is all that the answer says is wrong, as one line.
func (a *gitlabAnswer) says() string {
	var doc any
	text := ""
	if json.Unmarshal(a.body, &doc) == nil {
		text = strings.Join(gitlabWords(doc), ": ")
	} else if !strings.Contains(a.header.Get("Content-Type"), "html") {
		text = string(a.body)
	}
	if text = cutLine(cleanLine(text), 1000); text != "" && !strings.HasPrefix(text, "<") {
		return text
	}
	return http.StatusText(a.status)
}

// gitlabWords returns the texts of an answer in the order of their names. It may
// be a text, a list, or texts by the attribute that they are about.
func gitlabWords(doc any) []string {
	switch doc := doc.(type) {
	case string:
		return []string{doc}
	case []any:
		var words []string
		for _, v := range doc {
			words = append(words, gitlabWords(v)...)
		}
		return words
	case map[string]any:
		var words []string
		names := make([]string, 0, len(doc))
		for name := range doc {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			about := gitlabWords(doc[name])
			if !slices.Contains([]string{"message", "error", "error_description", "base"}, name) && len(about) > 0 {
				about[0] = name + " " + about[0]
			}
			words = append(words, about...)
		}
		return words
	}
	return nil
}

// heard takes an answer out of an error of the client, which drops all that an
// answer of status 404 says.
func heard(err error) error {
	var refused *gitlab.ErrorResponse
	switch {
	case errors.Is(err, gitlab.ErrNotFound):
		return &gitlabAnswer{status: http.StatusNotFound}
	case errors.As(err, &refused) && refused.Response != nil:
		return &gitlabAnswer{refused.Response.StatusCode, refused.Response.Header, refused.Body}
	}
	return err
}

// answerOf returns the answer that err is, or one of status 0.
func answerOf(err error) *gitlabAnswer {
	var a *gitlabAnswer
	if errors.As(err, &a) {
		return a
	}
	return &gitlabAnswer{}
}

// throttled reports whether the answer is about the number of requests, and so
// says nothing of this one.
func (a *gitlabAnswer) throttled() bool { return Throttled(a.status, a.header, a.body) }

// refuses reports whether the answer says that the request was understood and
// not carried out, and will not be the next time either.
func (a *gitlabAnswer) refuses() bool {
	return a.status >= 400 && a.status < 500 && a.status != http.StatusUnauthorized &&
		a.status != http.StatusRequestTimeout && !a.throttled()
}

// unseen reports whether the answer says that the token may not see something.
func (a *gitlabAnswer) unseen() bool {
	return (a.status == http.StatusForbidden || a.status == http.StatusNotFound) && !a.throttled()
}

// isUnsureOnGitLab reports whether the request that err ended may have taken
// effect.
func isUnsureOnGitLab(ctx context.Context, err error) bool {
	a := answerOf(err)
	if err == nil || ctx.Err() != nil || a.throttled() {
		return false
	}
	return a.status == 0 || a.status >= 500 || a.status == http.StatusRequestTimeout
}

// explain puts an answer into words that tell what to do. It may have to ask
// GitLab more, for the answers tell little.
func (g *gitLab) explain(ctx context.Context, err error) error {
	var done *apiError
	a := answerOf(err)
	if err == nil || a.status == 0 || errors.As(err, &done) {
		return err
	}
	if a.throttled() {
		text := "GitLab asks for fewer requests: run again later"
		if after := a.header.Get("Retry-After"); after != "" {
			text = fmt.Sprintf("GitLab asks for fewer requests: run again in %s seconds", after)
		}
		return &apiError{text, []error{err}}
	}
	text := ""
	switch a.status {
	case http.StatusUnauthorized:
		text = fmt.Sprintf("%v: GitLab does not know the token (%s): it has expired, was revoked or is of another site", ErrDenied, a.says())
	case http.StatusForbidden:
		text = fmt.Sprintf("%v: %s", ErrDenied, g.forbidden(ctx, a))
	case http.StatusNotFound:
		return g.missing(ctx, err)
	default:
		return &apiError{a.Error(), []error{err}}
	}
	return &apiError{text + g.ofJob(), []error{ErrDenied, err}}
}

// ofJob tells those who use the token of a job that this may be why.
func (g *gitLab) ofJob() string {
	if g.job {
		return "; the token of a job (CI_JOB_TOKEN) may do little: use a project access token"
	}
	return ""
}

// forbidden tells what a token would need.
func (g *gitLab) forbidden(ctx context.Context, a *gitlabAnswer) string {
	if strings.Contains(string(a.body), "insufficient_scope") {
		return "the token needs the api scope"
	}
	p, err := g.project(ctx)
	switch {
	case err == nil && p.Archived:
		return fmt.Sprintf("the project %s is archived: unarchive it first", g.repo)
	case err == nil && noRequests(p):
		return fmt.Sprintf("merge requests are switched off in the settings of %s", g.repo)
	}
	return fmt.Sprintf("%s: the token needs the Developer role in %s", a.says(), g.repo)
}

// noRequests reports whether a project has no merge requests.
func noRequests(p *gitlab.Project) bool {
	return p.MergeRequestsAccessLevel == gitlab.DisabledAccessControl
}

// missing tells what is not there: the client does not say.
func (g *gitLab) missing(ctx context.Context, err error) error {
	p, probe := g.project(ctx)
	switch {
	case answerOf(probe).status == http.StatusNotFound:
		text := fmt.Sprintf("the project %s is not there, or the token may not see it", g.repo)
		return &apiError{text + g.ofJob(), []error{err}}
	case probe != nil:
		return g.explain(ctx, probe)
	case noRequests(p):
		return &apiError{fmt.Sprintf("merge requests are switched off in the settings of %s", g.repo), []error{err}}
	}
	return &apiError{fmt.Sprintf("GitLab has no such thing in %s, or does not show it to this token", g.repo), []error{errInProject, err}}
}

// errInProject means that the project is there, and what was asked for is not.
var errInProject = errors.New("not in the project")

// orNoRequest says that the thing which is not there is the merge request.
func orNoRequest(err error) error {
	if errors.Is(err, errInProject) {
		return &apiError{fmt.Sprintf("%v, or the token may not see it", ErrNotFound), []error{ErrNotFound, err}}
	}
	return err
}

// noted turns a refusal into a note, and leaves other errors.
func noted(err error, format string, args ...any) ([]string, error) {
	if err == nil {
		return nil, nil
	}
	if answerOf(err).refuses() {
		return []string{fmt.Sprintf(format, args...) + ": " + err.Error()}, nil
	}
	return nil, wrap(err, format, args...)
}

// settle does what follows the opening of a merge request, again if GitLab does
// not know that yet.
func (g *gitLab) settle(ctx context.Context, number int, do func() error) error {
	g.mu.Lock()
	fresh := g.fresh[number]
	g.mu.Unlock()
	err := heard(do())
	for _, pause := range pauses {
		if !fresh || answerOf(err).status != http.StatusNotFound {
			break
		}
		if waitErr := g.wait(ctx, pause); waitErr != nil {
			return waitErr
		}
		err = heard(do())
	}
	return g.explain(ctx, err)
}
