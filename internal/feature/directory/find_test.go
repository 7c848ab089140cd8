package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/kernel/lang"
)

// Somebody is found by what is typed in whatever script, with or without accents, capitals and vowel marks; and by how the name sounds between Cyrillic and Latin.
func TestFoundByName(t *testing.T) {
	l := listed(t,
		made(t, "boris", called(casefile.Name{Text: "Борис Юльевич Кагарлицкий", Lang: "ru"})),
		made(t, "shchukin", called(casefile.Name{Text: "Евгения Щукарёва", Lang: "ru"})),
		made(t, "hanna", called(casefile.Name{Text: "Ганна Прыкладаў", Lang: "be"})),
		made(t, "ahmad", called(casefile.Name{Text: "أحمد المثالي", Lang: "ar"}, casefile.Name{Text: "Ahmad al-Mithali", Lang: "en"})),
		made(t, "aysel", called(casefile.Name{Text: "Ayşe Örneksoy", Lang: "tr"})),
		made(t, "wang", called(casefile.Name{Text: "王虚构", Lang: "zh"})),
		made(t, "misha", called(casefile.Name{Text: "Михаил Шахов", Lang: "ru"})),
		made(t, "alexei", called(casefile.Name{Text: "Alexei Primerov", Lang: "en"})),
		made(t, "nurse", called(casefile.Name{Text: "Ines Muestra", Lang: "es"}), func(f *casefile.File) { f.Person.Occupations = []casefile.Text{{"en": "midwife"}} }),
	)
	for query, want := range map[string][]string{
		"кагарлицкий": {"boris"}, "КАГАРЛ": {"boris"}, "Kagarlitsky": {"boris"}, "kagarlickij": {"boris"}, "Kagarlitskii": {"boris"}, "Kagarlicki boris": {"boris"}, "юльевич борис": {"boris"}, "Yulyevich": {"boris"},
		"щукарева": {"shchukin"}, "Щукарёва": {"shchukin"}, "Shchukareva": {"shchukin"}, "Ščukareva": {"shchukin"}, "Yevgeniya": {"shchukin"}, "evgenia": {"shchukin"},
		"Hanna": {"hanna"}, "ганна": {"hanna"}, "Prykladau": {"hanna"}, "Prykładaŭ": {"hanna"},
		"احمد": {"ahmad"}, "أَحْمَد": {"ahmad"}, "مثالي": {"ahmad"}, "Mithali": {"ahmad"}, "ahmad": {"ahmad"},
		"ayse": {"aysel"}, "ORNEKSOY": {"aysel"}, "虚构": {"wang"}, "王": {"wang"}, "Алексей": {"alexei"}, "Примеров": {"alexei"},
		"Mikhail": {"misha"}, "Mihail Šahov": {"misha"}, "shakhov": {"misha"}, "midwife": {"nurse"}, "riot": nil, "Kagarlitskaya": nil, "agarlitsky": nil, "кагарлицкий анна": nil, "Omsk ines": {"nurse"},
		"омск": {"ahmad", "alexei", "aysel", "boris", "hanna", "misha", "nurse", "shchukin", "wang"}, "": {"ahmad", "alexei", "aysel", "boris", "hanna", "misha", "nurse", "shchukin", "wang"},
	} {
		got := slugs(l.choose(Query{Text: query}, now))
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", query, got, want)
		}
	}
}

// What stands in a query is text, however long and odd: it finds or finds not, soon.
func TestHostileQueries(t *testing.T) {
	l := listed(t, made(t, "anna", called(casefile.Name{Text: "Anna", Lang: "en"})))
	for _, q := range []string{"' OR 1=1 --", "<script>alert(1)</script>", "%", "_", "*", ".*", "\x00", "\xff\xfe", "\u202e", strings.Repeat("a ", 1<<16), strings.Repeat("щ", 1<<16), strings.Repeat("\u0301", 1<<16), "{{.}}", "../../etc"} {
		began := time.Now()
		got := l.Find(Query{Text: q, Page: 1 << 30}, "en", now)
		if took := time.Since(began); took > time.Second {
			t.Errorf("%.20q took %v", q, took)
		}
		if strings.ContainsFunc(q, func(r rune) bool { return r >= 'a' && r <= 'z' }) && got.Total > 0 && !strings.HasPrefix(q, "a ") {
			t.Errorf("%.20q finds %v", q, slugs(got.Entries))
		}
	}
	if a := ask(strings.Repeat("я", textMost)); len(a.words) != 1 || len(a.words[0]) > textMost || !utf8.ValidString(a.words[0]) {
		t.Errorf("a long query asks for %q", a.words)
	}
	if a := ask(strings.Repeat("a ", 1000)); len(a.words) != askedMost {
		t.Errorf("%d words of a query are looked at", len(a.words))
	}
}

