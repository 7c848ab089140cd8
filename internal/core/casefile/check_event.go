package casefile

import (
	"fmt"
	"slices"
	"unicode"
)

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// event checks one event: what every event needs, what its kind needs, and what has no place under its kind.
func (c *check) event(at string, e *Event) {
	c.need(e.Kind != "", at+".kind", "rule.event_kind", "missing; say what sort of event this is")
	c.need(e.Nature != "", at+".nature", "rule.nature", "missing; say what sort of statement this is: event, legal, party, opinion, speculation or absence")
	c.need(!e.When.IsZero(), at+".when", "rule.date_missing", "missing; write a date, or unknown")
	c.need(e.Source != "" || len(e.Evidence) > 0 || len(e.By) > 0, at+".source", "rule.event_source", "missing; name the source, or say in by: who says so")
	c.evidence(at, e.Source, e.Evidence, false)
	c.holds(at, e.Status, e.Source, e.Evidence)
	c.moment(at+".when", e.When)
	c.moment(at+".learnt_on", e.Learnt)
	c.country(at+".country", e.Country)
	c.address(at+".id", e.ID, "event")
	c.lasting(at, e.ID)
	c.after(at+".after", e)
	if e.At != "" && c.file.Institution(e.At) == nil {
		c.lacks(at+".at", "institution", string(e.At), c.institutionIDs)
	}
	if e.Proceeding != "" && c.file.Proceeding(e.Proceeding) == nil {
		c.lacks(at+".proceeding", "proceeding", string(e.Proceeding), c.proceedingIDs)
	}
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
		c.lacks(path, "event", e.After, ids)
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
			c.add(path, Broken("rule.event_ring"), "by this the event comes after itself; look at the after: of those it names")
			for _, id := range ring {
				c.ring[id] = true
			}
			return
		}
		ring = append(ring, next.ID)
	}
}

// softNatures are those of what somebody says, for whatever reason.
var softNatures = []Nature{NatureParty, NatureOpinion, NatureSpeculation}

// statement checks who says so where that decides how it may be read.
func (c *check) statement(at string, e *Event) {
	if e.Kind == Claimed && e.Nature != "" && !slices.Contains(softNatures, e.Nature) {
		c.add(at+".nature", Broken("rule.claim_nature", "Natures", softNatures), "a claim is what somebody says: write party, opinion or speculation")
	}
	c.need(e.Kind != Claimed || len(e.By) > 0, at+".by", "rule.claimed_by", "missing; say who claims it")
	c.need(e.Nature != NatureSpeculation && e.Status != Speculation || len(e.By) > 0, at+".by", "rule.guessed_by", "missing; say who speculates")
	c.need(e.Nature != NatureAbsence || len(e.By) > 0, at+".by", "rule.looked_by", "missing; say who looked and found nothing")
	c.need(e.Kind != Claimed || len(e.What) > 0, at+".what", "rule.claimed", "missing; write the claim")
}

// What belongs to courts and collections stands with these kinds of event alone.
var (
	judgedKinds    = []EventKind{VerdictGiven, AppealDecision}
	listedKinds    = []EventKind{DesignationAdded, DesignationRemoved}
	effectKinds    = []EventKind{DesignationAdded, DesignationRemoved, MeasureImposed, MeasureLifted}
	custodyKinds   = []EventKind{Detention, Remand, RemandExtended, Rearrest}
	chargeKinds    = []EventKind{Detention, Rearrest, CaseOpened, ChargeBrought, ChargeChanged, VerdictGiven}
	releaseKinds   = []EventKind{Release}
	requestedKinds = []EventKind{ProsecutorRequest}
	filedKinds     = []EventKind{AppealFiled}
	answeredKinds  = []EventKind{OfficialResponse}
	fundKinds      = []EventKind{FundOpened, FundMet, FundClosed}
)

