package casefile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"outcry/internal/kernel/lang"
)

// evidence checks on what a statement rests: one source, or several pieces of evidence. must: on something it has to rest.
func (c *check) evidence(at string, source SourceID, list []Evidence, must bool) {
	c.only(source != "" && len(list) > 0, false, at+".evidence", "rule.source_both", "both source and evidence stand here; a single source stands in source, several in evidence")
	c.cited(at+".source", source, must && len(list) == 0)
	for i, k := range list {
		at := fmt.Sprintf("%s.evidence[%d]", at, i)
		c.cited(at+".source", k.Source, true)
		c.only(true, k.Source.KeptBack() || slices.IndexFunc(list, func(o Evidence) bool { return o.Source == k.Source && o.Locator.same(k.Locator) }) == i, at+".source",
			"rule.evidence_twice", "this source stands here already; say in locator: where it says what")
	}
}

func (t Text) same(u Text) bool {
	return len(t) == len(u) && !slices.ContainsFunc(t.Tags(), func(tag lang.Tag) bool { return t[tag] != u[tag] })
}

// holds checks how far a statement is said to hold against what it rests on (R5): established takes a document of a court or a
// register, or two sources that publish apart and have no side.
func (c *check) holds(at string, status Status, source SourceID, list []Evidence) {
	if status != Established {
		return
	}
	if source != "" {
		list = []Evidence{{Source: source}}
	}
	var apart []string
	for _, k := range list {
		s := c.file.Source(k.Source)
		switch {
		case s == nil || k.Bearing != "" && k.Bearing != Supports:
		case s.Kind == "court_document" || s.Kind == "official_register":
			return
		case s.Interest == InterestParty || s.Kind == "campaign" || s.Kind == "anonymous":
		case !slices.Contains(apart, writeJSON(s.Publisher)):
			apart = append(apart, writeJSON(s.Publisher))
		}
	}
	if len(apart) < 2 {
		c.add(at+".status", Broken("rule.established", "Status", Established, "Other", Reported),
			"established takes a court's document or a register, or two sources that publish apart and have no side; write reported")
	}
}

// claim checks what somebody says is so. answer: to an open question; else of an event.
func (c *check) claim(at string, k *Claim, answer bool) {
	c.address(at+".id", k.ID, "claim")
	c.evidence(at, k.Source, k.Evidence, true)
	c.holds(at, k.Status, k.Source, k.Evidence)
	c.need(k.Status != "", at+".status", "rule.claim_status", "missing; say how far it holds")
	c.only(k.Field != "", !answer, at+".field", "rule.answer_field", "an answer is of no event's field; take it out")
	c.need(k.Field != FieldWhen || !k.When.IsZero(), at+".when", "rule.claim_when", "missing; write the other date")
	c.need(k.Field != FieldCount || k.Count != nil, at+".count", "rule.claim_count", "missing; write the other number")
	c.need(k.Field == FieldWhen || k.Field == FieldCount || len(k.What) > 0, at+".what", "rule.claim_what", "missing; write the explanation")
	c.only(!k.When.IsZero(), k.Field == FieldWhen, at+".when", "rule.claim_when_only", "a date stands here for field: when alone; when it was said stands in made_on")
	c.only(k.Count != nil, k.Field == FieldCount, at+".count", "rule.claim_count_only", "a number stands here for field: count alone")
	c.moment(at+".when", k.When)
	c.moment(at+".made_on", k.Made)
	c.count(at+".count", k.Count, k.Made)
	c.retraction(at, k.Retracted, k.Status)
	soft := answer || k.Status == Speculation || k.Nature == NatureSpeculation || k.Nature == NatureOpinion
	c.need(!soft || len(k.By) > 0, at+".by", "rule.claim_by", "missing; say who gives this explanation")
}

// retraction holds R6: what was taken back stays, with the reason.
func (c *check) retraction(at string, r *Retraction, status Status) {
	c.need(status != Retracted || r != nil, at+".retracted", "rule.retraction", "missing; say on which day it was taken back, and why")
	if r == nil {
		return
	}
	if status != "" && status != Retracted && status != Refuted {
		c.add(at+".status", Broken("rule.retracted_status", "Status", Retracted), "it was taken back; write status: retracted, or take the status out")
	}
	c.need(r.On.Whole(), at+".retracted.on", "rule.day", "missing; write the day")
	c.need(len(r.Why) > 0, at+".retracted.why", "rule.retraction_why", "missing; say why: it stays on the page, struck, with the reason")
}

