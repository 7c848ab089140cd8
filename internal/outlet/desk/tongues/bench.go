package tongues

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// Config is what the translation desk needs.
type Config struct {
	Drafts *draft.Book
	// Applied is what the installation tells of a case, as a draft keeps it; nil if it tells nothing yet.
	Applied func(ctx context.Context, slug string) ([]byte, error)
	// Stops are what those who bind the campaign have stopped; nil: nothing.
	Stops func(ctx context.Context, slug string) ([]casefile.Stop, error)
	Now   func() time.Time
}

// bench is the translation desk.
type bench struct {
	Config
	desk  *desk.Desk
	forms desk.Hourly // that came by a private link
}

// Hang hangs the pages in.
func Hang(d *desk.Desk, c Config) {
	b := &bench{Config: c, desk: d}
	const root = desk.Root + "/c/{case}/languages"
	d.Uploads("POST " + root + "/{tongue}/file")
	d.Require(organiser.Translate, "GET "+root, b.overview)
	d.Require(organiser.Translate, "POST "+root, b.add)
	d.Require(organiser.Translate, "GET "+root+"/{tongue}", b.editor)
	d.Require(organiser.Translate, "POST "+root+"/{tongue}", b.edit)
	d.Require(organiser.Translate, "GET "+root+"/{tongue}/file", b.takeAlong)
	d.Require(organiser.Translate, "POST "+root+"/{tongue}/file", b.bringBack)
	d.Require(organiser.Edit, "GET "+root+"/{tongue}/offer", b.askOffer)
	d.Require(organiser.Edit, "POST "+root+"/{tongue}/offer", b.decideOffer)
	d.Require(organiser.Edit, "GET "+root+"/{tongue}/links", b.links)
	d.Require(organiser.Edit, "POST "+root+"/{tongue}/links", b.link)
	d.Today(b.today)
	d.Guest("GET "+guestPath+"{token}", b.askGuest)
	d.Guest("POST "+guestPath+"{token}", b.guest)
}

const guestPath = desk.Root + "/t/"

var (
	errAbsent  = fault.New(fault.NotFound, "fault.not_found")
	errTongue  = fault.New(fault.Invalid, "fault.tongues.tongue").At("tongue")
	errThere   = fault.New(fault.Conflict, "fault.tongues.there").At("tongue")
	errOnly    = fault.New(fault.Conflict, "fault.tongues.only")
	errNothing = fault.New(fault.Conflict, "fault.tongues.nothing")
	errSure    = fault.New(fault.Invalid, "fault.tongues.sure").At("sure")
	errFile    = fault.New(fault.Invalid, "fault.tongues.file").At("file")
	errLater   = fault.New(fault.Gone, "fault.tongues.later")
	errForms   = fault.New(fault.TooMany, "fault.tongues.pulse")
)

// open is the draft of a case, brought up to what the installation tells; NotFound if there is none.
func (b *bench) open(ctx context.Context, slug string) (draft.Draft, error) {
	applied, err := b.Applied(ctx, slug)
	if err != nil {
		return draft.Draft{}, err
	}
	return b.Drafts.Open(ctx, slug, applied)
}

func (b *bench) stops(ctx context.Context, slug string) ([]casefile.Stop, error) {
	if b.Stops == nil {
		return nil, nil
	}
	return b.Stops(ctx, slug)
}

// base is a case's page of languages.
func base(slug string) string { return desk.Root + "/c/" + slug + "/languages" }

func (w *work) path() string { return base(w.slug) + "/" + string(w.tag) }

// tongueOf is the language that an address names: one that there is for the case.
func (b *bench) tongueOf(r *http.Request) (lang.Tag, error) {
	tag := lang.Tag(r.PathValue("tongue"))
	if known, ok := lang.Canonical(string(tag)); !ok || known != tag {
		return "", errAbsent
	}
	return tag, nil
}

// visit reads the language that a request is about.
func (b *bench) visit(r *http.Request, from lang.Tag) (*work, error) {
	tag, err := b.tongueOf(r)
	if err != nil {
		return nil, err
	}
	w, err := b.look(r.Context(), r.PathValue("case"), tag, from)
	if err == nil && !w.offered && !w.begun {
		err = errAbsent
	}
	return w, err
}

