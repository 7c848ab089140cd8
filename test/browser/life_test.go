package browser

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"outcry/internal/feature/letter"
)

// TestLife walks what comes after a signature, in a real browser: the name shown and hidden, news, withdrawing by link and by mailbox, signing again, "not me", a burst,
// a signature struck off, a pause, the end. Each page on the way is looked at as [tour.look] does. The words are those of the program's catalogues; the other journeys
// have theirs written out.
func TestLife(t *testing.T) {
	t.Parallel()
	b := New(t)
	budgets := letter.Usual()
	budgets.FirstAgain, budgets.LaterAgain, budgets.PerDay, budgets.Burst = 0, 0, 100, 1
	h := lodge(t, "immediate", budgets)
	tags := languages(t, h.program)
	views := []View{{NoScript: true, Phone: true, Language: few(tags)[1]}, {Language: "en"}}
	if long() {
		views = nil
		for i, tag := range tags {
			views = append(views, View{NoScript: true, Phone: true, Language: tag}, View{NoScript: true, Language: tag}, View{Phone: i%2 == 0, Language: tag})
		}
	}
	all := newSeen(tags)
	t.Run("signers", func(t *testing.T) {
		for n, view := range views {
			t.Run(view.String(), func(t *testing.T) {
				t.Parallel()
				u := &tour{t, b.Page(t, view), view.Language, all, view.Language == "en"}
				u.names(h, n)
				u.news(h, n)
				u.leaves(h, n)
				u.notMe(h, n)
			})
		}
	})
	if t.Failed() {
		t.FailNow() // the rest builds on it
	}
	h.settled(t, 0, 3*len(views), len(views)) // each withdraws three by the link and one by the mailbox
	if tags = few(tags); !long() && !writes() {
		tags = tags[1:]
	}
	t.Run("organisers", func(t *testing.T) { organisers(t, b, h, tags, all) })
	Vnu(t, all.pages)
}

// settled waits until the log has so many counted, withdrawn and removed, as an outsider counts them.
func (h *house) settled(t *testing.T, counted, withdrawn, removed int) {
	t.Helper()
	h.await(t, "nothing waits for the log", func() bool {
		states, err := h.app.LetterStates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return states[0].Waiting == 0
	})
	if n, gone := h.recount(t); n != counted || gone != withdrawn {
		t.Errorf("verify counts %d, and %d withdrawn; want %d and %d", n, gone, counted, withdrawn)
	}
	states, err := h.app.LetterStates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if have := states[0].Count.Removed; have != int64(removed) {
		t.Errorf("%d removed, want %d", have, removed)
	}
}

// send types into a field and sends its form.
func (u *tour) send(field, typed string, status int) {
	u.t.Helper()
	if len(typed) > 40 || strings.ContainsFunc(typed, func(r rune) bool { return r > 0x2000 || unicode.Is(unicode.M, r) }) { // what no keyboard has is pasted
		Eval[string](u.p, fmt.Sprintf("document.getElementById(%q).value = %q", field, typed))
	} else {
		u.p.Fill("#"+field, typed)
	}
	u.press("main form:has(#"+field+") button", status)
}

// press follows a button or a link.
func (u *tour) press(css string, status int) {
	u.t.Helper()
	if s := u.p.Follow(css); s != status {
		u.t.Fatalf("%s: status %d, want %d%s", css, s, status, u.p.glimpse())
	}
}

// open goes to an address.
func (u *tour) open(address string, status int) {
	u.t.Helper()
	if s := u.p.Open(address); s != status {
		u.t.Fatalf("%s: status %d, want %d%s", address, s, status, u.p.glimpse())
	}
}

// until opens an address again and again until an expression of JavaScript is true. A browser keeps a page for ten seconds: to ask the site each time, the address
// ends otherwise each time.
func (u *tour) until(address, expression string) {
	u.t.Helper()
	join := "?"
	if strings.Contains(address, "?") {
		join = "&"
	}
	for over := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		u.open(fmt.Sprintf("%s%sasked=%d", address, join, time.Now().UnixNano()), http.StatusOK)
		if Eval[bool](u.p, expression) {
			return
		}
		if time.Now().After(over) {
			u.t.Fatalf("%s: still not %s%s", address, expression, u.p.glimpse())
		}
	}
}

