package tongues

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// scenario is the demonstration's campaign, in English and Russian.
func scenario(t testing.TB) *letter.Campaign {
	t.Helper()
	src, err := os.ReadFile("../../../app/demo/kagarlitsky-2023.yaml")
	must(t, err)
	c, err := letter.ReadCampaign(src)
	must(t, err)
	return c
}

func words4(t testing.TB) *lang.Catalog {
	t.Helper()
	c, err := lang.Load(locales.FS)
	must(t, err)
	return c
}

// Every text has one path, which stays when something is put in before it, and a name in each language.
func TestPaths(t *testing.T) {
	c, catalog := scenario(t), words4(t)
	list := pieces(c, "ar", "ru", nil)
	if len(list) < 60 || list[0].steps[0].name != "letters" {
		t.Fatalf("%d pieces, first %s", len(list), list[0].path)
	}
	seen := map[string]bool{}
	w := &work{saved: c}
	for i := range list {
		p := &list[i]
		if seen[p.path] || p.source == "" || p.target != "" || p.from != "ru" && p.text["ru"] != "" {
			t.Errorf("%s: %+v", p.path, p)
		}
		seen[p.path] = true
		for _, tag := range catalog.Tags() {
			if words := w.part(catalog.Printer(tag), p) + field(catalog.Printer(tag), p); strings.Contains(words, "desk.") || strings.Contains(words, "case.kind") {
				t.Errorf("%s in %s: %s", p.path, tag, words)
			}
		}
	}
	for _, path := range []string{"person.names", "case.title", "events[id=bridge].what", "sources[id=article].publisher", "case.publication.necessity.note", "person.occupations[1]"} {
		if !seen[path] {
			t.Errorf("%s is not there", path)
		}
	}
	c.Events = append([]casefile.Event{{ID: "new", When: c.Events[0].When, Kind: "context", Nature: "event", What: casefile.Text{"ru": "x"}, Source: "article"}}, c.Events...)
	for _, p := range pieces(c, "ar", "ru", nil) {
		delete(seen, p.path)
	}
	if len(seen) > 0 {
		t.Errorf("moved: %v", seen)
	}
}

// An item without an id of its own, or with another's, is named by its number, so that two never share a path.
func TestPathsWithoutIDs(t *testing.T) {
	c := scenario(t)
	c.Events = []casefile.Event{{What: casefile.Text{"en": "a"}}, {ID: "x", What: casefile.Text{"en": "b"}}, {ID: "x", What: casefile.Text{"en": "c"}}, {ID: "a].b", What: casefile.Text{"en": "d"}}}
	var paths []string
	walk(c, func(path, at string, _ []step, _ casefile.Text) {
		if strings.HasPrefix(path, "events") {
			paths = append(paths, path)
		}
	})
	if want := []string{"events[0].what", "events[1].what", "events[2].what", "events[3].what"}; !slices.Equal(paths, want) {
		t.Errorf("%q", paths)
	}
}

// No text of the model is without a name for its translator.
func TestEveryFieldHasAName(t *testing.T) {
	p := words4(t).Printer("en")
	seen := map[reflect.Type]bool{}
	var into func(t *testing.T, v reflect.Type, name string)
	into = func(t *testing.T, v reflect.Type, name string) {
		switch {
		case v == textType:
			if !p.Has("desk.tongues.field." + name) {
				t.Errorf("%s has no name", name)
			}
		case v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice:
			into(t, v.Elem(), name)
		case v.Kind() == reflect.Struct && !seen[v]:
			seen[v] = true
			for i := range v.NumField() {
				name, _, _ := strings.Cut(v.Field(i).Tag.Get("yaml"), ",")
				into(t, v.Field(i).Type, name)
			}
		}
	}
	into(t, reflect.TypeFor[letter.Campaign](), "")
	if len(seen) < 20 {
		t.Errorf("%d types", len(seen))
	}
}

// What was stopped by a private link is shown to no translator either; where the name was stopped, nothing is.
func TestWhatWasStoppedIsNotShown(t *testing.T) {
	c := scenario(t)
	has := func(path string, stops ...casefile.Stop) bool {
		return slices.ContainsFunc(pieces(c, "ar", "en", stops), func(p piece) bool { return p.path == path })
	}
	if !has("events[id=bridge].what") {
		t.Fatal("the event is not there at all")
	}
	stop := casefile.Stop{Kind: casefile.StopEvent, Name: "bridge", By: "lawyer"}
	if has("events[id=bridge].what", stop) || !has("events[id=video].what", stop) {
		t.Error("an event that was stopped is shown, or another one is not")
	}
	if n := len(pieces(c, "ar", "en", []casefile.Stop{{Kind: casefile.StopScope, Name: string(casefile.ScopeName), By: "family"}})); n != 0 {
		t.Errorf("%d pieces of somebody who must not be named", n)
	}
}

