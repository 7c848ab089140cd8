package campaign

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// discarding is the page before a draft goes for good.
type discarding struct {
	desk.Page
	a     *at
	still bool // it can go: nothing of it was ever public
}

var errSure = fault.New(fault.Invalid, "fault.desk.sure").At("sure")

func (o *room) discarding(r *http.Request, v *desk.Visit) (*discarding, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	applied, err := o.Applied(r.Context(), a.slug)
	return &discarding{Page: o.d.Frame(r, v, v.P.T("desk.campaign.discard.title")), a: a, still: applied == nil}, err
}

func (o *room) askDiscard(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := o.discarding(r, v)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, discardPage(p))
}

// discard decides that a draft goes. It asks for a tick, so that a slip of the thumb takes nothing away.
func (o *room) discard(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	p, err := o.discarding(r, v)
	if err != nil {
		return err
	}
	if p.still && form.Get("sure") != yes {
		list, f, err := told(v.P, errSure)
		if err != nil {
			return err
		}
		p.Problems = list
		return o.show(w, r, f, discardPage(p))
	}
	if !p.still {
		return errPublic
	}
	if form.Has("base") && base(form) != p.a.draft.Revision { // what was written since is looked at first
		p.Problems = []ui.Problem{{Text: said(v.P, errMoved)}}
		return o.show(w, r, errMoved, discardPage(p))
	}
	return o.d.Do(w, r, v, deed{Kind: kindDiscard, Revision: p.a.draft.Revision, SHA256: sum(p.a.draft.Doc)}.of(organiser.Delete, p.a.slug), desk.Root+"/")
}

var errPublic = fault.New(fault.Conflict, "fault.campaign.was_public")

// carryDiscard carries out what was decided; again, if it was cut off.
func (o *room) carryDiscard(ctx context.Context, e organiser.Errand) error {
	k, err := parse(e.Payload)
	if err != nil || k.Kind != kindDiscard {
		return errForm
	}
	return o.Discard(ctx, e.Committee, e.Object, k.Revision, k.SHA256)
}

// discardWords say what is deleted, to whoever decides on it.
func (o *room) discardWords(p *lang.Printer, _ organiser.Deed) templ.Component {
	return discardPart(p)
}
