package browser

import (
	"compress/gzip"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const good = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"><script src="/live.js" defer></script></head>
<body><main><h1>A page</h1><p id="said">%s</p>
<form method="post" action="/sign"><p><label for="email">E-mail</label> <input id="email" name="email" type="email" required></p><p><button>Sign</button></p></form>
<p><button type="button" id="more">More</button></p></main></body></html>`

const style = `html{color-scheme:light dark;background:#fff;color:#000}button,input{min-height:44px;min-width:44px}p{margin:1em}nav a{display:block;width:9px;height:9px}
@media (prefers-color-scheme:dark){html{background:#000;color:#fff}}`

const script = `
const said = document.getElementById("said");
new EventSource("/stream").onmessage = e => { said.textContent = e.data };
document.getElementById("more").onclick = () => fetch("/more").then(r => r.text()).then(t => { said.textContent = t });`

func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	page := func(format string, args ...any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data: 'self'")
			fmt.Fprintf(w, format, args...)
		}
	}
	mux.HandleFunc("GET /{$}", page(good, "Hello"))
	mux.HandleFunc("GET /language", func(w http.ResponseWriter, r *http.Request) {
		page(good, r.Header.Get("Accept-Language"))(w, r)
	})
	mux.HandleFunc("POST /sign", func(w http.ResponseWriter, r *http.Request) {
		page(good, "Thank you, "+r.FormValue("email"))(w, r)
	})
	mux.HandleFunc("GET /packed", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprintf(z, strings.ReplaceAll(good, "live.js", "none.js"), strings.Repeat("the same words ", 20000))
		z.Close()
	})
	mux.HandleFunc("GET /gone", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusGone)
		fmt.Fprint(w, strings.ReplaceAll(good, "live.js", "none.js"))
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, style)
	})
	mux.HandleFunc("GET /live.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, script)
	})
	mux.HandleFunc("GET /none.js", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Type", "text/javascript") })
	mux.HandleFunc("GET /more", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "More is here") })
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: Live\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("GET /bad/host", page(`<!DOCTYPE html><title>x</title><img src="http://elsewhere.test:1/a.png">`))
	mux.HandleFunc("GET /bad/inline", page(`<!DOCTYPE html><title>x</title><script>1</script>`))
	mux.HandleFunc("GET /bad/throws", page(`<!DOCTYPE html><title>x</title><script src="/throws.js"></script>`))
	mux.HandleFunc("GET /bad/says", page(`<!DOCTYPE html><title>x</title><script src="/says.js"></script>`))
	mux.HandleFunc("GET /bad/missing", page(`<!DOCTYPE html><title>x</title><img src="/nothing.png">`))
	mux.HandleFunc("GET /throws.js", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `throw new Error("it broke")`) })
	mux.HandleFunc("GET /says.js", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `console.error("it said", 7)`) })
	mux.HandleFunc("GET /bad/wide", page(`<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>x</title><svg width="900" height="1"></svg>`))
	mux.HandleFunc("GET /bad/access", page(`<!DOCTYPE html><html lang="en"><title>x</title><link rel="stylesheet" href="/style.css"><nav><a href="/">a</a><a href="/">b</a></nav><main><h1>x</h1><input><img src="data:,"></main>`))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestPage(t *testing.T) {
	t.Parallel()
	home := site(t)
	b := New(t)

	t.Run("reads, clicks, fills and follows", func(t *testing.T) {
		p := b.Page(t, View{Phone: true})
		if s := p.Open(home); s != 200 {
			t.Errorf("status %d", s)
		}
		p.Await(`document.getElementById("said").textContent == "Live"`, 5*time.Second)
		p.Click("#more")
		if s := p.Text("#said"); s != "More is here" {
			t.Errorf("after the click: %q", s)
		}
		p.Fill("#email", "a@example.org")
		if s := p.Follow("form button"); s != 200 || !strings.HasSuffix(p.URL(), "/sign") {
			t.Errorf("status %d at %s", s, p.URL())
		}
		if s := p.Source(); !strings.Contains(s, "Thank you, a@example.org") {
			t.Errorf("source: %s", s)
		}
		if w, d := Eval[int](p, "innerWidth"), Eval[float64](p, "devicePixelRatio"); w != 360 || d != 2 {
			t.Errorf("a phone of %d pixels at %v", w, d)
		}
		if n := p.Overflow(); n != 0 {
			t.Errorf("wider than the window by %d", n)
		}
		p.Axe()
		if small := p.SmallTargets(44); len(small) > 0 {
			t.Errorf("small targets: %q", small)
		}
		path := filepath.Join(t.TempDir(), "shots", "page.png")
		p.Screenshot(path, 0)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if c, err := png.DecodeConfig(f); err != nil || c.Width != 720 {
			t.Errorf("the picture: %+v, %v", c, err)
		}
	})

	t.Run("without JavaScript", func(t *testing.T) {
		p := b.Page(t, View{NoScript: true})
		p.Open(home)
		for _, r := range p.Requests() {
			if strings.HasSuffix(r.URL, "/stream") {
				t.Error("the script ran")
			}
		}
		if s := p.Text("#said"); s != "Hello" {
			t.Errorf("%q", s)
		}
		p.Fill("#email", "b@example.org")
		p.Follow("form button")
		if s := p.Text("#said"); s != "Thank you, b@example.org" {
			t.Errorf("%q", s)
		}
		p.Axe()
	})

	t.Run("language and colours", func(t *testing.T) {
		p := b.Page(t, View{Language: "ar,en", Dark: true, Calm: true, NoScript: true, Width: 320})
		p.Open(home + "/language")
		if s := p.Text("#said"); s != "ar,en;q=0.9" {
			t.Errorf("Accept-Language: %q", s)
		}
		if !Eval[bool](p, `matchMedia("(prefers-color-scheme: dark) and (prefers-reduced-motion: reduce)").matches && innerWidth == 320`) {
			t.Error("neither dark nor calm nor narrow")
		}
	})

	t.Run("bytes over the wire", func(t *testing.T) {
		p := b.Page(t, View{})
		p.Open(home + "/packed")
		if n := p.Bytes(); n < 1500 || n > 6000 {
			t.Errorf("%d bytes for some 300,000 of text, packed, with a style sheet", n)
		}
		var kinds []string
		for _, r := range p.Requests() {
			kinds = append(kinds, string(r.Kind))
		}
		if have := strings.Join(kinds, " "); have != "Document Stylesheet Script" {
			t.Errorf("asked for %s", have)
		}
		if len(p.Source()) < 250000 {
			t.Error("the source is not unpacked")
		}
		before := p.Bytes()
		p.Open(home + "/packed")
		if len(p.Requests()) != 3 || p.Bytes() > before {
			t.Errorf("the second view: %d bytes in %d requests", p.Bytes(), len(p.Requests()))
		}
	})

	t.Run("a host that is not localhost", func(t *testing.T) {
		p := b.Page(t, View{})
		p.Open(strings.Replace(home, "127.0.0.1", "outcry.test", 1))
		if Eval[bool](p, "isSecureContext") {
			t.Error("the browser trusts it")
		}
		p.Await(`document.getElementById("said").textContent == "Live"`, 5*time.Second)
	})

	t.Run("an answer of 410 is no fault", func(t *testing.T) {
		p := b.Page(t, View{})
		if s := p.Open(home + "/gone"); s != 410 {
			t.Errorf("status %d", s)
		}
	})
}

