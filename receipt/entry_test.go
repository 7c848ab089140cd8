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
	{"sign with an assurance of later", Sign{Assurance: 4},
		magicHex + "02" + block(0, 34) + "04" + block(0, 64), 107},
	{"withdraw", Withdraw{Campaign: fill16(0x11), Preimage: fill32(0x66), Index: 0x0102030405060708},
		magicHex + "03" + block(0x11, 16) + block(0x66, 32) + "0102030405060708", 64},
	{"remove", Remove{Campaign: fill16(0x11), Reason: AskedByMailbox, Index: 0x0102030405060708},
		magicHex + "04" + block(0x11, 16) + "01" + "0102030405060708", 33},
	{"a later type", Unknown{Number: 5, Rest: []byte{0xaa, 0xbb}}, magicHex + "05aabb", 10},
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
			clear(data)
			if diff := cmp.Diff(tt.entry, got); diff != "" {
				t.Errorf("it keeps the bytes it was parsed from: %s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	text, sign, withdraw := Marshal(Text{}), Marshal(Sign{}), Marshal(Withdraw{})
	negative := Marshal(Withdraw{Index: -1})
	for name, data := range map[string][]byte{
		"nothing":              {},
		"magic alone":          []byte("outcry1"),
		"another magic":        []byte("outcry2\x07later"),
		"text, a byte less":    text[:len(text)-1],
		"text, a byte more":    append(text, 0),
		"sign, a byte less":    sign[:len(sign)-1],
		"sign, a byte more":    append(sign, 0),
		"sign, head only":      sign[:8],
		"withdraw unsequenced": Withdraw{}.WithoutIndex(),
		"withdraw, a byte more": append(
			withdraw, 0),
		"withdraw beyond any log": negative,
	} {
		if e, err := Parse(data); err == nil {
			t.Errorf("%s: parsed as %#v", name, e)
		}
	}
}

func TestAppendIndex(t *testing.T) {
	w := Withdraw{Campaign: fill16(1), Preimage: fill32(2), Index: 77}
	waiting := w.WithoutIndex()
	waiting = waiting[:len(waiting):cap(waiting)]
	if got := AppendIndex(waiting, 77); !bytes.Equal(got, Marshal(w)) {
		t.Errorf("%x", got)
	}
	first := AppendIndex(waiting, 1)
	AppendIndex(waiting, 2)
	if first[len(first)-1] != 1 {
		t.Error("two entries share their bytes")
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
	for a, want := range map[Assurance]string{1: "email", 9: "rehearsal", 0: "0", 2: "2", 255: "255"} {
		if a.String() != want {
			t.Errorf("assurance %d is %q", byte(a), a)
		}
		var back Assurance
		if err := back.UnmarshalText([]byte(want)); err != nil || back != a {
			t.Errorf("%q is read as %v, %v", want, back, err)
		}
	}
	for _, bad := range []string{"", "1", "9", "02", "256", "-1", "Email", "+2"} {
		var a Assurance
		if a.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("assurance %q is taken", bad)
		}
	}
	for typ, want := range map[Type]string{TypeText: "text", TypeSign: "sign", TypeWithdraw: "withdraw", TypeRemove: "remove", 8: "type 8"} {
		if typ.String() != want {
			t.Errorf("type %d is %q", byte(typ), typ)
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
	for _, bad := range []string{"", good[:30], good + "00", strings.ToUpper(good), "0x" + good[2:], good[:31] + "g"} {
		if l.UnmarshalText([]byte(bad)) == nil || c.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if l.String() != good {
		t.Error("a refused text has changed the letter")
	}
	if c.UnmarshalText([]byte(good)) != nil || k.UnmarshalText([]byte(good+good)) != nil || m.UnmarshalText([]byte(good+good)) != nil {
		t.Error("good hex is refused")
	}
	got, err := json.Marshal(map[string]any{"a": l, "b": c, "c": k, "d": m})
	want := `{"a":"` + good + `","b":"` + good + `","c":"` + good + good + `","d":"` + good + good + `"}`
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
