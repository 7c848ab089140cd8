package casework

import (
	"bytes"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk/desktest"
)

// TestEveryPageComesBackTheSame: each editor's page, sent as a browser would send it with nothing changed, changes nothing.
func TestEveryPageComesBackTheSame(t *testing.T) {
	files := []*letter.Campaign{scenario(t)}
	for seed := range int64(4) {
		files = append(files, &letter.Campaign{File: *casetest.File(seed)})
	}
	for _, c := range files {
		h := open(t, c)
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
		rowan.Sees(h.path())
		c, before := h.now()
		for _, p := range parts {
			paths := []string{h.path(p.word)}
			if p.list {
				paths = nil
				for i := range p.in(&c.File).Len() {
					paths = append(paths, h.path(p.word, p.called(p.in(&c.File), i)))
				}
			}
			for _, path := range paths {
				w := rowan.Ask("POST", path, formOf(t, rowan.Sees(path), path))
				if w.Code != http.StatusSeeOther {
					t.Fatalf("%s: %d %s", path, w.Code, w.Body)
				}
				if now, after := h.now(); after.Revision != before.Revision {
					t.Fatalf("%s changed something: %v", path, casefile.Diff(c, now))
				}
			}
		}
	}
}

// TestAddedWithThreeAnswers: what happened, when, who says so; the rest has its usual value, and the id is made of the day and the kind.
func TestAddedWithThreeAnswers(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	answers := func() url.Values {
		return with(formOf(t, rowan.Sees(h.path()), h.path()), "f.what.en", "Detained again at home", "f.kind", "rearrest", "f.when.date.from", "2024-02-13", "f.source", "_new",
			"s.publisher.en", "The Letter Herald", "s.title.en", "Detained again", "s.url", "https://herald.example/1", "s.published.date.from", "2024-02-13", "s.kind", "independent_media")
	}
	form := answers()
	_, before := h.now()
	page := rowan.Ask("POST", h.path(), with(form, "preview", "1")).Body.String()
	for _, want := range []string{"What this changes", "Not in custody, but under restrictions", "In custody, before trial", "Held since 13 February 2024", "Arrested again"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	if _, now := h.now(); now.Revision != before.Revision {
		t.Error("looking saved something")
	}
	if got := formOf(t, page, h.path()); got.Get("f.what.en") != "Detained again at home" || got.Get("f.source") != "_new" || got.Get("s.url") != "https://herald.example/1" {
		t.Errorf("what was typed is gone: %v", got)
	}
	page = rowan.Does(h.path(), answers())
	c, after := h.now()
	e := c.Event("2024-02-13-rearrest")
	if e == nil || e.Nature != casefile.NatureEvent || e.Source != "the-letter-herald-2024-02-13" || c.Source(e.Source) == nil {
		t.Fatalf("%+v", e)
	}
	if p := problems(c.Check(), "events"); len(p) > 0 {
		t.Error(p)
	}
	if !strings.Contains(page, "Saved in the draft.") || !strings.Contains(page, "In custody, before trial") {
		t.Error(page)
	}
	// Another of the same day and kind has an id of its own; the same address is the same source.
	rowan.Does(h.path(), with(answers(), "f.what.en", "Another"))
	c, _ = h.now()
	if e := c.Event("2024-02-13-rearrest-2"); e == nil || e.Source != "the-letter-herald-2024-02-13" {
		t.Errorf("%+v", e)
	}
	// Undone twice is what was there.
	w := rowan.Ask("POST", h.path("undo"), url.Values{"now": {strconv.Itoa(after.Revision)}})
	if w.Code != http.StatusConflict {
		t.Errorf("undone over somebody's save: %d", w.Code)
	}
	_, now := h.now()
	page = rowan.Does(h.path("undo"), url.Values{"now": {strconv.Itoa(now.Revision)}})
	if c, now := h.now(); c.Event("2024-02-13-rearrest-2") != nil || now.Revision <= after.Revision || !bytes.Equal(now.Doc, after.Doc) || !strings.Contains(page, "Undone.") {
		t.Error("not undone")
	}
}

// TestNothingIsConcluded: beside a form stands what follows from events; none of the explanations that are given of the release is among it.
func TestNothingIsConcluded(t *testing.T) {
	c := scenario(t)
	words := standing(catalog(t).Printer("en"), &c.File)
	if len(c.Questions) == 0 || len(words) < 5 {
		t.Fatal("nothing to look at")
	}
	for _, told := range words {
		for _, line := range told.lines {
			for _, a := range c.Questions[0].Answers {
				if strings.Contains(line, a.What["en"]) || strings.Contains(line, a.By["en"]) || strings.Contains(strings.ToLower(line), "because") {
					t.Errorf("%q concludes", line)
				}
			}
		}
	}
}

func catalog(t testing.TB) *lang.Catalog {
	t.Helper()
	return desktest.Open(t).Catalog
}

// TestProblemsStandAtTheirFields, and a draft can be saved with them.
func TestProblemsStandAtTheirFields(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	id := h.applied.Events[17].ID
	path := h.path("events", id)
	form := with(formOf(t, rowan.Sees(path), path), "f.verdict", "", "f.nature", "")
	w := rowan.Ask("POST", path, form)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), path+"?saved=") {
		t.Fatalf("%d %s %s", w.Code, w.Header(), w.Body)
	}
	page := rowan.Sees(w.Header().Get("Location"))
	for _, want := range []string{`id="f.verdict-error"`, `href="#f.verdict"`, `id="f.nature-error"`, "To be mended before it can be published", "Saved in the draft."} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if first := rowan.Sees(h.path()); !strings.Contains(first, "To be mended before it can be published") || !strings.Contains(first, path) {
		t.Error("the first page does not tell")
	}
	// Malformed: refused at the field, everything typed comes back.
	form = with(formOf(t, page, path), "f.when.date.from", "25 July", "f.what.en", "typed")
	w = rowan.Ask("POST", path, form)
	if back := formOf(t, w.Body.String(), path); w.Code != 422 || back.Get("f.when.date.from") != "25 July" || back.Get("f.what.en") != "typed" || !strings.Contains(w.Body.String(), `id="f.when.date.from-error"`) {
		t.Errorf("%d", w.Code)
	}
	// The rule is told in the reader's language, and not in the words of a file.
	for tag, want := range map[string]string{"en": "Say what the court decided.", "ru": "Укажите, что решил суд.", "ar": "اذكروا ما قررته المحكمة.", "fr": "Dites ce que le tribunal a décidé."} {
		if page := rowan.Sees(path + "?lang=" + tag); !strings.Contains(page, want) || strings.Contains(page, "missing; say") {
			t.Errorf("not told in %s", tag)
		}
	}
}

