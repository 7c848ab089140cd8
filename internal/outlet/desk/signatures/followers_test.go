package signatures_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/db"
	"outcry/internal/outlet/desk/desktest"
)

// A key is taken once somebody has opened what was sealed to it; not by a wrong word, an old one, or the same twice.
func TestKeyDrill(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		to, key := keys(t)
		has(t, lead.Sees(followers), "There is none yet", "Set the committee’s key")
		f.proven(lead)
		has(t, lead.Sees(followers+"/key"), "outcry key new committee.key")
		const secret = "AGE-SECRET-KEY-PQ-1QQQSECRETQQQ"
		for typed, words := range map[string]string{"": "not the public half", "age1pq1nonsense": "not the public half", secret: "must never be here"} {
			w := lead.Ask("POST", followers+"/key", url.Values{"recipient": {typed}})
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), words) || strings.Contains(w.Body.String(), "SECRETQQQ") {
				t.Errorf("%q: %d %s", typed, w.Code, w.Body)
			}
		}
		if w := lead.Ask("POST", followers+"/key/answer", url.Values{"word": {"x"}}); w.Code != http.StatusGone {
			t.Errorf("no drill: %d", w.Code)
		}
		page := lead.Does(followers+"/key", url.Values{"recipient": {"  news_recipient: " + to + "\n"}})
		has(t, page, news.Fingerprint(to), "drill.sealed", "outcry sealed news v1 orlov")
		w := lead.Ask("GET", followers+"/key/drill.sealed", nil)
		if w.Code != 200 || w.Header().Get("Content-Disposition") != `attachment; filename="drill.sealed"` || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		word := wordIn(t, w.Body.Bytes(), key)
		if strings.Contains(page, word) {
			t.Fatal("the page says the word")
		}
		for _, wrong := range []string{"", "aaaa-bbbb-cccc-dddd", word[1:]} {
			w := lead.Ask("POST", followers+"/key/answer", url.Values{"word": {wrong}})
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#word"`) {
				t.Errorf("%q: %d", wrong, w.Code)
			}
		}
		if f.news.Offered(lettertest.Case) {
			t.Fatal("addresses are taken before the key is proven")
		}
		f.later(25 * time.Hour) // expired
		lead.SignIn(organiser.Home)
		f.proven(lead)
		if w := lead.Ask("POST", followers+"/key/answer", url.Values{"word": {word}}); w.Code != http.StatusGone || f.news.Offered(lettertest.Case) {
			t.Fatalf("a day later: %d", w.Code)
		}
		lead.Does(followers+"/key", url.Values{"recipient": {to}})
		word2 := wordIn(t, lead.Ask("GET", followers+"/key/drill.sealed", nil).Body.Bytes(), key)
		if w := lead.Ask("POST", followers+"/key/answer", url.Values{"word": {word}}); w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("the word of the drill before: %d", w.Code)
		}
		has(t, lead.Does(followers+"/key/answer", url.Values{"word": {strings.ToUpper(word2)}}), "Done")
		if !f.news.Offered(lettertest.Case) || f.file.Campaign.NewsRecipient != to {
			t.Fatal("it is not taken")
		}
		if w := lead.Ask("POST", followers+"/key/answer", url.Values{"word": {word2}}); w.Code != http.StatusGone { // pressed twice
			t.Errorf("replayed: %d", w.Code)
		}
		has(t, lead.Sees(followers), news.Fingerprint(to), "Take another key")
		has(t, strings.Join(lead.Trail(), "\n"), "lead key orlov/drill", "lead key orlov")
	})
}

// From the third organiser on somebody else approves the key, having seen its fingerprint. One that is proven and refused can be proposed again without another drill.
func TestKeyByTwo(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		rowan := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		elm := f.Joins(organiser.Home, "Elm", organiser.Lead)
		f.Joins(organiser.Home, "Ash", organiser.Reader)
		to, key := keys(t)
		f.proven(rowan)
		rowan.Does(followers+"/key", url.Values{"recipient": {to}})
		word := wordIn(t, rowan.Ask("GET", followers+"/key/drill.sealed", nil).Body.Bytes(), key)
		page := rowan.Does(followers+"/key/answer", url.Values{"word": {word}})
		id := regexp.MustCompile(`action="/desk/proposals/([0-9a-f]+)"`).FindStringSubmatch(page)
		if id == nil || f.news.Offered(lettertest.Case) {
			t.Fatal("one alone took a key", page)
		}
		f.proven(elm)
		has(t, elm.Sees("/desk/proposals/"+id[1]), news.Fingerprint(to))
		elm.Ask("POST", "/desk/proposals/"+id[1], url.Values{"act": {"refuse"}})
		f.proven(rowan)
		has(t, rowan.Sees(followers+"/key"), "has passed its test", news.Fingerprint(to))
		another, _ := keys(t)
		if w := rowan.Ask("POST", followers+"/key/use", url.Values{"fingerprint": {news.Fingerprint(another)}}); w.Code != http.StatusForbidden {
			t.Errorf("one that has passed no drill: %d", w.Code)
		}
		page = rowan.Does(followers+"/key/use", url.Values{"fingerprint": {news.Fingerprint(to)}})
		id = regexp.MustCompile(`action="/desk/proposals/([0-9a-f]+)"`).FindStringSubmatch(page)
		f.proven(elm)
		has(t, elm.Does("/desk/proposals/"+id[1], url.Values{"act": {"approve"}}), "Done")
		if f.file.Campaign.NewsRecipient != to {
			t.Fatal("approved and not taken")
		}
	})
}

