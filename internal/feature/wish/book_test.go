package wish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

const anna = `
campaign: {slug: free-anna, languages: [en, ru], run_by: {en: Committee for Anna}, contact: committee@example.org}
person: {names: [{text: Anna Example, lang: en, script: Latn}, {text: Анна Пример, lang: ru, script: Cyrl}]}
case:
  slug: SLUG
  publication: {level: LEVEL, consents: [{giver: family, scope: [name, letter, fund, photo, others, press], channel: {en: by letter}, date: 2024-03-01}]}
  state: open
  title: {en: Release Anna Example}
  summary: {en: She was detained.}
  asks: [release, clemency]
sources: [{id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}]
events:
  - {id: held, when: 2024-02-10, kind: detention, nature: event, source: paper}
  - {id: raid, when: 2024-02-09, kind: search, nature: event, source: paper, what: {en: Her flat was searched}}
  - {id: secret, when: 2024-02-11, kind: meeting, nature: event, source: paper, visibility: team}
`

const released = `  - {id: out, when: 2024-04-02, kind: release, release: bail_or_measure_change, nature: event, source: paper}
`

// moment is a clock that a test moves.
type moment struct{ t time.Time }

func (m *moment) Now() time.Time { return m.t }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is a Book with a public case, anna, in April 2024.
type house struct {
	t *testing.T
	*Book
	clock *moment
}

func open(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, clock: &moment{time.Date(2024, 4, 1, 12, 0, 0, 0, time.UTC)}}
	cases := casefile.New(casefile.Config{DB: d, Now: h.clock.Now})
	h.Book = NewBook(Config{DB: d, Cases: cases, URL: "https://post.example", Now: h.clock.Now})
	h.apply("anna", "public", "")
	return h
}

func (h *house) apply(slug, level, more string) {
	h.t.Helper()
	var f casefile.File
	must(h.t, casefile.Decode([]byte(strings.NewReplacer("SLUG", slug, "LEVEL", level).Replace(anna)+more), &f))
	must(h.t, h.DB.Update(context.Background(), func(tx *db.Tx) error { _, err := h.Cases.Apply(tx, &f); return err }))
}

func (h *house) link(slug string, as casefile.Giver) Token {
	h.t.Helper()
	_, address, err := h.Make(h.t.Context(), slug, as, casefile.Date{})
	must(h.t, err)
	token, ok := ParseToken(strings.TrimPrefix(address, "https://post.example/wish/"))
	if !ok {
		h.t.Fatalf("the address is %s", address)
	}
	return token
}

// do presses a button on the page as it is now.
func (h *house) do(token Token, i Item, act Act) Done {
	h.t.Helper()
	v, err := h.Open(h.t.Context(), token)
	must(h.t, err)
	s, found := v.Item(i)
	if !found {
		h.t.Fatalf("%v is not on the page", i)
	}
	d, err := h.Do(h.t.Context(), token, i, act, s.Turns)
	must(h.t, err)
	return d
}

func (h *house) stops() (list []string) {
	h.t.Helper()
	stops, err := h.Cases.Stops(h.t.Context(), "anna")
	must(h.t, err)
	for _, s := range stops {
		list = append(list, fmt.Sprint(s.Kind, " ", s.Name, " ", s.By, " ", s.Harm, " ", s.Day))
	}
	return list
}

func (h *house) has(want ...string) {
	h.t.Helper()
	if have := h.stops(); !slices.Equal(have, want) {
		h.t.Errorf("stopped is %q, want %q", have, want)
	}
}

var name = Item{casefile.StopScope, "name"}

