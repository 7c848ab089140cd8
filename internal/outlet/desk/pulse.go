package desk

import (
	"sync"
	"time"
)

// pulse bounds how many forms one session sends within an hour, so that whoever took a cookie fills no disk and slows no page. It is counted by the session: its owner
// signs in anew.
type pulse struct {
	mu   sync.Mutex
	hour int64          // mu
	n    map[string]int // mu; by the session's id
}

// pulseMost is more than anybody comes to whose pages save by themselves: those ask once a second at the most, while somebody types.
const pulseMost = 6000

// beat counts a form; false if it is one too many.
func (p *pulse) beat(session string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if hour := now.Unix() / 3600; hour != p.hour || p.n == nil {
		p.hour, p.n = hour, map[string]int{}
	}
	p.n[session]++
	return p.n[session] <= pulseMost
}
