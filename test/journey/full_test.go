package journey

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// When the disk is full nobody is told to be counted who is not: the form comes back with what was typed, the letter can still be read, and
// once there is room everything goes on, without a restart.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := newSite(t, engine{name: "SQLite"}, small(t, 8<<20))
	s.start()
	words, err := lang.Load(locales.FS)
	must(t, err)
	people := s.crowd(10, func(i int) string { return fmt.Sprintf("early-%d@example.org", i) })
	r := people[0].reader
	waiting := &signer{reader: r, address: "waiting@example.org"}
	must(t, waiting.ask())
	must(t, waiting.open())
	s.grows(texts + 10)

	room := fill(t, s.data, 64<<10)
	var refused *signer
	for i := 0; refused == nil && i < 2000; i++ {
		p := &signer{reader: r, address: fmt.Sprintf("full-%d@mail%d.example", i, i%20), lang: "ru"}
		switch err := p.sign(); {
		case err == nil:
			people = append(people, p)
		case p.waiting.status == http.StatusServiceUnavailable, p.waiting.status == 0:
			refused = p
		case errors.Is(err, errNoMail):
			t.Fatalf("%s: the mail was taken and did not come", p.address)
		default: // the disk was full between asking and confirming
			refused = p
		}
	}
	if refused == nil {
		t.Fatalf("%d people signed on a full disk", len(people))
	}
	at, err := r.post("/sign", map[string][]string{"lang": {"ru"}, "case": {caseSlug}, "letter": {atOnce}, "email": {"kept@example.org"}})
	must(t, err)
	f, err := at.form("email", "letter")
	must(t, err)
	if at.status != http.StatusServiceUnavailable || f.values.Get("email") != "kept@example.org" || at.header.Get("Retry-After") == "" || at.lang() != "ru" || !at.says(words.Printer("ru").T("fault.busy")) {
		t.Errorf("asking answers %d with %q in the form: %.300s", at.status, f.values.Get("email"), at.text())
	}
	page, err := waiting.waiting.form("page", "code")
	must(t, err)
	at, err = r.post(page.action, page.with("code", waiting.code))
	must(t, err)
	again, err := at.form("page", "code")
	must(t, err)
	if at.status != http.StatusServiceUnavailable || again.values.Get("page") != page.values.Get("page") || again.values.Get("code") != waiting.code {
		t.Errorf("confirming answers %d, and the form has %v", at.status, again.values)
	}
	for _, path := range []string{"/en/" + caseSlug + "/" + atOnce, "/letters.json", "/log/checkpoint", "/healthz"} {
		r.read(path)
	}

	room()
	must(t, waiting.enter())
	must(t, refused.ask())
	kept := &signer{reader: r, address: "kept@example.org"}
	must(t, kept.sign())
	people = append(people, waiting, kept)
	size := int64(texts + len(people))
	eventually(t, "the log does not grow again", func() bool { return s.published().Size >= size })
	check := func() {
		t.Helper()
		p := fetch(t, s.base())
		signs, _ := p.parsed(t)
		for _, who := range people {
			lock, err := who.lock()
			must(t, err)
			if len(signs[lock]) != 1 {
				t.Errorf("%s stands %d times in the log", who.address, len(signs[lock]))
			}
		}
		newAuditor(t).content(s.base())
	}
	check()
	s.restart()
	check()
	t.Logf("%d signed before the disk was full", len(people)-2)
}

// On a disk that can only be read the server does not start, and says why.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	s := newSite(t, engine{name: "SQLite"}, small(t, 8<<20))
	remount := func(how string) {
		t.Helper()
		if out, err := exec.Command("mount", "-o", "remount,"+how, s.data).CombinedOutput(); err != nil {
			t.Skipf("the disk can't be made read-only here: %s", out)
		}
	}
	remount("ro")
	if said := s.refuses(); !strings.Contains(said, "can only be read") || !strings.Contains(said, "outcry: ") || strings.Contains(said, "goroutine") {
		t.Errorf("the server says:\n%s", said)
	}
	remount("rw")
	s.start()
	must(t, s.signer("after@example.org").sign())
}
