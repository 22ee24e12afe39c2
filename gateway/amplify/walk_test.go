package amplify_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

func TestRequestsOfAWalk(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	for i := range 12 {
		e := env(fmt.Sprint("env-", i))
		b.put(e, obj{"spec": obj{}}, nil)
		b.put(e.Child("Environment APIService", "orders"), obj{"spec": obj{}}, nil)
		b.put(e.Child("Environment Secret", "s"), obj{"spec": obj{"data": obj{"k": "v"}}}, nil)
	}
	b.put(gateway.NewKey("Integration", "i"), obj{"spec": obj{}}, nil)
	b.put(gateway.NewKey("Integration", "i").Child("Integration Secret", "s"), obj{"spec": obj{"data": obj{"k": "v"}}}, nil)
	b.since()
	got := b.walk()
	if len(got) != 12*3+2 {
		t.Errorf("read %d resources, want 38", len(got))
	}
	asked := b.since()
	// One for the teams, and one for each of the 80 kinds, however many scopes there are.
	if len(asked) != 81 {
		t.Errorf("made %d requests, want 81:\n%s", len(asked), strings.Join(asked, "\n"))
	}
}

// TestNobodyAsksForKindsThatAreLeftOut has an account that may not read some
// kinds do the rest.
func TestNobodyAsksForKindsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{})
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	b.put(env("dev").Child("Environment APIService", "orders"), obj{"spec": obj{}}, nil)
	b.refuse = func(_, path string) int {
		if strings.HasSuffix(path, "/webhooks") {
			return 403
		}
		return 0
	}
	b.since()
	read := 0
	for _, err := range gateway.Walk(t.Context(), b, gateway.WalkOptions{Never: func(kind string) bool { return strings.HasSuffix(kind, " Webhook") }}) {
		if err != nil {
			t.Fatal(err)
		}
		read++
	}
	// Webhooks are two kinds: those of management, and those of catalog.
	if asked := b.since(); read != 2 || len(asked) != 79 {
		t.Errorf("read %d with %d requests, want 2 with 79:\n%s", read, len(asked), strings.Join(asked, "\n"))
	}
	for _, err := range gateway.Walk(t.Context(), b, gateway.WalkOptions{}) {
		if err != nil && (!errors.Is(err, gateway.ErrDenied) || !strings.Contains(err.Error(), "--exclude")) {
			t.Errorf("walk with what is refused: %v, want that it is denied, and how to go on", err)
		}
	}
}

func TestServersThatLackAKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		lacks  string // end of the paths that are refused
		status int
		read   int
		unread int
		asked  int // more than of a server that has it all
	}{
		{"no such scoped kind", "/apiservices", 404, 3, 3, 2},
		{"no such kind", "/mcpclients", 404, 6, 1, 0},
		{"no list over all scopes", "/v1/apiservices", 404, 6, 0, 3},
		{"such a list is not allowed", "/v1/apiservices", 405, 6, 0, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, sandbox.Options{}, amplify.Options{})
			for _, name := range []string{"a", "b", "c"} {
				b.put(env(name), obj{"spec": obj{}}, nil)
				b.put(env(name).Child("Environment APIService", "orders"), obj{"spec": obj{}}, nil)
			}
			b.refuse = func(method, path string) int {
				if method == "GET" && strings.HasSuffix(path, tt.lacks) {
					return tt.status
				}
				return 0
			}
			b.since()
			read, unread := 0, 0
			for _, err := range gateway.Walk(t.Context(), b, gateway.WalkOptions{Note: func(n gateway.Note) {
				if errors.Is(n.Err, gateway.ErrUnsupported) {
					unread++
				}
			}}) {
				if err != nil {
					t.Fatal(err)
				}
				read++
			}
			if asked := len(b.since()) - 81; read != tt.read || unread != tt.unread || asked != tt.asked {
				t.Errorf("read %d, not read %d, with %d requests more; want %d, %d, %d", read, unread, asked, tt.read, tt.unread, tt.asked)
			}
		})
	}
}

func TestQueriesGoToTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{Queries: map[string]string{"APIService": `tags==public,title=="Two, three"`}})
	b.put(env("dev"), obj{"spec": obj{}}, nil)
	for name, spec := range map[string]obj{"one": {"tags": []any{"public"}}, "two": {"title": "Two, three"}, "other": {}} {
		spec["spec"] = obj{}
		b.put(env("dev").Child("Environment APIService", name), spec, nil)
	}
	got := slices.Sorted(maps.Keys(b.walk()))
	want := []string{"Environment APIService dev/one", "Environment APIService dev/two", "Environment dev"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// TestNothingIsGoneThatAListLeavesOut has what somebody holds asked for by
// name, in a scope or in none, before it counts as gone.
func TestNothingIsGoneThatAListLeavesOut(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.Options{}, amplify.Options{Queries: map[string]string{"Environment": "name==none", "Product": "name==none"}})
	service := env("dev").Child("Environment APIService", "orders")
	product := gateway.NewKey("Product", "orders")
	for _, key := range []gateway.Key{env("dev"), service, product} {
		b.put(key, obj{"spec": obj{}}, nil)
	}
	held := []gateway.Key{env("dev"), env("lost"), service, product}
	var read []string
	for r, err := range gateway.Walk(t.Context(), b, gateway.WalkOptions{Known: func(kind string, owner gateway.Key) []gateway.Key {
		return slices.DeleteFunc(slices.Clone(held), func(k gateway.Key) bool {
			return k.Kind != kind || b.Describe().Kinds.Parent(k) != owner
		})
	}}) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, r.Key.String())
	}
	slices.Sort(read)
	if diff := cmp.Diff([]string{service.String(), env("dev").String(), product.String()}, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}
