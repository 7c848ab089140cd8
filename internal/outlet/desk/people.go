package desk

import (
	"net/http"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
)

// pages are the desk's own, for who has signed in.
func (d *Desk) pages() {
	d.Require(organiser.Look, "GET "+Root+"/{$}", d.start)
	d.Require(organiser.Look, "GET "+Root+"/people", d.people)
	d.Require(organiser.Invite, "GET "+Root+"/invite", d.askInvite)
	d.Require(organiser.Invite, "POST "+Root+"/invite", d.invite)
	d.Require(organiser.Invite, "POST "+Root+"/invite/end", d.takeBack)
	d.Require(organiser.People, "GET "+Root+"/people/{id}", d.person)
	d.Require(organiser.People, "POST "+Root+"/people/{id}", d.change)
	d.Require(organiser.Look, "GET "+Root+"/proposals", d.proposals)
	d.Require(organiser.Look, "GET "+Root+"/proposals/{id}", d.proposal)
	d.Require(organiser.Look, "POST "+Root+"/proposals/{id}", d.decide)
	d.Require(organiser.Look, "GET "+Root+"/errands/{id}", d.errand)
	d.Require(organiser.ReadTrail, "GET "+Root+"/trail", d.trail)
	d.Require(organiser.ReadTrail, "GET "+Root+"/trail/sealed", d.sealed)
	d.Require(organiser.ReadTrail, "GET "+Root+"/trail/sealed/{day}", d.sealed)
	d.Require(organiser.Look, "GET "+Root+"/sessions", d.sessions)
	d.Require(organiser.Leave, "POST "+Root+"/sessions", d.revoke)
	d.Require(organiser.Leave, "POST "+Root+"/out", d.out)
	d.Require(organiser.Prove, "GET "+Root+"/prove", d.askProve)
	d.Require(organiser.Prove, "POST "+Root+"/prove", d.prove)
	d.Require(organiser.Own, "GET "+Root+"/ways", d.ways)
	d.Require(organiser.Own, "POST "+Root+"/ways/password", d.password)
	d.Require(organiser.Own, "GET "+Root+"/ways/authenticator", d.askAuthenticator)
	d.Require(organiser.Own, "POST "+Root+"/ways/authenticator", d.authenticator)
	d.Require(organiser.Own, "POST "+Root+"/ways/codes", d.recode)
}

func (d *Desk) people(w http.ResponseWriter, r *http.Request, v *Visit) error {
	desk, err := d.Book.People(r.Context(), v.Session)
	if err != nil {
		return err
	}
	return show(w, r, nil, peoplePage(d.frame(r, v, v.P.T("desk.people.title")), desk))
}

func (d *Desk) askInvite(w http.ResponseWriter, r *http.Request, v *Visit) error {
	return show(w, r, nil, invitePage(d.frame(r, v, v.P.T("desk.invite.title")), ""))
}

func (d *Desk) invite(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	page := d.frame(r, v, v.P.T("desk.invite.title"))
	t, i, err := d.Book.Invite(r.Context(), v.Session, organiser.Role(form.Get("role")))
	list, f, err := problems(v.P, err)
	switch {
	case err != nil:
		return err
	case f != nil:
		page.Problems = list
		return show(w, r, f, invitePage(page, form.Get("role")))
	}
	return show(w, r, nil, invitedPage(page, d.URL+organiser.JoinPath+t.Text(), i))
}

func (d *Desk) takeBack(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	if err := d.Book.TakeBack(r.Context(), v.Session, form.Get("id")); err != nil {
		return err
	}
	return to(w, r, Root+"/people")
}

// find is somebody of the visitor's own committee.
func (d *Desk) find(r *http.Request, v *Visit) (organiser.Organiser, error) {
	desk, err := d.Book.People(r.Context(), v.Session)
	if err != nil {
		return organiser.Organiser{}, err
	}
	for _, o := range desk.People {
		if o.ID == r.PathValue("id") {
			return o, nil
		}
	}
	return organiser.Organiser{}, errAbsent
}

func (d *Desk) person(w http.ResponseWriter, r *http.Request, v *Visit) error {
	o, err := d.find(r, v)
	if err != nil {
		return err
	}
	return show(w, r, nil, personPage(d.frame(r, v, v.P.T("desk.person.title")), o))
}

func (d *Desk) change(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	o, err := d.find(r, v)
	if err != nil {
		return err
	}
	switch form.Get("act") {
	case "change":
		o.Role, o.Place = organiser.Role(form.Get("role")), organiser.Place(form.Get("place"))
		err = d.Book.Change(r.Context(), v.Session, o.ID, o.Role, o.Place)
	case "out":
		err = d.Book.SignOutAll(r.Context(), v.Session, o.ID)
	case "end":
		err = d.Book.End(r.Context(), v.Session, o.ID)
	default:
		err = errForm
	}
	list, f, err := problems(v.P, err)
	switch {
	case err != nil:
		return err
	case f != nil:
		page := d.frame(r, v, v.P.T("desk.person.title"))
		page.Problems = list
		return show(w, r, f, personPage(page, o))
	}
	return to(w, r, Root+"/people")
}

func (d *Desk) sessions(w http.ResponseWriter, r *http.Request, v *Visit) error {
	list, err := d.Book.Sessions(r.Context(), v.Session)
	if err != nil {
		return err
	}
	return show(w, r, nil, sessionsPage(d.frame(r, v, v.P.T("desk.sessions.title")), list))
}

func (d *Desk) revoke(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	if err := d.Book.Revoke(r.Context(), v.Session, form.Get("id")); err != nil {
		return err
	}
	return to(w, r, Root+"/sessions")
}

func (d *Desk) out(w http.ResponseWriter, r *http.Request, v *Visit) error {
	if err := d.Book.SignOut(r.Context(), v.Session); err != nil {
		return err
	}
	leave(w, r)
	return to(w, r, Root+"/in")
}

// proving is the page that asks again who somebody is.
type proving struct {
	Page
	back     string
	passkeys bool
}

// proving is the page of a fresh proof. A passkey is asked of who has one.
func (d *Desk) proving(r *http.Request, v *Visit, path string) (proving, error) {
	p := proving{Page: d.frame(r, v, v.P.T("desk.prove.title")), back: back(path)}
	if d.keys(r) {
		have, err := d.Book.Ways(r.Context(), v.Session)
		if err != nil {
			return p, err
		}
		p.passkeys = len(have.Passkeys) > 0
	}
	p.Passkeys = p.passkeys
	return p, nil
}

func (d *Desk) askProve(w http.ResponseWriter, r *http.Request, v *Visit) error {
	page, err := d.proving(r, v, r.URL.Query().Get("back"))
	if err != nil {
		return err
	}
	return show(w, r, nil, provePage(page))
}

func (d *Desk) prove(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	t, err := d.Book.Prove(r.Context(), v.Session, seal.Hide(form.Get("password")), seal.Hide(form.Get("code")))
	list, f, err := problems(v.P, err)
	switch {
	case err != nil:
		return err
	case f != nil:
		if err := d.Book.Noted(r.Context(), v.Session, organiser.Prove, "wrong"); err != nil {
			return err
		}
		page, err := d.proving(r, v, form.Get("back"))
		if err != nil {
			return err
		}
		page.Problems = list
		return show(w, r, f, provePage(page))
	}
	seat(w, t)
	return to(w, r, back(form.Get("back")))
}
