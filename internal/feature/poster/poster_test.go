package poster

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// Every size in every language and all of them together, with and without everything that can be asked for.
func TestEverySizeInEveryLanguage(t *testing.T) {
	m, f := maker(t), vera(t, nil)
	var o Order
	sets := [][]lang.Tag{{"en"}, {"ru"}, {"ar"}, {"fr"}, {"ru", "ar"}, {"ar", "en", "fr"}, {"en", "ru", "ar", "fr"}}
	for _, size := range o.Size.Known() {
		for i, tags := range sets {
			if size == string(Card) && len(tags) > 2 || size == string(Square) && len(tags) > 3 {
				continue // there is no room for so many: see TestTooMuchIsRefused
			}
			o := Order{Size: Size(size), Languages: tags, Gray: i%2 == 0, Bleed: i%3 == 0}
			made, err := m.Make(f, release(), o)
			if err != nil {
				t.Errorf("%s %v: %v", size, tags, err)
				continue
			}
			for _, tag := range tags {
				if !strings.Contains(made.Text, release().Title[tag]) {
					t.Errorf("%s %v: its text lacks the title in %s", size, tags, tag)
				}
			}
			if size == string(Card) {
				continue
			}
			o.Photo, o.PhotoAlt = portrait(), "Vera Primerova, a drawing"
			if made, err = m.Make(f, release(), o); err != nil {
				if len(tags) < 3 && size != string(Square) {
					t.Errorf("%s %v with a photograph: %v", size, tags, err)
				}
			} else if !strings.Contains(made.Text, o.PhotoAlt) {
				t.Errorf("%s %v: its text lacks what is to be seen on the photograph", size, tags)
			}
		}
	}
}

func TestWordsOfASheet(t *testing.T) {
	m := maker(t)
	text := func(f *casefile.File, l Letter, o Order) string {
		t.Helper()
		if o.Size == "" {
			o.Size = A4
		}
		if o.Languages == nil {
			o.Languages = []lang.Tag{"en"}
		}
		made, err := m.Make(f, l, o)
		if err != nil {
			t.Fatal(err)
		}
		return made.Text
	}
	const whole = `Open letter
Release Vera Primerova
Vera Primerova
teacher
Held since 12 March 2026
Remand prison no. 5 · Exampletown
In custody, before trial
We ask for one thing: release Vera Primerova.
To: The Prosecutor General of Exampleland
Sign the letter
https://letters.example.org/en/vera/release
Where this can be used against you, do not open the address.
Who says so: District court of Exampletown, 13 March 2026
Checked on 16 November 2026`
	if have := text(vera(t, nil), release(), Order{}); have != whole {
		t.Errorf("the words are\n%s", have)
	}
	for name, c := range map[string]struct {
		change func(*casefile.File)
		letter func(*Letter)
		order  Order
		want   []string // behind a !, what must not be there
	}{
		"of a party":         {func(f *casefile.File) { f.Events[0].Nature = casefile.NatureParty }, nil, Order{}, []string{"Held since 12 March 2026 (an interested party claims it)"}},
		"rehearsal":          {func(f *casefile.File) { f.Campaign.Rehearsal = true }, nil, Order{}, []string{"Rehearsal: the signers on this site are made up"}},
		"banner":             {func(f *casefile.File) { f.Campaign.Banner = casefile.Text{"en": "As of March."} }, nil, Order{Size: Card}, []string{"As of March."}},
		"closed":             {nil, func(l *Letter) { l.Open = false }, Order{}, []string{"Read the letter", "!Sign the letter"}},
		"party's own source": {func(f *casefile.File) { f.Sources[0].Interest = casefile.InterestParty }, nil, Order{Languages: []lang.Tag{"ru"}}, []string{"г. · Издатель сам участвует в кампании.", "!.."}},
		"released": {func(f *casefile.File) {
			f.Events = append(f.Events, casefile.Event{ID: "out", When: casefile.On(2026, 10, 1), Kind: casefile.Release, Nature: casefile.NatureEvent, Source: "court", Release: "bail_or_measure_change"})
		}, nil, Order{}, []string{"Held from 12 March 2026 to 1 October 2026", "!Remand prison", "!In custody"}},
		"nobody says where": {func(f *casefile.File) { f.Events = f.Events[:1] }, nil, Order{}, []string{"Where the person is held is not known.", "!Remand prison"}},
		"kept back":         {func(f *casefile.File) { f.Sources[0].Visibility = casefile.ForTeam }, nil, Order{}, []string{"!Who says so", "!District court"}},
		"card":              {nil, nil, Order{Size: Card}, []string{"https://letters.example.org/en/vera/release", "Held since", "!To: ", "!teacher", "!Sign the letter"}},
		"without links": {func(f *casefile.File) { f.Sources[0].Publisher["en"] = "Exampletown Times (extimes.org)" },
			func(l *Letter) {
				l.Demand["en"] = "Read https://letters.example.org/x and t.me/vera, mail us@example.org: release her."
			},
			Order{Linkless: true}, []string{"release her", "Exampletown Times", "!example.org", "!extimes", "!t.me", "!http", "!@", "!Sign the letter", "!do not open"}},
	} {
		l := release()
		if c.letter != nil {
			c.letter(&l)
		}
		have := text(vera(t, c.change), l, c.order)
		for _, w := range c.want {
			if never, absent := strings.CutPrefix(w, "!"); absent && strings.Contains(have, never) || !absent && !strings.Contains(have, w) {
				t.Errorf("%s: %q is not right in\n%s", name, w, have)
			}
		}
		if regexp.MustCompile(`(?i)victory|freed|signatures`).MatchString(have) {
			t.Errorf("%s: the words are\n%s", name, have)
		}
	}
}

