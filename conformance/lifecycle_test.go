package conformance

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/go-cmp/cmp"
)

const (
	pageSize  = 2
	workspace = "w"
	staleETag = `"AAAAAAAAAAA="`
)

// minKinds keeps the table from losing rows unseen.
const minKinds = 74

func TestKinds(t *testing.T) {
	tried := 0
	for _, k := range kinds() {
		for _, inWorkspace := range []bool{false, true} {
			name := k.name
			if inWorkspace {
				name = "workspace " + name
				if k.ws == nil {
					continue
				}
			}
			tried++
			t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				newTrial(newPlace(t, inWorkspace), k).run()
			})
		}
	}
	if tried < minKinds {
		t.Errorf("got %d kinds tried, want at least %d", tried, minKinds)
	}
}

// trial is the life of a kind's items in a place.
type trial struct {
	place
	k      kind
	c      client
	names  []string
	before []string // what the collection held at first
}

func newTrial(p place, k kind) *trial {
	r := &trial{place: p, k: k, names: k.names}
	if r.names == nil {
		r.names = []string{"item-1", "item-2", "item-3", "item-4", "item-5"}
	}
	r.c, _ = p.client(k)
	return r
}

// run leads the items from their creation to their end.
func (r *trial) run() {
	for _, verb := range all {
		if _, has := r.c.method(verb); has != r.can(verb) && verb != 'L' {
			r.t.Errorf("verb %c: the SDK has it: %t, the row: %t", verb, has, r.can(verb))
		}
	}
	if r.can('L') {
		r.before = r.listed()
	}
	single := len(r.names) == 0
	if single {
		r.names = []string{""}
	}
	for _, name := range r.names {
		r.missing(name)
		r.create(name)
	}
	if r.can('L') {
		if diff := cmp.Diff(r.sorted(r.before, r.names), r.listed()); diff != "" {
			r.t.Errorf("list after create, want -, got +:\n%s", diff)
		}
	}
	for _, name := range r.names {
		r.replace(name)
		r.update(name)
	}
	for _, name := range r.names {
		r.remove(name)
		r.missing(name)
	}
	if r.can('L') {
		if diff := cmp.Diff(r.before, r.listed()); diff != "" {
			r.t.Errorf("list after delete, want -, got +:\n%s", diff)
		}
	}
}

func (r *trial) can(verb rune) bool { return strings.ContainsRune(r.k.verbs, verb) }

func (r *trial) sorted(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return out
}

// do sends one request for an item.
func (r *trial) do(verb rune, name, etag, props string) (reply, error) {
	names := slices.Concat(r.owners, r.k.below)
	if name != "" {
		names = append(names, name)
	}
	return r.c.do(r.t.Context(), request{verb: verb, names: names, etag: etag, props: r.fill(props, name)})
}

// must is do for a request that has to succeed.
func (r *trial) must(verb rune, name, etag, props string) reply {
	r.t.Helper()
	got, err := r.do(verb, name, etag, props)
	if err != nil {
		r.t.Fatalf("%c %s: %v", verb, name, err)
	}
	return got
}

// refused checks that a request fails with a status, and the code that goes with it.
func (r *trial) refused(verb rune, name, etag, props string, status int) {
	r.t.Helper()
	_, err := r.do(verb, name, etag, props)
	var e *azcore.ResponseError
	if !errors.As(err, &e) {
		r.t.Fatalf("%c %s: got error %v, want status %d", verb, name, err, status)
	}
	code := map[int]string{http.StatusNotFound: "ResourceNotFound", http.StatusPreconditionFailed: "PreconditionFailed",
		http.StatusInternalServerError: "InternalServerError"}[status]
	if verb == 'H' {
		code = "" // an answer to HEAD has no body that could hold one
	}
	if e.StatusCode != status || (code != "" && e.ErrorCode != code) {
		r.t.Errorf("%c %s: got %d %s, want %d %s", verb, name, e.StatusCode, e.ErrorCode, status, code)
	}
}

