package app

import (
	"strings"
	"testing"
)

// A letter's title and demand stand on cards, posters and in feeds: they repeat nothing that stands only where its label does (R5). What a closed letter said stays.
func TestALettersTitleNeedsNoLabel(t *testing.T) {
	const guess = "  - {id: guess, when: 2024-02-12, kind: search, nature: speculation, source: paper, by: {en: a newspaper}, what: {en: it was for the poem}}\n"
	const closed = "state: closed\n    pace"
	src := annaFile(t, guess)
	if _, err := ReadCampaign([]byte(src)); err != nil {
		t.Fatal(err)
	}
	for field, text := range map[string]string{"title": "Let Anna go home", "demand": "Release Anna"} {
		said := strings.Replace(src, "    "+field+": {en: "+text, "    "+field+": {en: 'Anna: it was for the poem!'", 1)
		if said == src {
			t.Fatalf("no %s", field)
		}
		_, err := ReadCampaign([]byte(said))
		if err == nil || !strings.Contains(err.Error(), "letters[0]."+field+".en: this repeats what the file marks as speculation") {
			t.Errorf("%s: %v", field, err)
		}
		if _, err := ReadCampaign([]byte(strings.Replace(said, "state: open\n    pace", closed, 1))); err != nil {
			t.Errorf("closed: %v", err)
		}
	}
}
