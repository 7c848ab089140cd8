// Package news keeps the addresses of those who want news of a campaign, so that only its organisers can read them.
//
//	Seal    an address       → ciphertext under the organisers' own key, and the link that ends it; no I/O
//	Add     in a transaction → one row, tied to no signature
//	Stop    a link's token   → the row is gone; needs no key, and answers the same whatever was there
//	Export  a case           → its rows as they are, for the organisers' own machine
//	Open    there            → a list
//
//	BeginDrill Answer        a word sealed to a key that was typed in, and told by who opened it: the key is proven
//	Choose                   in a transaction → the proven key is the campaign's; the app announces it
//	MakeReady Fetch          an errand → its list, once, to who asked for it
//
// Private: the address and its language, which are inside the ciphertext only, padded so that its length tells nothing. Kept: a random number, the case,
// the ciphertext, the SHA-256 of the token that ends it. No time at all, and no order: rows come by their random numbers. Where a campaign file gives no
// key, nothing is taken. Of a drill: the sealed word, its hash, the hour in which it ends; of a list that waits: who may fetch it, by a random number.
//
// The server can't read what it keeps, so it can't merge or count addresses, nor send: the organisers do, with a program of their own.
package news
