package browser

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tour is a reader in one language who comes to every page there is, and has each looked at.
type tour struct {
	t    *testing.T
	p    *Page
	tag  string
	seen *seen
	axe  bool // axe-core looks in the quick run too
}

// own is what a page's document may take over the wire, in KiB; what it shares with others is measured with the first views.
var own = map[string]int64{"private": 8, "mine": 8, "mine-closed": 8, "leave": 5, "not-me": 5, "names-1": 4, "embed-closed": 2, "letter": 7, "letter-closed": 7, "person": 8}

// seen are all the pages' sources, for one call of the HTML checker, and what languages the site has.
type seen struct {
	mu       sync.Mutex
	pages    map[string]string
	leftward bool // one of them is from right to left
}

func newSeen(tags []string) *seen {
	return &seen{pages: map[string]string{}, leftward: leftward(tags) != ""}
}

// first keeps a page's source; false if the page has been looked at already.
func (s *seen) first(name, source string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.pages[name]; again {
		return false
	}
	s.pages[name] = source
	return true
}

// look looks at the open page, once in each language: accessible on a phone and, in the dark, on a desktop; everything that can be pressed is large enough; nothing is
// wider than a window of 320 pixels. As long as no language is from right to left, English is turned round. The quick run has axe-core look at one language of each page.
func (u *tour) look(name string) {
	u.t.Helper()
	if !u.seen.first(u.tag+"-"+name, u.p.Source()) {
		return
	}
	u.t.Run(name, func(t *testing.T) {
		p := u.p
		p.t = t
		defer func() { p.t = u.t }()
		if !p.view.Phone {
			p.Look(360, false)
		}
		if most := own[name]; most > 0 && weight(p) > most<<10 {
			t.Errorf("the page weighs %d bytes without what it shares with others; at most %d", weight(p), most<<10)
		}
		axe := long() || u.axe
		if axe {
			p.Axe()
		}
		u.measure(t, "on a phone")
		u.picture(name, "phone")
		p.Look(320, false)
		u.measure(t, "at 320 pixels")
		if !u.seen.leftward {
			u.turn("rtl")
			u.measure(t, "from right to left")
			u.picture(name, "rtl")
			u.turn("ltr")
		}
		p.Look(1280, true)
		switch {
		case long():
			p.Axe()
		case axe:
			p.Axe("color-contrast", "target-size") // all that colours and room can change
		}
		u.measure(t, "on a desktop")
		u.picture(name, "dark")
		if writes() {
			p.Look(1200, false)
			u.picture(name, "desktop")
		}
		p.Look(0, false)
	})
}

func (u *tour) turn(dir string) {
	Eval[string](u.p, fmt.Sprintf("document.documentElement.dir = %q", dir))
}

func (u *tour) measure(t *testing.T, how string) {
	t.Helper()
	if n := u.p.Overflow(); n != 0 {
		t.Errorf("%s the page is %d pixels wider than the window", how, n)
	}
	if small := u.p.SmallTargets(44); len(small) > 0 {
		t.Errorf("%s these are too small to press: %s", how, strings.Join(small, "\n"))
	}
}

// Every page, in every language, light and dark: no violation by axe-core, no error in its HTML, nothing from another host, nothing in the console. TestLife and
// TestNames look at those that the demonstration has not.
func TestPages(t *testing.T) {
	t.Parallel()
	b := New(t)
	demo := demonstration(t)
	slow := install(t, "sqlite")
	all := newSeen(languages(t, demo))
	tags := few(languages(t, demo))
	t.Run("tour", func(t *testing.T) {
		for _, tag := range languages(t, demo) {
			t.Run("demo-"+tag, func(t *testing.T) {
				t.Parallel()
				u := &tour{t, b.Page(t, View{Phone: true, Language: tag}), tag, all, tag == "en"}
				if slices.Contains(tags, tag) {
					u.demo(demo)
				} else {
					u.standing(demo)
				}
			})
		}
		t.Run("first view", func(t *testing.T) {
			t.Parallel()
			firstViews(t, b, demo)
		})
		// The first case is published into a running site, whose front page has been empty until then.
		t.Run("slow", func(t *testing.T) {
			for _, tag := range tags {
				u := &tour{t, b.Page(t, View{Phone: true, Language: tag}), tag, all, tag == "en"}
				u.p.Open(slow.URL + "/" + tag + "/")
				u.look("home-empty")
			}
			slow.publish(t, "default")
			for _, tag := range tags {
				u := &tour{t, b.Page(t, View{Phone: true, Language: tag}), tag, all, tag == "en"}
				u.waits(slow)
			}
		})
	})
	Vnu(t, all.pages)
	if want := 27*len(tags) + 7*(len(languages(t, demo))-len(tags)); len(all.pages) != want {
		t.Errorf("%d pages were looked at, want %d", len(all.pages), want)
	}
}

