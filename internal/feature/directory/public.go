package directory

import (
	"bytes"
	_ "embed"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// Topic is the cache's topic of these pages: whoever loads the [List] drops it.
const Topic = ""

// Pages are the list and the map. What is around them is the site's: it hands it in.
type Pages struct {
	List  *List
	Words *lang.Catalog
	Cache *web.Cache
	URL   string // public, without a slash at the end
	Now   func() time.Time

	// Frame completes a page: the site's name, its footer and menu.
	Frame func(page ui.Page, about *casefile.File) ui.Page
}

// Routes registers the pages.
func (g *Pages) Routes(mux *web.Mux) {
	for _, tag := range g.Words.Tags() {
		mux.Handle("GET "+Path(tag), g.list(tag))
		mux.Handle("GET "+Path(tag)+"/map", g.chart(tag))
	}
}

// Path is the address of the list in a language.
func Path(tag lang.Tag) string { return "/" + string(tag) + "/people" }

// mapCities is from how many cities on the list leads to the map.
const mapCities = 5

func (g *Pages) list(tag lang.Tag) web.Handler {
	return g.page(tag, "", func(v *view) templ.Component {
		v.Found = g.List.Find(v.query, tag, v.today)
		if v.Total == 0 {
			v.wider = g.wider(v)
		}
		v.mapped = g.List.now().cities >= mapCities
		return listPage(v)
	})
}

func (g *Pages) chart(tag lang.Tag) web.Handler {
	return g.page(tag, "/map", func(v *view) templ.Component {
		all := g.List.choose(v.query, v.today)
		sorted(all, ByName, tag, v.today)
		v.Total = len(all)
		if v.Total == 0 {
			v.wider = g.wider(v)
		}
		v.cities, v.off = cities(all)
		v.sortCities()
		v.window = around(v.cities)
		return mapPage(v)
	})
}

// page answers with what is made of a query. A page of our own words alone is kept for the day, one that was searched for by a reader's words is not.
func (g *Pages) page(tag lang.Tag, rest string, body func(*view) templ.Component) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		today := day(g.Now())
		c := g.List.now().choices
		q := read(r.URL.Query())
		render := func(out io.Writer) error {
			v := &view{p: g.Words.Printer(tag), query: q, today: today, rest: rest, choices: c, all: g.List.Len()}
			v.page = g.framed(v)
			return body(v).Render(r.Context(), out)
		}
		if q.plain() && (q.Country == "" || slices.Contains(c.countries, q.Country)) {
			return g.Cache.Serve(w, r, Topic, Path(tag)+rest+q.address()+"#"+today.String(), render)
		}
		var b bytes.Buffer
		if err := render(&b); err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store") // what somebody looked for
		_, err := w.Write(b.Bytes())
		return err
	}
}

func (g *Pages) framed(v *view) ui.Page {
	title := "people.title"
	if v.rest != "" {
		title = "people.map_title"
	}
	page := g.Frame(ui.Page{P: v.p, Title: v.p.T(title), Description: v.p.T("people.lead"), NoIndex: v.query != Query{}}, nil)
	page.Rehearsal = page.Rehearsal || g.List.now().rehearsal
	address := v.query.address()
	for _, tag := range g.Words.Tags() {
		path := Path(tag) + v.rest
		page.Languages = append(page.Languages, ui.Language{Tag: tag, URL: path + address})
		page.Alternates = append(page.Alternates, ui.Alternate{Tag: string(tag), URL: g.URL + path})
	}
	page.Canonical = g.URL + Path(v.p.Tag()) + v.rest
	return page
}

// The fields of the form, as they stand in an address.
const (
	fieldText    = "q"
	fieldCountry = "country"
	fieldStatus  = "status"
	fieldCharge  = "charge"
	fieldNeed    = "need"
	fieldSoon    = "soon"
	fieldSort    = "sort"
	fieldPage    = "page"
)

// read takes from an address what a query can be made of. What is none of our words is as if it were not there; so is a page that is no number.
func read(from url.Values) (q Query) {
	q.Text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(lang.Bounded(from.Get(fieldText), textMost), "")))
	if code := from.Get(fieldCountry); len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		q.Country = code
	}
	q.Situation = one(from.Get(fieldStatus), Situations())
	q.Charge = one(from.Get(fieldCharge), terms[casefile.ChargeKind]())
	q.Need = one(from.Get(fieldNeed), terms[casefile.Need]())
	q.Soon = from.Get(fieldSoon) != ""
	q.Sort = one(from.Get(fieldSort), []Sort{ByDate, ByHeld})
	if n, err := strconv.Atoi(from.Get(fieldPage)); err == nil && n > 1 {
		q.Page = min(n, maxPage)
	}
	return q
}

// one is the term that was said, if it is one.
func one[T ~string](said string, terms []T) T {
	if slices.Contains(terms, T(said)) {
		return T(said)
	}
	return ""
}

// maxPage is the highest number a page is asked by.
const maxPage = 1000

// address is a query as it stands behind a path: in one way only, so that the same page is kept once.
func (q Query) address() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	add(fieldText, q.Text)
	add(fieldCountry, q.Country)
	add(fieldStatus, string(q.Situation))
	add(fieldCharge, string(q.Charge))
	add(fieldNeed, string(q.Need))
	if q.Soon {
		add(fieldSoon, "1")
	}
	add(fieldSort, string(q.Sort))
	if q.Page > 1 {
		add(fieldPage, strconv.Itoa(q.Page))
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// wide is a query with one thing less, and how many it finds.
type wide struct {
	query Query
	key   string // of the words that say what is left out
	total int
}

// wider are the queries that find somebody when one thing is left out, for whom nobody was found.
func (g *Pages) wider(v *view) (list []wide) {
	for _, w := range []wide{
		{key: "people.without_text", query: v.query.with(func(q *Query) { q.Text = "" })},
		{key: "people.without_country", query: v.query.with(func(q *Query) { q.Country = "" })},
		{key: "people.without_status", query: v.query.with(func(q *Query) { q.Situation = "" })},
		{key: "people.without_charge", query: v.query.with(func(q *Query) { q.Charge = "" })},
		{key: "people.without_need", query: v.query.with(func(q *Query) { q.Need = "" })},
		{key: "people.without_soon", query: v.query.with(func(q *Query) { q.Soon = false })},
	} {
		if w.query == v.query.with(func(*Query) {}) {
			continue
		}
		if w.total = len(g.List.choose(w.query, v.today)); w.total > 0 {
			list = append(list, w)
		}
	}
	return list
}

// with is a query changed, from its first page.
func (q Query) with(change func(*Query)) Query {
	q.Page = 0
	change(&q)
	return q
}

//go:embed land.path
var land string
