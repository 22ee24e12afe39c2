package forge_test

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/apitest"
)

// githubDescription is GitHub's own description of its API, if the variable
// names a file with it.
var githubDescription = sync.OnceValues(func() (*apitest.Description, error) {
	name := os.Getenv("LOCKSTEP_GITHUB_OPENAPI")
	if name == "" {
		return nil, nil
	}
	return apitest.Load(name)
})

// asDescribed returns a transport that holds all that goes over next against
// GitHub's description, where there is one.
func asDescribed(t *testing.T, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	d, err := githubDescription()
	if err != nil {
		t.Fatal(err)
	}
	if d == nil {
		return next
	}
	return &apitest.Transport{
		T: t, Description: d, Next: next, Prefixes: []string{"/api/v3"},
		Other:  func(path string) bool { return strings.HasSuffix(path, "/graphql") },
		Broken: func(r *http.Response) bool { return r.StatusCode >= http.StatusInternalServerError },
	}
}
