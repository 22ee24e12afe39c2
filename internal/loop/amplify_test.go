package loop

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
	emulator "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
	"github.com/lockstep-apiops/lockstep/publisher"
)

// TestRoundTripAmplify is TestRoundTrip for organizations of Amplify: extract,
// publish and extract again give the same tree, in an organization in which
// teams and lists have other ids, too.
func TestRoundTripAmplify(t *testing.T) {
	for seed := range seeds(t, 8) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			one := openOrganization(t, "a1=Orders", "a2=Partners")
			two := openOrganization(t, "b2=Partners", "b1=Orders")
			roundTripAmplify(t, numbers(seed), one, two)
		})
	}
}

func roundTripAmplify(t *testing.T, rng *rand.Rand, one, two gateway.Gateway) {
	t.Helper()
	made := organization(rng, one.Describe().Kinds)
	if len(made) == 0 {
		return
	}
	publish(t, one, list(made), false)
	wantInSync(t, one, list(made), "after the organization was made")

	first, _ := extract(t, one, nil)
	for path, text := range first {
		if strings.Contains(text, "hush") {
			t.Errorf("%s holds a secret", path)
		}
	}
	wantInSync(t, one, plain(t, one, first), "after it was extracted")
	again, _ := extract(t, one, first)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("a second extract changes the tree (-first +second):\n%s", diff)
	}

	publish(t, two, told(t, two, first, made), true)
	wantInSync(t, two, plain(t, two, first), "after another organization was made of the tree")
	second, _ := extract(t, two, nil)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("another organization gives another tree (-first +second):\n%s", diff)
	}

	want := tamperAmplify(t, rng, one, made)
	changed, result := extract(t, one, first)
	var got []string
	for _, c := range result.Changes {
		got = append(got, string(c.Op)+" "+c.Key.String())
	}
	if diff := cmp.Diff(want, sorted(got)); diff != "" {
		t.Errorf("the extract tells other changes than were made (-made +told):\n%s", diff)
	}
	wantInSync(t, one, plain(t, one, changed), "after what was changed was extracted")

	publish(t, one, told(t, one, first, made), true)
	undone, _ := extract(t, one, first)
	if diff := cmp.Diff(first, undone); diff != "" {
		t.Errorf("publishing the tree did not undo the changes (-tree +organization):\n%s", diff)
	}
}

// tamperAmplify changes an organization behind git's back, and returns what an
// extract should tell of it.
func tamperAmplify(t *testing.T, rng *rand.Rand, g gateway.Gateway, made []*gateway.Resource) []string {
	t.Helper()
	kinds := g.Describe().Kinds
	hand := gateway.NewKey("Stage", "made-by-hand")
	put(t, g, &gateway.Resource{Key: hand, Spec: map[string]any{"title": "By hand"}}, nil)
	changes := []string{string(extractor.Added) + " " + hand.String()}
	needed := map[gateway.Key]bool{}
	for _, r := range made {
		for _, key := range kinds.References(r) {
			needed[key] = true
		}
	}
	for _, i := range rng.Perm(len(made))[:min(5, len(made))] {
		r := made[i]
		have, err := g.Get(t.Context(), r.Key)
		if err != nil {
			t.Fatal(err)
		}
		if !needed[r.Key] && kinds.Get(r.Key.Kind).Row != "AccessControlList" && rng.IntN(2) == 0 {
			if err := g.Delete(t.Context(), have); err != nil {
				t.Fatal(err)
			}
			changes = append(changes, string(extractor.Removed)+" "+r.Key.String())
			continue
		}
		other, _ := gateway.Clone(r.Spec).(map[string]any)
		gateway.SetField(other, "spec.description", "By hand")
		gateway.SetField(other, "x-hand.note", "By hand")
		delete(other, "x-team")
		delete(other, "languages-fr-fr")
		put(t, g, &gateway.Resource{Key: r.Key, Spec: other, Files: r.Files}, have)
		changes = append(changes, string(extractor.Changed)+" "+r.Key.String())
	}
	return sorted(changes)
}

// told is a tree as the publisher reads it, in which the values of secrets are
// those of known, as a configuration would give them.
func told(t *testing.T, g gateway.Gateway, files tree, known []*gateway.Resource) publisher.Source {
	t.Helper()
	kinds := g.Describe().Kinds
	rs, _, err := artifacts.Decode(kinds, files.fs())
	if err != nil {
		t.Fatalf("read tree: %v", err)
	}
	values := map[gateway.Key]*gateway.Resource{}
	for _, r := range known {
		values[kinds.Fold(r.Key)] = r
	}
	for _, r := range rs {
		if k := values[kinds.Fold(r.Key)]; k != nil {
			for _, s := range kinds.Get(r.Key.Kind).Secret {
				if s.Each != nil {
					r.Spec, _ = filled(r.Spec, k.Spec).(map[string]any)
					continue
				}
				field := strings.TrimSuffix(s.Field, ".*")
				field, _, _ = strings.Cut(field, "[]")
				gateway.SetField(r.Spec, field, gateway.Field(k.Spec, field))
			}
		}
	}
	return list(rs)
}

// filled returns v with what it leaves out from the same place of known.
func filled(v, known any) any {
	switch v := v.(type) {
	case string:
		if v == "(secret)" {
			return known
		}
	case map[string]any:
		k, _ := known.(map[string]any)
		for name := range v {
			v[name] = filled(v[name], k[name])
		}
	case []any:
		k, _ := known.([]any)
		for i := range min(len(v), len(k)) {
			v[i] = filled(v[i], k[i])
		}
	}
	return v
}

// inProcess makes requests of a server without a network.
type inProcess struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, req)
	return rec.Result(), req.Context().Err()
}

// openOrganization opens an empty organization that has these teams.
func openOrganization(t *testing.T, teams ...string) gateway.Gateway {
	t.Helper()
	server, err := emulator.New(emulator.Options{Anonymous: true, Teams: teams})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return gatewayTo(t, server, amplify.Options{Instance: "acme"})
}

// gatewayTo opens a gateway to an emulated organization.
func gatewayTo(t *testing.T, server http.Handler, o amplify.Options) gateway.Gateway {
	t.Helper()
	address := &url.URL{Scheme: "http", Host: "central.test"}
	client, err := central.New(central.Options{HTTP: httpx.New(httpx.Options{Transport: inProcess{server}}), Base: address, Platform: address})
	if err != nil {
		t.Fatal(err)
	}
	o.Client = client
	g, err := amplify.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestOrganizationsHaveEveryKind makes sure that no kind is left out of the
// organizations that the test above makes.
func TestOrganizationsHaveEveryKind(t *testing.T) {
	kinds, err := amplify.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	for seed := range uint64(60) {
		for _, r := range organization(numbers(seed), kinds) {
			made[r.Key.Kind]++
		}
	}
	for _, k := range kinds.All() {
		if k.Stored() && made[k.Name] == 0 {
			t.Errorf("no organization has a %s", k.Name)
		}
	}
}
