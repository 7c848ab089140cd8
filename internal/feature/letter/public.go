package letter

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/live"
	"outcry/internal/kernel/web"
	"outcry/receipt"
	"outcry/ui"
)

// Pages are the letter's public pages. What is around them is the site's: it hands it in.
type Pages struct {
	Book   *Book
	Words  *lang.Catalog
	Cache  *web.Cache
	Live   *live.Hub
	Sender string // of our mails, as the waiting page names it
	// Mailbox is where the demo's mails can be read; empty on a real site.
	Mailbox string

	// Frame completes a page: the site's name, its footer and menu, the banner of a case (nil if the page is about none).
	Frame func(page ui.Page, about *casefile.File) ui.Page
	// Case finds what the public may see of a case.
	Case func(slug string) (*casefile.File, error)
	// Glance is who is held, since when, where and why; Publication, on whose word it is public. They are the case's own panels.
	Glance, Publication func(p *lang.Printer, about *casefile.File) templ.Component
	// Photo is the person's photograph; nil: none is shown.
	Photo func(p *lang.Printer, about *casefile.File) templ.Component
	// Others are the others whom a page about a person offers.
	Others func(p *lang.Printer, about *casefile.File) templ.Component
	// Write is the address of where it stands how to write to the person; empty if they can't be written to. nil: nowhere.
	Write func(p *lang.Printer, about *casefile.File) string
	// Designated is the list of organisations to which no page may link (R14), as it is now; nil: there is none.
	Designated func() *casefile.Registry
	// Embeds are the origins whose pages may show our counts in a frame, each as web.Origin found it right.
	Embeds []string
	// Tongue is the language of a request that has none in its path.
	Tongue func(r *http.Request) lang.Tag
	// Witnessed is what the log's witnesses have said of a letter by now; nil: there are none.
	Witnessed func(receipt.Letter) Witnessed
	// Paper are other features' pages under a letter's address, by the last part of it; nil: none.
	Paper func(tag lang.Tag) map[string]web.Handler

	moved   atomic.Bool // and not told yet
	telling sync.Mutex  // one at a time; see Moved
}

// Routes registers the pages.
func (g *Pages) Routes(mux *web.Mux) {
	for _, tag := range g.Words.Tags() {
		mux.Handle("GET /"+string(tag)+"/{case}/{letter}", g.read(tag))
		mux.Handle("GET /"+string(tag)+"/{case}/{letter}/{page}", g.beside(tag))
		mux.Stream("GET /live/"+string(tag)+"/{id}", g.watch(tag))
	}
	mux.Handle("POST /sign", g.sign)
	mux.Vital("GET /confirm", g.linked)
	mux.Handle("POST /confirm", g.confirm)
	mux.Handle("GET /r/{lock}", g.receipt)
	mux.Handle("GET /letters.json", g.numbers)
	mux.Handle("GET /letters/{id}/{file}", g.text)
	for _, more := range []func(*web.Mux){g.mineRoutes, g.mailboxRoutes, g.namesRoutes, g.embedRoutes} {
		more(mux)
	}
}

// beside are the pages under a letter's address. They share a pattern, for one of each would meet the addresses of a case's events, /en/case/e/event.
func (g *Pages) beside(tag lang.Tag) web.Handler {
	pages := map[string]web.Handler{"withdraw": g.leaving(tag), "names": g.names(tag)}
	if g.Paper != nil {
		maps.Copy(pages, g.Paper(tag))
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if page := pages[r.PathValue("page")]; page != nil {
			return page(w, r)
		}
		return fault.New(fault.NotFound, "fault.not_found")
	}
}

// read is the letter's page: rendered once a generation, then from memory.
func (g *Pages) read(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		l, err := g.Book.Letter(r.PathValue("case"), r.PathValue("letter"))
		if err != nil {
			return err
		}
		chosen := l.chosen(r.URL.Query().Get("text"), tag)
		return g.Cache.Serve(w, r, l.Case, r.URL.Path+chosenQuery(chosen), func(out io.Writer) error {
			v, err := g.view(tag, l.Case, l.Slug)
			if err != nil {
				return err
			}
			return letterPage(g.alternates(v).in(chosen)).Render(r.Context(), out)
		})
	}
}

// view gathers what a page about a letter is made of.
func (g *Pages) view(tag lang.Tag, caseSlug, slug string) (v view, err error) {
	about, err := g.Case(caseSlug)
	if fault.Is(err, fault.NotFound) { // whether there is a letter of a case that nobody is shown is told by nothing
		err = errNoLetter
	}
	if err != nil {
		return v, err
	}
	l, err := g.Book.Letter(caseSlug, slug)
	if err != nil {
		return v, err
	}
	return g.about(tag, l, about), nil
}

