package app

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk/desktest"
)

// unframed holds that no other site shows an answer of the desk in a frame. The previewed page alone may be framed, by pages of this host, and nothing in it runs.
func (w *town) unframed(who, pattern string, r *httptest.ResponseRecorder) {
	w.t.Helper()
	csp := r.Header().Get("Content-Security-Policy")
	want := "frame-ancestors 'none'"
	if strings.HasSuffix(pattern, "/preview/page") && r.Code == 200 {
		want = "frame-ancestors 'self'; sandbox allow-same-origin"
	}
	if !strings.Contains(csp, want) || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src *") {
		w.t.Errorf("%s: %s: %d with %q", who, pattern, r.Code, csp)
	}
	if r.Header().Get("Cache-Control") != "no-store" && !slices.Contains([]int{301, 307, 404, 405}, r.Code) {
		w.t.Errorf("%s: %s: %d may be kept: %q", who, pattern, r.Code, r.Header().Get("Cache-Control"))
	}
}

// otherSites posts every form of the desk, doors too, as a browser does for another site: nothing is taken, whoever has signed in.
func (w *town) otherSites(tables map[string][]string) {
	w.t.Helper()
	lead, before := w.lead(), w.dump(tables)
	for pattern := range eachRoute() {
		if !strings.HasPrefix(pattern, "POST ") {
			continue
		}
		for _, head := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", "https://letters.example.org.evil.example"}} {
			w.tries++
			method, path, form := w.home.filled(pattern)
			if r := lead.Ask(method, path, form, head...); r.Code != 403 || len(r.Result().Cookies()) > 0 {
				w.t.Errorf("%s with %q: %d %.200s", pattern, head, r.Code, r.Body)
			}
		}
	}
	w.still(tables, before, "a form of another site")
}

// lead is the first committee's lead, who has proven lately who they are, in a browser that forgets what it is told.
func (w *town) lead() *desktest.Browser {
	b := *w.people["lead"].fresh
	return &b
}

// looking asks for every page by GET and by HEAD, as somebody who may see all of them: no table but the trail changes, and HEAD answers as GET does. A first look is made
// before: by it a draft is begun of what is public.
func (w *town) looking(tables map[string][]string) {
	w.t.Helper()
	before := w.dump(tables)
	for pattern := range eachRoute() {
		if !strings.HasPrefix(pattern, "GET ") {
			continue
		}
		w.tries += 2
		_, path, _ := w.home.filled(pattern)
		get, head := w.lead().Ask("GET", path, nil), w.lead().Ask("HEAD", path, nil)
		if get.Code != head.Code || get.Code >= 500 || get.Code == 405 {
			w.t.Errorf("%s: %d, and HEAD %d", pattern, get.Code, head.Code)
		}
		w.unframed("lead", pattern, get)
		before = w.still(tables, before, "looking at "+pattern)
	}
}

// ream is a body of so many bytes that counts those which are read.
type ream struct {
	left, read int
}

func (c *ream) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), c.left)
	for i := range p[:n] {
		p[i] = 'a'
	}
	c.left, c.read = c.left-n, c.read+n
	return n, nil
}

