package letter

import (
	"slices"
	"strings"
	"testing"

	"outcry/internal/kernel/lang"
	"outcry/locales"
	"outcry/receipt"
)

func TestWordsOfWitnesses(t *testing.T) {
	words, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	p := words.Printer("en")
	said := Witnessed{Recounters: []Recounter{{"The Allies", "2026-11-22", 1204, 5310}, {"Others", "no day", 1, 1}, {"One", "2026-11-22", 1, 2}}, Provisional: true}
	want := []string{"Recounted by The Allies on 22 November 2026: 1,204 signatures counted, size of the log 5,310.",
		"Recounted by One on 22 November 2026: 1 signature counted, size of the log 2.",
		"Provisional: too few independent witnesses have confirmed the newest part of this count so far."}
	if have := witnessedLines(p, said); !slices.Equal(have, want) {
		t.Errorf("%q", have)
	}
	if have := witnessedLines(p, Witnessed{}); have != nil {
		t.Errorf("without witnesses the page says %q", have)
	}
	k, err := receipt.NewWitnessKey("ally.example/w")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := receipt.NewPolicy(1, k.Witness)
	if err != nil {
		t.Fatal(err)
	}
	signed := []receipt.Cosignature{{Witness: k.Witness, Name: "ally.example/w"}}
	for name, test := range map[string]struct {
		r       Receipt
		words   string // of the one line; none: nothing is said
		command string // how it ends
	}{
		"nobody is asked": {Receipt{Proof: []byte("x")}, "", "--key KEY"},
		"a promise":       {Receipt{Quorum: 1}, "", "--key KEY"},
		"provisional":     {Receipt{Proof: []byte("x"), Quorum: 1}, "Provisional: no independent witnesses have confirmed", "--key KEY"},
		"signed":          {Receipt{Proof: []byte("x"), Quorum: 1, Signed: signed}, "also signed by: ally.example/w.", "--witness " + k.String() + " --quorum 1"},
	} {
		lines := witnessLines(p, test.r)
		if test.words == "" && lines != nil || test.words != "" && (len(lines) != 1 || !strings.Contains(lines[0], test.words)) {
			t.Errorf("%s: %q", name, lines)
		}
		if c := checkCommand(test.r, "proof.txt", "KEY", policy); !strings.HasSuffix(c, test.command) {
			t.Errorf("%s: %s", name, c)
		}
	}
	for _, tag := range words.Tags() {
		for _, line := range append(witnessedLines(words.Printer(tag), said), witnessLines(words.Printer(tag), Receipt{Proof: []byte("x"), Quorum: 1, Signed: signed})...) {
			if strings.Contains(line, "..") || strings.Contains(line, "{{") {
				t.Errorf("%s: %q", tag, line)
			}
		}
	}
}
