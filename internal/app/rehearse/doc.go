// Package rehearse is a dress rehearsal of the night when everybody comes: signers, readers and people who watch the number, at rising rates, until something
// gives way. It tells what this machine bears, what gave way first, and whether everyone who was told "you are counted" is in the log.
//
// By default it makes an installation of its own, served by the same program in a process of its own, with a rehearsal letter and a mailbox on this machine, and
// deletes it all at the end: no real installation, no stranger's mailbox and no other host has a part in it. A server that runs already is only read, never
// signed, and only if it is on this machine or its organisers have let the rehearsal in: see [Config.Token].
//
// Rates, numbers and times are bounded here, whatever is asked for.
package rehearse
