package news

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

// sealedList is a file of rows as Export writes it.
func sealedList(t testing.TB, to seal.Recipient, plain ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	f := newSealedFile(&out, "anna")
	for _, p := range plain {
		box, err := to.Seal([]byte(p))
		must(t, err)
		must(t, f.add(box))
	}
	must(t, f.end())
	return out.Bytes()
}

func one(t testing.TB, address string, tongue lang.Tag, stop string) string {
	t.Helper()
	b, err := follower{address, tongue, stop}.padded()
	must(t, err)
	if len(b) != plainSize {
		t.Fatalf("%d bytes are sealed", len(b))
	}
	return string(b)
}

func link(n int) string { return fmt.Sprintf("%s/news/%043d", mailURL, n) }

// One address is one line, and its link ends all of its rows: as many as a link may hold, then another link.
func TestRowsOfOneAddressAreOneLine(t *testing.T) {
	to, id := key(t)
	rows := []string{one(t, "Anna@Example.org", "ru", link(0)), one(t, "boris@example.org", "en", link(100)), one(t, "anna@example.org", "en", link(0))}
	for i := 1; i < tokensMost+2; i++ {
		rows = append(rows, one(t, "anna@example.org", "en", link(i)))
	}
	rows = append(rows, one(t, "boris@example.org", "en", "https://other.example/news/x"), one(t, "boris@example.org", "en", "none of ours"))
	l, err := Open(bytes.NewReader(sealedList(t, to, rows...)), id)
	must(t, err)
	if l.Rows != len(rows) || l.Opened() != len(rows) || l.Addresses() != 2 {
		t.Fatalf("%d rows, %d opened, %d addresses", l.Rows, l.Opened(), l.Addresses())
	}
	a, b := l.Entries[0], l.Entries[1]
	if a.address != "Anna@Example.org" || a.lang != "ru" || a.rows != tokensMost+3 || len(a.stops) != 2 {
		t.Errorf("%+v", a)
	}
	if first := strings.Split(strings.TrimPrefix(a.stops[0], mailURL+"/news/"), "."); len(first) != tokensMost || first[3] != fmt.Sprintf("%043d", 3) {
		t.Errorf("%q", first)
	}
	if second := strings.Split(strings.TrimPrefix(a.stops[1], mailURL+"/news/"), "."); len(second) != 2 {
		t.Errorf("%q", second)
	}
	if len(a.stops[0]) > 900 {
		t.Errorf("a link of %d characters has no room in a line of a mail's head", len(a.stops[0]))
	}
	if fmt.Sprint(b.stops) != fmt.Sprint([]string{link(100), "https://other.example/news/x", "none of ours"}) {
		t.Errorf("%q", b.stops)
	}
}

func TestDamagedRowsDoNotKeepOthersClosed(t *testing.T) {
	to, id := key(t)
	other, _ := key(t)
	var rows []string
	for i := range 6 {
		rows = append(rows, one(t, fmt.Sprintf("f%d@example.org", i), "en", link(i)))
	}
	rows = append(rows, "no JSON", `{"lang":"en"}`, strings.Repeat(" ", 3*plainSize)+rows[0])
	lines := strings.Split(strings.TrimSpace(string(sealedList(t, to, rows...))), "\n")
	flip := func(i, at int) {
		raw, err := base64.StdEncoding.DecodeString(lines[i])
		must(t, err)
		if at < 0 {
			at += len(raw)
		}
		raw[at] ^= 1
		lines[i] = base64.StdEncoding.EncodeToString(raw)
	}
	flip(1, 30)
	flip(2, -1)
	lines[3] = lines[3][:100]
	lines[4] = "# " + lines[4]
	foreign := strings.Split(string(sealedList(t, other, rows[0])), "\n")[1]
	lines[5] = foreign
	l, err := Open(strings.NewReader(strings.Join(lines, "\r\n")), id)
	must(t, err)
	if l.Rows != 9 || l.Addresses() != 1 || fmt.Sprint(l.Closed) != "[2 3 4 5 6 8 9 10]" || l.Cut {
		t.Errorf("%+v", l)
	}
	for name, cut := range map[string][]string{"without its end": lines[:10], "without a row": append(append([]string{}, lines[:7]...), lines[8:]...)} {
		if l, err := Open(strings.NewReader(strings.Join(cut, "\n")), id); err != nil || !l.Cut {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	for _, none := range []string{"", "\n", "name,address\n", strings.TrimSpace(fileMark) + "\n", fileMark + "\n", strings.Repeat("x", 2*lineMost), fileMark + "anna\n" + strings.Repeat("x", 2*lineMost)} {
		if l, err := Open(strings.NewReader(none), id); !errors.Is(err, ErrNotSealed) || l != nil && l.Addresses() > 0 {
			t.Errorf("%.30q: %+v, %v", none, l, err)
		}
	}
}

// What anyone may have sealed does nothing in a spreadsheet, and a reader of CSV finds three cells in each line.
func TestFormulas(t *testing.T) {
	to, id := key(t)
	for typed, want := range map[string]string{
		"anna@example.org":                    "anna@example.org",
		"=HYPERLINK(1)@example.org":           "'=HYPERLINK(1)@example.org",
		"+1@example.org":                      "'+1@example.org",
		"-1@example.org":                      "'-1@example.org",
		"@SUM(1)":                             "'@SUM(1)",
		"\t=1+1":                              "'=1+1",
		"\r=1+1":                              "'=1+1",
		"\n=1+1":                              "'=1+1",
		"  =1+1":                              "'=1+1",
		"\ufeff=1+1":                          "'=1+1",
		"\u200b=1+1":                          "'=1+1",
		"\u2028=1+1":                          "'=1+1",
		"\u00a0=1+1":                          "'=1+1",
		"\x00=1+1":                            "'=1+1",
		"＝1+1":                                "'＝1+1",
		"＠SUM(1)":                             "'＠SUM(1)",
		"a@b.de\",\"x\"\n\"=1+1":              "a@b.de\",\"x\" \"=1+1",
		"a@b.de\r\n=cmd|' /C calc'!A0,x@b.de": "a@b.de  =cmd|' /C calc'!A0,x@b.de",
		"a;=1+1;@b.de":                        "a;=1+1;@b.de", // in quotes as every cell is: no reader cuts it
		"a=b+c@example.org":                   "a=b+c@example.org",
		"'=1+1":                               "'=1+1",
		"анна@пример.рф":                      "анна@пример.рф",
		"\u202eanna@example.org":              "\u202eanna@example.org",
		"=":                                   "'=",
		"\t":                                  "",
	} {
		l, err := Open(bytes.NewReader(sealedList(t, to, one(t, typed, lang.Tag(typed), typed))), id)
		must(t, err)
		var out bytes.Buffer
		marked, err := l.CSV(&out)
		must(t, err)
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Errorf("%q: %q, %v", typed, rows, err)
			continue
		}
		for _, have := range rows[1] {
			if have != want {
				t.Errorf("%q is %q, want %q", typed, have, want)
			}
		}
		if wants := strings.HasPrefix(want, "'") && !strings.HasPrefix(typed, "'"); (marked == 3) != wants || marked != 0 && marked != 3 {
			t.Errorf("%q: %d cells were marked", typed, marked)
		}
	}
	var out bytes.Buffer
	l := &List{Entries: []Entry{{address: "a;=1@b.de", lang: "en", stops: []string{"x"}}}}
	if _, err := l.CSV(&out); err != nil || !strings.HasSuffix(out.String(), "\n\"a;=1@b.de\",\"en\",\"x\"\n") {
		t.Errorf("a cell without quotes: %s", out.String())
	}
}
