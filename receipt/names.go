package receipt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Assurance is how it is known that a signature is one person's. Kinds are shown as separate lines. A byte of a later version is
// kept as its number.
type Assurance byte

const (
	Email     Assurance = 1 // whoever signed holds the mailbox of an e-mail address
	Held      Assurance = 4 // likewise, and it came in a burst that the organisers have yet to look at; a restore entry lifts it
	Rehearsal Assurance = 9 // made up, for a demo or a dress rehearsal: nobody signed
)

// String is the name used as a key in /letters.json: "email", "held", "rehearsal" or the byte's decimal number.
func (a Assurance) String() string {
	switch a {
	case Email:
		return "email"
	case Held:
		return "held"
	case Rehearsal:
		return "rehearsal"
	}
	return strconv.Itoa(int(a))
}

// MarshalText is String, for JSON keys.
func (a Assurance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText accepts exactly what String returns.
func (a *Assurance) UnmarshalText(text []byte) (err error) {
	*a, err = named(text, "assurance", *a, Email, Held, Rehearsal)
	return err
}

// Reason is why a signature was removed. A byte of a later version is kept as its number.
type Reason byte

const (
	// AskedByMailbox says that whoever holds the mailbox asked, and that the lock was not opened: who asked is attested by the
	// site alone. It ends a signature as a withdrawal does: for good.
	AskedByMailbox Reason = 1

	Duplicate     Reason = 2 // one person signed more than once
	Automated     Reason = 3 // a program signed
	NotTheirs     Reason = 4 // signed in the name of someone who did not
	Unconfirmable Reason = 5 // that a person stands behind it could not be confirmed
	OtherReason   Reason = 6
)

// CommitteeReasons are those a committee may give, in the order they are offered. AskedByMailbox is not: the mailbox gives it.
func CommitteeReasons() []Reason {
	return []Reason{Duplicate, Automated, NotTheirs, Unconfirmable, OtherReason}
}

// Reasons are all that this version knows.
func Reasons() []Reason { return append([]Reason{AskedByMailbox}, CommitteeReasons()...) }

// Key is String with "_" for spaces, for the keys of words in other languages.
func (r Reason) Key() string { return strings.ReplaceAll(r.String(), " ", "_") }

// String is the name used as a key in /letters.json, such as "not theirs", or the byte's decimal number.
func (r Reason) String() string {
	switch r {
	case AskedByMailbox:
		return "asked by mailbox"
	case Duplicate:
		return "duplicate"
	case Automated:
		return "automated"
	case NotTheirs:
		return "not theirs"
	case Unconfirmable:
		return "unconfirmable"
	case OtherReason:
		return "other"
	}
	return strconv.Itoa(int(r))
}

// MarshalText is String, for JSON keys.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText accepts exactly what String returns.
func (r *Reason) UnmarshalText(text []byte) (err error) {
	*r, err = named(text, "reason", *r, Reasons()...)
	return err
}

// ParseReason reads a reason that a committee may give, by its name; "-" stands for a space as well, for command lines and forms.
func ParseReason(name string) (Reason, error) {
	for _, r := range CommitteeReasons() {
		if strings.ReplaceAll(name, "-", " ") == r.String() {
			return r, nil
		}
	}
	return 0, fmt.Errorf("%q is no reason to remove a signature", name)
}

// ReportKind is what a reported number counts. A byte of a later version is kept as its number.
type ReportKind byte

const (
	Elsewhere ReportKind = 1 // signatures counted by another site
	Paper     ReportKind = 2 // signatures on paper
	Vouched   ReportKind = 3 // people for whom someone vouches
)

// String is its name in /letters.json: "elsewhere", "paper", "vouched" or the byte's decimal number.
func (k ReportKind) String() string {
	switch k {
	case Elsewhere:
		return "elsewhere"
	case Paper:
		return "paper"
	case Vouched:
		return "vouched"
	}
	return strconv.Itoa(int(k))
}

// MarshalText is String.
func (k ReportKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText accepts exactly what String returns.
func (k *ReportKind) UnmarshalText(text []byte) (err error) {
	*k, err = named(text, "kind of report", *k, Elsewhere, Paper, Vouched)
	return err
}

// named finds what has this name: one of known, or the decimal number of a later version. On an error it is as before.
func named[T interface {
	~byte
	String() string
}](text []byte, what string, before T, known ...T) (T, error) {
	if i := slices.IndexFunc(known, func(k T) bool { return string(text) == k.String() }); i >= 0 {
		return known[i], nil
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	if err != nil || T(n).String() != string(text) {
		return before, fmt.Errorf("unknown %s %q", what, text)
	}
	return T(n), nil
}

type (
	Campaign   [16]byte // the public effort for one or more cases
	Letter     [16]byte // an open letter in all its versions and languages
	Manifest   [32]byte // SHA-256 of a text version's manifest, which holds all its languages
	Commitment [32]byte // binds a signature to an address that only its signer can reveal, or to the name it shows
	Lock       [32]byte // SHA-256 of a [Preimage]; what a signature is found by
	Preimage   [32]byte // what opens a lock: known to the signer alone, until it withdraws
	Line       [32]byte // SHA-256 of a reported number's line as the site shows it, in canonical JSON

	Fingerprint [32]byte // SHA-256 of a key as it is written down, such as an age recipient
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

func (l Line) String() string               { return hex.EncodeToString(l[:]) }
func (l Line) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, l[:]), nil }
func (l *Line) UnmarshalText(t []byte) error {
	return unhex(l[:], t, "line's hash")
}

func (f Fingerprint) String() string               { return hex.EncodeToString(f[:]) }
func (f Fingerprint) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, f[:]), nil }
func (f *Fingerprint) UnmarshalText(t []byte) error {
	return unhex(f[:], t, "fingerprint")
}

func unhex(dst, text []byte, what string) error {
	raw := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(raw, text); err != nil || len(raw) != len(dst) || hex.EncodeToString(raw) != string(text) {
		return fmt.Errorf("a %s is %d characters of lower-case hex", what, 2*len(dst))
	}
	copy(dst, raw)
	return nil
}

// NameCommitment is what a show entry holds: HMAC-SHA256 under the salt over the length of the name in bytes (4, big endian), the
// name and the affiliation, both in UTF-8 as they are shown. The salt is random, at least 16 bytes, and is shown with the name:
// with all three anybody checks that a name is the one logged. Once a name is hidden and its salt deleted, nobody can.
func NameCommitment(salt []byte, name, affiliation string) Commitment {
	mac := hmac.New(sha256.New, salt)
	mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(name))))
	mac.Write([]byte(name))
	mac.Write([]byte(affiliation))
	return Commitment(mac.Sum(nil))
}
