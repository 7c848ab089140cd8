package tongues

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
)

// entry is what a form or a file says of a piece.
type entry struct {
	path   string
	text   string
	was    string   // digest of the target that it was typed over
	right  bool     // the target holds for the source as it is now
	unsure bool     // a file says that somebody has to look at it
	from   lang.Tag // translated from which language; empty: from the one that the page shows
	source string   // and from which words; empty: they are not known any more
	seen   string   // digest of the source that a page showed
}

// verdict is what becomes of an entry.
type verdict uint8

const (
	nothing  verdict = iota // it says what is there, or was not touched
	taken                   // it becomes the target
	conflict                // somebody else changed the target meanwhile: both are kept
)

// decide holds what was typed against what is there. hand names the open page: what was saved from it before, it may change.
func decide(current, mine, was string, note draft.Note, hand string) verdict {
	own := hand != "" && note.Hand == hand && note.Target == digest(current)
	switch {
	case mine == current:
		return nothing
	case digest(mine) == was && !own: // not touched: the change is somebody else's
		return nothing
	case own || digest(current) == was:
		return taken
	}
	return conflict
}

// mostText is the length in bytes of the longest text that is taken; the rules of what is published are stricter.
const mostText = 128 << 10

// tidy is a text as it is kept; false if it holds what is not text, or is too long.
func tidy(text string) (string, bool) {
	text = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	bad := strings.ContainsFunc(text, func(r rune) bool {
		switch {
		case r == '\n' || r == '\t':
			return false
		case unicode.Is(unicode.Cc, r), r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff, r == 0x202d, r == 0x202e:
			return true // of these the last two turn the direction of what follows, and can make a text read as what it is not
		}
		return false
	})
	return text, !bad && utf8.ValidString(text) && len(text) <= mostText
}

// work is a language of a case as it stands.
type work struct {
	slug    string
	tag     lang.Tag
	draft   draft.Draft
	saved   *letter.Campaign // what the draft says
	all     *letter.Campaign // with what waits beside it
	kept    draft.Tongue
	begun   bool // somebody works on the language
	offered bool // the campaign's pages are there in it
	pieces  []piece
	texts   map[string]casefile.Text // of the draft, by path
}

// source says which language is translated from where there is a choice: the campaign's first that is another.
func (w *work) source() lang.Tag {
	for _, tag := range w.saved.Campaign.Languages {
		if tag != w.tag {
			return tag
		}
	}
	return ""
}

// first tells whether it is the campaign's own first language.
func (w *work) first() bool {
	return len(w.saved.Campaign.Languages) > 0 && w.saved.Campaign.Languages[0] == w.tag
}

func (w *work) piece(path string) *piece {
	if i := slices.IndexFunc(w.pieces, func(p piece) bool { return p.path == path }); i >= 0 {
		return &w.pieces[i]
	}
	return nil
}

// waits tells whether a piece's translation stands beside the draft for now.
func (w *work) waits(p *piece) bool {
	switch {
	case w.texts[p.path][w.tag] != "": // the draft has one
		return false
	case !w.offered:
		return true
	}
	return p.within() != nil
}

// look reads a language of a case. from is the language to translate from; empty: the campaign's first.
func (b *bench) look(ctx context.Context, slug string, tag, from lang.Tag) (*work, error) {
	d, err := b.open(ctx, slug)
	if err != nil {
		return nil, err
	}
	return b.lookAt(ctx, d, tag, from)
}

func (b *bench) lookAt(ctx context.Context, d draft.Draft, tag, from lang.Tag) (w *work, err error) {
	w = &work{slug: d.Slug, tag: tag, draft: d}
	if w.saved, err = letter.ReadDraft(d.Doc); err != nil {
		return nil, err
	}
	if w.all, err = letter.ReadDraft(d.Doc); err != nil {
		return nil, err
	}
	if w.kept, w.begun, err = b.Drafts.Tongue(ctx, d.Slug, tag); err != nil {
		return nil, err
	}
	w.offered = slices.Contains(w.saved.Campaign.Languages, tag)
	w.texts = textsOf(w.saved)
	w.lay()
	if from == "" {
		from = w.source()
	}
	stops, err := b.stops(ctx, d.Slug)
	if err != nil {
		return nil, err
	}
	w.pieces = pieces(w.all, tag, from, stops)
	if err := b.settle(ctx, w); err != nil {
		return nil, err
	}
	for i := range w.pieces {
		p := &w.pieces[i]
		p.judge(w.kept)
		if w.first() && p.state == Stale && !p.note.Unsure { // the others are translated from it: when they follow, it is not behind them
			p.state = Done
		}
	}
	w.hear()
	return w, nil
}

// lay lays what waits over what the draft says; where the draft has a text in the language, that is the one.
func (w *work) lay() {
	values := map[string]string{}
	for path, text := range w.kept.Waiting {
		values[path] = text
	}
	for path, t := range w.texts {
		if t[w.tag] != "" {
			delete(values, path)
		}
	}
	put(w.all, values, w.tag)
}

