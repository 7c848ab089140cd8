package dossier

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// View is what the panels of a page are made of: what the public may see of a case, looked at from a day.
type View struct {
	File  *casefile.File
	Today casefile.Date // to say how long ago the sources were last compared; the zero Date says only when

	stand func() *casefile.Stand // derives once a page, if anything on it asks; nil: each time
	lists *casefile.Registry     // of designated organisations, to which nothing here links; nil: none
}

// Look is a View for a page of several panels: where the person stands is derived once, when a panel is written that tells it. File must be a projection for the public.
func Look(f *casefile.File, today casefile.Date) View {
	return View{File: f, Today: today, stand: sync.OnceValue(View{File: f}.now)}
}

// now is where the person stands as of the last thing told.
func (v View) now() *casefile.Stand {
	if v.stand != nil {
		return v.stand()
	}
	s := v.File.Stand(casefile.AsOf{})
	return &s
}

// dead tells that nothing is asked for any more.
func (v View) dead() bool { return v.now().Died != nil }

// period is the last period of custody; nil if the person was never held in this case.
func (v View) period() *casefile.CustodyPeriod {
	all := v.now().Custody
	if len(all) == 0 {
		return nil
	}
	return &all[len(all)-1]
}

// page is the address of the page about the person.
func (v View) page(p *lang.Printer) string { return "/" + string(p.Tag()) + "/" + v.File.Case.Slug }

// path is an event's address for life. Only a case that is public by no rule has events without one.
func (v View) path(p *lang.Printer, e *casefile.Event) string {
	if e.ID == "" {
		return v.page(p) + "/timeline#" + v.anchor(e)
	}
	return v.page(p) + "/e/" + e.ID
}

// anchor is the event's id on the timeline.
func (v View) anchor(e *casefile.Event) string {
	if e.ID != "" {
		return "event-" + e.ID
	}
	for i := range v.File.Events {
		if &v.File.Events[i] == e {
			return "event-" + strconv.Itoa(i+1)
		}
	}
	return ""
}

// fragment is a piece of a sentence. What the organisers typed stands isolated, with its language where that is not the page's.
type fragment struct {
	text     string
	isolated bool
	tag      lang.Tag // empty: the page's
}

// frag is a typed text as a fragment, in the page's language or the one it falls back to.
func (v View) frag(p *lang.Printer, t casefile.Text) fragment {
	s, tag := t.In(p.Tag(), v.File.Campaign.Languages...)
	if tag == p.Tag() {
		tag = ""
	}
	return fragment{s, true, tag}
}

// lacking is the language in which a reader gets the first of the texts that is not there in the page's; empty if none lacks.
func (v View) lacking(p *lang.Printer, texts ...casefile.Text) lang.Tag {
	for _, t := range texts {
		if _, tag := t.In(p.Tag(), v.File.Campaign.Languages...); tag != p.Tag() && tag != "" {
			return tag
		}
	}
	return ""
}

// called is the person's name.
func (v View) called(p *lang.Printer) fragment {
	s, tag := v.File.Name(p.Tag())
	if tag == p.Tag() {
		tag = ""
	}
	return fragment{s, true, tag}
}

// sentence is a catalogue's sentence some of whose values are fragments: they keep their own marks inside it.
// Private-use characters hold their places while the sentence is filled in; no typed text holds one at that time.
func sentence(p *lang.Printer, key string, pairs ...any) []fragment {
	return placed(pairs, func(args []any) string { return p.T(key, args...) })
}

// placed fills a sentence in and puts its fragments back.
func placed(pairs []any, fill func([]any) string) []fragment {
	const first = '\ue000'
	var held []fragment
	args := append([]any(nil), pairs...)
	for i := 1; i < len(args); i += 2 {
		if f, ok := args[i].(fragment); ok {
			args[i] = string(first + rune(len(held)))
			held = append(held, f)
		}
	}
	var out []fragment
	rest := fill(args)
	for {
		at := strings.IndexFunc(rest, func(r rune) bool { return r >= first && r < first+rune(len(held)) })
		if at < 0 {
			break
		}
		r := []rune(rest[at:])[0]
		if at > 0 {
			out = append(out, fragment{text: rest[:at]})
		}
		out = append(out, held[r-first])
		rest = rest[at+len(string(r)):]
	}
	if rest != "" {
		out = append(out, fragment{text: rest})
	}
	return out
}

// plain is a sentence of ours that nothing typed stands in.
func plain(s string) []fragment { return []fragment{{text: s}} }

// line is a single text as a sentence of its own.
func (v View) line(p *lang.Printer, t casefile.Text) []fragment { return []fragment{v.frag(p, t)} }

// machine is the time for a datetime attribute; empty where HTML has no way to say it.
func machine(w casefile.Partial) string {
	if w.Date.How != casefile.Exactly || w.Date.To != (casefile.Date{}) {
		return ""
	}
	return w.Date.From.String()
}

// whole tells a sentence, which has a line of its own, from a few words, which share one.
func whole(s []fragment) bool {
	last := s[len(s)-1].text
	return strings.HasSuffix(last, ".") || strings.HasSuffix(last, "؟") || strings.HasSuffix(last, "?")
}

// publisher is a source in a line: who and when.
func (v View) publisher(p *lang.Printer, s *casefile.Source) []fragment {
	return sentence(p, "case.source_line", "Publisher", v.frag(p, s.Publisher), "Date", s.Published.Words(p))
}

// number is a source's place in the list of sources, from 1: by it a printed page refers to it. 0 if there is none.
func (v View) number(id casefile.SourceID) int {
	return slices.IndexFunc(v.File.Sources, func(s casefile.Source) bool { return s.ID == id }) + 1
}

// gone tells that a whole day lies before the day the page is looked at on.
func (v View) gone(on casefile.Date) bool {
	return v.Today.Whole() && on != (casefile.Date{}) && on.Last().Compare(v.Today) < 0
}

// days is how many days are from one whole day to another.
func days(from, to casefile.Date) int {
	at := func(d casefile.Date) time.Time {
		return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	}
	return int(at(to).Sub(at(from)).Hours() / 24)
}

// those are the events of some kinds, in order of time.
func (v View) those(of func(casefile.EventKind) bool) (out []*casefile.Event) {
	for _, e := range v.File.InOrder() {
		if of(e.Kind) {
			out = append(out, e)
		}
	}
	return out
}
