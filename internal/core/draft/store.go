package draft

import (
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
)

const (
	insertKeySQL = `INSERT INTO draft_key (one, wrapped) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`
	selectKeySQL = `SELECT wrapped FROM draft_key WHERE one = 1`
	updateKeySQL = `UPDATE draft_key SET wrapped = $1 WHERE one = 1`

	insertDraftSQL  = `INSERT INTO draft (slug, head, last, published, earlier, applied, looked) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectDraftSQL  = `SELECT head, last, published, earlier, applied, looked FROM draft WHERE slug = $1`
	eachDraftSQL    = `SELECT slug, head, last, published, earlier, applied, looked FROM draft`
	updateDraftSQL  = `UPDATE draft SET head = $2, last = $3, published = $4, earlier = $5, applied = $6, looked = $7 WHERE slug = $1`
	insertRevSQL    = `INSERT INTO draft_revision (slug, n, base, role, what, made, aside, photo, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	selectRevSQL    = `SELECT base, role, what, made, aside, doc FROM draft_revision WHERE slug = $1 AND n = $2`
	headingRevSQL   = `SELECT role, made FROM draft_revision WHERE slug = $1 AND n = $2`
	eachRevSQL      = `SELECT n, base, role, what, made, aside FROM draft_revision WHERE slug = $1 ORDER BY n DESC`
	nearestRevSQL   = `SELECT n FROM draft_revision WHERE slug = $1 AND n <= $2 AND (aside = 0 OR n = $2) ORDER BY n DESC LIMIT 1`
	countAsideSQL   = `SELECT COUNT(*) FROM draft_revision WHERE slug = $1 AND aside = 1`
	lastAsideSQL    = `SELECT n, doc FROM draft_revision WHERE slug = $1 AND aside = 1 AND base = $2 ORDER BY n DESC LIMIT 1`
	asideRevSQL     = `UPDATE draft_revision SET aside = $3 WHERE slug = $1 AND n = $2`
	asideBaseSQL    = `UPDATE draft_revision SET aside = 1, base = $3 WHERE slug = $1 AND n = $2`
	deleteRevSQL    = `DELETE FROM draft_revision WHERE slug = $1 AND n = $2`
	deleteRevsSQL   = `DELETE FROM draft_revision WHERE slug = $1`
	deleteDraftSQL  = `DELETE FROM draft WHERE slug = $1`
	putReviewSQL    = `INSERT INTO draft_review (slug, n, role, remark, made, back) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (slug) DO UPDATE SET n = excluded.n, role = excluded.role, remark = excluded.remark, made = excluded.made, back = excluded.back`
	selectReviewSQL = `SELECT slug, n, role, remark, made, back FROM draft_review WHERE slug = $1`
	eachReviewSQL   = `SELECT slug, n, role, remark, made, back FROM draft_review WHERE back = 0`
	deleteReviewSQL = `DELETE FROM draft_review WHERE slug = $1`

	deleteTextsSQL  = `DELETE FROM draft_translation WHERE slug = $1`
	deleteGuestsSQL = `DELETE FROM draft_guest WHERE slug = $1`
	sweepGuestsSQL  = `DELETE FROM draft_guest WHERE until <= $1`
)

// keyOf is the drafts' key, if one was made.
func keyOf(tx *db.Tx, u *seal.Unlock) (box seal.Box, found bool, err error) {
	var wrapped []byte
	if found, err = tx.One(selectKeySQL).Scan(&wrapped); err != nil || !found {
		return box, found, err
	}
	box, err = u.UnwrapBox(boxPurpose, wrapped)
	return box, true, err
}

// makeKey is keyOf that makes one; of two that make one at the same time, both get the first.
func makeKey(tx *db.Tx, u *seal.Unlock) (seal.Box, error) {
	box, found, err := keyOf(tx, u)
	if err != nil || found {
		return box, err
	}
	if _, err := tx.Exec(insertKeySQL, u.WrapBox(boxPurpose, seal.NewBox())); err != nil {
		return box, err
	}
	box, _, err = keyOf(tx, u)
	return box, err
}

// Rewrap wraps the drafts' key anew, as a part of the change of the unlock secret.
func Rewrap(tx *db.Tx, from, to *seal.Unlock) error {
	box, found, err := keyOf(tx, from)
	if err != nil || !found {
		return err
	}
	_, err = tx.Exec(updateKeySQL, to.WrapBox(boxPurpose, box))
	return err
}

// state is a draft's row: numbers of revisions.
type state struct {
	slug                                    string
	head, last, published, earlier, applied int
	looked                                  bool // since the last publication
}

func (s *state) scan(scan func(...any) error, before ...any) error {
	looked := 0
	err := scan(append(before, &s.head, &s.last, &s.published, &s.earlier, &s.applied, &looked)...)
	s.looked = looked != 0
	return err
}

func selectState(tx *db.Tx, slug string) (s state, found bool, err error) {
	s.slug = slug
	err = tx.Each(selectDraftSQL, []any{slug}, func(scan func(...any) error) error {
		found = true
		return s.scan(scan)
	})
	return s, found, err
}

func selectStates(tx *db.Tx) (list []state, err error) {
	err = tx.Each(eachDraftSQL, nil, func(scan func(...any) error) error {
		var s state
		if err := s.scan(scan, &s.slug); err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

func (s state) insert(tx *db.Tx) error {
	_, err := tx.Exec(insertDraftSQL, s.slug, s.head, s.last, s.published, s.earlier, s.applied, one(s.looked))
	return err
}

func (s state) update(tx *db.Tx) error {
	_, err := tx.Exec(updateDraftSQL, s.slug, s.head, s.last, s.published, s.earlier, s.applied, one(s.looked))
	return err
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// what a row's aside says.
const (
	ofChain = iota
	asideOpen
	asideSettled
)

func insertRevision(tx *db.Tx, box seal.Box, slug string, r Revision) error {
	aside := ofChain
	switch {
	case r.Open:
		aside = asideOpen
	case r.Aside:
		aside = asideSettled
	}
	_, err := tx.Exec(insertRevSQL, slug, r.N, r.Base, r.By, string(r.What), hours(r.Made), aside, namedIn(box, slug, r.Doc), sealed(box, slug, r.N, r.Doc))
	return err
}

func selectRevision(tx *db.Tx, box seal.Box, s state, n int) (r Revision, found bool, err error) {
	var kept []byte
	var made int64
	aside := 0
	found, err = tx.One(selectRevSQL, s.slug, n).Scan(&r.Base, &r.By, &r.What, &made, &aside, &kept)
	if err != nil || !found {
		return r, found, err
	}
	r.N, r.Made = n, atHour(made)
	s.tells(&r, aside)
	r.Doc, err = opened(box, s.slug, n, kept)
	return r, true, err
}

// tells fills in what the draft's row says of a revision.
func (s state) tells(r *Revision, aside int) {
	r.Aside, r.Open, r.Public, r.Newest = aside != ofChain, aside == asideOpen, r.N == s.published, r.N == s.head
}

// selectRevisions are all of a draft without their documents, the newest first.
func selectRevisions(tx *db.Tx, s state) (list []Revision, err error) {
	err = tx.Each(eachRevSQL, []any{s.slug}, func(scan func(...any) error) error {
		var r Revision
		var made int64
		aside := 0
		if err := scan(&r.N, &r.Base, &r.By, &r.What, &made, &aside); err != nil {
			return err
		}
		r.Made = atHour(made)
		s.tells(&r, aside)
		list = append(list, r)
		return nil
	})
	return list, err
}

// reviewRow is a review's row: its remark is sealed.
type reviewRow struct {
	Review
	remark []byte
	back   bool
}

func (r *reviewRow) scan(scan func(...any) error) error {
	var made int64
	back := 0
	err := scan(&r.Slug, &r.N, &r.By, &r.remark, &made, &back)
	r.Made, r.back = atHour(made), back != 0
	return err
}

// open opens the remark of a row; one that is damaged says nothing, and hides nothing else.
func (r *reviewRow) open(box seal.Box) Review {
	if remark, err := box.Open(remarkPurpose(r.Slug), r.remark); err == nil {
		r.Remark = string(remark)
	}
	return r.Review
}

func selectReview(tx *db.Tx, slug string) (r reviewRow, found bool, err error) {
	err = tx.Each(selectReviewSQL, []any{slug}, func(scan func(...any) error) error {
		found = true
		return r.scan(scan)
	})
	return r, found, err
}

func selectReviews(tx *db.Tx) (list []reviewRow, err error) {
	err = tx.Each(eachReviewSQL, nil, func(scan func(...any) error) error {
		var r reviewRow
		if err := r.scan(scan); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	})
	return list, err
}
