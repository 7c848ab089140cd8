package tongues

import (
	"cmp"
	"net/http"
	"net/url"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
)

// askGuest is what a private link opens: neutral, and the same whether there is such a link or not, for scanners open it too. It reads nothing of the secret.
func (b *bench) askGuest(w http.ResponseWriter, r *http.Request) error {
	p := b.desk.Spoken(r, "")
	return show(w, r, nil, askGuestPage(b.desk.GuestPage(r, p, p.T("link.title")), r.URL.EscapedPath()))
}

// guest is every step behind a private link. One language of one case is all that it opens.
func (b *bench) guest(w http.ResponseWriter, r *http.Request) error {
	if b.Drafts.Unlock.Locked() {
		return seal.ErrLocked
	}
	token, ok := draft.ParseToken(r.PathValue("token"))
	if !ok {
		return b.Drafts.Guessed()
	}
	g, err := b.Drafts.Guest(r.Context(), token)
	if err != nil {
		return err
	}
	if shut, err := b.desk.Book.Shut(r.Context(), g.Slug); err != nil || shut { // the same as for a link that is none: who locked a desk under pressure tells nobody so
		return cmp.Or(err, b.Drafts.Guessed())
	}
	if !b.forms.Take(g.ID, formsMost, b.Now()) {
		return errForms
	}
	if isUpload(r) {
		up, err := web.Upload(w, r, "file", fileMost)
		if err != nil {
			return err
		}
		t, err := b.guestTaking(r, g, up.Form)
		if err != nil {
			return err
		}
		return b.weighed(w, r, t, up.File)
	}
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	switch form.Get("act") {
	case "file":
		work, err := b.look(r.Context(), g.Slug, g.Tongue, "")
		if err != nil {
			return err
		}
		return b.hand(w, r, work, b.desk.Spoken(r, lang.Tag(form.Get("lang"))))
	case "take":
		t, err := b.guestTaking(r, g, form)
		if err != nil {
			return err
		}
		if err := b.noted(r, t.w); err != nil {
			return err
		}
		return b.take(w, r, t, form.Get("name"), draft.Link)
	}
	return b.guestSheet(w, r, g, form)
}

// guestSheet shows the pieces, after saving what the form has of them.
func (b *bench) guestSheet(w http.ResponseWriter, r *http.Request, g draft.Guest, form url.Values) error {
	a := askedOf(form)
	work, err := b.look(r.Context(), g.Slug, g.Tongue, a.from)
	if err != nil {
		return err
	}
	var done *result
	if form.Has("hand") {
		result, err := b.saveForm(r.Context(), work, form, draft.Link)
		if err != nil {
			return err
		}
		if err := b.noted(r, work); err != nil {
			return err
		}
		if byScript(r) {
			autosaved(w, result)
			return nil
		}
		if work, err = b.look(r.Context(), g.Slug, g.Tongue, a.from); err != nil {
			return err
		}
		a, done = turned(a, form, &result), &result
	}
	s := b.sheet(b.guestPage(r, form, "desk.tongues.editor.title", g), work, a, r.URL.EscapedPath(), form, done)
	s.guest, s.until = true, s.P.Moment(g.Until)
	return show(w, r, done.fault(), editorPage(s))
}

func (b *bench) guestTaking(r *http.Request, g draft.Guest, form url.Values) (t taking, err error) {
	t = taking{Page: b.guestPage(r, form, "desk.tongues.file.title", g), guest: true, whose: g.ID, action: r.URL.EscapedPath(), back: r.URL.EscapedPath()}
	t.w, err = b.look(r.Context(), g.Slug, g.Tongue, "")
	return t, err
}

// guestPage has no languages to choose from: an address can't be asked for again without its button.
func (b *bench) guestPage(r *http.Request, form url.Values, title string, g draft.Guest) desk.Page {
	p := b.desk.Spoken(r, lang.Tag(form.Get("lang")))
	page := b.desk.GuestPage(r, p, p.T(title, "Language", tongueName(g.Tongue)))
	page.Languages = nil
	return page
}

// noted writes in the trail that somebody translated by a private link.
func (b *bench) noted(r *http.Request, w *work) error {
	return b.desk.Book.NotedLink(r.Context(), w.slug, organiser.Translate, b.object(w, ""))
}
