package letter_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// listedNames are the names on the public list, sorted.
func listedNames(t testing.TB, s *lettertest.Site) (list []string) {
	t.Helper()
	p, err := s.Book.Names(t.Context(), s.Letter.ID, "en", 1)
	lettertest.Must(t, err)
	for _, n := range append(p.Prominent, p.Names...) {
		list = append(list, n.Name.Name)
	}
	slices.Sort(list)
	return list
}

// auditedNames holds names against the log, and the log against its rules.
func auditedNames(t testing.TB, s *lettertest.Site) *receipt.Tally {
	t.Helper()
	tally := verified(t, s)
	lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error { return s.Book.AuditNames(tx, tally) }))
	return tally
}

func showName(t testing.TB, s *lettertest.Site, c letter.Counted, name string) {
	t.Helper()
	_, err := s.Book.Show(t.Context(), c.Secret, name, "")
	lettertest.Must(t, err)
}

func hideName(t testing.TB, s *lettertest.Site, c letter.Counted) {
	t.Helper()
	_, err := s.Book.Hide(t.Context(), c.Secret)
	lettertest.Must(t, err)
}

// A name is shown when its entry is in the log and counted, not before; hidden, it is gone at once.
func TestShowAndHide(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		lock := mine(t, s, c).Lock
		_, err := s.Book.Show(t.Context(), c.Secret, "  Anna\u202e Orlova ", "Poet")
		lettertest.Must(t, err)
		n, shown, found, err := s.Book.Shown(t.Context(), lock)
		if n != (letter.Name{Name: "Anna Orlova", Affiliation: "Poet"}) || shown || !found || err != nil || len(listedNames(t, s)) != 0 {
			t.Fatal(n, shown, found, err)
		}
		auditedNames(t, s)
		if s.Clock.Add(11 * time.Minute); s.Grow(t) != 2 {
			t.Fatal("the name did not leave with its signature")
		}
		if _, shown, _, _ = s.Book.Shown(t.Context(), lock); !shown || !slices.Equal(listedNames(t, s), []string{"Anna Orlova"}) {
			t.Fatal(listedNames(t, s))
		}
		tally := auditedNames(t, s)
		if st, _ := tally.Standing(lock); !st.Shown {
			t.Fatal("the log does not say that a name is shown")
		}
		// Sent again it is as it was; by a later link it is the same name.
		s.Clock.Add(time.Minute)
		c = s.Sign(t, "anna@example.org")
		_, err = s.Book.Show(t.Context(), c.Secret, "Anna Orlova", "Poet")
		lettertest.Must(t, err)
		if s.GrowAll(t) != 0 {
			t.Fatal("the same name again is another entry")
		}
		hideName(t, s, c)
		if _, _, found, _ := s.Book.Shown(t.Context(), lock); found || len(listedNames(t, s)) != 0 {
			t.Fatal("a hidden name stays")
		}
		for _, table := range []string{"letter_name", "letter_word", "letter_prominent"} {
			if n := number(t, s, "SELECT count(*) FROM "+table); n != 0 {
				t.Errorf("%s keeps %d rows of a hidden name", table, n)
			}
		}
		hideName(t, s, c)
		if s.GrowAll(t) != 1 {
			t.Fatal("hiding twice is not hiding once")
		}
		if st, _ := auditedNames(t, s).Standing(lock); st.Shown || !st.Counted {
			t.Fatal("the log still says that a name is shown")
		}
		if got, want := kinds(s.Entries(t)), []receipt.Type{receipt.TypeText, receipt.TypeSign, receipt.TypeShow, receipt.TypeHide}; !slices.Equal(got, want) {
			t.Fatal(got)
		}
	})
}

