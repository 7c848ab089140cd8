package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// At the front a reader gets a language of theirs, or the site's with a note; never a neighbour's by guess. The pages behind it are the same for everyone.
func TestFrontSaysWhatItLacks(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	c.URL = "https://letters.example.org"
	if err := Init(ctx, c); err != nil {
		t.Fatal(err)
	}
	a, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	h, err := a.Handler(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ path, accept, to, note string }{
		{"/", "ru", "/ru/", ""}, {"/", "en-GB", "/en/", ""}, {"/", "", "/en/", ""}, {"/", "*", "/en/", ""}, {"/", "be,ru;q=0.5", "/ru/", ""}, {"/", "qqx", "/en/", ""},
		{"/", "be-BY,be;q=0.9", "", "This site is not available in Беларуская."}, {"/", "kk", "", "This site is not available in Қазақ тілі."},
		{"/", "hy", "", "This site is not available in Հայերեն."}, {"/", "ckb", "", "This site is not available in کوردیی ناوەندی."},
		{"/?lang=ru", "be", "/ru/", ""}, {"/en/", "be", "", ""}, {"/ru/", "be", "", ""},
	} {
		r := httptest.NewRequest("GET", tc.path, nil)
		r.Header.Set("Accept-Language", tc.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		b, _ := io.ReadAll(w.Body)
		body := string(b)
		switch {
		case tc.to != "":
			if w.Code != http.StatusFound || w.Header().Get("Location") != tc.to {
				t.Errorf("%s for %q: %d to %q, want %s", tc.path, tc.accept, w.Code, w.Header().Get("Location"), tc.to)
			}
		case w.Code != http.StatusOK || strings.Contains(body, "This site is not available in") != (tc.note != "") || !strings.Contains(body, tc.note):
			t.Errorf("%s for %q: %d, no %q", tc.path, tc.accept, w.Code, tc.note)
		case tc.note != "" && (!strings.Contains(body, `<html lang="en"`) || !strings.Contains(body, `rel="canonical" href="https://letters.example.org/en/"`)):
			t.Errorf("%s for %q is not the page in English", tc.path, tc.accept)
		}
		if varies := strings.Contains(strings.Join(w.Header().Values("Vary"), " "), "Accept-Language"); varies != !strings.HasSuffix(tc.path[1:], "/") {
			t.Errorf("%s for %q: Vary is %q", tc.path, tc.accept, w.Header().Values("Vary"))
		}
	}
}
