package organiser

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

// Deed is an act on something, with all that carrying it out needs: what is approved later, or carried out after a crash, is what was decided, to the byte.
type Deed struct {
	Act     Act
	Object  string // what the trail says, such as a case's slug
	Payload []byte // sealed at rest; under 64 KiB
}

// Digest is SHA-256 of the payload: two pages that show it speak of the same.
func (d Deed) Digest() [32]byte { return sha256.Sum256(d.Payload) }

// payloadMost is the size of a payload in bytes, and payloadStep what it is padded to.
const (
	payloadMost = 64<<10 - 1
	payloadStep = 1 << 10
)

// Errand is a deed that was decided. It is carried out outside of the transaction that decided it, and again if that was cut off.
type Errand struct {
	Deed
	ID        string
	Committee Committee // its ID alone
	Role      Role      // of who asked for it
	Made      time.Time // the hour
	State     ErrandState
	Fault     string            // why it failed: a key of the catalogue
	Args      map[string]string // what that sentence names
}

// ErrandState is how far an errand has come.
type ErrandState string

const (
	Waiting ErrandState = "waiting" // or being carried out
	Done    ErrandState = "done"
	Failed  ErrandState = "failed"
)

// Outcome is what has become of a deed: decided, or proposed to a second person. One of the two has an ID.
type Outcome struct {
	Errand   Errand
	Proposal Proposal
}

// Proposed tells whether it waits for a second person.
func (o Outcome) Proposed() bool { return o.Proposal.ID != "" }

const (
	errandDays  = 30
	heldMinutes = 3  // how long whoever carries an errand out has it alone
	errandHours = 72 // hours after which what can't be carried out is given up
)

// CarryTime is how long carrying out an errand may take: less than it is held for.
const CarryTime = 90 * time.Second

var (
	errPayload   = fault.New(fault.TooLarge, "fault.desk.payload")
	errLate      = fault.New(fault.Gone, "fault.desk.errand_late")
	errOvertaken = fault.New(fault.Gone, "fault.desk.errand_overtaken")
	errBroken    = fault.New(fault.Refused, "fault.desk.errand_broken")
)

// overtakes tells whether an act undoes the need for an earlier one on the same object: nothing is shown after somebody has taken it back.
func overtakes(later, earlier Act) bool {
	switch later {
	case Withhold, Delete, Purge:
		return earlier == Publish || earlier == ShowName
	}
	return false
}

// line is what acts that follow each other on one object have in common: publishing is one, whoever it names.
func line(a Act) Act {
	if a == ShowName {
		return Publish
	}
	return a
}

// payloadPurpose binds a payload to its row, and to what the row says.
func payloadPurpose(id, committee string, a Act, object string) string {
	return strings.Join([]string{"organiser deed", id, committee, string(a), object}, " ")
}

func sealPayload(box seal.Box, id, committee string, d Deed) []byte {
	size := (len(d.Payload) + 2 + payloadStep - 1) / payloadStep * payloadStep
	return box.Seal(payloadPurpose(id, committee, d.Act, d.Object), seal.Padded(d.Payload, size))
}

func openPayload(box seal.Box, id, committee string, d Deed, sealed []byte) ([]byte, error) {
	padded, err := box.Open(payloadPurpose(id, committee, d.Act, d.Object), sealed)
	if err != nil {
		return nil, err
	}
	return seal.Unpadded(padded)
}

func (r *errandRow) open(box seal.Box) (err error) {
	if r.State == Waiting {
		r.Payload, err = openPayload(box, r.ID, r.Committee.ID, r.Deed, r.sealed)
	}
	return err
}

// Do decides a deed: at once, by an errand, or, where the committee has to be two for it, by proposing it. Either stands with its line in the trail in one transaction.
// Who carries errands out is told by [Book.Due].
func (b *Book) Do(ctx context.Context, s Session, d Deed) (o Outcome, err error) {
	switch {
	case !objectForm.MatchString(d.Object) || len(d.Object) > objectMost:
		return o, errNone
	case len(d.Payload) > payloadMost:
		return o, errPayload
	}
	box, err := b.key(ctx)
	if err != nil {
		return o, err
	}
	id := newID() + newID()
	err = b.update(ctx, func(tx *db.Tx) error {
		o = Outcome{}
		me, err := b.present(tx, s, d.Act)
		if err != nil {
			return err
		}
		k, err := b.circle(tx, me.Committee)
		if err != nil {
			return err
		}
		sealed := sealPayload(box, id, me.Committee.ID, d)
		if Pair(d.Act, k.count(d.Act, me.Organiser.ID)) {
			o.Proposal = Proposal{Deed: d, ID: id, Role: me.Role, Made: hourOf(b.Now()), Mine: true, organiser: me.Organiser.ID}
			if tx.Again() { // this ran before, and its answer was lost: was it done?
				if there, err := b.proposal(tx, me, id); err == nil && there.ID == id {
					return nil
				}
			}
			if err := insertProposal(tx, me.Committee.ID, o.Proposal, sealed); err != nil {
				return err
			}
			return note(tx, me.Committee.ID, b.Now(), me.Role, d.Act, proposed(d.Object))
		}
		o.Errand = Errand{Deed: d, ID: id, Committee: Committee{ID: me.Committee.ID}, Role: me.Role, Made: hourOf(b.Now()), State: Waiting}
		return b.decide(tx, me, o.Errand, sealed)
	})
	if err != nil {
		return Outcome{}, err
	}
	return o, nil
}

