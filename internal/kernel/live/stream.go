package live

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// Event is the name under which a value reaches the page's script.
const Event = "count"

var heartbeat = []byte(": \n\n")

// Serve streams a topic to one viewer, in the form of the HTML standard's server-sent events: the current value at once, then each new one.
//
// It returns a [fault.Busy] before anything is written if there are too many viewers or the hub is closed. It returns an error, also before
// anything is written, if w can set no write deadline, since a viewer that never reads would stay for good: middleware that wraps a
// ResponseWriter must have Unwrap. Once the stream has begun, it returns nil when the viewer leaves, is too slow, or the hub closes.
//
// The name comes from a route the caller has checked.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, name string) error {
	control := http.NewResponseController(w)
	v, err := h.join(name, control)
	if err != nil {
		return err
	}
	defer h.leave(v)
	if err := control.SetWriteDeadline(h.config.Now().Add(h.config.WriteTimeout)); err != nil {
		return fmt.Errorf("live: %w", err)
	}

	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if r.ProtoMajor == 1 {
		// The deadline set here stays with the connection: no other request is to inherit it.
		head.Set("Connection", "close")
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	h.stream(w, r, v)
	return nil
}

// stream writes until somebody ends it. It holds no value of its own: the topic's state is the only copy.
func (h *Hub) stream(w http.ResponseWriter, r *http.Request, v *viewer) {
	now := v.topic.state.Load()
	// After a restart viewers come back spread over five seconds, not all at once.
	if !h.send(w, v, append(fmt.Appendf(nil, "retry: %d\n\n", 2000+rand.IntN(5000)), now.frame...)) {
		return
	}
	beat := time.NewTimer(h.config.Heartbeat)
	defer beat.Stop()
	for {
		out := heartbeat
		select {
		case <-now.wake:
			now = v.topic.state.Load()
			out = now.frame
		case <-beat.C:
		case <-r.Context().Done():
			return
		case <-h.done:
			return
		}
		if !h.send(w, v, out) {
			return
		}
		beat.Reset(h.config.Heartbeat)
	}
}

// send writes and flushes, and tells whether the viewer took it in time.
func (h *Hub) send(w http.ResponseWriter, v *viewer, b []byte) bool {
	if v.control.SetWriteDeadline(h.config.Now().Add(h.config.WriteTimeout)) != nil {
		return false
	}
	select {
	case <-h.done: // after the deadline was set, or the shorter one of Close might be lost
		return false
	default:
	}
	if _, err := w.Write(b); err != nil {
		return false
	}
	if err := v.control.Flush(); err != nil {
		h.config.Log.Debug("live: a viewer was gone or too slow")
		return false
	}
	return true
}

// frame writes a value as an event. Every kind of line break begins a new data line: the standard knows three.
func frame(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	var b bytes.Buffer
	b.WriteString("event: " + Event + "\n")
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		b.WriteString("data: ")
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}
