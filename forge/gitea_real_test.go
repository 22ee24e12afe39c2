package forge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockstep-apiops/lockstep/forge/apitest"
	"github.com/lockstep-apiops/lockstep/forge/realtest"
)

// A realGitea is the program itself, with what tells of its API.
type realGitea struct {
	*realtest.Gitea
	tokens map[string]string // by user
	api    *apitest.Description
}

type object = realtest.Object

// startGitea starts the program, or skips the test.
func startGitea(t *testing.T) *realGitea {
	t.Helper()
	return &realGitea{Gitea: realtest.StartGitea(t, realtest.Setup{Getenv: os.Getenv, HTTP: http.DefaultClient}), tokens: map[string]string{}}
}

// populate adds the people, their organisation, and a token for each.
func (g *realGitea) populate(t *testing.T) {
	t.Helper()
	for _, name := range []string{"lock", "rita", "rolf", "stella"} {
		g.tokens[name] = g.AddUser(t, name)
	}
	g.Do(t, "root", "POST", "/orgs", object{"username": "acme", "visibility": "private"}, nil)
	var team struct{ ID int64 }
	units := map[string]string{"repo.code": "write", "repo.issues": "write", "repo.pulls": "write"}
	g.Do(t, "root", "POST", "/orgs/acme/teams", object{"name": "core", "permission": "write", "includes_all_repositories": true, "units_map": units}, &team)
	for _, name := range []string{"rita", "rolf"} {
		g.Do(t, "root", "PUT", fmt.Sprintf("/teams/%d/members/%s", team.ID, name), nil, nil)
	}
	g.api = g.description(t)
}

// description returns what Gitea says of its API. It does not mention that
// anything may be null, as the SDK's requests have it where nothing is meant.
func (g *realGitea) description(t *testing.T) *apitest.Description {
	t.Helper()
	resp, err := http.Get(g.Site + "/swagger.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var doc object
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	definitions, paths := doc["definitions"].(object), doc["paths"].(object)
	nullable(definitions)
	// Names count without case, and the SDK writes this one as older versions did.
	merge := definitions["MergePullRequestOption"].(object)
	merge["properties"].(object)["Do"] = merge["properties"].(object)["do"]
	delete(merge, "required")
	// The SDK asks for pages where there are none.
	comments := paths["/repos/{owner}/{repo}/issues/{index}/comments"].(object)["get"].(object)
	for _, name := range []string{"page", "limit"} {
		comments["parameters"] = append(comments["parameters"].([]any), object{"name": name, "in": "query", "type": "integer"})
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "swagger.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := apitest.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// nullable lets all values of a type be null.
func nullable(v any) {
	m, _ := v.(object)
	if _, ok := m["type"].(string); ok {
		m["nullable"] = true
	}
	for _, x := range m {
		nullable(x)
	}
}
