package lang_test

import (
	"strings"
	"testing"
)

// What a gateway, an employer or a mail scanner reads says nothing about a prisoner, a letter or a signature.
func TestNeutralWords(t *testing.T) {
	c := catalog(t)
	telling := []string{"sign", "letter", "petition", "prison", "campaign", "count", "free", "подпис", "письм", "петиц", "заключ", "тюр", "кампан", "свобод", "учтен", "учтён",
		"رسال", "توقيع", "وقّع", "سجن", "سجين", "حمل", "عريض", "حري", "حتسب", "lettre", "pétition", "campagn", "libér", "déten", "compt"}
	n := 0
	for _, key := range c.Keys() {
		if !strings.HasPrefix(key, "mail.confirm.") && key != "link.title" && key != "link.lead" && key != "link.button" && key != "wish.ask_lead" {
			continue
		}
		n++
		for _, tag := range c.Tags() {
			text := strings.ToLower(c.Printer(tag).T(key))
			for _, word := range telling {
				if strings.Contains(text, word) {
					t.Errorf("%s: %s says %q", tag, key, word)
				}
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d messages were read", n)
	}
}

// The sentences are typeset, and no count is called people or a victory.
func TestPrintedWords(t *testing.T) {
	c := catalog(t)
	never := map[string][]string{
		"en": {`"`, "'", "...", "victory", "people signed", "people have signed", "the case"},
		"ru": {`"`, "'", "...", "“", "”", "победа", "человек подписал"},
		"ar": {`"`, "'", "...", "“", "”", "?", ", ", "; ", "انتصار", "شخص وقّع"},
		"fr": {`"`, "'", "...", "“", "”", "victoire", "personnes ont signé", " ;", " :", " !", " ?", " »", "« "},
	}
	for _, tag := range c.Tags() {
		if never[string(tag)] == nil {
			t.Errorf("%s: say here what its sentences never hold", tag)
		}
		for _, key := range c.Keys() {
			text := c.Printer(tag).T(key)
			for _, bad := range never[string(tag)] {
				if strings.Contains(text, bad) {
					t.Errorf("%s: %s holds %s: %q", tag, key, bad, text)
				}
			}
		}
	}
}