// result is what saving came to.
type result struct {
	saved     int
	confirmed int
	conflicts []string // paths
	refused   []string // paths of what can't be kept
	kept      []string // paths of what can't be emptied: a letter in a language is whole or absent
	crowded   []string // paths of what is not kept, for enough stands beside it that nobody has chosen from
}

// save takes entries in. by is the role, hand the open page. It may be called again with the same.
func (b *bench) save(ctx context.Context, w *work, entries []entry, hand, by string) (r result, err error) {
	today := b.Now().UTC().Format(time.DateOnly)
	var rest []due
	direct := map[string]string{}
	aside := map[string]string{}
	for _, e := range entries {
		p := w.piece(e.path)
		if p == nil {
			continue
		}
		text, ok := tidy(e.text)
		if !ok {
			r.refused = append(r.refused, e.path)
			continue
		}
		e.text = text
		if e.from == "" {
			e.from, e.source = p.from, p.source
		}
		if w.waits(p) {
			rest = append(rest, due{e, p, true})
			continue
		}
		switch verdict := decide(p.target, text, e.was, p.note, hand); {
		case verdict == taken && text == "" && p.within() != nil && isWhole(p.within(), w.tag):
			r.kept = append(r.kept, e.path)
			continue
		case verdict == taken:
			direct[e.path] = text
		case verdict == conflict:
			aside[e.path] = text
		}
		rest = append(rest, due{e, p, false})
	}
	if len(direct) > 0 {
		lost, err := b.write(ctx, w, direct, by)
		if err != nil {
			return r, err
		}
		for _, path := range lost {
			aside[path] = direct[path]
			delete(direct, path)
		}
	}
	r.saved = len(direct)
	base := result{saved: r.saved, refused: r.refused, kept: r.kept}
	w.kept, err = b.Drafts.Translate(ctx, w.slug, w.tag, func(t *draft.Tongue) {
		r = base
		for _, e := range rest {
			e.note(t, direct, aside, &r, draft.Note{By: by, Day: today, Hand: hand, Revision: w.draft.Revision})
		}
	})
	if err != nil {
		return r, err
	}
	return r, b.promote(ctx, w, by)
}

// due is an entry that is to be noted.
type due struct {
	entry
	p     *piece
	waits bool // beside the draft
}

// note writes down what became of an entry; of a text that waits beside the draft, it decides that now, for nobody else writes meanwhile.
func (e due) note(t *draft.Tongue, direct, aside map[string]string, r *result, n draft.Note) {
	n.From, n.Was, n.Unsure = e.from, e.source, e.unsure
	current := e.p.target
	_, fresh := direct[e.path]
	_, clash := aside[e.path]
	if e.waits {
		current = t.Waiting[e.path]
		switch decide(current, e.text, e.was, t.Notes[e.path], n.Hand) {
		case taken:
			t.Waiting[e.path] = e.text
			r.saved++
			fresh = true
		case conflict:
			clash = true
		}
	}
	switch {
	case clash:
		list := slices.DeleteFunc(t.Aside[e.path], func(v draft.Version) bool { return v.Hand == n.Hand && n.Hand != "" || v.Text == e.text })
		if len(list) >= asideMost { // none of them is lost for this one, and this one stays in its form
			r.crowded = append(r.crowded, e.path)
			break
		}
		r.conflicts = append(r.conflicts, e.path)
		t.Aside[e.path] = append(list, draft.Version{Text: e.text, By: n.By, Day: n.Day, Hand: n.Hand})
	case fresh:
		n.Target = digest(e.text)
		t.Notes[e.path] = n
	case e.right && current != "" && current == e.text:
		n.Target, n.Hand, n.Unsure = digest(current), t.Notes[e.path].Hand, false
		t.Notes[e.path] = n
		r.confirmed++
	case e.unsure && current == e.text && current != "" && !t.Notes[e.path].Unsure:
		was := t.Notes[e.path]
		was.Unsure = true
		t.Notes[e.path] = was
	}
}

const asideMost = 20 // texts beside one piece: the words say "twenty"

// write brings texts into the draft. It returns the paths of those which somebody else changed at the same moment.
func (b *bench) write(ctx context.Context, w *work, values map[string]string, by string) (lost []string, err error) {
	mine, err := letter.ReadDraft(w.draft.Doc)
	if err != nil {
		return nil, err
	}
	put(mine, values, w.tag)
	return b.keep(ctx, w, mine, values, by)
}

func (b *bench) keep(ctx context.Context, w *work, mine *letter.Campaign, values map[string]string, by string) (lost []string, err error) {
	doc := letter.WriteDraft(mine)
	if bytes.Equal(doc, w.draft.Doc) {
		return nil, nil
	}
	saved, err := b.Drafts.Save(ctx, w.slug, w.draft.Revision, doc, by)
	if err != nil {
		return nil, err
	}
	for _, c := range saved.Conflicts {
		for path := range values {
			if c.Path == path+"."+string(w.tag) || strings.HasPrefix(c.Path, path) || strings.HasPrefix(path, c.Path) {
				lost = append(lost, path)
			}
		}
	}
	slices.Sort(lost)
	w.draft = saved.Draft
	if w.saved, err = letter.ReadDraft(saved.Draft.Doc); err != nil {
		return nil, err
	}
	w.texts = textsOf(w.saved)
	return slices.Compact(lost), err
}

