package live

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"time"
)

// Event is the name under which a value reaches the page's script.
const Event = "count"

var heartbeat = []byte(": \n\n")

// Serve streams a topic to one viewer, in the form of the HTML standard's server-sent events: the current value at once, then each new one.
//
// It returns a [fault.Busy] before anything is written if there are too many viewers or the hub is closed. It returns an error, also before
// anything is written, if w can set no write deadline, since a viewer that never reads would stay for good: middleware that wraps a
// ResponseWriter must have Unwrap. Once the stream has begun, it returns nil: over HTTP/1.1 at once, for the hub has taken the connection over, and else when
// the viewer leaves, is too slow, or the hub closes.
//
// The name comes from a route the caller has checked.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, name string) error {
	control := http.NewResponseController(w)
	v, err := h.join(name, control)
	if err != nil {
		return err
	}
	followed := false
	defer func() {
		if !followed {
			h.leave(v)
		}
	}()
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
	now := v.topic.state.Load()
	// After a restart viewers come back spread over five seconds, not all at once.
	first := append(fmt.Appendf(nil, "retry: %d\n\n", 2000+rand.IntN(5000)), now.frame...)
	if r.ProtoMajor == 1 {
		if conn, _, err := control.Hijack(); err == nil { // else it is a test's, without a network
			h.take(v, conn)
			var whole bytes.Buffer
			whole.WriteString("HTTP/1.1 200 OK\r\n")
			head.Write(&whole)
			whole.WriteString("\r\n")
			whole.Write(first)
			if followed = h.send(conn, v, whole.Bytes()); followed {
				go h.follow(v, now)
			}
			return nil
		}
	}
	if h.send(w, v, first) {
		h.stream(w, r, v, now)
	}
	return nil
}

// stream writes until somebody ends it. It holds no value of its own: the topic's state is the only copy.
func (h *Hub) stream(w http.ResponseWriter, r *http.Request, v *viewer, now *state) {
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

// take notes that a viewer's connection is ours and no more net/http's.
func (h *Hub) take(v *viewer, conn net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v.conn, v.line = conn, conn
}

// follow is stream on a connection of our own. Of net/http's goroutines and buffers nothing is left but this one, which waits in a read: the viewer
// has nothing to say, so what ends it is that the viewer leaves, or its deadline, which is that of the next heartbeat and which stir moves into the past.
func (h *Hub) follow(v *viewer, now *state) {
	defer h.leave(v)
	said := make([]byte, 1)
	due := h.config.Now().Add(h.config.Heartbeat)
	for {
		if v.conn.SetReadDeadline(due) != nil {
			return
		}
		// Looked at after the deadline was set, or a stir before it might be lost.
		select {
		case <-h.done:
			return
		default:
		}
		out := heartbeat
		if next := v.topic.state.Load(); next != now {
			now, out = next, next.frame
		} else if h.config.Now().Before(due) {
			if _, err := v.conn.Read(said); !errors.Is(err, os.ErrDeadlineExceeded) {
				return
			}
			continue
		}
		if !h.send(v.conn, v, out) {
			return
		}
		due = h.config.Now().Add(h.config.Heartbeat)
	}
}

// send writes and flushes, and tells whether the viewer took it in time.
func (h *Hub) send(w io.Writer, v *viewer, b []byte) bool {
	if v.line.SetWriteDeadline(h.config.Now().Add(h.config.WriteTimeout)) != nil {
		return false
	}
	select {
	case <-h.done: // after the deadline was set, or the shorter one of Close might be lost
		return false
	default:
	}
	_, err := w.Write(b)
	if control, ok := v.line.(*http.ResponseController); ok && err == nil {
		err = control.Flush()
	}
	if err != nil {
		h.config.Log.Debug("live: a viewer was gone or too slow")
	}
	return err == nil
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
