package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"outcry/internal/kernel/fault"
)

// house is a site whose slow handlers wait until they are let go.
type house struct {
	http.Handler
	mux   *Mux
	log   bytes.Buffer
	slow  chan struct{}
	inAll atomic.Int64 // in a slow handler
	did   atomic.Int64 // went on after it
}

func newHouse(t *testing.T) *house {
	h := &house{slow: make(chan struct{})}
	h.mux = &Mux{Log: slog.New(slog.NewTextHandler(&h.log, nil))}
	h.Handler = shield(t, h.mux)
	cache := NewCache(1 << 20)
	wait := func(_ http.ResponseWriter, r *http.Request) error {
		h.inAll.Add(1)
		select {
		case <-h.slow:
			h.did.Add(1)
			return nil
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	page := func(name string) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			return cache.Serve(w, r, "t", r.URL.Path, func(out io.Writer) error {
				_, err := io.WriteString(out, name)
				return err
			})
		}
	}
	h.mux.Handle("POST /sign", wait)
	h.mux.Handle("GET /slow", wait)
	h.mux.Handle("GET /kept", page("kept"))
	h.mux.Handle("GET /other", page("other"))
	h.mux.Vital("GET /confirm", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "confirm")
		return err
	})
	h.mux.Stream("GET /live", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "live")
		return err
	})
	return h
}

// fill has n requests in hand.
func (h *house) fill(t *testing.T, wg *sync.WaitGroup, method, path string, n int) {
	t.Helper()
	want := h.inAll.Load() + int64(n)
	for range n {
		wg.Go(func() { ask(h, method, path, "email=a", "Content-Type", urlencoded) })
	}
	for deadline := time.Now().Add(10 * time.Second); h.inAll.Load() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d are in hand", h.inAll.Load(), want)
		}
	}
}

func (h *house) want(t *testing.T, when, method, path string, code int) {
	t.Helper()
	w := ask(h, method, path, "email=a", "Content-Type", urlencoded)
	if w.Code != code {
		t.Errorf("%s: %s %s answers %d, want %d: %.80s", when, method, path, w.Code, code, w.Body)
	}
	if code == 503 && (w.Header().Get("Retry-After") == "" || w.Body.String() != "fault.busy") {
		t.Errorf("%s: %s %s refuses with %v %.80s", when, method, path, w.Header(), w.Body)
	}
}

// stream watches, and is let in or sent away to come back by itself.
func (h *house) stream(t *testing.T, when string, want bool) {
	t.Helper()
	w := ask(h, "GET", "/live", "")
	in, back := w.Body.String() == "live", strings.HasPrefix(w.Body.String(), "retry: ") && w.Header().Get("Content-Type") == "text/event-stream"
	if w.Code != 200 || in != want || back == want {
		t.Errorf("%s: a stream is answered %d %q", when, w.Code, w.Body)
	}
}

// Streams are refused first, then reads that need work, and forms last; what is in memory never is. Afterwards all is as before.
func TestSigningIsRefusedLast(t *testing.T) {
	h := newHouse(t)
	all := func(when string, live bool, other, confirm, sign int) {
		t.Helper()
		h.want(t, when, "GET", "/kept", 200)
		h.stream(t, when, live)
		h.want(t, when, "GET", "/other", other)
		h.want(t, when, "GET", "/confirm", confirm)
		if sign != 0 {
			h.want(t, when, "POST", "/sign", sign)
		}
	}
	h.want(t, "at first", "GET", "/kept", 200)
	var wg sync.WaitGroup
	h.fill(t, &wg, "GET", "/slow", readsMost)
	all("many reads", false, 503, 200, 0)
	h.fill(t, &wg, "POST", "/sign", postsMost)
	all("all full", false, 503, 503, 503)
	close(h.slow)
	wg.Wait()
	if n := h.did.Load(); n != readsMost+postsMost {
		t.Errorf("%d were done of %d that were taken", n, readsMost+postsMost)
	}
	all("afterwards", true, 200, 200, 200)
	if p, r := h.mux.door.posts.Load(), h.mux.door.reads.Load(); p != 0 || r != 0 {
		t.Errorf("%d forms and %d reads are left in hand", p, r)
	}
	h.mux.door.quiet.mu.Lock()
	defer h.mux.door.quiet.mu.Unlock()
	if n := strings.Count(h.log.String(), "\n"); n > 3 {
		t.Errorf("the log has %d lines of it", n)
	}
}

