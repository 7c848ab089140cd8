package draft

import (
	"encoding/hex"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/lang"
)

const (
	selectPartsSQL = `SELECT tongue, part FROM draft_translation WHERE slug = $1`
	selectPartSQL  = `SELECT kept FROM draft_translation WHERE slug = $1 AND tongue = $2 AND part = $3`
	putPartSQL     = `INSERT INTO draft_translation (slug, tongue, part, hour, turn, kept) VALUES ($1, $2, $3, $4, 1, $5)
		ON CONFLICT (slug, tongue, part) DO UPDATE SET hour = excluded.hour, turn = draft_translation.turn + 1, kept = excluded.kept`
	deletePartSQL   = `DELETE FROM draft_translation WHERE slug = $1 AND tongue = $2 AND part = $3`
	deleteTongueSQL = `DELETE FROM draft_translation WHERE slug = $1 AND tongue = $2`
	sweepPartsSQL   = `DELETE FROM draft_translation WHERE part <> $1 AND hour < $2`

	insertGuestSQL  = `INSERT INTO draft_guest (hash, slug, tongue, until, made) VALUES ($1, $2, $3, $4, $5)`
	selectGuestSQL  = `SELECT hash, slug, tongue, until, made FROM draft_guest WHERE hash = $1`
	selectGuestsSQL = `SELECT hash, slug, tongue, until, made FROM draft_guest WHERE slug = $1`
	deleteGuestSQL  = `DELETE FROM draft_guest WHERE hash = $1`
	endGuestsSQL    = `DELETE FROM draft_guest WHERE slug = $1 AND tongue = $2`
)

// part names a row of what is kept of a language.
type part struct {
	tongue lang.Tag
	part   string
}

func selectParts(tx *db.Tx, slug string) (list []part, err error) {
	err = tx.Each(selectPartsSQL, []any{slug}, func(scan func(...any) error) error {
		var p part
		if err := scan(&p.tongue, &p.part); err != nil {
			return err
		}
		list = append(list, p)
		return nil
	})
	return list, err
}

func selectPart(tx *db.Tx, slug string, tag lang.Tag, part string) (kept []byte, found bool, err error) {
	found, err = tx.One(selectPartSQL, slug, string(tag), part).Scan(&kept)
	return kept, found, err
}

func putPart(tx *db.Tx, slug string, tag lang.Tag, part string, hour int64, kept []byte) error {
	_, err := tx.Exec(putPartSQL, slug, string(tag), part, hour, kept)
	return err
}

// seated is a private link with its hash.
type seated struct {
	Guest
	hash []byte
}

func (s *seated) read(scan func(...any) error) error {
	var until, made int64
	if err := scan(&s.hash, &s.Slug, &s.Tongue, &until, &made); err != nil {
		return err
	}
	s.ID, s.Made, s.Until = hex.EncodeToString(s.hash[:idSize]), atHour(made), atHour(until)
	return nil
}

func selectGuest(tx *db.Tx, hash []byte) (g Guest, found bool, err error) {
	err = tx.Each(selectGuestSQL, []any{hash}, func(scan func(...any) error) error {
		var s seated
		err := s.read(scan)
		g, found = s.Guest, err == nil
		return err
	})
	return g, found, err
}

func selectGuests(tx *db.Tx, slug string) (list []seated, err error) {
	err = tx.Each(selectGuestsSQL, []any{slug}, func(scan func(...any) error) error {
		var s seated
		err := s.read(scan)
		list = append(list, s)
		return err
	})
	return list, err
}
