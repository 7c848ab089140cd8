package browser

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Page is one tab. Its methods fail the test when they can't do what they say.
type Page struct {
	// Context is for steps of chromedp's own that have no method here.
	Context context.Context

	t    testing.TB
	view View

	mu       sync.Mutex // what follows is written by the browser's events
	host     string     // of the first address opened: the only one that the page may talk to
	order    int
	requests map[network.RequestID]*Request // since the last Open or Follow
	faults   []string
	allowed  []*regexp.Regexp
	stirred  chan struct{}
}

// Request is something that the page asked for.
type Request struct {
	Method string
	URL    string
	Kind   network.ResourceType // "Document", "Stylesheet", "EventSource" …
	Status int64                // 0: no answer yet, or none at all
	Bytes  int64                // head and body as they came over the wire, redirects on the way included
	Cached bool                 // not fetched: from the page's own cache

	id    network.RequestID
	order int
	done  bool
}

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (p *Page) must(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v%s", what, err, p.glimpse())
	}
}

// glimpse says where the page was when a step failed.
func (p *Page) glimpse() string {
	ctx, cancel := context.WithTimeout(p.Context, 2*time.Second)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return ""
	}
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText.slice(0, 600) : ''"))
	return fmt.Sprintf("\nthe page is %s, and says:\n%s", at, text)
}

func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.Context, patience)
	defer cancel()
	p.must(what, chromedp.Do(ctx, steps...))
}

func value[T any](p *Page, what string, step chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.Context, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	p.must(what, err)
	return v
}

// hear takes the browser's events; it runs while nothing else is read from the browser, so it only notes them.
func (p *Page) hear(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		r := p.requests[ev.RequestID]
		if r == nil {
			p.order++
			r = &Request{order: p.order, id: ev.RequestID}
			p.requests[ev.RequestID] = r
		}
		if ev.RedirectResponse != nil {
			r.Bytes += int64(ev.RedirectResponse.EncodedDataLength)
		}
		r.Method, r.URL, r.Kind, r.done = ev.Request.Method, ev.Request.URL, ev.Type, false
		if u, err := url.Parse(r.URL); err == nil && p.host != "" && u.Host != p.host && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ws" || u.Scheme == "wss") {
			p.faults = append(p.faults, "asked another host: "+r.URL)
		}
	case *network.EventResponseReceived:
		if r := p.requests[ev.RequestID]; r != nil {
			r.Status, r.Kind, r.Cached = ev.Response.Status, ev.Type, ev.Response.FromDiskCache
			if ev.Type == network.ResourceTypeEventSource {
				r.Bytes += int64(ev.Response.EncodedDataLength)
			}
		}
	case *network.EventDataReceived:
		if r := p.requests[ev.RequestID]; r != nil && r.Kind == network.ResourceTypeEventSource { // never finishes
			r.Bytes += ev.EncodedDataLength
		}
	case *network.EventLoadingFinished:
		if r := p.requests[ev.RequestID]; r != nil {
			r.done = true
			if r.Kind != network.ResourceTypeEventSource {
				r.Bytes += int64(ev.EncodedDataLength)
			}
		}
	case *network.EventLoadingFailed:
		if r := p.requests[ev.RequestID]; r != nil {
			r.done = true
		}
	case *network.EventRequestServedFromCache:
		if r := p.requests[ev.RequestID]; r != nil {
			r.Cached = true
		}
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if e := ev.ExceptionDetails.Exception; e != nil {
			text += " " + e.Description
		}
		p.faults = append(p.faults, "JavaScript: "+text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" || ev.Type == "assert" {
			var words []string
			for _, a := range ev.Args {
				words = append(words, strings.Trim(string(a.Value)+" "+a.Description, `" `))
			}
			p.faults = append(p.faults, "console: "+strings.Join(words, " "))
		}
	case *log.EventEntryAdded:
		e := ev.Entry
		if r := p.requests[e.NetworkRequestID]; e.Source == log.EntrySourceNetwork && r != nil && r.Kind == network.ResourceTypeDocument {
			break // a page that answers 404 is what its test asked for
		}
		if e.Level == log.EntryLevelError || e.Source == log.EntrySourceSecurity || e.Source == log.EntrySourceViolation && strings.Contains(e.Text, "Content Security") {
			p.faults = append(p.faults, strings.TrimSpace("log: "+e.Text+" "+e.URL))
		}
	default:
		return
	}
	select {
	case p.stirred <- struct{}{}:
	default:
	}
}