// A page that misbehaves must be told on, else no page that is not proves anything.
func TestFaultsAreSeen(t *testing.T) {
	t.Parallel()
	home := site(t)
	b := New(t)
	for path, want := range map[string]string{
		"/bad/host":    "another host: http://elsewhere.test",
		"/bad/inline":  "Content Security Policy",
		"/bad/throws":  "it broke",
		"/bad/says":    "it said 7",
		"/bad/missing": "404",
	} {
		t.Run(path, func(t *testing.T) {
			p := b.Page(t, View{})
			p.Open(home + path)
			faults := strings.Join(p.Faults(), "\n")
			if !strings.Contains(faults, want) {
				t.Errorf("want %q, have:\n%s", want, faults)
			}
			p.Open(home + path)
			p.Allow(".")
			if f := p.Faults(); len(f) > 0 {
				t.Errorf("not excused: %s", f)
			}
		})
	}
	t.Run("too wide", func(t *testing.T) {
		p := b.Page(t, View{Phone: true})
		p.Open(home + "/bad/wide")
		if n := p.Overflow(); n < 500 {
			t.Errorf("wider by %d", n)
		}
	})
	t.Run("not accessible", func(t *testing.T) {
		p := b.Page(t, View{NoScript: true})
		p.Allow("ERR_|data:")
		p.Open(home + "/bad/access")
		var ids []string
		for _, v := range p.Violations() {
			ids = append(ids, v.ID)
		}
		for _, want := range []string{"label", "image-alt"} {
			if !strings.Contains(strings.Join(ids, " "), want) {
				t.Errorf("axe-core does not name %s, only %s", want, ids)
			}
		}
		if v := p.Violations("label", "color-contrast"); len(v) != 1 || v[0].ID != "label" {
			t.Errorf("by the rule for labels axe-core finds %s", v)
		}
		if small := p.SmallTargets(24); len(small) != 2 || !strings.HasPrefix(small[0], "9x9 <a") {
			t.Errorf("small targets: %q", small)
		}
	})
}

func TestVnu(t *testing.T) {
	t.Parallel()
	errors := VnuErrors(t, map[string]string{
		"good": fmt.Sprintf(good, "Hello"),
		"bad":  strings.Replace(good, "<h1>A page</h1>", "<p><div>nested</div></p><b id=said></i>", 1),
	})
	if len(errors) == 0 {
		t.Fatal("nothing is found in what is wrong")
	}
	for _, e := range errors {
		if !strings.HasPrefix(e, "bad:") {
			t.Errorf("found in what is right: %s", e)
		}
	}
	t.Logf("%s", strings.Join(errors, "\n"))
}
