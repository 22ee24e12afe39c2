package ongitea

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// trouble has two jobs run at once, tokens that may not do what is asked for,
// and people who reject drift.
func trouble(w *world) {
	w.adopt()
	w.rate("120")
	before := w.at("refs/heads/main")

	// What a token lacks is said before anything is done.
	weak := w.Token(w.T, "lock", "read:repository")
	w.run(1, "LOCKSTEP_FORGE_TOKEN="+weak+" extractor --pull-request", "the token needs the scope write:repository", "write:issue", "read:user")
	w.run(1, "LOCKSTEP_FORGE_TOKEN="+w.tokens["eve"]+" extractor --pull-request", "the account that the token is of needs the right to write")
	w.run(1, "LOCKSTEP_FORGE_TOKEN=none extractor --pull-request", "extractor: ")
	if w.at(line) != "" {
		w.Error("a branch was pushed")
	}

	for _, value := range []string{"120", "121", "122"} {
		w.rate(value)
		w.together(3, "extractor", "--pull-request")
	}
	var open []pull
	w.call("root", "GET", "/pulls?state=open", nil, &open)
	w.sync()
	if n := w.git(w.work, "rev-list", "--count", "main..origin/lockstep/contoso"); len(open) != 1 || n != "1" {
		w.Errorf("got %d open pull requests and %s commits, want one of each: %+v", len(open), n, open)
	}
	if w.at("refs/heads/main") != before {
		w.Error("main moved")
	}

	// Somebody rejects it, and takes the branch away.
	w.call("dana", "PATCH", "/issues/"+strconv.Itoa(open[0].Number), object{"state": "closed"}, nil)
	w.git(w.work, "push", "--quiet", "origin", ":lockstep/contoso")
	w.run(0, "extractor --pull-request --draft --auto-merge squash --team-reviewer core --reviewer nobody", "opened", "note: ")
}

// together runs a program several times at once. All must end well.
func (w *world) together(times int, program string, args ...string) {
	w.Helper()
	var all sync.WaitGroup
	said := make([]string, times)
	for i := range said {
		all.Go(func() {
			c := exec.CommandContext(w.Context(), filepath.Join(w.bin, program), args...)
			c.Dir, c.Env = w.work, w.environ()
			if out, err := c.CombinedOutput(); err != nil {
				said[i] = err.Error() + "\n" + string(out)
			}
		})
	}
	all.Wait()
	if text := strings.Join(said, ""); text != "" {
		w.Fatalf("%d times at once, %s printed:\n%s", times, program, text)
	}
}

// teams has two jobs look after parts of a gateway.
func teams(w *world) {
	w.adopt()
	w.rate("120")
	w.put("tags/fresh", `{"properties": {"displayName": "fresh"}}`)
	limits, tags := "extractor --pull-request --scope limits --exclude tag=*", "extractor --pull-request --scope tags --exclude *=rate-per-minute"
	w.run(0, limits, "pull request 2 opened: lockstep/contoso.limits into main")
	w.run(0, tags, "pull request 3 opened: lockstep/contoso.tags into main")
	w.run(0, limits, "pull request 2 is up to date")
	w.run(0, "extractor --pull-request", "pull request 4 opened: lockstep/contoso into main")
	w.merge(3, "squash")
	w.run(0, tags, "no drift", "branch lockstep/contoso.tags was deleted")
	w.run(0, limits, "pull request 2 updated")
}
