package browser

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"outcry/internal/app"
)

// dossier publishes the made-up case of which nearly everything is told.
func dossier(t *testing.T) *installation {
	t.Helper()
	i := install(t, "sqlite")
	path := filepath.Join("..", "..", "internal", "feature", "dossier", "testdata", "vera.yaml")
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	i.run(t, 0, append([]string{"campaign", "apply", path}, i.place...)...)
	for over := time.Now().Add(patience); i.status(t, i.URL+"/en/vera") != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatal("the page about the person is not served")
		}
	}
	return i
}

// on serves the same installation as it is on a day: the made-up case has a hearing that was to come then.
func (i *installation) on(t *testing.T, day time.Time) (address string) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Data: filepath.Join(i.dir, "data"), SecretFile: filepath.Join(i.dir, "secret"), Now: func() time.Time { return day }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.Close()
		_ = a.Close()
	})
	return s.URL
}

// The glance, from the rendered page alone: on a phone, without JavaScript, who, where it stands, since when, where, on what charge, what comes next and how it is known
// are all within the first two screens, in that order.
func TestGlance(t *testing.T) {
	t.Parallel()
	b := New(t)
	address := dossier(t).on(t, time.Date(2024, 4, 2, 9, 0, 0, 0, time.UTC))
	const screen = 740
	for tag, want := range map[string][]string{
		"en": {"Vera Example", "Serving a sentence", "as of 20 March 2024", "Held since 5 December 2023", "Camp No. 00", "дискредитация", "What comes next", "Hearing: 14 May 2024", "4 sources", "Newest source: 20 March 2024", "Last checked 5 days ago"},
		"ru": {"Вера Примерова", "Отбывает наказание", "20 марта 2024", "В заключении с 5 декабря 2023", "Колония № 00", "дискредитация", "Что дальше", "Заседание суда: 14 мая 2024", "4 источника", "Самый новый источник: 20 марта 2024"},
		"ar": {"فيرا إكزامبل", "قيد تنفيذ العقوبة", "20 مارس 2024", "قيد الاحتجاز منذ 5 ديسمبر 2023", "المعسكر رقم 00", "дискредитация", "ما التالي", "جلسة: 14 مايو 2024", "4 مصادر", "أحدث مصدر: 20 مارس 2024"},
	} {
		t.Run(tag, func(t *testing.T) {
			p := b.Page(t, View{Phone: true, NoScript: true, Language: tag})
			p.Open(address + "/" + tag + "/vera")
			(&tour{t: t, p: p, tag: tag}).picture("glance", "phone")
			above := 0.0
			for _, text := range want {
				// The first thing that says it and can be seen; -1 where nothing does.
				bottom := Eval[float64](p, fmt.Sprintf(`(text => {
					const said = [...document.querySelectorAll("#main h1, #glance strong, #glance .asof, #glance summary, #glance dt, #glance dd, #glance a")]
						.filter(e => e.checkVisibility() && e.textContent.replaceAll("\u00a0", " ").includes(text))[0];
					return said ? said.getBoundingClientRect().bottom + scrollY : -1;
				})(%q)`, text))
				switch {
				case bottom < 0:
					t.Errorf("nothing says %q", text)
				case bottom > 2*screen:
					t.Errorf("%q ends at %.0f pixels, on the third screen", text, bottom)
				case bottom < above:
					t.Errorf("%q stands above what is to be read first", text)
				}
				above = max(above, bottom)
			}
			t.Logf("all of it is read at %.0f pixels", above)
		})
	}
}

// Every page about one person, in each language: accessible, sound HTML, no wider than its window, light enough. On paper a statement refers to a numbered source, whose
// address is printed, and nothing stands there to press.
func TestDossier(t *testing.T) {
	t.Parallel()
	b := New(t)
	i := dossier(t)
	tags := few(languages(t, i.program))
	all := newSeen(tags)
	pages := map[string]string{"vera": "", "vera-timeline": "/timeline", "vera-chosen": "/timeline?kind=custody&from=2023", "vera-event": "/e/picket", "vera-struck": "/e/strike", "vera-untold": "/e/cold", "vera-changes": "/changes?since=2024-01-01"}
	t.Run("tour", func(t *testing.T) {
		for _, tag := range tags {
			t.Run(tag, func(t *testing.T) {
				t.Parallel()
				u := &tour{t, b.Page(t, View{Phone: true, NoScript: true, Language: tag}), tag, all, tag == "ar"}
				for name, path := range pages {
					u.visit(name, i.URL+"/"+tag+"/vera"+path, http.StatusOK)
				}
				u.visit("vera-gone", i.URL+"/"+tag+"/vera/e/neighbour", http.StatusGone)
				for _, name := range []string{"", "/timeline", "/e/picket"} { // unfolded it is sound too
					u.p.Open(i.URL + "/" + tag + "/vera" + name)
					Eval[int](u.p, `[...document.querySelectorAll("details")].map(d => d.open = true).length`)
					u.look("unfolded" + strings.ReplaceAll(name, "/", "-"))
				}
			})
		}
		t.Run("form", func(t *testing.T) {
			t.Parallel()
			p := b.Page(t, View{Phone: true, NoScript: true, Language: "en"})
			p.Open(i.URL + "/en/vera/timeline")
			Eval[string](p, `document.getElementById("kind").value = "restrictions"`)
			p.Follow("form.choose button")
			if !strings.Contains(p.URL(), "kind=restrictions") || Eval[int](p, `document.querySelectorAll(".timeline > li").length`) != 1 {
				t.Errorf("the choice leads to %s: %s", p.URL(), p.Text("#main"))
			}
		})
		t.Run("paper", func(t *testing.T) {
			t.Parallel()
			p := b.Page(t, View{Language: "en"})
			p.Open(i.URL + "/en/vera/timeline")
			p.do("print", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
			for _, css := range []string{"form", ".languages", ".evidence", ".follow", ".skip"} {
				if Eval[bool](p, fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.checkVisibility())`, css)) {
					t.Errorf("%s stands on paper", css)
				}
			}
			if !Eval[bool](p, `[...document.querySelectorAll("#event-arrest .refs")].some(e => e.checkVisibility() && e.textContent.includes("[1]") && e.textContent.includes("[2]"))`) {
				t.Error("a statement refers to no source on paper")
			}
			if s := Eval[string](p, `getComputedStyle(document.querySelector("#source-ruling a"), "::after").content`); !strings.Contains(s, "court.example/22-000") {
				t.Errorf("the source's address is not printed: %s", s)
			}
			if !slices.Contains([]string{"1", "2"}, Eval[string](p, `document.querySelector("#source-ruling").getAttribute("value")`)) {
				t.Error("the source has no number")
			}
		})
	})
	Vnu(t, all.pages)
	if want := (len(pages) + 4) * len(tags); len(all.pages) != want {
		t.Errorf("%d pages were looked at, want %d", len(all.pages), want)
	}
}
