package app

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A monitor reads how the machine does on a listener of its own, and nothing of what its signers do: no page, letter, case or anything typed is a label.
func TestMetrics(t *testing.T) {
	dir := t.TempDir()
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	c.URL, c.Metrics = "https://letters.example.org", free(t)
	if err := Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx, l) }()
	site := "http://" + l.Addr().String()
	for _, path := range []string{"/en/", "/canary-path?canary-query", "/mine/canary-secret", "/live/en/canary"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, site+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Referer", "https://canary.example")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	text := fetch(t, "http://"+c.Metrics+"/metrics")
	for _, want := range []string{"\noutcry_database_answers 1\n", "\noutcry_log_size 0\n", "\noutcry_mails_waiting 0\n", "\noutcry_viewers 0\n", "\noutcry_locked 0\n", "\noutcry_log_stopped 0\n", `outcry_answers_total{status="2xx"} 1`, "\nprocess_resident_memory_bytes "} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %q", want)
		}
	}
	if strings.Contains(text, "canary") {
		t.Errorf("metrics tell what was asked:\n%s", text)
	}
	var labels []string
	for _, m := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(labels, m[1]) {
			labels = append(labels, m[1])
		}
	}
	if slices.Sort(labels); !slices.Equal(labels, []string{"le", "status"}) {
		t.Errorf("labels are %q", labels)
	}
	res, err := http.Get(site + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusNotFound {
		t.Errorf("the public site answers /metrics with %d", res.StatusCode)
	}

	a.DB.Close() // gone while the site runs
	if text := fetch(t, "http://"+c.Metrics+"/metrics"); !strings.Contains(text, "\noutcry_database_answers 0\n") || strings.Contains(text, "outcry_log_size") {
		t.Errorf("metrics without a database:\n%s", text)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What waits is told in whole crowds.
func TestCrowdsAreRounded(t *testing.T) {
	for n, want := range map[int64]int64{0: 0, 1: 16, 16: 16, 17: 32} {
		if got := crowds(n); got != want {
			t.Errorf("crowds(%d) = %d, want %d", n, got, want)
		}
	}
}

// An address that is taken, or none, is said before the site serves.
func TestMetricsNowhere(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := (&App{Config: Config{Settings: Settings{Metrics: taken.Addr().String()}}}).tell(t.Context(), new(http.Handler)); err == nil || !strings.Contains(err.Error(), "metrics can't be read at "+taken.Addr().String()) {
		t.Errorf("a taken address: %v", err)
	}
	s := Settings{Metrics: "9464"}
	if err := s.check(flag); err == nil || !strings.Contains(err.Error(), "--metrics: this is no address with a port") {
		t.Errorf("no address: %v", err)
	}
}

// free is an address of this machine at which nobody listens.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, res.StatusCode, err)
	}
	return string(b)
}
