package letter_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
)

// typed sends a form, given as names and values, as a browser on the site would.
func typed(h http.Handler, path string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// The mailed link opens a page that says nothing; its button one that says what it is; only the next one acts, and the one after takes it back.
func TestNotMePages(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		_, m := s.Mailed(t, "anna@example.org")
		h, token, p := served(t, s, nil), lettertest.NeverToken(m), s.Words.Printer("en")
		before := tables(t, s)
		pages := map[string]*httptest.ResponseRecorder{
			"":    get(h, "/not-me?lang=en&t="+token),
			"ask": typed(h, "/not-me", "lang", "en", "t", token, "step", "ask"),
			"no":  typed(h, "/not-me", "lang", "en", "t", token),
		}
		for range 3 { // a scanner opens and posts it as often as it likes
			get(h, "/not-me?lang=en&t="+token)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("something was written before the second button: ", diff)
		}
		// What the first page says does not hang on the token: it is not even read.
		if other := get(h, "/not-me?lang=en&t=nonsense"); strings.ReplaceAll(other.Body.String(), "nonsense", token) != pages[""].Body.String() {
			t.Error("the first page reads the token")
		}
		pages["never"] = typed(h, "/not-me", "lang", "en", "t", token, "step", "never")
		if number(t, s, "SELECT count(*) FROM letter_suppressed") != 1 {
			t.Fatal("the second button did nothing")
		}
		typed(h, "/not-me", "lang", "en", "t", token, "step", "never") // pressed twice
		if number(t, s, "SELECT count(*) FROM letter_suppressed") != 1 {
			t.Fatal("twice is not once")
		}
		pages["again"] = typed(h, "/not-me", "lang", "en", "t", token, "step", "again")
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("taking it back has left something: ", diff)
		}
		for step, key := range map[string]string{"": "link.title", "ask": "not_me.title", "no": "not_me.title", "never": "not_me.done_title", "again": "not_me.again_title"} {
			a := pages[step]
			if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "<h1>"+p.T(key)+"</h1>") {
				t.Errorf("step %q answers %d without %q", step, a.Code, p.T(key))
			}
			if a.Header().Get("Cache-Control") != "no-store" || a.Header().Get("Referrer-Policy") != "strict-origin" || !strings.Contains(a.Header().Get("X-Robots-Tag"), "noindex") {
				t.Errorf("step %q may be kept: %v", step, a.Header())
			}
			for _, word := range []string{"orlov", "botanist", "committee", "petition", "anna@", lettertest.Slug + "\"", "sign this"} {
				if strings.Contains(strings.ToLower(a.Body.String()), word) {
					t.Errorf("step %q tells %q to a gateway", step, word)
				}
			}
		}
		for _, step := range []string{"ask", "never", "again"} {
			if a := typed(h, "/not-me", "lang", "en", "t", "nonsense", "step", step); a.Code != http.StatusGone {
				t.Errorf("step %s with nonsense answers %d", step, a.Code)
			}
		}
	})
}

// Who wants no more mail gets none: not to sign, not to leave, not for news, nor what waits already. It can be taken back.
func TestNeverAgain(t *testing.T) {
	const address = "anna@example.org"
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		s.Book.News = &recorder{}
		boris := s.Sign(t, "boris@example.org")
		page, m := s.Mailed(t, address)
		token := lettertest.NeverToken(m)
		askAll := func() {
			t.Helper()
			s.Ask(t, "ANNA+more@example.org") // the same mailbox
			_, err := s.Book.BeginLeaving(t.Context(), lettertest.Case, lettertest.Slug, address, "en")
			lettertest.Must(t, err)
			_, err = s.Book.BeginFollowing(t.Context(), boris.Secret, address, "en")
			lettertest.Must(t, err)
		}
		come := func(what string, want int) {
			t.Helper()
			before := len(s.Mailbox.All())
			s.Post(t)
			if got := len(s.Mailbox.All()) - before; got != want {
				t.Fatalf("%s: %d mails, want %d", what, got, want)
			}
			if c, err := s.Jobs.Count(t.Context()); err != nil || c.Waiting+c.Dead != 0 {
				t.Fatalf("%s: %+v is left", what, c)
			}
		}
		askAll() // these wait
		lettertest.Must(t, s.Book.Never(t.Context(), token, false))
		come("what waits", 0)
		askAll()
		come("what is asked later", 0)
		s.Ask(t, "vera@example.org")
		come("another address", 1)

		// What came before still serves: who holds the mailbox decides.
		counted, err := s.Book.ConfirmCode(t.Context(), page.Token, lettertest.Code(m))
		lettertest.Must(t, err)
		mine(t, s, counted)
		lettertest.Must(t, s.Book.NotMe(t.Context(), token))
		lettertest.Must(t, s.Book.Never(t.Context(), token, true))
		lettertest.Must(t, s.Book.Never(t.Context(), token, true))
		askAll()
		come("taken back", 3)
		if rows := strings.Join(of("letter_suppressed", tables(t, s)), ""); rows != "" {
			t.Fatal("a row is left")
		}
	})
}

