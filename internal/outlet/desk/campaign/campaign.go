package campaign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/mailproof"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// Config is what the pages need of the installation.
type Config struct {
	Drafts *draft.Book
	Mail   *mailproof.Book
	Now    func() time.Time
	URL    string // public, without a slash at the end; empty while nobody has said it

	// Applied is what the installation tells of a case now, as letter.WriteDraft writes it; nil: nothing.
	Applied func(ctx context.Context, slug string) ([]byte, error)
	// Shown is what the public may see of a case; NotFound and Gone as on its page.
	Shown func(slug string) (*casefile.File, error)
	// Letters are those of a case that the public has been shown, in any state.
	Letters func(ctx context.Context, slug string) ([]*letter.Letter, error)
	// Begin makes a case's draft and gives it to the visitor's committee, in one transaction. A slug that is taken is a Conflict.
	Begin func(ctx context.Context, s organiser.Session, slug string, doc []byte) error
	// Number gives a letter the version under which it can be published.
	Number func(ctx context.Context, slug string, f *letter.File, today casefile.Date) error
	// Publish brings a campaign to the public, and says that a revision of its draft is what is public.
	Publish func(ctx context.Context, c *letter.Campaign, mark string, revision int) error
	// Begun tells whether the publication of that mark was begun and cut off, and nothing else has changed since.
	Begun func(ctx context.Context, slug, mark string) (bool, error)
	// Undo brings back what was public before the publication of a mark, if it is the last one; the draft says on what it said at a revision.
	Undo func(ctx context.Context, slug, mark string, head int, by string) error
	// Undoable tells until when the last publication can be undone, and its mark, also where it can't.
	Undoable func(ctx context.Context, slug string) (until time.Time, mark string, ok bool, err error)
	// Withhold takes a case's pages from the public at once.
	Withhold func(ctx context.Context, slug string) error
	// Discard deletes a committee's draft of which nothing was ever public, with all that hangs by it, if the document of that revision and SHA-256 is its newest; one that is
	// gone, or another's by now, is left alone. A Conflict for one that was public, or was changed.
	Discard func(ctx context.Context, c organiser.Committee, slug string, revision int, sha256 string) error
	// OpenSigning lets a letter that was published be signed.
	OpenSigning func(ctx context.Context, caseSlug, slug string) error
	// Preview writes the page that a campaign would have: the person's, or a letter's by its slug. text is the language of a letter's text that the interface lacks.
	Preview func(ctx context.Context, out io.Writer, tag, text lang.Tag, c *letter.Campaign, of string) error
	// Trial sends the mail of a signature to one address, unless take says that too many were sent, and TryCode takes its code: nothing is kept.
	Trial   func(ctx context.Context, typed string, tongue lang.Tag, take func(context.Context) error) (token string, err error)
	TryCode func(ctx context.Context, token, code string) error
	// ProofMail is the mail that carries a code of the proof that mail leaves.
	ProofMail func(tongue lang.Tag, code string) *mail.Message
	// PhotoBytes is a photograph that a case's draft names, by its hash, wherever it is kept; NotFound if it is not here any more.
	PhotoBytes func(ctx context.Context, slug, sum string) ([]byte, error)
	// Pictured is casefile.Problems where a campaign names a photograph that is not here, or of another size.
	Pictured func(ctx context.Context, f *casefile.File) error
	// Backup is the day of the last backup that this server made; empty if none is known of. nil: nobody knows.
	Backup func() string
}

// room is the pages. Safe for any goroutine.
type room struct {
	Config
	d     *desk.Desk
	seen  seen
	taken desk.Hourly // short names, as a committee was told
	begun desk.Hourly // campaigns, by a committee
	page  gathered
}

// root is where a campaign's pages are.
const root = desk.Root + "/c/{case}"

