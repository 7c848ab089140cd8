package lettertest

import (
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
)

// Reopen is a process of an installation whose secret file is there and whose database may be empty still. Of more it takes Mail, Budgets, News and
// Logger. It has not started.
func Reopen(t testing.TB, c db.Config, secret string, clock *Clock, more letter.Config) *Site {
	t.Helper()
	s := &Site{Config: more, Clock: clock, Mailbox: &Mailbox{}, Secret: secret, database: c}
	s.URL, s.MailURL, s.Now = URL, MailURL, clock.Now
	if s.Mail == nil {
		s.Mail = s.Mailbox
	}
	var err error
	s.Unlock, err = seal.ReadSecretFile(secret)
	Must(t, err)
	s.open(t)
	return s
}
