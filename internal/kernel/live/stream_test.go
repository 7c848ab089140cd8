package live_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/kernel/live"
)

// site serves a hub's topics under their own paths.
func site(t testing.TB, h *live.Hub, change ...func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.Serve(w, r, r.URL.Path[1:]); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, f := range change {
		f(s)
	}
	if s.EnableHTTP2 {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// open asks for a topic on a bare connection; it reads lines with a limit in time.
func open(t testing.TB, s *httptest.Server, topic string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", topic); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReaderSize(c, 512)
}

// until reads lines up to one that is exactly line.
func until(r *bufio.Reader, line string) error {
	for {
		got, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("%q never came: %w", line, err)
		}
		if strings.TrimRight(got, "\r\n") == line {
			return nil
		}
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

func TestStreamOverHTTP(t *testing.T) {
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", version), func(t *testing.T) {
			h := live.New(live.Config{Now: time.Now, MinInterval: -1})
			h.Publish("a", []byte("1"))
			s := site(t, h, func(s *httptest.Server) { s.EnableHTTP2 = version == 2 })
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/a", nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.ProtoMajor != version {
				t.Fatalf("spoke %s", answer.Proto)
			}
			for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Length": ""} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			in := bufio.NewReader(answer.Body)
			var wait int
			first, err := in.ReadString('\n')
			if _, scan := fmt.Sscanf(first, "retry: %d\n", &wait); err != nil || scan != nil || wait < 2000 || wait >= 7000 {
				t.Errorf("begins with %q, want a time for coming back of 2 to 7 s", first)
			}
			for _, v := range []string{"1", "2", "3"} {
				if v != "1" {
					h.Publish("a", []byte(v))
				}
				if err := until(in, "event: count"); err != nil {
					t.Fatal(err)
				}
				if line, err := in.ReadString('\n'); err != nil || line != "data: "+v+"\n" {
					t.Fatalf("got %q, %v; want value %s", line, err, v)
				}
			}
			if n := h.Viewers(); n != 1 {
				t.Errorf("%d viewers, want 1", n)
			}
			cancel()
			eventually(t, "the viewer who left is counted out", func() bool { return h.Viewers() == 0 })
		})
	}
}

func TestHeadEnds(t *testing.T) {
	h := live.New(live.Config{Now: time.Now})
	s := site(t, h)
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("the answer does not end: %v", err)
	}
	if head := string(all); !strings.HasPrefix(head, "HTTP/1.1 200 ") || !strings.Contains(head, "text/event-stream") || !strings.HasSuffix(head, "\r\n\r\n") {
		t.Errorf("got %q, want the headers and nothing else", head)
	}
}

// A server's limits for requests must not end streams.
func TestStreamOutlivesTheServersTimeouts(t *testing.T) {
	h := live.New(live.Config{Now: time.Now, Heartbeat: 20 * time.Millisecond})
	s := site(t, h, func(s *httptest.Server) {
		s.Config.ReadTimeout = 100 * time.Millisecond
		s.Config.WriteTimeout = 100 * time.Millisecond
	})
	_, r := open(t, s, "a")
	if err := until(r, ": "); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	h.Publish("a", []byte("1"))
	if err := until(r, "data: 1"); err != nil {
		t.Error(err)
	}
}

func TestSlowViewerIsDropped(t *testing.T) {
	h := live.New(live.Config{Now: time.Now, MinInterval: -1, WriteTimeout: 200 * time.Millisecond})
	s := site(t, h)
	_, quick := open(t, s, "a")
	_, _ = open(t, s, "a") // never reads
	eventually(t, "both watch", func() bool { return h.Viewers() == 2 })
	seen := make(chan error, 1)
	go func() { seen <- until(quick, "data: end") }()
	// More than the kernel's buffers hold.
	for i := range 40 {
		h.Publish("a", bytes.Repeat([]byte{byte('a' + i%26)}, 1<<20))
		time.Sleep(5 * time.Millisecond)
	}
	eventually(t, "the slow one is dropped", func() bool { return h.Viewers() == 1 })
	h.Publish("a", []byte("end"))
	if err := <-seen; err != nil {
		t.Errorf("the quick one: %v", err)
	}
}

