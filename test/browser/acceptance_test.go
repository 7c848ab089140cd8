package browser

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"outcry/internal/core/organiser"
)

// TestAcceptance is the organiser's first ten minutes: from the link that `outcry init` prints to a published letter in two languages with a photograph, poster and card,
// by who has a keyboard and no manual; then a stranger signs it, and is counted. Each page on the way is accessible, fits a telephone, and asks nobody else for anything.
func TestAcceptance(t *testing.T) {
	t.Parallel()
	b := New(t)
	for _, way := range []struct {
		name    string
		passkey bool
		tag     string
		also    string // the letter's other language
		always  bool
	}{
		{"totp-ltr", false, "en", "ru", false},
		{"totp-rtl", false, "ar", "en", true},
		{"passkey-ltr", true, "en", "ru", true},
		{"passkey-rtl", true, "ar", "en", false},
	} {
		if !way.always && !long() {
			continue
		}
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			c, link := found(t)
			f := &founder{hands: &hands{Page: b.Page(t, View{NoScript: !way.passkey, Language: way.tag}), c: c.committee}, mail: c.mail, tag: way.tag, also: way.also, passkey: way.passkey, begin: time.Now()}
			f.pictures = way.name == "passkey-ltr" && os.Getenv("OUTCRY_WRITE") == "1"
			f.joins(link)
			f.begins()
			f.writes()
			f.grounds()
			f.tells()
			f.photographs()
			f.previews()
			f.tries()
			if way.passkey { // the letter is public before mail is proven
				f.publishes()
				f.proves()
				f.opens()
			} else {
				f.proves()
				f.publishes()
			}
			f.spreads()
			f.invites()
			f.ends()
			t.Logf("%s: %.1f minutes, of which %.1f looking at pages; %d keys, %d pages", way.name, time.Since(f.begin).Minutes(), f.looked.Minutes(), f.keys, f.pages)
			if f.pictures {
				f.shows()
			}
			f.stranger(b)
		})
	}
}

// joins goes by the printed link to the desk; with a passkey, which from then on opens it.
func (f *founder) joins(link string) {
	f.t.Helper()
	if f.passkey {
		f.do("a virtual authenticator", command(webauthn.Enable, webauthn.EnableParams{}), command(webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
				HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}}))
	}
	if status := f.Open(link); status != http.StatusOK {
		f.t.Fatal(status)
	}
	f.look()
	path := Eval[string](f.Page, "location.pathname")
	f.goes("main button", path)
	f.picture("join", 1280, 1500)
	f.secret = strings.ReplaceAll(f.Text(".secret"), " ", "")
	f.types("#name", "Rowan")
	f.chooses("place", "abroad")
	f.types("#password", deskPassword)
	f.types("#code", f.code())
	f.chooses("device", "computer")
	f.goes("main button", path)
	if n := Eval[int](f.Page, "document.querySelectorAll('.codes li').length"); n != 10 {
		f.t.Errorf("%d recovery codes", n)
	}
	f.skip()
	f.goes("main a.jump", "/desk/")
	if !f.passkey {
		return
	}
	f.unfolds("nav.desk summary")
	f.proven(`nav.desk a[href="/desk/ways"]`, "/desk/ways")
	f.types("#label", "my computer")
	f.goes("form[data-new] button", "/desk/ways")
	if name := f.Text("main h3"); name != "my computer" {
		f.t.Errorf("the passkey is called %q", name)
	}
	f.holds = true
	f.goes("footer button", "/desk/in")
	f.goes("form[data-passkey] button", "/desk/")
}

// begins answers the three questions.
func (f *founder) begins() {
	f.t.Helper()
	f.reads("desk.campaign.none")
	f.skip()
	f.goes(`main a[href="/desk/new"]`, "/desk/new")
	f.skip()
	f.ticks(`input[name="tongue"][value="` + f.also + `"]`)
	f.picks("#country", "BY")
	f.goes("main button", "/desk/new")
	f.skip()
	for _, tag := range f.tongues() {
		w := told[tag]
		f.types("#name-"+tag, w.name)
		f.types("#to-"+tag, w.to)
		f.types("#ask-"+tag, w.ask)
		f.types("#run-"+tag, w.runBy)
	}
	f.types("#contact", "mail@anna-berg.example")
	f.types("#slug", "anna-berg") // in place of the suggestion, which would be another one each time
	f.picture("new", 1280, 1300)
	f.goes("main form button", campaignPath)
	f.picture("checklist", 1280, 1200)
}

