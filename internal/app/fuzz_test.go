package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/mail"
)

// Settings are read or refused with their line, and no refusal quotes a password; what init writes is read as it was.
func FuzzSettings(f *testing.F) {
	places := []string{"smtp: %s\n", "smtp: \"smtp://anna:%s@mail.example.org\"\n", "smtp: [%s]\n", "smtp: {a: %s}\n", "database: %s\n", "database: postgres://anna:%s@h/x\n", "url: x\nsmtp: |\n  %s\n", "smtp: 'smtps://anna:%s\n", "smtp: \"%s\n\"\n",
		"smtp: a\nsmtp: %s\n", "smtp: &x %s\n", "smtp: !!binary %s\n", "smtp: smtp://anna:%s@h?tls=none\n", "  smtp: %s\nurl: y\n", "database: \"mysql://anna:%s@h\"\n"}
	for i := range places {
		f.Add(byte(i), "c0rrect-h@rse/battery", "url: \"https://letters.example\"\nembed: [\"https://ally.example\"]\n")
		f.Add(byte(i), "correct horse battery", "language: xx\n")
	}
	for _, text := range []string{"", "# nothing\n", "url: [\n", "nothing: 1\n", "quorum: x\n", "witnesses:\n- name: a\n", "---\n---\n", "metrics: x\n", "url: \"https://x\"\nfrom: a@x.example\nlanguage: ru\nshares: /a\n", "from: \"\\u263a\"", "url: ~\n", "\xff"} {
		f.Add(byte(0), "", text)
	}
	dir := f.TempDir()
	read := func(t *testing.T, text string) (Settings, error) {
		if err := os.WriteFile(filepath.Join(dir, settingsName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSettings(dir)
		if err != nil && (!errors.Is(err, ErrSetting) || strings.ContainsAny(err.Error(), "\n\x1b")) {
			t.Fatalf("%q is refused with %q", text, err)
		}
		return s, err
	}
	f.Fuzz(func(t *testing.T, which byte, password, text string) {
		place := places[int(which)%len(places)]
		if _, err := read(t, fmt.Sprintf(place, password)); err != nil && len(password) > 12 && !strings.ContainsAny(password, ":\n\r") && strings.Contains(err.Error(), password) {
			t.Fatalf("the password %q in %q is told: %q", password, place, err)
		}
		s, err := read(t, text)
		if err != nil || len(s.Witnesses) > 0 || s.Quorum != 0 || s.Rehearsal != "" { // these are not init's to write
			return
		}
		if err := writeSettings(dir, s); err != nil {
			t.Fatal(err)
		}
		again, err := readSettings(dir)
		if len(s.Embed) == 0 {
			s.Embed, again.Embed = nil, nil
		}
		if len(again.Witnesses) == 0 {
			s.Witnesses, again.Witnesses = nil, nil
		}
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%+v is written as what is read as %+v: %v", s, again, err)
		}
	})
}

// A campaign file is read with its letters, and read the same from what is written of it; or it is refused with what is wrong.
func FuzzCampaign(f *testing.F) {
	files, err := filepath.Glob("demo/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("the demonstration has no campaign: %v", err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
		if i := strings.Index(string(src), "\nletters:"); i > 0 {
			f.Add(string(src[i+1:]))
		}
	}
	f.Add("letters:\n- slug: a\n  pace: immediate\n  texts: {en: {title: x, body: y}}\n- slug: a\n")
	f.Fuzz(func(t *testing.T, src string) {
		began := time.Now()
		c, err := ReadCampaign([]byte(src))
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%v for %d bytes", took, len(src))
		}
		if err != nil {
			if list := (casefile.Problems{}); !errors.As(err, &list) || len(list) == 0 {
				t.Fatalf("%q is refused with %v", src, err)
			}
			return
		}
		out, err := casefile.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadCampaign(out)
		if err != nil {
			t.Fatalf("what we wrote can't be read:\n%v\n%s", err, out)
		}
		if diff := cmp.Diff(c, again, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			t.Fatalf("changed on the way:\n%s", diff)
		}
	})
}

