package receipt

import (
	"encoding/binary"
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
	showSize     = headSize + 32 + 8
	hideSize     = headSize + 8
	restoreSize  = headSize + 8
	reportSize   = headSize + 16 + 1 + 4 + 8 + 32
	closeSize    = headSize + 16
	keySize      = headSize + 1 + 32
)

// Type says what an entry is about.
type Type byte

const (
	TypeText     Type = 1  // a version of a letter's text begins
	TypeSign     Type = 2  // someone signed
	TypeWithdraw Type = 3  // a signer withdrew
	TypeRemove   Type = 4  // a signature was taken out for a reason, without its signer's key
	TypeShow     Type = 5  // a signer shows a name
	TypeHide     Type = 6  // a signature shows no name any more
	TypeRestore  Type = 7  // a removed signature is put back, or a held one released
	TypeReport   Type = 8  // the site states a number that is no signatures of this log
	TypeClose    Type = 10 // a letter takes no more signatures
	TypeKey      Type = 11 // a campaign receives under this key
)

// 9 and 12 are kept for fund and audit entries of later versions: until then they are [Unknown].

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
	case TypeShow:
		return "show"
	case TypeHide:
		return "hide"
	case TypeRestore:
		return "restore"
	case TypeReport:
		return "report"
	case TypeClose:
		return "close"
	case TypeKey:
		return "key"
	}
	return "type " + strconv.Itoa(int(t))
}

// Entry is one of [Text], [Sign], [Withdraw], [Remove], [Show], [Hide], [Restore], [Reported], [Close], [KeyEntry] and [Unknown].
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

// Remove takes the signature at Index out of the count for a reason. Unlike [Withdraw] it proves nothing about who asked.
type Remove struct {
	Campaign Campaign
	Reason   Reason
	Index    int64 // of the sign entry; not negative
}

// Show binds the signature at Index to a name, so that the name shown beside it can't be exchanged. A later one replaces it.
type Show struct {
	Campaign   Campaign
	Commitment Commitment // see NameCommitment
	Index      int64      // of the sign entry; not negative
}

// Hide says that the signature at Index shows no name any more. The name's commitment stays in the log.
type Hide struct {
	Campaign Campaign
	Index    int64 // of the sign entry; not negative
}

// Restore undoes the removal of the signature at Index. Of a [Held] one that counts it lifts the hold: from then on its assurance
// is [Email].
type Restore struct {
	Campaign Campaign
	Index    int64 // of the sign entry; not negative
}

// Reported is a number that the site states about a letter and that no signatures of this log stand behind. It is never added to a
// count. ([Report] is the outcome of a recount.)
type Reported struct {
	Campaign Campaign
	Letter   Letter
	Kind     ReportKind
	AsOf     uint32 // the day it was true, in decimal YYYYMMDD; month and day, or the day, are 0 if not known, and all if nothing is
	Value    uint64
	Line     Line
}

// Close says that a letter takes no more signatures and no more texts. Those it has may still be withdrawn, removed and restored.
type Close struct {
	Campaign Campaign
	Letter   Letter
}

// NewsKey is the [KeyEntry.Kind] of the age recipient to which a campaign's addresses for news are sealed.
const NewsKey byte = 1

// FormerLog is the [KeyEntry.Kind] of the verifier key under which the entries before this one were logged: the log goes on under another, since
// entries were lost. Its campaign is zero.
const FormerLog byte = 2

