package poster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"io"
	"net/http"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
)

// Pages are the sheets that everybody can have of a letter. Safe for any goroutine.
type Pages struct {
	Maker  func() (*Maker, error) // made when the first sheet is asked for
	Cache  *web.Cache
	Case   func(slug string) (*casefile.File, error)         // what the public may see
	Letter func(caseSlug, letterSlug string) (Letter, error) // that the public can see
	// Photo reads a photograph by its hash; nil: none is drawn. It is asked when a sheet is drawn, and what it gave is let go when that is done.
	Photo func(ctx context.Context, sum string) (image.Image, error)
	hands chan struct{} // one sheet is drawn at a time: it takes a processor for a good part of a second
}

// NewPages makes the pages.
func NewPages(p Pages) *Pages {
	p.hands = make(chan struct{}, 1)
	return &p
}

// public are the sheets at an address of their own, under a letter's: /en/anna/release/poster.pdf.
var public = map[string]struct {
	size Size
	as   Format
	kind string
}{
	"card.png":   {Card, PNG, "image/png"},
	"poster.pdf": {A4, PDF, "application/pdf"},
	"poster.txt": {A4, Text, "text/plain; charset=utf-8"},
}

// Beside are the pages under a letter's address in a language. They are drawn anew when what stands on them has changed, and not before: a letter's count may move
// every second, and is on none.
func (g *Pages) Beside(tag lang.Tag) map[string]web.Handler {
	pages := map[string]web.Handler{}
	for name, s := range public {
		pages[name] = func(w http.ResponseWriter, r *http.Request) error {
			caseSlug, slug := r.PathValue("case"), r.PathValue("letter")
			f, err := g.Case(caseSlug)
			if err != nil {
				return err
			}
			l, err := g.Letter(caseSlug, slug)
			if err != nil {
				return err
			}
			m, err := g.Maker()
			if err != nil {
				return err
			}
			spoken, ok := l.Spoken(tag, f, m.Words)
			if !ok {
				return fault.New(fault.NotFound, "fault.not_found")
			}
			o := Order{Size: s.size, Languages: []lang.Tag{spoken}}
			sum := ""
			if p := f.Person.Photo; p != nil && g.Photo != nil { // in a projection it is one that is agreed to
				sum = p.SHA256
				o.Picture(f, nil)
			}
			words, err := m.said(f, l, o)
			if err != nil {
				return err
			}
			w.Header().Set("X-Robots-Tag", "noindex")
			key := r.URL.Path + "#" + mark(words, l.URL(spoken), o.PhotoAlt, sum)
			return g.Cache.ServeKind(w, r, s.kind, "poster "+caseSlug, key, func(out io.Writer) error {
				return g.draw(r.Context(), m, f, l, o, sum, s.as, out)
			})
		}
	}
	return pages
}

// draw makes a sheet once it is this one's turn, with the photograph of that hash; none if it is empty.
func (g *Pages) draw(ctx context.Context, m *Maker, f *casefile.File, l Letter, o Order, photo string, as Format, out io.Writer) error {
	select {
	case g.hands <- struct{}{}:
		defer func() { <-g.hands }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if photo != "" && as != Text {
		img, err := g.Photo(ctx, photo)
		if err != nil {
			return err
		}
		o.Photo = img
	}
	made, err := m.Make(f, l, o)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) { // for those who wrote it to mend: they are told by the command that makes it
		return fault.New(fault.NotFound, "fault.not_found").Because(err)
	}
	if err != nil {
		return err
	}
	return made.Write(out, as)
}

// said is all that a sheet says: what it is drawn anew for.
func (m *Maker) said(f *casefile.File, l Letter, o Order) (string, error) {
	stand := f.Stand(casefile.AsOf{})
	if err := m.allowed(f, l, o); err != nil {
		return "", err
	}
	var texts []string
	for _, t := range m.tellings(f, &stand, &l, o) {
		texts = append(texts, t.text())
	}
	return strings.Join(texts, "\n\n"), nil
}

// mark is a short name of some words.
func mark(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(sum[:12])
}
