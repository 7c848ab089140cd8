package dossier

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"outcry/internal/core/casefile"
)

// What follows reads iCalendar by the rules of RFC 5545 (sections 3.1 to 3.3, 3.6 and 3.6.1) and shares nothing with what writes it: no parser of others
// is among the modules of this program.

// icalLine is a content line: name *(";" param) ":" value.
type icalLine struct {
	name, value string
	params      map[string]string
}

type icalComponent struct {
	name  string
	lines []icalLine
	subs  []*icalComponent
}

func (c *icalComponent) all(name string) (list []icalLine) {
	for _, l := range c.lines {
		if l.name == name {
			list = append(list, l)
		}
	}
	return list
}

// value is the one value of a property; empty if there is none.
func (c *icalComponent) value(name string) string {
	if l := c.all(name); len(l) > 0 {
		return l[0].value
	}
	return ""
}

var icalToken = regexp.MustCompile(`^(?:X-)?[A-Z0-9-]+$`)

func parseICal(src string) (*icalComponent, error) {
	if !strings.HasSuffix(src, "\r\n") || strings.Contains(strings.ReplaceAll(src, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(src, "\r\n", ""), "\r") {
		return nil, fmt.Errorf("lines end in CR and LF, and nothing else does")
	}
	var unfolded []string
	for i, raw := range strings.Split(strings.TrimSuffix(src, "\r\n"), "\r\n") {
		switch {
		case len(raw) > 75:
			return nil, fmt.Errorf("line %d has %d octets", i+1, len(raw))
		case !utf8.ValidString(raw):
			return nil, fmt.Errorf("line %d ends inside a letter", i+1)
		case raw == "":
			return nil, fmt.Errorf("line %d is empty", i+1)
		case raw[0] == ' ' || raw[0] == '\t':
			if len(unfolded) == 0 {
				return nil, fmt.Errorf("it begins with a continuation")
			}
			unfolded[len(unfolded)-1] += raw[1:]
		default:
			unfolded = append(unfolded, raw)
		}
	}
	var root *icalComponent
	var open []*icalComponent
	for _, raw := range unfolded {
		l, err := parseLine(raw)
		switch {
		case err != nil:
			return nil, err
		case root != nil && len(open) == 0:
			return nil, fmt.Errorf("something follows the end")
		case l.name == "BEGIN":
			c := &icalComponent{name: l.value}
			if len(open) > 0 {
				open[len(open)-1].subs = append(open[len(open)-1].subs, c)
			} else {
				root = c
			}
			open = append(open, c)
		case len(open) == 0:
			return nil, fmt.Errorf("it does not begin with BEGIN")
		case l.name == "END":
			if open[len(open)-1].name != l.value {
				return nil, fmt.Errorf("%s ends as %s", open[len(open)-1].name, l.value)
			}
			open = open[:len(open)-1]
		default:
			open[len(open)-1].lines = append(open[len(open)-1].lines, l)
		}
	}
	if root == nil || len(open) > 0 {
		return nil, fmt.Errorf("it does not end")
	}
	return root, nil
}

func parseLine(raw string) (icalLine, error) {
	l := icalLine{params: map[string]string{}}
	colon, quoted := -1, false
	for i := range raw {
		switch {
		case raw[i] == '"':
			quoted = !quoted
		case raw[i] == ':' && !quoted && colon < 0:
			colon = i
		case raw[i] < ' ' && raw[i] != '\t' || raw[i] == 0x7f:
			return l, fmt.Errorf("a control character in %q", raw)
		}
	}
	if colon < 0 {
		return l, fmt.Errorf("no colon in %q", raw)
	}
	parts := strings.Split(raw[:colon], ";")
	l.name, l.value = parts[0], raw[colon+1:]
	if !icalToken.MatchString(l.name) {
		return l, fmt.Errorf("the name %q", l.name)
	}
	for _, p := range parts[1:] {
		name, value, ok := strings.Cut(p, "=")
		if !ok || !icalToken.MatchString(name) || value == "" || l.params[name] != "" {
			return l, fmt.Errorf("the parameter %q", p)
		}
		l.params[name] = value
	}
	return l, nil
}

// textValue reads a TEXT: a backslash stands before a backslash, a semicolon, a comma or n alone, and the two signs never stand bare.
func textValue(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ';', ',':
			return "", fmt.Errorf("a bare %q in %q", s[i], s)
		case '\\':
			i++
			if i == len(s) || !strings.ContainsRune(`\;,nN`, rune(s[i])) {
				return "", fmt.Errorf("a bare backslash in %q", s)
			}
			if s[i] == 'n' || s[i] == 'N' {
				b.WriteByte('\n')
			} else {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), nil
}

// schedule fetches a calendar and holds it against RFC 5545: what must be there once, what may be there once, what a value looks like.
func (s *site) schedule(path string) (cal *icalComponent, src string) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/calendar; charset=utf-8" {
		s.t.Fatalf("%s: %d %v", path, w.Code, w.Header())
	}
	src = w.Body.String()
	cal, err := parseICal(src)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", path, err, src)
	}
	if cal.name != "VCALENDAR" || len(cal.all("VERSION")) != 1 || cal.value("VERSION") != "2.0" || len(cal.all("PRODID")) != 1 {
		s.t.Errorf("%s", src)
	}
	seen := map[string]bool{}
	for _, e := range cal.subs {
		if e.name != "VEVENT" {
			s.t.Fatalf("a %s", e.name)
		}
		for _, name := range []string{"UID", "DTSTAMP", "DTSTART"} {
			if len(e.all(name)) != 1 {
				s.t.Errorf("%d of %s", len(e.all(name)), name)
			}
		}
		for _, name := range []string{"DTEND", "SUMMARY", "LOCATION", "DESCRIPTION", "URL", "CLASS", "TRANSP", "STATUS"} {
			if len(e.all(name)) > 1 {
				s.t.Errorf("%d of %s", len(e.all(name)), name)
			}
		}
		for _, l := range e.lines {
			switch l.name {
			case "SUMMARY", "LOCATION", "DESCRIPTION":
				if _, err := textValue(l.value); err != nil {
					s.t.Error(err)
				}
			case "DTSTART", "DTEND":
				if _, err := time.Parse("20060102", l.value); err != nil || l.params["VALUE"] != "DATE" {
					s.t.Errorf("%+v", l)
				}
			case "DTSTAMP":
				if _, err := time.Parse("20060102T150405Z", l.value); err != nil || !strings.HasSuffix(l.value, "T000000Z") {
					s.t.Errorf("%+v", l)
				}
			case "UID", "URL", "CLASS", "TRANSP", "STATUS":
			default: // neither an attendee nor an organiser, nor anything else that names somebody
				s.t.Errorf("a calendar of hearings has a %s", l.name)
			}
		}
		if e.value("DTEND") <= e.value("DTSTART") {
			s.t.Errorf("%s ends before it begins", e.value("SUMMARY"))
		}
		if uid := e.value("UID"); seen[uid] || !uuid.MatchString("urn:uuid:"+uid) {
			s.t.Errorf("the UID %q", uid)
		}
		seen[e.value("UID")] = true
	}
	return cal, src
}