func TestFilters(t *testing.T) {
	l := listed(t,
		made(t, "held", needs("lawyer", "letters"), hearing(14)),
		made(t, "later", hearing(15), func(f *casefile.File) { f.Person.Country = "BY" }),
		made(t, "gone", event(casefile.Event{ID: "x", Kind: casefile.TransferStart, When: casefile.On(2026, 5, 1)}), needs("whereabouts")),
		made(t, "fined", event(casefile.Event{ID: "v", Kind: casefile.VerdictGiven, When: casefile.On(2026, 5, 1), Verdict: casefile.Guilty, Sentence: []casefile.Measure{{Kind: casefile.Fine, Amount: &casefile.Money{Minor: 1, Currency: "USD"}}}}),
			event(casefile.Event{ID: "x", Kind: casefile.Release, When: casefile.On(2026, 5, 1), Release: "non_custodial_sentence"})),
		made(t, "out", event(casefile.Event{ID: "x", Kind: casefile.Release, When: casefile.On(2026, 5, 1), Release: "dropped"})),
		made(t, "abroad", event(casefile.Event{ID: "x", Kind: casefile.Release, When: casefile.On(2026, 5, 1), Release: "exchange"})),
		made(t, "dead", event(casefile.Event{ID: "x", Kind: casefile.Death, When: casefile.On(2026, 5, 1)})),
		made(t, "dead-outside", event(casefile.Event{ID: "r", Kind: casefile.Release, When: casefile.On(2026, 5, 1), Release: "medical"}), event(casefile.Event{ID: "x", Kind: casefile.Death, When: casefile.On(2026, 6, 1)})),
		made(t, "charged", event(casefile.Event{ID: "c", Kind: casefile.ChargeChanged, When: casefile.On(2026, 4, 1), Charge: &casefile.Charge{Kind: "treason_espionage", AsPrinted: casefile.Text{"en": "treason"}}})),
		made(t, "nothing", func(f *casefile.File) { f.Events = nil }),
		made(t, "mistaken", event(casefile.Event{ID: "c", Kind: casefile.ChargeChanged, When: casefile.On(2026, 4, 1), Status: casefile.Refuted, Charge: &casefile.Charge{Kind: "sabotage_arson"}})),
	)
	for name, c := range map[string]struct {
		q    Query
		want []string
	}{
		"country":     {Query{Country: "BY"}, []string{"later"}},
		"no country":  {Query{Country: "ZZ"}, nil},
		"held":        {Query{Situation: Held}, []string{"charged", "gone", "held", "later", "mistaken"}},
		"missing":     {Query{Situation: Missing}, []string{"gone"}},
		"restricted":  {Query{Situation: Restricted}, []string{"fined"}},
		"at liberty":  {Query{Situation: AtLiberty}, []string{"out"}},
		"away":        {Query{Situation: Away}, []string{"abroad"}},
		"died":        {Query{Situation: Died}, []string{"dead", "dead-outside"}},
		"unclear":     {Query{Situation: Unclear}, []string{"nothing"}},
		"charge":      {Query{Charge: "treason_espionage"}, []string{"charged"}},
		"refuted":     {Query{Charge: "sabotage_arson"}, nil},
		"need":        {Query{Need: "letters"}, []string{"held"}},
		"soon":        {Query{Soon: true}, []string{"held"}},
		"two at once": {Query{Situation: Held, Need: "whereabouts"}, []string{"gone"}},
		"none":        {Query{Situation: Died, Need: "letters"}, nil},
	} {
		if got := slugs(l.choose(c.q, now)); !slices.Equal(got, c.want) {
			t.Errorf("%s finds %v, want %v", name, got, c.want)
		}
	}
	if got := slugs(l.choose(Query{Soon: true}, after(now, 15))); !slices.Equal(got, []string{"later"}) {
		t.Errorf("after the hearing %v is soon", got)
	}
}

