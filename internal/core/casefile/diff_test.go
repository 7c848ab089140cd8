package casefile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		want     []string
	}{
		"nothing": {minimal, minimal, nil},
		"changed": {minimal, swap("Release Anna Example", "Let Anna Example go"), []string{`~ case.title.en: "Release Anna Example" → "Let Anna Example go"`}},
		"added and removed": {swap("  contact:", "  rehearsal: true\n  contact:"), swap("title: {en: Release Anna Example}", "title: {ru: Свободу Анне}"),
			[]string{`- campaign.rehearsal: "true"`, `- case.title.en: "Release Anna Example"`, `+ case.title.ru: "Свободу Анне"`}},
		"an event put in before": {minimal, swap("events:\n", "events:\n  - {when: 2024-01, kind: search, nature: event, source: paper}\n"),
			[]string{`+ events[0].when: "2024-01"`, `+ events[0].kind: "search"`, `+ events[0].nature: "event"`, `+ events[0].source: "paper"`}},
		"a date with more to say": {minimal, swap("when: 2024-02", "when: {date: 2024-02, inferred: true}"),
			[]string{`- events[0].when: "2024-02"`, `+ events[0].when.date: "2024-02"`, `+ events[0].when.inferred: "true"`}},
		"a long text":     {minimal, swap("Committee for Anna", strings.Repeat("long ", 60)), []string{`~ campaign.run_by.en: "Committee for Anna" → "` + strings.Repeat("long ", 23) + "long…"}},
		"lines in a text": {minimal, swap("sources:", "  summary:\n    en: |\n      one\n      two\nsources:"), []string{`+ case.summary.en: "one\ntwo"`}},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := read(c.from)
			if err != nil {
				t.Fatal(err)
			}
			b, err := read(c.to)
			if err != nil {
				t.Fatal(err)
			}
			for range 20 { // the same each time, whatever order a map has
				var got []string
				for _, change := range Diff(a, &b.File) {
					got = append(got, change.String())
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Fatalf("(-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestDiffSeesLetters(t *testing.T) {
	a, err := read(minimal + "letters: [{slug: release, title: {en: Release Anna}}]\n")
	if err != nil {
		t.Fatal(err)
	}
	b, err := read(minimal + "letters: [{slug: release, title: {en: Let Anna go}}]\n")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Change{{"letters[0].title.en", "Release Anna", "Let Anna go"}}, Diff(a, b)); d != "" {
		t.Error(d)
	}
}
