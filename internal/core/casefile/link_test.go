package casefile

import (
	"fmt"
	"strings"
	"testing"
)

const registryText = "\ufeffdomain,name,country,register,listed_on,removed_on\n" +
	"# kept from the authorities' own lists\n" +
	"listed.example,The Listed,RU,undesirable organisations,2021-06-09,\n" +
	"\"приме́р.example\",Второй,RU,extremist organisations,2022,\n" +
	"t.me/listed_channel,A Channel,BY,extremist materials,2023-03,\n" +
	"former.example,Formerly,RU,undesirable organisations,2020-01-15,2024-02-01\n"

func registry(t *testing.T) *Registry {
	t.Helper()
	r, err := ReadRegistry(strings.NewReader(registryText))
	if err != nil || r.Size() != 4 {
		t.Fatal(r.Size(), err)
	}
	return r
}

var today = Date{2026, 11, 23}

// However an address of a listed organisation is spelled, it is seen; another's is not.
func TestFlagged(t *testing.T) {
	r := registry(t)
	for address, want := range map[string]string{
		"https://listed.example/a":                                         "The Listed",
		"http://LISTED.Example":                                            "The Listed",
		"listed.example":                                                   "The Listed",
		"//listed.example/x":                                               "The Listed",
		"https://www.listed.example./x":                                    "The Listed",
		"https://news.en.listed.example:8443/x?y#z":                        "The Listed",
		"https://court.example@listed.example/":                            "The Listed",
		"https://user:pass@listed.example/":                                "The Listed",
		`https:\\listed.example\x`:                                         "The Listed",
		`https://listed.example\@court.example/`:                           "The Listed",
		"https://lis\u200bted.example/":                                    "The Listed",
		" https://lis\tted.example/":                                       "The Listed",
		"https://l%69sted.example/":                                        "The Listed",
		"https://ｌｉｓｔｅｄ.example/":                                          "The Listed",
		"https://listed。example/":                                          "The Listed",
		"https://lіstеd.example/":                                          "The Listed", // Cyrillic і and е
		"https://xn--lstd-x4d9q.example/":                                  "The Listed", // the same in Punycode
		"https://web.archive.org/web/2023/https://listed.example/a":        "The Listed",
		"https://court.example/go?to=https%3A%2F%2Flisted.example%2Fa":     "The Listed",
		"https://court.example/go?to=https%253A%252F%252Flisted.example":   "The Listed",
		"https://court.example/go?to=listed.example/a":                     "The Listed",
		"mailto:press@listed.example":                                      "The Listed",
		"press@listed.example":                                             "The Listed",
		"https://приме́р.example/о":                                        "Второй",
		"https://ПРИМЕ́Р.example/":                                         "Второй",
		"https://t.me/listed_channel":                                      "A Channel",
		"https://t.me/Listed_Channel/123":                                  "A Channel",
		"t.me/s/listed_channel?before=3":                                   "A Channel",
		"https://t.me/other_channel":                                       "",
		"https://t.me":                                                     "",
		"https://listed.example.org/":                                      "",
		"https://unlisted.example/":                                        "",
		"https://listed-example.org/listed.example":                        "",
		"https://listed.example@court.example/":                            "", // a name before another host
		"https://former.example/":                                          "",
		"https://short.example/abc (which may lead anywhere: not fetched)": "",
		"": "", "https://": "", "%zz": "", "a b": "",
	} {
		var names []string
		for _, d := range r.Flagged(address, today) {
			names = append(names, d.Name)
		}
		if have := strings.Join(names, ", "); have != want {
			t.Errorf("%q leads to %q, want %q", address, have, want)
		}
	}
}

// A country's list is that country's, from the day of listing to the day before removal; what is not known of the day counts as listed.
func TestFlaggedByCountryAndDay(t *testing.T) {
	r := registry(t)
	for _, x := range []struct {
		address   string
		on        Date
		countries []string
		want      int
	}{
		{"listed.example", today, []string{"RU"}, 1}, {"listed.example", today, []string{"BY"}, 0}, {"listed.example", today, []string{"BY", "RU"}, 1},
		{"listed.example", Date{2021, 6, 8}, nil, 0}, {"listed.example", Date{2021, 6, 9}, nil, 1}, {"listed.example", Date{}, nil, 1},
		{"former.example", Date{2024, 1, 31}, nil, 1}, {"former.example", Date{2024, 2, 1}, nil, 0}, {"former.example", Date{}, nil, 0},
		{"t.me/listed_channel", Date{2023, 3, 1}, nil, 1}, {"t.me/listed_channel", Date{2023, 2, 28}, nil, 0}, {"t.me/listed_channel", Date{2023, 0, 0}, nil, 1},
	} {
		if have := len(r.Flagged(x.address, x.on, x.countries...)); have != x.want {
			t.Errorf("%s on %s in %v: %d, want %d", x.address, x.on, x.countries, have, x.want)
		}
	}
	var none *Registry
	if none.Flagged("listed.example", today) != nil || none.Size() != 0 || none.Newest() != (Date{}) || none.Links(&File{}, today) != nil {
		t.Error("no registry lists something")
	}
	if r.Newest() != (Date{2024, 2, 1}) {
		t.Error(r.Newest())
	}
}

