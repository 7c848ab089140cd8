package casefile

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"outcry/internal/kernel/lang"
)

// View is what the panels of a page are made of.
type View struct {
	File  *File
	Today Date // to say how long ago the sources were last compared; the zero Date says only when
}

// fragment is a piece of a sentence. What the organisers typed stands isolated, with its language where that is not the page's.
type fragment struct {
	text     string
	isolated bool
	tag      lang.Tag // empty: the page's
}

// frag is a typed text as a fragment, in the page's language or the one it falls back to.
func (v View) frag(p *lang.Printer, t Text) fragment {
	s, tag := t.In(p.Tag(), v.File.Campaign.Languages...)
	if tag == p.Tag() {
		tag = ""
	}
	return fragment{s, true, tag}
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
	rest := p.T(key, args...)
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

// line is a single text as a sentence of its own.
func (v View) line(p *lang.Printer, t Text) []fragment { return []fragment{v.frag(p, t)} }

// Words is a date as the language writes it: a day, a month or a year.
func (d Date) Words(p *lang.Printer) string {
	switch {
	case d.Year == 0:
		return p.T("case.date.unknown")
	case d.Month == 0:
		return strconv.Itoa(d.Year)
	case d.Day == 0:
		return p.Month(d.Year, time.Month(d.Month))
	}
	return p.Day(d.Year, time.Month(d.Month), d.Day)
}

// Words is what is known of a time, as the language writes it.
func (s Span) Words(p *lang.Printer) string {
	switch {
	case s.How == After:
		return p.T("case.date.after", "Date", s.From.Words(p))
	case s.How == Before:
		return p.T("case.date.before", "Date", s.From.Words(p))
	case s.How == About:
		return p.T("case.date.about", "Date", s.From.Words(p))
	case s.To != Date{}:
		return p.T("date.span", "From", s.From.Words(p), "To", s.To.Words(p))
	}
	return s.From.Words(p)
}

// Words is a time as the language writes it, with the part of the day.
func (w Partial) Words(p *lang.Printer) string {
	if w.Part != "" {
		return p.T("case.date."+string(w.Part), "Day", w.Date.Words(p))
	}
	return w.Date.Words(p)
}

// machine is the time for a datetime attribute; empty where HTML has no way to say it.
func (w Partial) machine() string {
	if w.Date.How != Exactly || w.Date.To != (Date{}) {
		return ""
	}
	return w.Date.From.String()
}

// Words is a number with how it was told: "more than 400".
func (c Comparator) Words(p *lang.Printer, n int) string {
	if c == "" {
		return p.T("case.quantity.exact", "Value", p.Number(int64(n)))
	}
	return p.T("case.quantity."+string(c), "Value", p.Number(int64(n)))
}

// Words is a count as it was told.
func (c Count) Words(p *lang.Printer) string {
	switch {
	case c.InWords != "":
		return p.T("case.quantity." + string(c.InWords))
	case c.Max > 0:
		return p.T("case.quantity.range", "From", p.Number(int64(c.Min)), "To", p.Number(int64(c.Max)))
	}
	return c.Comparator.Words(p, c.Value)
}

// Words is a sum in its own currency, for instance "600,000 RUB".
func (m Money) Words(p *lang.Printer) string {
	digits := 2
	if unit, err := currency.ParseISO(m.Currency); err == nil {
		digits, _ = currency.Standard.Rounding(unit)
	}
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	amount := p.Number(m.Minor / scale)
	if m.Minor%scale != 0 {
		amount = message.NewPrinter(language.Make(string(p.Tag()))).Sprint(number.Decimal(float64(m.Minor)/float64(scale), number.Scale(digits)))
	}
	return p.T("unit.money", "Amount", amount, "Currency", m.Currency)
}

// sum is a sum and its equivalent, both as stated.
func (v View) sum(p *lang.Printer, m *Money) []fragment {
	if len(m.Equivalent) == 0 {
		return []fragment{{text: m.Words(p)}}
	}
	return sentence(p, "case.equivalent", "Sum", m.Words(p), "Equivalent", v.frag(p, m.Equivalent))
}

// Label is a restriction's name.
func (k MeasureKind) Label(p *lang.Printer) string {
	if k == Suspended || k == Works {
		return p.T("case.sentence." + string(k))
	}
	return p.T("case.measure." + string(k))
}

// term is how long a measure is to last; empty if that is not told.
func (m Measure) term(p *lang.Printer) string {
	var parts []string
	if m.Years > 0 {
		parts = append(parts, p.N("unit.years", m.Years))
	}
	if m.Months > 0 {
		parts = append(parts, p.N("unit.months", m.Months))
	}
	return p.Join(parts)
}

// details are what a measure's label leaves open, each a fragment-sentence of its own.
func (v View) details(p *lang.Printer, m *Measure) (out [][]fragment) {
	if m.Amount != nil {
		out = append(out, v.sum(p, m.Amount))
	}
	if t := m.term(p); t != "" {
		out = append(out, []fragment{{text: p.T("case.term.period", "Period", t)}})
	}
	if m.OnApplication {
		out = append(out, []fragment{{text: p.T("case.term.on_application")}})
	}
	for _, n := range m.NotTold {
		out = append(out, []fragment{{text: p.T("case.term." + string(n) + "_unknown")}})
	}
	if len(m.AsPrinted) > 0 {
		out = append(out, sentence(p, "case.as_printed", "Printed", v.frag(p, m.AsPrinted)))
	}
	if len(m.Note) > 0 {
		out = append(out, v.line(p, m.Note))
	}
	return out
}

// asked is what the prosecution asked for, as a sentence where it is custody of a stated term; else nil, and the list shows it.
func asked(p *lang.Printer, list []Measure) []fragment {
	if len(list) != 1 || list[0].Kind != Custody || list[0].term(p) == "" || list[0].Amount != nil {
		return nil
	}
	return []fragment{{text: p.T("case.penalty_asked", "Sentence", p.T("case.sentence_custody", "Term", list[0].term(p)))}}
}

// who is an actor: by name and title where there are such, else by role.
func (v View) who(p *lang.Printer, a *Actor) fragment {
	if len(a.Name) == 0 {
		return fragment{text: p.T("case.role." + string(a.Role))}
	}
	return v.frag(p, a.Name)
}

// facts are the lines of an entry below what happened, in the order in which they are read.
func (v View) facts(p *lang.Printer, e *Entry) (out [][]fragment) {
	add := func(s []fragment) { out = append(out, s) }
	say := func(t Text) {
		if len(t) > 0 {
			add(v.line(p, t))
		}
	}
	if e.Actor != nil {
		add([]fragment{v.who(p, e.Actor)})
	}
	say(e.Org)
	say(e.Authority)
	say(e.Place)
	if !e.Learnt.IsZero() {
		add([]fragment{{text: p.T("case.date.learnt", "Date", e.Learnt.Words(p))}})
	}
	if e.Designation != "" {
		if len(e.Register) > 0 {
			say(e.Register)
		} else {
			add([]fragment{{text: p.T("case.designation." + string(e.Designation))}})
		}
		if e.Kind == DesignationAdded && len(e.Effects) == 0 {
			add([]fragment{{text: p.T("case.designation.effects_unknown")}})
		}
	}
	if e.Charge != nil {
		add(v.charge(p, e.Charge))
	}
	if s := v.printed(p, e); s != nil {
		add(s)
	}
	if s := asked(p, e.Requested); s != nil {
		add(s)
	}
	if e.Verdict != "" {
		add([]fragment{{text: p.T("case.verdict." + string(e.Verdict))}})
	}
	if e.Release != "" {
		add([]fragment{{text: p.T("case.release." + string(e.Release))}})
	}
	return append(out, v.told(p, e)...)
}

// told are an entry's answers, numbers, lists and sums.
func (v View) told(p *lang.Printer, e *Entry) (out [][]fragment) {
	if e.Target != nil {
		out = append(out, sentence(p, "case.addressed", "Target", v.who(p, e.Target)))
	}
	if e.Response != "" {
		out = append(out, []fragment{{text: p.T("case.stance." + string(e.Response))}})
	}
	if a := e.AskedBy; a != nil {
		out = append(out, sentence(p, "case.asked_by", "By", v.who(p, a)))
		if len(a.Title) > 0 {
			out = append(out, v.line(p, a.Title))
		}
		if a.Erratum {
			out = append(out, sentence(p, "case.erratum", "Printed", v.frag(p, a.AsPrinted), "Meant", v.frag(p, a.Name)))
		}
	}
	if e.Count != nil {
		out = append(out, v.count(p, e))
	}
	for _, t := range e.Outputs {
		out = append(out, v.line(p, t))
	}
	if e.Amount != nil {
		out = append(out, v.wanted(p, e.Amount))
	}
	if e.TookHours > 0 {
		out = append(out, []fragment{{text: p.N("case.fund_took", e.TookHours)}})
	}
	if e.Collected == Elsewhere {
		out = append(out, []fragment{{text: p.T("case.fund_note")}})
	}
	if len(e.Note) > 0 {
		out = append(out, v.line(p, e.Note))
	}
	return out
}

func (v View) charge(p *lang.Printer, k *Charge) []fragment {
	if len(k.AsPrinted) == 0 {
		return []fragment{{text: p.T("case.offence." + string(k.Kind))}}
	}
	return sentence(p, "case.charge_printed", "Printed", v.frag(p, k.AsPrinted))
}

// printed is an entry's label as printed, or what it means where the source misprints it.
func (v View) printed(p *lang.Printer, e *Entry) []fragment {
	switch {
	case len(e.AsPrinted) == 0:
		return nil
	case !e.Erratum:
		return sentence(p, "case.as_printed", "Printed", v.frag(p, e.AsPrinted))
	case len(e.Means) > 0:
		return sentence(p, "case.erratum", "Printed", v.frag(p, e.AsPrinted), "Meant", v.frag(p, e.Means))
	}
	return sentence(p, "case.erratum", "Printed", v.frag(p, e.AsPrinted), "Meant", p.T("case.designation."+string(e.Designation)))
}

// count is an entry's number with what is counted and, where the entry has no date of its own, as of when.
func (v View) count(p *lang.Printer, e *Entry) []fragment {
	key := "case.attendance"
	switch {
	case len(e.Count.Text) > 0 || e.Kind == Coverage:
		key = ""
	case e.Kind == Stream || e.Kind == Video:
		key = "case.audience"
	}
	words := e.Count.Words(p)
	if key != "" {
		words = p.T(key, "Count", words)
	}
	out := []fragment{{text: words}}
	if len(e.Count.Text) > 0 {
		out = append(out, fragment{text: " "}, v.frag(p, e.Count.Text))
	}
	if e.Count.AsOf != (Date{}) {
		out = append(out, fragment{text: " (" + p.T("case.as_of", "Date", e.Count.AsOf.Words(p)) + ")"})
	}
	return out
}

// cities is how many cities are named, never more: an open list says that there were others.
func cities(p *lang.Printer, e *Entry) string {
	if e.OpenList {
		return p.N("case.cities_open", len(e.Cities))
	}
	return p.N("case.cities", len(e.Cities))
}

// names lists the cities, ending in "and others" where the list is open.
func (v View) names(p *lang.Printer, e *Entry) string {
	var list []string
	for _, c := range e.Cities {
		list = append(list, v.frag(p, c).text)
	}
	if e.OpenList {
		return p.T("case.and_others", "Names", p.Series(list))
	}
	return p.Join(list)
}

func (v View) wanted(p *lang.Printer, m *Money) []fragment {
	sum := sentence(p, "case.fund_sum", "Sum", m.Words(p))
	if len(m.Equivalent) == 0 {
		return sum
	}
	return append(sum, append([]fragment{{text: " "}}, sentence(p, "case.as_printed", "Printed", v.frag(p, m.Equivalent))...)...)
}

// anchor is the entry's id on the page.
func (v View) anchor(e *Entry) string {
	if e.ID != "" {
		return "entry-" + e.ID
	}
	for i := range v.File.Entries {
		if &v.File.Entries[i] == e {
			return "entry-" + strconv.Itoa(i+1)
		}
	}
	return ""
}

// those are the entries of some kinds, in the file's order.
func (v View) those(of func(EventKind) bool) (out []*Entry) {
	for i := range v.File.Entries {
		if of(v.File.Entries[i].Kind) {
			out = append(out, &v.File.Entries[i])
		}
	}
	return out
}

// publisher is a source in a line: who and when.
func (v View) publisher(p *lang.Printer, s *Source) []fragment {
	return sentence(p, "case.source_line", "Publisher", v.frag(p, s.Publisher), "Date", s.Published.Words(p))
}

// term and text of the glance.
type glanceRow struct {
	term string
	text [][]fragment
}

// glance is who the person is, where they are held and on what charge.
func (v View) glance(p *lang.Printer) (rows []glanceRow) {
	f, h := v.File, v.File.Case.Held
	add := func(key string, text ...[]fragment) { rows = append(rows, glanceRow{p.T(key), text}) }
	var work [][]fragment
	for _, o := range f.Person.Occupations {
		work = append(work, v.line(p, o))
	}
	if len(work) > 0 {
		add("case.occupation", work...)
	}
	if h == nil {
		return rows
	}
	if f.Liberty(f.Latest()) == Undisclosed {
		add("case.place", []fragment{{text: p.T("case.place_unknown")}})
	} else if len(h.Where) > 0 {
		add("case.place", v.line(p, h.Where))
	}
	if h.Charge != nil {
		if len(h.Charge.AsPrinted) > 0 {
			add("case.charge", sentence(p, "case.as_printed", "Printed", v.frag(p, h.Charge.AsPrinted)))
		} else {
			add("case.charge", v.charge(p, h.Charge))
		}
	}
	if len(h.Act) > 0 {
		add("case.act", v.line(p, h.Act))
	}
	if len(h.By) > 0 {
		add("case.authority", v.line(p, h.By))
	}
	return rows
}

// since is the glance's first line: how long the person has been held, or was.
func (v View) since(p *lang.Printer, h *Held) string {
	from, until := h.Since.Date, h.Until.Date
	switch {
	case until.Known() && from.Known():
		return p.T("case.held_span", "From", h.Since.Words(p), "Until", h.Until.Words(p))
	case from.Known() && from.From.Whole():
		return p.T("case.held_since", "Day", h.Since.Words(p))
	case from.Known() && from.From.Month > 0:
		return p.T("case.held_since_month", "Month", h.Since.Words(p))
	}
	return h.Since.Words(p)
}

// checked says when the editors last compared the page with the sources.
func (v View) checked(p *lang.Printer, on Date) string {
	if v.Today.Whole() && on.Whole() {
		if n := int(v.Today.time().Sub(on.time()).Hours() / 24); n > 0 {
			return p.N("case.checked_ago", n)
		}
	}
	return p.T("case.checked", "Day", on.Words(p))
}

// restrictions are those in force as of the last thing told.
func (v View) restrictions() []Restriction { return v.File.Restrictions(v.File.Latest()) }
