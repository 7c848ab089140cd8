package letter

import (
	"bytes"
	"net/http"
	"time"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// mailboxRoutes registers what a mailbox can do without a private link: withdraw, and never be written to again.
func (g *Pages) mailboxRoutes(mux *web.Mux) {
	mux.Handle("POST /withdraw", g.leave)
	mux.Handle("GET /not-me", g.notMe)
	mux.Handle("POST /not-me", g.never)
}

func leaveWords(v view, w Waiting) codeWords {
	return codeWords{v.p.T("leave.waiting_title"), v.p.T("leave.waiting", "Address", w.Address.Reveal()), v.p.T("leave.confirm"), "/withdraw"}
}

// ofLetter is view also of a case that was taken from the public: who has signed may leave all the same.
func (g *Pages) ofLetter(tag lang.Tag, caseSlug, slug string) (view, error) {
	l, err := g.Book.Letter(caseSlug, slug)
	if err != nil {
		return view{}, err
	}
	return g.about(tag, l, g.known(l)), nil
}

func (g *Pages) leaving(tag lang.Tag) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := g.ofLetter(tag, r.PathValue("case"), r.PathValue("letter"))
		if err != nil {
			return err
		}
		v.page = unlisted(v.page, v.p.T("leave.title"))
		return private(w, r, http.StatusOK, leavePage(v))
	}
}

// leavingTakes is what the answer to a right code takes, or a multiple of it where the disk is slower still. More is written for an address that had signed
// than for one that had not, and the time of the answer must not tell.
const leavingTakes = 100 * time.Millisecond

// leave takes the address, then the code.
func (g *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	tag, ctx := g.spoken(form.Get("lang"), r), r.Context()
	if token := form.Get("page"); token != "" {
		over := time.NewTicker(leavingTakes)
		defer over.Stop()
		left, err := g.Book.Leave(ctx, token, form.Get("code"))
		if err == nil {
			g.Cache.Drop(left.Letter.Case) // its name, if it showed one, is gone from the list
			select {
			case <-over.C: // it took longer: the next one, then
			default:
			}
			select {
			case <-over.C:
			case <-ctx.Done():
				return ctx.Err()
			}
			v := g.about(tag, left.Letter, g.known(left.Letter))
			v.page = unlisted(v.page, v.p.T("leave.done_title"))
			return private(w, r, http.StatusOK, leftPage(v))
		}
		f := fault.Of(err)
		waiting, reopened := g.Book.ReopenLeaving(ctx, token)
		if f != nil && reopened == nil {
			v := g.about(tag, waiting.Letter, g.known(waiting.Letter))
			v.problem, v.typed = f, trimmed(form.Get("code"))
			return g.code(w, r, v, waiting, leaveWords(v, waiting))
		}
		if v, known := g.ofLetter(tag, form.Get("case"), form.Get("letter")); known == nil && f != nil && f.Kind == fault.Gone {
			return g.askToLeave(w, r, v, f, "")
		}
		return err
	}
	v, err := g.ofLetter(tag, form.Get("case"), form.Get("letter"))
	if err != nil {
		return err
	}
	waiting, err := g.Book.BeginLeaving(ctx, v.letter.Case, v.letter.Slug, form.Get("email"), tag)
	if f := fault.Of(err); f != nil {
		return g.askToLeave(w, r, v, f, typedAddress(form.Get("email")))
	}
	if err != nil {
		return err
	}
	return g.code(w, r, v, waiting, leaveWords(v, waiting))
}

// askToLeave shows the page that asks for the address again, with what was wrong.
func (g *Pages) askToLeave(w http.ResponseWriter, r *http.Request, v view, f *fault.Error, typed string) error {
	v.page = unlisted(v.page, v.p.T("leave.title"))
	v.problem, v.typed, v.page.Error = f, typed, true
	web.Retry(w, f)
	return private(w, r, web.Status(f.Kind), leavePage(v))
}

// code shows the page that waits for a mailed code, with what was wrong about the last one.
func (g *Pages) code(w http.ResponseWriter, r *http.Request, v view, waiting Waiting, words codeWords) error {
	v.page = unlisted(v.page, words.title)
	status := http.StatusOK
	if v.problem != nil {
		v.page.Error, status = true, web.Status(v.problem.Kind)
		web.Retry(w, v.problem)
	}
	return private(w, r, status, codePage(v, waiting, words))
}

// typedAddress keeps what was typed as an address, within reason.
func typedAddress(s string) string {
	if len(s) > 4*addressMost {
		return ""
	}
	return s
}

// notMe is what the mailed link opens; it reads nothing of the token.
func (g *Pages) notMe(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	return g.aside(w, r, g.spoken(query.Get("lang"), r), query.Get("t"), "")
}

// never takes the first button, then the second, then perhaps the one that takes it back.
func (g *Pages) never(w http.ResponseWriter, r *http.Request) (err error) {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	token, step := form.Get("t"), form.Get("step")
	switch step {
	case "never", "again":
		err = g.Book.Never(r.Context(), token, step == "again")
	default:
		step = "ask"
		err = g.Book.NotMe(r.Context(), token)
	}
	if err != nil {
		return err
	}
	return g.aside(w, r, g.spoken(form.Get("lang"), r), token, step)
}

// aside answers behind the mailed "this was not me": a page that names no site and no letter, for a mail scanner opens it too.
func (g *Pages) aside(w http.ResponseWriter, r *http.Request, tag lang.Tag, token, step string) error {
	p := g.Words.Printer(tag)
	title := p.T("not_me.title")
	if step == "" {
		title = p.T("link.title")
	}
	var b bytes.Buffer
	if err := notMePage(p, g.bare(p, title), token, step).Render(r.Context(), &b); err != nil {
		return err
	}
	web.AddressHoldsSecret(w)
	return send(w, http.StatusOK, b.Bytes())
}

// bare is a page's frame without anything that says whose site it is.
func (g *Pages) bare(p *lang.Printer, title string) ui.Page {
	page := unlisted(g.Frame(ui.Page{P: p}, nil), title)
	page.Footer, page.Site, page.Home, page.Banner, page.Rehearsal = ui.Footer{}, "", "", ui.Banner{}, false
	return page
}
