package casefile

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"outcry/internal/kernel/lang"
)

// The words of values: how a language writes a date, a number as it was told, a sum, a restriction. Whatever shows a case uses these.

// Words is a date as the language writes it: a day, a month or a year.
func (d Date) Words(p *lang.Printer) string {
	switch {
	case d.Year == 0:
		return p.T("case.date.unknown")
	case d.Month == 0:
		return strconv.Itoa(d.Year)
	case d.Day == 0:
		return p.Month(d.Year, time.Month(d.Month))
	}
	return p.Day(d.Year, time.Month(d.Month), d.Day)
}

// Words is what is known of a time, as the language writes it.
func (s Span) Words(p *lang.Printer) string {
	switch {
	case s.How == After:
		return p.T("case.date.after", "Date", s.From.Words(p))
	case s.How == Before:
		return p.T("case.date.before", "Date", s.From.Words(p))
	case s.How == About:
		return p.T("case.date.about", "Date", s.From.Words(p))
	case s.To != Date{}:
		return p.T("date.span", "From", s.From.Words(p), "To", s.To.Words(p))
	}
	return s.From.Words(p)
}

// Words is a time as the language writes it, with the part of the day.
func (w Partial) Words(p *lang.Printer) string {
	if w.Part != "" {
		return p.T("case.date."+string(w.Part), "Day", w.Date.Words(p))
	}
	return w.Date.Words(p)
}

// Words is a number with how it was told: "more than 400".
func (c Comparator) Words(p *lang.Printer, n int) string {
	if c == "" {
		return p.T("case.quantity.exact", "Value", p.Number(int64(n)))
	}
	return p.T("case.quantity."+string(c), "Value", p.Number(int64(n)))
}

// Words is a count as it was told.
func (c Count) Words(p *lang.Printer) string {
	switch {
	case c.InWords != "":
		return p.T("case.quantity." + string(c.InWords))
	case c.Max > 0:
		return p.T("case.quantity.range", "From", p.Number(int64(c.Min)), "To", p.Number(int64(c.Max)))
	}
	return c.Comparator.Words(p, c.Value)
}

// Words is a sum in its own currency, for instance "600,000 RUB".
func (m Money) Words(p *lang.Printer) string {
	digits := 2
	if unit, err := currency.ParseISO(m.Currency); err == nil {
		digits, _ = currency.Standard.Rounding(unit)
	}
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	amount := p.Number(m.Minor / scale)
	if m.Minor%scale != 0 {
		amount = message.NewPrinter(language.Make(string(p.Tag()))).Sprint(number.Decimal(float64(m.Minor)/float64(scale), number.Scale(digits)))
	}
	return p.T("unit.money", "Amount", amount, "Currency", m.Currency)
}

// Label is a designation's name, with the capital of the restrictions beside which it stands.
func (d Designation) Label(p *lang.Printer) string {
	name := p.T("case.designation." + string(d))
	first, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[n:]
}

// Label is a restriction's name.
func (k MeasureKind) Label(p *lang.Printer) string {
	if k == Suspended || k == Works {
		return p.T("case.sentence." + string(k))
	}
	return p.T("case.measure." + string(k))
}

// Term is how long a measure is to last; empty if that is not told.
func (m Measure) Term(p *lang.Printer) string {
	var parts []string
	if m.Years > 0 {
		parts = append(parts, p.N("unit.years", m.Years))
	}
	if m.Months > 0 {
		parts = append(parts, p.N("unit.months", m.Months))
	}
	return p.Join(parts)
}
