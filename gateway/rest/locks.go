package rest

import (
	"context"
	"sync"
)

// locks are mutexes by name whose waiting a context can end.
type locks struct {
	mu   sync.Mutex
	held map[string]chan struct{} // closed when the holder is done
}

func newLocks() *locks { return &locks{held: map[string]chan struct{}{}} }

func (l *locks) lock(ctx context.Context, name string) (func(), error) {
	if name == "" {
		return func() {}, nil
	}
	for {
		l.mu.Lock()
		wait, busy := l.held[name]
		if !busy {
			l.held[name] = make(chan struct{})
			l.mu.Unlock()
			return func() { l.unlock(name) }, nil
		}
		l.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (l *locks) unlock(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.held[name])
	delete(l.held, name)
}
