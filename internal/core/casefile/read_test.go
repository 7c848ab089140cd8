package casefile

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/kernel/fault"
)

// demoFile is the demonstration's campaign file; wholeFile is what the program reads it into: File inline, and letters beside it.
const demoFile = "../../app/demo/kagarlitsky-2023.yaml"

type wholeFile struct {
	File    `yaml:",inline"`
	Letters []missive `yaml:"letters"`
}

// missive stands for the letter's own type, which this package does not know.
type missive struct {
	Slug      string   `yaml:"slug"`
	State     string   `yaml:"state"`
	Pace      string   `yaml:"pace"`
	Version   int      `yaml:"version"`
	Dated     Date     `yaml:"dated"`
	Addressee Text     `yaml:"addressee"`
	Demand    Text     `yaml:"demand"`
	Title     Text     `yaml:"title"`
	Body      Text     `yaml:"body"`
	RunBy     Text     `yaml:"run_by"`
	Contact   string   `yaml:"contact"`
	Reports   []report `yaml:"reports"`
	Made      int      `yaml:"rehearsal_signers"`
}

type report struct {
	Value      int        `yaml:"value"`
	Comparator Comparator `yaml:"comparator"`
	AsOf       Date       `yaml:"as_of"`
	Source     SourceID   `yaml:"source"`
	Nature     Nature     `yaml:"nature"`
	Note       Text       `yaml:"note"`
}

func demo(t testing.TB) wholeFile {
	t.Helper()
	src, err := os.ReadFile(demoFile)
	if err != nil {
		t.Fatal(err)
	}
	var w wholeFile
	if err := Decode(src, &w); err != nil {
		t.Fatalf("the demonstration's file:\n%v", err)
	}
	return w
}

// minimal is the least file that passes; tests put their lines into it.
const minimal = `campaign:
  slug: free-anna
  languages: [en, ru]
  run_by: {en: Committee for Anna}
  contact: anna@example.org
person:
  names:
    - {text: Anna Example, lang: en}
case:
  slug: anna
  title: {en: Release Anna Example}
sources:
  - {id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}
events:
  - {id: arrest, when: 2024-02, kind: detention, nature: event, source: paper}
`

func read(src string) (wholeFile, error) {
	var w wholeFile
	err := Decode([]byte(src), &w)
	return w, err
}

func TestFileInsideALargerOne(t *testing.T) {
	w, err := read(minimal + "letters:\n  - {slug: release, version: 1, title: {en: Release Anna}, dated: 2024-03-02}\n")
	if err != nil {
		t.Fatal(err)
	}
	want := missive{Slug: "release", Version: 1, Title: Text{"en": "Release Anna"}, Dated: Date{2024, 3, 2}}
	if d := cmp.Diff([]missive{want}, w.Letters); d != "" {
		t.Errorf("letters beside the inline file (-want +got):\n%s", d)
	}
	if w.Case.Slug != "anna" || w.Events[0].Kind != Detention {
		t.Errorf("the inline file was not filled: %+v", w.File)
	}

	_, err = read(minimal + "letters:\n  - {slug: release, titel: {en: Release Anna}}\nletter: 1\n")
	wantProblems(t, err,
		`17:21: letters[0].titel: this key is not known; did you mean "title"?`,
		`18:1: letter: this key is not known; did you mean "letters"?`)
	if w, err := read(strings.Replace(minimal, "case:", "letters: 7\ncase:", 1)); err == nil {
		t.Errorf("letters that are no list were read: %+v", w.Letters)
	}
}

func wantProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	inWords(t, err)
	got := ""
	if err != nil {
		got = err.Error()
	}
	if d := cmp.Diff(strings.Join(want, "\n"), got); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
}

func TestEveryErrorAtOnceWithItsPlace(t *testing.T) {
	_, err := read(`campaign:
  slug: Free Anna
  languages: [en, Russisch]
  run_by: {en: Committee, ua: Комітет}
  contact: ""
person:
  names: {text: Anna, lang: en}
case:
  slug: anna
  titel: {en: Release Anna}
  titel: {en: twice}
  state:
  publication: {level: publik}
sources:
  - {id: paper, kind: blog, publisher: {en: A Paper}, published: 2024-02-30}
events:
  - when: 24 February
    kind: detension
    nature: event
    source: papr
    count: {value: many}
    open_list: yes
`)
	wantProblems(t, err,
		`2:3: campaign.slug: "Free Anna" can't stand in an address; write small letters a to z, digits and single hyphens, 60 at most`,
		`3:19: campaign.languages[1]: "Russisch" is not the tag of a language; write en, ru, ar and the like`,
		`4:27: campaign.run_by.ua: "ua" is not the tag of a language; write en, ru, ar and the like`,
		`5:12: campaign.contact: the text is empty; write it, or take the line out`,
		`7:10: person.names: this is a mapping; a list is meant here: begin each of its lines with “- ”`,
		`10:3: case.titel: this key is not known; did you mean "title"?`,
		`11:3: case.titel: this stands twice, first in line 10; keep one`,
		`12:9: case.state: nothing stands here; write a value, or take the line out`,
		`13:24: case.publication.level: "publik" is not a word for this; did you mean "public"?`,
		`15:23: sources[0].kind: "blog" is not a word for this; docs/scenario.md lists the 16 that are`,
		`15:66: sources[0].published: "2024-02-30" is not a day of the calendar`,
		`17:11: events[0].when: "24 February" is not a date; write 2023-07-25, or 2023-07 or 2023 when the rest is not known`,
		`18:11: events[0].kind: "detension" is not a word for this; did you mean "detention"?`,
		`20:5: events[0].source: there is no source "papr" in this file; did you mean "paper"?`,
		`21:20: events[0].count.value: "many" is not a whole number; write it in digits alone, for example 2300`,
		`22:16: events[0].open_list: "yes" is neither true nor false; write one of these two`)
}

