package desk

import (
	"sync"
	"time"
)

// Hourly bounds what happens within an hour, in this process's memory, by a key: a session's id, or a committee's. Safe for any goroutine; the zero one is ready.
type Hourly struct {
	mu   sync.Mutex
	hour int64          // mu
	n    map[string]int // mu
}

// Take counts one more; false, and not counted, where so many were taken.
func (h *Hourly) Take(key string, most int, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if hour := now.Unix() / 3600; hour != h.hour || h.n == nil {
		h.hour, h.n = hour, map[string]int{}
	}
	if h.n[key] >= most {
		return false
	}
	h.n[key]++
	return true
}

// Give takes one back that did not happen.
func (h *Hourly) Give(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n[key] > 0 { // else the hour has turned
		h.n[key]--
	}
}