// reads is an expression that is true when the page says the words of a key.
func (u *tour) reads(key string) string {
	return fmt.Sprintf("document.body.innerText.includes(%q)", say(u.tag).T(key))
}

// post sends a form that the reader no longer sees, such as one of a page that was open before.
func (u *tour) post(action string, fields map[string]string, status int) {
	u.t.Helper()
	Eval[string](u.p, fmt.Sprintf(`(() => {
		const form = document.createElement("form"), fields = %s;
		form.method = "post"; form.action = %q; form.id = "again";
		for (const [name, value] of fields) { const i = document.createElement("input"); i.name = name; i.value = value; i.type = "hidden"; form.append(i); }
		const b = document.createElement("button"); b.textContent = "send"; form.append(b);
		document.querySelector("main").append(form); return "" })()`, listed(fields), action))
	u.press("#again button", status)
}

func listed(fields map[string]string) string {
	var list []string
	for name, value := range fields {
		list = append(list, fmt.Sprintf("[%q,%q]", name, value))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// hidden is the value of a hidden field on the page.
func (u *tour) hidden(form, name string) string {
	u.t.Helper()
	return Eval[string](u.p, fmt.Sprintf("document.querySelector(%q).value", form+" [name="+name+"]"))
}

// says fails unless the page says the words of these keys, which have no placeholders.
func (u *tour) says(keys ...string) {
	u.t.Helper()
	for _, key := range keys {
		said(u.t, u.p, say(u.tag).T(key))
	}
}

// titled fails unless the window is called by the words of a key, and the heading too.
func (u *tour) titled(key string) {
	u.t.Helper()
	want := say(u.tag).T(key)
	title(u.t, u.p, want)
	if h := u.p.Text("h1"); h != want {
		u.t.Errorf("the heading is %q, want %q", h, want)
	}
}

// wrong fails unless a form came back with what to mend.
func (u *tour) wrong(field, typed, key string, args ...any) {
	u.t.Helper()
	back(u.t, u.p, u.tag, field, typed, say(u.tag).T(key, args...))
}

// sign signs by code and gives the private link.
func (u *tour) sign(h *house, address string) (private string) {
	u.t.Helper()
	n := len(h.mails(address)) + 1
	u.open(h.letter(u.tag), http.StatusOK)
	u.send("email", address, http.StatusOK)
	u.titled("waiting.title")
	u.send("code", h.code(u.t, address, n), http.StatusOK)
	u.titled("counted.title")
	return Eval[string](u.p, `document.getElementById("private-link").value`)
}

// people are names as people of that language bear them, with what finds them.
var people = map[string][2]string{"en": {"Zoë O’Neill", "zoe"}, "ru": {"Анна Ковалёва", "КОВАЛЕ"}, "ar": {"ليلى حدّاد", "حداد"}, "fr": {"Éloïse Lefèvre", "eloise"}}

// misnamed are names that can't be shown.
var misnamed = []struct {
	field, typed, key string
	most              int // that the words name
}{
	{"name", "", "fault.name.missing", 0},
	{"name", "…!", "fault.name.missing", 0},
	{"name", strings.Repeat("ан", 51), "fault.name.long", 100},
	{"name", "Anna \ue000", "fault.name.characters", 0},
	{"name", "Ann" + strings.Repeat("\u0301\u0323", 6) + "a", "fault.name.marks", 0},
	{"name", "buy at https://shop.example", "fault.name.address", 0},
	{"affiliation", strings.Repeat("ab", 200), "fault.name.affiliation_long", 120},
}

// names shows a name, hides it, and withdraws by the link.
func (u *tour) names(h *house, n int) {
	t, p := u.t, u.p
	t.Helper()
	private := u.sign(h, fmt.Sprintf("names-%d@gmail.com", n))
	u.open(private, http.StatusOK)
	u.titled("mine.title")
	u.look("private")
	for i, w := range misnamed {
		if i%pick(2, 1) != n%pick(2, 1) { // in the quick run two readers share them
			continue
		}
		if w.field != "name" {
			p.Fill("#name", "Anna")
		}
		u.send(w.field, w.typed, http.StatusUnprocessableEntity)
		u.wrong(w.field, w.typed, w.key, "Most", w.most)
	}
	u.look("name-wrong")

	person, place := people[u.tag], fmt.Sprintf("Place %d-%d", n, time.Now().UnixMilli())
	if person[0] == "" {
		person = people["en"]
	}
	p.Fill("#affiliation", place)
	u.send("name", "\u202e"+person[0]+"\u200b", http.StatusOK) // what turns the line round, and what nobody sees, comes along with a paste and is left out
	u.titled("names.review_title")
	u.says("names.for_good")
	if s := p.Text(".names bdi"); s != person[0] {
		t.Errorf("the name is shown as %q, want %q", s, person[0])
	}
	said(t, p, place)
	u.look("name-review")
	list := h.letter(u.tag) + "/names"
	u.press("main form:has([name=sure]) button", http.StatusOK)
	if at := p.URL(); !strings.HasPrefix(at, private) {
		t.Errorf("after showing the name the page is %s", at)
	}
	said(t, p, person[0])
	u.until(private, u.reads("names.own_visible")) // the next batch is due within a second
	u.look("private-named")
	u.press(`main a[href$="/names"]`, http.StatusOK)
	if at := p.URL(); at != list {
		t.Errorf("the list is at %s", at)
	}
	u.titled("names.title")
	said(t, p, person[0], place)
	u.look("names")
	u.find(person[1], person[0], place)
	u.look("names-found")
	u.find("qqq")
	u.says("names.none_found", "names.none_found_help")
	u.look("names-none")
	u.find(" ")
	u.says("names.nothing_asked")
	u.until(h.letter(u.tag), `document.querySelector("#count-title ~ p a[href$='/names']") !== null`)
	u.press(`#count-title ~ p a[href$="/names"]`, http.StatusOK) // the letter leads there too
	u.open(list+"?page=7", http.StatusNotFound)
	u.says("fault.name.page")

	u.open(private, http.StatusOK)
	u.press(`main form[action*="/hide"] button`, http.StatusOK)
	u.says("names.show_title")
	u.open(list, http.StatusOK)
	if strings.Contains(p.Text("body"), place) {
		t.Errorf("the hidden name is on the list:\n%s", p.Text("body"))
	}
	if p.Has("#q") { // others show theirs
		if u.find(person[1]); strings.Contains(p.Text("body"), place) {
			t.Error("the hidden name is found")
		}
	}

	u.open(private, http.StatusOK)
	u.press(`main a[href^="/r/"]`, http.StatusOK)
	u.titled("proof.title")
	u.open(private, http.StatusOK)
	u.press("button.grave", http.StatusOK)
	u.titledRoughly("mine.withdrawn_title")
	u.open(private, http.StatusOK)
	u.says("mine.withdrawn_before")
}

// titledRoughly fails unless the heading is that of a key.
func (u *tour) titledRoughly(key string) {
	u.t.Helper()
	if h := u.p.Text("h1"); h != say(u.tag).T(key) {
		u.t.Errorf("the heading is %q, want %q", h, say(u.tag).T(key))
	}
}

// find looks for a name, and fails unless the answer says these words.
func (u *tour) find(typed string, want ...string) {
	u.t.Helper()
	u.send("q", typed, http.StatusOK)
	said(u.t, u.p, want...)
}

// news asks for news behind a private link, and ends them.
func (u *tour) news(h *house, n int) {
	t, p := u.t, u.p
	t.Helper()
	private := u.sign(h, fmt.Sprintf("news-%d@gmail.com", n))
	address := fmt.Sprintf("other-%d@gmail.com", n) // it can be another
	u.open(private, http.StatusOK)
	for _, w := range wrongs[:pick(2, len(wrongs))] {
		u.send("email", w.typed, http.StatusUnprocessableEntity)
		u.wrong("email", w.typed, "fault.email."+w.key)
	}
	u.look("news-wrong")
	u.send("email", address, http.StatusOK)
	u.titled("follow.waiting_title")
	u.look("news-waiting")
	u.send("code", "", http.StatusUnprocessableEntity)
	u.wrong("code", "", "fault.code.missing")
	u.send("code", "AAAA-AAAA", http.StatusUnprocessableEntity)
	u.wrong("code", "AAAA-AAAA", "fault.code.wrong")
	action, token := Eval[string](p, `document.querySelector("form:has(#code)").getAttribute("action")`), u.hidden("form:has(#code)", "page")
	code := h.code(t, address, 1)
	if strings.Contains(h.mail(t, address, 1), "/confirm") {
		t.Errorf("the mail for news holds a link that signs:\n%s", h.mail(t, address, 1))
	}
	u.send("code", code, http.StatusOK)
	u.titled("follow.done_title")
	u.look("news-done")
	stop := Eval[string](p, `document.getElementById("stop").value`)
	twice := map[string]string{"lang": u.tag, "page": token, "code": code}
	u.open(private, http.StatusOK)
	u.post(action, twice, http.StatusOK) // a press that came twice: the same page, and the same link
	if again := Eval[string](p, `document.getElementById("stop").value`); again != stop {
		t.Errorf("the same code again gives another link to end the news: %s, %s", stop, again)
	}
	u.open(stop, http.StatusOK)
	u.look("news-stop")
	u.titled("news.title")
	u.press("main form button", http.StatusOK)
	u.titled("news.done_title")
	u.look("news-stopped")
	u.open(private, http.StatusOK)
	u.post(action, twice, http.StatusGone)
	u.says("fault.code.used")
	u.look("news-used")
	u.open(private, http.StatusOK)
	u.press("button.grave", http.StatusOK)
}

// leaves signs, and withdraws by the mailbox, and signs again.
func (u *tour) leaves(h *house, n int) {
	t, p := u.t, u.p
	t.Helper()
	address := fmt.Sprintf("leaves-%d@gmail.com", n)
	private := u.sign(h, address)
	u.open(h.letter(u.tag), http.StatusOK)
	u.press(`main a[href$="/withdraw"]`, http.StatusOK)
	u.titled("leave.title")
	u.look("leave")
	reach(t, p)
	for _, w := range wrongs[:pick(2, len(wrongs))] {
		u.send("email", w.typed, http.StatusUnprocessableEntity)
		u.wrong("email", w.typed, "fault.email."+w.key)
	}
	u.look("leave-wrong")
	u.send("email", address, http.StatusOK)
	u.titled("leave.waiting_title")
	u.look("leave-waiting")
	mailed := h.mail(t, address, 2)
	if strings.Contains(mailed, "/confirm") {
		t.Errorf("the mail for withdrawing holds a link that signs:\n%s", mailed)
	}
	for _, typed := range []string{"", "AAAA-AAAA", h.code(t, address, 1)} { // the code that signed withdraws nothing
		key := "fault.code.wrong"
		if typed == "" {
			key = "fault.code.missing"
		}
		u.send("code", typed, http.StatusUnprocessableEntity)
		u.wrong("code", typed, key)
	}
	u.look("leave-code-wrong")
	token := u.hidden("form:has(#code)", "page")
	u.send("code", h.code(t, address, 2), http.StatusOK)
	u.titled("leave.done_title")
	u.look("leave-done")
	u.open(private, http.StatusOK)
	u.says("mine.withdrawn_before")

	again := u.sign(h, address)
	u.open(again, http.StatusOK)
	u.titled("mine.title")
	u.post("/withdraw", map[string]string{"lang": u.tag, "page": token, "code": h.code(t, address, 2)}, http.StatusOK) // a used code withdraws nothing more
	u.open(again, http.StatusOK)
	u.titled("mine.title")
	u.press("button.grave", http.StatusOK)
	u.titledRoughly("mine.withdrawn_title")
	u.open(h.URL+"/mine/"+strings.Repeat("A", 43)+"?lang="+u.tag, http.StatusNotFound)
	u.says("fault.link.none")
	u.look("no-link")
}

// notMe says that it was somebody else, takes it back, and says it again.
func (u *tour) notMe(h *house, n int) {
	t, p := u.t, u.p
	t.Helper()
	address := fmt.Sprintf("victim-%d@gmail.com", n)
	ask := func() {
		t.Helper()
		u.open(h.letter(u.tag), http.StatusOK)
		u.send("email", address, http.StatusOK)
		u.titled("waiting.title")
	}
	ask()
	link := neverLink.FindString(h.mail(t, address, 1))
	u.open(link, http.StatusOK)
	if body := p.Source(); strings.Contains(body, "agarlitsky") || strings.Contains(body, "агарлицк") {
		t.Errorf("the page behind a mailed link, which scanners open, names the letter:\n%s", body)
	}
	u.titled("link.title")
	u.look("not-me")
	u.press("main form button", http.StatusOK)
	u.titled("not_me.title")
	u.look("not-me-ask")
	u.press("main form button", http.StatusOK)
	u.titledRoughly("not_me.done_title")
	u.look("not-me-done")
	undo := u.hidden("main form", "t")
	ask() // the page is the same
	h.sends(t)
	if list := h.mails(address); len(list) != 1 {
		t.Errorf("who wanted no mail got %d more", len(list)-1)
	}
	u.post("/not-me", map[string]string{"lang": u.tag, "t": undo, "step": "again"}, http.StatusOK)
	u.titledRoughly("not_me.again_title")
	u.look("not-me-again")
	ask()
	h.mail(t, address, 2)
}

// weight is what the open page's document takes over the wire.
func weight(p *Page) (n int64) {
	for _, r := range p.Requests() {
		if r.Kind == "Document" {
			n += r.Bytes
		}
	}
	return n
}

// organisers does with the letter what its organisers can, and looks at it in each language.
func organisers(t *testing.T, b *Browser, h *house, tags []string, all *seen) {
	const which = "kagarlitsky/release"
	var tours []*tour
	for _, tag := range tags {
		tours = append(tours, &tour{t, b.Page(t, View{Phone: true, NoScript: true, Language: tag}), tag, all, true})
	}

	// A burst: whoever comes after the first of this domain and hour stands in a line apart.
	held := map[*tour]string{}
	tours[0].sign(h, "first@burst.example")
	for i, u := range tours {
		held[u] = u.sign(h, fmt.Sprintf("held-%d@burst.example", i))
		u.says("held.title")
		u.look("counted-held")
		u.open(held[u], http.StatusOK)
		u.says("held.title")
		u.look("mine-held")
	}
	h.appears(t, tags[0], say(tags[0]).N("count.held_words", len(tours)))
	for _, u := range tours {
		u.until(h.letter(u.tag), fmt.Sprintf(`document.querySelector("[data-live-key=held]")?.textContent == %q`, say(u.tag).Number(int64(len(tours)))))
		u.look("letter-held")
	}
	h.outcry(t, "letter", "release", which)

	// One is struck off.
	for _, u := range tours {
		u.open(held[u], http.StatusOK)
		lock := regexp.MustCompile(`/r/([0-9a-f]{64})`).FindStringSubmatch(u.p.Source())[1]
		h.outcry(t, "letter", "remove", which, "--lock", lock, "--reason", "duplicate", "--words", "The same person signed twice", "--role", "moderator", "--yes")
		u.open(held[u], http.StatusOK)
		u.says("mine.state_struck", "mine.struck_title")
		said(t, u.p, "The same person signed twice")
		u.look("mine-struck")
		u.post(strings.TrimPrefix(strings.Replace(held[u], "?", "/name?", 1), h.URL), map[string]string{"lang": u.tag, "name": "Anna"}, http.StatusGone)
		u.says("fault.name.ended")
	}

	// A pause: nobody signs, the code waits, and then it counts.
	tokens := map[*tour]map[string]string{}
	for i, u := range tours {
		address := fmt.Sprintf("paused-%d@gmail.com", i)
		u.open(h.letter(u.tag), http.StatusOK)
		u.send("email", address, http.StatusOK)
		tokens[u] = map[string]string{"lang": u.tag, "case": "kagarlitsky", "letter": "release", "page": u.hidden("form:has(#code)", "page"), "code": h.code(t, address, 1)}
	}
	h.outcry(t, "letter", "pause", which)
	h.appears(t, tags[0], say(tags[0]).T("letter.paused"))
	for _, u := range tours {
		u.p.Fill("#code", tokens[u]["code"])
		u.press("main form:has(#code) button", http.StatusForbidden)
		u.says("fault.letter.paused", "letter.paused")
		u.look("paused-code")
		u.until(h.letter(u.tag), u.reads("letter.paused"))
		u.says("leave.link")
		if u.p.Has("#email") {
			t.Error("a paused letter asks for an address")
		}
		u.look("letter-paused")
	}
	h.outcry(t, "letter", "resume", which)
	h.appears(t, tags[0], `id="email"`)
	kept := map[*tour]string{}
	for i, u := range tours {
		u.open(h.letter(u.tag), http.StatusOK)
		u.post("/confirm", tokens[u], http.StatusOK)
		u.titled("counted.title")
		kept[u] = Eval[string](u.p, `document.getElementById("private-link").value`)
		address := fmt.Sprintf("late-%d@gmail.com", i)
		u.until(h.letter(u.tag), `document.getElementById("email") !== null`)
		u.send("email", address, http.StatusOK)
		tokens[u]["code"] = h.code(t, address, 1)
	}

	// The end.
	h.outcry(t, "letter", "close", which, "--yes")
	h.appears(t, tags[0], say(tags[0]).T("letter.closed"))
	for i, u := range tours {
		u.p.Fill("#code", tokens[u]["code"])
		u.press("main form:has(#code) button", http.StatusForbidden)
		u.says("fault.letter.closed")
		u.look("closed-code")
		u.until(h.letter(u.tag), u.reads("letter.closed"))
		u.says("letter.certificate", "letter.rest_withdraw")
		u.look("letter-closed")
		reach(t, u.p)
		u.open(Eval[string](u.p, `document.querySelector("main a[href$='/certificate.txt']").href`), http.StatusOK)
		if s := u.p.Text("body"); !strings.Contains(s, "kagarlitsky") && !strings.Contains(s, h.id(t)) {
			t.Errorf("the certificate says:\n%s", s)
		}
		u.open(h.letter(u.tag)+"/withdraw", http.StatusOK)
		u.says("leave.closed")
		u.look("leave-closed")
		u.open(h.letter(u.tag)+"/names", http.StatusOK)
		u.says("names.empty")
		u.look("names-empty")
		u.until(h.person(u.tag), u.reads("letter.closed"))
		u.open(h.URL+"/embed/"+h.id(t)+"?lang="+u.tag, http.StatusOK)
		u.says("letter.closed")
		u.look("embed-closed")
		u.open(kept[u], http.StatusOK)
		u.says("mine.withdraw_closed")
		u.look("mine-closed")
		u.press("button.grave", http.StatusOK)
		u.titledRoughly("mine.withdrawn_title")
		u.open(neverLink.FindString(h.mail(t, fmt.Sprintf("late-%d@gmail.com", i), 1)), http.StatusOK)
		u.press("main form button", http.StatusGone)
		u.says("fault.token.link_expired")
		u.look("never-expired")
	}
}

// appears waits until the letter's page says something.
func (h *house) appears(t *testing.T, tag, words string) {
	t.Helper()
	h.await(t, words, func() bool { return strings.Contains(h.body(t, h.letter(tag)), words) })
}
