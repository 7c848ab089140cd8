package desk

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/web"
	"outcry/locales"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const password = "four words or five"

// house is a desk behind the shield that stands before every page, in March 2026.
type house struct {
	t    testing.TB
	book *organiser.Book
	desk *Desk
	h    http.Handler
	now  time.Time
	log  *bytes.Buffer
	u    *seal.Unlock
}

func open(t testing.TB) *house {
	t.Helper()
	return hard(t, seal.Hardness{KiB: 8, Passes: 1})
}

// hard is open with passwords of a hardness.
func hard(t testing.TB, hardness seal.Hardness) *house {
	t.Helper()
	d := dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")})
	u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	must(t, err)
	words, err := lang.Load(locales.FS)
	must(t, err)
	h := &house{t: t, now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), log: &bytes.Buffer{}, u: u}
	h.book = organiser.NewBook(organiser.Config{DB: d, Unlock: u, Now: func() time.Time { return h.now }, Hardness: hardness})
	mux := &web.Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.NewTextHandler(h.log, nil)), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		web.WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}}
	h.desk = New(Config{Book: h.book, Catalog: words, URL: "https://letters.example", Tongue: func(r *http.Request) lang.Tag {
		if l := lang.Tag(r.URL.Query().Get("lang")); words.Has(l) {
			return l
		}
		return "en"
	}}, mux)
	h.desk.Passkeys(organiser.NewPasskeys(h.book, "https://letters.example", "http://example.com")) // the latter is where these tests ask
	mux.Handle("GET /{$}", func(http.ResponseWriter, *http.Request) error { return nil })
	h.h, err = web.Shield(mux)
	must(t, err)
	return h
}

// browser is somebody's: it keeps the one cookie, and sends it to the desk alone.
type browser struct {
	*house
	name, cookie, secret string
}

func (b *browser) ask(method, path string, form url.Values, head ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.cookie != "" && strings.HasPrefix(path, Root+"/") {
		r.AddCookie(&http.Cookie{Name: Cookie, Value: b.cookie})
	}
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name != Cookie || c.Path != Root || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Domain != "" || c.MaxAge > 0 || !c.Expires.IsZero() && c.MaxAge >= 0 {
			b.t.Errorf("%s %s: cookie %v", method, path, c)
		}
		b.cookie = c.Value
	}
	return w
}

func (b *browser) code() string {
	c, err := totp.GenerateCode(b.secret, b.now)
	must(b.t, err)
	return c
}