func TestFormsAreReadBeforeReads(t *testing.T) {
	h := newHouse(t)
	h.want(t, "at first", "GET", "/kept", 200)
	var wg sync.WaitGroup
	h.fill(t, &wg, "POST", "/sign", postsMany)
	h.stream(t, "many forms", false)
	h.want(t, "many forms", "GET", "/other", 503)
	h.want(t, "many forms", "GET", "/slow", 503)
	h.want(t, "many forms", "GET", "/kept", 200)
	h.fill(t, &wg, "POST", "/sign", 1)
	close(h.slow)
	wg.Wait()
}

// A read that is not answered in time is given up, and says that it may be tried again.
func TestTimeIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		began := time.Now()
		h.want(t, "a slow read", "GET", "/slow", 503)
		if took := time.Since(began); took != readTime {
			t.Errorf("given up after %v, want %v", took, readTime)
		}
		began = time.Now()
		h.want(t, "a slow form", "POST", "/sign", 503)
		if took := time.Since(began); took != postTime {
			t.Errorf("given up after %v, want %v", took, postTime)
		}
		time.Sleep(2 * quietTime) // its timer ends with the bubble
	})
}

// The log of a flood is a few lines.
func TestRefusalsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var q quiet
		l := slog.New(slog.NewTextHandler(&log, nil))
		for range 1000 {
			q.busy(l, "POST /sign", errors.New("no"))
		}
		said := func() string {
			time.Sleep(3 * quietTime)
			q.mu.Lock()
			defer q.mu.Unlock()
			return log.String()
		}
		if s := said(); strings.Count(s, "\n") != 2 || !strings.Contains(s, "requests=999") {
			t.Errorf("%s", s)
		}
		q.busy(l, "POST /sign", errors.New("no"))
		if s := said(); strings.Count(s, "\n") != 3 {
			t.Errorf("%s", s)
		}
	})
}

// Who has left while the form was read is not worked for.
func TestWhoLeftIsNotWorkedFor(t *testing.T) {
	h := newHouse(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, r := range []*http.Request{
		httptest.NewRequestWithContext(gone, "POST", "/sign", strings.NewReader("email=a")), httptest.NewRequestWithContext(gone, "GET", "/other", nil),
	} {
		r.Header.Set("Content-Type", urlencoded)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if h.inAll.Load() != 0 || w.Body.Len() != 0 {
			t.Errorf("%s was worked for: %s", r.URL.Path, w.Body)
		}
	}
}

// A form that comes slowly takes no place from others.
func TestSlowSendersHoldNoPlace(t *testing.T) {
	h := newHouse(t)
	server := httptest.NewServer(h)
	defer server.Close()
	for range 20 {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /sign HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\nemail=", urlencoded)
	}
	time.Sleep(50 * time.Millisecond)
	if n := h.mux.door.posts.Load(); n != 0 {
		t.Errorf("%d half-sent forms hold a place", n)
	}
	close(h.slow)
	h.want(t, "beside slow senders", "POST", "/sign", 200)
}

// What a handler says of its own form reaches the reader even when the time for it is over.
func TestFailureIsWordedWithoutTheTime(t *testing.T) {
	m := &Mux{}
	h := shield(t, m)
	m.Fail = func(w http.ResponseWriter, r *http.Request, f *fault.Error) {
		if err := r.Context().Err(); err != nil {
			t.Errorf("the failure is worded in a context that has ended: %v", err)
		}
		if r.PostForm.Get("email") != "a" {
			t.Errorf("the form is lost: %v", r.PostForm)
		}
		WriteStatus(w, f)
	}
	m.Handle("POST /sign", func(_ http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), 0)
		defer cancel()
		return fmt.Errorf("a driver: %w", ctx.Err())
	})
	if w := ask(h, "POST", "/sign", "email=a", "Content-Type", urlencoded); w.Code != 503 {
		t.Error(w.Code)
	}
}

// No more than so many are connected; the next waits in line and is served when one leaves.
func TestConnectionsAreBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, Bounded(l, 2), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }), slog.New(slog.DiscardHandler), nil)
	}()
	get := func(c net.Conn) error {
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		b := make([]byte, 15)
		_, err := io.ReadFull(c, b)
		return err
	}
	var conns []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
		time.Sleep(10 * time.Millisecond)
	}
	for i, c := range conns {
		if err := get(c); (err == nil) != (i < 2) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	conns[0].Close()
	if err := get(conns[2]); err != nil {
		t.Errorf("the third is not served when the first has left: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
