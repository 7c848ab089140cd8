package site

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/dossier"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/markup"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// front chooses a language; it is the only page that sends a reader on. Who wants none of ours gets the site's, with a note in place of a guess; the note is here and not
// behind another address, for what is copied from there would tell whoever opens it what the sender speaks.
func (s *Site) front(w http.ResponseWriter, r *http.Request) error {
	web.OfLanguage(w)
	if unspoken := s.Words.Unspoken(r.Header.Get("Accept-Language")); unspoken != "" && !s.Words.Has(lang.Tag(r.URL.Query().Get("lang"))) {
		return s.Cache.Serve(w, r, frontTopic, "/?unspoken="+string(unspoken), s.homePage(r, s.Tongue(r), unspoken))
	}
	http.Redirect(w, r, "/"+string(s.Tongue(r))+"/", http.StatusFound)
	return nil
}

// everywhere adds the addresses of a page in each language.
func (s *Site) everywhere(page ui.Page, rest string) ui.Page {
	for _, tag := range s.Words.Tags() {
		path := "/" + string(tag) + "/" + rest
		page.Languages = append(page.Languages, ui.Language{Tag: tag, URL: path})
		page.Alternates = append(page.Alternates, ui.Alternate{Tag: string(tag), URL: s.URL + path})
	}
	page.Canonical = s.URL + "/" + string(page.P.Tag()) + "/" + rest
	return page
}

func (s *Site) home(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.Cache.Serve(w, r, frontTopic, r.URL.Path, s.homePage(r, tag, ""))
	}
}

// homePage renders the front page, with a note to who wanted a language that we don't speak.
func (s *Site) homePage(r *http.Request, tag, unspoken lang.Tag) func(io.Writer) error {
	return func(out io.Writer) error {
		p := s.Words.Printer(tag)
		page := s.everywhere(s.Frame(ui.Page{P: p, Title: p.T("home.title"), Description: p.T("home.lead")}, nil), "")
		var list []listed
		all := s.shown()
		for _, f := range s.foremost(all) {
			list = append(list, s.listed(p, f))
		}
		note := ""
		if unspoken != "" {
			note = p.T("site.unspoken", "Language", lang.Endonym(unspoken))
		}
		return homePage(page, list, len(all), note).Render(r.Context(), out)
	}
}

// frontMost is how many the front page shows; of more it shows some, and leads to the list of all.
const frontMost = 12

// foremost are the cases that the front page shows.
func (s *Site) foremost(all []*casefile.File) (list []*casefile.File) {
	if len(all) <= frontMost || s.Front == nil {
		return all
	}
	for _, slug := range s.Front(frontMost) {
		if f, err := s.Case(slug); err == nil {
			list = append(list, f)
		}
	}
	return list
}

// listed is a case on the front page.
type listed struct {
	view    dossier.View
	path    string
	line    string
	lang    lang.Tag
	letters []Panel
}

func (s *Site) listed(p *lang.Printer, f *casefile.File) listed {
	summary, tag := f.Case.Summary.In(p.Tag(), f.Campaign.Languages...)
	l := listed{view: s.View(f), path: "/" + string(p.Tag()) + "/" + f.Case.Slug, line: markup.Line(summary), lang: tag}
	if !f.Stopped(casefile.ScopeLetter) { // stopped by those who bind the campaign, or by a death
		l.letters = s.Letters(p, f.Case.Slug)
	}
	return l
}

// standing is a page that says the same until the program changes; contact of whoever runs the site is on it.
func (s *Site) standing(tag lang.Tag, name string, body func(ui.Page) templ.Component) web.Handler {
	path := map[string]string{"advice": "advice", "what": "privacy", "recount": "recount"}[name]
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.Cache.Serve(w, r, frontTopic, r.URL.Path, func(out io.Writer) error {
			p := s.Words.Printer(tag)
			page := s.everywhere(s.Frame(ui.Page{P: p, Title: p.T(name + ".title"), Description: p.T(name + ".lead")}, nil), path)
			return body(page).Render(r.Context(), out)
		})
	}
}

