package casefile

import (
	"fmt"
	"slices"
	"unicode"
)

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// event checks one event: what every event needs, what its kind needs, and what has no place under its kind.
func (c *check) event(at string, e *Event) {
	c.need(e.Kind != "", at+".kind", "missing; say what sort of event this is")
	c.need(e.Nature != "", at+".nature", "missing; say what sort of statement this is: event, legal, party, opinion, speculation or absence")
	c.need(!e.When.IsZero(), at+".when", "missing; write a date, or unknown")
	c.need(e.Source != "" || len(e.Evidence) > 0 || len(e.By) > 0, at+".source", "missing; name the source, or say in by: who says so")
	c.evidence(at, e.Source, e.Evidence, false)
	c.holds(at, e.Status, e.Source, e.Evidence)
	c.moment(at+".when", e.When)
	c.moment(at+".learnt_on", e.Learnt)
	c.country(at+".country", e.Country)
	c.address(at+".id", e.ID, "event")
	c.lasting(at, e.ID)
	c.after(at+".after", e)
	c.only(e.At != "", c.file.Institution(e.At) != nil, at+".at", c.lacking("institution", string(e.At), c.institutionIDs))
	c.only(e.Proceeding != "", c.file.Proceeding(e.Proceeding) != nil, at+".proceeding", c.lacking("proceeding", string(e.Proceeding), c.proceedingIDs))
	c.retraction(at, e.Retracted, e.Status)
	for i := range e.Claims {
		c.claim(fmt.Sprintf("%s.claims[%d]", at, i), &e.Claims[i], false)
	}
	c.factual(at+".what", e)
	c.statement(at, e)
	c.legal(at, e)
	c.told(at, e)
	c.actor(at+".actor", e.Actor)
	c.actor(at+".target", e.Target)
	c.actor(at+".asked_by", e.AskedBy)
}

// after checks that an event follows another, and not itself by way of others.
func (c *check) after(path string, e *Event) {
	if e.After == "" {
		return
	}
	if c.events[e.After] == nil {
		var ids []string
		for _, other := range c.file.Events {
			ids = append(ids, other.ID)
		}
		c.add(path, "%s", c.lacking("event", e.After, ids))
		return
	}
	if c.ring[e.ID] {
		return // told of another in it
	}
	ring, next := []string{e.ID}, e
	for range c.file.Events {
		if next = c.events[next.After]; next == nil {
			return
		}
		if next == e {
			c.add(path, "by this the event comes after itself; look at the after: of those it names")
			for _, id := range ring {
				c.ring[id] = true
			}
			return
		}
		ring = append(ring, next.ID)
	}
}

// statement checks who says so where that decides how it may be read.
func (c *check) statement(at string, e *Event) {
	soft := e.Nature == NatureParty || e.Nature == NatureOpinion || e.Nature == NatureSpeculation
	c.only(e.Kind == Claimed && e.Nature != "", soft, at+".nature", "a claim is what somebody says: write party, opinion or speculation")
	c.need(e.Kind != Claimed || len(e.By) > 0, at+".by", "missing; say who claims it")
	c.need(e.Nature != NatureSpeculation && e.Status != Speculation || len(e.By) > 0, at+".by", "missing; say who speculates")
	c.need(e.Nature != NatureAbsence || len(e.By) > 0, at+".by", "missing; say who looked and found nothing")
	c.need(e.Kind != Claimed || len(e.What) > 0, at+".what", "missing; write the claim")
}