// TestSourceOfAnEvent: what an event's source lacks is told at the field that names it, in the form that makes it, and leads to the source's own page where it is mended.
func TestSourceOfAnEvent(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	fresh := h.path("events", "_new")
	answers := with(formOf(t, rowan.Sees(fresh), fresh), "f.what.en", "Detained again at home", "f.kind", "rearrest", "f.when.date.from", "2024-02-13", "f.source", "_new",
		"s.publisher.en", "The Letter Herald", "s.title.en", "Detained again", "s.url", "https://herald.example/1")
	page := rowan.Ask("POST", fresh, with(answers, "preview", "1")).Body.String()
	for _, want := range []string{`id="s.kind-error"`, `href="#s.kind"`, "Say what sort of source it is"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview lacks %s", want)
		}
	}
	answers.Del("preview")
	w := rowan.Ask("POST", fresh, answers)
	own := h.path("events", "2024-02-13-rearrest")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), own+"?saved=") {
		t.Fatalf("%d %s", w.Code, w.Header())
	}
	source := h.path("sources", "the-letter-herald")
	for _, lacks := range []string{"Say what sort of source it is", "Say when it was published"} {
		page = rowan.Sees(own)
		for _, want := range []string{`id="f.source-error"`, `href="#f.source"`, "About this source: " + lacks, `href="` + source + `"`} {
			if !strings.Contains(page, want) {
				t.Errorf("its page lacks %s", want)
			}
		}
		rowan.Does(source, with(formOf(t, rowan.Sees(source), source), "f.kind", "independent_media", "f.published.date.how", "", "f.published.date.from", ""))
	}
	other := h.path("events", h.applied.Events[17].ID)
	if strings.Contains(rowan.Sees(other), "About this source") {
		t.Error("an event of another source tells it, too")
	}
	rowan.Does(other, with(formOf(t, rowan.Sees(other), other), "f.source", "", "f.evidence.n", "1", "f.evidence.0.source", "the-letter-herald"))
	if page = rowan.Sees(other); !strings.Contains(page, `id="f.evidence.0.source-error"`) {
		t.Error("one of several sources is not marked")
	}
	if page = rowan.Sees(source); !strings.Contains(page, `id="f.published-error"`) {
		t.Error("the source's own page does not mark it")
	}
	rowan.Does(source, with(formOf(t, rowan.Sees(source), source), "f.published.date.from", "2024-02-13"))
	if page = rowan.Sees(own); strings.Contains(page, "About this source") {
		t.Error("told after it was mended")
	}
}

