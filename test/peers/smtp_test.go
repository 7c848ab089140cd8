package peers

import (
	"errors"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

const letter = "From: a@outcry.example\r\nTo: b@example.org\r\nSubject: =?utf-8?q?=D0=94=D0=B0?=\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"=D0=94=D0=B0, a long=\r\n line\r\n.\r\n--x--\r\n"

// send speaks plain SMTP, with a time limit for the whole conversation.
func send(t *testing.T, s *SMTPServer, limit time.Duration) error {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	c, err := smtp.NewClient(conn, "127.0.0.1")
	if err != nil {
		return err
	}
	if err := c.Mail("a@outcry.example"); err != nil {
		return err
	}
	if err := c.Rcpt("b@example.org"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	io.WriteString(w, letter)
	return w.Close()
}

func TestSMTPRemembersMessages(t *testing.T) {
	s := SMTP(t)
	go func() {
		time.Sleep(20 * time.Millisecond)
		send(t, s, 5*time.Second)
	}()
	m := s.WaitTo(t, "b@example.org", 5*time.Second)
	if m.Subject != "Да" || !strings.HasPrefix(m.Text, "Да, a long line\n.") || m.From != "a@outcry.example" {
		t.Errorf("subject %q, text %q, from %q", m.Subject, m.Text, m.From)
	}
	if string(m.Raw) != letter {
		t.Errorf("the raw text is not what was sent:\n%q", m.Raw)
	}
	s.Forget()
	if len(s.Messages()) != 0 {
		t.Error("Forget forgot nothing")
	}
}

func TestSMTPAnswers(t *testing.T) {
	timedOut := func(err error) bool {
		var e net.Error
		return errors.As(err, &e) && e.Timeout()
	}
	code := func(want int) func(error) bool {
		return func(err error) bool {
			var e *textproto.Error
			return errors.As(err, &e) && e.Code == want
		}
	}
	cut := func(err error) bool { return err != nil && !timedOut(err) && !code(0)(err) }
	for _, c := range []struct {
		name   string
		answer Answer
		want   func(error) bool
		kept   int
	}{
		{"taken", Answer{}, func(err error) bool { return err == nil }, 1},
		{"later", Answer{Code: 452}, code(452), 0},
		{"never", Answer{Code: 550, At: AtData}, code(550), 0},
		{"from refused", Answer{Code: 451, At: AtMail}, code(451), 0},
		{"stalls", Answer{Stall: true}, timedOut, 0},
		{"stalls after the text", Answer{Stall: true, At: AtData}, timedOut, 0},
		{"closes", Answer{Close: true}, cut, 0},
		{"takes it and closes", Answer{Close: true, Keep: true, At: AtData}, cut, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := SMTP(t)
			s.Next(c.answer)
			if err := send(t, s, 300*time.Millisecond); !c.want(err) {
				t.Errorf("the client saw %v", err)
			}
			if n := len(s.Messages()); n != c.kept {
				t.Errorf("%d messages were kept, want %d", n, c.kept)
			}
			if err := send(t, s, 5*time.Second); err != nil || s.Tried() != 2 {
				t.Errorf("the message after it: %v, tried %d", err, s.Tried())
			}
		})
	}
}
