package receipt

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// magic opens every entry, so that the log's key can never be made to sign for bytes of another kind unnoticed.
const magic = "outcry1"

const (
	headSize     = len(magic) + 1 + 16
	textSize     = headSize + 16 + 2 + 32
	signSize     = headSize + 16 + 2 + 1 + 32 + 32
	withdrawSize = headSize + 32 + 8
	removeSize   = headSize + 1 + 8
)

// Type says what an entry is about.
type Type byte

const (
	TypeText     Type = 1 // a version of a letter's text begins
	TypeSign     Type = 2 // someone signed
	TypeWithdraw Type = 3 // a signer withdrew
	TypeRemove   Type = 4 // a signature was taken out for a reason, without its signer's key
)

// String names the type; one of a later version is "type N".
func (t Type) String() string {
	switch t {
	case TypeText:
		return "text"
	case TypeSign:
		return "sign"
	case TypeWithdraw:
		return "withdraw"
	case TypeRemove:
		return "remove"
	}
	return "type " + strconv.Itoa(int(t))
}

// Assurance is how it is known that a signature is one person's. Kinds are shown as separate lines. A byte of a later version is
// kept as its number.
type Assurance byte

const (
	Email     Assurance = 1 // whoever signed holds the mailbox of an e-mail address
	Rehearsal Assurance = 9 // made up, for a demo or a dress rehearsal: nobody signed
)

// String is the name used as a key in /letters.json: "email", "rehearsal" or the byte's decimal number.
func (a Assurance) String() string {
	switch a {
	case Email:
		return "email"
	case Rehearsal:
		return "rehearsal"
	}
	return strconv.Itoa(int(a))
}

// MarshalText is String, for JSON keys.
func (a Assurance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText accepts exactly what String returns.
func (a *Assurance) UnmarshalText(text []byte) error {
	for _, known := range []Assurance{Email, Rehearsal} {
		if string(text) == known.String() {
			*a = known
			return nil
		}
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	if err != nil || Assurance(n).String() != string(text) {
		return fmt.Errorf("unknown assurance %q", text)
	}
	*a = Assurance(n)
	return nil
}

type (
	Campaign   [16]byte // the public effort for one or more cases
	Letter     [16]byte // an open letter in all its versions and languages
	Manifest   [32]byte // SHA-256 of a text version's manifest, which holds all its languages
	Commitment [32]byte // binds a signature to an address that only its signer can reveal
	Lock       [32]byte // SHA-256 of a [Preimage]; what a signature is found by
	Preimage   [32]byte // what opens a lock: known to the signer alone, until it withdraws
)

// Lock returns the lock that p opens.
func (p Preimage) Lock() Lock { return sha256.Sum256(p[:]) }

// These are written as lower-case hex, and only that is read: one thing has one address.

func (c Campaign) String() string               { return hex.EncodeToString(c[:]) }
func (c Campaign) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, c[:]), nil }
func (c *Campaign) UnmarshalText(t []byte) error {
	return unhex(c[:], t, "campaign")
}

func (l Letter) String() string               { return hex.EncodeToString(l[:]) }
func (l Letter) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, l[:]), nil }
func (l *Letter) UnmarshalText(t []byte) error {
	return unhex(l[:], t, "letter")
}

func (m Manifest) String() string               { return hex.EncodeToString(m[:]) }
func (m Manifest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, m[:]), nil }
func (m *Manifest) UnmarshalText(t []byte) error {
	return unhex(m[:], t, "manifest hash")
}

func (l Lock) String() string               { return hex.EncodeToString(l[:]) }
func (l Lock) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, l[:]), nil }
func (l *Lock) UnmarshalText(t []byte) error {
	return unhex(l[:], t, "lock")
}

func unhex(dst, text []byte, what string) error {
	raw := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(raw, text); err != nil || len(raw) != len(dst) || hex.EncodeToString(raw) != string(text) {
		return fmt.Errorf("a %s is %d characters of lower-case hex", what, 2*len(dst))
	}
	copy(dst, raw)
	return nil
}

// Entry is one of [Text], [Sign], [Withdraw], [Remove] and [Unknown].
type Entry interface {
	Type() Type
	// Append appends the entry's bytes, exactly as they stand in the log.
	Append([]byte) []byte
}

// Text says that a version of a letter has this manifest: the first entry of a letter, and one at every change.
type Text struct {
	Campaign Campaign
	Letter   Letter
	Version  uint16
	Manifest Manifest
}

// Sign is one signature under one version of a letter.
type Sign struct {
	Campaign   Campaign
	Letter     Letter
	Version    uint16
	Assurance  Assurance
	Commitment Commitment
	Lock       Lock
}

// Withdraw takes the signature at Index out of the count, for good. Only who holds the preimage of its lock can write one.
type Withdraw struct {
	Campaign Campaign
	Preimage Preimage
	Index    int64 // of the sign entry; not negative
}

// Reason is why a signature was removed. A byte of a later version is kept as its number.
type Reason byte

// AskedByMailbox says that whoever holds the mailbox asked, and that the lock was not opened: who asked is attested by the site alone.
const AskedByMailbox Reason = 1

// Remove takes the signature at Index out of the count for a reason. Unlike [Withdraw] it proves nothing about who asked.
type Remove struct {
	Campaign Campaign
	Reason   Reason
	Index    int64 // of the sign entry; not negative
}

