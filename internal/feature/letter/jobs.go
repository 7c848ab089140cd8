package letter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html"
	"strings"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

const codeSize = 8

// mailPayload is what waits in the queue, sealed: an aim, a code and a claim, or nothing at all. Both are equally long.
type mailPayload struct {
	aim   aim
	code  string
	claim claim
}

const mailSize = 1 + codeSize + claimSize

func (m mailPayload) bytes() []byte {
	if m.code == "" {
		return seal.Padded(nil, mailSize+2)
	}
	return seal.Padded(append(append([]byte{byte(m.aim)}, m.code...), m.claim.bytes()...), mailSize+2)
}

func parseMail(padded []byte) (m mailPayload, ok bool) {
	b, err := seal.Unpadded(padded)
	if err != nil {
		return m, false
	}
	if len(b) == 0 {
		return m, true
	}
	if len(b) != mailSize || aim(b[0]) > toFollow {
		return m, false
	}
	m.aim, m.code = aim(b[0]), string(b[1:1+codeSize])
	m.claim, ok = parseClaim(b[1+codeSize:])
	return m, ok
}

// underPepper seals a queued mail under its letter's pepper, inside the key of the day: a database keeps dead rows for longer than a letter is open,
// and whoever has the secret has the keys of the last days. What is asked of a closed letter, which has no pepper, is as long, and behind a letter's
// id of zeros.
func (b *Book) underPepper(id receipt.Letter, plain []byte) []byte {
	p, err := b.pepper(id)
	if err != nil {
		return append(make([]byte, len(id)), append(plain, make([]byte, seal.BoxSize)...)...)
	}
	return append(id[:], p.Seal(mailPurpose, plain)...)
}

// fromPepper undoes it. A mail about a letter that was closed meanwhile can't be read any more, and is given up.
func (b *Book) fromPepper(box []byte) ([]byte, error) {
	var id, none receipt.Letter
	if len(box) != len(id)+mailSize+2+seal.BoxSize {
		return nil, jobs.Permanent(seal.ErrOpen)
	}
	copy(id[:], box)
	if id == none {
		return box[len(id) : len(box)-seal.BoxSize], nil
	}
	if l, err := b.byID(id); err == nil && !l.State.Alive() {
		return nil, jobs.Permanent(errClosed)
	}
	p, err := b.pepper(id)
	if err != nil {
		return nil, err // its share is not there now
	}
	plain, err := p.Open(mailPurpose, box[len(id):])
	if err != nil {
		return nil, jobs.Permanent(err)
	}
	return plain, nil
}

// deliver is step 3: it opens the queued ciphertext, words the mail and sends it. Nothing of it is logged.
func (b *Book) deliver(ctx context.Context, id, payload []byte) error {
	box, err := b.Days.Open(ctx, mailPurpose, payload)
	if errors.Is(err, seal.ErrOpen) {
		return jobs.Permanent(err) // its day key is gone, and with it the address
	}
	if err != nil {
		return err // the key could not be asked for
	}
	padded, err := b.fromPepper(box)
	if err != nil {
		return err
	}
	m, ok := parseMail(padded)
	if !ok {
		return jobs.Permanent(seal.ErrOpen)
	}
	if m.code == "" {
		return nil
	}
	if b.Mail == nil {
		return errNoMail // it waits for one
	}
	// Here and not when it was asked for: what is queued already is not sent either, and asking tells nothing by its time.
	suppressed := false
	err = b.DB.Look(ctx, func(tx *db.Tx) error {
		suppressed, err = isSuppressed(tx, m.claim.letter, m.claim.tag)
		return err
	})
	if err != nil || suppressed {
		return err
	}
	link := ""
	if m.aim == toSign {
		if link, err = b.mailed(ctx, "/confirm", m.claim, linkPurpose, m.claim.bytes()); err != nil {
			return err
		}
	}
	never := "" // nothing to keep it in once the letter has no pepper
	if _, alive := b.pepper(m.claim.letter); alive == nil {
		if never, err = b.mailed(ctx, "/not-me", m.claim, notMinePurpose, notMine{m.claim.letter, m.claim.tag}.bytes()); err != nil {
			return err
		}
	}
	message := b.word(m, link, never)
	name := sha256.Sum256(id) // which tells nothing of when it was asked for
	message.ID = hex.EncodeToString(name[:16])
	err = b.Mail.Send(ctx, message)
	var refused *mail.Refused
	if errors.As(err, &refused) && !refused.Temporary {
		return jobs.Permanent(err)
	}
	return err
}

// mailed is an address that stands in a mail only: its token opens what the waiting page's does not.
func (b *Book) mailed(ctx context.Context, path string, c claim, purpose string, plain []byte) (string, error) {
	token, err := b.Days.Token(ctx, purpose, plain)
	return b.MailURL + path + "?lang=" + string(c.lang) + "&t=" + token, err
}

// word is the whole mail: a fixed text without a name, a letter, an aim, or any word that somebody typed. Gateways and employers read it. first are paragraphs of ours
// that stand before it.
func (b *Book) word(m mailPayload, link, never string, first ...string) *mail.Message {
	p := b.Words.Printer(m.claim.lang)
	code := m.code[:4] + "-" + m.code[4:]
	text := append(first, p.T("mail.confirm.hello"), p.T("mail.confirm.code"), code)
	if link != "" {
		text = append(text, p.T("mail.confirm.link"), link)
	}
	valid := "mail.confirm.valid"
	if link == "" {
		valid = "mail.confirm.valid_code"
	}
	text = append(text, p.T(valid), p.T("mail.confirm.not_you"))
	if never != "" {
		text = append(text, p.T("mail.confirm.never"), never)
	}
	var page strings.Builder
	page.Grow(4 << 10)
	page.WriteString(`<!doctype html><html lang="` + string(p.Tag()) + `" dir="` + p.Dir() + `"><head><meta charset="utf-8"><title>` + html.EscapeString(p.T("mail.confirm.subject")) + `</title></head><body>`)
	for _, paragraph := range text {
		shown := html.EscapeString(paragraph)
		begin, end := "<p>", "</p>"
		switch paragraph {
		case code:
			begin, end = `<p><strong dir="ltr" style="font-family:monospace;font-size:1.5em">`, `</strong></p>`
		case link, never:
			begin, end = `<p><a dir="ltr" href="`+shown+`">`, `</a></p>`
		}
		page.WriteString(begin)
		page.WriteString(shown)
		page.WriteString(end)
	}
	page.WriteString("</body></html>")
	return &mail.Message{
		To: m.claim.address.Reveal(), Lang: string(p.Tag()), Subject: p.T("mail.confirm.subject"),
		Text: strings.Join(text, "\n\n") + "\n", HTML: page.String(),
	}
}
