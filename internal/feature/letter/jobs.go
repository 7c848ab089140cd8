package letter

import (
	"context"
	"encoding/hex"
	"errors"
	"html"
	"strings"

	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/lang"
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
	token, err := b.Days.Token(ctx, linkPurpose, m.claim.bytes())
	if err != nil {
		return err
	}
	message := b.word(m, b.MailURL+"/confirm?t="+token)
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
	return &mail.Message{
		To: m.claim.address.Reveal(), Lang: string(p.Tag()), Subject: p.T("mail.confirm.subject"),
		Text: p.T("mail.confirm.body", "Code", code, "Link", link),
		HTML: page(p, code, link),
	}
}

// page is the mail's text as HTML: the same paragraphs, the code large, the link to press.
func page(p *lang.Printer, code, link string) string {
	const codeHere, linkHere = "\x01", "\x02" // no catalogue holds them, and escaping leaves them
	text := html.EscapeString(p.T("mail.confirm.body", "Code", codeHere, "Link", linkHere))
	fill := strings.NewReplacer(
		codeHere, `<strong dir="ltr" style="font-family:monospace;font-size:1.5em">`+html.EscapeString(code)+`</strong>`,
		linkHere, `<a dir="ltr" href="`+html.EscapeString(link)+`">`+html.EscapeString(link)+`</a>`)
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="` + string(p.Tag()) + `" dir="` + p.Dir() + `"><head><meta charset="utf-8"><title>` + html.EscapeString(p.T("mail.confirm.subject")) + `</title></head><body>`)
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString("<p>" + fill.Replace(paragraph) + "</p>")
	}
	b.WriteString("</body></html>")
	return b.String()
}
