package casefile

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// The rules of safety (docs/cases.md), one test for each: it tries to break the rule, and each way that is closed is tried beside one
// that is open, so that nothing passes because all is refused.

// refused holds that a file is refused for one reason, and that it passes without the break.
func refused(t *testing.T, good, bad, want string) {
	t.Helper()
	if _, err := read(good); err != nil {
		t.Errorf("what keeps the rule is refused:\n%v", err)
	}
	_, err := read(bad)
	if err == nil || !strings.Contains(err.Error(), want) || len(err.(Problems)) != 1 {
		t.Errorf("refused with\n%v\nwant one problem that says %q", err, want)
	}
}

// publish tries to make a page public on a day, and tells what readers get.
func publish(t *testing.T, d *db.DB, src string, today Date) (*Book, error) {
	t.Helper()
	b := New(Config{DB: d, Now: func() time.Time { return today.time().Add(13 * time.Hour) }})
	f := must(t, src)
	if _, err := apply(t, d, b, f); err != nil {
		t.Fatal(err)
	}
	_, err := b.Shown(context.Background(), f.Case.Slug)
	if all, e := b.Public(context.Background()); e != nil || (len(all) == 1) != (err == nil) {
		t.Errorf("the list has %d cases (%v), the page says %v", len(all), e, err)
	}
	return b, err
}

// R1: no page without a consent that stands or a written necessity; and it goes in one act.
func TestR1(t *testing.T) {
	level := func(lines string) string {
		return swap("  slug: anna\n", "  slug: anna\n  publication:\n    level: public\n"+lines)
	}
	good := level(fmt.Sprintf(familys, ""))
	refused(t, good, level(""), "needs the consent")
	refused(t, good, level(strings.Replace(fmt.Sprintf(familys, ""), "name, ", "", 1)), "no consent is for it")
	refused(t, level(fmt.Sprintf(noted, "")), level("    necessity: {date: 2024-03-01}\n"), "why the page is public")
	if _, ok := must(t, level(fmt.Sprintf(familys, ", withdrawn: 2024-03-30"))).Public(nil); ok {
		t.Error("shown on a consent that was withdrawn")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		today := Date{2024, 4, 2}
		for name, c := range map[string]struct {
			src  string
			kind fault.Kind // 0: shown
		}{
			"by consent":          {good, 0},
			"by necessity":        {level(fmt.Sprintf(noted, "")), 0},
			"withdrawn":           {level(fmt.Sprintf(familys, ", withdrawn: 2024-03-30")), fault.Gone},
			"lapsed":              {level(fmt.Sprintf(familys, ", until: 2024-04-01")), fault.Gone},
			"withheld by the way": {strings.Replace(good, "  title:", "  state: withheld\n  title:", 1), fault.Gone},
			"not public":          {minimal, fault.NotFound},
		} {
			_, err := publish(t, d, c.src, today)
			if c.kind == 0 && err != nil || c.kind != 0 && !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// One word of one person, whatever the file says.
		b, err := publish(t, d, good, today)
		if err != nil {
			t.Fatal(err)
		}
		stop := Stop{Kind: StopScope, Name: "name", By: "prisoner", Day: today}
		if err := d.Update(context.Background(), func(tx *db.Tx) error { return b.Stop(tx, "anna", stop) }); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Shown(context.Background(), "anna"); !fault.Is(err, fault.Gone) {
			t.Errorf("the person said stop, and the page is there: %v", err)
		}
		if _, err := publish(t, d, strings.Replace(good, "Release Anna", "Free Anna", 1), today); !fault.Is(err, fault.Gone) {
			t.Errorf("a new file brought the page back: %v", err)
		}
	})
}

// R2: who says nothing is quiet, and no other level is a public page.
func TestR2(t *testing.T) {
	for _, level := range append(Level("").Known(), "") {
		f := must(t, strings.Replace(minimal, "  slug: anna\n", "  slug: anna\n  publication:\n"+fmt.Sprintf(familys, ""), 1))
		f.Case.Publication.Level = Level(level)
		out, ok := f.Public(nil)
		if ok != (level == "public") || ok != (out != nil) {
			t.Errorf("level %q: shown %v", level, ok)
		}
	}
}

