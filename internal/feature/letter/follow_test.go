package letter_test

import (
	"bytes"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
	"outcry/test/peers"
)

// recorder offers news and keeps nothing.
type recorder struct{ rows int }

func (*recorder) Offered(string) bool { return true }
func (*recorder) Seal(string, letter.Address, lang.Tag, []byte) ([]byte, string, error) {
	return []byte("row"), lettertest.URL + "/news/stop", nil
}
func (r *recorder) Add(*db.Tx, []byte) error         { r.rows++; return nil }
func (r *recorder) Has(*db.Tx, []byte) (bool, error) { return r.rows > 0, nil }

// offering gives a site real news, sealed to a key of the organisers.
func offering(t testing.TB, s *lettertest.Site) (*news.Book, seal.Identity) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	to, err := seal.NewIdentityFile(path, s.Now())
	lettertest.Must(t, err)
	key, err := seal.ReadIdentityFile(path)
	lettertest.Must(t, err)
	b := news.NewBook(news.Config{DB: s.DB, Log: s.Log, MailURL: lettertest.MailURL, Case: func(slug string) (*casefile.File, error) {
		f := &casefile.File{}
		f.Case.Slug, f.Campaign.NewsRecipient = slug, to.String()
		return f, nil
	}})
	s.Book.News = b
	return b, key
}

// following asks for news behind a private link, and reads the mailed code.
func following(t testing.TB, s *lettertest.Site, c letter.Counted, address string) (w letter.Waiting, code string) {
	t.Helper()
	w, err := s.Book.BeginFollowing(t.Context(), c.Secret, address, "ru")
	lettertest.Must(t, err)
	s.Post(t)
	m := s.Mailbox.Last(address)
	if m == nil || lettertest.Link(m) != "" || m.Lang != "ru" {
		t.Fatal("no mail, one with a link, or in another language")
	}
	return w, lettertest.Code(m)
}

// The address comes to the organisers as it was typed, once for one code, and is readable to nobody else.
func TestFollow(t *testing.T) {
	const address = "Other.Mailbox@example.net"
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		b, key := offering(t, s)
		c := s.Sign(t, "anna@example.org")
		signed := of("letter_signature", tables(t, s))
		w, code := following(t, s, c, address)
		if len(of("news", tables(t, s))) != 0 {
			t.Fatal("an address is kept before its code")
		}
		for _, wrong := range []string{"0000-0000", lettertest.Code(s.Mailbox.Last("anna@example.org"))} {
			_, err := s.Book.FollowNews(t.Context(), w.Token, wrong)
			refused(t, err, fault.Invalid, "fault.code.wrong")
		}
		_, err := s.Book.FollowNews(t.Context(), w.Token, "")
		refused(t, err, fault.Invalid, "fault.code.missing")
		f, err := s.Book.FollowNews(t.Context(), w.Token, code)
		lettertest.Must(t, err)
		stop, ok := strings.CutPrefix(f.Stop, lettertest.MailURL+"/news/")
		if !ok || f.Letter.ID != s.Letter.ID {
			t.Fatalf("the page that ends it is %q", f.Stop)
		}
		for range 2 { // an answer may be lost: the same page is told the same, by another process too
			again, err := s.Book.FollowNews(t.Context(), w.Token, code)
			if lettertest.Must(t, err); again != f {
				t.Fatalf("told again it is %q, at first %q", again.Stop, f.Stop)
			}
			s.Clock.Add(time.Minute)
		}
		if n := number(t, s, "SELECT count(*) FROM news"); n != 1 {
			t.Fatalf("%d rows", n)
		}
		if got := of("letter_signature", tables(t, s)); strings.Join(got, "") != strings.Join(signed, "") {
			t.Fatal("the signature knows of it")
		}

		var file, list bytes.Buffer
		_, err = b.Export(t.Context(), lettertest.Case, &file)
		lettertest.Must(t, err)
		opened, err := news.Open(&file, key)
		lettertest.Must(t, err)
		_, err = opened.CSV(&list)
		lettertest.Must(t, err)
		if opened.Addresses() != 1 || !strings.Contains(list.String(), address) || !strings.Contains(list.String(), `"ru"`) || !strings.Contains(list.String(), f.Stop) {
			t.Fatalf("the organisers read %s", list.String())
		}
		lettertest.Must(t, b.Stop(t.Context(), stop))
		if number(t, s, "SELECT count(*) FROM news") != 0 {
			t.Fatal("the link ends nothing")
		}
		_, err = s.Book.FollowNews(t.Context(), w.Token, code) // nor does the old page begin anything again
		refused(t, err, fault.Gone, "fault.code.used")
		if number(t, s, "SELECT count(*) FROM news") != 0 {
			t.Fatal("who has left is back")
		}
	})
}

