package tongues

import (
	"strings"
	"time"

	"outcry/internal/kernel/lang"
	"outcry/ui"
)

// option is one of a few that a reader can choose.
type option struct{ value, label string }

func (s sheet) shows() (list []option) {
	for _, name := range shows {
		list = append(list, option{name, s.P.T("desk.tongues.show." + name)})
	}
	return list
}

func (s sheet) partOptions() []option {
	list := []option{{"", s.P.T("desk.tongues.part.all")}}
	for _, name := range s.parts {
		list = append(list, option{name, s.P.T("desk.tongues.part." + name)})
	}
	return list
}

func (s sheet) fromOptions() (list []option) {
	for _, tag := range s.from {
		list = append(list, option{string(tag), tongueName(tag)})
	}
	return list
}

// of names what a button does, and in which language it does it.
func (s shelf) of(key string, w *work) string {
	return s.P.T("desk.tongues.named", "Part", s.P.T(key), "Name", tongueName(w.tag))
}

// tone is the colour of what a press came to.
func (s sheet) tone() ui.Tone {
	if s.result.fault() != nil {
		return ui.Danger
	}
	return ui.Done
}

// says is what a press came to, in sentences.
func (s sheet) says() (list []string) {
	r := s.result
	if r.saved > 0 || r.confirmed+len(r.conflicts)+len(r.refused)+len(r.kept)+len(r.crowded) == 0 {
		list = append(list, s.P.N("desk.tongues.saved", r.saved))
	}
	if r.confirmed > 0 {
		list = append(list, s.P.N("desk.tongues.file.confirmed", r.confirmed))
	}
	if n := len(r.conflicts); n > 0 {
		list = append(list, s.P.N("desk.tongues.conflict", n))
	}
	if len(r.refused) > 0 {
		list = append(list, s.P.T("desk.tongues.refused"))
	}
	if len(r.crowded) > 0 {
		list = append(list, s.P.T("desk.tongues.crowded"))
	}
	if len(r.kept) > 0 {
		list = append(list, s.P.T("desk.tongues.kept_whole"))
	}
	return list
}

// sinceWords says by which edit the source became another one.
func (r row) sinceWords(s sheet) string {
	since := r.note.Since
	if since == nil || since.Revision == 0 {
		return s.P.T("desk.tongues.changed")
	}
	return s.P.T("desk.tongues.changed_by", "Revision", s.P.Number(int64(since.Revision)), "Role", who(s.P, since.By), "Day", day(s.P, since.Day))
}

// lastEdit says after which edit a language went stale: the latest of those.
func (w *work) lastEdit(p *lang.Printer) string {
	var last *piece
	for i := range w.pieces {
		x := &w.pieces[i]
		if x.state == Stale && x.note.Since != nil && x.note.Since.Revision > 0 && (last == nil || x.note.Since.Revision > last.note.Since.Revision) {
			last = x
		}
	}
	if last == nil {
		return ""
	}
	since := last.note.Since
	return p.T("desk.tongues.since", "Revision", p.Number(int64(since.Revision)), "Day", day(p, since.Day))
}

// with is how many of a file's changes have a fate.
func (t taking) with(f fate) (n int) {
	for _, c := range t.list {
		if c.fate == f {
			n++
		}
	}
	return n
}

// shown is a text of a file as a page may show it, whatever stands in it.
func shown(text string) string {
	if tidied, ok := tidy(text); ok {
		return tidied
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e {
			return '\ufffd'
		}
		return r
	}, text)
}

// wrong is what stands beside a field.
func wrong(list []ui.Problem, field string) string {
	for _, p := range list {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// day is a day as it is kept, in words.
func day(p *lang.Printer, text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return p.Day(t.Year(), t.Month(), t.Day())
}
