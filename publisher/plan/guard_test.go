package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

func TestCheck(t *testing.T) {
	p := mustPlan(t, list{res("api", "a"), res("release", "a/1"), res("tag", "t"), res("tag", "u")}, list{res("tag", "u")}, plan.Options{Delete: true})
	for _, tt := range []struct {
		name   string
		limits plan.Limits
		err    string
	}{
		{"no limit", plan.Limits{}, ""},
		{"just enough", plan.Limits{Deletes: 3, Percent: 75}, ""},
		{"count", plan.Limits{Deletes: 2, Percent: 10}, "plan deletes 3 of 4 resources, more than the limit of 2: "},
		{"percent", plan.Limits{Deletes: 3, Percent: 74}, "plan deletes 3 of 4 resources, more than the limit of 74%: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := p.Check(tt.limits)
			var unsafe *plan.UnsafeError
			if tt.err == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
			} else if !errors.As(err, &unsafe) || !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("got %v, want %s", err, tt.err)
			}
		})
	}
}

func TestErr(t *testing.T) {
	p := mustPlan(t, nil, list{res("backend", "a", "pool", pool("b", "c"))}, plan.Options{})
	want := "plan is not safe to apply: backend a: refers to backend b, which is neither in git nor on the gateway (and 1 more)"
	if err := p.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	p = mustPlan(t, nil, list{res("backend", "a", "pool", pool("b"))}, plan.Options{Lenient: true})
	if err := p.Err(); err != nil || p.Empty() {
		t.Errorf("got %v, want a plan with a warning", err)
	}
}
