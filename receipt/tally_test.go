package receipt

import (
	"crypto/sha256"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestTally(t *testing.T) {
	var tally Tally
	for i, e := range [][]byte{
		textEntry(letterB, 1),
		textEntry(letterA, 1),
		signEntry(letterA, 1, Email, 1),
		signEntry(letterA, 1, Email, 2),
		signEntry(letterB, 1, Rehearsal, 3),
		textEntry(letterA, 2),
		signEntry(letterA, 2, 7, 4),
		Marshal(Unknown{Number: laterType}),
		withdrawEntry(2, 3),
		textEntry(letterA, 2), // said again: no harm
		Marshal(Unknown{Number: laterType, Rest: []byte("x")}),
	} {
		if err := tally.Add(e); err != nil {
			t.Fatal(err)
		}
		if tally.Size() != int64(i+1) {
			t.Fatalf("size %d after entry %d", tally.Size(), i)
		}
	}
	version := func(l Letter, v uint16, entry int64) TextVersion {
		return TextVersion{Version: v, Entry: entry, Manifest: sha256.Sum256(manifestOf(l, v))}
	}
	want := []Count{
		{ID: letterB, Campaign: campaign, Counted: 1, ByVersion: map[uint16]int64{1: 1}, ByAssurance: map[Assurance]int64{Rehearsal: 1},
			Texts: []TextVersion{version(letterB, 1, 0)}},
		{ID: letterA, Campaign: campaign, Counted: 2, Withdrawn: 1, ByVersion: map[uint16]int64{1: 1, 2: 1}, ByAssurance: map[Assurance]int64{Email: 1, 7: 1},
			Texts: []TextVersion{version(letterA, 1, 1), version(letterA, 2, 5)}},
	}
	if diff := cmp.Diff(want, tally.Letters()); diff != "" {
		t.Error(diff)
	}
	if got, ok := tally.Letter(letterA); !ok || !cmp.Equal(got, want[1]) {
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := tally.Letter(Letter{}); ok {
		t.Errorf("a letter of nothing: %+v", got)
	}
	if diff := cmp.Diff(map[Type]int64{laterType: 2}, tally.Unknown()); diff != "" {
		t.Error(diff)
	}

	// The form of /letters.json.
	got, err := json.Marshal(tally.Publish("letters.example/log", tlog.Hash(fill32(7)), func(id Letter) (string, string) {
		return "a-case", "free-" + id.String()[31:]
	}))
	if err != nil {
		t.Fatal(err)
	}
	golden := `{"origin":"letters.example/log","size":11,"root":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=","letters":[` +
		`{"id":"0000000000000000000000000000000b","campaign":"00000000000000000000000000000001","case":"a-case","letter":"free-b",` +
		`"counted":1,"withdrawn":0,"removed":0,"by_version":{"1":1},"by_assurance":{"rehearsal":1},"shown":0},` +
		`{"id":"0000000000000000000000000000000a","campaign":"00000000000000000000000000000001","case":"a-case","letter":"free-a",` +
		`"counted":2,"withdrawn":1,"removed":0,"by_version":{"1":1,"2":1},"by_assurance":{"7":1,"email":1},"shown":0}]}`
	if diff := cmp.Diff(golden, string(got)); diff != "" {
		t.Error(diff)
	}
	var back Published
	if err := json.Unmarshal(got, &back); err != nil || back.Letters[1].ByAssurance[7] != 1 || back.Letters[1].ByVersion[2] != 1 || back.Letters[1].ID != letterA {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestEmptyTally(t *testing.T) {
	var tally Tally
	if tally.Size() != 0 || len(tally.Letters()) != 0 || len(tally.Unknown()) != 0 {
		t.Error("an empty tally is not empty")
	}
	got, err := json.Marshal(tally.Publish("o", tlog.Hash{}, nil))
	if want := `{"origin":"o","size":0,"root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","letters":[]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTallyRefuses(t *testing.T) {
	other := Campaign{9}
	base := [][]byte{
		0: textEntry(letterA, 1),
		1: signEntry(letterA, 1, Email, 1),
		2: signEntry(letterA, 1, Email, 2),
		3: withdrawEntry(2, 2),
		4: Marshal(Unknown{Number: laterType}),
	}
	for _, tt := range []struct {
		name   string
		entry  []byte
		kind   FaultKind
		reason string // a part of it
	}{
		{"nothing", nil, FaultMalformed, "begin"},
		{"a sign too short", base[1][:106], FaultMalformed, "107 bytes"},
		{"another text for a version", Marshal(Text{Campaign: campaign, Letter: letterA, Version: 1}), FaultRule, "one text in entry 0"},
		{"a letter moved to a campaign", Marshal(Text{Campaign: other, Letter: letterA, Version: 2}), FaultRule, "moves"},
		{"a sign of no letter", signEntry(letterB, 1, Email, 5), FaultRule, "letter 0000000000000000000000000000000b, of which there is no text"},
		{"a sign of no version", signEntry(letterA, 2, Email, 5), FaultRule, "version 2"},
		{"a sign in another campaign", Marshal(Sign{Campaign: other, Letter: letterA, Version: 1}), FaultRule, "campaign"},
		{"a lock twice", signEntry(letterA, 1, Rehearsal, 1), FaultRule, "that of entry 1"},
		{"a lock withdrawn", signEntry(letterA, 1, Email, 2), FaultRule, "that of entry 2"},
		{"a withdraw with another's key", withdrawEntry(2, 1), FaultRule, "does not open the lock of entry 1"},
		{"a withdraw of a text", withdrawEntry(1, 0), FaultRule, "entry 0, which is no signature"},
		{"a withdraw of a withdraw", withdrawEntry(2, 3), FaultRule, "entry 3, which is no signature"},
		{"a withdraw of a later type", withdrawEntry(1, 4), FaultRule, "entry 4, which is no signature"},
		{"a withdraw of itself", withdrawEntry(1, 5), FaultRule, "entry 5, which is not before it"},
		{"a withdraw of the far future", withdrawEntry(1, 1<<32+1), FaultRule, "not before it"},
		{"a withdraw twice", withdrawEntry(2, 2), FaultRule, "out of the count for good"},
		{"a remove of a withdrawn one", removeEntry(2), FaultRule, "out of the count for good"},
		{"a remove of a text", removeEntry(0), FaultRule, "entry 0, which is no signature"},
		{"a remove in another campaign", Marshal(Remove{Campaign: other, Reason: AskedByMailbox, Index: 1}), FaultRule, "campaign"},
		{"a remove too short", removeEntry(1)[:30], FaultMalformed, "33 bytes"},
		{"a withdraw in another campaign", Marshal(Withdraw{Campaign: other, Preimage: preimageOf(1), Index: 1}), FaultRule, "campaign"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tally Tally
			for _, e := range base {
				if err := tally.Add(e); err != nil {
					t.Fatal(err)
				}
			}
			before := tally.Letters()
			f := faultOf(t, tally.Add(tt.entry))
			if f.Kind != tt.kind || f.Entry == nil || *f.Entry != 5 || !strings.Contains(f.Message, tt.reason) {
				t.Errorf("%s: %s; want %s: entry 5: …%s…", f.Kind, f, tt.kind, tt.reason)
			}
			if diff := cmp.Diff(before, tally.Letters()); diff != "" || tally.Size() != 5 || len(tally.Unknown()) != 1 {
				t.Errorf("a refused entry has changed the tally: %s", diff)
			}
			if err := tally.Add(withdrawEntry(1, 1)); err != nil {
				t.Errorf("the tally does not go on: %v", err)
			}
		})
	}
}

// naive says by the definition, slowly, whether an entry may follow others, and what they count.
type naive []Entry

func (n naive) refuses(e Entry) bool {
	campaignOf := func(l Letter) (Campaign, bool) {
		for _, x := range n {
			if x, ok := x.(Text); ok && x.Letter == l {
				return x.Campaign, true
			}
		}
		return Campaign{}, false
	}
	closed := func(l Letter) bool {
		return slices.ContainsFunc(n, func(x Entry) bool {
			c, ok := x.(Close)
			return ok && c.Letter == l
		})
	}
	// about is what every entry about a signature needs.
	about := func(c Campaign, index int64) (naiveState, bool) {
		if index >= int64(len(n)) {
			return naiveState{}, false
		}
		s, ok := n[index].(Sign)
		return n.state(index), ok && s.Campaign == c
	}
	switch e := e.(type) {
	case Text:
		if c, ok := campaignOf(e.Letter); ok && c != e.Campaign {
			return true
		}
		for _, x := range n {
			if x, ok := x.(Text); ok && x.Letter == e.Letter && x.Version == e.Version && x.Manifest != e.Manifest {
				return true
			}
		}
		return closed(e.Letter)
	case Sign:
		stated := false
		for _, x := range n {
			switch x := x.(type) {
			case Text:
				stated = stated || x.Letter == e.Letter && x.Version == e.Version && x.Campaign == e.Campaign
			case Sign:
				if x.Lock == e.Lock {
					return true
				}
			}
		}
		return !stated || closed(e.Letter)
	case Withdraw:
		s, ok := about(e.Campaign, e.Index)
		return !ok || s.final() || e.Preimage.Lock() != n[e.Index].(Sign).Lock
	case Remove:
		s, ok := about(e.Campaign, e.Index)
		return !ok || s.final() || s.removed && e.Reason != AskedByMailbox
	case Restore:
		s, ok := about(e.Campaign, e.Index)
		return !ok || s.final() || !s.removed && s.assurance != Held
	case Show:
		s, ok := about(e.Campaign, e.Index)
		return !ok || s.final()
	case Hide:
		_, ok := about(e.Campaign, e.Index)
		return !ok
	case Reported:
		c, ok := campaignOf(e.Letter)
		return !ok || c != e.Campaign
	case Close:
		c, ok := campaignOf(e.Letter)
		return !ok || c != e.Campaign
	}
	return false
}

type naiveState struct {
	assurance                 Assurance
	withdrawn, removed, shown bool
	reason                    Reason
}

func (s naiveState) final() bool { return s.withdrawn || s.removed && s.reason == AskedByMailbox }

// state is what became of the signature at index.
func (n naive) state(index int64) (s naiveState) {
	sign, ok := n[index].(Sign)
	if !ok {
		return s
	}
	s.assurance = sign.Assurance
	for _, x := range n {
		switch x := x.(type) {
		case Withdraw:
			if x.Index == index {
				s.withdrawn, s.removed, s.shown, s.reason = true, false, false, 0
			}
		case Remove:
			if x.Index == index {
				s.removed, s.reason = true, x.Reason
				s.shown = s.shown && x.Reason != AskedByMailbox
			}
		case Restore:
			switch {
			case x.Index != index:
			case s.removed:
				s.removed, s.reason = false, 0
			default:
				s.assurance = Email
			}
		case Show:
			s.shown = s.shown || x.Index == index
		case Hide:
			s.shown = s.shown && x.Index != index
		}
	}
	return s
}

func (n naive) counts() map[Letter]Count {
	m := map[Letter]Count{}
	for i, x := range n {
		switch x := x.(type) {
		case Text:
			c, ok := m[x.Letter]
			if !ok {
				c = Count{ID: x.Letter, Campaign: x.Campaign, ByVersion: map[uint16]int64{}, ByAssurance: map[Assurance]int64{}}
			}
			if _, again := c.ByVersion[x.Version]; !again {
				c.ByVersion[x.Version] = 0
				c.Texts = append(c.Texts, TextVersion{x.Version, int64(i), x.Manifest})
			}
			m[x.Letter] = c
		case Sign:
			c, s := m[x.Letter], n.state(int64(i))
			one := int64(1)
			switch {
			case s.withdrawn:
				one = 0
				c.Withdrawn++
			case s.removed:
				one = 0
				c.Removed++
				if c.Removals == nil {
					c.Removals = map[Reason]int64{}
				}
				c.Removals[s.reason]++
			case s.shown:
				c.Shown++
			}
			c.Counted += one
			c.ByVersion[x.Version] += one
			c.ByAssurance[x.Assurance] += 0
			c.ByAssurance[s.assurance] += one
			m[x.Letter] = c
		case Reported:
			c := m[x.Letter]
			c.Reported = append(c.Reported, Statement{x.Kind, x.AsOf, x.Value, x.Line, int64(i)})
			m[x.Letter] = c
		case Close:
			if c := m[x.Letter]; c.Closed == 0 {
				c.Closed = int64(i)
				m[x.Letter] = c
			}
		}
	}
	return m
}

// Whatever entries come in whatever order, the tally takes those that the definition takes, and counts what it counts.
func TestTallyIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		campaigns := rapid.SampledFrom([]Campaign{{1}, {1}, {1}, {1}, {2}})
		letters := rapid.SampledFrom([]Letter{{1}, {1}, {2}, {3}})
		versions := rapid.SampledFrom([]uint16{1, 1, 2, 0xFFFF})
		signers := rapid.IntRange(0, 12)
		var tally Tally
		var model naive
		taken := map[string]int{}
		for range rapid.IntRange(0, 120).Draw(t, "entries") {
			var e Entry
			// Mostly the index of a signature of the signer's, or else little would ever happen to one.
			signer := signers.Draw(t, "signer")
			index := int64(rapid.IntRange(0, len(model)+1).Draw(t, "index"))
			if rapid.IntRange(0, 3).Draw(t, "right") > 0 {
				for i, x := range model {
					if s, ok := x.(Sign); ok && s.Lock == preimageOf(signer).Lock() {
						index = int64(i)
					}
				}
			}
			switch rapid.IntRange(0, 20).Draw(t, "sort") {
			case 0, 1, 2:
				e = Text{Campaign: campaigns.Draw(t, "campaign"), Letter: letters.Draw(t, "letter"), Version: versions.Draw(t, "version"),
					Manifest: Manifest{rapid.SampledFrom([]byte{0, 0, 0, 1}).Draw(t, "manifest")}}
			case 3, 4, 5, 6:
				e = Sign{Campaign: campaigns.Draw(t, "campaign"), Letter: letters.Draw(t, "letter"), Version: versions.Draw(t, "version"),
					Assurance: rapid.SampledFrom([]Assurance{Email, Rehearsal, Held, 5}).Draw(t, "assurance"), Lock: preimageOf(signer).Lock()}
			case 7, 8:
				e = Withdraw{Campaign: campaigns.Draw(t, "campaign"), Preimage: preimageOf(signer), Index: index}
			case 9, 10:
				e = Remove{Campaign: campaigns.Draw(t, "campaign"), Reason: rapid.SampledFrom([]Reason{AskedByMailbox, Duplicate, Automated, 99}).Draw(t, "reason"), Index: index}
			case 11, 12, 13:
				e = Restore{Campaign: campaigns.Draw(t, "campaign"), Index: index}
			case 14, 15:
				e = Show{Campaign: campaigns.Draw(t, "campaign"), Commitment: Commitment{byte(index)}, Index: index}
			case 16:
				e = Hide{Campaign: campaigns.Draw(t, "campaign"), Index: index}
			case 17:
				e = Reported{Campaign: campaigns.Draw(t, "campaign"), Letter: letters.Draw(t, "letter"), Kind: Paper, Value: uint64(index), Line: Line{byte(signer)}}
			case 18:
				if rapid.IntRange(0, 3).Draw(t, "closes") > 0 {
					continue // closed too early, nothing is left to see
				}
				e = Close{Campaign: campaigns.Draw(t, "campaign"), Letter: letters.Draw(t, "letter")}
			case 19:
				e = KeyEntry{Campaign: campaigns.Draw(t, "campaign"), Kind: NewsKey, Fingerprint: Fingerprint{byte(index)}}
			default:
				e = Unknown{Number: rapid.SampledFrom([]Type{9, 12, 13, 0}).Draw(t, "type")}
			}
			err := tally.Add(Marshal(e))
			if refused := model.refuses(e); refused != (err != nil) {
				t.Fatalf("%#v after %d entries: refused %v, and the tally says %v", e, len(model), refused, err)
			}
			if err == nil {
				model = append(model, e)
				taken[e.Type().String()]++
			}
			if tally.Size() != int64(len(model)) {
				t.Fatalf("size %d of %d", tally.Size(), len(model))
			}
		}
		got, order := map[Letter]Count{}, tally.Letters()
		for i, c := range order {
			got[c.ID] = c
			if i > 0 && order[i-1].Texts[0].Entry >= c.Texts[0].Entry {
				t.Fatal("letters are not in the order of their first entry")
			}
			sumV, sumA := int64(0), int64(0)
			for _, n := range c.ByVersion {
				sumV += n
			}
			for _, n := range c.ByAssurance {
				sumA += n
			}
			if sumV != c.Counted || sumA != c.Counted {
				t.Fatalf("the parts do not add up: %+v", c)
			}
		}
		if diff := cmp.Diff(model.counts(), got); diff != "" {
			t.Fatal(diff)
		}
		for i, x := range model {
			if sign, ok := x.(Sign); ok {
				s := model.state(int64(i))
				want := Standing{Letter: sign.Letter, Version: sign.Version, Assurance: s.assurance, Counted: !s.removed && !s.withdrawn,
					Removed: s.removed, Reason: s.reason, Withdrawn: s.withdrawn, Shown: s.shown}
				if got, ok := tally.Standing(sign.Lock); !ok || got != want {
					t.Fatalf("entry %d: %+v, want %+v", i, got, want)
				}
			}
		}
		n := int64(0)
		for _, k := range tally.Unknown() {
			n += k
		}
		if n != int64(taken["type 9"]+taken["type 12"]+taken["type 13"]+taken["type 0"]) || len(tally.Keys()) != taken["key"] {
			t.Fatalf("%d unknown entries of %v", n, taken)
		}
	})
}

// A tally of many entries finds locks and indexes across all its chunks and growths, in little memory.
func TestTallyGrows(t *testing.T) {
	const n = 100_000
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var tally Tally
	if err := tally.Add(textEntry(letterA, 1)); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < n; i++ {
		if err := tally.Add(signEntry(letterA, 1, Email, i)); err != nil {
			t.Fatal(err)
		}
	}
	if per := float64(heap()-before) / n; per > 60 {
		t.Errorf("%.0f bytes an entry", per)
	}
	for i := 1; i < n; i += 997 {
		if tally.Add(signEntry(letterA, 1, Email, i)) == nil {
			t.Fatalf("the lock of entry %d is forgotten", i)
		}
		if err := tally.Add(withdrawEntry(i, int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	c, _ := tally.Letter(letterA)
	if want := int64((n + 995) / 997); c.Withdrawn != want || c.Counted != n-1-want {
		t.Errorf("%d counted, %d withdrawn, want %d withdrawn", c.Counted, c.Withdrawn, want)
	}
}

// The edge has the roots of x/mod's trees at every size, and passes up the hashes of its tiles.
func TestEdge(t *testing.T) {
	l := &testLog{}
	var e edge
	upper := map[int][]tlog.Hash{}
	for i := range 3 * tileWidth * 2 {
		if e.root() != l.tree(int64(i)).Hash {
			t.Fatalf("the root at size %d differs", i)
		}
		entry := Marshal(Unknown{Number: 9, Rest: []byte{byte(i >> 8), byte(i)}})
		l.add(entry)
		e.push(LeafHash(entry), func(level int, h tlog.Hash) { upper[level] = append(upper[level], h) })
	}
	if len(upper) != 1 || len(upper[1]) != 6 {
		t.Fatalf("%d levels, %d hashes", len(upper), len(upper[1]))
	}
	for n, h := range upper[1] {
		if want := l.stored[tlog.StoredHashIndex(tileHeight, int64(n))]; h != want {
			t.Errorf("hash %d of level 1 differs", n)
		}
	}
}

func removeEntry(index int64) []byte {
	return Marshal(Remove{Campaign: campaign, Reason: AskedByMailbox, Index: index})
}
