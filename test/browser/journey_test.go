package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// words are what the journey's pages say, by language.
var words = map[string]struct{ waiting, neutral, sure, counted, yours, holds, proof, withdrawn, again string }{
	"en": {"One more step: you have not signed yet", "Continue", "Do you want to sign this letter?", "You are counted", "Your signature", "Your signature is counted.",
		"Proof of a signature", "Your signature is withdrawn", "This signature was withdrawn. It is not counted."},
	"ru": {"Ещё один шаг: вы пока не подписали", "Продолжить", "Хотите подписать это письмо?", "Ваша подпись учтена", "Ваша подпись", "Ваша подпись учтена.",
		"Доказательство подписи", "Ваша подпись отозвана", "Эта подпись отозвана. Она не считается."},
}

// The whole way of a signature as a person walks it, in a real browser against the real program: the page about the person, the letter, the one field, the mail,
// the code or the link, counted, the private link, the proof, withdrawn; and after each of its ends an outsider recounts the letter.
func TestJourney(t *testing.T) {
	t.Parallel()
	type leg struct {
		engine string
		view   View
	}
	legs := []leg{
		{"sqlite", View{Phone: true, Language: "ru"}},
		{"postgres", View{NoScript: true}},
	}
	if long() {
		legs = nil
		for _, engine := range []string{"sqlite", "postgres"} {
			for i, view := range []View{{}, {NoScript: true}, {Phone: true}, {Phone: true, NoScript: true}} {
				view.Language = []string{"en", "ru"}[i/2]
				if engine == "postgres" {
					view.Language = []string{"ru", "en"}[i/2]
				}
				legs = append(legs, leg{engine, view})
			}
		}
	}
	b := New(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			i := install(t, engine)
			i.publish(t, "immediate")
			for n, leg := range legs {
				if leg.engine == engine {
					t.Run(leg.view.String(), func(t *testing.T) { walk(t, b, i, leg.view, n) })
				}
			}
		})
	}
}

// walk signs twice, by code and by link, and withdraws both.
func walk(t *testing.T, b *Browser, i *installation, view View, n int) {
	tag := view.Language
	if tag == "" {
		tag = "en"
	}
	say := words[tag]
	before, gone := i.recount(t)
	var watcher *Page
	if !view.NoScript { // another reader's tab, which nobody touches again
		watcher = b.Page(t, View{Language: tag})
		watcher.Open(i.letter(tag))
		Eval[int](watcher, "window.untouched = 1")
	}
	moved := func(to int) { // the count that a reader sees
		t.Helper()
		if watcher != nil {
			watcher.Await(fmt.Sprintf(`document.querySelector("[data-live-key=email]").textContent == "%d" && window.untouched == 1`, to), patience)
			return
		}
		p := b.Page(t, view)
		for over := 0; ; over++ {
			p.Open(i.letter(tag))
			if shown(p) == to {
				return
			}
			if over > 100 {
				t.Fatalf("the page shows %d, want %d", shown(p), to)
			}
		}
	}
	moved(before)

	t.Run("code", func(t *testing.T) {
		p := b.Page(t, view)
		address := fmt.Sprintf("code-%d@gmail.com", n)
		ask(t, p, i, tag, address)
		title(t, p, say.waiting)
		said(t, p, address)
		code, _ := i.mailed(t, address)
		p.Fill("#code", strings.ToLower(strings.ReplaceAll(code, "-", " "))) // as people type
		if s := p.Follow("main form:has(#code) button"); s != http.StatusOK {
			t.Fatalf("status %d", s)
		}
		moved(before + 1)
		prove(t, p, i, tag, before+1, gone)
		leave(t, p, i, tag, before, gone+1)
		moved(before)
	})
	t.Run("link", func(t *testing.T) {
		address := fmt.Sprintf("link-%d@gmail.com", n)
		ask(t, b.Page(t, view), i, tag, address)
		_, link := i.mailed(t, address)
		p := b.Page(t, view) // another browser: nothing but the link connects it with the one that asked
		if s := p.Open(link); s != http.StatusOK {
			t.Fatalf("status %d", s)
		}
		title(t, p, say.neutral)
		if body := p.Source(); strings.Contains(body, "agarlitsky") || strings.Contains(body, "агарлицк") {
			t.Errorf("the first page of a mailed link, which scanners open, names the letter:\n%s", body)
		}
		p.Follow("main form button")
		title(t, p, say.sure)
		if now, _ := i.recount(t); now != before {
			t.Fatalf("the first button signed: %d counted", now)
		}
		p.Follow("main form button")
		moved(before + 1)
		prove(t, p, i, tag, before+1, gone+1)
		leave(t, p, i, tag, before, gone+2)
		moved(before)
	})
}