// A translator is shown what readers may come to see, whether the page is public yet or not, and nothing else.
func TestNothingElseIsShown(t *testing.T) {
	c := scenario(t)
	c.Case.Publication = casefile.Publication{Level: casefile.Quiet, Consents: []casefile.Consent{{Giver: "family", Scope: []casefile.Scope{casefile.ScopeName}, Channel: casefile.Text{"en": "by her sister, at home"}, Date: casefile.Date{Year: 2026, Month: 1, Day: 2}}}}
	secret := func(s string) casefile.Text { return casefile.Text{"en": s} }
	c.Sources = append(c.Sources, casefile.Source{ID: "inner", Title: secret("guard"), Publisher: secret("guard"), Visibility: casefile.ForTeam})
	c.Events = append(c.Events,
		casefile.Event{ID: "team", What: secret("team"), Visibility: casefile.ForTeam},
		casefile.Event{ID: "died", Kind: "death", What: secret("death")},
		casefile.Event{ID: "ill", Kind: casefile.Health, What: secret("illness"), Family: "told"},
		casefile.Event{ID: "told", Kind: "context", What: secret("told")})
	c.Letters[0].State = letter.Draft
	c.Letters = append(c.Letters, letter.File{Slug: "old", State: letter.Closed, Title: secret("closed"), Body: secret("closed")})
	found := map[string]bool{}
	for _, p := range pieces(c, "ar", "en", nil) {
		found[p.source] = true
	}
	for _, s := range []string{"team", "death", "illness", "guard", "by her sister, at home", "closed"} {
		if found[s] {
			t.Errorf("%q is shown", s)
		}
	}
	if !found["told"] || !found[c.Letters[0].Title["en"]] {
		t.Error("what readers will see is not shown")
	}
}

func TestJudge(t *testing.T) {
	note := draft.Note{From: "ru", Was: "источник", Target: digest("target")}
	for name, c := range map[string]struct {
		target string
		text   casefile.Text
		note   draft.Note
		want   State
	}{
		"missing":                     {"", casefile.Text{"ru": "источник"}, draft.Note{}, Missing},
		"done":                        {"target", casefile.Text{"ru": "источник"}, note, Done},
		"another language moved":      {"target", casefile.Text{"ru": "источник", "en": "anything"}, note, Done},
		"stale":                       {"target", casefile.Text{"ru": "другое"}, note, Stale},
		"the note is of another":      {"typed elsewhere", casefile.Text{"ru": "другое"}, note, Done},
		"the source is there no more": {"target", casefile.Text{"en": "x"}, note, Done},
		"unsure":                      {"target", casefile.Text{"ru": "источник"}, draft.Note{From: "ru", Was: "источник", Target: digest("target"), Unsure: true}, Stale},
		"nobody noted":                {"target", casefile.Text{"ru": "источник"}, draft.Note{}, Done},
	} {
		p := piece{path: "x", target: c.target, text: c.text}
		p.judge(draft.Tongue{Notes: map[string]draft.Note{"x": c.note}})
		if p.state != c.want {
			t.Errorf("%s: %s", name, p.state)
		}
	}
}

func TestDecide(t *testing.T) {
	mine := draft.Note{Hand: "me", Target: digest("B")}
	for name, c := range map[string]struct {
		current, mine, was string
		note               draft.Note
		want               verdict
	}{
		"untouched":                           {"A", "A", digest("A"), draft.Note{}, nothing},
		"untouched, and somebody changed it":  {"B", "A", digest("A"), draft.Note{}, nothing},
		"typed":                               {"A", "B", digest("A"), draft.Note{}, taken},
		"the first text":                      {"", "B", "", draft.Note{}, taken},
		"both typed":                          {"B", "C", digest("A"), draft.Note{}, conflict},
		"both typed the same":                 {"B", "B", digest("A"), draft.Note{}, nothing},
		"typed on after saving":               {"B", "C", digest("A"), mine, taken},
		"back to what it was after saving":    {"B", "A", digest("A"), mine, taken},
		"somebody changed what I had saved":   {"D", "C", digest("A"), mine, conflict},
		"emptied":                             {"A", "", digest("A"), draft.Note{}, taken},
		"emptied by one, changed by another":  {"B", "", digest("A"), draft.Note{}, conflict},
		"changed by one, emptied by another":  {"", "B", digest("A"), draft.Note{}, conflict},
		"emptied and typed again by the same": {"", "B", digest("A"), draft.Note{Hand: "me", Target: ""}, taken},
	} {
		if got := decide(c.current, c.mine, c.was, c.note, "me"); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{" a\r\nb\r ": "a\nb", "": "", "نص\u200f \u200ex\u200d": "نص\u200f \u200ex\u200d", "\ta\tb": "a\tb"} {
		if got, ok := tidy(in); !ok || got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	for _, in := range []string{"a\x00", "a\x1b[2J", "a\u202eb", "a\u2028b", "a\xff", "\ufeffa b", strings.Repeat("a", mostText+1)} {
		if _, ok := tidy(in); ok {
			t.Errorf("%q is taken", in[:min(len(in), 20)])
		}
	}
}