// decide puts an errand down, with its line in the trail; once, if it runs again.
func (b *Book) decide(tx *db.Tx, me Session, e Errand, sealed []byte) error {
	if _, there, err := selectErrand(tx, e.ID); err != nil || there {
		return err
	}
	if err := insertErrand(tx, e, sealed); err != nil {
		return err
	}
	return note(tx, me.Committee.ID, b.Now(), me.Role, e.Act, e.Object)
}

// Errands are those of one's own committee of the last 30 days, the latest first. Of what was done or failed there is no payload any more.
func (b *Book) Errands(ctx context.Context, s Session) (list []Errand, err error) {
	if !May(s.Role, Look) {
		return nil, errRole
	}
	box, err := b.key(ctx)
	if err != nil {
		return nil, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		rows, err := selectErrands(tx, eachErrandSQL, s.Committee.ID, hours(b.Now())-errandDays*24)
		for _, r := range rows {
			if r.open(box) != nil {
				r.Payload = nil // who carries it out will say so
			}
			list = append(list, r.Errand)
		}
		return err
	})
	return list, fault.In("organiser", err)
}

// Errand is one of one's own committee; a fault of kind NotFound if there is none.
func (b *Book) Errand(ctx context.Context, s Session, id string) (Errand, error) {
	list, err := b.Errands(ctx, s)
	if err != nil {
		return Errand{}, err
	}
	for _, e := range list {
		if e.ID == id {
			return e, nil
		}
	}
	return Errand{}, errNone
}

// Due are the errands of all committees that wait, in the order in which they were decided. For who carries them out alone, who takes each by [Book.Take].
func (b *Book) Due(ctx context.Context) (list []Errand, err error) {
	if b.Unlock.Locked() {
		return nil, seal.ErrLocked
	}
	var rows []errandRow
	err = b.DB.View(ctx, func(tx *db.Tx) (err error) {
		rows, err = selectErrands(tx, errandsDueSQL)
		return err
	})
	if err != nil || len(rows) == 0 { // as nearly always: it is asked each second
		return nil, fault.In("organiser", err)
	}
	box, err := b.key(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.open(box) != nil {
			r.Payload = nil // Take fails it
		}
		list = append(list, r.Errand)
	}
	return list, nil
}

// Take holds an errand for one node that is about to carry it out. It tells no while another one does, while an earlier one of the same act on the same object waits,
// and for good once it was overtaken: what was withheld is not published by what was decided before.
func (b *Book) Take(ctx context.Context, id string) (taken bool, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return false, err
	}
	now := minutes(b.Now())
	err = b.update(ctx, func(tx *db.Tx) error {
		taken = false
		e, found, err := selectErrand(tx, id)
		if err != nil || !found || e.State != Waiting || e.held > now {
			return err
		}
		if err := e.open(box); err != nil {
			return b.fail(tx, e, errBroken)
		}
		others, err := selectErrands(tx, errandsOfSQL, e.Committee.ID, e.Object)
		if err != nil {
			return err
		}
		for _, o := range others {
			switch {
			case o.n < e.n && o.State == Waiting && line(o.Act) == line(e.Act) && o.Object == e.Object,
				o.n < e.n && o.State == Waiting && o.held > now && overtakes(e.Act, o.Act):
				return nil
			case o.n > e.n && o.State != Failed && overtakes(o.Act, e.Act):
				return b.fail(tx, e, errOvertaken)
			}
		}
		taken = true
		_, err = tx.Exec(holdErrandSQL, id, now+heldMinutes)
		return err
	})
	return taken && err == nil, err
}

// fail ends an errand that can't be carried out, and says so in the trail.
func (b *Book) fail(tx *db.Tx, e errandRow, f *fault.Error) error {
	args := map[string]string{}
	for k, v := range f.Args {
		args[k] = fmt.Sprint(v)
	}
	if err := endErrand(tx, e.ID, Failed, f.Key, args); err != nil {
		return err
	}
	return note(tx, e.Committee.ID, b.Now(), e.Role, e.Act, "failed/"+e.Object)
}

// Ended says what has become of an errand: done without an error; failed by a fault that its author could do something about. By any other (of kind Internal, Busy or
// Locked, or no fault) it waits on, up to 72 hours from when it was decided: what could not be done by then comes as a surprise.
func (b *Book) Ended(ctx context.Context, id string, outcome error) error {
	return b.update(ctx, func(tx *db.Tx) error {
		e, found, err := selectErrand(tx, id)
		if err != nil || !found || e.State != Waiting {
			return err
		}
		f := fault.Of(outcome)
		switch {
		case outcome == nil:
			return endErrand(tx, id, Done, "", nil)
		case f != nil && f.Kind != fault.Internal && f.Kind != fault.Busy && f.Kind != fault.Locked:
			return b.fail(tx, e, f)
		case hours(b.Now())-e.made >= errandHours:
			return b.fail(tx, e, errLate)
		}
		_, err = tx.Exec(holdErrandSQL, id, 0)
		return err
	})
}
