package journey

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/receipt"
)

// signed counts who has signed or is about to be.
func (s *site) signed(t testing.TB) int64 {
	t.Helper()
	return s.number(t, "SELECT count(*) FROM letter_signature") + s.number(t, "SELECT count(*) FROM log_queue")
}

// A scanner at a mail gateway opens every link, follows what it finds, and presses the first button. That signs for nobody, and the signer's own link still works.
func TestScannerSignsForNobody(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	r := s.reader()
	var people []*signer
	for i := range 20 {
		people = append(people, &signer{reader: r, address: fmt.Sprintf("scanned-%d@example.org", i), lang: []string{"en", "ru"}[i%2]})
	}
	together(t, people, func(p *signer) error {
		if err := p.ask(); err != nil {
			return err
		}
		return p.open()
	})
	together(t, people, func(p *signer) error {
		gateway := s.reader()
		var first page
		for _, method := range []string{"HEAD", "GET", "OPTIONS", "GET"} {
			at, err := gateway.do(method, strings.TrimPrefix(p.link, publicURL), nil, nil)
			if err != nil {
				return err
			}
			if method == "GET" {
				first = at
			}
		}
		if first.status != http.StatusOK || strings.Contains(first.body, "Orlov") || strings.Contains(first.body, "Орлов") || strings.Contains(first.body, caseSlug) {
			return fmt.Errorf("the link's page answers %d, and is not neutral: %s", first.status, first.text())
		}
		for _, link := range first.links() {
			if strings.HasPrefix(link, "/") || strings.HasPrefix(link, publicURL) {
				if _, err := gateway.get(link); err != nil {
					return err
				}
			}
		}
		if n := len(first.forms()); n != 1 {
			return fmt.Errorf("%d forms behind a mailed link", n)
		}
		button := first.forms()[0]
		for range 2 {
			second, err := gateway.post(button.action, button.values)
			if err != nil {
				return err
			}
			if _, err := second.form("link", "sign"); err != nil {
				return err
			}
		}
		return nil
	})
	if n := s.signed(t); n != 0 {
		t.Fatalf("the scanner signed for %d", n)
	}
	together(t, people, (*signer).follow)
	s.grows(texts + 20)
}

