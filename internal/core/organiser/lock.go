package organiser

import (
	"context"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

var (
	errLocked = fault.New(fault.Refused, "fault.desk.locked")
	errAbroad = fault.New(fault.Refused, "fault.desk.abroad")

	errCommitteeTaken = fault.New(fault.Conflict, "fault.desk.committee_taken").At("name")
)

// committeesMost is how many committees one installation hosts.
const committeesMost = 500

// opens tells whether somebody of a role and at a place may come in: where a committee is locked, leads abroad alone.
func opens(c Committee, r Role, p Place) bool { return !c.Locked || r == Lead && p == Abroad }

func (p person) opens() bool { return opens(p.Committee, p.Role, p.Place) }

// Lock ends every session of one's own committee, one's own too, and every invitation. Nobody comes in again but a lead who is abroad, until one of these, or who runs
// the server, opens it. It asks for no fresh proof: who has to be quick is not asked for a code, and whoever took a cookie can only close.
func (b *Book) Lock(ctx context.Context, s Session) error {
	return b.act(ctx, s, Lock, "", func(tx *db.Tx, me Session) error {
		list, err := selectPeople(tx, me.Committee.ID)
		if err != nil {
			return err
		}
		for _, p := range list {
			if _, err := tx.Exec(deleteSessionsSQL, p.ID); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(endInvitationsSQL, me.Committee.ID); err != nil {
			return err
		}
		_, err = tx.Exec(lockCommitteeSQL, me.Committee.ID, hours(b.Now()))
		return err
	})
}

// Reopen opens one's own committee again: by a lead who is abroad.
func (b *Book) Reopen(ctx context.Context, s Session) error {
	return b.act(ctx, s, Unlock, "", func(tx *db.Tx, me Session) error {
		if me.Place != Abroad {
			return errAbroad
		}
		_, err := tx.Exec(lockCommitteeSQL, me.Committee.ID, 0)
		return err
	})
}

// ReopenByServer is Reopen for whoever may run commands on the server, by the committee's name; a fault of kind Invalid if there is none. It tells whether it was locked.
func (b *Book) ReopenByServer(ctx context.Context, committee string) (was bool, err error) {
	err = b.update(ctx, func(tx *db.Tx) error {
		c, found, err := selectCommittee(tx, committee)
		switch was = c.Locked; {
		case err != nil:
			return err
		case !found:
			return errCommittee
		case !was:
			return nil
		}
		if _, err := tx.Exec(lockCommitteeSQL, c.ID, 0); err != nil {
			return err
		}
		return note(tx, c.ID, b.Now(), "server", Unlock, "")
	})
	return was, err
}

// handedObject is what the trail says of a handing over that was done, as beside one that was only looked at: who it left is one who leads.
const handedObject = string(Lead)

// HandOver gives one's own committee to somebody of it who is abroad: they become a lead, everybody who is inside loses their place, with all that is kept of them, and
// every invitation and session but theirs ends. Who is abroad keeps their place.
func (b *Book) HandOver(ctx context.Context, s Session, id string) error {
	return b.act(ctx, s, HandOver, handedObject, func(tx *db.Tx, me Session) error {
		list, err := selectPeople(tx, me.Committee.ID)
		if err != nil {
			return err
		}
		var heir *person
		for _, p := range list {
			if p.ID == id {
				heir = &p
			}
		}
		switch {
		case heir == nil:
			return errNone
		case heir.Place != Abroad:
			return errAbroad
		}
		for _, p := range list {
			switch {
			case p.Place != Abroad:
				err = forget(tx, p.ID)
			case p.ID == id:
				_, err = tx.Exec(updateRoleSQL, p.ID, string(Lead), string(p.Place))
			default:
				_, err = tx.Exec(deleteSessionsSQL, p.ID)
			}
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(endInvitationsSQL, me.Committee.ID)
		return err
	})
}

// Purged is what Purge has deleted.
type Purged struct{ Invitations, Proposals int64 }

// Purge deletes, of a committee, what a desk can do without: invitations, proposals that wait, and what errands were done. For who carries out an errand of that act; it
// may run again.
func (b *Book) Purge(ctx context.Context, committee string) (p Purged, err error) {
	err = b.update(ctx, func(tx *db.Tx) error {
		if p.Invitations, err = tx.Exec(endInvitationsSQL, committee); err != nil {
			return err
		}
		if p.Proposals, err = tx.Exec(endProposalsSQL, committee); err != nil {
			return err
		}
		_, err := tx.Exec(endErrandsSQL, committee)
		return err
	})
	return p, err
}

// InviteAlly makes a committee of its own in this installation, and the link by which its first lead joins, which is told once. Only a lead of the first committee may: what
// is hosted here is theirs to answer for. A name that is taken is a fault of kind Conflict.
func (b *Book) InviteAlly(ctx context.Context, s Session, name string) (t Token, i Invitation, err error) {
	if !committeeForm.MatchString(name) {
		return t, i, errCommittee.At("name")
	}
	t = newToken()
	err = b.act(ctx, s, Invite, "committee/"+name, func(tx *db.Tx, me Session) error {
		if me.Committee.Name != Home || me.Role != Lead {
			return errRole
		}
		switch _, found, err := selectCommittee(tx, name); {
		case err != nil:
			return err
		case found:
			return errCommitteeTaken
		}
		all, err := selectCommittees(tx)
		if err == nil && len(all) >= committeesMost {
			err = errMany
		}
		if err != nil {
			return err
		}
		c := Committee{ID: newID(), Name: name, Made: b.day()}
		if _, err := tx.Exec(insertCommitteeSQL, c.ID, c.Name, c.Made); err != nil {
			return err
		}
		if i, err = b.invite(tx, t, c, Lead); err != nil {
			return err
		}
		return note(tx, c.ID, b.Now(), "server", Invite, string(Lead))
	})
	return t, i, err
}
