package clamd

import (
	"sync"
	"time"
)

// Health is how clamd does.
type Health struct {
	Files   uint64        // that were judged
	Failed  uint64        // that were not
	Last    string        // why the newest of them was not, "" for none
	Since   time.Time     // since when none was judged, zero if the newest was
	Longest time.Duration // that a file took
	Total   time.Duration // that all took
}

type health struct {
	mu sync.Mutex
	h  Health
}

func (h *health) note(took time.Duration, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.h.Failed++
		h.h.Last = err.Error()
		if h.h.Since.IsZero() {
			h.h.Since = time.Now()
		}
		return
	}
	h.h.Files++
	h.h.Since = time.Time{}
	h.h.Longest = max(h.h.Longest, took)
	h.h.Total += took
}

// Health says how clamd does.
func (c *Client) Health() Health {
	c.health.mu.Lock()
	defer c.health.mu.Unlock()
	return c.health.h
}