// The list goes out once, to who asked, locked: what is opened elsewhere is what followers gave, and the server's answer and disk show nothing of it.
func TestExport(t *testing.T) {
	addresses := []string{"Anna.Canary@example.org", "boris+canary@example.net", "вера.канарейка@example.org"}
	onFloor(t, func(t *testing.T, f *floor) {
		rowan := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		elm := f.Joins(organiser.Home, "Elm", organiser.Lead)
		ash := f.Joins(organiser.Home, "Ash", organiser.Moderator)
		to, key := keys(t)
		f.file.Campaign.NewsRecipient = to
		f.proven(rowan)
		if w := rowan.Ask("POST", followers+"/export", nil); w.Code != http.StatusConflict {
			t.Errorf("an empty list: %d", w.Code)
		}
		for _, a := range addresses {
			f.follow(t, a)
		}
		f.proven(ash)
		if w := ash.Ask("POST", followers+"/export", nil); w.Code != http.StatusForbidden {
			t.Errorf("a moderator: %d", w.Code)
		}
		f.proven(rowan)
		page := rowan.Does(followers+"/export", nil)
		has(t, page, "Whoever asked for it can fetch it once, within 24 hours.</p>") // and no command is announced that isn't there
		id := regexp.MustCompile(`action="/desk/proposals/([0-9a-f]+)"`).FindStringSubmatch(page)
		if id == nil {
			t.Fatal("one alone got it", page)
		}
		hasNot(t, rowan.Sees(followers), "/fetch")
		f.proven(elm)
		elm.Does("/desk/proposals/"+id[1], url.Values{"act": {"approve"}})
		hasNot(t, elm.Sees(followers), "/fetch") // it is Rowan's
		has(t, rowan.Sees("/desk/"), "The sealed list is ready")
		page = rowan.Sees(followers)
		ready := desktest.Hidden(page, "id")
		if w := elm.Ask("POST", followers+"/fetch", url.Values{"id": {ready}}); w.Code != http.StatusGone {
			t.Errorf("fetched by another: %d", w.Code)
		}
		f.proven(rowan)
		w := rowan.Ask("POST", followers+"/fetch", url.Values{"id": {ready}})
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/octet-stream" || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		opened := table(t, w.Body.Bytes(), key)
		for _, a := range addresses {
			if !strings.Contains(opened, `"`+a+`"`) {
				t.Errorf("%s is not on the list: %s", a, opened)
			}
			for _, form := range []string{a, strings.ToLower(a), url.QueryEscape(a), hex.EncodeToString([]byte(a)), base64.StdEncoding.EncodeToString([]byte(a))} {
				if strings.Contains(w.Body.String(), form) || strings.Contains(f.disk(t), form) || strings.Contains(f.Log.String(), form) {
					t.Errorf("%q is to be read outside of the box", form)
				}
			}
		}
		again := rowan.Ask("POST", followers+"/fetch", url.Values{"id": {ready}})
		if again.Code != http.StatusGone {
			t.Errorf("fetched twice: %d", again.Code)
		}
		hasNot(t, rowan.Sees(followers), "/fetch")
		trail := strings.Join(elm.Trail(), "\n")
		has(t, trail, "lead export proposed/orlov", "lead export orlov", "lead export orlov/fetched")
	})
}