// R3: what is not for everybody is in nothing that the public gets, and what is sealed is not even kept.
func TestR3(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		for _, v := range []Visibility{ForCoalition, ForTeam, Sealed} {
			src := strings.NewReplacer("visibility: coalition", "visibility: "+string(v), "visibility: team", "visibility: "+string(v)).Replace(agreed)
			b, err := publish(t, d, src, Date{2024, 3, 2})
			if err != nil {
				t.Fatal(err)
			}
			shown, err := b.Shown(ctx, "anna")
			if err != nil {
				t.Fatal(err)
			}
			secrets := []string{"Prison No. 9", "Far Street", "the defence will say", "diary", "page 7", "note of counsel", "hidden"}
			if in := found(shown, secrets...); in != nil {
				t.Errorf("%s: readers find %q", v, in)
			}
			list, err := b.Changes(ctx, "anna", Date{})
			if err != nil {
				t.Fatal(err)
			}
			if told := fmt.Sprint(list); strings.Contains(told, "hidden") || strings.Contains(told, "plan") {
				t.Errorf("%s: what changed tells of it: %s", v, told)
			}
			kept, err := b.File(ctx, "anna")
			if err != nil {
				t.Fatal(err)
			}
			if in := found(kept, secrets...); (v == Sealed) != (in == nil) {
				t.Errorf("%s: kept are %q", v, in)
			}
		}
	})
}

// R4: no way leads to the name of a private person: not a role, not a title, not a source that nobody can look up, not the words of a text.
func TestR4(t *testing.T) {
	event := func(actor string) string { return with("denunciation", plainEvent+"actor: "+actor) }
	named := "{role: investigator, name: {en: Ivan Example}, public_function: true, source: paper}"
	refused(t, event("{role: accuser}"), event("{role: accuser, name: {en: Ivan Example}, public_function: true, source: paper}"), "is never named")
	refused(t, event("{role: accuser}"), event("{role: accuser, title: {en: teacher at School 1}}"), "can tell who")
	refused(t, event(named), event(named)+"withheld: [investigator]\n", "is never named")
	refused(t, event(named), event(strings.Replace(named, "public_function: true, ", "", 1)), "public function")
	refused(t, event(named), event(strings.Replace(named, "source: paper", "source: kept-back", 1)), "everybody can look up")

	// In a text only the organisers can know it: their list is held against every word of the file.
	for text, want := range map[string]bool{
		"after a letter of Ivan Example, her neighbour": true, "ИВАНОВУ сообщили": true, "со слов Иванова": true, "Ивановым": true, "Ivan-Example wrote": true, "Мария пришла": true, "к Марии": true,
		"ALÉJANDRO": true, "Alejandro": true, "семён": true,
		"Ivanhoe is an example": false, "Иван": false, "Example, Ivan": false, "Мартовская": false, "a letter": false,
	} {
		f := must(t, minimal)
		for path, put := range map[string]func(){
			"case.summary.en":               func() { f.Case.Summary = Text{"en": text} },
			"events[0].what.en":             func() { f.Events[0].What = Text{"en": text} },
			"sources[0].title.en":           func() { f.Sources[0].Title = Text{"en": text} },
			"questions[0].answers[0].by.en": func() { f.Questions = []Question{{Answers: []Claim{{By: Text{"en": text}}}}} },
		} {
			*f = *must(t, minimal)
			put()
			p := f.Mentions([]string{"", "Ivan Example", "Иванов", "Мария", "alejandro", "Семен"})
			if (len(p) == 1 && p[0].Path == path) != want || !want && len(p) > 0 {
				t.Errorf("%q in %s: %v", text, path, p)
			}
			for _, x := range p {
				if strings.Contains(x.String(), text) || strings.Contains(x.String(), "Ivan") {
					t.Errorf("the answer says the word: %s", x)
				}
			}
		}
	}
	f := must(t, minimal)
	f.Events[0].ID, f.Sources[0].URL = "letter-of-ivan-example", "https://example.org/ivan-example"
	if p := f.Mentions([]string{"Ivan Example"}); len(p) != 2 || p[0].Path != "sources[0].url" || p[1].Path != "events[0].id" {
		t.Errorf("in addresses: %v", p)
	}
	// As a name comes from elsewhere: an address copied from a browser, a word with the hyphens of a page, with signs that nobody sees.
	for text, want := range map[string]bool{
		"https://ru.example/wiki/%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2,_%D0%98": true, "https://example.org/100%/%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2": true, "https://example.org/%49vanov": false,
		"со слов Ива\u00adно\u00adва": true, "И\u200bванов": true, "\u2068Иванов\u2069": true, "Ива\u200dнову": true, "Ива нов": false,
	} {
		f.Sources[0].URL, f.Events[0].ID, f.Events[0].What = "", "", Text{"en": text}
		if p := f.Mentions([]string{"Иванов"}); (len(p) == 1) != want {
			t.Errorf("%q: %v", text, p)
		}
	}
}

