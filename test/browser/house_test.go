package browser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/locales"
	"outcry/test/peers"
)

// house is the site inside the test, where the clock and the budgets are ours; what the command line does to it, the binary does.
type house struct {
	*program
	app   *app.App
	post  *mail.Sink
	later atomic.Int64 // nanoseconds by which its clock is ahead
}

// postbox keeps the mails of a site that is no demonstration.
type postbox struct{ *mail.Sink }

// lodge makes a site with the scenario's campaign at a pace, a key for news, and whom it allows to show its counts.
func lodge(t testing.TB, pace string, budgets letter.Budgets, embed ...string) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := &house{program: &program{URL: "http://" + l.Addr().String(), binary: peers.Binary(t), dir: dir}, post: &mail.Sink{}}
	h.place = []string{"--data", filepath.Join(dir, "data"), "--secret-file", filepath.Join(dir, "secret")}
	said := &heard{}
	c := app.Config{Data: h.place[1], SecretFile: h.place[3], Mail: postbox{h.post}, Budgets: &budgets, Log: slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelError})),
		Settings: app.Settings{URL: h.URL, From: "letters@outcry.example", Embed: embed},
		Now:      func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }}
	if err := app.Init(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if h.app, err = app.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	key, err := seal.NewIdentityFile(filepath.Join(dir, "committee.key"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	campaign, err := app.ReadCampaign(bytes.Replace(scenario(t, pace), []byte("  contact:"), []byte("  news_recipient: "+key.String()+"\n  contact:"), 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.app.Apply(t.Context(), campaign); err != nil {
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
	h.await(t, "the letter is served", func() bool { return h.status(t, h.letter("en")) == http.StatusOK })
	return h
}

// heard is a log that is written by many and read at the end.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

func (h *house) await(t testing.TB, what string, so func() bool) {
	t.Helper()
	for over := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatalf("after %v still not: %s", patience, what)
		}
	}
}

// outcry runs a command on the house's installation, which goes on serving.
func (h *house) outcry(t testing.TB, args ...string) string {
	t.Helper()
	return h.run(t, 0, append(args, h.place...)...)
}

// mails are those to an address, the oldest first.
func (h *house) mails(address string) (list []*mail.Message) {
	for _, m := range h.post.List() {
		if m.To == address {
			list = append(list, m)
		}
	}
	slices.Reverse(list)
	return list
}

// mail waits for the n-th mail to an address.
func (h *house) mail(t testing.TB, address string, n int) string {
	t.Helper()
	h.await(t, fmt.Sprintf("mail %d to %s", n, address), func() bool { return len(h.mails(address)) >= n })
	return h.mails(address)[n-1].Text
}

// code is the one in the n-th mail to an address.
func (h *house) code(t testing.TB, address string, n int) string {
	t.Helper()
	text := h.mail(t, address, n)
	code := mailedCode.FindString(text)
	if code == "" {
		t.Fatalf("the message has no code:\n%s", text)
	}
	return code
}

var neverLink = regexp.MustCompile(`http://\S+/not-me\?\S+`)

// sends makes sure that the site has sent everything it will: the mail to somebody who asks now comes after all others.
func (h *house) sends(t testing.TB) {
	t.Helper()
	address := fmt.Sprintf("last-%d@gmail.com", time.Now().UnixNano())
	if _, err := h.app.Book.Begin(t.Context(), "kagarlitsky", "release", 1, address, "en"); err != nil {
		t.Fatal(err)
	}
	h.mail(t, address, 1)
}

// body is what a site answers.
func (g *program) body(t testing.TB, address string) string {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var spoken = regexp.MustCompile(`<a[^>]* hreflang="([A-Za-z-]+)"`)

// languages are those that a site's front page offers, in its order.
func languages(t testing.TB, g *program) (tags []string) {
	t.Helper()
	for _, m := range spoken.FindAllStringSubmatch(g.body(t, g.URL+"/en/"), -1) {
		if !slices.Contains(tags, m[1]) {
			tags = append(tags, m[1])
		}
	}
	if len(tags) < 2 || tags[0] != "en" {
		t.Fatalf("the front page offers %q", tags)
	}
	return tags
}

// leftward is a language of a site that is written from right to left; empty if there is none.
func leftward(tags []string) string {
	for _, tag := range tags {
		if lang.Dir(lang.Tag(tag)) == "rtl" {
			return tag
		}
	}
	return ""
}

// few are the languages for the quick run: the first and one from right to left, if there is one; the long run takes all, and so does one that makes pictures.
func few(tags []string) []string {
	if long() || writes() {
		return tags
	}
	other := leftward(tags)
	if other == "" {
		other = tags[1]
	}
	return []string{tags[0], other}
}

// catalogue is the words of the program, for who reads pages in any of its languages.
var catalogue = sync.OnceValue(func() *lang.Catalog {
	c, err := lang.Load(locales.FS)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return c
})

// say is the printer of a language, whose words a test expects on a page.
func say(tag string) *lang.Printer { return catalogue().Printer(lang.Tag(tag)) }

// errorTitle is what the window's title begins with when a form came back.
func errorTitle(tag string) string {
	before, _, _ := strings.Cut(say(tag).T("form.error_title", "Title", "|"), "|")
	return strings.TrimRight(before, "\u2068")
}
