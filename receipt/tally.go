package receipt

import (
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"sort"

	"golang.org/x/mod/sumdb/tlog"
)

// Tally folds the entries of a log, in order, into the numbers of its letters. A letter's number is its sign entries less those
// that are withdrawn or removed; nothing is subtracted twice, nothing else enters it. A signature is in one of three states:
//
//   - it counts: from its sign entry on, and again after a restore;
//   - it is removed: until a restore or a withdraw; for good if its mailbox asked;
//   - it is withdrawn: for good.
//
// A name it shows stays with it through a removal by the organisers, uncounted, and is forgotten when it ends for good.
//
// The zero value is the tally of an empty log. It takes some 50 bytes a signature. It is not safe for concurrent use: one
// goroutine owns it.
type Tally struct {
	size    int64
	letters []*letterTally // in the order of their first text entry
	byID    map[Letter]*letterTally
	groups  []group
	groupOf map[groupKey]uint32
	signs   signTable
	unknown map[Type]int64
	keys    []LoggedKey
}

type letterTally struct {
	id       Letter
	campaign Campaign
	texts    []TextVersion
	versions map[uint16]int // place in texts
	groups   []uint32
	closed   int64 // index of its first close entry; 0, where no letter's can be: it is open
	reported []Statement
}

// group is all signatures of which the same is to be said: a signature then needs to hold its group only, and moves from one to
// another.
type group struct {
	groupKey
	n int64
}

type groupKey struct {
	letter    *letterTally
	version   uint16
	assurance Assurance
	state     state
	reason    Reason // of a removed one
	shown     bool   // its name is
}

type state byte

const (
	counted state = iota
	removed
	withdrawn
)

// final says that nothing puts it back.
func (g groupKey) final() bool {
	return g.state == withdrawn || g.state == removed && g.reason == AskedByMailbox
}

// TextVersion is one version of a letter's text, as logged.
type TextVersion struct {
	Version  uint16   `json:"version"`
	Entry    int64    `json:"entry"` // index of the first entry that names it
	Manifest Manifest `json:"manifest"`
}

// Statement is a number that the site stated, as logged: never a part of a count.
type Statement struct {
	Kind  ReportKind `json:"kind"`
	AsOf  uint32     `json:"as_of"` // see Reported
	Value uint64     `json:"value"`
	Line  Line       `json:"line"`
	Entry int64      `json:"entry"` // index of its report entry
}

// String tells it in plain English, such as "5000 paper as of 20260501, line 1f…".
func (s Statement) String() string {
	return fmt.Sprintf("%d %s as of %08d, line %s", s.Value, s.Kind, s.AsOf, s.Line)
}

// LoggedKey says under which key a campaign receives something since an entry, until another one of its kind.
type LoggedKey struct {
	Campaign    Campaign    `json:"campaign"`
	Kind        byte        `json:"kind"` // see KeyEntry
	Fingerprint Fingerprint `json:"fingerprint"`
	Entry       int64       `json:"entry"`
}

// Count is what the log says about one letter. In JSON it is an element of /letters.json.
type Count struct {
	ID          Letter              `json:"id"`
	Campaign    Campaign            `json:"campaign"`
	Case        string              `json:"case"`   // slug of its case: the site's, not the log's; a Tally leaves it empty
	Slug        string              `json:"letter"` // slug of the letter: likewise
	Counted     int64               `json:"counted"`
	Withdrawn   int64               `json:"withdrawn"`             // by signers, who opened their locks
	Removed     int64               `json:"removed"`               // for a reason, without the lock
	ByVersion   map[uint16]int64    `json:"by_version"`            // counted ones; every logged version is there
	ByAssurance map[Assurance]int64 `json:"by_assurance"`          // counted ones; every assurance ever used is there
	Shown       int64               `json:"shown"`                 // counted ones that show a name
	Removals    map[Reason]int64    `json:"removed_for,omitempty"` // the removed ones by reason; those of none are left out
	Closed      int64               `json:"closed,omitempty"`      // index of the first entry that closed it; 0: it is open
	Reported    []Statement         `json:"reported,omitempty"`    // all there ever were, in their order: the site's words, in no number above
	Texts       []TextVersion       `json:"texts,omitempty"`
}

// Published is the content of /letters.json: the numbers a site shows, and the size and root of the log they come of.
type Published struct {
	Origin  string    `json:"origin"`
	Size    int64     `json:"size"`
	Root    tlog.Hash `json:"root"`
	Letters []Count   `json:"letters"`
}

// Size is the number of entries folded, and so the index of the next one.
func (t *Tally) Size() int64 { return t.size }

// Unknown is how many entries of each later type there are.
func (t *Tally) Unknown() map[Type]int64 {
	m := make(map[Type]int64, len(t.unknown))
	for k, n := range t.unknown {
		m[k] = n
	}
	return m
}

