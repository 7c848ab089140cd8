package desk

import (
	"cmp"
	"net/http"
	"net/url"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
)

// doors are the pages for who has no session: the list is whole, and a test holds it.
func (d *Desk) doors() {
	d.door("GET "+Root+"/in", d.askIn)
	d.door("POST "+Root+"/in", d.signIn)
	d.door("GET "+organiser.JoinPath+"{token}", d.askJoin)
	d.door("POST "+organiser.JoinPath+"{token}", d.join)
}

// tongue is the language of a form, or of a request.
func (d *Desk) tongue(form url.Values, r *http.Request) lang.Tag {
	if tag := lang.Tag(form.Get("lang")); d.Catalog.Has(tag) {
		return tag
	}
	return d.Tongue(r)
}

// entrance is the sign-in page.
type entrance struct {
	Page
	back      string
	several   bool // committees
	committee string
	name      string
	device    string
	passkeys  bool
	sent      bool // what somebody sent was not taken: nobody was signed in any more
}

func (d *Desk) entrance(r *http.Request, p *lang.Printer, form url.Values) (e entrance, err error) {
	e = entrance{Page: d.outside(r, p, p.T("desk.in.title")), back: back(form.Get("back")), committee: form.Get("committee"), name: form.Get("name"), device: form.Get("device")}
	e.passkeys = d.keys(r)
	e.Passkeys = e.passkeys
	e.several, err = d.Book.Several(r.Context())
	return e, err
}

func (d *Desk) askIn(w http.ResponseWriter, r *http.Request) error {
	if d.Book.Unlock.Locked() {
		return seal.ErrLocked
	}
	e, err := d.entrance(r, d.Catalog.Printer(d.Tongue(r)), r.URL.Query())
	if err != nil {
		return err
	}
	e.sent = r.URL.Query().Has("sent")
	e.name = "" // what a link says is not what somebody typed
	return show(w, r, nil, signInPage(e))
}

func (d *Desk) signIn(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	p := d.Catalog.Printer(d.tongue(form, r))
	t, err := d.Book.SignIn(r.Context(), organiser.Claim{Committee: form.Get("committee"), Name: seal.Hide(form.Get("name")), Password: seal.Hide(form.Get("password")),
		Code: seal.Hide(form.Get("code"))}, held(r), organiser.Device(form.Get("device")), p.Tag())
	list, f, err := problems(p, err)
	if err != nil {
		return err
	}
	if f != nil {
		e, err := d.entrance(r, p, form)
		if err != nil {
			return err
		}
		e.Problems = list
		return show(w, r, f, signInPage(e))
	}
	seat(w, t)
	return to(w, r, back(form.Get("back")))
}

// joining is the page behind an invitation.
type joining struct {
	Page
	action     string
	invitation organiser.Invitation
	name       string
	place      string
	device     string
	secret     organiser.Secret
	carried    string
	picture    picture
}

// askJoin is what an invitation opens: neutral, and the same whether there is such a link or not.
func (d *Desk) askJoin(w http.ResponseWriter, r *http.Request) error {
	p := d.Catalog.Printer(d.Tongue(r))
	page := d.outside(r, p, p.T("link.title"))
	return show(w, r, nil, askJoinPage(page, r.URL.EscapedPath()))
}

func (d *Desk) join(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	p := d.Catalog.Printer(d.tongue(form, r))
	t, ok := organiser.ParseToken(r.PathValue("token"))
	i, err := d.Book.Invited(r.Context(), t)
	if err != nil || !ok {
		return orGone(err)
	}
	j := joining{Page: d.outside(r, p, p.T("desk.join.title")), action: r.URL.EscapedPath(), invitation: i, name: form.Get("name"), place: form.Get("place"), device: form.Get("device")}
	if form.Get("act") != "join" {
		j.secret = organiser.NewSecret()
		return d.showJoin(w, r, j)
	}
	if j.secret, err = d.Book.Brought(r.Context(), i.ID, form.Get("carried")); err != nil {
		return err
	}
	applicant := organiser.Applicant{Name: seal.Hide(j.name), Place: organiser.Place(j.place), Password: seal.Hide(form.Get("password")), Secret: j.secret,
		Code: seal.Hide(form.Get("code")), Device: organiser.Device(j.device), Lang: p.Tag()}
	done, err := d.Book.Join(r.Context(), t, applicant)
	if misfits := d.Book.Misfits(applicant); err != nil && len(misfits) > 0 {
		return d.showJoin(w, r, j, misfits...)
	}
	if err != nil {
		return d.showJoin(w, r, j, err)
	}
	seat(w, done.Token)
	page := d.outside(r, p, p.T("desk.codes.title"))
	page.Languages = nil // the codes are told once
	return show(w, r, nil, codesPage(page, codes{list: done.Codes, joined: true}))
}

func (d *Desk) showJoin(w http.ResponseWriter, r *http.Request, j joining, refused ...error) (err error) {
	var status *fault.Error
	for _, each := range refused {
		list, f, err := problems(j.P, each)
		if err != nil {
			return err
		}
		status = cmp.Or(status, f)
		j.Problems = append(j.Problems, list...)
	}
	if j.carried, err = d.Book.Carried(r.Context(), j.invitation.ID, j.secret); err != nil {
		return err
	}
	if j.picture, err = drawn(j.secret); err != nil {
		return err
	}
	return show(w, r, status, joinPage(j))
}

var errGone = fault.New(fault.Gone, "fault.desk.invitation")

func orGone(err error) error {
	if err == nil {
		return errGone
	}
	return err
}
