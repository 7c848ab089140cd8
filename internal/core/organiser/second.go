package organiser

import (
	"context"
	"slices"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Second says how it stands with the second person whom an act may need.
type Second struct {
	Needed bool   // what this one decides waits for another's approval
	May    int    // how many others could approve it now
	From   string // if none could: the day (2006-01-02) from which somebody can, where who proposes or approves joined lately; empty: nobody has a role that may
}

// Second tells of a visit's committee who could approve an act that they propose now: by the same rules as [Book.Do] and [Book.Approve].
func (b *Book) Second(ctx context.Context, s Session, a Act) (w Second, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		w = Second{}
		k, err := b.circle(tx, s.Committee)
		if err != nil {
			return err
		}
		w.Needed = Pair(a, k.count(a, s.Organiser.ID))
		for _, p := range k.people {
			switch {
			case p.ID == s.Organiser.ID || !May(p.Role, a):
			case !k.newcomers(s.Organiser.ID, p.ID):
				w.May++
			default:
				from, err := k.from(s.Organiser.ID, p.ID)
				if err != nil {
					return err
				}
				if w.From == "" || from < w.From {
					w.From = from
				}
			}
		}
		if w.May > 0 {
			w.From = ""
		}
		return nil
	})
	return w, fault.In("organiser", err)
}

// Settled tells whether a visit may approve what another one of their committee has proposed, as far as it is a question of how long the two have been here.
func (b *Book) Settled(ctx context.Context, s Session, p Proposal) (is bool, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		k, err := b.circle(tx, s.Committee)
		is = !k.newcomers(p.organiser, s.Organiser.ID)
		return err
	})
	return is, fault.In("organiser", err)
}

// settleDays is how long what changes who the organisers are changes nothing about grave acts: whoever is forced to sign in could otherwise end the others' places, bring
// in a second person that is no other, or be the one to whom the committee is handed over.
const settleDays = 3

var errNewcomer = fault.New(fault.Refused, "fault.desk.newcomer")

// circle is a committee's people as far as grave acts are concerned, and what has changed about them in the last days.
type circle struct {
	people []person
	before string // the last day on which somebody joined who has been here a while
	young  bool   // the committee itself is no older: nobody has been here longer than another
	ended  int    // places
	handed int    // times that the committee was handed over
	moved  int    // times that somebody was said to be inside or abroad who was not
}

func (b *Book) circle(tx *db.Tx, c Committee) (k circle, err error) {
	if c, _, err = selectCommittee(tx, c.Name); err != nil {
		return k, err
	}
	if k.people, err = selectPeople(tx, c.ID); err != nil {
		return k, err
	}
	k.before = b.Now().UTC().AddDate(0, 0, -settleDays).Format(time.DateOnly)
	k.young = c.Made > k.before
	since := hours(b.Now()) - settleDays*24
	for _, of := range []struct {
		n      *int
		act    Act
		object string
	}{{&k.ended, People, endedObject}, {&k.handed, HandOver, handedObject}, {&k.moved, People, string(Inside)}, {&k.moved, People, string(Abroad)}} {
		n := 0
		if _, err := tx.One(countEntriesSQL, c.ID, since, string(of.act), of.object).Scan(&n); err != nil {
			return k, err
		}
		*of.n += n
	}
	return k, nil
}

// count is how many organisers there are where one of them decides an act: whoever's place was ended in the last days counts still, and after a handing over it is two that
// everything needs, as before. All but publishing, for they may have to say at once what has happened; if it is plain who they are.
func (k circle) count(a Act, who string) int {
	n := len(k.people) + k.ended
	if k.handed > 0 && (a != Publish || k.moved > 0 || k.late(who)) {
		n = max(n, pairFrom)
	}
	return n
}

// newcomers tells of two who propose and approve that one of them joined in the last days, where there is somebody besides them who did not, or was until lately.
func (k circle) newcomers(proposer, approver string) bool {
	if !k.late(proposer) && !k.late(approver) {
		return false
	}
	return k.ended > 0 || k.handed > 0 || slices.ContainsFunc(k.people, func(p person) bool { return p.ID != proposer && p.ID != approver && p.Made <= k.before })
}

// late tells of one of them that they joined in the last days.
func (k circle) late(id string) bool {
	i := slices.IndexFunc(k.people, func(p person) bool { return p.ID == id })
	return !k.young && (i < 0 || k.people[i].Made > k.before)
}

// from is the day from which two of them decide together.
func (k circle) from(proposer, approver string) (day string, err error) {
	for _, p := range k.people {
		if p.ID == proposer || p.ID == approver {
			day = max(day, p.Made)
		}
	}
	last, err := time.Parse(time.DateOnly, day)
	return last.AddDate(0, 0, settleDays).Format(time.DateOnly), err
}
