package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
)

// wrongs are what is typed wrongly, and what the page says to do about it.
var wrongs = []struct{ name, typed, key, en, ru string }{
	{"empty", "", "missing", "Enter your e-mail address, for example anna@example.org.", "Введите адрес электронной почты, например anna@example.org."},
	{"incomplete", "anna@", "incomplete", "Enter the whole address, for example anna@example.org.", "Введите адрес полностью, например anna@example.org."},
	{"two", "anna@example.org, boris@example.org", "incomplete", "Enter the whole address, for example anna@example.org.", "Введите адрес полностью, например anna@example.org."},
	{"markup", `"><b>anna`, "incomplete", "Enter the whole address, for example anna@example.org.", "Введите адрес полностью, например anna@example.org."},
	{"long", strings.Repeat("ю", 125) + "@example.org", "long", "This address is too long. Enter another.", "Этот адрес слишком длинный. Введите другой."},
}

// What is typed wrongly comes back in the form, with what to do about it said first, at the field and in the window's title, in the reader's language.
func TestErrors(t *testing.T) {
	t.Parallel()
	b := New(t)
	i := install(t, "sqlite")
	i.publish(t, "immediate")
	for _, view := range []View{{Language: "en"}, {Phone: true, NoScript: true, Language: "ru"}, {Phone: true, Language: "ru"}, {NoScript: true, Language: "en"}}[:pick(2, 4)] {
		tag := view.Language
		t.Run(view.String(), func(t *testing.T) {
			p := b.Page(t, view)
			p.Open(i.letter(tag))
			for _, w := range wrongs {
				t.Run(w.name, func(t *testing.T) {
					p.Fill("#email", w.typed)
					if s := p.Follow("#sign button"); s != http.StatusUnprocessableEntity {
						t.Fatalf("status %d", s)
					}
					back(t, p, tag, "email", w.typed, map[string]string{"en": w.en, "ru": w.ru}[tag])
				})
			}
			t.Run("code", func(t *testing.T) {
				address := "typed-" + strings.ToLower(view.String()) + "@gmail.com"
				p.Fill("#email", address)
				p.Follow("#sign button")
				for _, typed := range []string{"", "AAAA-AAAA", "1234", "<b>"} {
					p.Fill("#code", typed)
					if s := p.Follow("main form:has(#code) button"); s != http.StatusUnprocessableEntity {
						t.Fatalf("%q: status %d", typed, s)
					}
					want := map[string]string{"en": "This is not the code from the message. Check it and try again.", "ru": "В сообщении другой код. Проверьте и попробуйте ещё раз."}
					if typed == "" {
						want = map[string]string{"en": "Enter the code from the message: 8 letters and digits.", "ru": "Введите код из сообщения: 8 букв и цифр."}
					}
					back(t, p, tag, "code", typed, want[tag])
				}
				said(t, p, address)
				code, _ := i.mailed(t, address)
				p.Fill("#code", code)
				p.Follow("main form:has(#code) button")
				title(t, p, words[tag].counted) // the form that came back so often still works
			})
			t.Run("no such letter", func(t *testing.T) {
				for _, path := range []string{"/kagarlitsky/nothing", "/nobody", "/nobody/nothing", "/kagarlitsky/release/more"} {
					if s := p.Open(i.URL + "/" + tag + path); s != http.StatusNotFound {
						t.Errorf("%s: status %d", path, s)
					}
					said(t, p, map[string]string{"en": "These letters can be signed now:", "ru": "Эти письма можно подписать сейчас:"}[tag])
				}
				if p.Follow(`main a[href$="/release"]`); p.URL() != i.letter(tag) {
					t.Errorf("the list leads to %s", p.URL())
				}
			})
			t.Run("broken links", func(t *testing.T) {
				p.Open(i.URL + "/confirm?lang=" + tag + "&t=broken")
				if s := p.Follow("main form button"); s != http.StatusUnprocessableEntity {
					t.Errorf("status %d", s)
				}
				said(t, p, map[string]string{"en": "Copy the whole link from the message, or enter your address again.", "ru": "Скопируйте из сообщения всю ссылку или введите свой адрес ещё раз."}[tag])
				p.Follow(`main a[href$="/release"]`) // where to enter it
				for path, want := range map[string]map[string]string{
					"/mine/AAAA?lang=":                         {"en": "This private link opens nothing.", "ru": "По этой личной ссылке ничего нет."},
					"/r/" + strings.Repeat("0", 64) + "?lang=": {"en": "There is no proof at this address.", "ru": "По этому адресу доказательства нет."},
				} {
					if s := p.Open(i.URL + path + tag); s != http.StatusNotFound {
						t.Errorf("%s: status %d", path, s)
					}
					said(t, p, want[tag])
				}
			})
		})
	}
}

// pick is a number for the quick run, or the other for the long one.
func pick(quick, full int) int {
	if long() {
		return full
	}
	return quick
}

