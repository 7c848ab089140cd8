package browser

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"outcry/internal/app"
	"outcry/internal/core/organiser"
	"outcry/test/peers"
)

// foundation is an installation as `outcry init` leaves it, served, with a mail server beside it.
type foundation struct {
	*committee
	mail *peers.SMTPServer
}

// found makes one, and returns the link that init printed. Its clock is ours, for codes that are good for one time.
func found(t *testing.T) (*foundation, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	post, said, dir := peers.SMTP(t), &heard{}, t.TempDir()
	h := &house{program: &program{URL: "http://localhost:" + port, binary: peers.Binary(t), dir: dir}}
	h.place = []string{"--data", filepath.Join(dir, "data"), "--secret-file", filepath.Join(dir, "secret")}
	link := strings.TrimSpace(h.outcry(t, "init", "--url", h.URL, "--from", "letters@outcry.example"))
	if !strings.HasPrefix(link, h.URL+organiser.JoinPath) || strings.Contains(link, "\n") {
		t.Fatalf("init prints %q", link)
	}
	h.app, err = app.Open(t.Context(), app.Config{Data: h.place[1], SecretFile: h.place[3], Log: slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelError})),
		Settings: app.Settings{URL: h.URL, From: "letters@outcry.example", SMTP: "smtp://" + post.Addr},
		Now:      func() time.Time { return time.Now().Add(time.Duration(h.later.Load())) }})
	if err != nil {
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
	return &foundation{&committee{h}, post}, link
}

// founder is whoever begins a campaign.
type founder struct {
	*hands
	mail      *peers.SMTPServer
	tag, also string
	passkey   bool
	holds     bool // a passkey: it is made by now
	pictures  bool

	begin  time.Time
	looked time.Duration // with other eyes than a person's: the checks
	pages  int
}

// campaignPath is where the campaign's pages are.
const campaignPath = "/desk/c/anna-berg"

// told are what somebody types, by language.
var told = map[string]struct{ name, to, ask, runBy, summary, what, publisher, title, alt, credit, channel string }{
	"en": {"Anna Berg", "To the Court of Appeal", "Set Anna Berg free.", "Friends of Anna Berg", "Anna Berg, a teacher, is held since 3 March 2025 for an article.",
		"Taken from her flat in the morning.", "City Herald", "A teacher is arrested", "Anna Berg at a window", "family archive", "by letter"},
	"ru": {"Анна Берг", "В апелляционный суд", "Освободите Анну Берг.", "Друзья Анны Берг", "Анну Берг, учительницу, держат под стражей с 3 марта 2025 года за статью.",
		"Утром её увезли из дома.", "Городской вестник", "Арестована учительница", "Анна Берг у окна", "семейный архив", "письмом"},
	"ar": {"آنا بيرغ", "إلى محكمة الاستئناف", "أفرجوا عن آنا بيرغ.", "أصدقاء آنا بيرغ", "آنا بيرغ معلمة، وهي محتجزة منذ 3 مارس 2025 بسبب مقال.",
		"اقتيدت صباحًا من بيتها.", "صحيفة المدينة", "اعتقال معلمة", "آنا بيرغ عند النافذة", "أرشيف العائلة", "برسالة"},
}

func (f *founder) tongues() []string { return []string{f.tag, f.also} }

// look sees the page as those do who see it otherwise.
func (f *founder) look() {
	f.t.Helper()
	begin := time.Now()
	f.pages++
	f.Axe()
	f.Look(360, true)
	if over := f.Overflow(); over > 0 {
		f.t.Errorf("%s is %d pixels wider than a telephone", f.URL(), over)
	}
	f.Look(1280, false)
	f.looked += time.Since(begin)
}

// picture writes one for the organisers' guide.
func (f *founder) picture(name string, width, height int) {
	f.t.Helper()
	if !f.pictures {
		return
	}
	path := filepath.Join("..", "..", "docs", "pictures", "guide-"+name+".png")
	Eval[int](f.Page, "(document.activeElement.blur(), scrollTo(0, 0), 1)")
	site := func(now, then string) { // where a text says at which address the site is: not this test's, which is nobody's
		Eval[int](f.Page, "(document.querySelectorAll('textarea').forEach(t => { t.value = t.value.replaceAll('"+now+"', '"+then+"') }), 1)")
	}
	site(f.c.URL, "https://letters.example.org")
	f.Look(width, false)
	f.Screenshot(path, height)
	site("https://letters.example.org", f.c.URL)
	f.Look(1280, false)
	small(f.t, path)
}

// goes presses Enter on a link or a button, and waits for the page that follows, which has to be at a path.
func (f *founder) goes(css, path string) {
	f.t.Helper()
	f.presses(css)
	f.arrived(path)
}

// presses presses Enter on something, and waits for the page that follows.
func (f *founder) presses(css string) {
	f.t.Helper()
	f.reach(css)
	Eval[int](f.Page, "window.left = 1")
	f.Press(kb.Enter)
	f.keys++
	f.Await("!window.left && document.readyState === 'complete'", patience)
	f.settle()
	f.look()
}

// arrived fails the test where the page is not at a path.
func (f *founder) arrived(path string) {
	f.t.Helper()
	if at := Eval[string](f.Page, "location.pathname"); at != path {
		f.t.Fatalf("it leads to %s, not to %s%s", at, path, f.glimpse())
	}
}

