package httpx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

var (
	errSlow    = errors.New("no answer in time")
	errStalled = errors.New("answer stopped in the middle")
)

// causeOf returns our own reason for having ended ctx, or else err.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSlow) || errors.Is(cause, errStalled) {
		return cause
	}
	return err
}

// body is the body of one attempt: it ends the attempt when a read takes too
// long, and frees what the attempt holds at its end or when it is closed.
type body struct {
	io.ReadCloser
	ctx    context.Context // of the attempt
	cancel context.CancelCauseFunc
	idle   time.Duration
	finish func()
}

// newBody wraps rc, the body of the attempt that ctx governs.
func newBody(ctx context.Context, rc io.ReadCloser, idle time.Duration, cancel context.CancelCauseFunc, release func()) *body {
	b := &body{ReadCloser: rc, ctx: ctx, cancel: cancel, idle: idle}
	b.finish = sync.OnceFunc(func() {
		cancel(nil)
		release()
	})
	if rc == http.NoBody {
		b.finish()
	}
	return b
}

// Read reads on, for at most the idle time. The clock runs only while a read
// does: a slow reader is not the service's fault.
func (b *body) Read(p []byte) (int, error) {
	timer := time.AfterFunc(b.idle, func() { b.cancel(errStalled) })
	n, err := b.ReadCloser.Read(p)
	timer.Stop()
	if err == nil {
		return n, nil
	}
	cause := err
	if !errors.Is(err, io.EOF) {
		cause = causeOf(b.ctx, err)
	}
	b.finish()
	return n, cause
}

// Close frees the connection and the request's place in the limiter.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.finish()
	return err
}

// finalBody is the body a caller of Do gets: closing it ends the call.
type finalBody struct {
	io.ReadCloser
	finish context.CancelFunc
}

// Close closes the body and ends the call.
func (b *finalBody) Close() error {
	defer b.finish()
	return b.ReadCloser.Close()
}
