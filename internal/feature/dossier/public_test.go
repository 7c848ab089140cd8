package dossier

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/locales"
	"outcry/ui"
)

// site serves the pages of one case, as the program does, on a day of 2024.
type site struct {
	t       testing.TB
	mux     *web.Mux
	changed []casefile.Changed
	pages   *Pages
}

func serve(t testing.TB, f *casefile.File) *site {
	t.Helper()
	words, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t}
	s.mux = &web.Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.DiscardHandler), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		http.Error(w, f.Key, web.Status(f.Kind))
	}}
	s.pages = &Pages{URL: "https://letters.example", Words: words, Cache: web.NewCache(64 << 20), Now: func() time.Time { return time.Date(2024, 4, 2, 9, 0, 0, 0, time.UTC) },
		Frame: func(page ui.Page, about *casefile.File) ui.Page {
			page.Site, page.Home = "Letters", "/"+string(page.P.Tag())+"/"
			page.Banner.Text, page.Banner.Lang = about.Campaign.Banner.In(page.P.Tag(), about.Campaign.Languages...)
			return page
		},
		Case: func(slug string) (*casefile.File, error) {
			if slug != f.Case.Slug {
				return nil, fault.New(fault.NotFound, "fault.not_found")
			}
			return f, nil
		},
		Changes: func(_ context.Context, _ string, since casefile.Date) (list []casefile.Changed, _ error) {
			for _, c := range s.changed {
				if c.Day.Compare(since.First()) >= 0 {
					list = append(list, c)
				}
			}
			return list, nil
		},
		Letters: func(*lang.Printer, string) []templ.Component {
			return []templ.Component{templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
				_, err := io.WriteString(w, `<p class="sign-here">Sign the letter</p>`)
				return err
			})}
		},
	}
	s.pages.Routes(s.mux)
	return s
}

// get fetches a page, which must answer so.
func (s *site) get(path string, status int) (string, *html.Node) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != status {
		s.t.Fatalf("%s answers %d, want %d:\n%.500s", path, w.Code, status, w.Body)
	}
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		s.t.Fatal(err)
	}
	return w.Body.String(), doc
}

var tongues = []lang.Tag{"en", "ru", "ar", "fr"}
