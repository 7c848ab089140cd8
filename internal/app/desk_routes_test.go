package app

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

// deskRoutes are all pages of the desk, by the act that each asks for; "" are the doors, for who has no session. The list is whole: a page that is hung in without a line
// here, or for another act, fails TestEveryDeskPageIsKnown.
var deskRoutes = map[organiser.Act]string{
	"": `GET /desk/in|POST /desk/in|POST /desk/in/passkey|POST /desk/passkey/ask|GET /desk/join/{token}|POST /desk/join/{token}|GET /desk/t/{token}|POST /desk/t/{token}`,
	organiser.Look: `GET /desk/{$}|GET /desk/people|GET /desk/proposals|GET /desk/proposals/{id}|POST /desk/proposals/{id}|GET /desk/errands/{id}|GET /desk/sessions
		GET /desk/c/{case}|GET /desk/c/{case}/photo/{file}|GET /desk/c/{case}/preview|GET /desk/c/{case}/preview/page|GET /desk/c/{case}/spread
		GET /desk/review|GET /desk/c/{case}/changes|GET /desk/c/{case}/history|GET /desk/c/{case}/history/compare|GET /desk/c/{case}/history/{n}
		GET /desk/c/{case}/signatures|GET /desk/c/{case}/signatures/{letter}/names|GET /desk/c/{case}/followers|GET /desk/safety|GET /desk/kept`,
	organiser.ReadTrail: `GET /desk/trail|GET /desk/trail/sealed|GET /desk/trail/sealed/{day}`,
	organiser.Own: `GET /desk/ways|POST /desk/ways/password|GET /desk/ways/authenticator|POST /desk/ways/authenticator|POST /desk/ways/codes
		POST /desk/ways/passkey/ask|POST /desk/ways/passkey|POST /desk/ways/passkey/drop`,
	organiser.Prove: `GET /desk/prove|POST /desk/prove|POST /desk/prove/passkey`,
	organiser.Leave: `POST /desk/sessions|POST /desk/out`,
	organiser.Edit: `GET /desk/new|POST /desk/new|GET /desk/mail|POST /desk/mail|GET /desk/c/{case}/texts|GET /desk/c/{case}/texts/{tongue}|POST /desk/c/{case}/texts/{tongue}
		GET /desk/c/{case}/settings|POST /desk/c/{case}/settings|GET /desk/c/{case}/letter/new|POST /desk/c/{case}/letter/new
		GET /desk/c/{case}/ground|POST /desk/c/{case}/ground|GET /desk/c/{case}/photo|POST /desk/c/{case}/photo|GET /desk/c/{case}/try|POST /desk/c/{case}/try
		GET /desk/c/{case}/case|POST /desk/c/{case}/case|POST /desk/c/{case}/case/undo|POST /desk/c/{case}/case/settle|GET /desk/c/{case}/case/{part}|POST /desk/c/{case}/case/{part}
		GET /desk/c/{case}/case/{part}/{item}|POST /desk/c/{case}/case/{part}/{item}|GET /desk/c/{case}/case/{part}/{item}/out|POST /desk/c/{case}/case/{part}/{item}/out
		POST /desk/c/{case}/history/{n}/restore|POST /desk/c/{case}/history/{n}/take|POST /desk/c/{case}/history/{n}/settle
		GET /desk/c/{case}/languages/{tongue}/offer|POST /desk/c/{case}/languages/{tongue}/offer|GET /desk/c/{case}/languages/{tongue}/links|POST /desk/c/{case}/languages/{tongue}/links`,
	organiser.Translate: `POST /desk/c/{case}/changes/ask|GET /desk/c/{case}/languages|POST /desk/c/{case}/languages|GET /desk/c/{case}/languages/{tongue}|POST /desk/c/{case}/languages/{tongue}
		GET /desk/c/{case}/languages/{tongue}/file|POST /desk/c/{case}/languages/{tongue}/file`,
	organiser.Review:   `POST /desk/c/{case}/changes/back`,
	organiser.Publish:  `GET /desk/c/{case}/publish|POST /desk/c/{case}/publish|GET /desk/c/{case}/open|POST /desk/c/{case}/open`,
	organiser.Withhold: `POST /desk/c/{case}/undo|POST /desk/c/{case}/withhold|POST /desk/safety/withhold`,
	organiser.Moderate: `POST /desk/c/{case}/signatures/{letter}/turn|POST /desk/c/{case}/signatures/{letter}/release|POST /desk/c/{case}/signatures/{letter}/names
		GET /desk/c/{case}/signatures/{letter}/names/{lock}|POST /desk/c/{case}/signatures/{letter}/names/{lock}
		GET /desk/c/{case}/signatures/{letter}/report|POST /desk/c/{case}/signatures/{letter}/report`,
	organiser.Remove: `GET /desk/c/{case}/signatures/{letter}/remove|GET /desk/c/{case}/signatures/{letter}/remove/{day}|POST /desk/c/{case}/signatures/{letter}/remove
		POST /desk/c/{case}/signatures/{letter}/restore`,
	organiser.Key: `GET /desk/c/{case}/followers/key|POST /desk/c/{case}/followers/key|GET /desk/c/{case}/followers/key/drill.sealed|POST /desk/c/{case}/followers/key/answer
		POST /desk/c/{case}/followers/key/use`,
	organiser.Delete:   `GET /desk/c/{case}/discard|POST /desk/c/{case}/discard`,
	organiser.Export:   `POST /desk/c/{case}/followers/export|POST /desk/c/{case}/followers/fetch`,
	organiser.Invite:   `GET /desk/invite|POST /desk/invite|POST /desk/invite/end|GET /desk/ally|POST /desk/ally`,
	organiser.People:   `GET /desk/people/{id}|POST /desk/people/{id}`,
	organiser.Settings: `GET /desk/settings`,
	organiser.Lock:     `POST /desk/safety/lock`,
	organiser.Unlock:   `GET /desk/safety/open|POST /desk/safety/open`,
	organiser.Purge:    `GET /desk/safety/purge|POST /desk/safety/purge|GET /desk/c/{case}/history/forget|POST /desk/c/{case}/history/forget`,
	organiser.HandOver: `GET /desk/safety/handover|POST /desk/safety/handover`,
}

