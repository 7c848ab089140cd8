package desk

import (
	"net/http"
	"slices"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
)

// keys tells whether passkeys work where a request was sent to.
func (d *Desk) keys(r *http.Request) bool { return d.At != nil && d.At(r.Host) }

func (d *Desk) ways(w http.ResponseWriter, r *http.Request, v *Visit) error {
	return d.showWays(w, r, v, nil)
}

func (d *Desk) showWays(w http.ResponseWriter, r *http.Request, v *Visit, refused error) error {
	list, f, err := problems(v.P, refused)
	if err != nil {
		return err
	}
	have, err := d.Book.Ways(r.Context(), v.Session)
	if err != nil {
		return err
	}
	page := d.frame(r, v, v.P.T("desk.ways.title"))
	page.Problems, page.Passkeys = list, d.keys(r)
	return show(w, r, f, waysPage(page, have))
}

func (d *Desk) password(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	if v.Name, err = d.named(r, v); err != nil {
		return err
	}
	t, err := d.Book.SetPassword(r.Context(), v.Session, seal.Hide(form.Get("password")))
	if err != nil {
		return d.showWays(w, r, v, err)
	}
	seat(w, t)
	return d.done(w, r, v, "desk.ways.password_done")
}

// named is the visitor's own pseudonym.
func (d *Desk) named(r *http.Request, v *Visit) (seal.Private[string], error) {
	desk, err := d.Book.People(r.Context(), v.Session)
	if i := slices.IndexFunc(desk.People, func(o organiser.Organiser) bool { return o.ID == v.Organiser.ID }); err == nil && i >= 0 {
		return desk.People[i].Name, nil
	}
	return v.Name, err
}

func (d *Desk) done(w http.ResponseWriter, r *http.Request, v *Visit, key string) error {
	return show(w, r, nil, donePage(d.frame(r, v, v.P.T("desk.ways.title")), v.P.T(key)))
}

// another is the page on which somebody takes another authenticator.
type another struct {
	Page
	secret  organiser.Secret
	carried string
	picture picture
}

func (d *Desk) askAuthenticator(w http.ResponseWriter, r *http.Request, v *Visit) error {
	return d.showAuthenticator(w, r, v, organiser.NewSecret(), nil)
}

func (d *Desk) showAuthenticator(w http.ResponseWriter, r *http.Request, v *Visit, s organiser.Secret, refused error) error {
	list, f, err := problems(v.P, refused)
	if err != nil {
		return err
	}
	a := another{Page: d.frame(r, v, v.P.T("desk.authenticator.title")), secret: s}
	a.Problems = list
	if a.carried, err = d.Book.Carried(r.Context(), v.Organiser.ID, s); err != nil {
		return err
	}
	if a.picture, err = drawn(s); err != nil {
		return err
	}
	return show(w, r, f, authenticatorPage(a))
}

func (d *Desk) authenticator(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	s, err := d.Book.Brought(r.Context(), v.Organiser.ID, form.Get("carried"))
	if err != nil {
		return err
	}
	t, err := d.Book.SetSecret(r.Context(), v.Session, s, seal.Hide(form.Get("code")))
	if err != nil {
		return d.showAuthenticator(w, r, v, s, err)
	}
	seat(w, t)
	return d.done(w, r, v, "desk.ways.authenticator_done")
}

// codes are recovery codes, told once.
type codes struct {
	list   []seal.Private[string]
	joined bool // just now
}

func (d *Desk) recode(w http.ResponseWriter, r *http.Request, v *Visit) error {
	list, err := d.Book.Recode(r.Context(), v.Session)
	if err != nil {
		return err
	}
	page := d.frame(r, v, v.P.T("desk.codes.title"))
	page.Languages = nil // they are told once
	return show(w, r, nil, codesPage(page, codes{list: list}))
}