func TestOneStopsAndOnlyTheyOrThePrisonerLift(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		prisoner, family, lawyer := h.link("anna", Prisoner), h.link("anna", Family), h.link("anna", Lawyer)
		before, err := h.Cases.Revision(t.Context())
		must(t, err)
		if _, err := h.Cases.Shown(t.Context(), "anna"); err != nil {
			t.Fatal(err)
		}
		if d := h.do(family, name, Stop); d.Outcome != DidStop || !d.Changed || d.Shown || d.Was != Silent {
			t.Errorf("%+v", d.Outcome)
		}
		h.has("scope name family false 2024-04-01")
		if _, err := h.Cases.Shown(t.Context(), "anna"); !fault.Is(err, fault.Gone) {
			t.Error(err)
		}
		if after, err := h.Cases.Revision(t.Context()); err != nil || after <= before {
			t.Error("no page would know of it")
		}
		if d := h.do(lawyer, name, Agree); d.Outcome != AgreedUnder || d.Shown {
			t.Errorf("agreeing lifts another's stop: %s", d.Outcome)
		}
		if d := h.do(prisoner, name, Agree); d.Outcome != AgreedUnder {
			t.Errorf("the prisoner's agreeing alone lifts another's stop: %s", d.Outcome)
		}
		h.has("scope name family false 2024-04-01")
		if d := h.do(prisoner, name, Lift); d.Outcome != DidLift || !d.Shown || d.Changed || d.Item.Own != Agreed {
			t.Errorf("%+v", d)
		}
		h.has()
		h.do(prisoner, name, Stop)
		for _, other := range []Token{family, lawyer} {
			h.do(other, name, Agree)
			if _, err := h.Do(t.Context(), other, name, Lift, 2); !fault.Is(err, fault.Refused) {
				t.Errorf("another lifts the prisoner's stop: %v", err)
			}
		}
		h.has("scope name prisoner false 2024-04-01")
		h.do(prisoner, name, Agree)
		h.has()
	})
}

func TestALawyerStopsWhatHarmsTheDefence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		prisoner, family, lawyer := h.link("anna", Prisoner), h.link("anna", Family), h.link("anna", Lawyer)
		raid := Item{casefile.StopEvent, "raid"}
		for _, i := range []Item{raid, {casefile.StopAsk, "clemency"}, {casefile.StopScope, "letter"}} {
			if d := h.do(lawyer, i, Harm); d.Outcome != DidHarm || d.Item.Own != Harmful {
				t.Errorf("%+v", d)
			}
		}
		h.has("ask clemency lawyer true 2024-04-01", "event raid lawyer true 2024-04-01", "scope letter lawyer true 2024-04-01")
		f, err := h.Cases.Shown(t.Context(), "anna")
		must(t, err)
		if f.Event("raid") != nil || !f.Stopped(casefile.ScopeLetter) || !slices.Contains(f.Case.Refused, "clemency") {
			t.Error("it is still there")
		}
		v, err := h.Open(t.Context(), family)
		must(t, err)
		if len(v.Events) > 0 {
			t.Error("the family is offered events")
		}
		if _, err := h.Do(t.Context(), family, raid, Harm, 0); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		v, err = h.Open(t.Context(), lawyer)
		must(t, err)
		for _, s := range v.Events {
			if s.Name == "secret" {
				t.Error("an event of the team's is on a page")
			}
		}
		if len(v.Events) != 2 {
			t.Errorf("%d events", len(v.Events))
		}
		if _, err := h.Do(t.Context(), lawyer, Item{casefile.StopEvent, "secret"}, Harm, 0); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if d := h.do(prisoner, raid, Lift); d.Outcome != DidLift {
			t.Error(d.Outcome)
		}
		if d := h.do(lawyer, Item{casefile.StopScope, "letter"}, Stop); d.Item.Own != Stopped {
			t.Error("a stop for the defence can't become one without that word")
		}
		h.has("ask clemency lawyer true 2024-04-01", "scope letter lawyer false 2024-04-01")
	})
}