// Allow excuses faults whose text fits the pattern: for a test whose point they are.
func (p *Page) Allow(pattern string) {
	p.t.Helper()
	re, err := regexp.Compile(pattern)
	p.must("pattern", err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = append(p.allowed, re)
}

// Faults returns, and forgets, what the page should not have done so far.
func (p *Page) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	faults := slices.DeleteFunc(p.faults, func(f string) bool {
		return slices.ContainsFunc(p.allowed, func(re *regexp.Regexp) bool { return re.MatchString(f) })
	})
	p.faults = nil
	return faults
}

// Check fails the test for the faults so far. It runs by itself when the test ends.
func (p *Page) Check() {
	p.t.Helper()
	for _, f := range p.Faults() {
		p.t.Errorf("the page did what no page of ours may: %s", f)
	}
}

// start begins the count of a new view.
func (p *Page) start(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u, err := url.Parse(address); err == nil && p.host == "" {
		p.host = u.Host
	}
	clear(p.requests)
}

// Open goes to an address, waits until the page has loaded and nothing more is on its way, and returns the HTTP status.
func (p *Page) Open(address string) int {
	p.t.Helper()
	p.start(address)
	r := value(p, "open "+address, chromedp.NavigateResponse(address))
	p.settle()
	return int(r.Status)
}

// Follow clicks what leads to another page (a link, a form's button), waits for that page as Open does, and returns its status.
func (p *Page) Follow(css string) int {
	p.t.Helper()
	p.start("")
	ctx, cancel := context.WithTimeout(p.Context, patience)
	defer cancel()
	r, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(css)))
	p.must("follow "+css, err)
	p.settle()
	return int(r.Status)
}

// Click clicks what changes the page itself, and waits until nothing more is on its way.
func (p *Page) Click(css string) {
	p.t.Helper()
	p.do("click "+css, chromedp.Click(chromedp.CSS(css)))
	p.settle()
}

// settle waits until a tenth of a second has passed in which nothing was asked for and nothing came, streams aside.
func (p *Page) settle() {
	over := time.After(5 * time.Second)
	for {
		select {
		case <-p.stirred:
			continue
		case <-over: // something takes long; what the test asks for next will tell
			return
		case <-time.After(100 * time.Millisecond):
		}
		p.mu.Lock()
		waiting := false
		for _, r := range p.requests {
			waiting = waiting || !r.done && !r.Cached && r.Kind != network.ResourceTypeEventSource
		}
		p.mu.Unlock()
		if !waiting {
			return
		}
	}
}

// Fill empties a field and types into it, key by key.
func (p *Page) Fill(css, text string) {
	p.t.Helper()
	p.do("fill "+css, chromedp.Clear(chromedp.CSS(css)), chromedp.SendKeys(chromedp.CSS(css), text))
}

// Press sends keys to whatever has the focus: text, or names of package kb such as kb.Tab.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press keys", chromedp.KeyEvent(keys))
}

// Text is what a person reads in the first element that fits, waiting until it is shown.
func (p *Page) Text(css string) string {
	p.t.Helper()
	return value(p, "text of "+css, chromedp.Text(chromedp.CSS(css)))
}

// Has tells whether an element that fits is on the page now.
func (p *Page) Has(css string) bool {
	p.t.Helper()
	return Eval[bool](p, fmt.Sprintf("document.querySelector(%q) !== null", css))
}

// Eval runs an expression of JavaScript (also where View.NoScript keeps the page's own from running) and returns its value.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return value(p, "evaluate", chromedp.Evaluate[T](expression))
}

// Await waits until an expression of JavaScript is true.
func (p *Page) Await(expression string, limit time.Duration) {
	p.t.Helper()
	for over := time.Now().Add(limit); !Eval[bool](p, "!!("+expression+")"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(over) {
			p.t.Fatalf("after %v still not: %s%s", limit, expression, p.glimpse())
		}
	}
}