// Keys returns every key that was logged, in order.
func (t *Tally) Keys() []LoggedKey { return slices.Clone(t.keys) }

// Letters returns the count of every letter, in the order of their first entry.
func (t *Tally) Letters() []Count {
	list := make([]Count, len(t.letters))
	for i, l := range t.letters {
		list[i] = t.count(l)
	}
	return list
}

// Letter returns the count of one letter; false if the log has no text of it.
func (t *Tally) Letter(id Letter) (Count, bool) {
	l := t.byID[id]
	if l == nil {
		return Count{}, false
	}
	return t.count(l), true
}

// Publish makes the content of /letters.json. Root is the tree's at [Tally.Size]; slugs names a letter's case and the letter
// itself as the site does. Every letter of the log is listed: leaving one out is a fault for [Recount].
func (t *Tally) Publish(origin string, root tlog.Hash, slugs func(Letter) (caseSlug, letterSlug string)) Published {
	p := Published{Origin: origin, Size: t.size, Root: root, Letters: t.Letters()}
	for i := range p.Letters {
		c := &p.Letters[i]
		c.Case, c.Slug = slugs(c.ID)
		c.Texts = nil // they have addresses of their own
	}
	return p
}

func (t *Tally) count(l *letterTally) Count {
	c := Count{ID: l.id, Campaign: l.campaign, ByVersion: map[uint16]int64{}, ByAssurance: map[Assurance]int64{},
		Closed: l.closed, Reported: slices.Clone(l.reported), Texts: slices.Clone(l.texts)}
	for _, v := range l.texts {
		c.ByVersion[v.Version] = 0
	}
	for _, i := range l.groups {
		g := t.groups[i]
		n := int64(0) // of those that count
		switch g.state {
		case counted:
			n = g.n
		case withdrawn:
			c.Withdrawn += g.n
		case removed:
			c.Removed += g.n
			if g.n > 0 {
				if c.Removals == nil {
					c.Removals = map[Reason]int64{}
				}
				c.Removals[g.reason] += g.n
			}
		}
		if g.shown {
			c.Shown += n
		}
		c.Counted += n
		c.ByVersion[g.version] += n
		c.ByAssurance[g.assurance] += n
	}
	return c
}

// Add folds the next entry; it keeps no part of its bytes. An error is a *[Fault] of kind [FaultRule] or [FaultMalformed] that
// names the entry's index, and then nothing has changed: the same index can be added again. Refused are
//
//   - bytes that [Parse] refuses;
//   - a text of a letter under another campaign than its first one, or of a version that has another manifest already;
//   - a sign of a letter or a version that no text entry names before it, of another campaign, or with a lock used before;
//   - a text or a sign of a letter that is closed;
//   - a close of a letter or a report about one that no text entry names before it, or of another campaign;
//   - a withdraw, remove, restore, show or hide of an index not before it, of an entry that is no sign, or of another campaign;
//   - a withdraw whose preimage does not open the sign's lock;
//   - a withdraw, remove, restore or show of a signature that ended for good: withdrawn, or removed because its mailbox asked;
//   - a remove of a removed one, unless the mailbox asks, which ends it;
//   - a restore of one that counts and is not held.
//
// What is merely said again is no fault, since a log can't be mended: the same text, a close, a show, a hide of what shows no name.
func (t *Tally) Add(entry []byte) error {
	if fault := t.add(entry); fault != nil {
		return fault // as an interface, nil would not be nil
	}
	return nil
}

