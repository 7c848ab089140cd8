// Package dossier is the public pages about one person: who is held, where, since when, on what charge, what happens next
// and how that is known; every event at an address of its own; what is not known; what changed. It shows what
// [casefile.File] tells and [casefile.Stand] derives from it, and concludes nothing of its own.
package dossier
