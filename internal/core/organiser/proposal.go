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

// Deed is an act on something, of a content: what is approved later is what was proposed, to the byte.
type Deed struct {
	Act    Act
	Object string // such as a case's slug
	Digest [32]byte
}

// Proposal is a deed that waits for a second person.
type Proposal struct {
	Deed
	ID   string
	Role Role      // of who proposed it
	Made time.Time // the hour
	Mine bool      // who asks has proposed it

	organiser string
}

// Lapses is the hour in which it ends unapproved.
func (p Proposal) Lapses() time.Time { return p.Made.Add(lapseHours * time.Hour) }

var (
	errSelf     = fault.New(fault.Refused, "fault.desk.self")
	errProposal = fault.New(fault.Gone, "fault.desk.proposal")
)

// Do does a deed: at once, in one transaction with its line in the trail, or, where the committee has to be two for it, by proposing it. done tells which. carry is
// only run in the first case; what it returns undoes everything.
func (b *Book) Do(ctx context.Context, s Session, d Deed, carry func(tx *db.Tx) error) (done bool, p Proposal, err error) {
	if !objectForm.MatchString(d.Object) || len(d.Object) > objectMost {
		return false, p, errNone
	}
	err = b.whole(ctx, s, d.Act, func(tx *db.Tx, me Session) error {
		list, err := selectPeople(tx, me.Committee.ID)
		if err != nil {
			return err
		}
		if done = !Pair(d.Act, len(list)); done {
			if err := carry(tx); err != nil {
				return err
			}
			return note(tx, me.Committee.ID, b.Now(), me.Role, d.Act, d.Object)
		}
		p = Proposal{Deed: d, ID: newID(), Role: me.Role, Made: hourOf(b.Now()), Mine: true, organiser: me.Organiser.ID}
		if _, err := tx.Exec(insertProposalSQL, p.ID, me.Committee.ID, string(d.Act), d.Object, d.Digest[:], p.organiser, string(p.Role), hours(p.Made)); err != nil {
			return err
		}
		return note(tx, me.Committee.ID, b.Now(), me.Role, d.Act, proposed(d.Object))
	})
	return done && err == nil, p, err
}

func proposed(object string) string { return "proposed/" + object }

// whole is act for what others carry out: whatever they return undoes it, a refusal too.
func (b *Book) whole(ctx context.Context, s Session, a Act, fn func(tx *db.Tx, me Session) error) error {
	if _, err := b.key(ctx); err != nil {
		return err
	}
	var refused error
	err := b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		refused = nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		me, err := b.present(tx, s, a)
		if fault.Of(err) != nil {
			refused = err // nothing is written yet
			return nil
		}
		if err != nil {
			return err
		}
		return fn(tx, me)
	})
	if err == nil {
		err = refused
	}
	if fault.Of(err) != nil {
		return err
	}
	return fault.In("organiser", err)
}

// Proposals are those of one's own committee that wait, the oldest first.
func (b *Book) Proposals(ctx context.Context, s Session) (list []Proposal, err error) {
	if !May(s.Role, Look) {
		return nil, errRole
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		return tx.Each(eachProposalSQL, []any{s.Committee.ID}, func(scan func(...any) error) error {
			p, err := scanProposal(scan)
			if p.Mine = p.organiser == s.Organiser.ID; err == nil && b.Now().Before(p.Lapses()) {
				list = append(list, p)
			}
			return err
		})
	})
	slices.SortFunc(list, func(x, y Proposal) int { return cmp.Or(x.Made.Compare(y.Made), strings.Compare(x.ID, y.ID)) })
	return list, fault.In("organiser", err)
}

func scanProposal(scan func(...any) error) (p Proposal, err error) {
	var digest []byte
	var made int64
	if err = scan(&p.ID, &p.Act, &p.Object, &digest, &p.organiser, &p.Role, &made); err == nil && len(digest) == len(p.Digest) {
		p.Digest = [32]byte(digest)
	}
	p.Made = atHour(made)
	return p, err
}

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

// Approve carries out what another organiser has proposed, in one transaction. Whoever approves must be allowed to do it, and have proven lately who they are. carry
// holds what it finds against the proposal's digest; what it returns undoes everything.
func (b *Book) Approve(ctx context.Context, s Session, id string, carry func(tx *db.Tx, p Proposal) error) error {
	return b.whole(ctx, s, Look, func(tx *db.Tx, me Session) error {
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
		if err := carry(tx, p); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteProposalSQL, id); err != nil {
			return err
		}
		return note(tx, me.Committee.ID, b.Now(), me.Role, p.Act, p.Object)
	})
}

// Refuse ends a proposal: by whoever may do the act, or by who proposed it.
func (b *Book) Refuse(ctx context.Context, s Session, id string) error {
	return b.whole(ctx, s, Look, func(tx *db.Tx, me Session) error {
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