// writes adds the first lines about the person to texts that are there already.
func (f *founder) writes() {
	f.t.Helper()
	f.step(campaignPath + "/texts")
	for i, tag := range f.tongues() {
		f.skip()
		f.goes(`main a[href="`+campaignPath+"/texts/"+tag+`"]`, campaignPath+"/texts/"+tag)
		f.skip()
		f.types("#summary", told[tag].summary)
		if body := Eval[string](f.Page, "document.querySelector('#letter-body-letter').value"); !strings.Contains(body, told[tag].name) || !strings.Contains(body, say(tag).T("desk.campaign.sample.law")) {
			f.t.Errorf("the sample letter in %s is\n%s", tag, body)
		}
		if i == 0 {
			f.picture("texts", 1280, 1500)
		}
		f.goes(`main form button[value="list"]`, campaignPath)
		if i == 0 {
			f.step(campaignPath + "/texts")
		}
	}
	f.reads("desk.campaign.step.texts_say", "Ready", say(f.tag).Number(2), "All", say(f.tag).Number(2))
}

// tells adds what happened, and who says so, in one box.
func (f *founder) tells() {
	f.t.Helper()
	f.next(campaignPath + "/case")
	f.skip()
	f.picks(`select[name="f.kind"]`, "detention")
	for _, tag := range f.tongues() {
		f.types(`[name="f.what.`+tag+`"]`, told[tag].what)
	}
	f.types(`[name="f.when.date.from"]`, "2025-03-03")
	f.unfolds(`details:has([name="s.url"]) > summary`)
	f.picks(`select[name="s.kind"]`, "independent_media")
	for _, tag := range f.tongues() {
		f.types(`[name="s.title.`+tag+`"]`, told[tag].title)
		f.types(`[name="s.publisher.`+tag+`"]`, told[tag].publisher)
	}
	f.types(`[name="s.url"]`, "https://herald.example/2025/teacher")
	f.picture("case-box", 1280, 1500)
	f.goes(`main .verbs button:not([name])`, campaignPath+"/case")
	f.reads("desk.casework.saved")
	f.back()
}

// grounds says on whose word it is public.
func (f *founder) grounds() {
	f.t.Helper()
	f.next(campaignPath + "/ground")
	f.skip()
	f.chooses("kind", "consent")
	f.picks("#giver", "family")
	f.ticks(`input[name="scope"][value="photo"]`)
	f.types("#channel", told[f.tag].channel)
	f.picture("ground", 1280, 1400)
	f.goes("main form button", campaignPath)
}

// photographs puts in a photograph whose file says where it was taken.
func (f *founder) photographs() {
	f.t.Helper()
	f.step(campaignPath + "/photo")
	f.skip()
	f.reach(`input[type="file"]`)
	f.keys++ // Enter opens the system's own window, which no page sees
	path := filepath.Join(f.t.TempDir(), "IMG_0042.jpg")
	if err := os.WriteFile(path, located(f.t), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS(`input[type="file"]`), []string{path}))
	for _, tag := range f.tongues() {
		f.types("#alt-"+tag, told[tag].alt)
		f.types("#credit-"+tag, told[tag].credit)
	}
	f.goes("main form button", campaignPath+"/photo")
	f.reads("desk.campaign.photo.cleaned")
	f.back()
}

// previews looks at the letter and the page about the person, in both languages, as a telephone and a computer show them.
func (f *founder) previews() {
	f.t.Helper()
	f.step(campaignPath + "/preview")
	for _, tag := range f.tongues() {
		f.framed(f.c.URL, told[tag].ask, tag)
		if tag == f.tag {
			f.picture("preview", 1280, 1150)
			f.skip()
			f.goes(`main a[href*="width=1280"]`, campaignPath+"/preview")
			f.skip()
			f.goes(`main a[href*="tongue=`+f.also+`"]`, campaignPath+"/preview")
		}
	}
	f.skip()
	f.goes(`main a[href*="of=&"]`, campaignPath+"/preview")
	f.framed(f.c.URL, told[f.also].name, f.also)
	f.back()
}

