package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// minCompared keeps the comparison from shrinking unseen: so many of the published
// examples have to be sent and to be answered as documented.
const minCompared = 561

// TestExamples sends every published example for which the sandbox is there, and
// compares the answers.
func TestExamples(t *testing.T) {
	c := loadContract(t)
	address := start(t, apim.Options{OperationTime: time.Nanosecond})
	used, count := map[exception]bool{}, tally{}
	for i, e := range c.examples {
		t.Run(e.name, func(t *testing.T) {
			o := c.find(e.method, e.path)
			if o == nil {
				count.add("left out: not in the published list of operations")
				return
			}
			if s, out := outOfScope(o); out {
				count.add("left out: " + s.reason)
				return
			}
			s := &seeder{t: t, c: c, address: address, service: serviceOf(e.path, i), done: map[string]bool{}}
			problems, err := s.try(o, e)
			if err != nil {
				t.Fatal(err)
			}
			count.add(judge(t, e, problems, used))
		})
	}
	for _, x := range exceptions() {
		if !used[x] {
			t.Errorf("%s no longer has the problem %q: take it off the list of exceptions", x.example, x.problem)
		}
	}
	t.Logf("%d published examples:%s", len(c.examples), count)
	if count[agreed] < minCompared {
		t.Errorf("%d examples were answered as documented, want at least %d", count[agreed], minCompared)
	}
}

const agreed = "answered as documented"

// judge reports the problems that are not excepted, and names the group to count the
// example in.
func judge(t *testing.T, e *example, problems []string, used map[exception]bool) string {
	t.Helper()
	group := agreed
	for _, p := range problems {
		x, excepted := exceptionFor(e.name, p)
		if !excepted {
			t.Error(p)
			continue
		}
		used[x], group = true, "excepted: "+x.why
	}
	return group
}

// tally counts by group.
type tally map[string]int

func (t tally) add(group string) { t[group]++ }

// String lists the groups, one a line.
func (t tally) String() string {
	var text strings.Builder
	for _, group := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&text, "\n%4d %s", t[group], group)
	}
	return text.String()
}

// serviceOf is the id of a service that only the example of a number uses.
func serviceOf(path string, number int) string {
	segments := strings.Split(serviceInID.FindString(path), "/")
	if len(segments) < 3 {
		return ""
	}
	segments[2] = fmt.Sprintf("00000000-0000-0000-0000-%012d", number)
	return strings.Join(segments, "/")
}

// try prepares an example, sends it, and lists where the answer disagrees.
func (s *seeder) try(o *operation, e *example) ([]string, error) {
	got, err := s.sendExample(o, e, true)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(o.Codes, got.status) || got.status/100 != 2 {
		return []string{fmt.Sprintf("status %d, want one of %d: %v", got.status, o.Codes, got.body)}, nil
	}
	if e.want == nil {
		return nil, nil
	}
	plain, err := url.PathUnescape(s.localPath(e))
	if err != nil {
		return nil, err
	}
	return append(disagreements(got.body, e.want), s.identities(o, got.body, e.want, plain)...), nil
}

// localPath is an example's path in the seeder's service.
func (s *seeder) localPath(e *example) string {
	return serviceInID.ReplaceAllLiteralString(e.path, s.service)
}

// sendExample sends an example, prepared when asked to.
func (s *seeder) sendExample(o *operation, e *example, prepared bool) (answer, error) {
	path := s.localPath(e)
	if below, ok := strings.CutPrefix(path, s.service+"/"); ok && prepared && s.service != "" {
		if err := s.prepare(o, e, "/"+below); err != nil {
			return answer{}, err
		}
	}
	return s.send(e.method, path, e.query, e.headers, s.localised(e.body))
}

// identities checks ids, names and types of a single resource, or of each in a list.
func (s *seeder) identities(o *operation, got, want any, path string) []string {
	w, _ := want.(map[string]any)
	list, isList := w["value"].([]any)
	if !isList {
		if o.Method == http.MethodPost || text(w, "type") == "" {
			return nil
		}
		return identity(got, want, path)
	}
	g, _ := got.(map[string]any)
	entries, _ := g["value"].([]any)
	var out []string
	for i, entry := range list {
		found, ok := named(entries, entry)
		if !ok && i < len(entries) {
			found = entries[i]
		}
		out = append(out, kindred(found, entry)...)
	}
	return out
}

// prepare makes what an example needs: its owners, what it refers to and, unless it
// creates it, the item itself, as the documented answer shows it.
func (s *seeder) prepare(o *operation, e *example, path string) error {
	if err := s.ensureReferences(s.localised(e.body), path); err != nil {
		return err
	}
	want, _ := e.want.(map[string]any)
	segments := strings.Split(strings.Trim(path, "/"), "/")
	n, props := len(segments), shownOf(want)
	switch {
	case n%2 == 1 && o.Method == http.MethodGet:
		return s.prepareList(o, path, want)
	case n%2 == 1:
		segments = segments[:n-1] // an action on an item
	case o.Method == http.MethodPut && o.member():
		if err := s.ensureFarEnd(path, props); err != nil {
			return err
		}
		fallthrough
	case o.Method == http.MethodPut:
		segments, props = segments[:n-2], nil
	}
	if len(segments) > 0 {
		if err := s.ensure("/"+strings.Join(segments, "/"), props); err != nil {
			return err
		}
	}
	return s.ensureBesides(o, path, want)
}

// prepareList makes the entries that a documented list has.
func (s *seeder) prepareList(o *operation, path string, want map[string]any) error {
	if err := s.ensure(path[:strings.LastIndexByte(path, '/')], nil); err != nil {
		return err
	}
	list, _ := want["value"].([]any)
	for _, entry := range list {
		m, _ := entry.(map[string]any)
		if name := text(m, "name"); name != "" {
			if err := s.ensure(path+"/"+name, shownOf(m)); err != nil {
				return err
			}
		}
		if err := s.ensureBesides(o, path, m); err != nil {
			return err
		}
	}
	return nil
}

// shownOf are the properties that a documented resource has; nil for another answer.
func shownOf(want map[string]any) map[string]any {
	props, _ := want["properties"].(map[string]any)
	return props
}
