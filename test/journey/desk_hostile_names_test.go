package journey

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/test/peers"
)

// sample are some of the hostile texts, others each time, and the ones that no sample may lack; all of them at full length.
func (a *assault) sample(n int) (list []string) {
	for i, h := range hostileTexts {
		if prove || len(h.text) > 10<<10 || strings.ContainsAny(h.text, "\u2067\u202e\x1b") || strings.HasPrefix(h.text, "<script") || (i+a.samples)%max(1, len(hostileTexts)/n) == 0 {
			list = append(list, h.text)
		}
	}
	a.samples++
	return list
}

// refusing sends a form with each of some texts in one field: each is refused at that field and comes back, or taken. Which were taken is returned; with first, no more is sent
// after one of them.
func (a *assault) refusing(t *testing.T, send func(url.Values) page, f sheet, field string, texts []string, first bool) (taken []string) {
	t.Helper()
	a.fields[skeleton(f.action)+" "+bare(field)] = true
	for _, text := range texts {
		form := url.Values{}
		for k, v := range f.values {
			form[k] = v
		}
		form.Set(field, text)
		a.lead.prove()
		p := send(form)
		a.harmless(t, p, nil)
		a.tried, a.posted = a.tried+1, a.posted+1
		switch {
		case p.status == http.StatusSeeOther || p.status == http.StatusOK:
			taken = append(taken, text)
			if turning(text) && field != "name" && field != "affiliation" { // out of a name is taken what nobody sees
				t.Errorf("%s: %s %.60q is taken", shortened(f.action), field, text)
			}
			if a.kept++; first {
				return taken
			}
		case p.status != http.StatusUnprocessableEntity:
			t.Errorf("%s: %s %.40q is answered with %d: %.200s", shortened(f.action), field, text, p.status, p.text())
		default:
			a.refused++
			back := sheet{}
			for _, s := range p.sheets() {
				if s.values.Has(field) {
					back = s
				}
			}
			if back.values == nil || !strings.Contains(p.body, `id="`+field+`-error"`) {
				t.Errorf("%s: %s %.40q is refused, and not at its field: %.200s", shortened(f.action), field, text, p.text())
				continue
			}
			if got := back.values.Get(field); !private[field] && !(len(text) > 10<<10 && len(got) >= 1000 && strings.HasPrefix(text, got)) { // of what nobody types a part does
				a.cameBack(f, form, map[string]string{field: text}, back)
			}
		}
	}
	return taken
}

// named has people sign a letter and show names, puts one of them first with a note, states what was counted elsewhere, and takes a signature out again, each with every text that is
// given. What of that is public is told beside the letter.
func (a *assault) named(t *testing.T, slug string, texts []string) {
	t.Helper()
	var first, last *signer
	for _, at := range []string{"first", "last"} {
		p := &signer{reader: a.reader(), address: at + slug + string('a'+byte(a.signers)) + "@named-" + at + ".example", about: slug, letter: "release"}
		must(t, p.sign())
		first, last = last, p
	}
	first, a.signers = cmpOr(first, last), a.signers+1
	for _, field := range []string{"name", "affiliation"} {
		at, err := first.mine()
		must(t, err)
		f, err := at.formTo("/name")
		must(t, err)
		f.values.Set("name", "Anna Berg "+slug)
		post := func(form url.Values) page {
			p, err := first.post(f.action, form)
			must(t, err)
			return p
		}
		for _, text := range a.refusing(t, post, sheet{action: f.action, values: f.values}, field, texts, false) {
			shown := f.with(field, text)
			shown.Set("sure", "yes")
			if p := post(shown); p.status != http.StatusSeeOther {
				t.Errorf("%s %.40q is looked at, and then refused with %d: %.200s", field, text, p.status, p.text())
			}
		}
	}
	at := "/desk/c/" + slug + "/signatures/release"
	link := regexp.MustCompile(regexp.QuoteMeta(at) + `/names/[A-Za-z0-9_-]+`)
	var check string
	eventually(t, "no name is on the list", func() bool {
		p := a.lead.sees(at + "/names")
		a.harmless(t, p, nil)
		check = link.FindString(p.body)
		return check != ""
	})
	for _, q := range texts {
		a.harmless(t, a.lead.sees(at+"/names?q="+url.QueryEscape(q[:min(len(q), 2000)])), nil)
	}
	looked := a.lead.sees(check)
	a.harmless(t, looked, nil)
	note, ok := looked.same(sheet{action: check, texts: []string{"note"}})
	if !ok {
		t.Fatalf("%s has no form with a note: %s", check, looked.text())
	}
	taken := a.refusing(t, func(form url.Values) page { return a.lead.send("POST", check, form) }, note, "note", texts, false)
	list := "/en/" + slug + "/release/names"
	for _, p := range []page{first.read(list), a.lead.sees("/desk/trail"), a.lead.sees("/desk/proposals"), a.lead.sees(at + "/names"), a.lead.sees("/desk/")} {
		a.harmless(t, p, nil)
		for _, text := range taken {
			if p.path == list && len(text) > 20 && strings.Contains(p.text(), plain(text)) && !strings.Contains(strings.Join(texts, "\n"), "Plain") && !a.shownIn(first, text) {
				t.Errorf("the note %.60q is public", text)
			}
		}
	}
	a.reported(t, at, texts)
	a.struck(t, at, last, texts)
}