func (t *Tally) add(entry []byte) *Fault {
	if t.size == math.MaxUint32 {
		return faultf(FaultRule, "a tally ends at %d entries", t.size).at(t.size)
	}
	e, err := Parse(entry)
	if err != nil {
		return faultf(FaultMalformed, "%v", err).at(t.size)
	}
	var fault *Fault
	switch e := e.(type) {
	case Text:
		fault = t.text(e)
	case Sign:
		fault = t.sign(e)
	case Withdraw:
		fault = t.change(TypeWithdraw, e.Campaign, e.Index, func(g *groupKey, lock Lock) *Fault {
			if e.Preimage.Lock() != lock {
				return faultf(FaultRule, "it does not open the lock of entry %d, which it withdraws", e.Index)
			}
			g.state, g.reason, g.shown = withdrawn, 0, false
			return nil
		})
	case Remove:
		fault = t.change(TypeRemove, e.Campaign, e.Index, func(g *groupKey, _ Lock) *Fault {
			if g.state == removed && e.Reason != AskedByMailbox {
				return faultf(FaultRule, "it removes entry %d, which is out of the count already", e.Index)
			}
			g.state, g.reason = removed, e.Reason
			g.shown = g.shown && !g.final()
			return nil
		})
	case Restore:
		fault = t.change(TypeRestore, e.Campaign, e.Index, func(g *groupKey, _ Lock) *Fault {
			switch {
			case g.state == removed:
				g.state, g.reason = counted, 0
			case g.assurance == Held:
				g.assurance = Email
			default:
				return faultf(FaultRule, "it restores entry %d, which counts and is not held", e.Index)
			}
			return nil
		})
	case Show:
		fault = t.change(TypeShow, e.Campaign, e.Index, func(g *groupKey, _ Lock) *Fault {
			g.shown = true
			return nil
		})
	case Hide:
		fault = t.change(TypeHide, e.Campaign, e.Index, func(g *groupKey, _ Lock) *Fault {
			g.shown = false
			return nil
		})
	case Reported:
		fault = t.about(e.Campaign, e.Letter, "states a number for", func(l *letterTally) {
			l.reported = append(l.reported, Statement{Kind: e.Kind, AsOf: e.AsOf, Value: e.Value, Line: e.Line, Entry: t.size})
		})
	case Close:
		fault = t.about(e.Campaign, e.Letter, "closes", func(l *letterTally) {
			if l.closed == 0 {
				l.closed = t.size
			}
		})
	case KeyEntry:
		t.keys = append(t.keys, LoggedKey{Campaign: e.Campaign, Kind: e.Kind, Fingerprint: e.Fingerprint, Entry: t.size})
	case Unknown:
		if t.unknown == nil {
			t.unknown = map[Type]int64{}
		}
		t.unknown[e.Number]++
	}
	if fault != nil {
		return fault.at(t.size)
	}
	t.size++
	return nil
}

func (t *Tally) text(e Text) *Fault {
	l := t.byID[e.Letter]
	if l == nil {
		if t.byID == nil {
			t.byID, t.groupOf = map[Letter]*letterTally{}, map[groupKey]uint32{}
		}
		l = &letterTally{id: e.Letter, campaign: e.Campaign, versions: map[uint16]int{}}
		t.byID[e.Letter] = l
		t.letters = append(t.letters, l)
	}
	if l.campaign != e.Campaign {
		return faultf(FaultRule, "letter %s is of campaign %s and moves to %s", e.Letter, l.campaign, e.Campaign)
	}
	if l.closed != 0 {
		return faultf(FaultRule, "it is a text of letter %s, which entry %d closed", e.Letter, l.closed)
	}
	if i, ok := l.versions[e.Version]; ok {
		// Said again it is the same text; a log can't be mended, so what does no harm is no fault.
		if old := l.texts[i]; old.Manifest != e.Manifest {
			return faultf(FaultRule, "version %d of letter %s has one text in entry %d and another one here", e.Version, e.Letter, old.Entry)
		}
		return nil
	}
	l.versions[e.Version] = len(l.texts)
	l.texts = append(l.texts, TextVersion{Version: e.Version, Entry: t.size, Manifest: e.Manifest})
	return nil
}

func (t *Tally) sign(e Sign) *Fault {
	var l *letterTally
	if fault := t.about(e.Campaign, e.Letter, "signs", func(of *letterTally) { l = of }); fault != nil {
		return fault
	}
	if _, ok := l.versions[e.Version]; !ok {
		return faultf(FaultRule, "it signs version %d of letter %s, of which there is no text before", e.Version, e.Letter)
	}
	if l.closed != 0 {
		return faultf(FaultRule, "it signs letter %s, which entry %d closed", e.Letter, l.closed)
	}
	if s := t.signs.byLock(e.Lock); s != nil {
		return faultf(FaultRule, "its lock is that of entry %d: one signature counted twice", s.index)
	}
	g := t.group(groupKey{letter: l, version: e.Version, assurance: e.Assurance})
	t.groups[g].n++
	t.signs.add(signRow{lock: e.Lock, index: uint32(t.size), group: g})
	return nil
}

// about does something to a letter that has a text, on behalf of its own campaign.
func (t *Tally) about(campaign Campaign, id Letter, does string, how func(*letterTally)) *Fault {
	l := t.byID[id]
	if l == nil {
		return faultf(FaultRule, "it %s letter %s, of which there is no text before", does, id)
	}
	if l.campaign != campaign {
		return faultf(FaultRule, "it %s letter %s of campaign %s as one of campaign %s", does, id, l.campaign, campaign)
	}
	how(l)
	return nil
}

