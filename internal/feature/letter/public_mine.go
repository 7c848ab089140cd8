package letter

import (
	"bytes"
	"context"
	"net/http"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
)

// mineRoutes registers the private link's pages.
func (g *Pages) mineRoutes(mux *web.Mux) {
	mux.Handle("GET /mine/{secret}", g.mine)
	mux.Handle("POST /mine/{secret}", g.withdraw)
	mux.Handle("POST /mine/{secret}/news", g.follow)
}

func (g *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	return g.own(w, r, g.spoken(r.URL.Query().Get("lang"), r), nil, "", g.Book.Mine)
}

func (g *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(w, r)
	if err != nil {
		web.AddressHoldsSecret(w)
		return err
	}
	verb := g.Book.Mine
	if form.Get("withdraw") == "yes" {
		verb = g.Book.Withdraw
	}
	return g.own(w, r, g.spoken(form.Get("lang"), r), nil, "", verb)
}

// own answers behind a private link, with what was wrong in a form of it and what was typed there.
func (g *Pages) own(w http.ResponseWriter, r *http.Request, tag lang.Tag, problem *fault.Error, typed string, verb func(context.Context, Secret) (Mine, error)) error {
	web.AddressHoldsSecret(w)
	secret, ok := ParseSecret(r.PathValue("secret"))
	if !ok {
		return errNoLink
	}
	before, err := g.Book.Mine(r.Context(), secret)
	if err != nil {
		return err
	}
	m, err := verb(r.Context(), secret)
	if err != nil {
		return err
	}
	if m.Ended && !before.Ended {
		g.Cache.Drop(m.Letter.Case) // its name is gone from the list
	}
	v := g.about(tag, m.Letter, g.known(m.Letter))
	v.page = unlisted(v.page, v.p.T("mine.title"))
	v.problem, v.typed = problem, typed
	by := v.p.Clock(v.by)
	state := v.p.T("mine.state_counted")
	switch {
	case m.Ended && before.Ended:
		state = v.p.T("mine.withdrawn_before")
	case m.Ended:
		state = v.p.T("mine.withdrawn", "Time", by)
	case m.Struck:
		state = v.p.T("mine.state_struck")
	default:
		if waits, err := g.Book.Waits(r.Context(), m.Lock); err != nil {
			return err
		} else if waits {
			state = v.p.T("mine.state_waiting", "Time", by)
		}
	}
	own, err := g.ownName(r.Context(), m)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if problem != nil {
		v.page.Error, status = true, web.Status(problem.Kind)
		web.Retry(w, problem)
	}
	var b bytes.Buffer
	if err := minePage(v, m, own, state, secret).Render(r.Context(), &b); err != nil {
		return err
	}
	return send(w, status, b.Bytes())
}

// follow takes an address for news, then the code that was mailed to it.
func (g *Pages) follow(w http.ResponseWriter, r *http.Request) error {
	web.AddressHoldsSecret(w)
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	tag, ctx := g.spoken(form.Get("lang"), r), r.Context()
	secret, ok := ParseSecret(r.PathValue("secret"))
	if !ok {
		return errNoLink
	}
	words := func(v view, waiting Waiting) codeWords {
		return codeWords{v.p.T("follow.waiting_title"), v.p.T("follow.waiting", "Address", waiting.Address.Reveal()), v.p.T("follow.confirm"), minePath(secret, tag, "/news")}
	}
	if token := form.Get("page"); token != "" {
		done, err := g.Book.FollowNews(ctx, token, form.Get("code"))
		if err == nil {
			v := g.about(tag, done.Letter, g.known(done.Letter))
			v.page = unlisted(v.page, v.p.T("follow.done_title"))
			var b bytes.Buffer
			if err := followingPage(v, done).Render(ctx, &b); err != nil {
				return err
			}
			return send(w, http.StatusOK, b.Bytes())
		}
		f := fault.Of(err)
		waiting, reopened := g.Book.ReopenFollowing(ctx, token)
		if f != nil && reopened == nil {
			v := g.about(tag, waiting.Letter, g.known(waiting.Letter))
			v.problem, v.typed = f, trimmed(form.Get("code"))
			return g.code(w, r, v, waiting, words(v, waiting))
		}
		if f != nil && f.Kind == fault.Gone { // the private page has a field to ask again
			return g.own(w, r, tag, f, "", g.Book.Mine)
		}
		return err
	}
	waiting, err := g.Book.BeginFollowing(ctx, secret, form.Get("email"), tag)
	if f := fault.Of(err); f != nil && f.Kind != fault.NotFound {
		return g.own(w, r, tag, f, typedAddress(form.Get("email")), g.Book.Mine)
	}
	if err != nil {
		return err
	}
	v := g.about(tag, waiting.Letter, g.known(waiting.Letter))
	return g.code(w, r, v, waiting, words(v, waiting))
}
