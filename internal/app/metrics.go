package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"outcry/internal/kernel/translog"
	"outcry/internal/kernel/web"
)

// metrics are what a monitor may know: how the machine does, and nothing that its signers do. A monitor keeps what it reads, with times, for months:
// so requests are told by their answer and not by their page, and what waits is rounded up to whole crowds. Nothing is told by letter or case.
type metrics struct {
	registry *prometheus.Registry
	answers  *prometheus.CounterVec
	seconds  prometheus.Histogram
	inHand   atomic.Int64
}

// newMetrics makes the metrics of a. What has to be asked of the database is asked when they are read, by one reader at a time.
func newMetrics(a *App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "outcry_answers_total",
			Help: "Requests by the first digit of their answer's status."}, []string{"status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "outcry_answer_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}),
	}
	m.registry.MustRegister(m.answers, m.seconds, condition{a, m}, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
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
		m.seconds.Observe(time.Since(begun).Seconds())
		m.answers.WithLabelValues(strconv.Itoa(s.status/100) + "xx").Inc()
	})
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

// condition collects what is asked when metrics are read.
type condition struct {
	app *App
	own *metrics
}

var (
	describe = func(name, help string) *prometheus.Desc { return prometheus.NewDesc("outcry_"+name, help, nil, nil) }

	inHandDesc  = describe("requests_now", "Requests being answered.")
	viewersDesc = describe("viewers", "Open pages that hear of new counts.")
	mailsDesc   = describe("mails_waiting", "Mails to be sent, rounded up to whole sixteens.")
	deadDesc    = describe("mails_dead", "Mails of the last week that could not be delivered.")
	leavesDesc  = describe("log_waiting", "Entries on their way into the log, rounded up to whole sixteens.")
	sizeDesc    = describe("log_size", "Entries in the log.")
	stoppedDesc = describe("log_stopped", "1 if the log's own key has signed another log than this, so that nothing more is signed, else 0.")
	lockedDesc  = describe("locked", "1 while the unlock secret has not been given, else 0.")
	askedDesc   = describe("database_answers", "1 if the database answered just now, else 0.")
)

func (c condition) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{inHandDesc, viewersDesc, mailsDesc, deadDesc, leavesDesc, sizeDesc, stoppedDesc, lockedDesc, askedDesc} {
		out <- d
	}
}

// readMost is how long the database may take to say how it is.
const readMost = 2 * time.Second

func (c condition) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	gauge(inHandDesc, c.own.inHand.Load())
	locked := int64(0)
	if c.app.Locked() {
		locked = 1
	}
	gauge(lockedDesc, locked)
	gauge(viewersDesc, int64(c.app.Hub.Viewers()))
	ctx, cancel := context.WithTimeout(context.Background(), readMost)
	defer cancel()
	count, err := c.app.Jobs.Count(ctx)
	if err == nil {
		gauge(mailsDesc, crowds(int64(count.Waiting)))
		gauge(deadDesc, int64(count.Dead))
	}
	leaves, err2 := c.app.Log.Waiting(ctx)
	if err2 == nil {
		gauge(leavesDesc, crowds(leaves))
	}
	head, err3 := c.app.Log.Head(ctx)
	if err3 == nil {
		gauge(sizeDesc, head.Size)
	}
	stopped, err4 := int64(0), c.app.Log.Stopped(ctx)
	if errors.Is(err4, translog.ErrAnother) {
		stopped, err4 = 1, nil
	}
	if err4 == nil {
		gauge(stoppedDesc, stopped)
	}
	answers := int64(1)
	if err != nil || err2 != nil || err3 != nil || err4 != nil {
		answers = 0
	}
	gauge(askedDesc, answers)
}

// crowds rounds up to whole crowds, so that who comes while others wait moves nothing.
func crowds(n int64) int64 { return (n + translog.Crowd - 1) / translog.Crowd * translog.Crowd }

// tell has a monitor read at the address of the setting how *h and the rest of a do, until end is called.
func (a *App) tell(ctx context.Context, h *http.Handler) (end func(), err error) {
	l, err := net.Listen("tcp", a.Metrics)
	if err != nil {
		return nil, refuse(ErrInWay, "metrics can't be read at %s: %v", a.Metrics, err)
	}
	m := newMetrics(a)
	*h = m.measured(*h)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 1}))
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
