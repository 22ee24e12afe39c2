package httpx

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Class groups requests that draw on the same budget of a service.
type Class int

const (
	// Reads is GET, HEAD and OPTIONS.
	Reads Class = iota
	// Writes is everything that is neither Reads nor Deletes.
	Writes
	// Deletes is DELETE.
	Deletes
)

// ClassOf returns the class of requests with the given method.
func ClassOf(method string) Class {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return Reads
	case http.MethodDelete:
		return Deletes
	}
	return Writes
}

// limiter holds a lane per host and class, so that a throttled write delays
// neither reads nor another host.
type limiter struct {
	parallel map[Class]int
	low      int

	mu    sync.Mutex
	lanes map[laneKey]*lane
}

type laneKey struct {
	host  string
	class Class
}

func newLimiter(parallel map[Class]int, low int) *limiter {
	all := map[Class]int{Reads: 20, Writes: 8, Deletes: 8}
	for class, n := range parallel {
		if n > 0 {
			all[class] = n
		}
	}
	return &limiter{parallel: all, low: low, lanes: map[laneKey]*lane{}}
}

// lane returns the lane of a host and class, made on first use.
func (l *limiter) lane(host string, class Class) *lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := laneKey{host, class}
	if l.lanes[key] == nil {
		l.lanes[key] = &lane{class: class, most: float64(l.parallel[class]), limit: float64(l.parallel[class]), low: l.low}
	}
	return l.lanes[key]
}

// slowest is the time between two starts when the service says that no
// request is left.
const slowest = time.Second

// lane lets requests through: at most limit at once, none before the gate
// opens, and one per pace while the remaining budget is low.
//
// limit adapts as TCP's window does: it halves when the service throttles, and
// grows by about one per round of successes.
type lane struct {
	class Class
	most  float64
	low   int

	mu    sync.Mutex
	limit float64
	busy  int
	queue []chan struct{} // first come, first served
	epoch int             // grows with each cut of limit
	gate  time.Time       // closed until then
	pace  time.Duration
	next  time.Time // earliest start by pace
}

// permit is one running request's place in its lane.
type permit struct {
	lane  *lane
	epoch int // of the lane, when the request started
	once  sync.Once
}

// acquire waits for a place and for the gate, or until ctx ends.
func (l *lane) acquire(ctx context.Context) (*permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.enter(ctx); err != nil {
		return nil, err
	}
	epoch, err := l.pass(ctx)
	if err != nil {
		l.leave()
		return nil, err
	}
	return &permit{lane: l, epoch: epoch}, nil
}

// enter takes a place, after those who came before.
func (l *lane) enter(ctx context.Context) error {
	ready := make(chan struct{})
	l.mu.Lock()
	l.queue = append(l.queue, ready)
	l.admit()
	l.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.queue, ready); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	} else { // the place came at the same moment
		l.busy--
		l.admit()
	}
	return ctx.Err()
}

// admit gives free places to those who wait. The caller holds the lock.
func (l *lane) admit() {
	for len(l.queue) > 0 && l.busy < int(l.limit) {
		close(l.queue[0])
		l.queue = l.queue[1:]
		l.busy++
	}
}

// leave gives a place back.
func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy--
	l.admit()
}

// pass waits until the gate is open and it is this request's turn by pace. It
// holds its place meanwhile: nobody else of the lane could start either.
func (l *lane) pass(ctx context.Context) (epoch int, err error) {
	for {
		l.mu.Lock()
		now, open := time.Now(), l.gate
		if l.next.After(open) {
			open = l.next
		}
		if !open.After(now) {
			l.next = now.Add(l.pace)
			epoch = l.epoch
			l.mu.Unlock()
			return epoch, nil
		}
		l.mu.Unlock()
		if err := sleep(ctx, open.Sub(now)); err != nil {
			return 0, err
		}
	}
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// release gives the place back; only the first call counts.
func (p *permit) release() { p.once.Do(p.lane.leave) }

// throttle closes the lane's gate for the given time and halves its limit.
// Requests that ran at the same time are throttled together, which counts as
// one cut.
func (p *permit) throttle(pause time.Duration) {
	l := p.lane
	l.mu.Lock()
	defer l.mu.Unlock()
	if open := time.Now().Add(pause); open.After(l.gate) {
		l.gate = open
	}
	if p.epoch == l.epoch {
		l.limit = max(1, l.limit/2)
		l.epoch++
	}
}

// observe learns from an answer: a success widens the lane, and the remaining
// budget, if the service tells it, sets the pace.
func (p *permit) observe(status int, remaining string) {
	l := p.lane
	l.mu.Lock()
	defer l.mu.Unlock()
	if status < http.StatusBadRequest {
		l.limit = min(l.most, l.limit+1/l.limit)
		l.admit()
	}
	left, err := strconv.Atoi(remaining)
	switch {
	case err != nil:
		l.pace /= 2 // it told before and does not now: forget by and by
	case left < l.low:
		l.pace = slowest * time.Duration(l.low-max(0, left)) / time.Duration(l.low)
	default:
		l.pace = 0
	}
}
