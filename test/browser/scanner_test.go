package browser

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"
)

var anyLink = regexp.MustCompile(`https?://[^\s"<>]+`)

// A scanner at a mail gateway is a real browser: it opens each link of each mail, runs what scripts there are, follows where it is led, and presses the first button of
// the page, sometimes twice. It signs for nobody and ends nobody's mail, and the signers' own links still work.
func TestHeadlessScannerSignsForNobody(t *testing.T) {
	t.Parallel()
	mails := 6
	if long() {
		mails = 200
	}
	i := install(t, "sqlite")
	i.publish(t, "immediate")
	addresses := make([]string, mails)
	for n := range addresses {
		addresses[n] = fmt.Sprintf("scanned-%d@example%d.org", n, n%7)
		res, err := http.PostForm(i.URL+"/sign", url.Values{"lang": {[]string{"en", "ru", "ar", "fr"}[n%4]}, "case": {"kagarlitsky"}, "letter": {"release"}, "version": {"1"}, "email": {addresses[n]}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("asking for %s answers %d", addresses[n], res.StatusCode)
		}
	}
	b := New(t)
	gateway := b.Page(t, View{})
	began, opened, pressed := time.Now(), 0, 0
	for n, address := range addresses {
		m := i.Mail.WaitTo(t, address, patience)
		links := anyLink.FindAllString(m.Text, -1)
		if len(links) < 2 {
			t.Fatalf("the mail has %d links:\n%s", len(links), m.Text)
		}
		for _, link := range links {
			if s := gateway.Open(link); s != http.StatusOK {
				t.Fatalf("%s answers %d", link, s)
			}
			opened++
			for range 1 + n%2 { // the first button of the mail's page, opened anew each time
				gateway.Open(link)
				if s := gateway.Follow("button"); s != http.StatusOK {
					t.Fatalf("behind the first button of %s: %d", link, s)
				}
				pressed++
				if !gateway.Has("main form button") {
					t.Fatalf("behind the first button of %s nothing is left to press:\n%s", link, gateway.Text("body"))
				}
			}
		}
	}
	t.Logf("%d links of %d mails opened and %d buttons pressed in %v", opened, mails, pressed, time.Since(began).Round(time.Millisecond))
	if counted, withdrawn := i.recount(t); counted != 0 || withdrawn != 0 {
		t.Fatalf("the scanner signed for %d", counted)
	}
	p := b.Page(t, View{})
	for _, address := range []string{addresses[0], addresses[mails-1]} {
		_, link := i.mailed(t, address)
		p.Open(link)
		p.Follow("main form button")
		p.Follow("main form button")
		if !p.Has("#private-link") {
			t.Fatalf("after the scanner, the signer's own link ends at:\n%s", p.Text("body"))
		}
	}
	for over := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if counted, _ := i.recount(t); counted == 2 {
			return
		}
		if time.Now().After(over) {
			t.Fatal("who signed after the scanner is not counted")
		}
	}
}
