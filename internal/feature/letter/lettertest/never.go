package lettertest

import (
	"regexp"

	"outcry/internal/kernel/mail"
)

var neverForm = regexp.MustCompile(`https?://\S+/not-me\?\S*\bt=([A-Za-z0-9_-]+)`)

// NeverToken is what the mailed "this was not me" holds; empty if there is none.
func NeverToken(m *mail.Message) string {
	if f := neverForm.FindStringSubmatch(m.Text); f != nil {
		return f[1]
	}
	return ""
}
