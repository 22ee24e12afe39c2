package sandbox

import (
	"maps"
	"sync"
)

// Stats is what a sandbox counted.
type Stats struct {
	Requests        map[string]int `json:"requests"` // by method
	Throttled       int            `json:"throttled"`
	PeakConcurrency int            `json:"peakConcurrency"`
}

// counter counts requests as they come and go.
type counter struct {
	mu       sync.Mutex
	stats    Stats
	inFlight int
}

func (c *counter) begin(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stats.Requests == nil {
		c.stats.Requests = map[string]int{}
	}
	c.stats.Requests[method]++
	c.inFlight++
	c.stats.PeakConcurrency = max(c.stats.PeakConcurrency, c.inFlight)
}

func (c *counter) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
}

func (c *counter) throttled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Throttled++
}

func (c *counter) read() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Requests = maps.Clone(s.Requests)
	if s.Requests == nil {
		s.Requests = map[string]int{}
	}
	return s
}

func (c *counter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats = Stats{PeakConcurrency: c.inFlight}
}
