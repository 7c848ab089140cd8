package directory

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
)

// Three is how many others a page offers.
const Three = 3

// HealthDays is for how long after a report of illness, ill-treatment or a hunger strike somebody's health is urgent.
const HealthDays = 60

// Weight is how likely somebody is to be offered beside another's page: what they lack, times how urgent it is.
//
//	weight = (1 + needs) × (1 + hearing + contact + health)
//
// where needs is how many different needs their page names, and each of the three is 1 or 0: a hearing or the like within
// [SoonDays]; contact lost, or the place not told; illness, ill-treatment or a hunger strike reported within [HealthDays], as far
// as the public may read of it. So somebody in no need of what we know still has 1, and nobody has more than 36.
//
// 0 is never: for who died; for a page whose organisers closed it; and where no consent for [casefile.ScopeOthers] stands, which
// a page that rests on a necessity note alone has not. Nothing else comes in: not how many signed, looked or wrote, not who the
// person is, and no reader's data.
func Weight(e *Entry, today casefile.Date) int {
	if !offered(e) {
		return 0
	}
	needs := map[casefile.Need]bool{}
	for _, n := range e.File.Case.Needs {
		needs[n] = true
	}
	return (1 + len(needs)) * (1 + count(e.Soon(today)) + count(unreached(e)) + count(ailing(e, today)))
}

// offered tells whether somebody may stand beside another's page at all.
func offered(e *Entry) bool {
	k := e.File.Case
	return e.Situation != Died && k.State != casefile.Closed && !e.File.Stopped(casefile.ScopeOthers) &&
		slices.ContainsFunc(k.Publication.Consents, func(c casefile.Consent) bool {
			return c.Withdrawn == (casefile.Date{}) && slices.Contains(c.Scope, casefile.ScopeOthers)
		})
}

// unreached tells whether nobody outside is known to reach the person.
func unreached(e *Entry) bool {
	return e.Situation == Missing || slices.ContainsFunc(e.Stand.Gaps, func(g casefile.Gap) bool {
		return g.Kind == casefile.GapContact || g.Kind == casefile.GapWhereabouts
	})
}

// ailing tells whether bad health was reported lately. The file is what the public may see: what was kept back is not in it.
func ailing(e *Entry, today casefile.Date) bool {
	since := after(today, -HealthDays)
	return slices.ContainsFunc(e.File.Events, func(ev casefile.Event) bool {
		switch ev.Kind {
		case casefile.Health, casefile.HungerStrike, casefile.IllTreatment:
		default:
			return false
		}
		on := ev.When.Date.End().Last()
		return ev.When.Date.Known() && on.Compare(since) >= 0 && on.Compare(today) <= 0 &&
			ev.Retracted == nil && ev.Status != casefile.Refuted && ev.Status != casefile.Retracted && ev.Status != casefile.Speculation
	})
}

// Others draws whom the page of a case offers on a day: [Three] of those who have a [Weight], never the case itself. Fewer where
// there are no more.
//
// The draw is without replacement and proportional to the weights: at each place, each who is left has the chance of their weight
// among the weights of who is left. Its only seed is the day, the page's slug and the candidates' own: so a page is the same for
// a whole day and can be kept, on every node alike, and anyone can draw again what it showed.
func (l *List) Others(slug string, today casefile.Date) []*Entry { return l.Drawn(slug, today, Three) }

// Drawn is Others for so many; of the empty slug it is the front page's.
func (l *List) Drawn(slug string, today casefile.Date, most int) []*Entry {
	type ticket struct {
		entry *Entry
		place float64 // the lower, the earlier
	}
	var all []ticket
	for _, e := range l.all() {
		if w := Weight(e, today); w > 0 && e.Slug != slug {
			all = append(all, ticket{e, -math.Log(chance(today.String(), slug, e.Slug)) / float64(w)})
		}
	}
	slices.SortFunc(all, func(a, b ticket) int {
		switch {
		case a.place < b.place:
			return -1
		case a.place > b.place:
			return 1
		}
		return strings.Compare(a.entry.Slug, b.entry.Slug)
	})
	var drawn []*Entry
	for _, t := range all[:min(most, len(all))] {
		drawn = append(drawn, t.entry)
	}
	return drawn
}

// chance is a number above 0 and at most 1 that follows from these words and from nothing else. Each candidate has one of their own, and who has the least of
// -log(chance)/weight is first: waiting times, of which the shortest is anyone's with the chance of their weight among all weights.
func chance(words ...string) float64 {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return (float64(binary.BigEndian.Uint64(sum[:])>>11) + 1) / (1 << 53)
}
