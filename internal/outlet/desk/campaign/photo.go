package campaign

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/photo"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// picturing is the page of the person's photograph.
type picturing struct {
	desk.Page
	a       *at
	base    int
	photo   *casefile.Photo // as it stands in the draft, with what was typed; nil: none
	alt     casefile.Text
	credit  casefile.Text
	plain   bool // decorative
	cleaned bool // a file was taken just now
	profile bool // it had colours of its own
	agreed  bool // the ground is for photographs too
	gone    bool // it is named, and not here any more
	damaged bool // it is here, and does not open
}

// picturePath is where the desk shows the draft's photograph, which nobody else can ask for yet.
func (a *at) picturePath(sum string) string {
	path := a.path("/photo/" + sum + ".jpg")
	if a.rev > 0 {
		path += "?revision=" + strconv.Itoa(a.rev)
	}
	return path
}

func (o *room) picturing(r *http.Request, v *desk.Visit) (*picturing, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	p := &picturing{Page: o.d.Frame(r, v, v.P.T("desk.campaign.photo.title")), a: a, base: a.draft.Revision, photo: a.c.Person.Photo}
	if p.photo != nil {
		p.alt, p.credit, p.plain = p.photo.Alt, p.photo.Credit, p.photo.Decorative
		if p.gone, err = o.unpictured(r.Context(), a.c); err != nil {
			return nil, err
		}
		if p.gone {
			_, err := o.PhotoBytes(r.Context(), a.slug, p.photo.SHA256)
			p.damaged = fault.Is(err, fault.Gone)
		}
	}
	for _, g := range a.c.Grounds(o.day()) {
		p.agreed = p.agreed || g.Necessity != nil
		if g.Consent != nil && g.State != casefile.GroundLapsed {
			for _, s := range g.Consent.Scope {
				p.agreed = p.agreed || s == casefile.ScopePhoto
			}
		}
	}
	return p, nil
}

// unpictured tells whether a campaign names a photograph that is not here any more: a purge took it, or it is damaged.
func (o *room) unpictured(ctx context.Context, c *letter.Campaign) (bool, error) {
	err := o.Pictured(ctx, &c.File)
	if _, gone := err.(casefile.Problems); gone {
		return true, nil
	}
	return false, err
}

func (o *room) askPhoto(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := o.picturing(r, v)
	if err != nil {
		return err
	}
	p.cleaned, p.profile = r.URL.Query().Has("cleaned"), r.URL.Query().Get("cleaned") == "colours"
	return o.show(w, r, nil, photoPage(p))
}

// savePhoto takes a file, what is to be seen on it, and whose it is. The file's pixels are written anew before anything is kept; the name under which it came is not read.
func (o *room) savePhoto(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	up, err := web.Upload(w, r, photo.Field, photo.FileMost)
	if err != nil {
		return o.unsaved(w, r, v, nil, err)
	}
	p, err := o.picturing(r, v)
	if err != nil {
		return err
	}
	from := base(up.Form)
	c, err := o.based(r.Context(), p.a, from)
	if err != nil {
		return err
	}
	done := ""
	if up.Form.Get("act") == "out" {
		c.Person.Photo = nil
	} else {
		if p.read(v, c, up.Form); len(up.File) > 0 && len(p.Problems) == 0 {
			taken, err := photo.Read(bytes.NewReader(up.File))
			if err != nil {
				return o.unsaved(w, r, v, p, err)
			}
			if err := o.Drafts.KeepPhoto(r.Context(), p.a.slug, taken); err != nil {
				return o.unsaved(w, r, v, p, err)
			}
			c.Person.Photo = casefile.PhotoOf(&taken)
			done = "?cleaned"
			if taken.Profile {
				done = "?cleaned=colours"
			}
		} else if len(up.File) == 0 && c.Person.Photo == nil {
			p.Problems = append(p.Problems, ui.Problem{Field: photo.Field, Text: v.P.T("fault.campaign.photo_none")})
		}
		if len(p.Problems) > 0 {
			if len(up.File) > 0 { // no page can bring it back
				p.Problems = append([]ui.Problem{{Field: photo.Field, Text: v.P.T("fault.campaign.photo_again")}}, p.Problems...)
			}
			p.base = from
			return o.show(w, r, fault.New(fault.Invalid, "fault.invalid"), photoPage(p))
		}
		c.Person.Photo.Alt, c.Person.Photo.Credit, c.Person.Photo.Decorative = p.alt, p.credit, p.plain
	}
	s, err := o.Drafts.Save(r.Context(), p.a.slug, from, letter.WriteDraft(c), string(v.Role))
	switch {
	case err != nil:
		return err
	case len(s.Conflicts) > 0:
		return o.unsaved(w, r, v, nil, fault.New(fault.Conflict, "fault.campaign.clash_ground").At(photo.Field))
	}
	return to(w, r, p.a.path("/photo")+done)
}

// unsaved shows the page with what is wrong with a file, or what somebody else did meanwhile.
func (o *room) unsaved(w http.ResponseWriter, r *http.Request, v *desk.Visit, p *picturing, err error) error {
	list, f, err := told(v.P, err)
	if err != nil || f == nil {
		return err
	}
	if p == nil {
		if p, err = o.picturing(r, v); err != nil {
			return err
		}
	}
	p.Problems = list
	return o.show(w, r, f, photoPage(p))
}

// read reads the words beside a picture, or says what is missing.
func (p *picturing) read(v *desk.Visit, c *letter.Campaign, form url.Values) {
	p.alt, p.credit, p.plain = nil, nil, form.Get("plain") == "yes"
	p.Problems = unfit(v.P, form)
	for i, tag := range c.Campaign.Languages {
		t := string(tag)
		alt, credit := line(form.Get("alt-"+t)), line(form.Get("credit-"+t))
		put(&p.alt, tag, alt)
		put(&p.credit, tag, credit)
		switch {
		case len(alt) > shortMost || len(credit) > shortMost:
			p.Problems = append(p.Problems, ui.Problem{Field: "alt-" + t, Text: v.P.T("fault.campaign.long", "Most", v.P.Number(shortMost/2))})
		case alt == "" && !p.plain:
			p.Problems = append(p.Problems, ui.Problem{Field: "alt-" + t, Text: v.P.T("fault.campaign.photo_alt", "Language", lang.Endonym(tag))})
		case credit == "" && !p.plain && i == 0:
			p.Problems = append(p.Problems, ui.Problem{Field: "credit-" + t, Text: v.P.T("fault.campaign.photo_credit")})
		}
	}
	if p.plain {
		p.alt = nil
	}
}

// picture is the draft's photograph: for the preview, and for who looks at what was kept.
func (o *room) picture(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.previewed(r, v)
	if err != nil {
		return err
	}
	p := a.c.Person.Photo
	if p == nil || r.PathValue("file") != p.SHA256+".jpg" {
		return errAbsent
	}
	b, err := o.PhotoBytes(r.Context(), a.slug, p.SHA256)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/jpeg")
	if r.Method == http.MethodHead {
		return nil
	}
	_, err = w.Write(b)
	return err
}

// pictured leads a previewed page's photograph to where the desk shows it: its own address is nobody's before it is public.
func pictured(a *at, page []byte) []byte {
	p := a.c.Person.Photo
	if p == nil {
		return page
	}
	return bytes.ReplaceAll(page, []byte(casefile.PhotoPath(a.slug, p)), []byte(a.picturePath(p.SHA256)))
}
