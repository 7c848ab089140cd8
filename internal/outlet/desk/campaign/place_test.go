package campaign

import (
	"testing"

	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// Where a problem stands is told by the labels of the forms, never by a path of the file.
func TestPlaceOfAProblem(t *testing.T) {
	c, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"letters[0].title.en":                "Letter, number 1: Title, English",
		"events[3].verdict":                  "What happened, number 4: Verdict",
		"case.title":                         "Title, summary and what may be asked for: Title",
		"sources[0].id":                      "Sources, number 1",
		"case.publication.consents[1].giver": "Title, summary and what may be asked for: Who agreed, by role",
		"events[3].evidence[0].source":       "What happened, number 4: Source",
		"person.names":                       "The person: Names",
	} {
		if got := place(c.Printer("en"), path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
