package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// deed is what is decided here, as its payload says it.
type deed struct {
	Kind     string   `json:"kind"`
	Revision int      `json:"revision,omitempty"` // of the draft: what is published
	SHA256   string   `json:"sha256,omitempty"`   // of its document: what was approved is what is published
	Over     string   `json:"over,omitempty"`     // SHA-256 of what it takes the place of; empty: of nothing
	Public   int      `json:"public,omitempty"`   // the revision of which that was
	Names    []string `json:"names,omitempty"`    // of others, which the public has not read so far: the act is organiser.ShowName
	More     bool     `json:"more,omitempty"`     // and further ones
	Mark     string   `json:"mark,omitempty"`     // of undoing: the publication that is undone
	Letter   string   `json:"letter,omitempty"`   // of opening: its slug
	Title    string   `json:"title,omitempty"`    // and its title, for whoever approves
}

// namesMost is how many names a deed lists, each of so many characters at the most: so that they stand in any payload.
const (
	namesMost    = 40
	nameMostSize = 120
)

// titleMostSize is how many bytes of a letter's title stand in a deed.
const (
	titleMostSize = 600
)

const (
	kindPublish  = "publish"
	kindOpen     = "open"
	kindUndo     = "undo"
	kindWithhold = "withhold"
	kindDiscard  = "discard" // of organiser.Delete
)

func (k deed) of(a organiser.Act, slug string) organiser.Deed {
	payload, _ := json.Marshal(k) // words and a number
	return organiser.Deed{Act: a, Object: slug, Payload: payload}
}

func parse(payload []byte) (k deed, err error) {
	if json.Unmarshal(payload, &k) != nil {
		return k, errForm
	}
	return k, nil
}

// publishing is the page before it.
type publishing struct {
	desk.Page
	a        *at
	problems casefile.Problems // for which it can't be published
	lacking  []gap             // languages that are not whole
	ground   bool
	grounds  []casefile.Ground
	proven   bool             // mail is
	second   organiser.Second // the person for whom it may have to wait
	public   bool             // it is already, and this changes it
	checked  bool             // that the page was compared with its sources is ticked
}

// ready is a draft as it would be published now.
func (o *room) ready(ctx context.Context, a *at, checked bool) (*letter.Campaign, error) {
	c, err := letter.ReadDraft(a.draft.Doc)
	if err != nil {
		return nil, err
	}
	c.Case.Publication.Level = casefile.Public
	if c.Case.State == casefile.Withheld {
		c.Case.State = casefile.Open
	}
	if checked {
		c.Case.Checked = o.day()
	}
	for i := range c.Letters {
		l := &c.Letters[i]
		if l.State == "" || l.State == letter.Draft {
			l.State = letter.Open
		}
		if err := o.Number(ctx, a.slug, l, o.day()); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (o *room) publishing(r *http.Request, v *desk.Visit, checked bool) (p *publishing, c *letter.Campaign, err error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, nil, err
	}
	if c, err = o.ready(r.Context(), a, checked); err != nil {
		return nil, nil, err
	}
	p = &publishing{Page: o.d.Frame(r, v, v.P.T("desk.campaign.publish.title")), a: a, ground: grounded(c, o.day()), grounds: c.Grounds(o.day()), checked: checked}
	p.lacking = gaps(c)
	if p.ground && len(p.lacking) == 0 { // else these follow from that
		p.problems = c.Check()
		missing, wrong := o.Pictured(r.Context(), &c.File).(casefile.Problems) // what else is wrong will be told when it is carried out
		if wrong {
			p.problems = append(p.problems, missing...)
		}
	}
	day, err := o.Mail.Proven(r.Context())
	if err != nil {
		return nil, nil, err
	}
	_, was, err := o.public(r.Context(), a.slug)
	if err != nil {
		return nil, nil, err
	}
	if p.second, err = o.d.Book.Second(r.Context(), v.Session, actOf(c, was)); err != nil {
		return nil, nil, err
	}
	_, shown := o.Shown(a.slug)
	p.proven, p.public = day != "", shown == nil
	return p, c, nil
}

// actOf is the act that publishing is: where it names others for the first time it is a graver one.
func actOf(c *letter.Campaign, was *casefile.File) organiser.Act {
	if len(c.NewNames(was)) > 0 {
		return organiser.ShowName
	}
	return organiser.Publish
}

// approvers says who may approve it: who joined in the last days may not, where others have been here longer.
func (p *publishing) approvers() string {
	switch {
	case p.second.May > 0:
		return p.P.N("desk.campaign.publish.pair_may", p.second.May)
	case p.second.From != "":
		return p.P.T("desk.campaign.publish.pair_from", "Day", dayWords(p.P, p.second.From))
	}
	return p.P.T("desk.campaign.publish.pair_none")
}

// can tells whether nothing is in the way.
func (p *publishing) can() bool { return len(p.problems) == 0 && len(p.lacking) == 0 && p.ground }

func (o *room) askPublish(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, _, err := o.publishing(r, v, false)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, publishPage(p))
}