func TestCloseIsPromptForAStuckViewer(t *testing.T) {
	h := live.New(live.Config{Now: time.Now, MinInterval: -1, WriteTimeout: time.Hour})
	s := site(t, h)
	_, _ = open(t, s, "a")
	eventually(t, "it watches", func() bool { return h.Viewers() == 1 })
	for i := range 40 {
		h.Publish("a", bytes.Repeat([]byte{byte('a' + i%26)}, 1<<20))
		time.Sleep(5 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	begin := time.Now()
	if err := h.Close(ctx); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if took := time.Since(begin); took < 500*time.Millisecond {
		t.Errorf("it took %v: the viewer was not stuck, so nothing is shown", took)
	}
}

func TestServerStopsWithViewers(t *testing.T) {
	h := live.New(live.Config{Now: time.Now})
	s := site(t, h)
	var readers []*bufio.Reader
	for range 20 {
		_, r := open(t, s, "a")
		readers = append(readers, r)
	}
	eventually(t, "all watch", func() bool { return h.Viewers() == 20 })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Config.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	for _, r := range readers {
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Errorf("the stream did not end cleanly: %v", err)
		}
	}
}

// Over HTTP/1.1 a viewer costs one goroutine and none of net/http's. One that talks, which no page does, is let go.
func TestOneGoroutineAViewer(t *testing.T) {
	const n = 100
	h := live.New(live.Config{Now: time.Now})
	s := site(t, h)
	before := runtime.NumGoroutine()
	var last net.Conn
	for range n {
		last, _ = open(t, s, "a")
	}
	eventually(t, "each has one", func() bool { return h.Viewers() == n && runtime.NumGoroutine() <= before+n+5 })
	if _, err := io.WriteString(last, "x"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "who talks is let go", func() bool { return h.Viewers() == n-1 })
}

func TestTwoThousandViewers(t *testing.T) {
	const n = 2000
	h := live.New(live.Config{Now: time.Now, MinInterval: 50 * time.Millisecond})
	s := site(t, h)
	var all sync.WaitGroup
	errs := make(chan error, n)
	for range n {
		_, r := open(t, s, "a")
		all.Go(func() { errs <- until(r, "data: last") })
	}
	eventually(t, "all watch", func() bool { return h.Viewers() == n })
	for i := range 100 {
		h.Publish("a", fmt.Append(nil, i))
		time.Sleep(time.Millisecond)
	}
	h.Publish("a", []byte("last"))
	begin := time.Now()
	all.Wait()
	close(errs)
	failed := 0
	for err := range errs {
		if err != nil {
			failed++
			t.Log(err)
		}
	}
	if failed > 0 {
		t.Errorf("%d of %d viewers never saw the last value", failed, n)
	}
	t.Logf("the last of %d viewers was reached after %v", n, time.Since(begin))
}

// sink is the cheapest possible viewer: what remains is the hub's own work.
type sink struct {
	head  http.Header
	count *atomic.Int64
}

func (s *sink) Header() http.Header              { return s.head }
func (s *sink) WriteHeader(int)                  {}
func (s *sink) Write(b []byte) (int, error)      { return len(b), nil }
func (s *sink) FlushError() error                { s.count.Add(1); return nil }
func (s *sink) SetWriteDeadline(time.Time) error { return nil }

// One operation is a value told to all viewers.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("viewers=%d", n), func(b *testing.B) {
			h := live.New(live.Config{Now: time.Now, MinInterval: -1, Max: n})
			var told atomic.Int64
			var all sync.WaitGroup
			for range n {
				all.Go(func() {
					if err := h.Serve(&sink{http.Header{}, &told}, httptest.NewRequest("GET", "/", nil), "a"); err != nil {
						b.Error(err)
					}
				})
			}
			for told.Load() < int64(n) {
				runtime.Gosched()
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				told.Store(0)
				h.Publish("a", fmt.Append(nil, i))
				for told.Load() < int64(n) {
					runtime.Gosched()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/viewer")
			if err := h.Close(context.Background()); err != nil {
				b.Error(err)
			}
			all.Wait()
		})
	}
}

// Over real connections, with the clients in the same process; the memory is the server's and the bare clients' together.
func BenchmarkPublishHTTP(b *testing.B) {
	const n = 2000
	h := live.New(live.Config{Now: time.Now, MinInterval: -1})
	s := site(b, h)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var told atomic.Int64
	var all sync.WaitGroup
	for range n {
		c, r := open(b, s, "a")
		if err := c.SetDeadline(time.Time{}); err != nil {
			b.Fatal(err)
		}
		all.Go(func() {
			for until(r, "event: count") == nil {
				told.Add(1)
			}
		})
	}
	eventually(b, "all watch", func() bool { return h.Viewers() == n })
	runtime.GC()
	runtime.ReadMemStats(&after)
	for i := 0; b.Loop(); i++ {
		told.Store(0)
		h.Publish("a", fmt.Append(nil, i))
		for told.Load() < n {
			time.Sleep(50 * time.Microsecond)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "µs/viewer")
	b.ReportMetric(float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/n/1024, "KiB/viewer")
	if err := h.Close(context.Background()); err != nil {
		b.Error(err)
	}
	all.Wait()
}
