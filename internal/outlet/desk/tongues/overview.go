package tongues

import (
	"net/http"
	"slices"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
)

// shelf is the overview: a case's languages.
type shelf struct {
	desk.Page
	slug   string
	name   string
	nameIn lang.Tag
	first  lang.Tag // the campaign's own first language
	list   []*work
	lead   bool     // may offer a language, and make private links
	tongue string   // as it was typed
	chosen lang.Tag // of the list
}

func (b *bench) overview(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	s, err := b.shelf(r, v)
	if err != nil {
		return err
	}
	return show(w, r, nil, overviewPage(s))
}

func (b *bench) shelf(r *http.Request, v *desk.Visit) (s shelf, err error) {
	slug := r.PathValue("case")
	s = shelf{Page: b.desk.Frame(r, v, v.P.T("desk.tongues.title")), slug: slug, lead: organiser.May(v.Role, organiser.Edit)}
	d, err := b.open(r.Context(), slug)
	if err != nil {
		return s, err
	}
	c, err := letter.ReadDraft(d.Doc)
	if err != nil {
		return s, err
	}
	s.name, s.nameIn = c.Name(v.P.Tag())
	offered, begun, err := b.languages(r.Context(), d)
	if err != nil {
		return s, err
	}
	if len(offered) > 0 {
		s.first = offered[0]
	}
	for _, tag := range slices.Concat(offered, begun) {
		one, err := b.lookAt(r.Context(), d, tag, "")
		if err != nil {
			return s, err
		}
		s.list = append(s.list, one)
	}
	return s, nil
}

// add begins a language.
func (b *bench) add(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	text := form.Get("tongue")
	if text == "" { // what is typed is meant, whatever stands in the list above it
		text = form.Get("common")
	}
	tag, err := b.begin(r, text)
	if err == nil {
		return to(w, r, base(r.PathValue("case"))+"/"+string(tag))
	}
	list, f, err := told(v.P, err)
	if err != nil {
		return err
	}
	s, err := b.shelf(r, v)
	if err != nil {
		return err
	}
	s.Problems, s.tongue, s.chosen = list, form.Get("tongue"), lang.Tag(form.Get("common"))
	return show(w, r, f, overviewPage(s))
}

func (b *bench) begin(r *http.Request, text string) (lang.Tag, error) {
	tag, ok := lang.Canonical(text)
	if !ok {
		return "", errTongue
	}
	d, err := b.open(r.Context(), r.PathValue("case"))
	if err != nil {
		return "", err
	}
	offered, begun, err := b.languages(r.Context(), d)
	if err != nil {
		return "", err
	}
	if slices.Contains(offered, tag) || slices.Contains(begun, tag) {
		return "", errThere
	}
	_, err = b.Drafts.Translate(r.Context(), d.Slug, tag, func(*draft.Tongue) {})
	return tag, err
}

// offering is the page on which a language is offered to the public, taken back, or forgotten.
type offering struct {
	desk.Page
	w     *work
	lacks []*piece
	last  bool // the campaign has no other
}

func (b *bench) askOffer(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	work, err := b.visit(r, "")
	if err != nil {
		return err
	}
	return show(w, r, nil, offerPage(b.offering(r, v, work)))
}

func (b *bench) offering(r *http.Request, v *desk.Visit, w *work) offering {
	return offering{Page: b.desk.Frame(r, v, v.P.T("desk.tongues.offer.title", "Language", tongueName(w.tag))), w: w, lacks: w.lacks(), last: len(w.saved.Campaign.Languages) < 2}
}

func (b *bench) decideOffer(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	work, err := b.visit(r, "")
	if err != nil {
		return err
	}
	switch form.Get("act") {
	case "offer":
		var lacks []*piece
		if lacks, err = b.offer(r.Context(), work, string(v.Role)); err == nil && len(lacks) > 0 {
			err = fault.New(fault.Conflict, "fault.tongues.lacks")
		}
	case "withdraw":
		var done bool
		if done, err = b.withdraw(r.Context(), work, string(v.Role)); err == nil && !done {
			err = errOnly
		}
	case "forget":
		switch {
		case work.offered:
			err = errOnly
		case form.Get("sure") != "yes":
			err = errSure
		default:
			err = b.Drafts.DropTongue(r.Context(), work.slug, work.tag)
		}
	}
	if err == nil {
		return to(w, r, base(work.slug))
	}
	list, f, err := told(v.P, err)
	if err != nil {
		return err
	}
	o := b.offering(r, v, work)
	o.Problems = list
	return show(w, r, f, offerPage(o))
}

// linking is the page of a language's private links.
type linking struct {
	desk.Page
	w       *work
	list    []draft.Guest
	address string // of the one that was just made: told once
	made    draft.Guest
}

func (b *bench) links(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	l, err := b.linking(r, v)
	if err != nil {
		return err
	}
	return show(w, r, nil, linksPage(l))
}

func (b *bench) linking(r *http.Request, v *desk.Visit) (l linking, err error) {
	if l.w, err = b.visit(r, ""); err != nil {
		return l, err
	}
	l.Page = b.desk.Frame(r, v, v.P.T("desk.tongues.link.title", "Language", tongueName(l.w.tag)))
	all, err := b.Drafts.Guests(r.Context(), l.w.slug)
	for _, g := range all {
		if g.Tongue == l.w.tag {
			l.list = append(l.list, g)
		}
	}
	return l, err
}

// link makes a private link, or ends one. Making one needs a fresh proof: it opens a door for somebody else.
func (b *bench) link(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	l, err := b.linking(r, v)
	if err != nil {
		return err
	}
	switch form.Get("act") {
	case "end":
		if i := slices.IndexFunc(l.list, func(g draft.Guest) bool { return g.ID == form.Get("id") }); i >= 0 {
			if err := b.Drafts.Dismiss(r.Context(), l.w.slug, l.list[i].ID); err != nil {
				return err
			}
			if err := b.desk.Book.Noted(r.Context(), v.Session, organiser.Translate, b.object(l.w, "ended")); err != nil {
				return err
			}
		}
		return to(w, r, l.w.path()+"/links")
	case "make":
		if !v.Fresh {
			return organiser.ErrProve
		}
		var t draft.Token
		l.made, t, err = b.Drafts.Welcome(r.Context(), l.w.slug, l.w.tag)
		list, f, err := told(v.P, err)
		if err != nil {
			return err
		}
		if f != nil {
			l.Problems = list
			return show(w, r, f, linksPage(l))
		}
		if err := b.desk.Book.Noted(r.Context(), v.Session, organiser.Translate, b.object(l.w, "made")); err != nil {
			return err
		}
		l.address, l.Languages = b.desk.URL+guestPath+t.Text(), nil // told once
		l.list = append([]draft.Guest{l.made}, l.list...)
		return show(w, r, nil, linksPage(l))
	}
	return errAbsent
}

// to sends the reader on to a page of ours.
func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