// hidden is a hidden field of a page.
func hidden(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

// joins walks through an invitation as a person does, by forms alone.
func (h *house) joins(committee, name string, r organiser.Role) *browser {
	h.t.Helper()
	t, _, err := h.book.InviteByServer(h.t.Context(), committee, r, true)
	must(h.t, err)
	b := &browser{house: h, name: name}
	b.join(organiser.JoinPath + t.Text())
	return b
}

func (b *browser) join(path string) (page string) {
	b.t.Helper()
	w := b.ask("POST", path, url.Values{"lang": {"en"}})
	m := regexp.MustCompile(`class="secret" dir="ltr">([A-Z2-7 ]+)<`).FindStringSubmatch(w.Body.String())
	if w.Code != 200 || m == nil {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	b.secret = strings.ReplaceAll(m[1], " ", "")
	w = b.ask("POST", path, url.Values{"lang": {"en"}, "act": {"join"}, "name": {b.name}, "place": {"inside"}, "password": {password}, "carried": {hidden(w.Body.String(), "carried")},
		"code": {b.code()}, "device": {"phone"}})
	if w.Code != 200 || b.cookie == "" {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	b.house.now = b.house.now.Add(time.Minute)
	return w.Body.String()
}

func (b *browser) signIn(committee string) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.ask("POST", Root+"/in", url.Values{"committee": {committee}, "name": {b.name}, "password": {password}, "code": {b.code()}, "device": {"computer"}})
	b.house.now = b.house.now.Add(time.Minute)
	return w
}

// prove makes the session fresh for five minutes.
func (b *browser) prove() {
	b.t.Helper()
	b.house.now = b.house.now.Add(time.Minute)
	if w := b.ask("POST", Root+"/prove", url.Values{"password": {password}, "code": {b.code()}}); w.Code != 303 {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// sees is a page that answers.
func (b *browser) sees(path string) string {
	b.t.Helper()
	w := b.ask("GET", path, nil)
	if w.Code != 200 {
		b.t.Fatalf("GET %s: %d %s %s", path, w.Code, w.Header().Get("Location"), w.Body)
	}
	return w.Body.String()
}

// session is who the browser is to the book.
func (b *browser) session() organiser.Session {
	b.t.Helper()
	t, _ := organiser.ParseToken(b.cookie)
	s, err := b.book.Session(b.t.Context(), t)
	must(b.t, err)
	return s
}

// trail is the committee's, as acts.
func (b *browser) trail() (acts []string) {
	b.t.Helper()
	entries, _, err := b.book.Trail(b.t.Context(), b.session())
	must(b.t, err)
	for _, e := range entries {
		acts = append(acts, string(e.Role)+" "+string(e.Act)+" "+e.Object)
	}
	return acts
}

// Everything that a lead does in the first minutes goes by forms alone, in every language of the site.
func TestByFormsAlone(t *testing.T) {
	h := open(t)
	link, _, err := h.book.InviteByServer(t.Context(), organiser.Home, organiser.Lead, false)
	must(t, err)
	rowan := &browser{house: h, name: "Rowan"}
	if w := rowan.ask("GET", organiser.JoinPath+link.Text(), nil); w.Code != 200 || strings.Contains(w.Body.String(), "ead") && strings.Contains(w.Body.String(), "home") {
		t.Errorf("the link tells whoever opens it: %d %s", w.Code, w.Body)
	}
	page := rowan.join(organiser.JoinPath + link.Text())
	codes := regexp.MustCompile(`[a-z2-7]{4}(?:-[a-z2-7]{4}){3}`).FindAllString(page, -1)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	if w := rowan.ask("GET", Root, nil); w.Header().Get("Location") != Root+"/" {
		t.Errorf("%s: %d %v", Root, w.Code, w.Header())
	}
	for _, path := range []string{"/", "/people", "/proposals", "/trail", "/sessions"} {
		for _, tag := range h.desk.Catalog.Tags() {
			if page := rowan.sees(Root + path + "?lang=" + string(tag)); !strings.Contains(page, `lang="`+string(tag)+`" dir="`+lang.Dir(tag)+`"`) || strings.Contains(page, "desk.") && strings.Contains(page, ">desk.") {
				t.Errorf("%s in %s", path, tag)
			}
		}
	}
	if page := rowan.sees(Root + "/"); !strings.Contains(page, `<html lang="ru"`) && !strings.Contains(page, `<html lang="`+string(h.desk.Catalog.Tags()[len(h.desk.Catalog.Tags())-1])+`"`) {
		t.Error("the language that was chosen is forgotten")
	}
	rowan.sees(Root + "/?lang=en")

	// Whoever has just joined has proven who they are; five minutes later a grave act asks, and then goes back to what was wanted.
	rowan.sees(Root + "/invite")
	h.now = h.now.Add(5 * time.Minute)
	w := rowan.ask("GET", Root+"/invite", nil)
	if at := w.Header().Get("Location"); w.Code != 303 || at != Root+"/prove?back=%2Fdesk%2Finvite" {
		t.Fatalf("%d %s", w.Code, at)
	}
	if page := rowan.sees(w.Header().Get("Location")); hidden(page, "back") != Root+"/invite" {
		t.Errorf("back to %q", hidden(page, "back"))
	}
	h.now = h.now.Add(time.Minute)
	w = rowan.ask("POST", Root+"/prove", url.Values{"password": {password}, "code": {codes[0]}, "back": {Root + "/invite"}})
	if w.Code != 303 || w.Header().Get("Location") != Root+"/invite" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	w = rowan.ask("POST", Root+"/invite", url.Values{})
	if w.Code != 422 || !strings.Contains(w.Body.String(), "Error: ") || !strings.Contains(w.Body.String(), `href="#role"`) {
		t.Errorf("no role: %d %s", w.Code, w.Body)
	}
	w = rowan.ask("POST", Root+"/invite", url.Values{"role": {"editor"}})
	m := regexp.MustCompile(`https://letters\.example(/desk/join/[A-Za-z0-9_-]{43})`).FindStringSubmatch(w.Body.String())
	if w.Code != 200 || m == nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	ash := &browser{house: h, name: "Ash"}
	ash.join(m[1])
	rowan.prove()
	people := rowan.sees(Root + "/people")
	id := ash.session().Organiser.ID
	if !strings.Contains(people, "Ash") || !strings.Contains(people, Root+"/people/"+id) {
		t.Errorf("%s", people)
	}
	if w := rowan.ask("POST", Root+"/people/"+id, url.Values{"act": {"change"}, "role": {"translator"}, "place": {"abroad"}}); w.Code != 303 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if ash.session().Role != organiser.Translator {
		t.Error("the role is the old one")
	}

	// One's own ways: another password, another authenticator, other codes.
	w = rowan.ask("POST", Root+"/ways/password", url.Values{"password": {"short"}})
	if w.Code != 422 || !strings.Contains(w.Body.String(), `href="#password"`) || strings.Contains(w.Body.String(), `value="short"`) {
		t.Errorf("a short password: %d %s", w.Code, w.Body)
	}
	was := rowan.cookie
	if w := rowan.ask("POST", Root+"/ways/password", url.Values{"password": {password}}); w.Code != 200 || rowan.cookie == was {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	page = rowan.sees(Root + "/ways/authenticator")
	rowan.secret = strings.ReplaceAll(regexp.MustCompile(`class="secret" dir="ltr">([A-Z2-7 ]+)<`).FindStringSubmatch(page)[1], " ", "")
	if w := rowan.ask("POST", Root+"/ways/authenticator", url.Values{"carried": {hidden(page, "carried")}, "code": {rowan.code()}}); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ash.ask("POST", Root+"/ways/authenticator", url.Values{"carried": {hidden(page, "carried")}, "code": {rowan.code()}}); w.Code != 422 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	rowan.prove()
	if w := rowan.ask("POST", Root+"/ways/codes", nil); w.Code != 200 || strings.Contains(w.Body.String(), codes[1]) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if page := rowan.sees(Root + "/sessions"); strings.Count(page, `name="id"`) != 1 {
		t.Errorf("%s", page)
	}
	if w := rowan.ask("POST", Root+"/out", nil); w.Code != 303 || rowan.cookie != "" {
		t.Errorf("%d, cookie %q", w.Code, rowan.cookie)
	}
	h.now = h.now.Add(time.Minute)
	if w := rowan.signIn(""); w.Code != 303 || w.Header().Get("Location") != Root+"/" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, want := range []string{"server invite lead", "lead enter joined", "lead prove recovery", "lead invite editor", "editor enter joined", "lead people translator", "lead own password", "lead own authenticator", "lead own recovery", "lead leave ", "lead enter code"} {
		if !slices.Contains(rowan.trail(), want) {
			t.Errorf("the trail has no %q: %q", want, rowan.trail())
		}
	}
	if page := rowan.sees(Root + "/trail"); strings.Contains(page, "Rowan") || strings.Contains(page, "Ash") || !strings.Contains(page, "Translator") || strings.Contains(page, "Somebody has changed") {
		t.Errorf("%s", page)
	}
	for _, secret := range []string{"Rowan", "Ash", rowan.cookie, password, rowan.secret, codes[0], link.Text()} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}