// A form that is sent again, in whatever order, changes nothing that it has not changed already.
func TestReplaysAreHarmless(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		prisoner, family, lawyer := h.link("anna", Prisoner), h.link("anna", Family), h.link("anna", Lawyer)
		send := func(token Token, act Act, turns int64) Outcome {
			t.Helper()
			d, err := h.Do(t.Context(), token, photo, act, turns)
			must(t, err)
			return d.Outcome
		}
		for _, step := range []struct {
			token Token
			act   Act
			turns int64
			want  Outcome
		}{
			{family, Stop, 0, DidStop}, {family, Stop, 0, AlreadySo},
			{family, Agree, 1, DidAgree}, {family, Stop, 0, OldPage}, {family, Agree, 1, AlreadySo},
			{family, Stop, 2, DidStop}, {family, Agree, 1, OldPage}, {family, Agree, 0, OldPage}, {family, Agree, -1, OldPage}, {family, Agree, 99, OldPage},
			{lawyer, Stop, 0, DidStop},
			{prisoner, Lift, 0, DidLift}, {family, Stop, 3, DidStop}, {prisoner, Lift, 0, OldPage},
		} {
			if have := send(step.token, step.act, step.turns); have != step.want {
				t.Errorf("%s with %d: %s, want %s", step.act, step.turns, have, step.want)
			}
		}
		h.has("scope photo family false 2024-04-01")
	})
}

func TestUndoWorksForTenMinutes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		family := h.link("anna", Family)
		undo := func(was Word, turns int64, acted time.Time, want Outcome) {
			t.Helper()
			d, err := h.Undo(t.Context(), family, photo, was, turns, acted)
			if err != nil || d.Outcome != want {
				t.Errorf("%s, %v, want %s", d.Outcome, err, want)
			}
		}
		acted := h.clock.t
		h.do(family, photo, Agree)
		h.do(family, photo, Stop)
		undo(Agreed, 1, acted, OldPage)
		h.has("scope photo family false 2024-04-01")
		undo(Agreed, 2, acted, DidUndo)
		h.has()
		undo(Agreed, 2, acted, AlreadySo) // sent twice
		h.do(family, photo, Stop)
		undo(Agreed, 2, acted, OldPage) // sent once more, after another press
		h.clock.t = h.clock.t.Add(10*time.Minute + time.Second)
		undo(Agreed, 4, acted, TooLate)
		undo(Agreed, 4, time.Unix(0, 0), TooLate)
		undo(Agreed, 4, h.clock.t.Add(time.Hour), TooLate)
		h.has("scope photo family false 2024-04-01")
		if _, err := h.Undo(t.Context(), family, photo, Harmful, 4, h.clock.t); !fault.Is(err, fault.Refused) {
			t.Error(err)
		}
	})
}

