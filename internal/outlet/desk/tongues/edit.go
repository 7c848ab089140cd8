package tongues

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/ui"
)

// sheet is a page of pieces side by side.
type sheet struct {
	desk.Page
	w      *work
	guest  bool // by a private link: every step is a form, for the address is the secret
	action string
	asked  asked
	hand   string
	pages  int
	rows   []row
	found  int // pieces that are asked for
	count  tally
	from   []lang.Tag // to choose from
	parts  []string   // of the campaign
	result *result
	until  string // a private link's end, in words
}

// row is a piece as the page shows it.
type row struct {
	*piece
	key     string
	heading string // of the part, where it begins
	label   string
	value   string // as it was typed, or is
	was     string // digest of the target that it was typed over
	wrong   string
	spans   []draft.Run // what changed in the source
	waits   bool
	long    bool
}

// lay makes a page of a language. typed is a form that came back: what stands in its fields is shown again where it could not be kept.
func (b *bench) sheet(page desk.Page, w *work, a asked, action string, typed url.Values, r *result) sheet {
	s := sheet{Page: page, w: w, action: action, asked: a, hand: newHand(), count: w.tally(), result: r}
	if hand := typed.Get("hand"); hand != "" {
		s.hand = hand
	}
	if s.asked.from == "" {
		s.asked.from = w.source()
	}
	for i := range w.pieces {
		p := &w.pieces[i]
		for tag := range p.text {
			if tag != w.tag && !slices.Contains(s.from, tag) {
				s.from = append(s.from, tag)
			}
		}
		if !slices.Contains(s.parts, p.steps[0].name) {
			s.parts = append(s.parts, p.steps[0].name)
		}
	}
	slices.Sort(s.from)
	sheets := w.sheets(a)
	s.pages = len(sheets)
	for _, list := range sheets {
		s.found += len(list)
	}
	if s.pages == 0 {
		return s
	}
	s.asked.page = min(s.asked.page, s.pages)
	last := ""
	list := sheets[s.asked.page-1]
	if own := w.sent(typed); r.fault() != nil && len(own) > 0 { // what is wrong stays before whoever typed it, however long the texts beside it became
		list = own
	}
	for _, p := range list {
		one := row{piece: p, key: p.id(), label: field(s.P, p), value: p.target, was: digest(p.target), waits: w.waits(p) && w.offered && p.target != ""}
		if heading := w.part(s.P, p); heading != last {
			one.heading, last = heading, heading
		}
		one.long = len(p.source) > 120 || strings.Contains(p.source, "\n") || len(p.target) > 120
		if p.state == Stale && p.note.Was != "" && p.text[p.note.From] != p.note.Was {
			one.spans = draft.Compare(p.note.Was, p.text[p.note.From])
		}
		if r != nil {
			switch {
			case slices.Contains(r.refused, p.path):
				one.value, one.wrong = typed.Get("t-"+one.key), s.P.T("desk.tongues.refused")
			case slices.Contains(r.kept, p.path):
				one.wrong = s.P.T("desk.tongues.kept_whole")
			case slices.Contains(r.crowded, p.path):
				one.value, one.wrong = typed.Get("t-"+one.key), s.P.T("desk.tongues.crowded")
			}
			if one.value != p.target { // typed over what the form showed, and nobody has seen more since
				one.was = typed.Get("w-" + one.key)
			}
			if one.wrong != "" {
				s.Problems = append(s.Problems, ui.Problem{Field: "t-" + one.key, Text: s.P.T("desk.tongues.at", "Piece", one.label, "Problem", one.wrong)})
			}
		}
		s.rows = append(s.rows, one)
	}
	return s
}

// sent are the pieces that a form holds.
func (w *work) sent(form url.Values) (list []*piece) {
	for i := range w.pieces {
		if p := &w.pieces[i]; form.Has("t-" + p.id()) {
			list = append(list, p)
		}
	}
	return list
}

func (b *bench) editor(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a := askedOf(r.URL.Query())
	work, err := b.visit(r, a.from)
	if err != nil {
		return err
	}
	return show(w, r, nil, editorPage(b.sheet(b.framed(r, v, work), work, a, work.path(), nil, nil)))
}

func (b *bench) framed(r *http.Request, v *desk.Visit, w *work) desk.Page {
	return b.desk.Frame(r, v, v.P.T("desk.tongues.editor.title", "Language", tongueName(w.tag)))
}

func (b *bench) edit(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.LongForm(w, r)
	if err != nil {
		return err
	}
	a := askedOf(form)
	work, err := b.visit(r, a.from)
	if err != nil {
		return err
	}
	result, err := b.saveForm(r.Context(), work, form, string(v.Role))
	if err != nil {
		return err
	}
	if err := b.desk.Book.Noted(r.Context(), v.Session, organiser.Translate, b.object(work, "")); err != nil {
		return err
	}
	if byScript(r) {
		autosaved(w, result)
		return nil
	}
	if work, err = b.visit(r, a.from); err != nil {
		return err
	}
	a = turned(a, form, &result)
	s := b.sheet(b.framed(r, v, work), work, a, work.path(), form, &result)
	return show(w, r, result.fault(), editorPage(s))
}