// Unknown is an entry of a later version.
type Unknown struct {
	Number Type
	Rest   []byte // all that follows the type byte
}

func (Text) Type() Type      { return TypeText }
func (Sign) Type() Type      { return TypeSign }
func (Withdraw) Type() Type  { return TypeWithdraw }
func (Remove) Type() Type    { return TypeRemove }
func (u Unknown) Type() Type { return u.Number }

func (t Text) Append(b []byte) []byte {
	b = appendHead(b, TypeText, t.Campaign)
	b = append(b, t.Letter[:]...)
	b = binary.BigEndian.AppendUint16(b, t.Version)
	return append(b, t.Manifest[:]...)
}

func (s Sign) Append(b []byte) []byte {
	b = appendHead(b, TypeSign, s.Campaign)
	b = append(b, s.Letter[:]...)
	b = binary.BigEndian.AppendUint16(b, s.Version)
	b = append(b, byte(s.Assurance))
	b = append(b, s.Commitment[:]...)
	return append(b, s.Lock[:]...)
}

func (w Withdraw) Append(b []byte) []byte {
	return binary.BigEndian.AppendUint64(append(b, w.WithoutIndex()...), uint64(w.Index))
}

func (r Remove) Append(b []byte) []byte {
	return binary.BigEndian.AppendUint64(append(b, r.WithoutIndex()...), uint64(r.Index))
}

func (u Unknown) Append(b []byte) []byte {
	b = append(b, magic...)
	b = append(b, byte(u.Number))
	return append(b, u.Rest...)
}

// WithoutIndex is the entry as it waits to be sequenced: the index of its sign entry is not known before, and comes by
// [AppendIndex].
func (w Withdraw) WithoutIndex() []byte {
	b := appendHead(make([]byte, 0, withdrawSize), TypeWithdraw, w.Campaign)
	return append(b, w.Preimage[:]...)
}

// WithoutIndex is the entry as it waits to be sequenced.
func (r Remove) WithoutIndex() []byte {
	return append(appendHead(make([]byte, 0, removeSize), TypeRemove, r.Campaign), byte(r.Reason))
}

// AppendIndex completes an entry that depends on the one at index: data and 8 bytes of index, in a new slice.
func AppendIndex(data []byte, index int64) []byte {
	b := append(make([]byte, 0, len(data)+8), data...)
	return binary.BigEndian.AppendUint64(b, uint64(index))
}

func appendHead(b []byte, t Type, c Campaign) []byte {
	b = append(b, magic...)
	b = append(b, byte(t))
	return append(b, c[:]...)
}

// Marshal returns the bytes of an entry.
func Marshal(e Entry) []byte { return e.Append(nil) }

// LeafHash is the hash of an entry in the log's tree (RFC 6962, section 2.1).
func LeafHash(entry []byte) tlog.Hash { return tlog.RecordHash(entry) }

// Parse reads an entry; it keeps no part of data. An entry of a later version is [Unknown] and no error. An error means that
// the bytes are no entry of any version: a wrong beginning, or a known type of a wrong length.
func Parse(data []byte) (Entry, error) {
	if len(data) <= len(magic) || string(data[:len(magic)]) != magic {
		return nil, errors.New("it does not begin as an entry")
	}
	t, f := Type(data[len(magic)]), fields(data[len(magic)+1:])
	switch t {
	case TypeText:
		if len(data) != textSize {
			return nil, lengthError(t, len(data), textSize)
		}
		return Text{Campaign: Campaign(f.next(16)), Letter: Letter(f.next(16)), Version: f.uint16(), Manifest: Manifest(f.next(32))}, nil
	case TypeSign:
		if len(data) != signSize {
			return nil, lengthError(t, len(data), signSize)
		}
		return Sign{Campaign: Campaign(f.next(16)), Letter: Letter(f.next(16)), Version: f.uint16(), Assurance: Assurance(f.next(1)[0]),
			Commitment: Commitment(f.next(32)), Lock: Lock(f.next(32))}, nil
	case TypeWithdraw:
		if len(data) != withdrawSize {
			return nil, lengthError(t, len(data), withdrawSize)
		}
		w := Withdraw{Campaign: Campaign(f.next(16)), Preimage: Preimage(f.next(32)), Index: int64(f.uint64())}
		if w.Index < 0 {
			return nil, errors.New("a withdraw entry names an index that no log reaches")
		}
		return w, nil
	case TypeRemove:
		if len(data) != removeSize {
			return nil, lengthError(t, len(data), removeSize)
		}
		r := Remove{Campaign: Campaign(f.next(16)), Reason: Reason(f.next(1)[0]), Index: int64(f.uint64())}
		if r.Index < 0 {
			return nil, errors.New("a remove entry names an index that no log reaches")
		}
		return r, nil
	}
	return Unknown{Number: t, Rest: append([]byte(nil), f...)}, nil
}

func lengthError(t Type, got, want int) error {
	return fmt.Errorf("a %s entry has %d bytes, and this one %d", t, want, got)
}

// fields are the bytes still to be read. The length has been checked before; composite literals are evaluated from left to
// right, so the fields are named in their order.
type fields []byte

func (f *fields) next(n int) []byte {
	b := (*f)[:n]
	*f = (*f)[n:]
	return b
}

func (f *fields) uint16() uint16 { return binary.BigEndian.Uint16(f.next(2)) }
func (f *fields) uint64() uint64 { return binary.BigEndian.Uint64(f.next(8)) }
