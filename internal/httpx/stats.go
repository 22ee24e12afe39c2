package httpx

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Stats counts what was sent.
type Stats struct {
	// Requests is the number of requests sent per method, repeated ones included.
	Requests map[string]int
	// Throttled is how many of them the service answered with "slow down".
	Throttled int
}

// String says for example "123 GET, 4 PUT", in the order of the methods' names.
func (s Stats) String() string {
	if len(s.Requests) == 0 {
		return "none"
	}
	var parts []string
	for _, method := range slices.Sorted(maps.Keys(s.Requests)) {
		parts = append(parts, fmt.Sprintf("%d %s", s.Requests[method], method))
	}
	return strings.Join(parts, ", ")
}

// counts collects Stats from many goroutines.
type counts struct {
	mu    sync.Mutex
	stats Stats
}

func (c *counts) add(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stats.Requests == nil {
		c.stats.Requests = map[string]int{}
	}
	c.stats.Requests[method]++
}

func (c *counts) throttled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Throttled++
}

func (c *counts) snapshot() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{Requests: maps.Clone(c.stats.Requests), Throttled: c.stats.Throttled}
}
