package mail

import (
	"bytes"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// longest address of RFC 5321 (a path of 256 with its brackets).
const longestAddress = 254

// letter is a message ready for the wire: what the envelope says, and the bytes of headers and body.
type letter struct {
	to   string // the domain is in ASCII form
	utf8 bool   // the local part is not ASCII: only servers with SMTPUTF8 (RFC 6531) can take it
	body []byte
}

// compose checks m and writes it. Its errors are permanent refusals: the same message will not do later either.
func compose(m *Message, from, host string, now time.Time) (letter, error) {
	to, wide, err := check(m)
	if err != nil {
		return letter{}, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(shorter(m.Subject)))
	// A bare address, without a display name: a name in From or To would be somebody's own words.
	msg.FromMailAddress(&netmail.Address{Address: from})
	msg.ToMailAddress(&netmail.Address{Address: to})
	msg.Subject(m.Subject)
	// The library would put the machine's name here if it were left to itself.
	msg.SetMessageIDWithValue(m.ID + "@" + host)
	// Whole minutes are enough for a mailbox, and tell less to whoever compares mails with the log.
	msg.SetDateWithValue(now.UTC().Truncate(time.Minute))
	// RFC 3834: no holiday replies.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Lang != "" {
		msg.SetGenHeader(gomail.HeaderContentLang, m.Lang)
	}
	text := lines(m.Text)
	msg.SetBodyString(gomail.TypeTextPlain, text, gomail.WithPartEncoding(shorter(text)))
	if m.HTML != "" {
		html := lines(m.HTML)
		msg.AddAlternativeString(gomail.TypeTextHTML, html, gomail.WithPartEncoding(shorter(html)))
	}
	var b bytes.Buffer
	b.Grow(2 * (len(text) + len(m.HTML)))
	if _, err := msg.WriteTo(&b); err != nil {
		return letter{}, unfit("it can't be written as a mail")
	}
	return letter{to: to, utf8: wide, body: b.Bytes()}, nil
}

// check returns the recipient as the envelope needs it, or why m is not sent. The reasons never quote m.
func check(m *Message) (to string, wide bool, err error) {
	if m == nil {
		return "", false, unfit("there is no message")
	}
	if len(m.ID) != 32 || strings.Trim(m.ID, "0123456789abcdef") != "" {
		return "", false, unfit("its ID is not 32 hex digits")
	}
	to, wide, ok := address(m.To)
	if !ok {
		return "", false, unfit("the recipient is not one plain address")
	}
	if m.Subject == "" || !line(m.Subject) {
		return "", false, unfit("the subject is not one line of text")
	}
	if len(m.Lang) > 35 || strings.ContainsFunc(m.Lang, func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		return "", false, unfit("its language is not a language tag")
	}
	if m.Text == "" || !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) {
		return "", false, unfit("the text is empty or not UTF-8")
	}
	return to, wide, nil
}

// unfit refuses a message for good before any server is asked.
func unfit(why string) *Refused { return &Refused{Step: StepMessage, Why: why} }

// address takes one bare address and gives it with its domain in ASCII form, and whether its local part is outside ASCII.
// What it lets through can't end a header line or an SMTP command, nor add a recipient or a parameter.
func address(s string) (bare string, wide, ok bool) {
	if len(s) > longestAddress || !line(s) || strings.ContainsAny(s, " <>()[]\\,;:\"") {
		return "", false, false
	}
	// Invisible characters make two addresses that look the same.
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Zs) }) {
		return "", false, false
	}
	parsed, err := netmail.ParseAddress(s)
	if err != nil || parsed.Address != s || parsed.Name != "" {
		return "", false, false
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	if !ascii(domain) {
		if domain, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", false, false
		}
	}
	if !hostname(domain) || len(local)+1+len(domain) > longestAddress {
		return "", false, false
	}
	return local + "@" + domain, !ascii(local), true
}

// line tells whether s is UTF-8 without control characters or line breaks of any script.
func line(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
	})
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// hostname tells whether s is labels of letters, digits and hyphens, as EHLO, Message-ID and a mail domain want them.
func hostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		}) {
			return false
		}
	}
	return true
}

// lines gives every line break the form that mail wants, also inside base64, where no server would mend it.
func lines(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// shorter picks the encoding that makes s smaller: quoted-printable triples every byte outside ASCII, base64 adds a third to all.
func shorter(s string) gomail.Encoding {
	wide := 0
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == '=' {
			wide++
		}
	}
	if wide*6 > len(s) {
		return gomail.EncodingB64
	}
	return gomail.EncodingQP
}