func TestOrder(t *testing.T) {
	early := func(f *casefile.File) { f.Events[0].When = casefile.On(2020, 1, 1) }
	unknown := func(f *casefile.File) {
		f.Events = f.Events[:1]
		f.Events[0].When = casefile.Partial{Date: casefile.Span{How: casefile.Unknown}}
	}
	l := listed(t,
		made(t, "a", called(casefile.Name{Text: "Zoe", Lang: "en"}, casefile.Name{Text: "Ёжик", Lang: "ru"}), hearing(3)),
		made(t, "b", called(casefile.Name{Text: "Émile", Lang: "en"}, casefile.Name{Text: "Елена", Lang: "ru"}), early),
		made(t, "c", called(casefile.Name{Text: "Fay", Lang: "en"}, casefile.Name{Text: "Жанна", Lang: "ru"}), hearing(30)),
		made(t, "d", called(casefile.Name{Text: "earl", Lang: "en"}, casefile.Name{Text: "Яна", Lang: "ru"}), unknown),
		made(t, "e", called(casefile.Name{Text: "Dan", Lang: "en"}, casefile.Name{Text: "Ян", Lang: "ru"}), event(casefile.Event{ID: "x", Kind: casefile.Release, When: casefile.On(2026, 5, 1), Release: "dropped"})),
	)
	for name, c := range map[string]struct {
		sort   Sort
		reader lang.Tag
		want   string
	}{
		"English names": {ByName, "en", "e d b c a"},
		"Russian names": {ByName, "ru", "a b c e d"}, // Ё is Е, but for equals
		"by date":       {ByDate, "en", "a c e d b"},
		"by time held":  {ByHeld, "en", "b c a d e"}, // of equal days by name; of an unknown day before who is not held
	} {
		got := strings.Join(slugs(l.Find(Query{Sort: c.sort}, c.reader, now).Entries), " ")
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestPaging(t *testing.T) {
	var files []*casefile.File
	for i := range 2*pageMost + 1 {
		files = append(files, made(t, fmt.Sprintf("p%03d", i)))
	}
	l := listed(t, files...)
	var all []string
	for page := 1; page <= 3; page++ {
		f := l.Find(Query{Page: page}, "en", now)
		if f.Total != len(files) || f.Pages != 3 || f.Page != page {
			t.Fatalf("page %d is %d of %d, of %d", page, f.Page, f.Pages, f.Total)
		}
		all = append(all, slugs(f.Entries)...)
	}
	if len(all) != len(files) || !slices.IsSorted(all) || len(slices.Compact(all)) != len(files) {
		t.Errorf("the pages hold %d of %d: %v", len(all), len(files), all)
	}
	if f := l.Find(Query{Page: 99}, "en", now); f.Page != 3 {
		t.Errorf("behind the last page is page %d", f.Page)
	}
	if f := listed(t).Find(Query{}, "en", now); f.Pages != 1 || f.Page != 1 || f.Total != 0 {
		t.Errorf("of nobody there are %+v", f)
	}
}

// What is derived is derived once: a file that stays the same is the same entry after another case has changed.
func TestLoadKeepsEntries(t *testing.T) {
	a, b := made(t, "a"), made(t, "b")
	l := listed(t, a, b)
	first := l.all()[0]
	l.Load([]*casefile.File{made(t, "b"), a})
	if l.all()[0] != first || l.Len() != 2 {
		t.Error("a file that did not change was derived again")
	}
	l.Load([]*casefile.File{b})
	if got := slugs(l.all()); !slices.Equal(got, []string{"b"}) {
		t.Errorf("who was taken off is still there: %v", got)
	}
}

// What the public may not see can be neither found, nor filtered, nor placed.
func TestOnlyWhatIsPublic(t *testing.T) {
	hide := func(v casefile.Visibility) func(*casefile.File) {
		return func(f *casefile.File) {
			event(casefile.Event{ID: "moved", Kind: casefile.TransferArrival, When: casefile.On(2026, 6, 1), At: "chita", Visibility: v})(f)
			event(casefile.Event{ID: "accused", Kind: casefile.ChargeChanged, When: casefile.On(2026, 6, 2), Visibility: v, Charge: &casefile.Charge{Kind: "treason_espionage"}})(f)
			event(casefile.Event{ID: "ill", Kind: casefile.Health, When: casefile.On(2026, 11, 2), Visibility: v})(f)
		}
	}
	open := listed(t, made(t, "anna", hide(casefile.ForAll)))
	if e := open.all()[0]; len(open.choose(Query{Text: "Чита"}, now)) != 1 || len(open.choose(Query{Charge: "treason_espionage"}, now)) != 1 || e.Place.Geo.Lat != 5203 || Weight(e, now) != 2 {
		t.Fatal("what is public is not found")
	}
	for _, v := range []casefile.Visibility{casefile.ForCoalition, casefile.ForTeam, casefile.Sealed} {
		l := listed(t, made(t, "anna", hide(v)))
		e := l.all()[0]
		if len(l.choose(Query{Text: "Чита"}, now))+len(l.choose(Query{Text: "Chita"}, now))+len(l.choose(Query{Charge: "treason_espionage"}, now)) > 0 {
			t.Errorf("what is %s is found", v)
		}
		if on, _ := cities(l.all()); len(on) != 1 || on[0].Geo.Lat != 5499 || slices.Contains(l.now().choices.charges, "treason_espionage") || Weight(e, now) != 1 {
			t.Errorf("what is %s shows in place, choices or weight: %+v", v, e.Place)
		}
	}
}

func TestMadeUpPeople(t *testing.T) {
	var files []*casefile.File
	for _, f := range casetest.People(3, 300, 60) {
		if shown, ok := f.Public(nil); ok {
			files = append(files, shown)
		}
	}
	l := listed(t, files...)
	seen := map[Situation]int{}
	for _, e := range l.all() {
		seen[e.Situation]++
		if e.InCustody != (e.Stand.Liberty.Held()) {
			t.Errorf("%s is %s, in custody %v", e.Slug, e.Stand.Liberty, e.InCustody)
		}
	}
	if len(files) != 300 || len(seen) < 5 {
		t.Errorf("%d people: %v", len(files), seen)
	}
	began := time.Now()
	const times = 100
	for range times {
		l.Find(Query{Text: "primer", Situation: Held, Sort: ByHeld}, "en", now)
	}
	if each := time.Since(began) / times; each > 5*time.Millisecond {
		t.Errorf("finding one of 300 takes %v", each)
	}
	if diff := cmp.Diff(slugs(l.Find(Query{}, "en", now).Entries), slugs(l.Find(Query{}, "en", now).Entries)); diff != "" {
		t.Error(diff)
	}
}
