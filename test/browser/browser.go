// Package browser opens pages in a real Chromium and watches what they do.
//
// A [Page] fails its test by itself for what no page of ours may do: ask another host for anything, write an error to the console, break its own content
// security policy. What else a test wants to see it asks for: text, bytes over the wire, an accessibility check by axe-core ([Page.Axe]), the HTML checker ([Vnu]).
// Without Chromium, npm's packages (make assets) or Java the tests are skipped, or fail where OUTCRY_REQUIRE=all.
package browser

import (
	"cmp"
	"context"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"outcry/test/peers"
)

// patience is how long one step may take on a loaded machine.
const patience = 30 * time.Second

// Browser is one Chromium with an empty profile.
type Browser struct {
	ctx context.Context
}

// shared is the Chromium of all tests of the run. Each page has cookies and a cache of its own, and a start costs as much as looking at two pages.
var shared struct {
	sync.Mutex
	browser *Browser
	stop    func()
}

// unseen are features of Chromium that are off. Without a screen it still has a window for each [Page], and by itself makes that window's buttons, address line and its
// suggestions of pages of its own, in a process of their own, and keeps one more ready: a page took three times as long to compute as it does without. "Translate" is
// chromedp's own choice.
var unseen = []string{"Translate", "SpareRendererForSitePerProcess", "PreloadTopChromeWebUI", "InitialWebUI", "WebUIReloadButton", "WebUIToolbar", "WebUILocationBar",
	"WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup"}

// New is the run's Chromium, which the first test that asks for it starts and [end] ends.
//
// Names under .test lead to 127.0.0.1, so that a page can be seen from a host that a browser does not trust as it does localhost. No other name resolves.
func New(t testing.TB) *Browser {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.browser != nil {
		return shared.browser
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		peers.Missing(t, "Chromium is not here (Debian: apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-features", strings.Join(unseen, ",")),
		chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to sandbox for root
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(ctx, chromedp.WithErrorf(log.Printf), chromedp.WithLogf(func(string, ...any) {}))
	shared.stop = func() {
		chromedp.Cancel(ctx)
		leave()
		stop()
	}
	if err := chromedp.Do(ctx); err != nil {
		shared.stop()
		t.Fatalf("Chromium did not start: %v", err)
	}
	shared.browser = &Browser{ctx}
	return shared.browser
}

// end ends the run's Chromium, if there is one.
func end() {
	shared.Lock()
	defer shared.Unlock()
	if shared.browser != nil {
		shared.stop()
	}
}

// View is who looks at a page. The zero View is a desktop of 1280×900 with JavaScript, English, light colours.
type View struct {
	Phone    bool   // 360×740, touch, two device pixels to one of CSS
	Width    int    // of the window in CSS pixels, where it is neither of those two; 320 is what zooming to 400 % makes of a desktop
	NoScript bool   // JavaScript off
	Language string // for Accept-Language, best first: "ru", "ar,en"; the browser adds the weights; empty: "en"
	Dark     bool   // prefers-color-scheme: dark
	Calm     bool   // prefers-reduced-motion: reduce
}

// String names a view as a subtest may be named.
func (v View) String() string {
	words := []string{"desktop"}
	if v.Phone {
		words[0] = "phone"
	}
	if v.NoScript {
		words = append(words, "noscript")
	}
	if v.Dark {
		words = append(words, "dark")
	}
	return strings.Join(append(words, cmp.Or(v.Language, "en")), "-")
}

// Page opens an empty tab with cookies and a cache of its own. It closes with the test, which then fails for what the page should not have done.
func (b *Browser) Page(t testing.TB, v View) *Page {
	t.Helper()
	p := &Page{t: t, view: v, requests: map[network.RequestID]*Request{}, stirred: make(chan struct{}, 1)}
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.hear))
	p.Context = ctx
	t.Cleanup(func() {
		t.Helper()
		p.Check()
		end()
	})
	colours := "light"
	if v.Dark {
		colours = "dark"
	}
	if err := chromedp.Do(ctx); err != nil { // opens the tab, with no time limit: it would end the tab too
		t.Fatalf("open a tab: %v", err)
	}
	agent, err := chromedp.Run(ctx, chromedp.Evaluate[string]("navigator.userAgent"))
	p.must("ask for the browser's name", err)
	p.do("set up the page",
		p.window(v.Width),
		command(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: cmp.Or(v.Language, "en")}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: p.features(colours)}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript}),
	)
	return p
}

// window is the page's window, of some width or of the view's; a phone's that is made wide is a desktop's.
func (p *Page) window(width int) chromedp.Action[chromedp.Void] {
	phone := p.view.Phone && width < 600
	usual, height, scale := 1280, 900, 1.0
	if phone {
		usual, height, scale = 360, 740, 2
	}
	size := []chromedp.EmulateViewportOption{chromedp.EmulateScale(scale)}
	if phone {
		size = append(size, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	return chromedp.EmulateViewport(int64(cmp.Or(width, p.view.Width, usual)), int64(height), size...)
}

func (p *Page) features(colours string) []*emulation.MediaFeature {
	motion := "no-preference"
	if p.view.Calm {
		motion = "reduce"
	}
	return []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}, {Name: "prefers-reduced-motion", Value: motion}}
}

// asset finds a file that npm installed for these tests, from whichever package the test is in.
func asset(t testing.TB, path string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	found := filepath.Join(dir, "test", "browser", "node_modules", path)
	if _, err := os.Stat(found); err != nil {
		name, _, _ := strings.Cut(path, "/")
		peers.Missing(t, "npm's %s is not here: make assets", name)
	}
	return found
}
