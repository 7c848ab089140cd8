package organiser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// Device is what somebody says they sit at. Nothing of the browser is kept.
type Device string

const (
	Phone    Device = "phone"
	Computer Device = "computer"
)

// Devices are both.
func Devices() []Device { return []Device{Computer, Phone} }

// Session is somebody who has signed in.
type Session struct {
	Organiser
	ID     string // names it to its owner; opens nothing
	Since  time.Time
	Used   time.Time // the hour
	Fresh  bool      // a proof of the last five minutes
	Device Device
	Lang   lang.Tag
	Mine   bool // of a list: the one that asks

	hash []byte
}

const (
	idleHours  = 12
	hardHours  = 7 * 24
	freshTime  = 5 * time.Minute
	trailDays  = 30
	lapseHours = 72
)

// sit makes a session for somebody who has just proven who they are. Its token is told once.
func (b *Book) sit(tx *db.Tx, organiser string, made int64, device Device, tongue lang.Tag, fresh bool) (Token, error) {
	if device != Phone {
		device = Computer
	}
	t, now := newToken(), b.Now()
	s := sitting{hash: t.hash("session"), organiser: organiser, made: made, used: hours(now), device: device, lang: tongue}
	if fresh {
		s.fresh = minutes(now.Add(freshTime))
	}
	return t, insertSitting(tx, s)
}

// Session finds who a cookie stands for; see [IsNobody]. It notes, once an hour, that the session is used.
func (b *Book) Session(ctx context.Context, t Token) (s Session, err error) {
	if _, err := b.key(ctx); err != nil {
		return s, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		s, err = b.seated(tx, t.hash("session"))
		return err
	})
	if err != nil {
		return s, err
	}
	if hours(s.Used) < hours(b.Now()) {
		err = b.DB.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(useSessionSQL, s.hash, hours(b.Now()))
			return err
		})
	}
	return s, fault.In("organiser", err)
}

// seated reads a session and whose it is.
func (b *Book) seated(tx *db.Tx, hash []byte) (s Session, err error) {
	row, found, err := selectSitting(tx, hash)
	if err != nil {
		return s, fault.In("organiser", err)
	}
	now := hours(b.Now())
	if !found || now-row.used >= idleHours || now-row.made >= hardHours {
		return s, errNobody
	}
	p, found, err := selectPerson(tx, row.organiser)
	if err != nil {
		return s, fault.In("organiser", err)
	}
	if !found || !p.opens() {
		return s, errNobody
	}
	s = b.session(row)
	s.Organiser = p.Organiser
	return s, nil
}

func (b *Book) session(row sitting) Session {
	return Session{ID: idOf(row.hash), Since: atHour(row.made), Used: atHour(row.used), Fresh: minutes(b.Now()) < row.fresh, Device: row.device, Lang: row.lang, hash: row.hash}
}

// Sessions are one's own that still open, the latest first.
func (b *Book) Sessions(ctx context.Context, s Session) (list []Session, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		rows, err := selectSittings(tx, s.Organiser.ID)
		now := hours(b.Now())
		for _, row := range rows {
			if now-row.used < idleHours && now-row.made < hardHours {
				one := b.session(row)
				one.Mine = one.ID == s.ID
				list = append(list, one)
			}
		}
		return err
	})
	slices.SortStableFunc(list, func(x, y Session) int { return cmp.Or(y.Used.Compare(x.Used), strings.Compare(x.ID, y.ID)) })
	return list, fault.In("organiser", err)
}

// Revoke ends a session of one's own by its id.
func (b *Book) Revoke(ctx context.Context, s Session, id string) error {
	return b.act(ctx, s, Leave, "", func(tx *db.Tx, me Session) error {
		rows, err := selectSittings(tx, me.Organiser.ID)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if idOf(row.hash) == id {
				_, err := tx.Exec(deleteSessionSQL, row.hash)
				return err
			}
		}
		return errNone
	})
}

// Speak has a session's pages be in a language.
func (b *Book) Speak(ctx context.Context, s Session, tongue lang.Tag) error {
	return fault.In("organiser", b.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(speakSessionSQL, s.hash, string(tongue))
		return err
	}))
}

// act runs fn in one transaction for somebody who is still there, may do it, and has proven lately who they are where that is needed; and writes the trail. fn gets
// them as they are now: a role that was taken in the meantime is gone.
func (b *Book) act(ctx context.Context, s Session, a Act, object string, fn func(tx *db.Tx, me Session) error) error {
	if _, err := b.key(ctx); err != nil {
		return err
	}
	return b.update(ctx, func(tx *db.Tx) error {
		me, err := b.present(tx, s, a)
		if err != nil {
			return err
		}
		if err := fn(tx, me); err != nil {
			return err
		}
		return note(tx, me.Committee.ID, b.Now(), me.Role, a, object)
	})
}

