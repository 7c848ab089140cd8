// Package desktest is a desk for tests of the pages that hang in it: a house with a book of organisers, a desk behind the shield, and browsers of people who have joined
// by its own forms.
//
//	h := desktest.Open(t)
//	campaign.Hang(h.Desk, campaign.Config{…})
//	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
//	page := rowan.Sees("/desk/c/anna")
//	rowan.Prove()                                       // five minutes of grave acts
//	w := rowan.Ask("POST", "/desk/c/anna/publish", nil) // Desk.Do answers 303 to a page that says what became of it
//	page = rowan.Does("/desk/c/anna/publish", nil)      // the same, and that page
package desktest

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
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
	"outcry/internal/outlet/desk"
	"outcry/locales"
)

// Password is everybody's.
const Password = "four words or five"

// House is a desk on 1 March 2026, half past nine, whose clock a test moves.
type House struct {
	T       testing.TB
	DB      *db.DB
	Book    *organiser.Book
	Desk    *desk.Desk
	Catalog *lang.Catalog
	Unlock  *seal.Unlock
	Mux     *web.Mux
	Handler http.Handler // the mux behind the shield
	Now     time.Time
	Log     *bytes.Buffer
	// Known are the slugs of all cases that there are; a test adds its own.
	Known []string
}

// Open makes a house on SQLite.
func Open(t testing.TB) *House {
	t.Helper()
	return On(t, dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}))
}

// On makes a house on a database, such as each of dbtest.Each.
func On(t testing.TB, d *db.DB) *House {
	t.Helper()
	h := &House{T: t, DB: d, Now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), Log: &bytes.Buffer{}}
	var err error
	h.Unlock, err = seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	h.must(err)
	h.Catalog, err = lang.Load(locales.FS)
	h.must(err)
	h.Book = organiser.NewBook(organiser.Config{DB: d, Unlock: h.Unlock, Now: func() time.Time { return h.Now }, Hardness: seal.Hardness{KiB: 8, Passes: 1},
		Known: func(context.Context) ([]string, error) { return h.Known, nil }})
	h.Mux = &web.Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.NewTextHandler(h.Log, nil)), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		web.WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}}
	h.Desk = desk.New(desk.Config{Book: h.Book, Catalog: h.Catalog, URL: "https://letters.example", Tongue: func(r *http.Request) lang.Tag {
		if l := lang.Tag(r.URL.Query().Get("lang")); h.Catalog.Has(l) {
			return l
		}
		return "en"
	}}, h.Mux)
	h.Handler, err = web.Shield(h.Mux)
	h.must(err)
	return h
}

func (h *House) must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

// Run carries out what is due, as the program does each second.
func (h *House) Run() {
	h.T.Helper()
	h.must(h.Desk.Run(h.T.Context()))
}

// Browser is somebody's: it keeps the one cookie, and sends it to the desk alone.
type Browser struct {
	*House
	Name           string
	cookie, secret string
}

// Nobody is a browser without a session.
func (h *House) Nobody() *Browser { return &Browser{House: h} }

var secretForm = regexp.MustCompile(`class="secret" dir="ltr">([A-Z2-7 ]+)<`)

// Joins has somebody walk through an invitation to a committee, which is made if there is none. They are inside the country, at a phone, and have proven nothing lately.
func (h *House) Joins(committee, name string, r organiser.Role) *Browser {
	h.T.Helper()
	return h.JoinsAt(committee, name, r, organiser.Inside)
}

// JoinsAt is Joins at a place.
func (h *House) JoinsAt(committee, name string, r organiser.Role, place organiser.Place) *Browser {
	h.T.Helper()
	t, _, err := h.Book.InviteByServer(h.T.Context(), committee, r, true)
	h.must(err)
	b, path := &Browser{House: h, Name: name}, organiser.JoinPath+t.Text()
	w := b.Ask("POST", path, url.Values{"lang": {"en"}})
	m := secretForm.FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || m == nil {
		h.T.Fatalf("%d %s", w.Code, w.Body)
	}
	b.secret = strings.ReplaceAll(m[1], " ", "")
	w = b.Ask("POST", path, url.Values{"lang": {"en"}, "act": {"join"}, "name": {name}, "place": {string(place)}, "password": {Password},
		"carried": {Hidden(w.Body.String(), "carried")}, "code": {b.code()}, "device": {"phone"}})
	if w.Code != http.StatusOK || b.cookie == "" {
		h.T.Fatalf("%d %s", w.Code, w.Body)
	}
	h.Now = h.Now.Add(6 * time.Minute) // joining was a proof
	return b
}