// address checks an id by which something has its address: of its form, and given once among all that have one.
func (c *check) address(path, id, what string) {
	if id == "" {
		return
	}
	if !slugForm.MatchString(id) || len(id) > slugMost {
		c.add(path, Broken("rule.address", "Most", slugMost), "write small letters a to z, digits and single hyphens, %d at most", slugMost)
		return
	}
	if c.addresses[id] != "" {
		c.add(path, Broken("rule.address_twice"), "another %s has this id already; choose another", c.addresses[id])
		return
	}
	c.addresses[id] = what
	c.unspeculative(path, id) // an address is told without any label
}

// lasting holds that whatever has an address on a public page has it for life.
func (c *check) lasting(at, id string) {
	c.need(id != "" || c.file.Case.Publication.Level != Public, at+".id", "rule.address_missing", "missing; a public page has an address for each of these, for life: write a short word")
}

func (c *check) question(at string, q *Question) {
	c.address(at+".id", q.ID, "question")
	c.lasting(at, q.ID)
	c.need(len(q.Ask) > 0, at+".ask", "rule.question", "missing; write the question")
	c.plain(at+".ask", q.Ask)
	c.need(len(q.Answers) > 0, at+".answers", "rule.answers", "missing; write the explanations that are given, each with who gives it")
	open := false
	for i := range q.Answers {
		a := &q.Answers[i]
		c.claim(fmt.Sprintf("%s.answers[%d]", at, i), a, true)
		open = open || a.Status != Established
	}
	c.need(!open || len(q.NotToConclude) > 0, at+".not_to_be_concluded", "rule.not_concluded", "missing; say what must not be read out of these explanations")
}

func (c *check) recognition(at string, r *Recognition) {
	c.need(len(r.By) > 0, at+".by", "rule.body", "missing; name the body that decided so")
	c.need(r.Status != "", at+".status", "rule.body_status", "missing; say what it calls the person")
	c.need(r.Status != "other_status" || len(r.AsPrinted) > 0, at+".as_printed", "rule.body_words", "missing; write what it calls the person, in its own words")
	c.cited(at+".source", r.Source, true)
	c.link(at+".criteria", r.Criteria)
	c.only(r.Withdrawn != Date{}, r.Withdrawn.Last().Compare(r.On.First()) >= 0, at+".withdrawn_on", "rule.withdrawn_before", "it was withdrawn before it was given; look at both days")
}

func (c *check) correction(at string, k *Correction) {
	c.need(k.On.Whole(), at+".on", "rule.corrected_day", "missing; write the day on which it was mended")
	c.only(k.Of != "", c.addresses[k.Of] == "event" || c.addresses[k.Of] == "question", at+".of", "rule.corrected_what", "there is no event and no question of this id; take the line out if it was of the page")
	c.need(len(k.Was) > 0, at+".was", "rule.corrected_was", "missing; say what stood here")
	c.need(len(k.Now) > 0, at+".now", "rule.corrected_now", "missing; say what stands here now")
	c.need(len(k.Why) > 0, at+".why", "rule.why", "missing; say why")
	c.plain(at+".was", k.Was)
	c.plain(at+".now", k.Now)
	c.plain(at+".why", k.Why)
}

func (c *check) redaction(i int) {
	at, r := fmt.Sprintf("redactions[%d]", i), c.file.Redactions[i]
	c.need(r.Event != "", at+".event", "rule.redacted", "missing; write the id of the event that was taken out")
	if r.Event != "" {
		first := slices.IndexFunc(c.file.Redactions, func(o Redaction) bool { return o.Event == r.Event })
		c.only(true, slugForm.MatchString(r.Event), at+".event", "rule.redacted", "write the id that the event had")
		c.only(true, c.file.Event(r.Event) == nil, at+".event", "rule.redacted_there", "the event still stands in this file; take it out there, or this line")
		c.only(true, first == i, at+".event", "rule.redacted_twice", "this event stands here already")
	}
	c.need(r.On.Whole(), at+".on", "rule.day", "missing; write the day")
	c.need(r.Why != "", at+".why", "rule.redacted_why", "missing; say of which sort the reason is; never the reason itself")
}

