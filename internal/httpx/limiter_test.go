package httpx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// service is a transport that takes a second per request and keeps the most
// that ran at once, per class.
type service struct {
	mu     sync.Mutex
	busy   map[Class]int
	most   map[Class]int
	starts []time.Duration
	start  time.Time
	answer func(n int, req *http.Request) step // n counts from 1
}

func newService(answer func(int, *http.Request) step) *service {
	return &service{busy: map[Class]int{}, most: map[Class]int{}, start: time.Now(), answer: answer}
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	class := ClassOf(req.Method)
	s.mu.Lock()
	s.busy[class]++
	s.most[class] = max(s.most[class], s.busy[class])
	s.starts = append(s.starts, time.Since(s.start))
	n := len(s.starts)
	s.mu.Unlock()
	time.Sleep(time.Second)
	s.mu.Lock()
	s.busy[class]--
	s.mu.Unlock()
	return s.answer(n, req).response(), nil
}

// all sends n requests at once and waits for them.
func all(t *testing.T, c *Client, method string, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			resp, err := c.Read(request(t, method, ""), 0)
			if err != nil || resp.Status != 200 {
				t.Errorf("%s: got %+v, %v, want 200", method, resp, err)
			}
		})
	}
	wg.Wait()
}

func TestLimiterBoundsEachClass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(func(int, *http.Request) step { return step{status: 200} })
		c := client(s, func(o *Options) { o.Parallel = map[Class]int{Reads: 5, Writes: 3} })
		var wg sync.WaitGroup
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			wg.Go(func() { all(t, c, method, 30) })
		}
		wg.Wait()
		if diff := cmp.Diff(map[Class]int{Reads: 5, Writes: 3, Deletes: 8}, s.most); diff != "" {
			t.Errorf("most at once (-want +got):\n%s", diff)
		}
		if took := time.Since(s.start); took != 10*time.Second {
			t.Errorf("took %s, want 10s: 30 writes, 3 at a time", took)
		}
	})
}

func TestUnreadAnswerKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(newScript(step{status: 200, body: "x"}), func(o *Options) { o.Parallel = map[Class]int{Reads: 1} })
		first, err := c.Do(request(t, "GET", ""))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Do(request(t, "GET", "").WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v while the first answer is open, want to wait until the deadline", err)
		}
		if err := first.Body.Close(); err != nil {
			t.Fatal(err)
		}
		all(t, c, "GET", 1)
	})
}

func TestThrottlePausesItsClassOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(func(n int, _ *http.Request) step {
			if n == 1 {
				return step{status: 429, header: after("30")}
			}
			return step{status: 200}
		})
		c := client(s)
		var wg sync.WaitGroup
		wg.Go(func() { all(t, c, "PUT", 1) })
		time.Sleep(2 * time.Second)
		all(t, c, "GET", 1)
		if got := time.Since(s.start); got != 3*time.Second {
			t.Errorf("read ended after %s, want 3s: not held up by the write", got)
		}
		all(t, c, "PUT", 1)
		wg.Wait()
		if diff := cmp.Diff([]time.Duration{0, 2 * time.Second, 31 * time.Second, 31 * time.Second}, s.starts); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}

func TestLimitAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var throttle atomic.Bool
		throttle.Store(true)
		s := newService(func(int, *http.Request) step {
			if throttle.Load() {
				return step{status: 429, header: after("5")}
			}
			return step{status: 200}
		})
		c := client(s, func(o *Options) { o.Parallel = map[Class]int{Reads: 8} })
		lane := c.shared.limiter.lane("gateway.test", Reads)
		limit := func() float64 {
			lane.mu.Lock()
			defer lane.mu.Unlock()
			return lane.limit
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			all(t, c, "GET", 8)
		}()
		for _, want := range []float64{4, 2, 1, 1} { // 8 throttled at once are one cut
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if got := limit(); got > want {
				t.Errorf("after %s: got limit %g, want at most %g", time.Since(s.start), got, want)
			}
			time.Sleep(4 * time.Second)
		}
		throttle.Store(false)
		<-done
		all(t, c, "GET", 60)
		if got := limit(); got != 8 {
			t.Errorf("after 60 successes: got limit %g, want 8 again", got)
		}
		if got := c.Stats().Requests["GET"]; got < 68 {
			t.Errorf("got %d requests, want all 68 and the throttled ones", got)
		}
	})
}