// turned is the page that a press goes on to; where something was not kept, the page stays.
func turned(a asked, form url.Values, r *result) asked {
	if to, err := strconv.Atoi(form.Get("go")); err == nil && to > 0 && len(r.refused)+len(r.kept)+len(r.crowded)+len(r.conflicts) == 0 {
		a.page = to
		form.Del("hand") // another page
	}
	return a
}

// fault is the status of a result, nil if all of it was kept.
func (r *result) fault() *fault.Error {
	switch {
	case r == nil:
		return nil
	case len(r.refused)+len(r.kept)+len(r.crowded) > 0:
		return fault.New(fault.Invalid, "desk.tongues.refused")
	case len(r.conflicts) > 0:
		return fault.New(fault.Conflict, "desk.tongues.conflict")
	}
	return nil
}

// object is what the trail says: the case and the language, and what was done where it is more than translating.
func (b *bench) object(w *work, what string) string {
	object := w.slug + "/" + strings.ToLower(string(w.tag))
	if len(object) > 40 {
		object = strings.ToLower(string(w.tag))
	}
	if what != "" {
		object += "/link-" + what
	}
	return object
}

// takeAlong is the language as a file.
func (b *bench) takeAlong(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	work, err := b.visit(r, "")
	if err != nil {
		return err
	}
	return b.hand(w, r, work, v.P)
}

func (b *bench) hand(w http.ResponseWriter, r *http.Request, work *work, p *lang.Printer) error {
	out := work.portable(b.Now(), func(x *piece) string {
		return p.T("desk.tongues.named", "Part", work.part(p, x), "Name", field(p, x))
	}).write()
	w.Header().Set("Content-Type", "text/x-gettext-translation; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+string(work.tag)+`.po"`) // nothing of the case stands in a name that lies about
	_, err := bytes.NewReader(out).WriteTo(w)
	return err
}

// taking is the page that says what a file would change.
type taking struct {
	desk.Page
	w      *work
	guest  bool
	whose  string // the organiser's id, or the link's
	action string // of this page
	back   string
	name   string // of the file that waits
	list   []change
	bad    []badLine
	done   *result
}

func (b *bench) bringBack(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	work, err := b.visit(r, "")
	if err != nil {
		return err
	}
	page := b.desk.Frame(r, v, v.P.T("desk.tongues.file.title", "Language", tongueName(work.tag)))
	t := taking{Page: page, w: work, whose: v.Organiser.ID, action: work.path() + "/file", back: work.path()}
	if !isUpload(r) {
		form, err := web.LongForm(w, r)
		if err != nil {
			return err
		}
		return b.take(w, r, t, form.Get("name"), string(v.Role))
	}
	up, err := web.Upload(w, r, "file", fileMost)
	if err != nil {
		return err
	}
	return b.weighed(w, r, t, up.File)
}

func isUpload(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
}

// weighed shows what a file would change; nothing is changed yet.
func (b *bench) weighed(w http.ResponseWriter, r *http.Request, t taking, file []byte) (err error) {
	c, bad := readCatalogue(file)
	if len(file) == 0 {
		bad = []badLine{{0, "none"}}
	}
	if len(bad) == 0 && c.tongue() != t.w.tag {
		bad = []badLine{{1, "tongue"}}
	}
	if t.bad = bad; len(bad) > 0 {
		t.Problems = append(t.Problems, ui.Problem{Text: t.P.T("desk.tongues.file.bad")})
		return show(w, r, errFile, takingPage(t))
	}
	var entries []entry
	if t.list, entries = t.w.weigh(c); len(entries) > 0 {
		if t.name, err = b.Drafts.Lay(r.Context(), t.w.slug, t.w.tag, t.whose, file); err != nil {
			return err
		}
	}
	return show(w, r, nil, takingPage(t))
}

// take takes in a file that was looked at.
func (b *bench) take(w http.ResponseWriter, r *http.Request, t taking, name, by string) error {
	file, found, err := b.Drafts.Laid(r.Context(), t.w.slug, t.w.tag, t.whose, name)
	if err != nil {
		return err
	}
	if !found {
		return errLater
	}
	c, bad := readCatalogue(file)
	if len(bad) > 0 {
		return errLater
	}
	_, entries := t.w.weigh(c)
	result, err := b.save(r.Context(), t.w, entries, name, by)
	if err != nil {
		return err
	}
	t.done = &result
	if len(result.crowded) > 0 { // what was not taken in is in the file alone
		t.name = name
		return show(w, r, result.fault(), takingPage(t))
	}
	if err := b.Drafts.Clear(r.Context(), t.w.slug, t.w.tag, t.whose, name); err != nil {
		return err
	}
	return show(w, r, nil, takingPage(t))
}