// Hang hangs the pages into a desk.
func Hang(d *desk.Desk, c Config) {
	o := &room{Config: c, d: d}
	d.Uploads("POST " + root + "/photo")
	for _, h := range []struct {
		act     organiser.Act
		pattern string
		handler desk.Handler
	}{
		{organiser.Edit, "GET " + newPath, o.askNew},
		{organiser.Edit, "POST " + newPath, o.makeNew},
		{organiser.Look, "GET " + root, o.list},
		{organiser.Edit, "GET " + root + "/texts", o.texts},
		{organiser.Edit, "GET " + root + "/texts/{tongue}", o.text},
		{organiser.Edit, "POST " + root + "/texts/{tongue}", o.saveText},
		{organiser.Edit, "GET " + root + "/ground", o.ground},
		{organiser.Edit, "POST " + root + "/ground", o.saveGround},
		{organiser.Edit, "GET " + root + "/photo", o.askPhoto},
		{organiser.Edit, "POST " + root + "/photo", o.savePhoto},
		{organiser.Look, "GET " + root + "/photo/{file}", o.picture},
		{organiser.Look, "GET " + root + "/preview", o.preview},
		{organiser.Look, "GET " + root + "/preview/page", o.previewPage},
		{organiser.Edit, "GET " + root + "/try", o.askTry},
		{organiser.Edit, "POST " + root + "/try", o.try},
		{organiser.Publish, "GET " + root + "/publish", o.askPublish},
		{organiser.Publish, "POST " + root + "/publish", o.publish},
		{organiser.Publish, "GET " + root + "/open", o.askOpen},
		{organiser.Publish, "POST " + root + "/open", o.open},
		{organiser.Withhold, "POST " + root + "/undo", o.undo},
		{organiser.Withhold, "POST " + root + "/withhold", o.withhold},
		{organiser.Delete, "GET " + root + "/discard", o.askDiscard},
		{organiser.Delete, "POST " + root + "/discard", o.discard},
		{organiser.Look, "GET " + root + "/spread", o.spread},
		{organiser.Edit, "GET " + root + "/settings", o.settings},
		{organiser.Edit, "POST " + root + "/settings", o.saveSettings},
		{organiser.Edit, "GET " + root + "/letter/new", o.askSecond},
		{organiser.Edit, "POST " + root + "/letter/new", o.makeSecond},
		{organiser.Edit, "GET " + mailPath, o.askMail},
		{organiser.Edit, "POST " + mailPath, o.mail},
	} {
		d.Require(h.act, h.pattern, h.handler)
	}
	d.Carries(organiser.Publish, o.carryPublish)
	d.Carries(organiser.ShowName, o.carryPublish)
	d.Carries(organiser.Withhold, o.carryWithhold)
	d.Carries(organiser.Delete, o.carryDiscard)
	d.Words(organiser.Delete, o.discardWords)
	d.Words(organiser.Publish, o.words)
	d.Words(organiser.ShowName, o.words)
	d.Words(organiser.Withhold, o.words)
	d.Today(o.today)
	d.Start(o.start)
	d.Calls(func(ctx context.Context, v *desk.Visit, slug string) string {
		a, err := o.load(ctx, v, slug)
		if err != nil { // the slug does for a name
			return ""
		}
		return a.name()
	})
}

var (
	errAbsent = fault.New(fault.NotFound, "fault.not_found")
	errMoved  = fault.New(fault.Conflict, "fault.campaign.moved")
	errForm   = fault.New(fault.Invalid, "fault.desk.form")

	errOvertaken = fault.New(fault.Conflict, "fault.campaign.overtaken")
)

// at is a campaign that somebody is at.
type at struct {
	v     *desk.Visit
	p     *lang.Printer
	slug  string
	draft draft.Draft
	c     *letter.Campaign
	rev   int // of which c is, where that is not the newest; 0: it is
}

// load is the newest draft of a case, brought up to what is applied; with draft.ErrDamaged it is a campaign that says nothing.
func (o *room) load(ctx context.Context, v *desk.Visit, slug string) (*at, error) {
	a := &at{v: v, p: v.P, slug: slug}
	applied, err := o.Applied(ctx, slug)
	if err != nil {
		return nil, err
	}
	if a.draft, err = o.Drafts.Open(ctx, slug, applied); err != nil {
		a.c = &letter.Campaign{}
		return a, err
	}
	a.c, err = letter.ReadDraft(a.draft.Doc)
	return a, err
}

func (o *room) visited(r *http.Request, v *desk.Visit) (*at, error) {
	return o.load(r.Context(), v, r.PathValue("case"))
}

// path is a page of the campaign's.
func (a *at) path(below string) string { return desk.Root + "/c/" + a.slug + below }

// name is how the person is called; the slug while nobody has said.
func (a *at) name() string {
	if name, _ := a.c.Name(a.p.Tag()); name != "" {
		return name
	}
	return a.slug
}

