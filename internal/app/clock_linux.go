package app

import (
	"errors"

	"golang.org/x/sys/unix"
)

// clockKept asks the kernel whether something keeps its clock right.
func clockKept() error {
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err != nil {
		return errors.New("the system does not say whether a time service keeps the clock")
	} else if state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0 {
		return errors.New("nothing keeps the clock right, as far as the system knows")
	}
	return nil
}
