package casework

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
)

const pageMost = 50 // events, or items of a part, on a page

// sheet is one page of a long list.
type sheet struct {
	n, of int
	path  string
}

// cut is the page of a list of so many that a request asks for: the places from one to another.
func cut(r *http.Request, path string, many int) (s sheet, from, until int) {
	s = sheet{n: 1, of: max(1, (many+pageMost-1)/pageMost), path: path}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && r.Method != http.MethodPost {
		s.n = max(1, min(n, s.of))
	}
	return s, (s.n - 1) * pageMost, min(many, s.n*pageMost)
}

func (s sheet) to(n int) string { return s.path + "?page=" + strconv.Itoa(n) }

// row is one item of a list: what it is called, where it is edited and taken out.
type row struct {
	title, text, when string
	tag               lang.Tag // of the text
	name              string   // in the address
	hidden            bool     // readers don't see it
	retracted         bool
	problems          int
}

// first is the first page: the box for what happened, where the person stands, the events, the other parts.
type first struct {
	box    *box
	now    []told
	events []row
	sheet  sheet
	parts  []counted
	mend   []remarkAt
	more   int // to mend beside those
}

// counted is a part and how many are in it.
type counted struct {
	label, path string
	n           int
	list        bool
}

// overview is the first page.
func (o *room) overview(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	return o.first(w, r, a, &box{part: eventPart(), item: fresh, at: len(a.c.Events), form: begun(&a.c.File), base: a.draft.Revision}, fault.Internal)
}

func (o *room) first(w http.ResponseWriter, r *http.Request, a *at, b *box, status fault.Kind) error {
	b.lay(a)
	f := first{box: b, now: standing(a.p, &a.c.File)}
	all := a.c.Check()
	broken := map[int]int{}
	for _, q := range all {
		if i, ok := indexIn(q.Path, "events"); ok {
			broken[i]++
		}
	}
	f.mend, f.more = a.mend(all)
	events := a.c.InOrder()
	slices.Reverse(events)
	undated := func(e *casefile.Event) int { // stand last
		if e.When.Date.From == (casefile.Date{}) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(events, func(x, y *casefile.Event) int { return undated(x) - undated(y) })
	var from, until int
	f.sheet, from, until = cut(r, a.path(), len(events))
	shown, public := a.c.File.Public(nil)
	index := map[*casefile.Event]int{}
	for i := range a.c.Events {
		index[&a.c.Events[i]] = i
	}
	l := &planner{p: a.p, file: &a.c.File}
	for _, e := range events[from:until] {
		i := index[e]
		_, tag := e.What.In(a.p.Tag(), a.c.Campaign.Languages...)
		f.events = append(f.events, row{title: a.p.T("case.kind." + string(e.Kind)), text: l.text(e.What, ""), tag: tag, when: e.When.Words(a.p), name: eventPart().called(eventPart().in(&a.c.File), i),
			hidden: public && shown.Event(e.ID) == nil, retracted: e.Retracted != nil, problems: broken[i]})
		if e.Kind == "" {
			f.events[len(f.events)-1].title = a.p.T("dossier.an_event")
		}
	}
	for _, p := range parts {
		if p.word != "events" {
			c := counted{label: partWords(a.p, p.word), path: a.path(p.word), list: p.list}
			if p.list {
				c.n = p.in(&a.c.File).Len()
			}
			f.parts = append(f.parts, c)
		}
	}
	n, err := o.noticed(r, a)
	if err != nil {
		return err
	}
	page := o.d.Frame(r, a.v, a.p.T("desk.casework.title"))
	if len(b.wrongs)+len(b.broken) > 0 {
		page.Problems = b.summary
	}
	return o.show(w, r, status, firstPage(page, a, &f, n))
}

// indexIn is the place in a list that a path begins with.
func indexIn(path, list string) (int, bool) {
	if len(path) <= len(list) || path[:len(list)] != list || path[len(list)] != '[' {
		return 0, false
	}
	n := 0
	for _, c := range path[len(list)+1:] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

const mendMost = 12 // of a draft's problems, named on its first page

// mend are the first problems of a draft, each with the page where it is mended, and how many there are beside those.
func (a *at) mend(all casefile.Problems) (list []remarkAt, more int) {
	for _, q := range all {
		for _, p := range parts {
			i, listed := indexIn(q.Path, p.word)
			rest := ""
			switch {
			case p.list && listed && i < p.in(&a.c.File).Len():
				rest = a.path(p.word, p.called(p.in(&a.c.File), i))
			case q.Path == p.word || len(q.Path) > len(p.word) && q.Path[:len(p.word)] == p.word && (q.Path[len(p.word)] == '.' || q.Path[len(p.word)] == '['):
				rest = a.path(p.word)
			default:
				continue
			}
			if len(list) == mendMost {
				more++
			} else {
				list = append(list, remarkAt{label: partWords(a.p, p.word), path: rest, remark: said(a.p, q)})
			}
			break
		}
	}
	return list, more
}

// listed is the page of a part that is a list.
func (o *room) listed(w http.ResponseWriter, r *http.Request, a *at, p part) error {
	items := p.in(&a.c.File)
	sheet, from, until := cut(r, a.path(p.word), items.Len())
	broken := map[int]int{}
	for _, q := range a.c.Check() {
		if i, ok := indexIn(q.Path, p.word); ok {
			broken[i]++
		}
	}
	l := &planner{p: a.p, file: &a.c.File}
	var rows []row
	for i := from; i < until; i++ {
		title, text := l.describe(items.Index(i))
		if title == "" {
			title = a.p.T("desk.casework.row", "Label", partWords(a.p, p.word), "Number", a.p.Number(int64(i+1)))
		}
		rows = append(rows, row{title: title, text: text, name: p.called(items, i), problems: broken[i]})
	}
	n, err := o.noticed(r, a)
	if err != nil {
		return err
	}
	return o.d.Show(w, r, listPage(o.d.Frame(r, a.v, partWords(a.p, p.word)), a, p, rows, sheet, n))
}

// describe is what one of a list is called, in a line or two.
func (l *planner) describe(v reflect.Value) (title, text string) {
	p := l.p
	word := func(key string, s string) string {
		if s == "" {
			return ""
		}
		return p.T(key + s)
	}
	switch x := v.Interface().(type) {
	case casefile.Source:
		return l.source(&x), l.text(x.Title, x.URL)
	case casefile.Institution:
		return l.text(x.Name, string(x.ID)), word("case.institution.", string(x.Kind))
	case casefile.Proceeding:
		return l.proceeding(&x), word("case.track.", string(x.Track))
	case casefile.Position:
		return l.text(x.Org, ""), word("case.stance.", string(x.Stance))
	case casefile.Question:
		return l.text(x.Ask, x.ID), ""
	case casefile.Recognition:
		return l.text(x.By, ""), word("case.recognition.", string(x.Status))
	case casefile.Correction:
		return x.On.Words(p), l.text(x.Now, "")
	case casefile.Redaction:
		return x.Event, word("case.redaction.", string(x.Why))
	}
	return "", ""
}
