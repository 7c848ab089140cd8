package browser

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// print makes a PDF of the page, on the paper that it asks for.
func (p *Page) print() []byte {
	p.t.Helper()
	yes := true
	return value(p, "print", func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes, GenerateTaggedPDF: &yes})
		return r.Data, err
	})
}

var (
	pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)
	pdfBox  = regexp.MustCompile(`/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]`)
)

// The sheet, the questionnaire and the text without links, in each language: accessible, sound HTML, no wider than a window, and printed on A4 without what leads through the site.
func TestPaper(t *testing.T) {
	t.Parallel()
	b := New(t)
	demo, i := demonstration(t), dossier(t)
	tags := few(languages(t, demo))
	all := newSeen(tags)
	most := map[string]int{"sheet": 2, "questionnaire": 4, "plain": 3} // sheets of paper
	t.Run("tour", func(t *testing.T) {
		for _, tag := range tags {
			t.Run(tag, func(t *testing.T) {
				t.Parallel()
				u := &tour{t, b.Page(t, View{Phone: true, NoScript: true, Language: tag}), tag, all, false}
				for name := range most {
					u.axe = tag == map[bool]string{true: "ar", false: "en"}[name == "questionnaire"] // in the quick run each in one direction
					u.visit("vera-"+name, i.URL+"/"+tag+"/vera/"+name, http.StatusOK)
				}
			})
			for who, address := range map[string]string{"demo": demo.person(tag), "vera": i.URL + "/" + tag + "/vera"} {
				t.Run(tag+"-printed-"+who, func(t *testing.T) {
					t.Parallel()
					p := b.Page(t, View{Language: tag})
					for name, n := range most {
						p.Open(address + "/" + name)
						p.onPaper(who+"-"+name+"-"+tag, n)
					}
				})
			}
		}
	})
	Vnu(t, all.pages)
	if want := len(most) * len(tags); len(all.pages) != want {
		t.Errorf("%d pages were looked at, want %d", len(all.pages), want)
	}
}

// onPaper fails the test unless the open page is printed on A4, on so many sheets at most, and without what leads through the site.
func (p *Page) onPaper(name string, most int) {
	p.t.Helper()
	printed := p.print()
	if folder := os.Getenv("OUTCRY_GALLERY"); folder != "" {
		p.must("keep the print", os.WriteFile(filepath.Join(folder, name+".pdf"), printed, 0o644))
	}
	sheets, boxes := len(pdfPage.FindAll(printed, -1)), pdfBox.FindAllSubmatch(printed, -1)
	if sheets < 1 || sheets > most || len(boxes) != sheets {
		p.t.Errorf("%s is printed on %d sheets, at most %d, with %d sizes", name, sheets, most, len(boxes))
	}
	for _, m := range boxes {
		if w, h := string(m[1]), string(m[2]); !strings.HasPrefix(w, "59") || !strings.HasPrefix(h, "84") { // 595 × 842 points
			p.t.Errorf("%s is printed on %s × %s points, and A4 is 595 × 842", name, w, h)
		}
	}
	p.do("look at what is printed", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	for _, css := range []string{"nav", ".head", ".foot", ".skip", ".follow"} {
		if Eval[bool](p, fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.checkVisibility())`, css)) {
			p.t.Errorf("%s stands on paper: %s", css, name)
		}
	}
	if !Eval[bool](p, `document.querySelector("main article").checkVisibility()`) {
		p.t.Errorf("nothing of %s is printed", name)
	}
	p.do("look at the screen again", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}))
}