// does decides something, reads that it is done, and goes back to the campaign.
func (f *founder) does() {
	f.t.Helper()
	f.presses("main form button")
	f.reads("desk.errand.done_lead")
	f.skip()
	f.goes(`main a[href="`+campaignPath+`"]`, campaignPath)
}

// skip goes past the menu, by the link that is there for this.
func (f *founder) skip() {
	f.t.Helper()
	f.reach("a.skip")
	f.Press(kb.Enter)
	f.keys++
}

// ticks sets a check box.
func (f *founder) ticks(css string) {
	f.t.Helper()
	f.reach(css)
	f.Press(" ")
	f.keys++
	if !Eval[bool](f.Page, "document.activeElement.checked") {
		f.t.Fatalf("the space bar does not tick %s%s", css, f.glimpse())
	}
}

// picks chooses one of a list by typing what it is called; where several begin like that, an arrow leads on.
func (f *founder) picks(css, value string) {
	f.t.Helper()
	f.reach(css)
	words := Eval[string](f.Page, fmt.Sprintf("[...document.activeElement.options].find(o => o.value === %q).text.trim()", value))
	f.Press(words)
	f.keys += len([]rune(words))
	for range 12 {
		far := Eval[int](f.Page, fmt.Sprintf("(s => [...s.options].findIndex(o => o.value === %q) - s.selectedIndex)(document.activeElement)", value))
		if far == 0 {
			return
		}
		key := kb.ArrowDown
		if far < 0 {
			key = kb.ArrowUp
		}
		f.Press(key)
		f.keys++
	}
	f.t.Fatalf("typing %q in %s chooses %q%s", words, css, Eval[string](f.Page, "document.activeElement.value"), f.glimpse())
}

// unfolds opens what is folded.
func (f *founder) unfolds(css string) {
	f.t.Helper()
	f.reach(css)
	f.Press(kb.Enter)
	f.keys++
	f.Await("document.activeElement.parentElement.open", patience)
}

// reads fails the test where the page does not say the words of a key.
func (f *founder) reads(key string, args ...any) {
	f.t.Helper()
	said(f.t, f.Page, unmarked(say(f.tag).T(key, args...)))
}

// unmarked is a text without the marks of direction that a page may write otherwise.
func unmarked(s string) string { return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(s) }

// step follows the checklist's link.
func (f *founder) step(path string) {
	f.t.Helper()
	f.skip()
	f.goes(`main a[href="`+path+`"]`, path)
}

// back goes from a page of the campaign to its checklist.
func (f *founder) back() {
	f.t.Helper()
	if at := Eval[string](f.Page, "location.pathname"); at != campaignPath {
		f.skip()
		f.goes(`.kicker a[href="`+campaignPath+`"]`, campaignPath)
	}
}

// next is the checklist's main button, which leads to the step that comes next.
func (f *founder) next(path string) {
	f.t.Helper()
	f.skip()
	f.goes(`main a.jump`, path)
}

// planted is what a telephone writes into a file beside the picture.
const planted = "planted by the telephone"

// located is a JPEG with a place in its EXIF block, and a comment.
func located(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 600, 800))
	for y := range 800 {
		for x := range 600 {
			colour := color.RGBA{214, 206, 190, 255} // a wall, and who stands before it
			if dx, dy := (x-300)/2, y-300; dx*dx*5+dy*dy < 26_000 || y > 460 && (x-300)*(x-300)/4+(y-800)*(y-800)/3 < 30_000 {
				colour = color.RGBA{112, 100, 90, 255}
			}
			img.Set(x, y, colour)
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, nil); err != nil {
		t.Fatal(err)
	}
	var x bytes.Buffer // TIFF 6.0 and EXIF 2.3: one entry that leads to the GPS directory
	le := func(v any) { _ = binary.Write(&x, binary.LittleEndian, v) }
	x.WriteString("Exif\x00\x00II*\x00")
	le(uint32(8))
	le([]uint16{1, 0x8825, 4})
	le([]uint32{1, 26, 0})
	le([]uint16{2, 1, 2})
	le(uint32(2))
	x.WriteString("N\x00\x00\x00")
	le([]uint16{2, 5})
	le([]uint32{3, 56, 0})
	le([]uint32{55, 1, 45, 1, 20, 1})
	var out bytes.Buffer
	out.Write(file.Bytes()[:2])
	for marker, body := range map[byte][]byte{0xe1: x.Bytes(), 0xfe: []byte(planted)} {
		out.Write([]byte{0xff, marker})
		_ = binary.Write(&out, binary.BigEndian, uint16(len(body)+2))
		out.Write(body)
	}
	out.Write(file.Bytes()[2:])
	return out.Bytes()
}

// mailed is the code in the last mail to an address.
func (f *founder) mailed(address string) string {
	f.t.Helper()
	m := f.mail.WaitTo(f.t, address, patience)
	code := mailedCode.FindString(m.Text)
	if code == "" {
		f.t.Fatalf("the message has no code:\n%s", m.Text)
	}
	return code
}

// proven goes where the desk asks first who it is, if that was not proven lately.
func (f *founder) proven(css, path string) {
	f.t.Helper()
	f.presses(css)
	if Eval[string](f.Page, "location.pathname") == "/desk/prove" {
		f.skip()
		if f.holds {
			f.presses("form[data-passkey] button")
		} else {
			f.types("#password", deskPassword)
			f.types("#code", f.code())
			f.presses("main form:not([data-passkey]) button")
		}
	}
	f.arrived(path)
}
