package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"outcry/internal/kernel/fault"
)

// TestLongForms: a long form is read by its handler alone, and no form of any other page is longer for it.
func TestLongForms(t *testing.T) {
	mux := &Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}}
	known := func(r *http.Request) bool { return r.Header.Get("Cookie") != "" }
	mux.Long("POST /long", func(w http.ResponseWriter, r *http.Request) error {
		if r.PostForm != nil {
			t.Error("it was read before anybody knew who asks")
		}
		if !known(r) {
			return fault.New(fault.Refused, "fault.refused")
		}
		form, err := LongForm(w, r)
		if err != nil {
			return err
		}
		again, err := Form(w, r)
		if err != nil || len(again.Get("text")) != len(form.Get("text")) {
			t.Error("whoever asks for the form after that gets another")
		}
		return nil
	})
	mux.Handle("POST /short", func(w http.ResponseWriter, r *http.Request) error {
		_, err := Form(w, r)
		return err
	})
	h, err := Shield(mux)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, cookie, kind string
		size, code         int
		says               string
	}{
		{"/long", "a", "application/x-www-form-urlencoded", 100 << 10, 200, ""},
		{"/long", "a", "application/x-www-form-urlencoded", LongMost, 413, "fault.form.long"},
		{"/long", "", "application/x-www-form-urlencoded", 100 << 10, 403, "fault.refused"},
		{"/long", "a", "multipart/form-data; boundary=x", 10, 422, "fault.form.type"},
		{"/short", "a", "application/x-www-form-urlencoded", 100 << 10, 413, "fault.form.large"},
	} {
		r := httptest.NewRequest("POST", c.path, strings.NewReader("text="+strings.Repeat("a", c.size)))
		r.Header.Set("Content-Type", c.kind)
		if c.cookie != "" {
			r.Header.Set("Cookie", c.cookie)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.code || w.Body.String() != c.says {
			t.Errorf("%s, %d bytes: %d %s", c.path, c.size, w.Code, w.Body)
		}
	}
}
