package casefile

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
)

// act is an event in which an official is named, in two languages.
func act(visibility, source string, names ...string) string {
	lines := "  - id: raid\n    when: 2024-02-09\n    kind: search\n    nature: event\n    source: paper\n" + visibility
	if len(names) == 0 {
		return lines
	}
	return lines + "    actor: {role: judge, public_function: true, source: " + source + ", name: {en: " + names[0] + ", ru: " + names[len(names)-1] + "}}\n"
}

func TestNames(t *testing.T) {
	with := func(more string) *File { return must(t, open("")+more) }
	quiet := func(f *File) *File { f.Case.Publication.Level = Quiet; return f }
	withheld := func(f *File) *File { f.Case.State = Withheld; return f }
	named := with(act("", "paper", "Ivan Law", "Иван Закон"))
	for _, c := range []struct {
		what     string
		now, was *File
		want     string
	}{
		{"nothing was public", named, nil, "Ivan Law, Иван Закон"},
		{"nobody was named", named, with(act("", "paper")), "Ivan Law, Иван Закон"},
		{"the same", named, named, ""},
		{"in one more language", named, with(act("", "paper", "Ivan Law")), "Иван Закон"},
		{"somebody else beside", with(act("", "paper", "Ivan Law", "Pjotr Rule")), named, "Pjotr Rule"},
		{"kept in the team", with(act("    visibility: team\n", "paper", "Ivan Law")), nil, ""},
		{"was kept in the team", named, with(act("    visibility: team\n", "paper", "Ivan Law", "Иван Закон")), "Ivan Law, Иван Закон"},
		{"a draft that is quiet still", quiet(with(act("", "paper", "Ivan Law"))), nil, "Ivan Law"},
		{"was withheld", named, withheld(with(act("", "paper", "Ivan Law", "Иван Закон"))), "Ivan Law, Иван Закон"},
		{"nobody is named any more", with(act("", "paper")), named, ""},
	} {
		if got := c.now.NewNames(c.was); strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q", c.what, got)
		}
	}
	if !slices.Equal(named.Names(), []string{"Ivan Law", "Иван Закон"}) {
		t.Error("asking changed it")
	}
}

// What a publication took from the public for somebody's sake is not brought back by undoing it.
func TestUndoExposesNobody(t *testing.T) {
	consent := func(scope, more string) string {
		return "  publication:\n    level: public\n    consents:\n      - {giver: prisoner, scope: [" + scope + "], channel: {en: by letter}, date: 2024-02-01" + more + "}\n      - {giver: family, scope: [name], channel: {en: by letter}, date: 2024-02-01}\n"
	}
	base := func(consents, rest string) string {
		return strings.Replace(minimal, "  slug: anna\n", "  slug: anna\n"+consents, 1) + rest
	}
	for _, c := range []struct {
		what, before, after string
		refused             bool
	}{
		{"a name", base(consent("name", ""), act("", "paper", "Ivan Law")), base(consent("name", ""), act("", "paper")), true},
		{"a name that came", base(consent("name", ""), act("", "paper")), base(consent("name", ""), act("", "paper", "Ivan Law")), false},
		{"an event", base(consent("name", ""), act("", "paper")), base(consent("name", ""), act("    visibility: team\n", "paper")), true},
		{"a scope", base(consent("name, press", ""), ""), base(consent("name", ""), ""), true},
		{"a scope that came", base(consent("name", ""), ""), base(consent("name, press", ""), ""), false},
		{"words alone", base(consent("name", "")+"  summary: {en: One.}\n", ""), base(consent("name", "")+"  summary: {en: Two.}\n", ""), false},
	} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			ctx, now := context.Background(), time.Date(2024, 4, 1, 9, 0, 0, 0, time.UTC)
			b := New(Config{DB: d, Now: func() time.Time { return now }})
			for i, src := range []string{c.before, c.after} {
				if err := d.Update(ctx, func(tx *db.Tx) error {
					_, err := b.Publish(tx, must(t, src), string(rune('1'+i)), []byte{})
					return err
				}); err != nil {
					t.Fatalf("%s: %v", c.what, err)
				}
			}
			public, err := b.Shown(ctx, "anna")
			if err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			_, ok, err := b.Undoable(ctx, "anna")
			if err != nil || ok == c.refused {
				t.Errorf("%s: offered: %v %v", c.what, ok, err)
			}
			err = d.Update(ctx, func(tx *db.Tx) error { _, err := b.Undo(tx, "anna", "2"); return err })
			if c.refused != fault.Is(err, fault.Refused) || !c.refused && err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			if is, err := b.Shown(ctx, "anna"); c.refused && (err != nil || writeJSON(is) != writeJSON(public)) {
				t.Errorf("%s: the page is another one: %v", c.what, err)
			}
		})
	}
}
