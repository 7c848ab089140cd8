package app

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/seal"
	"outcry/internal/outlet/desk/desktest"
)

// town is an installation with two committees, each with a case of its own and something of all that a desk has; seven people of the first, one of each role.
type town struct {
	*hall
	home, theirs place
	people       map[organiser.Role]*person
	stranger     *person // a lead of the other committee
	tries        int     // requests that were sent
}

// place is what a committee has, by the names of the blanks in the desk's addresses and by the fields of its forms.
type place map[string]string

// person is somebody with two browsers.
type person struct {
	fresh, stale *desktest.Browser // with a proof of the last minutes, and without
	ended        desktest.Browser  // what the first one held before the proof
}

// soft makes passwords cheap: what they cost is measured elsewhere.
func (h *hall) soft() *hall {
	h.Organisers.Hardness = seal.Hardness{KiB: 8, Passes: 1}
	return h
}

func newTown(t *testing.T, d db.Config) *town {
	t.Helper()
	w := &town{hall: newHall(t, d).soft(), people: map[organiser.Role]*person{}}
	ctx := t.Context()
	w.bringAnna()
	begin := w.House.Now
	browsers := map[organiser.Role]*desktest.Browser{}
	for _, r := range organiser.Roles() {
		browsers[r] = w.JoinsAt(organiser.Home, "Person "+string(r), r, organiser.Abroad)
		w.House.Now = begin // their codes have nothing to do with each other's
	}
	other := w.Joins("allies", "Stranger", organiser.Lead)
	w.House.Now = begin

	// A case that the other committee has begun and published nothing of.
	if r := other.Ask("POST", "/desk/new", answered()); r.Code != 303 {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	w.House.Now = begin.Add(time.Minute)
	lead := browsers[organiser.Lead]
	w.home, w.theirs = w.furnished(lead, "anna", "release"), w.furnished(other, "anna-berg", "letter")
	for at, b := range map[*place]*desktest.Browser{&w.home: browsers[organiser.Reader], &w.theirs: other} {
		(*at)["person"] = b.Session().Organiser.ID
	}

	proven := w.House.Now.Add(time.Minute)
	two := func(b *desktest.Browser, committee string) *person {
		p := &person{fresh: b, stale: new(desktest.Browser), ended: *b}
		*p.stale = *b
		w.House.Now = proven.Add(-time.Minute)
		b.Prove()
		if r := p.stale.SignIn(committee); r.Code != 303 {
			t.Fatalf("%d %s", r.Code, r.Body)
		}
		return p
	}
	for r, b := range browsers {
		w.people[r] = two(b, "")
	}
	w.stranger = two(other, "allies")
	w.House.Now = proven.Add(time.Minute)
	w.home["session"], w.theirs["session"] = w.people[organiser.Reader].stale.Session().ID, w.stranger.stale.Session().ID
	must(t, w.room.Load().Run(ctx))
	if _, err := w.Days(t); err != nil {
		t.Fatal(err)
	}
	return w
}

// furnished gives a case something of everything that stands behind an id.
func (w *town) furnished(b *desktest.Browser, slug, letter string) place {
	w.t.Helper()
	ctx := w.t.Context()
	b.Sees("/desk/c/" + slug)
	w.House.Now = w.House.Now.Add(time.Minute)
	b.Prove()
	s := b.Session()
	p := place{"case": slug, "letter": letter, "tongue": "en", "token": strings.Repeat("A", 43), "file": strings.Repeat("ab", 32) + ".jpg", "lock": strings.Repeat("ab", 32), "day": "2026-02-28",
		"part": "events", "item": "arrest", "n": "2"}

	invited := b.Ask("POST", "/desk/invite", url.Values{"role": {"reader"}})
	if invited.Code != 200 {
		w.t.Fatalf("%d %s", invited.Code, invited.Body)
	}
	desk, err := w.Organisers.People(ctx, s)
	must(w.t, err)
	p["invitation"] = desk.Invitations[0].ID
	path, words := "/desk/c/"+slug+"/texts/en", []string{"A kestrel over the yard"}
	if s.Committee.Name == organiser.Home { // which has one revision more
		words, p["n"] = []string{"A heron", "A heron on the roof"}, "3"
	}
	p["canary"] = words[len(words)-1]
	for _, word := range words {
		if saved := b.Ask("POST", path, url.Values{"base": {desktest.Hidden(b.Sees(path), "base")}, "summary": {word}}); saved.Code != 303 {
			w.t.Fatalf("%d %s", saved.Code, saved.Body)
		}
	}
	guest, token, err := w.Drafts.Welcome(ctx, slug, "en")
	must(w.t, err)
	p["guest"], p["token"] = guest.ID, token.Text()
	to, err := seal.NewIdentityFile(filepath.Join(w.t.TempDir(), "committee.key"), w.House.Now)
	must(w.t, err)
	_, err = w.News.BeginDrill(ctx, slug, to.String())
	must(w.t, err)
	must(w.t, w.App.DB.Update(ctx, func(tx *db.Tx) error {
		if s.Committee.Name == organiser.Home {
			if _, err := tx.Exec(`INSERT INTO organiser_trail_sealed (committee, n, part, day, keys, box) VALUES ($1, 0, 0, $2, '', $3)`, s.Committee.ID, p["day"], []byte("sealed")); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO news (id, casefile, sealed, unsub_hash) VALUES ($1, $2, $3, $4)`, []byte(slug), slug, []byte("sealed"), []byte(slug))
		return err
	}))
	must(w.t, w.News.MakeReady(ctx, "export-"+slug, slug, s.Organiser.ID))
	p["ready"] = "export-" + slug
	done, err := w.Organisers.Do(ctx, s, organiser.Deed{Act: organiser.Withhold, Object: slug, Payload: []byte("{}")}) // which fails: nothing is taken back
	must(w.t, err)
	p["errand"] = done.Errand.ID
	p["proposal"] = w.proposed(s, slug)
	return p
}

// proposed puts a proposal down, as if the committee were three.
func (w *town) proposed(s organiser.Session, slug string) string {
	w.t.Helper()
	const id = "0123456789abcdef0123456789abcdef"
	if s.Committee.Name == organiser.Home {
		o, err := w.Organisers.Do(w.t.Context(), s, organiser.Deed{Act: organiser.Publish, Object: slug, Payload: []byte(`{"kind":"open","letter":"release"}`)})
		must(w.t, err)
		return o.Proposal.ID
	}
	return id
}

var blank = regexp.MustCompile(`\{([a-z]+|\$)\}`)

// blanks are the names that an address's {id} and a form's id stand for.
func blanks(pattern string) (inPath, inForm string) {
	for _, k := range [][2]string{{"/people/", "person"}, {"/proposals/", "proposal"}, {"/errands/", "errand"}} {
		if strings.Contains(pattern, k[0]) {
			return k[1], k[1]
		}
	}
	for _, k := range [][2]string{{"/invite", "invitation"}, {"/sessions", "session"}, {"/links", "guest"}, {"/fetch", "ready"}, {"/handover", "person"}} {
		if strings.HasSuffix(pattern, k[0]) || strings.Contains(pattern, k[0]+"/") {
			return "", k[1]
		}
	}
	return "", "errand"
}

// filled is a route with a committee's things in it: method, address, and a form that would do something if it were let through.
func (p place) filled(pattern string) (method, path string, form url.Values) {
	inPath, inForm := blanks(pattern)
	method, path, _ = strings.Cut(pattern, " ")
	path = blank.ReplaceAllStringFunc(path, func(b string) string {
		switch name := strings.Trim(b, "{}"); name {
		case "$":
			return ""
		case "id":
			return p[inPath]
		default:
			return p[name]
		}
	})
	if method != "POST" {
		return method, path, nil
	}
	form = url.Values{"act": {"end"}, "id": {p[inForm]}, "role": {"lead"}, "place": {"abroad"}, "sure": {"yes"}, "person": {p["person"]}, "base": {"1"}, "revision": {"2"}, "checked": {"yes"},
		"letter": {p["letter"]}, "do": {"pause"}, "day": {p["day"]}, "lock": {p["lock"]}, "name": {"allied"}, "tongue": {"fr"}, "password": {"another password entirely"}, "word": {"abacus"},
		"summary": {"written by a hand that may not"}, "remark": {"read it"}, "way": {"redact"}, "f.sort": {"safety"}, "kind": {"consent"}, "back": {"/desk/people"}, "now": {"2"}}
	if strings.HasPrefix(path, "/desk/proposals/") {
		form.Set("act", "approve")
	}
	return method, path, form
}

// invented are things that there are not, each as long as the one it stands for.
func (p place) invented() place {
	q := maps.Clone(p)
	for _, name := range []string{"case", "letter", "person", "proposal", "errand", "invitation", "session", "guest", "ready", "lock", "item"} {
		sum := sha256.Sum256([]byte("invented " + p[name]))
		q[name] = hex.EncodeToString(sum[:])[:min(64, len(p[name]))]
	}
	q["n"], q["file"], q["token"] = "9", strings.Repeat("cd", 32)+".jpg", strings.Repeat("B", 42)+"A"
	return q
}

// alike is an answer without what was asked for: in addresses, and anywhere where it is an id. The longest goes first.
func (p place) alike(r *httptest.ResponseRecorder) string {
	text := fmt.Sprint(r.Code, " ", r.Result().Header, "\n", r.Body)
	names := slices.SortedFunc(maps.Keys(p), func(a, b string) int { return cmp.Or(len(p[b])-len(p[a]), strings.Compare(a, b)) })
	for _, name := range names {
		if len(p[name]) >= 16 {
			text = strings.ReplaceAll(text, p[name], "{"+name+"}")
		}
		if name == "letter" { // which is a word in addresses too
			text = strings.NewReplacer("/signatures/"+p[name], "/signatures/{letter}", "%2Fsignatures%2F"+p[name], "%2Fsignatures%2F{letter}").Replace(text)
			continue
		}
		for _, slash := range []string{"/", "%2F"} {
			for _, end := range []string{"/", "%2F", "?", "&", `"`, "]", ".", "\n"} {
				text = strings.ReplaceAll(text, slash+p[name]+end, slash+"{"+name+"}"+end)
			}
		}
	}
	return text
}

// apartAt is where two texts part.
func apartAt(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	i = max(0, i-60)
	return fmt.Sprintf("%.200q\n%.200q", a[i:], b[i:])
}

// unseen are the columns that change though nobody changed anything: when a session was used, and in which language.
var unseen = map[string][]string{"organiser_session": {"used", "lang"}, "organiser_trail": nil, "organiser_cut": nil}

// tables are all tables with their columns, but for the trail.
func (h *hall) tables() map[string][]string {
	h.t.Helper()
	query := `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2`
	if h.App.DB.Engine() == db.Postgres {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2`
	}
	tables := map[string][]string{}
	must(h.t, h.App.DB.View(h.t.Context(), func(tx *db.Tx) error {
		return tx.Each(query, nil, func(scan func(...any) error) error {
			var table, column string
			if err := scan(&table, &column); err != nil {
				return err
			}
			if skip, some := unseen[table]; (!some || len(skip) > 0) && !slices.Contains(skip, column) {
				tables[table] = append(tables[table], `"`+column+`"`)
			}
			return nil
		})
	}))
	if len(tables) < 40 {
		h.t.Fatalf("only %d tables", len(tables))
	}
	return tables
}

// dump is a digest of every table.
func (h *hall) dump(tables map[string][]string) map[string]string {
	h.t.Helper()
	sums := map[string]string{}
	must(h.t, h.App.DB.View(h.t.Context(), func(tx *db.Tx) error {
		for table, columns := range tables {
			var rows []string
			cells, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range cells {
				into[i] = &cells[i]
			}
			err := tx.Each("SELECT "+strings.Join(columns, ", ")+" FROM "+table, nil, func(scan func(...any) error) error {
				err := scan(into...)
				rows = append(rows, fmt.Sprintf("%v", cells))
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
			slices.Sort(rows)
			sum := sha256.Sum256([]byte(strings.Join(rows, "\n")))
			sums[table] = fmt.Sprintf("%d rows, %x", len(rows), sum[:4])
		}
		return nil
	}))
	return sums
}

// still holds that nothing was written since a dump, and returns the one of now.
func (h *hall) still(tables map[string][]string, before map[string]string, what string) map[string]string {
	h.t.Helper()
	now := h.dump(tables)
	for table := range tables {
		if now[table] != before[table] {
			h.t.Errorf("%s: %s was %s, is %s", what, table, before[table], now[table])
		}
	}
	return now
}

// The dump sees a change of a single cell, in a table of bytes too.
func TestDumpSees(t *testing.T) {
	h := newHall(t, db.Config{})
	tables := h.tables()
	before := h.dump(tables)
	if !maps.Equal(before, h.dump(tables)) {
		t.Fatal("it is another one each time")
	}
	for table, change := range map[string]string{"organiser_key": "INSERT INTO organiser_key VALUES (1, $1)", "news": "INSERT INTO news (id, casefile, sealed, unsub_hash) VALUES ($1, 'anna', $1, $1)"} {
		must(t, h.App.DB.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(change, bytes.Repeat([]byte{7}, 32)); return err }))
		now := h.dump(tables)
		if now[table] == before[table] {
			t.Errorf("%s changed unseen", table)
		}
		before = now
	}
}
