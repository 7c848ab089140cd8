package load

import (
	"bufio"
	"bytes"
	"io"
	"mime/quotedprintable"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

// Mailbox is a mail server on this machine that takes every mail, tells who got which code, and keeps nothing. It sends nothing on.
type Mailbox struct {
	Addr string // "127.0.0.1:port"

	told  func(address, code string, at time.Time)
	l     net.Listener
	mu    sync.Mutex
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

// longest is how many bytes of a mail are read: ours are a few thousand.
const longest = 1 << 20

// NewMailbox opens a mailbox on a free port of loopback. told is called for each mail, by many goroutines; the code is empty if the mail has none.
func NewMailbox(told func(address, code string, at time.Time)) (*Mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &Mailbox{Addr: l.Addr().String(), told: told, l: l, conns: map[net.Conn]bool{}}
	m.wg.Go(m.accept)
	return m, nil
}

func (m *Mailbox) accept() {
	for {
		c, err := m.l.Accept()
		if err != nil {
			return
		}
		m.mu.Lock()
		if m.conns == nil {
			m.mu.Unlock()
			c.Close()
			return
		}
		m.conns[c] = true
		m.mu.Unlock()
		m.wg.Go(func() {
			m.converse(c)
			c.Close()
			m.mu.Lock()
			delete(m.conns, c)
			m.mu.Unlock()
		})
	}
}

// converse is the least of RFC 5321 that a client needs.
func (m *Mailbox) converse(c net.Conn) {
	r := textproto.NewReader(bufio.NewReader(c))
	say := func(lines ...string) bool {
		c.SetDeadline(time.Now().Add(5 * time.Minute))
		_, err := io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n")
		return err == nil
	}
	var to string
	for ok := say("220 mailbox.invalid ESMTP"); ok; {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			ok = say("250-mailbox.invalid", "250-8BITMIME", "250-SMTPUTF8", "250 SIZE 1048576")
		case "HELO", "MAIL", "RSET", "NOOP":
			ok = say("250 2.0.0 OK")
		case "RCPT":
			_, address, _ := strings.Cut(rest, "<")
			to, _, _ = strings.Cut(address, ">")
			ok = say("250 2.1.5 OK")
		case "DATA":
			if !say("354 go on") {
				return
			}
			text, err := io.ReadAll(io.LimitReader(r.DotReader(), longest))
			if err != nil {
				return
			}
			at := time.Now()
			ok = say("250 2.0.0 taken") // first: what comes of it is no part of the mail's way
			m.told(to, codeIn(text), at)
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default:
			ok = say("502 5.5.1 unknown here")
		}
	}
}

// codeIn finds the code in a mail. The text is plain or quoted-printable: that changes nothing about a code but where a long line is broken.
func codeIn(mail []byte) string {
	_, body, ok := bytes.Cut(mail, []byte("\n\n"))
	if !ok {
		return ""
	}
	if found := code.Find(body); found != nil {
		return string(found)
	}
	text, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
	return Code(string(text))
}

// Close ends all conversations.
func (m *Mailbox) Close() {
	m.l.Close()
	m.mu.Lock()
	for c := range m.conns {
		c.Close()
	}
	m.conns = nil
	m.mu.Unlock()
	m.wg.Wait()
}
