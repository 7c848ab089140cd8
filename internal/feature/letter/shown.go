package letter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

const (
	namesPerPage = 100
	foundMost    = 100
	noteMost     = 500 // bytes
	saltSize     = 32

	renewedAtOnce = 200 // names in a transaction
)

var (
	errNamesOff  = fault.New(fault.Refused, "fault.name.off")
	errNameEnded = fault.New(fault.Gone, "fault.name.ended")
	errNoPage    = fault.New(fault.NotFound, "fault.name.page")
	errNoneShown = fault.New(fault.NotFound, "fault.name.none")
	errNoRole    = fault.New(fault.Invalid, "fault.name.role")
	errNoNote    = fault.New(fault.Invalid, "fault.name.note", "Most", noteMost)
)

// followNames gives a name its place once its show entry is in the log; only then is it shown. NewBook calls it.
func (b *Book) followNames() {
	b.Log.OnAbout(func(tx *db.Tx, of []byte, index int64, data []byte) error {
		if receipt.TypeOf(data) != receipt.TypeShow || len(of) != len(receipt.Lock{}) {
			return nil
		}
		e, err := receipt.Parse(data)
		if err != nil {
			return err
		}
		r, found, err := selectName(tx, receipt.Lock(of))
		if err != nil || !found || r.commitment() != e.(receipt.Show).Commitment {
			return err
		}
		return numberName(tx, r.lock, index)
	})
}

// naming tells the leaves that say whether a name is shown. At most one of a signature waits.
func naming(data []byte) bool {
	t := receipt.TypeOf(data)
	return t == receipt.TypeShow || t == receipt.TypeHide
}

// waitingName tells what waits for the log about a signature's name, and holds the sequencer off until the transaction ends: what the rows say
// afterwards stays true. Zero is nothing.
func (b *Book) waitingName(tx *db.Tx, lock receipt.Lock) (t receipt.Type, err error) {
	_, err = b.Log.Drop(tx, lock[:], func(data []byte) bool {
		if naming(data) {
			t = receipt.TypeOf(data)
		}
		return false
	})
	return t, err
}

// Show is step 6: a signature that counts shows a name from the next count on; another one that it showed is replaced. What is shown already, and
// what waits to be, may be sent again and changes nothing. Whoever holds the private link may.
func (b *Book) Show(ctx context.Context, s Secret, typedName, typedAffiliation string) (m Mine, err error) {
	if m, err = b.Mine(ctx, s); err != nil {
		return m, err
	}
	if m.Letter.About.NoNames {
		return m, errNamesOff
	}
	if m.Ended {
		return m, errNameEnded
	}
	n, err := ParseName(typedName, typedAffiliation)
	if err != nil {
		return m, err
	}
	fresh := nameRow{Name: n, lock: m.Lock, letter: m.Letter.ID, salt: make([]byte, saltSize)}
	rand.Read(fresh.salt)
	leaf := b.leafAbout(m.Letter, m.Lock, receipt.Show{Campaign: m.Letter.Campaign, Commitment: fresh.commitment()}.WithoutIndex())
	ended := false
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		waits, err := b.waitingName(tx, m.Lock)
		if err != nil {
			return err
		}
		r, found, err := selectBySecret(tx, s)
		if ended = !found || r.state != counted; err != nil || ended {
			return err
		}
		old, had, err := selectName(tx, m.Lock)
		if err != nil || had && old.Name == n {
			return err
		}
		row := fresh
		row.earlier = had && old.logged() || waits == receipt.TypeHide
		if err := b.forgetName(tx, m.Lock); err != nil {
			return err
		}
		if err := insertName(tx, row); err != nil {
			return err
		}
		return b.Log.Queue(tx, leaf)
	})
	if err != nil {
		return m, err
	}
	if ended {
		return m, errNameEnded
	}
	b.Log.Wake()
	return m, nil
}

// Hide is step 6 backwards: the name is forgotten at once, and the log says so with the next count, if it ever said that there is one. Hiding what
// is not shown changes nothing. Whoever holds the private link may, also while the signature is struck off.
func (b *Book) Hide(ctx context.Context, s Secret) (m Mine, err error) {
	if m, err = b.Mine(ctx, s); err != nil {
		return m, err
	}
	_, err = b.hide(ctx, m.Letter, m.Lock, b.leafAbout(m.Letter, m.Lock, receipt.Hide{Campaign: m.Letter.Campaign}.WithoutIndex()))
	return m, err
}

func (b *Book) hide(ctx context.Context, l *Letter, lock receipt.Lock, leaf translog.Leaf) (had bool, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := b.waitingName(tx, lock); err != nil {
			return err
		}
		old, found, err := selectName(tx, lock)
		had = found || had && tx.Again() // a run whose answer was lost has hidden it
		if err != nil || !found {
			return err
		}
		if err := b.forgetName(tx, lock); err != nil || !old.logged() {
			return err
		}
		return b.Log.Queue(tx, leaf)
	})
	if err == nil {
		b.Log.Wake()
	}
	return had, err
}

