package receipt

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func remove(index int64, why Reason) []byte {
	return Marshal(Remove{Campaign: campaign, Reason: why, Index: index})
}

func restore(index int64) []byte { return Marshal(Restore{Campaign: campaign, Index: index}) }
func hide(index int64) []byte    { return Marshal(Hide{Campaign: campaign, Index: index}) }

func show(index int64) []byte {
	return Marshal(Show{Campaign: campaign, Commitment: NameCommitment([]byte("salt"), "Ana", ""), Index: index})
}

func reported(l Letter, k ReportKind, value uint64) []byte {
	return Marshal(Reported{Campaign: campaign, Letter: l, Kind: k, AsOf: 20260500, Value: value, Line: Line{byte(value)}})
}

func closeEntry(l Letter) []byte { return Marshal(Close{Campaign: campaign, Letter: l}) }

// What may follow what, for one signature at entry 1. Of each case all entries but the last are taken, and of the last it is said
// whether it is; then what the letter counts.
func TestSignatureStates(t *testing.T) {
	type entries = [][]byte
	const good, once, already = "", "for good", "out of the count already"
	counts := Count{Counted: 1}
	shown := Count{Counted: 1, Shown: 1}
	gone := func(r Reason) Count { return Count{Removed: 1, Removals: map[Reason]int64{r: 1}} }
	left := Count{Withdrawn: 1}
	withdraw := withdrawEntry(1, 1)
	for _, tt := range []struct {
		name string
		as   Assurance
		then entries
		says string // the fault of the last entry
		want Count
		now  Assurance
	}{
		{"signed", Email, nil, good, counts, Email},
		{"removed", Email, entries{remove(1, Duplicate)}, good, gone(Duplicate), Email},
		{"removed twice", Email, entries{remove(1, Duplicate), remove(1, Duplicate)}, already, gone(Duplicate), Email},
		{"removed again for another reason", Email, entries{remove(1, Duplicate), remove(1, Automated)}, already, gone(Duplicate), Email},
		{"removed for a reason of later", Email, entries{remove(1, 200)}, good, gone(200), Email},
		{"restored", Email, entries{remove(1, Duplicate), restore(1)}, good, counts, Email},
		{"restored, and it never was removed", Email, entries{restore(1)}, "counts and is not held", counts, Email},
		{"restored twice", Email, entries{remove(1, Duplicate), restore(1), restore(1)}, "counts and is not held", counts, Email},
		{"removed, restored, removed", Email, entries{remove(1, Duplicate), restore(1), remove(1, Automated)}, good, gone(Automated), Email},
		{"a rehearsal is not released", Rehearsal, entries{restore(1)}, "counts and is not held", counts, Rehearsal},

		{"withdrawn", Email, entries{withdraw}, good, left, Email},
		{"withdrawn twice", Email, entries{withdraw, withdraw}, once, left, Email},
		{"removed, then withdrawn: subtracted once", Email, entries{remove(1, Duplicate), withdraw}, good, left, Email},
		{"withdrawn, then removed", Email, entries{withdraw, remove(1, Duplicate)}, once, left, Email},
		{"withdrawn, then asked by mailbox", Email, entries{withdraw, remove(1, AskedByMailbox)}, once, left, Email},
		{"withdrawn, then restored", Email, entries{withdraw, restore(1)}, once, left, Email},
		{"removed, withdrawn, restored", Email, entries{remove(1, Duplicate), withdraw, restore(1)}, once, left, Email},
		{"removed, restored, withdrawn", Email, entries{remove(1, Duplicate), restore(1), withdraw}, good, left, Email},

		{"asked by mailbox", Email, entries{remove(1, AskedByMailbox)}, good, gone(AskedByMailbox), Email},
		{"asked by mailbox, then restored", Email, entries{remove(1, AskedByMailbox), restore(1)}, once, gone(AskedByMailbox), Email},
		{"asked by mailbox, then withdrawn", Email, entries{remove(1, AskedByMailbox), withdraw}, once, gone(AskedByMailbox), Email},
		{"asked by mailbox twice", Email, entries{remove(1, AskedByMailbox), remove(1, AskedByMailbox)}, once, gone(AskedByMailbox), Email},
		{"asked by mailbox, then removed", Email, entries{remove(1, AskedByMailbox), remove(1, Duplicate)}, once, gone(AskedByMailbox), Email},
		{"removed, then asked by mailbox", Email, entries{remove(1, Duplicate), remove(1, AskedByMailbox)}, good, gone(AskedByMailbox), Email},
		{"removed, asked by mailbox, restored", Email, entries{remove(1, Duplicate), remove(1, AskedByMailbox), restore(1)}, once, gone(AskedByMailbox), Email},

		{"held", Held, nil, good, counts, Held},
		{"held and released", Held, entries{restore(1)}, good, counts, Email},
		{"released twice", Held, entries{restore(1), restore(1)}, "counts and is not held", counts, Email},
		{"held and removed", Held, entries{remove(1, Automated)}, good, gone(Automated), Held},
		{"held, removed and put back: still held", Held, entries{remove(1, Automated), restore(1)}, good, counts, Held},
		{"held, removed, put back and released", Held, entries{remove(1, Automated), restore(1), restore(1)}, good, counts, Email},
		{"held and withdrawn", Held, entries{withdraw}, good, left, Held},

		{"shown", Email, entries{show(1)}, good, shown, Email},
		{"shown again", Email, entries{show(1), show(1)}, good, shown, Email},
		{"hidden", Email, entries{show(1), hide(1)}, good, counts, Email},
		{"hidden, and never was shown", Email, entries{hide(1)}, good, counts, Email},
		{"hidden twice", Email, entries{show(1), hide(1), hide(1)}, good, counts, Email},
		{"shown, hidden, shown", Email, entries{show(1), hide(1), show(1)}, good, shown, Email},
		{"shown and removed", Email, entries{show(1), remove(1, NotTheirs)}, good, gone(NotTheirs), Email},
		{"shown, removed, restored", Email, entries{show(1), remove(1, NotTheirs), restore(1)}, good, shown, Email},
		{"shown while removed", Email, entries{remove(1, NotTheirs), show(1), restore(1)}, good, shown, Email},
		{"hidden while removed", Email, entries{show(1), remove(1, NotTheirs), hide(1), restore(1)}, good, counts, Email},
		{"shown and released", Held, entries{show(1), restore(1)}, good, shown, Email},
		{"shown and withdrawn", Email, entries{show(1), withdraw}, good, left, Email},
		{"withdrawn, then shown", Email, entries{withdraw, show(1)}, once, left, Email},
		{"withdrawn, then hidden", Email, entries{show(1), withdraw, hide(1)}, good, left, Email},
		{"asked by mailbox, then shown", Email, entries{remove(1, AskedByMailbox), show(1)}, once, gone(AskedByMailbox), Email},
		{"asked by mailbox, then hidden", Email, entries{show(1), remove(1, AskedByMailbox), hide(1)}, good, gone(AskedByMailbox), Email},

		{"closed", Email, entries{closeEntry(letterA)}, good, Count{Counted: 1, Closed: 2}, Email},
		{"closed twice", Email, entries{closeEntry(letterA), closeEntry(letterA)}, good, Count{Counted: 1, Closed: 2}, Email},
		{"signed after closing", Email, entries{closeEntry(letterA), signEntry(letterA, 1, Email, 2)}, "which entry 2 closed", Count{Counted: 1, Closed: 2}, Email},
		{"a new text after closing", Email, entries{closeEntry(letterA), textEntry(letterA, 2)}, "which entry 2 closed", Count{Counted: 1, Closed: 2}, Email},
		{"the same text after closing", Email, entries{closeEntry(letterA), textEntry(letterA, 1)}, "which entry 2 closed", Count{Counted: 1, Closed: 2}, Email},
		{"shown after closing", Email, entries{closeEntry(letterA), show(1)}, good, Count{Counted: 1, Shown: 1, Closed: 2}, Email},
		{"hidden after closing", Email, entries{show(1), closeEntry(letterA), hide(1)}, good, Count{Counted: 1, Closed: 3}, Email},
		{"withdrawn after closing", Email, entries{closeEntry(letterA), withdraw}, good, Count{Withdrawn: 1, Closed: 2}, Email},
		{"removed after closing", Email, entries{closeEntry(letterA), remove(1, Duplicate)}, good, Count{Removed: 1, Removals: map[Reason]int64{Duplicate: 1}, Closed: 2}, Email},
		{"restored after closing", Email, entries{closeEntry(letterA), remove(1, Duplicate), restore(1)}, good, Count{Counted: 1, Closed: 2}, Email},
		{"released after closing", Held, entries{closeEntry(letterA), restore(1)}, good, Count{Counted: 1, Closed: 2}, Email},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tally Tally
			all := append(entries{textEntry(letterA, 1), signEntry(letterA, 1, tt.as, 1)}, tt.then...)
			for i, e := range all {
				err := tally.Add(e)
				if last := i == len(all)-1; !last || tt.says == "" {
					if err != nil {
						t.Fatalf("entry %d: %v", i, err)
					}
					continue
				}
				if err == nil {
					t.Fatal("the last entry is taken")
				}
				if f := faultOf(t, err); f.Kind != FaultRule || *f.Entry != int64(i) || !strings.Contains(f.Message, tt.says) {
					t.Errorf("%s: %v, want …%s…", f.Kind, f, tt.says)
				}
			}
			want := tt.want
			want.ID, want.Campaign = letterA, campaign
			want.ByVersion = map[uint16]int64{1: want.Counted}
			want.ByAssurance = map[Assurance]int64{tt.as: 0}
			want.ByAssurance[tt.now] += want.Counted
			got, _ := tally.Letter(letterA)
			got.Texts = nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			s, _ := tally.Standing(preimageOf(1).Lock())
			if s.Counted != (want.Counted == 1) || s.Removed != (want.Removed == 1) || s.Withdrawn != (want.Withdrawn == 1) || s.Assurance != tt.now ||
				s.Removed != (want.Removals[s.Reason] == 1) || s.Counted && s.Shown != (want.Shown == 1) {
				t.Errorf("the standing is %+v", s)
			}
		})
	}
}

