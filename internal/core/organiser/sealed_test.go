package organiser

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
)

// newKey is a committee's key; a lasting one holds against a quantum computer.
func newKey(t testing.TB, lasting bool) (public string, id seal.Identity) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "committee.key")
	if lasting {
		to, err := seal.NewIdentityFile(path, someTime)
		must(t, err)
		public = to.String()
	} else {
		key, err := age.GenerateX25519Identity()
		must(t, err)
		must(t, os.WriteFile(path, []byte(key.String()), 0o600))
		public = key.Recipient().String()
	}
	id, err := seal.ReadIdentityFile(path)
	must(t, err)
	return public, id
}

// vault is a house with two committees, whose campaigns' keys a test changes, and all that was ever noted.
type vault struct {
	*house
	home, allies Session
	keys         map[string]string // by case: anna is the first committee's, boris the other one's
	written      map[string][]Entry
}

func openVault(t *testing.T, d *db.DB) *vault {
	t.Helper()
	v := &vault{house: open(t, d), keys: map[string]string{}, written: map[string][]Entry{}}
	v.Book.Recipients = func(*db.Tx) (map[string]string, error) { return v.keys, nil }
	v.home, v.allies = v.at(v.joins(Home, "Rowan", Lead).Token), v.at(v.joins("allies", "Birch", Lead).Token)
	must(t, d.Update(t.Context(), func(tx *db.Tx) error { return v.Hold(tx, "boris", v.allies.Committee) }))
	return v
}

// days lets days pass on which something is done in both committees, and the program sweeps.
func (v *vault) days(n int) {
	v.t.Helper()
	for range n {
		v.now = v.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).Add(9*time.Hour + 30*time.Minute)
		v.acts(v.home, "anna")
		v.acts(v.allies, "boris")
		must(v.t, v.Sweep(v.t.Context()))
	}
}

// acts notes two things, and what the trail then ends with.
func (v *vault) acts(s Session, slug string) {
	v.t.Helper()
	must(v.t, v.Noted(v.t.Context(), s, Look, slug))
	v.now = v.now.Add(time.Hour)
	must(v.t, v.Noted(v.t.Context(), s, Edit, slug+"/refused"))
	entries, _, err := v.Trail(v.t.Context(), s)
	must(v.t, err)
	have := v.written[s.Committee.ID]
	for _, e := range entries {
		if len(have) == 0 || e.N > have[len(have)-1].N {
			have = append(have, e)
		}
	}
	v.written[s.Committee.ID] = have
}

// file is what somebody downloads, of a day or of all.
func (v *vault) file(s Session, day string) string {
	v.t.Helper()
	var b bytes.Buffer
	must(v.t, v.WriteSealed(v.t.Context(), s, day, func() error { return nil }, &b))
	return b.String()
}

func (v *vault) opened(s Session, key seal.Identity) *Opened {
	v.t.Helper()
	o, err := OpenSealed(strings.NewReader(v.file(s, "")), key)
	must(v.t, err)
	return o
}

// whole holds that what is sealed and what is still in the clear are together what was ever noted, each once.
func (v *vault) whole(s Session, o *Opened) {
	v.t.Helper()
	if o.Wrong != nil || len(o.Gaps) > 0 || len(o.Closed) > 0 || len(o.Damaged) > 0 || o.Cut {
		v.t.Errorf("%v gaps %v closed %v damaged %v cut %v", o.Wrong, o.Gaps, o.Closed, o.Damaged, o.Cut)
	}
	entries, cuts, err := v.Trail(v.t.Context(), s)
	must(v.t, err)
	all := append(slices.Clone(o.Entries), entries...)
	if !slices.Equal(all, v.written[s.Committee.ID]) {
		v.t.Errorf("%d sealed and %d in the clear, %d were noted", len(o.Entries), len(entries), len(v.written[s.Committee.ID]))
	}
	for _, end := range o.Ends() {
		if !slices.Contains(cuts, end) {
			v.t.Errorf("the desk has no mark %v", end)
		}
	}
}

