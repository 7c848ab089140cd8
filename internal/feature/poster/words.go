package poster

import (
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// piece is a text on a sheet, in its own language, and what its author calls it.
type piece struct {
	field string
	text  string
	tag   lang.Tag
}

// telling is what a sheet says in one language.
type telling struct {
	tag    lang.Tag
	kicker piece
	title  piece
	name   piece
	work   piece
	stand  []piece // since when, where, how it stands
	demand piece
	to     piece
	call   piece
	url    string
	care   piece // before whoever opens the address
	says   piece // who says so
	check  piece
	notes  []piece // what stands on every page of the case
}

// teller gathers a telling.
type teller struct {
	p     *lang.Printer
	file  *casefile.File
	stand *casefile.Stand
	order *Order
}

// safe is a typed text as it stands on the sheet.
func (t *teller) safe(s string) string { return t.order.safe(s) }

// safe is a typed text: it turns nothing that stands behind it, and leads nowhere in a linkless sheet.
func (o *Order) safe(s string) string {
	if !o.Linkless {
		return closed(s)
	}
	return closed(unlinked(s))
}

// unlinked is a line of text without anything that leads anywhere; it is no Markdown, and stays as it is but for that.
func unlinked(s string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		if r < 0x80 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(casefile.Plain(b.String()), "\n\n", " ")
}

// typed is a text of the campaign file in the sheet's language, or the one it falls back to.
func (t *teller) typed(field string, text casefile.Text) piece {
	s, tag := text.In(t.p.Tag(), t.file.Campaign.Languages...)
	if s == "" {
		return piece{}
	}
	return piece{field + "." + string(tag), t.safe(s), tag}
}

// ours is a sentence of the program. Its field is that of what was filled in.
func (t *teller) ours(field, s string) piece { return piece{field, t.safe(s), t.p.Tag()} }

// isolated keeps a typed text's own direction inside a sentence (U+2068, U+2069).
func isolated(s string) string { return "\u2068" + closed(s) + "\u2069" }

// tell gathers what a sheet says in a language that the letter is there in.
func tell(p *lang.Printer, f *casefile.File, stand *casefile.Stand, l *Letter, o *Order) telling {
	t := &teller{p, f, stand, o}
	tag := p.Tag()
	out := telling{
		tag:    tag,
		kicker: t.ours("", p.T("letter.kicker")),
		title:  piece{"title." + string(tag), t.safe(l.Title[tag]), tag},
		demand: piece{"demand." + string(tag), t.safe(l.Demand[tag]), tag},
		stand:  t.standing(),
		care:   t.ours("", p.T("poster.care")),
		says:   t.says(),
	}
	name, nameTag := f.Name(tag)
	out.name = piece{"person.names", t.safe(name), nameTag}
	var work []string
	for _, o := range f.Person.Occupations {
		s, _ := o.In(tag, f.Campaign.Languages...)
		work = append(work, closed(s))
	}
	if len(work) > 0 {
		out.work = t.ours("person.occupations", strings.Join(work, " · "))
	}
	if to := l.Addressee[tag]; to != "" {
		out.to = t.ours("addressee."+string(tag), p.T("poster.to", "Addressee", isolated(to)))
	}
	out.call = t.ours("", p.T("poster.read"))
	if l.Open {
		out.call = t.ours("", p.T("letter.to_sign"))
	}
	if !o.Linkless {
		out.url = l.URL(tag)
	}
	if on := f.Case.Checked; on != (casefile.Date{}) {
		out.check = t.ours("case.checked", p.T("case.checked", "Day", on.Words(p)))
	}
	if f.Campaign.Rehearsal { // what is made up says so wherever it is read alone
		out.notes = append(out.notes, t.ours("", p.T("rehearsal.banner")))
	}
	if note := t.typed("campaign.banner", f.Campaign.Banner); note.text != "" {
		out.notes = append(out.notes, note)
	}
	return out
}

// standing is since when and where the person is held, and how it stands. Speculation is not on a sheet (R5), and what only a party says is marked so.
func (t *teller) standing() (list []piece) {
	s, p := t.stand, t.p
	if len(s.Custody) > 0 {
		h := &s.Custody[len(s.Custody)-1]
		list = append(list, t.ours("events", t.labelled(since(p, h), h.Begun)))
		if h.Ended == nil {
			list = append(list, t.where(h)...)
		}
	}
	if s.Liberty != casefile.UnknownLiberty && certain(s.Holds) {
		line := p.T("case.status." + string(s.Liberty))
		if label := t.label(s.Holds); label != "" {
			line = p.T("poster.labelled", "Fact", line, "Label", label)
		}
		list = append(list, t.ours("events", line))
	}
	return list
}

// certain tells a status that may stand on a sheet.
func certain(s casefile.Status) bool {
	return s != casefile.Speculation && s != casefile.Refuted && s != casefile.Retracted
}

// label marks what is neither established nor reported.
func (t *teller) label(s casefile.Status) string {
	if s == "" || s == casefile.Established || s == casefile.Reported {
		return ""
	}
	return t.p.T("case.claim." + string(s))
}

func (t *teller) labelled(fact string, e *casefile.Event) string {
	if e == nil {
		return fact
	}
	status := e.Status
	if status == "" && e.Nature == casefile.NatureParty {
		status = casefile.AssertedByParty
	}
	if label := t.label(status); label != "" {
		return t.p.T("poster.labelled", "Fact", fact, "Label", label)
	}
	return fact
}

// since is from when on, or from when to when.
func since(p *lang.Printer, h *casefile.CustodyPeriod) string {
	from, until := h.From.Date, h.To.Date
	switch {
	case h.Ended != nil && from.Known() && until.Known():
		return p.T("case.held_span", "From", h.From.Words(p), "Until", h.To.Words(p))
	case h.Ended != nil:
		return p.T("dossier.held_some", "From", h.From.Words(p), "Until", h.To.Words(p))
	case from.Known() && from.From.Whole():
		return p.T("case.held_since", "Day", h.From.Words(p))
	case from.Known() && from.From.Month > 0:
		return p.T("case.held_since_month", "Month", h.From.Words(p))
	}
	return p.T("poster.held_from", "When", h.From.Words(p))
}

// where is the last place that is told, or that nobody tells one.
func (t *teller) where(h *casefile.CustodyPeriod) []piece {
	for _, g := range t.stand.Gaps {
		if g.Kind == casefile.GapWhereabouts {
			return []piece{t.ours("", t.p.T("poster.place_unknown"))}
		}
	}
	if len(h.Stays) == 0 {
		return nil
	}
	stay := h.Stays[len(h.Stays)-1]
	var words []string
	field := "events"
	add := func(text casefile.Text) {
		if s, _ := text.In(t.p.Tag(), t.file.Campaign.Languages...); s != "" {
			words = append(words, isolated(s))
		}
	}
	if i := t.file.Institution(stay.At); i != nil {
		field = "institutions"
		add(i.Name)
		add(i.City)
	}
	if len(words) == 0 {
		add(stay.Place)
	}
	if len(words) == 0 {
		return nil
	}
	return []piece{t.ours(field, strings.Join(words, " · "))}
}

// saysMost is how many sources are named; the page names all.
const saysMost = 3

// says names the sources on which what is said rests.
func (t *teller) says() piece {
	ids := slices.Clone(t.file.Case.Sources)
	rest := slices.Clone(t.stand.From)
	if n := len(t.stand.Custody); n > 0 {
		h := &t.stand.Custody[n-1]
		rest = append(rest, h.Begun, h.Ended)
		if n := len(h.Stays); n > 0 && h.Ended == nil {
			rest = append(rest, h.Stays[n-1].Event)
		}
	}
	for _, e := range rest {
		if e == nil {
			continue
		}
		if e.Source != "" {
			ids = append(ids, e.Source)
		}
		for _, k := range e.Evidence {
			ids = append(ids, k.Source)
		}
	}
	var names []string
	party, more := false, false
	seen := map[casefile.SourceID]bool{}
	for _, id := range ids {
		s := t.file.Source(id)
		if s == nil || seen[id] {
			continue
		}
		seen[id] = true
		who, _ := s.Publisher.In(t.p.Tag(), t.file.Campaign.Languages...)
		if who == "" {
			continue
		}
		if len(names) == saysMost {
			more = true
			break
		}
		line := isolated(who)
		if s.Published.Date.Known() {
			line = t.p.T("case.source_line", "Publisher", line, "Date", s.Published.Words(t.p))
		}
		if slices.Contains(names, line) {
			continue
		}
		names = append(names, line)
		party = party || s.Interest == casefile.InterestParty
	}
	if len(names) == 0 {
		return piece{}
	}
	by := strings.Join(names, "; ")
	if more {
		by = t.p.T("case.and_others", "Names", by)
	}
	line := t.p.T("case.said_by", "By", by)
	if party {
		line = t.p.T("poster.with_note", "Line", line, "Note", t.p.T("case.source_party"))
	}
	return t.ours("sources", line)
}

// text is what the telling says, in its order.
func (w *telling) text() string {
	var lines []string
	add := func(list ...piece) {
		for _, p := range list {
			if s := strings.TrimSpace(released(p.text)); s != "" {
				lines = append(lines, s)
			}
		}
	}
	add(w.kicker, w.title, w.name, w.work)
	add(w.stand...)
	add(w.demand, w.to)
	if w.url != "" {
		add(w.call, piece{text: w.url}, w.care)
	}
	add(w.says, w.check)
	add(w.notes...)
	return strings.Join(lines, "\n")
}
