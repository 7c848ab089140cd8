package letter_test

import (
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/receipt"
	"outcry/test/peers"
)

// A transaction that came about, and whose answer was lost with the connection, runs again. Whoever began it is told what is so, and nothing is done twice.
func TestLostAnswerOfACommit(t *testing.T) {
	dsn, _ := peers.Postgres(t)
	thief := peers.NewThief(t, dsn)
	s := lettertest.Open(t, db.Config{URL: thief.DSN}, lettertest.Options{Empty: true})
	stolen := 0
	steal := func(do func()) {
		t.Helper()
		thief.Steal()
		do()
		if stolen++; thief.Took() != stolen {
			t.Fatalf("%d answers were lost, want %d", thief.Took(), stolen)
		}
	}

	steal(func() { s.Letter = s.Apply(t, lettertest.File()) })
	if _, err := s.Unlock.Pepper(s.Letter.ID.String()); err != nil || s.Letter.State != letter.Open {
		t.Fatalf("the letter is %s, and of its share: %v", s.Letter.State, err)
	}

	var w letter.Waiting
	steal(func() { w = s.Ask(t, "anna@example.org") })
	if c, err := s.Jobs.Count(t.Context()); err != nil || c.Waiting != 1 {
		t.Errorf("for one who asked %d mails wait: %v", c.Waiting, err)
	}
	s.Post(t)

	var c letter.Counted
	steal(func() {
		var err error
		c, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(s.Mailbox.Last("anna@example.org")))
		lettertest.Must(t, err)
	})
	s.GrowAll(t)
	m, err := s.Book.Mine(t.Context(), c.Secret)
	if err != nil || !m.First || s.Counted() != 1 {
		t.Errorf("%d are counted; the private link: %+v, %v", s.Counted(), m, err)
	}

	steal(func() {
		r, err := s.Book.Remove(t.Context(), s.Letter.ID, letter.Rule{Lock: &m.Lock}, receipt.CommitteeReasons()[0], "Made up.", "moderator", nil)
		if err != nil || r.Count != 1 {
			t.Errorf("%d were taken out: %v", r.Count, err)
		}
		if undone, restored, err := s.Book.Restore(t.Context(), r.ID); err != nil || undone+restored != 1 {
			t.Errorf("%d and %d are back: %v", undone, restored, err)
		}
	})

	steal(func() {
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
	})
	s.GrowAll(t)
	kinds := map[receipt.Type]int{}
	for _, e := range s.Entries(t) {
		kinds[receipt.TypeOf(receipt.Marshal(e))]++
	}
	if s.Counted() != 0 || kinds[receipt.TypeSign] != 1 || kinds[receipt.TypeWithdraw] != 1 || kinds[receipt.TypeRemove] != 0 {
		t.Errorf("%d are counted, and the log has %v", s.Counted(), kinds)
	}
}
