package lang

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/ar"
	"github.com/go-playground/locales/de"
	"github.com/go-playground/locales/en"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/fr"
	"github.com/go-playground/locales/it"
	"github.com/go-playground/locales/pt"
	"github.com/go-playground/locales/ru"
	"github.com/go-playground/locales/tr"
	"github.com/go-playground/locales/uk"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// localeOf is the numbers, dates and plurals of a language; nil for one we can't print in yet.
func localeOf(t Tag) locales.Translator {
	switch t {
	case "ar":
		return ar.New()
	case "de":
		return de.New()
	case "en":
		return en.New()
	case "es":
		return es.New()
	case "fr":
		return fr.New()
	case "it":
		return it.New()
	case "pt":
		return pt.New()
	case "ru":
		return ru.New()
	case "tr":
		return tr.New()
	case "uk":
		return uk.New()
	}
	return nil
}

// rightToLeft are the scripts of living languages that run so.
var rightToLeft = map[string]bool{"Adlm": true, "Arab": true, "Hebr": true, "Mand": true, "Nkoo": true, "Rohg": true, "Samr": true, "Syrc": true, "Thaa": true}

// unscripted are the languages written in one of them of which Unicode's tables tell no script.
var unscripted = map[string]bool{"aii": true, "azb": true, "jrb": true, "pbt": true, "prs": true, "uzs": true}

// Dir is the direction in which a language is written, "ltr" or "rtl", by the script that its tag names or implies; for content in any language, not
// only the interface's. What is no tag runs ltr.
func Dir(t Tag) string {
	parsed, ok := parse(string(t))
	if !ok {
		return "ltr"
	}
	script, _ := parsed.Script()
	base, _, _ := parsed.Raw()
	if rightToLeft[script.String()] || script.String() == "Zzzz" && unscripted[base.String()] {
		return "rtl"
	}
	return "ltr"
}

// Printer speaks one language. Safe for any goroutine.
type Printer struct {
	tag      Tag
	locale   locales.Translator
	forms    []string           // the plural categories of the language, sorted
	messages map[string]message // as they are read; nil once they are packed
	places   map[string]int32   // in list, by key
	list     []message
}

func categories(l locales.Translator) (list []string) {
	for _, r := range l.PluralsCardinal() {
		list = append(list, strings.ToLower(r.String()))
	}
	sort.Strings(list)
	return list
}

// Tag is the language's tag.
func (p *Printer) Tag() Tag { return p.tag }

// Dir is the direction of the language, "ltr" or "rtl".
func (p *Printer) Dir() string { return Dir(p.tag) }

// Has tells whether there is a message of that key; for keys made of a vocabulary's word.
func (p *Printer) Has(key string) bool { _, ok := p.places[key]; return ok }

// T is the sentence of a key; args are the names and values of its placeholders. A key that is missing prints itself, and a test finds it.
func (p *Printer) T(key string, args ...any) string {
	m, ok := p.of(key)
	if !ok {
		return key
	}
	return fill(m.other, args)
}

// N is the sentence of a key for a number, in the plural form it takes; {{.N}} is the number as the language writes it.
func (p *Printer) N(key string, n int, args ...any) string {
	m, ok := p.of(key)
	if !ok {
		return key
	}
	form := m.form(strings.ToLower(p.locale.CardinalPluralRule(float64(n), 0).String()))
	if form == nil {
		form = m.other
	}
	return fill(form, append([]any{"N", p.Number(int64(n))}, args...))
}

func fill(parts []string, args []any) string {
	if len(parts) == 1 {
		return parts[0]
	}
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		b.WriteString(value(part, args))
	}
	return b.String()
}

func value(name string, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			if s, ok := args[i+1].(string); ok {
				return s
			}
			return fmt.Sprint(args[i+1])
		}
	}
	return "{{." + name + "}}"
}

// Number is a whole number, its digits grouped as the language does; exact up to 2^53.
func (p *Printer) Number(n int64) string {
	if n > -10_000 && n < 10_000 && p.tag == "es" { // Spanish groups from five digits
		return strconv.FormatInt(n, 10)
	}
	if n < 0 {
		return "-" + p.Number(-n)
	}
	number := p.locale.FmtNumber(float64(n), 0)
	if p.tag == "ar" { // the locale's separator is made for Arabic-Indic digits, and its digits are European
		number = strings.ReplaceAll(number, "٬", ",")
	}
	return number
}

// Day is a day: "12 December 2023".
func (p *Printer) Day(y int, m time.Month, d int) string {
	t := time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	if p.tag == First { // the locale's is American, and this site is the world's
		return fmt.Sprintf("%d %s %d", d, m, y)
	}
	text := p.locale.FmtDateLong(t)
	if p.tag == "fr" && d == 1 { // the first is an ordinal in French, and alone among days
		text = "1er" + strings.TrimPrefix(text, "1")
	}
	if p.tag == "ru" || p.tag == "uk" { // the day stays with its month, and the year with the word for it
		text = strings.Replace(text, " ", "\u00a0", 1)
		if i := strings.LastIndexByte(text, ' '); i >= 0 {
			text = text[:i] + "\u00a0" + text[i+1:]
		}
	}
	return text
}

// Month is a month of a year, standing alone: "December 2023".
func (p *Printer) Month(y int, m time.Month) string {
	return p.T("date.month."+strconv.Itoa(int(m)), "Year", strconv.Itoa(y))
}

// Clock is a time of day with its zone: "14:20 UTC".
func (p *Printer) Clock(t time.Time) string {
	return p.T("date.clock", "Time", t.UTC().Format("15:04"))
}

// Moment is a day and a time of day with its zone.
func (p *Printer) Moment(t time.Time) string {
	t = t.UTC()
	return p.T("date.moment", "Day", p.Day(t.Year(), t.Month(), t.Day()), "Clock", p.Clock(t))
}

// Join puts a list into a sentence: "a, b and c".
func (p *Printer) Join(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	case 2:
		return p.T("list.pair", "First", list[0], "Second", list[1])
	}
	return p.T("list.last", "Before", p.Series(list[:len(list)-1]), "Last", list[len(list)-1])
}

// Series is a list that goes on: "a, b, c".
func (p *Printer) Series(list []string) (s string) {
	for i, next := range list {
		if i == 0 {
			s = next
			continue
		}
		s = p.T("list.next", "Before", s, "Next", next)
	}
	return s
}

// collators are not for several goroutines at once.
var collators sync.Map // Tag → *sync.Pool

// Compare orders two texts as the language's own alphabet does, without regard to case: negative when a comes first.
func (p *Printer) Compare(a, b string) int {
	c := collator(p.tag)
	defer c.end()
	return c.CompareString(a, b)
}

// SortKey is a text's place in the order of the language's own alphabet, without regard to case: such keys are compared by their bytes.
func (p *Printer) SortKey(s string) []byte {
	c := collator(p.tag)
	defer c.end()
	var b collate.Buffer
	return slices.Clone(c.KeyFromString(&b, s))
}

type ordering struct {
	*collate.Collator
	pool *sync.Pool
}

func (o ordering) end() { o.pool.Put(o.Collator) }

func collator(tag Tag) ordering {
	one, ok := collators.Load(tag)
	if !ok {
		one, _ = collators.LoadOrStore(tag, &sync.Pool{New: func() any { return collate.New(language.Make(string(tag)), collate.IgnoreCase) }})
	}
	pool := one.(*sync.Pool)
	return ordering{pool.Get().(*collate.Collator), pool}
}
