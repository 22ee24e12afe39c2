package forge_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/faulttest"
)

// A fake is a forge for tests whose settings are an R.
type fake[R any] interface {
	Push(branch string) string
	Set(change func(*R))
	Fail(f faulttest.Fault)
}

// A refusal is a reason for a forge not to take a proposal.
type refusal[R any] struct {
	name, token string
	set         func(*R)
	fault       faulttest.Fault
	denied      bool
	want        string // in the error
}

// testRefusals has a forge refuse, and looks at what its driver makes of it. No
// error may show the token.
func testRefusals[R any](t *testing.T, tests []refusal[R], start func(t *testing.T, token string) (forge.Forge, fake[R])) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, s := start(t, tt.token)
				s.Push("x")
				if tt.set != nil {
					s.Set(tt.set)
				}
				if tt.fault.Status != 0 {
					tt.fault.Times = 100
					s.Fail(tt.fault)
				}
				_, err := f.Propose(t.Context(), simple)
				if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, forge.ErrDenied) != tt.denied {
					t.Errorf("propose: got %v, denied = %t; want %q, denied = %t", err, errors.Is(err, forge.ErrDenied), tt.want, tt.denied)
				}
				if err != nil && (strings.Contains(err.Error(), "S3CRET") || len(tt.token) > 8 && strings.Contains(err.Error(), tt.token)) {
					t.Errorf("propose: the error shows the token: %v", err)
				}
			})
		})
	}
}

// testSettles lets requests for a new pull request find nothing for a while, by
// the ends of their paths, which the driver waits out; and those for labels for
// longer than there is time.
func testSettles[R any](t *testing.T, paths []string, labels, absent string, start func(t *testing.T) (forge.Forge, fake[R])) {
	t.Helper()
	for _, path := range paths {
		synctest.Test(t, func(t *testing.T) {
			f, s := start(t)
			s.Push("x")
			s.Fail(faulttest.Fault{Path: path, Times: 2, Status: http.StatusNotFound, Body: absent})
			p := simple
			p.Labels, p.Reviewers, p.Assignees = []string{"drift"}, []string{"rita"}, []string{"rita"}
			begin := time.Now()
			pr := mustPropose(t, f, p)
			if err := f.Comment(t.Context(), pr.Number, "plan", "x"); err != nil {
				t.Errorf("%s: comment: %v", path, err)
			}
			if len(pr.Notes) != 0 || time.Since(begin) != 3*time.Second {
				t.Errorf("%s: got notes %q after %v, want none after 3s", path, pr.Notes, time.Since(begin))
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		f, s := start(t)
		s.Push("x")
		s.Fail(faulttest.Fault{Path: labels, Times: 9, Status: http.StatusNotFound})
		p := simple
		p.Labels = []string{"drift"}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := f.Propose(ctx, p); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline while waiting: got %v, want %v", err, context.DeadlineExceeded)
		}
	})
}