// visit opens a page and looks at it.
func (u *tour) visit(name, address string, status int) {
	u.t.Helper()
	u.open(address, status)
	u.look(name)
}

// standing visits what whoever comes to a site finds there.
func (u *tour) standing(g *program) {
	at := g.URL + "/" + u.tag
	u.visit("home", at+"/", http.StatusOK)
	u.visit("person", g.person(u.tag), http.StatusOK)
	Eval[int](u.p, `[...document.querySelectorAll("details")].map(d => d.open = true).length`)
	u.look("person-unfolded")
	u.visit("letter", g.letter(u.tag), http.StatusOK)
	u.visit("advice", at+"/advice", http.StatusOK)
	u.visit("privacy", at+"/privacy", http.StatusOK)
	u.visit("recount", at+"/recount", http.StatusOK)
}

// demo visits what the demonstration shows.
func (u *tour) demo(g *program) {
	p, at := u.p, g.URL+"/"+u.tag
	u.standing(g)
	u.visit("missing", at+"/nobody", http.StatusNotFound)
	u.visit("no-proof", g.URL+"/r/00?lang="+u.tag, http.StatusNotFound)
	if u.tag == "en" { // one mailbox for all: empty only until somebody signs
		u.visit("mailbox-empty", g.URL+"/demo/mail?lang=en", http.StatusOK)
	} else {
		u.visit("message-none", g.URL+"/demo/mail/none?lang="+u.tag, http.StatusNotFound)
	}

	p.Open(g.letter(u.tag))
	p.Fill("#email", "anna@")
	p.Follow("#sign button")
	u.look("error")
	p.Fill("#email", "anna."+u.tag+"@gmial.com")
	p.Follow("#sign button")
	u.look("waiting-suggest")
	p.Follow(`main form:has([value$="@gmail.com"]) button`)
	u.look("waiting")
	p.Fill("#code", "1234")
	p.Follow("main form:has(#code) button")
	u.look("waiting-error")

	p.Open(g.URL + "/demo/mail?lang=" + u.tag)
	u.look("mailbox")
	p.Follow(fmt.Sprintf(`main li:has([href]):nth-child(%d) a`, Eval[int](p, fmt.Sprintf(
		`[...document.querySelectorAll("main li")].findIndex(e => e.textContent.includes("anna.%s@gmail.com")) + 1`, u.tag))))
	u.look("message")
	p.Follow(`main .letter a[href*="/confirm"]`)
	u.look("link")
	p.Follow("main form button")
	u.look("sure")
	p.Follow("main form button")
	u.look("counted")
	private := Eval[string](p, `document.getElementById("private-link").value`)
	p.Open(private)
	p.Await(`document.querySelector("main a[href^='/r/']")`, patience)
	u.look("mine")
	for p.Follow(`main a[href^="/r/"]`); !strings.Contains(Eval[string](p, `document.querySelector("main [download]").getAttribute("download")`), "proof"); p.Open(p.URL()) {
	}
	u.look("proof")
	p.Open(private)
	p.Follow("button.grave")
	u.look("withdrawn")
	p.Open(private)
	u.look("withdrawn-before")
	p.Open(g.URL + "/confirm?t=broken&lang=" + u.tag)
	p.Follow("main form button")
	u.look("broken-link")
}

// waits visits what there is while a signature waits for its batch.
func (u *tour) waits(i *installation) {
	p, address := u.p, "anna."+u.tag+"@gmail.com"
	p.Open(i.letter(u.tag))
	p.Fill("#email", address)
	p.Follow("#sign button")
	code, _ := i.mailed(u.t, address)
	p.Fill("#code", code)
	p.Follow("main form:has(#code) button")
	p.Open(Eval[string](p, `document.getElementById("private-link").value`))
	u.look("mine-waiting")
	p.Follow(`main a[href^="/r/"]`)
	u.look("promise")
}

// firstViews are of the pages that a link in a messenger opens: each costs little, on a slow phone and over Tor, and leaves nothing behind.
func firstViews(t *testing.T, b *Browser, g *program) {
	for _, view := range []View{{Phone: true, Language: "en"}, {Language: "ru"}, {Phone: true, NoScript: true, Language: "ru"}} {
		for name, address := range map[string]string{"letter": g.letter(view.Language), "person": g.person(view.Language), "home": g.URL + "/" + view.Language + "/"} {
			t.Run(name+"-"+view.String(), func(t *testing.T) {
				p := b.Page(t, view)
				p.Open(address)
				n, asked := p.Bytes(), len(p.Requests())
				t.Logf("%d bytes over the wire, %d requests (%s), %d bytes of HTML", n, asked, strings.Join(kinds(p), ", "), len(p.Source()))
				if n > 30<<10 || asked > 5 {
					t.Errorf("%d bytes in %d requests; at most %d in 5", n, asked, 30<<10)
				}
				if s := Eval[string](p, `document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)`); s != "" {
					t.Errorf("the page keeps in the browser: %s", s)
				}
			})
		}
	}
}
