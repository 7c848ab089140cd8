package organiser

import (
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

const (
	insertKeySQL = `INSERT INTO organiser_key (one, wrapped) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`
	selectKeySQL = `SELECT wrapped FROM organiser_key WHERE one = 1`
	updateKeySQL = `UPDATE organiser_key SET wrapped = $1 WHERE one = 1`

	insertCommitteeSQL = `INSERT INTO organiser_committee (id, name, made) VALUES ($1, $2, $3)`
	committeeNamedSQL  = `SELECT id, name, made, locked FROM organiser_committee WHERE name = $1`
	eachCommitteeSQL   = `SELECT id, name, made, locked FROM organiser_committee`
	lockCommitteeSQL   = `UPDATE organiser_committee SET locked = $2 WHERE id = $1`

	selectHolderSQL = `SELECT committee FROM organiser_case WHERE casefile = $1`
	eachHolderSQL   = `SELECT casefile, committee FROM organiser_case`
	dropAsksOfSQL   = `DELETE FROM organiser_proposal WHERE committee = $1 AND object = $2`
	dropHolderSQL   = `DELETE FROM organiser_case WHERE casefile = $1`
	putHolderSQL    = `INSERT INTO organiser_case (casefile, committee) VALUES ($1, $2)`

	insertOrganiserSQL = `INSERT INTO organiser (id, committee, mark, name, role, place, password, totp, step, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	organiserFields    = `SELECT o.id, o.committee, c.name, c.locked, o.name, o.role, o.place, o.password, o.totp, o.step, o.made FROM organiser o JOIN organiser_committee c ON c.id = o.committee `
	organiserByIDSQL   = organiserFields + `WHERE o.id = $1`
	organiserByMarkSQL = organiserFields + `WHERE c.name = $1 AND o.mark = $2`
	eachOrganiserSQL   = organiserFields + `WHERE o.committee = $1`
	updateRoleSQL      = `UPDATE organiser SET role = $2, place = $3 WHERE id = $1`
	updateStepSQL      = `UPDATE organiser SET step = $2 WHERE id = $1 AND step < $2`
	updatePasswordSQL  = `UPDATE organiser SET password = $2 WHERE id = $1`
	updateTOTPSQL      = `UPDATE organiser SET totp = $2, step = $3 WHERE id = $1`
	deleteOrganiserSQL = `DELETE FROM organiser WHERE id = $1`

	insertRecoverySQL   = `INSERT INTO organiser_recovery (hash, organiser) VALUES ($1, $2)`
	selectRecoverySQL   = `SELECT 1 FROM organiser_recovery WHERE hash = $1 AND organiser = $2`
	countRecoverySQL    = `SELECT COUNT(*) FROM organiser_recovery WHERE organiser = $1`
	deleteRecoverySQL   = `DELETE FROM organiser_recovery WHERE hash = $1 AND organiser = $2`
	deleteRecoveriesSQL = `DELETE FROM organiser_recovery WHERE organiser = $1`

	insertInvitationSQL  = `INSERT INTO organiser_invitation (hash, committee, role, until) VALUES ($1, $2, $3, $4)`
	selectInvitationSQL  = `SELECT i.committee, c.name, i.role, i.until FROM organiser_invitation i JOIN organiser_committee c ON c.id = i.committee WHERE i.hash = $1`
	eachInvitationSQL    = `SELECT hash, role, until FROM organiser_invitation WHERE committee = $1`
	deleteInvitationSQL  = `DELETE FROM organiser_invitation WHERE hash = $1`
	endInvitationsSQL    = `DELETE FROM organiser_invitation WHERE committee = $1`
	deleteInvitationsSQL = `DELETE FROM organiser_invitation WHERE until < $1`

	insertSessionSQL  = `INSERT INTO organiser_session (hash, organiser, made, used, fresh, device, lang) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectSessionSQL  = `SELECT organiser, made, used, fresh, device, lang FROM organiser_session WHERE hash = $1`
	eachSessionSQL    = `SELECT hash, made, used, fresh, device, lang FROM organiser_session WHERE organiser = $1`
	useSessionSQL     = `UPDATE organiser_session SET used = $2 WHERE hash = $1`
	speakSessionSQL   = `UPDATE organiser_session SET lang = $2 WHERE hash = $1`
	deleteSessionSQL  = `DELETE FROM organiser_session WHERE hash = $1`
	deleteSessionsSQL = `DELETE FROM organiser_session WHERE organiser = $1`
	sweepSessionsSQL  = `DELETE FROM organiser_session WHERE used < $1 OR made < $2`

	insertProposalSQL   = `INSERT INTO organiser_proposal (id, committee, act, object, payload, organiser, role, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	selectProposalSQL   = `SELECT id, act, object, payload, organiser, role, made FROM organiser_proposal WHERE id = $1 AND committee = $2`
	eachProposalSQL     = `SELECT id, act, object, payload, organiser, role, made FROM organiser_proposal WHERE committee = $1`
	deleteProposalSQL   = `DELETE FROM organiser_proposal WHERE id = $1`
	deleteProposalsSQL  = `DELETE FROM organiser_proposal WHERE organiser = $1`
	lapseProposalsSQL   = `DELETE FROM organiser_proposal WHERE made < $1`
	insertAnsweredSQL   = `INSERT INTO organiser_ceremony (hash, data, until) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING`
	deleteCeremoniesSQL = `DELETE FROM organiser_ceremony WHERE until < $1`

	insertPasskeySQL  = `INSERT INTO organiser_passkey (hash, organiser, label, record, made) VALUES ($1, $2, $3, $4, $5)`
	eachPasskeySQL    = `SELECT hash, label, record, made FROM organiser_passkey WHERE organiser = $1`
	updatePasskeySQL  = `UPDATE organiser_passkey SET record = $2 WHERE hash = $1`
	deletePasskeySQL  = `DELETE FROM organiser_passkey WHERE hash = $1 AND organiser = $2`
	deletePasskeysSQL = `DELETE FROM organiser_passkey WHERE organiser = $1`
)

// lockNumber is this package's lock: what is done at desks is done one after the other, on however many nodes, so that a trail has one order.
const lockNumber = 0x6f75746372790106

// Rewrap wraps the desk's key anew, as a part of the change of the unlock secret.
func Rewrap(tx *db.Tx, from, to *seal.Unlock) error {
	box, found, err := keyOf(tx, from)
	if err != nil || !found {
		return err
	}
	_, err = tx.Exec(updateKeySQL, to.WrapBox(boxPurpose, box))
	return err
}

// keyOf is the desk's key, if one was made.
func keyOf(tx *db.Tx, u *seal.Unlock) (box seal.Box, found bool, err error) {
	var wrapped []byte
	if found, err = tx.One(selectKeySQL).Scan(&wrapped); err != nil || !found {
		return box, found, err
	}
	box, err = u.UnwrapBox(boxPurpose, wrapped)
	return box, true, err
}

// person is an organiser's row.
type person struct {
	Organiser
	name, password, totp []byte // sealed
	step                 int64
}

func (p *person) scan(scan func(...any) error) error {
	locked := int64(0)
	err := scan(&p.ID, &p.Committee.ID, &p.Committee.Name, &locked, &p.name, &p.Role, &p.Place, &p.password, &p.totp, &p.step, &p.Made)
	p.Committee.Locked = locked > 0
	return err
}

func selectPerson(tx *db.Tx, id string) (p person, found bool, err error) {
	err = tx.Each(organiserByIDSQL, []any{id}, func(scan func(...any) error) error {
		found = true
		return p.scan(scan)
	})
	return p, found, err
}

func selectMarked(tx *db.Tx, committee string, mark []byte) (p person, found bool, err error) {
	err = tx.Each(organiserByMarkSQL, []any{committee, mark}, func(scan func(...any) error) error {
		found = true
		return p.scan(scan)
	})
	return p, found, err
}

func selectPeople(tx *db.Tx, committee string) (list []person, err error) {
	err = tx.Each(eachOrganiserSQL, []any{committee}, func(scan func(...any) error) error {
		var p person
		if err := p.scan(scan); err != nil {
			return err
		}
		list = append(list, p)
		return nil
	})
	return list, err
}

func selectCommittee(tx *db.Tx, name string) (c Committee, found bool, err error) {
	locked := int64(0)
	found, err = tx.One(committeeNamedSQL, name).Scan(&c.ID, &c.Name, &c.Made, &locked)
	c.Locked = locked > 0
	return c, found, err
}

func selectCommittees(tx *db.Tx) (list []Committee, err error) {
	err = tx.Each(eachCommitteeSQL, nil, func(scan func(...any) error) error {
		var c Committee
		locked := int64(0)
		if err := scan(&c.ID, &c.Name, &c.Made, &locked); err != nil {
			return err
		}
		c.Locked = locked > 0
		list = append(list, c)
		return nil
	})
	return list, err
}

// selectHolder is the id of the committee that a case was given to.
func selectHolder(tx *db.Tx, slug string) (holder string, found bool, err error) {
	found, err = tx.One(selectHolderSQL, slug).Scan(&holder)
	return holder, found, err
}

func selectHolders(tx *db.Tx) (map[string]string, error) {
	holders := map[string]string{}
	return holders, tx.Each(eachHolderSQL, nil, func(scan func(...any) error) error {
		slug, holder := "", ""
		err := scan(&slug, &holder)
		holders[slug] = holder
		return err
	})
}

// sitting is a session's row.
type sitting struct {
	hash              []byte
	organiser         string
	made, used, fresh int64
	device            Device
	lang              lang.Tag
}

func insertSitting(tx *db.Tx, s sitting) error {
	_, err := tx.Exec(insertSessionSQL, s.hash, s.organiser, s.made, s.used, s.fresh, string(s.device), string(s.lang))
	return err
}

func selectSitting(tx *db.Tx, hash []byte) (s sitting, found bool, err error) {
	s.hash = hash
	found, err = tx.One(selectSessionSQL, hash).Scan(&s.organiser, &s.made, &s.used, &s.fresh, &s.device, &s.lang)
	return s, found, err
}

func selectSittings(tx *db.Tx, organiser string) (list []sitting, err error) {
	err = tx.Each(eachSessionSQL, []any{organiser}, func(scan func(...any) error) error {
		s := sitting{organiser: organiser}
		if err := scan(&s.hash, &s.made, &s.used, &s.fresh, &s.device, &s.lang); err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

// forget deletes all that there is of an organiser.
func forget(tx *db.Tx, organiser string) error {
	for _, statement := range []string{deleteSessionsSQL, deletePasskeysSQL, deleteRecoveriesSQL, deleteProposalsSQL, deleteOrganiserSQL} {
		if _, err := tx.Exec(statement, organiser); err != nil {
			return err
		}
	}
	return nil
}

// passkeyRow is a passkey as it is kept: label and record sealed.
type passkeyRow struct {
	hash, labelled, record []byte
	made                   string
}

func labelPurpose(hash []byte) string { return "passkey label " + idOf(hash) }

func (r passkeyRow) label(box seal.Box) (seal.Private[string], error) {
	padded, err := box.Open(labelPurpose(r.hash), r.labelled)
	if err != nil {
		return seal.Private[string]{}, err
	}
	text, err := seal.Unpadded(padded)
	return seal.Hide(string(text)), err
}

func selectPasskeyRows(tx *db.Tx, organiser string) (list []passkeyRow, err error) {
	err = tx.Each(eachPasskeySQL, []any{organiser}, func(scan func(...any) error) error {
		var r passkeyRow
		if err := scan(&r.hash, &r.labelled, &r.record, &r.made); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	})
	return list, err
}