// otherForms posts what is no form, and too long ones, where a form would be taken: they are refused, before anything is done and, where nobody has signed in, unread.
func (w *town) otherForms(tables map[string][]string) {
	w.t.Helper()
	before := w.dump(tables)
	for pattern, act := range eachRoute() {
		if !strings.HasPrefix(pattern, "POST ") {
			continue
		}
		method, path, form := w.home.filled(pattern)
		multi := &bytes.Buffer{}
		parts := multipart.NewWriter(multi)
		for name := range form {
			must(w.t, parts.WriteField(name, form.Get(name)))
		}
		must(w.t, parts.Close())
		for kind, body := range map[string]io.Reader{"text/plain": strings.NewReader(form.Encode()), "application/json": strings.NewReader(`{"act":"end"}`), "": strings.NewReader(form.Encode()),
			"application/x-www-form-urlencoded; x=\"": strings.NewReader(form.Encode()), parts.FormDataContentType(): multi} {
			takes := strings.HasSuffix(pattern, "/photo") || strings.HasSuffix(pattern, "/file") || strings.HasPrefix(pattern, "POST /desk/t/")
			if strings.HasPrefix(kind, "multipart") && takes || pattern == "POST /desk/passkey/ask" { // which takes nothing
				continue
			}
			w.tries++
			r := httptest.NewRequest(method, path, body)
			r.Header.Set("Content-Type", kind)
			if a := w.lead().Send(r); a.Code != 422 && !(act == "" && a.Code == 410) {
				w.t.Errorf("%s as %q: %d %.200s", pattern, kind, a.Code, a.Body)
			}
		}
		long := &ream{left: 3<<20 + 1}
		r := httptest.NewRequest(method, path, long)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if a := w.lead().Send(r); a.Code != 413 {
			w.t.Errorf("%s with a long form: %d %.200s", pattern, a.Code, a.Body)
		}
		long = &ream{left: 3<<20 + 1}
		r = httptest.NewRequest(method, path, long)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		most := 32 << 10
		if pattern == "POST /desk/in" || strings.HasPrefix(pattern, "POST /desk/join/") { // a pseudonym comes back to be mended, however long
			most = web.RoomyMost + 1
		}
		if a := w.Nobody().Send(r); act != "" && (a.Code != 303 || long.read > 0) || long.read > most && !strings.HasPrefix(pattern, "POST /desk/t/") {
			w.t.Errorf("%s with a stranger's long form: %d, %d bytes read", pattern, a.Code, long.read)
		}
		w.tries += 2
	}
	w.still(tables, before, "what is no form")
}

// tricks are ways to write the address of a case so that whoever asks whose it is, and whoever serves it, may read it differently.
func tricks(slug, own string) []string {
	return []string{"/desk/c/" + slug + "%2F", "/desk/c/" + slug + "%2fhistory", "/desk/c/" + own + "/../" + slug, "/desk/c/" + own + "/%2e%2e/" + slug, "/desk/c/" + own + "%2f..%2f" + slug + "/history",
		"/desk/c/" + own + "/history%2f..%2f..%2f" + slug, "/desk/c/./" + slug, "/desk//c/" + slug, "/desk/c//" + slug, "/desk/c/" + slug + ".", "/desk/c/" + slug + "./history", "/desk/c/" + slug + "..",
		"/desk/c/" + strings.ToUpper(slug), "/desk/c/" + strings.ToUpper(slug[:1]) + slug[1:] + "/history", "/desk/c/" + slug + "%00", "/desk/c/" + slug + "%20", "/desk/c/%20" + slug + "/history",
		"/desk/c/%61" + slug[1:] + "/history", "/desk/c/" + slug + ";x=1", "/desk/c/" + slug + "/", "/desk/c/" + slug + "/history/", "/desk/c/" + slug + "%0d%0aSet-Cookie:%20a=b", "/desk/c/%25" + "61" + slug[1:],
		"/desk/c/%E2%80%AE" + slug, "/desk/c/" + slug + "%C2%AD/history", "/desk/c/%D0%B0" + slug[1:] + "/history", "/desk/%2e%2e/desk/c/" + slug, "/desk/in/../c/" + slug, "/desk/in%2f..%2fc%2f" + slug,
		"/desk/t/../c/" + slug, "/desk/join/../c/" + slug + "/history", "/DESK/c/" + slug, "/desk%2fc%2f" + slug, "/desk/c/" + strings.Repeat("a", 5000), "/desk/c/" + slug + "?case=" + own,
		"/desk/c/" + own + "?case=" + slug, "/desk/c/" + own + "/history/" + slug, "/desk/c/*", "/desk/c/{case}", "/desk/c/%7Bcase%7D/history"}
}

