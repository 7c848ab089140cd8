package draft

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

// Tongue is what is kept of a case's texts in one language beside what its draft says. That there is one says that the language is worked on.
type Tongue struct {
	Notes   map[string]Note      `json:"notes,omitempty"`   // by the path of a text
	Waiting map[string]string    `json:"waiting,omitempty"` // texts that the draft can't have yet: a letter in a language is whole or absent
	Aside   map[string][]Version `json:"aside,omitempty"`   // what somebody typed while somebody else typed something else
	Lost    string               `json:"lost,omitempty"`    // the day on which what was kept until then was found damaged, and begun anew; empty: it never was
}

// Note says how a text came to be.
type Note struct {
	From     lang.Tag `json:"from"`               // translated from which language
	Was      string   `json:"was"`                // what it said there then
	Target   string   `json:"target"`             // digest of the translation that this note is of
	Revision int      `json:"revision,omitempty"` // of the draft at that time
	By       string   `json:"by"`                 // a role, [Server], or [Link]
	Day      string   `json:"day"`
	Hand     string   `json:"hand,omitempty"`   // the open page it was typed into: what is saved again from there is no conflict
	Unsure   bool     `json:"unsure,omitempty"` // whoever translated it said so
	Since    *Since   `json:"since,omitempty"`  // the edit by which the source became another one; nil: none is known
}

// Since is an edit.
type Since struct {
	Revision int    `json:"revision"`
	By       string `json:"by"`
	Day      string `json:"day"`
}

// Version is one of two texts that were typed at the same time.
type Version struct {
	Text string `json:"text"`
	By   string `json:"by"`
	Day  string `json:"day"`
	Hand string `json:"hand,omitempty"`
}

// Link is who translated by a private link.
const Link = "link"

const (
	partState   = "state"
	partFile    = "file-"
	tonguesMost = 60      // languages of one case
	fileHours   = 24      // that a file waits to be taken in
	lostDays    = 30      // for which it is told that what was kept was damaged
	keptMost    = 4 << 20 // bytes of one part
)

var errTongues = fault.New(fault.TooMany, "fault.tongues.crowded")

// Tongues are the languages of a case that are worked on, by their tags.
func (b *Book) Tongues(ctx context.Context, slug string) (tags []lang.Tag, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		parts, err := selectParts(tx, slug)
		tags = nil
		for _, p := range parts {
			if p.part == partState {
				tags = append(tags, p.tongue)
			}
		}
		return err
	})
	slices.Sort(tags)
	return tags, fault.In("draft", err)
}

// Tongue reads what is kept of a language; false if nobody works on it.
func (b *Book) Tongue(ctx context.Context, slug string, tag lang.Tag) (t Tongue, found bool, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return t, false, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		kept, there, err := selectPart(tx, slug, tag, partState)
		if found = there; err == nil && found {
			t = b.begunAnew(uncoveredTongue(box, slug, tag, kept))
		}
		return err
	})
	return t, found, fault.In("draft", err)
}

// Translate changes what is kept of a language, which is made if it is not there: one change after the other, on however many nodes. fn may run again, on what is there then.
func (b *Book) Translate(ctx context.Context, slug string, tag lang.Tag, fn func(t *Tongue)) (t Tongue, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return t, err
	}
	var refused error
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		t, refused = Tongue{}, nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		kept, found, err := selectPart(tx, slug, tag, partState)
		if err != nil {
			return err
		}
		if found {
			t = b.begunAnew(uncoveredTongue(box, slug, tag, kept))
		} else if parts, err := selectParts(tx, slug); err != nil || states(parts) >= tonguesMost {
			refused = errTongues
			return err
		}
		t.fill()
		fn(&t)
		t.thin()
		plain, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if len(plain) > keptMost {
			refused = errLarge
			return nil
		}
		return putPart(tx, slug, tag, partState, hours(b.Now()), covered(box, slug, tag, partState, plain))
	})
	if err == nil {
		err = refused
	}
	return t, fault.In("draft", err)
}

// uncoveredTongue is what a row keeps of a language.
func uncoveredTongue(box seal.Box, slug string, tag lang.Tag, kept []byte) (t Tongue, err error) {
	plain, err := uncovered(box, slug, tag, partState, kept)
	if err == nil {
		err = json.Unmarshal(plain, &t)
	}
	return t, err
}

// begunAnew is what a row kept or, where that is damaged, nothing but that it was: what was translated stands in the draft, and waits for no note. After thirty days
// everybody knows.
func (b *Book) begunAnew(t Tongue, damaged error) Tongue {
	now := b.Now().UTC()
	if damaged != nil {
		return Tongue{Lost: now.Format(time.DateOnly)}
	}
	if t.Lost < now.AddDate(0, 0, -lostDays).Format(time.DateOnly) {
		t.Lost = ""
	}
	return t
}

func states(parts []part) (n int) {
	for _, p := range parts {
		if p.part == partState {
			n++
		}
	}
	return n
}

// fill makes the maps that are not there.
func (t *Tongue) fill() {
	if t.Notes == nil {
		t.Notes = map[string]Note{}
	}
	if t.Waiting == nil {
		t.Waiting = map[string]string{}
	}
	if t.Aside == nil {
		t.Aside = map[string][]Version{}
	}
}

// thin takes out what says nothing.
func (t *Tongue) thin() {
	for path, list := range t.Aside {
		if len(list) == 0 {
			delete(t.Aside, path)
		}
	}
	for path, text := range t.Waiting {
		if text == "" {
			delete(t.Waiting, path)
		}
	}
}

