package news

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

const (
	drillHours = 24
	triesMost  = 10

	wordSigns = "abcdefghjkmnpqrstuvwxyz23456789" // none that is taken for another
	wordSize  = 16                                // 79 bits: its hash tells nothing
	wordStep  = 4
)

var (
	errKey       = fault.New(fault.Invalid, "fault.news.key").At("recipient")
	errSecretKey = fault.New(fault.Invalid, "fault.news.secret_key").At("recipient")
	errNoDrill   = fault.New(fault.Gone, "fault.news.no_drill")
	errWord      = fault.New(fault.Invalid, "fault.news.word").At("word")
	errTries     = fault.New(fault.Gone, "fault.news.tries")
	errUnproven  = fault.New(fault.Refused, "fault.news.unproven")
)

// Drill is a word that was sealed to a key: whoever tells it can open what is sealed to that key.
type Drill struct {
	Recipient string
	Sealed    []byte    // a file for Open, whose one address is the word
	Until     time.Time // the hour in which it ends
}

// BeginDrill seals a random word to a key that somebody typed in, for 24 hours; an earlier drill of the case ends. Of the word only a hash is kept. A text that is no
// public half of a key is a fault of kind Invalid, whose words don't repeat it.
func (b *Book) BeginDrill(ctx context.Context, caseSlug, typed string) (d Drill, err error) {
	typed = bare(typed)
	to, err := seal.ParseRecipient(typed)
	if err != nil {
		if strings.Contains(strings.ToUpper(typed), "SECRET") {
			return d, errSecretKey
		}
		return d, errKey
	}
	word := newWord()
	d = Drill{Recipient: to.String(), Until: hourOf(b.Now()).Add(drillHours * time.Hour)}
	if d.Sealed, err = sealWord(to, caseSlug, word); err != nil {
		return d, fault.In("news", err)
	}
	return d, fault.In("news", b.DB.Update(ctx, func(tx *db.Tx) error {
		return putDrill(tx, caseSlug, d, hashWord(word))
	}))
}

// bare takes a pasted key out of what stands round it in a campaign file, or in a quote.
func bare(typed string) string {
	typed = strings.TrimSpace(typed)
	typed = strings.TrimSpace(strings.TrimPrefix(typed, "news_recipient:"))
	return strings.Trim(typed, `"'`)
}

// sealWord is a file such as Export writes, so that what is tried is what will be done.
func sealWord(to seal.Recipient, caseSlug, word string) ([]byte, error) {
	plain, err := follower{Address: word}.padded()
	if err != nil {
		return nil, err
	}
	box, err := to.Seal(plain)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	f := newSealedFile(&out, caseSlug)
	if err := f.add(box); err != nil {
		return nil, err
	}
	err = f.end()
	return out.Bytes(), err
}

// newWord is some letters and digits in groups.
func newWord() string {
	var w strings.Builder
	for n := 0; n < wordSize; {
		one := make([]byte, 1)
		rand.Read(one)
		if int(one[0]) >= 256-256%len(wordSigns) {
			continue
		}
		if n > 0 && n%wordStep == 0 {
			w.WriteByte('-')
		}
		w.WriteByte(wordSigns[int(one[0])%len(wordSigns)])
		n++
	}
	return w.String()
}

// hashWord is what is kept of a word, however it is typed.
func hashWord(typed string) [sha256.Size]byte {
	folded := strings.Map(func(r rune) rune {
		if strings.ContainsRune(wordSigns, r) {
			return r
		}
		return -1
	}, strings.ToLower(typed))
	return sha256.Sum256([]byte("outcry key drill\n" + folded))
}

// Drill is the one of a case that is under way; found is false for none.
func (b *Book) Drill(ctx context.Context, caseSlug string) (d Drill, found bool, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		row, ok, err := selectDrill(tx, caseSlug)
		d, found = row.Drill, ok && b.Now().Before(row.Until) && row.tries < triesMost
		return err
	})
	return d, found, fault.In("news", err)
}

// Answer proves the key of the drill under way by the word that was sealed to it, and ends the drill. A wrong word counts, and the tenth ends the drill; one that has
// ended is a fault of kind Gone.
func (b *Book) Answer(ctx context.Context, caseSlug, word string) (recipient string, err error) {
	var refused error
	hash := hashWord(word)
	err = b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		row, found, err := lockDrill(tx, caseSlug)
		if err != nil {
			return err
		}
		recipient, refused = "", nil
		switch {
		case !found, !b.Now().Before(row.Until):
			refused = errNoDrill
			return nil
		case row.tries >= triesMost:
			refused = errTries
			return nil
		case subtle.ConstantTimeCompare(hash[:], row.word) != 1:
			refused = errWord
			return countTry(tx, caseSlug)
		}
		if err := deleteDrill(tx, caseSlug); err != nil {
			return err
		}
		recipient = row.Recipient
		return insertKey(tx, caseSlug, recipient)
	})
	if err == nil {
		return recipient, refused
	}
	return "", fault.In("news", err)
}

// Proven are the keys of a case whose drill was passed, and the one of them that was chosen; empty for none.
func (b *Book) Proven(ctx context.Context, caseSlug string) (proven []string, chosen string, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		proven, chosen, err = selectKeys(tx, caseSlug)
		return err
	})
	return proven, chosen, fault.In("news", err)
}

// ChosenIn are the keys that were proven and chosen, by case, in the caller's transaction.
func (b *Book) ChosenIn(tx *db.Tx) (map[string]string, error) {
	chosen, err := selectChosen(tx)
	return chosen, fault.In("news", err)
}

// Choose makes a key the one that a case receives under, in the caller's transaction, which also brings it into the campaign. The other proven ones are forgotten:
// to come back, each passes a drill again. One that has not passed is a fault of kind Refused; the same twice is as good as once.
func (b *Book) Choose(tx *db.Tx, caseSlug, recipient string) error {
	proven, err := hasKey(tx, caseSlug, recipient)
	if err != nil {
		return fault.In("news", err)
	}
	if !proven {
		return errUnproven
	}
	return fault.In("news", chooseKey(tx, caseSlug, recipient))
}

// hourOf is the hour that a moment lies in: nothing here is kept finer.
func hourOf(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// Fingerprint is a key's, as pages and the log show it; empty for what is no key.
func Fingerprint(recipient string) string {
	to, err := seal.ParseRecipient(recipient)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x", to.Fingerprint())
}
