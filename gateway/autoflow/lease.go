package autoflow

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
)

// leaseTimes say how a lease is kept.
type leaseTimes struct {
	lasts time.Duration // after it was renewed
	renew time.Duration // between two renewals
	poll  time.Duration // between two looks whether another's has ended
	dead  time.Duration // since the last renewal, by whatever clock
}

// usualLease returns the times of leases. Clocks differ: whether a lease is over
// is told by watching it, but for one that is as old as no clock is wrong.
func usualLease() leaseTimes {
	return leaseTimes{lasts: 30 * time.Second, renew: 10 * time.Second, poll: time.Second, dead: 10 * time.Minute}
}

// A leaseLock is a Lease that is renewed until it is released.
type leaseLock struct {
	c    *cluster
	ref  kube.Ref
	id   string
	stop context.CancelFunc
	done chan struct{} // closed when nobody renews any more

	mu      sync.Mutex
	lease   kube.Lease // as it was last written
	renewed time.Time
	lost    error
}

// lock implements target.
func (c *cluster) lock(ctx context.Context, patience time.Duration) (lock, error) {
	l := &leaseLock{
		c: c, ref: kube.Ref{Kind: kube.LeaseKind(), Namespace: c.ref.Namespace, Name: c.ref.Name + "-lockstep"},
		id: whoAmI(c.now()) + ", " + rand.Text()[:8], done: make(chan struct{}),
	}
	wait, cancel := context.WithTimeout(ctx, max(patience, time.Nanosecond))
	defer cancel()
	var seen watched
	for {
		theirs, err := l.acquire(ctx, &seen)
		if err != nil {
			return nil, fmt.Errorf("lock %v: %w", c.ref, err)
		}
		if theirs == nil {
			break
		}
		select {
		case <-time.After(c.lease.poll):
		case <-wait.Done():
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%v is being published already, by %s, who renewed %v at %s: wait for that; if it is no more, its lease ends after %v that one waits with autoflow-lock-wait",
				c.ref, cmp.Or(theirs.HolderIdentity, "somebody"), l.ref, cmp.Or(theirs.RenewTime, "an unknown time"), c.lease.lasts)
		}
	}
	keep, stop := context.WithCancel(context.WithoutCancel(ctx)) // a run that is told to end has yet to put back what it wrote
	l.stop = stop
	go l.keep(keep)
	return l, nil
}

// watched is a lease that somebody has, and since when it has not changed.
type watched struct {
	version string
	since   time.Time
}

// acquire takes the lease if nobody has it, and returns who has it otherwise.
func (l *leaseLock) acquire(ctx context.Context, seen *watched) (*kube.LeaseSpec, error) {
	var now kube.Lease
	err := l.c.client.Get(ctx, l.ref, &now)
	switch {
	case kube.Status(err) == http.StatusNotFound:
		now = kube.Lease{Type: kube.TypeOf(l.ref.Kind), Metadata: kube.Meta{Name: l.ref.Name, Namespace: l.ref.Namespace, Labels: map[string]string{managedBy: manager}}}
	case err != nil:
		return nil, err
	case now.Spec.HolderIdentity == l.id: // the answer that said so was lost
	case now.Spec.HolderIdentity != "" && !l.over(&now, seen):
		return &now.Spec, nil
	}
	theirs := now.Spec
	now.Spec.LeaseTransitions++
	now.Spec.HolderIdentity = l.id
	now.Spec.LeaseDurationSeconds = max(1, int(l.c.lease.lasts/time.Second))
	now.Spec.AcquireTime = l.c.now().UTC().Format(kube.MicroTime)
	err = l.write(ctx, now)
	if kube.Status(err) == http.StatusConflict {
		return &theirs, nil // somebody was faster
	}
	return nil, err
}

// over reports whether a lease that somebody has was not renewed in time.
func (l *leaseLock) over(now *kube.Lease, seen *watched) bool {
	if at, err := time.Parse(kube.MicroTime, now.Spec.RenewTime); err == nil && l.c.now().Sub(at) > l.c.lease.dead {
		return true
	}
	if now.Metadata.ResourceVersion != seen.version {
		*seen = watched{version: now.Metadata.ResourceVersion, since: time.Now()}
	}
	return time.Since(seen.since) >= max(l.c.lease.lasts, time.Duration(now.Spec.LeaseDurationSeconds)*time.Second)
}

// write writes a lease that is held, as of now.
func (l *leaseLock) write(ctx context.Context, next kube.Lease) error {
	at := time.Now()
	next.Spec.RenewTime = l.c.now().UTC().Format(kube.MicroTime)
	do := l.c.client.Update
	if next.Metadata.ResourceVersion == "" {
		do = l.c.client.Create
	}
	var after kube.Lease
	if err := do(ctx, l.ref, next, &after); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lease, l.renewed = after, at
	return nil
}

// keep renews the lease until the context ends, or somebody else has it.
func (l *leaseLock) keep(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(l.c.lease.renew)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := l.renew(ctx); err != nil {
			return
		}
	}
}

var errTaken = errors.New("somebody else has it")

// renew renews the lease. An error is for good.
func (l *leaseLock) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.c.lease.lasts)
	defer cancel()
	err := l.write(ctx, l.current())
	if kube.Status(err) != http.StatusConflict {
		return nil // whatever it is, it may be over next time; held knows how long ago the last was
	}
	var now kube.Lease
	if err := l.c.client.Get(ctx, l.ref, &now); err != nil {
		return nil //nolint:nilerr // as above
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Spec.HolderIdentity != l.id {
		l.lost = errTaken
		return l.lost
	}
	l.lease = now
	return nil
}

func (l *leaseLock) current() kube.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lease
}

// held implements lock.
func (l *leaseLock) held() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.lost
	if age := time.Since(l.renewed); err == nil && age > l.c.lease.lasts {
		err = fmt.Errorf("it was not renewed for %v", age.Round(time.Second))
	}
	if err != nil {
		return fmt.Errorf("%v is lost: %w: nothing was written, publish again", l.ref, err)
	}
	return nil
}

// release implements lock. A lease that cannot be given back ends by itself.
func (l *leaseLock) release() error {
	l.stop()
	<-l.done
	ctx, cancel := context.WithTimeout(context.Background(), l.c.lease.lasts)
	defer cancel()
	err := l.giveBack(ctx)
	if kube.Status(err) == http.StatusConflict { // the last renewal got through, and its answer did not
		err = l.renew(ctx)
		if err == nil {
			err = l.giveBack(ctx)
		}
	}
	if err != nil && !errors.Is(err, errTaken) {
		l.c.warn("give back "+l.ref.String(), err)
	}
	return nil
}

func (l *leaseLock) giveBack(ctx context.Context) error {
	if l.lost != nil {
		return l.lost
	}
	free := l.current()
	free.Spec.HolderIdentity = ""
	return l.write(ctx, free)
}