// What each of the later entries has to be about.
func TestTallyRefusesStrangers(t *testing.T) {
	other := Campaign{9}
	base := [][]byte{
		0: textEntry(letterA, 1),
		1: signEntry(letterA, 1, Held, 1),
		2: Marshal(Unknown{Number: laterType}),
	}
	type about struct {
		does string
		make func(Campaign, int64) Entry
	}
	var cases []struct {
		name, says string
		entry      Entry
	}
	add := func(name, says string, e Entry) {
		cases = append(cases, struct {
			name, says string
			entry      Entry
		}{name, says, e})
	}
	for _, a := range []about{
		{"withdraws", func(c Campaign, i int64) Entry { return Withdraw{Campaign: c, Preimage: preimageOf(1), Index: i} }},
		{"removes", func(c Campaign, i int64) Entry { return Remove{Campaign: c, Reason: Duplicate, Index: i} }},
		{"restores", func(c Campaign, i int64) Entry { return Restore{Campaign: c, Index: i} }},
		{"shows a name for", func(c Campaign, i int64) Entry { return Show{Campaign: c, Index: i} }},
		{"hides a name of", func(c Campaign, i int64) Entry { return Hide{Campaign: c, Index: i} }},
	} {
		add(a.does+" another campaign's", "it "+a.does+" entry 1 of campaign "+campaign.String(), a.make(other, 1))
		add(a.does+" a text", "it "+a.does+" entry 0, which is no signature", a.make(campaign, 0))
		add(a.does+" a later type", "entry 2, which is no signature", a.make(campaign, 2))
		add(a.does+" itself", "it "+a.does+" entry 3, which is not before it", a.make(campaign, 3))
		add(a.does+" the far future", "which is not before it", a.make(campaign, 1<<32+1))
	}
	add("a close of another campaign's", "it closes letter "+letterA.String()+" of campaign", Close{other, letterA})
	add("a close of no letter", "it closes letter "+letterB.String()+", of which there is no text", Close{campaign, letterB})
	add("a report of another campaign", "it states a number for letter "+letterA.String()+" of campaign", Reported{Campaign: other, Letter: letterA})
	add("a report about no letter", "it states a number for letter "+letterB.String()+", of which there is no text", Reported{Campaign: campaign, Letter: letterB})
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			var tally Tally
			for _, e := range base {
				if err := tally.Add(e); err != nil {
					t.Fatal(err)
				}
			}
			before := tally.Letters()
			err := tally.Add(Marshal(tt.entry))
			if err == nil {
				t.Fatal("it is taken")
			}
			if f := faultOf(t, err); f.Kind != FaultRule || *f.Entry != 3 || !strings.Contains(f.Message, tt.says) {
				t.Errorf("%s: %v, want …%s…", f.Kind, f, tt.says)
			}
			if diff := cmp.Diff(before, tally.Letters()); diff != "" || tally.Size() != 3 {
				t.Errorf("a refused entry has changed the tally: %s", diff)
			}
			if err := tally.Add(restore(1)); err != nil {
				t.Errorf("the tally does not go on: %v", err)
			}
		})
	}
}

