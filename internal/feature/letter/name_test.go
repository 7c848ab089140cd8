package letter

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
)

// What people are called is taken as it is; what nobody sees is taken out.
func TestNamesTaken(t *testing.T) {
	for typed, kept := range map[string]string{
		"Anna":                                 "Anna",
		"  Anna \t Orlova\r\n":                 "Anna Orlova",
		"Anna\u00a0Orlova":                     "Anna Orlova",
		"山田\u3000太郎":                           "山田 太郎",
		"Jose\u0301":                           "José",
		"X Æ A-12":                             "X Æ A-12",
		"7":                                    "7",
		"Dr. N. N. (a physician)":              "Dr. N. N. (a physician)",
		"O’Brien":                              "O’Brien",
		"=1+1":                                 "=1+1",
		"<b>Anna</b>":                          "<b>Anna</b>",
		"\ufeffAn\u200bna\u2060":               "Anna",
		"Anna\u202e avolrO":                    "Anna avolrO",
		"\u2067שרה\u2069":                      "שרה",
		"An\x00na\x1b[31m":                     "Anna[31m",
		"Anna\U000e0041\U000e007f":             "Anna",
		"An\u034fna\u00ad":                     "Anna",
		"Anna ✅\ufe0f":                         "Anna ✅",
		"A\u200dB":                             "AB",
		"علی\u200cرضا":                         "علی\u200cرضا",
		"\u200cعلی\u200c":                      "علی",
		"ന്\u200d":                             "ന്\u200d", // a letter of Malayalam, as older keyboards write it
		"श्री\u200d":                           "श्री",
		"क्\u200dष":                            "क्\u200dष",
		"葛\U000e0100城":                         "葛\U000e0100城",
		"A\ufe0e\U000e0100":                    "A",
		"\u0301Anna \u0301Orlova":              "Anna Orlova",
		"\u3164Anna\u115f":                     "Anna",
		"\u2800Anna":                           "Anna",
		"Ng\u0169\u0303\u0303\u0303":           "Ngũ\u0303\u0303\u0303",
		"שָּׁ֔רה":                              norm.NFC.String("שָּׁ֔רה"),
		strings.Repeat("e\u0301", nameMost):    strings.Repeat("é", nameMost),
		strings.Repeat("ก็", nameMost):         strings.Repeat("ก็", nameMost),
		strings.Repeat("\U00020000", nameMost): strings.Repeat("\U00020000", nameMost),
		"a@b":                                  "a@b",
		"@anna":                                "@anna",
		"Meduza.io":                            "Meduza.io",
		"Awww. Anna":                           "Awww. Anna",
	} {
		n, err := ParseName(typed, "")
		if err != nil || n.Name != kept {
			t.Errorf("%+q: %+q, %v; want %+q", typed, n.Name, err, kept)
		}
		if again, err := ParseName(n.Name, ""); err == nil && again != n {
			t.Errorf("%+q is not what it becomes when it is sent again: %+q", n.Name, again.Name)
		}
	}
	n, err := ParseName("Anna", "\u200b \u2800 …")
	if err != nil || n.Affiliation != "" {
		t.Errorf("an affiliation of nothing is %+q, %v", n.Affiliation, err)
	}
	if n, err = ParseName("Anna", " Poet,\nBerlin "); err != nil || n.Affiliation != "Poet, Berlin" {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestNamesRefused(t *testing.T) {
	for _, c := range []struct{ name, affiliation, field, key string }{
		{"", "", "name", "fault.name.missing"},
		{" \t\u3000\u200b\u2060\u3164", "", "name", "fault.name.missing"},
		{"\u202e\u2066", "", "name", "fault.name.missing"},
		{"✅", "", "name", "fault.name.missing"},
		{"--- …", "", "name", "fault.name.missing"},
		{"\u0301\u0302", "", "name", "fault.name.missing"},
		{strings.Repeat("a", nameMost+1), "", "name", "fault.name.long"},
		{strings.Repeat("a", 10_000), "", "name", "fault.name.long"},
		{strings.Repeat("a\u0301\u0301\u0301\u0301", nameMost+1), "", "name", "fault.name.long"},
		{"\xff\xfeAnna", "", "name", "fault.name.characters"},
		{"An\xed\xa0\x80na", "", "name", "fault.name.characters"}, // half of a pair
		{"Anna\ufffd", "", "name", "fault.name.characters"},
		{"Anna\ue000", "", "name", "fault.name.characters"},
		{"Anna\U0010ffff", "", "name", "fault.name.characters"},
		{"Anna\u0378", "", "name", "fault.name.characters"}, // means nothing yet
		{"Anna\U000323b0", "", "name", "fault.name.characters"},
		{"Anna \ufdd0", "", "name", "fault.name.characters"},
		{"Anna", "Poet\u0378", "affiliation", "fault.name.characters"},
		{"Z\u0335\u0321\u031b\u0322\u0316algo", "", "name", "fault.name.marks"},
		{"a" + strings.Repeat("\u0489", 5), "", "name", "fault.name.marks"},
		{"https://casino.example", "", "name", "fault.name.address"},
		{"Buy at WWW.casino.example", "", "name", "fault.name.address"},
		{"anna@casino.example", "", "name", "fault.name.address"},
		{"anna＠casino．example", "", "name", "fault.name.address"},
		{"https：／／casino", "", "name", "fault.name.address"},
		{"анна@казино.рф", "", "name", "fault.name.address"},
		{"Anna", strings.Repeat("a", affiliationMost+1), "affiliation", "fault.name.affiliation_long"},
		{"Anna", "http://casino.example", "affiliation", "fault.name.address"},
		{"Anna", "\xff", "affiliation", "fault.name.characters"},
		{"Anna", "a" + strings.Repeat("\u0301", 9), "affiliation", "fault.name.marks"},
	} {
		n, err := ParseName(c.name, c.affiliation)
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || f.Field != c.field || f.Key != c.key || n != (Name{}) {
			t.Errorf("%+q, %+q: %+v, %v; want %s at %s", c.name, c.affiliation, n, err, c.key, c.field)
		}
	}
}

// Whatever is typed: a name that is taken is short, composed, visible, and stays what it is when it is sent again.
func TestAnyName(t *testing.T) {
	anything := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.Int32Range(0, unicode.MaxRune)), rapid.StringOf(rapid.RuneFrom(nil, unicode.M, unicode.Cf, unicode.Arabic, unicode.Devanagari, unicode.Mongolian, unicode.Hangul, unicode.Zs)))
	rapid.Check(t, func(t *rapid.T) {
		typed := anything.Draw(t, "typed") + rapid.SampledFrom([]string{"", "a", "ب", "क्", "葛"}).Draw(t, "end")
		n, err := ParseName(typed, "")
		if err != nil {
			return
		}
		switch {
		case !utf8.ValidString(n.Name), !norm.NFC.IsNormalString(n.Name), !legible(n.Name), n.Name != strings.TrimSpace(n.Name), strings.Contains(n.Name, "  "),
			strings.ContainsFunc(n.Name, unicode.IsControl), strings.ContainsFunc(n.Name, func(r rune) bool { return !unicode.In(r, assigned...) }), strings.ContainsFunc(n.Name, lang.Unseen), utf8.RuneCountInString(n.Name) > 5*nameMost:
			t.Fatalf("%+q became %+q", typed, n.Name)
		}
		if again, err := ParseName(n.Name, ""); err != nil || again != n {
			t.Fatalf("%+q became %+q, and that %+q, %v", typed, n.Name, again.Name, err)
		}
		if list := lang.NameWords(n.Name); len(list) > lang.WordsMost || slices.ContainsFunc(list, func(w string) bool { return w == "" || len(w) > lang.WordMost || !utf8.ValidString(w) }) {
			t.Fatalf("%+q has the words %q", n.Name, list)
		}
		if k := sortKey(n.Name); len(k) > sortKeyMost {
			t.Fatalf("%+q has a key of %d bytes", n.Name, len(k))
		}
	})
}

