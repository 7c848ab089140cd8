package letter

import (
	"fmt"
	"slices"

	"outcry/internal/kernel/db"
	"outcry/receipt"
)

// audit holds rows against the log, in one state of the database: every letter and text its entry, every signature its entry, every
// entry its row. The error names the first that disagrees.
func (b *Book) audit(tx *db.Tx, tally *receipt.Tally) error {
	if err := auditTexts(tx, tally); err != nil {
		return err
	}
	waits, about := map[receipt.Lock]receipt.Sign{}, map[receipt.Lock]bool{} // in the queue; what a queued entry is about
	err := b.Log.Waiters(tx, func(ref, of, data []byte) error {
		e := queued(ref, of, data)
		if e == nil {
			return fmt.Errorf("what waits for the log as %x is no entry that we made", ref)
		}
		if sign, ok := e.(receipt.Sign); ok {
			waits[sign.Lock] = sign
		} else if of != nil {
			about[receipt.Lock(of)] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows := 0
	err = eachSignature(tx, func(f signatureFact) error {
		s, ok := tally.Standing(f.lock)
		if !ok {
			w, ok := waits[f.lock]
			if !ok {
				return fmt.Errorf("signature %s is in no entry of the log and does not wait for one", f.lock)
			}
			if w.Letter != f.letter || w.Version != f.version || w.Assurance != f.assurance {
				return fmt.Errorf("signature %s says another letter, version or assurance than its entry that waits for the log", f.lock)
			}
			delete(waits, f.lock)
			return nil
		}
		rows++
		if s.Letter != f.letter || s.Version != f.version || s.Assurance != f.assurance {
			return fmt.Errorf("signature %s says another letter, version or assurance than its entry in the log", f.lock)
		}
		if s.Counted != (f.state == counted) && !about[f.lock] {
			return fmt.Errorf("signature %s is %s here, and the log says otherwise", f.lock, f.state)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if rows != tally.Signatures() {
		return fmt.Errorf("the log has %d signatures and %d rows here: rows are gone", tally.Signatures(), rows)
	}
	for lock := range waits {
		return fmt.Errorf("an entry for signature %s waits for the log, and there is no such signature here", lock)
	}
	return nil
}

// queued reads an entry that waits; nil if it is not one that its reference allows.
func queued(ref, of, data []byte) receipt.Entry {
	if of != nil {
		data = receipt.AppendIndex(data, 0)
	}
	e, err := receipt.Parse(data)
	if err != nil {
		return nil
	}
	fits := false
	switch e := e.(type) {
	case receipt.Text:
		fits = of == nil
	case receipt.Sign:
		fits = of == nil && string(e.Lock[:]) == string(ref)
	case receipt.Withdraw:
		lock := e.Preimage.Lock()
		fits = string(lock[:]) == string(of)
	case receipt.Remove:
		fits = len(of) == len(receipt.Lock{})
	}
	if !fits {
		return nil
	}
	return e
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
		if _, ok := logged[l.ID][l.Version]; !ok && l.State == Open {
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