// URL is the page's address.
func (p *Page) URL() string {
	p.t.Helper()
	return value(p, "address", chromedp.Location())
}

// HTML is the document as the browser understands it now. For what the server sent, see Source.
func (p *Page) HTML() string {
	p.t.Helper()
	return value(p, "document", chromedp.OuterHTML(chromedp.CSS("html")))
}

// Source is the document as the server sent it, decompressed: what Vnu should check.
func (p *Page) Source() string {
	p.t.Helper()
	for _, r := range p.Requests() {
		if r.Kind == network.ResourceTypeDocument {
			ctx, cancel := context.WithTimeout(p.Context, patience)
			defer cancel()
			b, err := chromedp.Call(ctx, network.GetResponseBody, network.GetResponseBodyParams{RequestID: r.id})
			p.must("source", err)
			return string(b.Body)
		}
	}
	p.t.Fatal("no document has been opened")
	return ""
}

// Requests are what the page asked for since the last Open or Follow, in that order; data: addresses are none.
func (p *Page) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Request
	for _, r := range slices.SortedFunc(maps.Values(p.requests), func(a, b *Request) int { return a.order - b.order }) {
		if !strings.HasPrefix(r.URL, "data:") && !strings.HasPrefix(r.URL, "blob:") {
			list = append(list, *r)
		}
	}
	return list
}

// Bytes is what came over the wire since the last Open or Follow, heads included: compressed, as a phone pays for it.
func (p *Page) Bytes() int64 {
	var n int64
	for _, r := range p.Requests() {
		n += r.Bytes
	}
	return n
}

// Download clicks a link that saves a file, and returns the file's name and content.
func (p *Page) Download(css string) (name string, content []byte) {
	p.t.Helper()
	dir := p.t.TempDir()
	_, err := chromedp.Call(p.Context, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, BrowserContextID: chromedp.FromContext(p.Context).BrowserContextID})
	p.must("allow downloads", err)
	p.do("click "+css, chromedp.Click(chromedp.CSS(css)))
	for over := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		files, err := os.ReadDir(dir)
		p.must("look for the download", err)
		if len(files) == 1 && !strings.HasSuffix(files[0].Name(), ".crdownload") && !strings.HasPrefix(files[0].Name(), ".") { // else it is on its way
			b, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
			p.must("read the download", err)
			return files[0].Name(), b
		}
		if time.Now().After(over) {
			p.t.Fatalf("nothing was downloaded by %s%s", css, p.glimpse())
		}
	}
}

// Look changes how the open page is seen: the window's width in CSS pixels (0: as it was) and light or dark colours.
func (p *Page) Look(width int, dark bool) {
	p.t.Helper()
	colours := "light"
	if dark {
		colours = "dark"
	}
	p.do("change the look",
		p.window(width),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: p.features(colours)}))
	if !p.view.NoScript { // what is pressed next must lie where it is drawn
		value(p, "wait until it is drawn", chromedp.Evaluate[chromedp.Void]("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))", chromedp.EvalAwaitPromise))
	}
}

// Screenshot writes the page as PNG, from its top down to so many CSS pixels (0: the whole page), making the folder if need be.
func (p *Page) Screenshot(path string, height int) {
	p.t.Helper()
	shot := chromedp.FullScreenshot(100)
	if whole := Eval[[2]int](p, "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"); height > 0 && height < whole[1] {
		beyond := true
		shot = func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
			r, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
				CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: float64(whole[0]), Height: float64(height), Scale: 1}})
			return r.Data, err
		}
	}
	b := value(p, "screenshot", shot)
	p.must("screenshot", os.MkdirAll(filepath.Dir(path), 0o755))
	p.must("screenshot", os.WriteFile(path, b, 0o644))
}

// Overflow tells by how many CSS pixels the page is wider than the window: 0 is what reflow asks for (WCAG 1.4.10).
func (p *Page) Overflow() int {
	p.t.Helper()
	return Eval[int](p, "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)")
}
