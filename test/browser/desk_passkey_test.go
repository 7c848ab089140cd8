package browser

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"

	"outcry/internal/core/organiser"
)

// A passkey is added, opens the desk without a password, and proves who it is; on the wire what it answered opens nothing a second time, and one that was removed opens nothing.
func TestDeskByPasskey(t *testing.T) {
	t.Parallel()
	b, c := New(t), newCommittee(t)
	h := &hands{Page: b.Page(t, View{Language: "en"}), c: c}
	h.do("a virtual authenticator", command(webauthn.Enable, webauthn.EnableParams{}), command(webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
			HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}}))
	h.joins(c.invites(t, organiser.Lead), "Rowan")
	h.Open(c.URL + "/desk/ways") // joining was a proof: nothing is asked again
	h.types("#label", "my telephone")
	h.sends("form[data-new] button", "document.querySelector('main h3')")
	if name := h.Text("main h3"); name != "my telephone" {
		t.Errorf("the passkey is called %q", name)
	}
	h.Axe()

	h.sends("footer button", "location.pathname === '/desk/in'")
	h.Axe()
	// What the script sends is kept, to be sent again later.
	Eval[bool](h.Page, `(HTMLFormElement.prototype.submit = (submit => function () { sessionStorage.sent = new URLSearchParams(new FormData(this)).toString(); submit.call(this); })(HTMLFormElement.prototype.submit), true)`)
	h.sends("form[data-passkey] button", "location.pathname === '/desk/'")
	sent := Eval[string](h.Page, "sessionStorage.sent")
	if !strings.Contains(sent, "answer=%7B") {
		t.Fatalf("what was sent was not kept: %q", sent)
	}
	again, err := http.Post(c.URL+"/desk/in/passkey", "application/x-www-form-urlencoded", strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	again.Body.Close()
	if again.StatusCode != http.StatusForbidden || len(again.Cookies()) > 0 {
		t.Errorf("the same answer again: %d, %v", again.StatusCode, again.Cookies())
	}
	// The same answer to another question is none.
	form, _ := url.ParseQuery(sent)
	res, err := http.Post(c.URL+"/desk/passkey/ask", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	var question struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&question); err != nil || question.Token == "" {
		t.Fatalf("what is asked: %v, %v", res.StatusCode, err)
	}
	res.Body.Close()
	form.Set("ceremony", question.Token)
	other, err := http.Post(c.URL+"/desk/in/passkey", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	other.Body.Close()
	if other.StatusCode != http.StatusForbidden || len(other.Cookies()) > 0 {
		t.Errorf("an answer to another question: %d, %v", other.StatusCode, other.Cookies())
	}

	// A grave act is proven by the passkey too.
	h.Open(c.URL + "/desk/invite")
	h.Axe()
	h.sends("form[data-passkey] button", "location.pathname === '/desk/invite'")

	h.Open(c.URL + "/desk/ways")
	h.sends(`form[action="/desk/ways/passkey/drop"] button`, "location.pathname === '/desk/ways' && !document.querySelector('main h3')")
	h.sends("footer button", "location.pathname === '/desk/in'")
	h.Allow("403")
	h.sends("form[data-passkey] button", "location.pathname === '/desk/in/passkey'")
	if !h.Has(".problems") {
		t.Error("a passkey that was removed opens the desk")
	}
}