func TestLinksEndAndAreRevoked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		until, _ := casefile.ParseDate("2024-04-03")
		l, address, err := h.Make(ctx, "anna", Lawyer, until)
		must(t, err)
		token, _ := ParseToken(strings.TrimPrefix(address, "https://post.example/wish/"))
		family := h.link("anna", Family)
		h.do(token, photo, Stop)
		links, said, err := h.List(ctx, "anna")
		if err != nil || len(links) != 2 || len(said) != 1 || links[1] != l || said[0].By != Lawyer || said[0].Word != Stopped {
			t.Errorf("%+v %+v %v", links, said, err)
		}
		h.clock.t = time.Date(2024, 4, 3, 23, 59, 0, 0, time.UTC)
		if _, err := h.Open(ctx, token); err != nil {
			t.Errorf("on its last day: %v", err)
		}
		h.clock.t = h.clock.t.Add(time.Minute)
		for _, open := range []func() error{
			func() error { _, err := h.Open(ctx, token); return err },
			func() error { _, err := h.Do(ctx, token, photo, Agree, 1); return err },
			func() error { _, err := h.Undo(ctx, token, photo, Silent, 1, h.clock.t); return err },
		} {
			if err := open(); !fault.Is(err, fault.NotFound) {
				t.Errorf("after its last day: %v", err)
			}
		}
		for _, id := range []string{"", "zz", "0123456789abcdef"} {
			if _, err := h.Revoke(ctx, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", id, err)
			}
		}
		if r, err := h.Revoke(ctx, idOf(family.hash())[:10]); err != nil || r.As != Family {
			t.Errorf("%+v %v", r, err)
		}
		if _, err := h.Open(ctx, family); !fault.Is(err, fault.NotFound) {
			t.Errorf("a revoked link opens: %v", err)
		}
		h.has("scope photo lawyer false 2024-04-01") // what was said holds
		for _, bad := range []struct {
			slug  string
			as    casefile.Giver
			until string
			kind  fault.Kind
		}{{"boris", Family, "", fault.NotFound}, {"anna", "proxy", "", fault.Invalid}, {"anna", "", "", fault.Invalid}, {"anna", Family, "2024-04-03", fault.Invalid}, {"anna", Family, "2025", fault.Invalid}} {
			until, _ := casefile.ParseDate(bad.until)
			for _, make := range []func() error{func() error { _, _, err := h.Make(ctx, bad.slug, bad.as, until); return err }, func() error { return h.Preview(ctx, bad.slug, bad.as, until) }} {
				if err := make(); !fault.Is(err, bad.kind) {
					t.Errorf("%+v: %v", bad, err)
				}
			}
		}
	})
}

// Once a person is out of custody, what others agreed to counts no more, and they agree to nothing new; what they stop stops.
func TestAReleaseSpendsOthersAgreements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		prisoner, family := h.link("anna", Prisoner), h.link("anna", Family)
		h.do(family, photo, Agree)
		h.do(family, letter, Stop)
		v, err := h.Open(t.Context(), family)
		must(t, err)
		if v.Spent {
			t.Error("it is spent before the release")
		}
		h.apply("anna", "public", released)
		h.clock.t = time.Date(2024, 4, 5, 12, 0, 0, 0, time.UTC)
		v, err = h.Open(t.Context(), family)
		must(t, err)
		if !v.Spent {
			t.Error("it is not spent")
		}
		_, said, err := h.List(t.Context(), "")
		must(t, err)
		if len(said) != 2 || said[1].Name != "photo" || !said[1].Spent {
			t.Errorf("%+v", said)
		}
		if d := h.do(family, Item{casefile.StopScope, "press"}, Agree); d.Outcome != NotYours || d.Item.Own != Silent {
			t.Errorf("%+v", d.Outcome)
		}
		if d := h.do(family, letter, Agree); d.Outcome != DidLift || d.Item.Own != Silent {
			t.Errorf("%+v", d.Outcome)
		}
		if d := h.do(family, name, Stop); d.Outcome != DidStop || d.Shown {
			t.Errorf("%+v", d.Outcome)
		}
		if v, err := h.Open(t.Context(), prisoner); err != nil || v.Spent {
			t.Error("the person's own word is spent")
		}
		if d := h.do(prisoner, photo, Agree); d.Outcome != DidAgree {
			t.Errorf("%+v", d.Outcome)
		}
	})
}

// Many press at once: every stop is laid, and no press is lost.
func TestAllAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		family, lawyer := h.link("anna", Family), h.link("anna", Lawyer)
		var wg sync.WaitGroup
		for _, token := range []Token{family, lawyer} {
			for _, scope := range casefile.Scope("").Known() {
				for range 3 {
					wg.Go(func() {
						if _, err := h.Do(context.Background(), token, Item{casefile.StopScope, scope}, Stop, 0); err != nil {
							t.Error(err)
						}
					})
				}
			}
		}
		wg.Wait()
		if n := len(h.stops()); n != 2*len(casefile.Scope("").Known()) {
			t.Errorf("%d stops", n)
		}
	})
}

