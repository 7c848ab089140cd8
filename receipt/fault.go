package receipt

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// FaultKind is what is wrong. The list is closed.
type FaultKind string

const (
	// FaultUnavailable says that the site could not be asked, after several tries. It is the one kind that says nothing about the log.
	FaultUnavailable FaultKind = "unavailable"
	// FaultMalformed is an answer, an entry or a proof that is not in its format, or longer than it can be.
	FaultMalformed FaultKind = "malformed"
	// FaultMissing is something a signed checkpoint commits to, and the site says it doesn't have.
	FaultMissing FaultKind = "missing"
	// FaultKey is another key than the one remembered for this origin.
	FaultKey FaultKind = "key"
	// FaultSignature is a note that the key did not sign.
	FaultSignature FaultKind = "signature"
	// FaultOrigin is a log that calls itself something else.
	FaultOrigin FaultKind = "origin"
	// FaultEntry is an entry that is absent, or is not the one whose hash the signed tree holds.
	FaultEntry FaultKind = "entry"
	// FaultRule is an entry that the rules of counting refuse ([Tally.Add]).
	FaultRule FaultKind = "rule"
	// FaultTile is a tile that does not hold the hashes of what is below it.
	FaultTile FaultKind = "tile"
	// FaultRoot is a root that does not come of the entries.
	FaultRoot FaultKind = "root"
	// FaultCount is a number of /letters.json that does not come of the entries.
	FaultCount FaultKind = "count"
	// FaultText is a letter's text that is not the one whose hash was logged.
	FaultText FaultKind = "text"
	// FaultCertificate is a certificate of closing that the entries don't bear out.
	FaultCertificate FaultKind = "certificate"
	// FaultQuorum is a checkpoint that fewer witnesses have signed than are asked for.
	FaultQuorum FaultKind = "quorum"
	// FaultRollback is a log smaller than it was when last seen, when a witness saw it, or when it signed a certificate.
	FaultRollback FaultKind = "rollback"
	// FaultFork is a log whose past is not the one last seen, the one a witness saw, or the one it signed a certificate of.
	FaultFork FaultKind = "fork"
)

// Fault is what did not hold.
type Fault struct {
	Kind    FaultKind `json:"kind"`
	Entry   *int64    `json:"entry,omitempty"` // index of the first entry concerned, where one is
	Message string    `json:"message"`         // plain English; does not repeat the entry's index

	gone bool // of FaultMissing: it was there, says the site
}

func (f *Fault) Error() string {
	if f.Entry != nil {
		return fmt.Sprintf("entry %d: %s", *f.Entry, f.Message)
	}
	return f.Message
}

// faultf words a fault. What a site says may be quoted in it, and is shown on a terminal: nothing of it moves a cursor or turns the text round.
func faultf(kind FaultKind, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Message: strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, fmt.Sprintf(format, args...))}
}

// at names the entry concerned.
func (f *Fault) at(entry int64) *Fault {
	f.Entry = &entry
	return f
}

// located names the first entry concerned where an error is a fault that names none yet. That the site can't be reached is not
// about an entry.
func located(err error, entry int64) error {
	var f *Fault
	if errors.As(err, &f) && f.Entry == nil && f.Kind != FaultUnavailable {
		return f.at(entry)
	}
	return err
}

// takenOut marks the fault of an address that says of itself that what stood there was taken out.
func takenOut(f *Fault) *Fault {
	f.gone = true
	return f
}

func isKind(err error, kind FaultKind) bool {
	var f *Fault
	return errors.As(err, &f) && f.Kind == kind
}