// newsKey is under which key a campaign takes addresses for news.
type newsKey struct {
	id, label   string
	fingerprint string // hexadecimal
}

func (s *Site) keptPage(page ui.Page) templ.Component {
	var keys []newsKey
	for _, f := range s.shown() {
		to, err := seal.ParseRecipient(f.Campaign.NewsRecipient)
		if err != nil {
			continue // none is given: none is taken
		}
		organiser, _ := f.Campaign.RunBy.In(page.P.Tag(), f.Campaign.Languages...)
		keys = append(keys, newsKey{"news-key-" + f.Case.Slug, page.P.T("news.kept_key", "Organiser", organiser), fmt.Sprintf("%x", to.Fingerprint())})
	}
	return keptPage(page, keys)
}

func (s *Site) recountPage(page ui.Page) templ.Component {
	return recounting(page, "outcry verify "+s.URL, s.Log.Key(), s.Log.Origin())
}

// fail words a failure. A page that is not there, or no more, lists what can be signed.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	p := s.Words.Printer(s.Tongue(r))
	title := p.T("fault.title." + strings.ReplaceAll(f.Kind.String(), " ", "_"))
	page := s.Frame(ui.Page{P: p, Title: title, NoIndex: true}, nil)
	var args []any
	for k, v := range f.Args {
		args = append(args, k, v)
	}
	var letters []Panel
	if f.Kind == fault.NotFound || f.Kind == fault.Gone || f.Kind == fault.Invalid {
		for _, c := range s.foremost(s.shown()) {
			letters = append(letters, slices.DeleteFunc(s.Letters(p, c.Case.Slug), func(l Panel) bool { return !l.Open })...)
		}
	}
	key := f.Key
	if f.Kind == fault.Busy && r.Method != http.MethodPost { // there is no form to keep
		key = "fault.busy_read"
	}
	var b bytes.Buffer
	if err := faultPage(page, p.T(key, args...), letters, resent(r, f)).Render(r.Context(), &b); err != nil {
		http.Error(w, title, web.Status(f.Kind))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "strict-origin") // its address may be a private link's
	web.WriteStatus(w, f)
	if r.Method != http.MethodHead {
		w.Write(b.Bytes())
	}
}

func robots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, "User-agent: *\nDisallow: /confirm\nDisallow: /mine/\nDisallow: /r/\nDisallow: /news/\nDisallow: /wish/\nDisallow: /live/\nDisallow: /demo/\n")
	return err
}

// assets are our own few files, under addresses that change with their content.
func (s *Site) assets() {
	for name, file := range ui.Assets() {
		zipped := web.Compressed(file.Body)
		serve := func(w http.ResponseWriter, r *http.Request) error {
			h := w.Header()
			h.Set("Content-Type", file.Type)
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
			h.Set("Vary", "Accept-Encoding")
			body := file.Body
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				h.Set("Content-Encoding", "gzip")
				body = zipped
			}
			_, err := w.Write(body)
			return err
		}
		s.mux.Handle("GET "+file.Path, serve)
		if name == "icon.svg" {
			s.mux.Handle("GET /favicon.ico", serve)
		}
	}
}

func (s *Site) mailbox(w http.ResponseWriter, r *http.Request) error {
	p := s.Words.Printer(s.Tongue(r))
	page := s.Frame(ui.Page{P: p, Title: p.T("demo.mailbox"), NoIndex: true}, nil)
	return s.private(w, r, mailboxPage(page, s.Sink.List()))
}

func (s *Site) message(w http.ResponseWriter, r *http.Request) error {
	m := s.Sink.Find(r.PathValue("id"))
	if m == nil {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	p := s.Words.Printer(s.Tongue(r))
	page := s.Frame(ui.Page{P: p, Title: m.Subject, NoIndex: true}, nil)
	return s.private(w, r, messagePage(page, m))
}

func (s *Site) private(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	web.Private(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write(b.Bytes())
	return err
}