// framed reads the page in the frame.
func (f *founder) framed(url, words, tag string) {
	f.t.Helper()
	text := Eval[string](f.Page, `(d => d.documentElement.lang + " " + d.body.innerText)(document.querySelector("iframe").contentDocument)`)
	if !strings.HasPrefix(text, tag+" ") || !strings.Contains(text, strings.TrimRight(words, ".")) {
		f.t.Errorf("the preview in %s says\n%s", tag, text)
	}
	if width := Eval[int](f.Page, `document.querySelector("iframe").contentWindow.innerWidth`); fmt.Sprint(width) != Eval[string](f.Page, `document.querySelector("iframe").getAttribute("width")`) {
		f.t.Errorf("the page in the frame is %d pixels wide", width)
	}
	if wide := Eval[int](f.Page, `document.querySelector(".preview").clientWidth - document.querySelector("iframe").clientWidth`); wide > 0 {
		f.t.Errorf("the frame is %d pixels wider than what it shows", wide)
	}
}

// tries signs to oneself.
func (f *founder) tries() {
	f.t.Helper()
	f.step(campaignPath + "/try")
	f.skip()
	f.types("#email", "rowan@gmail.com")
	f.goes("main form button", campaignPath+"/try")
	f.skip()
	f.types("#code", f.mailed("rowan@gmail.com"))
	f.goes("main form button", campaignPath+"/try")
	f.reads("desk.campaign.try.done")
	f.back()
}

// proves shows that mail reaches two mailboxes elsewhere.
func (f *founder) proves() {
	f.t.Helper()
	f.step("/desk/mail")
	f.skip()
	f.types("#first", "aunt@mailbox.example")
	f.types("#second", "uncle@post.example")
	f.picture("mail", 1280, 900)
	f.goes("main form button", "/desk/mail")
	f.skip()
	f.types("#first", f.mailed("aunt@mailbox.example"))
	f.types("#second", f.mailed("uncle@post.example"))
	f.goes("main form button", "/desk/mail")
	f.reads("desk.campaign.mail.done")
	f.skip()
	f.goes(`main a[href="/desk/"]`, "/desk/")
	f.skip()
	f.goes(`main .cases a[href="`+campaignPath+`"]`, campaignPath)
}

// publishes shows the letter to everybody.
func (f *founder) publishes() {
	f.t.Helper()
	f.c.later.Add(int64(6 * time.Minute)) // what was proven is too old by now
	f.skip()
	f.proven(`ol.steps a[href="`+campaignPath+`/publish"]`, campaignPath+"/publish")
	f.skip()
	f.ticks("#checked")
	f.picture("publish", 1280, 900)
	f.does()
	if !f.Has(`form[action="` + campaignPath + `/undo"] button`) {
		f.t.Error("it can't be undone")
	}
	for _, tag := range f.tongues() {
		if body := f.c.body(f.t, f.letter(tag)); !strings.Contains(body, strings.TrimRight(told[tag].ask, ".")) || !strings.Contains(body, say(tag).T("desk.campaign.sample.law")) {
			f.t.Errorf("the letter in %s is\n%s", tag, body)
		}
		if body := f.c.body(f.t, f.c.URL+"/"+tag+"/anna-berg"); !strings.Contains(body, told[tag].what) || !strings.Contains(body, told[tag].publisher) {
			f.t.Errorf("the page about the person in %s is\n%s", tag, body)
		}
	}
}

func (f *founder) letter(tag string) string { return f.c.URL + "/" + tag + "/anna-berg/letter" }

// opens lets the letter be signed, which was public before mail was proven.
func (f *founder) opens() {
	f.t.Helper()
	f.skip()
	f.proven("main a.jump", campaignPath+"/open")
	f.skip()
	f.does()
}

