package organiser

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

const (
	daysAtOnce = 7   // in one transaction
	sealedDays = 400 // on which something was done: how many stay sealed
)

// putAwayBefore is the hour before which entries are put away: the first of the day thirty days ago, in UTC.
func putAwayBefore(now time.Time) int64 {
	return hours(now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -trailDays))
}

// putAway seals the days of a committee's trail that are old enough, some in each transaction, until none is left; without a key it deletes them. Entries leave in the
// transaction in which their box comes: cut short, what was not sealed yet stands there as before.
func (b *Book) putAway(ctx context.Context, c Committee, now time.Time) error {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return fault.In("organiser", err)
		}
		err := b.update(ctx, func(tx *db.Tx) (err error) {
			more, err = b.putSome(tx, c, putAwayBefore(now))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) putSome(tx *db.Tx, c Committee, before int64) (more bool, err error) {
	to, err := b.recipients(tx, c)
	if err != nil {
		return false, err
	}
	if len(to) == 0 {
		_, err := tx.Exec(deleteTrailSQL, c.ID, before)
		return false, err
	}
	for range daysAtOnce {
		oldest := int64(0)
		found, err := tx.One(oldestHourSQL, c.ID, before).Scan(&oldest)
		if err != nil {
			return false, err
		}
		if !found {
			return false, dropSealed(tx, c.ID)
		}
		if err := sealDay(tx, c.ID, atHour(oldest).Truncate(24*time.Hour), to); err != nil {
			return false, err
		}
	}
	return true, dropSealed(tx, c.ID)
}

// sealDay takes all entries of a day into boxes: one, but for a day of more than entriesAtOnce, and twice that where keys of both sorts open them.
func sealDay(tx *db.Tx, committee string, day time.Time, to []seal.Recipient) error {
	from, until := hours(day), hours(day.AddDate(0, 0, 1))
	cuts, err := cutsOf(tx, eachCutSQL, committee)
	if err != nil {
		return err
	}
	var before Entry
	for {
		entries, err := entriesOf(tx, dayEntriesSQL, committee, from, until, entriesAtOnce)
		if err != nil || len(entries) == 0 {
			return err
		}
		s := sealedDay{committee: committee, day: day.Format(time.DateOnly), entries: entries}
		first, end := entries[0], entries[len(entries)-1]
		s.after = Cut{N: before.N, Hash: before.Hash}
		for _, cut := range cuts {
			switch {
			case before.N == 0 && cut.N == first.N-1:
				s.after = Cut{N: cut.N, Hash: cut.Hash}
			case cut.N >= first.N && cut.N <= end.N:
				s.cuts = append(s.cuts, cut)
			}
		}
		if err := s.seal(tx, to); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteEntriesSQL, committee, from, until, end.N); err != nil {
			return err
		}
		before = end
	}
}

// seal seals a day to all keys, those of one sort together: age seals nothing to both sorts at once, lest it be no safer than the weaker one.
func (s sealedDay) seal(tx *db.Tx, to []seal.Recipient) error {
	plain, err := s.padded()
	if err != nil {
		return err
	}
	for part, lasting := range []bool{true, false} {
		some := slices.DeleteFunc(slices.Clone(to), func(r seal.Recipient) bool { return r.Lasting() != lasting })
		if len(some) == 0 {
			continue
		}
		var box bytes.Buffer
		w, err := seal.SealTo(&box, some...)
		if err != nil {
			return err
		}
		if _, err := w.Write(plain); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if _, err := tx.Exec(insertSealedSQL, s.committee, s.entries[0].N, part, s.day, strings.Join(fingerprints(some), " "), box.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// dropSealed deletes what is sealed of all but the latest days. They are counted, and no clock is asked: one that is wrong deletes nothing.
func dropSealed(tx *db.Tx, committee string) error {
	rows, err := selectSealed(tx, committee)
	if err != nil {
		return err
	}
	days := map[string]bool{}
	for _, r := range slices.Backward(rows) {
		if days[r.day] = true; len(days) > sealedDays {
			_, err := tx.Exec(dropSealedSQL, committee, r.n+1)
			return err
		}
	}
	return nil
}

// recipients are the keys of a committee's cases, each once, in order.
func (b *Book) recipients(tx *db.Tx, c Committee) (list []seal.Recipient, err error) {
	if b.Recipients == nil {
		return nil, nil
	}
	byCase, err := b.Recipients(tx)
	if err != nil {
		return nil, err
	}
	holders, err := selectHolders(tx)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for slug, text := range byCase {
		holder, given := holders[slug]
		if given && holder != c.ID || !given && c.Name != Home || have[text] {
			continue
		}
		if r, err := seal.ParseRecipient(text); err == nil {
			have[text] = true
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b seal.Recipient) int { return strings.Compare(a.String(), b.String()) })
	return list, nil
}

func fingerprints(list []seal.Recipient) (texts []string) {
	for _, r := range list {
		sum := r.Fingerprint()
		texts = append(texts, hex.EncodeToString(sum[:]))
	}
	slices.Sort(texts)
	return texts
}

// SealedDay is a day of the trail that nobody reads here any more.
type SealedDay struct {
	Day  string   // UTC, 2006-01-02
	Keys []string // the fingerprints of those that open it, as outcry key new prints them
}

// Sealed are the days of one's own committee's trail that are sealed, the latest first, and the fingerprints of the keys to which days are sealed now; none: they are deleted.
func (b *Book) Sealed(ctx context.Context, s Session) (days []SealedDay, keys []string, err error) {
	if !May(s.Role, ReadTrail) {
		return nil, nil, errRole
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		days = nil
		rows, err := selectSealed(tx, s.Committee.ID)
		if err != nil {
			return err
		}
		for _, r := range slices.Backward(rows) {
			if len(days) == 0 || days[len(days)-1].Day != r.day {
				days = append(days, SealedDay{Day: r.day})
			}
			d := &days[len(days)-1]
			d.Keys = append(d.Keys, r.keys...)
			slices.Sort(d.Keys)
			d.Keys = slices.Compact(d.Keys)
		}
		to, err := b.recipients(tx, s.Committee)
		keys = fingerprints(to)
		return err
	})
	return days, keys, fault.In("organiser", err)
}

// WriteSealed writes a file for [OpenSealed] of one sealed day of one's own committee, or of all for no day; a fault of kind NotFound if there is none. begin is told
// before the first byte. A file that was cut on its way has no last line, which OpenSealed tells.
func (b *Book) WriteSealed(ctx context.Context, s Session, day string, begin func() error, out io.Writer) error {
	if !May(s.Role, ReadTrail) {
		return errRole
	}
	var rows []sealedRow
	err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
		rows, err = selectSealed(tx, s.Committee.ID)
		return err
	})
	if err != nil {
		return fault.In("organiser", err)
	}
	rows = slices.DeleteFunc(rows, func(r sealedRow) bool { return day != "" && r.day != day })
	if len(rows) == 0 {
		return errNone
	}
	if err := begin(); err != nil {
		return err
	}
	f := newSealedFile(out, s.Committee.ID)
	for _, r := range rows { // one box in memory at a time
		var box []byte
		found := false
		err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
			found, err = tx.One(selectSealedSQL, s.Committee.ID, r.n, r.part).Scan(&box)
			return err
		})
		if err != nil {
			return fault.In("organiser", err)
		}
		if !found { // the oldest, which was dropped meanwhile
			continue
		}
		if err := f.add(r.n, box); err != nil {
			return err
		}
	}
	return f.end()
}