func TestNotMade(t *testing.T) {
	m := maker(t)
	for name, c := range map[string]struct {
		file   *casefile.File
		letter func(*Letter)
		order  Order
		key    string
		kind   fault.Kind
	}{
		"letter stopped": {vera(t, nil), func(l *Letter) { l.Stopped = true }, Order{}, "fault.poster.stopped", fault.Gone},
		"letters stopped": {func() *casefile.File {
			f := vera(t, nil)
			f.Stops = append(f.Stops, casefile.Stop{Kind: casefile.StopScope, Name: string(casefile.ScopeLetter)})
			return f
		}(), nil, Order{}, "fault.poster.stopped", fault.Gone},
		"dead": {vera(t, func(f *casefile.File) {
			f.Events = append(f.Events, casefile.Event{ID: "d", When: casefile.On(2026, 10, 1), Kind: casefile.Death, Nature: casefile.NatureEvent, Source: "court", Family: "public_already"})
		}), nil, Order{}, "fault.poster.stopped", fault.Gone},
		"photograph not agreed": {vera(t, func(f *casefile.File) {
			f.Case.Publication.Consents[0].Scope = []casefile.Scope{casefile.ScopeName}
		}), nil, Order{Photo: portrait()}, "fault.poster.photo", fault.Refused},
		"no such size":    {vera(t, nil), nil, Order{Size: "a5"}, "fault.poster.size", fault.Invalid},
		"five languages":  {vera(t, nil), nil, Order{Languages: []lang.Tag{"en", "ru", "ar", "fr", "de"}}, "fault.poster.languages", fault.Invalid},
		"no words for it": {vera(t, nil), func(l *Letter) { l.Title["ka"], l.Demand["ka"] = "ა", "ა" }, Order{Languages: []lang.Tag{"ka"}}, "fault.poster.language", fault.Invalid},
		"letter lacks it": {vera(t, nil), func(l *Letter) { delete(l.Title, "ru") }, Order{Languages: []lang.Tag{"ru"}}, "fault.poster.language", fault.Invalid},
		"twice":           {vera(t, nil), nil, Order{Languages: []lang.Tag{"en", "en"}}, "fault.poster.twice", fault.Invalid},
		"a long address":  {vera(t, nil), func(l *Letter) { l.URL = func(lang.Tag) string { return "https://x.org/" + strings.Repeat("a", 1800) } }, Order{Size: Story}, "", fault.TooLarge},
	} {
		l, o := release(), c.order
		if c.letter != nil {
			c.letter(&l)
		}
		if o.Size == "" {
			o.Size = A4
		}
		if o.Languages == nil {
			o.Languages = []lang.Tag{"en"}
		}
		_, err := m.Make(c.file, l, o)
		f := fault.Of(err)
		if f == nil || c.key != "" && (f.Key != c.key || f.Kind != c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A headline of 600 characters fits on paper, in small letters; what does not fit is refused by its name in the campaign file.
func TestTooMuchIsRefused(t *testing.T) {
	m, f := maker(t), vera(t, nil)
	long := func(words string, n int) string {
		return strings.TrimSpace(string([]rune(strings.Repeat(words+" ", n/5))[:n]))
	}
	for name, c := range map[string]struct {
		letter func(*Letter)
		order  Order
		field  string // refused; empty: it fits
		key    string
	}{
		"600 Latin letters": {func(l *Letter) { l.Title["en"] = long("Release Vera Primerova at once", 600) }, Order{Size: A4}, "", ""},
		"600 Cyrillic letters": {func(l *Letter) {
			l.Title["ru"] = long("Немедленно освободите Веру Примерову", 600)
		}, Order{Size: A4, Languages: []lang.Tag{"ru"}}, "", ""},
		"600 on a card":      {func(l *Letter) { l.Title["en"] = long("Release Vera Primerova at once", 600) }, Order{Size: Card}, "title.en", "fault.sheet.long"},
		"1900 on paper":      {func(l *Letter) { l.Title["en"] = long("Release Vera Primerova at once", 1900) }, Order{Size: A4}, "title.en", "fault.sheet.long"},
		"a long demand":      {func(l *Letter) { l.Demand["en"] = long("We ask for this and for that", 1990) }, Order{Size: Square}, "demand.en", "fault.sheet.long"},
		"one word":           {func(l *Letter) { l.Title["en"] = strings.Repeat("Release", 20) }, Order{Size: A4}, "title.en", "fault.sheet.long"},
		"100 KB":             {func(l *Letter) { l.Addressee["en"] = long("To whom it may concern", 100<<10) }, Order{Size: A4}, "addressee.en", "fault.sheet.large"},
		"emoji":              {func(l *Letter) { l.Demand["en"] = "Let Vera 🏠" }, Order{Size: A4}, "demand.en", "fault.sheet.letters"},
		"no face":            {func(l *Letter) { l.Title["en"] = "自由" }, Order{Size: A4}, "title.en", "fault.sheet.letters"},
		"turned round":       {func(l *Letter) { l.Title["en"] = "Release \u202eareV" }, Order{Size: A4}, "title.en", "fault.sheet.hidden"},
		"nothing to see":     {func(l *Letter) { l.Title["en"] = "\u200b\u2060" }, Order{Size: A4}, "title.en", "fault.sheet.blank"},
		"hostile, and shown": {func(l *Letter) { l.Title["en"] = "<script>alert('x')</script> =1+1 \u200bﷺ" }, Order{Size: A4}, "", ""},
	} {
		l := release()
		c.letter(&l)
		if c.order.Languages == nil {
			c.order.Languages = []lang.Tag{"en"}
		}
		made, err := m.Make(f, l, c.order)
		fl := fault.Of(err)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.field == "":
			bytesOf(t, made, PNG)
			if svg := bytesOf(t, made, SVG); bytes.Contains(svg, []byte("<script")) {
				t.Errorf("%s: the SVG has a script", name)
			}
		case fl == nil || fl.Field != c.field || fl.Key != c.key:
			t.Errorf("%s: %v, want %s of %s", name, err, c.key, c.field)
		}
	}
}

// The same letter is the same bytes, whoever draws it and whatever was drawn before.
func TestSameBytes(t *testing.T) {
	o := Order{Size: A4, Languages: []lang.Tag{"ru", "ar"}, Photo: portrait(), Bleed: true}
	m := maker(t)
	first, err := m.Make(vera(t, nil), release(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Make(vera(t, nil), release(), Order{Size: Card, Languages: []lang.Tag{"fr"}}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := maker(t).Make(vera(t, nil), release(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, as := range []Format{PDF, PNG, SVG, Text} {
			if !bytes.Equal(bytesOf(t, first, as), bytesOf(t, again, as)) {
				t.Errorf("the same letter is another %s", as)
			}
		}
	}
}
