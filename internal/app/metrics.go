package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"outcry/internal/kernel/translog"
	"outcry/internal/kernel/web"
)

// metrics are what a monitor may know: how the machine does, and nothing that its signers do. A monitor keeps what it reads, with times, for months:
// so requests are told by their answer and not by their page, and what waits is rounded up to whole crowds. Nothing is told by letter or case.
type metrics struct {
	app     *App
	inHand  atomic.Int64
	reading sync.Mutex // by one monitor at a time

	mu      sync.Mutex
	answers map[string]float64 // by the first digit of their status, such as "2xx"
	within  []float64          // answers that took no longer than the bound of that place, and longer than the one before; at last those beyond all bounds
	seconds float64            // of all answers
}

// bounds are the times to answer that a monitor can tell apart, in seconds.
var bounds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// newMetrics makes the metrics of a. What has to be asked of the database is asked when they are read.
func newMetrics(a *App) *metrics {
	return &metrics{app: a, answers: map[string]float64{}, within: make([]float64, len(bounds)+1)}
}

// measured answers as h does, and notes how long that took. Live pages stay open for hours and are told as viewers.
func (m *metrics) measured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/live/") {
			h.ServeHTTP(w, r)
			return
		}
		m.inHand.Add(1)
		defer m.inHand.Add(-1)
		begun, s := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(s, r)
		m.answered(s.status, time.Since(begun))
	})
}

func (m *metrics) answered(status int, took time.Duration) {
	place, seconds := 0, took.Seconds()
	for place < len(bounds) && seconds > bounds[place] {
		place++
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers[strconv.Itoa(status/100)+"xx"]++
	m.within[place]++
	m.seconds += seconds
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// readMost is how long the database may take to say how it is.
const readMost = 2 * time.Second

// page is all there is to tell.
func (m *metrics) page(ctx context.Context) string {
	var e exposition
	m.mu.Lock()
	e.counters("outcry_answers_total", "Requests by the first digit of their answer's status.", "status", m.answers)
	e.histogram("outcry_answer_seconds", "Time to answer a request.", bounds, m.within, m.seconds)
	m.mu.Unlock()
	m.condition(ctx, &e)
	e.process()
	return e.String()
}

// condition tells how the site is: what the database can't say just now is left out.
func (m *metrics) condition(ctx context.Context, e *exposition) {
	ctx, cancel := context.WithTimeout(ctx, readMost)
	defer cancel()
	truth := map[bool]float64{true: 1}
	e.gauge("outcry_requests_now", "Requests being answered.", float64(m.inHand.Load()))
	e.gauge("outcry_locked", "1 while the unlock secret has not been given, else 0.", truth[m.app.Locked()])
	e.gauge("outcry_viewers", "Open pages that hear of new counts.", float64(m.app.Hub.Viewers()))
	count, err := m.app.Jobs.Count(ctx)
	if err == nil {
		e.gauge("outcry_mails_waiting", "Mails to be sent, rounded up to whole sixteens.", float64(crowds(int64(count.Waiting))))
		e.gauge("outcry_mails_dead", "Mails of the last week that could not be delivered.", float64(count.Dead))
	}
	leaves, err2 := m.app.Log.Waiting(ctx)
	if err2 == nil {
		e.gauge("outcry_log_waiting", "Entries on their way into the log, rounded up to whole sixteens.", float64(crowds(leaves)))
	}
	head, err3 := m.app.Log.Head(ctx)
	if err3 == nil {
		e.gauge("outcry_log_size", "Entries in the log.", float64(head.Size))
	}
	err4 := m.app.Log.Stopped(ctx)
	stopped := errors.Is(err4, translog.ErrAnother)
	if stopped {
		err4 = nil
	}
	if err4 == nil {
		e.gauge("outcry_log_stopped", "1 if the log's own key has signed another log than this, so that nothing more is signed, else 0.", truth[stopped])
	}
	e.gauge("outcry_database_answers", "1 if the database answered just now, else 0.", truth[err == nil && err2 == nil && err3 == nil && err4 == nil])
}

// crowds rounds up to whole crowds, so that who comes while others wait moves nothing.
func crowds(n int64) int64 { return (n + translog.Crowd - 1) / translog.Crowd * translog.Crowd }

func (m *metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !m.reading.TryLock() {
		http.Error(w, "another monitor is reading", http.StatusServiceUnavailable)
		return
	}
	defer m.reading.Unlock()
	w.Header().Set("Content-Type", expositionType)
	w.Write([]byte(m.page(r.Context())))
}

// tell has a monitor read at the address of the setting how *h and the rest of a do, until end is called.
func (a *App) tell(ctx context.Context, h *http.Handler) (end func(), err error) {
	l, err := net.Listen("tcp", a.Metrics)
	if err != nil {
		return nil, refuse(ErrInWay, "metrics can't be read at %s: %v", a.Metrics, err)
	}
	m := newMetrics(a)
	*h = m.measured(*h)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := web.Serve(ctx, l, mux, a.Config.Log, nil); err != nil && ctx.Err() == nil {
			a.Config.Log.Error("metrics can't be read any more", slog.Any("error", err))
		}
	}()
	return func() { cancel(); <-done }, nil
}
