package tongues

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// backMost is how many revisions are read at once to find out how a text came about.
const backMost = 60

// settle finds out, from the draft's history, what nobody noted: translations that came by a file or another page of the desk, and by which edit a source became another one. What
// it finds is kept, so that it is looked for once.
func (b *bench) settle(ctx context.Context, w *work) error {
	if w.first() {
		return nil
	}
	strange, moved := map[string]*piece{}, map[string]*piece{}
	for i := range w.pieces {
		p := &w.pieces[i]
		note, noted := w.kept.Notes[p.path]
		switch {
		case p.target == "":
		case !noted || note.Target != digest(p.target):
			strange[p.path] = p
		case note.Since == nil && p.text[note.From] != "" && p.text[note.From] != note.Was:
			moved[p.path] = p
		}
	}
	if len(strange)+len(moved) == 0 {
		return nil
	}
	history, err := b.Drafts.History(ctx, w.slug)
	if err != nil {
		return err
	}
	found := map[string]draft.Note{}
	later := draft.Revision{N: w.draft.Revision, By: w.draft.By, Made: w.draft.Changed}
	texts := textsOf(w.all)
	n := 0
	for _, r := range history {
		if len(strange)+len(moved) == 0 || n >= backMost {
			break
		}
		if r.Aside || r.N >= w.draft.Revision {
			continue
		}
		n++
		older, err := b.textsAt(ctx, w.slug, r.N)
		if err != nil {
			return err
		}
		for path, p := range strange {
			if older[path][w.tag] != p.target { // it became what it is by the later one
				found[path] = w.guess(p, texts[path], later)
				delete(strange, path)
			}
		}
		for path := range moved {
			if note := w.kept.Notes[path]; older[path][note.From] == note.Was {
				note.Since = &draft.Since{Revision: later.N, By: later.By, Day: later.Made.UTC().Format(time.DateOnly)}
				found[path] = note
				delete(moved, path)
			}
		}
		later, texts = r, older
	}
	for path, p := range strange { // it was so as long as anything is known of it
		found[path] = w.guess(p, texts[path], later)
	}
	for path := range moved { // the edit is not kept any more
		note := w.kept.Notes[path]
		note.Since = &draft.Since{}
		found[path] = note
	}
	was := w.kept.Notes
	w.kept, err = b.Drafts.Translate(ctx, w.slug, w.tag, func(t *draft.Tongue) {
		for path, note := range found {
			if now, before := t.Notes[path], was[path]; now.Target == before.Target && now.Was == before.Was && now.Day == before.Day {
				t.Notes[path] = note
			}
		}
	})
	return err
}

// guess is the note of a text that came about with a revision.
func (w *work) guess(p *piece, then casefile.Text, r draft.Revision) draft.Note {
	others := casefile.Text{}
	for tag, s := range then {
		if tag != w.tag {
			others[tag] = s
		}
	}
	note := draft.Note{Target: digest(p.target), Revision: r.N, By: r.By, Day: r.Made.UTC().Format(time.DateOnly)}
	if note.Was, note.From = others.In(p.from, w.saved.Campaign.Languages...); note.From == "" {
		note.Was, note.From = p.source, p.from
	}
	return note
}

// recall finds the words that a page showed as a source, where they have become others since: the translation is of those.
func (b *bench) recall(ctx context.Context, w *work, entries []entry) error {
	lost := map[string]*entry{}
	for i := range entries {
		if e := &entries[i]; e.from != "" && e.source == "" && e.seen != "" {
			lost[e.path] = e
		}
	}
	if len(lost) == 0 {
		return nil
	}
	history, err := b.Drafts.History(ctx, w.slug)
	if err != nil {
		return err
	}
	for i, r := range history {
		if len(lost) == 0 || i >= backMost {
			break
		}
		texts, err := b.textsAt(ctx, w.slug, r.N)
		if err != nil {
			return err
		}
		for path, e := range lost {
			if s := texts[path][e.from]; digest(s) == e.seen {
				e.source = s
				delete(lost, path)
			}
		}
	}
	return nil
}

// textsAt are all texts of a revision.
func (b *bench) textsAt(ctx context.Context, slug string, n int) (map[string]casefile.Text, error) {
	r, err := b.Drafts.At(ctx, slug, n)
	if fault.Is(err, fault.NotFound) || errors.Is(err, draft.ErrDamaged) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := letter.ReadDraft(r.Doc)
	if err != nil {
		return nil, err
	}
	return textsOf(c), nil
}

func textsOf(c *letter.Campaign) map[string]casefile.Text {
	texts := map[string]casefile.Text{}
	walk(c, func(path, _ string, _ []step, t casefile.Text) { texts[path] = t })
	return texts
}

// hear puts what the rules find wrong beside the pieces that it is about.
func (w *work) hear() {
	c, err := letter.ReadDraft(letter.WriteDraft(w.all))
	if err != nil {
		return
	}
	if !w.offered { // it is asked as if it were
		c.Campaign.Languages = append(c.Campaign.Languages, w.tag)
	}
	for i := range c.Letters { // a letter that is not whole yet is no mistake
		l := &c.Letters[i]
		if all, some := whole(l, w.tag); all || !some {
			continue
		}
		for _, t := range []*casefile.Text{&l.Title, &l.Addressee, &l.Demand, &l.Body, &l.RunBy} {
			if (*t)[w.tag] == "" {
				if *t == nil {
					*t = casefile.Text{}
				}
				(*t)[w.tag] = "…"
			}
		}
	}
	for _, problem := range c.Check() {
		for i := range w.pieces {
			p := &w.pieces[i]
			rest, ok := strings.CutPrefix(problem.Path, p.at)
			if ok && p.target != "" && (rest == "."+string(w.tag) || rest == "" && p.path != namesPath) {
				p.says = append(p.says, problem.Breach)
			}
		}
	}
}

// lacks are the pieces without which a language is not offered: those of letters that people can read, and the name.
func (w *work) lacks() (list []*piece) {
	for i := range w.pieces {
		if p := &w.pieces[i]; p.target == "" && (p.within() != nil || p.path == namesPath) {
			list = append(list, p)
		}
	}
	return list
}

// tally counts how much there is.
type tally struct{ all, missing, stale, aside int }

func (w *work) tally() (t tally) {
	t.all = len(w.pieces)
	for i := range w.pieces {
		switch w.pieces[i].state {
		case Missing:
			t.missing++
		case Stale:
			t.stale++
		}
		if len(w.pieces[i].aside) > 0 {
			t.aside++
		}
	}
	return t
}

// languages are those that a case is offered in, and those that are worked on.
func (b *bench) languages(ctx context.Context, d draft.Draft) (offered, begun []lang.Tag, err error) {
	c, err := letter.ReadDraft(d.Doc)
	if err != nil {
		return nil, nil, err
	}
	all, err := b.Drafts.Tongues(ctx, d.Slug)
	offered = c.Campaign.Languages
	for _, tag := range all {
		if !slices.Contains(offered, tag) {
			begun = append(begun, tag)
		}
	}
	return offered, begun, err
}
