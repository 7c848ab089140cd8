package dossier

import (
	"bufio"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// The calendar of one person (iCalendar, RFC 5545): hearings that were and that are to come, and last days. A case tells days and no clock times, so every
// entry lasts whole days. Nobody is in it but the person: no organiser, no attendee. What was guessed is not in it, and no typed text is in a title.

const calendarKind = "text/calendar; charset=utf-8"

// calendar is what is written.
type calendar struct {
	name    string
	tag     lang.Tag
	entries []calendarEntry
}

type calendarEntry struct {
	uid      string
	stamp    casefile.Date
	from, to casefile.Date // to: the last day
	title    string
	where    string
	note     string
	url      string
	off      bool // it was put off, or is told no more
}

// calendar gathers it; stamp is the day on which the case was last changed.
func (g *Pages) calendar(p *lang.Printer, f *casefile.File, stamp casefile.Date) calendar {
	v := g.View(f)
	name := v.called(p).text
	c := calendar{name: p.T("calendar.name", "Name", name), tag: p.Tag()}
	uid := func(key string) string { // the same in every language: it is one event
		return strings.TrimPrefix(g.permanent("calendar", "", f, key), "urn:uuid:")
	}
	title := func(what string) string { return p.T("calendar.entry", "What", what, "Name", name) }
	for _, e := range v.hearings() {
		from, to, ok := wholeDays(e.When.Date)
		if !ok {
			continue
		}
		entry := calendarEntry{uid: uid("event " + e.ID), stamp: stamp, from: from, to: to, title: title(v.heardAs(p, e)), url: g.URL + v.path(p, e), off: e.Retracted != nil || v.putOff(e)}
		entry.where, _ = v.lists.Cleared(text(v.court(p, e)), v.Today)
		notes := []string{p.T("calendar.source", "Status", p.T("case.claim."+string(standingOf(e))))}
		if e.When.Part != "" {
			notes = append(notes, e.When.Words(p))
		}
		if e.When.Inferred {
			notes = append(notes, p.T("case.date.inferred_note"))
		}
		entry.note = strings.Join(append(notes, p.T("calendar.note")), "\n")
		c.entries = append(c.entries, entry)
	}
	for i := range v.now().Deadlines {
		d := &v.now().Deadlines[i]
		if !d.On.Whole() {
			continue
		}
		key := "deadline " + string(d.Kind)
		for _, e := range d.From {
			key += " " + e.ID
		}
		entry := calendarEntry{uid: uid(key), stamp: stamp, from: d.On, to: d.On, title: title(p.T("case.deadline." + string(d.Kind))), url: g.URL + v.page(p) + "#dates"}
		var notes []string
		for _, line := range v.counted(p, d) {
			notes = append(notes, text(line))
		}
		entry.note = strings.Join(append(notes, p.T("calendar.note")), "\n")
		c.entries = append(c.entries, entry)
	}
	return c
}

// hearings are the days in court, in order of time: those that were held, and those that are or were to come. A day that was announced and then held is one.
func (v View) hearings() (list []*casefile.Event) {
	held := map[string]bool{}
	for _, e := range v.File.Events {
		if inCourt(e.Kind) && e.Retracted == nil {
			held[string(e.Proceeding)+" "+e.When.Date.From.String()] = true
		}
	}
	for _, e := range v.those(func(k casefile.EventKind) bool { return k == casefile.HearingScheduled || inCourt(k) }) {
		switch {
		case e.ID == "", !firm(e) && e.Retracted == nil, e.Retracted == nil && standingOf(e) == casefile.Retracted:
		case e.Kind == casefile.HearingScheduled && (v.dead() || held[string(e.Proceeding)+" "+e.When.Date.From.String()]):
		default:
			list = append(list, e)
		}
	}
	return list
}

// inCourt tells whether an event is a day on which a court sat.
func inCourt(k casefile.EventKind) bool {
	switch k {
	case casefile.HearingHeld, casefile.HearingClosed, casefile.ProsecutorRequest, casefile.VerdictGiven, casefile.AppealDecision:
		return true
	}
	return false
}

// heardAs is what a day in court is called: one to come is a hearing, as it will be.
func (v View) heardAs(p *lang.Printer, e *casefile.Event) string {
	if e.Kind == casefile.HearingScheduled {
		return p.T("case.kind." + string(casefile.HearingHeld))
	}
	return p.T("case.kind." + string(e.Kind))
}

// putOff tells whether a hearing was adjourned before it was held.
func (v View) putOff(e *casefile.Event) bool {
	for i := range v.File.Events {
		if a := &v.File.Events[i]; a.Kind == casefile.HearingAdjourned && a.After == e.ID && a.Retracted == nil {
			return true
		}
	}
	return false
}

// wholeDays are the first and the last day of a time, if its days are known.
func wholeDays(s casefile.Span) (from, to casefile.Date, ok bool) {
	if s.How != casefile.Exactly || !s.From.Whole() {
		return from, to, false
	}
	if s.To == (casefile.Date{}) {
		return s.From, s.From, true
	}
	return s.From, s.To, s.To.Whole()
}

// write writes the calendar: lines of 75 octets at most, each ended by CR and LF (RFC 5545, 3.1).
func (c calendar) write(out io.Writer) error {
	w := bufio.NewWriter(out)
	line := func(s string) { fold(w, s) }
	language := ";LANGUAGE=" + string(c.tag)
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//Outcry//Calendar//EN")
	line("CALSCALE:GREGORIAN")
	line("NAME" + language + ":" + escaped(c.name)) // RFC 7986
	line("X-WR-CALNAME:" + escaped(c.name))
	line("REFRESH-INTERVAL;VALUE=DURATION:PT12H")
	for _, e := range c.entries {
		line("BEGIN:VEVENT")
		line("UID:" + e.uid)
		line("DTSTAMP:" + basic(e.stamp) + "T000000Z")
		line("DTSTART;VALUE=DATE:" + basic(e.from))
		line("DTEND;VALUE=DATE:" + basic(next(e.to))) // the day after: the end is not in it
		line("SUMMARY" + language + ":" + escaped(e.title))
		if e.where != "" {
			line("LOCATION" + language + ":" + escaped(e.where))
		}
		line("DESCRIPTION" + language + ":" + escaped(e.note))
		line("URL:" + e.url)
		line("CLASS:PUBLIC")
		line("TRANSP:TRANSPARENT") // nobody is busy by it
		if e.off {
			line("STATUS:CANCELLED")
		} else {
			line("STATUS:CONFIRMED")
		}
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	return w.Flush()
}

// fold writes a line in pieces of 75 octets at most, never inside a letter.
func fold(w *bufio.Writer, s string) {
	for most := 75; ; most = 74 { // a piece that continues begins with a blank
		if len(s) <= most {
			w.WriteString(s + "\r\n")
			return
		}
		cut := most
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		w.WriteString(s[:cut] + "\r\n ")
		s = s[cut:]
	}
}

var textEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// escaped is a text as a value (RFC 5545, 3.3.11); what a value can't hold is left out.
func escaped(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, textEscapes.Replace(strings.ToValidUTF8(s, "")))
}

// basic is a whole day as iCalendar writes it.
func basic(d casefile.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// next is the day after.
func next(d casefile.Date) casefile.Date {
	y, m, day := time.Date(d.Year, time.Month(d.Month), d.Day+1, 0, 0, 0, 0, time.UTC).Date()
	return casefile.Date{Year: y, Month: int(m), Day: day}
}