// spreads takes poster, card and text.
func (f *founder) spreads() {
	f.t.Helper()
	f.step(campaignPath + "/spread")
	f.picture("spread", 1280, 1200)
	f.skip()
	for i, tag := range f.tongues() {
		path := "/" + tag + "/anna-berg/letter"
		f.reach(`a[href="` + path + `/poster.pdf"]`)
		if b := f.c.body(f.t, f.c.URL+path+"/poster.pdf"); !strings.HasPrefix(b, "%PDF-") || len(b) < 10_000 {
			f.t.Errorf("the poster in %s has %d bytes: %.40q", tag, len(b), b)
		}
		f.reach(`a[href="` + path + `/card.png"]`)
		if img, err := png.Decode(strings.NewReader(f.c.body(f.t, f.c.URL+path+"/card.png"))); err != nil || img.Bounds().Dx() < 600 {
			f.t.Errorf("the card in %s: %v", tag, err)
		}
		id := Eval[string](f.Page, `[...document.querySelectorAll("textarea")].find(e => e.lang === "`+tag+`").id`)
		f.reach("#" + id)
		if text := Eval[string](f.Page, "document.activeElement.value"); !strings.HasSuffix(text, f.letter(tag)) || !strings.HasPrefix(text, strings.TrimRight(told[tag].ask, ".")) {
			f.t.Errorf("the text to send is %q", text)
		}
		if f.passkey && i == 0 {
			f.reach(`button[data-copy="#` + id + `"]`)
			f.Press(kb.Enter)
			f.keys++
			f.Await(`document.activeElement.nextElementSibling.textContent === document.activeElement.dataset.copied`, patience)
		} else {
			f.keys += 2 // everything is marked, and copied
		}
	}
	f.back()
}

// invites makes a link for a second organiser, who may write.
func (f *founder) invites() {
	f.t.Helper()
	f.skip()
	f.proven(`ol.steps a[href="/desk/invite"]`, "/desk/invite")
	f.skip()
	f.chooses("role", string(organiser.Editor))
	f.goes("main form button", "/desk/invite")
	if link := Eval[string](f.Page, "document.querySelector('#link').value"); !strings.HasPrefix(link, f.c.URL+organiser.JoinPath) {
		f.t.Errorf("the link is %q", link)
	}
	f.reach("#link")
}

// ends finds the campaign again, and when the next count is due.
func (f *founder) ends() {
	f.t.Helper()
	f.goes(`header a.name`, "/desk/")
	f.picture("today", 360, 1000)
	f.skip()
	f.goes(`main .cases a[href="`+campaignPath+`"]`, campaignPath)
	before, _, _ := strings.Cut(say(f.tag).T("desk.campaign.due", "Moment", "|"), "|")
	said(f.t, f.Page, strings.TrimSpace(unmarked(before)))
	m := photographed.FindStringSubmatch(f.c.body(f.t, f.c.URL+"/"+f.tag+"/anna-berg"))
	if m == nil {
		f.t.Fatal("the page about the person has no photograph")
	}
	file := []byte(f.c.body(f.t, f.c.URL+m[1]))
	if _, err := jpeg.Decode(bytes.NewReader(file)); err != nil || bytes.Contains(file, []byte(planted)) || bytes.Contains(file, []byte("Exif")) {
		f.t.Errorf("of the file is left what was beside the picture: %v", err)
	}
}

var photographed = regexp.MustCompile(`<img[^>]* src="([^"]*/photo/[^"]+)"`)

// shows makes the pictures of pages that are not on the way.
func (f *founder) shows() {
	f.t.Helper()
	for name, path := range map[string]string{"languages": campaignPath + "/languages", "signatures": campaignPath + "/signatures", "safety": "/desk/safety"} {
		if status := f.Open(f.c.URL + path); status != http.StatusOK {
			f.t.Fatalf("%s: %d", path, status)
		}
		f.picture(name, 1280, 1100)
	}
}

// stranger signs what was published, in its other language, and finds themselves counted.
func (f *founder) stranger(b *Browser) {
	f.t.Helper()
	s := &founder{hands: &hands{Page: b.Page(f.t, View{NoScript: !f.passkey, Phone: true, Language: f.also}), c: f.c}, mail: f.mail, tag: f.also, passkey: f.passkey}
	if status := s.Open(s.letter(f.also)); status != http.StatusOK {
		f.t.Fatal(status)
	}
	s.types("#email", "stranger@gmail.com")
	s.sends("#sign button", "document.querySelector('#code')")
	s.types("#code", s.mailed("stranger@gmail.com"))
	s.sends("main form:has(#code) button", "document.querySelector('#private-link')")
	f.c.later.Add(int64(11 * time.Minute))
	for over := time.Now().Add(2 * patience); ; time.Sleep(200 * time.Millisecond) {
		s.Open(fmt.Sprintf("%s?asked=%d", s.letter(f.also), time.Now().UnixNano()))
		if shown(s.Page) == 1 {
			return
		}
		if time.Now().After(over) {
			f.t.Fatalf("the letter shows %d%s", shown(s.Page), s.glimpse())
		}
	}
}