// listed lists the collection, and checks how it is cut into pages.
func (r *trial) listed() []string {
	r.t.Helper()
	pages, err := r.c.pages(r.t.Context(), slices.Concat(r.owners, r.k.below))
	if err != nil {
		r.t.Fatalf("list: %v", err)
	}
	names := []string{}
	for _, p := range pages {
		names = append(names, p.names...)
	}
	if want := max(1, (len(names)+pageSize-1)/pageSize); len(pages) != want {
		r.t.Errorf("list of %d: got %d pages, want %d", len(names), len(pages), want)
	}
	for i, p := range pages {
		if p.count >= 0 && p.count != len(names) {
			r.t.Errorf("page %d: got count %d, want %d", i, p.count, len(names))
		}
	}
	slices.Sort(names)
	return names
}

// missing checks what an item that is not there looks like.
func (r *trial) missing(name string) {
	r.t.Helper()
	status := http.StatusNotFound
	if r.can('G') {
		if r.k.status != 0 {
			status = r.k.status
		}
		r.refused('G', name, "", "", status)
	}
	if r.can('H') {
		if got, err := r.do('H', name, "", ""); err == nil && got.success {
			r.t.Errorf("HEAD %s: got success, want none", name)
		}
	}
	if r.can('U') {
		r.refused('U', name, "*", r.k.patch, http.StatusNotFound)
	}
}

// create makes an item and reads it back in all ways there are.
func (r *trial) create(name string) {
	r.t.Helper()
	got := r.must('P', name, "", r.k.put)
	if got.status != http.StatusCreated {
		r.t.Errorf("PUT %s: got status %d, want 201", name, got.status)
	}
	if last := name; last != "" && got.body["name"] != last {
		r.t.Errorf("PUT %s: got name %v", name, got.body["name"])
	}
	r.identified(name, got.body)
	r.reads(name, r.k.put)
}

// conditional reports whether a verb takes If-Match here.
func (r *trial) conditional(verb rune, name string) bool {
	names := len(r.owners) + len(r.k.below)
	if name != "" {
		names++
	}
	return r.c.conditional(verb, names)
}

// replace sends the same again: with the wrong ETag, then with the right one.
func (r *trial) replace(name string) {
	r.t.Helper()
	etag := ""
	if r.conditional('P', name) {
		etag = r.etag(name)
		r.refused('P', name, staleETag, r.k.put, http.StatusPreconditionFailed)
	}
	if got := r.must('P', name, etag, r.k.put); got.status != http.StatusOK {
		r.t.Errorf("second PUT %s: got status %d, want 200", name, got.status)
	}
	r.reads(name, r.k.put)
}

// update patches an item: with the wrong ETag, then with the right one.
func (r *trial) update(name string) {
	r.t.Helper()
	if !r.can('U') {
		return
	}
	if !r.conditional('U', name) {
		r.t.Errorf("PATCH %s takes no If-Match", name)
	}
	before := r.etag(name)
	r.refused('U', name, staleETag, r.k.patch, http.StatusPreconditionFailed)
	r.must('U', name, before, r.k.patch)
	if after := r.reads(name, r.k.patch); after == before {
		r.t.Errorf("PATCH %s: the ETag is still %s", name, after)
	}
	r.refused('U', name, before, r.k.patch, http.StatusPreconditionFailed)
}

// remove deletes an item: with the wrong ETag, then with the right one, then again.
func (r *trial) remove(name string) {
	r.t.Helper()
	etag, again := "", ""
	if r.conditional('D', name) {
		etag, again = r.etag(name), "*"
		r.refused('D', name, staleETag, "", http.StatusPreconditionFailed)
	}
	if got := r.must('D', name, etag, ""); got.status != http.StatusOK && got.status != http.StatusAccepted {
		r.t.Errorf("DELETE %s: got status %d, want 200 or 202", name, got.status)
	}
	if got := r.must('D', name, again, ""); got.status != http.StatusNoContent {
		r.t.Errorf("second DELETE %s: got status %d, want 204", name, got.status)
	}
}
