package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"outcry/internal/kernel/fault"
)

func shield(t testing.TB, m *Mux) http.Handler {
	t.Helper()
	m.ServeMux = http.NewServeMux()
	if m.Log == nil {
		m.Log = slog.New(slog.DiscardHandler)
	}
	m.Fail = func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}
	h, err := Shield(m)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, method, path, body string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const urlencoded = "application/x-www-form-urlencoded"

func TestEveryFailureHasItsAnswer(t *testing.T) {
	var logged bytes.Buffer
	m := &Mux{Log: slog.New(slog.NewTextHandler(&logged, nil))}
	h := shield(t, m)
	m.Handle("POST /form", func(w http.ResponseWriter, r *http.Request) error {
		form, err := Form(w, r)
		if err != nil {
			return err
		}
		fmt.Fprint(w, form.Get("email"))
		return nil
	})
	m.Handle("GET /unknown", func(http.ResponseWriter, *http.Request) error { return errors.New("a cause of ours") })
	m.Handle("GET /panic", func(http.ResponseWriter, *http.Request) error { panic("anna@example.org") })
	m.Handle("GET /busy", func(http.ResponseWriter, *http.Request) error { return fault.New(fault.Busy, "fault.busy") })
	for _, tc := range []struct {
		method, path, body string
		head               []string
		code               int
		want               string
	}{
		{"POST", "/form", "email=a%40b", []string{"Content-Type", urlencoded}, 200, "a@b"},
		{"POST", "/form", "email=a", []string{"Content-Type", "multipart/form-data; boundary=x"}, 422, "fault.form.type"},
		{"POST", "/form", "email=a", nil, 422, "fault.form.type"},
		{"POST", "/form", "email=%zz", []string{"Content-Type", urlencoded}, 422, "fault.form.broken"},
		{"POST", "/form", "email=" + strings.Repeat("a", FormMost), []string{"Content-Type", urlencoded}, 413, "fault.form.large"},
		{"POST", "/form", "email=a", []string{"Content-Type", urlencoded, "Sec-Fetch-Site", "cross-site"}, 403, "fault.cross_site"},
		{"POST", "/form", "email=a", []string{"Content-Type", urlencoded, "Origin", "https://evil.example"}, 403, "fault.cross_site"},
		{"GET", "/form", "", nil, 405, "fault.method"},
		{"GET", "/nothing", "", nil, 404, "fault.not_found"},
		{"GET", "/unknown", "", nil, 500, "fault.internal"},
		{"GET", "/panic", "", nil, 500, "fault.internal"},
		{"GET", "/busy", "", nil, 503, "fault.busy"},
	} {
		w := ask(h, tc.method, tc.path, tc.body, tc.head...)
		if w.Code != tc.code || w.Body.String() != tc.want {
			t.Errorf("%s %s: %d %q, want %d %q", tc.method, tc.path, w.Code, w.Body, tc.code, tc.want)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s %s: bare headers %v", tc.method, tc.path, w.Header())
		}
	}
	if w := ask(h, "GET", "/busy", ""); w.Header().Get("Retry-After") == "" {
		t.Error("busy does not say when to come again")
	}
	if strings.Contains(logged.String(), "anna") || strings.Contains(logged.String(), "192.0.2") {
		t.Errorf("the log holds what it must not: %s", logged.String())
	}
	if !strings.Contains(logged.String(), "a cause of ours") {
		t.Error("our own failure is not logged")
	}
}

func TestCacheRendersOnceAndDropsByTopic(t *testing.T) {
	c := NewCache(1 << 20)
	var renders atomic.Int64
	get := func(key string, head ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/", nil)
		for i := 0; i+1 < len(head); i += 2 {
			r.Header.Set(head[i], head[i+1])
		}
		w := httptest.NewRecorder()
		if err := c.Serve(w, r, "topic", key, func(w io.Writer) error {
			fmt.Fprintf(w, "page %s %d", key, renders.Add(1))
			return nil
		}); err != nil {
			t.Error(err)
		}
		return w
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { get("/en") })
	}
	wg.Wait()
	if renders.Load() != 1 {
		t.Fatalf("rendered %d times", renders.Load())
	}
	w := get("/en", "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != "page /en 1" {
		t.Fatalf("%s", b)
	}
	tag := w.Header().Get("Etag")
	if w := get("/en", "If-None-Match", tag); w.Code != 304 || w.Body.Len() != 0 {
		t.Fatal(w.Code)
	}
	c.Drop("other")
	get("/en")
	if renders.Load() != 1 {
		t.Fatal("dropped by another topic")
	}
	c.Drop("topic")
	if w := get("/en", "If-None-Match", tag); w.Code != 200 || w.Body.String() != "page /en 2" {
		t.Fatal(w.Code, w.Body)
	}
}

func TestCacheStaysWithinItsBytes(t *testing.T) {
	c := NewCache(10_000)
	for i := range 100 {
		w := httptest.NewRecorder()
		c.Serve(w, httptest.NewRequest("GET", "/", nil), "t", fmt.Sprint(i), func(w io.Writer) error {
			_, err := w.Write(bytes.Repeat([]byte{byte(i)}, 1000))
			return err
		})
	}
	if c.bytes > 10_000 || len(c.pages) > 10 {
		t.Fatalf("%d bytes in %d pages", c.bytes, len(c.pages))
	}
	if c.fresh("99") == nil || c.fresh("1") != nil {
		t.Fatal("the least used should go first")
	}
}

func TestAnErrorIsNotKept(t *testing.T) {
	c := NewCache(1000)
	n := 0
	for range 2 {
		if err := c.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "t", "k", func(io.Writer) error {
			n++
			return fault.New(fault.NotFound, "x")
		}); !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
	}
	if n != 2 || len(c.pages) != 0 {
		t.Fatal(n, len(c.pages))
	}
}

// What changes while a page is being rendered must not hide behind it.
func TestADropWhileRenderingIsSeen(t *testing.T) {
	c := NewCache(1000)
	n := 0
	render := func(w io.Writer) error {
		if n++; n == 1 {
			c.Drop("t")
		}
		fmt.Fprint(w, n)
		return nil
	}
	var last *httptest.ResponseRecorder
	for range 2 {
		last = httptest.NewRecorder()
		c.Serve(last, httptest.NewRequest("GET", "/", nil), "t", "k", render)
	}
	if last.Body.String() != "2" {
		t.Fatal(last.Body)
	}
}
