package dossier

import (
	"strings"
	"testing"

	"outcry/internal/core/casefile"
)

const campName = "    name: {en: Camp No. 00, ru: Колония № 00, ar: المعسكر رقم 00}\n"

// campPost is where letters for the camp go to.
const campPost = campName + `    post:
      address: {ru: "000000, Дальний Пример, ул. Лагерная, 1", en: "1 Camp Street, Dalny Primer 000000"}
      letters: {en: in blue ink, ru: синими чернилами}
      parcels: {en: twenty kilograms a quarter}
      languages: [ru]
      checked: 2024-03-01
      source: ward-paper
`

// Whoever is held, agrees to letters and is where there is an address can be written to: the page and the sheet say how.
func TestWriteToThePerson(t *testing.T) {
	s := serve(t, vera(t, campName, campPost, "  country: RU\n\ncase:", "  country: RU\n  born: 1980\n\ncase:"))
	for _, path := range []string{"/en/vera", "/en/vera/sheet"} {
		_, doc := s.get(path, 200)
		got := words(element(doc, "main"))
		for _, want := range []string{"Write to Vera Example", "it is seen who writes", "On the envelope", "Вера Примерова", "Born: 1980", "000000, Дальний Пример, ул. Лагерная, 1", "1 Camp Street",
			"Русский", "in blue ink", "moved without notice", "compared with its source: 1 March 2024"} {
			if !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
				t.Errorf("%s does not say %q:\n%s", path, want, got)
			}
		}
		if strings.Contains(got, "twenty kilograms") {
			t.Errorf("%s speaks of parcels, and nobody asked for any", path)
		}
	}
	_, doc := s.get("/en/vera", 200)
	section := byID(doc, "write")
	ru := strings.Index(words(section), "000000, Дальний")
	if en := strings.Index(words(section), "1 Camp Street"); ru < 0 || en < ru {
		t.Errorf("the address of the place does not stand first: %s", words(section))
	}
	if got := words(byClass(doc, "contents")); !strings.Contains(got, "Where to write") {
		t.Errorf("the contents lead nowhere: %s", got)
	}
	for _, tag := range tongues {
		if g := s.pages.Write(printer(t, tag), s.must("vera")); g != "/"+string(tag)+"/vera#write" {
			t.Errorf("%s: the way there is %q", tag, g)
		}
	}
	for _, path := range []string{"/en/vera/questionnaire", "/en/vera/plain", "/en/vera/feed.xml", "/en/vera/timeline"} {
		if src, _ := s.get(path, 200); strings.Contains(src, "Camp Street") {
			t.Errorf("%s has the address", path)
		}
	}
}

// Nobody is led to write where the person does not want it, is not there any more, may not have letters, or has died.
func TestNobodyIsLedToWriteElsewhere(t *testing.T) {
	event := func(line string) []string { return []string{"  - id: posters\n", line + "  - id: posters\n"} }
	for name, changes := range map[string][]string{
		"nobody agreed to letters":    {"asks: [release, letters]", "asks: [release]", "needs: [letters]", "needs: [lawyer]"},
		"letters are refused":         {"refused: [clemency]", "refused: [clemency, letters]", "asks: [release, letters]", "asks: [release]"},
		"on the way":                  event("  - {id: away, when: 2024-03-22, kind: transfer_start, nature: event, source: ward-paper, family: told}\n"),
		"held where nobody tells":     event("  - {id: away, when: 2024-03-22, kind: transfer_arrival, nature: event, source: ward-paper, family: told}\n"),
		"moved where no address is":   event("  - {id: away, when: 2024-03-22, kind: transfer_arrival, nature: event, source: ward-paper, family: told, at: remand-prison}\n"),
		"a ban on correspondence":     event("  - {id: ban, when: 2024-03-22, kind: measure_imposed, nature: legal, source: ward-paper, effects: [{kind: correspondence_ban}]}\n"),
		"released":                    event("  - {id: out, when: 2024-03-22, kind: release, nature: event, source: ward-paper, release: parole}\n"),
		"died":                        event("  - {id: death, when: 2024-03-22, kind: death, nature: event, source: ward-paper, family: told}\n"),
		"no address is told":          {"      address: {ru: \"000000, Дальний Пример, ул. Лагерная, 1\", en: \"1 Camp Street, Dalny Primer 000000\"}\n", ""},
		"only letters are lacking, *": {"asks: [release, letters]", "asks: [release]"},
	} {
		f := vera(t, append([]string{campName, campPost}, changes...)...)
		s := serve(t, f)
		want := strings.HasSuffix(name, "*") // what is lacking is asked for as well
		for _, path := range []string{"/en/vera", "/en/vera/sheet"} {
			if src, _ := s.get(path, 200); strings.Contains(src, "Camp Street") != want {
				t.Errorf("%s: %s has the address: %v", name, path, !want)
			}
		}
		if got := s.pages.Write(printer(t, "en"), f); (got != "") != want {
			t.Errorf("%s: the way there is %q", name, got)
		}
	}
	f := vera(t, campName, campPost)
	f.Stops = append(f.Stops, casefile.Stop{Kind: casefile.StopAsk, Name: "letters"}) // as a word of the family, before projection
	shown, _ := f.Public(f.Stops)
	if len(shown.Case.Needs) > 0 || Look(shown, day(2024, 4, 2)).addressed() != nil {
		t.Errorf("letters are stopped, and asked for: %v %v", shown.Case.Asks, shown.Case.Needs)
	}
}
