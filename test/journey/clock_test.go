package journey

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"outcry/test/peers"
)

// The machine's clock is set back and forth by hours and days while people sign. Who asked before confirms after it, as long as 72 hours by that clock are
// not over; nobody is lost or counted twice; what waits for a time that was never right does not wait for it; and the log says that the clock was set.
func TestClockIsSet(t *testing.T) {
	t.Parallel()
	jumps := []time.Duration{5 * time.Hour, -5 * time.Hour, -30 * time.Hour, 30 * time.Hour}
	if prove {
		jumps = append(jumps, time.Hour, -time.Hour, 26*time.Hour, -26*time.Hour, 50*time.Hour, -50*time.Hour)
	}
	each(t, false, func(t *testing.T, e engine) {
		s, c := newSite(t, e), &clock{}
		end := s.within(t, c)
		r := s.reader()
		size, n := int64(texts), 0
		fresh := func() *signer {
			n++
			return &signer{reader: r, address: fmt.Sprintf("clock-%d@hands%d.example", n, n%5)}
		}
		var people []*signer // who count
		signs := func(p *signer, do func(*signer) error) {
			t.Helper()
			must(t, do(p))
			people = append(people, p)
			size++
			s.grows(size)
		}

		for _, jump := range jumps {
			before, leaver := fresh(), fresh()
			must(t, errors.Join(before.ask(), before.open()))
			signs(leaver, (*signer).sign)
			c.add(jump)
			what := fmt.Sprintf("the clock was set by %v", jump)
			if err := before.enter(); err != nil {
				t.Fatalf("%s, and who asked before can't confirm: %v", what, err)
			}
			signs(before, func(p *signer) error { return p.keep(p.counted, nil) })
			signs(fresh(), (*signer).sign)
			must(t, leaver.withdraw())
			people = people[:len(people)-3] // but for who left
			people = append(people, before)
			size++
			s.grows(size)
			if err := before.enter(); err != nil { // once more, with the same code
				t.Errorf("%s, and the same code is refused: %v", what, err)
			}
		}

		// Four days ahead, and back: what was asked before has ended, says so, and can be asked again.
		late := fresh()
		must(t, errors.Join(late.ask(), late.open()))
		c.add(100 * time.Hour)
		for range 2 {
			if err := late.enter(); err == nil {
				t.Fatal("a code is good after a hundred hours")
			}
			again := fresh()
			signs(again, (*signer).sign)
			c.add(-100 * time.Hour)
		}
		c.add(100*time.Hour + 2*time.Minute) // one address is mailed once a minute
		signs(&signer{reader: r, address: late.address, mails: 1}, (*signer).sign)

		// The clock is two days ahead. Meanwhile one signs whose leaf waits for ten minutes, and a mail is put off. Then the clock is set right.
		c.add(48 * time.Hour)
		signs(fresh(), (*signer).sign) // so the sequencer has seen that time
		slow, off, held := fresh(), fresh(), fresh()
		slow.letter = inBatches
		must(t, slow.sign())
		s.mail.server.By(func(string, int) peers.Answer { return peers.Answer{Code: 451} })
		must(t, errors.Join(off.ask(), held.ask()))
		eventually(t, "no mail is put off", func() bool {
			return s.mail.server.TriedTo(off.address) > 0 && s.mail.server.TriedTo(held.address) > 0 && s.number(t, "SELECT count(*) FROM job WHERE lease > 0 AND length(payload) > 0") == 0
		})
		s.mail.server.By(nil)
		d := s.rows(t)
		defer d.Close()
		ahead := c.now().Add(4 * time.Minute).UnixMicro()
		_, err := d.Exec("UPDATE job SET lease = $1 WHERE id IN (SELECT id FROM job WHERE length(payload) > 0 LIMIT 1)", ahead) // as a killed process leaves it
		must(t, err)
		c.add(-48 * time.Hour)
		must(t, errors.Join(off.open(), off.enter(), held.open(), held.enter()))
		people = append(people, off, held)
		size += 2
		s.grows(size)
		c.add(11 * time.Minute)
		size++
		s.grows(size)
		people = append(people, slow)

		end()
		s.within(t, c)
		for _, p := range people {
			if _, err := p.mine(); err != nil {
				t.Error(err)
			}
		}
		signatures, _ := fetch(t, s.base()).parsed(t)
		for lock, at := range signatures {
			if len(at) != 1 {
				t.Errorf("lock %s stands at %d", lock, at)
			}
		}
		if rows := s.number(t, "SELECT count(*) FROM letter_signature"); rows != int64(len(signatures)) {
			t.Errorf("there are %d rows of signatures and %d entries", rows, len(signatures))
		}
		newAuditor(t).content(s.base())
		for _, phrase := range []string{"the clock was set back: jobs waited", "the clock was set back: entries waited"} {
			if !strings.Contains(s.said(), phrase) {
				t.Errorf("the log does not say %q", phrase)
			}
		}
		t.Logf("%s: the clock was set %d times; %d people count", e.name, len(jumps)+6, len(people))
	})
}
