package archive

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/kernel/lang"
)

// Out and in again changes nothing, whatever stands in the cells; and no cell is one that a spreadsheet would run.
func TestTablesGoRound(t *testing.T) {
	for seed := int64(0); seed < 300; seed += 5 {
		f := casetest.File(seed)
		for _, name := range Table("").Known() {
			out, err := WriteTable(f, Table(name))
			if err != nil {
				t.Fatal(err)
			}
			taken, err := ReadTable(f, Table(name), bytes.NewReader(out))
			if err != nil {
				t.Fatalf("seed %d, %s: %v\n%s", seed, name, err, out)
			}
			if d := casefile.Diff(f, taken.File); len(d) > 0 || taken.Added+taken.Changed > 0 {
				t.Errorf("seed %d, %s: %d added, %d changed: %v", seed, name, taken.Added, taken.Changed, d)
			}
			rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out, []byte("\ufeff")))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, cells := range rows {
				for _, c := range cells {
					if c != "" && strings.ContainsRune("=+-@＝＋－＠\t\r\n", []rune(c)[0]) {
						t.Errorf("seed %d: a spreadsheet would run %q", seed, c)
					}
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}

// Into a case from which all was taken that fits into cells, a table brings all of it back.
func TestTablesCarryWhatFits(t *testing.T) {
	carried := 0
	for seed := int64(1); seed < 300; seed += 5 {
		f := casetest.File(seed)
		out, err := WriteTable(f, "events")
		if err != nil {
			t.Fatal(err)
		}
		bare := casetest.File(seed)
		for i, e := range bare.Events {
			bare.Events[i] = casefile.Event{ID: e.ID, Evidence: e.Evidence, Charge: e.Charge, Requested: e.Requested, Sentence: e.Sentence, Effects: e.Effects, Claims: e.Claims}
		}
		taken, err := ReadTable(bare, "events", bytes.NewReader(out))
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, out)
		}
		if d := casefile.Diff(f, taken.File); len(d) > 0 {
			t.Fatalf("seed %d: %v", seed, d)
		}
		carried += taken.Changed
	}
	if carried < 300 {
		t.Errorf("only %d events were carried", carried)
	}
}

func small() *casefile.File {
	return &casefile.File{
		Campaign: casefile.Campaign{Slug: "a", Languages: []lang.Tag{"en", "ru"}, RunBy: casefile.Text{"en": "A"}, Contact: "a@b.example"},
		Person:   casefile.Person{Names: []casefile.Name{{Text: "Anna", Lang: "en"}}},
		Case:     casefile.Case{Slug: "anna", Title: casefile.Text{"en": "Release Anna"}},
		Sources:  []casefile.Source{{ID: "paper", Kind: "independent_media", Publisher: casefile.Text{"en": "A Paper"}, Published: casefile.On(2024, 3, 1)}},
		Events: []casefile.Event{{ID: "arrest", Kind: casefile.Detention, Nature: casefile.NatureEvent, When: casefile.On(2024, 2, 3), Source: "paper", What: casefile.Text{"en": "Held", "ru": "Задержали"},
			Claims: []casefile.Claim{{Field: "place", What: casefile.Text{"en": "Elsewhere"}, Source: "paper", Status: casefile.Reported}}}},
	}
}

func read(t *testing.T, f *casefile.File, table Table, text string) *casefile.File {
	t.Helper()
	taken, err := ReadTable(f, table, strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s:\n%v", text, err)
	}
	return taken.File
}

// A column that is not there leaves what the case has, and so does a language without a column; an empty cell takes out; a new id is a new event.
func TestReadTableChangesWhatItNames(t *testing.T) {
	f := read(t, small(), "events", "id,what__ru,when,when::precision,kind,nature,source,cities__en\n"+
		"arrest,,2024-02-01,month,detention,event,paper,\n"+
		"meeting,Сход,2024-03-01:2024-04-02,day~month,action::picket,event,paper,Paris|a \\| b| Rome \n")
	e, m := f.Event("arrest"), f.Event("meeting")
	if e.What["en"] != "Held" || e.What["ru"] != "" || e.When.String() != "2024-02" || len(e.Claims) != 1 {
		t.Errorf("%+v", e)
	}
	if m.Kind != casefile.Picket || m.When.String() != "2024-03-01/2024-04" || len(m.Cities) != 3 || m.Cities[1]["en"] != "a | b" || m.Cities[2]["en"] != "Rome" {
		t.Errorf("%+v", m)
	}
	if small().Event("arrest").What["ru"] == "" || len(small().Events) != 1 {
		t.Error("the case that was given was changed")
	}
	// Semicolons and tabs, days as spreadsheets turn them, a column without a language, a guarded cell, a label.
	f = read(t, small(), "events", "id;kind;nature;source;when;what\nx;context;event;paper;25.07.2023;'=1+1\n")
	if x := f.Event("x"); x.When.String() != "2023-07-25" || x.What["en"] != "=1+1" {
		t.Errorf("%+v", x)
	}
	f = read(t, small(), "sources", "id\tkind\tpublisher\tpublished\turl\npost\tsocial_post\tIt's me\t2023\tA | label|https://post.example/a|b\n")
	if s := f.Source("post"); s.URL != "https://post.example/a|b" || s.Published.String() != "2023" || s.Publisher["en"] != "It's me" {
		t.Errorf("%+v", s)
	}
	f = read(t, small(), "positions", "row,org,stance,source,observed,observed::precision\n,A Union,joined,paper,2023~2024,year\n")
	f = read(t, f, "positions", "row,org__ru,stance\n1,Профсоюз,endorsed\n,A Party,\n"[:len("row,org__ru,stance\n1,Профсоюз,endorsed\n")])
	if p := f.Positions; len(p) != 1 || p[0].Stance != "endorsed" || p[0].Org["en"] != "A Union" || p[0].Org["ru"] != "Профсоюз" || p[0].Observed.String() != "2023/2024" {
		t.Errorf("%+v", p)
	}
	f = read(t, small(), "institutions", "id,kind,name,geo\nsizo,remand_prison,A prison,\"61.67|50,8\"\n")
	if g := f.Institution("sizo").Geo; g.Lat != 6167 || g.Lon != 5080 {
		t.Errorf("%+v", g)
	}
}

