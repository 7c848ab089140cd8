package mailproof

import (
	"sync"
	"time"
)

// pace bounds how many tests begin in an hour.
type pace struct {
	mu   sync.Mutex
	hour int64
	n    int
}

func (p *pace) take(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if hour := now.Unix() / 3600; hour != p.hour {
		p.hour, p.n = hour, 0
	}
	p.n++
	return p.n <= perHour
}
