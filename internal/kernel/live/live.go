// Package live tells open pages a new value as it comes: the latest of each topic, to whoever watches, as server-sent events.
//
// It is no queue. A viewer that reads slowly skips what was replaced meanwhile, gets the newest, and is dropped if it takes nothing at all;
// a topic changes at most once in an interval, and its last value is always delivered. A page that never connects is right anyway:
// its number is in the page.
package live

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"outcry/internal/kernel/fault"
)

// Config sets the limits of a hub. Only Now is needed.
type Config struct {
	Max          int              // viewers at once, each holding a connection and some 6 KiB; 0: 10,000
	Heartbeat    time.Duration    // silence after which a comment keeps proxies from hanging up; 0: 20 s
	MinInterval  time.Duration    // between two values of a topic; 0: 1 s; negative: none
	WriteTimeout time.Duration    // a viewer that takes nothing for so long is dropped; 0: 10 s
	Now          func() time.Time // the machine's clock: deadlines of connections are counted by it
	Log          *slog.Logger     // nil: silent
}

// Hub holds the latest value of each topic. It is safe for concurrent use.
type Hub struct {
	config Config
	done   chan struct{} // closed by Close
	empty  chan struct{} // closed when Close was called and the last viewer has left

	mu      sync.Mutex
	closed  bool              // mu
	topics  map[string]*topic // mu
	viewers int               // mu
}

// topic is one stream of values. Viewers read only state, without a lock.
type topic struct {
	name    string
	state   atomic.Pointer[state]
	last    []byte               // Hub.mu; the newest value, told or not; nil before the first
	told    []byte               // Hub.mu; the value in state
	resting bool                 // Hub.mu; timer runs, and nothing is told until it ends
	timer   *time.Timer          // Hub.mu
	viewers map[*viewer]struct{} // Hub.mu
}

// state is what viewers are to see. It never changes: a new value is a new state, and closing wake sends everyone to fetch it.
type state struct {
	frame []byte // the event as it goes over the wire, framed once for all viewers; empty before the first value
	wake  chan struct{}
}

// viewer is an open stream.
type viewer struct {
	topic *topic
	line  interface{ SetWriteDeadline(time.Time) error } // the connection, or what net/http lets us do with it
	conn  net.Conn                                       // Hub.mu, once it is followed; nil while it is net/http's
}

// stir has a viewer that is followed look at its topic again. The caller holds Hub.mu: nobody closes the connection meanwhile.
func (v *viewer) stir() {
	if v.conn != nil {
		_ = v.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// New makes a hub; without Config.Now it panics.
func New(c Config) *Hub {
	if c.Now == nil {
		panic("live: Config.Now is missing")
	}
	if c.Max <= 0 {
		c.Max = 10_000
	}
	if c.Heartbeat <= 0 {
		c.Heartbeat = 20 * time.Second
	}
	if c.MinInterval == 0 {
		c.MinInterval = time.Second
	}
	if c.WriteTimeout <= 0 {
		c.WriteTimeout = 10 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{
		config: c,
		done:   make(chan struct{}), empty: make(chan struct{}),
		topics: map[string]*topic{},
	}
}

// Publish gives a topic its newest value. It returns at once and keeps no part of data. The first value after a quiet interval goes out
// immediately; of those that follow within the interval only the last does, at its end. A value equal to the one told is not told again.
func (h *Hub) Publish(name string, data []byte) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return
	}
	t := h.topic(name)
	t.last = append([]byte{}, data...)
	var woken *state
	if !t.resting {
		woken = h.tell(t)
	}
	h.mu.Unlock()
	woken.rouse()
}

// Last is the newest value published, nil if there is none. It is shared and not to be changed.
func (h *Hub) Last(name string) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[name]; t != nil {
		return t.last
	}
	return nil
}

// Viewers is the number of open streams.
func (h *Hub) Viewers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.viewers
}

// Close ends all streams, so that the server can stop, and waits until they have ended or ctx has. Viewers come back by themselves,
// some seconds later. From then on Publish does nothing and Serve refuses.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.done)
		// A viewer that is stuck in a write looks at nothing else: its deadline is moved up. While mu is held none can leave, and
		// until it has left its line may be used.
		soon := h.config.Now().Add(time.Second)
		for _, t := range h.topics {
			if t.timer != nil {
				t.timer.Stop()
			}
			for v := range t.viewers {
				_ = v.line.SetWriteDeadline(soon)
				v.stir()
			}
		}
		if h.viewers == 0 {
			close(h.empty)
		}
	}
	h.mu.Unlock()
	select {
	case <-h.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// topic finds or makes a topic. The caller holds mu.
func (h *Hub) topic(name string) *topic {
	t := h.topics[name]
	if t == nil {
		t = &topic{name: name, viewers: map[*viewer]struct{}{}}
		t.state.Store(&state{wake: make(chan struct{})})
		h.topics[name] = t
	}
	return t
}

// tell puts the newest value into the state and begins the interval of rest. It returns the state whose waiters are to be roused once mu
// is free again, nil if nothing is new. The caller holds mu.
func (h *Hub) tell(t *topic) *state {
	if t.told != nil && bytes.Equal(t.told, t.last) {
		return nil
	}
	t.told = t.last
	old := t.state.Swap(&state{frame: frame(t.told), wake: make(chan struct{})})
	for v := range t.viewers {
		v.stir()
	}
	if h.config.MinInterval > 0 {
		t.resting = true
		if t.timer == nil {
			t.timer = time.AfterFunc(h.config.MinInterval, func() { h.rested(t) })
		} else {
			t.timer.Reset(h.config.MinInterval)
		}
	}
	return old
}

// rested tells what was published during the interval.
func (h *Hub) rested(t *topic) {
	h.mu.Lock()
	t.resting = false
	var woken *state
	if !h.closed {
		woken = h.tell(t)
	}
	h.mu.Unlock()
	woken.rouse()
}

func (s *state) rouse() {
	if s != nil {
		close(s.wake)
	}
}

// join counts a viewer in, or refuses it.
func (h *Hub) join(name string, control *http.ResponseController) (*viewer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.viewers >= h.config.Max {
		return nil, fault.New(fault.Busy, "fault.busy")
	}
	v := &viewer{topic: h.topic(name), line: control}
	v.topic.viewers[v] = struct{}{}
	h.viewers++
	return v, nil
}

func (h *Hub) leave(v *viewer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(v.topic.viewers, v)
	h.viewers--
	if len(v.topic.viewers) == 0 && v.topic.last == nil {
		// Whoever asks for names that don't exist leaves nothing behind.
		delete(h.topics, v.topic.name)
	}
	if h.closed && h.viewers == 0 {
		close(h.empty)
	}
	if v.conn != nil {
		v.conn.Close()
	}
}
