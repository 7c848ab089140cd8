package mail_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"outcry/internal/kernel/mail"
)

func TestSendByEveryKindOfConnection(t *testing.T) {
	cert, pool := certificate(t)
	trust := func(c *mail.Config) { c.RootCAs = pool }
	const login = account + ":p%40ss%3Aw%2Frd%25@"
	tests := []struct {
		name      string
		server    settings
		before    string // of the address
		after     string
		encrypted bool
	}{
		{"plain on the loopback", settings{}, "smtp://", "", false},
		{"plain although encryption is offered", settings{tls: cert}, "smtp://", "", false},
		{"STARTTLS", settings{tls: cert}, "smtp://", "?tls=require", true},
		{"STARTTLS preferred and offered", settings{tls: cert}, "smtp://", "?tls=prefer", true},
		{"STARTTLS preferred and not offered", settings{}, "smtp://", "?tls=prefer", false},
		{"TLS from the first byte", settings{tls: cert, implicit: true}, "smtps://", "", true},
		{"signed in on the loopback", settings{auth: true}, "smtp://" + login, "", false},
		{"signed in over STARTTLS", settings{tls: cert, auth: true}, "smtp://" + login, "?tls=require", true},
		{"signed in over TLS", settings{tls: cert, implicit: true, auth: true}, "smtps://" + login, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, tt.server)
			encrypted := false
			p.onRcpt = func(c *gosmtp.Conn) error {
				_, encrypted = c.TLSConnectionState()
				return nil
			}
			s := dial(t, tt.before+p.addr+tt.after, trust)
			if err := s.Check(t.Context()); err != nil {
				t.Fatalf("Check: %v", err)
			}
			if err := s.Send(t.Context(), note(1)); err != nil {
				t.Fatalf("Send: %v", err)
			}
			mails, _, _, _, helos, _ := p.sees()
			if len(mails) != 1 || mails[0].to != signer || mails[0].from != "letter@campaign.example" {
				t.Fatalf("the server got %d messages: %+v", len(mails), mails)
			}
			if encrypted != tt.encrypted {
				t.Errorf("encrypted = %v, want %v", encrypted, tt.encrypted)
			}
			for _, name := range helos {
				if name != "campaign.example" {
					t.Errorf("EHLO said %q, want the domain of From", name)
				}
			}
		})
	}
}

func TestServerSaysNo(t *testing.T) {
	full := func(code int) error {
		return &gosmtp.SMTPError{Code: code, EnhancedCode: gosmtp.EnhancedCode{code / 100, 2, 2}, Message: "mailbox full <" + signer + ">"}
	}
	tests := []struct {
		name      string
		step      mail.Step
		code      int
		temporary bool
	}{
		{"recipient, later", mail.StepRecipient, 452, true},
		{"recipient, unknown", mail.StepRecipient, 550, false},
		{"recipient, sign in first", mail.StepRecipient, 530, true},
		{"content, later", mail.StepContent, 451, true},
		{"content, unwanted", mail.StepContent, 554, false},
		{"sender, later", mail.StepSender, 450, true},
		{"sender, unwanted: for an operator to mend", mail.StepSender, 550, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, settings{})
			say := true
			no := func() error {
				if say {
					return full(tt.code)
				}
				return nil
			}
			switch tt.step {
			case mail.StepSender:
				p.onMail = func(*gosmtp.Conn, int) error { return no() }
			case mail.StepRecipient:
				p.onRcpt = func(*gosmtp.Conn) error { return no() }
			case mail.StepContent:
				p.onData = func(*gosmtp.Conn) error { return no() }
			}
			s := dial(t, "smtp://"+p.addr)
			got := refusal(t, s.Send(t.Context(), note(1)))
			if got.Code != tt.code || got.Temporary != tt.temporary || got.Step != tt.step {
				t.Errorf("got %+v, want code %d, temporary %v, at the %s", got, tt.code, tt.temporary, tt.step)
			}
			// A refusal costs the connection nothing: the next message goes over the same one.
			say = false
			if err := s.Send(t.Context(), note(2)); err != nil {
				t.Fatalf("the next message: %v", err)
			}
			if mails, sessions, _, _, _, _ := p.sees(); sessions != 1 || len(mails) != 1 {
				t.Errorf("%d messages over %d connections, want 1 over 1", len(mails), sessions)
			}
		})
	}
}

func TestConnectionsAreKeptAndFew(t *testing.T) {
	p := start(t, settings{})
	s := dial(t, "smtp://"+p.addr, func(c *mail.Config) { c.Connections = 3 })
	const senders, each = 20, 10
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for j := range each {
				m := note(i*each + j)
				m.To = fmt.Sprintf("s%d.%d@inbox.example", i, j)
				if err := s.Send(t.Context(), m); err != nil {
					t.Errorf("Send: %v", err)
				}
			}
		})
	}
	all.Wait()
	mails, sessions, _, _, _, _ := p.sees()
	if sessions > 3 {
		t.Errorf("%d connections, want at most 3", sessions)
	}
	seen := map[string]int{}
	for _, m := range mails {
		seen[m.to]++
	}
	if len(mails) != senders*each || len(seen) != senders*each {
		t.Errorf("%d messages to %d people, want %d", len(mails), len(seen), senders*each)
	}
}

