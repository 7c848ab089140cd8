package draft

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

// Guest is what is kept of a private link by which somebody who is no organiser translates one case into one language.
type Guest struct {
	ID     string // names it to the organisers; opens nothing
	Slug   string
	Tongue lang.Tag
	Made   time.Time // the hour
	Until  time.Time // the hour from which it opens nothing
}

// Token is the secret of such a link: 32 random bytes that are told once and not kept.
type Token struct{ b seal.Private[[]byte] }

const (
	tokenSize  = 32 // bytes
	guestHours = 30 * 24
	guestsMost = 40 // of a case, at the same time
	idSize     = 8  // bytes of the hash
)

var (
	errGuest   = fault.New(fault.NotFound, "fault.tongues.guest")
	errGuesses = fault.New(fault.TooMany, "fault.tongues.guesses")
	errGuests  = fault.New(fault.TooMany, "fault.tongues.guests")
)

// ParseToken reads it from an address.
func ParseToken(text string) (Token, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return Token{seal.Hide(b)}, err == nil && len(b) == tokenSize && base64.RawURLEncoding.EncodeToString(b) == text
}

// Text is how it stands in an address.
func (t Token) Text() string { return base64.RawURLEncoding.EncodeToString(t.b.Reveal()) }

// hash is what is kept of it. It can't be turned back, nor tried out: there are 2^256 tokens.
func (t Token) hash() []byte {
	sum := sha256.Sum256(append([]byte("outcry draft guest\n"), t.b.Reveal()...))
	return sum[:]
}

// Welcome makes a private link for thirty days. Who calls it has made sure that the asker may; the token is told once.
func (b *Book) Welcome(ctx context.Context, slug string, tag lang.Tag) (g Guest, t Token, err error) {
	secret := make([]byte, tokenSize)
	rand.Read(secret)
	t = Token{seal.Hide(secret)}
	var refused error
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		refused = nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		now := hours(b.Now())
		if _, err := tx.Exec(sweepGuestsSQL, now); err != nil {
			return err
		}
		list, err := selectGuests(tx, slug)
		if err != nil {
			return err
		}
		g = Guest{ID: hex.EncodeToString(t.hash()[:idSize]), Slug: slug, Tongue: tag, Made: atHour(now), Until: atHour(now + guestHours)}
		if slices.ContainsFunc(list, func(o seated) bool { return o.ID == g.ID }) { // a run whose answer was lost
			return nil
		}
		if len(list) >= guestsMost {
			refused = errGuests
			return nil
		}
		_, err = tx.Exec(insertGuestSQL, t.hash(), slug, string(tag), now+guestHours, now)
		return err
	})
	if err == nil {
		err = refused
	}
	return g, t, fault.In("draft", err)
}

// Guests are the private links of a case that still open something, the latest first.
func (b *Book) Guests(ctx context.Context, slug string) (list []Guest, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := selectGuests(tx, slug)
		list = nil
		for _, r := range rows {
			if b.Now().Before(r.Until) {
				list = append(list, r.Guest)
			}
		}
		return err
	})
	slices.SortStableFunc(list, func(x, y Guest) int { return cmp.Or(y.Made.Compare(x.Made), strings.Compare(x.ID, y.ID)) })
	return list, fault.In("draft", err)
}

// Dismiss ends a private link of a case by its id. One that is not there has ended already.
func (b *Book) Dismiss(ctx context.Context, slug, id string) error {
	return fault.In("draft", b.DB.Update(ctx, func(tx *db.Tx) error {
		rows, err := selectGuests(tx, slug)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.ID == id {
				if _, err := tx.Exec(deleteGuestSQL, r.hash); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// Guest finds what a private link opens; NotFound for one that is none, has ended or was taken back, TooMany once too many of those were tried within the hour.
func (b *Book) Guest(ctx context.Context, t Token) (g Guest, err error) {
	found := false
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		g, found, err = selectGuest(tx, t.hash())
		return err
	})
	switch {
	case err != nil:
		return Guest{}, fault.In("draft", err)
	case !found || !b.Now().Before(g.Until):
		return Guest{}, b.guessed()
	}
	return g, nil
}

// guesses bounds how often this process tells that a link is none. One that is there is never refused.
type guesses struct {
	mu   sync.Mutex
	hour int64
	n    int
}

// guessesMost is how many wrong links an hour are told that they are wrong; later ones are told to come again.
const guessesMost = 100

// Guessed counts a link that is none, and is what its visitor is told.
func (b *Book) Guessed() error { return b.guessed() }

func (b *Book) guessed() error {
	b.guesses.mu.Lock()
	defer b.guesses.mu.Unlock()
	if hour := hours(b.Now()); b.guesses.hour != hour {
		b.guesses.hour, b.guesses.n = hour, 0
	}
	if b.guesses.n++; b.guesses.n > guessesMost {
		return errGuesses
	}
	return errGuest
}