// legal checks what belongs to courts, authorities and registers.
func (c *check) legal(at string, e *Event) {
	judged := e.Kind == VerdictGiven || e.Kind == AppealDecision
	listed := e.Kind == DesignationAdded || e.Kind == DesignationRemoved
	released := e.Kind == Release
	c.need(e.Kind != VerdictGiven || e.Verdict != "", at+".verdict", "missing; say what the court decided")
	c.only(e.Verdict != "", judged, at+".verdict", "a verdict stands in an event of kind verdict or appeal_decision")
	c.only(len(e.Sentence) > 0, judged && e.Verdict == Guilty, at+".sentence", "a sentence stands beside the verdict guilty")
	c.need(!released || e.Release != "", at+".release", "missing; say how: released is an event with a kind, or write unknown")
	c.only(e.Release != "", released, at+".release", "this stands in an event of kind release")
	c.need(!listed || e.Designation != "", at+".designation", "missing; say which label or list")
	c.only(e.Designation != "", listed, at+".designation", "this stands in an event of kind designation_added or designation_removed")
	c.only(len(e.Register) > 0, listed, at+".register", "a register stands in an event of kind designation_added or designation_removed")
	c.need(e.Kind != ProsecutorRequest || len(e.Requested) > 0, at+".requested", "missing; say what the prosecution asked for")
	c.only(len(e.Requested) > 0, e.Kind == ProsecutorRequest, at+".requested", "this stands in an event of kind prosecutor_request")
	c.only(len(e.Effects) > 0, listed || e.Kind == MeasureImposed || e.Kind == MeasureLifted, at+".effects",
		"effects stand with a designation, or with measure_imposed and measure_lifted; what a court sentenced stands in sentence")
	custody := []EventKind{Detention, Remand, RemandExtended, Rearrest}
	c.only(e.Custody != "", slices.Contains(custody, e.Kind) || e.Kind == ContactLost && e.Custody == CustodyUndisclosed, at+".custody",
		"this stands in an event of kind detention, remand, remand_extended or rearrest; with contact_lost it is incommunicado")
	c.only(e.Until != Date{}, judged || slices.Contains(custody, e.Kind), at+".until",
		"this stands in a remand, for its last day, or in a verdict, for the last day to appeal; of a restriction it stands in its own until:")
	c.only(e.Until != Date{}, e.Until.Whole() && (!e.When.Date.Known() || e.Until.Compare(e.When.Date.From.First()) >= 0), at+".until", "write the day, and none before the event's")
	c.only(e.Side != "", e.Kind == AppealFiled, at+".side", "this stands in an event of kind appeal_filed")
	c.only(e.Family != "", e.Kind.Hard(), at+".family", "this stands with hard news alone: a verdict, a transfer, illness, a hunger strike, ill-treatment, lost contact, death")
	c.only(e.Charge != nil, slices.Contains([]EventKind{Detention, Rearrest, CaseOpened, ChargeBrought, ChargeChanged, VerdictGiven}, e.Kind),
		at+".charge", "a charge stands where it was brought: detention, case_opened, charge_brought, charge_changed, verdict")
	c.charge(at+".charge", e.Charge)
	c.need(!e.Erratum || (len(e.AsPrinted) > 0 && (len(e.Means) > 0 || e.Designation != "")), at+".erratum",
		"an erratum needs as_printed and, in means: or designation:, what is meant")
	c.measures(at+".requested", e.Requested)
	c.measures(at+".sentence", e.Sentence)
	c.measures(at+".effects", e.Effects)
}

// told checks answers, numbers, lists and money.
func (c *check) told(at string, e *Event) {
	c.need(e.Kind != OfficialResponse || e.Response != "", at+".response", "missing; say what the answer was")
	c.only(e.Response != "", e.Kind == OfficialResponse, at+".response", "this stands in an event of kind official_response")
	c.only(e.OpenList, len(e.Cities) > 0, at+".open_list", "there is no list here; name the cities")
	c.need(!e.Kind.Fund() || e.Collected == Elsewhere, at+".collected", "this program runs no fund, it can only report one; write collected: elsewhere")
	c.only(e.Collected != "" || e.TookHours > 0, e.Kind.Fund(), at+".collected", "this stands with money collected: fund_opened, fund_met, fund_closed")
	c.only(e.Amount != nil, e.Kind.Fund() || e.Kind == FinePaid, at+".amount", "a sum stands with money collected or paid; a fine stands in sentence")
	c.money(at+".amount", e.Amount)
	c.count(at+".count", e.Count, e.When)
}