// What was never in the log need not be taken out of it; of several words on a name that wait, the last one goes.
func TestOneWordOnANameWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		before, then []string // what is done, and then in the log; what is done while it all waits: a name is shown, "" hides
		entries      []receipt.Type
		shown        string
	}{
		"shown and hidden":             {nil, []string{"Anna", ""}, nil, ""},
		"changed twice":                {nil, []string{"Anna", "Vera", "Zoya"}, []receipt.Type{receipt.TypeShow}, "Zoya"},
		"changed":                      {[]string{"Anna"}, []string{"Vera"}, []receipt.Type{receipt.TypeShow}, "Vera"},
		"changed and hidden":           {[]string{"Anna"}, []string{"Vera", ""}, []receipt.Type{receipt.TypeHide}, ""},
		"changed twice and hidden":     {[]string{"Anna"}, []string{"Vera", "Zoya", ""}, []receipt.Type{receipt.TypeHide}, ""},
		"hidden and shown":             {[]string{"Anna"}, []string{"", "Vera"}, []receipt.Type{receipt.TypeShow}, "Vera"},
		"hidden, shown, hidden":        {[]string{"Anna"}, []string{"", "Vera", ""}, []receipt.Type{receipt.TypeHide}, ""},
		"hidden and the same shown":    {[]string{"Anna"}, []string{"", "Anna"}, []receipt.Type{receipt.TypeShow}, "Anna"},
		"hidden for long, shown":       {[]string{"Anna", ""}, []string{"Vera"}, []receipt.Type{receipt.TypeShow}, "Vera"},
		"hidden for long, shown twice": {[]string{"Anna", ""}, []string{"Vera", "", "Zoya", ""}, nil, ""},
		"there and back":               {[]string{"Anna"}, []string{"Vera", "Anna"}, []receipt.Type{receipt.TypeShow}, "Anna"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
				c := s.Sign(t, "anna@example.org")
				s.GrowAll(t)
				do := func(name string) {
					if name == "" {
						hideName(t, s, c)
					} else {
						showName(t, s, c, name)
					}
					auditedNames(t, s)
				}
				for _, name := range tc.before {
					do(name)
					s.GrowAll(t)
				}
				before := len(s.Entries(t))
				for _, name := range tc.then {
					do(name)
				}
				s.GrowAll(t)
				if got := kinds(s.Entries(t)[before:]); !slices.Equal(got, tc.entries) {
					t.Errorf("the log has %v, want %v", got, tc.entries)
				}
				list := listedNames(t, s)
				if tc.shown == "" && len(list) > 0 || tc.shown != "" && !slices.Equal(list, []string{tc.shown}) {
					t.Errorf("%q are shown, want %q", list, tc.shown)
				}
				if st, _ := auditedNames(t, s).Standing(mine(t, s, c).Lock); st.Shown != (tc.shown != "") {
					t.Error("the log says otherwise")
				}
			})
		})
	}
}

// Who has withdrawn, or was struck off, shows no name; where the organisers wish no names, nobody does.
func TestWhoMayNotShow(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		_, err := s.Book.Show(t.Context(), c.Secret, "", "")
		refused(t, err, fault.Invalid, "fault.name.missing")
		stranger, _ := letter.ParseSecret("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
		_, err = s.Book.Show(t.Context(), stranger, "Anna", "")
		refused(t, err, fault.NotFound, "fault.link.none")
		_, err = s.Book.Hide(t.Context(), stranger)
		refused(t, err, fault.NotFound, "fault.link.none")
		showName(t, s, c, "Anna")
		s.Grow(t)
		lock := mine(t, s, c).Lock
		r, err := s.Book.Remove(t.Context(), s.Letter.ID, letter.Rule{Lock: &lock}, receipt.Automated, "made by a program", "moderator", nil)
		lettertest.Must(t, err)
		if len(listedNames(t, s)) != 0 {
			t.Fatal("a struck-off name is shown")
		}
		_, err = s.Book.Show(t.Context(), c.Secret, "Vera", "")
		refused(t, err, fault.Gone, "fault.name.ended")
		s.GrowAll(t)
		_, _, err = s.Book.Restore(t.Context(), r.ID)
		lettertest.Must(t, err)
		s.GrowAll(t)
		if !slices.Equal(listedNames(t, s), []string{"Anna"}) {
			t.Fatal("a signature that was put back has lost its name")
		}
		f := lettertest.File()
		f.Pace, f.NoNames = letter.Immediate, true
		s.Letter = s.Apply(t, f)
		_, err = s.Book.Show(t.Context(), c.Secret, "Vera", "")
		refused(t, err, fault.Refused, "fault.name.off")
		if found, err := s.Book.FindNames(t.Context(), s.Letter.ID, "anna", "en"); len(listedNames(t, s)) != 0 || len(found.Names) != 0 || err != nil {
			t.Fatal("a letter that shows no names shows one", err)
		}
		hideName(t, s, c)
		_, err = s.Book.Withdraw(t.Context(), c.Secret)
		lettertest.Must(t, err)
		f.NoNames = false
		s.Letter = s.Apply(t, f)
		if _, err = s.Book.Show(t.Context(), c.Secret, "Vera", ""); fault.Of(err) == nil {
			t.Fatal("who has withdrawn shows a name")
		}
		s.GrowAll(t)
		auditedNames(t, s)
	})
}

