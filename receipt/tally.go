package receipt

import (
	"hash/maphash"
	"math"
	"slices"
	"sort"

	"golang.org/x/mod/sumdb/tlog"
)

// Tally folds the entries of a log, in order, into the numbers of its letters. A letter's number is its sign entries less the
// withdrawn ones; nothing is subtracted twice, nothing else enters it.
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
}

type letterTally struct {
	id       Letter
	campaign Campaign
	texts    []TextVersion
	versions map[uint16]int // place in texts
	groups   []uint32
}

// group is all signatures of one letter, version and assurance: a signature then needs to hold its group only.
type group struct {
	groupKey
	counted, withdrawn, removed int64
}

type groupKey struct {
	letter    *letterTally
	version   uint16
	assurance Assurance
}

// TextVersion is one version of a letter's text, as logged.
type TextVersion struct {
	Version  uint16   `json:"version"`
	Entry    int64    `json:"entry"` // index of the first entry that names it
	Manifest Manifest `json:"manifest"`
}

// Count is what the log says about one letter. In JSON it is an element of /letters.json.
type Count struct {
	ID          Letter              `json:"id"`
	Campaign    Campaign            `json:"campaign"`
	Case        string              `json:"case"`   // slug of its case: the site's, not the log's; a Tally leaves it empty
	Slug        string              `json:"letter"` // slug of the letter: likewise
	Counted     int64               `json:"counted"`
	Withdrawn   int64               `json:"withdrawn"`    // by signers, who opened their locks
	Removed     int64               `json:"removed"`      // for a reason, without the lock
	ByVersion   map[uint16]int64    `json:"by_version"`   // counted ones; every logged version is there
	ByAssurance map[Assurance]int64 `json:"by_assurance"` // counted ones; every assurance ever used is there
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
	c := Count{ID: l.id, Campaign: l.campaign, ByVersion: map[uint16]int64{}, ByAssurance: map[Assurance]int64{}, Texts: slices.Clone(l.texts)}
	for _, v := range l.texts {
		c.ByVersion[v.Version] = 0
	}
	for _, i := range l.groups {
		g := t.groups[i]
		c.Counted += g.counted
		c.Withdrawn += g.withdrawn
		c.Removed += g.removed
		c.ByVersion[g.version] += g.counted
		c.ByAssurance[g.assurance] += g.counted
	}
	return c
}

// Add folds the next entry; it keeps no part of its bytes. An error is a *[Fault] of kind [FaultRule] or [FaultMalformed] that
// names the entry's index, and then nothing has changed: the same index can be added again. Refused are
//
//   - bytes that [Parse] refuses;
//   - a text of a letter under another campaign than its first one, or of a version that has another manifest already;
//   - a sign of a letter or a version that no text entry names before it, of another campaign, or with a lock used before;
//   - a withdraw of an index not before it, of an entry that is no sign, of another campaign, whose preimage does not open
//     that sign's lock;
//   - a withdraw or a remove of a signature that is out of the count already.
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
		fault = t.end(e.Campaign, e.Index, "withdraws", func(g *group, lock Lock) *Fault {
			if e.Preimage.Lock() != lock {
				return faultf(FaultRule, "it does not open the lock of entry %d, which it withdraws", e.Index)
			}
			g.withdrawn++
			return nil
		})
	case Remove:
		fault = t.end(e.Campaign, e.Index, "removes", func(g *group, _ Lock) *Fault {
			g.removed++
			return nil
		})
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
	l := t.byID[e.Letter]
	if l == nil {
		return faultf(FaultRule, "it signs letter %s, of which there is no text before", e.Letter)
	}
	if l.campaign != e.Campaign {
		return faultf(FaultRule, "it signs letter %s of campaign %s as one of campaign %s", e.Letter, l.campaign, e.Campaign)
	}
	if _, ok := l.versions[e.Version]; !ok {
		return faultf(FaultRule, "it signs version %d of letter %s, of which there is no text before", e.Version, e.Letter)
	}
	if s := t.signs.byLock(e.Lock); s != nil {
		return faultf(FaultRule, "its lock is that of entry %d: one signature counted twice", s.index)
	}
	key := groupKey{l, e.Version, e.Assurance}
	g, ok := t.groupOf[key]
	if !ok {
		g = uint32(len(t.groups))
		t.groupOf[key] = g
		t.groups = append(t.groups, group{groupKey: key})
		l.groups = append(l.groups, g)
	}
	t.groups[g].counted++
	t.signs.add(signRow{lock: e.Lock, index: uint32(t.size), group: g})
	return nil
}

// end takes a signature out of the count, once. How checks what the entry has to show, and counts it by its kind.
func (t *Tally) end(campaign Campaign, index int64, does string, how func(*group, Lock) *Fault) *Fault {
	if index >= t.size {
		return faultf(FaultRule, "it %s entry %d, which is not before it", does, index)
	}
	s := t.signs.byIndex(uint32(index))
	if s == nil {
		return faultf(FaultRule, "it %s entry %d, which is no signature", does, index)
	}
	g := &t.groups[s.group&^endedBit]
	if g.letter.campaign != campaign {
		return faultf(FaultRule, "it %s entry %d of campaign %s as one of campaign %s", does, index, g.letter.campaign, campaign)
	}
	if s.group&endedBit != 0 {
		return faultf(FaultRule, "it %s entry %d, which is out of the count already", does, index)
	}
	if fault := how(g, s.lock); fault != nil {
		return fault
	}
	s.group |= endedBit
	g.counted--
	return nil
}

// Standing is what the log says of one signature.
type Standing struct {
	Letter    Letter
	Version   uint16
	Assurance Assurance
	Counted   bool // false once it was withdrawn or removed
}

// Standing finds a signature by its lock; false if the log has none such.
func (t *Tally) Standing(lock Lock) (Standing, bool) {
	s := t.signs.byLock(lock)
	if s == nil {
		return Standing{}, false
	}
	g := &t.groups[s.group&^endedBit]
	return Standing{g.letter.id, g.version, g.assurance, s.group&endedBit == 0}, true
}

// Signatures is how many sign entries there are, counted or not.
func (t *Tally) Signatures() int { return t.signs.n }

// signRow is a signature in 40 bytes.
type signRow struct {
	lock  Lock
	index uint32
	group uint32 // and endedBit
}

const endedBit = 1 << 31

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
