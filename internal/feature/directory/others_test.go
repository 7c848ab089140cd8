package directory

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"outcry/internal/core/casefile"
)

func ill(days int) func(*casefile.File) {
	on := after(now, -days)
	return event(casefile.Event{ID: "ill", Kind: casefile.Health, When: casefile.On(on.Year, on.Month, on.Day)})
}

func lost(f *casefile.File) {
	event(casefile.Event{ID: "lost", Kind: casefile.ContactLost, When: casefile.On(2026, 3, 1)})(f)
}

// The rule, case by case: (1 + needs) × (1 + hearing + contact + health), and who is never offered.
func TestWeight(t *testing.T) {
	all := terms[casefile.Need]()
	for name, c := range map[string]struct {
		file *casefile.File
		want int
	}{
		"nothing":              {made(t, "x"), 1},
		"one need":             {made(t, "x", needs("letters")), 2},
		"the same need twice":  {made(t, "x", needs("letters", "letters")), 2},
		"three needs":          {made(t, "x", needs("letters", "lawyer", "parcels")), 4},
		"hearing":              {made(t, "x", hearing(14)), 2},
		"hearing today":        {made(t, "x", hearing(0)), 2},
		"hearing later":        {made(t, "x", hearing(15)), 1},
		"hearing over":         {made(t, "x", hearing(-1)), 1},
		"contact lost":         {made(t, "x", lost), 2},
		"contact restored":     {made(t, "x", lost, event(casefile.Event{ID: "back", Kind: casefile.ContactRestored, When: casefile.On(2026, 4, 1)})), 1},
		"on the way":           {made(t, "x", event(casefile.Event{ID: "way", Kind: casefile.TransferStart, When: casefile.On(2026, 4, 1)})), 2},
		"ill":                  {made(t, "x", ill(60)), 2},
		"ill long ago":         {made(t, "x", ill(61)), 1},
		"hunger strike":        {made(t, "x", event(casefile.Event{ID: "h", Kind: casefile.HungerStrike, When: casefile.On(2026, 11, 1)})), 2},
		"illness, taken back":  {made(t, "x", ill(5), func(f *casefile.File) { f.Events[2].Retracted = &casefile.Retraction{} }), 1},
		"two urgencies, needs": {made(t, "x", needs("letters", "lawyer"), hearing(3), ill(3)), 9},
		"all":                  {made(t, "x", needs(all...), hearing(3), ill(3), lost), 36},

		"dead":       {made(t, "x", needs("family"), event(casefile.Event{ID: "d", Kind: casefile.Death, When: casefile.On(2026, 4, 1)})), 0},
		"closed":     {made(t, "x", needs("letters"), func(f *casefile.File) { f.Case.State = casefile.Closed }), 0},
		"dormant":    {made(t, "x", needs("letters"), func(f *casefile.File) { f.Case.State = casefile.Dormant }), 2},
		"no consent": {made(t, "x", func(f *casefile.File) { f.Case.Publication.Consents[0].Scope = []casefile.Scope{casefile.ScopeName} }), 0},
		"necessity note": {made(t, "x", func(f *casefile.File) {
			f.Case.Publication = casefile.Publication{Level: casefile.Public, Necessity: &casefile.Necessity{}}
		}), 0},
	} {
		if got := Weight(newEntry(c.file, nil), now); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	f := made(t, "x")
	stopped, ok := f.Public([]casefile.Stop{{Kind: casefile.StopScope, Name: string(casefile.ScopeOthers), By: "family"}})
	if w := Weight(newEntry(stopped, nil), now); !ok || w != 0 {
		t.Errorf("who stopped being offered weighs %d", w)
	}
}

// people are ten with the weights of TestWeight, written down here by hand: a rule that changes is found out by the draws.
func people(t *testing.T) (l *List, weights map[string]float64) {
	files := []*casefile.File{
		made(t, "page", needs("letters")),
		made(t, "dead", event(casefile.Event{ID: "d", Kind: casefile.Death, When: casefile.On(2026, 4, 1)})),
		made(t, "unasked", func(f *casefile.File) { f.Case.Publication.Consents[0].Scope = []casefile.Scope{casefile.ScopeName} }),
		made(t, "plain"), made(t, "need", needs("letters")), made(t, "needs", needs("letters", "lawyer")), made(t, "hearing", hearing(5)),
		made(t, "ill", needs("letters"), ill(3)), made(t, "lost", needs("letters", "parcels"), lost), made(t, "dire", needs("letters", "lawyer", "family"), hearing(2), ill(9)),
	}
	return listed(t, files...), map[string]float64{"plain": 1, "need": 2, "needs": 3, "hearing": 2, "ill": 4, "lost": 6, "dire": 12}
}

const draws = 10_000

// 10,000 draws follow the rule: who stands first does with the chance of their weight, and who stands among the three with the chance that follows from drawing
// without putting back. The draws are the program's own, of 10,000 pages on one day, so the test says the same each time it runs.
func TestDrawsFollowTheRule(t *testing.T) {
	l, weights := people(t)
	first, among := map[string]float64{}, map[string]float64{}
	for n := range draws {
		three := l.Others(fmt.Sprint("page-", n), now)
		if len(three) != Three {
			t.Fatalf("%d are offered", len(three))
		}
		first[three[0].Slug]++
		for _, e := range three {
			among[e.Slug]++
		}
	}
	// "page" may stand here, for it is no page of its own: it is drawn with its weight of 2.
	weights["page"] = 2
	total := 0.0
	for _, w := range weights {
		total += w
	}
	hold := func(what string, seen map[string]float64, chance func(string) float64) {
		sum := 0.0
		for slug := range seen {
			if weights[slug] == 0 {
				t.Errorf("%s is offered", slug)
			}
		}
		for slug := range weights {
			want := draws * chance(slug)
			sum += (seen[slug] - want) * (seen[slug] - want) / want
		}
		t.Logf("%s: chi-square %.1f at 7 degrees of freedom", what, sum)
		if sum > 24.3 { // one in a thousand
			t.Errorf("%s does not follow the weights: chi-square is %.1f\nseen %v", what, sum, seen)
		}
	}
	hold("who is first", first, func(slug string) float64 { return weights[slug] / total })
	hold("who is among the three", among, func(slug string) float64 { return inclusion(weights, slug, nil, Three) })
}

// inclusion is the chance to be drawn at one of so many places, by going through all ways to draw.
func inclusion(weights map[string]float64, slug string, gone []string, places int) (chance float64) {
	if places == 0 {
		return 0
	}
	total := 0.0
	for s, w := range weights {
		if !slices.Contains(gone, s) {
			total += w
		}
	}
	for s, w := range weights {
		switch {
		case slices.Contains(gone, s):
		case s == slug:
			chance += w / total
		default:
			chance += w / total * inclusion(weights, slug, append(slices.Clone(gone), s), places-1)
		}
	}
	return chance
}

// A draw is the same for a day and a page; another day or page has another; and nobody is offered on their own page.
func TestDrawsByDayAndPage(t *testing.T) {
	l, weights := people(t)
	one := slugs(l.Others("page", now))
	if again := slugs(l.Others("page", now)); !slices.Equal(one, again) {
		t.Errorf("the same day: %v, then %v", one, again)
	}
	seen := map[string]bool{}
	for n := range 200 {
		three := slugs(l.Others("page", after(now, n)))
		if slices.Contains(three, "page") {
			t.Fatalf("the page offers itself: %v", three)
		}
		seen[fmt.Sprint(three)] = true
	}
	if len(seen) < 50 { // what is urgent changes on a few of the days; the draw on all
		t.Errorf("on 200 days there were %d draws", len(seen))
	}
	if slices.Equal(slugs(l.Drawn("", now, 7)), slugs(l.Drawn("plain", now, 7))) {
		t.Error("two pages of one day show the same in the same order")
	}
	if got := l.Drawn("", now, 100); len(got) != len(weights)+1 {
		t.Errorf("%d of %d can be drawn", len(got), len(weights)+1)
	}
	// Who comes or goes moves nobody else: the others keep their order.
	order := slugs(l.Drawn("page", now, 100))
	files := []*casefile.File{}
	for _, e := range l.all() {
		if e.Slug != order[0] {
			files = append(files, e.File)
		}
	}
	l.Load(files)
	if got := slugs(l.Drawn("page", now, 100)); !slices.Equal(got, order[1:]) {
		t.Errorf("without %s the order is %v, was %v", order[0], got, order)
	}
}

func TestOthersOfFew(t *testing.T) {
	for n, want := range []int{0, 0, 1, 2, 3, 3} {
		var files []*casefile.File
		for i := range n {
			files = append(files, made(t, fmt.Sprint("p", i)))
		}
		if got := listed(t, files...).Others("p0", now); len(got) != want {
			t.Errorf("of %d pages one offers %d, want %d", n, len(got), want)
		}
	}
}

func TestChance(t *testing.T) {
	sum := 0.0
	for n := range draws {
		c := chance("day", fmt.Sprint(n))
		if c <= 0 || c > 1 || math.IsInf(math.Log(c), 0) {
			t.Fatalf("%v is no chance", c)
		}
		sum += c
	}
	if mean := sum / draws; math.Abs(mean-0.5) > 0.01 {
		t.Errorf("the mean is %v", mean)
	}
	if chance("ab", "c") == chance("a", "bc") {
		t.Error("words run together")
	}
}
