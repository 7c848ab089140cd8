package browser

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/app"
	"outcry/internal/kernel/mail"
)

// wrongs are what is typed wrongly, and what the page says to do about it.
var wrongs = []struct{ name, typed, en, ru string }{
	{"empty", "", "Enter your e-mail address, for example anna@example.org.", "Введите адрес электронной почты, например anna@example.org."},
	{"incomplete", "anna@", "Enter the whole address, for example anna@example.org.", "Введите адрес полностью, например anna@example.org."},
	{"two", "anna@example.org, boris@example.org", "Enter the whole address, for example anna@example.org.", "Введите адрес полностью, например anna@example.org."},
	{"markup", `"><b>anna`, "Enter the whole address, for example anna@example.org.", "Введите адрес полностью, например anna@example.org."},
	{"long", strings.Repeat("ю", 125) + "@example.org", "This address is too long. Enter another.", "Этот адрес слишком длинный. Введите другой."},
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
	title(t, p, map[string]string{"en": "Error: ", "ru": "Ошибка: "}[tag])
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
		t.Errorf("the field holds %q; typed was %q", s, typed)
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

// A link works for 72 hours; after them it says so and leads to where one may ask again. The clock is ours, so the site runs inside the test.
func TestExpiredLink(t *testing.T) {
	t.Parallel()
	b := New(t)
	dir := t.TempDir()
	var later atomic.Int64
	sink := &mail.Sink{}
	server := httptest.NewUnstartedServer(nil)
	c := app.Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Settings: app.Settings{URL: "http://" + server.Listener.Addr().String()}, Mail: sink,
		Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if err := app.Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	campaign, err := app.ReadCampaign(scenario(t, "immediate"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Apply(t.Context(), campaign); err != nil {
		t.Fatal(err)
	}
	if server.Config.Handler, err = a.Handler(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Start()
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- a.Run(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
	defer func() {
		stop()
		<-ended
	}()

	p := b.Page(t, View{NoScript: true, Language: "en"}) // no stream, which the server would wait for
	p.Open(server.URL + "/ru/kagarlitsky/release")
	p.Fill("#email", "anna@example.org")
	p.Follow("#sign button")
	link := ""
	for over := time.Now().Add(patience); link == ""; time.Sleep(10 * time.Millisecond) {
		for _, m := range sink.List() {
			link = mailedLink.FindString(m.Text)
		}
		if time.Now().After(over) {
			t.Fatal("no mail came")
		}
	}
	later.Store(int64(73 * time.Hour))
	p.Fill("#code", "AAAA-AAAA") // the page that waits for the code is as old
	if s := p.Follow("main form:has(#code) button"); s != http.StatusGone {
		t.Errorf("status %d", s)
	}
	said(t, p, "Эта страница устарела. Введите адрес ещё раз, и придёт новое сообщение.")
	p.Open(link)
	if s := p.Follow("main form button"); s != http.StatusGone {
		t.Errorf("status %d", s)
	}
	said(t, p, "Эта ссылка устарела. Она действовала 72 часа.")
	p.Follow(`main a[href="/ru/kagarlitsky/release"]`)
	if s := Eval[string](p, `document.getElementById("email").value`); s != "" {
		t.Errorf("the field holds %q", s)
	}
}
