package live_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page is a viewer without a network: it notes what is flushed and when.
type page struct {
	*httptest.ResponseRecorder
	begin time.Time

	mu     sync.Mutex
	frames []frame
}

type frame struct {
	At   time.Duration
	Text string
}

func (p *page) SetWriteDeadline(time.Time) error { return nil }

func (p *page) FlushError() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.Body.String()
	p.Body.Reset()
	// The first flush begins with the time for coming back, which is drawn by lot.
	if strings.HasPrefix(text, "retry: ") {
		_, text, _ = strings.Cut(text, "\n\n")
	}
	p.frames = append(p.frames, frame{time.Since(p.begin), text})
	return nil
}

// saw lets everyone in the bubble finish what this instant brings.
func (p *page) saw() []frame {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]frame(nil), p.frames...)
}

// watch opens a stream in the bubble; leave ends it.
func watch(t *testing.T, h *live.Hub, topic string) (p *page, leave func()) {
	t.Helper()
	p = &page{ResponseRecorder: httptest.NewRecorder(), begin: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := h.Serve(p, httptest.NewRequestWithContext(ctx, "GET", "/", nil), topic); err != nil {
			t.Errorf("Serve: %v", err)
		}
	}()
	synctest.Wait()
	return p, func() { cancel(); <-ended }
}

func count(s string) string { return "event: count\ndata: " + s + "\n\n" }

func TestOneValueInAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Config{Now: time.Now, Heartbeat: time.Hour})
		p, leave := watch(t, h, "a")
		other, leaveOther := watch(t, h, "b")
		say := func(at time.Duration, value string) {
			time.Sleep(at - time.Since(p.begin))
			h.Publish("a", []byte(value))
			synctest.Wait()
			if got := string(h.Last("a")); got != value {
				t.Errorf("at %v: Last is %q, want %q at once", at, got, value)
			}
		}
		say(0, "1")
		say(100*time.Millisecond, "2")
		say(200*time.Millisecond, "3")
		say(1500*time.Millisecond, "4") // still in the interval that "3" began at 1 s
		say(5*time.Second, "5")         // after silence: at once
		say(5100*time.Millisecond, "6")
		say(5200*time.Millisecond, "5") // back to what is told already
		say(9*time.Second, "5")
		time.Sleep(5 * time.Second)
		want := []frame{
			{0, ""}, {0, count("1")}, {time.Second, count("3")}, {2 * time.Second, count("4")}, {5 * time.Second, count("5")},
		}
		if diff := cmp.Diff(want, p.saw()); diff != "" {
			t.Errorf("what the viewer saw (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]frame{{0, ""}}, other.saw()); diff != "" {
			t.Errorf("what the viewer of another topic saw (-want +got):\n%s", diff)
		}
		leave()
		leaveOther()
	})
}

func TestCountsAreSpreadAndTheLastArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Config{Now: time.Now, Heartbeat: time.Hour})
		p, leave := watch(t, h, "a")
		for i := range 10_000 {
			h.Publish("a", []byte(strings.Repeat("x", i%7)+"y"))
			time.Sleep(time.Millisecond)
		}
		h.Publish("a", []byte("last"))
		time.Sleep(time.Second)
		saw := p.saw()
		if n := len(saw); n < 10 || n > 13 {
			t.Errorf("%d values in ten seconds, want one a second", n)
		}
		if got := saw[len(saw)-1].Text; got != count("last") {
			t.Errorf("the last one seen is %q", got)
		}
		leave()
	})
}

func TestWithoutIntervalEveryValueIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Config{Now: time.Now, MinInterval: -1})
		p, leave := watch(t, h, "a")
		for _, v := range []string{"1", "2", "3"} {
			h.Publish("a", []byte(v))
			synctest.Wait()
		}
		want := []frame{{0, ""}, {0, count("1")}, {0, count("2")}, {0, count("3")}}
		if diff := cmp.Diff(want, p.saw()); diff != "" {
			t.Errorf("what the viewer saw (-want +got):\n%s", diff)
		}
		leave()
	})
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Config{Now: time.Now})
		h.Publish("a", []byte("1"))
		p, leave := watch(t, h, "a")
		time.Sleep(30 * time.Second)
		h.Publish("a", []byte("2")) // puts the next heartbeat off
		time.Sleep(30 * time.Second)
		want := []frame{
			{0, count("1")}, {20 * time.Second, ": \n\n"}, {30 * time.Second, count("2")}, {50 * time.Second, ": \n\n"},
		}
		if diff := cmp.Diff(want, p.saw()); diff != "" {
			t.Errorf("what the viewer saw (-want +got):\n%s", diff)
		}
		leave()
	})
}

func TestFraming(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"one line", `{"n":1}`, "event: count\ndata: {\"n\":1}\n\n"},
		{"empty", "", "event: count\ndata: \n\n"},
		{"two lines", "a\nb", "event: count\ndata: a\ndata: b\n\n"},
		{"CR LF", "a\r\nb", "event: count\ndata: a\ndata: b\n\n"},
		{"an event of its own", "a\r\revent: x\rdata: y", "event: count\ndata: a\ndata: \ndata: event: x\ndata: data: y\n\n"},
		{"other scripts", "Подписей: 5", "event: count\ndata: Подписей: 5\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := live.New(live.Config{Now: time.Now})
				h.Publish("a", []byte(tt.value))
				p, leave := watch(t, h, "a")
				if diff := cmp.Diff([]frame{{0, tt.want}}, p.saw()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				leave()
				time.Sleep(time.Second) // the interval's timer ends with the bubble
			})
		})
	}
}