// forgetName deletes a signature's name with all that hangs on it, and takes back what waits about it. Where the signature ends for good nothing
// more is needed: the entry that ends it hides the name as well.
func (b *Book) forgetName(tx *db.Tx, lock receipt.Lock) error {
	if _, err := b.Log.Drop(tx, lock[:], naming); err != nil {
		return err
	}
	return deleteName(tx, lock)
}

// leafAbout is a signer's word about a signature, which leaves at its letter's pace.
func (b *Book) leafAbout(l *Letter, lock receipt.Lock, data []byte) translog.Leaf {
	ref := make([]byte, 16)
	rand.Read(ref)
	return translog.Leaf{Ref: ref, Data: data, Of: lock[:], Pool: l.Pace.pool(l.ID), NotBefore: l.Pace.NotBefore(b.Now())}
}

// Shown finds a signature's own name, and tells whether it is on the public list at the size of the log that is counted.
func (b *Book) Shown(ctx context.Context, lock receipt.Lock) (n Name, visible, found bool, err error) {
	var r nameRow
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		r, found, err = selectName(tx, lock)
		return err
	})
	return r.Name, found && r.index >= 0 && r.index < b.Count(r.letter).Size && !r.removed, found, err
}

// ShownName is a line of the public list.
type ShownName struct {
	Name
	Lock receipt.Lock
	// CheckedBy is the role that checked whose name it is, and Note how, for the committee alone; both are empty but for prominent ones.
	CheckedBy, Note string
}

// Prominent tells whether organisers have checked who it is.
func (s ShownName) Prominent() bool { return s.CheckedBy != "" }

// NamePage is a page of the public list.
type NamePage struct {
	Prominent []ShownName // on the first page alone, in alphabetical order
	Names     []ShownName
	Page      int // from 1
	Pages     int // at least 1
	Total     int // names listed, prominent ones included
	Shown     int // of those that Counted counts
	Counted   int64
}

// Names is a page of a letter's public list, at the size of the log that is counted: prominent names first, then those in the reader's script, then
// all others, each in alphabetical order. A page that is not there is a fault of kind NotFound.
func (b *Book) Names(ctx context.Context, id receipt.Letter, reader lang.Tag, page int) (p NamePage, err error) {
	l, err := b.byID(id)
	if err != nil {
		return p, err
	}
	count, own := b.Count(id), ScriptOf(reader)
	signers := count.ByAssurance[receipt.Email] + count.ByAssurance[receipt.Rehearsal] // as the letter says first; held ones are in a line apart
	if l.About.NoNames {
		if page > 1 {
			return p, errNoPage
		}
		return NamePage{Page: 1, Pages: 1, Counted: signers}, nil
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		first, err := selectNames(tx, prominentNamesSQL, id[:], count.Size)
		if err != nil {
			return err
		}
		same, other, err := countNames(tx, id, count.Size, own)
		if err != nil {
			return err
		}
		held, err := b.heldNames(tx, id, count)
		if err != nil {
			return err
		}
		p = NamePage{Page: page, Pages: max(1, (same+other+namesPerPage-1)/namesPerPage), Total: len(first) + same + other, Counted: signers}
		p.Shown = min(p.Total-held, int(signers)) // a name that was put back is listed a moment before its signature is counted again
		if page < 1 || page > p.Pages {
			return errNoPage
		}
		from := (page - 1) * namesPerPage
		if page == 1 {
			p.Prominent = first
		}
		if from < same {
			if p.Names, err = selectNames(tx, ownNamesSQL, id[:], count.Size, own, namesPerPage, from); err != nil {
				return err
			}
		}
		if rest := namesPerPage - len(p.Names); rest > 0 {
			more, err := selectNames(tx, otherNamesSQL, id[:], count.Size, own, rest, max(0, from-same))
			p.Names = append(p.Names, more...)
			return err
		}
		return nil
	})
	return p, err
}

// heldNames counts the listed names of held signatures.
func (b *Book) heldNames(tx *db.Tx, id receipt.Letter, count Count) (n int, err error) {
	if count.ByAssurance[receipt.Held] == 0 {
		return 0, nil
	}
	var locks []receipt.Lock
	if err := eachListed(tx, id, count.Size, func(lock receipt.Lock) { locks = append(locks, lock) }); err != nil {
		return 0, err
	}
	b.count.mu.Lock()
	defer b.count.mu.Unlock()
	for _, lock := range locks {
		if s, ok := b.count.tally.Standing(lock); ok && s.Assurance == receipt.Held {
			n++
		}
	}
	return n, nil
}

