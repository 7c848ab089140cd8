package lettertest

import (
	"fmt"

	"outcry/receipt"
)

// standing is what entries say of one signature.
type standing struct {
	receipt.Sign
	index  int64
	state  Stands // Counted (held ones too), Struck, Withdrawn or Left
	reason receipt.Reason
	shown  bool
}

// fold is the entries of a log added up, written apart from receipt.Tally so that one does not repeat the other's mistakes.
type fold struct {
	size   int64
	at     map[int64]*standing
	lock   map[receipt.Lock]*standing
	texts  map[receipt.Letter]map[uint16]bool
	closed map[receipt.Letter]int64
}

func newFold() *fold {
	return &fold{at: map[int64]*standing{}, lock: map[receipt.Lock]*standing{}, texts: map[receipt.Letter]map[uint16]bool{}, closed: map[receipt.Letter]int64{}}
}

// add folds the next entry; the error says which rule it breaks.
func (f *fold) add(data []byte) error {
	e, err := receipt.Parse(data)
	if err != nil {
		return err
	}
	n := f.size
	f.size++
	switch e := e.(type) {
	case receipt.Text:
		if f.closed[e.Letter] != 0 {
			return fmt.Errorf("entry %d is a text of a closed letter", n)
		}
		if f.texts[e.Letter] == nil {
			f.texts[e.Letter] = map[uint16]bool{}
		}
		f.texts[e.Letter][e.Version] = true
	case receipt.Sign:
		if f.closed[e.Letter] != 0 || !f.texts[e.Letter][e.Version] || f.lock[e.Lock] != nil {
			return fmt.Errorf("entry %d signs a closed letter, or a text that is not in the log, or a second time", n)
		}
		s := &standing{Sign: e, index: n, state: Counted}
		f.at[n], f.lock[e.Lock] = s, s
	case receipt.Close:
		if f.closed[e.Letter] == 0 {
			f.closed[e.Letter] = n
		}
	case receipt.Withdraw:
		return f.change(n, e.Index, func(s *standing) error {
			if e.Preimage.Lock() != s.Lock {
				return fmt.Errorf("entry %d does not open the lock of entry %d", n, e.Index)
			}
			s.state, s.reason, s.shown = Withdrawn, 0, false
			return nil
		})
	case receipt.Remove:
		return f.change(n, e.Index, func(s *standing) error {
			s.reason = e.Reason
			if e.Reason == receipt.AskedByMailbox {
				s.state, s.shown = Left, false
				return nil
			}
			if s.state == Struck {
				return fmt.Errorf("entry %d removes what is removed", n)
			}
			s.state = Struck
			return nil
		})
	case receipt.Restore:
		return f.change(n, e.Index, func(s *standing) error {
			switch {
			case s.state == Struck:
				s.state, s.reason = Counted, 0
			case s.Assurance == receipt.Held:
				s.Assurance = receipt.Email
			default:
				return fmt.Errorf("entry %d restores what counts and is not held", n)
			}
			return nil
		})
	case receipt.Show:
		return f.change(n, e.Index, func(s *standing) error { s.shown = true; return nil })
	case receipt.Hide:
		if s := f.at[e.Index]; s != nil && e.Index < n {
			s.shown = false
			return nil
		}
		return fmt.Errorf("entry %d hides the name of entry %d, which is no signature before it", n, e.Index)
	}
	return nil
}

func (f *fold) change(n, index int64, how func(*standing) error) error {
	s := f.at[index]
	if s == nil || index >= n {
		return fmt.Errorf("entry %d is about entry %d, which is no signature before it", n, index)
	}
	if s.state == Withdrawn || s.state == Left {
		return fmt.Errorf("entry %d is about a signature that ended for good", n)
	}
	return how(s)
}

// counted is a letter's number.
func (f *fold) counted(id receipt.Letter) (n int64) {
	for _, s := range f.at {
		if s.Letter == id && s.state == Counted {
			n++
		}
	}
	return n
}