// publish puts down what was read, as one more revision, and has it published or proposed. What somebody changed since it was read is read again first.
func (o *room) publish(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	p, c, err := o.publishing(r, v, form.Get("checked") == "yes")
	if err != nil {
		return err
	}
	if base(form) != p.a.draft.Revision {
		p.Problems = []ui.Problem{{Text: said(v.P, errMoved)}}
		return o.show(w, r, errMoved, publishPage(p))
	}
	if !p.can() {
		f := fault.New(fault.Invalid, "fault.campaign.problems")
		p.Problems = []ui.Problem{{Text: said(v.P, f)}}
		return o.show(w, r, f, publishPage(p))
	}
	s, err := o.Drafts.Save(r.Context(), p.a.slug, p.a.draft.Revision, letter.WriteDraft(c), string(v.Role))
	if err != nil {
		return err
	}
	if len(s.Conflicts) > 0 || s.Merged {
		return errMoved
	}
	over, was, err := o.public(r.Context(), p.a.slug)
	if err != nil {
		return err
	}
	k := deed{Kind: kindPublish, Revision: s.Draft.Revision, SHA256: sum(s.Draft.Doc), Over: over, Public: s.Draft.Published}
	act := actOf(c, was)
	if names := c.NewNames(was); len(names) > 0 {
		k.More = len(names) > namesMost
		for _, name := range names[:min(len(names), namesMost)] {
			k.Names = append(k.Names, lang.Bounded(name, nameMostSize))
		}
	}
	return o.d.Do(w, r, v, k.of(act, p.a.slug), p.a.path(""))
}

// public is what the installation tells of a case now, and what stands for it in a deed; nil and empty: nothing. The committee's key is not part of it: a publication leaves
// that as it is.
func (o *room) public(ctx context.Context, slug string) (over string, was *casefile.File, err error) {
	doc, err := o.Applied(ctx, slug)
	if err != nil || len(doc) == 0 {
		return "", nil, err
	}
	c, err := letter.ReadDraft(doc)
	if err != nil {
		return "", nil, err
	}
	c.Campaign.NewsRecipient = ""
	return sum(letter.WriteDraft(c)), &c.File, nil
}

func sum(doc []byte) string {
	h := sha256.Sum256(doc)
	return hex.EncodeToString(h[:])
}

// opening is the page before a letter that was published can be signed.
type opening struct {
	desk.Page
	a       *at
	proven  bool
	letters []*letter.Letter // that are paused
}

func (o *room) opening(r *http.Request, v *desk.Visit) (*opening, error) {
	a, err := o.visited(r, v)
	if err != nil {
		return nil, err
	}
	p := &opening{Page: o.d.Frame(r, v, v.P.T("desk.campaign.open.title")), a: a}
	day, err := o.Mail.Proven(r.Context())
	if err != nil {
		return nil, err
	}
	p.proven = day != ""
	all, err := o.Letters(r.Context(), a.slug)
	for _, l := range all {
		if l.State == letter.Paused {
			p.letters = append(p.letters, l)
		}
	}
	return p, err
}

func (o *room) askOpen(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := o.opening(r, v)
	if err != nil {
		return err
	}
	return o.show(w, r, nil, openPage(p))
}

func (o *room) open(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	p, err := o.opening(r, v)
	if err != nil {
		return err
	}
	for _, l := range p.letters {
		if l.Slug == form.Get("letter") {
			return o.d.Do(w, r, v, deed{Kind: kindOpen, Letter: l.Slug, Title: lang.Bounded(titleOf(v.P, l), titleMostSize)}.of(organiser.Publish, p.a.slug), p.a.path(""))
		}
	}
	return errAbsent
}

// undo takes the last publication back, within ten minutes, if it is the one that the page showed; withhold takes the pages down at any time. Both are done at once, by one person.
func (o *room) undo(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	d, err := o.Drafts.Draft(r.Context(), r.PathValue("case"))
	if err != nil && !errors.Is(err, draft.ErrDamaged) {
		return err
	}
	_, mark, _, err := o.Undoable(r.Context(), d.Slug)
	switch {
	case err != nil:
		return err
	case form.Has("mark") && form.Get("mark") != mark:
		return errMoved
	}
	return o.d.Do(w, r, v, deed{Kind: kindUndo, Revision: d.Revision, Mark: mark}.of(organiser.Withhold, d.Slug), desk.Root+"/c/"+d.Slug)
}