// A client that never sees the mail is given all that the site said, and puts it wherever it fits. It signs for nobody.
func TestWithoutTheMailNobodySigns(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	strangers := 50
	if prove {
		strangers = 1000
	}
	people := make([]*signer, strangers)
	for i := range people {
		people[i] = &signer{reader: s.reader(), address: fmt.Sprintf("stranger-%d@example%d.org", i, i%7)}
	}
	own := &signer{reader: s.reader(), address: "attacker@example.net"} // has a mailbox of his own
	must(t, own.sign())
	s.grows(texts + 1)
	_, ownLink, _ := strings.Cut(own.link, "&t=")
	told := s.toldAll(t)
	if len(told) < 10 {
		t.Fatalf("the site told only %q", told)
	}
	together(t, people, func(p *signer) error {
		if err := p.ask(); err != nil {
			return err
		}
		f, err := p.waiting.form("page", "code")
		if err != nil {
			return err
		}
		token := f.values.Get("page")
		flipped := []byte(token)
		flipped[len(flipped)/2] ^= 1
		bodies := []url.Values{
			{"link": {token}}, {"link": {token}, "sign": {"yes"}}, {"page": {token}, "link": {token}, "sign": {"yes"}, "code": {token[:8]}},
			{"page": {token}, "sign": {"yes"}}, {"page": {token}, "code": {""}}, {"page": {token}, "code": {own.code}}, {"page": {string(flipped)}, "code": {own.code}},
			{"page": {token, token}, "code": {"AAAA-AAAA", own.code}}, {"page": {ownLink}, "code": {own.code}}, {"link": {string(flipped)}, "sign": {"yes"}},
			{"page": {token}, "code": {p.address}, "email": {p.address}}, {"page": {token}, "code": {"00000000"}, "confirmed": {"true"}, "state": {"counted"}},
		}
		for i, word := range told { // what else it says: each in every place
			bodies = append(bodies, url.Values{"page": {token}, "code": {word}}, url.Values{"link": {word}, "sign": {"yes"}}, url.Values{"page": {word}, "code": {told[(i+1)%len(told)]}})
		}
		for _, value := range p.waiting.header {
			bodies = append(bodies, url.Values{"page": {token}, "code": value}, url.Values{"link": value, "sign": {"yes"}})
		}
		for len(bodies) < 90 { // and the rest of what the budget of codes allows is guessed
			bodies = append(bodies, url.Values{"page": {token}, "code": {fmt.Sprintf("%08X", rand.Uint32())}})
		}
		for _, v := range bodies {
			answer, err := p.post("/confirm", v)
			if err != nil {
				return err
			}
			if answer.status == http.StatusOK || strings.Contains(answer.body, "/mine/") {
				return fmt.Errorf("%v is answered with %d: %s", v, answer.status, answer.text())
			}
		}
		for _, path := range []string{"/confirm?t=" + token + "&sign=yes", "/confirm?page=" + token + "&code=" + own.code, "/mine/" + token, "/mine/" + token[:43], "/r/" + token} {
			if answer, err := p.get(path); err != nil || strings.Contains(answer.body, "/mine/") {
				return fmt.Errorf("%s is answered with %d, %v", path, answer.status, err)
			}
		}
		return nil
	})
	if n := s.signed(t); n != 1 {
		t.Errorf("%d have signed, want the one with a mailbox", n)
	}

	// Guessing a code of 40 bits stops after a hundred tries an hour, for the right one too; the mailed link goes on working.
	victim := &signer{reader: s.reader(), address: "victim@example.org"}
	must(t, victim.ask())
	must(t, victim.open())
	f, err := victim.waiting.form("page", "code")
	must(t, err)
	statuses := map[int]int{}
	for i := range 110 {
		answer, err := victim.post("/confirm", f.with("code", fmt.Sprintf("%08d", i)))
		must(t, err)
		statuses[answer.status]++
	}
	if statuses[http.StatusUnprocessableEntity] != 100 || statuses[http.StatusTooManyRequests] != 10 {
		t.Errorf("110 guesses are answered with %v", statuses)
	}
	if err := victim.enter(); err == nil {
		t.Error("the right code still works after a hundred wrong ones")
	}
	must(t, victim.follow())
}

// toldAll are words of all that the site says to everybody: its pages, its numbers, its log, and what a page's live stream brings.
func (s *site) toldAll(t testing.TB) (list []string) {
	t.Helper()
	r := s.reader()
	seen := map[string]bool{}
	add := func(word string) {
		if word = strings.TrimSpace(word); len(word) >= 8 && len(word) < 3000 && !seen[word] {
			seen[word], list = true, append(list, word)
		}
	}
	paper := r.read("/en/" + caseSlug + "/" + atOnce)
	for _, values := range paper.header {
		add(strings.Join(values, " "))
	}
	for _, f := range paper.forms() {
		for _, values := range f.values {
			add(strings.Join(values, " "))
		}
	}
	for _, path := range []string{"/letters.json", "/log/checkpoint", "/log/key"} {
		for word := range strings.FieldsFuncSeq(r.read(path).body, func(c rune) bool { return strings.ContainsRune(" \"\n{}[],:", c) }) {
			add(word)
		}
	}
	entries := fetch(t, s.base()).entries
	for _, e := range entries[len(entries)-1:] { // the newest signature: its commitment and its lock
		parsed, err := receipt.Parse(e)
		must(t, err)
		sign, ok := parsed.(receipt.Sign)
		if !ok {
			t.Fatalf("the newest entry is a %s", parsed.Type())
		}
		add(sign.Lock.String())
		add(hex.EncodeToString(sign.Commitment[:]))
		add(base64.RawURLEncoding.EncodeToString(e))
	}
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	stream, err := http.NewRequestWithContext(ctx, "GET", s.base()+"/live/en/"+of(t, s.published(), atOnce).ID.String(), nil)
	must(t, err)
	res, err := r.client.Do(stream)
	must(t, err)
	defer res.Body.Close()
	brought, _ := io.ReadAll(res.Body) // until we hang up
	if res.StatusCode != http.StatusOK || len(brought) == 0 {
		t.Fatalf("the live stream answers %d with %q", res.StatusCode, brought)
	}
	for line := range strings.Lines(string(brought)) {
		add(line)
	}
	return list
}