// Neither row nor file holds the address in any shape, before and after the code.
func TestFollowerIsNotReadable(t *testing.T) {
	run := func(t *testing.T, c db.Config, folder string) {
		s := lettertest.Open(t, c, lettertest.Options{Budgets: generous()})
		offering(t, s)
		signed := s.Sign(t, "anna@example.org")
		hidden := newSearch([]string{"Follower.Kuzmina@quorum-news.example", "follower.kuzmina", "quorum-news.example"}, nil)
		public := newSearch([]string{lettertest.Contact}, nil)
		look := func(when string) {
			t.Helper()
			all := append([]byte(strings.Join(tables(t, s), "\n")), bytesUnder(t, folder)...)
			if len(public.in(all)) != 1 {
				t.Fatal("what is public is not found, so nothing would be")
			}
			for v, form := range hidden.in(all) {
				t.Errorf("%s: %q as %q", when, v, form)
			}
		}
		_, err := s.Book.BeginFollowing(t.Context(), signed.Secret, "Follower.Kuzmina@quorum-news.example", "en")
		lettertest.Must(t, err)
		look("asked")
		s.Post(t) // workers do two in any order
		w, code := following(t, s, signed, "Follower.Kuzmina@quorum-news.example")
		look("mailed")
		f, err := s.Book.FollowNews(t.Context(), w.Token, code)
		lettertest.Must(t, err)
		look("kept")
		token := f.Stop[strings.LastIndexByte(f.Stop, '/')+1:]
		if len(newSearch(nil, []string{token}).in([]byte(strings.Join(tables(t, s), "\n")))) != 0 {
			t.Error("the token that ends it is kept")
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		run(t, db.Config{File: filepath.Join(dir, "outcry.db")}, dir)
	})
	t.Run("postgres", func(t *testing.T) {
		dsn, dir := peers.Postgres(t)
		run(t, db.Config{URL: dsn}, dir)
	})
}

// Where the organisers gave no key nothing is taken, whoever asks; nor without a private link; nor from a key that was taken out meanwhile.
func TestFollowNotOffered(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		none := news.NewBook(news.Config{DB: s.DB, Case: func(string) (*casefile.File, error) { return &casefile.File{}, nil }})
		stranger, _ := letter.ParseSecret(strings.Repeat("A", 43))
		for name, n := range map[string]letter.News{"no news": nil, "no key": none} {
			s.Book.News = n
			if mine(t, s, c).News {
				t.Errorf("%s: offered", name)
			}
			_, err := s.Book.BeginFollowing(t.Context(), c.Secret, "anna@example.org", "en")
			refused(t, err, fault.Refused, "fault.news.none")
		}
		offering(t, s)
		if !mine(t, s, c).News {
			t.Error("not offered")
		}
		_, err := s.Book.BeginFollowing(t.Context(), stranger, "anna@example.org", "en")
		refused(t, err, fault.NotFound, "fault.link.none")
		_, err = s.Book.BeginFollowing(t.Context(), c.Secret, "anna@", "en")
		refused(t, err, fault.Invalid, "fault.email.incomplete")
		if number(t, s, "SELECT count(*) FROM job") != 0 {
			t.Fatal("what was refused sends mail")
		}
		w, code := following(t, s, c, "anna@example.org")
		s.Book.News = none
		_, err = s.Book.FollowNews(t.Context(), w.Token, code)
		refused(t, err, fault.Refused, "fault.news.none")
		if number(t, s, "SELECT count(*) FROM news") != 0 {
			t.Fatal("kept all the same")
		}
		offering(t, s)
		_, err = s.Book.FollowNews(t.Context(), w.Token, code)
		lettertest.Must(t, err) // a refusal has not used it up
	})
}

