package letter_test

import (
	"fmt"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/receipt"
)

// A daily letter's count moves at midnight UTC and at no other time, however many have signed: no crowd leaves early.
func TestDaily(t *testing.T) {
	f := lettertest.File()
	f.Pace = letter.Daily
	each(t, lettertest.Options{File: f}, func(t *testing.T, s *lettertest.Site) {
		midnight := s.Clock.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		for i := range 20 {
			if c := s.Sign(t, fmt.Sprintf("p%d@d%d.example", i, i)); !c.By.Equal(midnight) {
				t.Fatalf("counted by %s, want %s", c.By, midnight)
			}
		}
		for _, at := range []struct {
			time time.Time
			want int64
		}{{midnight.Add(-time.Second), 0}, {midnight, 20}} {
			s.Clock.Set(at.time)
			_, err := s.Log.Sequence(t.Context())
			lettertest.Must(t, err)
			err = s.Book.CatchUp(t.Context())
			lettertest.Must(t, err)
			if n := s.Book.Count(s.Letter.ID).ByAssurance[receipt.Email]; n != at.want {
				t.Errorf("at %s %d are counted, want %d", at.time, n, at.want)
			}
		}
	})
}
