package letter_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
)

const listPath = "/en/" + lettertest.Case + "/" + lettertest.Slug + "/names"

// hostile are names that are taken, and that must harm nobody who reads them.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</bdi></li></ul><h2>Checked by the organisers</h2>`, `javascript:alert(1)`, `&lt;b&gt;`, `{{.Name}}`,
	`=cmd|' /C calc'!A0`, `-1+1`, `שרה <b>כהן</b> 123`, `Аnna (Cyrillic А)`, `✅ Anna 🌻`, `Z̵̡͓̽algo`, `'; DROP TABLE letter_name; --`,
}

func posted(h http.Handler, path string, fields ...string) *httptest.ResponseRecorder {
	form := url.Values{"lang": {"en"}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// parsedPage reads an answer as a browser does, and holds that nothing in it came from a name but text.
func parsedPage(t testing.TB, w *httptest.ResponseRecorder) *html.Node {
	t.Helper()
	doc, err := html.Parse(w.Body)
	lettertest.Must(t, err)
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" && attribute(n, "src") == "" || n.Data == "img" || n.Data == "b" || n.Data == "iframe" {
			t.Errorf("the page has a %s of somebody's", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") && a.Key != "value" {
				t.Errorf("the page has %s=%q", a.Key, a.Val)
			}
		}
	}
	return doc
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func elements(doc *html.Node, name, key, value string) (list []*html.Node) {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == name && (key == "" || attribute(n, key) == value) {
			list = append(list, n)
		}
	}
	return list
}

// readNames are the names that a page lists, each from an element of its own direction.
func readNames(t testing.TB, doc *html.Node) (list []string) {
	t.Helper()
	for _, ul := range elements(doc, "ul", "class", "names") {
		for _, li := range elements(ul, "li", "", "") {
			bdi := elements(li, "bdi", "", "")
			if len(bdi) == 0 {
				t.Fatal("a name without a direction of its own")
			}
			list = append(list, textOf(bdi[0]))
		}
	}
	return list
}