// newHand names an open page.
func newHand() string {
	b := make([]byte, 8)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// asked is which pieces a page shows.
type asked struct {
	show string // all, todo, missing, stale, clash
	part string // of the campaign; empty: all
	from lang.Tag
	page int // from 1
}

// shows are what can be asked for.
var shows = []string{"todo", "all", "missing", "stale", "clash"}

func askedOf(v url.Values) asked {
	a := asked{show: v.Get("show"), part: v.Get("part"), page: 1}
	if !slices.Contains(shows, a.show) {
		a.show = "all"
	}
	if !slices.Contains(order, a.part) {
		a.part = ""
	}
	if tag, ok := lang.Canonical(v.Get("from")); ok {
		a.from = tag
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil {
		a.page = max(n, 1)
	}
	return a
}

// wants tells whether a piece is asked for.
func (a asked) wants(p *piece) bool {
	if a.part != "" && p.steps[0].name != a.part {
		return false
	}
	clash := len(p.aside) > 0
	switch a.show {
	case "missing":
		return p.state == Missing
	case "stale":
		return p.state == Stale
	case "clash":
		return clash
	case "todo":
		return p.state != Done || clash || len(p.says) > 0
	}
	return true
}

const (
	piecesMost = 12       // on a page
	bytesMost  = 24 << 10 // of them
)

// sheets cuts what is asked for into pages, each no longer than a telephone takes well; a long letter is a page of its own.
func (w *work) sheets(a asked) (pages [][]*piece) {
	var page []*piece
	size := 0
	for i := range w.pieces {
		p := &w.pieces[i]
		if !a.wants(p) {
			continue
		}
		n := len(p.source) + len(p.target)
		if len(page) > 0 && (len(page) >= piecesMost || size+n > bytesMost) {
			pages, page, size = append(pages, page), nil, 0
		}
		page, size = append(page, p), size+n
	}
	if len(page) > 0 {
		pages = append(pages, page)
	}
	return pages
}

// entries are what a form says of pieces; each is named by the digest of its path.
func (w *work) entries(form url.Values) (list []entry) {
	for i := range w.pieces {
		p := &w.pieces[i]
		id := p.id()
		if !form.Has("t-" + id) {
			continue
		}
		e := entry{path: p.path, text: form.Get("t-" + id), was: form.Get("w-" + id)}
		if form.Get("right") == id || form.Get("act") == "all_right" && p.state == Stale {
			e.right = true
		}
		if tag := lang.Tag(form.Get("f-" + id)); p.text[tag] != "" && tag != w.tag { // what the page showed as its source
			e.from, e.source = tag, p.text[tag]
			if e.seen = form.Get("s-" + id); e.seen != digest(e.source) { // the source changed while the page was open: this is of the earlier one
				e.source = ""
			}
		}
		list = append(list, e)
	}
	return list
}

func (p *piece) id() string { return digest(p.path) }

// saveForm does what a form asks for.
func (b *bench) saveForm(ctx context.Context, w *work, form url.Values, by string) (r result, err error) {
	hand := form.Get("hand")
	if len(hand) != 16 || strings.Trim(hand, "0123456789abcdef") != "" {
		hand = newHand()
	}
	entries := w.entries(form)
	if err := b.recall(ctx, w, entries); err != nil {
		return r, err
	}
	if r, err = b.save(ctx, w, entries, hand, by); err != nil {
		return r, err
	}
	for _, verb := range []string{"use", "drop"} {
		id, which, ok := strings.Cut(form.Get(verb), "-")
		if !ok {
			continue
		}
		if w, err = b.lookAt(ctx, w.draft, w.tag, ""); err != nil {
			return r, err
		}
		for i := range w.pieces {
			if w.pieces[i].id() == id {
				return r, b.choose(ctx, w, w.pieces[i].path, which, verb == "use", hand, by)
			}
		}
	}
	return r, nil
}

// autosaved answers a form that a script sent: nothing to show, and whether all of it is kept.
func autosaved(w http.ResponseWriter, r result) {
	switch {
	case len(r.refused)+len(r.kept)+len(r.crowded) > 0:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case len(r.conflicts) > 0:
		w.WriteHeader(http.StatusConflict)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func byScript(r *http.Request) bool { return r.Header.Get("X-Requested-With") == "autosave" }

// show answers with a page.
func show(w http.ResponseWriter, r *http.Request, f *fault.Error, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if f != nil {
		web.WriteStatus(w, f)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(b.Bytes())
	return err
}

// told words a refusal as a form's problem; what is no answer to a form is an error.
func told(p *lang.Printer, err error) ([]ui.Problem, *fault.Error, error) {
	f := fault.Of(err)
	if err == nil || f == nil || f.Kind == fault.Internal || f.Kind == fault.Busy || f.Kind == fault.Locked || errors.Is(err, errAbsent) {
		return nil, nil, err
	}
	var args []any
	for k, v := range f.Args {
		args = append(args, k, v)
	}
	return []ui.Problem{{Field: f.Field, Text: p.T(f.Key, args...)}}, f, nil
}

// formsMost is how many forms an hour are taken by one private link: whoever types sends one in two seconds at most.
const formsMost = 2000