// eachRoute is every route of the list, by its pattern.
func eachRoute() map[string]organiser.Act {
	list := map[string]organiser.Act{}
	for act, text := range deskRoutes {
		for _, pattern := range strings.FieldsFunc(text, func(r rune) bool { return r == '|' || r == '\n' }) {
			list[strings.TrimSpace(pattern)] = act
		}
	}
	return list
}

func TestEveryDeskPageIsKnown(t *testing.T) {
	h := newHall(t, db.Config{})
	known := eachRoute()
	for _, r := range h.room.Load().Routes() {
		if act, ok := known[r.Pattern]; !ok || act != r.Act {
			t.Errorf("%s for %q stands in no list: who may do it, and who not, is tried for none of them", r.Pattern, r.Act)
		}
		delete(known, r.Pattern)
	}
	for pattern := range known {
		t.Errorf("%s is hung in nowhere", pattern)
	}
}

// asked sends what a committee's things make of a route.
func (p place) asked(b *desktest.Browser, pattern string) *httptest.ResponseRecorder {
	method, path, form := p.filled(pattern)
	return b.Ask(method, path, form)
}

// alike tells whether a browser is answered the same about what is there and about what is not, and returns the first answer.
func (w *town) alike(who string, b *desktest.Browser, pattern string, real place) *httptest.ResponseRecorder {
	w.t.Helper()
	w.tries += 2
	first, second := *b, *b // an ended session's cookie is taken away
	made := real.invented()
	if real["under"] != "" { // whose case it is they know
		made["case"] = real["case"]
	}
	one, two := real.asked(&first, pattern), made.asked(&second, pattern)
	w.unframed(who, pattern, one)
	if a, b := real.alike(one), made.alike(two); a != b {
		w.t.Errorf("%s: %s tells what is there from what is not:\n%s", who, pattern, apartAt(a, b))
	}
	return one
}

