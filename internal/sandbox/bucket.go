package sandbox

import (
	"sync"
	"time"
)

// Bucket is a token bucket: it holds up to a burst of tokens and refills at a rate.
// The nil Bucket never runs dry.
type Bucket struct {
	mu     sync.Mutex
	rate   float64 // tokens a second
	burst  float64
	tokens float64
	last   time.Time
}

// NewBucket makes a full bucket. A rate of 0 gives nil: no limit. A burst below one
// token becomes the rate, or 1.
func NewBucket(rate float64, burst int) *Bucket {
	if rate <= 0 {
		return nil
	}
	size := float64(burst)
	if size < 1 {
		size = max(rate, 1)
	}
	return &Bucket{rate: rate, burst: size, tokens: size}
}

// Take takes a token, and says how many are left. When there is none it says how
// long it takes until there is one.
func (b *Bucket) Take(now time.Time) (left int, wait time.Duration, ok bool) {
	if b == nil {
		return 0, 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.last.IsZero() {
		b.tokens = min(b.burst, b.tokens+max(now.Sub(b.last), 0).Seconds()*b.rate)
	}
	b.last = now
	if b.tokens < 1 {
		return 0, time.Duration((1 - b.tokens) / b.rate * float64(time.Second)), false
	}
	b.tokens--
	return int(b.tokens), 0, true
}