func (g *Pages) about(tag lang.Tag, l *Letter, about *casefile.File) view {
	p := g.Words.Printer(tag)
	v := view{p: p, url: g.Book.URL, sender: g.Sender, mailbox: g.Mailbox, letter: l, stopped: g.Book.stopped(l), version: l.Version, count: g.Book.Count(l.ID), file: about, embeds: len(g.Embeds) > 0,
		foreign: slices.ContainsFunc(l.texts(), func(t lang.Tag) bool { return !g.Words.Has(t) }),
		by:      l.Pace.CountedBy(g.Book.Now())}
	for _, other := range g.Book.Letters(l.Case) {
		if other.Slug == l.About.Succeeds || other.About.Succeeds == l.Slug {
			v.kin = append(v.kin, kin{other, g.Book.Count(other.ID), other.About.Succeeds == l.Slug, g.Book.signable(other) == nil})
		}
	}
	if g.Witnessed != nil {
		v.witnessed = g.Witnessed(l.ID)
	}
	v.wording, v.wordingLang = l.Wording(tag)
	if about == nil && g.Case != nil {
		if _, err := g.Case(l.Case); fault.Is(err, fault.Gone) { // nothing of it is shown any more, and its title would name the person
			v.takenOut, v.wording, v.wordingLang = true, Wording{Title: p.T("letter.kicker")}, tag
		}
	}
	if g.Designated != nil {
		v.lists = g.Designated()
	}
	y, m, d := g.Book.Now().UTC().Date()
	v.today = casefile.Date{Year: y, Month: int(m), Day: d}
	title, description := v.wording.Title, v.wording.Demand
	if about != nil {
		v.died = about.Died()
		if v.died { // a title and a demand ask for something
			title, description = v.name(), ""
		}
		v.glance, v.publication = g.Glance(p, about), g.Publication(p, about)
		if g.Photo != nil {
			v.photo = g.Photo(p, about)
		}
		v.paper = g.Paper != nil && l.State == Open && !v.stopped && !v.died
		if g.Others != nil {
			v.others = g.Others(p, about)
		}
	}
	v.page = g.Frame(ui.Page{P: p, Title: title, Description: description}, about)
	return v
}

// alternates adds what only the letter's own address has: search engines may know it, and it is there in each language.
func (g *Pages) alternates(v view) view {
	v.page.Canonical = v.url + v.path()
	if v.paper && v.wordingLang == v.p.Tag() { // else there is no card
		v.page.Image = v.page.Canonical + "/card.png"
	}
	for _, t := range g.Words.Tags() {
		path := Path(t, v.letter)
		v.page.Languages = append(v.page.Languages, ui.Language{Tag: t, URL: path})
		v.page.Alternates = append(v.page.Alternates, ui.Alternate{Tag: string(t), URL: v.url + path})
	}
	return v
}

// private answers with a page that nobody keeps.
func private(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var b bytes.Buffer
	b.Grow(8 << 10)
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	web.Private(w)
	return send(w, status, b.Bytes())
}

func send(w http.ResponseWriter, status int, b []byte) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(b)
	return err
}

// unlisted marks a page that no search engine may list.
func unlisted(page ui.Page, title string) ui.Page {
	page.NoIndex, page.Title, page.Description = true, title, ""
	return page
}

// decoy is a field that no one sees. What fills it is a machine, and is answered like everyone.
const decoy = "website"

// sign takes the one field.
func (g *Pages) sign(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	tag := g.spoken(form.Get("lang"), r)
	version, _ := strconv.ParseUint(form.Get("version"), 10, 16)
	typed := form.Get("email")
	v, err := g.view(tag, form.Get("case"), form.Get("letter"))
	if err != nil {
		return err
	}
	begin := g.Book.Begin
	if form.Get(decoy) != "" {
		begin = g.Book.Pretend
	}
	waiting, err := begin(r.Context(), form.Get("case"), form.Get("letter"), Version(version), typed, tag)
	if f := fault.Of(err); f != nil {
		// The form comes back whatever was wrong, with what was typed.
		v.problem, v.typed = v.worded(f), typedAddress(typed)
		v.page.Error, v.page.NoIndex = true, true
		web.Retry(w, f)
		return private(w, r, web.Status(f.Kind), letterPage(v))
	}
	if err != nil {
		return err
	}
	return g.wait(w, r, http.StatusOK, v, waiting)
}

func (g *Pages) wait(w http.ResponseWriter, r *http.Request, status int, v view, waiting Waiting) error {
	v.version = waiting.Version
	v.page = unlisted(v.page, v.p.T("waiting.title"))
	return private(w, r, status, waitingPage(v, waiting))
}

