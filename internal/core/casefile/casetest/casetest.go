// Package casetest makes up cases: nobody in them lives. The same seed is the same case, on every machine.
//
// What it makes passes every rule of a campaign file. [File] is for round trips: over some hundred seeds every field of the model is filled and every term of
// every vocabulary used but "sealed", which is never kept. [Files] is for lists and for speed: public cases with as many events as are asked for.
package casetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// File is the case of a seed: anything that a committee may write, awkward texts among it. Two seeds never have a slug in common.
func File(seed int64) *casefile.File {
	g := newGen(seed)
	g.wild = true
	return g.file(2 + g.n(11))
}

// Files are n public cases of so many events each, their texts plain. The same arguments give the same cases.
func Files(n, events int) []*casefile.File {
	list := make([]*casefile.File, n)
	for i := range list {
		list[i] = newGen(int64(i)).file(events)
	}
	return list
}

// gen makes up one case.
type gen struct {
	*rand.Rand
	seed   int64
	wild   bool // any level and state, and texts that are hard to write down
	langs  []lang.Tag
	f      *casefile.File
	serial int // of what needs a name of its own
}

func newGen(seed int64) *gen {
	return &gen{Rand: rand.New(rand.NewPCG(uint64(seed), 0x6f757463)), seed: seed}
}

// n is a number below most.
func (g *gen) n(most int) int { return g.IntN(most) }

// odds tells yes one time in so many.
func (g *gen) odds(of int) bool { return g.n(of) == 0 }

func pick[T any](g *gen, list []T) T { return list[g.n(len(list))] }

// term is any term of a vocabulary but those left out.
func term[T interface {
	~string
	Known() []string
}](g *gen, but ...T) T {
	var none T
	for {
		t := T(pick(g, none.Known()))
		if !slices.Contains(but, t) {
			return t
		}
	}
}

// some are a few terms of a vocabulary, each once.
func some[T interface {
	~string
	Known() []string
}](g *gen, but ...T) (list []T) {
	for range 1 + g.n(4) {
		if t := term(g, but...); !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

func (g *gen) next() int {
	g.serial++
	return g.serial
}

func (g *gen) hex() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", g.seed, g.next()))
	return hex.EncodeToString(sum[:])
}

func (g *gen) url() string {
	return fmt.Sprintf("https://%s.example.org/%d/%d?q=a%%20b&c=%d", pick(g, hosts), g.seed, g.next(), g.n(100))
}

// words are a few words of a language with a number that no other text of the case has.
func (g *gen) words(tag lang.Tag, most int) string {
	list := vocabulary[tag]
	if list == nil {
		list = vocabulary["en"]
	}
	var b strings.Builder
	for i := range 2 + g.n(most) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(pick(g, list))
	}
	fmt.Fprintf(&b, " %d", g.next())
	return b.String()
}

// line is one line of text.
func (g *gen) line(tag lang.Tag) string {
	if g.wild && g.odds(5) {
		return strings.ReplaceAll(pick(g, awkward), "N", fmt.Sprint(g.next()))
	}
	return g.words(tag, 7)
}

// text is one wording in some of the case's languages, in the first always.
func (g *gen) text() casefile.Text { return g.wording(g.line) }

// short is a name: of a paper, a town, an organisation.
func (g *gen) short() casefile.Text {
	return g.wording(func(tag lang.Tag) string {
		if g.wild && g.odds(12) {
			return pick(g, bare)
		}
		return g.words(tag, 2)
	})
}

// long is Markdown of some paragraphs.
func (g *gen) long() casefile.Text {
	return g.wording(func(tag lang.Tag) string {
		parts := []string{g.words(tag, 20)}
		for range g.n(3) {
			parts = append(parts, pick(g, []string{"", "**", "- ", "> "})+g.words(tag, 20))
		}
		if g.wild && g.odds(3) {
			parts = append(parts, "["+g.words(tag, 2)+"]("+g.url()+")", "    "+g.words(tag, 3)+"\n\tx")
		}
		return strings.TrimSpace(strings.Join(parts, "\n\n"))
	})
}

func (g *gen) wording(one func(lang.Tag) string) casefile.Text {
	t := casefile.Text{}
	for i, tag := range g.langs {
		if i == 0 || !g.odds(3) {
			t[tag] = one(tag)
		}
	}
	return t
}

// printed is a text as a source prints it, in whatever language that is.
func (g *gen) printed() casefile.Text {
	tag := pick(g, tongues)
	return casefile.Text{tag: g.line(tag)}
}