// entry is the entry of a day whose title has some words.
func entry(cal *icalComponent, day, words string) *icalComponent {
	for _, e := range cal.subs {
		if title, _ := textValue(e.value("SUMMARY")); e.value("DTSTART") == day && strings.Contains(title, words) {
			return e
		}
	}
	return nil
}

func TestCalendar(t *testing.T) {
	s := serve(t, vera(t))
	s.changed = []casefile.Changed{{Day: day(2024, 3, 29)}, {Day: day(2024, 3, 30)}}
	uids := map[string]string{}
	for _, tag := range tongues {
		cal, src := s.schedule("/" + string(tag) + "/vera/calendar.ics")
		p := printer(t, tag)
		name, _ := s.must("vera").Name(tag)
		next := entry(cal, "20240514", p.T("calendar.entry", "What", p.T("case.kind.hearing_held"), "Name", name))
		if next == nil {
			t.Fatalf("%s: the next hearing is not in it:\n%s", tag, src)
		}
		if next.value("DTEND") != "20240515" || next.value("DTSTAMP") != "20240330T000000Z" || next.value("URL") != "https://letters.example/"+string(tag)+"/vera/e/next-hearing" ||
			next.value("STATUS") != "CONFIRMED" || next.all("SUMMARY")[0].params["LANGUAGE"] != string(tag) {
			t.Errorf("%s: %+v", tag, next)
		}
		for day, kind := range map[string]string{"20231002": "verdict", "20231205": "appeal_decision"} {
			if entry(cal, day, p.T("case.kind."+kind)) == nil {
				t.Errorf("%s: no %s", tag, kind)
			}
		}
		for _, e := range cal.subs {
			key := e.value("DTSTART") + " " + strings.TrimPrefix(e.value("URL"), "https://letters.example/"+string(tag))
			if uids[key] != "" && uids[key] != e.value("UID") && !strings.Contains(key, "#dates") {
				t.Errorf("%s: one event has two UIDs", key)
			}
			uids[key] = e.value("UID")
		}
		for _, guess := range []string{"dinner", "ужином", "عشاء"} {
			if strings.Contains(src, guess) {
				t.Errorf("%s: a speculation stands in the calendar", tag)
			}
		}
	}
}

