package live_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"outcry/internal/kernel/live"
)

// moments has something done at one moment of a stream's life: the first time, the second time and so on that the stream comes by there.
type moments struct {
	mu    sync.Mutex
	at    string
	nth   int
	do    func() // nil once it is done
	found []string
}

func (m *moments) pass(at string) {
	m.mu.Lock()
	do := func() {}
	m.found = append(m.found, at)
	if at == m.at && m.do != nil {
		if m.nth--; m.nth == 0 {
			do, m.do = m.do, nil
		}
	}
	m.mu.Unlock()
	do()
}

// waits tells whether it was not yet done.
func (m *moments) waits() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.do != nil
}

// wire is a viewer's connection, taken over from net/http.
type wire struct {
	net.Conn
	*moments
}

func (w *wire) Write(b []byte) (int, error) {
	w.pass("before a write")
	defer w.pass("after a write")
	return w.Conn.Write(b)
}

func (w *wire) Read(b []byte) (int, error) {
	w.pass("before a read")
	defer w.pass("after a read")
	return w.Conn.Read(b)
}

func (w *wire) SetReadDeadline(t time.Time) error {
	if t.Before(time.Now()) { // it is the hub that wakes its viewer, and not the viewer's own
		return w.Conn.SetReadDeadline(t)
	}
	w.pass("before a deadline")
	defer w.pass("after a deadline")
	return w.Conn.SetReadDeadline(t)
}

// waiter is the same before it is taken over.
type waiter struct {
	*page
	wire *wire
}

func (w *waiter) SetWriteDeadline(time.Time) error { w.wire.pass("joined"); return nil }

func (w *waiter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.wire.pass("taken over")
	return w.wire, nil, nil
}

// A value that comes at whatever moment of a viewer's coming, waiting and being told is told at once, and not with the next heartbeat.
func TestNoMomentIsMissed(t *testing.T) {
	for _, tt := range []struct {
		at   string
		most int // how often a stream comes by that is told one value
	}{
		{"joined", 1}, {"taken over", 1}, {"before a write", 2}, {"after a write", 2}, {"before a deadline", 2}, {"after a deadline", 2}, {"before a read", 2}, {"after a read", 1},
	} {
		for nth := 1; nth <= tt.most; nth++ {
			t.Run(fmt.Sprintf("%s, %d", tt.at, nth), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := live.New(live.Config{Now: time.Now, MinInterval: -1})
					h.Publish("a", []byte("first"))
					begin := time.Now()
					m := &moments{at: tt.at, nth: nth, do: func() { h.Publish("a", []byte("last")) }}
					ours, theirs := net.Pipe()
					p := &page{ResponseRecorder: httptest.NewRecorder(), begin: begin}
					var mu sync.Mutex
					var said strings.Builder
					go func() {
						b := make([]byte, 1<<10)
						for {
							n, err := theirs.Read(b)
							mu.Lock()
							said.Write(b[:n])
							mu.Unlock()
							if err != nil {
								return
							}
						}
					}()
					if err := h.Serve(&waiter{p, &wire{ours, m}}, httptest.NewRequest("GET", "/", nil), "a"); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if m.waits() {
						h.Publish("a", []byte("between"))
						synctest.Wait()
					}
					if m.waits() {
						t.Fatalf("there was no such moment, but %q", m.found)
					}
					mu.Lock()
					words := said.String()
					mu.Unlock()
					if took := time.Since(begin); !strings.HasSuffix(words, count("last")) || took != 0 {
						t.Errorf("after %v the viewer has %q, want the last value, and at once", took, words)
					}
					theirs.Close()
					synctest.Wait()
					if n := h.Viewers(); n != 0 {
						t.Errorf("%d viewers are left", n)
					}
				})
			})
		}
	}
}