func (g *gen) day() casefile.Date {
	return casefile.Date{Year: 2018 + g.n(8), Month: 1 + g.n(12), Day: 1 + g.n(28)}
}

// date is a day, a month or a year.
func (g *gen) date() casefile.Date {
	d := g.day()
	switch g.n(6) {
	case 0:
		d.Day = 0
	case 1:
		d.Month, d.Day = 0, 0
	}
	return d
}

// after is a day not before another, some days later.
func after(d casefile.Date, months int) casefile.Date {
	m := d.Month - 1 + months
	return casefile.Date{Year: d.Year + m/12, Month: m%12 + 1, Day: max(d.Day, 1)}
}

func (g *gen) span() casefile.Span {
	switch g.n(12) {
	case 0:
		return casefile.Span{How: casefile.Unknown}
	case 1, 2, 3:
		return casefile.Span{From: g.date(), How: []casefile.How{casefile.After, casefile.Before, casefile.About}[g.n(3)]}
	case 4:
		from := g.day()
		to := after(from, 1+g.n(30))
		if g.odds(2) {
			to.Day = 0
		}
		return casefile.Span{From: from, To: to}
	case 5:
		return casefile.Span{From: g.date()}
	}
	return casefile.Span{From: g.day()}
}

func (g *gen) partial() casefile.Partial {
	p := casefile.Partial{Date: g.span()}
	if p.Date.How == casefile.Exactly && p.Date.From.Whole() && p.Date.To == (casefile.Date{}) && g.odds(4) {
		p.Part = term[casefile.Part](g)
	}
	if g.odds(4) {
		p.AsPrinted = g.printed()
	}
	p.Inferred = p.Date.From != (casefile.Date{}) && g.odds(6)
	return p
}

func (g *gen) source() casefile.SourceID { return pick(g, g.f.Sources).ID }

func (g *gen) law() *casefile.Law {
	return &casefile.Law{Country: pick(g, countries), Code: g.short(), Article: fmt.Sprintf("205.%d", 1+g.n(9)), Part: fmt.Sprint(1 + g.n(4)), Version: g.day()}
}

func (g *gen) money() *casefile.Money {
	m := &casefile.Money{Minor: int64(1+g.n(900)) * 100_000, Currency: pick(g, []string{"RUB", "BYN", "EUR", "KZT", "TRY"})}
	if g.odds(3) {
		m.Equivalent = g.text()
	}
	return m
}

func (g *gen) count() *casefile.Count {
	n := &casefile.Count{AsOf: g.date()}
	switch g.n(3) {
	case 0:
		n.Value, n.Comparator = 1+g.n(5000), term[casefile.Comparator](g)
	case 1:
		n.Min = 1 + g.n(100)
		n.Max = n.Min + 1 + g.n(100)
	case 2:
		n.InWords = term[casefile.Quantity](g)
	}
	if g.odds(2) {
		n.Text = g.text()
	}
	return n
}

// retracted is now and then a retraction.
func (g *gen) retracted() *casefile.Retraction {
	if !g.odds(8) {
		return nil
	}
	return &casefile.Retraction{On: g.day(), Why: g.text()}
}

// borne is on what a statement rests: one source, or several pieces of evidence.
func (g *gen) borne() (one casefile.SourceID, several []casefile.Evidence) {
	if !g.odds(3) {
		return g.source(), nil
	}
	for i, s := range g.f.Sources {
		if i > 2 {
			break
		}
		e := casefile.Evidence{Source: s.ID, Bearing: term[casefile.Bearing](g), Credibility: term[casefile.Credibility](g)}
		if i == 0 {
			e.Bearing = casefile.Supports
		}
		if g.odds(2) {
			e.Locator = g.text()
		}
		several = append(several, e)
	}
	return "", several
}

// holding is how far a statement may be said to hold on what it rests: established takes a document of a court or a register, or two that publish apart.
func (g *gen) holding(one casefile.SourceID, several []casefile.Evidence) casefile.Status {
	status := g.status()
	if one != "" {
		several = []casefile.Evidence{{Source: one, Bearing: casefile.Supports}}
	}
	apart := 0
	for _, e := range several {
		s := g.f.Source(e.Source)
		switch {
		case e.Bearing != casefile.Supports || slices.Contains(bare, s.Publisher[g.langs[0]]): // two may be called so
		case s.Kind == "court_document" || s.Kind == "official_register":
			return status
		case s.Interest != casefile.InterestParty && s.Kind != "campaign" && s.Kind != "anonymous":
			apart++
		}
	}
	for status == casefile.Established && apart < 2 {
		status = g.status()
	}
	return status
}
