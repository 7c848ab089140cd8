package safety

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/desktest"
)

// place is a house whose installation is made up.
type place struct {
	*desktest.House
	shown    []string
	withheld []string
	purged   [][]string
	findings []Finding
}

func open(t *testing.T) *place {
	t.Helper()
	h := &place{House: desktest.Open(t), shown: []string{"anna", "boris"}}
	h.Known = []string{"anna", "boris", "vera"}
	Hang(h.Desk, Config{
		Withhold: func(slug string) organiser.Deed {
			return organiser.Deed{Act: organiser.Withhold, Object: slug, Payload: []byte("take back")}
		},
		Shown: func(_ context.Context, slugs []string) (list []string, _ error) {
			for _, slug := range h.shown {
				if slices.Contains(slugs, slug) {
					list = append(list, slug)
				}
			}
			return list, nil
		},
		Purge: func(_ context.Context, slugs []string) error { h.purged = append(h.purged, slugs); return nil },
		Kept: func(_ context.Context, _ organiser.Session, slugs []string, home bool) ([]Kept, error) {
			rows := []Kept{{"signatures", int64(len(slugs))}, {"followers", 4321}, {"guests", 0}, {"mails", -1}, {"trail", 9}}
			return rows, nil
		},
		Settings: func() []Setting {
			return []Setting{{"url", "https://letters.example", "file"}, {"smtp", "mail.example:587", "start"}, {"shares", "", "rule"}}
		},
		Findings: func(context.Context) []Finding { return h.findings },
	})
	h.Desk.Carries(organiser.Withhold, func(_ context.Context, e organiser.Errand) error {
		if e.Object == "boris" && len(h.withheld) == 0 {
			return fault.New(fault.Conflict, "fault.not_found")
		}
		h.withheld = append(h.withheld, e.Object+" "+string(e.Payload))
		return nil
	})
	return h
}

// answers is a request's status.
func answers(t *testing.T, b *desktest.Browser, method, path string, form url.Values, want int) string {
	t.Helper()
	w := b.Ask(method, path, form)
	if w.Code != want {
		t.Errorf("%s %s: %d, want %d: %s %s", method, path, w.Code, want, w.Header().Get("Location"), w.Body)
	}
	return w.Body.String()
}

