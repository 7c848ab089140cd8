package browser

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"

	"outcry/internal/feature/letter"
)

// crowd has so many people sign and show their names, in three scripts, without a browser.
func (h *house) crowd(t *testing.T, n int) {
	t.Helper()
	var wg sync.WaitGroup
	work, failed := make(chan int), make(chan error, n)
	for range 8 {
		wg.Go(func() {
			for i := range work {
				if err := h.signer(t, i); err != nil {
					failed <- err
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	h.await(t, "all names are shown", func() bool { return h.app.Book.Count(h.app.Book.Letters("")[0].ID).Shown == int64(n) })
}

func (h *house) signer(t *testing.T, i int) error {
	book, address := h.app.Book, fmt.Sprintf("crowd-%d@gmail.com", i)
	w, err := book.Begin(t.Context(), "kagarlitsky", "release", 1, address, "en")
	if err != nil {
		return err
	}
	c, err := book.ConfirmCode(t.Context(), w.Token, h.code(t, address, 1))
	if err != nil {
		return err
	}
	name := []string{"Reader %03d", "Читательница %03d", "قارئة %03d"}[i%3]
	place := ""
	if i%2 == 0 {
		place = []string{"teacher, Wuppertal", "учительница, Саратов", "معلمة، بيروت"}[i%3]
	}
	_, err = book.Show(t.Context(), c.Secret, fmt.Sprintf(name, i), place)
	return err
}

// Two hundred and fifty names: in pages, on every device, on paper; and what each page costs whoever opens it.
func TestNames(t *testing.T) {
	t.Parallel()
	b := New(t)
	h := lodge(t, "immediate", letter.Usual())
	h.crowd(t, 250)
	tags := languages(t, h.program)
	all := newSeen(tags)
	for _, tag := range few(tags) {
		t.Run(tag, func(t *testing.T) {
			u := &tour{t, b.Page(t, View{NoScript: true, Phone: true, Language: tag}), tag, all, tag == "en"}
			p, list := u.p, h.letter(tag)+"/names"
			u.open(list, http.StatusOK)
			n := p.Bytes()
			t.Logf("a page of names: %d bytes over the wire, %d of them its own, in %d requests", n, weight(p), len(p.Requests()))
			if n > 14<<10 {
				t.Errorf("a page of names weighs %d bytes, at most %d", n, 14<<10)
			}
			u.titled("names.title")
			seen := map[string]bool{}
			for page := 1; ; page++ {
				own := Eval[[]string](p, `[...document.querySelectorAll(".names li > bdi")].map(e => e.textContent)`)
				if page < 3 && len(own) != 100 || page == 3 && len(own) != 50 || page > 3 {
					t.Fatalf("page %d has %d names", page, len(own))
				}
				for _, name := range own {
					seen[name] = true
				}
				if page != 2 || long() {
					u.look(fmt.Sprintf("names-%d", page))
				}
				if page == 1 {
					reach(t, p)
					onPaper(t, p)
				}
				if s := Eval[string](p, `document.querySelector(".pager [aria-current=page]").textContent.trim()`); !strings.Contains(s, say(tag).Number(int64(page))) {
					t.Errorf("page %d is marked as %q", page, s)
				}
				if !p.Has(".pager [rel=next]") {
					break
				}
				u.press(".pager [rel=next]", http.StatusOK)
			}
			if len(seen) != 250 {
				t.Errorf("%d different names on three pages", len(seen))
			}
			u.find("читат", "Читательница 001")
			if n := Eval[int](p, `document.querySelectorAll(".names li").length`); n != 83 {
				t.Errorf("%d names are found, want 83", n)
			}
			u.look("names-many-found")
			reach(t, p)
		})
	}
	Vnu(t, all.pages)
	for _, tag := range tags[:pick(0, len(tags))] {
		t.Run("weights-"+tag, func(t *testing.T) { h.weigh(t, b, tag) })
	}
}

// weigh records what a first visit to each sort of page costs, over the wire and compressed, and holds it under a ceiling in KiB.
func (h *house) weigh(t *testing.T, b *Browser, tag string) {
	private := (&tour{t, b.Page(t, View{NoScript: true, Language: tag}), tag, newSeen(nil), false}).sign(h, "weighed-"+tag+"@gmail.com")
	for _, page := range []struct {
		name, address string
		own, all      int64
	}{
		{"letter", h.letter(tag), 6, 16},
		{"person", h.person(tag), 8, 18},
		{"names", h.letter(tag) + "/names", 4, 14},
		{"private page", private, 8, 17},
		{"withdraw", h.letter(tag) + "/withdraw", 5, 14},
		{"embed", h.URL + "/embed/" + h.id(t) + "?lang=" + tag, 2, 10},
		{"embed.svg", h.URL + "/embed/" + h.id(t) + ".svg?lang=" + tag, 2, 2},
	} {
		p := b.Page(t, View{Phone: true, Language: tag}) // with an empty cache
		p.Open(page.address)
		own, all := weight(p), p.Bytes()
		t.Logf("%s-%s: %d bytes of its own, %d in all, in %d requests", page.name, tag, own, all, len(p.Requests()))
		if own > page.own<<10 || all > page.all<<10 {
			t.Errorf("%s: %d bytes of its own and %d in all; at most %d and %d", page.name, own, all, page.own<<10, page.all<<10)
		}
		if strings.Contains(page.name, "svg") {
			continue
		}
		if s := Eval[string](p, `document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)`); s != "" {
			t.Errorf("%s keeps in the browser: %s", page.name, s)
		}
	}
}

// onPaper looks at the list as it would be printed: names in dark ink on white, also by who prefers the dark, and nothing to press.
func onPaper(t *testing.T, p *Page) {
	t.Helper()
	p.do("print", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: p.features("dark")}))
	for _, css := range []string{"nav", "form", ".skip"} {
		if n := Eval[int](p, `[...document.querySelectorAll("`+css+`")].filter(e => e.checkVisibility()).length`); n > 0 {
			t.Errorf("%d %s are printed", n, css)
		}
	}
	if n := Eval[int](p, `[...document.querySelectorAll(".names bdi")].filter(e => e.checkVisibility()).length`); n < 100 {
		t.Errorf("%d names are printed", n)
	}
	if s := Eval[string](p, `(s => s.color + " on " + getComputedStyle(document.body).backgroundColor)(getComputedStyle(document.querySelector(".names bdi")))`); s != "rgb(0, 0, 0) on rgb(255, 255, 255)" {
		t.Errorf("names are printed in %s", s)
	}
	if n := p.Overflow(); n > 0 {
		t.Errorf("printed, the page is %d pixels too wide", n)
	}
	p.Look(0, false)
}

// reach walks through the page by the Tab key: it comes to all that can be pressed or filled, in the order of the document, and never to the field for machines.
func reach(t *testing.T, p *Page) {
	t.Helper()
	want := Eval[[]string](p, `(() => { let n = 0; document.activeElement.blur(); scrollTo(0, 0);
		return [...document.querySelectorAll("a[href],button,input,select,textarea,summary")].filter(e => e.type != "hidden" && !e.closest("[aria-hidden=true]") && e.checkVisibility())
			.map(e => e.dataset.tab = String(n++) + " " + (e.id || e.textContent.trim().slice(0, 30))) })()`)
	var have []string
	for range len(want) {
		p.Press(kb.Tab)
		have = append(have, Eval[string](p, `document.activeElement.dataset.tab || document.activeElement.outerHTML.slice(0, 80)`))
	}
	if strings.Join(have, "\n") != strings.Join(want, "\n") {
		t.Errorf("the Tab key comes to\n%s\n\nand should to\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
	if Eval[bool](p, `document.activeElement.dataset.tab === undefined`) {
		t.Error("the Tab key leads out of what can be pressed")
	}
}
