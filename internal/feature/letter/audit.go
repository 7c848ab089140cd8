package letter

import (
	"bytes"
	"fmt"
	"slices"

	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// audit holds rows against the log, in one state of the database: every letter and text its entry, every signature its entry and its standing,
// every entry its row, every closed letter its certificate. What waits for the log is counted in. The error names the first that disagrees.
func (b *Book) audit(tx *db.Tx, tally *receipt.Tally) error {
	if err := b.auditLetters(tx, tally); err != nil {
		return err
	}
	if err := auditTexts(tx, tally); err != nil {
		return err
	}
	waits, about := map[receipt.Lock]receipt.Sign{}, map[receipt.Lock]receipt.Entry{} // in the queue; what is to become of a signature
	var owed []receipt.Lock                                                           // that something waits for
	err := b.Log.Waiters(tx, func(ref, of, data []byte) error {
		e := queued(ref, of, data)
		if e == nil {
			return fmt.Errorf("what waits for the log as %x is no entry that we made", ref)
		}
		if sign, ok := e.(receipt.Sign); ok {
			waits[sign.Lock] = sign
		}
		if of == nil {
			return nil
		}
		lock := receipt.Lock(of)
		owed = append(owed, lock)
		if !standing(data) {
			return nil
		}
		if about[lock] != nil {
			return fmt.Errorf("two entries that say whether signature %s counts wait for the log, and their order is not known", lock)
		}
		about[lock] = e
		return nil
	})
	if err != nil {
		return err
	}
	for _, lock := range owed {
		if _, logged := tally.Standing(lock); !logged && waits[lock] == (receipt.Sign{}) {
			return fmt.Errorf("an entry about signature %s waits for the log, and there is no entry of that signature", lock)
		}
	}
	struck, err := allStruck(tx)
	if err != nil {
		return err
	}
	rows, seen, of := 0, int64(0), int64(tally.Signatures()+len(waits))
	b.checked(0, of)
	err = eachSignature(tx, func(f signatureFact) error {
		if seen++; seen%checkedAtOnce == 0 && seen < of {
			b.checked(seen, of)
		}
		s, logged := tally.Standing(f.lock)
		if logged {
			rows++
		} else {
			w, ok := waits[f.lock]
			if !ok {
				return fmt.Errorf("signature %s is in no entry of the log and does not wait for one", f.lock)
			}
			delete(waits, f.lock)
			s = receipt.Standing{Letter: w.Letter, Version: w.Version, Assurance: w.Assurance, Counted: true}
		}
		by := struck[f.lock]
		delete(struck, f.lock)
		return f.against(s, about[f.lock], by, logged)
	})
	if err != nil {
		return err
	}
	if of > 0 {
		b.checked(of, of)
	}
	if rows != tally.Signatures() {
		return fmt.Errorf("the log has %d signatures and %d rows here: rows are gone", tally.Signatures(), rows)
	}
	for lock := range waits {
		return fmt.Errorf("an entry for signature %s waits for the log, and there is no such signature here", lock)
	}
	for lock := range struck {
		return fmt.Errorf("signature %s was removed by organisers, and there is no such signature here", lock)
	}
	return b.auditNames(tx, tally)
}

// checkedAtOnce is how many signatures are held against the log between two words about it.
const checkedAtOnce = 4096

func (b *Book) checked(done, of int64) {
	if b.Checked != nil {
		b.Checked(done, of)
	}
}

// against holds a row against what the log says of it, or will once what waits is in it.
func (f signatureFact) against(s receipt.Standing, next receipt.Entry, by struckOff, logged bool) error {
	where := "in the log"
	if !logged {
		where = "that waits for the log"
	}
	otherwise := fmt.Errorf("signature %s is %s here, and the log says otherwise", f.lock, f.state)
	is := counted
	switch {
	case s.Withdrawn:
		is = withdrawn
	case s.Removed:
		is = removed
	}
	switch e := next.(type) {
	case receipt.Withdraw:
		if is == withdrawn {
			return otherwise
		}
		is, s.Reason = withdrawn, 0
	case receipt.Remove:
		if is == withdrawn || is == removed && (e.Reason != receipt.AskedByMailbox || s.Reason == receipt.AskedByMailbox) {
			return otherwise
		}
		is, s.Reason = removed, e.Reason
	case receipt.Restore:
		switch {
		case is == removed && s.Reason != receipt.AskedByMailbox:
			is, s.Reason = counted, 0
		case is == counted && s.Assurance == receipt.Held:
			s.Assurance = receipt.Email
		default:
			return otherwise
		}
	}
	if is != f.state {
		return otherwise
	}
	if s.Reason == receipt.AskedByMailbox { // which no organiser gave
		s.Reason = 0
	}
	if by.reason != s.Reason || (by.reason != 0 && by.letter != f.letter) {
		return fmt.Errorf("signature %s was removed by organisers for another reason here than the log gives", f.lock)
	}
	// A release that its signer overtook by withdrawing is in no entry.
	overtaken := is != counted && s.Assurance == receipt.Held && f.assurance == receipt.Email
	if s.Letter != f.letter || s.Version != f.version || (s.Assurance != f.assurance && !overtaken) {
		return fmt.Errorf("signature %s says another letter, version or assurance than its entry %s", f.lock, where)
	}
	return nil
}

// queued reads an entry that waits; nil if it is not one that its reference allows.
func queued(ref, of, data []byte) receipt.Entry {
	if of != nil {
		if len(of) != len(receipt.Lock{}) {
			return nil
		}
		data = receipt.AppendIndex(data, 0)
	}
	e, err := receipt.Parse(data)
	if err != nil {
		return nil
	}
	fits := false
	switch e := e.(type) {
	case receipt.Text, receipt.Reported, receipt.Close, receipt.KeyEntry:
		fits = of == nil
	case receipt.Sign:
		fits = of == nil && bytes.Equal(e.Lock[:], ref)
	case receipt.Withdraw:
		lock := e.Preimage.Lock()
		fits = bytes.Equal(lock[:], of)
	case receipt.Remove, receipt.Restore, receipt.Show, receipt.Hide:
		fits = of != nil
	}
	if !fits {
		return nil
	}
	return e
}

// auditLetters holds the state of every letter against the log, and a closed one's certificate against the log's key and number.
func (b *Book) auditLetters(tx *db.Tx, tally *receipt.Tally) error {
	key, err := receipt.ParseKey(b.Log.Key())
	if err != nil {
		return err
	}
	letters, err := selectLetters(tx)
	if err != nil {
		return err
	}
	for _, l := range letters {
		c, _ := tally.Letter(l.ID)
		switch {
		case c.Closed != 0 && l.State != Closing && l.State != Closed:
			return fmt.Errorf("letter %s is %s here, and entry %d of the log closes it", l.ID, l.State, c.Closed)
		case l.State != Closed:
			continue
		case c.Closed == 0:
			return fmt.Errorf("letter %s is closed here, and no entry of the log says so", l.ID)
		}
		note, err := selectCertificate(tx, l.ID)
		if err != nil {
			return err
		}
		said, err := receipt.OpenCertificate(note, key)
		if err != nil {
			return fmt.Errorf("the certificate of letter %s: %w", l.ID, err)
		}
		if said.Letter != l.ID || said.Campaign != c.Campaign || said.Entry != c.Closed || said.Size > tally.Size() {
			return fmt.Errorf("the certificate of letter %s is not of what entry %d of the log closes", l.ID, c.Closed)
		}
		n, err := countTags(tx, l.ID)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("letter %s is closed, and %d tags of its signers are still there", l.ID, n)
		}
	}
	return nil
}