// FoundNames is what a search has found.
type FoundNames struct {
	Names []ShownName
	More  bool // there are others; a longer query finds them
	Empty bool // nothing was asked that can be searched for
}

// FindNames finds the shown names of a letter in which each word of the query begins a word, without regard to case and accents.
func (b *Book) FindNames(ctx context.Context, id receipt.Letter, query string, reader lang.Tag) (f FoundNames, err error) {
	l, err := b.byID(id)
	if err != nil || l.About.NoNames {
		return f, err
	}
	asked := asked(query)
	if len(asked) == 0 {
		return FoundNames{Empty: true}, nil
	}
	size, own := b.Count(id).Size, ScriptOf(reader)
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		f = FoundNames{}
		return findNames(tx, id, size, own, asked[0], func(s ShownName) bool {
			if !begins(lang.NameWords(s.Name.Name), asked[1:]) {
				return true
			}
			if f.More = len(f.Names) == foundMost; !f.More {
				f.Names = append(f.Names, s)
			}
			return !f.More
		})
	})
	return f, err
}

// queryMost is how much of a query is looked at, in bytes.
const queryMost = 400

// asked are a query's words, the longest first: it finds the fewest.
func asked(query string) []string {
	list := lang.FoldedWords(strings.ToValidUTF8(lang.Bounded(query, queryMost), ""))
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
}

// begins tells whether each of the wanted is how a word begins.
func begins(have, wanted []string) bool {
	for _, w := range wanted {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, w) }) {
			return false
		}
	}
	return true
}

// HideByDesk hides a name that its signer did not wish to hide: one that insults, or is another's. The signature stays, and its signer may show a
// name again. It is for organisers. Unlike a signer's own wish it does not wait for company: there is no one's moment to keep.
func (b *Book) HideByDesk(ctx context.Context, lock receipt.Lock, role string) (Name, error) {
	if !aLine(role, roleMost) {
		return Name{}, errNoRole
	}
	l, r, err := b.shownRow(ctx, lock)
	if err != nil {
		return Name{}, err
	}
	leaf := b.leafAbout(l, lock, receipt.Hide{Campaign: l.Campaign}.WithoutIndex())
	leaf.Pool, leaf.NotBefore = nil, time.Time{}
	had, err := b.hide(ctx, l, lock, leaf)
	if err == nil && !had {
		err = errNoneShown
	}
	if err == nil {
		b.Logger.Debug("a name was hidden by its organisers", slog.String("signature", lock.String()), slog.String("role", role))
	}
	return r.Name, err
}

// NameOf is the name of a signature of that letter, shown already or waiting to be; a fault of kind NotFound if there is none. It is for organisers.
func (b *Book) NameOf(ctx context.Context, id receipt.Letter, lock receipt.Lock) (Name, error) {
	l, r, err := b.shownRow(ctx, lock)
	if err == nil && l.ID != id {
		err = errNoneShown
	}
	if err != nil {
		return Name{}, err
	}
	return r.Name, nil
}

// ErrOtherName is that of Prominent when the signer has shown another name since.
var ErrOtherName = errors.New("this signature shows another name by now: look at it, and say so again")

// Prominent puts a name first, once organisers have checked who it is; the note says how, and is for the committee alone. It is the name that they
// looked at, as NameOf told it: another one of the same signature has to be checked anew.
func (b *Book) Prominent(ctx context.Context, lock receipt.Lock, n Name, role, note string) error {
	if !aLine(role, roleMost) {
		return errNoRole
	}
	if !aLine(note, noteMost) {
		return errNoNote
	}
	return b.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := b.waitingName(tx, lock); err != nil { // no one changes the name until this is done
			return err
		}
		r, found, err := selectName(tx, lock)
		switch {
		case err != nil:
			return err
		case !found:
			return errNoneShown
		case r.Name != n:
			return ErrOtherName
		}
		return insertProminent(tx, lock, role, note)
	})
}

// NotProminent puts a name of that letter back among the others; false if it was there. A fault of kind NotFound if there is neither a name nor what
// is left of one.
func (b *Book) NotProminent(ctx context.Context, id receipt.Letter, lock receipt.Lock) (was bool, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		r, named, err := selectName(tx, lock)
		if err != nil {
			return err
		}
		of, known := r.letter, named
		if !named {
			if of, _, known, err = selectSigned(tx, lock); err != nil {
				return err
			}
		}
		if !known || of != id {
			return errNoneShown
		}
		deleted, err := deleteProminent(tx, lock)
		was = deleted || was && tx.Again() // a run whose answer was lost has put it back
		if err == nil && !was && !named {
			err = errNoneShown
		}
		return err
	})
	return was, err
}

