package plan_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a plan that has some of everything.
func sample(t testing.TB) *plan.Plan {
	t.Helper()
	live := res("tag", "busy", "x", 3)
	live.ETag = "42"
	p := mustPlan(t,
		list{
			live, res("api", "old", "path", "p"), res("release", "old/1"), withSpec(res("api", "a", "on", false), "one\ntwo\n"),
			res("tag", "changed", "x", 2), res("named value", "n", "secret", true, "value", "hunter2", "displayName", "n"),
		},
		list{
			res("tag", "busy", "x", 4, "nested", map[string]any{"y": true, "z": nil}), res("api", "new", "path", "p"),
			withSpec(res("api", "a", "on", true), "one\n2\n"), res("backend", "b", "pool", pool("missing")),
			res("tag", "changed", "x", 5), res("named value", "n", "secret", true, "value", "hunter3", "displayName", "m"),
		},
		plan.Options{Delete: true, Incremental: &plan.Incremental{Base: list{
			res("tag", "busy", "x", 3), res("tag", "changed", "x", 1), withSpec(res("api", "a", "on", false), "one\ntwo\n"),
			res("api", "old", "path", "p"), res("release", "old/1"), res("named value", "n", "secret", true, "displayName", "n"),
		}}},
	)
	p.Source = plan.Source{Repo: "https://git.example/team/apis", Commit: "c0ffee", Since: "beef", Digest: "sha256:1"}
	p.Target = plan.Target{Product: "memory", Instance: "test"}
	p.Unread = true
	return p
}

func TestJSONGolden(t *testing.T) {
	got, err := sample(t).JSON()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("testdata", "plan.json")
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	if strings.Contains(string(got), "hunter") {
		t.Error("the plan holds a secret")
	}
}

func TestLoadGivesBackAllButPayloads(t *testing.T) {
	p := sample(t)
	text, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := plan.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got, cmp.Comparer(func(a, b gateway.Key) bool { return a == b }), cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(plan.Action{}, "Have", "Want"), cmpopts.IgnoreFields(plan.Plan{}, "Loaded")); diff != "" {
		t.Errorf("loaded plan (-want +got):\n%s", diff)
	}
	if !got.Loaded || got.Actions[0].Want != nil {
		t.Error("the plan does not say that it was loaded")
	}
	again, err := got.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	text, err := sample(t).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, err string }{
		{"newer version", plan.Format, "lockstep/plan/v2", "it is of version v2, this program reads lockstep/plan/v1: plan and apply with the same version"},
		{"other format", plan.Format, "else", `it is not a plan: its format is "else", not "lockstep/plan/v1"`},
		{"unknown field", `"source"`, `"sauce"`, `unknown field "sauce"`},
		{"unknown op", `"op": "create"`, `"op": "crate"`, `unknown op "crate"`},
		{"unknown stage", `"stage": "creator"`, `"stage": "curator"`, `unknown stage "curator"`},
		{"broken order", `"depends": [
        0
      ]`, `"depends": [9]`, "depends on 9, which does not come before"},
		{"no wanted state", `"want": "sha256:`, `"note": "`, "digest of the wanted state does not fit"},
		{"cut off", "\n}\n", "", "unexpected end of JSON input"},
		{"no key", `"names": [
          "b"
        ]`, `"names": []`, "no key"},
		{"more", "\n}\n", "\n} {}\n", "invalid character '{' after top-level value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := strings.Replace(string(text), tt.old, tt.new, 1)
			if changed == string(text) {
				t.Fatalf("the plan does not hold %s", tt.old)
			}
			_, err := plan.Load([]byte(changed))
			if err == nil || !strings.HasPrefix(err.Error(), "load plan: ") || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, want load plan: … %s", err, tt.err)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	text, err := sample(f).JSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":"lockstep/plan/v1","actions":[{"op":"delete","stage":"terminator","key":{"kind":"a","names":["b"]}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := plan.Load(text)
		if err != nil {
			return
		}
		once, err := p.JSON()
		if err != nil {
			t.Fatal(err)
		}
		q, err := plan.Load(once)
		if err != nil {
			t.Fatalf("what was loaded and written cannot be loaded: %v", err)
		}
		twice, err := q.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(once), string(twice)); diff != "" {
			t.Errorf("written twice (-first +second):\n%s", diff)
		}
	})
}

func TestDigest(t *testing.T) {
	ks := testKinds(t)
	a := withSpec(res("api", "a", "x", 1), "spec")
	for _, tt := range []struct {
		name string
		a, b *gateway.Resource
		same bool
	}{
		{"equal", a, withSpec(res("api", "A", "x", 1.0, "empty", ""), "spec"), true},
		{"payload", a, withSpec(res("api", "a", "x", 2), "spec"), false},
		{"file", a, withSpec(res("api", "a", "x", 1), "other"), false},
		{"secret", res("named value", "n", "secret", true, "value", "a"), res("named value", "n", "secret", true, "value", "b"), true},
		{"no secret", res("named value", "n", "value", "a"), res("named value", "n", "value", "b"), false},
		{"loose field", res("settings", "s", "note", "a"), res("settings", "s"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ks.Digest(tt.a) == ks.Digest(tt.b); got != tt.same {
				t.Errorf("got same %t, want %t", got, tt.same)
			}
		})
	}
	if got := ks.Digest(nil); got != "" {
		t.Errorf("digest of nothing is %q, want none", got)
	}
}
