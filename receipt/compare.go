package receipt

import (
	"fmt"
	"maps"
	"slices"
	"unicode"
)

// compare holds published numbers against those of the log at the same size, and names the first that differs: letters in the
// order of the log, then those the log has not.
func compare(counts []Count, published Published) error {
	shown := make(map[Letter]Count, len(published.Letters))
	for _, p := range published.Letters {
		if _, twice := shown[p.ID]; twice {
			return faultf(FaultCount, "/letters.json has letter %s twice", p.ID)
		}
		shown[p.ID] = p
	}
	for _, c := range counts {
		p, ok := shown[c.ID]
		if !ok {
			return faultf(FaultCount, "/letters.json leaves out letter %s, for which the log counts %d", c.ID, c.Counted)
		}
		delete(shown, c.ID)
		if p.Campaign != c.Campaign {
			return faultf(FaultCount, "/letters.json puts letter %s under campaign %s, and the log under %s", c.ID, p.Campaign, c.Campaign)
		}
		differs := func(what string, shown, logged int64) error {
			if shown == logged {
				return nil
			}
			return faultf(FaultCount, "/letters.json shows %d %s for letter %s, and the first %d entries give %d", shown, what, c.ID, published.Size, logged)
		}
		if err := differs("counted", p.Counted, c.Counted); err != nil {
			return err
		}
		if err := differs("removed", p.Removed, c.Removed); err != nil {
			return err
		}
		if err := differs("withdrawn", p.Withdrawn, c.Withdrawn); err != nil {
			return err
		}
		if err := differs("with a name shown", p.Shown, c.Shown); err != nil {
			return err
		}
		// A number that is left out is zero, on either side.
		for _, v := range union(p.ByVersion, c.ByVersion) {
			if err := differs(fmt.Sprintf("counted under version %d", v), p.ByVersion[v], c.ByVersion[v]); err != nil {
				return err
			}
		}
		for _, a := range union(p.ByAssurance, c.ByAssurance) {
			if err := differs(fmt.Sprintf("counted by assurance %s", a), p.ByAssurance[a], c.ByAssurance[a]); err != nil {
				return err
			}
		}
		for _, r := range union(p.Removals, c.Removals) {
			if err := differs("removed as "+quoted(r), p.Removals[r], c.Removals[r]); err != nil {
				return err
			}
		}
		if p.Closed != c.Closed {
			f := faultf(FaultCount, "/letters.json shows letter %s as %s, and by the first %d entries it is %s", c.ID, closing(p.Closed), published.Size, closing(c.Closed))
			if c.Closed != 0 {
				f = f.at(c.Closed)
			}
			return f
		}
		if err := statements(c.ID, p.Reported, c.Reported); err != nil {
			return err
		}
	}
	for _, p := range published.Letters {
		if _, left := shown[p.ID]; left {
			return faultf(FaultCount, "/letters.json has letter %s, and the first %d entries don't", p.ID, published.Size)
		}
	}
	return nil
}

// quoted sets a reason off from the words around it.
func quoted(r Reason) string { return `"` + r.String() + `"` }

// closing says since when a letter is closed.
func closing(entry int64) string {
	if entry == 0 {
		return "open"
	}
	return fmt.Sprintf("closed by entry %d", entry)
}

// statements compares the reported numbers: each one ever logged has to be shown as it was logged, with its entry.
func statements(id Letter, shown, logged []Statement) error {
	for i := range max(len(shown), len(logged)) {
		switch {
		case i >= len(shown):
			return faultf(FaultCount, "/letters.json leaves out what is reported about letter %s: %s", id, logged[i]).at(logged[i].Entry)
		case i >= len(logged):
			return faultf(FaultCount, "/letters.json has something reported about letter %s that was not logged: %s", id, shown[i])
		case shown[i] != logged[i]:
			return faultf(FaultCount, "/letters.json reports about letter %s: %s; and what was logged is: %s", id, shown[i], logged[i]).at(logged[i].Entry)
		}
	}
	return nil
}

func union[K interface {
	comparable
	~uint8 | ~uint16
}](a, b map[K]int64) []K {
	both := maps.Clone(b)
	for k := range a {
		both[k] = 0
	}
	return slices.Sorted(maps.Keys(both))
}

// printable tells whether a name from a site may be shown on a terminal.
func printable(name string) bool {
	if len(name) > 200 {
		return false
	}
	for _, r := range name {
		if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			return false
		}
	}
	return true
}
