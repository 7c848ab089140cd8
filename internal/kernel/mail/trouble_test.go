package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"outcry/internal/kernel/mail"
)

// raw accepts connections and does with them what no SMTP server does.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return l.Addr().String()
}

// silent reads and never answers, until the other side leaves.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func TestTrouble(t *testing.T) {
	_, pool := certificate(t)
	stranger, _ := certificate(t)
	trust := func(c *mail.Config) { c.RootCAs = pool }
	soon := func(c *mail.Config) { c.Timeout = 150 * time.Millisecond }
	tests := []struct {
		name  string
		url   func(t *testing.T) string
		with  func(*mail.Config)
		is    error
		words string
	}{
		{"nobody listens", func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			_ = l.Close()
			return "smtp://" + l.Addr().String()
		}, nil, nil, "nothing listens"},
		{"no greeting", func(t *testing.T) string { return "smtp://" + raw(t, silent) }, soon, nil, "greeting: no answer in time"},
		{"no handshake", func(t *testing.T) string { return "smtps://" + raw(t, silent) }, soon, nil, "encryption: no answer in time"},
		{"greeting and nothing after it", func(t *testing.T) string {
			return "smtp://" + raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "220 mx.test\r\n"); silent(c) })
		}, soon, nil, "greeting: no answer in time"},
		{"hangs up at once", func(t *testing.T) string { return "smtp://" + raw(t, func(net.Conn) {}) }, nil, nil, "greeting: the server hung up"},
		{"not a mail server", func(t *testing.T) string {
			return "smtp://" + raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 "+signer+"\r\n") })
		}, nil, nil, "not a mail server"},
		{"TLS to a plain port", func(t *testing.T) string { return "smtps://" + start(t, settings{}).addr }, nil, nil, "does not speak TLS"},
		{"encryption demanded and not offered", func(t *testing.T) string { return "smtp://" + start(t, settings{}).addr + "?tls=require" }, nil, mail.ErrNoTLS, "STARTTLS"},
		{"a certificate nobody vouches for, STARTTLS", func(t *testing.T) string { return "smtp://" + start(t, settings{tls: stranger}).addr + "?tls=require" }, trust, nil, "certificate"},
		{"a certificate nobody vouches for, preferred", func(t *testing.T) string { return "smtp://" + start(t, settings{tls: stranger}).addr + "?tls=prefer" }, trust, nil, "certificate"},
		{"a certificate nobody vouches for, TLS", func(t *testing.T) string {
			return "smtps://" + start(t, settings{tls: stranger, implicit: true}).addr
		}, trust, nil, "certificate"},
		{"no way to sign in", func(t *testing.T) string {
			return "smtp://u:p@" + start(t, settings{}).addr
		}, nil, mail.ErrNoSignIn, "sign in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			with := tt.with
			if with == nil {
				with = func(*mail.Config) {}
			}
			s := dial(t, tt.url(t), with)
			for what, err := range map[string]error{"Check": s.Check(t.Context()), "Send": s.Send(t.Context(), note(1))} {
				broken(t, err, tt.words)
				if tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("%s: got %v, want %v", what, err, tt.is)
				}
			}
		})
	}
}

// Causes that a test server can't bring about.
func TestWordsForAnOperator(t *testing.T) {
	ours := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 50001}
	read := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Source: ours, Err: err} }
	tests := []struct {
		err  error
		want string
	}{
		{&net.DNSError{Name: "x", Err: "no such host", IsTimeout: true}, "DNS"},
		{read(syscall.EHOSTUNREACH), "no way"},
		{read(syscall.ENETUNREACH), "no way"},
		{read(syscall.ECONNRESET), "hung up"},
		{read(syscall.EPIPE), "hung up"},
		{read(os.ErrDeadlineExceeded), "in time"},
		{&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"}}, "another name"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, "not valid"},
		{tls.AlertError(70), "no common way"},
		{errors.New("about " + signer), "broke off"},
	}
	for _, tt := range tests {
		got := mail.Words(tt.err)
		if !strings.Contains(got, tt.want) {
			t.Errorf("%T: got %q, want %q in it", tt.err, got, tt.want)
		}
		quiet(t, "the words", got)
		if strings.Contains(got, "192.0.2.7") {
			t.Errorf("our own IP address is in %q", got)
		}
	}
}

