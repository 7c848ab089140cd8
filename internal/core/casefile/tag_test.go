package casefile

import (
	"fmt"
	"strings"
	"testing"
)

// A text may be in any language that has a name; a slip in a tag is told, or a text would be hidden behind it.
func TestLanguagesOfTexts(t *testing.T) {
	for tag, want := range map[string]string{
		"ka": "", "hy": "", "ckb": "", "ug": "", "sr-Latn": "", "sr-Cyrl": "", "zh-Hant": "", "pt-BR": "", "az-Arab": "", "be-tarask": "", "udm": "", "prs": "",
		"sr-latn":     `"sr-latn" is the tag of a language in another spelling; write sr-Latn`,
		"KA":          `"KA" is the tag of a language in another spelling; write ka`,
		"iw":          `"iw" is the tag of a language in another spelling; write he`,
		"ua":          `"ua" is not the tag of a language; write en, ru, ar and the like`,
		"xx":          `"xx" is not the tag of a language; write en, ru, ar and the like`,
		"georgian":    `"georgian" is not the tag of a language; write en, ru, ar and the like`,
		"mul":         `"mul" is not the tag of a language; write en, ru, ar and the like`,
		"en-garbage":  `"en-garbage" is not the tag of a language; write en, ru, ar and the like`,
		"ru-x-secret": `"ru-x-secret" is not the tag of a language; write en, ru, ar and the like`,
	} {
		_, err := read(fmt.Sprintf("campaign:\n  languages: [en, %s]\n  run_by: {en: Committee, %s: Committee}\n", tag, tag))
		var told []string
		if err != nil {
			for line := range strings.Lines(err.Error()) {
				if strings.Contains(line, "campaign.languages") || strings.Contains(line, "campaign.run_by") {
					told = append(told, strings.TrimSpace(line))
				}
			}
		}
		switch {
		case want == "" && len(told) > 0:
			t.Errorf("%s: %q", tag, told)
		case want != "" && (len(told) != 2 || told[0] != "2:19: campaign.languages[1]: "+want || !strings.HasSuffix(told[1], want)):
			t.Errorf("%s: %q, want %q of both", tag, told, want)
		}
	}
}
