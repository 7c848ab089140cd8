package machine

import "golang.org/x/sys/unix"

// Handles is how many files and connections a process started from here may have open; 0 if that can't be told. A Go program raises its own limit to this one.
func Handles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || limit.Max > 1<<30 {
		return 0
	}
	return int(limit.Max)
}