// promote brings letters into the draft that have become whole, and, in a language that is offered, all else that waits.
func (b *bench) promote(ctx context.Context, w *work, by string) error {
	if !w.offered || len(w.kept.Waiting) == 0 {
		return nil
	}
	values := w.ripe()
	if len(values) == 0 {
		return nil
	}
	if _, err := b.write(ctx, w, values, by); err != nil {
		return err
	}
	return b.unload(ctx, w, values)
}

// ripe is what waits and need not wait any more.
func (w *work) ripe() map[string]string {
	all, err := letter.ReadDraft(w.draft.Doc)
	if err != nil {
		return nil
	}
	put(all, w.kept.Waiting, w.tag)
	values := map[string]string{}
	walk(all, func(path, _ string, steps []step, t casefile.Text) {
		text, waits := w.kept.Waiting[path]
		p := piece{steps: steps}
		if l := p.within(); !waits || l != nil && !isWhole(l, w.tag) {
			return
		}
		values[path] = text
	})
	return values
}

func isWhole(l *letter.File, tag lang.Tag) bool { all, _ := whole(l, tag); return all }

// unload forgets what waited and is in the draft.
func (b *bench) unload(ctx context.Context, w *work, values map[string]string) (err error) {
	w.kept, err = b.Drafts.Translate(ctx, w.slug, w.tag, func(t *draft.Tongue) {
		for path, text := range values {
			if t.Waiting[path] == text {
				delete(t.Waiting, path)
			}
		}
	})
	return err
}

// choose settles a piece that two texts were typed for: the one beside it, by its digest, becomes the target, or goes.
func (b *bench) choose(ctx context.Context, w *work, path, which string, use bool, hand, by string) error {
	p := w.piece(path)
	if p == nil {
		return nil
	}
	i := slices.IndexFunc(p.aside, func(v draft.Version) bool { return digest(v.Text) == which })
	if i < 0 {
		return nil
	}
	if use {
		if r, err := b.save(ctx, w, []entry{{path: path, text: p.aside[i].Text, was: digest(p.target)}}, hand, by); err != nil || len(r.conflicts) > 0 {
			return err
		}
	}
	var err error
	w.kept, err = b.Drafts.Translate(ctx, w.slug, w.tag, func(t *draft.Tongue) {
		t.Aside[path] = slices.DeleteFunc(t.Aside[path], func(v draft.Version) bool { return digest(v.Text) == which })
	})
	return err
}

// offer has the campaign's pages be there in a language, with all that waits. What it lacks is returned instead, if anything does.
func (b *bench) offer(ctx context.Context, w *work, by string) (lacks []*piece, err error) {
	if lacks = w.lacks(); len(lacks) > 0 || w.offered {
		return lacks, nil
	}
	if len(w.pieces) == 0 { // nothing may be shown of it now: who stopped that is heeded first
		return nil, errNothing
	}
	mine, err := letter.ReadDraft(w.draft.Doc)
	if err != nil {
		return nil, err
	}
	mine.Campaign.Languages = append(mine.Campaign.Languages, w.tag)
	put(mine, w.kept.Waiting, w.tag)
	values := w.kept.Waiting
	if _, err := b.keep(ctx, w, mine, values, by); err != nil {
		return nil, err
	}
	w.offered = true
	return nil, b.unload(ctx, w, values)
}

// withdraw takes a language out of those that are offered. Its texts wait beside the draft from then on. False: some texts are in no other language, and would be lost to readers.
func (b *bench) withdraw(ctx context.Context, w *work, by string) (done bool, err error) {
	mine, err := letter.ReadDraft(w.draft.Doc)
	if err != nil || !w.offered || len(mine.Campaign.Languages) < 2 {
		return false, err
	}
	values, empty, only := map[string]string{}, map[string]string{}, false
	walk(mine, func(path, _ string, _ []step, t casefile.Text) {
		if t[w.tag] != "" && !(len(t) == 1 && strings.HasSuffix(path, "as_printed")) { // what a source prints may be in any language
			values[path], empty[path] = t[w.tag], ""
			only = only || len(t) == 1
		}
	})
	if only {
		return false, nil
	}
	w.kept, err = b.Drafts.Translate(ctx, w.slug, w.tag, func(t *draft.Tongue) {
		for path, text := range values {
			t.Waiting[path] = text
		}
	})
	if err != nil {
		return false, err
	}
	mine.Campaign.Languages = slices.DeleteFunc(mine.Campaign.Languages, func(tag lang.Tag) bool { return tag == w.tag })
	put(mine, empty, w.tag)
	_, err = b.keep(ctx, w, mine, empty, by)
	return err == nil, err
}
