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
	From   string // if none could: the day (2006-01-02) from which somebody can who joined lately; empty: nobody has a role that may
}

// Second tells of a visit's committee who could approve an act that they propose now: by the same rules as [Book.Do] and [Book.Approve].
func (b *Book) Second(ctx context.Context, s Session, a Act) (w Second, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		w = Second{}
		list, err := selectPeople(tx, s.Committee.ID)
		if err != nil {
			return err
		}
		n, err := b.counted(tx, s.Committee.ID, a, len(list))
		if err != nil {
			return err
		}
		w.Needed = Pair(a, n)
		day := b.settledDay()
		for _, p := range list {
			switch {
			case p.ID == s.Organiser.ID || !May(p.Role, a):
			case !newcomer(list, p, s.Organiser.ID, day):
				w.May++
			default:
				joined, err := time.Parse(time.DateOnly, p.Made)
				if err != nil {
					return err
				}
				if from := joined.AddDate(0, 0, settleDays).Format(time.DateOnly); w.From == "" || from < w.From {
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

// Settled tells whether a visit may approve what another one of their committee has proposed, as far as it is a question of how long they have been here.
func (b *Book) Settled(ctx context.Context, s Session, p Proposal) (is bool, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list, err := selectPeople(tx, s.Committee.ID)
		i := slices.IndexFunc(list, func(o person) bool { return o.ID == s.Organiser.ID })
		is = i >= 0 && !newcomer(list, list[i], p.organiser, b.settledDay())
		return err
	})
	return is, fault.In("organiser", err)
}

// settledDay is the last day on which somebody joined who approves by now.
func (b *Book) settledDay() string {
	return b.Now().UTC().AddDate(0, 0, -settleDays).Format(time.DateOnly)
}

// newcomer tells of one of a committee that they joined after a day, where there is somebody besides them and who proposed it who did not.
func newcomer(list []person, who person, proposer, day string) bool {
	return who.Made > day && slices.ContainsFunc(list, func(p person) bool { return p.ID != who.ID && p.ID != proposer && p.Made <= day })
}