// Deadlines say by what rule of law they were counted, and keep their UID when the day moves.
func TestCalendarOfDeadlines(t *testing.T) {
	const open = annasCampaign + `events:
  - {id: arrest, when: 2023-07-25, kind: detention, nature: event, source: paper, country: RU}
  - {id: trial, when: 2023-12-11, kind: verdict, nature: legal, source: paper, country: RU, family: told, verdict: guilty, sentence: [{kind: custody, years: 5}]}
`
	src := strings.Replace(open, "    - {text: Анна Пример, lang: ru}\n", "    - {text: Анна Пример, lang: ru}\n  country: RU\n", 1)
	first, _ := serve(t, made(t, src)).schedule("/en/anna/calendar.ics")
	due := entry(first, "20231226", "Last day for the prosecution to appeal")
	if due == nil {
		t.Fatalf("%+v", first)
	}
	note, _ := textValue(due.value("DESCRIPTION"))
	if !strings.Contains(note, "389.4") || !strings.Contains(note, "15 days") || !strings.Contains(note, "Days off are not reckoned with") {
		t.Errorf("the note is %q", note)
	}
	moved, _ := serve(t, made(t, strings.Replace(src, "when: 2023-12-11", "when: 2023-12-12", 1))).schedule("/en/anna/calendar.ics")
	if again := entry(moved, "20231227", "Last day for the prosecution to appeal"); again == nil || again.value("UID") != due.value("UID") {
		t.Errorf("the deadline has another UID: %+v", again)
	}
}

// A hearing that was put off or taken back is cancelled under its UID; one that was held after it was announced stands once; nothing is to come for the dead.
func TestCalendarOfWhatChanges(t *testing.T) {
	const next = annasCampaign + `events:
  - {id: arrest, when: 2024-02-01, kind: detention, nature: event, source: paper}
  - {id: next, when: 2024-05-14, kind: hearing_scheduled, nature: legal, source: paper, learnt_on: 2024-03-01}
  - {id: vague, when: 2024-06, kind: hearing_scheduled, nature: legal, source: paper, learnt_on: 2024-03-01}
  - {id: rumour, when: 2024-07-01, kind: hearing_scheduled, nature: speculation, source: paper, by: {en: a paper}, learnt_on: 2024-03-01}
`
	load := func(more string) *icalComponent {
		cal, _ := serve(t, made(t, next+more)).schedule("/en/anna/calendar.ics")
		return cal
	}
	told := load("")
	if len(told.subs) != 1 || told.subs[0].value("DTSTART") != "20240514" {
		t.Fatalf("%d entries: a month and a guess have no day", len(told.subs))
	}
	uid := told.subs[0].value("UID")
	for name, more := range map[string]string{
		"put off": "  - {id: off, when: 2024-05-13, kind: hearing_adjourned, nature: legal, source: paper, after: next}\n",
	} {
		cal := load(more)
		if e := entry(cal, "20240514", "Hearing"); e == nil || e.value("UID") != uid || e.value("STATUS") != "CANCELLED" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	back, _ := serve(t, made(t, strings.Replace(next, "{id: next,", "{id: next, retracted: {on: 2024-03-02, why: {en: a slip}},", 1))).schedule("/en/anna/calendar.ics")
	if e := entry(back, "20240514", "Hearing"); e == nil || e.value("UID") != uid || e.value("STATUS") != "CANCELLED" {
		t.Errorf("taken back: %+v", e)
	}
	if held := load("  - {id: held, when: 2024-05-14, kind: hearing_held, nature: legal, source: paper}\n"); len(held.subs) != 1 {
		t.Errorf("a day in court stands %d times", len(held.subs))
	}
	if died := load("  - {id: death, when: 2024-04-01, kind: death, nature: event, source: paper, family: told}\n"); len(died.subs) != 0 {
		t.Errorf("something is to come for the dead: %+v", died.subs[0])
	}
}

// Long and strange words are folded and escaped, and read back as they were.
func TestCalendarLines(t *testing.T) {
	for _, words := range []string{"", "a", strings.Repeat("a", 74), strings.Repeat("я", 200), strings.Repeat("محكمة، ", 40), `a\b;c,d:"e"` + "\nf\r\ng\rh", strings.Repeat("👩‍⚖️", 30), "bell \a, null \x00, \xff"} {
		var b strings.Builder
		c := calendar{name: words, tag: "en", entries: []calendarEntry{{uid: "u", stamp: day(2024, 2, 28), from: day(2024, 2, 29), to: day(2024, 12, 31), title: words, where: words, note: words, url: "https://letters.example/en/x"}}}
		if err := c.write(&b); err != nil {
			t.Fatal(err)
		}
		cal, err := parseICal(b.String())
		if err != nil {
			t.Fatalf("%q: %v\n%s", words, err, b.String())
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\a", "", "\x00", "", "\xff", "").Replace(words)
		if got, err := textValue(cal.subs[0].value("SUMMARY")); err != nil || got != want {
			t.Errorf("%q came back as %q (%v)", words, got, err)
		}
		if cal.subs[0].value("DTEND") != "20250101" {
			t.Errorf("the day after 31 December is %s", cal.subs[0].value("DTEND"))
		}
	}
	for _, bad := range []string{"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "BEGIN:VCALENDAR\r\nX:" + strings.Repeat("a", 80) + "\r\nEND:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "BEGIN:VCALENDAR\r\nno colon\r\nEND:VCALENDAR\r\n"} {
		if _, err := parseICal(bad); err == nil {
			t.Errorf("%q is taken for a calendar", bad)
		}
	}
}

func (s *site) must(slug string) *casefile.File {
	s.t.Helper()
	f, err := s.pages.Case(slug)
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}