// hand changes the database past the program.
func (v *vault) hand(statement string, args ...any) {
	v.t.Helper()
	must(v.t, v.DB.Update(v.t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(statement, args...)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows changed", n)
		}
		return err
	}))
}

// A day older than thirty is sealed to the keys of its own committee's campaigns, opens with them alone, and is then every line that was noted, verified against the
// marks; on the server nothing of it can be read.
func TestOldDaysAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		anna, annas := newKey(t, true)
		boris, boriss := newKey(t, true)
		v.keys["anna"], v.keys["boris"], v.keys["vera"] = anna, boris, anna
		v.days(35)
		for _, c := range []struct {
			s          Session
			key, other seal.Identity
			public     string
		}{{v.home, annas, boriss, anna}, {v.allies, boriss, annas, boris}} {
			o := v.opened(c.s, c.key)
			v.whole(c.s, o)
			if len(o.Ends()) != 5 || o.Entries[0].N != 1 || o.Committee != c.s.Committee.ID {
				t.Errorf("%d days from %d on", len(o.Ends()), o.Entries[0].N)
			}
			if o := v.opened(c.s, c.other); len(o.Entries) > 0 || len(o.Closed) != 5 {
				t.Errorf("another committee's key opens %d entries", len(o.Entries))
			}
			to, err := seal.ParseRecipient(c.public)
			must(t, err)
			days, keys, err := v.Sealed(t.Context(), c.s)
			must(t, err)
			if len(days) != 5 || !slices.Equal(days[0].Keys, fingerprints([]seal.Recipient{to})) || !slices.Equal(keys, days[0].Keys) || days[0].Day != "2026-03-05" || days[4].Day != "2026-03-01" {
				t.Errorf("%+v %v", days, keys)
			}
			one, err := OpenSealed(strings.NewReader(v.file(c.s, "2026-03-03")), c.key)
			must(t, err)
			if ends := one.Ends(); one.Wrong != nil || len(ends) != 1 || ends[0].Day != "2026-03-03" {
				t.Errorf("a single day: %v %v", one.Wrong, ends)
			}
			var table bytes.Buffer
			must(t, o.CSV(&table))
			if text := table.String(); strings.Count(text, "\n") != len(o.Entries)+1 || !strings.Contains(text, fmt.Sprintf(`"4",%q,"lead","edit","%s/refused","%x"`+"\n", o.Entries[3].Hour.Format("2006-01-02 15:04Z"), o.Entries[2].Object, o.Entries[3].Hash)) {
				t.Errorf("%s", text)
			}
		}
		v.closedRows()
	})
}

