package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"outcry/internal/kernel/fault"
)

// A roomy page gets what is too long for other pages, so that it can bring it back; what is in hand of that at the same time is bounded, and a place is free again once its form
// has been answered.
func TestRoomyForms(t *testing.T) {
	mux := &Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}}
	inside, out := make(chan struct{}, 2*roomsMost), make(chan struct{})
	mux.Roomy("POST /roomy", func(w http.ResponseWriter, r *http.Request) error {
		form, err := Form(w, r)
		if err != nil {
			return err
		}
		if form.Get("wait") != "" {
			inside <- struct{}{}
			<-out
		}
		w.WriteHeader(len(form.Get("text"))/1024 + 200)
		return nil
	})
	h, err := Shield(mux)
	if err != nil {
		t.Fatal(err)
	}
	send := func(body, kind string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/roomy", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	text := func(n int) string { return "text=" + strings.Repeat("a", n) }
	for _, c := range []struct {
		body, kind string
		code       int
		says       string
	}{
		{text(1), urlencoded, 200, ""},
		{text(FormMost - 5), urlencoded, 215, ""},
		{text(FormMost), urlencoded, 216, ""},
		{text(RoomyMost - 5), urlencoded, 711, ""},
		{text(RoomyMost), urlencoded, 413, "fault.form.long"},
		{text(FormMost) + "&%zz", urlencoded, 422, "fault.form.broken"},
		{text(1), "multipart/form-data; boundary=x", 422, "fault.form.type"},
	} {
		for range 2 * roomsMost { // each gives its place back
			if w := send(c.body, c.kind); w.Code != c.code || w.Body.String() != c.says {
				t.Fatalf("%.9s…, %d bytes: %d %s", c.body, len(c.body), w.Code, w.Body)
			}
		}
	}
	var all sync.WaitGroup
	for range roomsMost {
		all.Go(func() { send(text(FormMost)+"&wait=1", urlencoded) })
	}
	for range roomsMost {
		<-inside
	}
	if w := send(text(FormMost), urlencoded); w.Code != 413 || w.Body.String() != "fault.form.long" {
		t.Errorf("one more: %d %s", w.Code, w.Body)
	}
	if w := send(text(10), urlencoded); w.Code != 200 {
		t.Errorf("a short one meanwhile: %d", w.Code)
	}
	close(out)
	all.Wait()
	if w := send(text(FormMost), urlencoded); w.Code != 216 {
		t.Errorf("afterwards: %d", w.Code)
	}
}