// Each page of the desk, of every feature, with every method that it has, tried by everybody who may not: as nobody, with an ended session, out of a locked committee, as
// each role that may not, as each that may without a fresh proof, and as the lead of another committee with the ids of this one. All are refused, alike whether what they
// ask for is there or not; nothing is written anywhere; and what was refused stands in the trail that the others read.
func TestEveryDeskPageAsEverybody(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		w := newTown(t, d)
		locked := w.lockedOut()
		lead := w.people[organiser.Lead]
		w.read(lead.fresh) // what is begun by looking is begun
		tables := w.tables()
		before := w.dump(tables)
		routes := 0
		for pattern, act := range eachRoute() {
			if act == "" {
				continue
			}
			routes++
			for who, r := range map[string]*httptest.ResponseRecorder{"nobody": w.alike("nobody", w.Nobody(), pattern, w.home), "an ended session": w.once("an ended session", &lead.ended, pattern),
				"out of a locked committee": w.once("out of a locked committee", locked, pattern)} {
				if r.Code != 303 || !strings.HasPrefix(r.Header().Get("Location"), "/desk/in?back=") || r.Body.Len() > 300 {
					t.Errorf("%s: %s: %d %.300s", who, pattern, r.Code, r.Body)
				}
			}
			for _, role := range organiser.Roles() {
				p := w.people[role]
				if !organiser.May(role, act) {
					for kind, r := range map[string]*httptest.ResponseRecorder{"stale": w.once(string(role), p.stale, pattern), "fresh": w.alike(string(role), p.fresh, pattern, w.home)} {
						if r.Code != 403 || !strings.Contains(r.Body.String(), "Your role may not do this.") {
							t.Errorf("%s, %s: %s: %d %.300s", role, kind, pattern, r.Code, r.Body)
						}
					}
				} else if organiser.Steps(act) {
					if r := w.alike(string(role)+" without a proof", p.stale, pattern, w.home); r.Code != 303 || !strings.HasPrefix(r.Header().Get("Location"), "/desk/prove?back=") {
						t.Errorf("%s without a proof: %s: %d %.300s", role, pattern, r.Code, r.Body)
					}
				}
			}
			w.fromElsewhere(pattern)
			before = w.still(tables, before, pattern)
		}
		w.toldOf(lead.stale)
		refused := w.tries
		w.otherSites(tables)
		w.looking(tables)
		w.otherForms(tables)
		w.otherPaths(tables)
		w.otherWords()
		t.Logf("%d routes with a session, %d requests refused to who may not, %d more", routes, refused, w.tries-refused)
	})
}

// once asks for what is there alone: where what is not is answered alike for others of whom the same is asked first.
func (w *town) once(who string, b *desktest.Browser, pattern string) *httptest.ResponseRecorder {
	w.t.Helper()
	w.tries++
	browser := *b
	r := w.home.asked(&browser, pattern)
	w.unframed(who, pattern, r)
	return r
}

// read looks at every page that a browser may look at.
func (w *town) read(b *desktest.Browser) {
	w.t.Helper()
	for pattern, act := range eachRoute() {
		if strings.HasPrefix(pattern, "GET ") && act != "" {
			if r := w.home.asked(b, pattern); r.Code >= 500 {
				w.t.Errorf("%s: %d %s", pattern, r.Code, r.Body)
			}
		}
	}
}