// The mark is of one letter, and a token of one address: nothing else is silenced by it.
func TestNeverIsOfOneLetter(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		_, m := s.Mailed(t, "anna@example.org")
		first := s.Letter
		s.Letter = s.Apply(t, edited(func(f *letter.File) { f.Slug = "other" }))
		lettertest.Must(t, s.Book.Never(t.Context(), lettertest.NeverToken(m), false))
		_, other := s.Mailed(t, "anna@example.org") // fails if no mail comes
		if number(t, s, "SELECT count(*) FROM letter_suppressed WHERE letter = $1", first.ID[:]) != 1 {
			t.Fatal("another letter's row")
		}
		lettertest.Must(t, s.Book.Never(t.Context(), lettertest.NeverToken(other), false))
		if number(t, s, "SELECT count(DISTINCT tag) FROM letter_suppressed") != 2 {
			t.Fatal("one address has one mark in two letters")
		}
		// Of a letter that is closed nothing more is marked, and the link says no more than an old one.
		exec(t, s, "UPDATE letter SET state = 'closing' WHERE id = $1", first.ID[:])
		refused(t, s.Book.Never(t.Context(), lettertest.NeverToken(m), true), fault.Gone, "fault.token.link_expired")
		lettertest.Must(t, s.Book.Load(t.Context()))
		refused(t, s.Book.NotMe(t.Context(), lettertest.NeverToken(m)), fault.Gone, "fault.token.link_expired")
		if number(t, s, "SELECT count(*) FROM letter_suppressed") != 2 {
			t.Fatal("changed after all")
		}
	})
}

func TestNeverTokens(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		w, m := s.Mailed(t, "anna@example.org")
		token := lettertest.NeverToken(m)
		before := tables(t, s)
		raw, err := base64.RawURLEncoding.DecodeString(token)
		lettertest.Must(t, err)
		for i := range raw {
			raw[i] ^= 1
			refused(t, s.Book.Never(t.Context(), base64.RawURLEncoding.EncodeToString(raw), false), fault.Gone, "fault.token.link_expired")
			raw[i] ^= 1
		}
		for _, wrong := range []string{"", "A", token[:len(token)/2], token + "AAAA", strings.Repeat("A", 1<<16), w.Token, lettertest.Token(m)} {
			refused(t, s.Book.NotMe(t.Context(), wrong), fault.Gone, "fault.token.link_expired")
			refused(t, s.Book.Never(t.Context(), wrong, false), fault.Gone, "fault.token.link_expired")
			refused(t, s.Book.Never(t.Context(), wrong, true), fault.Gone, "fault.token.link_expired")
		}
		s.Clock.Add(71 * time.Hour)
		lettertest.Must(t, s.Book.NotMe(t.Context(), token))
		s.Clock.Add(26 * time.Hour) // the key of its day is gone
		refused(t, s.Book.Never(t.Context(), token, false), fault.Gone, "fault.token.link_expired")
		after := tables(t, s)
		if len(of("letter_suppressed", after)) != 0 || len(of("letter_signature", after)) != len(of("letter_signature", before)) {
			t.Fatal("something was written")
		}
	})
}
