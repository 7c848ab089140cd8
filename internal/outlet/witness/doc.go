// Package witness is the other side of a log: the program of an ally who co-signs checkpoints of logs run by others, and recounts them.
//
// It answers c2sp.org/tlog-witness. A cosignature says one thing: of this log the witness has seen nothing that disagrees with this size and root.
// So all it must never lose is the last checkpoint that it signed, for each log: that is on the disk, in a file replaced whole, before the
// cosignature leaves. These files are the whole state; there is no database, for kernel/db brings an installation's tables, and one line per log
// needs none. Two processes are kept from one folder by a lock.
//
// It learns of signers what every reader of a public log learns, and nothing else.
package witness
