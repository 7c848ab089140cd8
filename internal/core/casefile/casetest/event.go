package casetest

import (
	"fmt"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
)

// events are of all kinds in turn, the first of a case depending on its seed, each some days after the one before.
func (g *gen) events(n int) {
	kinds := casefile.Context.Known()
	day := casefile.Date{Year: 2019, Month: 1 + g.n(12), Day: 1 + g.n(28)}
	for i := range n {
		kind := casefile.EventKind(kinds[(int(g.seed)*11+i*7)%len(kinds)])
		e := g.event(kind, day)
		if i > 0 && g.odds(5) {
			e.After = g.f.Events[i-1].ID
			e.When.Date = g.f.Events[i-1].When.Date
			e.When.Part, e.When.Inferred = "", false
		}
		g.f.Events = append(g.f.Events, e)
		if g.odds(2) {
			day = after(day, 1)
		}
	}
}

func (g *gen) event(kind casefile.EventKind, day casefile.Date) casefile.Event {
	e := casefile.Event{ID: strings.ReplaceAll(fmt.Sprintf("%s-%d", kind, g.next()), "_", "-"), Kind: kind, When: casefile.Partial{Date: casefile.Span{From: day}},
		What: g.text(), By: g.short(), Country: g.f.Person.Country, Retracted: g.retracted()}
	e.Source, e.Evidence = g.borne()
	e.Status = g.holding(e.Source, e.Evidence)
	if g.wild && g.odds(3) {
		e.When = g.partial()
	}
	if e.Retracted != nil {
		e.Status = casefile.Retracted
	}
	g.nature(&e)
	if g.wild {
		e.Visibility = pick(g, []casefile.Visibility{"", "", casefile.ForAll, casefile.ForCoalition, casefile.ForTeam})
	}
	if kind.Hard() {
		e.Family = term[casefile.Family](g)
	}
	g.where(&e)
	g.legal(&e)
	g.told(&e)
	for range g.n(2) {
		e.Claims = append(e.Claims, g.beside())
	}
	return e
}

// nature is what its kind allows.
func (g *gen) nature(e *casefile.Event) {
	soft := []casefile.Nature{casefile.NatureParty, casefile.NatureOpinion, casefile.NatureSpeculation}
	switch {
	case e.Kind == casefile.Claimed:
		e.Nature = pick(g, soft)
	case e.Kind.Hearing() || e.Kind == casefile.DesignationAdded || e.Kind == casefile.DesignationRemoved:
		e.Nature = casefile.NatureLegal
	case e.Kind == casefile.Coverage || e.Kind == casefile.OfficialResponse || e.Kind == casefile.Context:
		e.Nature = pick(g, append(soft, casefile.NatureAbsence, casefile.NatureEvent))
	default:
		e.Nature = casefile.NatureEvent
	}
	if e.Retracted != nil {
		return
	}
	switch e.Nature {
	case casefile.NatureSpeculation:
		e.Status = casefile.Speculation
	case casefile.NatureParty, casefile.NatureOpinion:
		e.Status = casefile.AssertedByParty
	default:
		for e.Status == casefile.Speculation || e.Status == casefile.AssertedByParty {
			e.Status = g.holding(e.Source, e.Evidence)
		}
	}
}

func (g *gen) where(e *casefile.Event) {
	switch g.n(3) {
	case 0:
		e.Place = g.short()
	case 1:
		e.At = pick(g, g.f.Institutions).ID
	}
	if e.Kind.Hearing() || g.odds(4) {
		e.Proceeding = pick(g, g.f.Proceedings).ID
	}
	if g.odds(4) {
		e.Learnt = g.partial()
		if !g.wild || e.Learnt.Part == "" {
			e.Learnt.Date = casefile.Span{From: casefile.Date{Year: 2026, Month: 1 + g.n(9), Day: 1 + g.n(28)}}
		}
	}
	if e.Kind.Action() || g.odds(6) {
		e.Org = g.short()
	}
	if !e.Kind.Action() && g.odds(2) {
		e.Authority = g.short()
	}
	if g.odds(3) {
		e.Actor = g.actor()
	}
	if g.odds(6) {
		e.Target, e.AskedBy = g.actor(), g.actor()
	}
	if g.odds(3) {
		e.Note = g.text()
	}
}