func TestPublishKeepsACopy(t *testing.T) {
	h := live.New(live.Config{Now: time.Now, MinInterval: -1})
	if h.Last("a") != nil {
		t.Error("a topic nobody spoke of has a value")
	}
	value := []byte("1")
	h.Publish("a", value)
	value[0] = '2'
	if got := string(h.Last("a")); got != "1" {
		t.Errorf("Last is %q: the hub shares the caller's bytes", got)
	}
	h.Publish("empty", nil)
	if got := h.Last("empty"); got == nil || len(got) != 0 {
		t.Errorf("Last is %v, want an empty value and not none", got)
	}
}

func TestCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Config{Now: time.Now, Max: 2})
		_, leave1 := watch(t, h, "a")
		_, leave2 := watch(t, h, "b")
		w := httptest.NewRecorder()
		ask := func() error { return h.Serve(w, httptest.NewRequest("GET", "/", nil), "a") }
		f := fault.Of(ask())
		if f == nil || f.Kind != fault.Busy || f.Key != "fault.busy" {
			t.Fatalf("got %v, want busy", f)
		}
		if len(w.Header()) != 0 || w.Body.Len() != 0 || w.Flushed {
			t.Errorf("something was written before the refusal: %v %q", w.Header(), w.Body)
		}
		leave1()
		if n := h.Viewers(); n != 1 {
			t.Errorf("%d viewers, want 1", n)
		}
		_, leave3 := watch(t, h, "a")
		if n := h.Viewers(); n != 2 {
			t.Errorf("%d viewers, want 2: a free place was not given", n)
		}
		leave2()
		leave3()
	})
}

func TestWriterWithoutDeadlineIsRefused(t *testing.T) {
	h := live.New(live.Config{Now: time.Now})
	w := httptest.NewRecorder() // has none
	err := h.Serve(w, httptest.NewRequest("GET", "/", nil), "a")
	if !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("got %v, want http.ErrNotSupported", err)
	}
	if len(w.Header()) != 0 || w.Body.Len() != 0 || w.Flushed || h.Viewers() != 0 {
		t.Errorf("something was written, or the viewer still counts: %v %q %d", w.Header(), w.Body, h.Viewers())
	}
}

func TestClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Config{Now: time.Now, Heartbeat: time.Hour})
		p, leave := watch(t, h, "a")
		h.Publish("a", []byte("1"))
		synctest.Wait()
		h.Publish("a", []byte("2")) // waits for its interval
		for range 2 {
			if err := h.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := h.Viewers(); n != 0 {
			t.Errorf("%d viewers after Close", n)
		}
		h.Publish("a", []byte("3"))
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]frame{{0, ""}, {0, count("1")}}, p.saw()); diff != "" {
			t.Errorf("what the viewer saw (-want +got):\n%s", diff)
		}
		if got := string(h.Last("a")); got != "2" {
			t.Errorf("Last is %q, want what was published before Close", got)
		}
		if err := h.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "a"); !fault.Is(err, fault.Busy) {
			t.Errorf("got %v, want busy", err)
		}
		leave()
	})
}

// stuck is a viewer whose write ends by nothing but a deadline.
type stuck struct {
	*page
	release chan struct{}
	reached chan struct{}
}

func (s *stuck) FlushError() error { close(s.reached); <-s.release; return errors.New("stuck") }

func TestCloseWaitsNoLongerThanItsContext(t *testing.T) {
	h := live.New(live.Config{Now: time.Now})
	s := &stuck{page: &page{ResponseRecorder: httptest.NewRecorder()}, release: make(chan struct{}), reached: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(s, httptest.NewRequest("GET", "/", nil), "a") }()
	<-s.reached
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	close(s.release)
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

func TestUnknownTopicsLeaveNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Config{Now: time.Now})
		_, leave := watch(t, h, "nobody speaks of it")
		if n := live.Topics(h); n != 1 {
			t.Errorf("%d topics while it is watched, want 1", n)
		}
		leave()
		h.Publish("known", []byte("1"))
		_, leave = watch(t, h, "known")
		leave()
		if n := live.Topics(h); n != 1 {
			t.Errorf("%d topics, want the known one only", n)
		}
		time.Sleep(time.Second)
	})
}

func TestWithoutClock(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a hub without a clock was made")
		}
	}()
	live.New(live.Config{})
}

// Publishing from many sides at once, while viewers come and go; the race detector watches.
func TestTogether(t *testing.T) {
	h := live.New(live.Config{Now: time.Now, MinInterval: time.Millisecond, Max: 50})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 300 {
				h.Publish("a", bytes.Repeat([]byte{'x'}, i*300+j))
				_ = h.Last("a")
			}
		})
		all.Go(func() {
			for range 30 {
				ctx, cancel := context.WithTimeout(context.Background(), 3*time.Millisecond)
				p := &page{ResponseRecorder: httptest.NewRecorder(), begin: time.Now()}
				if err := h.Serve(p, httptest.NewRequestWithContext(ctx, "GET", "/", nil), "a"); err != nil {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if n := h.Viewers(); n != 0 {
		t.Errorf("%d viewers left", n)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
