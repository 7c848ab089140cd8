package journey

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/idna"

	"outcry/test/peers"
)

// mailbox is everyone's: the mails that the server has sent, by recipient.
type mailbox struct {
	server *peers.SMTPServer
	stop   chan struct{}

	mu sync.Mutex
	by map[string][]peers.Message
}

func newMailbox(t testing.TB) *mailbox {
	b := &mailbox{server: peers.SMTP(t), stop: make(chan struct{}), by: map[string][]peers.Message{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for seen := 0; ; {
			all := b.server.Messages()
			b.mu.Lock()
			for _, m := range all[seen:] {
				for _, to := range m.To {
					b.by[to] = append(b.by[to], m)
				}
			}
			b.mu.Unlock()
			seen = len(all)
			select {
			case <-b.stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { close(b.stop); <-done })
	return b
}

// to lists what has come to an address so far.
func (b *mailbox) to(address string) []peers.Message {
	at := strings.LastIndexByte(address, '@')
	if domain, err := idna.Lookup.ToASCII(address[at+1:]); err == nil && strings.ContainsFunc(address[at+1:], func(r rune) bool { return r > 126 }) {
		address = address[:at+1] + domain
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.by[address]
}

var errNoMail = errors.New("no mail came")

// wait waits for the n-th mail to an address; give up ends it early, if not nil.
func (b *mailbox) wait(address string, n int, giveUp <-chan struct{}) (peers.Message, error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if list := b.to(address); len(list) >= n {
			return list[n-1], nil
		}
		select {
		case <-giveUp:
			return peers.Message{}, errNoMail
		case <-time.After(5 * time.Millisecond):
		}
	}
	return peers.Message{}, errNoMail
}

var (
	codeForm   = regexp.MustCompile(`(?m)^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	linkForm   = regexp.MustCompile(`(?m)^https?://\S+/confirm\?\S+$`)
	secretForm = regexp.MustCompile(`/mine/([A-Za-z0-9_-]{43})\?`)
	lockForm   = regexp.MustCompile(`"/r/([^"?.]+)\?`)
)

// signer is one person with one address.
type signer struct {
	*reader
	address string
	lang    string // en if empty
	about   string // slug of the case; caseSlug if empty
	letter  string // slug; atOnce if empty
	giveUp  <-chan struct{}

	waiting page   // the answer to the address
	mails   int    // read so far
	code    string // of the newest mail
	link    string
	counted page   // the answer to the confirmation
	secret  string // of the newest private link
	marked  bool   // has asked for no more mail: a mark of that is kept
}

func (s *site) signer(address string) *signer { return &signer{reader: s.reader(), address: address} }

// paper is the letter's page in the signer's language.
func (p *signer) paper() string {
	return "/" + cmp.Or(p.lang, "en") + "/" + cmp.Or(p.about, caseSlug) + "/" + cmp.Or(p.letter, atOnce)
}

// ask types the address into the letter's page.
func (p *signer) ask() error {
	read, err := p.get(p.paper())
	if err != nil {
		return err
	}
	f, err := read.form("email", "letter")
	if err != nil {
		return err
	}
	if p.waiting, err = p.post(f.action, f.with("email", p.address)); err != nil {
		return err
	}
	if p.waiting.status != http.StatusOK {
		return fmt.Errorf("asking answers %d: %.400s", p.waiting.status, p.waiting.text())
	}
	_, err = p.waiting.form("page", "code")
	return err
}

// open reads the next mail.
func (p *signer) open() error {
	m, err := p.site.mail.wait(p.address, p.mails+1, p.giveUp)
	if err != nil {
		return err
	}
	p.mails++
	p.code, p.link = codeForm.FindString(m.Text), linkForm.FindString(m.Text)
	if p.code == "" || p.link == "" {
		return fmt.Errorf("the mail holds no code or no link:\n%s", m.Text)
	}
	return nil
}

// enter types the mailed code into the waiting page.
func (p *signer) enter() error {
	f, err := p.waiting.form("page", "code")
	if err != nil {
		return err
	}
	return p.keep(p.post(f.action, f.with("code", p.code)))
}

// follow opens the mailed link, presses its button, reads the letter there and presses the second.
func (p *signer) follow() error {
	at, err := p.get(p.link)
	if err != nil {
		return err
	}
	first, err := at.form("link")
	if err != nil {
		return err
	}
	if at, err = p.post(first.action, first.values); err != nil {
		return err
	}
	second, err := at.form("link", "sign")
	if err != nil {
		return err
	}
	return p.keep(p.post(second.action, second.values))
}

// keep keeps the page after confirming, with its private link.
func (p *signer) keep(answer page, err error) error {
	if err != nil {
		return err
	}
	m := secretForm.FindStringSubmatch(answer.body)
	if answer.status != http.StatusOK || m == nil {
		return fmt.Errorf("confirming answers %d without a private link: %.400s", answer.status, answer.text())
	}
	p.counted, p.secret = answer, m[1]
	return nil
}

// sign goes the whole way by code.
func (p *signer) sign() error {
	for _, step := range []func() error{p.ask, p.open, p.enter} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// mine opens the private link.
func (p *signer) mine() (page, error) { return p.get("/mine/" + p.secret + "?lang=en") }

// withdraw presses the button behind the private link.
func (p *signer) withdraw() error {
	at, err := p.mine()
	if err != nil {
		return err
	}
	f, err := at.form("withdraw")
	if err != nil {
		return err
	}
	after, err := p.post(f.action, f.values)
	if err != nil {
		return err
	}
	if _, still := after.form("withdraw"); after.status != http.StatusOK || still == nil {
		return fmt.Errorf("withdrawing answers %d: %.400s", after.status, after.text())
	}
	return nil
}

// lock is the signature's in the log, as the private page links to its proof.
func (p *signer) lock() (string, error) {
	at, err := p.mine()
	if err != nil {
		return "", err
	}
	m := lockForm.FindStringSubmatch(at.body)
	if m == nil {
		return "", fmt.Errorf("the private page answers %d and names no proof: %.400s", at.status, at.text())
	}
	return m[1], nil
}

// raw is the private link's secret as bytes.
func (p *signer) raw() []byte {
	b, err := base64.RawURLEncoding.DecodeString(p.secret)
	if err != nil {
		panic(err) // secretForm has seen to it
	}
	return b
}

// crowd signs with many addresses, some at a time.
func (s *site) crowd(n int, address func(int) string) []*signer {
	s.t.Helper()
	list := make([]*signer, n)
	r := s.reader()
	for i := range list {
		list[i] = &signer{reader: r, address: address(i)}
	}
	together(s.t, list, (*signer).sign)
	return list
}

// together has many signers do a thing, sixteen at a time.
func together(t testing.TB, list []*signer, do func(*signer) error) {
	t.Helper()
	slots := make(chan struct{}, 16)
	var wg sync.WaitGroup
	for _, p := range list {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := do(p); err != nil {
				t.Errorf("%s: %v", p.address, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
