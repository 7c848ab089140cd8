package letter_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter/lettertest"
)

type httpAnswer = httptest.ResponseRecorder

var (
	pageForm    = regexp.MustCompile(`name="page" value="([A-Za-z0-9_-]+)"`)
	privateLink = regexp.MustCompile(`/mine/[A-Za-z0-9_-]{43}\?lang=[a-z]+`)
	emptyField  = regexp.MustCompile(`<input[^>]*name="email"[^>]*>`)
)

// pageToken is what the waiting page carries.
func pageToken(t testing.TB, a *httpAnswer) string {
	t.Helper()
	m := pageForm.FindStringSubmatch(a.Body.String())
	if m == nil {
		t.Fatalf("%d: no waiting page: %.300s", a.Code, a.Body)
	}
	return m[1]
}

// The field that nobody sees: what fills it gets the page that everyone gets and leaves the row that everyone leaves, and no mail goes out. Nor is
// anything spent, so that a machine can't keep a person from asking.
func TestDecoy(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		h := served(t, s, nil)
		if page := get(h, "/en/"+lettertest.Case+"/"+lettertest.Slug); !strings.Contains(page.Body.String(), `name="website"`) || !strings.Contains(page.Body.String(), `tabindex="-1"`) {
			t.Fatal("the form has no such field")
		}
		before := tables(t, s)
		ask := func(website string) (page string, row job) {
			t.Helper()
			a := typed(h, "/sign", "lang", "en", "case", lettertest.Case, "letter", lettertest.Slug, "version", "1", "email", "anna@example.org", "website", website)
			if a.Code != http.StatusOK {
				t.Fatalf("answers %d", a.Code)
			}
			jobs := waitingJobs(t, s)
			if len(jobs) != 1 || len(tables(t, s)) != len(before)+1 {
				t.Fatalf("%d jobs", len(jobs))
			}
			return strings.ReplaceAll(a.Body.String(), pageToken(t, a), "TOKEN"), jobs[0]
		}
		machine, machineRow := ask("https://pills.example")
		s.Post(t)
		if len(s.Mailbox.All()) != 0 {
			t.Fatal("a machine gets mail sent")
		}
		person, personRow := ask("")
		s.Post(t)
		if len(s.Mailbox.All()) != 1 {
			t.Fatal("the machine has spent the person's mail")
		}
		if diff := cmp.Diff(person, machine); diff != "" {
			t.Error("the machine's page differs: ", diff)
		}
		if diff := cmp.Diff(personRow, machineRow); diff != "" {
			t.Error("the machine's row differs: ", diff)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Error("something is left: ", diff)
		}
		// What is wrong about an address is said to both.
		for _, website := range []string{"", "x"} {
			if a := typed(h, "/sign", "lang", "en", "case", lettertest.Case, "letter", lettertest.Slug, "email", "nobody", "website", website); a.Code != http.StatusUnprocessableEntity {
				t.Errorf("answers %d", a.Code)
			}
		}
		// And the page that a machine got takes the code of a mail that a person asked for: it is a page as any other.
		w, err := s.Book.Pretend(t.Context(), lettertest.Case, lettertest.Slug, 1, "anna@example.org", "en")
		lettertest.Must(t, err)
		_, err = s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(s.Mailbox.Last("anna@example.org")))
		lettertest.Must(t, err)
	})
}

// A waiting page that has expired leads to the letter, whose field is empty: the page is not told whom it was for, and it asks again.
func TestExpiredPageLeadsBack(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		h, p := served(t, s, nil), s.Words.Printer("en")
		w, m := s.Mailed(t, "anna@example.org")
		s.Clock.Add(72 * time.Hour)
		for name, token := range map[string]string{"expired": w.Token, "changed": "B" + w.Token[1:]} {
			a := typed(h, "/confirm", "lang", "en", "case", lettertest.Case, "letter", lettertest.Slug, "page", token, "code", lettertest.Code(m))
			body := a.Body.String()
			field := emptyField.FindString(body)
			if a.Code != http.StatusGone || !strings.Contains(body, p.T("fault.token.expired")) || !strings.Contains(body, lettertest.File().Title["en"]) {
				t.Fatalf("%s: %d: %.300s", name, a.Code, body)
			}
			if field == "" || strings.Contains(field, `value="a`) || strings.Contains(body, "anna@") {
				t.Errorf("%s: the field is %q, or the page names the address", name, field)
			}
			if a.Header().Get("Cache-Control") != "no-store" || pageForm.MatchString(body) {
				t.Errorf("%s: may be kept, or asks for a code still", name)
			}
		}
		// Without a letter in the form there is no page to lead to: the fault stands alone.
		if a := typed(h, "/confirm", "lang", "en", "page", w.Token, "code", lettertest.Code(m)); a.Code != http.StatusGone {
			t.Errorf("answers %d", a.Code)
		}
		if number(t, s, "SELECT count(*) FROM letter_signature") != 0 {
			t.Fatal("counted all the same")
		}
	})
}

// A code for a paused letter says why it does not count now, is not used up, and counts once the letter goes on.
func TestCodeWhilePaused(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		h, p := served(t, s, nil), s.Words.Printer("en")
		w, m := s.Mailed(t, "anna@example.org")
		confirm := func() *httpAnswer {
			return typed(h, "/confirm", "lang", "en", "case", lettertest.Case, "letter", lettertest.Slug, "page", w.Token, "code", lettertest.Code(m))
		}
		lettertest.Must(t, s.Book.Pause(t.Context(), s.Letter.ID))
		before := tables(t, s)
		a := confirm()
		if a.Code != http.StatusForbidden || !strings.Contains(a.Body.String(), p.T("fault.letter.paused")) || !strings.Contains(a.Body.String(), lettertest.File().Title["en"]) {
			t.Fatalf("%d: %.300s", a.Code, a.Body)
		}
		if emptyField.MatchString(a.Body.String()) {
			t.Error("there is a field to sign with")
		}
		linked := typed(h, "/confirm", "lang", "en", "link", lettertest.Token(m), "sign", "yes")
		if linked.Code != http.StatusForbidden {
			t.Errorf("the link answers %d", linked.Code)
		}
		if asked := typed(h, "/sign", "lang", "en", "case", lettertest.Case, "letter", lettertest.Slug, "version", "1", "email", "boris@example.org"); asked.Code != http.StatusForbidden {
			t.Errorf("asking answers %d", asked.Code)
		}
		if diff := cmp.Diff(before, tables(t, s)); diff != "" {
			t.Fatal("something was written: ", diff)
		}
		lettertest.Must(t, s.Book.Resume(t.Context(), s.Letter.ID))
		if a := confirm(); a.Code != http.StatusOK || !privateLink.MatchString(a.Body.String()) {
			t.Fatalf("resumed: %d", a.Code)
		}
		if s.Grow(t); s.Counted() != 1 {
			t.Fatal("not counted")
		}
		// Signed links go on while it is paused: who has signed may look, and leave.
		lettertest.Must(t, s.Book.Pause(t.Context(), s.Letter.ID))
		if a := get(h, "/en/"+lettertest.Case+"/"+lettertest.Slug+"/withdraw"); a.Code != http.StatusOK || !emptyField.MatchString(a.Body.String()) {
			t.Errorf("a paused letter can't be left: %d", a.Code)
		}
	})
}