// A database that was taken opens no link, and says of no one who they are.
func TestAStolenDatabaseOpensNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		token := h.link("anna", Family)
		h.do(token, photo, Stop)
		h.do(token, letter, Agree)
		var found []byte
		must(t, d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT hash, casefile, capacity, made, until FROM wish_link`, nil, func(scan func(...any) error) error {
				var slug, capacity, made, until string
				err := scan(&found, &slug, &capacity, &made, &until)
				if slug != "anna" || capacity != "family" || made != "2024-04-01" || until != "" || len(found) != 32 {
					t.Errorf("%s %s %s %s %x", slug, capacity, made, until, found)
				}
				return err
			})
		}))
		secret := token.b.Reveal()
		if bytes.Contains(found, secret) || bytes.Contains(secret, found) {
			t.Fatal("the secret itself is kept")
		}
		if v, err := h.Open(t.Context(), Token{hidden(found)}); !fault.Is(err, fault.NotFound) {
			t.Errorf("what is kept opens the link: %+v, %v", v.Link, err)
		}
		must(t, d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT casefile || capacity || kind || name || agreed FROM wish_word`, nil, func(scan func(...any) error) error {
				var all string
				err := scan(&all)
				if all != "annafamilyscopephoto" && all != "annafamilyscopeletter2024-04-01" {
					t.Errorf("a row says %q", all)
				}
				return err
			})
		}))
	})
}

// Wrong links are counted, and a right one opens whatever others have tried.
func TestGuessesAreBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		family := h.link("anna", Family)
		kinds := map[fault.Kind]int{}
		for range guessesMost + 20 {
			_, err := h.Open(t.Context(), newToken())
			kinds[fault.Of(err).Kind]++
		}
		if kinds[fault.NotFound] != guessesMost || kinds[fault.TooMany] != 20 {
			t.Errorf("%v", kinds)
		}
		if _, err := h.Open(t.Context(), family); err != nil {
			t.Errorf("guessing keeps the family out: %v", err)
		}
		h.clock.t = h.clock.t.Add(time.Hour)
		if _, err := h.Open(t.Context(), newToken()); !errors.Is(err, errNoLink) {
			t.Error(err)
		}
	})
}

// What was agreed to by links is consent like that of the file, by capacity and day.
func TestAgreementsAreConsents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		prisoner, family := h.link("anna", Prisoner), h.link("anna", Family)
		before, err := h.Cases.Revision(t.Context())
		must(t, err)
		h.do(family, photo, Agree)
		if after, err := h.Cases.Revision(t.Context()); err != nil || after <= before {
			t.Error("no page would know of an agreement")
		}
		h.do(family, letter, Agree)
		h.do(family, Item{casefile.StopAsk, "clemency"}, Agree)
		h.do(prisoner, Item{casefile.StopScope, "health"}, Agree)
		h.do(prisoner, photo, Agree)
		h.do(prisoner, photo, Stop)
		var have map[string][]casefile.Consent
		must(t, d.View(t.Context(), func(tx *db.Tx) (err error) { have, err = Agreements(tx); return err }))
		day, _ := casefile.ParseDate("2024-04-01")
		want := map[string][]casefile.Consent{"anna": {{Giver: Family, Date: day, Scope: []casefile.Scope{"letter", "photo"}}, {Giver: Prisoner, Date: day, Scope: []casefile.Scope{"health"}}}}
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("%+v", have)
		}
		shown, err := h.Cases.Shown(t.Context(), "anna")
		must(t, err)
		if shown.Agreed("health") {
			t.Error("a book that knows of no agreements heeds them")
		}
		shown, err = casefile.New(casefile.Config{DB: d, Now: h.clock.Now, Agreed: Agreements}).Shown(t.Context(), "anna")
		must(t, err)
		if !shown.Agreed("health") || shown.Agreed("photo") {
			t.Error("what was agreed to by a link counts for nothing, or what was stopped counts")
		}
	})
}