// legal checks what belongs to courts, authorities and registers.
func (c *check) legal(at string, e *Event) {
	judged, listed := slices.Contains(judgedKinds, e.Kind), slices.Contains(listedKinds, e.Kind)
	c.need(e.Kind != VerdictGiven || e.Verdict != "", at+".verdict", "rule.verdict", "missing; say what the court decided")
	c.among(e.Verdict != "", e.Kind, judgedKinds, at+".verdict", "a verdict stands in an event of kind verdict or appeal_decision")
	if len(e.Sentence) > 0 && !(judged && e.Verdict == Guilty) {
		c.add(at+".sentence", Broken("rule.sentence_place", "Verdict", Guilty), "a sentence stands beside the verdict guilty")
	}
	c.need(e.Kind != Release || e.Release != "", at+".release", "rule.release", "missing; say how: released is an event with a kind, or write unknown")
	c.among(e.Release != "", e.Kind, releaseKinds, at+".release", "this stands in an event of kind release")
	c.need(!listed || e.Designation != "", at+".designation", "rule.designation", "missing; say which label or list")
	c.among(e.Designation != "", e.Kind, listedKinds, at+".designation", "this stands in an event of kind designation_added or designation_removed")
	c.among(len(e.Register) > 0, e.Kind, listedKinds, at+".register", "a register stands in an event of kind designation_added or designation_removed")
	c.need(e.Kind != ProsecutorRequest || len(e.Requested) > 0, at+".requested", "rule.requested", "missing; say what the prosecution asked for")
	c.among(len(e.Requested) > 0, e.Kind, requestedKinds, at+".requested", "this stands in an event of kind prosecutor_request")
	if len(e.Effects) > 0 && !slices.Contains(effectKinds, e.Kind) {
		c.add(at+".effects", Broken("rule.effects_place", "Kinds", effectKinds),
			"effects stand with a designation, or with measure_imposed and measure_lifted; what a court sentenced stands in sentence")
	}
	held := slices.Contains(custodyKinds, e.Kind)
	if e.Custody != "" && !held && !(e.Kind == ContactLost && e.Custody == CustodyUndisclosed) {
		rule := Broken("rule.kinds", "Kinds", append(slices.Clone(custodyKinds), ContactLost))
		if e.Kind == ContactLost {
			rule = Broken("rule.custody_place", "Kinds", custodyKinds, "Lost", CustodyUndisclosed)
		}
		c.add(at+".custody", rule, "this stands in an event of kind detention, remand, remand_extended or rearrest; with contact_lost it is incommunicado")
	}
	c.only(e.Until != Date{}, judged || held, at+".until",
		"rule.until_place", "this stands in a remand, for its last day, or in a verdict, for the last day to appeal; of a restriction it stands in its own until:")
	c.only(e.Until != Date{}, e.Until.Whole() && (!e.When.Date.Known() || e.Until.Compare(e.When.Date.From.First()) >= 0), at+".until", "rule.until_day", "write the day, and none before the event's")
	c.among(e.Side != "", e.Kind, filedKinds, at+".side", "this stands in an event of kind appeal_filed")
	c.only(e.Family != "", e.Kind.Hard(), at+".family", "rule.family_place", "this stands with hard news alone: a verdict, a transfer, illness, a hunger strike, ill-treatment, lost contact, death")
	c.among(e.Charge != nil, e.Kind, chargeKinds, at+".charge", "a charge stands where it was brought: detention, case_opened, charge_brought, charge_changed, verdict")
	c.charge(at+".charge", e.Charge)
	c.need(!e.Erratum || (len(e.AsPrinted) > 0 && (len(e.Means) > 0 || e.Designation != "")), at+".erratum",
		"rule.erratum", "an erratum needs as_printed and, in means: or designation:, what is meant")
	c.measures(at+".requested", e.Requested)
	c.measures(at+".sentence", e.Sentence)
	c.measures(at+".effects", e.Effects)
}

// told checks answers, numbers, lists and money.
func (c *check) told(at string, e *Event) {
	c.need(e.Kind != OfficialResponse || e.Response != "", at+".response", "rule.response", "missing; say what the answer was")
	c.among(e.Response != "", e.Kind, answeredKinds, at+".response", "this stands in an event of kind official_response")
	c.only(e.OpenList, len(e.Cities) > 0, at+".open_list", "rule.open_list", "there is no list here; name the cities")
	c.need(!e.Kind.Fund() || e.Collected == Elsewhere, at+".collected", "rule.fund", "this program runs no fund, it can only report one; write collected: elsewhere")
	c.among(e.Collected != "" || e.TookHours > 0, e.Kind, fundKinds, at+".collected", "this stands with money collected: fund_opened, fund_met, fund_closed")
	c.only(e.Amount != nil, e.Kind.Fund() || e.Kind == FinePaid, at+".amount", "rule.amount_place", "a sum stands with money collected or paid; a fine stands in sentence")
	c.money(at+".amount", e.Amount)
	c.count(at+".count", e.Count, e.When)
}

