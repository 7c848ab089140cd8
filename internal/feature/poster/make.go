package poster

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/sheet"
)

// Maker makes sheets. Safe for any goroutine.
type Maker struct {
	Words *lang.Catalog
	Faces *sheet.Faces
}

// Made is a sheet, and what stands on it in words.
type Made struct {
	Sheet *sheet.Sheet
	Text  string // the whole of it, a line a statement, an empty line between languages: what stands beside it for whoever can't see it
	Alt   string // the same in short, for a picture's alternative

	Languages []lang.Tag // in their order
	dots      float64
}

// Make makes a sheet from what the public may see of a case: f is a projection. It is refused (a fault) where nothing is asked for any more, where the letter is
// stopped or is not there in a language, where a photograph is not agreed to, and where a text can't be shown: too long in the smallest letters, or in letters that
// no face has. The same arguments give the same sheet.
func (m *Maker) Make(f *casefile.File, l Letter, o Order) (*Made, error) {
	form, ok := forms[o.Size]
	if !ok {
		return nil, fault.New(fault.Invalid, "fault.poster.size", "Sizes", strings.Join(o.Size.Known(), ", ")).At("size")
	}
	stand := f.Stand(casefile.AsOf{})
	if err := m.allowed(f, l, o); err != nil {
		return nil, err
	}
	list := m.tellings(f, &stand, &l, o)
	var texts []string
	for i := range list {
		texts = append(texts, list[i].text())
	}
	made := &Made{Text: strings.Join(texts, "\n\n"), Alt: m.Words.Printer(o.Languages[0]).T("poster.alt", "Title", list[0].title.text, "Name", list[0].name.text), Languages: o.Languages, dots: form.dots}
	if o.PhotoAlt != "" {
		made.Text += "\n\n" + o.safe(o.PhotoAlt)
	}
	p := &page{form: form, order: o, list: list, set: m.Faces.Setter(), palette: colours(o.Gray)}
	s := &sheet.Sheet{W: form.w, H: form.h, Gray: o.Gray, Paper: p.paper, Title: list[0].title.text, Lang: o.Languages[0], Alt: made.Text}
	if o.Bleed && !form.screen {
		s.Bleed = bleed
	}
	if err := p.draw(s); err != nil {
		return nil, err
	}
	made.Sheet = s
	return made, nil
}

// tellings are what the sheet says in each of its languages.
func (m *Maker) tellings(f *casefile.File, stand *casefile.Stand, l *Letter, o Order) (list []telling) {
	for i, tag := range o.Languages {
		t := tell(m.Words.Printer(tag), f, stand, l, &o)
		if credit, in := o.Credit.In(tag, f.Campaign.Languages...); i == 0 && credit != "" {
			t.notes = append(t.notes, piece{"person.photo.credit", o.safe(credit), in})
		}
		if o.Size == Card { // it stands beside a link, and has little room
			t.work, t.demand, t.to, t.call, t.care = piece{}, piece{}, piece{}, piece{}, piece{}
			t.stand = t.stand[:min(len(t.stand), 2)]
		}
		list = append(list, t)
	}
	return list
}

// allowed refuses what must not be made.
func (m *Maker) allowed(f *casefile.File, l Letter, o Order) error {
	switch n := len(o.Languages); {
	case l.Stopped, f.Stopped(casefile.ScopeLetter): // of the dead nothing is asked, and their projection says so here
		return fault.New(fault.Gone, "fault.poster.stopped")
	case (o.Photo != nil || o.PhotoAlt != "") && !f.Agreed(casefile.ScopePhoto):
		return fault.New(fault.Refused, "fault.poster.photo").At("photo")
	case n == 0 || n > LanguagesMost:
		return fault.New(fault.Invalid, "fault.poster.languages", "Most", LanguagesMost).At("lang")
	}
	for i, tag := range o.Languages {
		if !m.Words.Has(tag) || !l.in(tag) {
			var have []string
			for _, t := range l.languages(m.Words) {
				have = append(have, string(t))
			}
			return fault.New(fault.Invalid, "fault.poster.language", "Language", string(tag), "Have", strings.Join(have, ", ")).At("lang")
		}
		if slices.Contains(o.Languages[:i], tag) {
			return fault.New(fault.Invalid, "fault.poster.twice", "Language", string(tag)).At("lang")
		}
	}
	return nil
}

// Format is a kind of file.
type Format string

const (
	PDF  Format = "pdf"
	PNG  Format = "png"
	SVG  Format = "svg"
	Text Format = "txt"
)

// Known are the formats that there are.
func (Format) Known() []string {
	return []string{string(PDF), string(PNG), string(SVG), string(Text)}
}

// Write writes a sheet; the same sheet is the same bytes.
func (m *Made) Write(w io.Writer, as Format) error {
	switch as {
	case PDF:
		return m.Sheet.PDF(w)
	case PNG:
		return m.Sheet.PNG(w, m.dots)
	case SVG:
		return m.Sheet.SVG(w)
	case Text:
		_, err := io.WriteString(w, m.Text+"\n")
		return err
	}
	return fmt.Errorf("poster: no format %q", as)
}
