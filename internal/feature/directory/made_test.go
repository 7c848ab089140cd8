package directory

import (
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// now is the day from which the tests look.
var now = casefile.Date{Year: 2026, Month: 11, Day: 23}

func words(t testing.TB) *lang.Catalog {
	t.Helper()
	w, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// made is a public case of somebody held since 2026-01-10, as the public may see it; more changes its file before that.
func made(t testing.TB, slug string, more ...func(*casefile.File)) *casefile.File {
	t.Helper()
	f := &casefile.File{
		Campaign: casefile.Campaign{Slug: slug, Languages: []lang.Tag{"en"}},
		Person:   casefile.Person{Country: "RU", Names: []casefile.Name{{Text: slug, Lang: "en"}}},
		Case: casefile.Case{Slug: slug, Title: casefile.Text{"en": slug}, Publication: casefile.Publication{Level: casefile.Public, Consents: []casefile.Consent{
			{Giver: "family", Scope: []casefile.Scope{casefile.ScopeName, casefile.ScopeOthers, casefile.ScopeHealth}, Date: casefile.Date{Year: 2026, Month: 2, Day: 1}}}}},
		Institutions: []casefile.Institution{
			{ID: "omsk", Kind: "remand_prison", Name: casefile.Text{"en": "Remand prison 1"}, City: casefile.Text{"en": "Omsk", "ru": "Омск"}, Country: "RU", Geo: &casefile.Geo{Lat: 5499, Lon: 7337}},
			{ID: "chita", Kind: "remand_prison", City: casefile.Text{"en": "Chita", "ru": "Чита"}, Country: "RU", Geo: &casefile.Geo{Lat: 5203, Lon: 11350}},
		},
		Sources: []casefile.Source{{ID: "paper", Kind: "independent_media", Publisher: casefile.Text{"en": "A paper"}}},
		Events: []casefile.Event{
			{ID: "arrest", Kind: casefile.Detention, Nature: casefile.NatureEvent, When: casefile.On(2026, 1, 10), Source: "paper", Charge: &casefile.Charge{Kind: "riot", AsPrinted: casefile.Text{"en": "mass riots"}}},
			{ID: "remand", Kind: casefile.Remand, Nature: casefile.NatureLegal, When: casefile.On(2026, 1, 12), Source: "paper", At: "omsk"},
		},
	}
	for _, change := range more {
		change(f)
	}
	shown, ok := f.Public(nil)
	if !ok {
		t.Fatalf("%s is not public", slug)
	}
	return shown
}

func called(names ...casefile.Name) func(*casefile.File) {
	return func(f *casefile.File) { f.Person.Names = names }
}

func needs(list ...casefile.Need) func(*casefile.File) {
	return func(f *casefile.File) { f.Case.Needs = list }
}

func event(e casefile.Event) func(*casefile.File) {
	return func(f *casefile.File) {
		if e.Nature == "" {
			e.Nature = casefile.NatureEvent
		}
		if e.Kind.Hard() && e.Family == "" {
			e.Family = "told"
		}
		e.Source = "paper"
		f.Events = append(f.Events, e)
	}
}

// hearing is set so many days after now; what is told of is older.
func hearing(days int) func(*casefile.File) {
	on := after(now, days)
	return event(casefile.Event{ID: "hearing", Kind: casefile.HearingScheduled, When: casefile.On(on.Year, on.Month, on.Day)})
}

func listed(t testing.TB, files ...*casefile.File) *List {
	t.Helper()
	l := NewList(words(t))
	l.Load(files)
	return l
}

func slugs(list []*Entry) (out []string) {
	for _, e := range list {
		out = append(out, e.Slug)
	}
	return out
}
