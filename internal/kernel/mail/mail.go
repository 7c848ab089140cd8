// Package mail sends a message by SMTP, and tells nobody more than the message says.
//
// A message leaves with the headers it needs and no others: no name of the machine, no program, no address of whoever asked for it.
// No error and no log line holds an address or a word of the server's answer, since servers like to repeat the recipient there.
//
// [SMTP] is the transport of a real site, [Sink] the one of the demo. Neither queues: jobs does, and calls Send again with the same
// message when an error is no permanent refusal. The same message always carries the same Message-ID, so that a mailbox can
// recognise the second copy if the first answer was lost.
package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Message is one letter to one person. It never prints: every way of formatting it gives the same few neutral words.
type Message struct {
	ID      string // 32 lower-case hex digits, made by the caller; the same job gives the same ID
	To      string // one bare address, as typed by its owner; private
	Lang    string // BCP 47 tag of the text, for Content-Language; may be empty
	Subject string // one line
	Text    string // plain text, never empty
	HTML    string // the same in HTML; may be empty
}

// mute is what a message prints. Its words may have a private link in them, so not even their length is told.
const mute = "mail.Message(private)"

func (Message) String() string               { return mute }
func (Message) GoString() string             { return mute }
func (Message) LogValue() slog.Value         { return slog.StringValue(mute) }
func (Message) MarshalText() ([]byte, error) { return []byte(mute), nil }

// Format keeps %+v, %#v and the like from walking through the fields.
func (Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mute) }

// Transport hands messages on. It may be used by several goroutines.
type Transport interface {
	// Send returns nil when the next server has taken the message over. A [*Refused] that is not Temporary means that trying
	// again is of no use; after any other error the caller may send the same message later.
	Send(ctx context.Context, m *Message) error
	// Close lets what is being sent end, then hangs up. Send returns [ErrClosed] from then on.
	Close() error
}

// Step is where in the conversation something happened. The words are for our own log and for the doctor command.
type Step string

const (
	StepMessage   Step = "message"    // before any server was asked: the message itself is not one we send
	StepConnect   Step = "connection" // reaching the server
	StepGreeting  Step = "greeting"   // its first line and the answer to EHLO
	StepEncrypt   Step = "encryption" // STARTTLS or TLS
	StepSignIn    Step = "sign-in"    // user and password
	StepCheck     Step = "check"      // NOOP, by Check only
	StepSender    Step = "sender"     // MAIL FROM: our own address
	StepRecipient Step = "recipient"  // RCPT TO
	StepContent   Step = "content"    // DATA
)

// Refused is a no that was said in so many words, by the server or, with Code 0, by this package.
type Refused struct {
	// Temporary is true for answers 4xx, and for any refusal that is about us and not about the recipient or the content: a wrong
	// password or an unwelcome sender is mended by an operator, and the message waits until then.
	Temporary bool
	Code      int    // the SMTP reply code; 0 if no server was asked
	Step      Step   // where it was said
	Why       string // this package's own words for a refusal with Code 0
}

// Error never holds the server's words or an address.
func (r *Refused) Error() string {
	length := "for good"
	if r.Temporary {
		length = "for now"
	}
	if r.Code == 0 {
		return fmt.Sprintf("mail: refused %s at the %s: %s", length, r.Step, r.Why)
	}
	return fmt.Sprintf("mail: refused %s by the server at the %s, code %d", length, r.Step, r.Code)
}

// Errors of [SMTP.Send] and [SMTP.Check] that no waiting mends, but an operator does. They don't condemn the message.
var (
	ErrClosed     = errors.New("mail: closed")
	ErrNoTLS      = errors.New("mail: the server offers no encryption (STARTTLS), and the address of the mail server demands it; use the provider's encrypted port, or add ?tls=none to its address if you accept that the network reads every mail")
	ErrNoSignIn   = errors.New("mail: the server offers no way to sign in that we know (PLAIN or LOGIN), but its address has a user and a password")
	ErrOpenSignIn = errors.New("mail: the connection is not encrypted, so the password is not sent; use tls=require or smtps")
)
