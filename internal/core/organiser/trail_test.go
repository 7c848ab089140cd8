package organiser

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

var someTime = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// chain makes a trail of n entries, some hours apart, and its cuts of all days but the last.
func chain(committee string, n int, apart func(i int) time.Duration) (entries []Entry, cuts []Cut) {
	last, now := Entry{}, someTime
	for i := range n {
		now = now.Add(apart(i))
		e := last.next(committee, now, Roles()[i%len(Roles())], Acts()[i%len(Acts())], "anna")
		if last.N > 0 && last.day() != e.day() {
			cuts = append(cuts, Cut{last.day(), last.N, last.Hash})
		}
		entries, last = append(entries, e), e
	}
	return entries, cuts
}

// A trail that nobody touched is whole, with all its entries, with only the latest of them behind a cut, and with none at all where all is cut.
func TestTrailIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.SliceOfN(rapid.IntRange(0, 40), 0, 40).Draw(t, "hours")
		entries, cuts := chain("home", len(hours), func(i int) time.Duration { return time.Duration(hours[i]) * time.Hour })
		if err := Verify("home", entries, cuts); err != nil {
			t.Fatal(err)
		}
		if err := Verify("home", entries, nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range cuts {
			if err := Verify("home", entries[c.N:], cuts); err != nil {
				t.Fatalf("from entry %d on: %v", c.N+1, err)
			}
		}
	})
}

// Whatever is done to one entry or one cut is found: changed in any field, taken out, put twice, put elsewhere, made anew with a right hash of its own.
func TestTrailTellsWhatWasDoneToIt(t *testing.T) {
	all, cuts := chain("home", 60, func(int) time.Duration { return 5 * time.Hour })
	rapid.Check(t, func(t *rapid.T) {
		entries, cuts := slices.Clone(all), slices.Clone(cuts)
		i := rapid.IntRange(0, len(entries)-2).Draw(t, "entry")
		e := &entries[i]
		rehash := func() { e.Hash = e.sum("home") }
		switch what := rapid.IntRange(0, 12).Draw(t, "what"); what {
		case 0:
			e.Role = Role(string(e.Role) + "x")
		case 1:
			e.Role, e.Act = Role(string(e.Role)+string(e.Act[:1])), e.Act[1:] // the same letters on another side of a border
		case 2:
			e.Object = "boris"
		case 3:
			e.Hour = e.Hour.Add(time.Hour)
			rehash()
		case 4:
			e.Role = "reader or so"
			rehash()
		case 5:
			entries = slices.Delete(entries, i, i+1)
			if i == 0 {
				t.Skip("the first is gone with its day, perhaps") // the case below
			}
		case 6:
			entries = slices.Insert(entries, i, *e)
		case 7:
			entries[i], entries[i+1] = entries[i+1], entries[i]
		case 8:
			e.Hash[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
		case 9:
			e.Prev[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
			rehash()
		case 10:
			cuts[i%len(cuts)].Hash[0] ^= 1
		case 11:
			entries = entries[:cuts[len(cuts)-1].N-1] // the end, and what was cut with it
		case 12:
			e.Salt = ""
		}
		if err := Verify("home", entries, cuts); !errors.Is(err, ErrTrail) {
			t.Fatalf("%v", err)
		}
	})
	if err := Verify("home", all[1:], cuts); !errors.Is(err, ErrTrail) {
		t.Errorf("without its first entry, which no cut stands for: %v", err)
	}
	if err := Verify("another", all, nil); !errors.Is(err, ErrTrail) {
		t.Errorf("another committee's: %v", err)
	}
	if err := Verify("home", all, append(slices.Clone(cuts), cuts[0])); !errors.Is(err, ErrTrail) {
		t.Errorf("a cut twice: %v", err)
	}
	// Whoever writes everything behind a cut anew is found by the cut.
	forged := slices.Clone(all)
	for i := int(cuts[0].N) - 1; i < len(forged); i++ {
		before := Entry{}
		if i > 0 {
			before = forged[i-1]
		}
		forged[i] = before.next("home", all[i].Hour, Reader, Look, "")
	}
	if err := Verify("home", forged, nil); err != nil {
		t.Errorf("a forgery that follows: %v", err)
	}
	if err := Verify("home", forged, cuts); !errors.Is(err, ErrTrail) {
		t.Errorf("a forgery that a cut speaks against: %v", err)
	}
}

func TestHoursAreCoarse(t *testing.T) {
	e := Entry{}.next("home", time.Date(2026, 3, 1, 9, 59, 59, 999, time.FixedZone("", 5400)), Lead, Look, "")
	if want := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC); !e.Hour.Equal(want) || e.day() != "2026-03-01" {
		t.Errorf("%v", e.Hour)
	}
}

// Who has the disk and no key guesses lines by their marks, which stay in the clear: of a day on which one thing was done there are not many. Salts go with the lines.
func TestMarksAloneTellNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		v.keys["anna"], _ = newKey(t, true)
		for range 3 {
			v.now = v.now.Truncate(24*time.Hour).AddDate(0, 0, 1).Add(9 * time.Hour)
			must(t, v.Noted(t.Context(), v.home, Look, "anna"))
		}
		v.now = v.now.AddDate(0, 0, 40)
		must(t, v.Sweep(t.Context()))
		entries, cuts, err := v.Trail(t.Context(), v.home)
		must(t, err)
		if len(entries) > 0 || len(cuts) != 4 {
			t.Fatalf("%d lines, %d marks", len(entries), len(cuts))
		}
		for i, before := range cuts[:3] {
			after := cuts[i+1]
			day, err := time.Parse(time.DateOnly, after.Day)
			must(t, err)
			for hour := range 24 {
				for _, r := range Roles() {
					for _, a := range Acts() {
						guess := Entry{N: after.N, Hour: day.Add(time.Duration(hour) * time.Hour), Role: r, Act: a, Object: "anna", Prev: before.Hash}
						if guess.sum(v.home.Committee.ID) == after.Hash {
							t.Errorf("on %s at %d a %s did %s", after.Day, hour, r, a)
						}
					}
				}
			}
		}
	})
}

// A line that lost its hash keeps no day in the clear: it is sealed as it stands, and whoever opens it is told that it was changed.
func TestDamagedLineIsSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := openVault(t, d)
		anna, annas := newKey(t, true)
		v.keys["anna"] = anna
		v.days(3)
		v.hand(`UPDATE organiser_trail SET hash = $1 WHERE committee = $2 AND n = 2`, []byte("short"), v.home.Committee.ID)
		entries, _, err := v.Trail(t.Context(), v.home)
		if !errors.Is(err, ErrTrail) || len(entries) < 3 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
		v.now = v.now.AddDate(0, 0, 40)
		must(t, v.Sweep(t.Context()))
		if left, _, err := v.Trail(t.Context(), v.home); err != nil || len(left) > 0 {
			t.Errorf("%d are in the clear, %v", len(left), err)
		}
		if o := v.opened(v.home, annas); !errors.Is(o.Wrong, ErrTrail) || len(o.Entries) != len(entries) || len(o.Damaged)+len(o.Closed) > 0 {
			t.Errorf("%d of %d entries, %v", len(o.Entries), len(entries), o.Wrong)
		}
	})
}
