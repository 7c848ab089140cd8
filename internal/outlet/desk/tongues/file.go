package tongues

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"outcry/internal/core/draft"
	"outcry/internal/kernel/lang"
)

// portable is a language's pieces as the file that a translator takes along. label names a piece for people.
func (w *work) portable(now time.Time, label func(p *piece) string) catalogue {
	c := catalogue{head: map[string]string{
		"Project-Id-Version": w.slug, "PO-Revision-Date": now.UTC().Format("2006-01-02") + " 00:00+0000", "Last-Translator": "none", "Language-Team": "none",
		"Language": strings.ReplaceAll(string(w.tag), "-", "_"), "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit",
		"X-Source-Language": string(w.source()),
	}}
	for i := range w.pieces {
		p := &w.pieces[i]
		m := message{ctx: p.path, id: p.source, str: p.target, was: digest(p.target), notes: []string{label(p)}}
		if p.state == Stale {
			m.fuzzy = true
			if p.note.Was != p.source {
				m.prev = p.note.Was
			}
		}
		c.list = append(c.list, m)
	}
	return c
}

// fate is what taking a file in would do to a piece.
type fate string

const (
	fateNew      fate = "new"      // there was no translation
	fateChanged  fate = "changed"  // there was another
	fateRight    fate = "right"    // it holds for the source as it is now
	fateConflict fate = "conflict" // somebody changed it here since the file was made: both are kept
	fateUnsure   fate = "unsure"   // the file marks it
	fateRefused  fate = "refused"  // what can't be kept stands in it
	fateGone     fate = "gone"     // there is no such piece any more
)

// change is a piece of a file that would change something, or can't.
type change struct {
	message
	fate  fate
	p     *piece
	stale bool // its source says something else by now
}

// weigh holds a file against what is there. The entries are what [bench.save] takes.
func (w *work) weigh(c catalogue) (list []change, entries []entry) {
	for _, m := range c.list {
		p := w.piece(m.ctx)
		if p == nil {
			if m.str != "" {
				list = append(list, change{message: m, fate: fateGone})
			}
			continue
		}
		text, ok := tidy(m.str)
		if text == "" { // an entry that is empty takes nothing out
			continue
		}
		if !ok {
			list = append(list, change{message: m, fate: fateRefused, p: p})
			continue
		}
		e := entry{path: m.ctx, text: text, was: m.was, unsure: m.fuzzy}
		e.from, e.source = p.origin(m.id, c)
		stale := p.text[e.from] != e.source
		ch := change{message: m, p: p, stale: stale}
		switch decide(p.target, text, m.was, p.note, "") {
		case taken:
			ch.fate = fateChanged
			if p.target == "" {
				ch.fate = fateNew
			}
		case conflict:
			ch.fate = fateConflict
			if slices.ContainsFunc(p.aside, func(v draft.Version) bool { return v.Text == text }) { // it stands there already
				continue
			}
		default:
			if text != p.target { // the file is older than what is here, and changes nothing
				continue
			}
			switch {
			case !m.fuzzy && !stale && (p.state == Stale):
				ch.fate, e.right = fateRight, true
			case m.fuzzy && p.state != Stale:
				ch.fate = fateUnsure
			default:
				continue
			}
		}
		list, entries = append(list, ch), append(entries, e)
	}
	slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(slices.Index(fates, a.fate), slices.Index(fates, b.fate)) })
	return list, entries
}

// fates are in the order of their importance.
var fates = []fate{fateRefused, fateConflict, fateChanged, fateNew, fateRight, fateUnsure, fateGone}

// origin is the language in which a piece says, or said, what a file has as its source.
func (p *piece) origin(id string, c catalogue) (lang.Tag, string) {
	id = strings.TrimSpace(id)
	if id == p.source {
		return p.from, id
	}
	for _, tag := range p.text.Tags() {
		if p.text[tag] == id && tag != p.from {
			return tag, id
		}
	}
	if tag := lang.Tag(c.head["X-Source-Language"]); p.text[tag] != "" {
		return tag, id
	}
	return p.from, id
}
