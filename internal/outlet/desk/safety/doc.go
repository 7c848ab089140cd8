// Package safety is what a committee's desk has for bad days, and for knowing beforehand what they would cost.
//
//	/desk/safety           lock the room, take every page back, purge, hand over
//	/desk/kept             what is held, how much, why, until when
//	/desk/settings         what the installation is set to and by what, and what its doctor finds: looked at here, changed in the file
//	/desk/ally             another committee's first link; for a lead of the first one
//
// What has to be quick asks for no code: locking, and taking pages back. What can't be undone asks for one: purging, and handing over.
package safety
