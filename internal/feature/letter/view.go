package letter

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/markup"
	"outcry/receipt"
	"outcry/ui"
)

// view is what the letter's pages are made of.
type view struct {
	p           *lang.Printer
	page        ui.Page
	url         string // of the site
	sender      string // of our mails
	mailbox     string // of the demo
	letter      *Letter
	version     Version
	wording     Wording
	wordingLang lang.Tag
	count       Count
	file        *casefile.File  // the case
	photo       templ.Component // of the person; nothing where none is agreed to
	glance      templ.Component // of the case
	publication templ.Component
	others      templ.Component // of other cases; nil: none are offered
	embeds      bool            // other sites may show the count
	problem     *fault.Error
	typed       string    // what came back with it
	by          time.Time // when what is done now will be in the total
	kin         []kin
	witnessed   Witnessed
	foreign     bool // the letter has a text in a language that the interface lacks
	takenOut    bool // its case was taken out: who has signed is served all the same, and nobody is named
	stopped     bool // those who bind the campaign have stopped it: it is open, and takes no signatures
	paper       bool // there is a poster of it
	died        bool // the person has, and it is told: nothing is asked any more

	write string             // where it stands how to write to the person; empty: nowhere
	lists *casefile.Registry // of designated organisations; nil: none
	today casefile.Date
}

// heading is what a page about the letter begins with: what it asks or, where nothing is asked any more, the person's name.
func (v view) heading() (string, lang.Tag) {
	if !v.died {
		return v.wording.Title, v.wordingLang
	}
	return v.file.Name(v.p.Tag())
}

// worded is a fault in the words that fit: of the dead nobody says "for now", nor that a code can be tried again.
func (v view) worded(f *fault.Error) *fault.Error {
	if v.died && f.Key == errStopped.Key {
		return errDied
	}
	return f
}

// body is the letter's text as HTML, and the designated organisations to which it would have led (R14). The text that the log has hashed is served as it is.
func (v view) body() (string, []casefile.Designated) {
	return v.lists.Unlinked(markup.HTML(v.wording.Body), v.today)
}

// listing is why an address is no link, in the words of whoever lists the organisation.
func (v view) listing(list []casefile.Designated) string {
	words := []string{v.p.T("listed.no_link")}
	for _, d := range list {
		words = append(words, v.p.T("listed.entry", "Country", v.p.Country(d.Country), "Name", d.Name, "Register", d.Register, "Date", d.Listed.Words(v.p)))
	}
	return strings.Join(append(words, v.p.T("listed.whose")), " ")
}

// kin is the letter that this one follows, or one that follows it: each with a count of its own.
type kin struct {
	letter *Letter
	count  Count
	later  bool
	signs  bool // it can be signed now
}

// kinLine names the other letter with its count.
func (v view) kinLine(k kin) string {
	w, _ := k.letter.Wording(v.p.Tag())
	key := "letter.succeeds"
	if k.later {
		key = "letter.succeeded"
	}
	return v.p.N(key, int(k.count.ByAssurance[receipt.Email]), "Title", w.Title)
}

// suspended says why there is no form; empty while there is one.
func (v view) suspended() string {
	if v.died {
		return v.p.T("death.letter")
	}
	if s := v.ended(); s != "" {
		return s
	}
	if v.letter.Waits() {
		return v.p.T("letter.waits")
	}
	if v.letter.State == Paused {
		return v.p.T("letter.paused")
	}
	if v.stopped {
		return v.p.T("letter.stopped")
	}
	return ""
}

// ended says that the letter is closed or about to be; empty while it is neither.
func (v view) ended() string {
	switch v.letter.State {
	case Closing:
		return v.p.T("letter.closing")
	case Closed:
		return v.p.T("letter.closed")
	}
	return ""
}

// problems are what to mend, with a link to the field if it is at fault.
func (v view) problems(field string) []ui.Problem {
	f := ui.Problem{Text: v.p.T(v.problem.Key, pairs(v.problem.Args)...)}
	if v.problem.Field == field {
		f.Field = field
	}
	return []ui.Problem{f}
}

func (v view) fieldError(field string) string {
	if v.problem == nil || v.problem.Field != field {
		return ""
	}
	return v.p.T(v.problem.Key, pairs(v.problem.Args)...)
}

func pairs(args map[string]any) (list []any) {
	for k, a := range args {
		list = append(list, k, a)
	}
	return list
}

func (v view) path() string { return Path(v.p.Tag(), v.letter) }

// Path is the letter's address in a language.
func Path(tag lang.Tag, l *Letter) string { return "/" + string(tag) + "/" + l.Case + "/" + l.Slug }

func textPath(id receipt.Letter, v Version) string {
	return "/letters/" + id.String() + "/" + strconv.Itoa(int(v)) + ".txt"
}

// minePath is the private link, or one of the places where its page posts to.
func minePath(s Secret, tag lang.Tag, below string) string {
	return "/mine/" + s.Text() + below + "?" + url.Values{"lang": {string(tag)}}.Encode()
}

