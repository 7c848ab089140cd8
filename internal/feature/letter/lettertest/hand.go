package lettertest

import (
	"context"
	"regexp"
	"sync"
	"time"

	"outcry/internal/kernel/mail"
)

// Clock is a hand that tests turn. It stands still otherwise.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock shows a time that is no round one.
func NewClock() *Clock { return &Clock{t: time.Date(2026, 11, 20, 12, 3, 20, 0, time.UTC)} }

// Now is the time on the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Add turns the hand by d.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Set turns the hand to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// Mailbox is a transport that keeps every message for the test to read. The zero value is ready.
type Mailbox struct {
	Fail func(*mail.Message) error // set before the first message; nil takes them all

	check mail.Sink // refuses what the real transport would
	mu    sync.Mutex
	list  []*mail.Message
}

// Send keeps a copy of m.
func (b *Mailbox) Send(ctx context.Context, m *mail.Message) error {
	if b.Fail != nil {
		if err := b.Fail(m); err != nil {
			return err
		}
	}
	if err := b.check.Send(context.WithoutCancel(ctx), m); err != nil {
		return err
	}
	kept := *m
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, &kept)
	return nil
}

// Close does nothing.
func (b *Mailbox) Close() error { return nil }

// All are the messages that came, the oldest first.
func (b *Mailbox) All() []*mail.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*mail.Message(nil), b.list...)
}

// Last is the newest message to an address, as it was typed; nil if there is none.
func (b *Mailbox) Last(to string) (last *mail.Message) {
	for _, m := range b.All() {
		if m.To == to {
			last = m
		}
	}
	return last
}

var (
	codeForm = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b`)
	linkForm = regexp.MustCompile(`https?://\S+/confirm\?\S*\bt=([A-Za-z0-9_-]+)`)
)

// Code is the code in a mail's text, as it is printed there; empty if there is none.
func Code(m *mail.Message) string {
	return codeForm.FindString(linkForm.ReplaceAllString(neverForm.ReplaceAllString(m.Text, ""), ""))
}

// Link is the whole mailed link; empty if there is none.
func Link(m *mail.Message) string { return linkForm.FindString(m.Text) }

// Token is what the mailed link holds; empty if there is none.
func Token(m *mail.Message) string {
	if f := linkForm.FindStringSubmatch(m.Text); f != nil {
		return f[1]
	}
	return ""
}
