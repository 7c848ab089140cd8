package receipt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func block(b byte, n int) string { return strings.Repeat(hex.EncodeToString([]byte{b}), n) }

func fill16(b byte) (a [16]byte) { copy(a[:], bytes.Repeat([]byte{b}, 16)); return }
func fill32(b byte) (a [32]byte) { copy(a[:], bytes.Repeat([]byte{b}, 32)); return }

const magicHex = "6f757463727931"

// The layouts, written out by hand: what is in a log stays in it, so these never change.
var layouts = []struct {
	name  string
	entry Entry
	hex   string
	size  int
}{
	{"text", Text{Campaign: fill16(0x11), Letter: fill16(0x22), Version: 0x0102, Manifest: fill32(0x33)},
		magicHex + "01" + block(0x11, 16) + block(0x22, 16) + "0102" + block(0x33, 32), 74},
	{"sign", Sign{Campaign: fill16(0x11), Letter: fill16(0x22), Version: 3, Assurance: Email, Commitment: fill32(0x44), Lock: fill32(0x55)},
		magicHex + "02" + block(0x11, 16) + block(0x22, 16) + "0003" + "01" + block(0x44, 32) + block(0x55, 32), 107},
	{"sign, held", Sign{Assurance: Held},
		magicHex + "02" + block(0, 34) + "04" + block(0, 64), 107},
	{"sign with an assurance of later", Sign{Assurance: 5},
		magicHex + "02" + block(0, 34) + "05" + block(0, 64), 107},
	{"withdraw", Withdraw{Campaign: fill16(0x11), Preimage: fill32(0x66), Index: 0x0102030405060708},
		magicHex + "03" + block(0x11, 16) + block(0x66, 32) + "0102030405060708", 64},
	{"remove", Remove{Campaign: fill16(0x11), Reason: AskedByMailbox, Index: 0x0102030405060708},
		magicHex + "04" + block(0x11, 16) + "01" + "0102030405060708", 33},
	{"show", Show{Campaign: fill16(0x11), Commitment: fill32(0x77), Index: 0x0102030405060708},
		magicHex + "05" + block(0x11, 16) + block(0x77, 32) + "0102030405060708", 64},
	{"hide", Hide{Campaign: fill16(0x11), Index: 0x0102030405060708}, magicHex + "06" + block(0x11, 16) + "0102030405060708", 32},
	{"restore", Restore{Campaign: fill16(0x11), Index: 0x0102030405060708}, magicHex + "07" + block(0x11, 16) + "0102030405060708", 32},
	{"report", Reported{Campaign: fill16(0x11), Letter: fill16(0x22), Kind: Paper, AsOf: 20260500, Value: 0xf102030405060708, Line: fill32(0x88)},
		magicHex + "08" + block(0x11, 16) + block(0x22, 16) + "02" + "01352694" + "f102030405060708" + block(0x88, 32), 85},
	{"report of a later kind", Reported{Kind: 200}, magicHex + "08" + block(0, 32) + "c8" + block(0, 44), 85},
	{"close", Close{Campaign: fill16(0x11), Letter: fill16(0x22)}, magicHex + "0a" + block(0x11, 16) + block(0x22, 16), 40},
	{"key", KeyEntry{Campaign: fill16(0x11), Kind: NewsKey, Fingerprint: fill32(0x99)}, magicHex + "0b" + block(0x11, 16) + "01" + block(0x99, 32), 57},
	{"fund, of a later version", Unknown{Number: 9, Rest: []byte{0xaa, 0xbb}}, magicHex + "09aabb", 10},
	{"audit, of a later version", Unknown{Number: 12, Rest: []byte{0xaa}}, magicHex + "0caa", 9},
	{"a later type without a body", Unknown{Number: 0xff}, magicHex + "ff", 8},
	{"type zero", Unknown{Number: 0, Rest: bytes.Repeat([]byte{1}, 99)}, magicHex + "00" + block(1, 99), 107},
}