// present is a session as it is now, if it may do an act.
func (b *Book) present(tx *db.Tx, s Session, a Act) (me Session, err error) {
	if me, err = b.seated(tx, s.hash); err != nil {
		return me, err
	}
	switch {
	case !May(me.Role, a):
		return me, errRole
	case Steps(a) && !me.Fresh:
		return me, errProve
	}
	return me, nil
}

// Noted writes that something was read, or that an act was refused: once an hour for the same, so that a trail is not made of reloads.
func (b *Book) Noted(ctx context.Context, s Session, a Act, object string) error {
	there := false
	err := b.DB.View(ctx, func(tx *db.Tx) (err error) {
		there, err = noted(tx, s.Committee.ID, b.Now(), s.Role, a, object)
		return err
	})
	if err != nil || there {
		return fault.In("organiser", err)
	}
	return b.update(ctx, func(tx *db.Tx) error {
		if there, err := noted(tx, s.Committee.ID, b.Now(), s.Role, a, object); err != nil || there {
			return err
		}
		return note(tx, s.Committee.ID, b.Now(), s.Role, a, object)
	})
}

// Trail is one's own committee's, the latest entries last, with its cuts. It is held against itself before anybody sees it; an error wraps ErrTrail, and what there is
// comes with it.
func (b *Book) Trail(ctx context.Context, s Session) (entries []Entry, cuts []Cut, err error) {
	if !May(s.Role, ReadTrail) {
		return nil, nil, errRole
	}
	sealed := int64(0) // the first entry of the latest box
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		if entries, err = entriesOf(tx, eachEntrySQL, s.Committee.ID); err != nil {
			return err
		}
		if cuts, err = cutsOf(tx, eachCutSQL, s.Committee.ID); err != nil {
			return err
		}
		_, err = tx.One(lastSealedSQL, s.Committee.ID).Scan(&sealed)
		return err
	})
	switch {
	case err != nil:
		return nil, nil, fault.In("organiser", err)
	case len(entries) > 0 && entries[0].N <= sealed:
		return entries, cuts, fmt.Errorf("%w: entry %d is sealed already", ErrTrail, entries[0].N)
	}
	return entries, cuts, Verify(s.Committee.ID, entries, cuts)
}

// Sweep deletes what has ended: sessions, invitations, proposals, errands of more than thirty days ago, what passkeys were asked. Then it puts the days of each trail away
// that are older than thirty days: sealed to the committee's keys, or deleted where there is none; their cuts stay. It needs no secret. A trail that can't be put away
// keeps no other one from it; the error tells of all.
func (b *Book) Sweep(ctx context.Context) error {
	now := b.Now()
	var list []Committee
	var broken error
	err := b.update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(sweepSessionsSQL, hours(now)-idleHours+1, hours(now)-hardHours+1); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteInvitationsSQL, hours(now)+1); err != nil {
			return err
		}
		if _, err := tx.Exec(lapseProposalsSQL, hours(now)-lapseHours+1); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteCeremoniesSQL, minutes(now)+1); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteErrandsSQL, hours(now)-errandDays*24); err != nil {
			return err
		}
		all, err := selectCommittees(tx)
		if err != nil {
			return err
		}
		old, err := oldCommittees(tx, putAwayBefore(now))
		if err != nil {
			return err
		}
		list, broken = nil, nil
		for _, c := range all {
			switch err := endDay(tx, c.ID, now.UTC().Format(time.DateOnly)); {
			case errors.Is(err, ErrTrail):
				broken = errors.Join(broken, fault.In("organiser", err))
			case err != nil:
				return err
			case slices.Contains(old, c.ID):
				list = append(list, c)
			}
		}
		return nil
	})
	for _, c := range list {
		if err == nil {
			broken = errors.Join(broken, b.putAway(ctx, c, now))
		}
	}
	return errors.Join(err, broken)
}

func sortDesk(d *Desk) {
	slices.SortStableFunc(d.People, func(x, y Organiser) int {
		return cmp.Or(slices.Index(Roles(), x.Role)-slices.Index(Roles(), y.Role), strings.Compare(x.Name.Reveal(), y.Name.Reveal()))
	})
	slices.SortStableFunc(d.Invitations, func(x, y Invitation) int { return cmp.Or(x.Until.Compare(y.Until), strings.Compare(x.ID, y.ID)) })
}

func sortCounted(list []Counted) {
	slices.SortStableFunc(list, func(x, y Counted) int { return strings.Compare(x.Name, y.Name) })
}
