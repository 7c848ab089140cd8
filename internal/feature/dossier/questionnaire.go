package dossier

import (
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// The questionnaire of the UN Working Group on Arbitrary Detention, filled in as far as a case tells.
//
// Where it comes from. The form is the "Model questionnaire to be completed by persons alleging arbitrary arrest or detention", annexed to the Group's first report
// (E/CN.4/1992/20, annex II) and to Fact Sheet No. 26 (annex V), and published anew where [formsAt] leads. Read was its Spanish wording in a form that a campaign
// filled in and published on 18 July 2018 (not named here: it holds a home address), as far as a copy goes: the title, part I with its questions 1 to 8 and 6 (a) to
// (d), part II with its questions 1 to 7. Names, numbers and order below are those. Parts III to VII, their order and their questions are from background knowledge and not confirmed: no copy
// of them could be read. That a submission goes with the consent of the person or the family was read, and so were the five categories, on the Group's own page "About
// arbitrary detention". The page says to whoever fills it in what was compared and what was not, and leads to where the Group publishes its form.

// formsAt is where the Group tells how to submit; the page's address was read, the form was not.
const formsAt = "https://www.ohchr.org/en/special-procedures/wg-arbitrary-detention/complaints-and-urgent-appeals"

// blankness is what stands where a case tells nothing.
type blankness int

const (
	notKnown blankness = iota // this page does not know it
	byHand                    // private: this program never keeps it
	either                    // yes or no
)

type formPart struct {
	number, title, lead string
	fields              []formField
	categories          []string // of part V, to be ticked
}

type formField struct {
	number, label string
	answers       []answer
	blank         blankness
}

// answer is a line with the numbers of its sources.
type answer struct {
	text  []fragment
	cited string
}

// categories are those of the Working Group, by their numbers.
var categories = []string{"I", "II", "III", "IV", "V"}

// questionnaire fills in the parts I to VII. What is asked for and private stays blank: address, identity document, who submits.
func (v View) questionnaire(p *lang.Printer) []formPart {
	t := func(key string) string { return p.T("questionnaire." + key) }
	part := func(number, key string, fields ...formField) formPart {
		return formPart{number: number, title: t(key), fields: fields}
	}
	h := v.period()
	if h == nil {
		h = &casefile.CustodyPeriod{}
	}
	why := part("V", "why")
	why.lead = t("why_lead")
	for _, c := range categories {
		why.categories = append(why.categories, t("category."+strings.ToLower(c)))
	}
	return []formPart{
		part("I", "identity",
			formField{"1–2", t("name"), v.nameAnswers(), notKnown},
			formField{"3", t("sex"), nil, byHand},
			formField{"4", t("born"), v.born(p), notKnown},
			formField{"5", t("nationality"), countries(p, v.File.Person.Nationalities), notKnown},
			formField{"6 (a)–(d)", t("document"), nil, byHand},
			formField{"7", t("profession"), v.occupations(p), notKnown},
			formField{"8", t("home"), nil, byHand}),
		part("II", "arrest",
			formField{"1", t("arrest_date"), v.began(p, h), notKnown},
			formField{"2", t("arrest_place"), v.arrestPlace(p, h.Begun), notKnown},
			formField{"3", t("arrest_forces"), v.typed(p, h.By, h.Begun), notKnown},
			formField{"4", t("warrant"), nil, either},
			formField{"5", t("warrant_by"), nil, notKnown},
			formField{"6", t("arrest_reasons"), v.reasons(p, h), notKnown},
			formField{"7", t("arrest_law"), v.lawOf(p, h), notKnown}),
		part("III", "detention",
			formField{"1", t("detention_date"), v.began(p, h), notKnown},
			formField{"2", t("duration"), v.duration(p), notKnown},
			formField{"3", t("held_by"), nil, notKnown},
			formField{"4", t("places"), v.places(p), notKnown},
			formField{"5", t("ordered_by"), v.orders(p), notKnown},
			formField{"6", t("detention_reasons"), v.reasons(p, h), notKnown},
			formField{"7", t("detention_law"), v.lawOf(p, h), notKnown}),
		part("IV", "circumstances", formField{"", t("circumstances_label"), v.story(p, circumstance), notKnown}),
		why,
		part("VI", "steps", formField{"", t("steps_label"), v.story(p, step), notKnown}),
		part("VII", "submitter",
			formField{"1", t("submitter_name"), nil, byHand},
			formField{"2", t("submitter_address"), nil, byHand},
			formField{"3", t("submitter_consent"), nil, byHand},
			formField{"4", t("signature"), nil, byHand}),
	}
}

// nameAnswers are all names in use, whole: which part is the family's, the file does not say.
func (v View) nameAnswers() (list []answer) {
	for _, n := range v.File.Person.Names {
		list = append(list, answer{text: []fragment{{n.Text, true, n.Lang}}})
	}
	return list
}

func (v View) born(p *lang.Printer) []answer {
	if v.File.Person.Born.IsZero() {
		return nil
	}
	return []answer{{text: plain(v.File.Person.Born.Words(p))}}
}

func countries(p *lang.Printer, codes []string) (list []answer) {
	for _, c := range codes {
		list = append(list, answer{text: plain(p.Country(c))})
	}
	return list
}

func (v View) occupations(p *lang.Printer) (list []answer) {
	for _, o := range v.File.Person.Occupations {
		list = append(list, answer{text: v.line(p, o)})
	}
	return list
}

// began is the day of the last arrest, and of those before it.
func (v View) began(p *lang.Printer, h *casefile.CustodyPeriod) (list []answer) {
	if h.Begun == nil {
		return nil
	}
	list = append(list, answer{plain(h.From.Words(p)), v.cite(events(h.Begun))})
	all := v.now().Custody
	for i := range all[:len(all)-1] {
		list = append(list, answer{plain(p.T("questionnaire.earlier", "Text", v.since(p, &all[i]))), v.cite(events(all[i].Begun, all[i].Ended))})
	}
	return list
}

func (v View) arrestPlace(p *lang.Printer, e *casefile.Event) []answer {
	if e == nil || len(e.Place) == 0 {
		return nil
	}
	return v.typed(p, e.Place, e)
}

// typed is a text of an event.
func (v View) typed(p *lang.Printer, t casefile.Text, e *casefile.Event) []answer {
	if len(t) == 0 {
		return nil
	}
	return []answer{{v.line(p, t), v.cite(events(e))}}
}

// reasons are what the authorities give: the charge in the words of its source.
func (v View) reasons(p *lang.Printer, h *casefile.CustodyPeriod) []answer {
	if h.Charge == nil {
		return nil
	}
	return []answer{{v.charge(p, h.Charge), v.cite(events(h.Charged))}}
}

func (v View) lawOf(p *lang.Printer, h *casefile.CustodyPeriod) []answer {
	if h.Charge == nil || h.Charge.Law == nil {
		return nil
	}
	return []answer{{v.law(p, h.Charge.Law), v.cite(events(h.Charged))}}
}

// duration is how long each period has lasted, until when a remand lasts, and what a court has set.
func (v View) duration(p *lang.Printer) (list []answer) {
	s := v.now()
	for i := range s.Custody {
		h := &s.Custody[i]
		list = append(list, answer{plain(v.since(p, h)), v.cite(events(h.Begun, h.Ended))})
		if h.Counted {
			list = append(list, answer{text: plain(v.dayCount(p, h))})
		}
	}
	for i := range s.Deadlines {
		if d := &s.Deadlines[i]; d.Kind == casefile.RemandEnds && d.On != (casefile.Date{}) {
			list = append(list, answer{plain(p.T("dossier.dated", "What", p.T("case.deadline."+string(d.Kind)), "Date", d.On.Words(p))), v.cite(d.From)})
		}
	}
	if d := s.Decision; d != nil {
		for i := range d.Sentence {
			if m := &d.Sentence[i]; m.Kind == casefile.Custody {
				line := plain(m.Kind.Label(p))
				for _, more := range v.details(p, m) {
					line = append(append(line, fragment{text: " · "}), more...)
				}
				list = append(list, answer{line, v.cite(events(d))})
			}
		}
	}
	return list
}

// places are all the places of custody, in order of time: each with since when, the last one is the present one while custody lasts.
func (v View) places(p *lang.Printer) (list []answer) {
	all := v.now().Custody
	for i := range all {
		for _, s := range stays(&all[i]) {
			lines := v.stay(p, &s)
			if len(lines) == 0 {
				continue
			}
			line := slices.Clone(lines[0])
			for _, more := range lines[1:] {
				line = append(append(line, fragment{text: " · "}), more...)
			}
			list = append(list, answer{line, v.cite(events(s.Event))})
		}
	}
	return list
}

// orders are the courts and offices that put or kept the person in custody, each once.
func (v View) orders(p *lang.Printer) (list []answer) {
	seen := map[string]bool{}
	for _, e := range v.those(func(k casefile.EventKind) bool {
		return k == casefile.Remand || k == casefile.RemandExtended || k == casefile.VerdictGiven || k == casefile.AppealDecision
	}) {
		if !firm(e) || (e.Kind == casefile.VerdictGiven || e.Kind == casefile.AppealDecision) && !slices.ContainsFunc(e.Sentence, func(m casefile.Measure) bool { return m.Kind == casefile.Custody }) {
			continue
		}
		who := v.ordering(p, e)
		if len(who) == 0 || seen[who[0].text] {
			continue
		}
		seen[who[0].text] = true
		list = append(list, answer{append(slices.Clone(who), plain(" · "+p.T("dossier.dated", "What", p.T("case.kind."+string(e.Kind)), "Date", e.When.Words(p)))...), v.cite(events(e))})
	}
	return list
}

// ordering is who ordered it: the authority that the event names, or the court of its proceeding. Where the person is held is neither.
func (v View) ordering(p *lang.Printer, e *casefile.Event) []fragment {
	if len(e.Authority) > 0 {
		return v.line(p, e.Authority)
	}
	if pr := v.File.Proceeding(e.Proceeding); pr != nil {
		if i := v.File.Institution(pr.Court); i != nil && len(i.Name) > 0 {
			return v.line(p, i.Name)
		}
	}
	return nil
}

// firm tells whether a form may say it: what was taken back, what is guessed and what is an opinion stays out of it.
func firm(e *casefile.Event) bool {
	switch standingOf(e) {
	case casefile.Retracted, casefile.Refuted, casefile.Speculation:
		return false
	}
	return e.Nature != casefile.NatureSpeculation && e.Nature != casefile.NatureOpinion && e.Nature != casefile.NatureAbsence
}

// step tells whether an event is one within the country to have the detention looked at, or what came of it.
func step(k casefile.EventKind) bool {
	return k == casefile.AppealFiled || k == casefile.AppealDecision || k == casefile.OfficialResponse
}

func circumstance(k casefile.EventKind) bool {
	g := groupOf(k)
	return (g == "custody" || g == "court" || g == "conditions") && !step(k) && k != casefile.HearingScheduled
}

// story are events in order of time, each with how far it holds.
func (v View) story(p *lang.Printer, of func(casefile.EventKind) bool) (list []answer) {
	for _, e := range v.those(of) {
		if !firm(e) {
			continue
		}
		line := plain(p.T("dossier.dated", "What", p.T("case.kind."+string(e.Kind)), "Date", e.When.Words(p)))
		parts := [][]fragment{}
		if len(e.What) > 0 {
			parts = append(parts, v.line(p, e.What))
		}
		parts = append(parts, v.facts(p, e)...)
		for i := range e.Sentence {
			parts = append(parts, append(plain(e.Sentence[i].Kind.Label(p)+" "), flat(v.details(p, &e.Sentence[i]))...))
		}
		parts = append(parts, plain(p.T("case.claim."+string(standingOf(e)))))
		list = append(list, answer{append(append(line, fragment{text: " · "}), flat(parts)...), v.cite(events(e))})
	}
	return list
}

// flat puts sentences into a line, with a dot between.
func flat(list [][]fragment) (line []fragment) {
	for i, s := range list {
		if i > 0 {
			line = append(line, fragment{text: " · "})
		}
		line = append(line, s...)
	}
	return line
}
