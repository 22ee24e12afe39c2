package forge

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Config says which forge, and which repository on it. It prints without the
// token.
type Config struct {
	Kind string // a name that [Kinds] returns
	// URL is the address of the forge, of its site or of its API; "" is that
	// of the forge's makers.
	URL string
	// Repo is the repository's name on the forge: "owner/name", or
	// "project/name" in Azure DevOps.
	Repo string
	// Token is what the forge gave out to be called with.
	Token string
	// Tokens hands out the token for one call, in place of Token, where tokens
	// expire before a run ends. Forges other than GitHub take none.
	Tokens func(context.Context) (string, error)
	// HTTP sends the requests, by a transport that is set. It may repeat what
	// is safe to, and what [Throttled] says was refused. The forge "local"
	// needs none.
	HTTP *http.Client

	// Store is the repository itself, for the forge "local".
	Store Store
	// Now is the clock that dates what a forge writes; nil for time.Now.
	Now func() time.Time
	// Wait waits until what a forge wrote is seen everywhere on it, or the
	// context ends; nil waits by the clock.
	Wait func(context.Context, time.Duration) error
}

// String returns what of the configuration can be shown.
func (c Config) String() string {
	return strings.TrimSpace(strings.Join([]string{c.Kind, c.URL, c.Repo}, " "))
}

// GoString returns the same as String, for %#v.
func (c Config) GoString() string { return c.String() }

// forges is every forge there is.
var forges = map[string]func(Config) (Forge, error){
	"azure":  openAzure,
	"gitea":  openGitea,
	"github": openGitHub,
	"gitlab": openGitLab,
	"local":  openLocal,
}

// Kinds returns the names of all forges, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(forges)) }

// Open returns the forge that c names.
func Open(c Config) (Forge, error) {
	construct := forges[c.Kind]
	if construct == nil {
		return nil, fmt.Errorf("open forge %q: there is no such kind; use one of %s", c.Kind, strings.Join(Kinds(), ", "))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = sleep
	}
	f, err := construct(c)
	if err != nil {
		return nil, fmt.Errorf("open forge %q: %w", c.Kind, err)
	}
	return f, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Throttled reports whether an answer of a forge refuses a request because
// there were too many, so that the same request can be sent again after what
// the header Retry-After says. It was not carried out. Forges say so with other
// status codes than 429, too.
//
// A budget for the hour that is used up is not meant: to wait that long is not
// for a client to decide.
func Throttled(status int, header http.Header, body []byte) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusForbidden:
	default:
		return false
	}
	if header.Get("X-RateLimit-Remaining") == "0" && header.Get("Retry-After") == "" {
		return false
	}
	return status == http.StatusTooManyRequests || header.Get("Retry-After") != "" ||
		bytes.Contains(bytes.ToLower(body), []byte("secondary rate limit"))
}
