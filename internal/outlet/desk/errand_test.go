package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// does hangs in a page that does deeds of an act, whose payload the form says.
func (h *house) does(a organiser.Act) {
	h.desk.Require(a, "POST "+Root+"/c/{case}/"+string(a), func(w http.ResponseWriter, r *http.Request, v *Visit) error {
		return h.desk.Do(w, r, v, organiser.Deed{Act: a, Object: r.PathValue("case"), Payload: []byte(r.PostFormValue("payload"))}, Root+"/people")
	})
}

// follow is the page that a form leads to.
func (b *browser) follow(path string, form url.Values) string {
	b.t.Helper()
	w := b.ask("POST", path, form)
	if w.Code != 303 {
		b.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	at, err := url.Parse(w.Header().Get("Location"))
	must(b.t, err)
	return b.sees(at.String())
}

// A deed that is decided is carried out before the page answers, or is proposed, approved by another one and carried out then; with what was proposed, once for each
// time that it succeeds.
func TestDeeds(t *testing.T) {
	h := open(t)
	rowan, ash := h.joins(organiser.Home, "Rowan", organiser.Lead), h.joins(organiser.Home, "Ash", organiser.Lead)
	stranger := h.joins("allies", "Stranger", organiser.Lead)
	var carried []string
	h.desk.Carries(organiser.Publish, func(_ context.Context, e organiser.Errand) error {
		carried = append(carried, e.Object+" "+string(e.Payload)+" "+e.Committee.ID)
		return nil
	})
	h.desk.Words(organiser.Publish, func(p *lang.Printer, d organiser.Deed) templ.Component {
		return templ.Raw("<p>Worded: " + string(d.Payload) + "</p>")
	})
	h.does(organiser.Publish)
	home := rowan.session().Committee.ID
	rowan.prove()
	page := rowan.follow(Root+"/c/anna/publish", url.Values{"payload": {"seven"}})
	if !strings.Contains(page, "It was carried out.") || !strings.Contains(page, `href="/desk/people"`) || len(carried) != 1 || carried[0] != "anna seven "+home {
		t.Errorf("%q %s", carried, page)
	}

	cedar := h.joins(organiser.Home, "Cedar", organiser.Reader)
	rowan.prove()
	w := rowan.ask("POST", Root+"/c/anna/publish", url.Values{"payload": {"eight"}})
	at := w.Header().Get("Location")
	id := strings.TrimSuffix(strings.TrimPrefix(at, Root+"/proposals/"), "?back=%2Fdesk%2Fpeople")
	if w.Code != 303 || len(id) != 32 {
		t.Fatalf("%d %s", w.Code, at)
	}
	if page := rowan.sees(at); !strings.Contains(page, "You proposed it") || !strings.Contains(page, "Worded: eight") || strings.Contains(page, `value="approve"`) || !strings.Contains(page, "March 2026") {
		t.Errorf("%s", page)
	}
	if page := cedar.sees(at); strings.Contains(page, "Worded") || strings.Contains(page, `value="approve"`) || strings.Contains(page, `value="refuse"`) {
		t.Errorf("a reader: %s", page)
	}
	stranger.prove()
	for _, path := range []string{at, Root + "/errands/" + id} {
		if w := stranger.ask("GET", path, nil); w.Code != 410 && w.Code != 404 {
			t.Errorf("another committee: %d", w.Code)
		}
	}
	if w := stranger.ask("POST", Root+"/proposals/"+id, url.Values{"act": {"approve"}}); w.Code != 410 {
		t.Errorf("another committee: %d", w.Code)
	}
	if w := rowan.ask("POST", Root+"/proposals/"+id, url.Values{"act": {"approve"}}); w.Code != 403 || len(carried) != 1 {
		t.Errorf("oneself: %d", w.Code)
	}
	if page := ash.sees(Root + "/"); !strings.Contains(page, "Look at 1 proposal") {
		t.Errorf("the day: %s", page)
	}
	if page := rowan.sees(Root + "/"); strings.Contains(page, "Look at 1 proposal") || !strings.Contains(page, "nothing to do today") {
		t.Errorf("the day of who proposed it: %s", page)
	}
	ash.prove()
	if page := ash.sees(Root + "/proposals"); !strings.Contains(page, `value="approve"`) {
		t.Errorf("%s", page)
	}
	page = ash.follow(Root+"/proposals/"+id, url.Values{"act": {"approve"}})
	if !strings.Contains(page, "It was carried out.") || len(carried) != 2 || carried[1] != "anna eight "+home {
		t.Errorf("%q %s", carried, page)
	}
	if w := ash.ask("POST", Root+"/proposals/"+id, url.Values{"act": {"approve"}}); w.Code != 410 || len(carried) != 2 {
		t.Errorf("again: %d, %q", w.Code, carried)
	}
	if w := rowan.ask("GET", at, nil); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), Root+"/errands/"+id) {
		t.Errorf("who comes back to it: %d", w.Code)
	}
	must(t, h.desk.Run(t.Context()))
	if len(carried) != 2 {
		t.Errorf("carried out anew: %q", carried)
	}

	rowan.prove()
	if page := rowan.follow(Root+"/c/anna/publish", nil); !strings.Contains(page, "waits for a second person") {
		t.Errorf("%s", page)
	}
	list, err := h.book.Proposals(t.Context(), rowan.session())
	must(t, err)
	if page := ash.follow(Root+"/proposals/"+list[0].ID, url.Values{"act": {"refuse"}}); !strings.Contains(page, "Nothing waits now.") || !strings.Contains(page, "Decided in the last 30 days") {
		t.Errorf("%s", page)
	}
	if w := ash.ask("POST", Root+"/proposals/"+list[0].ID, url.Values{"act": {"hum"}}); w.Code != 422 {
		t.Errorf("no verdict: %d", w.Code)
	}
}