// shown is the number of confirmed addresses on a letter's page.
func shown(p *Page) int {
	return Eval[int](p, `Number(document.querySelector("[data-live-key=email]").textContent.replace(/\D/g, ""))`)
}

// ask goes from the page about the person to the letter and types the address.
func ask(t *testing.T, p *Page, i *installation, tag, address string) {
	t.Helper()
	p.Open(i.person(tag))
	p.Follow("article a.button")
	if at := p.URL(); at != i.letter(tag) {
		t.Fatalf("the button leads to %s", at)
	}
	if p.view.Phone { // one press brings the field into view
		p.Click("a.jump")
		p.Await(`(r => r.top >= 0 && r.bottom <= innerHeight)(document.getElementById("sign").querySelector("h2").getBoundingClientRect())`, patience)
	}
	p.Fill("#email", address)
	if s := p.Follow("#sign button"); s != http.StatusOK {
		t.Fatalf("status %d", s)
	}
}

// prove begins on the page "You are counted" and ends on the private page: the proof is saved as a person saves it, and checked without the site.
func prove(t *testing.T, p *Page, i *installation, tag string, counted, withdrawn int) {
	t.Helper()
	say := words[tag]
	title(t, p, say.counted)
	private := Eval[string](p, `document.getElementById("private-link").value`)
	if !strings.HasPrefix(private, i.URL+"/mine/") {
		t.Fatalf("the private link is %s", private)
	}
	p.Open(private)
	said(t, p, say.yours, say.holds)
	p.Follow(`main a[href^="/r/"]`)
	title(t, p, say.proof)
	if strings.Contains(p.Source(), strings.TrimPrefix(private, i.URL)) {
		t.Error("the page of the proof, which may be shown around, holds the private link")
	}
	name, content := p.Download("main a[download]")
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if name != "proof.txt" {
		t.Errorf("the proof is saved as %s", name)
	}
	var found struct {
		OK          bool
		Kind, Entry string
	}
	out := i.run(t, 0, "verify", "receipt", path, "--key", i.key(t), "--json")
	if err := json.Unmarshal([]byte(out), &found); err != nil || !found.OK || found.Kind != "proof" || found.Entry != "sign" {
		t.Errorf("verify receipt: %v\n%s", err, out)
	}
	broken := strings.Replace(string(content), "index ", "index 1", 1)
	if broken == string(content) {
		t.Fatalf("the proof has no index:\n%s", content)
	}
	if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	i.run(t, 1, "verify", "receipt", path, "--key", i.key(t))
	if have, gone := i.recount(t); have != counted || gone != withdrawn {
		t.Errorf("verify counts %d, and %d withdrawn; want %d and %d", have, gone, counted, withdrawn)
	}
	p.Open(private)
}

// leave withdraws on the private page.
func leave(t *testing.T, p *Page, i *installation, tag string, counted, withdrawn int) {
	t.Helper()
	say := words[tag]
	private := p.URL()
	p.Follow("button.grave")
	said(t, p, say.withdrawn)
	for over := 0; ; over++ { // the next batch is due within a second
		have, gone := i.recount(t)
		if have == counted && gone == withdrawn {
			break
		}
		if over > 100 {
			t.Fatalf("after withdrawing verify counts %d, and %d withdrawn; want %d and %d", have, gone, counted, withdrawn)
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.Open(private)
	said(t, p, say.again)
}
