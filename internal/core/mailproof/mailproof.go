package mailproof

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
)

const (
	waits     = 2 * time.Hour    // how long a test's codes are good
	sending   = 15 * time.Second // how long one mail may take
	triesMost = 10               // of typing a test's codes
	codeSize  = 8
)

// Config is what a Book needs.
type Config struct {
	DB   *db.DB
	Mail mail.Transport // nil: no mail server is set
	// Way says how mail is sent: server and sender, in any words. A proof holds for one way.
	Way string
	// Own are domains of ours: of the sender, of the site. A mailbox there proves nothing.
	Own []string
	Now func() time.Time
}

// Word makes the mail that carries a code. The package sets its address.
type Word func(code string) *mail.Message

// Book keeps the proof. Safe for any goroutine.
type Book struct{ Config }

// Kind is what test mails are for.
type Kind string

const (
	Proof Kind = "proof" // that mail arrives: two of them
	Trial Kind = "trial" // a signature that nobody counts: one
)

// perHour is how many tests of a kind a committee may begin in an hour, on however many nodes: each is mail to somebody.
var perHour = map[Kind]int64{Proof: 12, Trial: 30}

// NewBook makes a Book.
func NewBook(c Config) *Book { return &Book{Config: c} }

var (
	errNoMail  = fault.New(fault.Locked, "fault.mailproof.no_mail")
	errSame    = fault.New(fault.Invalid, "fault.mailproof.same").At("second")
	errPace    = fault.New(fault.TooMany, "fault.mailproof.pace")
	errTrials  = fault.New(fault.TooMany, "fault.trial.pace").At("email")
	errNone    = fault.New(fault.Gone, "fault.mailproof.none")
	errTries   = fault.New(fault.TooMany, "fault.mailproof.tries")
	fieldNames = [2]string{"first", "second"}
)

func errAddress(field string) error {
	return fault.New(fault.Invalid, "fault.mailproof.address").At(field)
}
func errOwn(field string) error  { return fault.New(fault.Invalid, "fault.mailproof.own").At(field) }
func errCode(field string) error { return fault.New(fault.Invalid, "fault.mailproof.code").At(field) }
func errUnsent(field string) error {
	return fault.New(fault.Refused, "fault.mailproof.unsent").At(field)
}

// setting names the way in which mail is sent now.
func (b *Book) setting() []byte {
	sum := sha256.Sum256([]byte("outcry mail proof\n" + b.Way))
	return sum[:]
}

// Proven tells on which day (2006-01-02) the way in which mail is sent now was proven; empty if it was not.
func (b *Book) Proven(ctx context.Context) (day string, err error) {
	if b.Mail == nil {
		return "", nil
	}
	err = b.DB.View(ctx, func(tx *db.Tx) (err error) {
		day, err = selectProof(tx, b.setting())
		return err
	})
	return day, fault.In("mailproof", err)
}

// Take counts one more test of a kind for a committee, by its id, in this hour. The fault is TooMany where that is more than may begin.
func (b *Book) Take(ctx context.Context, committee string, k Kind) error {
	refused := false
	err := b.DB.Update(ctx, func(tx *db.Tx) error {
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		hour := hours(b.Now())
		n, err := selectBegun(tx, committee, k, hour)
		if refused = n >= perHour[k]; refused || err != nil {
			return err
		}
		return putBegun(tx, committee, k, hour, n+1)
	})
	switch {
	case err != nil:
		return fault.In("mailproof", err)
	case refused && k == Trial:
		return errTrials
	case refused:
		return errPace
	}
	return nil
}

