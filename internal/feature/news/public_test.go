package news

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/locales"
	"outcry/ui"
)

// pages serves a Book's pages behind the shield that stands before every page.
func pages(t testing.TB, b *Book) http.Handler {
	t.Helper()
	words, err := lang.Load(locales.FS)
	must(t, err)
	mux := &web.Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.DiscardHandler), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		web.WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}}
	g := &Pages{Book: b, Words: words,
		Frame: func(page ui.Page, _ *casefile.File) ui.Page {
			page.Site, page.Home, page.Rehearsal = "Committee for Anna", "/en/", true
			page.Banner, page.Footer = ui.Banner{Text: "Committee for Anna"}, ui.Footer{RunBy: "Committee for Anna"}
			return page
		},
		Tongue: func(r *http.Request) lang.Tag {
			if l := lang.Tag(r.URL.Query().Get("lang")); words.Has(l) {
				return l
			}
			return "en"
		}}
	g.Routes(mux)
	h, err := web.Shield(mux)
	must(t, err)
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

var action = regexp.MustCompile(`<form method="post" action="([^"]+)"`)

func TestTheLinkAsksAndTheButtonEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, _ := key(t)
		b := site(t, d, map[string]string{"anna": to.String()})
		h := pages(t, b)
		stop := strings.TrimPrefix(follow(t, b, "anna", anna), mailURL)
		follow(t, b, "anna", anna)
		for _, method := range []string{"GET", "HEAD"} {
			w := ask(h, method, stop+"?lang=ru", "")
			if w.Code != 200 || count(t, b, "anna") != 2 {
				t.Fatalf("%s: %d, and %d rows are left", method, w.Code, count(t, b, "anna"))
			}
			for head, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "strict-origin"} {
				if have := w.Header().Get(head); have != want {
					t.Errorf("%s: %s is %q", method, head, have)
				}
			}
		}
		page := ask(h, "GET", stop+"?lang=ru", "").Body.String()
		for _, tells := range []string{"Anna", "anna", "Committee"} {
			if strings.Contains(page, tells) {
				t.Errorf("the page says %s:\n%s", tells, page)
			}
		}
		m := action.FindStringSubmatch(page)
		if m == nil || m[1] != stop+"?lang=ru" || !strings.Contains(page, `<html lang="ru"`) || !strings.Contains(page, `<meta name="robots" content="noindex"`) {
			t.Fatalf("%q\n%s", m, page)
		}
		w := ask(h, "POST", m[1], "", "Content-Type", "application/x-www-form-urlencoded", "Origin", "http://example.com", "Sec-Fetch-Site", "same-origin")
		if w.Code != 200 || count(t, b, "anna") != 1 || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "strict-origin" {
			t.Errorf("%d %v, and %d rows are left", w.Code, w.Header(), count(t, b, "anna"))
		}
		// Twice is once, and a link that never was is answered alike, byte by byte.
		for _, path := range []string{stop, pathPrefix + strings.Repeat("A", 43), pathPrefix + "x", pathPrefix + strings.Repeat("x.", 1000)} {
			again := ask(h, "POST", path+"?lang=ru", "")
			if again.Code != w.Code || again.Body.String() != w.Body.String() || count(t, b, "anna") != 1 {
				t.Errorf("%.60s: %d %s", path, again.Code, again.Body)
			}
		}
	})
}

// A mail provider presses the button for its reader (RFC 8058): no cookie, no Origin, either kind of form, and no key of ours or the organisers'.
func TestOneClick(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		to, _ := key(t)
		keys := map[string]string{"anna": to.String()}
		b := site(t, d, keys)
		h := pages(t, b)
		multipart := "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"
		for name, tc := range map[string]struct {
			kind, body string
		}{
			"urlencoded": {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
			"multipart":  {"multipart/form-data; boundary=b", multipart},
			"bare":       {"", ""},
			"much":       {"text/plain", strings.Repeat("x", 1<<20)},
		} {
			keys["anna"] = to.String()
			stop := strings.TrimPrefix(follow(t, b, "anna", anna), mailURL)
			delete(keys, "anna") // whatever happened to the campaign and its key since
			if w := ask(h, "POST", stop, tc.body, "Content-Type", tc.kind, "User-Agent", "Mailer"); w.Code != 200 {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			if n := count(t, b, "anna"); n != 0 {
				t.Errorf("%s: %d rows are left", name, n)
			}
		}
		// From a page of somebody else's, in a browser, it is refused as all posts are.
		keys["anna"] = to.String()
		stop := strings.TrimPrefix(follow(t, b, "anna", anna), mailURL)
		if w := ask(h, "POST", stop, "", "Sec-Fetch-Site", "cross-site"); w.Code != 403 || count(t, b, "anna") != 1 {
			t.Errorf("%d, and %d rows are left", w.Code, count(t, b, "anna"))
		}
	})
}

// If the database can't be written, that is said, so that the provider tries again.
func TestStopThatFailsIsToldSo(t *testing.T) {
	d := dbtest.Open(t, db.Config{File: t.TempDir() + "/outcry.db"})
	b := site(t, d, nil)
	h := pages(t, b)
	d.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", pathPrefix+"x", nil).WithContext(ctx))
	if w.Code < 500 || w.Header().Get("Referrer-Policy") != "strict-origin" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