// The committee hides a name, and puts a checked one first until it changes.
func TestTheDesksHand(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		c := s.Sign(t, "anna@example.org")
		lock := mine(t, s, c).Lock
		_, err := s.Book.HideByDesk(t.Context(), lock, "moderator")
		refused(t, err, fault.NotFound, "fault.name.none")
		showName(t, s, c, "Anna")
		s.GrowAll(t)
		err = s.Book.Prominent(t.Context(), lock, letter.Name{Name: "Anna"}, "editor", "met her")
		lettertest.Must(t, err)
		p, err := s.Book.Names(t.Context(), s.Letter.ID, "en", 1)
		if err != nil || len(p.Prominent) != 1 || p.Prominent[0].Note != "met her" || len(p.Names) != 0 || p.Total != 1 || p.Counted != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		auditedNames(t, s)
		showName(t, s, c, "The President")
		s.GrowAll(t)
		if p, err = s.Book.Names(t.Context(), s.Letter.ID, "en", 1); err != nil || len(p.Prominent) != 0 || len(p.Names) != 1 {
			t.Fatalf("a name that nobody checked stands as checked: %+v, %v", p, err)
		}
		_, err = s.Book.HideByDesk(t.Context(), lock, "")
		refused(t, err, fault.Invalid, "fault.name.role")
		n, err := s.Book.HideByDesk(t.Context(), lock, "moderator")
		if err != nil || n.Name != "The President" || len(listedNames(t, s)) != 0 {
			t.Fatal(n, err)
		}
		if s.Grow(t) != 1 {
			t.Fatal("it waits for company")
		}
		if st, _ := auditedNames(t, s).Standing(lock); st.Shown || !st.Counted {
			t.Fatalf("%+v", st)
		}
	})
}

// The audit finds a name that was exchanged, one without its entry, and an entry without its name.
func TestAuditOfNames(t *testing.T) {
	for name, tc := range map[string]string{
		"another name":          "UPDATE letter_name SET name = 'Vera' WHERE lock = $1",
		"another affiliation":   "UPDATE letter_name SET affiliation = 'Minister' WHERE lock = $1",
		"another salt":          "UPDATE letter_name SET salt = name_salt WHERE lock = $1",
		"another entry":         "UPDATE letter_name SET idx = 1 WHERE lock = $1",
		"an entry past the end": "UPDATE letter_name SET idx = 1000 WHERE lock = $1",
		"waits for nothing":     "UPDATE letter_name SET idx = NULL WHERE lock = $1",
		"another letter":        "UPDATE letter_name SET letter = lock WHERE lock = $1",
		"struck off, it says":   "UPDATE letter_name SET removed = 1 WHERE lock = $1",
		"the name is gone":      "DELETE FROM letter_name WHERE lock = $1",
		"no signature":          "DELETE FROM letter_signature WHERE lock = $1",
		"withdrawn":             "UPDATE letter_signature SET state = 'withdrawn' WHERE lock = $1",
	} {
		t.Run(name, func(t *testing.T) {
			each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
				c := s.Sign(t, "anna@example.org")
				lock := mine(t, s, c).Lock
				showName(t, s, c, "Anna Orlova")
				s.Grow(t)
				tally := auditedNames(t, s)
				args := []any{lock[:]}
				if name == "another salt" {
					tc, args = "UPDATE letter_name SET salt = $2 WHERE lock = $1", []any{lock[:], lock[:]}
				}
				exec(t, s, tc, args...)
				err := s.DB.View(t.Context(), func(tx *db.Tx) error { return s.Book.AuditNames(tx, tally) })
				if err == nil {
					t.Fatal("nothing was found")
				}
				t.Log(err)
			})
		})
	}
}