func cmpOr(a, b *signer) *signer {
	if a != nil {
		return a
	}
	return b
}

// shownIn tells whether a signer shows a text as a name, too.
func (a *assault) shownIn(p *signer, text string) bool {
	mine, err := p.mine()
	return err == nil && strings.Contains(mine.text(), plain(text))
}

// reported states a count of elsewhere.
func (a *assault) reported(t *testing.T, at string, texts []string) {
	t.Helper()
	for _, f := range a.lead.sees(at + "/report").sheets() {
		if !f.values.Has("value") {
			continue
		}
		for k, v := range map[string]string{"value": "1200", "as_of": "2026-01-02", "by-en": "Plain words", "by-ru": "Plain words", "note-en": "Plain words", "note-ru": "Plain words", "kind": "paper"} {
			f.values.Set(k, v)
		}
		send := func(form url.Values) page { return a.lead.send("POST", at+"/report", form) }
		for _, field := range f.texts {
			if len(a.refusing(t, send, f, field, texts, true)) == 0 && (strings.HasPrefix(field, "by-") || strings.HasPrefix(field, "note-")) {
				t.Errorf("%s: no text at all is taken for %s", at, field)
			}
		}
	}
	a.harmless(t, a.lead.sees(strings.TrimSuffix(at, "/release")), nil)
}

// struck takes a signature out for a reason, which its signer reads, and everybody the kind of.
func (a *assault) struck(t *testing.T, at string, p *signer, texts []string) {
	t.Helper()
	lock, err := p.lock()
	must(t, err)
	path := at + "/remove"
	f, ok := a.lead.sees(path).same(sheet{action: path, texts: []string{"words"}})
	if !ok {
		t.Fatalf("%s has no form", path)
	}
	for k, v := range map[string]string{"reason": "automated", "words": "Plain words", "lock": lock, "day": ""} {
		f.values.Set(k, v)
	}
	f.values.Del("held")
	send := func(form url.Values) page { return a.lead.send("POST", path, form) }
	for _, field := range []string{"day", "lock", "words"} {
		hostile := texts
		if field != "words" {
			hostile = nil
			for _, text := range texts {
				if strings.TrimSpace(text) != "" {
					hostile = append(hostile, text)
				}
			}
		}
		taken := a.refusing(t, send, f, field, hostile, false)
		if field != "words" && len(taken) > 0 && !strings.HasPrefix(taken[0], "Plain") {
			t.Errorf("%s: %q is taken for a %s", path, taken, field)
		}
		if field == "words" && len(taken) > 0 {
			f.values.Set("words", taken[a.signers%len(taken)])
		}
	}
	look := a.lead.send("POST", path, f.values)
	sure, err := look.form("seen", "words")
	must(t, err)
	a.lead.prove()
	done := a.lead.send("POST", path, sure.with("do", "remove"))
	if done.status != http.StatusSeeOther {
		t.Fatalf("%s for %q: %d %.300s", path, f.values.Get("words"), done.status, done.text())
	}
	a.harmless(t, a.lead.sees(done.header.Get("Location")), nil)
	mine, err := p.mine()
	must(t, err)
	a.harmless(t, mine, nil)
	if !strings.Contains(plain(mine.text()), plain(f.values.Get("words"))) {
		t.Errorf("who was taken out does not read why (%q): %s", f.values.Get("words"), mine.text())
	}
	for _, path := range []string{strings.TrimSuffix(at, "/release"), path, "/desk/trail", "/desk/proposals"} {
		a.harmless(t, a.lead.sees(path), nil)
	}
	a.clock.add(11 * time.Minute) // the log has it from now on, and so has the letter's page
	a.lead.proven = time.Time{}
	out, err := a.command("letter", "list").CombinedOutput()
	must(t, err)
	a.calmly(t, "letter list", out)
}

