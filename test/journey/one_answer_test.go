package journey

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever asks to leave by the mailbox, and whoever then types the code, learns nothing of an address from the whole program: not from the answer's bytes,
// nor from its headers. The times are measured where nothing but the handler is in the way, in the letter's own package.
func TestOneAnswerToLeaving(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		r := s.reader()
		people := map[string]*signer{}
		for _, name := range []string{"sign", "none", "gone", "mute"} { // equally long
			people[name] = &signer{reader: r, address: name + "@" + name + ".example"}
		}
		for _, name := range []string{"sign", "gone", "mute"} {
			must(t, people[name].sign())
		}
		must(t, people["gone"].withdraw())
		must(t, people["mute"].never(false))
		s.restart() // the budget of mails is forgotten with the process

		asks := map[string]string{}
		waits := map[string]page{}
		ask := func(name, who string) {
			t.Helper()
			p := people[who]
			at, err := p.get(p.paper() + "/withdraw")
			must(t, err)
			f, err := at.form("email", "case")
			must(t, err)
			at, err = p.post(f.action, f.with("email", p.address))
			must(t, err)
			if _, err := at.form("page", "code"); err != nil {
				t.Fatal(err)
			}
			waits[name], asks[name] = at, at.alike(p.address)
		}
		for name := range people {
			ask(name, name)
		}
		ask("a moment ago", "sign") // its budget is spent
		first := asks["none"]
		for name, got := range asks {
			if got != first {
				t.Errorf("%s is not answered as one who never signed: %s", name, cmp.Diff(first, got))
			}
		}

		dones := map[string]string{}
		leave := func(name, who string) {
			t.Helper()
			p := people[who]
			f, err := waits[name].form("page", "code")
			must(t, err)
			at, err := p.post(f.action, f.with("code", p.code))
			must(t, err)
			dones[name] = at.alike(p.address)
		}
		for _, name := range []string{"sign", "none", "gone"} {
			n := map[string]int{"sign": 2, "gone": 2, "none": 1}[name] // of its mails, the last
			m, err := s.mail.wait(people[name].address, n, nil)
			must(t, err)
			people[name].code = codeForm.FindString(m.Text)
			leave(name, name)
		}
		waits["replayed"], waits["replayed, never signed"] = waits["sign"], waits["none"]
		leave("replayed", "sign")
		leave("replayed, never signed", "none")
		leave("a moment ago", "sign")
		first = dones["none"]
		if !strings.HasPrefix(first, "200\n") {
			t.Fatalf("leaving answers %.300s", first)
		}
		for name, got := range dones {
			if got != first {
				t.Errorf("%s is not answered as one who never signed: %s", name, cmp.Diff(first, got))
			}
		}
		if n := len(s.mail.to(people["mute"].address)); n != 1 {
			t.Errorf("who wants no mail got %d", n)
		}
		// One of them was withdrawn now, one before: no answer above said so, the log does.
		eventually(t, "the log does not say what was withdrawn", func() bool {
			c := of(t, s.published(), atOnce)
			return c.Counted == 1 && c.Withdrawn == 1 && c.Removed == 1
		})
	})
}
