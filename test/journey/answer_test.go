package journey

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/test/peers"
)

var (
	tokenForm = regexp.MustCompile(`name="page" value="([A-Za-z0-9_-]+)"`)
	clockForm = regexp.MustCompile(`\d\d:\d\d`)
)

// alike is an answer without what must differ: the token, the private link, the address that was typed, the clock. The lengths stay in it.
func (p page) alike(address string) string {
	var b strings.Builder
	fmt.Fprintln(&b, p.status)
	var names []string
	for name := range p.header {
		if name != "Date" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintln(&b, name, p.header[name])
	}
	text := p.body
	for _, m := range tokenForm.FindAllStringSubmatch(text, -1) {
		text = strings.ReplaceAll(text, m[1], fmt.Sprintf("TOKEN of %d", len(m[1])))
	}
	text = secretForm.ReplaceAllString(text, "/mine/SECRET?")
	text = strings.ReplaceAll(text, address, "ADDRESS")
	b.WriteString(clockForm.ReplaceAllString(text, "CLOCK"))
	return b.String()
}

// Whoever types an address learns nothing about it: new, asked a moment ago, counted, withdrawn, all are answered by the same bytes. So are confirmations,
// the first and a later one, and one whose signature was withdrawn meanwhile.
func TestOneAnswer(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		r := s.reader()
		people := map[string]*signer{}
		for _, name := range []string{"anna", "bela"} { // equally long
			people[name] = &signer{reader: r, address: name + "@example.org"}
		}
		var asked, told []string
		ask := func(name string) {
			t.Helper()
			must(t, people[name].ask())
			asked = append(asked, people[name].waiting.alike(people[name].address))
		}
		confirm := func(name string, how func() error) {
			t.Helper()
			must(t, how())
			told = append(told, people[name].counted.alike(people[name].address))
		}
		ask("anna") // new
		ask("anna") // her budget is spent: no mail
		must(t, people["anna"].open())
		confirm("anna", people["anna"].enter)
		ask("anna") // counted
		confirm("anna", people["anna"].enter)
		ask("bela")
		must(t, people["bela"].open())
		confirm("bela", people["bela"].follow)
		confirm("bela", people["bela"].follow) // the same link again
		confirm("bela", people["bela"].enter)  // and the code of the same mail
		must(t, people["bela"].withdraw())
		confirm("bela", people["bela"].enter) // a used code, after all is withdrawn
		ask("bela")
		for _, list := range [][]string{asked, told} {
			for i, answer := range list[1:] {
				if answer != list[0] {
					t.Errorf("answer %d is not the first:\n%s\n%s", i+1, answer, list[0])
				}
			}
		}

		// The mails are one, too, but for code, link, address and their Message-ID.
		letter := func(name string) (string, peers.Message) {
			m, err := s.mail.wait(people[name].address, 1, nil)
			must(t, err)
			code, link := codeForm.FindString(m.Text), linkForm.FindString(m.Text)
			never := neverForm.FindString(m.Text)
			text := strings.ReplaceAll(strings.ReplaceAll(m.Text, link, fmt.Sprintf("LINK of %d", len(link))), code, "CODE")
			text = strings.ReplaceAll(text, never, fmt.Sprintf("LINK of %d", len(never)))
			return m.Subject + "\n" + text, m
		}
		first, m := letter("anna")
		second, _ := letter("bela")
		if first != second {
			t.Errorf("two mails differ:\n%s\n%s", first, second)
		}
		for _, word := range []string{"orlov", "botanist", "petition", "signed", "letters.example/en"} {
			if strings.Contains(strings.ToLower(m.Subject+m.Text), word) {
				t.Errorf("the mail tells a gateway: %q", word)
			}
		}
		time.Sleep(300 * time.Millisecond) // a mail that should not come would be here
		if n := len(s.mail.to(people["anna"].address)); n != 1 {
			t.Errorf("anna got %d mails within a minute", n)
		}
		// One was counted, one withdrew: no answer above said so, the log does.
		eventually(t, "nobody is counted", func() bool {
			c := of(t, s.published(), atOnce)
			return c.Counted == 1 && c.Removed == 1 // by a link that replaced the first
		})
	})
}

// Whoever holds the mailbox may sign again after withdrawing; then it is a signature of its own.
func TestSignAgain(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		p := s.signer("again@example.org")
		must(t, p.sign())
		first, err := p.lock()
		must(t, err)
		must(t, p.withdraw())
		s.grows(texts + 2)
		s.restart() // the budget of mails is forgotten with the process
		must(t, p.ask())
		must(t, p.open())
		must(t, p.enter())
		second, err := p.lock()
		must(t, err)
		s.grows(texts + 3)
		if c := of(t, s.published(), atOnce); first == second || c.Counted != 1 || c.Withdrawn != 1 {
			t.Errorf("locks %s and %s, %+v", first, second, c)
		}
		newAuditor(t).content(s.base())
	})
}