// Everybody sees the pages in every language; what is on them is what the role may do.
func TestPages(t *testing.T) {
	h := open(t)
	h.findings = []Finding{{Check: "queue", State: "ok", Says: "english", Args: []any{"Waiting", int64(12345), "Dead", int64(0)}}, {Check: "mail", State: "wrong", Says: "535 user bob", Fix: "mend it"},
		{Check: "witness", State: "note", Says: "no words for it", Fix: "ask them"}}
	by := map[organiser.Role]*desktest.Browser{}
	for _, r := range organiser.Roles() {
		by[r] = h.Joins(organiser.Home, "Person "+string(r), r)
	}
	for r, b := range by {
		page := b.Sees(root)
		for act, mark := range map[organiser.Act]string{organiser.Lock: `action="/desk/safety/lock"`, organiser.Withhold: `action="/desk/safety/withhold"`, organiser.Purge: `href="/desk/safety/purge"`, organiser.HandOver: `href="/desk/safety/handover"`} {
			if strings.Contains(page, mark) != organiser.May(r, act) {
				t.Errorf("%s: %s is there: %v", r, mark, strings.Contains(page, mark))
			}
		}
		if page := b.Sees(kept); !strings.Contains(page, "4,321") || !strings.Contains(page, "not counted") {
			t.Errorf("%s: %s", r, page)
		}
	}
	lead := by[organiser.Lead]
	lead.Prove()
	for _, path := range []string{root, root + "/purge", root + "/handover", kept, settings, ally} {
		for _, tag := range h.Catalog.Tags() {
			if page := lead.Sees(path + "?lang=" + string(tag)); strings.Contains(page, ">desk.") || strings.Contains(page, "{{") {
				t.Errorf("%s in %s: %s", path, tag, page)
			}
		}
		lead.Prove()
	}
	page := lead.Sees(settings + "?lang=en")
	for _, want := range []string{"Mails that wait to be sent: 12,345.", "The mail server does not take mail from us.", "Whoever runs the server mends smtp", `<span lang="en" dir="ltr">no words for it</span>`, "mail.example:587", "given at the start", "not set", `href="/desk/c/vera/settings"`, `href="/desk/ally"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q: %s", want, page)
		}
	}
	if strings.Contains(page, "bob") {
		t.Error("what the mail server said is told")
	}
	if page := lead.Sees(settings + "?lang=ar"); !strings.Contains(page, `<span lang="en" dir="ltr">no words for it</span>`) {
		t.Errorf("%s", page)
	}

	// A committee that is hosted here sees nothing of the installation, nor of the others.
	guest := h.Joins("allies", "Stranger", organiser.Lead)
	if page := guest.Sees(settings); strings.Contains(page, "outcry.yaml") || strings.Contains(page, "mail.example") || strings.Contains(page, "vera") || strings.Contains(page, ally) || !strings.Contains(page, "hosted by another committee") {
		t.Errorf("%s", page)
	}
	if page := guest.Sees(root); strings.Contains(page, "anna") || !strings.Contains(page, "Nothing of yours is public") {
		t.Errorf("%s", page)
	}
	guest.Prove()
	answers(t, guest, "GET", ally, nil, 404)
	answers(t, guest, "POST", ally, url.Values{"name": {"third"}}, 404)
}

// Locking asks for nothing, puts everybody out, and is undone by a lead abroad.
func TestLockPage(t *testing.T) {
	h := open(t)
	rowan, elm := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Elm", organiser.Moderator)
	if page := elm.Sees(root); !strings.Contains(page, "There is no lead abroad now") {
		t.Errorf("%s", page)
	}
	ash := h.JoinsAt(organiser.Home, "Ash", organiser.Lead, organiser.Abroad)
	if page := elm.Sees(root); !strings.Contains(page, "1 lead abroad can open it again.") {
		t.Errorf("%s", page)
	}
	answers(t, h.Joins(organiser.Home, "Fir", organiser.Reader), "POST", root+"/lock", nil, 403)
	answers(t, elm, "POST", root+"/lock", nil, 303)
	for _, b := range []*desktest.Browser{rowan, elm, ash} {
		if w := b.Ask("GET", root, nil); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), desk.Root+"/in") {
			t.Errorf("%s is in: %d", b.Name, w.Code)
		}
	}
	if w := rowan.SignIn(""); w.Code != 403 || !strings.Contains(w.Body.String(), "The committee room is locked.") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ash.SignIn(""); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if page := ash.Sees(desk.Root + "/"); !strings.Contains(page, "Look whether it can be opened again") {
		t.Errorf("%s", page)
	}
	if page := ash.Sees(root); !strings.Contains(page, `action="/desk/safety/open"`) || strings.Contains(page, `action="/desk/safety/lock"`) {
		t.Errorf("%s", page)
	}
	if w := ash.Ask("POST", root+"/open", nil); w.Code != 303 || w.Header().Get("Location") != "/desk/prove?back=%2Fdesk%2Fsafety%2Fopen" {
		t.Errorf("without a proof: %d %s", w.Code, w.Header())
	}
	ash.Prove()
	answers(t, ash, "POST", root+"/open", nil, 303)
	if w := rowan.SignIn(""); w.Code != 303 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	rowan.Prove()
	answers(t, rowan, "POST", root+"/open", nil, 403)
}

// Every public page of the committee is taken back by one press that is meant, each by an errand of its own; nobody else's is.
func TestWithholdAll(t *testing.T) {
	h := open(t)
	h.shown = append(h.shown, "theirs")
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Moderator)
	if body := answers(t, rowan, "POST", root+"/withhold", nil, 422); !strings.Contains(body, `href="#sure"`) || len(h.withheld) > 0 {
		t.Errorf("a slip: %v %s", h.withheld, body)
	}
	page := rowan.Does(root+"/withhold", url.Values{"sure": {"yes"}})
	if !slices.Equal(h.withheld, []string{"anna take back", "boris take back"}) || strings.Count(page, "Done · Moderator") != 2 {
		t.Errorf("%q %s", h.withheld, page)
	}
	// One that can't be taken back keeps none of the others.
	h.withheld, h.shown = nil, []string{"boris", "vera"}
	page = rowan.Does(root+"/withhold", url.Values{"sure": {"yes"}})
	if !slices.Equal(h.withheld, []string{"vera take back"}) || !strings.Contains(page, "It could not be done · Moderator") {
		t.Errorf("%q %s", h.withheld, page)
	}
}

// A purge says what it takes, asks for a proof and a tick, and takes of this committee alone.
func TestPurgePage(t *testing.T) {
	h := open(t)
	rowan, elm := h.Joins(organiser.Home, "Rowan", organiser.Lead), h.Joins(organiser.Home, "Elm", organiser.Editor)
	stranger := h.Joins("allies", "Stranger", organiser.Lead)
	elm.Prove()
	answers(t, elm, "POST", root+"/purge", url.Values{"sure": {"yes"}}, 403)
	answers(t, rowan, "POST", root+"/purge", url.Values{"sure": {"yes"}}, 303)
	rowan.Prove()
	page := rowan.Sees(root + "/purge")
	if !strings.Contains(page, "Addresses for news (4,321)") || strings.Contains(page, "Signatures, without") || strings.Contains(page, "Lines of the record") {
		t.Errorf("%s", page)
	}
	answers(t, rowan, "POST", root+"/purge", nil, 422)
	if len(h.purged) > 0 {
		t.Fatalf("%v", h.purged)
	}
	stranger.Prove()
	answers(t, stranger, "POST", desk.Root+"/invite", url.Values{"role": {"reader"}}, 200)
	rowan.Prove()
	answers(t, rowan, "POST", desk.Root+"/invite", url.Values{"role": {"reader"}}, 200)
	if page := rowan.Does(root+"/purge", url.Values{"sure": {"yes"}}); !strings.Contains(page, "It was carried out.") || len(h.purged) != 1 || !slices.Equal(h.purged[0], []string{"anna", "boris", "vera"}) {
		t.Errorf("%v %s", h.purged, page)
	}
	for b, want := range map[*desktest.Browser]int{rowan: 0, stranger: 1} {
		people, err := h.Book.People(t.Context(), b.Session())
		if err != nil || len(people.Invitations) != want {
			t.Errorf("%s: %d invitations, %v", b.Name, len(people.Invitations), err)
		}
	}
}

// A committee is handed over to somebody abroad, who is chosen and meant; who was inside is gone.
func TestHandOverPage(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	elm := h.Joins(organiser.Home, "Elm", organiser.Editor)
	answers(t, rowan, "POST", root+"/handover", nil, 303)
	rowan.Prove()
	if page := rowan.Sees(root + "/handover"); !strings.Contains(page, "Nobody of this committee is abroad.") || strings.Contains(page, `name="person"`) {
		t.Errorf("%s", page)
	}
	ash := h.JoinsAt(organiser.Home, "Ash", organiser.Translator, organiser.Abroad)
	id := ash.Session().Organiser.ID
	rowan.Prove()
	if page := rowan.Sees(root + "/handover"); !strings.Contains(page, `value="`+id+`"`) || strings.Contains(page, elm.Session().Organiser.ID) || !strings.Contains(page, "2 people in the country") {
		t.Errorf("%s", page)
	}
	answers(t, rowan, "POST", root+"/handover", url.Values{"sure": {"yes"}}, 422)
	answers(t, rowan, "POST", root+"/handover", url.Values{"person": {id}}, 422)
	answers(t, rowan, "POST", root+"/handover", url.Values{"person": {elm.Session().Organiser.ID}, "sure": {"yes"}}, 403)
	answers(t, rowan, "POST", root+"/handover", url.Values{"person": {id}, "sure": {"yes"}}, 303)
	if ash.Session().Role != organiser.Lead {
		t.Error("nobody leads")
	}
	for _, b := range []*desktest.Browser{rowan, elm} {
		if w := b.SignIn(""); w.Code != 403 {
			t.Errorf("%s: %d", b.Name, w.Code)
		}
	}
}

// A lead of the first committee makes an ally's, once for a name.
func TestAllyPage(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	answers(t, rowan, "POST", ally, url.Values{"name": {"friends"}}, 303)
	rowan.Prove()
	for name, want := range map[string]string{"": "Write a short name for the committee", "Friends": "Write a short name for the committee", organiser.Home: "There is a committee of this name"} {
		if body := answers(t, rowan, "POST", ally, url.Values{"name": {name}}, map[bool]int{true: 409, false: 422}[name == organiser.Home]); !strings.Contains(body, want) {
			t.Errorf("%q: %s", name, body)
		}
	}
	page := rowan.Does(ally, url.Values{"name": {"friends"}})
	i := strings.Index(page, "https://letters.example"+organiser.JoinPath)
	if i < 0 {
		t.Fatalf("%s", page)
	}
	token, ok := organiser.ParseToken(page[i+len("https://letters.example"+organiser.JoinPath):][:43])
	invited, err := h.Book.Invited(t.Context(), token)
	if !ok || err != nil || invited.Committee.Name != "friends" || invited.Role != organiser.Lead {
		t.Errorf("%+v, %v", invited, err)
	}
	if !slices.Contains(rowan.Trail(), "lead invite committee/friends") {
		t.Errorf("%q", rowan.Trail())
	}
	stranger := h.Joins("allies", "Stranger", organiser.Lead)
	stranger.Prove()
	if _, _, err := h.Book.InviteAlly(t.Context(), stranger.Session(), "fourth"); !fault.Is(err, fault.Refused) {
		t.Errorf("a hosted committee hosts: %v", err)
	}
}