// DropTongue forgets all that is kept of a language beside the draft, its private links among it.
func (b *Book) DropTongue(ctx context.Context, slug string, tag lang.Tag) error {
	return fault.In("draft", b.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(deleteTongueSQL, slug, string(tag)); err != nil {
			return err
		}
		_, err := tx.Exec(endGuestsSQL, slug, string(tag))
		return err
	}))
}

// forgetTongues takes out of what is kept of a case's languages what its draft says no more: files that wait to be taken in, texts that were kept aside, and in each note
// the words that a text was translated from, unless they stand in the draft still or in what is public. A note without them says that its text is older than its source.
func (b *Book) forgetTongues(tx *db.Tx, s state) error {
	parts, err := selectParts(tx, s.slug)
	if err != nil {
		return err
	}
	var box seal.Box
	said := map[string]bool{}
	locked := b.Unlock.Locked()
	if len(parts) > 0 && !locked {
		if box, err = b.keyIn(tx); err != nil {
			return err
		}
		for _, n := range []int{s.head, s.published} {
			r, _, err := selectRevision(tx, box, s, n)
			if err != nil && err != ErrDamaged { // that one says nothing
				return err
			}
			addTexts(said, r.Doc)
		}
	}
	for _, p := range parts {
		if p.part != partState || locked {
			if _, err := tx.Exec(deletePartSQL, s.slug, string(p.tongue), p.part); err != nil {
				return err
			}
			continue
		}
		kept, _, err := selectPart(tx, s.slug, p.tongue, partState)
		if err != nil {
			return err
		}
		t := b.begunAnew(uncoveredTongue(box, s.slug, p.tongue, kept))
		t.Aside = nil
		for path, note := range t.Notes {
			if !said[note.Was] {
				note.Was = ""
				t.Notes[path] = note
			}
		}
		plain, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if err := putPart(tx, s.slug, p.tongue, partState, hours(b.Now()), covered(box, s.slug, p.tongue, partState, plain)); err != nil {
			return err
		}
	}
	return nil
}

// addTexts adds every text of a document.
func addTexts(said map[string]bool, doc []byte) {
	d := json.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := d.Token()
		if err != nil {
			return
		}
		if text, ok := token.(string); ok {
			said[text] = true
		}
	}
}

// Lay keeps a file until somebody has seen what it would change, for a day, and returns the name by which they find it again. It takes the place of the one that they had waiting for
// the language: nobody's files keep another's out. whose is an organiser's id, or a private link's.
func (b *Book) Lay(ctx context.Context, slug string, tag lang.Tag, whose string, file []byte) (name string, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return "", err
	}
	if len(file) > keptMost {
		return "", errLarge
	}
	random := make([]byte, 8)
	rand.Read(random)
	name = hex.EncodeToString(random)
	of := filesOf(box, slug, tag, whose)
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		now := hours(b.Now())
		if _, err := tx.Exec(sweepPartsSQL, partState, now-fileHours); err != nil {
			return err
		}
		parts, err := selectParts(tx, slug)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.tongue == tag && strings.HasPrefix(p.part, of) {
				if _, err := tx.Exec(deletePartSQL, slug, string(tag), p.part); err != nil {
					return err
				}
			}
		}
		return putPart(tx, slug, tag, of+name, now, covered(box, slug, tag, of+name, file))
	})
	return name, fault.In("draft", err)
}

// filesOf is how the names of somebody's files of one language begin. Without the key it tells nobody whose they are.
func filesOf(box seal.Box, slug string, tag lang.Tag, whose string) string {
	return partFile + hex.EncodeToString(box.Mark("draft file "+slug+" "+string(tag), seal.Hide(whose))[:8]) + "-"
}

// Laid finds one's own file again; false if it was taken in, a newer one took its place, its day is over, or it is damaged: then it is brought again.
func (b *Book) Laid(ctx context.Context, slug string, tag lang.Tag, whose, name string) (file []byte, found bool, err error) {
	if len(name) != 16 || strings.Trim(name, "0123456789abcdef") != "" {
		return nil, false, nil
	}
	box, err := b.key(ctx)
	if err != nil {
		return nil, false, err
	}
	name = filesOf(box, slug, tag, whose) + name
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		kept, there, err := selectPart(tx, slug, tag, name)
		if found = false; there && err == nil {
			plain, damaged := uncovered(box, slug, tag, name, kept)
			file, found = plain, damaged == nil
		}
		return err
	})
	return file, found, fault.In("draft", err)
}

// Clear forgets a file of one's own.
func (b *Book) Clear(ctx context.Context, slug string, tag lang.Tag, whose, name string) error {
	box, err := b.key(ctx)
	if err != nil {
		return err
	}
	return fault.In("draft", b.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(deletePartSQL, slug, string(tag), filesOf(box, slug, tag, whose)+name)
		return err
	}))
}

func partPurpose(slug string, tag lang.Tag, part string) string {
	return "draft tongue " + slug + " " + string(tag) + " " + part
}

func covered(box seal.Box, slug string, tag lang.Tag, part string, plain []byte) []byte {
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one
	}
	_, _ = w.Write(plain) // a Buffer takes everything
	_ = w.Close()
	return box.Seal(partPurpose(slug, tag, part), small.Bytes())
}

func uncovered(box seal.Box, slug string, tag lang.Tag, part string, kept []byte) ([]byte, error) {
	small, err := box.Open(partPurpose(slug, tag, part), kept)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(small)), keptMost+1))
}
