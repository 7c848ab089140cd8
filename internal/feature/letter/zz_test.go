package letter_test

import (
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
)

func TestZZ(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		begin := time.Now()
		listed(t, s, bearing(834))
		t.Log("insert", time.Since(begin))
		id := s.Letter.ID
		for name, q := range map[string]string{
			"count":      `SELECT script, count(*) FROM letter_name n WHERE letter = $1 AND idx IS NOT NULL AND idx < $2 AND removed = 0 AND NOT EXISTS (SELECT 1 FROM letter_prominent p WHERE p.lock = n.lock) GROUP BY script`,
			"count4":     `SELECT script, count(*) FROM letter_name n WHERE letter = $1 AND idx IS NOT NULL AND idx < $2 AND removed = 0 GROUP BY script`,
			"count2":     `SELECT script, count(*) FROM letter_name n WHERE letter = $1 AND idx < $2 AND removed = 0 AND lock NOT IN (SELECT lock FROM letter_prominent) GROUP BY script`,
			"count3":     `SELECT script, count(*) FROM letter_name n WHERE letter = $1 AND idx < $2 AND removed = 0 GROUP BY script`,
			"countplain": `SELECT script, count(*) FROM letter_name n WHERE letter = $1 AND 100 <> $2 GROUP BY script`,
		} {
			for range 3 {
				begin = time.Now()
				lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error {
					return tx.Each(q, []any{id[:], 5}, func(scan func(...any) error) error { return nil })
				}))
			}
			t.Log(name, time.Since(begin))
		}
		for _, page := range []int{1, 2, 10, 50, 101} {
			for range 3 {
				begin = time.Now()
				_, err := s.Book.Names(t.Context(), id, "th", page)
				lettertest.Must(t, err)
			}
			t.Log(page, time.Since(begin))
		}
		_ = letter.Name{}
	})
}
