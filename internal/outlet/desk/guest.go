package desk

import (
	"net/http"
	"strings"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
)

// Guest hangs in a page for who is no organiser and brings a secret in the address: no session is asked, and the secret opens what the handler lets it open. A long form is not read
// before the handler reads it, by web.LongForm, once it knows the secret.
func (d *Desk) Guest(pattern string, h web.Handler) {
	_, path, _ := strings.Cut(pattern, " ")
	if !strings.HasPrefix(path, Root+"/t/{token}") {
		panic("desk: " + pattern + " is no page of a guest")
	}
	d.routes = append(d.routes, Route{pattern, ""})
	d.mux.Long(pattern, func(w http.ResponseWriter, r *http.Request) error {
		web.AddressHoldsSecret(w)
		return h(w, r)
	})
}

// GuestPage is the layout of such a page: nothing of the committee stands in it.
func (d *Desk) GuestPage(r *http.Request, p *lang.Printer, title string) Page {
	page := d.outside(r, p, title)
	page.Scripted = true
	return page
}

// Spoken is the printer of a language that a form names, or of the request's.
func (d *Desk) Spoken(r *http.Request, tag lang.Tag) *lang.Printer {
	if !d.Catalog.Has(tag) {
		tag = d.Tongue(r)
	}
	return d.Catalog.Printer(tag)
}