func TestReadRegistryNamesEachFault(t *testing.T) {
	for text, want := range map[string]string{
		"": "1:1: the file is empty; its first line is domain,name,country,register,listed_on,removed_on",
		"domain,name,country,register,listed_on\n":                                                                            "1:1: the column removed_on is missing; the first line is domain,name,country,register,listed_on,removed_on",
		"domain,name,country,register,listed_on,removed_on\nnodot,N,RU,R,2021,\n":                                             `2:1: "nodot" is no domain; write it as example.org, or t.me/example for a channel`,
		"domain,name,country,register,listed_on,removed_on\na.example,N,Russia,R,2021,\nb.example,,RU,,,2021-13\n":            "2:1: \"Russia\" is not a country; write its two capital letters, for example RU\n3:1: the organisation's name and the register's are needed: readers are told which list it is\n3:1: removed_on: \"2021-13\" is not a date; write 2023-07-25, or 2023-07 or 2023 when the rest is not known\n3:1: listed_on is missing; write the day on which it was listed, or as much of it as is known",
		"domain,name,country,register,listed_on,removed_on\n\"a.example\" x,N,RU,R,2021,\n":                                   "2:11: this is not CSV: put a value with a quote or a comma in quotes",
		"domain,name,country,register,listed_on,removed_on\n" + strings.Repeat("a.example,N,RU,R,2021,\n", registryMost/23+1): "the file is larger than 4 MiB; it is no registry",
	} {
		if _, err := ReadRegistry(strings.NewReader(text)); fmt.Sprint(err) != want {
			t.Errorf("%.60q:\n%v\nwant\n%s", text, err, want)
		}
	}
}

// Wherever in a file an address stands, it is found: in a title, a text's link, a bare name, a source, a contact.
func TestLinksFindsEveryPlace(t *testing.T) {
	f := &File{Campaign: Campaign{Contact: "desk@listed.example"}, Case: Case{Title: Text{"en": "Read listed.example, now"}, Summary: Text{"ru": "[слово](https://listed.example/a \"t\") и listed.example/b."}},
		Sources: []Source{{ID: "a", URL: "https://sub.listed.example/", Archived: "https://archive.example/https://listed.example/"}},
		Events:  []Event{{Note: Text{"en": "<https://listed.example>"}, Cities: []Text{{"en": "hxxps://listed[.]example/x"}}}, {What: Text{"en": "nothing.here"}}}, Recognitions: []Recognition{{Criteria: "https://listed.example/c"}}}
	var have []string
	for _, p := range registry(t).Links(f, today) {
		have = append(have, p.Path)
	}
	want := "campaign.contact case.title.en case.summary.ru case.summary.ru sources[0].url sources[0].archived events[0].cities[0].en events[0].note.en recognitions[0].criteria"
	if s := strings.Join(have, " "); s != want {
		t.Errorf("found in\n%s\nwant\n%s", s, want)
	}
	if list := registry(t).Links(f, today, "BY"); len(list) > 0 {
		t.Errorf("another country's list: %v", list)
	}
}

// A plain text has no address left, whatever Markdown or a reader's eye could make one of; and keeps the words.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"He wrote [an article](https://listed.example/a \"read listed.example\") in May.": "He wrote an article in May.",
		"See https://listed.example/a, please.":                                           "See …, please.",
		"See <https://listed.example> and <a@b.example>.":                                 "See … and ….",
		"See [listed.org](https://x.org).":                                                "See ….",
		"A [word][1] here.\n\n[1]: https://listed.org \"t\"":                              "A word here.",
		"![a picture](https://listed.org/p.png) text":                                     "text",
		"<a href=\"https://listed.org\">click</a> here":                                   "click here",
		"www.listed.org and listed.org/path?x=1, LISTED.ORG":                              "… and …, …",
		"`https://listed.org` and **listed**.org":                                         "… and …",
		"\\[x](https://listed.org)":                                                       "[x]",
		"hxxps://listed[.]org listed(.)org listed[dot]org":                                "",
		"li\u200bsted.org, li&#8203;sted&#46;org":                                         "…, …",
		"listed。org listed．org":                                                           "",
		"Write to @listed_channel or t.me/listed_channel.":                                "Write to … or ….",
		"tg://resolve?domain=x mailto:a@b.org tel:+123 10.0.0.1:80":                       "",
		"пример.рф и президент.рус, а также xn--e1afmkfd.xn--p1ai":                        "… и …, а также …",
		"http:/listed.org http:\\\\listed.org":                                            "",
		"expyuzz4wqqyqhjn.onion":                                                          "",
		"Статья 205.2, ч. 2 УК; 25.07.2023, и т.д., 10.30, U.S.A., 3.5 %":                 "Статья 205.2, ч. 2 УК; 25.07.2023, и т.д., 10.30, U.S.A., 3.5 %",
		"One.\n\nTwo\nlines.\n\n- three\n- four":                                          "One.\n\nTwo lines.\n\nthree\n\nfour",
		"می\u200cرود 👩\u200d🏫 e\u0301":                                                    "می\u200cرود 👩\u200d🏫 e\u0301",
		"5 < 6 & 7 > 3 <script>x</script>":                                                "5 < 6 & 7 > 3 x",
		"a@b, @ noon, R@D":                                                                "a@b, @ noon, R@D",
		"":                                                                                "",
	} {
		if have := Plain(text); have != want {
			t.Errorf("%q:\n%q, want\n%q", text, have, want)
		}
	}
}

// Whatever is typed, no address is found in what is left of it, and doing it twice changes nothing more that matters.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"[a](https://b.org)", "b.org", "hxxp://b[.]org", "@name", "a\u200b.org", "![x](y.org)", "&#104;ttps://b.org", "[[b.org](c.org)](d.org)", "b.o\u00adrg"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain := Plain(text)
		if m := openWord.FindString(plain); m != "" {
			t.Errorf("%q is left of %q", m, text)
		}
		for _, m := range hostWord.FindAllString(plain, -1) {
			if resolvable(m) {
				t.Errorf("%q is left of %q", m, text)
			}
		}
	})
}