func TestIdleConnectionIsHungUp(t *testing.T) {
	p := start(t, settings{})
	s := dial(t, "smtp://"+p.addr, func(c *mail.Config) { c.IdleTimeout = 30 * time.Millisecond })
	if err := s.Send(t.Context(), note(1)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the idle connection is hung up", func() bool {
		_, _, ends, _, _, _ := p.sees()
		return ends == 1
	})
	if err := s.Send(t.Context(), note(2)); err != nil {
		t.Fatal(err)
	}
	if mails, sessions, _, _, _, _ := p.sees(); len(mails) != 2 || sessions != 2 {
		t.Errorf("%d messages over %d connections, want 2 over 2", len(mails), sessions)
	}
}

func TestStaleConnection(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(p *peer)
	}{
		{"the server restarted", func(p *peer) { p.hangUp() }},
		{"the server has had enough of this connection", func(p *peer) {
			p.onMail = func(_ *gosmtp.Conn, nth int) error {
				if nth > 1 {
					return &gosmtp.SMTPError{Code: 421, EnhancedCode: gosmtp.EnhancedCode{4, 7, 0}, Message: "too many messages"}
				}
				return nil
			}
		}},
		{"it dies at the recipient", func(p *peer) {
			var died atomic.Bool
			p.onRcpt = func(c *gosmtp.Conn) error {
				if !died.Swap(true) {
					_ = c.Conn().Close()
				}
				return nil
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, settings{})
			s := dial(t, "smtp://"+p.addr)
			if err := s.Send(t.Context(), note(1)); err != nil {
				t.Fatal(err)
			}
			tt.spoil(p)
			if err := s.Send(t.Context(), note(2)); err != nil {
				t.Fatalf("over a stale connection: %v", err)
			}
			if mails, sessions, _, _, _, _ := p.sees(); len(mails) != 2 || sessions != 2 {
				t.Errorf("%d messages over %d connections, want 2 over 2", len(mails), sessions)
			}
			eventually(t, "the stale connection is closed", func() bool {
				_, _, ends, _, _, _ := p.sees()
				return ends == 1
			})
		})
	}
}

func TestNothingIsRepeatedAfterTheContent(t *testing.T) {
	p := start(t, settings{})
	s := dial(t, "smtp://"+p.addr)
	if err := s.Send(t.Context(), note(1)); err != nil {
		t.Fatal(err)
	}
	// The server has the whole message, and dies before it can say so.
	p.onData = func(c *gosmtp.Conn) error { return c.Conn().Close() }
	broken(t, s.Send(t.Context(), note(2)), "content: the server hung up")
	if _, sessions, _, datas, _, _ := p.sees(); datas != 2 || sessions != 1 {
		t.Errorf("the server saw %d contents over %d connections, want 2 over 1: the second message was repeated", datas, sessions)
	}
}

func TestDyingServerIsTriedOnce(t *testing.T) {
	p := start(t, settings{})
	p.onRcpt = func(c *gosmtp.Conn) error { return c.Conn().Close() }
	s := dial(t, "smtp://"+p.addr)
	broken(t, s.Send(t.Context(), note(1)), "recipient: the server hung up")
	if _, sessions, _, _, _, _ := p.sees(); sessions != 1 {
		t.Errorf("%d connections, want 1: a fresh one that breaks is jobs' to try again", sessions)
	}
}

func TestCloseLetsMessagesEnd(t *testing.T) {
	p := start(t, settings{})
	reached, release := make(chan struct{}), make(chan struct{})
	p.onData = func(*gosmtp.Conn) error { close(reached); <-release; return nil }
	s := dial(t, "smtp://"+p.addr, func(c *mail.Config) { c.Connections = 1 })
	sent, closed := make(chan error, 1), make(chan struct{})
	go func() { sent <- s.Send(context.Background(), note(1)) }()
	<-reached
	waiting := make(chan error, 1)
	go func() { waiting <- s.Send(context.Background(), note(2)) }()
	go func() { defer close(closed); _ = s.Close() }()
	if err := <-waiting; !errors.Is(err, mail.ErrClosed) {
		t.Errorf("a message that waited: %v, want ErrClosed", err)
	}
	select {
	case <-closed:
		t.Error("Close did not wait for the message being sent")
	default:
	}
	close(release)
	if err := <-sent; err != nil {
		t.Errorf("the message being sent: %v", err)
	}
	<-closed
	if err := s.Send(context.Background(), note(3)); !errors.Is(err, mail.ErrClosed) {
		t.Errorf("afterwards: %v, want ErrClosed", err)
	}
	eventually(t, "the connection is hung up", func() bool {
		_, _, ends, _, _, _ := p.sees()
		return ends == 1
	})
}

func BenchmarkSend(b *testing.B) {
	p := &peer{}
	addr := startBench(b, p)
	s, err := mail.New(mail.Config{URL: "smtp://" + addr, From: "letter@campaign.example", Now: clock})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.Send(b.Context(), note(i)); err != nil {
			b.Fatal(err)
		}
	}
}
