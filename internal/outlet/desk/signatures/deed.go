package signatures

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/receipt"
)

// What an errand of moderating does.
const (
	doPause    = "pause"
	doResume   = "resume"
	doRelease  = "release"
	doRestore  = "restore"
	doHide     = "hide"
	doFirst    = "first" // a checked name
	doOrdinary = "ordinary"
	doReport   = "report"
)

// moderation is the payload of organiser.Moderate.
type moderation struct {
	Do          string          `json:"do"`
	Letter      receipt.Letter  `json:"letter"`
	Day         int64           `json:"day,omitempty"` // release: since 1970; 0: all
	Removal     string          `json:"removal,omitempty"`
	Lock        receipt.Lock    `json:"lock,omitempty"`
	Name        string          `json:"name,omitempty"` // as it was looked at
	Affiliation string          `json:"affiliation,omitempty"`
	Note        string          `json:"note,omitempty"`
	Report      json.RawMessage `json:"report,omitempty"`
}

// removing is the payload of organiser.Remove.
type removing struct {
	Letter receipt.Letter `json:"letter"`
	Title  string         `json:"title"` // for the page that a second person reads
	Held   bool           `json:"held,omitempty"`
	Day    int64          `json:"day,omitempty"`
	Lock   *receipt.Lock  `json:"lock,omitempty"`
	Reason receipt.Reason `json:"reason"`
	Words  string         `json:"words"`
	Most   int            `json:"most"` // as many as who decided has seen
}

func (r removing) rule() letter.Rule { return letter.Rule{Held: r.Held, Day: r.Day, Lock: r.Lock} }

// keying is the payload of organiser.Key.
type keying struct {
	Case      string `json:"case"`
	Recipient string `json:"recipient"`
}

// exporting is the payload of organiser.Export: the list is for who asked, and nobody else.
type exporting struct {
	Case      string `json:"case"`
	Organiser string `json:"organiser"`
}

// deed is an act with its payload.
func deed(act organiser.Act, payload any, on ...string) (organiser.Deed, error) {
	raw, err := json.Marshal(payload)
	return organiser.Deed{Act: act, Object: object(on...), Payload: raw}, err
}

// objectMost is how long an object may be, in bytes.
const objectMost = 60

// object is what the trail says of a deed: slugs and words of ours, cut where they are too long.
func object(parts ...string) string {
	text := strings.Join(parts, "/")
	return text[:min(len(text), objectMost)]
}

var errPayload = fault.New(fault.Refused, "fault.desk.errand_broken")

// read reads the payload of an errand.
func read(e organiser.Errand, to any) error {
	if json.Unmarshal(e.Payload, to) != nil {
		return errPayload
	}
	return nil
}

// removalOf names the removal that an errand makes: the same, however often it is carried out.
func removalOf(errand string) letter.RemovalID {
	sum := sha256.Sum256([]byte("outcry removal by errand\n" + errand))
	return letter.RemovalID(sum[:16])
}

var (
	errState     = fault.New(fault.Conflict, "fault.signatures.state")
	errNoMatch   = fault.New(fault.Conflict, "fault.signatures.no_match")
	errMore      = fault.New(fault.Conflict, "fault.signatures.more")
	errRule      = fault.New(fault.Invalid, "fault.signatures.rule").At("held")
	errDay       = fault.New(fault.Invalid, "fault.signatures.day").At("day")
	errLock      = fault.New(fault.Invalid, "fault.signatures.lock").At("lock")
	errReason    = fault.New(fault.Invalid, "fault.signatures.reason").At("reason")
	errWords     = fault.New(fault.Invalid, "fault.signatures.words").At("words")
	errOther     = fault.New(fault.Conflict, "fault.signatures.other_name")
	errNoRemoval = fault.New(fault.NotFound, "fault.signatures.no_removal")
	errNumber    = fault.New(fault.Invalid, "fault.signatures.number").At("value")
	errAsOf      = fault.New(fault.Invalid, "fault.signatures.as_of").At("as_of")
	errBy        = fault.New(fault.Invalid, "fault.signatures.by").At("by")
	errSource    = fault.New(fault.Invalid, "fault.signatures.source").At("source")
	errKind      = fault.New(fault.Invalid, "fault.signatures.kind").At("kind")
)

// worded says in a fault what a letter's book has refused, so that the errand ends and people read why.
func worded(err error) error {
	switch state := (letter.WrongState{}); {
	case errors.As(err, &state):
		return errState
	case errors.Is(err, letter.ErrNoMatch), errors.Is(err, letter.ErrNoRule):
		return errNoMatch
	case errors.Is(err, letter.ErrMore):
		return errMore
	case errors.Is(err, letter.ErrWords):
		return errWords
	case errors.Is(err, letter.ErrOtherName):
		return errOther
	case errors.Is(err, letter.ErrNoRemoval):
		return errNoRemoval
	}
	return err
}