// KeyEntry says under which key a campaign receives something. Who exchanges the key leaves a trace.
type KeyEntry struct {
	Campaign    Campaign
	Kind        byte // NewsKey or FormerLog; others come with later versions
	Fingerprint Fingerprint
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
func (Show) Type() Type      { return TypeShow }
func (Hide) Type() Type      { return TypeHide }
func (Restore) Type() Type   { return TypeRestore }
func (Reported) Type() Type  { return TypeReport }
func (Close) Type() Type     { return TypeClose }
func (KeyEntry) Type() Type  { return TypeKey }
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

func (s Show) Append(b []byte) []byte {
	return binary.BigEndian.AppendUint64(append(b, s.WithoutIndex()...), uint64(s.Index))
}

func (h Hide) Append(b []byte) []byte {
	return binary.BigEndian.AppendUint64(append(b, h.WithoutIndex()...), uint64(h.Index))
}

func (r Restore) Append(b []byte) []byte {
	return binary.BigEndian.AppendUint64(append(b, r.WithoutIndex()...), uint64(r.Index))
}

func (r Reported) Append(b []byte) []byte {
	b = appendHead(b, TypeReport, r.Campaign)
	b = append(b, r.Letter[:]...)
	b = append(b, byte(r.Kind))
	b = binary.BigEndian.AppendUint32(b, r.AsOf)
	b = binary.BigEndian.AppendUint64(b, r.Value)
	return append(b, r.Line[:]...)
}

func (c Close) Append(b []byte) []byte {
	return append(appendHead(b, TypeClose, c.Campaign), c.Letter[:]...)
}

func (k KeyEntry) Append(b []byte) []byte {
	b = append(appendHead(b, TypeKey, k.Campaign), k.Kind)
	return append(b, k.Fingerprint[:]...)
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

// WithoutIndex is the entry as it waits to be sequenced.
func (s Show) WithoutIndex() []byte {
	return append(appendHead(make([]byte, 0, showSize), TypeShow, s.Campaign), s.Commitment[:]...)
}

// WithoutIndex is the entry as it waits to be sequenced.
func (h Hide) WithoutIndex() []byte {
	return appendHead(make([]byte, 0, hideSize), TypeHide, h.Campaign)
}

// WithoutIndex is the entry as it waits to be sequenced.
func (r Restore) WithoutIndex() []byte {
	return appendHead(make([]byte, 0, restoreSize), TypeRestore, r.Campaign)
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

// TypeOf is the type of an entry, also of one that waits for its index; 0 if it is none.
func TypeOf(entry []byte) Type {
	if len(entry) <= len(magic) || string(entry[:len(magic)]) != magic {
		return 0
	}
	return Type(entry[len(magic)])
}

// LeafHash is the hash of an entry in the log's tree (RFC 6962, section 2.1).
func LeafHash(entry []byte) tlog.Hash { return tlog.RecordHash(entry) }

// Parse reads an entry; it keeps no part of data. An entry of a later version is [Unknown] and no error. An error means that
// the bytes are no entry of any version: a wrong beginning, or a known type of a wrong length.
func Parse(data []byte) (Entry, error) {
	if len(data) <= len(magic) || string(data[:len(magic)]) != magic {
		return nil, errors.New("it does not begin as an entry")
	}
	t, body := Type(data[len(magic)]), data[len(magic)+1:]
	want := sizeOf(t)
	switch {
	case want == 0:
		return Unknown{Number: t, Rest: append([]byte(nil), body...)}, nil
	case len(data) != want:
		return nil, fmt.Errorf("a %s entry has %d bytes, and this one %d", t, want, len(data))
	}
	f := fields{rest: body}
	e := f.entry(t)
	if f.beyond {
		return nil, fmt.Errorf("a %s entry names an index that no log reaches", t)
	}
	return e, nil
}

// sizeOf is the length of a type's entries; 0 if the type is a later version's.
func sizeOf(t Type) int {
	switch t {
	case TypeText:
		return textSize
	case TypeSign:
		return signSize
	case TypeWithdraw:
		return withdrawSize
	case TypeRemove:
		return removeSize
	case TypeShow:
		return showSize
	case TypeHide:
		return hideSize
	case TypeRestore:
		return restoreSize
	case TypeReport:
		return reportSize
	case TypeClose:
		return closeSize
	case TypeKey:
		return keySize
	}
	return 0
}

// fields are the bytes still to be read. The length has been checked before; composite literals are evaluated from left to
// right, so the fields are named in their order.
type fields struct {
	rest   []byte
	beyond bool // an index was read that is none
}

// entry reads one of a type that sizeOf knows.
func (f *fields) entry(t Type) Entry {
	c := Campaign(f.next(16))
	switch t {
	case TypeText:
		return Text{Campaign: c, Letter: Letter(f.next(16)), Version: f.uint16(), Manifest: Manifest(f.next(32))}
	case TypeSign:
		return Sign{Campaign: c, Letter: Letter(f.next(16)), Version: f.uint16(), Assurance: Assurance(f.byte()),
			Commitment: Commitment(f.next(32)), Lock: Lock(f.next(32))}
	case TypeWithdraw:
		return Withdraw{Campaign: c, Preimage: Preimage(f.next(32)), Index: f.index()}
	case TypeRemove:
		return Remove{Campaign: c, Reason: Reason(f.byte()), Index: f.index()}
	case TypeShow:
		return Show{Campaign: c, Commitment: Commitment(f.next(32)), Index: f.index()}
	case TypeHide:
		return Hide{Campaign: c, Index: f.index()}
	case TypeRestore:
		return Restore{Campaign: c, Index: f.index()}
	case TypeReport:
		return Reported{Campaign: c, Letter: Letter(f.next(16)), Kind: ReportKind(f.byte()), AsOf: binary.BigEndian.Uint32(f.next(4)),
			Value: binary.BigEndian.Uint64(f.next(8)), Line: Line(f.next(32))}
	case TypeClose:
		return Close{Campaign: c, Letter: Letter(f.next(16))}
	}
	return KeyEntry{Campaign: c, Kind: f.byte(), Fingerprint: Fingerprint(f.next(32))}
}

func (f *fields) next(n int) []byte {
	b := f.rest[:n]
	f.rest = f.rest[n:]
	return b
}

func (f *fields) byte() byte     { return f.next(1)[0] }
func (f *fields) uint16() uint16 { return binary.BigEndian.Uint16(f.next(2)) }

func (f *fields) index() int64 {
	i := int64(binary.BigEndian.Uint64(f.next(8)))
	f.beyond = f.beyond || i < 0
	return i
}
