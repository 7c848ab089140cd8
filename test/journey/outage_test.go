package journey

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"outcry/internal/kernel/lang"
	"outcry/locales"
	"outcry/test/peers"
)

// When the database's server goes away the letter can be read, and whoever signs gets the form back with what was typed. When it is
// there again the same process goes on.
func TestDatabaseGoneAndBack(t *testing.T) {
	t.Parallel()
	pg := peers.NewPostgres(t, peers.Options{Durable: true})
	s := open(t, engine{name: "PostgreSQL", dsn: pg.Database(t), pg: pg})
	words, err := lang.Load(locales.FS)
	must(t, err)
	r := s.reader()
	leaving := &signer{reader: r, address: "leaving@example.org"}
	before, waiting := &signer{reader: r, address: "before@example.org"}, &signer{reader: r, address: "waiting@example.org"}
	must(t, before.sign())
	must(t, waiting.ask())
	must(t, waiting.open())
	must(t, leaving.sign())
	own, err := leaving.mine()
	must(t, err)
	leave, err := own.form("withdraw")
	must(t, err)
	s.grows(texts + 2)
	paper := r.read("/ru/" + caseSlug + "/" + atOnce)
	f, err := paper.form("email", "letter")
	must(t, err)

	for range 2 {
		pg.Kill(t)
		busy := words.Printer("ru").T("fault.busy")
		at, err := r.post(f.action, f.with("email", "kept@example.org"))
		must(t, err)
		kept, err := at.form("email", "letter")
		must(t, err)
		if at.status != http.StatusServiceUnavailable || at.header.Get("Retry-After") == "" || kept.values.Get("email") != "kept@example.org" || !at.says(busy) || at.lang() != "ru" {
			t.Errorf("asking answers %d with %q in the form: %.300s", at.status, kept.values.Get("email"), at.text())
		}
		page, err := waiting.waiting.form("page", "code")
		must(t, err)
		at, err = r.post(page.action, page.with("code", waiting.code))
		must(t, err)
		again, err := at.form("page", "code")
		must(t, err)
		if at.status != http.StatusServiceUnavailable || again.values.Get("code") != waiting.code || again.values.Get("page") != page.values.Get("page") {
			t.Errorf("confirming answers %d with %v", at.status, again.values)
		}
		if at, err = r.post(leave.action, leave.values); err != nil {
			t.Fatal(err)
		}
		button, err := at.form("withdraw") // any form comes back whole, with a button that sends it again
		if err != nil || at.status != http.StatusServiceUnavailable || at.header.Get("Retry-After") == "" || button.values.Encode() != leave.values.Encode() {
			t.Errorf("withdrawing answers %d without its form: %v %.300s", at.status, err, at.text())
		}
		leave = button
		r.read("/en/" + caseSlug + "/" + atOnce)
		r.read("/en/")
		r.read("/letters.json")
		for _, path := range []string{"/healthz", "/log/checkpoint", "/mine/" + before.secret, "/r/" + strings.Repeat("0", 64)} {
			at, err := r.get(path)
			must(t, err)
			if at.status != http.StatusServiceUnavailable {
				t.Errorf("%.20s answers %d", path, at.status)
			}
			discreet(t, at)
		}
		if prove { // half a minute: it comes back as often as it is asked to
			if code, r := newAuditor(t).verify(s.base()); code != 75 || r.OK {
				t.Errorf("verify exits with %d where it should be tried again", code)
			}
		}
		pg.Restart(t)
		eventually(t, "the server does not find the database again", func() bool { return healthy(s.base()) })
	}
	at, err := r.post(leave.action, leave.values)
	must(t, err)
	if _, still := at.form("withdraw"); at.status != http.StatusOK || still == nil {
		t.Errorf("the form that came back withdraws nothing: %d %.300s", at.status, at.text())
	}
	must(t, waiting.enter())
	kept := &signer{reader: r, address: "kept@example.org", lang: "ru"}
	must(t, kept.sign())
	if _, err := before.lock(); err != nil {
		t.Error(err)
	}
	s.grows(texts + 5)
	newAuditor(t).content(s.base())
}

// secrets are tokens, keys and hashes: in a hundred thousand of them there is every short word.
var secrets = regexp.MustCompile(`[A-Za-z0-9_-]{30,}`)

// discreet holds that a page says nothing of the database behind it, nor any of more words.
func discreet(t testing.TB, at page, more ...string) {
	t.Helper()
	body := strings.ToLower(secrets.ReplaceAllString(at.body, ""))
	for _, word := range append(more, "postgres", "pgx", "sqlstate", "dial", "socket") {
		if strings.Contains(body, word) {
			t.Errorf("%.40s says %q: %.200s", at.path, word, at.text())
		}
	}
}