// calmly holds that what a command says moves no terminal, and turns nothing.
func (a *assault) calmly(t *testing.T, what string, said []byte) {
	t.Helper()
	if i := strings.IndexFunc(string(said), func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e }); i >= 0 {
		t.Errorf("%s says %.200q", what, said[max(0, i-60):])
	}
}

// drilled proves a key by the drill, after all else that somebody may type for the word; and what followers typed lies in the list, harmless for whoever opens it with a program for
// tables.
func (a *assault) drilled(t *testing.T, slug string, texts []string) {
	t.Helper()
	at := "/desk/c/" + slug + "/followers"
	committee := newOrganiser(t)
	begin := func() (sheet, bool) {
		a.lead.prove()
		if p := a.lead.send("POST", at+"/key", url.Values{"recipient": {committee.line}}); p.status != http.StatusSeeOther {
			t.Fatalf("no drill is begun: %d %.300s", p.status, p.text())
		}
		p := a.lead.sees(at + "/key")
		a.harmless(t, p, nil)
		return p.same(sheet{action: at + "/key/answer", texts: []string{"word"}})
	}
	const tries = 8 // the tenth wrong word ends the drill
	for i := 0; i < len(texts); i += tries {
		f, ok := begin()
		if !ok {
			t.Fatal("no form asks for the word")
		}
		send := func(form url.Values) page { return a.lead.send("POST", at+"/key/answer", form) }
		if taken := a.refusing(t, send, f, "word", texts[i:min(len(texts), i+tries)], false); len(taken) > 0 {
			t.Errorf("%q is taken for the word", taken)
		}
	}
	begin()
	sealed := a.lead.send("GET", at+"/key/drill.sealed", nil)
	word := strings.TrimSpace(committee.opens(t, "drill.sealed", sealed.body))
	if i := strings.LastIndexByte(word, '\n'); i >= 0 {
		word = word[i+1:]
	}
	word, _, _ = strings.Cut(strings.Trim(word, `"`), `"`)
	done := a.lead.send("POST", at+"/key/answer", url.Values{"word": {word}})
	if done.status != http.StatusSeeOther {
		t.Fatalf("the word %q is answered with %d: %.300s", word, done.status, done.text())
	}
	errand := a.lead.sees(done.header.Get("Location"))
	a.harmless(t, errand, nil)
	if p := a.lead.sees(at + "?lang=en"); !p.says(english(t).T("desk.followers.has_key")) {
		t.Errorf("a key that was proven is not taken: %s: %s", done.header.Get("Location"), errand.text())
	}
	a.follow(t, slug, committee)
}

// follow has people whose addresses are formulas ask for news, and opens the list on the committee's machine.
func (a *assault) follow(t *testing.T, slug string, committee *organiser) {
	t.Helper()
	if why := a.presentable(slug, nil); why != "" {
		t.Logf("%s is not published under its new key: %.200s", slug, why)
	}
	p := &signer{reader: a.reader(), address: "follower" + string('a'+byte(a.signers)) + "@followed.example", about: slug, letter: "release"}
	must(t, p.sign())
	n := 0
	for i, local := range []string{"=1+1", "+cmd|calc", "-2+3", "=HYPERLINK", `'--`, "{{.Name}}"} {
		reader := &signer{reader: p.reader, address: local + "@formula" + string('a'+byte(i)) + ".example"}
		if _, err := p.follows(reader); err != nil {
			t.Logf("%s does not follow: %v", reader.address, err)
			continue
		}
		n++
		a.clock.add(2 * time.Minute)
	}
	if n < 3 {
		t.Errorf("of the followers only %d are taken", n)
	}
	rows, err := csv.NewReader(strings.NewReader(committee.list(a.site, "--case", slug))).ReadAll()
	if err != nil || len(rows) != n+1 {
		t.Errorf("%d rows of %d: %v", len(rows), n+1, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a cell of the list is taken for a formula: %.80q", cell)
			}
		}
	}
}

// opens opens a sealed file on the organiser's machine.
func (o *organiser) opens(t *testing.T, name, sealed string) string {
	t.Helper()
	path := filepath.Join(o.folder, name)
	must(t, os.WriteFile(path, []byte(sealed), 0o600))
	cmd := exec.Command(peers.Binary(t), "open", "--key", o.key(), path)
	cmd.Dir, cmd.Env = o.folder, []string{"HOME=" + o.folder}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s can't be opened: %v\n%s", name, err, said.Bytes())
	}
	return string(out)
}
