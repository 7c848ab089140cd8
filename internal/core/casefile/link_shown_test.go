package casefile

import (
	"strings"
	"testing"

	"outcry/internal/kernel/markup"
)

// What is passed on loses the addresses of listed organisations and no other word; what does not hold one comes back byte for byte.
func TestCleared(t *testing.T) {
	r := registry(t)
	for text, want := range map[string]string{
		"See https://listed.example/a, and https://court.example/b.": "See …, and https://court.example/b.",
		"Write to press@listed.example.":                             "Write to ….",
		"listed.example and t.me/listed_channel/7 (both)":            "… and … (both)",
		"www.LISTED.example/x?y":                                     "…",
		"https://web.archive.org/web/2023/https://listed.example/a":  "…",
		"lis\u200bted.example said so":                               "… said so",
		"listed[.]example said so":                                   "… said so",
		"https://former.example/ and t.me/other_channel":             "https://former.example/ and t.me/other_channel",
		"\u2068The Listed\u2069 · no address":                        "\u2068The Listed\u2069 · no address",
		"":                                                           "",
	} {
		have, found := r.Cleared(text, today)
		if have != want || (len(found) > 0) != (text != want) {
			t.Errorf("%q became %q with %v, want %q", text, have, found, want)
		}
		if again, _ := r.Cleared(have, today); again != have {
			t.Errorf("%q is not the end of it: %q", have, again)
		}
		var none *Registry
		if have, found := none.Cleared(text, today); have != text || found != nil {
			t.Errorf("without a list %q became %q", text, have)
		}
	}
}

// A rendered text keeps every link but those to listed organisations, and the words of these.
func TestUnlinked(t *testing.T) {
	r := registry(t)
	src := "[One *word*](https://listed.example/?a=1&b=2), <https://t.me/listed_channel>, [two](https://court.example/), [three](mailto:a@listed.example)\n\n- [four](https://l%69sted.example \"x\")"
	have, found := r.Unlinked(markup.HTML(src), today)
	if n := strings.Count(have, "<a "); n != 1 || !strings.Contains(have, `<a href="https://court.example/"`) || strings.Count(have, "</a>") != 1 {
		t.Errorf("%d links are left: %s", n, have)
	}
	for _, want := range []string{"One <em>word</em>,", "two</a>", " three</p>", "<li>four</li>", "https://t.me/listed_channel,"} {
		if !strings.Contains(have, want) {
			t.Errorf("%q is gone: %s", want, have)
		}
	}
	if len(found) != 2 || found[0].Name != "The Listed" || found[1].Name != "A Channel" {
		t.Errorf("the organisations: %v", found)
	}
	if same := markup.HTML("[two](https://court.example/)"); same != first(r.Unlinked(same, today)) {
		t.Errorf("another's link was changed: %s", first(r.Unlinked(same, today)))
	}
}

func first(s string, _ []Designated) string { return s }

// A list of thousands of lines is asked by every link of a page: the work does not grow with the list.
func TestFlaggedOfALongList(t *testing.T) {
	var text strings.Builder
	text.WriteString("domain,name,country,register,listed_on,removed_on\n")
	for i := range 4000 {
		text.WriteString("organisation" + strings.Repeat("x", i%40) + string(rune('a'+i%26)) + strings.Repeat("y", i/40) + ".example,Name,RU,list,2021,\n")
	}
	long, err := ReadRegistry(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	allocated := testing.AllocsPerRun(50, func() { long.Flagged("https://court.example/decision/12", today) })
	if allocated > 100 {
		t.Errorf("one link costs %v allocations", allocated)
	}
}
