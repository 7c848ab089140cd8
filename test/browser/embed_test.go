package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ally is a page of somebody else's, with what our letter's page offers to copy.
func ally(t *testing.T) (origin string, show func(snippets string)) {
	t.Helper()
	body := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><head><title>An ally</title><link rel="icon" href="data:,"></head><body>%s</body></html>`, body)
	}))
	t.Cleanup(s.Close)
	return s.URL, func(snippets string) { body = snippets }
}

// id is how the log names the scenario's letter.
func (g *program) id(t testing.TB) string {
	t.Helper()
	b := g.body(t, g.URL+"/letters.json")
	found := regexp.MustCompile(`"id":"([0-9a-f]{32})"`).FindStringSubmatch(b)
	if found == nil {
		t.Fatalf("no letter in %s", b)
	}
	return found[1]
}

// A count can be shown in a frame by those whom the organisers name, and by nobody else.
func TestEmbeddedCount(t *testing.T) {
	t.Parallel()
	b := New(t)
	friend, onFriend := ally(t)
	stranger, onStranger := ally(t)
	g, address := newProgram(t)
	i := &installation{program: g}
	i.place = []string{"--data", filepath.Join(i.dir, "data"), "--secret-file", filepath.Join(i.dir, "secret")}
	i.run(t, 0, append([]string{"init", "--url", i.URL, "--embed", friend}, i.place...)...)
	i.start(t, append([]string{"serve", "--listen", address}, i.place...)...)
	i.publish(t, "immediate")

	address = i.URL + "/embed/" + i.id(t)
	frame := `<iframe src="` + address + `" title="Signatures" width="360" height="320" style="border:0" referrerpolicy="no-referrer"></iframe>`
	image := `<a href="` + i.letter("en") + `"><img src="` + address + `.svg?lang=en" alt="Signatures" width="360" referrerpolicy="no-referrer"></a>`
	onFriend(frame + image)
	onStranger(frame + image)

	for _, tc := range []struct {
		origin string
		framed bool
	}{{friend, true}, {stranger, false}} {
		p := b.Page(t, View{Language: "ru"})
		p.Allow("^asked another host: " + regexp.QuoteMeta(i.URL) + "/")
		if !tc.framed {
			p.Allow("frame-ancestors")
		}
		p.Open(tc.origin)
		styled := slices.ContainsFunc(p.Requests(), func(r Request) bool { return strings.HasSuffix(r.URL, "/style.css") && r.Status == http.StatusOK })
		if styled != tc.framed {
			t.Errorf("on %s the frame is shown: %v, want %v; %+v", tc.origin, styled, tc.framed, p.Requests())
		}
		// A picture can't be kept from anybody once somebody may show it; docs/operate/embed.md says so.
		if wide := Eval[int](p, `document.images[0].naturalWidth`); wide < 360 {
			t.Errorf("on %s the picture is %d wide", tc.origin, wide)
		}
	}

	// By itself the frame's page is whole, in either direction of the colours, and small.
	for _, dark := range []bool{false, true} {
		p := b.Page(t, View{Width: 360, Dark: dark})
		p.Open(address + "?lang=ru")
		p.Axe()
		if over := p.Overflow(); over > 0 {
			t.Errorf("the frame is %d pixels too broad", over)
		}
		if high := Eval[int](p, `document.documentElement.scrollHeight`); high > 900 {
			t.Errorf("the frame is %d pixels high", high)
		}
	}
	Vnu(t, map[string]string{"frame": func() string { p := b.Page(t, View{}); p.Open(address); return p.Source() }()})

	// With the fonts that are here, no row of the picture leaves it.
	for _, tag := range few(languages(t, i.program)) {
		p := b.Page(t, View{})
		p.Open(address + ".svg?lang=" + tag)
		rows := Eval[[]string](p, `(() => { const w = document.documentElement.viewBox.baseVal.width; return [...document.querySelectorAll("text")].map(t => t.getBBox()).filter(b => b.x < 0 || b.x + b.width > w).map(b => JSON.stringify([b.x, b.width, w])) })()`)
		if len(rows) > 0 {
			t.Errorf("%s: rows leave the picture: %v", tag, rows)
		}
		if n := Eval[int](p, `document.querySelectorAll("text").length`); n < 5 {
			t.Errorf("%s: only %d rows", tag, n)
		}
		if fill := Eval[string](p, `getComputedStyle(document.querySelector("rect.paper")).fill`); fill != "rgb(250, 246, 238)" {
			t.Errorf("%s: the paper is %s", tag, fill)
		}
	}
}