// change moves a signature to the group that how makes of its own, if how finds no fault.
func (t *Tally) change(by Type, campaign Campaign, index int64, how func(*groupKey, Lock) *Fault) *Fault {
	if index >= t.size {
		return faultf(FaultRule, "it %s entry %d, which is not before it", by.does(), index)
	}
	s := t.signs.byIndex(uint32(index))
	if s == nil {
		return faultf(FaultRule, "it %s entry %d, which is no signature", by.does(), index)
	}
	key := t.groups[s.group].groupKey
	if key.letter.campaign != campaign {
		return faultf(FaultRule, "it %s entry %d of campaign %s as one of campaign %s", by.does(), index, key.letter.campaign, campaign)
	}
	if key.final() && by != TypeHide { // a wish to hide may be logged after the withdrawal
		return faultf(FaultRule, "it %s entry %d, which is out of the count for good", by.does(), index)
	}
	if fault := how(&key, s.lock); fault != nil {
		return fault
	}
	to := t.group(key)
	t.groups[s.group].n--
	t.groups[to].n++
	s.group = to
	return nil
}

// does is what an entry about a signature does to it, as a verb.
func (t Type) does() string {
	switch t {
	case TypeWithdraw:
		return "withdraws"
	case TypeRemove:
		return "removes"
	case TypeRestore:
		return "restores"
	case TypeShow:
		return "shows a name for"
	}
	return "hides a name of"
}

// group finds or makes the group of a key.
func (t *Tally) group(key groupKey) uint32 {
	g, ok := t.groupOf[key]
	if !ok {
		g = uint32(len(t.groups))
		t.groupOf[key] = g
		t.groups = append(t.groups, group{groupKey: key})
		key.letter.groups = append(key.letter.groups, g)
	}
	return g
}

// Standing is what the log says of one signature.
type Standing struct {
	Letter    Letter
	Version   uint16
	Assurance Assurance // Email of one that was held and released
	Counted   bool      // false once it was withdrawn or removed
	Removed   bool      // and neither put back nor withdrawn since
	Reason    Reason    // of a removed one; AskedByMailbox: for good
	Withdrawn bool      // by its signer, for good
	Shown     bool      // it shows a name; of a removed one: will again when it is restored
}

// Standing finds a signature by its lock; false if the log has none such.
func (t *Tally) Standing(lock Lock) (Standing, bool) {
	s := t.signs.byLock(lock)
	if s == nil {
		return Standing{}, false
	}
	g := &t.groups[s.group]
	return Standing{Letter: g.letter.id, Version: g.version, Assurance: g.assurance, Counted: g.state == counted,
		Removed: g.state == removed, Reason: g.reason, Withdrawn: g.state == withdrawn, Shown: g.shown}, true
}

// Signatures is how many sign entries there are, counted or not.
func (t *Tally) Signatures() int { return t.signs.n }

// signRow is a signature in 40 bytes.
type signRow struct {
	lock  Lock
	index uint32
	group uint32
}

const chunkRows = 1 << 10

// signTable holds signatures in the order of their index, found by index or by lock. A Go map of locks would take twice as much.
type signTable struct {
	n      int
	chunks [][]signRow // of chunkRows each, so that growing copies no rows
	slots  []uint32    // place in the rows plus one, by the lock's hash, next free one on collision; at most 3/4 full
	seed   maphash.Seed
}

func (s *signTable) row(i int) *signRow { return &s.chunks[i/chunkRows][i%chunkRows] }

func (s *signTable) byIndex(index uint32) *signRow {
	i := sort.Search(s.n, func(i int) bool { return s.row(i).index >= index })
	if i == s.n || s.row(i).index != index {
		return nil
	}
	return s.row(i)
}

func (s *signTable) byLock(l Lock) *signRow {
	if s.n == 0 {
		return nil
	}
	if place := s.slots[s.slot(l)]; place != 0 {
		return s.row(int(place - 1))
	}
	return nil
}

// slot is where l is, or the free one where it would be. The seed is random, since whoever runs the log chooses the locks.
func (s *signTable) slot(l Lock) int {
	mask := len(s.slots) - 1
	i := int(maphash.Bytes(s.seed, l[:])) & mask
	for s.slots[i] != 0 && s.row(int(s.slots[i]-1)).lock != l {
		i = (i + 1) & mask
	}
	return i
}

func (s *signTable) add(r signRow) {
	if s.n%chunkRows == 0 {
		s.chunks = append(s.chunks, make([]signRow, 0, chunkRows))
	}
	last := &s.chunks[len(s.chunks)-1]
	*last = append(*last, r)
	s.n++
	if 4*s.n <= 3*len(s.slots) {
		s.slots[s.slot(r.lock)] = uint32(s.n)
		return
	}
	if s.slots == nil {
		s.seed = maphash.MakeSeed()
	}
	s.slots = make([]uint32, max(1024, 2*len(s.slots)))
	for i := range s.n {
		s.slots[s.slot(s.row(i).lock)] = uint32(i + 1)
	}
}