// What is derived of names is not the log's: a server starts whatever it is, and makes it anew; what is left of a name that is gone is deleted.
func TestNamesAreRenewed(t *testing.T) {
	for name, spoil := range map[string]string{ // with the lock, and some with another 32 bytes
		"no words":                "DELETE FROM letter_word WHERE lock = $1",
		"a word too few":          "DELETE FROM letter_word WHERE lock = $1 AND word IN (SELECT word FROM letter_word ORDER BY word LIMIT 1)",
		"a word too many":         "INSERT INTO letter_word (lock, word) VALUES ($1, $2)",
		"another script":          "UPDATE letter_name SET script = 'Zyyy' WHERE lock = $1",
		"another place":           "UPDATE letter_name SET sort_key = $2 WHERE lock = $1",
		"words of nobody":         "INSERT INTO letter_word (lock, word) SELECT $2, word FROM letter_word WHERE lock = $1",
		"nobody is checked":       "INSERT INTO letter_prominent (lock, checked_by_role, note) SELECT $2, checked_by_role, note FROM letter_prominent WHERE lock = $1",
		"all is as it was before": "",
	} {
		t.Run(name, func(t *testing.T) {
			each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
				c := s.Sign(t, "anna@example.org")
				lock := mine(t, s, c).Lock
				showName(t, s, c, "Anna Orlova")
				s.Grow(t)
				lettertest.Must(t, s.Book.Prominent(t.Context(), lock, letter.Name{Name: "Anna Orlova"}, "editor", "met her"))
				before := tables(t, s)
				want := 0
				if spoil != "" {
					args := []any{lock[:]}
					if strings.Contains(spoil, "$2") {
						args = append(args, make([]byte, 32))
					}
					exec(t, s, spoil, args...)
					want = 1
					if slices.Equal(tables(t, s), before) {
						t.Fatal("nothing is spoilt")
					}
				}
				other := s.Again(t)
				lettertest.Must(t, other.Book.Start(t.Context()))
				for _, want := range []int{want, 0} {
					if n, err := other.Book.RenewNames(t.Context()); n != want || err != nil {
						t.Fatalf("%d are made anew, %v; want %d", n, err, want)
					}
					if !slices.Equal(tables(t, s), before) {
						t.Fatal("it is not as it was")
					}
				}
				if f, err := s.Book.FindNames(t.Context(), s.Letter.ID, "orlova anna", "en"); err != nil || len(f.Names) != 1 || !f.Names[0].Prominent() {
					t.Fatal(f, err)
				}
			})
		})
	}
}

// Many names at once, by two processes.
func TestManyNamesAreRenewed(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		listed(t, s, bearing(50)[:450])
		before := tables(t, s)
		exec(t, s, "DELETE FROM letter_word")
		other := s.Again(t)
		together(t, 2, func(i int) error {
			_, err := []*letter.Book{s.Book, other.Book}[i].RenewNames(t.Context())
			return err
		})
		if !slices.Equal(tables(t, s), before) {
			t.Fatal("they are not as they were")
		}
	})
}