func (c *check) charge(at string, k *Charge) {
	if k == nil {
		return
	}
	c.need(len(k.AsPrinted) > 0 || k.Kind == "not_disclosed", at+".as_printed", "missing; write the charge in the words of the source")
	c.need(k.Kind != "", at+".kind", "missing; say what kind of charge it is")
	c.law(at+".law", k.Law)
	c.measures(at+".most", k.Most)
}

func (c *check) law(at string, l *Law) {
	if l == nil {
		return
	}
	c.need(l.Article != "", at+".article", "missing; write the article, as the code numbers it")
	c.need(len(l.Code) > 0, at+".code", "missing; name the code")
	c.country(at+".country", l.Country)
}

func (c *check) measures(path string, list []Measure) {
	for i, m := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.need(m.Kind != "", at+".kind", "missing; say what restriction it is")
		c.law(at+".law", m.Law)
		c.only(m.From != Date{} && m.Until != Date{}, m.Until.Last().Compare(m.From.First()) >= 0, at+".until", "it ends before it begins; look at both days")
		c.money(at+".amount", m.Amount)
		c.only(m.Amount != nil, m.Kind == Fine || m.Kind == CashWithdrawalCap || m.Kind == Confiscation, at+".amount",
			"a sum belongs to a fine, a cap or a confiscation")
		c.need(m.Kind != Fine || m.Amount != nil || len(m.Note) > 0, at+".amount", "missing; write the sum, or say in note: that it is not told")
	}
}

func (c *check) money(at string, m *Money) {
	if m == nil {
		return
	}
	c.need(m.Minor > 0, at+".minor", "missing; write the sum in the smallest unit: 600 000 roubles are 60000000 kopecks")
	c.need(isCurrency(m.Currency), at+".currency", "write the currency's three capital letters, for example RUB")
}

// count holds R5 for numbers: one way of telling it, and as of when.
func (c *check) count(at string, n *Count, when Partial) {
	if n == nil {
		return
	}
	value, ranged, words := n.Value > 0, n.Min > 0 || n.Max > 0, n.InWords != ""
	switch {
	case btoi(value)+btoi(ranged)+btoi(words) != 1:
		c.add(at, "write one of: value, min with max, or words; a number that nobody tells is words: unknown")
	case ranged && n.Min >= n.Max:
		c.add(at, "min is not below max; write both, the smaller as min")
	}
	c.only(n.Comparator != "", value, at+".comparator", "this goes with a value")
	c.need(n.AsOf != Date{} || when.Date.From != Date{} || when.IsZero(), at+".as_of", "missing; the event has no date, so write as of when the number holds")
}

// actor holds R4: private persons appear by role; a name needs a public function and a source.
func (c *check) actor(at string, a *Actor) {
	if a == nil {
		return
	}
	c.need(a.Role != "", at+".role", "missing; say in which role")
	named := len(a.Name) > 0 || len(a.AsPrinted) > 0
	switch {
	case named && (a.Role.Nameless() || slices.Contains(c.file.Withheld, a.Role)):
		c.add(at+".name", "someone in the role %s is never named here; take name and as_printed out", a.Role)
		return
	case named && !a.PublicFunction:
		c.add(at+".name", "only who holds a public function is named; take the name out, or write public_function: true if that is so")
	case named && a.Source.KeptBack():
		c.add(at+".source", "a name rests on a source that everybody can look up; take the name out, or name the source")
	case named:
		c.cited(at+".source", a.Source, true)
	}
	c.cited(at+".source", a.Source, false)
	c.only(len(a.Title) > 0, !a.Role.Nameless(), at+".title", "a title can tell who a private person is; take it out")
	c.need(!a.Erratum || (len(a.AsPrinted) > 0 && len(a.Name) > 0), at+".erratum", "an erratum needs the name and as_printed")
}