// After a letter is closed its pepper is gone, and its signers can still ask for news.
func TestFollowAfterClosing(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		offering(t, s)
		c := s.Sign(t, "anna@example.org")
		s.GrowAll(t)
		exec(t, s, "UPDATE letter SET state = 'closed'")
		lettertest.Must(t, s.Book.Load(t.Context()))
		w, code := following(t, s, c, "news@example.org")
		_, err := s.Book.FollowNews(t.Context(), w.Token, code)
		lettertest.Must(t, err)
		if number(t, s, "SELECT count(*) FROM news") != 1 {
			t.Fatal("not kept")
		}
	})
}

// The pages behind the private link: an address, the code, the link that ends it. None may be kept, and a page that expired leads back.
func TestFollowPages(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		b, _ := offering(t, s)
		c := s.Sign(t, "anna@example.org")
		h, p, path := served(t, s, nil), s.Words.Printer("en"), "/mine/"+c.Secret.Text()+"/news"
		says := func(a *httpAnswer, code int, words ...string) {
			t.Helper()
			if a.Code != code {
				t.Fatalf("answers %d, want %d: %.300s", a.Code, code, a.Body)
			}
			for _, w := range words {
				if !strings.Contains(a.Body.String(), w) {
					t.Errorf("lacks %q", w)
				}
			}
			if a.Header().Get("Cache-Control") != "no-store" || a.Header().Get("Referrer-Policy") != "strict-origin" {
				t.Errorf("may be kept, or sent on: %v", a.Header())
			}
		}
		says(typed(h, path, "lang", "en", "email", "nobody"), http.StatusUnprocessableEntity, p.T("fault.email.incomplete"), `value="nobody"`, p.T("mine.title"))
		asked := typed(h, path, "lang", "en", "email", "news@example.org")
		says(asked, http.StatusOK, p.T("follow.waiting_title"), "news@example.org")
		token := pageToken(t, asked)
		s.Post(t)
		code := lettertest.Code(s.Mailbox.Last("news@example.org"))
		says(typed(h, path, "lang", "en", "page", token, "code", "0000-0000"), http.StatusUnprocessableEntity, p.T("fault.code.wrong"), token)
		link := regexp.MustCompile(regexp.QuoteMeta(lettertest.MailURL) + "/news/([A-Za-z0-9_-]{43})")
		done := typed(h, path, "lang", "en", "page", token, "code", code)
		says(done, http.StatusOK, p.T("follow.done_title"))
		stop := link.FindStringSubmatch(done.Body.String())
		if stop == nil {
			t.Fatalf("no link that ends it: %.300s", done.Body)
		}
		says(typed(h, path, "lang", "en", "page", token, "code", code), http.StatusOK, p.T("follow.done_title"), stop[0])
		if number(t, s, "SELECT count(*) FROM news") != 1 {
			t.Fatal("not one row")
		}
		lettertest.Must(t, b.Stop(t.Context(), stop[1]))
		says(typed(h, path, "lang", "en", "page", token, "code", code), http.StatusGone, p.T("fault.code.used"))
		s.Clock.Add(73 * time.Hour)
		says(typed(h, path, "lang", "en", "page", token, "code", code), http.StatusGone, p.T("fault.token.expired"), p.T("mine.title"), `name="email"`)
		if number(t, s, "SELECT count(*) FROM news") != 0 {
			t.Fatal("who has left is back")
		}
	})
}
