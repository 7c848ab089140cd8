package casefile

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// A date has one spelling, lies where the calendar has it, and begins before it ends.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"2023", "2023-12", "2023-12-11", "2024-02-29", "2023-02-29", "2023-00", "0000", "2023-1-1", "+202-01", "２０２３", "2023-12-11T00:00", "2023--", "unknown_after 2023-07-25", "2023-07/2023-12-12",
		"2023-12/2023-07", "about 2023", "about  2023", "unknown", "unknown_before", "2023/2023", "2023/", "about unknown"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil {
			if d.String() != s || d.First().Compare(d.Last()) > 0 || !d.First().Whole() || !d.Last().Whole() {
				t.Fatalf("%q is read as %v, from %v to %v", s, d, d.First(), d.Last())
			}
			if at := d.First().time(); at.Year() != d.Year || d.Month != 0 && int(at.Month()) != d.Month || d.Day != 0 && at.Day() != d.Day {
				t.Fatalf("%q is %v of the calendar", s, at)
			}
		}
		span, err := ParseSpan(s)
		if err != nil {
			return
		}
		if again, err := ParseSpan(span.String()); err != nil || again != span {
			t.Fatalf("%q is read as %v, and that as %v: %v", s, span, again, err)
		}
		if span.To != (Date{}) && span.To.Last().Compare(span.From.First()) <= 0 || span.Known() == (span.From == Date{}) && span.How != After && span.How != Before {
			t.Fatalf("%q is read as %+v", s, span)
		}
		b, err := json.Marshal(Partial{Date: span})
		if err != nil || len(b) > 400 {
			t.Fatalf("%q is written as %s: %v", s, b, err)
		}
	})
}

// What is wrong in a file is told with a place in it, in one line, soon, and whatever the file is.
func FuzzProblems(f *testing.F) {
	f.Add(minimal)
	for _, s := range []string{"campaign:\n  languages: [en, en]\n", "a: &x 1\nb: *x\n", "case: !!binary x", "%YAML 1.2\n---\na: b\n---\nc: d\n", "? [a]\n: b\n", "\ufeffcampaign: x\r\n", "events:\n- - - - a\n", "a: |\n  \u202e\n",
		"campaign: {name: {en: x}, languages: [xx-yy]}", "case:\n  slug: ../x\n", "\"a\\x1b\": 1", "a: 'b\n", "<<: {a: 1}", strings.Repeat("a:\n ", 40), "a: [", "- \n-", "events: [{on: 2023-99}]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		began := time.Now()
		_, err := read(src)
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%v for %d bytes", took, len(src))
		}
		if err == nil {
			return
		}
		list, ok := err.(Problems)
		if !ok || len(list) == 0 || list.Error() == "" {
			t.Fatalf("%q is refused with %v", src, err)
		}
		lines := strings.Count(strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n"), "\n") + 2
		for _, p := range list {
			if p.Line < 0 || p.Line > lines || p.Column < 0 || p.Say == "" {
				t.Fatalf("%q: %+v", src, p)
			}
			if strings.ContainsFunc(p.String(), unfit) {
				t.Fatalf("%q: a terminal is told %q", src, p.String())
			}
		}
	})
}
