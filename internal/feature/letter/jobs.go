package letter

import (
	"context"
	"encoding/hex"
	"errors"
	"html"
	"strings"

	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
)

const codeSize = 8

// mailPayload is what waits in the queue, sealed: a code and a claim, or nothing at all. Both are equally long.
type mailPayload struct {
	code  string
	claim claim
}

func (m mailPayload) bytes() []byte {
	if m.code == "" {
		return seal.Padded(nil, codeSize+claimSize+2)
	}
	return seal.Padded(append([]byte(m.code), m.claim.bytes()...), codeSize+claimSize+2)
}

func parseMail(padded []byte) (m mailPayload, ok bool) {
	b, err := seal.Unpadded(padded)
	if err != nil {
		return m, false
	}
	if len(b) == 0 {
		return m, true
	}
	if len(b) != codeSize+claimSize {
		return m, false
	}
	m.code = string(b[:codeSize])
	m.claim, ok = parseClaim(b[codeSize:])
	return m, ok
}

// deliver is step 3: it opens the queued ciphertext, words the mail and sends it. Nothing of it is logged.
func (b *Book) deliver(ctx context.Context, id, payload []byte) error {
	padded, err := b.Days.Open(ctx, mailPurpose, payload)
	if err != nil {
		return jobs.Permanent(err) // its day key is gone, and with it the address
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
	token, err := b.Days.Token(ctx, linkPurpose, m.claim.bytes())
	if err != nil {
		return err
	}
	message := b.word(m, b.MailURL+"/confirm?lang="+string(m.claim.lang)+"&t="+token)
	message.ID = hex.EncodeToString(id)
	err = b.Mail.Send(ctx, message)
	var refused *mail.Refused
	if errors.As(err, &refused) && !refused.Temporary {
		return jobs.Permanent(err)
	}
	return err
}

// word is the whole mail: a fixed text without a name, a letter, or any word that somebody typed. Gateways and employers read it.
func (b *Book) word(m mailPayload, link string) *mail.Message {
	p := b.Words.Printer(m.claim.lang)
	code := m.code[:4] + "-" + m.code[4:]
	text := []string{p.T("mail.confirm.hello"), p.T("mail.confirm.code"), code, p.T("mail.confirm.link"), link, p.T("mail.confirm.valid"), p.T("mail.confirm.not_you")}
	var page strings.Builder
	page.WriteString(`<!doctype html><html lang="` + string(p.Tag()) + `" dir="` + p.Dir() + `"><head><meta charset="utf-8"><title>` + html.EscapeString(p.T("mail.confirm.subject")) + `</title></head><body>`)
	for _, paragraph := range text {
		shown := html.EscapeString(paragraph)
		switch paragraph {
		case code:
			shown = `<strong dir="ltr" style="font-family:monospace;font-size:1.5em">` + shown + `</strong>`
		case link:
			shown = `<a dir="ltr" href="` + shown + `">` + shown + `</a>`
		}
		page.WriteString("<p>" + shown + "</p>")
	}
	page.WriteString("</body></html>")
	return &mail.Message{
		To: m.claim.address.Reveal(), Lang: string(p.Tag()), Subject: p.T("mail.confirm.subject"),
		Text: strings.Join(text, "\n\n") + "\n", HTML: page.String(),
	}
}