// Begin sends a code to each of two addresses and returns the test's id for the form that takes them back. Organisers may; it counts for their committee, by its id. The
// faults name the field "first" or "second": an address that is none, one at a domain of ours, two at one domain, a mail that the server did not take.
func (b *Book) Begin(ctx context.Context, committee string, first, second seal.Private[string], word Word) (id string, err error) {
	if b.Mail == nil {
		return "", errNoMail
	}
	list := [2]seal.Private[string]{first, second}
	var domains [2]string
	for i, a := range list {
		if domains[i] = domainOf(a); domains[i] == "" {
			return "", errAddress(fieldNames[i])
		}
		for _, own := range b.Own {
			if site(own) == domains[i] {
				return "", errOwn(fieldNames[i])
			}
		}
	}
	if domains[0] == domains[1] {
		return "", errSame
	}
	if err := b.Take(ctx, committee, Proof); err != nil {
		return "", err
	}
	now := b.Now()
	t := test{id: drawn(), setting: b.setting(), until: now.Add(waits)}
	var codes [2]string
	for i := range codes {
		codes[i] = codeOf(drawn())
		t.hashes[i] = hashOf(t.id, i, codes[i])
	}
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		if err := dropOver(tx, now); err != nil {
			return err
		}
		return insertTest(tx, t)
	})
	if err != nil {
		return "", fault.In("mailproof", err)
	}
	for i, a := range list {
		if err := b.send(ctx, a, word(codes[i][:4]+"-"+codes[i][4:])); err != nil {
			return "", errors.Join(errUnsent(fieldNames[i]).(*fault.Error).Because(err), b.forget(ctx, t.id))
		}
	}
	return base64.RawURLEncoding.EncodeToString(t.id), nil
}

// send hands one mail over, and tells whether the server took it.
func (b *Book) send(ctx context.Context, to seal.Private[string], m *mail.Message) error {
	ctx, cancel := context.WithTimeout(ctx, sending)
	defer cancel()
	m.ID, m.To = hex.EncodeToString(drawn()), strings.TrimSpace(to.Reveal())
	return b.Mail.Send(ctx, m)
}

// Prove takes the two codes. Both have to be right at once; a test is good for one proof, for two hours and for ten tries.
func (b *Book) Prove(ctx context.Context, id, first, second string) error {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(raw) != idSize {
		return errNone
	}
	now := b.Now()
	var refused error
	err = b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		refused = nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		t, found, err := selectTest(tx, raw)
		switch {
		case err != nil:
			return err
		case !found || !now.Before(t.until) || !seal.Same(t.setting, b.setting()):
			refused = errNone
			return nil
		case t.tries >= triesMost:
			refused = errTries
			return nil
		}
		for i, typed := range [2]string{first, second} {
			if !seal.Same(hashOf(t.id, i, seal.TypedCode(typed)), t.hashes[i]) {
				refused = errCode(fieldNames[i])
				return countTry(tx, t.id)
			}
		}
		if err := dropTest(tx, t.id); err != nil {
			return err
		}
		return putProof(tx, t.setting, now.UTC().Format(time.DateOnly))
	})
	if err == nil {
		err = refused
	}
	if fault.Of(err) != nil {
		return err
	}
	return fault.In("mailproof", err)
}

func (b *Book) forget(ctx context.Context, id []byte) error {
	return b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error { return dropTest(tx, id) })
}

// Sweep forgets tests that are over, and how many there were; app calls it now and then.
func (b *Book) Sweep(ctx context.Context) error {
	return fault.In("mailproof", b.DB.Update(ctx, func(tx *db.Tx) error { return dropOver(tx, b.Now()) }))
}

// test is one that waits for its codes.
type test struct {
	id, setting []byte
	hashes      [2][]byte
	tries       int64
	until       time.Time
}

const idSize = 16

func drawn() []byte {
	b := make([]byte, idSize)
	rand.Read(b)
	return b
}

var letters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

func codeOf(random []byte) string { return letters.EncodeToString(random)[:codeSize] }

func hashOf(id []byte, i int, code string) []byte {
	sum := sha256.Sum256(append([]byte("outcry mail proof\n"+fieldNames[i]+"\n"+code+"\n"), id...))
	return sum[:]
}

// domainOf is the registrable domain of an address, folded; empty if it is no address that mail can be sent to.
func domainOf(a seal.Private[string]) string {
	text := strings.TrimSpace(a.Reveal())
	at := strings.LastIndexByte(text, '@')
	if at < 1 || len(text) > 254 || strings.ContainsAny(text, " \t\r\n<>,;\"") || strings.Count(text, "@") != 1 {
		return ""
	}
	return site(text[at+1:])
}

// site is the registrable domain of a host: mailboxes at a.example.org and b.example.org are one provider's. Empty if it is none.
func site(host string) string {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), "."))
	if err != nil || !strings.Contains(ascii, ".") {
		return ""
	}
	s, err := publicsuffix.EffectiveTLDPlusOne(ascii)
	if err != nil {
		return ""
	}
	return s
}