func TestStrictness(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown top key":     {"case:", "cases:\ncase:", "cases"},
		"anchor":              {"{en: A Paper}", "&a {en: A Paper}", "anchors"},
		"alias":               {"{en: A Paper}", "*a", "anchors"},
		"tag":                 {"slug: anna", "slug: !!str anna", "tags"},
		"merge":               {"case:", "case:\n  <<: {slug: x}", "merge keys"},
		"second document":     {"case:", "---\ncase:", "second document"},
		"list for a text":     {"slug: anna", "slug: [anna]", "this is a list"},
		"number as a slug":    {"slug: anna", "slug: {a: 1}", "this is a mapping"},
		"null":                {"slug: anna", "slug: ~", "nothing stands here"},
		"empty mapping":       {"{en: Release Anna Example}", "{}", "nothing stands here"},
		"override of writing": {"Anna Example,", "Anna \u202eExample,", "not text"},
		"escaped control":     {"text: Anna Example", `text: "Anna\u0007"`, "can't be shown"},
		"tab indentation":     {"  slug: anna", "\tslug: anna", "not YAML"},
		"negative":            {"source: paper}", "source: paper, took_hours: -3}", "whole number"},
		"fraction":            {"source: paper}", "source: paper, took_hours: 1.5}", "whole number"},
		"too large":           {"source: paper}", "source: paper, took_hours: 9999999999}", "whole number"},
		"yes for true":        {"source: paper}", "source: paper, open_list: yes}", "true nor false"},
		"bad date":            {"2024-03-01", "2024-3-1", "is not a date"},
		"no such day":         {"2024-03-01", "2023-02-29", "not a day of the calendar"},
		"range backwards":     {"when: 2024-02", "when: 2024-02/2024-01", "ends before it begins"},
		"long file":           {"slug: anna", "slug: anna #" + strings.Repeat("x", MaxFile), "at most"},
		"not UTF-8":           {"Anna Example", "Anna \xff", "not text"},
	} {
		t.Run(name, func(t *testing.T) {
			src := strings.Replace(minimal, c.old, c.new, 1)
			if src == minimal {
				t.Fatalf("nothing was changed: %q is not in the file", c.old)
			}
			_, err := read(src)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want a problem that says %q", err, c.want)
			}
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%v is no fault of kind Invalid", err)
			}
		})
	}
	if _, err := read(minimal); err != nil {
		t.Fatalf("the minimal file itself: %v", err)
	}
}

func TestWordsStayText(t *testing.T) {
	src := strings.NewReplacer("Anna Example, lang: en", "No, lang: no", "{en: Committee for Anna}", "{no: 2023, en: true}", "[en, ru]", "[no, en]").Replace(minimal)
	w, err := read(strings.ReplaceAll(src, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if w.Person.Names[0] != (Name{Text: "No", Lang: "no"}) {
		t.Errorf("the name No in Norwegian became %+v", w.Person.Names[0])
	}
	if d := cmp.Diff(Text{"no": "2023", "en": "true"}, w.Campaign.RunBy); d != "" {
		t.Errorf("texts that look like something else:\n%s", d)
	}
}

// Hostile files end in a problem, soon: nothing here unfolds, recurses or squares.
func TestHostileFiles(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	var keys, steps strings.Builder
	for i := range 90_000 {
		fmt.Fprintf(&keys, "k%d: v\n", i)
	}
	for i := range 1200 {
		fmt.Fprintf(&steps, "%sk:\n", strings.Repeat(" ", i))
	}
	for name, src := range map[string]string{
		"alias bomb":   bomb,
		"brackets":     strings.Repeat("[", MaxFile),
		"braces":       strings.Repeat("{a: ", MaxFile/4),
		"dashes":       strings.Repeat("- ", MaxFile/2),
		"questions":    strings.Repeat("? ", MaxFile/2),
		"many keys":    keys.String(),
		"many items":   strings.Repeat("- a\n", MaxFile/4),
		"deep":         steps.String(),
		"nested lists": strings.Repeat("[", 80_000) + strings.Repeat("]", 80_000),
		"one line":     strings.Repeat("- ", 150_000) + "x\n",
		"quotes":       strings.Repeat("\"", MaxFile),
		"comment only": "# nothing\n",
		"empty":        "",
		"long line":    "a: " + strings.Repeat("x ", MaxFile/2-2),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := read(src)
			if err == nil {
				t.Error("was read without a problem")
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Log(took)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(minimal)
	if src, err := os.ReadFile(demoFile); err == nil {
		f.Add(string(src))
	}
	f.Fuzz(func(t *testing.T, src string) {
		w, err := read(src)
		if err != nil {
			return
		}
		out, err := Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(string(out))
		if err != nil {
			t.Fatalf("what we wrote can't be read:\n%v\n%s", err, out)
		}
		if !reflect.DeepEqual(w, again) {
			t.Fatalf("changed on the way:\n%s", cmp.Diff(w, again))
		}
	})
}