func TestHostileNamesAreOnlyText(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		listed(t, s, hostile)
		h := served(t, s, nil)
		for _, lang := range []string{"en", "ru"} {
			w := get(h, strings.Replace(listPath, "/en/", "/"+lang+"/", 1))
			if w.Code != 200 || w.Header().Get("X-Robots-Tag") != "noindex, noarchive" {
				t.Fatal(w.Code, w.Header())
			}
			got := readNames(t, parsedPage(t, w))
			if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(hostile))) {
				t.Errorf("%s: %q", lang, got)
			}
		}
		for _, q := range append(hostile, `"autofocus onfocus=alert(1) x="`, "\x00\xff", strings.Repeat("a", 5000), "%00", "'", `\`) {
			w := get(h, listPath+"?q="+url.QueryEscape(q))
			if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Header().Get("X-Robots-Tag"), "noindex") {
				t.Fatalf("%q: %d %v", q, w.Code, w.Header())
			}
			doc := parsedPage(t, w)
			field := elements(doc, "input", "name", "q")
			if want := strings.ToValidUTF8(strings.ReplaceAll(q, "\x00", "\ufffd"), ""); len(q) < 400 && (len(field) != 1 || attribute(field[0], "value") != want) {
				t.Errorf("%q comes back as %q", q, attribute(field[0], "value"))
			}
			if slices.Contains(hostile, q) && len(strings.FieldsFunc(q, func(r rune) bool { return r < 'A' })) > 0 && !slices.Contains(readNames(t, doc), q) {
				t.Errorf("%q does not find itself", q)
			}
		}
	})
}

func TestPagesOfNames(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		h := served(t, s, nil)
		doc := parsedPage(t, get(h, listPath))
		if len(readNames(t, doc)) != 0 || len(elements(doc, "input", "name", "q")) != 0 || !strings.Contains(textOf(doc), "No names yet") || !strings.Contains(textOf(doc), "0 of 0 signers") {
			t.Fatal(textOf(doc))
		}
		names := bearing(71)[:850]
		listed(t, s, names)
		s.Clock.Add(time.Minute)
		seen := map[string]bool{}
		path := listPath
		for page := 1; page <= 9; page++ {
			w := get(h, path)
			doc := parsedPage(t, w)
			for _, n := range readNames(t, doc) {
				if seen[n] {
					t.Fatalf("%q is on two pages", n)
				}
				seen[n] = true
			}
			prev, next := elements(doc, "a", "rel", "prev"), elements(doc, "a", "rel", "next")
			if (len(prev) == 1) != (page > 1) || (len(next) == 1) != (page < 9) || len(elements(doc, "link", "rel", "canonical")) != 0 ||
				attribute(elements(doc, "meta", "name", "robots")[0], "content") != "noindex" || !strings.Contains(textOf(doc), "Page "+strconv.Itoa(page)+" of 9") {
				t.Fatalf("page %d: %s", page, textOf(doc))
			}
			for _, a := range elements(doc, "a", "aria-label", "") {
				if strings.HasPrefix(attribute(a, "aria-label"), "Page ") && get(h, attribute(a, "href")).Code != 200 {
					t.Errorf("page %d leads to %s, which is not there", page, attribute(a, "href"))
				}
			}
			if len(next) == 1 {
				path = attribute(next[0], "href")
			}
		}
		if len(seen) != len(names) {
			t.Fatalf("%d names on all pages, want %d", len(seen), len(names))
		}
		for query, code := range map[string]int{"?page=10": 404, "?page=0": 404, "?page=-1": 404, "?page=x": 404, "?page=99999999999999999999": 404, "?page=1": 200, "?page=": 200, "?page=9": 200, "?q=": 200} {
			if w := get(h, listPath+query); w.Code != code {
				t.Errorf("%s: %d, want %d", query, w.Code, code)
			}
		}
		for query, says := range map[string]string{"?q=": "Nothing to look for", "?q=!": "Nothing to look for", "?q=zzz": "No name found", "?q=Анна": "name", "?q=Anna+Angstrom": "1 name found"} {
			if text := textOf(parsedPage(t, get(h, listPath+query))); !strings.Contains(text, says) {
				t.Errorf("%s: %s", query, text)
			}
		}
		if w := get(h, "/en/"+lettertest.Case+"/nothing/names"); w.Code != 404 {
			t.Error(w.Code)
		}
		f := lettertest.File()
		f.Pace, f.NoNames = letter.Immediate, true
		s.Letter = s.Apply(t, f)
		s.Clock.Add(time.Minute)
		if text := textOf(parsedPage(t, get(h, listPath))); !strings.Contains(text, "shows nobody’s name") || strings.Contains(text, "Anna") {
			t.Error(text)
		}
	})
}

// Two steps: what will be public is shown, with what can't be undone, before anything is done.
func TestShowingANameTakesTwoSteps(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		h := served(t, s, nil)
		c := s.Sign(t, "anna@example.org")
		s.GrowAll(t)
		own := "/mine/" + c.Secret.Text()
		held := func(w *httptest.ResponseRecorder, code int) *html.Node {
			t.Helper()
			if w.Code != code || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "strict-origin" {
				t.Fatal(w.Code, w.Header(), w.Body.String())
			}
			return parsedPage(t, w)
		}
		form := elements(held(get(h, own+"?lang=en"), 200), "input", "name", "name")
		if len(form) != 1 {
			t.Fatal("the private page has no field for a name")
		}
		for _, tc := range []struct{ name, affiliation, field, says string }{
			{"", "", "name", "Type the name to show"},
			{"https://casino.example <b>", "", "name", "Leave out the link"},
			{strings.Repeat("a", 10_000), "", "name", "100 characters at most"},
			{"Anna", strings.Repeat("b", 121), "affiliation", "120 characters at most"},
		} {
			for _, sure := range []string{"", "yes"} {
				doc := held(posted(h, own+"/name", "name", tc.name, "affiliation", tc.affiliation, "sure", sure), 422)
				field := elements(doc, "input", "id", tc.field)
				if len(field) != 1 || attribute(field[0], "aria-invalid") != "true" || !strings.Contains(textOf(doc), tc.says) || !strings.HasPrefix(textOf(elements(doc, "title", "", "")[0]), "Error: ") {
					t.Fatalf("%.20q: %s", tc.name, textOf(doc))
				}
				if kept := attribute(elements(doc, "input", "id", "name")[0], "value"); len(tc.name) < 1000 && kept != tc.name {
					t.Errorf("%q comes back as %q", tc.name, kept)
				}
			}
		}
		before := tables(t, s)
		review := held(posted(h, own+"/name", "name", " Anna\u202e <i>Orlova</i>", "affiliation", "Poet"), 200)
		if got := readNames(t, review); !slices.Equal(got, []string{"Anna <i>Orlova</i>"}) || !strings.Contains(textOf(review), "can never be wholly taken back") || !strings.Contains(textOf(review), "Poet") {
			t.Fatal(got, textOf(review))
		}
		if !slices.Equal(tables(t, s), before) {
			t.Fatal("the first step has written something")
		}
		fields := []string{}
		for _, form := range elements(review, "form", "", "") {
			if sure := elements(form, "input", "name", "sure"); len(sure) == 1 {
				for _, in := range elements(form, "input", "", "") {
					fields = append(fields, attribute(in, "name"), attribute(in, "value"))
				}
			}
		}
		done := posted(h, own+"/name", fields...)
		held(done, 303)
		to := done.Header().Get("Location")
		if !strings.HasPrefix(to, own+"?lang=en") {
			t.Fatal(to)
		}
		waits := textOf(held(get(h, strings.TrimSuffix(to, "#name-title")), 200))
		if !strings.Contains(waits, "will be on the public list by 12:20") || !strings.Contains(waits, "Anna <i>Orlova</i>") {
			t.Fatal(waits)
		}
		if len(readNames(t, parsedPage(t, get(h, listPath)))) != 0 {
			t.Fatal("shown before its entry is in the log")
		}
		s.GrowAll(t)
		if got := readNames(t, parsedPage(t, get(h, listPath))); !slices.Equal(got, []string{"Anna <i>Orlova</i>"}) {
			t.Fatal(got)
		}
		if text := textOf(held(get(h, own+"?lang=ru"), 200)); !strings.Contains(text, "Это имя стоит в открытом списке.") {
			t.Fatal(text)
		}
		for range 2 {
			held(posted(h, own+"/hide"), 303)
			if got := readNames(t, parsedPage(t, get(h, listPath))); len(got) != 0 {
				t.Fatal("a hidden name stays on the page")
			}
		}
		for _, path := range []string{"/mine/x/name", "/mine/x/hide", "/mine/" + strings.Repeat("A", 43) + "/name", "/mine/" + strings.Repeat("A", 43) + "/hide"} {
			if w := posted(h, path, "name", "Anna", "sure", "yes"); w.Code != 404 || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
		_, err := s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		if w := posted(h, own+"/name", "name", "Anna"); w.Code != 404 && w.Code != 410 {
			t.Error(w.Code)
		}
	})
}

// Whoever withdraws and looks does not find the name: by the private link, by the mailbox, and nobody sees whose leaving it was.
func TestAWithdrawnNameIsGoneFromThePage(t *testing.T) {
	each(t, lettertest.Options{Budgets: generous()}, func(t *testing.T, s *lettertest.Site) {
		h := served(t, s, nil)
		var signers []letter.Counted
		for _, n := range []string{"Anna", "Boris", "Vera"} {
			c := s.Sign(t, strings.ToLower(n)+"@example.org")
			showName(t, s, c, n)
			signers = append(signers, c)
		}
		s.GrowAll(t)
		lists := func(want ...string) {
			t.Helper()
			if got := readNames(t, parsedPage(t, get(h, listPath))); !slices.Equal(got, want) {
				t.Fatalf("%q are listed, want %q", got, want)
			}
		}
		ok := func(w *httptest.ResponseRecorder) {
			t.Helper()
			if w.Code != 200 {
				t.Fatal(w.Code, w.Body)
			}
		}
		lists("Anna", "Boris", "Vera")
		ok(posted(h, "/mine/"+signers[0].Secret.Text())) // nothing is asked for
		lists("Anna", "Boris", "Vera")
		ok(posted(h, "/mine/"+signers[0].Secret.Text(), "withdraw", "yes"))
		lists("Boris", "Vera")
		w, code := leaving(t, s, "boris@example.org")
		if wrong := posted(h, "/withdraw", "page", w.Token, "code", "00000000"); wrong.Code == 200 {
			t.Fatal("left with a wrong code")
		}
		lists("Boris", "Vera")
		ok(posted(h, "/withdraw", "page", w.Token, "code", code))
		lists("Vera")
		exec(t, s, "UPDATE letter_name SET removed = 1") // what only a page that is made anew shows
		lists("Vera")
		w, code = leaving(t, s, "nobody@example.org")
		ok(posted(h, "/withdraw", "page", w.Token, "code", code))
		lists()
	})
}