// An act that nobody carries out here is neither done nor approved.
func TestNobodyCarries(t *testing.T) {
	h := open(t)
	rowan, ash := h.joins(organiser.Home, "Rowan", organiser.Lead), h.joins(organiser.Home, "Ash", organiser.Lead)
	h.joins(organiser.Home, "Cedar", organiser.Reader)
	h.does(organiser.Delete)
	rowan.prove()
	if w := rowan.ask("POST", Root+"/c/anna/delete", nil); w.Code != 500 {
		t.Errorf("%d", w.Code)
	}
	o, err := h.book.Do(t.Context(), rowan.session(), organiser.Deed{Act: organiser.Delete, Object: "anna"})
	must(t, err)
	ash.prove()
	if page := ash.sees(Root + "/proposals"); strings.Contains(page, `value="approve"`) {
		t.Error("it can be approved")
	}
	if w := ash.ask("POST", Root+"/proposals/"+o.Proposal.ID, url.Values{"act": {"approve"}}); w.Code != 403 {
		t.Errorf("%d", w.Code)
	}
}

// What could not be carried out is said with its reason; what may work later is tried again, less and less often; what was cut off is carried out by the next process.
func TestErrandsThatFail(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	outcome, asked := error(nil), 0
	h.desk.Carries(organiser.Withhold, func(context.Context, organiser.Errand) error { asked++; return outcome })
	h.does(organiser.Withhold)

	outcome = fault.New(fault.Conflict, "fault.desk.input_password", "Least", 12)
	page := rowan.follow(Root+"/c/anna/withhold", nil)
	if !strings.Contains(page, "could not be done") || !strings.Contains(page, "at least 12 characters") {
		t.Errorf("%s", page)
	}
	if page := rowan.sees(Root + "/"); !strings.Contains(page, "Look why this could not be done") {
		t.Errorf("%s", page)
	}
	must(t, h.desk.Run(t.Context()))
	if asked != 1 {
		t.Errorf("asked %d times for what has failed", asked)
	}

	outcome = errors.New("the disk is full")
	page = rowan.follow(Root+"/c/boris/withhold", nil)
	if !strings.Contains(page, "not carried out yet") || strings.Contains(page, "disk") {
		t.Errorf("%s", page)
	}
	asked = 0
	for range 3600 {
		h.now = h.now.Add(time.Second)
		must(t, h.desk.Run(t.Context()))
	}
	if asked < 10 || asked > 25 {
		t.Errorf("tried %d times within an hour", asked)
	}
	if n := strings.Count(h.log.String(), "could not be carried out"); n != asked+2 {
		t.Errorf("%d lines in the log for %d tries", n, asked)
	}
	h.now = h.now.Add(10 * time.Minute)
	outcome = nil
	must(t, h.desk.Run(t.Context()))
	list, err := h.book.Errands(t.Context(), rowan.session())
	must(t, err)
	if list[0].State != organiser.Done {
		t.Errorf("%+v", list[0])
	}

	// A panic is a failure, and the program goes on.
	h.desk.carry[organiser.Withhold] = func(context.Context, organiser.Errand) error { panic("no") }
	if page := rowan.follow(Root+"/c/vera/withhold", nil); !strings.Contains(page, "not carried out yet") {
		t.Errorf("%s", page)
	}

	// The process ends in the middle: another one, which knows the database alone, does it.
	o, err := h.book.Do(t.Context(), rowan.session(), organiser.Deed{Act: organiser.Withhold, Object: "cut-off", Payload: []byte("all of it")})
	must(t, err)
	if taken, err := h.book.Take(t.Context(), o.Errand.ID); !taken || err != nil {
		t.Fatal(taken, err)
	}
	h.now = h.now.Add(5 * time.Minute)
	done := ""
	h.desk.carry[organiser.Withhold] = func(_ context.Context, e organiser.Errand) error {
		done += e.Object + " " + string(e.Payload) + "."
		return nil
	}
	must(t, h.desk.Run(t.Context()))
	must(t, h.desk.Run(t.Context()))
	if done != "vera .cut-off all of it." {
		t.Errorf("%q", done)
	}
}