// A name is marked as checked only if it is the one that was looked at, also when its signer changes it or withdraws at that moment.
func TestProminentWaitsForItsSigner(t *testing.T) {
	for name, tc := range map[string]struct {
		to   letter.Name
		says func(error) bool
		mark int64
	}{
		"withdrawn": {letter.Name{}, func(err error) bool { return fault.Is(err, fault.NotFound) }, 0},
		"changed":   {letter.Name{Name: "The President"}, func(err error) bool { return errors.Is(err, letter.ErrOtherName) }, 0},
		"the same":  {letter.Name{Name: "Anna"}, func(err error) bool { return err == nil }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
				c := s.Sign(t, "anna@example.org")
				lock := mine(t, s, c).Lock
				showName(t, s, c, "Anna")
				s.Grow(t)
				other, done := s.Again(t), make(chan error, 1)
				lettertest.Must(t, s.DB.Update(t.Context(), func(tx *db.Tx) error {
					if err := s.Book.Rename(tx, s.Letter.ID, lock, tc.to); err != nil {
						return err
					}
					go func() {
						done <- other.Book.Prominent(t.Context(), lock, letter.Name{Name: "Anna"}, "editor", "met her")
					}()
					select {
					case err := <-done:
						return fmt.Errorf("it did not wait: %w", err)
					case <-time.After(200 * time.Millisecond):
						return nil
					}
				}))
				if err := <-done; !tc.says(err) {
					t.Error(err)
				}
				if n := number(t, s, "SELECT count(*) FROM letter_prominent"); n != tc.mark {
					t.Errorf("%d names are marked as checked, want %d", n, tc.mark)
				}
			})
		})
	}
}

// The page says how many of those who stand first in the letter's count show a name: held ones are in neither number until they are released.
func TestNamesOfHeldSigners(t *testing.T) {
	each(t, crowded(), func(t *testing.T, s *lettertest.Site) {
		h := served(t, s, nil)
		for i := range 5 {
			c := s.Sign(t, fmt.Sprintf("p%d@office.example", i))
			if c.Held != (i > 2) {
				t.Fatal(i, c.Held)
			}
			if i != 1 && i != 4 {
				showName(t, s, c, fmt.Sprintf("Anna %d", i))
			}
		}
		says := func(shown int, counted int64) {
			t.Helper()
			for s.GrowAll(t) > 0 {
			}
			s.Clock.Add(time.Minute)
			p, err := s.Book.Names(t.Context(), s.Letter.ID, "en", 1)
			if err != nil || p.Total != 3 || len(p.Names) != 3 || p.Shown != shown || p.Counted != counted {
				t.Errorf("%d listed, %d of %d, %v; want %d of %d", p.Total, p.Shown, p.Counted, err, shown, counted)
			}
			if text := textOf(parsedPage(t, get(h, listPath))); !strings.Contains(text, fmt.Sprintf("%d of %d signers", shown, counted)) {
				t.Error(text)
			}
		}
		says(2, 3)
		lettertest.Must(t, s.Book.Rehearse(t.Context(), s.Letter, 2, nil))
		says(2, 5)
		_, _, err := s.Book.Release(t.Context(), s.Letter.ID, letter.Rule{}, nil)
		lettertest.Must(t, err)
		says(3, 7)
	})
}

// nameWalk is a site on which anything is done in any order, and what it should come to.
type nameWalk struct {
	*lettertest.Site
	r       *rand.Rand
	bearers []*bearer
	did     []string
}

type bearer struct {
	address  string
	link     letter.Counted
	lock     receipt.Lock
	name     string // that it shows, or will once what waits is in the log
	removals []letter.RemovalID
	struck   bool
}

// Whatever is done in whatever order, once everything is in the log it says of each name what the list shows, and what its bearer wished last.
func TestNamesInAnyOrder(t *testing.T) {
	steps, seed := 120, uint64(time.Now().UnixNano())
	if os.Getenv("OUTCRY_PROVE") != "" {
		steps = 3000
	}
	each(t, lettertest.Options{Budgets: manyOfOneDomain()}, func(t *testing.T, s *lettertest.Site) {
		x := &nameWalk{Site: s, r: rand.New(rand.NewPCG(seed, 1))}
		defer func() {
			if t.Failed() {
				t.Logf("seed %d, last: %q", seed, x.did[max(0, len(x.did)-40):])
			}
		}()
		for range steps {
			x.step(t)
			if x.r.IntN(5) == 0 {
				x.settle(t)
			}
		}
		x.settle(t)
		lettertest.Must(t, s.Again(t).Book.Start(t.Context()))
	})
}