// RenewNames makes anew what is derived of shown names, their words, script and place in the order, wherever this program derives it otherwise than
// the one that wrote it: a later Unicode does. What is left of names that are gone is deleted. It tells of how many signatures. A server calls it once
// rows and log agree; others may at the same time.
func (b *Book) RenewNames(ctx context.Context) (n int, err error) {
	var stale []receipt.Lock
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		stale, err = staleNames(tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(stale, renewedAtOnce) {
		err := b.DB.Update(ctx, func(tx *db.Tx) error {
			for _, lock := range chunk {
				if err := b.renewName(tx, lock); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += len(chunk)
	}
	if n > 0 {
		b.Logger.Info("shown names are found and ordered anew", slog.Int("names", n))
	}
	return n, nil
}

func (b *Book) renewName(tx *db.Tx, lock receipt.Lock) error {
	if _, err := b.waitingName(tx, lock); err != nil { // what the signer does meanwhile is done before or after
		return err
	}
	r, found, err := selectName(tx, lock)
	if err != nil {
		return err
	}
	if !found {
		return deleteName(tx, lock)
	}
	return deriveName(tx, lock, r.Name.Name)
}

// shownRow finds the name of a signature, shown already or waiting to be, and its letter.
func (b *Book) shownRow(ctx context.Context, lock receipt.Lock) (l *Letter, r nameRow, err error) {
	var found bool
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		r, found, err = selectName(tx, lock)
		return err
	})
	if err == nil && !found {
		err = errNoneShown
	}
	if err != nil {
		return nil, r, err
	}
	l, err = b.byID(r.letter)
	return l, r, err
}

// auditNames holds shown names against the log, in one state of the database: each belongs to a signature that has not ended for good, each that is
// shown opens the commitment of its show entry, and each that the log shows is there. What is derived of names is none of the log's: RenewNames.
func (b *Book) auditNames(tx *db.Tx, tally *receipt.Tally) error {
	waits := map[receipt.Lock]receipt.Commitment{} // what will be shown
	hidden := map[receipt.Lock]bool{}              // what will be hidden
	err := b.Log.Waiters(tx, func(_, of, data []byte) error {
		if !naming(data) || len(of) != len(receipt.Lock{}) {
			return nil
		}
		e, err := receipt.Parse(receipt.AppendIndex(data, 0))
		if show, ok := e.(receipt.Show); ok {
			waits[receipt.Lock(of)] = show.Commitment
		} else {
			hidden[receipt.Lock(of)] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	var rows []nameRow
	known := map[receipt.Lock]bool{}
	err = eachName(tx, func(r nameRow) error {
		rows = append(rows, r)
		known[r.lock] = true
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		id, state, ok, err := selectSigned(tx, r.lock)
		if err != nil {
			return err
		}
		switch {
		case !ok || id != r.letter:
			return fmt.Errorf("a name is shown for signature %s, which is not there, or of another letter", r.lock)
		case state == withdrawn:
			return fmt.Errorf("a name is kept for signature %s, which was withdrawn", r.lock)
		case (state == removed) != r.removed:
			return fmt.Errorf("the name of signature %s, which is %s, is marked as if it were not", r.lock, state)
		}
		if r.index >= 0 {
			err = b.auditName(tx, tally, r)
		} else if c, ok := waits[r.lock]; !ok || c != r.commitment() {
			err = fmt.Errorf("the name of signature %s is in no entry of the log and does not wait for one", r.lock)
		}
		if err != nil {
			return err
		}
	}
	return eachSignature(tx, func(f signatureFact) error {
		if f.state != counted || known[f.lock] || hidden[f.lock] {
			return nil
		}
		if s, ok := tally.Standing(f.lock); ok && s.Shown {
			return fmt.Errorf("the log shows a name of signature %s, and the name is gone", f.lock)
		}
		return nil
	})
}

// auditName holds one name against its entry.
func (b *Book) auditName(tx *db.Tx, tally *receipt.Tally, r nameRow) error {
	data, err := b.Log.Entry(tx, r.index)
	if err != nil {
		return fmt.Errorf("the name of signature %s: %w", r.lock, err)
	}
	e, err := receipt.Parse(data)
	show, ok := e.(receipt.Show)
	if err != nil || !ok || show.Commitment != r.commitment() {
		return fmt.Errorf("the name of signature %s is not the one that the log's entry %d binds it to", r.lock, r.index)
	}
	signed, err := b.Log.Entry(tx, show.Index)
	if err != nil {
		return fmt.Errorf("the name of signature %s: %w", r.lock, err)
	}
	of, err := receipt.Parse(signed)
	if sign, ok := of.(receipt.Sign); err != nil || !ok || sign.Lock != r.lock {
		return fmt.Errorf("the log's entry %d shows a name of another signature than %s", r.index, r.lock)
	}
	if s, ok := tally.Standing(r.lock); !ok || !s.Shown {
		return fmt.Errorf("the name of signature %s is shown, and the log says that none is", r.lock)
	}
	return nil
}