func (o *room) withhold(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	slug := r.PathValue("case")
	return o.d.Do(w, r, v, deed{Kind: kindWithhold}.of(organiser.Withhold, slug), desk.Root+"/c/"+slug)
}

// carryPublish carries out what was decided; again, if it was cut off.
func (o *room) carryPublish(ctx context.Context, e organiser.Errand) error {
	k, err := parse(e.Payload)
	if err != nil {
		return err
	}
	switch k.Kind {
	case kindOpen:
		return o.OpenSigning(ctx, e.Object, k.Letter)
	case kindPublish:
		rev, err := o.Drafts.At(ctx, e.Object, k.Revision)
		if err != nil {
			return err
		}
		c, err := letter.ReadDraft(rev.Doc)
		if err != nil {
			return err
		}
		if sum(rev.Doc) != k.SHA256 || c.Case.Slug != e.Object {
			return errMoved
		}
		if err := o.unmoved(ctx, e, k); err != nil {
			return err
		}
		err = o.Publish(ctx, c, e.ID, k.Revision)
		if _, wrong := err.(casefile.Problems); wrong { // their words are for whoever wrote it: the page before publishing shows them
			return fault.New(fault.Invalid, "fault.campaign.problems")
		}
		return err
	}
	return errForm
}

// unmoved refuses to put a revision in the place of something else than what it was decided over: who has taken the pages back meanwhile, paused a letter, or applied a file
// that says that somebody agrees no more, is not overruled by a proposal that had waited.
func (o *room) unmoved(ctx context.Context, e organiser.Errand, k deed) error {
	over, _, err := o.public(ctx, e.Object)
	if err != nil || over == k.Over {
		return err
	}
	begun, err := o.Begun(ctx, e.Object, e.ID)
	if err == nil && !begun {
		err = errOvertaken
	}
	return err
}

func (o *room) carryWithhold(ctx context.Context, e organiser.Errand) error {
	k, err := parse(e.Payload)
	if err != nil {
		return err
	}
	switch k.Kind {
	case kindUndo:
		return o.Undo(ctx, e.Object, k.Mark, k.Revision, string(e.Role))
	case kindWithhold:
		return o.Withhold(ctx, e.Object)
	}
	return errForm
}

// words say what a deed of ours is, to whoever decides on it.
func (o *room) words(p *lang.Printer, d organiser.Deed) templ.Component {
	k, err := parse(d.Payload)
	if err != nil {
		return templ.NopComponent
	}
	return wordsPart(p, d.Object, k)
}

// changesPath is the page of what a publication changes: exactly of what was decided, whatever the draft says by now.
func (k deed) changesPath(slug string) string {
	revision := strconv.Itoa(k.Revision)
	if k.Public == 0 {
		return campaignPath(slug) + "/history/" + revision
	}
	return campaignPath(slug) + "/history/compare?from=" + strconv.Itoa(k.Public) + "&to=" + revision
}

// due is when the count is next due, of letters that can be signed; zero: none can.
func due(list []*letter.Letter, now time.Time) (at time.Time) {
	for _, l := range list {
		if by := l.Pace.CountedBy(now); l.State == letter.Open && (at.IsZero() || by.Before(at)) {
			at = by
		}
	}
	return at
}

// place names where a problem stands, by the labels of the forms: the part, with its number in a list, then the field and the language.
func place(p *lang.Printer, path string) string {
	steps := strings.Split(path, ".")
	word := func(step string) (label string) {
		step, _, _ = strings.Cut(step, "[")
		for _, key := range []string{"desk.review.part." + step, "desk.casework.part." + step, "desk.review.field." + step, "desk.casework.field." + step, "desk.tongues.field." + step} {
			if p.Has(key) {
				return p.T(key)
			}
		}
		return ""
	}
	part := word(steps[0])
	if _, number, listed := strings.Cut(steps[0], "["); listed {
		if n, err := strconv.Atoi(strings.TrimSuffix(number, "]")); err == nil {
			part = p.T("desk.casework.row", "Label", part, "Number", p.Number(int64(n+1)))
		}
	}
	var within []string
	for i := len(steps) - 1; i > 0 && len(within) < 2; i-- {
		label := word(steps[i])
		if tag, ok := lang.Canonical(steps[i]); ok && label == "" && i == len(steps)-1 && !strings.HasSuffix(steps[i-1], "]") { // the id of one of a list is not Indonesian
			label = lang.Endonym(tag)
			within = append(within, label)
			continue
		}
		if label != "" {
			within = append([]string{label}, within...)
			break
		}
	}
	if len(within) == 0 {
		return part
	}
	return p.T("desk.review.named", "Part", part, "Name", p.Series(within))
}