func TestPaceFollowsRemaining(t *testing.T) {
	tests := []struct {
		name      string
		remaining []string // per answer; empty: no header
		want      []time.Duration
	}{
		{"plenty", []string{"11999", "50", "50"}, []time.Duration{0, 1000, 2000}},
		{"no header", []string{"", "", ""}, []time.Duration{0, 1000, 2000}},
		{"nothing left", []string{"0", "0", "0"}, []time.Duration{0, 1000, 2000}},
		{"low", []string{"25", "25", "0", "0"}, []time.Duration{0, 1000, 2000, 3000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newService(func(n int, _ *http.Request) step {
					h := http.Header{}
					if v := tt.remaining[n-1]; v != "" {
						h.Set("X-Left", v)
					}
					return step{status: 200, header: h}
				})
				c := client(s, func(o *Options) { o.Remaining = map[Class]string{Reads: "x-left"} })
				for range tt.remaining {
					all(t, c, "GET", 1)
				}
				var got []time.Duration
				for _, at := range s.starts {
					got = append(got, at/time.Millisecond)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("starts in ms (-want +got):\n%s", diff)
				}
			})
		})
	}
	t.Run("many at once are spread", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			left := 10
			s := newService(func(int, *http.Request) step {
				return step{status: 200, header: http.Header{"X-Left": {strconv.Itoa(left)}}}
			})
			c := client(s, func(o *Options) { o.Remaining = map[Class]string{Writes: "x-left"} })
			all(t, c, "PUT", 1)
			all(t, c, "PUT", 4)
			left = 1000
			all(t, c, "PUT", 1)
			all(t, c, "PUT", 2)
			want := []time.Duration{0, 1000, 1800, 2600, 3400, 4400, 5400, 5400} // 0.8 s apart: 10 of 50 left
			var got []time.Duration
			for _, at := range s.starts {
				got = append(got, at/time.Millisecond)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("starts in ms (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("forgotten when no longer told", func(t *testing.T) {
		l := newLimiter(nil, 50).lane("h", Reads)
		p := &permit{lane: l}
		p.observe(200, "0")
		for range 40 {
			p.observe(200, "")
		}
		if l.pace != 0 {
			t.Errorf("got pace %s, want none", l.pace)
		}
	})
}

func TestWaitingEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(map[Class]int{Reads: 1}, 50).lane("h", Reads)
		held, err := l.acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in the queue: got %v, want the deadline", err)
		}
		held.throttle(time.Minute)
		held.release()
		held.release() // only the first counts
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at the gate: got %v, want the deadline", err)
		}
		if l.busy != 0 || len(l.queue) != 0 {
			t.Errorf("got %d busy and %d queued, want none", l.busy, len(l.queue))
		}
		start := time.Now()
		p, err := l.acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer p.release()
		if took := time.Since(start); took != 59*time.Second {
			t.Errorf("gate opened after %s, want 59s", took)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, v := range []string{"", "0", "120", "-1", "1e9", "99999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT", "x"} {
		f.Add(v)
	}
	s := New(Options{Transport: trip(nil)}).shared
	f.Fuzz(func(t *testing.T, value string) {
		got := s.wait(3, http.Header{"Retry-After": {value}})
		if got <= 0 || got > s.RetryAfterMax+time.Second {
			t.Errorf("Retry-After %q: got wait %s", value, got)
		}
	})
}

func TestPeekRestores(t *testing.T) {
	long := strings.Repeat("x", peekSize+10)
	resp := step{status: 500, body: long, cut: true}.response()
	if got := peek(resp); len(got) != peekSize {
		t.Errorf("got %d bytes, want %d", len(got), peekSize)
	}
	got, err := io.ReadAll(resp.Body)
	if len(got) != len(long) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d bytes and %v, want %d and the read error", len(got), err, len(long))
	}
}