func (b *Browser) code() string {
	c, err := totp.GenerateCode(b.secret, b.Now)
	b.must(err)
	return c
}

// Code is what their authenticator says now.
func (b *Browser) Code() string { return b.code() }

// Cookie is what the browser holds, and Plant puts another one in its place: somebody's who took it, or who left it there.
func (b *Browser) Cookie() string      { return b.cookie }
func (b *Browser) Plant(cookie string) { b.cookie = cookie }

// Ask sends a request, a form where it is a POST; head are more of its headers, in pairs.
func (b *Browser) Ask(method, path string, form url.Values, head ...string) *httptest.ResponseRecorder {
	b.T.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.Send(r, head...)
}

// Send sends a request as the browser would, such as one with a file.
func (b *Browser) Send(r *http.Request, head ...string) *httptest.ResponseRecorder {
	b.T.Helper()
	if b.cookie != "" && strings.HasPrefix(r.URL.Path, desk.Root+"/") {
		r.AddCookie(&http.Cookie{Name: desk.Cookie, Value: b.cookie})
	}
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	b.Handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookie = c.Value
	}
	return w
}

// Sees is a page that answers.
func (b *Browser) Sees(path string) string {
	b.T.Helper()
	w := b.Ask("GET", path, nil)
	if w.Code != http.StatusOK {
		b.T.Fatalf("GET %s: %d %s %s", path, w.Code, w.Header().Get("Location"), w.Body)
	}
	return w.Body.String()
}

// Does sends a form, and is the page that it leads to: the answer itself, or where it sends the browser on.
func (b *Browser) Does(path string, form url.Values) string {
	b.T.Helper()
	w := b.Ask("POST", path, form)
	switch {
	case w.Code == http.StatusSeeOther && !strings.HasPrefix(w.Header().Get("Location"), desk.Root+"/prove"):
		return b.Sees(w.Header().Get("Location"))
	case w.Code != http.StatusOK:
		b.T.Fatalf("POST %s: %d %s %s", path, w.Code, w.Header().Get("Location"), w.Body)
	}
	return w.Body.String()
}

// SignIn signs in anew, and is the answer.
func (b *Browser) SignIn(committee string) *httptest.ResponseRecorder {
	b.T.Helper()
	b.House.Now = b.House.Now.Add(time.Minute)
	return b.Ask("POST", desk.Root+"/in", url.Values{"committee": {committee}, "name": {b.Name}, "password": {Password}, "code": {b.code()}, "device": {"computer"}})
}

// Prove makes the session fresh for five minutes. It takes a minute of the house's clock.
func (b *Browser) Prove() {
	b.T.Helper()
	b.House.Now = b.House.Now.Add(time.Minute)
	if w := b.Ask("POST", desk.Root+"/prove", url.Values{"password": {Password}, "code": {b.code()}}); w.Code != http.StatusSeeOther {
		b.T.Fatalf("%d %s", w.Code, w.Body)
	}
}

// Session is who the browser is to the book.
func (b *Browser) Session() organiser.Session {
	b.T.Helper()
	t, _ := organiser.ParseToken(b.cookie)
	s, err := b.Book.Session(b.T.Context(), t)
	b.must(err)
	return s
}

// Trail is the committee's, as "role act object"; it has to be whole.
func (b *Browser) Trail() (acts []string) {
	b.T.Helper()
	entries, _, err := b.Book.Trail(b.T.Context(), b.Session())
	b.must(err)
	for _, e := range entries {
		acts = append(acts, string(e.Role)+" "+string(e.Act)+" "+e.Object)
	}
	return acts
}

// Hidden is the value of a hidden field of a page; empty if it has none.
func Hidden(page, name string) string {
	m := regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}
