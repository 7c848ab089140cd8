package organiser

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Proposal is a deed that waits for a second person.
type Proposal struct {
	Deed
	ID   string
	Role Role      // of who proposed it
	Made time.Time // the hour
	Mine bool      // who asks has proposed it

	organiser string
	sealed    []byte
}

// Lapses is the hour in which it ends unapproved.
func (p Proposal) Lapses() time.Time { return p.Made.Add(lapseHours * time.Hour) }

var (
	errSelf     = fault.New(fault.Refused, "fault.desk.self")
	errProposal = fault.New(fault.Gone, "fault.desk.proposal")
)

func proposed(object string) string { return "proposed/" + object }

// Proposals are those of one's own committee that wait, the oldest first.
func (b *Book) Proposals(ctx context.Context, s Session) (list []Proposal, err error) {
	if !May(s.Role, Look) {
		return nil, errRole
	}
	box, err := b.key(ctx)
	if err != nil {
		return nil, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		return tx.Each(eachProposalSQL, []any{s.Committee.ID}, func(scan func(...any) error) error {
			p, err := scanProposal(scan)
			if err != nil || !b.Now().Before(p.Lapses()) {
				return err
			}
			if p.Payload, err = openPayload(box, p.ID, s.Committee.ID, p.Deed, p.sealed); err != nil {
				p.Payload = nil // somebody has changed the row: Approve refuses it
			}
			p.Mine = p.organiser == s.Organiser.ID
			list = append(list, p)
			return nil
		})
	})
	slices.SortStableFunc(list, func(x, y Proposal) int { return cmp.Or(x.Made.Compare(y.Made), strings.Compare(x.ID, y.ID)) })
	return list, fault.In("organiser", err)
}

// Proposal is one of one's own committee that waits; a fault of kind Gone if there is none any more.
func (b *Book) Proposal(ctx context.Context, s Session, id string) (Proposal, error) {
	list, err := b.Proposals(ctx, s)
	if err != nil {
		return Proposal{}, err
	}
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	return Proposal{}, errProposal
}

func insertProposal(tx *db.Tx, committee string, p Proposal, sealed []byte) error {
	_, err := tx.Exec(insertProposalSQL, p.ID, committee, string(p.Act), p.Object, sealed, p.organiser, string(p.Role), hours(p.Made))
	return err
}

func scanProposal(scan func(...any) error) (p Proposal, err error) {
	var made int64
	err = scan(&p.ID, &p.Act, &p.Object, &p.sealed, &p.organiser, &p.Role, &made)
	p.Made = atHour(made)
	return p, err
}

// proposal is one that waits, its payload sealed.
func (b *Book) proposal(tx *db.Tx, me Session, id string) (p Proposal, err error) {
	found := false
	err = tx.Each(selectProposalSQL, []any{id, me.Committee.ID}, func(scan func(...any) error) error {
		found = true
		p, err = scanProposal(scan)
		return err
	})
	if err == nil && (!found || !b.Now().Before(p.Lapses())) {
		err = errProposal
	}
	return p, err
}

// Approve decides what another organiser has proposed: it becomes an errand of the same id, in one transaction with its line in the trail. Whoever approves must be
// allowed to do it, and have proven lately who they are.
func (b *Book) Approve(ctx context.Context, s Session, id string) (e Errand, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return e, err
	}
	err = b.update(ctx, func(tx *db.Tx) error {
		e = Errand{}
		me, err := b.present(tx, s, Look)
		if err != nil {
			return err
		}
		if there, found, err := selectErrand(tx, id); err != nil || found && tx.Again() && there.Committee.ID == me.Committee.ID { // this ran before, and its answer was lost
			e = there.Errand
			return err
		}
		p, err := b.proposal(tx, me, id)
		if err != nil {
			return err
		}
		if p.organiser == me.Organiser.ID {
			return errSelf
		}
		if _, err := b.present(tx, s, p.Act); err != nil {
			return err
		}
		if k, err := b.circle(tx, me.Committee); err != nil || k.newcomers(p.organiser, me.Organiser.ID) {
			return cmp.Or(err, error(errNewcomer))
		}
		if p.Payload, err = openPayload(box, p.ID, me.Committee.ID, p.Deed, p.sealed); err != nil {
			return errProposal // somebody has changed the row
		}
		if _, err := tx.Exec(deleteProposalSQL, id); err != nil {
			return err
		}
		e = Errand{Deed: p.Deed, ID: id, Committee: Committee{ID: me.Committee.ID}, Role: p.Role, Made: hourOf(b.Now()), State: Waiting}
		return b.decide(tx, me, e, p.sealed)
	})
	if err != nil {
		return Errand{}, err
	}
	return e, nil
}

// Refuse ends a proposal: by whoever may do the act, or by who proposed it.
func (b *Book) Refuse(ctx context.Context, s Session, id string) error {
	return b.update(ctx, func(tx *db.Tx) error {
		me, err := b.present(tx, s, Look)
		if err != nil {
			return err
		}
		p, err := b.proposal(tx, me, id)
		if err != nil {
			return err
		}
		if p.organiser != me.Organiser.ID && !May(me.Role, p.Act) {
			return errRole
		}
		if _, err := tx.Exec(deleteProposalSQL, id); err != nil {
			return err
		}
		return note(tx, me.Committee.ID, b.Now(), me.Role, p.Act, "refused/"+p.Object)
	})
}
