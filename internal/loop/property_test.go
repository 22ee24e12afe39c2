package loop

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// TestRoundTrip tries the whole loop on services made by chance: a service
// that was published says what was published, its tree says what it does,
// another service made of that tree gives the same tree, an extract tells
// exactly what was changed by hand, and the tree undoes it.
func TestRoundTrip(t *testing.T) {
	for seed := range seeds(t, 25) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			o := sandbox.Options{Bare: true}
			roundTrip(t, seed, apimtest.Direct(t, newSandbox(t, o), "service"), apimtest.Direct(t, newSandbox(t, o), "service"))
		})
	}
}

// seeds returns how many services to try: fewer than the promise of 500 where
// every test is run, all of them where LOCKSTEP_SEEDS asks for it.
func seeds(t *testing.T, few uint64) uint64 {
	t.Helper()
	asked, ok := os.LookupEnv("LOCKSTEP_SEEDS")
	if !ok {
		return few
	}
	n, err := strconv.ParseUint(asked, 10, 32)
	if err != nil {
		t.Fatalf("LOCKSTEP_SEEDS: %v", err)
	}
	return n
}

func roundTrip(t *testing.T, seed uint64, one, two gateway.Gateway) {
	t.Helper()
	rng := numbers(seed)
	service := apimtest.Random(rng, one.Describe().Kinds)
	if len(service) == 0 {
		return
	}
	publish(t, one, list(service), false)
	wantInSync(t, one, list(service), "after the service was made")

	first, _ := extract(t, one, nil)
	if len(first) == 0 {
		return
	}
	wantInSync(t, one, plain(t, one, first), "after it was extracted")

	publish(t, two, folder(t, two, first, service), true)
	second, _ := extract(t, two, nil)
	wantSame(t, first, second, "a second service gives another tree (-first +second)")

	want := tamper(t, rng, one, service)
	changed, result := extract(t, one, first)
	var got []string
	for _, c := range result.Changes {
		got = append(got, string(c.Op)+" "+c.Key.String())
	}
	if diff := cmp.Diff(want, sorted(got)); diff != "" {
		t.Errorf("the extract tells other changes than were made (-made +told):\n%s", diff)
	}
	wantInSync(t, one, plain(t, one, changed), "after what was changed was extracted")

	publish(t, one, folder(t, one, first, service), true)
	undone, _ := extract(t, one, first) // over the tree: white space in policies is free
	if diff := cmp.Diff(first, undone); diff != "" {
		t.Errorf("publishing the tree did not undo the changes (-tree +service):\n%s", diff)
	}
}

// tamper changes a service as people do behind git's back, and returns what an
// extract should tell of it.
func tamper(t *testing.T, rng *rand.Rand, g gateway.Gateway, service []*gateway.Resource) []string {
	t.Helper()
	kinds := g.Describe().Kinds
	tag := gateway.NewKey("tag", "made by hand")
	put(t, g, &gateway.Resource{Key: tag, Spec: map[string]any{"properties": map[string]any{"displayName": "By hand"}}}, nil)
	told := []string{string(extractor.Added) + " " + tag.String()}
	touched := map[gateway.Key]bool{}
	for range 4 {
		r := service[rng.IntN(len(service))]
		have, err := g.Get(t.Context(), r.Key)
		if errors.Is(err, gateway.ErrNotFound) || touched[r.Key] || initial(kinds, r) {
			continue // nothing says of what always is there that it should be as at first
		}
		if err != nil {
			t.Fatal(err)
		}
		touched[r.Key] = true
		switch {
		case slices.Contains(leaves, kinds.Get(r.Key.Kind).Row):
			if err := g.Delete(t.Context(), have); err != nil {
				t.Fatal(err)
			}
			told = append(told, string(extractor.Removed)+" "+r.Key.String())
		default:
			changed := apimtest.Change(rng, kinds, service, r)
			put(t, g, changed, have)
			told = append(told, tells(kinds, r, changed)...)
		}
	}
	return sorted(told)
}

// leaves are rows of which nothing depends.
var leaves = []string{
	"product api", "product group", "tag api", "tag product", "tag operation", "gateway api", "notification email",
	"api policy", "product policy", "api operation policy", "api tag description", "api wiki", "product wiki", "subscription",
}

// tells returns what an extract says of a change.
func tells(kinds *gateway.Kinds, from, to *gateway.Resource) []string {
	switch {
	case kinds.Equal(from, to):
		return nil
	case initial(kinds, to):
		return []string{string(extractor.Removed) + " " + from.Key.String()}
	}
	return []string{string(extractor.Changed) + " " + from.Key.String()}
}

// initial reports whether a resource is as in every new service.
func initial(kinds *gateway.Kinds, r *gateway.Resource) bool {
	i := kinds.Initial(r.Key)
	return i != nil && kinds.Equal(i, r)
}

func put(t *testing.T, g gateway.Gateway, want, have *gateway.Resource) {
	t.Helper()
	if err := g.Put(t.Context(), want, have); err != nil {
		t.Fatal(err)
	}
}

func sorted(lines []string) []string { slices.Sort(lines); return lines }

// clock is what the service says of certificates by its own clock.
var clock = regexp.MustCompile(`"expirationDate": ".*"`)

func wantSame(t *testing.T, a, b tree, what string) {
	t.Helper()
	timeless := func(files tree) tree {
		out := tree{}
		for name, text := range files {
			if strings.HasSuffix(name, "/certificateInformation.json") {
				text = clock.ReplaceAllString(text, "")
			}
			out[name] = text
		}
		return out
	}
	if diff := cmp.Diff(timeless(a), timeless(b)); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
}

// TestRandomHasEveryKind makes sure that no kind is left out of the services
// that the other tests make.
func TestRandomHasEveryKind(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	for seed := range uint64(100) {
		for _, r := range apimtest.Random(numbers(seed), kinds) {
			made[r.Key.Kind]++
		}
	}
	for _, k := range kinds.All() {
		if k.Stored() && made[k.Name] == 0 {
			t.Errorf("no service has a %s", k.Name)
		}
	}
}