func manyOfOneDomain() letter.Budgets {
	b := letter.Usual()
	b.DomainHour = 1 << 30
	return b
}

func (x *nameWalk) step(t *testing.T) {
	ctx := t.Context()
	if len(x.bearers) < 3 {
		w := &bearer{address: fmt.Sprintf("anna%d@example.org", len(x.did))}
		w.link = x.Sign(t, w.address)
		w.lock = mine(t, x.Site, w.link).Lock
		x.bearers = append(x.bearers, w)
		x.did = append(x.did, "sign")
		return
	}
	w := x.bearers[x.r.IntN(len(x.bearers))]
	what := x.r.IntN(12)
	x.did = append(x.did, fmt.Sprint(what, " ", w.lock.String()[:4]))
	switch what {
	case 0, 1, 2, 3:
		name := []string{"Anna", "Vera", "Zoya"}[x.r.IntN(3)]
		_, err := x.Book.Show(ctx, w.link.Secret, name, "")
		if w.struck {
			refused(t, err, fault.Gone, "fault.name.ended")
			return
		}
		lettertest.Must(t, err)
		w.name = name
	case 4, 5:
		hideName(t, x.Site, w.link)
		w.name = ""
	case 6:
		_, err := x.Book.HideByDesk(ctx, w.lock, "moderator")
		if (w.name == "") != fault.Is(err, fault.NotFound) || w.name != "" && err != nil {
			t.Fatal(w.name, err)
		}
		w.name = ""
	case 7:
		err := x.Book.Prominent(ctx, w.lock, letter.Name{Name: w.name}, "editor", "met her")
		if (w.name == "") != fault.Is(err, fault.NotFound) || w.name != "" && err != nil {
			t.Fatal(w.name, err)
		}
	case 8:
		if x.r.IntN(3) > 0 {
			return
		}
		_, err := x.Book.Withdraw(ctx, w.link.Secret)
		lettertest.Must(t, err)
		x.bearers = slices.DeleteFunc(x.bearers, func(o *bearer) bool { return o == w })
	case 9:
		r, err := x.remove(ctx, w)
		if err == nil {
			w.struck, w.removals = true, append(w.removals, r.ID)
		}
	case 10:
		if len(w.removals) > 0 {
			_, _, err := x.Book.Restore(ctx, w.removals[len(w.removals)-1])
			lettertest.Must(t, err)
			w.struck = false
		}
	case 11:
		x.Clock.Add(time.Duration(x.r.IntN(7)) * time.Minute)
		x.Grow(t)
	}
	auditedNames(t, x.Site)
}

func (x *nameWalk) remove(ctx context.Context, w *bearer) (letter.Removal, error) {
	return x.Book.Remove(ctx, x.Letter.ID, letter.Rule{Lock: &w.lock}, receipt.Automated, "made by a program", "moderator", nil)
}

// settle takes everything into the log, and looks.
func (x *nameWalk) settle(t *testing.T) {
	t.Helper()
	for x.GrowAll(t) > 0 {
	}
	tally := auditedNames(t, x.Site)
	want := map[string]int{}
	for _, w := range x.bearers {
		st, ok := tally.Standing(w.lock)
		n, shown, found, err := x.Book.Shown(t.Context(), w.lock)
		if !ok || err != nil || st.Shown != found || shown != (found && st.Counted) || n.Name != w.name || st.Counted == w.struck {
			t.Fatalf("%s: wished %q, struck off %t; there is %q, visible %t; the log says %+v; %v", w.lock, w.name, w.struck, n.Name, shown, st, err)
		}
		if shown {
			want[n.Name]++
		}
	}
	got := map[string]int{}
	for _, n := range listedNames(t, x.Site) {
		got[n]++
	}
	if !maps.Equal(got, want) {
		t.Fatalf("%v are listed, want %v", got, want)
	}
	if c, _ := tally.Letter(x.Letter.ID); int(c.Shown) != len(listedNames(t, x.Site)) {
		t.Fatalf("the log counts %d names", c.Shown)
	}
}