// R5: every figure and cause has its source, its day and its label, and speculation has no way into what is read without a label.
func TestR5(t *testing.T) {
	guess := "events:\n  - {id: guess, when: unknown, kind: claim, nature: speculation, source: paper, by: {en: a speaker}, what: {en: a goodwill gesture}}\n"
	good := swap("events:\n", guess)
	for place, put := range map[string]func(string) string{
		"title": func(s string) string {
			return strings.Replace(s, "{en: Release Anna Example}", "{en: A goodwill gesture!}", 1)
		},
		"summary": func(s string) string {
			return strings.Replace(s, "sources:\n", "  summary: {en: They said it was a *goodwill* gesture.}\nsources:\n", 1)
		},
		"act": func(s string) string {
			return strings.Replace(s, "sources:\n", "  act: {en: a goodwill gesture}\nsources:\n", 1)
		},
		"banner": func(s string) string {
			return strings.Replace(s, "person:\n", "  banner: {en: A goodwill gesture}\nperson:\n", 1)
		},
		"question": func(s string) string {
			return s + "questions: [{id: why, ask: {en: Was it a goodwill gesture?}, answers: [{what: {en: x}, by: {en: y}, source: paper, status: contested}], not_to_be_concluded: {en: none}}]\n"
		},
		"address": func(s string) string { return strings.Replace(s, "id: arrest", "id: a-goodwill-gesture", 1) },
		"correction": func(s string) string {
			return s + "corrections: [{on: 2024-03-01, was: {en: it was a goodwill gesture}, now: {en: x}, why: {en: y}}]\n"
		},
	} {
		t.Run(place, func(t *testing.T) { refused(t, good, put(good), "marks as speculation") })
	}
	refused(t, good, strings.Replace(good, "{en: Release Anna Example}", "{en: A good\u00adwill gesture!}", 1), "marks as speculation")
	// An event that is told as having happened says none of it: feeds have it as it stands. What is marked itself, and a word or two that happen to be the same, may.
	search := func(rest string) string {
		return strings.Replace(guess, "{en: a goodwill gesture}}\n", "{en: a goodwill gesture}}\n  - {id: s, when: 2024-02-03, kind: search, source: paper, "+rest+"}\n", 1)
	}
	refused(t, swap("events:\n", search("nature: event, what: {en: They searched her flat.}")), swap("events:\n", search("nature: event, what: {en: It was a goodwill gesture.}")), "marks as speculation")
	for _, rest := range []string{"nature: party, by: {en: x}, what: {en: It was a goodwill gesture.}", "nature: event, status: contested, what: {en: It was a goodwill gesture.}"} {
		must(t, swap("events:\n", search(rest)))
	}
	must(t, swap("events:\n", strings.Replace(search("nature: event, what: {en: She was taken to Omsk.}"), "a goodwill gesture", "Omsk", 1)))
	// What a party claims has its label, too, and no title: an event of kind claim, and what is said of an event.
	claim := swap("events:\n", "events:\n  - {id: c, when: unknown, kind: claim, nature: party, source: paper, by: {en: a party}, what: {en: she was moved because of it}}\n")
	refused(t, claim, strings.Replace(claim, "{en: Release Anna Example}", "{en: 'Anna: she was moved because of it'}", 1), "tells as somebody's claim")
	said := swap("source: paper}\n", "source: paper, claims: [{what: {en: she was moved because of it}, nature: party, by: {en: a party}, source: paper, status: reported}]}\n")
	refused(t, said, strings.Replace(said, "{en: Release Anna Example}", "{en: 'Anna: she was moved because of it'}", 1), "tells as somebody's claim")
	if f := must(t, claim); len(f.Unlabelled("letters[0].title", Text{"en": "Anna", "ru": "She was moved because of it!"})) != 1 {
		t.Error("a letter's title may say it")
	}
	// A claim of an event, an answer and an event that is marked so by its status are speculation too.
	for name, soft := range map[string]string{
		"by status": strings.Replace(guess, "nature: speculation", "nature: party, status: speculation", 1),
		"a claim":   strings.Replace(guess, "kind: claim, nature: speculation, source: paper, by: {en: a speaker}, what: {en: a goodwill gesture}", "kind: search, nature: event, source: paper, claims: [{what: {en: a goodwill gesture}, by: {en: a speaker}, source: paper, status: speculation}]", 1),
	} {
		good := swap("events:\n", soft)
		t.Run(name, func(t *testing.T) {
			refused(t, good, strings.Replace(good, "{en: Release Anna Example}", "{en: A goodwill gesture}", 1), "marks as speculation")
		})
	}
	// How far it holds is not for the author to say alone.
	two := swap("published: 2024-03-01}", "published: 2024-03-01}\n  - {id: other, kind: independent_media, publisher: {en: Another Paper}, published: 2024-03-01}\n"+
		"  - {id: ours, kind: campaign, publisher: {en: Committee}, published: 2024-03-01, interest: party}\n  - {id: ruling, kind: court_document, publisher: {en: Court}, published: 2024-03-01}")
	holds := func(rest string) string {
		return strings.Replace(two, "source: paper}", "status: established, "+rest+"}", 1)
	}
	refused(t, holds("evidence: [{source: paper}, {source: other}]"), holds("source: paper"), "established takes")
	refused(t, holds("source: ruling"), holds("evidence: [{source: paper}, {source: ours}]"), "established takes")
	refused(t, holds("evidence: [{source: paper}, {source: other}]"), holds("evidence: [{source: paper}, {source: other, bearing: contradicts}]"), "established takes")
	// A number without a day, and one of nobody.
	meeting := with("meeting", "when: unknown\nnature: event\nsource: paper\ncount: {value: 40, comparator: about, as_of: 2024-03}")
	refused(t, meeting, strings.Replace(meeting, ", as_of: 2024-03", "", 1), "as of when")
	refused(t, meeting, strings.Replace(meeting, "source: paper\n    count", "count", 1), "name the source")
	if e := must(t, meeting).Events[0]; e.Count.Comparator != "about" || e.Count.AsOf != (Date{2024, 3, 0}) {
		t.Errorf("what was told of the number is gone: %+v", e.Count)
	}
}