// closedRows holds that nothing of what a box holds can be read in its row, and that boxes are equally long.
func (v *vault) closedRows() {
	v.t.Helper()
	rows, sizes := 0, map[int]bool{}
	must(v.t, v.DB.View(v.t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT committee, n, part, day, keys, box FROM organiser_trail_sealed`, nil, func(scan func(...any) error) error {
			var committee, day, keys string
			var n, part int64
			var box []byte
			err := scan(&committee, &n, &part, &day, &keys, &box)
			rows++
			sizes[len(box)] = true
			text := strings.Join([]string{day, keys, string(box)}, " ")
			for _, word := range []string{"anna", "boris", "lead", "look", "edit", "refused", "hour", "prev", committee} {
				if strings.Contains(text, word) {
					v.t.Errorf("%q stands in the row of %s", word, day)
				}
			}
			return err
		})
	}))
	if rows == 0 || len(sizes) != 1 {
		v.t.Errorf("%d rows of the sizes %v", rows, sizes)
	}
}

// Keys of both sorts, which age seals nothing to at once, each open every day; what doubles is told once.
func TestKeysOfBothSorts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		one, ones := newKey(t, true)
		two, twos := newKey(t, false)
		three, threes := newKey(t, true)
		v.keys["anna"], v.keys["vera"], v.keys["olga"], v.keys["damaged"] = one, two, three, one[:len(one)-1]
		v.days(33)
		for name, id := range map[string]seal.Identity{"one": ones, "two": twos, "three": threes} {
			v.whole(v.home, v.opened(v.home, id))
			if o := v.opened(v.home, id); o.Boxes != 6 {
				t.Errorf("%s: %d boxes", name, o.Boxes)
			}
		}
		if days, keys, err := v.Sealed(t.Context(), v.home); err != nil || len(days) != 3 || len(days[0].Keys) != 3 || len(keys) != 3 {
			t.Errorf("%+v %v %v", days, keys, err)
		}
		if days, keys, err := v.Sealed(t.Context(), v.allies); err != nil || len(days)+len(keys) > 0 {
			t.Errorf("a committee without a key has %v %v %v", days, keys, err)
		}
	})
}

// Without a key days are deleted, and their cuts stay; with one again they are sealed again, and what is missing between is told.
func TestDaysWithoutAKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		anna, annas := newKey(t, true)
		v.days(35)
		if days, _, err := v.Sealed(t.Context(), v.home); err != nil || len(days) > 0 {
			t.Fatalf("%v %v", days, err)
		}
		refused(t, "no day", v.WriteSealed(t.Context(), v.home, "", func() error { t.Error("it began"); return nil }, &bytes.Buffer{}), "fault.not_found")
		if entries, _, err := v.Trail(t.Context(), v.home); err != nil || entries[0].N <= 5 {
			t.Errorf("%v %v", entries[0], err)
		}
		v.keys["anna"] = anna
		v.days(3)
		delete(v.keys, "anna")
		v.days(2)
		v.keys["anna"] = anna
		v.days(2)
		o := v.opened(v.home, annas)
		if o.Wrong != nil || len(o.Ends()) != 5 || len(o.Gaps) != 1 || o.Gaps[0] != (Gap{o.Ends()[2].N + 1, o.Ends()[2].N + 4}) {
			t.Errorf("%v %v %v", o.Wrong, o.Ends(), o.Gaps)
		}
		refused(t, "a day that was deleted", v.WriteSealed(t.Context(), v.home, "2026-03-01", func() error { return nil }, &bytes.Buffer{}), "fault.not_found")
	})
}

// A sweep that is cut short loses nothing and doubles nothing, and the next one goes on; many at once, of several nodes, are as one. What can't be put away of one
// committee keeps no other's.
func TestSweepCutShort(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, c db.Config) {
		v := openVault(t, dbtest.Open(t, c))
		config := v.Book.Config
		config.DB = dbtest.Open(t, c)
		other := NewBook(config)
		anna, annas := newKey(t, true)
		boris, boriss := newKey(t, true)
		v.days(25) // nothing is old yet
		v.keys["anna"], v.keys["boris"] = anna, boris
		keys, away := v.Book.Recipients, errors.New("the keys can't be read")
		v.Book.Recipients = func(tx *db.Tx) (map[string]string, error) {
			n := 0
			if _, err := tx.One(`SELECT COUNT(*) FROM organiser_trail_sealed`).Scan(&n); err != nil || n == 14 {
				return nil, errors.Join(err, away)
			}
			return keys(tx)
		}
		v.now = v.now.AddDate(0, 0, 25)
		if err := v.Sweep(t.Context()); !errors.Is(err, away) {
			t.Fatalf("%v", err)
		}
		v.Book.Recipients = keys
		sealed := 0
		for _, s := range []Session{v.home, v.allies} {
			days, _, err := v.Sealed(t.Context(), s)
			must(t, err)
			sealed += len(days)
		}
		first, id := v.home, annas
		if days, _, err := v.Sealed(t.Context(), v.allies); err != nil || len(days) > 0 {
			first, id = v.allies, boriss
		}
		if sealed != 14 {
			t.Errorf("%d days are sealed", sealed)
		}
		v.whole(first, v.opened(first, id))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := v.Sweep(ctx); err == nil {
			t.Error("it went on though it was told to end")
		}
		v.whole(first, v.opened(first, id))

		var nodes sync.WaitGroup
		for i := range 8 {
			nodes.Go(func() {
				if err := []*Book{v.Book, other}[i%2].Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		for s, id := range map[*Session]seal.Identity{&v.home: annas, &v.allies: boriss} {
			o := v.opened(*s, id)
			v.whole(*s, o)
			if o.Boxes != 20 || len(o.Ends()) != 20 {
				t.Errorf("%d boxes, %d days, %d entries", o.Boxes, len(o.Ends()), len(o.Entries))
			}
		}

		v.days(31)
		v.hand(`UPDATE organiser_cut SET day = 'damaged', n = n + 1000000 WHERE committee = $1 AND day = (SELECT MAX(day) FROM organiser_cut WHERE committee = $1)`, v.home.Committee.ID)
		v.now = v.now.AddDate(0, 0, 3)
		if err := v.Sweep(t.Context()); !errors.Is(err, ErrTrail) {
			t.Errorf("%v", err)
		}
		days, _, err := v.Sealed(t.Context(), v.allies)
		must(t, err)
		if want := v.now.AddDate(0, 0, -trailDays-1).Format(time.DateOnly); days[0].Day != want {
			t.Errorf("the latest sealed day of the others is %s, not %s", days[0].Day, want)
		}
	})
}

// A clock that jumps a year forward has every day sealed, and none lost; put back, the trail goes on behind the day that was cut, and stays whole.
func TestClockJumps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		anna, annas := newKey(t, true)
		boris, _ := newKey(t, true)
		v.keys["anna"], v.keys["boris"] = anna, boris
		v.days(10)
		here := v.now
		v.now = here.AddDate(1, 0, 0)
		must(t, v.Sweep(t.Context()))
		if entries, _, err := v.Trail(t.Context(), v.home); err != nil || len(entries) > 0 {
			t.Fatalf("%d %v", len(entries), err)
		}
		o := v.opened(v.home, annas)
		v.whole(v.home, o)
		if len(o.Ends()) != 11 {
			t.Errorf("%d days", len(o.Ends()))
		}
		for _, back := range []time.Duration{time.Minute, -400 * 24 * time.Hour} {
			v.now = here.Add(back)
			must(t, v.Sweep(t.Context()))
			for range 3 {
				v.acts(v.home, "anna")
			}
			v.whole(v.home, v.opened(v.home, annas))
		}
		// A short jump cuts a day that is not over: it gets no more entries either.
		v.now = here.AddDate(0, 0, 2)
		v.acts(v.home, "anna")
		v.now = v.now.AddDate(0, 0, 3)
		must(t, v.Sweep(t.Context()))
		v.now = v.now.AddDate(0, 0, -3)
		v.acts(v.home, "anna")
		v.days(40)
		v.now = v.now.AddDate(1, 0, 0)
		must(t, v.Sweep(t.Context()))
		v.whole(v.home, v.opened(v.home, annas))
	})
}

// Whatever was done to the record before it was sealed, to a box, or to a file is told, and names the first entry or line that it is about.
func TestSealedTellsWhatWasDoneToIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		anna, annas := newKey(t, true)
		v.keys["anna"], v.keys["boris"] = anna, anna // one key for both: a box of the others opens too
		v.days(29)
		home := v.home.Committee.ID
		v.hand(`UPDATE organiser_trail SET role = 'reader' WHERE committee = $1 AND n = 9`, home)
		v.now = v.now.AddDate(0, 0, 10)
		must(t, v.Sweep(t.Context()))
		if o := v.opened(v.home, annas); !errors.Is(o.Wrong, ErrTrail) || !strings.Contains(o.Wrong.Error(), "entry 9 ") {
			t.Errorf("changed before it was sealed: %v", o.Wrong)
		}
		good := v.file(v.allies, "")
		if o, err := OpenSealed(strings.NewReader(good), annas); err != nil || o.Wrong != nil || o.Boxes != 9 {
			t.Fatalf("%v %v %d boxes", err, o.Wrong, o.Boxes)
		}
		lines := strings.SplitAfter(good, "\n")
		others := strings.SplitAfter(v.file(v.home, ""), "\n")
		change := func(do func(lines []string) []string) *Opened {
			o, err := OpenSealed(strings.NewReader(strings.Join(do(slices.Clone(lines)), "")), annas)
			must(t, err)
			return o
		}
		number, _, _ := strings.Cut(lines[3], " ")
		for what, c := range map[string]struct {
			do   func(l []string) []string
			tell func(o *Opened) bool
		}{
			"a day taken out":    {func(l []string) []string { return slices.Delete(l, 4, 5) }, func(o *Opened) bool { return len(o.Gaps) == 1 && o.Cut }},
			"its end cut off":    {func(l []string) []string { return l[:len(l)-3] }, func(o *Opened) bool { return o.Cut && len(o.Ends()) == 8 }},
			"in another order":   {func(l []string) []string { l[2], l[5] = l[5], l[2]; return l }, func(o *Opened) bool { return o.Wrong == nil && len(o.Ends()) == 9 }},
			"a day twice":        {func(l []string) []string { return slices.Insert(l, 4, l[3]) }, func(o *Opened) bool { return o.Wrong == nil && len(o.Ends()) == 9 && o.Cut }},
			"another's day":      {func(l []string) []string { l[3] = others[3]; return l }, func(o *Opened) bool { return slices.Equal(o.Damaged, []int{4}) && len(o.Gaps) == 1 }},
			"under another line": {func(l []string) []string { l[3] = "1" + l[3]; return l }, func(o *Opened) bool { return slices.Equal(o.Damaged, []int{4}) }},
			"no box":             {func(l []string) []string { l[3] = number + " bm90aGluZw==\n"; return l }, func(o *Opened) bool { return slices.Equal(o.Closed, []int{4}) }},
			"no line":            {func(l []string) []string { l[3] = "bm90aGluZw==\n"; return l }, func(o *Opened) bool { return slices.Equal(o.Closed, []int{4}) }},
			"a byte": {func(l []string) []string {
				number, text, _ := strings.Cut(strings.TrimSpace(l[3]), " ")
				box, _ := base64.StdEncoding.DecodeString(text)
				box[len(box)-20] ^= 1
				l[3] = number + " " + base64.StdEncoding.EncodeToString(box) + "\n"
				return l
			}, func(o *Opened) bool { return slices.Equal(o.Closed, []int{4}) }},
		} {
			if o := change(c.do); !c.tell(o) {
				t.Errorf("%s: %v gaps %v closed %v damaged %v cut %v", what, o.Wrong, o.Gaps, o.Closed, o.Damaged, o.Cut)
			}
		}
		for _, none := range []string{"", "end 0\n", sealedFileMark, sealedFileMark + "Anna\nend 0\n", "outcry sealed news v1 anna\nend 0\n"} {
			if _, err := OpenSealed(strings.NewReader(none), annas); !errors.Is(err, ErrSealed) {
				t.Errorf("%q: %v", none, err)
			}
		}

		// Whoever has the public half seals what they like: a day that follows from nothing, or says what none of ours does.
		to, err := seal.ParseRecipient(anna)
		must(t, err)
		allies := v.allies.Committee.ID
		forge := func(s sealedDay) *Opened {
			plain, err := s.padded()
			must(t, err)
			box, err := to.Seal(plain)
			must(t, err)
			return change(func(l []string) []string {
				l[3] = fmt.Sprintf("%d %s\n", s.entries[0].N, base64.StdEncoding.EncodeToString(box))
				return l
			})
		}
		o := change(func(l []string) []string { return l })
		ends := o.Ends()
		before := Entry{N: ends[1].N, Hash: ends[1].Hash, Hour: o.Entries[ends[1].N-1].Hour.Add(24 * time.Hour)}
		one := before.next(allies, before.Hour, Lead, Look, "boris")
		two := one.next(allies, before.Hour, Lead, Edit, "boris")
		if o := forge(sealedDay{committee: allies, day: one.day(), after: ends[1], entries: []Entry{one, two}}); !errors.Is(o.Wrong, ErrTrail) || !strings.Contains(o.Wrong.Error(), fmt.Sprintf("entry %d ", two.N+1)) {
			t.Errorf("a forged day: %v", o.Wrong)
		}
		late := one
		late.Hour = late.Hour.Add(48 * time.Hour)
		late.Hash = late.sum(allies)
		if o := forge(sealedDay{committee: allies, day: one.day(), after: ends[1], entries: []Entry{late}}); !errors.Is(o.Wrong, ErrTrail) {
			t.Errorf("an entry of another day: %v", o.Wrong)
		}
		last := slices.DeleteFunc(slices.Clone(o.Entries), func(e Entry) bool { return e.day() != ends[8].Day })
		mark := sealedDay{committee: allies, day: ends[8].Day, after: ends[7], entries: last, cuts: []Cut{{ends[8].Day, ends[8].N, sha256.Sum256(nil)}}}
		if plain, err := mark.padded(); err == nil {
			box, err := to.Seal(plain)
			must(t, err)
			o := change(func(l []string) []string {
				l[9] = fmt.Sprintf("%d %s\n", last[0].N, base64.StdEncoding.EncodeToString(box))
				return l
			})
			if !errors.Is(o.Wrong, ErrTrail) || !strings.Contains(o.Wrong.Error(), "at its day's end") {
				t.Errorf("a mark that speaks against the day: %v", o.Wrong)
			}
		}
		bad := one
		bad.Object = "=HYPERLINK(1)"
		if o := forge(sealedDay{committee: allies, day: one.day(), after: ends[1], entries: []Entry{bad}}); !slices.Equal(o.Damaged, []int{4}) {
			t.Errorf("words that nobody of ours writes: %+v", o.Damaged)
		}
	})
}

// A trail whose numbers begin anew below what is sealed is told at the desk, too.
func TestSealedIsHeldAgainstTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		anna, _ := newKey(t, true)
		v.keys["anna"] = anna
		v.days(33)
		must(t, d.Update(t.Context(), func(tx *db.Tx) error {
			for _, table := range []string{"organiser_trail", "organiser_cut"} {
				if _, err := tx.Exec(`DELETE FROM ` + table); err != nil {
					return err
				}
			}
			return nil
		}))
		must(t, v.Noted(t.Context(), v.home, Look, "anna"))
		if _, _, err := v.Trail(t.Context(), v.home); !errors.Is(err, ErrTrail) {
			t.Errorf("%v", err)
		}
		must(t, v.Noted(t.Context(), v.allies, Look, "boris"))
		if _, _, err := v.Trail(t.Context(), v.allies); err != nil {
			t.Errorf("a committee without sealed days: %v", err)
		}
	})
}

// put writes entries as they are, one a day or as many as the test says.
func (v *vault) put(committee string, entries []Entry, cuts []Cut) {
	v.t.Helper()
	must(v.t, v.DB.Update(v.t.Context(), func(tx *db.Tx) error {
		for _, e := range entries {
			if _, err := tx.Exec(insertEntrySQL, committee, e.N, hours(e.Hour), string(e.Role), string(e.Act), e.Object, e.Salt, e.Prev[:], e.Hash[:]); err != nil {
				return err
			}
		}
		for _, c := range cuts {
			if _, err := tx.Exec(insertCutSQL, committee, c.Day, c.N, c.Hash[:]); err != nil {
				return err
			}
		}
		return nil
	}))
}

// A day of more lines than one box takes has several, and opens as one; of many days the latest 400 stay.
func TestManyLinesManyDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		anna, annas := newKey(t, true)
		v.keys["anna"] = anna
		v.hand(`INSERT INTO organiser_committee (id, name, made) VALUES ($1, 'busy', '2026-03-01')`, "0123456789abcdef")
		must(t, d.Update(t.Context(), func(tx *db.Tx) error { return v.Hold(tx, "vera", Committee{ID: "0123456789abcdef"}) }))
		v.keys["vera"] = anna
		busy := Session{Organiser: Organiser{Role: Lead, Committee: Committee{ID: "0123456789abcdef", Name: "busy"}}}
		entries, cuts := chain("0123456789abcdef", 5000+5, func(i int) time.Duration { return time.Duration(i/5002) * 24 * time.Hour })
		v.put("0123456789abcdef", entries, cuts)
		v.now = v.now.AddDate(0, 0, 40)
		must(t, v.Sweep(t.Context()))
		o := v.opened(busy, annas)
		if o.Wrong != nil || len(o.Gaps) > 0 || o.Boxes != 5 || !slices.Equal(o.Entries, entries) || len(o.Ends()) != 4 {
			t.Errorf("%v %v %d boxes, %d entries, %d days", o.Wrong, o.Gaps, o.Boxes, len(o.Entries), len(o.Ends()))
		}
		rest := strings.SplitAfter(v.file(busy, ""), "\n")
		if o, err := OpenSealed(strings.NewReader(strings.Join(slices.Delete(rest, 1, 2), "")), annas); err != nil || o.Wrong != nil || !slices.Equal(o.Entries, entries[entriesAtOnce:]) {
			t.Errorf("the rest of a day: %v %v %d entries", err, o.Wrong, len(o.Entries))
		}
		if days, _, err := v.Sealed(t.Context(), busy); err != nil || len(days) != 4 {
			t.Errorf("%v %v", days, err)
		}

		v.hand(`INSERT INTO organiser_committee (id, name, made) VALUES ($1, 'old', '2026-03-01')`, "fedcba9876543210")
		must(t, d.Update(t.Context(), func(tx *db.Tx) error { return v.Hold(tx, "olga", Committee{ID: "fedcba9876543210"}) }))
		v.keys["olga"] = anna
		old := Session{Organiser: Organiser{Role: Lead, Committee: Committee{ID: "fedcba9876543210", Name: "old"}}}
		entries, cuts = chain("fedcba9876543210", 403, func(int) time.Duration { return 24 * time.Hour })
		v.put("fedcba9876543210", entries, cuts)
		v.now = v.now.AddDate(3, 0, 0)
		must(t, v.Sweep(t.Context()))
		must(t, v.Sweep(t.Context()))
		o = v.opened(old, annas)
		if o.Wrong != nil || len(o.Gaps) > 0 || !slices.Equal(o.Entries, entries[3:]) {
			t.Errorf("%v %v %d entries", o.Wrong, o.Gaps, len(o.Entries))
		}
	})
}

// What is no day of ours is refused, and what is one comes back as it went in.
func FuzzSealedDay(f *testing.F) {
	entries, cuts := chain("0123456789abcdef", 3, func(int) time.Duration { return time.Hour })
	plain, err := sealedDay{committee: "0123456789abcdef", day: "2026-03-01", entries: entries, cuts: cuts}.padded()
	must(f, err)
	f.Add(plain)
	f.Add([]byte(`{"trail":"outcry trail v1","committee":"0123456789abcdef","day":"2026-03-01","after":{"n":0}}` + "\n" + `{"mark":{"n":1}}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		var s, again sealedDay
		if s.parse(plain) != nil {
			return
		}
		back, err := s.padded()
		if err != nil || again.parse(back) != nil || !slices.Equal(again.entries, s.entries) || !slices.Equal(again.cuts, s.cuts) || again.after != s.after || again.day != s.day {
			t.Fatalf("%v\n%+v\n%+v", err, s, again)
		}
	})
}