// labelled is a text that stands only where its label, and who says so, stand beside it.
type labelled struct {
	text  string
	words string // plainWords of it
	guess bool   // speculation; else what somebody claims, or one of several explanations
	long  bool   // in each language a guess of guessLeast words or more
}

// labelled are the texts that the file marks as speculation, or that are somebody's claim and no more. Their words are made here, once: they are held against every title
// and every address.
func (f *File) labelled() (list []labelled) {
	add := func(what Text, guess bool) {
		from := len(list)
		long := guess
		for _, tag := range what.Tags() {
			words := plainWords(what[tag])
			if long = long && len(strings.Fields(words)) >= guessLeast; strings.TrimSpace(words) != "" {
				list = append(list, labelled{text: what[tag], words: words, guess: guess})
			}
		}
		for i := range list[from:] {
			list[from+i].long = long
		}
	}
	for i := range f.Events {
		e := &f.Events[i]
		switch {
		case e.Nature == NatureSpeculation || e.Status == Speculation:
			add(e.What, true)
		case e.Kind == Claimed && e.Status != Established:
			add(e.What, false)
		}
		for _, k := range e.Claims {
			switch {
			case k.guess():
				add(k.What, true)
			case k.Field == "" && k.Nature == NatureParty && k.Status != Established: // of the event as a whole; else it is a name of a place, a number
				add(k.What, false)
			}
		}
	}
	for i := range f.Questions {
		for _, k := range f.Questions[i].Answers {
			if k.Status != Established {
				add(k.What, k.guess())
			}
		}
	}
	return list
}

func (k *Claim) guess() bool { return k.Status == Speculation || k.Nature == NatureSpeculation }

// Unlabelled tells where a text that stands in a title, on a card, in a poster or in a feed repeats what the file tells as speculation or as somebody's claim
// (R5). It is for texts that are no part of the file, such as a letter's title.
func (f *File) Unlabelled(path string, t Text) Problems {
	c := &check{soft: f.labelled()}
	c.plain(path, t)
	return c.Problems
}

// unspeculative holds R5 for what stands in titles, cards, addresses and feeds: what needs a label isn't repeated there.
func (c *check) unspeculative(path, s string) { c.repeats(path, s, false) }

// repeats complains of what a text repeats; long: of long guesses alone.
func (c *check) repeats(path, s string, long bool) {
	if len(c.soft) == 0 {
		return
	}
	s = plainWords(s)
	for i := range c.soft {
		switch l := &c.soft[i]; {
		case long && !l.long || !strings.Contains(s, l.words):
		case l.guess:
			c.add(path, Broken("rule.repeats_guess", "Words", l.text), "this repeats what the file marks as speculation (%q); speculation stands only where its label stands beside it", l.text)
		default:
			c.add(path, Broken("rule.repeats_claim", "Words", l.text), "this repeats what the file tells as somebody's claim (%q); it stands only where its label and who says so stand beside it", l.text)
		}
	}
}

// plain holds the same for each language of a text.
func (c *check) plain(path string, t Text) {
	for _, tag := range t.Tags() {
		c.unspeculative(path+"."+string(tag), t[tag])
	}
}

const guessLeast = 3 // words of a guess that an event can repeat by more than chance

// factual holds that an event which is told as having happened doesn't say what is marked as speculation elsewhere: feeds have it as it stands.
func (c *check) factual(path string, e *Event) {
	if e.Status != "" && e.Status != Established && e.Status != Reported || e.Nature != NatureEvent && e.Nature != NatureLegal {
		return
	}
	for _, tag := range e.What.Tags() {
		c.repeats(path+"."+string(tag), e.What[tag], true)
	}
}

const zeroWidthNonJoiner = '\u200c' // parts words where Persian and others write them as two or as one

// plainWords is a text without case, signs and double spaces, with a space at either end, for comparing. What is not seen, such as a soft hyphen, is not there.
func plainWords(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	words := strings.FieldsFunc(s, func(r rune) bool { return !isWord(r) })
	return " " + strings.Join(words, " ") + " "
}
