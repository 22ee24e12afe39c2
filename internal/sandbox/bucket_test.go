package sandbox

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBucket(t *testing.T) {
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	b := NewBucket(2, 3)
	for i, step := range []struct {
		after time.Duration
		left  int
		ok    bool
		wait  time.Duration
	}{
		{0, 2, true, 0},
		{0, 1, true, 0},
		{0, 0, true, 0},
		{0, 0, false, 500 * time.Millisecond},
		{250 * time.Millisecond, 0, false, 250 * time.Millisecond},
		{250 * time.Millisecond, 0, true, 0},
		{time.Hour, 2, true, 0},
	} {
		start = start.Add(step.after)
		left, wait, ok := b.Take(start)
		if left != step.left || ok != step.ok || wait.Round(time.Millisecond) != step.wait {
			t.Errorf("step %d: got %d, %v, %v, want %d, %v, %v", i, left, wait, ok, step.left, step.wait, step.ok)
		}
	}
	var unlimited *Bucket
	if _, _, ok := unlimited.Take(start); !ok {
		t.Error("the nil bucket ran dry")
	}
}

// TestBucketNeverGivesMore: however requests come, no more pass than the burst and the
// refill allow.
func TestBucketNeverGivesMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 50).Draw(t, "rate")
		burst := rapid.IntRange(1, 20).Draw(t, "burst")
		gaps := rapid.SliceOf(rapid.IntRange(0, 500)).Draw(t, "gaps in ms")
		b := NewBucket(rate, burst)
		start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		now, passed := start, 0
		for _, gap := range gaps {
			now = now.Add(time.Duration(gap) * time.Millisecond)
			if _, _, ok := b.Take(now); ok {
				passed++
			}
		}
		if most := float64(burst) + now.Sub(start).Seconds()*rate + 1e-6; float64(passed) > most {
			t.Errorf("%d passed, at most %f should", passed, most)
		}
	})
}
