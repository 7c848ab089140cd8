package campaign

import (
	"net/http"
	"strings"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
)

const mailPath = desk.Root + "/mail"

// mailing is the page that proves that mail leaves this server.
type mailing struct {
	desk.Page
	proven           string // the day; empty: not yet
	id               string // of a test that waits for its codes
	first, second    string // as typed: addresses, then codes
	codeOne, codeTwo string
	done             bool // just now
}

func (o *room) mailing(r *http.Request, v *desk.Visit) (*mailing, error) {
	m := &mailing{Page: o.d.Frame(r, v, v.P.T("desk.campaign.mail.title"))}
	var err error
	m.proven, err = o.Mail.Proven(r.Context())
	return m, err
}

func (o *room) askMail(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	m, err := o.mailing(r, v)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, mailPage(m))
}

// mail sends the two test mails, or takes their codes.
func (o *room) mail(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	m, err := o.mailing(r, v)
	if err != nil {
		return err
	}
	if m.id = form.Get("test"); m.id == "" {
		m.first, m.second = lang.Bounded(strings.TrimSpace(form.Get("first")), 254), lang.Bounded(strings.TrimSpace(form.Get("second")), 254)
		m.id, err = o.Mail.Begin(r.Context(), v.Committee.ID, seal.Hide(m.first), seal.Hide(m.second), func(code string) *mail.Message { return o.ProofMail(v.P.Tag(), code) })
	} else {
		m.codeOne, m.codeTwo = line(form.Get("first")), line(form.Get("second"))
		if err = o.Mail.Prove(r.Context(), m.id, m.codeOne, m.codeTwo); err == nil {
			m.done, m.proven, m.id = true, o.day().String(), ""
		}
	}
	list, f, err := told(v.P, err)
	if err != nil {
		return err
	}
	if m.Problems = list; f != nil {
		if f.Kind == fault.Gone || f.Field == "" { // begin again
			m.id = ""
		}
		return o.show(w, r, f, mailPage(m))
	}
	return o.show(w, r, nil, mailPage(m))
}
