package letter

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
)

// A trial is a signature that organisers give to see what signers will see: the real mail by the real way, to one's own mailbox, and its code typed back. It leaves no
// row, no job, no entry and no count; all there is of it is a token in the page.

const (
	trialPurpose = "trial token"
	trialSending = 20 * time.Second // how long the mail may take
	trialSize    = 16 + 8           // random bytes, and when the code is good no more
)

var errUnsent = fault.New(fault.Refused, "fault.trial.unsent").At("email")

// Trial sends the mail of a signature, marked as a test, and returns the token of the page that takes its code. It keeps nothing. Organisers may; take
// is asked before anything is sent, and says whether they have sent too many.
func (b *Book) Trial(ctx context.Context, typed string, tongue lang.Tag, take func(context.Context) error) (token string, err error) {
	if b.Mail == nil {
		return "", errNoMail
	}
	address, err := ParseAddress(typed)
	if err != nil {
		return "", err
	}
	if err := take(ctx); err != nil {
		return "", err
	}
	now := b.Now()
	plain := make([]byte, trialSize)
	rand.Read(plain[:16])
	binary.BigEndian.PutUint64(plain[16:], uint64(now.Add(seal.TokenLife).Unix()))
	if token, err = b.Days.Token(ctx, trialPurpose, plain); err != nil {
		return "", err
	}
	code, err := b.Days.Code(ctx, []byte(trialPurpose), plain)
	if err != nil {
		return "", err
	}
	m := b.TrialMail(tongue, code)
	m.To = address.Reveal()
	ctx, cancel := context.WithTimeout(ctx, trialSending)
	defer cancel()
	if err := b.Mail.Send(ctx, m); err != nil {
		return "", errUnsent.Because(err)
	}
	return token, nil
}

// TrialMail is the mail that a signer gets, in the same words, marked as a test; it is to nobody yet. code is eight characters.
func (b *Book) TrialMail(tongue lang.Tag, code string) *mail.Message {
	p := b.Words.Printer(tongue)
	id := make([]byte, 16)
	rand.Read(id)
	m := b.word(mailPayload{code: code, claim: claim{lang: p.Tag()}}, "", "", p.T("mail.trial.mark"))
	m.ID, m.To = hex.EncodeToString(id), ""
	m.Subject = p.T("mail.trial.subject", "Subject", m.Subject)
	return m
}

// TryCode tells whether a code is the one that was mailed with a token. Nothing comes of it.
func (b *Book) TryCode(ctx context.Context, token, typed string) error {
	plain, err := b.Days.OpenToken(ctx, trialPurpose, token)
	switch {
	case errors.Is(err, seal.ErrOpen):
		return errExpired
	case errors.Is(err, seal.ErrLocked):
		return errLocked
	case err != nil:
		return err
	case len(plain) != trialSize:
		return errBroken
	case b.Now().Unix() >= int64(binary.BigEndian.Uint64(plain[16:])):
		return errExpired
	}
	code := seal.TypedCode(typed)
	if code == "" {
		return errNoCode
	}
	if !b.Days.CodeIs(ctx, code, []byte(trialPurpose), plain) {
		return errWrongCode
	}
	return nil
}