// TestRowsWithoutScript: a row more and a row less come by buttons, and nothing is saved by them.
func TestRowsWithoutScript(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	i := slices.IndexFunc(h.applied.Events, func(e casefile.Event) bool { return len(e.Cities) == 20 })
	path := h.path("events", h.applied.Events[i].ID)
	form := with(formOf(t, rowan.Sees(path), path), "f.note.en", "typed")
	_, before := h.now()
	page := rowan.Ask("POST", path, with(form, "grow", "f.cities")).Body.String()
	form = formOf(t, page, path)
	if form.Get("f.cities.n") != "21" || form.Get("f.note.en") != "typed" {
		t.Error(form.Get("f.cities.n"))
	}
	page = rowan.Ask("POST", path, with(form, "f.cities.20.en", "Atlantis", "shrink", "f.cities.0")).Body.String()
	if _, now := h.now(); now.Revision != before.Revision {
		t.Error("a row was saved")
	}
	rowan.Does(path, formOf(t, page, path))
	c, _ := h.now()
	if got := c.Events[i].Cities; len(got) != 20 || got[19]["en"] != "Atlantis" || got[0]["en"] != h.applied.Events[i].Cities[1]["en"] || c.Events[i].Note["en"] != "typed" {
		t.Errorf("%v", got)
	}
	for _, bad := range []string{"f.cities.99", "f.cities.-1", "f.cities", "nonsense", "f.cities.x", ""} {
		if w := rowan.Ask("POST", path, with(formOf(t, page, path), "shrink", bad)); w.Code != 200 && w.Code != 303 {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
}

// TestAutosave: the script's saves answer without a page; each tells the base of the next, and a source that is being typed is not made again and again.
func TestAutosave(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	sage := h.Joins(organiser.Home, "Sage", organiser.Editor)
	path := h.path("events", h.applied.Events[5].ID)
	form := with(formOf(t, rowan.Sees(path), path), "f.note.en", "one", "f.source", "_new", "s.publisher.en", "The H")
	sources := len(h.applied.Sources)
	for _, text := range []string{"one", "two", "three"} {
		w := rowan.Ask("POST", path, with(form, "f.note.en", text), "X-Requested-With", "autosave")
		tag := strings.Trim(w.Header().Get("ETag"), `"`)
		if w.Code != http.StatusNoContent || tag == "" || w.Body.Len() > 0 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		form.Set("base", tag)
		if c, _ := h.now(); c.Events[5].Note["en"] != text || len(c.Sources) != sources || c.Events[5].Source != h.applied.Events[5].Source {
			t.Fatalf("%+v, %d sources", c.Events[5], len(c.Sources))
		}
	}
	if w := rowan.Ask("POST", path, with(form, "f.when.date.from", "no day"), "X-Requested-With", "autosave"); w.Code != 422 {
		t.Errorf("%d", w.Code)
	}
	form.Set("f.when.date.from", "2023-07-25")
	theirs := formOf(t, sage.Sees(path), path)
	sage.Does(path, with(theirs, "f.note.en", "sage's"))
	if w := rowan.Ask("POST", path, with(form, "f.note.en", "rowan's"), "X-Requested-With", "autosave"); w.Code != http.StatusConflict || w.Body.Len() > 0 {
		t.Errorf("%d", w.Code)
	}
}

// TestTwoAtOneEvent: both texts are shown; nothing pressed leaves the first and keeps the other aside; a press takes mine, or both.
func TestTwoAtOneEvent(t *testing.T) {
	for choice, want := range map[string]string{"": "sage’s words", "theirs": "sage’s words", "mine": "rowan’s words", "both": "sage’s words\n\nrowan’s words"} {
		h := open(t, scenario(t))
		rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
		sage := h.Joins(organiser.Home, "Sage", organiser.Editor)
		id := h.applied.Events[5].ID
		path := h.path("events", id)
		mine, theirs := formOf(t, rowan.Sees(path), path), formOf(t, sage.Sees(path), path)
		sage.Does(path, with(theirs, "f.what.en", "sage’s words", "f.kind", "remand"))
		w := rowan.Ask("POST", path, with(mine, "f.what.en", "rowan’s words", "f.note.ru", "только моё", "f.kind", "search"))
		page := w.Body.String()
		if w.Code != http.StatusConflict || !strings.Contains(page, "sage’s words") || !strings.Contains(page, "rowan’s words") || !strings.Contains(page, "Two have written the same") {
			t.Fatalf("%d %s", w.Code, page)
		}
		c, d := h.now()
		if e := c.Event(id); e.What["en"] != "sage’s words" || e.Note["ru"] != "только моё" || d.Aside != 1 {
			t.Errorf("%+v, %d aside", e, d.Aside)
		}
		settle := formOf(t, page, h.path("settle"))
		for k := range settle {
			if strings.HasPrefix(k, "c.") {
				settle.Del(k)
			}
		}
		for i, p := range settle["path"] {
			if choice != "" && strings.HasSuffix(p, ".what.en") {
				settle.Set("c."+strconv.Itoa(i), choice)
			}
			if strings.HasSuffix(p, ".kind") && strings.Contains(page, `id="c.`+strconv.Itoa(i)+`-both"`) {
				t.Error("two kinds can't stand behind each other")
			}
		}
		rowan.Does(h.path("settle"), settle)
		c, d = h.now()
		if e := c.Event(id); e.What["en"] != want || e.Kind != "remand" || d.Aside != 0 {
			t.Errorf("%q: %+v, %d aside", choice, e, d.Aside)
		}
	}
}

// TestTakingOut: what readers could see is taken back, hidden or taken out with a word; what they never saw goes.
func TestTakingOut(t *testing.T) {
	h := open(t, scenario(t))
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	out := func(i int) string { return h.path("events", h.applied.Events[i].ID, "out") }
	base := formOf(t, rowan.Sees(out(1)), out(1)).Get("base")
	for _, form := range []url.Values{{"base": {base}}, {"base": {base}, "way": {"delete"}}, {"base": {base}, "way": {"back"}}, {"base": {base}, "way": {"redact"}}, {"base": {base}, "way": {"redact"}, "f.sort": {"boredom"}}} {
		if w := rowan.Ask("POST", out(1), form); w.Code != 422 || !strings.Contains(w.Body.String(), `class="problems"`) {
			t.Errorf("%v: %d", form, w.Code)
		}
	}
	if c, _ := h.now(); len(c.Events) != len(h.applied.Events) {
		t.Fatal("gone without a word")
	}
	rowan.Does(out(1), with(formOf(t, rowan.Sees(out(1)), out(1)), "way", "back", "f.why.en", "It was another day"))
	rowan.Does(out(2), with(formOf(t, rowan.Sees(out(2)), out(2)), "way", "hide"))
	rowan.Does(out(7), with(formOf(t, rowan.Sees(out(7)), out(7)), "way", "redact", "f.sort", "safety"))
	c, _ := h.now()
	e := c.Event(h.applied.Events[1].ID)
	if e.Retracted == nil || e.Retracted.Why["en"] != "It was another day" || e.Status != casefile.Retracted || !e.Retracted.On.Whole() {
		t.Errorf("%+v", e)
	}
	if e := c.Event(h.applied.Events[2].ID); e.Visibility != casefile.ForTeam {
		t.Errorf("%+v", e)
	}
	gone := h.applied.Events[7].ID
	if c.Event(gone) != nil || len(c.Redactions) != 1 || c.Redactions[0].Event != gone || c.Redactions[0].Why != "safety" {
		t.Errorf("%+v", c.Redactions)
	}
	if p := c.Check(); len(p) > 0 {
		t.Error(p)
	}
	// Its id is never given again.
	if id := idFor(&casefile.Event{Kind: "denunciation"}, taken(&c.File, map[string]bool{"denunciation": true})); id != "denunciation-2" {
		t.Error(id)
	}
	delete(h.told, h.applied.Events[8].ID)
	rowan.Does(out(8), formOf(t, rowan.Sees(out(8)), out(8)))
	if c, _ := h.now(); c.Event(h.applied.Events[8].ID) != nil || len(c.Redactions) != 1 {
		t.Error("what nobody saw stays")
	}
	path := h.path("positions", "_2", "out")
	rowan.Does(path, formOf(t, rowan.Sees(path), path))
	if c, _ := h.now(); len(c.Positions) != len(h.applied.Positions)-1 {
		t.Error("a position stays")
	}
}

// TestWhoMay: only who may edit sees any of it, and of their own committee's cases alone.
func TestWhoMay(t *testing.T) {
	h := open(t, scenario(t))
	for _, r := range []organiser.Role{organiser.Reader, organiser.Translator, organiser.Moderator} {
		if w := h.Joins(organiser.Home, "Q"+string(r), r).Ask("GET", h.path(), nil); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", r, w.Code)
		}
	}
	if w := h.Joins("others", "Olive", organiser.Lead).Ask("GET", h.path(), nil); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	for _, path := range []string{h.path("campaign"), h.path("letters"), h.path("events", "no-such"), h.path("events", "_1"), h.path("positions", "_0"), h.path("positions", "_99"), h.path("person", "_1"), h.path("events", "_new", "out"), h.path("person", "_1", "out")} {
		if w := rowan.Ask("GET", path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestThousandEvents: a long list comes in pages, and what follows is found within a twentieth of a second.
func TestThousandEvents(t *testing.T) {
	c := &letter.Campaign{File: *casetest.Files(1, 1000)[0]}
	for i := range c.Events { // a file has a mebibyte at most
		c.Events[i].Claims, c.Events[i].Note = nil, nil
	}
	t.Logf("%d bytes", len(letter.WriteDraft(c)))
	h := open(t, c)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Editor)
	page := rowan.Sees(h.path())
	if n := strings.Count(page, `data-key="e"`); n != pageMost || len(page) > 400<<10 {
		t.Errorf("%d events, %d bytes", n, len(page))
	}
	if last := rowan.Sees(h.path() + "?page=20"); strings.Count(last, `data-key="e"`) != pageMost || strings.Contains(last, "?page=21") {
		t.Error("the last page is not the last")
	}
	rowan.Sees(h.path() + "?page=-1")
	p := h.Catalog.Printer("en")
	best := time.Hour
	for range 5 {
		start := time.Now()
		compare(p, &c.File, &c.File)
		best = min(best, time.Since(start))
	}
	if best > 50*time.Millisecond {
		t.Errorf("what follows takes %v", best)
	}
	path := h.path("events", c.Events[500].ID)
	form := formOf(t, rowan.Sees(path), path)
	start := time.Now()
	rowan.Ask("POST", path, with(form, "preview", "1"))
	t.Logf("compare %v, whole preview %v, page of %d bytes", best, time.Since(start), len(page))
}

// TestEveryWordIsThere: every field, part and term has its words in every language.
func TestEveryWordIsThere(t *testing.T) {
	words := catalog(t)
	for _, tag := range words.Tags() {
		p := words.Printer(tag)
		c := scenario(t)
		for _, part := range parts {
			l := &planner{p: p, file: &c.File, form: url.Values{}}
			name := "f"
			put(l.form, name, reflect.Zero(part.of), part.skip()...)
			opened(l.form, name, part.of)
			var look func(f *field)
			look = func(f *field) {
				if f.label == "" || strings.Contains(f.label, "desk.casework.") {
					t.Errorf("%s, %s: %s has the label %q", tag, part.word, f.name, f.label)
				}
				for _, o := range f.options {
					if o.label == "" || strings.Contains(o.label, "desk.") || strings.Contains(o.label, "case.") {
						t.Errorf("%s, %s: %s has the option %q", tag, part.word, f.name, o.label)
					}
				}
				for _, in := range f.inner {
					look(in)
				}
			}
			look(l.lay(name, part.word, nil, part.of, part.skip()...))
			if partWords(p, part.word) == "" {
				t.Error(part.word)
			}
		}
	}
}

// opened puts a row into every list of a form, and into those of the rows.
func opened(form url.Values, name string, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch kindOf(t) {
	case groupKind:
		for _, m := range members(t) {
			opened(form, name+"."+m.word, t.Field(m.at).Type)
		}
	case listKind:
		form.Set(name+".n", "1")
		opened(form, name+".0", t.Elem())
	}
}

// TestEveryFieldHasAPlace: an event's fields stand in the form once, and every part of the model is written here or somewhere else.
func TestEveryFieldHasAPlace(t *testing.T) {
	place := map[string]int{"id": 1}
	for _, w := range openFields {
		place[w]++
	}
	for _, f := range folds {
		for _, w := range f.words {
			place[w]++
		}
	}
	for _, m := range members(reflect.TypeFor[casefile.Event]()) {
		if place[m.word] != 1 {
			t.Errorf("an event's %s stands %d times", m.word, place[m.word])
		}
		delete(place, m.word)
	}
	if len(place) > 0 {
		t.Errorf("no fields of an event: %v", place)
	}
	elsewhere := []string{"campaign"} // among the settings
	for _, m := range members(reflect.TypeFor[casefile.File]()) {
		if _, err := partNamed(m.word); (err == nil) == slices.Contains(elsewhere, m.word) {
			t.Errorf("%s is written nowhere, or twice", m.word)
		}
	}
}
