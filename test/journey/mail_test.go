package journey

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/test/peers"
	"outcry/test/seizure"
)

// A mail server stalls for some, refuses some, defers some once or for good, and takes some mails without saying so. The others' mails come meanwhile; who
// was deferred or kept waiting is mailed later, once; who was refused is tried once; what can't be brought in 72 hours is given up and forgotten. The log
// says each of it, and names nobody.
func TestMailTrouble(t *testing.T) {
	t.Parallel()
	if !prove {
		t.Run("SQLite", func(t *testing.T) { mailTrouble(t, engine{name: "SQLite"}, 1) })
		return
	}
	each(t, false, func(t *testing.T, e engine) { mailTrouble(t, e, 5) })
}

func mailTrouble(t *testing.T, e engine, times int) {
	s := newSite(t, e)
	c := &clock{}
	s.within(t, c)
	r := s.reader()
	var all []*signer
	some := func(kind string, n int) (list []*signer) {
		for i := range n * times {
			list = append(list, &signer{reader: r, address: fmt.Sprintf("%s.%d.%x@trouble%d.example", kind, i, fresh(4), i%9)})
		}
		all = append(all, list...)
		return list
	}
	stalled, refused, grey, never, silent, fine := some("stalled", 3), some("refused", 3), some("grey", 6), some("never", 2), some("silent", 2), some("fine", 8)
	post := s.mail.server
	post.By(func(to string, nth int) peers.Answer {
		kind, _, _ := strings.Cut(to, ".")
		switch {
		case kind == "stalled":
			return peers.Answer{Stall: true}
		case kind == "refused":
			return peers.Answer{Code: 550, Text: "<" + to + ">: no such mailbox here"}
		case kind == "grey" && nth < 3:
			return peers.Answer{Code: 451, Text: "greylisted, " + to}
		case kind == "never":
			return peers.Answer{Code: 452, Text: to + " is over quota"}
		case kind == "silent" && nth == 1:
			return peers.Answer{At: peers.AtData, Close: true, Keep: true}
		}
		return peers.Answer{}
	})
	together(t, slices.Concat(stalled, refused, grey, never, silent), (*signer).ask) // those in trouble first, so that the others come behind them
	began := time.Now()
	together(t, fine, (*signer).sign)
	behind := time.Since(began)

	tried := func(list []*signer, least int) bool {
		return !slices.ContainsFunc(list, func(p *signer) bool { return post.TriedTo(p.address) < least })
	}
	// A try is over when it is written down, with the time of the next: the clock is not set in between.
	rest := func() {
		eventually(t, "a try does not end", func() bool {
			return s.number(t, "SELECT count(*) FROM job WHERE lease > 0 AND length(payload) > 0") == 0
		})
	}
	eventually(t, "not each mail is tried once", func() bool { return tried(all, 1) })
	rest()
	for nth := 2; nth <= 3; nth++ { // a pause of ten seconds, and one of twenty
		c.add(25 * time.Second)
		eventually(t, "not each mail that was deferred is tried again", func() bool { return tried(grey, nth) && tried(stalled, nth) && tried(never, nth) })
		rest()
	}
	together(t, slices.Concat(grey, silent), func(p *signer) error {
		if err := p.open(); err != nil {
			return err
		}
		return p.enter()
	})
	post.By(func(to string, nth int) peers.Answer {
		if strings.HasPrefix(to, "never") {
			return peers.Answer{Code: 452, Text: to + " is over quota"}
		}
		return peers.Answer{}
	})
	c.add(time.Hour)
	together(t, stalled, func(p *signer) error {
		if err := p.open(); err != nil {
			return err
		}
		return p.enter()
	})

	waiting := int64(len(never))
	eventually(t, "others than the deferred mails wait", func() bool {
		return s.number(t, "SELECT count(*) FROM job WHERE length(payload) > 0") == waiting
	})
	for range 5 { // a try or two, not each hour's
		rest()
		before := post.TriedTo(never[0].address)
		c.add(time.Hour)
		eventually(t, "a deferred mail is tried no more", func() bool { return post.TriedTo(never[0].address) > before })
	}
	if said := s.said(); strings.Contains(said, "expired") {
		t.Error("a mail has expired after a few hours")
	}
	rest() // a mail in hand would die of the server's answer, not of its age
	c.add(67 * time.Hour)
	eventually(t, "what could not be brought in 72 hours is kept", func() bool {
		return s.number(t, "SELECT count(*) FROM job WHERE length(payload) > 0") == 0
	})
	if n, want := s.number(t, "SELECT count(*) FROM job"), int64(len(never)+len(refused)); n != want {
		t.Errorf("%d dead letters are counted, want %d", n, want)
	}

	for _, p := range all {
		got, want := s.mail.to(p.address), 1
		switch kind, _, _ := strings.Cut(p.address, "."); kind {
		case "refused", "never":
			want = 0
		case "silent":
			want = 2 // taken, and not said so: the same mail again
			if len(got) == 2 && got[0].Header.Get("Message-Id") != got[1].Header.Get("Message-Id") {
				t.Errorf("%s: the mail that came again has another Message-ID", p.address)
			}
		}
		if len(got) != want {
			t.Errorf("%s got %d mails, want %d", p.address, len(got), want)
		}
	}
	for _, p := range refused {
		if n := post.TriedTo(p.address); n != 1 {
			t.Errorf("%s was refused for good and tried %d times", p.address, n)
		}
	}
	counted := len(fine) + len(grey) + len(silent) + len(stalled)
	s.grows(int64(texts + counted))
	newAuditor(t).content(s.base())

	said := s.said()
	for phrase, least := range map[string]int{"a job is tried again later": 2 * len(grey), "a job is dead": len(never) + len(refused), "expired": len(never), "550": len(refused), "no answer in time": len(stalled)} {
		if n := strings.Count(said, phrase); n < least {
			t.Errorf("the log says %q %d times, want %d at least", phrase, n, least)
		}
	}
	var canaries []seizure.Canary
	for _, p := range all {
		local, _, _ := strings.Cut(p.address, "@")
		canaries = append(canaries, seizure.Canary{Name: p.address, Value: p.address, Also: []string{local}})
	}
	scanner, err := seizure.New(canaries...)
	must(t, err)
	hits, err := scanner.ScanBytes("the log", []byte(said))
	must(t, err)
	for _, h := range hits {
		t.Errorf("the log names somebody: %s", h)
	}
	t.Logf("%s: %d people, %d counted; the last of %d behind %d in trouble had their mail and signed after %v; a deferred mail was tried %d times before it was given up",
		e.name, len(all), counted, len(fine), len(all)-len(fine), behind.Round(time.Millisecond), post.TriedTo(never[0].address))
}
