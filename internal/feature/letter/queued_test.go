package letter_test

import (
	"testing"

	"outcry/internal/feature/letter/lettertest"
)

// A mail that still waits when its letter is closed is given up: what it holds is under the letter's pepper, and no other process, with the secret and
// the keys of the day, can read it any more.
func TestQueuedMailDiesWithItsLetter(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Ask(t, "waits@example.org")
		_, err := s.Book.Close(t.Context(), s.Letter.ID, nil)
		lettertest.Must(t, err)
		other := s.Again(t)
		lettertest.Must(t, other.Book.Load(t.Context()))
		other.Post(t)
		if all := s.Mailbox.All(); len(all) > 0 {
			t.Errorf("%d mails came", len(all))
		}
	})
}