// lockedOut is somebody of a committee that is locked, whose session is there all the same: it was opened by another node while it was being locked.
func (w *town) lockedOut() *desktest.Browser {
	w.t.Helper()
	b := w.JoinsAt("locked", "Locked", organiser.Lead, organiser.Abroad)
	w.House.Now = w.House.Now.Add(-6 * time.Minute) // which joining took
	must(w.t, w.Organisers.Lock(w.t.Context(), b.Session()))
	if r := b.SignIn("locked"); r.Code != 303 {
		w.t.Fatalf("%d %s", r.Code, r.Body)
	}
	w.House.Now = w.House.Now.Add(-time.Minute)
	id := b.Session().Organiser.ID
	must(w.t, w.App.DB.Update(w.t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE organiser SET place = 'inside' WHERE id = $1`, id)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d changed", n)
		}
		return err
	}))
	return b
}

// mine are pages of one's own committee that ask for nothing by an id: another committee's lead does there what it likes with what is its own.
func mine(pattern string) bool {
	return !strings.Contains(strings.NewReplacer("{$}", "").Replace(pattern), "{") && !strings.HasSuffix(pattern, "/invite/end") && pattern != "POST /desk/sessions"
}

// fromElsewhere asks as a lead of another committee: for the first one's case, letters and people, and under its own case for ids that are the first one's; and as a lead of
// the first committee, which holds what is given to nobody, for what is the other's.
func (w *town) fromElsewhere(pattern string) {
	w.t.Helper()
	if mine(pattern) {
		return
	}
	absent := func(who string, b *desktest.Browser, p place) {
		r := w.alike(who, b, pattern, p)
		switch {
		case r.Code == 404 || r.Code == 410:
		case r.Code == 303 && !strings.HasPrefix(r.Header().Get("Location"), "/desk/errands/"): // to where it says that nothing was there
		case strings.HasPrefix(pattern, "GET ") && r.Code == 200 || r.Code == 403 || r.Code == 409 || r.Code == 413 || r.Code == 422: // the page of one's own
		default:
			w.t.Errorf("%s: %s: %d %.300s", who, pattern, r.Code, r.Body)
		}
		if body := r.Body.String(); strings.Contains(body, w.home["canary"]) {
			w.t.Errorf("%s: %s shows what is the others'", who, pattern)
		}
	}
	if strings.Contains(pattern, "{case}") {
		for who, b := range map[string]*desktest.Browser{"another's lead": w.stranger.fresh, "another's lead, without a proof": w.stranger.stale} {
			r, want := w.alike(who, b, pattern, w.home), 404
			if b == w.stranger.stale && organiser.Steps(eachRoute()[pattern]) {
				want = 303 // a proof is asked for first, whatever it is
			}
			if r.Code != want {
				w.t.Errorf("%s: %s: %d %.300s", who, pattern, r.Code, r.Body)
			}
		}
		if r := w.alike("the first committee's lead", w.people[organiser.Lead].fresh, pattern, w.theirs); r.Code != 404 {
			w.t.Errorf("the first committee's lead: %s: %d %.300s", pattern, r.Code, r.Body)
		}
		under := maps.Clone(w.home) // their own case, and what is ours behind it
		under["case"], under["under"] = w.theirs["case"], "its own"
		w.under(pattern, under, absent)
		return
	}
	absent("another's lead", w.stranger.fresh, w.home)
}

// under asks for what is behind one's own case by the first committee's names, if there are any in the address or the form.
func (w *town) under(pattern string, p place, absent func(string, *desktest.Browser, place)) {
	for _, name := range []string{"{letter}", "{n}", "{file}", "{lock}", "{item}", "/links", "/fetch"} {
		if strings.Contains(pattern, name) {
			absent("another's lead under its own case", w.stranger.fresh, p)
			return
		}
	}
}

// toldOf holds that the trail says of each act that it was refused to each role that may not do it, and that it was asked for without a proof by each that may.
func (w *town) toldOf(b *desktest.Browser) {
	w.t.Helper()
	trail := b.Trail()
	for act := range deskRoutes {
		for _, role := range organiser.Roles() {
			line := string(role) + " " + string(act) + " "
			switch {
			case act == "":
			case !organiser.May(role, act):
				line += "refused"
			case organiser.Steps(act):
				line += "unproven"
			default:
				continue
			}
			if act != "" && !slices.Contains(trail, line) {
				w.t.Errorf("the trail lacks %q", line)
			}
		}
	}
	for _, line := range trail {
		if strings.Contains(line, w.theirs["case"]) || strings.Contains(line, "allies") {
			w.t.Errorf("the trail tells of another committee: %q", line)
		}
	}
	if theirs := w.stranger.stale.Trail(); !slices.Contains(theirs, "lead look absent") {
		w.t.Errorf("what their lead tried stands not in their trail: %q", theirs)
	}
}