func TestLayouts(t *testing.T) {
	for _, tt := range layouts {
		t.Run(tt.name, func(t *testing.T) {
			data := Marshal(tt.entry)
			if got := hex.EncodeToString(data); got != tt.hex || len(data) != tt.size {
				t.Errorf("%d bytes %s, want %d bytes %s", len(data), got, tt.size, tt.hex)
			}
			if got := tt.entry.Append([]byte("before")); string(got) != "before"+string(data) {
				t.Errorf("Append = %x", got)
			}
			got, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.entry, got); diff != "" {
				t.Error(diff)
			}
			if got.Type() != Type(data[7]) {
				t.Errorf("Type = %v", got.Type())
			}
			if TypeOf(data) != got.Type() {
				t.Errorf("TypeOf = %v", TypeOf(data))
			}
			clear(data)
			if diff := cmp.Diff(tt.entry, got); diff != "" {
				t.Errorf("it keeps the bytes it was parsed from: %s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	bad := map[string][]byte{
		"nothing":                 {},
		"magic alone":             []byte("outcry1"),
		"another magic":           []byte("outcry2\x09later"),
		"sign, head only":         Marshal(Sign{})[:8],
		"withdraw beyond any log": Marshal(Withdraw{Index: -1}),
		"remove beyond any log":   Marshal(Remove{Index: -1}),
		"show beyond any log":     Marshal(Show{Index: -1}),
		"hide beyond any log":     Marshal(Hide{Index: -1}),
		"restore beyond any log":  Marshal(Restore{Index: -1}),
		"withdraw unsequenced":    Withdraw{}.WithoutIndex(),
		"remove unsequenced":      Remove{}.WithoutIndex(),
		"show unsequenced":        Show{}.WithoutIndex(),
		"hide unsequenced":        Hide{}.WithoutIndex(),
		"restore unsequenced":     Restore{}.WithoutIndex(),
	}
	for _, e := range []Entry{Text{}, Sign{}, Withdraw{}, Remove{}, Show{}, Hide{}, Restore{}, Reported{}, Close{}, KeyEntry{}} {
		data := Marshal(e)
		bad[e.Type().String()+", a byte less"] = data[:len(data)-1]
		bad[e.Type().String()+", a byte more"] = append(data, 0)
	}
	if len(bad) != 14+2*10 {
		t.Fatalf("%d cases: two have one name", len(bad))
	}
	for name, data := range bad {
		if e, err := Parse(data); err == nil {
			t.Errorf("%s: parsed as %#v", name, e)
		}
	}
}

func TestAppendIndex(t *testing.T) {
	for _, e := range []interface {
		Entry
		WithoutIndex() []byte
	}{
		Withdraw{Campaign: fill16(1), Preimage: fill32(2), Index: 77},
		Remove{Campaign: fill16(1), Reason: Automated, Index: 77},
		Show{Campaign: fill16(1), Commitment: fill32(2), Index: 77},
		Hide{Campaign: fill16(1), Index: 77},
		Restore{Campaign: fill16(1), Index: 77},
	} {
		waiting := e.WithoutIndex()
		waiting = waiting[:len(waiting):cap(waiting)]
		if got := AppendIndex(waiting, 77); !bytes.Equal(got, Marshal(e)) {
			t.Errorf("%s: %x", e.Type(), got)
		}
		if TypeOf(waiting) != e.Type() {
			t.Errorf("%s: while it waits, TypeOf is %s", e.Type(), TypeOf(waiting))
		}
		first := AppendIndex(waiting, 1)
		AppendIndex(waiting, 2)
		if first[len(first)-1] != 1 {
			t.Errorf("%s: two entries share their bytes", e.Type())
		}
	}
}

func TestTypeOfNothing(t *testing.T) {
	for _, none := range []string{"", "outcry1", "outcry2\x02", "\x02outcry1"} {
		if got := TypeOf([]byte(none)); got != 0 {
			t.Errorf("TypeOf(%q) = %v", none, got)
		}
	}
}

func TestLeafHash(t *testing.T) {
	entry := Marshal(Sign{})
	if want := sha256.Sum256(append([]byte{0}, entry...)); LeafHash(entry) != want {
		t.Error("not SHA-256 of a zero byte and the entry")
	}
}

func TestPreimageLock(t *testing.T) {
	// SHA-256 of 32 zero bytes.
	const want = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
	if got := (Preimage{}).Lock().String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNames(t *testing.T) {
	for a, want := range map[Assurance]string{1: "email", 4: "held", 9: "rehearsal", 0: "0", 2: "2", 255: "255"} {
		if a.String() != want {
			t.Errorf("assurance %d is %q", byte(a), a)
		}
		var back Assurance
		if err := back.UnmarshalText([]byte(want)); err != nil || back != a {
			t.Errorf("%q is read as %v, %v", want, back, err)
		}
	}
	for _, bad := range []string{"", "1", "4", "9", "02", "256", "-1", "Email", "+2"} {
		a := Held
		if a.UnmarshalText([]byte(bad)) == nil || a != Held {
			t.Errorf("assurance %q is taken, or changes what was there", bad)
		}
	}
	for typ, want := range map[Type]string{TypeText: "text", TypeSign: "sign", TypeWithdraw: "withdraw", TypeRemove: "remove",
		TypeShow: "show", TypeHide: "hide", TypeRestore: "restore", TypeReport: "report", TypeClose: "close", TypeKey: "key", 9: "type 9", 12: "type 12"} {
		if typ.String() != want {
			t.Errorf("type %d is %q", byte(typ), typ)
		}
	}
}

func TestReasons(t *testing.T) {
	names := map[Reason]string{AskedByMailbox: "asked by mailbox", Duplicate: "duplicate", Automated: "automated", NotTheirs: "not theirs",
		Unconfirmable: "unconfirmable", OtherReason: "other", 0: "0", 7: "7", 255: "255"}
	for r, want := range names {
		var back Reason
		if err := back.UnmarshalText([]byte(want)); r.String() != want || err != nil || back != r {
			t.Errorf("reason %d is %q, and %q is read as %d, %v", byte(r), r, want, byte(back), err)
		}
	}
	if given, all := CommitteeReasons(), Reasons(); len(given) != 5 || len(all) != 6 || all[0] != AskedByMailbox {
		t.Errorf("a committee may give %v of %v", given, all)
	}
	if AskedByMailbox.Key() != "asked_by_mailbox" || Duplicate.Key() != "duplicate" || Reason(9).Key() != "9" {
		t.Error("the keys of words differ")
	}
	for _, r := range CommitteeReasons() {
		for _, name := range []string{r.String(), strings.ReplaceAll(r.String(), " ", "-")} {
			if got, err := ParseReason(name); err != nil || got != r {
				t.Errorf("%q is read as %v, %v", name, got, err)
			}
		}
	}
	for _, bad := range []string{"", "asked by mailbox", "asked-by-mailbox", "1", "2", "7", "Duplicate", "not  theirs", "duplicate "} {
		if r, err := ParseReason(bad); err == nil {
			t.Errorf("a committee may give the reason %q: %v", bad, r)
		}
	}
	r := NotTheirs
	if r.UnmarshalText([]byte("not-theirs")) == nil || r.UnmarshalText([]byte("4")) == nil || r != NotTheirs {
		t.Error("a reason has two spellings in JSON")
	}
}

func TestReportKinds(t *testing.T) {
	for k, want := range map[ReportKind]string{Elsewhere: "elsewhere", Paper: "paper", Vouched: "vouched", 0: "0", 4: "4"} {
		var back ReportKind
		if err := back.UnmarshalText([]byte(want)); k.String() != want || err != nil || back != k {
			t.Errorf("kind %d is %q, and %q is read as %d, %v", byte(k), k, want, byte(back), err)
		}
	}
	k := Paper
	if k.UnmarshalText([]byte("2")) == nil || k.UnmarshalText([]byte("papers")) == nil || k != Paper {
		t.Error("a kind has two spellings")
	}
}

func TestNameCommitment(t *testing.T) {
	salt := bytes.Repeat([]byte{7}, 16)
	// HMAC-SHA256 of 00000003 "Ana" "Minsk" under sixteen sevens, by openssl.
	const want = "4d8d0b84d5109461be783b7a71dcfb2c897e2419ec9375f66cd6bec7ba18b551"
	got := NameCommitment(salt, "Ana", "Minsk")
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("%x, want %s", got, want)
	}
	for name, other := range map[string]Commitment{
		"another salt":                NameCommitment(salt[1:], "Ana", "Minsk"),
		"another name":                NameCommitment(salt, "Ann", "Minsk"),
		"another affiliation":         NameCommitment(salt, "Ana", "Kyiv"),
		"the border moved":            NameCommitment(salt, "AnaM", "insk"),
		"name and affiliation in one": NameCommitment(salt, "AnaMinsk", ""),
		"exchanged":                   NameCommitment(salt, "Minsk", "Ana"),
	} {
		if other == got {
			t.Errorf("%s: the same commitment", name)
		}
	}
}

func TestHexNames(t *testing.T) {
	const good = "000102030405060708090a0b0c0d0e0f"
	var l Letter
	if err := l.UnmarshalText([]byte(good)); err != nil || l.String() != good {
		t.Errorf("%v, %v", l, err)
	}
	var c Campaign
	var k Lock
	var m Manifest
	var line Line
	var print Fingerprint
	for _, bad := range []string{"", good[:30], good + "00", strings.ToUpper(good), "0x" + good[2:], good[:31] + "g"} {
		if l.UnmarshalText([]byte(bad)) == nil || c.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if l.String() != good {
		t.Error("a refused text has changed the letter")
	}
	if c.UnmarshalText([]byte(good)) != nil || k.UnmarshalText([]byte(good+good)) != nil || m.UnmarshalText([]byte(good+good)) != nil ||
		line.UnmarshalText([]byte(good+good)) != nil || print.UnmarshalText([]byte(good+good)) != nil {
		t.Error("good hex is refused")
	}
	got, err := json.Marshal(map[string]any{"a": l, "b": c, "c": k, "d": m, "e": line, "f": print})
	want := `{"a":"` + good + `","b":"` + good + `","c":"` + good + good + `","d":"` + good + good + `","e":"` + good + good + `","f":"` + good + good + `"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range layouts {
		f.Add(Marshal(tt.entry))
	}
	f.Add([]byte("outcry1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Parse(data)
		var tally Tally
		fault := tally.add(data)
		if err != nil {
			if fault == nil || fault.Kind != FaultMalformed || tally.Size() != 0 {
				t.Fatalf("the tally takes %x", data)
			}
			return
		}
		if back := Marshal(e); !bytes.Equal(back, data) {
			t.Fatalf("%x parses to what is written as %x", data, back)
		}
	})
}