// A crowd of one domain and one network: everyone gets the same answer, and mails go out within the budget of the domain.
func TestCrowdOfOneDomain(t *testing.T) {
	t.Parallel()
	crowd := 700
	if prove {
		crowd = 10_000
	}
	s := open(t, engine{name: "SQLite"})
	readers := make([]*reader, 200) // of one /24
	for i := range readers {
		readers[i] = s.readerFrom(net.IPv4(127, 0, 77, byte(i+1)))
	}
	people := make([]*signer, crowd)
	for i := range people {
		people[i] = &signer{reader: readers[i%len(readers)], address: fmt.Sprintf("person-%05d@mail%d.one-domain.example", i, i%10)}
	}
	began := time.Now()
	var mu sync.Mutex
	answers := map[string]int{}
	together(t, people, func(p *signer) error {
		if err := p.ask(); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		answers[p.waiting.alike(p.address)]++
		return nil
	})
	took := time.Since(began)
	if len(answers) != 1 {
		t.Errorf("%d people get %d different answers", crowd, len(answers))
	}
	eventually(t, "mails wait", func() bool { return s.number(t, "SELECT count(*) FROM job") == 0 })
	time.Sleep(100 * time.Millisecond)
	mails, most := len(s.mail.server.Messages()), 302+int(took.Hours()*300)
	if mails < 300 || mails > most {
		t.Errorf("%d askings bring %d mails, want 300 to %d", crowd, mails, most)
	}
	if n := s.signed(t); n != 0 {
		t.Errorf("asking signed for %d", n)
	}
	t.Logf("%d askings of one domain and one network in %v: one answer, %d mails", crowd, took.Round(time.Second), mails)
}

// Nobody's mailbox is bombed: whatever is asked for an address in any spelling, it gets one mail in the first minute.
func TestMailIsBudgeted(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	var people []*signer
	for _, spelling := range []string{"victim@example.org", "Victim@example.org", "VICTIM@EXAMPLE.ORG", "victim+a@example.org", "victim+b@example.org", "ｖictim@example.org", "victim@Example.org"} {
		for range 4 {
			people = append(people, &signer{reader: s.reader(), address: spelling})
		}
	}
	together(t, people, (*signer).ask)
	many := make([]*signer, 0, 320)
	for i := range 320 {
		many = append(many, &signer{reader: people[0].reader, address: fmt.Sprintf("user%d@one-domain.example", i)})
	}
	together(t, many, (*signer).ask)
	eventually(t, "mails wait", func() bool { return s.number(t, "SELECT count(*) FROM job") == 0 })
	time.Sleep(100 * time.Millisecond)
	bombed, domain := 0, 0
	for _, m := range s.mail.server.Messages() {
		if strings.HasSuffix(m.To[0], "@one-domain.example") {
			domain++
		} else {
			bombed++
		}
	}
	if bombed != 1 {
		t.Errorf("one mailbox got %d mails from 28 askings", bombed)
	}
	if domain < 300 || domain > 302 { // the budget refills by one in twelve seconds
		t.Errorf("one domain got %d mails from 320 askings", domain)
	}
}
