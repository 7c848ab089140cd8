package peers

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Stage is a point of the SMTP conversation.
type Stage string

const (
	AtRcpt Stage = "RCPT"
	AtMail Stage = "MAIL"
	AtData Stage = "DATA" // after the text has been sent
)

// Answer is how the server behaves in one conversation. The zero Answer takes the message.
type Answer struct {
	At    Stage  // empty: AtRcpt
	Code  int    // 452 try later, 550 never, 421 going away …; 0 takes it
	Text  string // of the answer
	Stall bool   // say nothing until the client gives up
	Close bool   // close the connection instead of answering
	Keep  bool   // with AtData and Close: the message is taken, but the client never hears of it
}

// Message is what a client handed over.
type Message struct {
	From    string   // of the envelope
	To      []string // of the envelope
	Raw     []byte   // as sent, with CRLF
	Header  mail.Header
	Subject string // decoded
	Text    string // the first text/plain part, decoded, with LF
}

// SMTPServer is an SMTP server on a port of loopback that remembers what it is given.
type SMTPServer struct {
	Addr string // "127.0.0.1:port"

	mu       sync.Mutex
	messages []Message
	changed  chan struct{} // closed and replaced whenever a message comes
	next     []Answer
	always   Answer
	by       func(to string, nth int) Answer
	tried    map[string]int // by recipient; counted while by is set
	talks    int
	ended    chan struct{}
}

// SMTP starts a server that takes everything, until told otherwise, and ends it with the test.
func SMTP(t testing.TB) *SMTPServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &SMTPServer{Addr: l.Addr().String(), changed: make(chan struct{}), ended: make(chan struct{})}
	server := smtp.NewServer(smtp.BackendFunc(s.converse))
	server.Domain = "mail.example"
	server.EnableSMTPUTF8 = true
	server.MaxMessageBytes = 1 << 20
	server.ErrorLog = log.New(io.Discard, "", 0)
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(l)
	}()
	t.Cleanup(func() {
		close(s.ended)
		server.Close()
		l.Close() // a server that has not come to accept yet knows of no listener to close
		<-served
	})
	return s
}

// Always sets how the server behaves in every conversation for which Next has nothing.
func (s *SMTPServer) Always(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = a
}

// By sets how the server behaves for each recipient, at their nth time, from 1; nil ends it. Next and Always have no say meanwhile, and no answer
// of its own is for AtMail.
func (s *SMTPServer) By(answer func(to string, nth int) Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by = answer
	if s.tried == nil {
		s.tried = map[string]int{}
	}
}

// TriedTo returns how many messages to an address clients have begun since By was first called, taken or not.
func (s *SMTPServer) TriedTo(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tried[address]
}

// Next sets how the server behaves in the next messages, one answer for each.
func (s *SMTPServer) Next(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, answers...)
}

// Messages returns what has been taken so far, oldest first.
func (s *SMTPServer) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Tried returns how many messages clients have begun (MAIL FROM), taken or not.
func (s *SMTPServer) Tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talks
}

// Wait returns the first message that fits, taken before or now, or fails the test when the time is over.
func (s *SMTPServer) Wait(t testing.TB, timeout time.Duration, fits func(Message) bool) Message {
	t.Helper()
	over := time.After(timeout)
	for {
		s.mu.Lock()
		i := slices.IndexFunc(s.messages, fits)
		changed, n := s.changed, len(s.messages)
		var m Message
		if i >= 0 {
			m = s.messages[i]
		}
		s.mu.Unlock()
		if i >= 0 {
			return m
		}
		select {
		case <-changed:
		case <-over:
			t.Fatalf("no such mail after %v; %d others came", timeout, n)
		}
	}
}

// WaitTo waits for a message to that address.
func (s *SMTPServer) WaitTo(t testing.TB, address string, timeout time.Duration) Message {
	t.Helper()
	return s.Wait(t, timeout, func(m Message) bool { return slices.Contains(m.To, address) })
}

// Forget drops the messages taken so far, so that Wait sees only what comes after.
func (s *SMTPServer) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = nil
}

func (s *SMTPServer) converse(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c}, nil
}

// session is one connection; a message begins with MAIL.
type session struct {
	server *SMTPServer
	conn   *smtp.Conn
	answer Answer
	from   string
	to     []string
}

// at behaves as the answer says, if this is its stage.
func (c *session) at(stage Stage) error {
	at := c.answer.At
	if at == "" {
		at = AtRcpt
	}
	if at != stage {
		return nil
	}
	switch {
	case c.answer.Stall:
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			c.conn.Conn().Read(make([]byte, 1)) // the client has nothing to say before our answer: this returns when it hangs up
		}()
		select {
		case <-gone:
		case <-c.server.ended:
		}
		c.conn.Conn().Close()
		return errors.New("stalled")
	case c.answer.Close:
		c.conn.Conn().Close()
		return errors.New("closed")
	case c.answer.Code != 0:
		text := c.answer.Text
		if text == "" {
			text = "as the test says"
		}
		return &smtp.SMTPError{Code: c.answer.Code, EnhancedCode: smtp.EnhancedCode{c.answer.Code / 100, 0, 0}, Message: text}
	}
	return nil
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	s := c.server
	s.mu.Lock()
	s.talks++
	c.answer = s.always
	if len(s.next) > 0 {
		c.answer, s.next = s.next[0], s.next[1:]
	}
	s.mu.Unlock()
	c.from, c.to = from, nil
	return c.at(AtMail)
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = append(c.to, to)
	s := c.server
	s.mu.Lock()
	if s.by != nil {
		s.tried[to]++
		c.answer = s.by(to, s.tried[to])
	}
	s.mu.Unlock()
	return c.at(AtRcpt)
}

func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	refusal := c.answer.At == AtData && (c.answer.Code != 0 || c.answer.Stall || c.answer.Close)
	if !refusal || c.answer.Keep {
		m := Message{From: c.from, To: c.to, Raw: raw}
		m.Header, m.Subject, m.Text = parse(raw)
		s := c.server
		s.mu.Lock()
		s.messages = append(s.messages, m)
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
	}
	return c.at(AtData)
}

func (c *session) Reset()        { c.from, c.to = "", nil }
func (c *session) Logout() error { return nil }

// parse reads what a mail program would show; a malformed message yields what could be read.
func parse(raw []byte) (header mail.Header, subject, text string) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, "", ""
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = m.Header.Get("Subject")
	}
	text, _ = plain(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	return m.Header, subject, strings.ReplaceAll(text, "\r\n", "\n")
}

// plain finds the first text/plain in a body, inside multipart/* too.
func plain(contentType, encoding string, body io.Reader) (string, bool) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain" // RFC 2045, 5.2: so it is without a type
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return "", false
			}
			if text, ok := plain(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); ok {
				return text, true
			}
		}
	}
	if kind != "text/plain" {
		return "", false
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	return string(b), err == nil
}