// A name is found by what people who lack its letters type, and by its own spelling.
func TestNameIsFoundBy(t *testing.T) {
	for name, queries := range map[string][]string{
		"Артём Ёлкин":        {"артем", "ЕЛК", "ёлкин артём", "елкин а"},
		"Йордан Цветанов":    {"иордан", "йордан", "ЙОР"},
		"Олена Ґалаґан":      {"галаган", "ґалаґан"},
		"Jürgen Müller":      {"muller", "MÜLLER", "mu\u0308ller jurg"},
		"Øyvind Strauß":      {"oyvind", "øyvind", "STRAUSS", "strauß"},
		"Łukasz Wałęsa":      {"lukasz walesa", "wałęsa"},
		"Đorđe Šimić":        {"dorde simic", "đorđe"},
		"İpek Yıldız":        {"ipek", "IPEK", "yildiz", "YILDIZ", "Yıldız"},
		"Þóra Æbelø":         {"thora", "aebelo", "þóra"},
		"Cœur":               {"coeur"},
		"Niamh O’Brien":      {"obrien", "brien", "o'brien", "O’Brien"},
		"أحمد إبراهيم":       {"احمد", "أحمد", "ابراهيم", "اِبراهيم"},
		"آمنة":               {"امنه", "آمنة", "امنة"},
		"هدى مؤمن":           {"هدي", "هدى", "مومن"},
		"شيماء محمّـد":       {"شيما", "شيماء", "محمد"},
		"علی\u200cرضا کریمی": {"عليرضا", "كريمي", "علی\u200cرضا"},
		"שָׂרָה כֹּהֵן":      {"שרה", "כהן", "שרה כהן"},
		"Νίκος Ξενάκης":      {"νικοσ", "ΝΊΚΟΣ", "ξενακης"},
		"王晓明":                {"王", "晓明", "明", "王晓明"},
		"山田 太郎":              {"太郎", "郎", "山"},
		"ヤマダ タロウ":            {"やまだ", "ヤマダ", "だ", "たろう", "ﾔﾏﾀﾞ"},
		"สมชาย วงศ์สวัสดิ์": {"สมชาย", "สวัสดิ์", "ชาย"},
		"김철수":        {"김", "김철", "김철수"},
		"मीरा शर्मा": {"मीरा", "शर्म"},
		"फ़ातिमा":    {"फातिमा", "फ़ातिमा"},
		"Ａｎｎａ":       {"anna"},
		"Անի Եվա":    {"անի", "ԵՎԱ"},
	} {
		for _, q := range queries {
			list := asked(q)
			if len(list) == 0 || !begins(lang.NameWords(name), list) {
				t.Errorf("%q %q is not found by %q %q", name, lang.NameWords(name), q, list)
			}
		}
	}
	for name, queries := range map[string][]string{
		"Jürgen Müller": {"uller", "jurgen miller", "jurgenmuller"},
		"王晓明":           {"王明", "李"},
		"が":             {"か"},
		"मीरा":          {"मरा"},
		"김철수":           {"철수x"},
	} {
		for _, q := range queries {
			if begins(lang.NameWords(name), asked(q)) {
				t.Errorf("%q %q is found by %q", name, lang.NameWords(name), q)
			}
		}
	}
	for _, q := range []string{"", " ", "!?", "\u0301", "\xff", "\u202e"} {
		if list := asked(q); len(list) > 0 {
			t.Errorf("%+q asks for %q", q, list)
		}
	}
	if list := asked(strings.Repeat("я", queryMost)); len(list) != 1 || len(list[0]) > lang.WordMost {
		t.Errorf("a long query asks for %q", list)
	}
}

func TestScripts(t *testing.T) {
	for name, want := range map[string]string{
		"Anna": "Latn", "Анна Smith-Иванова": "Cyrl", "Μαρία": "Grek", "أحمد": "Arab", "שרה": "Hebr", "王晓明": "Hani", "山田タロウ": "Kana", "김": "Hang", "ภูมิ": "Thai",
		"123": "Zyyy", "ኃይለ": "Ethi", "": "Zyyy", "ab яб": "Latn",
	} {
		if got := script(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
	for tag, want := range map[lang.Tag]string{
		"en": "Latn", "ru": "Cyrl", "ar": "Arab", "fr": "Latn", "fa": "Arab", "zh": "Hani", "zh-Hant": "Hani", "ja": "Hani", "ko": "Hang", "el": "Grek", "sr-Latn": "Latn",
		"hy": "Armn", "": "Zyyy", "x y": "Zyyy",
	} {
		if got := ScriptOf(tag); got != want {
			t.Errorf("who reads %q reads %s, want %s", tag, got, want)
		}
	}
	known := []string{}
	for _, s := range scripts {
		if slices.Contains(known, s.code) {
			t.Errorf("%s is listed twice", s.code)
		}
		known = append(known, s.code)
	}
}
