package browser

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/totp"

	"outcry/internal/app"
	"outcry/internal/core/organiser"
	"outcry/test/peers"
)

// committee is a site whose desk is reached as localhost: a browser takes the desk's cookie there as it does over TLS.
type committee struct{ *house }

func newCommittee(t *testing.T) *committee {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	dir, said := t.TempDir(), &heard{}
	h := &house{program: &program{URL: "http://localhost:" + port, binary: peers.Binary(t), dir: dir}}
	h.place = []string{"--data", filepath.Join(dir, "data"), "--secret-file", filepath.Join(dir, "secret")}
	c := app.Config{Data: h.place[1], SecretFile: h.place[3], Log: slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelError})), Settings: app.Settings{URL: h.URL},
		Now: func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }}
	if err := app.Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if h.app, err = app.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- h.app.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		<-ended
		h.app.Close()
		if s := said.String(); s != "" {
			t.Errorf("the server's log:\n%s", s)
		}
	})
	h.await(t, "the site answers", func() bool { return h.status(t, h.URL+"/healthz") == http.StatusOK })
	return &committee{h}
}

// invites makes a link as outcry organiser invite does.
func (c *committee) invites(t *testing.T, r organiser.Role) string {
	t.Helper()
	_, address, err := c.app.InviteOrganiser(t.Context(), organiser.Home, r, true)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

const deskPassword = "four words or five"

// hands is somebody at a page with a keyboard and nothing else, and counts what they press.
type hands struct {
	*Page
	c      *committee
	secret string
	keys   int
}

// reach presses Tab until the focus is on what fits.
func (h *hands) reach(css string) {
	h.t.Helper()
	for range 80 {
		if Eval[bool](h.Page, "document.activeElement && document.activeElement.matches('"+css+"')") {
			return
		}
		h.Press(kb.Tab)
		h.keys++
	}
	h.t.Fatalf("no Tab leads to %s%s", css, h.glimpse())
}

func (h *hands) types(css, text string) {
	h.t.Helper()
	h.reach(css)
	h.Press(text)
	h.keys += len([]rune(text))
}

// chooses takes one of a few, by the keys that a group of choices has: Tab leads into it, arrows lead on, the space bar takes.
func (h *hands) chooses(name, value string) {
	h.t.Helper()
	h.reach(`input[name="` + name + `"]`)
	for range 10 {
		h.Press(" ")
		h.keys++
		if Eval[bool](h.Page, `document.querySelector('input[name="`+name+`"]:checked')?.value === "`+value+`"`) {
			return
		}
		h.Press(kb.ArrowDown)
	}
	h.t.Fatalf("no key chooses %s %s%s", name, value, h.glimpse())
}

// sends presses Enter on a button and waits for the page that follows.
func (h *hands) sends(css, next string) {
	h.t.Helper()
	h.reach(css)
	h.Press(kb.Enter)
	h.keys++
	h.settle()
	h.Await("document.readyState === 'complete' && "+next, patience)
}

func (h *hands) code() string {
	h.t.Helper()
	h.c.later.Add(int64(time.Minute)) // each code is taken once
	code, err := totp.GenerateCode(h.secret, time.Now().Add(time.Duration(h.c.later.Load())))
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// joins goes from an invitation to the desk.
func (h *hands) joins(link, name string) {
	h.t.Helper()
	if status := h.Open(link); status != http.StatusOK {
		h.t.Fatal(status)
	}
	h.sends("main button", "document.querySelector('.secret')")
	h.Axe()
	h.secret = strings.ReplaceAll(h.Text(".secret"), " ", "")
	h.types("#name", name)
	h.chooses("place", "inside")
	h.types("#password", deskPassword)
	h.types("#code", h.code())
	h.chooses("device", "phone")
	h.sends("main button", "document.querySelector('.codes')")
	h.Axe()
	if codes := regexp.MustCompile(`[a-z2-7]{4}(?:-[a-z2-7]{4}){3}`).FindAllString(h.HTML(), -1); len(codes) != 10 {
		h.t.Errorf("%d recovery codes", len(codes))
	}
	h.sends("main a.jump", "location.pathname === '/desk/'")
}

// An organiser joins, invites another one and signs out and in, by the keyboard alone and without JavaScript, in a language that is read from the left and in one that
// is read from the right; every page is accessible, fits a telephone, and is valid HTML. Nothing outside of the desk ever gets a cookie.
func TestDeskByKeyboard(t *testing.T) {
	t.Parallel()
	b, c := New(t), newCommittee(t)
	tags := languages(t, c.program)
	pages := map[string]string{}
	for n, tag := range []string{tags[0], leftward(tags)} {
		t.Run(tag, func(t *testing.T) {
			h := &hands{Page: b.Page(t, View{NoScript: true, Language: tag}), c: c}
			begin := time.Now()
			h.joins(c.invites(t, organiser.Lead), "Rowan "+tag)
			for i, path := range []string{"/", "/people", "/proposals", "/trail", "/sessions", "/safety", "/kept", "/settings"} {
				if status := h.Open(c.URL + "/desk" + path); status != http.StatusOK {
					t.Fatalf("%s: %d", path, status)
				}
				if long() || i%2 == n { // in the quick run each page in one direction
					h.Axe()
				}
				h.Look(360, true)
				if long() {
					h.Axe()
				} else {
					h.Axe("color-contrast", "target-size") // all that colours and room can change
				}
				if over := h.Overflow(); over > 0 {
					t.Errorf("%s is %d pixels wider than a telephone", path, over)
				}
				h.Look(1280, false)
				pages[tag+path] = h.Source()
			}
			c.later.Add(int64(6 * time.Minute)) // joining was a proof
			h.Open(c.URL + "/desk/people")
			h.sends(`a[href="/desk/invite"]`, "location.pathname === '/desk/prove'")
			h.Axe()
			h.Open(h.URL())
			pages[tag+"/prove"] = h.Source()
			h.types("#password", deskPassword)
			h.types("#code", h.code())
			h.sends("main button", "location.pathname === '/desk/invite'")
			h.Axe()
			h.chooses("role", "translator")
			h.sends("main button", "document.querySelector('#link')")
			h.Axe()
			if link := Eval[string](h.Page, "document.querySelector('#link').value"); !strings.HasPrefix(link, c.URL+organiser.JoinPath) {
				t.Errorf("the link is %q", link)
			}
			h.Open(c.URL + "/desk/ways")
			h.Axe()
			pages[tag+"/ways"] = h.Source()
			h.Open(c.URL + "/desk/people/" + c.person(t, h.Page))
			h.Axe()
			pages[tag+"/person"] = h.Source()
			h.Open(c.URL + "/desk/sessions")
			h.sends("footer button", "location.pathname === '/desk/in'")
			h.Axe()
			h.Open(h.URL())
			pages[tag+"/in"] = h.Source()
			h.types("#name", "rowan "+tag)
			h.types("#password", deskPassword)
			h.types("#code", h.code())
			h.chooses("device", "computer")
			h.sends("main button", "location.pathname === '/desk/'")
			if dir := Eval[string](h.Page, "document.documentElement.dir"); dir != say(tag).Dir() {
				t.Errorf("dir is %q", dir)
			}
			t.Logf("%d keys, %v", h.keys, time.Since(begin).Round(time.Second))
			h.Open(c.URL + "/" + tag + "/")
			for _, r := range h.Requests() {
				if strings.Contains(r.URL, "desk") {
					t.Errorf("a public page asks for %s", r.URL)
				}
			}
		})
	}
	Vnu(t, pages)
	if len(pages) != 2*12 {
		t.Errorf("%d pages were looked at", len(pages))
	}
}

// person is the id of somebody of the committee, from its page.
func (c *committee) person(t *testing.T, p *Page) string {
	t.Helper()
	p.Open(c.URL + "/desk/people")
	m := regexp.MustCompile(`/desk/people/([0-9a-f]+)`).FindStringSubmatch(p.Source())
	if m == nil {
		t.Fatal("the page of people leads to nobody")
	}
	return m[1]
}
