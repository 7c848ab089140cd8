package mailproof

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
)

// post is a mailbox for everybody.
type post struct {
	sent   map[string]string // the text by its recipient
	refuse string
}

func (p *post) Send(_ context.Context, m *mail.Message) error {
	if m.To == p.refuse {
		return errors.New("refused")
	}
	p.sent[m.To] = m.Text
	return nil
}

func (p *post) Close() error { return nil }

type proof struct {
	*Book
	t    *testing.T
	d    *db.DB
	post *post
	now  time.Time
}

func open(t *testing.T, d *db.DB) *proof {
	p := &proof{t: t, d: d, post: &post{sent: map[string]string{}}, now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}
	p.Book = NewBook(Config{DB: d, Mail: p.post, Way: "smtp.example\nno-reply@letters.example.org", Own: []string{"letters.example.org", "post.example.net"}, Now: func() time.Time { return p.now }})
	return p
}

func word(code string) *mail.Message { return &mail.Message{Subject: "test", Text: code} }

func (p *proof) begin(first, second string) (id string, err error) {
	return p.Begin(p.t.Context(), "home", seal.Hide(first), seal.Hide(second), word)
}

func (p *proof) proven() string {
	p.t.Helper()
	day, err := p.Proven(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return day
}

// refused holds that an error is a fault of a field, and that nothing is proven.
func (p *proof) refused(err error, kind fault.Kind, field string) {
	p.t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != kind || f.Field != field {
		p.t.Errorf("%v, not %v at %q", err, kind, field)
	}
	if p.proven() != "" {
		p.t.Error("it is proven all the same")
	}
}

const first, second = "a@mailbox.example", "b@elsewhere.example"

func TestProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := open(t, d)
		for _, c := range []struct{ first, second, field string }{
			{"", second, "first"}, {"a", second, "first"}, {"a@b", second, "first"}, {"a@b@mailbox.example", second, "first"}, {first, "b @elsewhere.example", "second"},
			{first, "<b@elsewhere.example>", "second"}, {first, "b@localhost", "second"},
			{first, "other@MAILBOX.example", "second"},                        // the same domain
			{first, "b@deep.mailbox.example", "second"},                       // whoever has a domain has all below it
			{first, "b@mailbox.example.", "second"},                           // spelled otherwise
			{"a@letters.example.org", second, "first"},                        // our own
			{first, "b@mx.example.org", "second"},                             // likewise, by its registered domain
			{first, "b@post.example.net", "second"},                           // of mailed links
			{"a@öffentlich.example", "b@xn--ffentlich-z7a.example", "second"}, // one domain in two spellings
		} {
			_, err := p.begin(c.first, c.second)
			p.refused(err, fault.Invalid, c.field)
		}
		if len(p.post.sent) != 0 {
			t.Fatalf("sent: %v", p.post.sent)
		}
		p.post.refuse = second
		_, err := p.begin(first, second)
		p.refused(err, fault.Refused, "second")
		p.post.refuse = ""

		id, err := p.begin(first, second)
		if err != nil {
			t.Fatal(err)
		}
		one, two := p.post.sent[first], p.post.sent[second]
		ctx := t.Context()
		for _, c := range []struct{ one, two, field string }{{"", "", "first"}, {two, one, "first"}, {one, one, "second"}, {one, "0000-0000", "second"}, {"0000-0000", two, "first"}} {
			p.refused(p.Prove(ctx, id, c.one, c.two), fault.Invalid, c.field)
		}
		p.refused(p.Prove(ctx, "", one, two), fault.Gone, "")
		p.refused(p.Prove(ctx, strings.Repeat("A", 22), one, two), fault.Gone, "")
		if dump := p.dump(); strings.Contains(dump, "mailbox") || strings.Contains(dump, "elsewhere") || strings.Contains(dump, seal.TypedCode(one)) {
			t.Errorf("kept: %s", dump)
		}
		if err := p.Prove(ctx, id, " "+strings.ToLower(one), two); err != nil {
			t.Fatal(err)
		}
		if p.proven() != "2026-03-01" {
			t.Error(p.proven())
		}
		if err := p.Prove(ctx, id, one, two); !fault.Is(err, fault.Gone) { // replayed
			t.Errorf("the same codes again: %v", err)
		}

		// Another way of sending is to be proven anew.
		p.Way = "smtp.example\nno-reply@other.example"
		if p.proven() != "" {
			t.Error("another sender is proven by the first")
		}
	})
}

func TestProofEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := open(t, d), t.Context()
		id, err := p.begin(first, second)
		if err != nil {
			t.Fatal(err)
		}
		one, two := p.post.sent[first], p.post.sent[second]
		p.now = p.now.Add(2 * time.Hour)
		p.refused(p.Prove(ctx, id, one, two), fault.Gone, "")
		if err := p.Sweep(ctx); err != nil || strings.Contains(p.dump(), "test") {
			t.Errorf("%v; kept: %s", err, p.dump())
		}

		id, err = p.begin(first, second)
		if err != nil {
			t.Fatal(err)
		}
		one, two = p.post.sent[first], p.post.sent[second]
		for range triesMost {
			p.refused(p.Prove(ctx, id, one, "0000-0000"), fault.Invalid, "second")
		}
		p.refused(p.Prove(ctx, id, one, two), fault.TooMany, "")

		// The codes of one test are none of another.
		id, err = p.begin(first, second)
		if err != nil {
			t.Fatal(err)
		}
		old := p.post.sent[second]
		other, err := p.begin(first, second)
		if err != nil || other == id {
			t.Fatal(err)
		}
		p.refused(p.Prove(ctx, other, p.post.sent[first], old), fault.Invalid, "second")

		for err == nil {
			_, err = p.begin(first, second)
		}
		p.refused(err, fault.TooMany, "")
		p.Mail = nil
		if _, err := p.begin(first, second); !fault.Is(err, fault.Locked) {
			t.Errorf("without a mail server: %v", err)
		}
	})
}

// How many test mails a committee begins in an hour is counted for all nodes together, for each kind by itself, and for no other committee.
func TestPaceOfACommittee(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := open(t, d), t.Context()
		other := NewBook(p.Config) // of another node
		for _, k := range []Kind{Proof, Trial} {
			taken := int64(0)
			for b := p.Book; b.Take(ctx, "home", k) == nil; taken++ {
				if b == other {
					b = p.Book
				} else {
					b = other
				}
			}
			if taken != perHour[k] {
				t.Errorf("%s: %d begin in an hour, not %d", k, taken, perHour[k])
			}
			for _, b := range []*Book{p.Book, other} {
				if err := b.Take(ctx, "home", k); !fault.Is(err, fault.TooMany) {
					t.Errorf("%s: one more: %v", k, err)
				}
			}
			if err := p.Take(ctx, "allies", k); err != nil {
				t.Errorf("%s: another committee: %v", k, err)
			}
		}
		p.now = p.now.Add(time.Hour)
		if err := p.Take(ctx, "home", Proof); err != nil {
			t.Errorf("in the next hour: %v", err)
		}
		p.now = p.now.Add(time.Hour)
		if err := p.Sweep(ctx); err != nil || strings.Contains(p.dump(), "begun") {
			t.Errorf("%v; kept: %s", err, p.dump())
		}
	})
}

// dump is all that is kept.
func (p *proof) dump() (out string) {
	p.t.Helper()
	err := p.d.View(p.t.Context(), func(tx *db.Tx) error {
		for _, q := range []string{"SELECT 'proof', setting, day, '', '', '' FROM mailproof", "SELECT 'test', id, setting, first, second, tries FROM mailproof_test", "SELECT 'begun', committee, kind, hour, n, '' FROM mailproof_begun"} {
			err := tx.Each(q, nil, func(scan func(...any) error) error {
				row := make([]any, 6)
				err := scan(&row[0], &row[1], &row[2], &row[3], &row[4], &row[5])
				out += fmt.Sprintf("%s %q\n", row[0], row[1:])
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}
