package organiser

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Entry is one line of a committee's trail: in which hour somebody of a role did what. It says of no person which.
type Entry struct {
	N      int64 // from 1, without a gap
	Hour   time.Time
	Role   Role
	Act    Act
	Object string // what it was done to, in our own words: a slug, a role, an id; never what somebody typed
	Salt   string // 32 hex digits, random: marks stay when the lines are gone, and without it they would tell which lines those were; empty in lines that are older than salts
	Prev   [32]byte
	Hash   [32]byte
}

// Cut is how a day's last entry stood. It stays when the entries are gone.
type Cut struct {
	Day  string // UTC, 2006-01-02
	N    int64  // of its last entry
	Hash [32]byte
}

const trailDomain = "outcry desk trail 1\n"

// sum is an entry's hash: SHA-256 over the domain, the committee and every field, each behind its length; a salt that is not there is no field.
func (e Entry) sum(committee string) [32]byte {
	h := sha256.New()
	h.Write([]byte(trailDomain))
	parts := [][]byte{
		[]byte(committee), binary.BigEndian.AppendUint64(nil, uint64(e.N)), binary.BigEndian.AppendUint64(nil, uint64(e.Hour.Unix())),
		[]byte(e.Role), []byte(e.Act), []byte(e.Object), e.Prev[:],
	}
	if e.Salt != "" {
		parts = append(parts, []byte(e.Salt))
	}
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	return [32]byte(h.Sum(nil))
}

// next is the entry that follows one; the zero Entry is before the first.
func (e Entry) next(committee string, now time.Time, r Role, a Act, object string) Entry {
	n := Entry{N: e.N + 1, Hour: hourOf(now), Role: r, Act: a, Object: object, Salt: newID() + newID(), Prev: e.Hash}
	if n.Hour.Before(e.Hour) { // by another node's clock
		n.Hour = e.Hour
	}
	n.Hash = n.sum(committee)
	return n
}

func (e Entry) day() string { return e.Hour.UTC().Format(time.DateOnly) }

// hourOf is the hour (UTC) that a moment lies in: nothing at a desk is kept finer than that.
func hourOf(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// objectForm is what an object may look like, so that nobody's words get into what can't be taken back.
var objectForm = regexp.MustCompile(`^[a-z0-9._/-]{0,80}$`)

// objectMost is how long in bytes what a deed is done to may be: in the trail words of ours stand before it.
const objectMost = 60

// ErrTrail says that a trail is not what it was.
var ErrTrail = errors.New("the trail is not whole")

// Verify holds a committee's trail against itself and its cuts: every entry follows from the one before, none is missing between the first that is there and the
// last, the first follows the cut before it, or is number 1, and no cut says anything else. The error wraps ErrTrail and names the entry.
//
// Who holds the database can still end a trail earlier than it was, or write all of it anew: what was read, printed or seen elsewhere tells then.
func Verify(committee string, entries []Entry, cuts []Cut) error {
	wrong := func(n int64, why string) error { return fmt.Errorf("%w: entry %d %s", ErrTrail, n, why) }
	cuts = slices.SortedFunc(slices.Values(cuts), func(a, b Cut) int { return int(a.N - b.N) })
	for i := 1; i < len(cuts); i++ {
		if cuts[i].N == cuts[i-1].N || cuts[i].Day <= cuts[i-1].Day {
			return wrong(cuts[i].N, "is cut twice")
		}
	}
	if len(entries) == 0 { // all of them are old, and cut
		return nil
	}
	before := Entry{}
	if entries[0].N != 1 {
		i := slices.IndexFunc(cuts, func(c Cut) bool { return c.N == entries[0].N-1 })
		if i < 0 {
			return wrong(entries[0].N, "follows nothing that is known")
		}
		before = Entry{N: cuts[i].N, Hash: cuts[i].Hash}
	}
	first := before.N
	for _, e := range entries {
		switch {
		case e.N != before.N+1:
			return wrong(e.N, "does not follow the one before")
		case e.Prev != before.Hash:
			return wrong(e.N, "follows another one")
		case e.Hash != e.sum(committee):
			return wrong(e.N, "was changed")
		case e.Hour.Before(before.Hour):
			return wrong(e.N, "is older than the one before")
		}
		before = e
	}
	for _, c := range cuts {
		switch {
		case c.N > before.N:
			return wrong(c.N, "was there, and is not")
		case c.N > first && (entries[c.N-first-1].Hash != c.Hash || entries[c.N-first-1].day() != c.Day):
			return wrong(c.N, "was another one at its day's end")
		}
	}
	return nil
}