// A day has three tasks at the most, the heaviest first, and what can't be looked up doesn't take the rest away.
func TestToday(t *testing.T) {
	h := open(t)
	rowan := h.joins(organiser.Home, "Rowan", organiser.Lead)
	if page := rowan.sees(Root + "/"); !strings.Contains(page, "There is nothing to do today.") {
		t.Errorf("%s", page)
	}
	task := func(weight int, due, path string) Task {
		return Task{Key: "desk.today.failed", Args: []any{"Act", "act", "Object", path}, Path: Root + path, Weight: weight, Due: due}
	}
	h.desk.Today(func(context.Context, *Visit) ([]Task, error) {
		return []Task{task(10, "", "/a"), task(50, "2026-04-09", "/b"), task(50, "", "/c"), task(50, "2026-03-09", "/d")}, nil
	})
	h.desk.Today(func(context.Context, *Visit) ([]Task, error) {
		return []Task{task(90, "", "/e")}, errors.New("no disk")
	})
	h.desk.Start(func(_ context.Context, v *Visit, page Page) templ.Component {
		return templ.Raw("<p>opened for " + string(v.Role) + " on " + page.At)
	})
	h.desk.Start(func(context.Context, *Visit, Page) templ.Component { return nil })
	page := rowan.sees(Root + "/")
	at := 0
	for _, want := range []string{"Not everything could be looked up", `href="/desk/e"`, `href="/desk/d"`, "9 March 2026", `href="/desk/b"`, "opened for lead on /desk/"} {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Fatalf("no %q after %d: %s", want, at, page)
		}
		at += i
	}
	if strings.Contains(page, `href="/desk/a"`) || strings.Contains(page, `href="/desk/c"`) {
		t.Errorf("%s", page)
	}
	if !strings.Contains(h.log.String(), "no disk") {
		t.Error("nobody is told why")
	}
}
