package letter_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

func at(hour, minute, second int) time.Time {
	return time.Date(2026, 11, 20, hour, minute, second, 0, time.UTC)
}

// First a promise with a time, then the proof; both are checked as a signer would, with the public key alone.
func TestReceipt(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org") // at 12:03:20
		lock := mine(t, s, c).Lock
		r, err := s.Book.Receipt(t.Context(), lock)
		lettertest.Must(t, err)
		promise, err := receipt.OpenPromise(r.Promise, s.Key(t))
		lettertest.Must(t, err)
		if r.Proof != nil || r.Index != -1 || r.Lock != lock || !bytes.Equal(r.Text(), r.Promise) {
			t.Errorf("%+v", r)
		}
		if want := at(12, 11, 0); !promise.Latest.Equal(want) || !r.By.Equal(want) || promise.Origin != lettertest.Origin {
			t.Errorf("promised for %v, said %v, want %v", promise.Latest, r.By, want)
		}
		if promise.Latest.Before(c.By) {
			t.Error("the promise is earlier than what the page said")
		}
		for i := range 40 {
			s.Sign(t, fmt.Sprintf("other%d@example.org", i))
		}
		s.Clock.Set(at(12, 10, 0))
		s.Grow(t)
		if r, err = s.Book.Receipt(t.Context(), lock); err != nil || r.Promise != nil || !bytes.Equal(r.Text(), r.Proof) {
			t.Fatal(r, err)
		}
		proof, err := receipt.VerifyProof(r.Proof, s.Key(t))
		lettertest.Must(t, err)
		entry, err := receipt.Parse(proof.Entry)
		lettertest.Must(t, err)
		if sign := entry.(receipt.Sign); sign.Lock != lock || proof.Index != r.Index || proof.Tree.N != r.Size || r.Size != 42 {
			t.Errorf("%+v proves %+v", r, proof)
		}
		if receipt.LeafHash(proof.Entry) != promise.Leaf {
			t.Error("the proof is of another leaf than was promised")
		}
		// Withdrawn, the entry stands where it stood.
		_, err = s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		s.GrowAll(t)
		if r, err = s.Book.Receipt(t.Context(), lock); err != nil || r.Index != proof.Index || r.Size != 43 {
			t.Fatal(r, err)
		}
	})
}

func TestReceiptAtOnce(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		r, err := s.Book.Receipt(t.Context(), mine(t, s, c).Lock)
		lettertest.Must(t, err)
		promise, err := receipt.OpenPromise(r.Promise, s.Key(t))
		lettertest.Must(t, err)
		if promise.Latest.Before(s.Clock.Now().Add(time.Minute)) || promise.Latest.After(s.Clock.Now().Add(2*time.Minute)) {
			t.Errorf("at %v promised for %v", s.Clock.Now(), promise.Latest)
		}
	})
}

func TestReceiptOfNothing(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		_, err := s.Book.Receipt(t.Context(), receipt.Lock{1})
		refused(t, err, fault.NotFound, "fault.receipt.none")
	})
}

// The usual pace: 15 wait for their ten minutes, the 16th lets all go.
func TestCrowd(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		for i := range translog.Crowd - 1 {
			s.Sign(t, fmt.Sprintf("signer%d@example.org", i))
		}
		if s.Grow(t) != 0 || s.Counted() != 0 {
			t.Fatal("15 did not wait")
		}
		s.Sign(t, "sixteenth@example.org")
		if n := s.Grow(t); n != 16 || s.Counted() != 16 {
			t.Fatalf("%d left, %d counted", n, s.Counted())
		}
		s.Sign(t, "next@example.org")
		if s.Grow(t) != 0 {
			t.Fatal("the 17th did not wait")
		}
	})
}

// A crowd is one letter's: signers of another one don't hide in it, and don't let it go.
func TestCrowdsDontMix(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		for i := range 10 {
			s.Sign(t, fmt.Sprintf("signer%d@example.org", i))
		}
		s.Letter = s.Apply(t, edited(func(f *letter.File) { f.Slug = "other" }))
		for i := range 10 {
			s.Sign(t, fmt.Sprintf("signer%d@example.org", i))
		}
		if s.Grow(t) != 0 {
			t.Fatal("two letters' leaves made a crowd")
		}
	})
}

func TestTenMinutes(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		s.Clock.Set(at(12, 9, 59))
		s.Sign(t, "one@example.org")
		s.Clock.Set(at(12, 10, 0))
		s.Sign(t, "two@example.org")
		if n := s.Grow(t); n != 1 {
			t.Fatalf("%d left at ten past, want the one from before", n)
		}
		s.Clock.Set(at(12, 19, 59))
		if s.Grow(t) != 0 {
			t.Fatal("left before its time")
		}
		s.Clock.Set(at(12, 20, 0))
		if n := s.Grow(t); n != 1 || s.Counted() != 2 {
			t.Fatalf("%d left, %d counted", n, s.Counted())
		}
	})
}

func TestImmediate(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		s.Sign(t, "anna@example.org")
		if n := s.Grow(t); n != 1 || s.Counted() != 1 {
			t.Fatalf("%d left, %d counted", n, s.Counted())
		}
	})
}