// linked is what the mailed link opens. It reads nothing of the token, so that it says the same to a scanner as to a signer.
func (g *Pages) linked(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	p := g.Words.Printer(g.spoken(query.Get("lang"), r))
	web.AddressHoldsSecret(w)
	var b bytes.Buffer
	if err := continuePage(p, g.bare(p, p.T("link.title")), query.Get("t")).Render(r.Context(), &b); err != nil {
		return err
	}
	return send(w, http.StatusOK, b.Bytes())
}

// confirm takes the code, or the first and then the second button behind the mailed link.
func (g *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	tag, ctx := g.spoken(form.Get("lang"), r), r.Context()
	if link := form.Get("link"); link != "" {
		linked, err := g.Book.Follow(ctx, link)
		if err != nil {
			return err
		}
		if form.Get("sign") != "yes" {
			v := g.about(tag, linked.Letter, g.known(linked.Letter))
			if _, err := g.Case(linked.Letter.Case); fault.Is(err, fault.Gone) { // nothing of it is shown any more
				return err
			}
			if f := fault.Of(g.Book.signable(linked.Letter)); f != nil {
				v.problem, v.page.Error, v.page.NoIndex = v.worded(f), true, true
				return private(w, r, web.Status(f.Kind), letterPage(v))
			}
			if err := g.ofVersion(r, &v, linked.Version); err != nil {
				return err
			}
			v.page = unlisted(v.page, v.p.T("link.sign_title"))
			return private(w, r, http.StatusOK, linkedPage(v, link))
		}
		counted, err := g.Book.ConfirmLink(ctx, link)
		if f := fault.Of(err); f != nil {
			err = g.about(tag, linked.Letter, g.known(linked.Letter)).worded(f)
		}
		return g.counted(w, r, tag, counted, err)
	}
	counted, err := g.Book.ConfirmCode(ctx, form.Get("page"), form.Get("code"))
	if f := fault.Of(err); f != nil && (f.Field == "code" || f.Kind == fault.Busy) {
		waiting, reopened := g.Book.Reopen(ctx, form.Get("page"))
		if reopened != nil {
			return err
		}
		v := g.about(tag, waiting.Letter, g.known(waiting.Letter))
		if v.died && f.Field == "code" { // no other code would be asked for
			v.problem, v.page.Error, v.page.NoIndex = errDied, true, true
			return private(w, r, web.Status(errDied.Kind), letterPage(v))
		}
		v.problem, v.typed, v.page.Error = f, trimmed(form.Get("code")), true
		web.Retry(w, f)
		return g.wait(w, r, web.Status(f.Kind), v, waiting)
	}
	if f := fault.Of(err); f != nil && (f.Kind == fault.Gone || f.Kind == fault.Refused) {
		// Too late, or not now: the letter's own page says it, with an empty field to ask again where that helps.
		if v, known := g.view(tag, form.Get("case"), form.Get("letter")); known == nil {
			if f.Kind == fault.Gone {
				f = f.At("email") // ask again
			}
			v.problem, v.page.Error, v.page.NoIndex = v.worded(f), true, true
			return private(w, r, web.Status(f.Kind), letterPage(v))
		}
	}
	return g.counted(w, r, tag, counted, err)
}

// trimmed keeps what was typed, within reason.
func trimmed(s string) string {
	if len(s) > 64 {
		return ""
	}
	return s
}

func (g *Pages) counted(w http.ResponseWriter, r *http.Request, tag lang.Tag, c Counted, err error) error {
	if err != nil {
		return err
	}
	v := g.about(tag, c.Letter, g.known(c.Letter))
	if v.file != nil && g.Write != nil {
		v.write = g.Write(v.p, v.file)
	}
	v.page = unlisted(v.page, v.p.T("counted.title"))
	return private(w, r, http.StatusOK, countedPage(v, c))
}

// ofVersion shows the text that a token is for, which may be an older one.
func (g *Pages) ofVersion(r *http.Request, v *view, n Version) error {
	if n == v.letter.Version {
		return nil
	}
	old, err := g.Book.Text(r.Context(), v.letter.ID, n)
	if err != nil {
		return err
	}
	l := *v.letter
	l.Texts, l.Version = old, n
	v.letter, v.version = &l, n
	v.wording, v.wordingLang = l.Wording(v.p.Tag())
	return nil
}

// known is the case of a letter; nil if it was taken from the public meanwhile.
func (g *Pages) known(l *Letter) *casefile.File {
	about, err := g.Case(l.Case)
	if err != nil {
		return nil
	}
	return about
}