// Statements and keys are listed in their order, and no number has them in it.
func TestStatements(t *testing.T) {
	var tally Tally
	for _, e := range [][]byte{
		textEntry(letterA, 1),
		textEntry(letterB, 1),
		reported(letterA, Paper, 5000),
		signEntry(letterA, 1, Email, 1),
		reported(letterB, Elsewhere, 1<<63),
		Marshal(KeyEntry{Campaign: campaign, Kind: NewsKey, Fingerprint: Fingerprint{1}}),
		reported(letterA, Paper, 5000),
		Marshal(KeyEntry{Campaign: Campaign{9}, Kind: 77, Fingerprint: Fingerprint{2}}),
		closeEntry(letterA),
		reported(letterA, 99, 3),
	} {
		if err := tally.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := tally.Letter(letterA)
	b, _ := tally.Letter(letterB)
	if a.Counted != 1 || b.Counted != 0 || a.ByVersion[1] != 1 || len(a.ByAssurance) != 1 {
		t.Errorf("a statement counts: %+v, %+v", a, b)
	}
	want := []Statement{
		{Kind: Paper, AsOf: 20260500, Value: 5000, Line: Line{0x88}, Entry: 2},
		{Kind: Paper, AsOf: 20260500, Value: 5000, Line: Line{0x88}, Entry: 6},
		{Kind: 99, AsOf: 20260500, Value: 3, Line: Line{3}, Entry: 9},
	}
	if diff := cmp.Diff(want, a.Reported); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Statement{{Kind: Elsewhere, AsOf: 20260500, Value: 1 << 63, Entry: 4}}, b.Reported); diff != "" {
		t.Error(diff)
	}
	keys := []LoggedKey{{Campaign: campaign, Kind: NewsKey, Fingerprint: Fingerprint{1}, Entry: 5}, {Campaign: Campaign{9}, Kind: 77, Fingerprint: Fingerprint{2}, Entry: 7}}
	if diff := cmp.Diff(keys, tally.Keys()); diff != "" {
		t.Error(diff)
	}
	a.Reported[0].Value, a.ByVersion[1] = 0, 99
	if again, _ := tally.Letter(letterA); again.Reported[0].Value != 5000 || again.ByVersion[1] != 1 {
		t.Error("who changes a count changes the tally")
	}
}

// The form that the later fields have in /letters.json, and that they are read back from it.
func TestCountJSON(t *testing.T) {
	c := Count{ID: letterA, Campaign: campaign, Counted: 2, Removed: 3, ByVersion: map[uint16]int64{}, ByAssurance: map[Assurance]int64{Held: 2}, Shown: 1,
		Removals: map[Reason]int64{NotTheirs: 2, AskedByMailbox: 1}, Closed: 7,
		Reported: []Statement{{Kind: Vouched, AsOf: 20260000, Value: 1<<64 - 1, Line: fill32(1), Entry: 5}}}
	want := `{"id":"0000000000000000000000000000000a","campaign":"00000000000000000000000000000001","case":"","letter":"",` +
		`"counted":2,"withdrawn":0,"removed":3,"by_version":{},"by_assurance":{"held":2},"shown":1,"removed_for":{"asked by mailbox":1,"not theirs":2},"closed":7,` +
		`"reported":[{"kind":"vouched","as_of":20260000,"value":18446744073709551615,"line":"` + block(1, 32) + `","entry":5}]}`
	got, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	var back Count
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, back); diff != "" {
		t.Error(diff)
	}
}
