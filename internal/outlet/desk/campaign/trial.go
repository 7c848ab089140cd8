package campaign

import (
	"context"
	"net/http"
	"strings"

	"outcry/internal/core/mailproof"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
)

// trying is the page of a signature that nobody counts.
type trying struct {
	desk.Page
	a      *at
	token  string // of the mail that was sent; empty: none yet
	email  string
	tongue lang.Tag
	code   string
	done   bool
}

func (o *room) trying(r *http.Request, v *desk.Visit) (*trying, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	return &trying{Page: o.d.Frame(r, v, v.P.T("desk.campaign.try.title")), a: a, tongue: v.P.Tag()}, nil
}

func (o *room) askTry(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	t, err := o.trying(r, v)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, tryPage(t))
}

// try sends the mail, or takes its code. The address is in memory while its mail is sent, and comes back in no page.
func (o *room) try(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	t, err := o.trying(r, v)
	if err != nil {
		return err
	}
	if tag := lang.Tag(form.Get("tongue")); o.d.Catalog.Has(tag) {
		t.tongue = tag
	}
	if form.Get("token") == "" {
		t.email = lang.Bounded(strings.TrimSpace(form.Get("email")), 254)
		t.token, err = o.Trial(r.Context(), t.email, t.tongue, func(ctx context.Context) error { return o.Mail.Take(ctx, v.Committee.ID, mailproof.Trial) })
	} else {
		t.token, t.code = form.Get("token"), line(form.Get("code"))
		if err = o.TryCode(r.Context(), t.token, t.code); err == nil {
			t.done = true
			o.seen.mark(t.a.slug, tried)
		}
	}
	list, f, err := told(v.P, err)
	if err != nil {
		return err
	}
	if t.Problems = list; f != nil {
		if f.Kind == fault.Gone { // ask for another
			t.token, t.code = "", ""
		}
		return o.show(w, r, f, tryPage(t))
	}
	return o.show(w, r, nil, tryPage(t))
}