// back checks a form that came back.
func back(t *testing.T, p *Page, tag, field, typed, want string) {
	t.Helper()
	title(t, p, errorTitle(tag))
	if s := Eval[string](p, `document.querySelector("main > :first-child").className`); s != "problems" {
		t.Errorf("first in main stands %q, not what to correct", s)
	}
	if s := p.Text(".problems a"); s != want {
		t.Errorf("first it says %q, want %q", s, want)
	}
	if s := p.Text("#" + field + "-error"); s != want {
		t.Errorf("at the field it says %q", s)
	}
	if s := Eval[string](p, `document.getElementById("`+field+`").value`); s != strings.TrimSpace(typed) && s != typed {
		t.Errorf("the field holds %+q; typed was %+q", s, typed)
	}
	if s := Eval[string](p, `(e => e.getAttribute("aria-invalid") + " " + e.getAttribute("aria-describedby"))(document.getElementById("`+field+`"))`); s != "true "+field+"-hint "+field+"-error" {
		t.Errorf("the field says of itself: %s", s)
	}
	focused := Eval[string](p, `document.activeElement.className`)
	if !p.view.NoScript && focused != "problems" {
		t.Errorf("the focus is on %q", focused)
	}
	p.Click(".problems a")
	if s := Eval[string](p, `location.hash`); s != "#"+field {
		t.Errorf("the link leads to %s", s)
	}
	if s := Eval[string](p, `document.activeElement.id`); s != field {
		t.Errorf("after the link the focus is on %q", s)
	}
}

// Time passes: who asks again within a minute gets no second mail, and after it one; after 72 hours the page that waits for a code, the link and "not me" have expired,
// and say where one may ask again.
func TestExpired(t *testing.T) {
	t.Parallel()
	b := New(t)
	h := lodge(t, "immediate", letter.Usual())
	all := newSeen(languages(t, h.program))
	for i, tag := range few(languages(t, h.program))[pick(1, 0):] {
		t.Run(tag, func(t *testing.T) {
			h.later.Store(0)
			u := &tour{t, b.Page(t, View{NoScript: i == 0, Phone: true, Language: tag}), tag, all, true}
			p, address := u.p, fmt.Sprintf("anna-%d@gmail.com", i)
			private := u.sign(h, fmt.Sprintf("signed-%d@gmail.com", i))
			u.open(h.letter(tag), http.StatusOK)
			u.send("email", address, http.StatusOK)
			h.mail(t, address, 1)
			again := `main form:has([name=email][type=hidden]) button`
			u.press(again, http.StatusOK)
			u.titled("waiting.title")
			h.sends(t)
			if n := len(h.mails(address)); n != 1 {
				t.Errorf("%d mails within a minute", n)
			}
			h.later.Store(int64(61 * time.Second))
			u.press(again, http.StatusOK)
			link := mailedLink.FindString(h.mail(t, address, 2))
			never := neverLink.FindString(h.mail(t, address, 2))

			// The same for withdrawing by the mailbox and for news.
			leaving := u.waitsFor(h.letter(tag)+"/withdraw", "email", address)
			following := u.waitsFor(private, "email", address)

			u.open(h.letter(tag), http.StatusOK)
			u.send("email", address, http.StatusOK)
			h.later.Store(int64(73 * time.Hour))
			u.send("code", "AAAA-AAAA", http.StatusGone) // the page that waits for the code is as old
			want := say(tag).T("fault.token.expired")
			title(t, p, errorTitle(tag))
			if s := p.Text(".problems"); !strings.Contains(s, want) {
				t.Errorf("first it says %q, want %q", s, want)
			}
			if at := Eval[string](p, `document.getElementById("email").value`); at != "" {
				t.Errorf("the field holds %q", at)
			}
			u.look("expired")
			u.send("email", fmt.Sprintf("new-%d@gmail.com", i), http.StatusOK) // and asks again
			u.titled("waiting.title")

			u.post("/withdraw", leaving, http.StatusGone)
			u.says("fault.token.expired")
			u.look("leave-expired")
			u.post(strings.TrimPrefix(strings.Replace(private, "?", "/news?", 1), h.URL), following, http.StatusGone)
			u.says("fault.token.expired")
			u.look("news-expired")
			h.later.Store(int64(97 * time.Hour)) // the day's key is gone
			u.open(never, http.StatusOK)
			u.press("main form button", http.StatusGone)
			u.says("fault.token.link_expired")
			h.later.Store(int64(73 * time.Hour))
			u.open(link, http.StatusOK)
			u.press("main form button", http.StatusGone)
			u.says("fault.token.link_expired")
			u.look("link-expired")
			u.press(`main a[href="/`+tag+`/kagarlitsky/release"]`, http.StatusOK)
			if s := Eval[string](p, `document.getElementById("email").value`); s != "" {
				t.Errorf("the field holds %q", s)
			}
		})
	}
	Vnu(t, all.pages)
}

// waitsFor asks for a code with a form and gives what sends that code.
func (u *tour) waitsFor(address, field, typed string) map[string]string {
	u.t.Helper()
	u.open(address, http.StatusOK)
	u.send(field, typed, http.StatusOK)
	return map[string]string{"lang": u.tag, "page": u.hidden("form:has(#code)", "page"), "code": "AAAA-AAAA"}
}