// FuzzRequest is the whole site, of which anything at all is asked: it answers with no fault of its own, with our headers, with nothing of what was typed but escaped, and writes
// nothing of it to the log.
func FuzzRequest(f *testing.F) {
	ctx, dir := f.Context(), f.TempDir()
	var log strings.Builder
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)), Mail: &mail.Sink{}}
	c.URL = "https://letters.example.org"
	if err := Init(ctx, c); err != nil {
		f.Fatal(err)
	}
	a, err := Open(ctx, c)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { a.Close() })
	src, err := os.ReadFile("demo/kagarlitsky-2023.yaml")
	if err != nil {
		f.Fatal(err)
	}
	campaign, err := ReadCampaign([]byte(strings.ReplaceAll(string(src), "rehearsal_signers", "# rehearsal_signers")))
	if err != nil {
		f.Fatal(err)
	}
	if err := a.Apply(ctx, campaign); err != nil {
		f.Fatal(err)
	}
	h, err := a.Handler(ctx)
	if err != nil {
		f.Fatal(err)
	}
	slug, letter := campaign.Case.Slug, campaign.Letters[0].Slug
	page := "/en/" + slug + "/" + letter
	for _, target := range []string{"/", "/en/", page, page + "?text=ru", page + "/names?page=2", page + "/names?q=x", page + "/names?page=99999999999999999999", page + "/withdraw", "/confirm?lang=en&t=x", "/not-me?t=x", "/mine/x", "/r/x",
		"/log/checkpoint", "/log/key", "/log/tile/0/000.p/1", "/log/tile/entries/000.p/1", "/log/tile/0/x001/000", "/log/tile/-1/000", "/log/tile/63/000", "/letters.json", "/live/en/" + slug + "/" + letter, "/en/" + slug + "/feed.xml", "/robots.txt",
		"/news/x.y", "/favicon.ico", "/../..//x", "/%00", "/en/%2e%2e/x", "/healthz", "/metrics"} {
		f.Add("GET", target, "", "ru")
	}
	form := url.Values{"lang": {"en"}, "case": {slug}, "letter": {letter}, "version": {"1"}, "email": {"anna@example.org"}}.Encode()
	for _, target := range []string{"/sign", "/confirm", "/withdraw", "/not-me", "/mine/" + strings.Repeat("A", 43), "/mine/x/news", "/news/x"} {
		f.Add("POST", target, form+"&page=x&code=ABCD-2345&t=y&link=z&step=never", "")
		f.Add("POST", target, "%", "*")
	}
	const marker = "<xss a='b' c=\"d\">"
	f.Add("POST", "/sign", strings.Replace(form, "anna", url.QueryEscape(marker), 1), "")
	f.Add("GET", page+"/names?q="+url.QueryEscape(marker), "", marker)
	f.Fuzz(func(t *testing.T, method, target, body, accept string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || strings.HasPrefix(u.Path, "/live/") || method == "" { // a live stream ends when its reader leaves
			return
		}
		r := httptest.NewRequest("GET", "/", strings.NewReader(body)).WithContext(t.Context())
		r.Method, r.URL, r.RequestURI = method, u, target
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept-Language", accept)
		w := httptest.NewRecorder()
		log.Reset()
		began := time.Now()
		h.ServeHTTP(w, r)
		if took := time.Since(began); took > 10*time.Second {
			t.Fatalf("%s %q takes %v", method, target, took)
		}
		if w.Code >= 500 || w.Code < 200 {
			t.Fatalf("%s %q with %q is answered with %d: %.300s\n%s", method, target, body, w.Code, w.Body, log.String())
		}
		if log.Len() > 0 {
			t.Fatalf("%s %q with %q is logged:\n%s", method, target, body, log.String())
		}
		for _, name := range []string{"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options"} {
			if w.Header().Get(name) == "" {
				t.Fatalf("%s %q is answered without %s", method, target, name)
			}
		}
		if len(w.Header().Values("Set-Cookie")) > 0 {
			t.Fatalf("%s %q is answered with a cookie", method, target)
		}
		if at := w.Header().Get("Location"); w.Code >= 300 && w.Code < 400 && w.Code != http.StatusNotModified && (!strings.HasPrefix(at, "/") || strings.HasPrefix(at, "//") || strings.HasPrefix(at, `/\`)) {
			t.Fatalf("%s %q leads to %q", method, target, at)
		}
		typed, _ := url.QueryUnescape(target + " " + body)
		answer, _ := io.ReadAll(w.Body)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			for _, part := range strings.Split(typed+" "+accept, "<")[1:] {
				if part = "<" + part; len(part) > 6 && !strings.ContainsAny(part[1:2], "!/ \n") && strings.Contains(string(answer), part[:6]) && !known(part[:6]) {
					t.Fatalf("%s %q with %q comes back as markup: %q", method, target, body, part)
				}
			}
		}
	})
}

// known tells whether our own pages may begin a tag so.
func known(tag string) bool {
	name := strings.ToLower(strings.Trim(tag, "<> "))
	for _, ours := range []string{"html", "head", "meta", "link", "title", "body", "a ", "p", "div", "span", "main", "header", "footer", "nav", "form", "input", "button", "label", "section", "article", "ul", "ol", "li", "h1", "h2", "h3", "h4", "svg",
		"details", "summary", "time", "strong", "em", "blockquote", "table", "t", "select", "option", "fieldset", "legend", "script", "bdi", "dl", "dt", "dd", "hr", "br", "abbr", "small", "cite", "code", "img", "path", "aside", "progress", "output", "textarea", "figure", "noscript", "rect"} {
		if strings.HasPrefix(name, ours) {
			return true
		}
	}
	return false
}