func TestWrongPasswordIsForAnOperator(t *testing.T) {
	p := start(t, settings{auth: true})
	s := dial(t, "smtp://"+account+":wrong@"+p.addr)
	for what, err := range map[string]error{"Check": s.Check(t.Context()), "Send": s.Send(t.Context(), note(1))} {
		no := refusal(t, err)
		if !no.Temporary || no.Code != 535 || no.Step != mail.StepSignIn {
			t.Errorf("%s: got %+v, want 535 at the sign-in, temporary: the message is not to blame", what, no)
		}
	}
}

func TestLoginWherePlainIsMissing(t *testing.T) {
	p := start(t, settings{auth: true})
	p.onlyLogin = true
	if err := dial(t, "smtp://"+account+":p%40ss%3Aw%2Frd%25@"+p.addr).Send(t.Context(), note(1)); err != nil {
		t.Errorf("right password: %v", err)
	}
	if no := refusal(t, dial(t, "smtp://"+account+":wrong@"+p.addr).Send(t.Context(), note(2))); no.Code != 535 {
		t.Errorf("wrong password: got %+v, want 535", no)
	}
}

// A server elsewhere that drops STARTTLS from its answer, or somebody on the way who does, must not get the password.
func TestPasswordNeverTravelsReadable(t *testing.T) {
	p := start(t, settings{auth: true})
	s := dial(t, "smtp://"+account+":p%40ss%3Aw%2Frd%25@"+p.addr+"?tls=prefer")
	mail.Elsewhere(s)
	err := s.Send(t.Context(), note(1))
	broken(t, err, "not encrypted")
	if !errors.Is(err, mail.ErrOpenSignIn) {
		t.Errorf("got %v, want ErrOpenSignIn", err)
	}
	if _, _, _, _, _, wire := p.sees(); strings.Contains(wire, "AUTH PLAIN ") {
		t.Errorf("the password was sent:\n%s", wire)
	}
}

func TestGreetingThatRefuses(t *testing.T) {
	addr := raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "554 mailbox full "+signer+"\r\n"); silent(c) })
	no := refusal(t, dial(t, "smtp://"+addr).Send(t.Context(), note(1)))
	if !no.Temporary || no.Code != 554 || no.Step != mail.StepGreeting {
		t.Errorf("got %+v, want 554 at the greeting, temporary", no)
	}
}

func TestCallerGivesUp(t *testing.T) {
	t.Run("while the server is silent", func(t *testing.T) {
		s := dial(t, "smtp://"+raw(t, silent))
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(errors.New("about " + signer)) })
		begin := time.Now()
		err := s.Send(ctx, note(1))
		broken(t, err, "greeting")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("it took %v to notice", took)
		}
	})
	t.Run("while the server thinks about the recipient", func(t *testing.T) {
		p := start(t, settings{})
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		p.onRcpt = func(*gosmtp.Conn) error { <-release; return nil }
		s := dial(t, "smtp://"+p.addr)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := s.Send(ctx, note(1))
		broken(t, err, "recipient")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want context.DeadlineExceeded", err)
		}
	})
	t.Run("while all connections are busy", func(t *testing.T) {
		p := start(t, settings{})
		reached, release := make(chan struct{}), make(chan struct{})
		p.onRcpt = func(*gosmtp.Conn) error { close(reached); <-release; return nil }
		s := dial(t, "smtp://"+p.addr, func(c *mail.Config) { c.Connections = 1 })
		sent := make(chan error, 1)
		go func() { sent <- s.Send(context.Background(), note(1)) }()
		<-reached
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		if err := s.Send(ctx, note(2)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want context.DeadlineExceeded", err)
		}
		close(release)
		if err := <-sent; err != nil {
			t.Errorf("the busy one: %v", err)
		}
	})
}

// The last answer has more time than the rest.
func TestPatienceForTheLastAnswer(t *testing.T) {
	p := start(t, settings{})
	p.onData = func(*gosmtp.Conn) error { time.Sleep(400 * time.Millisecond); return nil }
	s := dial(t, "smtp://"+p.addr, func(c *mail.Config) { c.Timeout = 250 * time.Millisecond })
	if err := s.Send(t.Context(), note(1)); err != nil {
		t.Fatalf("a server that filters slowly: %v", err)
	}
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	p.onData = func(*gosmtp.Conn) error { <-release; return nil }
	broken(t, s.Send(t.Context(), note(2)), "content: no answer in time")
}

func startBench(b *testing.B, p *peer) string {
	b.Helper()
	s := gosmtp.NewServer(p)
	s.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(l) }()
	b.Cleanup(func() { _ = s.Close(); <-ended })
	return l.Addr().String()
}
