package signatures

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// following is the page of a campaign's followers, and of the committee's key.
type following struct {
	desk.Page
	slug      string
	published bool     // the case was applied
	current   string   // the key that it receives under; empty for none
	chosen    string   // the key that it will receive under once it is published
	proven    []string // keys whose drill was passed and that wait to be taken
	rows      int
	ready     []news.Ready
	drill     *news.Drill
	typed     string
}

func (h *hall) following(r *http.Request, v *desk.Visit, title string) (p following, err error) {
	ctx := r.Context()
	p = following{Page: h.desk.CaseFrame(r, v, title), slug: r.PathValue("case")}
	f, err := h.Case(ctx, p.slug)
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		return p, err
	default:
		p.published, p.current = true, f.Campaign.NewsRecipient
	}
	proven, chosen, err := h.News.Proven(ctx, p.slug)
	if err != nil {
		return p, err
	}
	p.chosen = chosen
	for _, key := range proven {
		if key != p.current && key != chosen {
			p.proven = append(p.proven, key)
		}
	}
	if p.rows, err = h.News.Count(ctx, p.slug); err != nil {
		return p, err
	}
	if p.ready, err = h.News.Ready(ctx, p.slug, v.Organiser.ID); err != nil {
		return p, err
	}
	d, found, err := h.News.Drill(ctx, p.slug)
	if found {
		p.drill = &d
	}
	return p, err
}

func (h *hall) followers(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := h.following(r, v, v.P.T("desk.followers.title"))
	if err != nil {
		return err
	}
	return h.desk.Show(w, r, followersPage(p))
}

func (h *hall) keyPage(r *http.Request, v *desk.Visit) (following, error) {
	return h.following(r, v, v.P.T("desk.followers.key_title"))
}

func (h *hall) askKey(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := h.keyPage(r, v)
	if err != nil {
		return err
	}
	return h.desk.Show(w, r, keyPage(p))
}

// drill seals a word to the key that was typed in.
func (h *hall) drill(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	slug := r.PathValue("case")
	if _, err = h.News.BeginDrill(r.Context(), slug, form.Get("recipient")); err != nil {
		return h.keyAgain(w, r, v, err, "")
	}
	if err := h.desk.Book.Noted(r.Context(), v.Session, organiser.Key, object(slug, "drill")); err != nil {
		return err
	}
	http.Redirect(w, r, followersPath(slug)+"/key", http.StatusSeeOther)
	return nil
}

// keyAgain is the key's page with what is wrong; what was typed for a key is not repeated, for it may be the secret half.
func (h *hall) keyAgain(w http.ResponseWriter, r *http.Request, v *desk.Visit, wrong error, typed string) error {
	list, f, err := problems(v.P, wrong)
	if err != nil {
		return err
	}
	p, err := h.keyPage(r, v)
	if err != nil {
		return err
	}
	p.Problems, p.typed = list, typed
	return h.again(w, r, f, keyPage(p))
}

// drillFile is the sealed word as a file.
func (h *hall) drillFile(w http.ResponseWriter, r *http.Request, _ *desk.Visit) error {
	d, found, err := h.News.Drill(r.Context(), r.PathValue("case"))
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Gone, "fault.news.no_drill")
	}
	attached(w, "drill.sealed")
	_, err = w.Write(d.Sealed)
	return err
}

func attached(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// answer proves the key by the word, and decides to take it.
func (h *hall) answer(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	slug := r.PathValue("case")
	recipient, err := h.News.Answer(r.Context(), slug, form.Get("word"))
	if err != nil {
		return h.keyAgain(w, r, v, err, form.Get("word"))
	}
	return h.take(w, r, v, slug, recipient)
}

// use decides to take a key that is proven already.
func (h *hall) use(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	p, err := h.keyPage(r, v)
	if err != nil {
		return err
	}
	for _, key := range p.proven {
		if news.Fingerprint(key) == form.Get("fingerprint") {
			return h.take(w, r, v, p.slug, key)
		}
	}
	return fault.New(fault.Refused, "fault.news.unproven")
}

func (h *hall) take(w http.ResponseWriter, r *http.Request, v *desk.Visit, slug, recipient string) error {
	d, err := deed(organiser.Key, keying{slug, recipient}, slug)
	if err != nil {
		return err
	}
	return h.desk.Do(w, r, v, d, followersPath(slug))
}

// keyWords say what a change of the key is to whoever has to approve it.
func (h *hall) keyWords(p *lang.Printer, d organiser.Deed) templ.Component {
	var k keying
	if err := read(organiser.Errand{Deed: d}, &k); err != nil {
		return sentences(p.T(fault.Of(err).Key))
	}
	return sentences(p.T("desk.followers.proposed_key"), p.T("desk.followers.fingerprint", "Fingerprint", news.Fingerprint(k.Recipient)), p.T("desk.followers.proposed_compare"))
}

func (h *hall) askExport(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := h.following(r, v, v.P.T("desk.followers.title"))
	if err != nil {
		return err
	}
	if p.rows == 0 {
		return errNobody
	}
	d, err := deed(organiser.Export, exporting{p.slug, v.Organiser.ID}, p.slug)
	if err != nil {
		return err
	}
	return h.desk.Do(w, r, v, d, followersPath(p.slug))
}

var errNobody = fault.New(fault.Conflict, "fault.signatures.nobody")

func (h *hall) exportWords(p *lang.Printer, d organiser.Deed) templ.Component {
	return sentences(p.T("desk.followers.proposed_export"), p.T("desk.followers.proposed_sealed"))
}

// fetchTime is how long a list may take on its way: it goes out once, and over a slow line or a hidden service that takes more than the minute a page has.
const fetchTime = time.Hour

// fetch hands the sealed list out, once, to who asked for it. What is cut on the way has no last line, which outcry open says.
func (h *hall) fetch(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	slug := r.PathValue("case")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), fetchTime)
	defer cancel()
	begun := false
	n, err := h.News.Fetch(ctx, form.Get("id"), slug, v.Organiser.ID, func() error {
		if err := h.desk.Book.Noted(ctx, v.Session, organiser.Export, object(slug, "fetched")); err != nil {
			return err
		}
		begun = true
		_ = http.NewResponseController(w).SetWriteDeadline(h.desk.Book.Now().Add(fetchTime)) // an error: no connection is behind it
		attached(w, "followers.sealed")
		return nil
	}, w)
	if err != nil && begun {
		h.Logger.Warn("a sealed list was cut on its way", slog.Int("rows", n), slog.Any("error", err))
		return nil
	}
	return err
}

// keyFacts are a key's fingerprint, as outcry key new prints it.
func keyFacts(p *lang.Printer, key string) []ui.Fact {
	return []ui.Fact{{Term: p.T("desk.followers.fingerprint_term"), Text: news.Fingerprint(key)}}
}