// otherPaths asks for another committee's case in every way to write it, and follows where that leads: it is there for its own committee alone. Nor does another method, or a
// header or a field that names one, do what POST does.
func (w *town) otherPaths(tables map[string][]string) {
	w.t.Helper()
	before := w.dump(tables)
	asked := func(who string, b *desktest.Browser, method, path, canary string, head ...string) {
		w.t.Helper()
		for hop := 0; hop < 4; hop++ {
			w.tries++
			r := b.Ask(method, path, url.Values{"_method": {"POST"}}, head...)
			w.unframed(who, "GET "+path, r)
			if r.Code >= 500 || len(r.Result().Cookies()) > 0 && b.Cookie() == "" && who != "nobody" {
				w.t.Errorf("%s: %s %s: %d %.200s", who, method, path, r.Code, r.Body)
			}
			if strings.Contains(r.Body.String(), canary) {
				w.t.Errorf("%s: %s %s shows it", who, method, path)
			}
			if path = r.Header().Get("Location"); path == "" || !strings.HasPrefix(path, "/") {
				return
			}
			method = "GET"
		}
	}
	stranger := *w.stranger.fresh
	for _, path := range tricks("anna", "anna-berg") {
		asked("another's lead", &stranger, "GET", path, w.home["canary"])
		asked("another's lead", &stranger, "POST", path, w.home["canary"])
		asked("nobody", w.Nobody(), "GET", path, w.home["canary"])
	}
	for _, path := range tricks("anna-berg", "anna") {
		asked("the first committee's lead", w.lead(), "GET", path, w.theirs["canary"])
	}
	for pattern, act := range eachRoute() {
		if act == "" {
			continue
		}
		_, path, _ := w.home.filled(pattern)
		for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "PROPFIND"} {
			w.tries++
			if r := w.lead().Ask(method, path, nil, "X-HTTP-Method-Override", "POST"); r.Code != 405 {
				w.t.Errorf("%s %s: %d", method, path, r.Code)
			}
		}
	}
	w.still(tables, before, "another way to write an address")
}

// otherWords posts, in every field and place of an address, what is no text: an engine may refuse it, and that would be ours to answer for.
func (w *town) otherWords() {
	w.t.Helper()
	for _, word := range []string{"a\x00b", "a\xffb"} {
		strange := maps.Clone(w.home)
		for _, name := range []string{"letter", "tongue", "token", "file", "lock", "day", "part", "item", "n", "person", "proposal", "errand"} {
			strange[name] = url.PathEscape(word)
		}
		for pattern := range eachRoute() {
			method, path, form := strange.filled(pattern)
			_, plain, _ := w.home.filled(pattern)
			for name := range form {
				form[name] = []string{word}
			}
			if form != nil {
				form.Set("committee", word)
			}
			if pattern == "POST /desk/out" || pattern == "POST /desk/safety/lock" {
				continue
			}
			for _, to := range []string{path, plain} {
				w.tries++
				if r := w.lead().Ask(method, to, form); r.Code >= 500 {
					w.t.Errorf("%s %s with %q: %d", method, to, word, r.Code)
				}
			}
		}
	}
}

// What is looked for in answers that tell too much is there to be told.
func TestCanariesAreSeen(t *testing.T) {
	w := newTown(t, db.Config{})
	for p, b := range map[*place]*desktest.Browser{&w.home: w.lead(), &w.theirs: w.stranger.stale} {
		for _, page := range []string{"/texts/en", "/changes", "/case/case"} {
			if body := b.Sees("/desk/c/" + (*p)["case"] + page); !strings.Contains(body, (*p)["canary"]) {
				t.Errorf("%s of %s lacks %q", page, (*p)["case"], (*p)["canary"])
			}
		}
	}
	q := w.home.invented()
	for _, name := range []string{"case", "person", "proposal", "errand", "invitation", "guest", "session", "n", "token"} {
		if q[name] == w.home[name] || len(q[name]) != len(w.home[name]) {
			t.Errorf("%s: %q for %q", name, q[name], w.home[name])
		}
	}
}