// R6: what was wrong stays visible. It can't be dropped without a word, nor taken back without a reason, and what is taken out is named.
func TestR6(t *testing.T) {
	good := swap("source: paper}", "source: paper, retracted: {on: 2024-03-05, why: {en: the paper took it back}}}")
	refused(t, good, strings.Replace(good, ", why: {en: the paper took it back}", "", 1), "say why")
	refused(t, good, strings.Replace(good, "on: 2024-03-05, ", "", 1), "write the day")
	refused(t, good, strings.Replace(good, "source: paper, retracted", "status: reported, source: paper, retracted", 1), "was taken back")
	refused(t, strings.Replace(good, "source: paper, retracted", "status: retracted, source: paper, retracted", 1), swap("source: paper}", "status: retracted, source: paper}"), "which day it was taken back")
	mended := minimal + "corrections: [{on: 2024-03-05, of: arrest, was: {en: 1 February}, now: {en: February}, why: {en: the source has no day}}]\n"
	refused(t, mended, strings.Replace(mended, "was: {en: 1 February}, ", "", 1), "what stood here")
	refused(t, mended, strings.Replace(mended, "of: arrest", "of: arest", 1), "no event and no question")
	gone := minimal + "redactions: [{event: search, on: 2024-03-05, why: private_person}]\n"
	refused(t, gone, strings.Replace(gone, "event: search", "event: arrest", 1), "still stands")

	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		page := strings.Replace(minimal, "  slug: anna\n", public, 1)
		search := page + "  - {id: search, when: 2024-02-02, kind: search, nature: event, source: paper}\n"
		b, err := publish(t, d, search, Date{2024, 3, 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := apply(t, d, b, must(t, page)); err == nil || !strings.Contains(err.Error(), `the event "search" stood on the public page`) {
			t.Errorf("an event was dropped without a word: %v", err)
		}
		if shown, err := b.Shown(ctx, "anna"); err != nil || shown.Event("search") == nil {
			t.Errorf("and is gone: %v", err)
		}
		if _, err := apply(t, d, b, must(t, strings.Replace(search, "id: search", "id: searching", 1))); err == nil {
			t.Error("an event got another address")
		}
		// Struck, it stays; taken out with a reason, it is named as taken out, and for good.
		struck := strings.Replace(search, "kind: search, nature: event, source: paper", "kind: search, nature: event, source: paper, retracted: {on: 2024-03-05, why: {en: it was elsewhere}}", 1)
		out := page + "redactions: [{event: search, on: 2024-03-06, why: mistake}]\n"
		for _, src := range []string{struck, out} {
			if _, err := apply(t, d, b, must(t, src)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := apply(t, d, b, must(t, page)); err == nil {
			t.Error("that an event was taken out was itself taken out")
		}
		list, err := b.Changes(ctx, "anna", Date{})
		if err != nil || !strings.Contains(fmt.Sprint(list), "retracted events search") || !strings.Contains(fmt.Sprint(list), "taken_out events search") {
			t.Errorf("what changed: %v, %v", list, err)
		}
	})
}
