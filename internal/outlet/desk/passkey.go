package desk

import (
	"encoding/json"
	"net/http"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
)

// keyring is the pages that ask passkeys.
type keyring struct {
	*Desk
	keys *organiser.Passkeys
}

// Passkeys hangs in the pages that ask passkeys. Of these two are doors: what to ask whoever is there, and the answer to it.
func (d *Desk) Passkeys(keys *organiser.Passkeys) {
	d.At = keys.At
	k := keyring{d, keys}
	d.door("POST "+Root+"/passkey/ask", k.ask)
	d.door("POST "+Root+"/in/passkey", k.signIn)
	d.Require(organiser.Prove, "POST "+Root+"/prove/passkey", k.prove)
	d.Require(organiser.Own, "POST "+Root+"/ways/passkey/ask", k.begin)
	d.Require(organiser.Own, "POST "+Root+"/ways/passkey", k.add)
	d.Require(organiser.Own, "POST "+Root+"/ways/passkey/drop", k.drop)
}

// tell gives the page's script what to ask.
func tell(w http.ResponseWriter, c organiser.Ceremony) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(struct {
		Token   string          `json:"token"`
		Options json.RawMessage `json:"options"`
	}{c.Sealed, c.Options})
}

// given is what a page's script brings back: the question, sealed, and the answer.
func given(w http.ResponseWriter, r *http.Request) (sealed, answer string, err error) {
	form, err := web.Form(w, r)
	if err != nil {
		return "", "", err
	}
	if sealed = form.Get("ceremony"); sealed == "" {
		return "", "", errForm
	}
	return sealed, form.Get("answer"), nil
}

func (k keyring) ask(w http.ResponseWriter, r *http.Request) error {
	c, err := k.keys.Ask(r.Context(), r.Host)
	if err != nil {
		return err
	}
	return tell(w, c)
}

func (k keyring) signIn(w http.ResponseWriter, r *http.Request) error {
	sealed, answer, err := given(w, r)
	if err != nil {
		return err
	}
	form := r.PostForm
	p := k.Catalog.Printer(k.tongue(form, r))
	t, err := k.keys.SignIn(r.Context(), r.Host, sealed, answer, held(r), organiser.Device(form.Get("device")), p.Tag())
	list, f, err := problems(p, err)
	switch {
	case err != nil:
		return err
	case f != nil:
		e, err := k.entrance(r, p, form)
		if err != nil {
			return err
		}
		e.Problems = list
		return show(w, r, f, signInPage(e))
	}
	seat(w, t)
	return to(w, r, back(form.Get("back")))
}

func (k keyring) prove(w http.ResponseWriter, r *http.Request, v *Visit) error {
	sealed, answer, err := given(w, r)
	if err != nil {
		return err
	}
	t, err := k.keys.Prove(r.Context(), v.Session, r.Host, sealed, answer)
	list, f, err := problems(v.P, err)
	switch {
	case err != nil:
		return err
	case f != nil:
		if err := k.Book.Noted(r.Context(), v.Session, organiser.Prove, "wrong"); err != nil {
			return err
		}
		page, err := k.proving(r, v, r.PostForm.Get("back"))
		if err != nil {
			return err
		}
		page.Problems = list
		return show(w, r, f, provePage(page))
	}
	seat(w, t)
	return to(w, r, back(r.PostForm.Get("back")))
}

func (k keyring) begin(w http.ResponseWriter, r *http.Request, v *Visit) error {
	c, err := k.keys.New(r.Context(), v.Session, r.Host)
	if err != nil {
		return err
	}
	return tell(w, c)
}

func (k keyring) add(w http.ResponseWriter, r *http.Request, v *Visit) error {
	sealed, answer, err := given(w, r)
	if err != nil {
		return err
	}
	if err := k.keys.Add(r.Context(), v.Session, r.Host, sealed, answer, seal.Hide(r.PostForm.Get("label"))); err != nil {
		return k.showWays(w, r, v, err)
	}
	return to(w, r, Root+"/ways")
}

func (k keyring) drop(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	if err := k.keys.Drop(r.Context(), v.Session, form.Get("id")); err != nil {
		return err
	}
	return to(w, r, Root+"/ways")
}