// legal is what belongs to courts, authorities and registers.
func (g *gen) legal(e *casefile.Event) {
	switch e.Kind {
	case casefile.Detention, casefile.Rearrest, casefile.Remand:
		e.Custody = term[casefile.CustodyKind](g)
		if g.odds(2) {
			e.Regime = g.short()
		}
	case casefile.AppealFiled:
		e.Side = term[casefile.Side](g)
	case casefile.Release:
		kinds := e.Release.Known() // in turn: few cases have one, and there are many kinds
		e.Release = casefile.ReleaseKind(kinds[int(g.seed/3)%len(kinds)])
	case casefile.ProsecutorRequest:
		e.Requested = g.measures()
	case casefile.MeasureImposed, casefile.MeasureLifted:
		e.Effects = g.measures()
	case casefile.DesignationAdded, casefile.DesignationRemoved:
		e.Designation, e.Register, e.AsPrinted, e.Effects = term[casefile.Designation](g), g.short(), g.printed(), g.measures()
		if e.Erratum = g.odds(3); e.Erratum {
			e.Means = g.text()
		}
	case casefile.VerdictGiven, casefile.AppealDecision:
		e.Verdict = term[casefile.Verdict](g)
		if e.Verdict == casefile.Guilty {
			e.Sentence = g.measures()
		}
	}
	switch e.Kind {
	case casefile.Detention, casefile.Rearrest, casefile.CaseOpened, casefile.ChargeBrought, casefile.ChargeChanged, casefile.VerdictGiven:
		e.Charge = &casefile.Charge{AsPrinted: g.printed(), Kind: term[casefile.ChargeKind](g)}
		if g.odds(2) {
			e.Charge.Law, e.Charge.Most = g.law(), g.measures()
		}
	}
	switch e.Kind {
	case casefile.Remand, casefile.RemandExtended, casefile.VerdictGiven:
		if g.odds(2) && e.When.Date.From.Whole() && e.When.Date.How == casefile.Exactly && e.When.Date.To == (casefile.Date{}) {
			e.Until = after(e.When.Date.From, 2)
		}
	}
}

func (g *gen) measures() (list []casefile.Measure) {
	for range 1 + g.n(3) {
		m := casefile.Measure{Kind: term[casefile.MeasureKind](g)}
		if slices.ContainsFunc(list, func(other casefile.Measure) bool { return other.Kind == m.Kind }) {
			continue
		}
		switch m.Kind {
		case casefile.Fine, casefile.CashWithdrawalCap, casefile.Confiscation:
			m.Amount = g.money()
		default:
			m.Months, m.Years = g.n(12), g.n(9)
		}
		if g.odds(3) {
			m.AsPrinted, m.Law, m.Note = g.printed(), g.law(), g.text()
		}
		if g.odds(3) {
			m.From = g.day()
			m.Until = after(m.From, 20)
		}
		if m.OnApplication = g.odds(5); m.Months+m.Years == 0 && m.Until == (casefile.Date{}) {
			m.NotTold = some[casefile.NotTold](g)
		}
		list = append(list, m)
	}
	return list
}

// told are answers, numbers, lists and money.
func (g *gen) told(e *casefile.Event) {
	if e.Kind == casefile.OfficialResponse {
		e.Response = term[casefile.Response](g)
	}
	if e.Kind.Action() || e.Kind == casefile.LetterMilestone {
		e.Count = g.count()
		if g.odds(2) {
			e.Cities, e.OpenList = []casefile.Text{g.short(), g.short()}, g.odds(2)
			e.Outputs = []casefile.Text{g.text()}
		}
	}
	if e.Kind.Fund() {
		e.Collected, e.Amount, e.TookHours = casefile.Elsewhere, g.money(), g.n(50)
	}
	if e.Kind == casefile.FinePaid {
		e.Amount = g.money()
	}
}

// beside is another value of one of an event's fields.
func (g *gen) beside() casefile.Claim {
	k := g.claim()
	k.Field = term[casefile.Field](g)
	switch k.Field {
	case casefile.FieldWhen:
		k.When = g.partial()
		for !k.When.Date.Known() {
			k.When = g.partial()
		}
	case casefile.FieldCount:
		k.Count = g.count()
	}
	return k
}

// actor is someone by role, and by name where that may be.
func (g *gen) actor() *casefile.Actor {
	a := &casefile.Actor{Role: term[casefile.Role](g)}
	if a.Role.Nameless() || slices.Contains(g.f.Withheld, a.Role) {
		return a
	}
	if g.odds(2) {
		a.PublicFunction, a.Name, a.Title, a.Source = true, g.short(), g.short(), g.source()
		if g.odds(3) {
			a.AsPrinted = g.printed()
			a.Erratum = g.odds(2)
		}
	}
	return a
}