func (v view) dated() string {
	t, err := time.Parse(time.DateOnly, v.letter.Dated)
	if err != nil {
		return v.letter.Dated
	}
	return v.p.Day(t.Year(), t.Month(), t.Day())
}

// reasons are those removals whose entries the log has: for ten minutes one can be taken back without a trace.
func (v view) reasons() (list []Removal) {
	for _, r := range v.letter.Removals {
		if v.count.Removals[r.Reason] > 0 {
			list = append(list, r)
		}
	}
	return list
}

// day words a day since 1970.
func (v view) day(n int64) string {
	t := time.Unix(n*24*60*60, 0).UTC()
	return v.p.Day(t.Year(), t.Month(), t.Day())
}

func (v view) runBy() string {
	s, _ := v.letter.About.RunBy.In(v.p.Tag(), v.letter.About.Languages...)
	return s
}

// counts are the numbers, one for each way of confirming: none is added to another.
func (v view) counts() (list []ui.Count) {
	live := "/live/" + string(v.p.Tag()) + "/" + v.letter.ID.String()
	n := v.count.ByAssurance[receipt.Email]
	email := ui.Count{Live: live, Key: "email", N: n, Number: v.p.Number(n), Words: v.p.N("count.words", int(n)), AsOf: v.p.T("count.as_of", "Time", v.p.Clock(v.count.At))}
	if n < 25 && v.suspended() == "" {
		email.Goal = v.p.T("count.first")
	}
	list = append(list, email)
	if n := v.count.ByAssurance[receipt.Held]; n > 0 {
		list = append(list, ui.Count{Live: live, Key: "held", N: n, Number: v.p.Number(n), Words: v.p.N("count.held_words", int(n))})
	}
	if n := v.count.ByAssurance[receipt.Rehearsal]; n > 0 {
		list = append(list, ui.Count{Live: live, Key: "rehearsal", N: n, Number: v.p.Number(n), Words: v.p.N("count.rehearsal_words", int(n))})
	}
	return list
}

// removals are the reasons for which signatures are taken out, as pages say them.
var removals = []struct {
	reason receipt.Reason
	key    string
}{
	{receipt.AskedByMailbox, "count.removed.mailbox"}, {receipt.Duplicate, "count.removed.duplicate"}, {receipt.Automated, "count.removed.automated"},
	{receipt.NotTheirs, "count.removed.not_theirs"}, {receipt.Unconfirmable, "count.removed.unconfirmable"}, {receipt.OtherReason, "count.removed.rest"},
}

// gone are the signatures that count no more, by how they went.
func (v view) gone() (lines []string) {
	if n := v.count.Withdrawn; n > 0 {
		lines = append(lines, v.p.N("count.withdrawn", int(n)))
	}
	for _, r := range removals {
		if n := v.count.Removals[r.reason]; n > 0 {
			lines = append(lines, v.p.N(r.key, int(n)))
		}
	}
	return lines
}

// name is the person's.
func (v view) name() string {
	s, _ := v.file.Name(v.p.Tag())
	return s
}

// live is what the counts become when they move: the same words, by their keys on the page.
func (v view) live() map[string]string {
	m := map[string]string{}
	for _, c := range v.counts() {
		m[c.Key], m[c.Key+".words"] = c.Number, c.Words
		if c.AsOf != "" {
			m[c.Key+".as_of"] = c.AsOf
		}
	}
	return m
}

// report is a count kept elsewhere as one sourced line.
func (v view) report(r Report) ui.Report {
	source, link, sourceURL, order := string(r.Source), "", "", v.letter.About.Languages
	if v.file != nil {
		if s := v.file.Source(r.Source); s != nil {
			source, _ = s.Publisher.In(v.p.Tag(), order...)
			if sourceURL = s.URL; sourceURL != "" {
				link = v.p.T("case.source_link") // the sentence names the source already
			}
			if list := v.lists.Flagged(sourceURL, v.today); sourceURL != "" && len(list) > 0 {
				link, sourceURL = sourceURL+" "+v.listing(list), ""
			}
		}
	}
	count, date := r.Comparator.Words(v.p, r.Value), r.AsOf.Words(v.p)
	by, _ := r.By.In(v.p.Tag(), order...)
	text := v.p.T("letter.report", "Source", source, "Count", count, "Date", date)
	switch r.Kind {
	case Paper:
		text = v.p.T("letter.report_paper", "By", by, "Count", count, "Date", date)
	case Vouched:
		text = v.p.T("letter.report_vouched", "By", by, "Count", count, "Date", date)
	}
	nature := ""
	if r.Nature != "" {
		nature = v.p.T("case.nature." + string(r.Nature))
	}
	return ui.Report{
		Text:      text,
		Nature:    nature,
		Source:    link,
		SourceURL: sourceURL,
	}
}

func (v view) note(r Report) string {
	s, _ := r.Note.In(v.p.Tag(), v.letter.About.Languages...)
	return s
}

func (v view) noteLang(r Report) string {
	_, tag := r.Note.In(v.p.Tag(), v.letter.About.Languages...)
	return string(tag)
}
