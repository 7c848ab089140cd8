package cli

import (
	"errors"
	"log/slog"

	"golang.org/x/sys/unix"
)

// harden keeps the memory of this process from being written to a disk as a core dump, or read by others of the same user.
func harden(log *slog.Logger) {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		log.Warn("core dumps could not be turned off", slog.Any("error", err))
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		log.Warn("this process could not be made undumpable", slog.Any("error", err))
	}
}

// kept asks the kernel whether something keeps its clock right.
func kept() error {
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err != nil {
		return errors.New("the system does not say whether a time service keeps the clock")
	} else if state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0 {
		return errors.New("nothing keeps the clock right, as far as the system knows")
	}
	return nil
}