// receipt is the promise or the proof, as a page or, with .txt, as the file to keep.
func (g *Pages) receipt(w http.ResponseWriter, r *http.Request) error {
	text, file := strings.CutSuffix(r.PathValue("lock"), ".txt")
	var lock receipt.Lock
	if err := lock.UnmarshalText([]byte(text)); err != nil {
		return errNoReceipt
	}
	kept, err := g.Book.Receipt(r.Context(), lock)
	if err != nil {
		return err
	}
	if file {
		web.Private(w)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, err := w.Write(kept.Text())
		return err
	}
	p := g.Words.Printer(g.spoken(r.URL.Query().Get("lang"), r))
	page := unlisted(g.Frame(ui.Page{P: p}, nil), p.T("proof.title"))
	name := "proof.txt"
	if kept.Proof == nil {
		name = "promise.txt"
	}
	key := g.Book.Log.Key()
	return private(w, r, http.StatusOK, receiptPage(p, page, kept, key, checkCommand(kept, name, key, g.Book.Log.Policy())))
}

// numbers is /letters.json: every letter's count at one size of the log.
func (g *Pages) numbers(w http.ResponseWriter, _ *http.Request) error {
	all := g.Book.Published()
	for i, l := range all.Letters {
		if _, err := g.Case(l.Case); err != nil { // the count stands in the log, and whose it is is told to nobody
			all.Letters[i].Case, all.Letters[i].Slug = "", ""
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	web.Shared(w)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, err = w.Write(append(b, '\n'))
	return err
}

// certificateFile is the name beside a letter's texts.
const certificateFile = "certificate.txt"

// text is exactly the bytes that the log hashes; or of a closed letter, what the log's key has signed.
func (g *Pages) text(w http.ResponseWriter, r *http.Request) error {
	var id receipt.Letter
	if r.PathValue("file") == certificateFile && id.UnmarshalText([]byte(r.PathValue("id"))) == nil {
		return g.certificate(w, r, id)
	}
	number, ok := strings.CutSuffix(r.PathValue("file"), ".txt")
	version, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil || id.UnmarshalText([]byte(r.PathValue("id"))) != nil || strconv.FormatUint(version, 10) != number {
		return errNoLetter
	}
	if l, err := g.Book.byID(id); err == nil {
		if _, err := g.Case(l.Case); err != nil { // a text names the person
			return err
		}
	}
	m, err := g.Book.Manifest(r.Context(), id, Version(version))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, err = w.Write(m)
	return err
}

// certificate is there once a letter is closed, and never changes.
func (g *Pages) certificate(w http.ResponseWriter, r *http.Request, id receipt.Letter) error {
	note, err := g.Book.Certificate(r.Context(), id)
	if err != nil {
		return err
	}
	web.Shared(w)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, err = w.Write(note)
	return err
}

// Topic is where a letter's moving numbers are published, one for each language.
func Topic(tag lang.Tag, id receipt.Letter) string { return string(tag) + "/" + id.String() }

func (g *Pages) watch(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var id receipt.Letter
		if id.UnmarshalText([]byte(r.PathValue("id"))) != nil {
			return errNoLetter
		}
		if _, err := g.Book.byID(id); err != nil {
			return err
		}
		return g.Live.Serve(w, r, Topic(tag, id))
	}
}

// Moved tells the caches and the open pages that the log has grown or a campaign has changed. Anybody may call it at any moment. When it returns, the caches are told; the pages are
// told by one caller at a time, who looks once more for those that came meanwhile: of two at once, the one who had looked first might speak last, and what it says is old.
func (g *Pages) Moved() {
	for _, l := range g.Book.Letters("") {
		g.Cache.Drop(l.Case)
	}
	g.moved.Store(true)
	for g.moved.Load() && g.tell() {
	}
}

// tell tells the open pages the numbers of now, unless somebody else is at it.
func (g *Pages) tell() bool {
	if !g.telling.TryLock() {
		return false
	}
	defer g.telling.Unlock()
	g.moved.Store(false) // before looking: what moves from here on is told once more
	for _, l := range g.Book.Letters("") {
		for _, tag := range g.Words.Tags() {
			v := view{p: g.Words.Printer(tag), letter: l, count: g.Book.Count(l.ID), stopped: g.Book.stopped(l)}
			b, err := json.Marshal(v.live())
			if err == nil {
				g.Live.Publish(Topic(tag, l.ID), b)
			}
		}
	}
	return true
}

// spoken is a language that we have, or the request's.
func (g *Pages) spoken(tag string, r *http.Request) lang.Tag {
	if g.Words.Has(lang.Tag(tag)) {
		return lang.Tag(tag)
	}
	return g.Tongue(r)
}