// auditTexts holds letters and their texts against the log.
func auditTexts(tx *db.Tx, tally *receipt.Tally) error {
	letters, err := selectLetters(tx)
	if err != nil {
		return err
	}
	logged := map[receipt.Letter]map[Version]receipt.TextVersion{}
	for _, c := range tally.Letters() {
		if !slices.ContainsFunc(letters, func(l *Letter) bool { return l.ID == c.ID && l.Campaign == c.Campaign }) {
			return fmt.Errorf("letter %s is gone, or of another campaign than the log's entry %d says", c.ID, c.Texts[0].Entry)
		}
		logged[c.ID] = map[Version]receipt.TextVersion{}
		for _, t := range c.Texts {
			logged[c.ID][t.Version] = t
		}
	}
	for _, l := range letters {
		if _, ok := logged[l.ID][l.Version]; !ok && l.State.Shown() {
			return fmt.Errorf("letter %s shows version %d of its text, which is in no entry of the log", l.ID, l.Version)
		}
	}
	err = eachText(tx, func(r textRow) error {
		sum := manifestHash(Manifest(r.letter, r.version, r.texts))
		t, ok := logged[r.letter][r.version]
		if r.sha != sum || (ok && t.Manifest != sum) {
			return fmt.Errorf("the text of version %d of letter %s is not the one that the log's entry %d hashes", r.version, r.letter, t.Entry)
		}
		delete(logged[r.letter], r.version)
		return nil
	})
	if err != nil {
		return err
	}
	for id, versions := range logged {
		for v, t := range versions {
			return fmt.Errorf("the text of version %d of letter %s is gone; the log's entry %d hashes it", v, id, t.Entry)
		}
	}
	return nil
}