func (c *check) charge(at string, k *Charge) {
	if k == nil {
		return
	}
	c.need(len(k.AsPrinted) > 0 || k.Kind == "not_disclosed", at+".as_printed", "rule.charge", "missing; write the charge in the words of the source")
	c.need(k.Kind != "", at+".kind", "rule.charge_kind", "missing; say what kind of charge it is")
	c.law(at+".law", k.Law)
	c.measures(at+".most", k.Most)
}

func (c *check) law(at string, l *Law) {
	if l == nil {
		return
	}
	c.need(l.Article != "", at+".article", "rule.article", "missing; write the article, as the code numbers it")
	c.need(len(l.Code) > 0, at+".code", "rule.code", "missing; name the code")
	c.country(at+".country", l.Country)
}

// summedMeasures are those that come to a sum of money.
var summedMeasures = []MeasureKind{Fine, CashWithdrawalCap, Confiscation}

func (c *check) measures(path string, list []Measure) {
	for i, m := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.need(m.Kind != "", at+".kind", "rule.measure", "missing; say what restriction it is")
		c.law(at+".law", m.Law)
		c.only(m.From != Date{} && m.Until != Date{}, m.Until.Last().Compare(m.From.First()) >= 0, at+".until", "rule.ends_before", "it ends before it begins; look at both days")
		c.money(at+".amount", m.Amount)
		if m.Amount != nil && !slices.Contains(summedMeasures, m.Kind) {
			c.add(at+".amount", Broken("rule.measure_amount", "Measures", summedMeasures), "a sum belongs to a fine, a cap or a confiscation")
		}
		c.need(m.Kind != Fine || m.Amount != nil || len(m.Note) > 0, at+".amount", "rule.fine", "missing; write the sum, or say in note: that it is not told")
	}
}

func (c *check) money(at string, m *Money) {
	if m == nil {
		return
	}
	c.need(m.Minor > 0, at+".minor", "rule.money", "missing; write the sum in the smallest unit: 600 000 roubles are 60000000 kopecks")
	c.need(isCurrency(m.Currency), at+".currency", "rule.currency", "write the currency's three capital letters, for example RUB")
}

// count holds R5 for numbers: one way of telling it, and as of when.
func (c *check) count(at string, n *Count, when Partial) {
	if n == nil {
		return
	}
	value, ranged, words := n.Value > 0, n.Min > 0 || n.Max > 0, n.InWords != ""
	switch {
	case btoi(value)+btoi(ranged)+btoi(words) != 1:
		c.add(at, Broken("rule.count_one"), "write one of: value, min with max, or words; a number that nobody tells is words: unknown")
	case ranged && n.Min >= n.Max:
		c.add(at, Broken("rule.count_order"), "min is not below max; write both, the smaller as min")
	}
	c.only(n.Comparator != "", value, at+".comparator", "rule.comparator", "this goes with a value")
	c.need(n.AsOf != Date{} || when.Date.From != Date{} || when.IsZero(), at+".as_of", "rule.count_as_of", "missing; the event has no date, so write as of when the number holds")
}

// actor holds R4: private persons appear by role; a name needs a public function and a source.
func (c *check) actor(at string, a *Actor) {
	if a == nil {
		return
	}
	c.need(a.Role != "", at+".role", "rule.role", "missing; say in which role")
	named := len(a.Name) > 0 || len(a.AsPrinted) > 0
	switch {
	case named && (a.Role.Nameless() || slices.Contains(c.file.Withheld, a.Role)):
		c.add(at+".name", Broken("rule.nameless", "Role", a.Role), "someone in the role %s is never named here; take name and as_printed out", a.Role)
		return
	case named && !a.PublicFunction:
		c.add(at+".name", Broken("rule.named_private"), "only who holds a public function is named; take the name out, or write public_function: true if that is so")
	case named && a.Source.KeptBack():
		c.add(at+".source", Broken("rule.named_source"), "a name rests on a source that everybody can look up; take the name out, or name the source")
	case named:
		c.cited(at+".source", a.Source, true)
	}
	c.cited(at+".source", a.Source, false)
	c.only(len(a.Title) > 0, !a.Role.Nameless(), at+".title", "rule.actor_title", "a title can tell who a private person is; take it out")
	c.need(!a.Erratum || (len(a.AsPrinted) > 0 && len(a.Name) > 0), at+".erratum", "rule.actor_erratum", "an erratum needs the name and as_printed")
}
