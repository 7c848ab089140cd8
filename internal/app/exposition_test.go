package app

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// What we write is what Prometheus's own library writes of the same answers, byte by byte.
func TestExpositionAgreesWithPrometheus(t *testing.T) {
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "outcry_answers_total", Help: "Requests by the first digit of their answer's status."}, []string{"status"})
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "outcry_answer_seconds", Help: "Time to answer a request.", Buckets: bounds})
	size := prometheus.NewGauge(prometheus.GaugeOpts{Name: "outcry_log_size", Help: "Entries in the log."})
	registry := prometheus.NewRegistry()
	registry.MustRegister(answers, seconds, size)
	m := newMetrics(nil)
	same := func(when string, entries float64) {
		t.Helper()
		var e exposition
		e.gauge("outcry_log_size", "Entries in the log.", entries)
		e.histogram("outcry_answer_seconds", "Time to answer a request.", bounds, m.within, m.seconds)
		e.counters("outcry_answers_total", "Requests by the first digit of their answer's status.", "status", m.answers)
		size.Set(entries)
		w := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if got, want := e.String(), w.Body.String(); got != want {
			t.Errorf("%s:\n%s\nand Prometheus\n%s", when, got, want)
		}
	}
	same("nothing yet", 0)
	for i, took := range []time.Duration{0, 500 * time.Microsecond, 501 * time.Microsecond, time.Millisecond, 17 * time.Millisecond, time.Second, 2500 * time.Millisecond, 10 * time.Second, time.Hour} {
		status := []int{503, 200, 404, 303}[i%4]
		m.answered(status, took)
		answers.WithLabelValues([]string{"5xx", "2xx", "4xx", "3xx"}[i%4]).Inc()
		seconds.Observe(took.Seconds())
	}
	same("some answers", 1_234_567_890)
	same("a large log", 1e21)
}

// One monitor reads at a time; another is told to come back.
func TestOneMonitorReads(t *testing.T) {
	m := newMetrics(nil)
	m.reading.Lock()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("a second monitor is answered with %d", w.Code)
	}
}