// All that is wrong is told at once, by the rows that a spreadsheet shows.
func TestReadTableNamesRows(t *testing.T) {
	for _, x := range []struct {
		table Table
		text  string
		want  string
	}{
		{"events", "", "1:1: the table is empty; its first row names the columns"},
		{"events", "id,kind,wat\n", "1:3: wat: there is no such column; docs/archive.md lists those that there are. Take it out, or call it otherwise"},
		{"events", "kind\n", "1:1: id: the column id is missing: by it a row is found again"},
		{"events", "id,id\n", "1:2: id: this column stands twice; keep one"},
		{"events", "id,what__\n", "1:2: what__: there is no such column; docs/archive.md lists those that there are. Take it out, or call it otherwise"},
		{"events", "id,when\n,2024\narrest,7/25/2023\n\narrest,2024\n", "2:1: id: missing; write a short word, by which this row is found again\n" +
			`3:2: when: "7/25/2023" is not a date; write 2023-07-25, 2023-07 or 2023, a range as 2023-07-25~2023-08-01; a spreadsheet may have turned it round` + "\n4:1: id: row 3 is of the same; keep one"},
		{"events", "id,when,when::precision\narrest,2024,day\nb,2024,week\n", "2:2: when: \"2024\" has no day\n3:2: when: \"week\" is no precision; write day, month, year or unknown, with after, before or about in front"},
		{"events", "id,kind,nature,when,source\n\"new\nline\",context,event,2024,paper\nb,contxt,event,2024,papr\n", "2:1: id: write small letters a to z, digits and single hyphens, 60 at most\n" +
			"3:1: kind: \"contxt\" is not a word for this; did you mean \"context\"?\n3:1: source: there is no source \"papr\" in this file; did you mean \"paper\"?"},
		{"positions", "row,org,stance\n2,A,joined\n", `2:1: row: "2" is no number of a line that there is; leave it empty for a new one`},
		{"institutions", "id,geo\na,55.7558|37.6173\n", `2:2: geo: "55.7558|37.6173" is no place of a city; write lat|lon with two decimals, such as 55.76|37.62: finer is not kept`},
		{"events", "id,what\na,\"x\" y\n", "2:1: this is not CSV: a cell with a quote in it stands in quotes, the quote doubled"},
		{"events", "id,what\na,\xff\n", "1:1: this is not UTF-8; save the table as CSV UTF-8"},
	} {
		_, err := ReadTable(small(), x.table, strings.NewReader(x.text))
		var p casefile.Problems
		if !errors.As(err, &p) || err.Error() != x.want {
			t.Errorf("%q:\n%v\nwant\n%s", x.text, err, x.want)
		}
	}
}

// What is guarded comes back, and what looks guarded and is not stays.
func TestGuard(t *testing.T) {
	for _, s := range []string{"", "a", "'", "''", "'t Hooft", "=1", "'=1", "''=1", "'''", "-", "@x", "+7", "\t", "＝x", "'＝x", "a=1", "'a", "''a"} {
		if have := unguard(guard(s)); have != s {
			t.Errorf("%q comes back as %q", s, have)
		}
	}
}

func TestDates(t *testing.T) {
	for _, s := range []string{"unknown", "2023", "2023-07", "2023-07-25", "about 2023-07", "unknown_after 2023-07-25", "unknown_before 2023", "2023/2024-02", "2023-07-25/2023-08-01", "2023-07/2023-09-02"} {
		value, worth := dated(s)
		have, err := undated(value, worth)
		if err != nil || have != s {
			t.Errorf("%s is %q, %q and comes back as %q, %v", s, value, worth, have, err)
		}
		if strings.Contains(value, "/") || value != "" && len(value) != 4 && len(value) != 10 && !strings.Contains(value, "~") {
			t.Errorf("no spreadsheet takes %q for a day or a year", value)
		}
	}
}

// Every field of the model has its columns, or is one of those that are told not to have any.
func TestColumnsCoverTheModel(t *testing.T) {
	var list []string
	for _, x := range fields(tables["events"], nil) {
		list = append(list, x.name)
	}
	for _, want := range []string{"id", "when", "after", "kind", "what", "actor::role", "actor::name", "count::value", "amount::minor", "charge::law::article", "retracted::why", "cities", "note"} {
		if !slices.Contains(list, want) {
			t.Errorf("no column %s among %s", want, list)
		}
	}
	for _, without := range []string{"claims", "evidence", "requested", "sentence", "effects", "charge::most"} {
		if slices.ContainsFunc(list, func(name string) bool { return strings.HasPrefix(name, without) }) {
			t.Errorf("%s has a column", without)
		}
	}
	if fmt.Sprint(Table("").Known()) == "" || len(tables) != len(Table("").Known()) {
		t.Error("a table is not told")
	}
}