// disk is every column of every table, as text.
func (f *floor) disk(t *testing.T) string {
	t.Helper()
	columns := map[string][]string{}
	query := `SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid`
	if f.s.DB.Engine() == db.Postgres {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`
	}
	var all strings.Builder
	lettertest.Must(t, f.s.DB.View(t.Context(), func(tx *db.Tx) error {
		err := tx.Each(query, nil, func(scan func(...any) error) error {
			var table, column string
			err := scan(&table, &column)
			columns[table] = append(columns[table], column)
			return err
		})
		for table, names := range columns {
			if err != nil {
				return err
			}
			err = tx.Each("SELECT * FROM "+table, nil, func(scan func(...any) error) error {
				values, to := make([]any, len(names)), make([]any, len(names))
				for i := range values {
					to[i] = &values[i]
				}
				err := scan(to...)
				for _, v := range values {
					if raw, ok := v.([]byte); ok {
						v = string(raw)
					}
					fmt.Fprintln(&all, v)
				}
				return err
			})
		}
		return err
	}))
	return all.String()
}

// A campaign that is not published yet can have its key drilled; it is told that the key waits.
func TestKeyBeforePublishing(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		f.file = nil
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		to, key := keys(t)
		f.proven(lead)
		lead.Does(followers+"/key", url.Values{"recipient": {to}})
		word := wordIn(t, lead.Ask("GET", followers+"/key/drill.sealed", nil).Body.Bytes(), key)
		lead.Does(followers+"/key/answer", url.Values{"word": {word}})
		has(t, lead.Sees(followers), "once the page is published", news.Fingerprint(to))
	})
}

// Every page speaks every language, with no key in the place of words.
func TestInEveryLanguage(t *testing.T) {
	onFloor(t, func(t *testing.T, f *floor) {
		signed := f.crowd(t)
		locks := f.shows(t, signed, "Anna Orlova")
		lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
		to, _ := keys(t)
		f.file.Campaign.NewsRecipient = to
		f.follow(t, "anna.canary@example.org")
		f.proven(lead)
		lead.Does(ofLetter+"/remove", looked(lead.Does(ofLetter+"/remove", rule("A program signed"))))
		lead.Does(followers+"/key", url.Values{"recipient": {to}})
		lead.Does(followers+"/export", nil)
		for _, tag := range f.Catalog.Tags() {
			for _, path := range []string{home, ofLetter + "/remove", ofLetter + "/names", ofLetter + "/names?q=nobody", ofLetter + "/names/" + locks[0], ofLetter + "/report", followers, followers + "/key", "/desk/"} {
				page := lead.Sees(path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + string(tag))
				if m := regexp.MustCompile(`>\s*((?:desk|fault|count|case)\.[a-z_.]+)\s*<`).FindStringSubmatch(page); m != nil {
					t.Errorf("%s in %s says %s", path, tag, m[1])
				}
				if !strings.Contains(page, `lang="`+string(tag)+`"`) {
					t.Errorf("%s is not in %s", path, tag)
				}
			}
		}
	})
}

// Over a slow line a list is whole, though it takes longer than a page may: it goes out once.
func TestFetchIsSlow(t *testing.T) {
	f := open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}, lettertest.Options{})
	f.Now = time.Now() // deadlines are a real clock's
	lead := f.Joins(organiser.Home, "Rowan", organiser.Lead)
	to, _ := keys(t)
	f.file.Campaign.NewsRecipient = to
	const rows = 3000 // more than the line's buffers take
	f.follow(t, "anna@example.org")
	lettertest.Must(t, f.s.DB.Update(t.Context(), func(tx *db.Tx) error {
		for i := range rows {
			if _, err := tx.Exec("INSERT INTO news (id, casefile, sealed, unsub_hash) SELECT $1, casefile, sealed, $1 FROM news WHERE length(id) = 16 LIMIT 1", fmt.Appendf(nil, "row %8d", i)); err != nil {
				return err
			}
		}
		return nil
	}))
	lettertest.Must(t, f.news.MakeReady(t.Context(), "ready", lettertest.Case, lead.Session().Organiser.ID))
	f.proven(lead)
	real, cookie := f.Handler, ""
	f.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { cookie = r.Header.Get("Cookie") })
	lead.Ask("GET", "/desk/", nil)
	f.Handler = real
	server := httptest.NewUnstartedServer(real)
	server.Config.WriteTimeout = 300 * time.Millisecond
	server.Start()
	defer server.Close()
	r, err := http.NewRequest("POST", server.URL+followers+"/fetch", strings.NewReader(url.Values{"id": {"ready"}}.Encode()))
	lettertest.Must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	answer, err := server.Client().Do(r)
	lettertest.Must(t, err)
	defer answer.Body.Close()
	time.Sleep(time.Second)
	all, err := io.ReadAll(answer.Body)
	if answer.StatusCode != 200 || err != nil || !strings.HasSuffix(string(all), fmt.Sprintf("\nend %d\n", rows+1)) {
		t.Fatalf("%d, %d bytes: %v", answer.StatusCode, len(all), err)
	}
}
