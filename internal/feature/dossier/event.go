package dossier

import (
	"cmp"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// sum is a sum and its equivalent, both as stated.
func (v View) sum(p *lang.Printer, m *casefile.Money) []fragment {
	if len(m.Equivalent) == 0 {
		return []fragment{{text: m.Words(p)}}
	}
	return sentence(p, "case.equivalent", "Sum", m.Words(p), "Equivalent", v.frag(p, m.Equivalent))
}

// details are what a measure's label leaves open, each a fragment-sentence of its own.
func (v View) details(p *lang.Printer, m *casefile.Measure) (out [][]fragment) {
	if m.Amount != nil {
		out = append(out, v.sum(p, m.Amount))
	}
	if t := m.Term(p); t != "" {
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
func asked(p *lang.Printer, list []casefile.Measure) []fragment {
	if len(list) != 1 || list[0].Kind != casefile.Custody || list[0].Term(p) == "" || list[0].Amount != nil {
		return nil
	}
	return []fragment{{text: p.T("case.penalty_asked", "Sentence", p.T("case.sentence_custody", "Term", list[0].Term(p)))}}
}

// who is an actor: by name and title where there are such, else by role.
func (v View) who(p *lang.Printer, a *casefile.Actor) fragment {
	if len(a.Name) == 0 {
		return fragment{text: p.T("case.role." + string(a.Role))}
	}
	return v.frag(p, a.Name)
}

// facts are the lines of an event below what happened, in the order in which they are read.
func (v View) facts(p *lang.Printer, e *casefile.Event) (out [][]fragment) {
	add := func(s []fragment) { out = append(out, s) }
	say := func(t casefile.Text) {
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
	if i := v.File.Institution(e.At); i != nil {
		say(i.Name)
		say(i.City)
	} else if pr := v.File.Proceeding(e.Proceeding); pr != nil && e.Kind.Hearing() && len(e.Authority) == 0 {
		if i := v.File.Institution(pr.Court); i != nil {
			say(i.Name)
		}
	}
	if !e.Learnt.IsZero() {
		add([]fragment{{text: p.T("case.date.learnt", "Date", e.Learnt.Words(p))}})
	}
	if e.Designation != "" {
		if len(e.Register) > 0 {
			say(e.Register)
		} else {
			add([]fragment{{text: p.T("case.designation." + string(e.Designation))}})
		}
		if e.Kind == casefile.DesignationAdded && len(e.Effects) == 0 {
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
	if e.Side != "" {
		add(plain(p.T("dossier.filed_by", "Side", p.T("case.side."+string(e.Side)))))
	}
	if e.Verdict != "" {
		add([]fragment{{text: p.T("case.verdict." + string(e.Verdict))}})
	}
	if e.Release != "" {
		add([]fragment{{text: p.T("case.release." + string(e.Release))}})
	}
	return append(out, v.told(p, e)...)
}

// told are an event's answers, numbers, lists and sums.
func (v View) told(p *lang.Printer, e *casefile.Event) (out [][]fragment) {
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
	if e.Collected == casefile.Elsewhere {
		out = append(out, []fragment{{text: p.T("case.fund_note")}})
	}
	if len(e.Note) > 0 {
		out = append(out, v.line(p, e.Note))
	}
	return out
}

func (v View) charge(p *lang.Printer, k *casefile.Charge) []fragment {
	if len(k.AsPrinted) == 0 {
		return []fragment{{text: p.T("case.offence." + string(k.Kind))}}
	}
	return sentence(p, "case.charge_printed", "Printed", v.frag(p, k.AsPrinted))
}

// printed is an event's label as printed, or what it means where the source misprints it.
func (v View) printed(p *lang.Printer, e *casefile.Event) []fragment {
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

// count is an event's number with what is counted and, where the event has no date of its own, as of when.
func (v View) count(p *lang.Printer, e *casefile.Event) []fragment {
	key := "case.attendance"
	switch {
	case len(e.Count.Text) > 0 || e.Kind == casefile.Coverage:
		key = ""
	case e.Kind == casefile.Stream || e.Kind == casefile.Video:
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
	if e.Count.AsOf != (casefile.Date{}) {
		out = append(out, fragment{text: " (" + p.T("case.as_of", "Date", e.Count.AsOf.Words(p)) + ")"})
	}
	return out
}

// cities is how many cities are named, never more: an open list says that there were others.
func cities(p *lang.Printer, e *casefile.Event) string {
	if e.OpenList {
		return p.N("case.cities_open", len(e.Cities))
	}
	return p.N("case.cities", len(e.Cities))
}

// names lists the cities, ending in "and others" where the list is open.
func (v View) names(p *lang.Printer, e *casefile.Event) string {
	var list []string
	for _, c := range e.Cities {
		list = append(list, v.frag(p, c).text)
	}
	if e.OpenList {
		return p.T("case.and_others", "Names", p.Series(list))
	}
	return p.Join(list)
}

func (v View) wanted(p *lang.Printer, m *casefile.Money) []fragment {
	sum := sentence(p, "case.fund_sum", "Sum", m.Words(p))
	if len(m.Equivalent) == 0 {
		return sum
	}
	return append(sum, append([]fragment{{text: " "}}, sentence(p, "case.as_printed", "Printed", v.frag(p, m.Equivalent))...)...)
}

// standingOf is how far an event holds: as the file says, or as follows from what sort of statement it is.
func standingOf(e *casefile.Event) casefile.Status {
	switch {
	case e.Retracted != nil:
		return casefile.Retracted
	case e.Status != "":
		return e.Status
	case e.Nature == casefile.NatureParty:
		return casefile.AssertedByParty
	case e.Nature == casefile.NatureSpeculation:
		return casefile.Speculation
	}
	return casefile.Reported
}

// evidence is on what a statement rests, whichever way the file writes it.
func evidence(one casefile.SourceID, several []casefile.Evidence) []casefile.Evidence {
	if one == "" {
		return several
	}
	return append([]casefile.Evidence{{Source: one}}, several...)
}

// others are the values that stand beside one field of an event, and what is said of the event as a whole where field is empty.
type others struct {
	field  casefile.Field
	own    [][]fragment // what the event itself says there
	claims []*casefile.Claim
}

// beside gathers an event's claims by field, in the order of the vocabulary. How long someone was held stands beside the days that we count.
func (v View) beside(p *lang.Printer, e *casefile.Event) (list []others) {
	for i := range e.Claims {
		k := &e.Claims[i]
		at := slices.IndexFunc(list, func(o others) bool { return o.field == k.Field })
		if at < 0 {
			at = len(list)
			list = append(list, others{k.Field, v.own(p, e, k.Field), nil})
		}
		list[at].claims = append(list[at].claims, k)
	}
	order := casefile.Field("").Known()
	slices.SortStableFunc(list, func(a, b others) int {
		return cmp.Compare(slices.Index(order, string(a.field)), slices.Index(order, string(b.field)))
	})
	return list
}

// own is what an event says in one of its fields.
func (v View) own(p *lang.Printer, e *casefile.Event, field casefile.Field) (out [][]fragment) {
	text := func(t casefile.Text) {
		if len(t) > 0 {
			out = append(out, v.line(p, t))
		}
	}
	switch field {
	case casefile.FieldWhen:
		out = append(out, plain(e.When.Words(p)))
	case casefile.FieldCount:
		if e.Count != nil {
			out = append(out, v.count(p, e))
		}
	case casefile.FieldHeld:
		for _, h := range v.now().Custody {
			if (h.Begun == e || h.Ended == e) && h.Counted {
				out = append(out, plain(p.N("case.held_days", h.Days)), plain(p.T("case.held_rule")))
			}
		}
	case "place":
		text(e.Place)
	case "what":
		text(e.What)
	case "authority":
		text(e.Authority)
	case "charge":
		if e.Charge != nil {
			out = append(out, v.charge(p, e.Charge))
		}
	case "sentence":
		for i := range e.Sentence {
			out = append(out, plain(e.Sentence[i].Kind.Label(p)))
		}
	}
	return out
}

// value is what a claim says in place of that.
func (v View) value(p *lang.Printer, k *casefile.Claim) (out [][]fragment) {
	if k.Field == casefile.FieldWhen && !k.When.IsZero() {
		out = append(out, plain(k.When.Words(p)))
	}
	if k.Field == casefile.FieldCount && k.Count != nil {
		out = append(out, plain(k.Count.Words(p)))
	}
	if len(k.What) > 0 {
		out = append(out, v.line(p, k.What))
	}
	return out
}

// remain are the restrictions that were known to be in force at the end of the day of a release: who is let out is seldom free of all.
func (v View) remain(e *casefile.Event) []casefile.Restriction {
	if e.Kind != casefile.Release || !e.When.Date.Known() || e.Retracted != nil {
		return nil
	}
	return v.File.Stand(casefile.AsOf{Day: e.When.Date.End()}).Measures
}

// label is a restriction's name: what it forbids, or the list it follows from where nobody tells that.
func label(p *lang.Printer, r casefile.Restriction) string {
	if r.Measure == nil {
		return r.Designation.Label(p)
	}
	return r.Measure.Kind.Label(p)
}

// imposed is what a court sentenced someone to; as a sentence custody has another name than before it.
func imposed(p *lang.Printer, m *casefile.Measure) string {
	if m.Kind == casefile.Custody {
		return p.T("case.sentence.custody")
	}
	return m.Kind.Label(p)
}

// labels are the names of restrictions, each once.
func labels(p *lang.Printer, list []casefile.Restriction) (names []string) {
	for _, r := range list {
		if l := label(p, r); !slices.Contains(names, l) {
			names = append(names, l)
		}
	}
	return names
}

// translated are an event's texts that should be there in every language; what a source prints stays in its own.
func translated(e *casefile.Event) []casefile.Text {
	list := []casefile.Text{e.What, e.Org, e.Authority, e.Place, e.Register, e.Means, e.Regime, e.Note, e.By}
	list = append(list, e.Outputs...)
	for _, m := range slices.Concat(e.Requested, e.Sentence, e.Effects) {
		list = append(list, m.Note)
	}
	return list
}
