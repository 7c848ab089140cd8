package desk

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
)

// Of several campaigns Today says which its proposals are about; of one, or of too many, it does not.
func TestTodayNamesCampaigns(t *testing.T) {
	h := open(t)
	rowan, ash := h.joins(organiser.Home, "Rowan", organiser.Lead), h.joins(organiser.Home, "Ash", organiser.Lead)
	h.joins(organiser.Home, "Elm", organiser.Reader)
	h.desk.Carries(organiser.Publish, func(context.Context, organiser.Errand) error { return nil })
	h.does(organiser.Publish)
	h.desk.Calls(func(_ context.Context, _ *Visit, slug string) string {
		return map[string]string{"anna": "Anna <b>Primerova", "boris": "Boris"}[slug]
	})
	holds := func(slug string) {
		t.Helper()
		must(t, h.book.DB.Update(t.Context(), func(tx *db.Tx) error { return h.book.Hold(tx, slug, rowan.session().Committee) }))
	}
	proposes := func(slug string) {
		t.Helper()
		rowan.prove()
		rowan.follow(Root+"/c/"+slug+"/publish", url.Values{"payload": {slug}})
	}
	says := func(what, want string) {
		t.Helper()
		if page := ash.sees(Root + "/"); !strings.Contains(page, want) {
			t.Errorf("%s: no %q in %s", what, want, page)
		}
	}
	holds("anna")
	proposes("anna")
	says("one campaign", `>Look at 1 proposal that waits for a second person</a>`)
	holds("boris")
	says("two campaigns", `>Look at 1 proposal that waits for a second person (Anna &lt;b&gt;Primerova)</a>`)
	if page := ash.sees(Root + "/proposals"); !strings.Contains(page, "publishing: <bdi>Anna &lt;b&gt;Primerova</bdi>") { // and not by the address of its page
		t.Errorf("%s", page)
	}
	proposes("boris")
	proposes("anna")
	says("both of two", `>Look at 3 proposals that wait for a second person (Anna &lt;b&gt;Primerova and Boris)</a>`)
	holds("third")
	proposes("third")
	says("one without a name", `(Anna &lt;b&gt;Primerova, Boris and third)</a>`)
	holds("fourth")
	proposes("fourth")
	says("too many", `>Look at 5 proposals that wait for a second person</a>`)
}

// Whoever joined lately is told why they can't approve, has no button for it, and no task.
func TestNewcomerIsTold(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	h.joins(organiser.Home, "Elm", organiser.Reader)
	h.desk.Carries(organiser.Publish, func(context.Context, organiser.Errand) error { return nil })
	h.does(organiser.Publish)
	must(t, h.book.DB.Update(t.Context(), func(tx *db.Tx) error { return h.book.Hold(tx, "anna", rowan.session().Committee) }))
	h.now = h.now.Add(4 * 24 * time.Hour)
	ash := h.joins(organiser.Home, "Ash", organiser.Lead)
	rowan.signIn("")
	rowan.prove()
	rowan.follow(Root+"/c/anna/publish", url.Values{"payload": {"seven"}})
	const why, approve, task = "joined less than three days ago", `value="approve"`, "waits for a second person</a>"
	if page := ash.sees(Root + "/proposals"); !strings.Contains(page, why) || strings.Contains(page, approve) || !strings.Contains(page, `value="refuse"`) {
		t.Errorf("%s", page)
	}
	if page := ash.sees(Root + "/"); strings.Contains(page, task) {
		t.Errorf("%s", page)
	}
	h.now = h.now.Add(69 * time.Hour) // the third day, and the proposal is there still
	ash.signIn("")
	if page := ash.sees(Root + "/proposals"); strings.Contains(page, why) || !strings.Contains(page, approve) {
		t.Errorf("%s", page)
	}
	if page := ash.sees(Root + "/"); !strings.Contains(page, task) {
		t.Errorf("%s", page)
	}
}

// A passkey is asked, for a fresh proof, of who has one; nobody who has none is sent to look for it.
func TestProofAsksForNoPasskeyThatIsNotThere(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	for _, page := range []string{rowan.sees(Root + "/prove"), rowan.ask("POST", Root+"/prove", url.Values{"password": {"wrong"}, "code": {"000000"}}).Body.String()} {
		if strings.Contains(page, "data-passkey") || strings.Contains(page, "passkey.js") || !strings.Contains(page, `id="password"`) {
			t.Errorf("%s", page)
		}
	}
	if page := rowan.sees(Root + "/ways"); !strings.Contains(page, "data-passkey") {
		t.Error("and none can be added")
	}
}
