package rest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestLocksWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLocks()
		free, err := l.lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan string, 2)
		go func() {
			free, err := l.lock(t.Context(), "a")
			if err == nil {
				got <- "a"
				free()
			}
		}()
		go func() {
			free, err := l.lock(t.Context(), "b")
			if err == nil {
				got <- "b"
				free()
			}
		}()
		synctest.Wait()
		if len(got) != 1 || <-got != "b" {
			t.Fatal("another name waited, or the same name did not")
		}
		free()
		synctest.Wait()
		if len(got) != 1 {
			t.Error("the waiting call was not let in")
		}
		if len(l.held) != 0 {
			t.Errorf("%d locks are still held", len(l.held))
		}
	})
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	l := newLocks()
	free, err := l.lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.lock(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestFill(t *testing.T) {
	src := map[string]any{"credentials": map[string]any{
		"header": map[string]any{"x-key": []any{"hush"}, "x-other": []any{"old"}},
		"scheme": "Basic",
	}, "password": "hush"}
	for path, want := range map[string]map[string]any{
		"password":             {"credentials": map[string]any{"header": map[string]any{"x-other": []any{"new"}}}, "password": "hush"},
		"credentials.header.*": {"credentials": map[string]any{"header": map[string]any{"x-key": []any{"hush"}, "x-other": []any{"new"}}}},
		"credentials.absent":   {"credentials": map[string]any{"header": map[string]any{"x-other": []any{"new"}}}},
	} {
		dst := map[string]any{"credentials": map[string]any{"header": map[string]any{"x-other": []any{"new"}}}}
		fill(dst, src, nil, strings.Split(path, "."))
		if d := cmp.Diff(want, dst); d != "" {
			t.Errorf("filled at %s (-want +got):\n%s", path, d)
		}
	}
	empty := map[string]any{}
	if fill(empty, src, nil, []string{"password"}); empty["password"] != "hush" {
		t.Error("a value was not filled into an empty payload")
	}
}

func TestFillLeavesOutWhatWasTakenAway(t *testing.T) {
	authorization := map[string]any{"scheme": "Basic", "parameter": "hush"}
	header := map[string]any{"x-key": []any{"hush"}, "x-reference": []any{"{{a}}"}}
	for name, tc := range map[string]struct {
		path            string
		src, seen, want map[string]any
	}{
		"a reference": {"a", map[string]any{"a": "{{a}}"}, map[string]any{"a": "{{a}}"}, map[string]any{}},
		"an object with a secret": {"authorization.parameter", map[string]any{"authorization": authorization},
			map[string]any{"authorization": map[string]any{"scheme": "Basic"}}, map[string]any{}},
		"one of many": {"header.*", map[string]any{"header": header}, map[string]any{"header": map[string]any{"x-reference": []any{"{{a}}"}}},
			map[string]any{"header": map[string]any{"x-key": []any{"hush"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			dst := map[string]any{}
			fill(dst, tc.src, tc.seen, strings.Split(tc.path, "."))
			if d := cmp.Diff(tc.want, dst); d != "" {
				t.Errorf("filled (-want +got):\n%s", d)
			}
		})
	}
}

func TestEscape(t *testing.T) {
	for name, want := range map[string]string{
		"orders": "orders", "orders;rev=2": "orders%3Brev=2", "a/b": "a%2Fb", "a b": "a%20b", "ü": "%C3%BC", "a?b#c%": "a%3Fb%23c%25", "..": "%2E%2E", ".": "%2E",
	} {
		if got := Escape(name); got != want {
			t.Errorf("Escape(%q) is %q, want %q", name, got, want)
		}
	}
}

func TestLinkName(t *testing.T) {
	long := strings.Repeat("a", 81)
	for target, itself := range map[string]bool{"orders": true, "orders/get": false, "a:b": false, long: false} {
		got := linkName(target)
		if (got == target) != itself || len(got) > 80 || strings.ContainsAny(got, "/:") {
			t.Errorf("linkName(%q) is %q", target, got)
		}
		if got != linkName(target) {
			t.Errorf("linkName(%q) changes from call to call", target)
		}
	}
}