// based is the campaign as a form was filled in from: what somebody typed is laid on that, so that others' changes since are none of theirs. What is kept no more, or is damaged, is the newest.
func (o *room) based(ctx context.Context, a *at, base int) (*letter.Campaign, error) {
	if base != a.draft.Revision {
		switch rev, err := o.Drafts.At(ctx, a.slug, base); {
		case err == nil:
			return letter.ReadDraft(rev.Doc)
		case !fault.Is(err, fault.NotFound) && !errors.Is(err, draft.ErrDamaged):
			return nil, err
		}
	}
	return letter.ReadDraft(a.draft.Doc)
}

// base is the revision that a form says it was filled in from.
func base(form url.Values) int {
	n, err := strconv.Atoi(form.Get("base"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// autosaved tells a form that the script sent by itself.
func autosaved(r *http.Request) bool { return r.Header.Get("X-Requested-With") == "autosave" }

// saved answers the script: the revision from which it goes on.
func saved(w http.ResponseWriter, s draft.Saved) error {
	if len(s.Conflicts) > 0 {
		w.WriteHeader(http.StatusConflict)
		return nil
	}
	w.Header().Set("ETag", `"`+strconv.Itoa(s.Base)+`"`)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// show answers with a page; f says with what status, where something is wrong with its form.
func (o *room) show(w http.ResponseWriter, r *http.Request, f *fault.Error, page templ.Component) error {
	if f == nil {
		return o.d.Show(w, r, page)
	}
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	web.WriteStatus(w, f)
	_, err := w.Write(b.Bytes())
	return err
}

// said is a fault in words.
func said(p *lang.Printer, f *fault.Error) string {
	var args []any
	for k, v := range f.Args {
		args = append(args, k, v)
	}
	return p.T(f.Key, args...)
}

// told splits an error into what a form's reader can mend and what is ours.
func told(p *lang.Printer, err error) ([]ui.Problem, *fault.Error, error) {
	f := fault.Of(err)
	switch {
	case err == nil:
		return nil, nil, nil
	case f == nil || f.Field == "" && f.Kind != fault.Invalid && f.Kind != fault.Refused && f.Kind != fault.TooMany && f.Kind != fault.Locked && f.Kind != fault.Gone,
		f == organiser.ErrProve, organiser.IsNobody(err):
		return nil, nil, err
	}
	if f.Key == "fault.no_mail" { // in the words for who signs
		return []ui.Problem{{Text: p.T("fault.mailproof.no_mail")}}, f, nil
	}
	return []ui.Problem{{Field: f.Field, Text: said(p, f)}}, f, nil
}

// wrong is what stands beside a field.
func wrong(list []ui.Problem, field string) string {
	for _, p := range list {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// day is today (UTC).
func (o *room) day() casefile.Date {
	y, m, d := o.Now().UTC().Date()
	return casefile.Date{Year: y, Month: int(m), Day: d}
}

// typed is a text as somebody typed it, without the blanks around it: the ends of its lines are ours, and half a character is the sign for that. What may not stand in it, [unfit]
// tells.
func typed(s string) string { return strings.TrimSpace(ends.Replace(strings.ToValidUTF8(s, "\ufffd"))) }

// ends makes what other programs write at the end of a line, and at the beginning of a file, into what a text has.
var ends = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\ufeff", "")

// unfit finds the fields of a form that hold what no text may: a control, half a character, or an override of direction, by which a text reads as what it is not.
func unfit(p *lang.Printer, form url.Values) (bad []ui.Problem) {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		s := typed(form.Get(name))
		i := strings.IndexFunc(s, func(r rune) bool {
			return r != '\n' && r != '\t' && unicode.IsControl(r) || r >= 0xfffd && r <= 0xffff || r == 0x202d || r == 0x202e
		})
		if i >= 0 {
			r, _ := utf8.DecodeRuneInString(s[i:])
			bad = append(bad, ui.Problem{Field: name, Text: p.T("fault.campaign.character", "Code", fmt.Sprintf("U+%04X", r))})
		}
	}
	return bad
}

// line is typed of what stands on one line.
func line(s string) string { return strings.Join(strings.Fields(typed(s)), " ") }

// put sets a language of a text; nothing typed takes it out.
func put(t *casefile.Text, tag lang.Tag, s string) {
	if s == "" {
		delete(*t, tag)
		if len(*t) == 0 {
			*t = nil
		}
		return
	}
	if *t == nil {
		*t = casefile.Text{}
	}
	(*t)[tag] = s
}
