// Package letter is the open letter: its texts, its signatures, its count.
//
// A letter is a draft, then opening while its first entry goes into the log, then open. A signature is asked for, and is nowhere but in
// a sealed mail until it is confirmed; confirmed it is counted; its signer may withdraw it.
//
//	Begin     one address    → a sealed mail, the waiting page's token
//	Confirm   code or link   → {tag, row, leaf} in one transaction; a private link, told once
//	Withdraw  private link   → {state, tag forgotten, entry}
//	Receipt   lock           → a promise while it waits, the proof once it is in the log
//
// Private: the address (in memory and inside ciphertext only), the private link's secret (nowhere). Kept: a lock, a tag under a pepper that
// is not on this disk, the version, how it was confirmed, a day. Logged: text, sign, withdraw, remove. The count is folded from the
// log's entries by receipt.Tally, here as in outcry verify; there is no counter.
//
// The path is settled in the order of docs/architecture.md; this package is the pattern for every other feature: rules in letter.go and
// signature.go (no clock, no SQL, no HTTP), verbs in book.go, statements in store.go, pages in public.go.
package letter
